"""Every interleaving of a few steps, for tiny rings: what random exploration might miss is tried out here."""

import hashlib
import pickle
from multiprocessing import Pool
from typing import NamedTuple

from model.command_reception import HostCommand, Opcode
from model.commit_record import Creation
from model.disk_adapter import OrderError
from model.history import History, OrderedWrite
from model.invariants import Violation, check_copy, check_group, check_restored
from model.journal_ring import JournalRingError
from model.settings import GroupSettings, NoRoom, ReadMode
from model.shared_memory import FullPolicy, GroupInformation
from model.topology import GroupLink, Topology

BLOCK = 512
CAPACITY = 2 * BLOCK
JOURNALS = 3
SETTINGS = (
    GroupSettings(batch_journals=1, commands=2, copy_unit=BLOCK, interval=0, timeout=1),
    GroupSettings(batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1, no_room=NoRoom.HOLD),
    GroupSettings(mode=ReadMode.PLAIN, batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1),
)


class Broken(NamedTuple):
    """A promise that was broken, and the steps that lead to it."""

    text: str
    actions: tuple[str, ...]


class _State:
    """Two systems after some steps."""

    def __init__(self, settings: GroupSettings, copied: bool) -> None:
        size = JOURNALS * 64 + 3 * BLOCK + 64
        link = GroupLink(0, 1, 2, (1,), 2, (size, size), settings, FullPolicy.ERROR)
        self.topology = Topology({1: CAPACITY}, (link,), max_transfer_bytes=BLOCK)
        for number in (1, 2):
            self.topology.systems[number].shared.groups[0].ring.load(0, JOURNALS * 64, size)
        self.link = link
        self.history = History({1: bytearray(CAPACITY)})
        self.now = 0
        self.written = 0
        if copied:
            self.topology.start_copied(0)
        else:
            self.topology.start(0)

    def actions(self) -> list[str]:
        """Return what can happen next."""
        names = [f"write {position}" for position in range(0, CAPACITY, BLOCK)] if self.written <= JOURNALS else []
        for number, system in self.topology.systems.items():
            adapter = system.disk_adapter
            if adapter.journal_writes[0]:
                names.append(f"journal {number}")
            for write in [*adapter.volume_writes.values(), *adapter.restore_writes.values()]:
                if system.cache.blocks_volume_write(write) is None:
                    names.append(f"volume {number} {write.sequence}")
        for (source, destination), path in self.topology.paths.items():
            names += [f"deliver {source} {destination} {index}" for index in range(min(len(path), 2))]
            if path:
                names += [f"{what} {source} {destination} 0" for what in ("repeat", "lose")]
        names += ["poll", "restore", "time"]
        if not self.topology.original(0).initial_copy.is_over(0):
            names.append("copy")
        return names

    def act(self, name: str) -> None:
        """Let one thing happen, and check."""
        kind, *words = name.split()
        numbers = [int(word) for word in words]
        match kind:
            case "write":
                self._write(numbers[0])
            case "journal":
                system = self.topology.systems[numbers[0]]
                system.journal_write_done(system.disk_adapter.journal_writes[0][0])
            case "volume":
                self._volume(*numbers)
            case "deliver" | "repeat" | "lose":
                self._path(kind, *numbers)
            case "copy":
                group = self.topology.original(0).shared.groups[0]
                before = group.update_number
                self.topology.original(0).initial_copy.step(0)
                for number in range(before, group.update_number):
                    self.history.journals[number] = 0
            case "poll":
                self._poll()
            case "restore":
                self._restore()
            case "time":
                self.now += 2
        check_group(self.topology, self.link, self.history)

    def key(self) -> bytes:
        """Return what distinguishes this state from others."""
        systems = self.topology.systems.values()
        tables = [(s.shared, s.disk_adapter.journal_writes, s.disk_adapter.volume_writes) for s in systems]
        rings = [
            [getattr(s.shared.groups[0].ring, name) for name in s.shared.groups[0].ring.__slots__] for s in systems
        ]
        processes = [
            (s.journal_store.groups, s.restore.groups, s.journal_read_command.groups, s.journal_read_reception.groups)
            for s in systems
        ]
        images = [s.disk_adapter.devices[0].image(CAPACITY) for s in systems]
        pairs = [(s.shared.pairs, s.shared.volumes, s.disk_adapter.restore_writes) for s in systems]
        names = [name for name in GroupInformation.__slots__ if name != "ring"]
        groups = [[getattr(g, name) for name in names] for s in systems for g in s.shared.groups]
        counted = [t[1:] for t in tables]
        shown = repr((counted, rings, processes, images, pairs, groups, self.topology.paths, self.now, self.written))
        return hashlib.blake2b(shown.encode(), digest_size=16).digest()

    def _write(self, position: int) -> None:
        self.written += 1
        data = bytes([self.written]) * BLOCK
        reception = self.topology.original(0).command_reception
        group = self.topology.original(0).shared.groups[0]
        step = reception.receive(HostCommand(Opcode.WRITE, 0, 1, position, BLOCK), data)
        if step is None or step.outcome != 1280:
            return
        journaled = step.creation == Creation.HOST_WRITE_CREATED
        if journaled:
            self.history.journals[group.update_number - 1] = BLOCK
        self.history.add(OrderedWrite(group.update_number - 1, journaled, 1, position, data))

    def _volume(self, number: int, sequence: int) -> None:
        system = self.topology.systems[number]
        adapter = system.disk_adapter
        writes = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
        system.volume_write_done(next(write for write in writes if write.sequence == sequence))
        if number == self.link.secondary:
            check_copy(self.topology, self.link, self.history)

    def _path(self, kind: str, source: int, destination: int, index: int) -> None:
        path = self.topology.paths[source, destination]
        packet = path[index]
        if kind != "repeat":
            del path[index]
        if kind != "lose":
            self.topology.deliver(packet, self.now)

    def _poll(self) -> None:
        reading = self.topology.secondary(0).journal_read_command
        if self.topology.secondary(0).shared.groups[0].secondary_started:
            reading.store_held(0, self.now)
            packet = reading.poll(0, self.now)
            if packet is not None:
                self.topology.send(packet)

    def _restore(self) -> None:
        restore = self.topology.secondary(0).restore
        if self.topology.secondary(0).shared.groups[0].secondary_started:
            restore.step(0)
            check_restored(self.topology, self.link, self.history)
            check_copy(self.topology, self.link, self.history)


class Interleavings:
    """Explores every interleaving of `depth` steps from each start; `states` counts the different states seen."""

    def __init__(self, depth: int, jobs: int = 1) -> None:
        self.depth = depth
        self.jobs = jobs
        self.states = 0

    def explore(self) -> list[Broken]:
        """Return what was broken."""
        starts = [(self.depth, settings, copied) for settings in SETTINGS for copied in (True, False)]
        broken: list[Broken] = []
        if self.jobs == 1:
            results = [_from_start(start) for start in starts]
        else:
            with Pool(min(self.jobs, len(starts))) as pool:
                results = pool.map(_from_start, starts, chunksize=1)
        for states, found in results:
            self.states += states
            broken += found
        return broken


def _from_start(start: tuple[int, GroupSettings, bool]) -> tuple[int, list[Broken]]:
    """Explore from one start; returns the number of different states, and what was broken."""
    depth, settings, copied = start
    broken: list[Broken] = []
    states = 0
    level: list[tuple[bytes, tuple[str, ...]]] = [(pickle.dumps(_State(settings, copied)), ())]
    for _ in range(depth):
        following: dict[bytes, tuple[bytes, tuple[str, ...]]] = {}
        for packed, actions in level:
            for name in pickle.loads(packed).actions():
                after: _State = pickle.loads(packed)
                try:
                    after.act(name)
                except (Violation, JournalRingError, OrderError) as violation:
                    broken.append(Broken(str(violation), (*actions, name)))
                    continue
                key = after.key()
                if key not in following:
                    following[key] = (pickle.dumps(after), (*actions, name))
        level = list(following.values())
        states += len(level)
    return states, broken
