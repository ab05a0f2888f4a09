"""Two systems with tiny rings after some steps, for the exhaustive mode: what can happen next, and what it leads to.

A state is a few numbers. Each stands for the whole content of a system, of a packet or of the hosts' history, which is
kept packed, once. What a step does follows from the parts that it touches alone, so that it is carried out once for
them, on fresh copies, however many states have these parts in common.
"""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.history import History, OrderedWrite
from mirrorlog.systems.invariants import Violation, check_copy, check_group, check_restored, knows_all, stored_state
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import FullPolicy, Reason

BLOCK = 512
CAPACITY = 2 * BLOCK
JOURNALS = 3
ORIGINAL, SECONDARY = 1, 2
REORDERED = 2
"""So many packets at the head of a path may come first."""


class Broken(NamedTuple):
    """A promise that was broken."""

    text: str


class State(NamedTuple):
    """Both systems, the hosts' history, and the packets on the path to each system, all by their numbers."""

    original: int
    secondary: int
    hosts: int
    to_original: tuple[int, ...]
    to_secondary: tuple[int, ...]


class Hosts:
    """What the hosts have asked for so far; `written` counts refused writes, too."""

    def __init__(self) -> None:
        self.history = History({1: bytearray(CAPACITY)})
        self.written = 0


class Parts:
    """Numbers for values: the same for equal ones. They are packed whole, so that nothing is left out that a later
    step could depend on.
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._packed: list[bytes] = []

    def number(self, value: Any) -> int:
        """Return the number of a value."""
        packed = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        number = self._numbers.setdefault(packed, len(self._packed))
        if number == len(self._packed):
            self._packed.append(packed)
        return number

    def copy(self, number: int) -> Any:
        """Return a fresh copy of the value with this number."""
        return pickle.loads(self._packed[number])

    def __len__(self) -> int:
        return len(self._packed)


class _Moved(NamedTuple):
    """What a step left: the system and the hosts that it touched, and the packets that it sent."""

    system: int
    hosts: int
    sent: tuple[int, ...]


class TwoSystems:
    """The states that two systems can be in, from `start` on."""

    def __init__(self, settings: GroupSettings, copied: bool) -> None:
        size = JOURNALS * 64 + 3 * BLOCK + 64
        self.link = GroupLink(0, ORIGINAL, SECONDARY, (1,), 2, (size, size), settings, FullPolicy.ERROR)
        self.topology = Topology({1: CAPACITY}, (self.link,), max_transfer_bytes=BLOCK)
        self.parts = Parts()
        self._names: dict[tuple[int, int, int], tuple[str, ...]] = {}
        self._moves: dict[tuple[str, int, int, int], _Moved | Broken] = {}
        self._checks: dict[tuple[int, int, int], Broken | None] = {}
        for system in self.topology.systems.values():
            system.shared.groups[0].ring.load(0, JOURNALS * 64, size)
        if copied:
            self.topology.start_copied(0)
        else:
            self.topology.initiate(0)
        systems = [self.number(self.topology.systems[number]) for number in (ORIGINAL, SECONDARY)]
        paths = [
            tuple(self.parts.number(packet) for packet in self.topology.paths[key])
            for key in ((SECONDARY, ORIGINAL), (ORIGINAL, SECONDARY))
        ]
        self.start = State(systems[0], systems[1], self.parts.number(Hosts()), paths[0], paths[1])

    def successors(self, state: State) -> Iterator[tuple[str, State | Broken]]:
        """Yield everything that can happen next, with the state after it or what it breaks."""
        for number in (ORIGINAL, SECONDARY):
            for name in self._steps_of(number, state):
                yield name, self._after(state, number, name)
            path = state.to_original if number == ORIGINAL else state.to_secondary
            for index, packet in enumerate(path[:REORDERED]):
                without = _with_path(state, number, path[:index] + path[index + 1 :])
                yield f"deliver to {number}, packet {index}", self._after(without, number, "deliver", packet)
            if path:
                yield f"repeat to {number}", self._after(state, number, "deliver", path[0])
                yield f"lose to {number}", _with_path(state, number, path[1:])

    def _steps_of(self, number: int, state: State) -> tuple[str, ...]:
        """Return what can happen within a system."""
        key = (number, state.original if number == ORIGINAL else state.secondary, state.hosts)
        names = self._names.get(key)
        if names is None:
            system: StorageSystem = self.parts.copy(key[1])
            hosts: Hosts = self.parts.copy(state.hosts)
            names = self._names[key] = tuple(_names(number, system, hosts))
        return names

    def _after(self, state: State, number: int, name: str, packet: int = -1) -> State | Broken:
        """Return the state after a step of a system, which takes in a packet if it is told one."""
        system = state.original if number == ORIGINAL else state.secondary
        key = (name, system, state.hosts, packet)
        moved = self._moves.get(key)
        if moved is None:
            moved = self._moves[key] = self._move(number, *key)
        if isinstance(moved, Broken):
            return moved
        to_original, to_secondary = state.to_original, state.to_secondary
        if number == ORIGINAL:
            after = State(moved.system, state.secondary, moved.hosts, to_original, to_secondary + moved.sent)
        else:
            after = State(state.original, moved.system, moved.hosts, to_original + moved.sent, to_secondary)
        return self._check(after) or after

    def _move(self, number: int, name: str, system_number: int, hosts_number: int, packet: int) -> _Moved | Broken:
        """Carry out a step on fresh copies of what it touches."""
        system: StorageSystem = self.parts.copy(system_number)
        hosts: Hosts = self.parts.copy(hosts_number)
        kind, *words = name.split()
        try:
            if packet >= 0:
                sent = self._deliver(number, system, self.parts.copy(packet))
            else:
                sent = STEPS[kind](system, hosts, *(int(word) for word in words))
            if system.shared.groups[0].reason is Reason.JOURNAL_DAMAGED:
                raise Violation("a journal is called damaged that has not changed")
            if number == SECONDARY:
                self.topology.systems[SECONDARY] = system
                self._check_secondary(system, hosts)
        except Exception as error:
            return Broken(f"{type(error).__name__}: {error}")
        hosts_after = hosts_number if number == SECONDARY else self.parts.number(hosts)
        return _Moved(self.number(system), hosts_after, () if sent is None else (self.parts.number(sent),))

    def _deliver(self, number: int, system: StorageSystem, packet: Packet) -> Packet | None:
        """Hand a packet to a system; one whose journals it has must change nothing."""
        self.topology.systems[number] = system
        known = knows_all(self.topology, packet)
        before = stored_state(self.topology, packet) if known else None
        sent = system.receive(packet)
        if known and stored_state(self.topology, packet) != before:
            raise Violation("a journal received twice changed something")
        return sent

    def _check(self, state: State) -> Broken | None:
        """Check both systems together."""
        key = state[:3]
        if key in self._checks:
            return self._checks[key]
        broken = None
        for number, part in ((ORIGINAL, state.original), (SECONDARY, state.secondary)):
            self.topology.systems[number] = self.parts.copy(part)
        try:
            check_group(self.topology, self.link, self.parts.copy(state.hosts).history)
        except Exception as error:
            broken = Broken(f"{type(error).__name__}: {error}")
        self._checks[key] = broken
        return broken

    def _check_secondary(self, system: StorageSystem, hosts: Hosts) -> None:
        """Check what the secondary system restores, and its copy. Moves the history along: it is not used any more."""
        if system.shared.groups[0].secondary.started:
            check_restored(self.topology, self.link, hosts.history)
            check_copy(self.topology, self.link, hosts.history)

    def number(self, system: StorageSystem) -> int:
        """Return the number of a system. What it only counts is left out, and how long a command's time-out is and when
        it was sent, but for whether that is over: time passes until it is.
        """
        for number, reading in system.journal_read_command.groups.items():
            settings = system.shared.groups[number].settings
            for slot in reading.slots.slots:
                over = (slot.packet is not None or slot.waits) and slot.is_due(0, settings.interval)
                slot.limit, slot.repeated = settings.timeout, False
                slot.since = -max(settings.timeout, settings.interval) if over else 0
        for groups in (system.journal_read_command.groups, system.journal_read_reception.groups):
            for group in groups.values():
                group.exits.clear()
        return self.parts.number(system)


def _with_path(state: State, number: int, path: tuple[int, ...]) -> State:
    return state._replace(to_original=path) if number == ORIGINAL else state._replace(to_secondary=path)


def _names(number: int, system: StorageSystem, hosts: Hosts) -> Iterator[str]:
    """Yield the steps that a system can take by itself; without those that would change nothing."""
    adapter = system.disk_adapter
    if adapter.journal_writes[0]:
        yield "journal"
    for write in [*adapter.volume_writes.values(), *adapter.restore_writes.values()]:
        if system.cache.blocks_volume_write(write) is None:
            yield f"volume {write.sequence}"
    if number == ORIGINAL:
        if hosts.written <= JOURNALS:
            yield from (f"write {position}" for position in range(0, CAPACITY, BLOCK))
        if not system.initial_copy.is_over(0):
            yield "copy"
    elif system.shared.groups[0].secondary.started:
        yield from ("poll", "restore", "time")


def _write(system: StorageSystem, hosts: Hosts, position: int) -> None:
    hosts.written += 1
    data = bytes([hosts.written]) * BLOCK
    group = system.shared.groups[0]
    step = system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, position, BLOCK), data)
    if step is None or step.outcome != CommandOutcome.WRITTEN:
        return
    journaled = step.creation == Creation.HOST_WRITE_CREATED
    if journaled:
        hosts.history.journals[group.update_number - 1] = BLOCK
    hosts.history.add(OrderedWrite(group.update_number - 1, journaled, 1, position, data))


def _journal(system: StorageSystem, hosts: Hosts) -> None:
    system.journal_write_done(system.disk_adapter.journal_writes[0][0])


def _volume(system: StorageSystem, hosts: Hosts, sequence: int) -> None:
    adapter = system.disk_adapter
    writes = [*adapter.volume_writes.values(), *adapter.restore_writes.values()]
    system.volume_write_done(next(write for write in writes if write.sequence == sequence))


def _copy(system: StorageSystem, hosts: Hosts) -> None:
    group = system.shared.groups[0]
    before = group.update_number
    system.initial_copy.step(0)
    for number in range(before, group.update_number):
        hosts.history.journals[number] = 0


def _poll(system: StorageSystem, hosts: Hosts) -> Packet | None:
    reading = system.journal_read_command
    reading.store_held(0, 0)
    return reading.poll(0, 0)


def _restore(system: StorageSystem, hosts: Hosts) -> None:
    system.restore.step(0)


def _time(system: StorageSystem, hosts: Hosts) -> None:
    """The present is always 0: time passes, in that the past moves back, until every command in flight is lost and each
    wait is over.
    """
    interval = system.shared.groups[0].settings.interval
    for slot in system.journal_read_command.groups[0].slots.slots:
        slot.since = -max(slot.limit, interval)


STEPS: dict[str, Callable[..., Packet | None]] = {
    "write": _write,
    "journal": _journal,
    "volume": _volume,
    "copy": _copy,
    "poll": _poll,
    "restore": _restore,
    "time": _time,
}
