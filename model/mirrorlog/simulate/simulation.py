"""Two storage systems in time: a discrete-event front end of the model (hosts, devices, a connection path with
distance).

Times are ns. The protocol is the model's; this only says when each of its steps happens.
"""

import random
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import simpy

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import CommandOutcome, InitialCopyOutcome, RestoreOutcome
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.simulate.journal_volumes import Process
from mirrorlog.simulate.operator import Operator
from mirrorlog.simulate.settings import MICROSECOND, SECOND, SimulationSettings
from mirrorlog.simulate.systems import SimulatedSystems
from mirrorlog.simulate.workload import CHANGES, Request, RequestKind
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.history import History, OrderedWrite
from mirrorlog.systems.status import group_status
from mirrorlog.systems.topology import Topology
from mirrorlog.tables.settings import ReadMode
from mirrorlog.tables.shared_memory import GroupState

BETWEEN_SITES = frozenset({(1, 2), (2, 1)})
"""The path between original and secondary system, whose load is measured."""


@dataclass(slots=True)
class Measurements:
    """What a simulation counted. `samples` are (time, bytes used in the original's and the secondary's rings, RPO)."""

    latencies: list[int] = field(default_factory=list)
    samples: list[tuple[int, int, int, int]] = field(default_factory=list)
    issued: int = 0
    refused: int = 0
    acknowledged: int = 0
    last_answer: int = 0
    path_bytes: int = 0
    stalls: int = 0


class Simulation(SimulatedSystems):
    """One run, from `run` on. `order` has, for each write that a system took, its group and its number among the
    writes. `histories` have the writes only: volumes may be much larger than memory.
    """

    def __init__(self, settings: SimulationSettings, topology: Topology, seed: int) -> None:
        super().__init__(settings, topology)
        self.rng = random.Random(seed)
        self.measured = Measurements()
        self.histories = {group: History({}) for group in topology.links}
        self.order: list[tuple[int, int]] = []
        self.groups = {volume: link.group for link in topology.links.values() for volume in link.volumes}
        self.operator = Operator(self, self.send_all, self.initial_copy)
        self.over = self.env.event()
        self.free_at = dict.fromkeys(topology.paths, 0)
        self.waiting: dict[int, deque[tuple[int, int]]] = {group: deque() for group in topology.links}

    def run(self, requests: Iterable[tuple[Request, bytes]]) -> None:
        """Run the requests, then until everything is drained (or the original system has failed and the path is
        empty).
        """
        for group in self.topology.links:
            if self.settings.copy_before:
                self.topology.start_copied(group)
            else:
                self.topology.initiate(group)
                self.env.process(self._ask(group))
                self.env.process(self.initial_copy(group))
            self.env.process(self._read(group))
            if self.topology.links[group].settings.mode is ReadMode.PUSH:
                self.env.process(self._push(group))
            else:
                self.env.process(self._announce(group))
            self.env.process(self._restore(group))
        for begin, end in self.settings.degraded:
            self.env.process(self.volumes.degrade(begin, end))
        for time, capacity in self.settings.resizes:
            self.env.process(self.volumes.resize(time, capacity))
        self._begin()
        self.send_all()
        self.env.process(self._sample())
        if self.settings.status_every is not None:
            self.env.process(self.operator.watch(self.settings.status_every))
        self.env.process(self._hosts(requests))
        self.env.run(self.failed | self.over)
        if self.failed.triggered:
            self.env.run(self.now + self.settings.delay() + SECOND // 10)

    def _begin(self) -> None:
        """Start what else the topology needs."""

    def takeover(self) -> dict[int, bool]:
        """Take over at the secondary system; returns for each group whether its copy is consistent."""
        answers = {}
        for group in self.topology.links:
            system = self.topology.secondary(group)
            if not system.shared.groups[group].secondary.started:
                answers[group] = False
                continue
            system.maintenance.takeover(group, force=True)
            self._finish(system)
            while not system.restore.is_drained(group):
                system.restore.step(group)
                self._finish(system)
            answers[group] = system.maintenance.finish_takeover(group)
        return answers

    def hosts_at(self) -> str:
        """Return where hosts go on at the end."""
        return "secondary" if self.failed.triggered else "original"

    def recovery_points(self) -> dict[int, int]:
        """Return for each group the moment that its secondary volumes show, as a number of the hosts' writes.

        Counted over the writes to all volumes: up to that write, the group's own volumes lack none. Groups have each
        their own moment; all writes up to the smallest of them are there.
        """
        points = {}
        for group, history in self.histories.items():
            system = self.topology.secondary(group)
            known = system.shared.groups[group].secondary.started
            held = history.journaled_up_to(system.restore.restored_number(group)) if known else 0
            requests = [request for owner, request in self.order if owner == group]
            points[group] = self.measured.acknowledged if held == len(requests) else requests[held] - 1
        return points

    def _hosts(self, requests: Iterable[tuple[Request, bytes]]) -> Process:
        """Issue each request at its time, and not before the one before it is answered."""
        writes = 0
        if self.settings.fail_after == 0 and self._disaster():
            return
        for request, data in requests:
            if request.time > self.now:
                yield self.env.timeout(request.time - self.now)
            if request.kind in CHANGES:
                yield from self._write(request, data)
                writes += 1
                self.operator.after_write(writes)
                if writes == self.settings.fail_after and self._disaster():
                    return
            elif request.kind is RequestKind.FLUSH:
                yield from self._flush(request)
        while not self._is_over():
            yield self.env.any_of(self.changed.values())
        self.over.succeed()

    def _disaster(self) -> bool:
        """The sites that the settings say are lost; returns whether the hosts are."""
        self.topology.lose(1)
        self.failed.succeed()
        return True

    def _is_over(self) -> bool:
        """Is everything done that the hosts' writes need?"""
        return not self.operator.busy and all(self.topology.is_drained(group) for group in self.topology.links)

    def _write(self, request: Request, data: bytes) -> Process:
        began = self.now
        self.measured.issued += 1
        yield self.env.timeout(self.settings.host_time(len(data)))
        largest = self.settings.max_transfer_bytes
        for at in range(0, request.size, largest):
            command = self._command(request, at, min(largest, request.size - at))
            taken = yield from self._write_part(command, data[at : at + largest])
            if not taken:
                self.measured.refused += 1
                return
        if self.settings.synchronous:
            yield self.env.timeout(2 * self.settings.delay() + self.settings.path_time(len(data)))
        self.measured.latencies.append(self.now - began)
        self.measured.acknowledged += 1
        self.measured.last_answer = self.now

    def _command(self, request: Request, at: int, size: int) -> HostCommand:
        """Return the command of one transfer, `at` bytes behind the request's position."""
        opcode = Opcode.DISCARD if request.kind is RequestKind.DISCARD else Opcode.WRITE
        return HostCommand(opcode, 0, request.volume, request.position + at, size, self.now, request.time)

    def _write_part(self, command: HostCommand, data: bytes) -> Generator[simpy.Event, Any, bool]:
        """Write (or discard) one transfer; returns whether it was taken."""
        group = self.groups[command.volume]
        system = self.topology.original(group)
        information = system.shared.groups[group]
        waiting_since = self.now
        waited: int | None = None
        while True:
            before = information.update_number
            step = system.command_reception.receive(command, data, waited)
            if step is not None and step.outcome != CommandOutcome.STALLED:
                break
            self.measured.stalls += waited is None
            left = max(1, information.watch_time - (self.now - waiting_since))
            yield self.change(system.parameters.system) | self.env.timeout(left)
            waited = self.now - waiting_since
        if step.outcome != CommandOutcome.WRITTEN:
            return False
        history = self.histories[group]
        journaled = step.creation == Creation.HOST_WRITE_CREATED
        self.order.append((group, self.measured.acknowledged + 1))
        content = command.content(data)
        after = information.update_number - 1
        history.add(OrderedWrite(after, journaled, command.volume, command.position, content))
        if journaled:
            self.waiting[group].append((before, self.now))
        self._start_writes(system, system.disk_adapter.volume_writes[step.reference])
        return True

    def _flush(self, request: Request) -> Process:
        system = self.topology.first(self.groups[request.volume])
        reception = system.command_reception
        step = reception.receive(HostCommand(Opcode.FLUSH, 0, request.volume, 0, 0))
        if step is None or step.outcome != CommandOutcome.FLUSH_TAKEN:
            return
        while reception.flushes[step.reference].waiting:
            yield self.change(system.parameters.system)
        reception.answer_flush(step.reference)

    def initial_copy(self, group: int) -> Process:
        system = self.topology.original(group)
        while not system.initial_copy.is_over(group):
            known = len(system.disk_adapter.journal_writes[group])
            outcome = system.initial_copy.step(group).outcome
            if outcome in (InitialCopyOutcome.NO_VOLUME, InitialCopyOutcome.WAITING, InitialCopyOutcome.STOPPED):
                yield self.change(system.parameters.system)
                continue
            for journal in list(system.disk_adapter.journal_writes[group])[known:]:
                self.env.process(self._journal_write(system, journal))
            yield self.env.timeout(MICROSECOND)

    def _ask(self, group: int) -> Process:
        """The original system asks the secondary one to start, again and again until an answer comes."""
        system = self.topology.original(group)
        while not self.failed.triggered and system.shared.groups[group].original.start_unanswered:
            yield self.env.timeout(self.topology.links[group].settings.timeout)
            command = system.operations.unanswered_start(group)
            if command is not None:
                self._send(command)

    def _read(self, group: int) -> Process:
        """The secondary system sends journal read commands."""
        system = self.topology.secondary(group)
        reading = system.journal_read_command
        link = self.topology.links[group]
        while not self.failed.triggered:
            if not system.shared.groups[group].secondary.started:
                yield self.change(system.parameters.system)
                continue
            if reading.groups[group].held:
                reading.store_held(group, self.now)
                self._start_journals(system, group)
            while (packet := system.next_packet(group, self.now)) is not None:
                self._send(packet)
            wait = max(link.settings.interval, 10 * MICROSECOND)
            yield self.change(system.parameters.system) | self.env.timeout(wait)

    def _push(self, group: int) -> Process:
        """The original system pushes journals."""
        system = self.topology.original(group)
        wait = max(self.topology.links[group].settings.interval, 10 * MICROSECOND)
        while not self.failed.triggered:
            while (packet := system.next_packet(group, self.now)) is not None:
                if packet.journals and not self._is_cached(system, packet):
                    yield from self._use(system, self._journal_device(system, packet), packet.payload_bytes())
                if not self.failed.triggered:
                    self._send(packet)
            yield self.change(system.parameters.system) | self.env.timeout(wait)

    def _announce(self, group: int) -> Process:
        """The original system announces a group that became "abnormal"."""
        system, settings = self.topology.original(group), self.topology.links[group].settings
        while not self.failed.triggered:
            packet = system.announcement.poll(group, self.now)
            if packet is not None:
                self._send(packet)
            yield self.env.timeout(settings.timeout)

    def _restore(self, group: int) -> Process:
        system = self.topology.secondary(group)
        restore = system.restore
        most = self.topology.links[group].settings.restores
        while not self.failed.triggered:
            ready = system.shared.groups[group].secondary.started and len(restore.groups[group].in_flight) < most
            journal = restore.next_journal(group) if ready else None
            if journal is None:
                yield self.change(system.parameters.system)
                continue
            if system.disk_adapter.journal_cache.get(group, journal.update_number) is None:
                device = system.shared.volumes[journal.journal_volume].device
                yield from self._use(system, device, journal.size + 64)
            if self.failed.triggered:
                return
            step = restore.step(group)
            if step.outcome != RestoreOutcome.WRITING:  # the group stopped meanwhile
                yield self.change(system.parameters.system)
                continue
            write = system.disk_adapter.restore_writes.get((group, step.reference))
            if write is not None:
                self.env.process(self._volume_write(system, write))
            else:
                self._notify(system)

    def send_all(self) -> None:
        """Put what the topology has on its paths on the simulated ones."""
        for path in self.topology.paths.values():
            while path:
                self._send(path.popleft())

    def _send(self, packet: Packet) -> None:
        """Put a packet on the path: it takes its turn, then its time, and may be lost, doubled or damaged."""
        settings, chance = self.settings, self.rng.random
        if packet.source in self.topology.lost:
            return
        keys = self.topology.paths_between(packet.source, packet.destination)
        key = min(keys, key=lambda key: self.free_at[key])
        size = packet.size()
        delay = self._delay(key)
        self.free_at[key] = max(self.free_at[key], self.now) + settings.path_time(size)
        self.measured.path_bytes += size if key[:2] in BETWEEN_SITES else 0
        copies = 2 if chance() < settings.duplication else 1
        for _ in range(copies):
            if chance() < settings.loss or self._is_cut(key):
                continue
            extra = self.rng.randrange(delay + MICROSECOND) if chance() < settings.reordering else 0
            arrives = self.free_at[key] - self.now + delay + extra
            self.env.process(self._arrive(packet, arrives))

    def _arrive(self, packet: Packet, after: int) -> Process:
        yield self.env.timeout(after)
        if self.rng.random() < self.settings.corruption:
            packed = bytearray(packet.pack())
            packed[self.rng.randrange(len(packed))] ^= 1
            try:
                packet = Packet.unpack(bytes(packed))
            except PacketError:
                return
        if packet.destination in self.topology.lost:
            return
        system = self.topology.systems[packet.destination]
        answer = self._take(system, packet)
        self._start_journals(system, packet.group)
        self._notify(system)
        if answer is not None and answer.type is PacketType.WRITE_ANSWER:
            self._send(answer)
        elif answer is not None:
            volumes = self.topology.links[packet.group].volumes
            slow = max(self.settings.slow.get(volume, 0) for volume in volumes)
            acknowledges = answer.type is PacketType.PUSH_ACKNOWLEDGEMENT
            if not acknowledges and (slow or not self._is_cached(system, answer)):
                yield from self._use(system, self._journal_device(system, answer), answer.payload_bytes(), slow)
            self._send(answer)

    def _take(self, system: StorageSystem, packet: Packet) -> Packet | None:
        """A system takes a packet; returns its answer."""
        return system.receive(packet, self.now)

    def _delay(self, path: tuple[int, ...]) -> int:
        """Return the time from one end of a path to the other."""
        return self.settings.delay()

    def _is_cut(self, path: tuple[int, ...]) -> bool:
        """Is a path cut now?"""
        return self.settings.is_cut(self.now)

    def _is_cached(self, system: StorageSystem, answer: Packet) -> bool:
        """Are all journals of an answer in the journal cache, so that no device was read?"""
        get = system.disk_adapter.journal_cache.get
        numbers = [information.update_number for information, _ in answer.journals]
        return bool(numbers) and all(get(answer.source_group, number) is not None for number in numbers)

    def _journal_device(self, system: StorageSystem, packet: Packet) -> int:
        """Return the device from which a packet's journals are read, as far as they lie in a journal volume."""
        for information, _ in packet.journals:
            if information.kind == JournalKind.HOST_WRITE:
                return system.shared.volumes[information.journal_volume].device
        return system.parameters.devices - 1

    def _sample(self) -> Process:
        """Take samples until the end."""
        while not self.failed.triggered:
            used = [0, 0]
            lag = 0
            for group in self.topology.links:
                for side, system in enumerate((self.topology.original(group), self.topology.secondary(group))):
                    ring = system.shared.groups[group].ring
                    used[side] += ring.update_information_used + ring.write_data_used
                lag = max(lag, self._rpo(group))
            self.measured.samples.append((self.now, used[0], used[1], lag))
            yield self.env.timeout(self.settings.sample)

    def _rpo(self, group: int) -> int:
        """Return how far behind a group's secondary is: the age of the oldest write that a disaster now would lose."""
        secondary = self.topology.secondary(group).shared.groups[group]
        commit = secondary.update_number if secondary.secondary.started else 0
        waiting = self.waiting[group]
        while waiting and waiting[0][0] < commit:
            waiting.popleft()
        running = self.topology.original(group).shared.groups[group].state is GroupState.NORMAL
        if self.topology.links[group].settings.changed_block_bytes and (self.operator.busy or not running):
            return group_status(self.topology, group, self.now).time_behind
        return self.now - waiting[0][1] if waiting and running else 0
