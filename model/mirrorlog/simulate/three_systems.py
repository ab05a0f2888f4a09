"""Three storage systems in time: the hosts are at the first one, which forwards each write."""

from collections.abc import Generator
from typing import Any

import simpy

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand
from mirrorlog.processes.step import Step
from mirrorlog.simulate.journal_volumes import Process
from mirrorlog.simulate.settings import MICROSECOND, NANOSECONDS_PER_KM, SECOND, SimulationSettings, Site
from mirrorlog.simulate.simulation import Simulation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.history import OrderedWrite
from mirrorlog.systems.topology import Topology
from mirrorlog.tables.shared_memory import GroupState
from mirrorlog.tables.status import Status
from mirrorlog.three_systems.remote_write import RemoteKind

FIRST, ORIGINAL = 3, 1
NUMBERS = {Site.FIRST: FIRST, Site.ORIGINAL: ORIGINAL}

Key = tuple[int, int, int]
"""(time, volume, position): one transfer of a host's write."""


class ThreeSystemSimulation(Simulation):
    """One run with three systems. `answers` are the events for which hosts wait; `counted` are the transfers that are
    in the history already.
    """

    def __init__(self, settings: SimulationSettings, topology: Topology, seed: int) -> None:
        super().__init__(settings, topology, seed)
        self.answers: dict[int, simpy.Event] = {}
        self.counted: set[Key] = set()

    def hosts_at(self) -> str:
        """Return where hosts go on at the end."""
        return "secondary" if FIRST in self.topology.lost else "first"

    def _begin(self) -> None:
        for group in self.topology.links:
            for system in (self.topology.first(group), self.topology.original(group)):
                self.env.process(self._exchange(system, group))
            self.env.process(self._operator(group))
            self.env.process(self._mark_again(group))

    def _disaster(self) -> bool:
        """Hosts are where the first system is; when it is lost alone, journals drain before the takeover ([0170])."""
        for site in self.settings.fails:
            self.topology.lose(NUMBERS[site])
        if Site.FIRST not in self.settings.fails:
            return False
        if Site.ORIGINAL in self.settings.fails:
            self.failed.succeed()
            return True
        for group in self.topology.links:
            self.topology.original(group).remote_write_reception.close(group)
        self.env.process(self._drain())
        return True

    def _drain(self) -> Process:
        """Wait until the secondary system has every journal, or for a second in which nothing came."""
        since, before = self.now, -1
        while not Simulation._is_over(self) and self.now - since < SECOND:
            held = sum(
                self.topology.secondary(group).shared.groups[group].update_number for group in self.topology.links
            )
            since = since if held == before else self.now
            before = held
            yield self.env.any_of(self.changed.values()) | self.env.timeout(SECOND // 100)
        self.over.succeed()

    def _is_over(self) -> bool:
        if ORIGINAL in self.topology.lost:
            return self.topology.systems[FIRST].is_idle()
        cut = any(self.now < end for _, end in self.settings.first_cuts)
        return not cut and self.topology.systems[FIRST].is_idle() and super()._is_over()

    def _exchange(self, system: StorageSystem, group: int) -> Process:
        """First and original system send what they have for each other; hosts are answered."""
        number = system.parameters.system
        wait = max(self.topology.links[group].settings.interval, 10 * MICROSECOND)
        while number not in self.topology.lost:
            for poll in (system.remote_write.poll, system.remote_read.poll):
                while (packet := poll(group, self.now)) is not None:
                    self._send(packet)
            self._answer_hosts(system)
            yield self.change(number) | self.env.timeout(wait)

    def _mark_again(self, group: int) -> Process:
        """After each copy of changed blocks the original system has new end markers to create."""
        while ORIGINAL not in self.topology.lost:
            yield from self.initial_copy(group)
            yield self.change(ORIGINAL)

    def _operator(self, group: int) -> Process:
        """After each cut of the path to the original system, have the first one forward again if it is suspended."""
        system = self.topology.first(group)
        for _, end in sorted(self.settings.first_cuts):
            yield self.env.timeout(max(0, end - self.now))
            if FIRST not in self.topology.lost and system.shared.groups[group].state is GroupState.ABNORMAL:
                system.remote_write.resume(group)
            self._notify(system)

    def _write_part(self, command: HostCommand, data: bytes) -> Generator[simpy.Event, Any, bool]:
        group = self.groups[command.volume]
        system = self.topology.first(group)
        step = system.command_reception.receive(command, data)
        if step is not None and step.outcome == CommandOutcome.FORWARDED:
            answer = self.answers[step.reference] = self.env.event()
            self._notify(system)
            step = yield answer
        assert step is not None
        if step.outcome != CommandOutcome.WRITTEN:
            return False
        key = command.time, command.volume, command.position
        self._count(group, key, command.content(data), journaled=False)
        self._start_writes(system, system.disk_adapter.volume_writes[step.reference])
        return True

    def _answer_hosts(self, system: StorageSystem) -> None:
        while system.remote_write.ready:
            reference = system.remote_write.ready[0].reference
            step = system.command_reception.answer_forwarded()
            self.answers.pop(reference).succeed(step)

    def _take(self, system: StorageSystem, packet: Packet) -> Packet | None:
        if packet.type is not PacketType.WRITE:
            answer = super()._take(system, packet)
            self._answer_hosts(system)
            return answer
        answer, step = system.remote_write_reception.receive(packet, self.now)
        if answer is not None:
            self.measured.stalls += answer.status == Status.JOURNAL_FULL
        if step is not None and step.outcome == CommandOutcome.WRITTEN:
            self._carried_out(system, packet, step)
        return answer

    def _carried_out(self, system: StorageSystem, packet: Packet, step: Step) -> None:
        """The original system took a write: count it, and have its devices write."""
        group = packet.group
        volume, position, time = packet.arguments[3], packet.arguments[4], packet.arguments[6]
        journaled = step.creation == Creation.HOST_WRITE_CREATED
        if packet.status == RemoteKind.HOST:
            self._count(group, (time, volume, position), packet.data, journaled)
            if journaled:
                self.waiting[group].append((system.shared.groups[group].update_number - 1, self.now))
        write = system.disk_adapter.volume_writes.get(step.reference)
        if write is not None:
            self._start_writes(system, write)
        elif journaled:
            self.env.process(self._journal_write(system, system.disk_adapter.journal_writes[group][-1]))

    def _count(self, group: int, key: Key, data: bytes, journaled: bool) -> None:
        """Note a transfer in its group's history, once: when the original system has it, or the first one alone."""
        if key in self.counted:
            return
        self.counted.add(key)
        _, volume, position = key
        after = self.topology.original(group).shared.groups[group].update_number - 1
        self.order.append((group, self.measured.acknowledged + 1))
        self.histories[group].add(OrderedWrite(after, journaled, volume, position, data))

    def _delay(self, path: tuple[int, ...]) -> int:
        return int(self.settings.first_km * NANOSECONDS_PER_KM) if FIRST in path[:2] else super()._delay(path)

    def _is_cut(self, path: tuple[int, ...]) -> bool:
        if FIRST in path[:2]:
            return any(begin <= self.now < end for begin, end in self.settings.first_cuts)
        return super()._is_cut(path)
