"""Every interleaving of a few steps, for tiny rings: what random exploration might miss is tried out here."""

import copy

from model.command_reception import HostCommand, Opcode
from model.commit_record import Creation
from model.history import History, OrderedWrite
from model.invariants import Violation, check_copy, check_group, check_restored
from model.settings import GroupSettings, NoRoom, ReadMode
from model.shared_memory import FullPolicy
from model.topology import GroupLink, Topology

BLOCK = 512
CAPACITY = 2 * BLOCK
JOURNALS = 3
SETTINGS = (
    GroupSettings(batch_journals=1, commands=2, copy_unit=BLOCK, interval=0, timeout=1),
    GroupSettings(batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1, no_room=NoRoom.HOLD),
    GroupSettings(mode=ReadMode.PLAIN, batch_journals=2, commands=1, copy_unit=BLOCK, interval=0, timeout=1),
)


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
        names = [f"write {position}" for position in range(0, CAPACITY, BLOCK)]
        for number, system in self.topology.systems.items():
            adapter = system.disk_adapter
            if adapter.journal_writes[0]:
                names.append(f"journal {number}")
            for write in [*adapter.volume_writes.values(), *adapter.restore_writes.values()]:
                if system.cache.blocks_volume_write(write) is None:
                    names.append(f"volume {number} {write.sequence}")
        for (source, destination), path in self.topology.paths.items():
            for index in range(min(len(path), 2)):
                names += [f"{what} {source} {destination} {index}" for what in ("deliver", "repeat", "lose")]
        names += ["copy", "poll", "restore", "time"]
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
                self.topology.original(0).initial_copy.step(0, 0)
                for number in range(before, group.update_number):
                    self.history.journals[number] = 0
            case "poll":
                self._poll()
            case "restore":
                self._restore()
            case "time":
                self.now += 2
        check_group(self.topology, self.link, self.history)

    def key(self) -> str:
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
        groups = [(g.state, g.update_number) for s in systems for g in s.shared.groups]
        counted = [t[1:] for t in tables]
        return repr((counted, rings, processes, images, pairs, groups, self.topology.paths, self.now, self.written))

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
        if 0 in reading.groups:
            reading.store_held(0, self.now)
            packet = reading.poll(0, self.now)
            if packet is not None:
                self.topology.send(packet)

    def _restore(self) -> None:
        restore = self.topology.secondary(0).restore
        if 0 in restore.groups:
            restore.step(0)
            check_restored(self.topology, self.link, self.history)
            check_copy(self.topology, self.link, self.history)


class Interleavings:
    """Explores every interleaving of `depth` steps from each start; `states` counts the different states seen."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.states = 0

    def explore(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return what was broken, each with the steps that lead to it."""
        broken: list[tuple[str, tuple[str, ...]]] = []
        for settings in SETTINGS:
            for copied in (True, False):
                level: dict[str, tuple[_State, tuple[str, ...]]] = {"": (_State(settings, copied), ())}
                for _ in range(self.depth):
                    level = self._next(level, broken)
                    self.states += len(level)
        return broken

    def _next(
        self, level: dict[str, tuple[_State, tuple[str, ...]]], broken: list[tuple[str, tuple[str, ...]]]
    ) -> dict[str, tuple[_State, tuple[str, ...]]]:
        following: dict[str, tuple[_State, tuple[str, ...]]] = {}
        for state, actions in level.values():
            for name in state.actions():
                after = copy.deepcopy(state)
                try:
                    after.act(name)
                except Violation as violation:
                    broken.append((str(violation), (*actions, name)))
                    continue
                following.setdefault(after.key(), (after, (*actions, name)))
        return following
