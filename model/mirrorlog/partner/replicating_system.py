"""A storage system that the model plays at its ports, and that replicates with another one over a connection path."""

from collections.abc import Callable, Iterator
from functools import partial

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.partner.original_side import OriginalSide
from mirrorlog.partner.secondary_side import SecondarySide
from mirrorlog.registers.register_map import ALL_STROBES

RESEND_CYCLES = 32_768
"""Cycles after which an operation that another system has not answered is sent again."""

# Journals that are read for restore, of a group, at most
_MOST_RESTORING = 20

Action = Callable[[], None]
"""A step, or something else that happens at a port."""


class ReplicatingSystem(OriginalSide, SecondarySide):
    """One system with a connection path: what it can do next, of either side, and what operators and partners say."""

    def write_register(self, address: int, data: int, strobe: int = ALL_STROBES) -> int:
        """Write a register; returns the response code. What is read for a command of a group whose tables are loaded
        anew is forgotten."""
        sent = self.system.journal_read_reception.groups
        read = [number for number, (reading, _) in self.entries.items() if reading in sent[number].readings]
        status = super().write_register(address, data, strobe)
        for number in read:
            if not sent[number].readings:
                del self.entries[number]
        return status

    def is_idle(self) -> bool:
        """Is nothing in flight in the system?"""
        reads = self.entries or self.sendings or self.leaving or self.arrivals or any(self.restoring.values())
        return super().is_idle() and not reads

    def is_quiet(self) -> bool:
        """Is nothing in flight here, but what the system is given up to now?"""
        came = self.incoming or self.commands or self.operations or self.announcements
        restored = self.system.restore.groups
        in_flight = any(group.in_flight and not group.in_flight[0].failed for group in restored.values())
        told = any(group.unanswered for group in self.system.announcement.groups.values())
        host = self.work or self.answers or self.system.command_reception.flushes
        return self.is_idle() and not (came or in_flight or told or host)

    def actions(self, begins: bool = True) -> list[Action]:
        """Return what can be done now, each of which changes something. `begins`: also what the system begins by itself
        (it asks for journals, sends again what was not answered).
        """
        found: list[Action] = list(self._at_ports())
        if self.incoming:
            found.append(self.receive)
        found += [partial(self._answer, packet) for packet in self._first_commands()]
        found += [partial(self._store, arrival) for arrival in self._first_arrivals()]
        if self.operations:
            found.append(self.carry_out)
        if self.announcements:
            found.append(self._hear)
        found += [partial(self._send, sending) for sending in self.sendings if self._may_go_on(sending)]
        if self.leaving is not None and self.cycle >= self.leaving[1]:
            found.append(self._leave)
        for group, information in enumerate(self.system.shared.groups):
            if information.is_started() or group in self.entries or self.restoring[group]:
                found += self._of_group(group)
        if begins:
            found += self._begun()
        return found

    def _at_ports(self) -> Iterator[Action]:
        """Yield what storage devices and hosts can go on with."""
        for work in self.work:
            if work.ranges:
                if self.cycle >= work.since and self._may_start(work.target) and self._takes(work.ranges[0][0]):
                    yield partial(self._write_on, work)
            elif self._may_finish(work.target):
                yield partial(self._write_on, work)
        for index, answer in enumerate(self.answers):
            if answer.ranges:
                if self.cycle >= answer.since and self._returns(answer.ranges[0][0]):
                    yield partial(self._read_on, answer)
            elif index == 0 and self._takes_data():
                yield partial(self._read_on, answer)
        for number, flush in self.system.command_reception.flushes.items():
            if not flush.waiting:
                yield partial(self._flush_on, number)

    def _of_group(self, group: int) -> Iterator[Action]:
        """Yield what can go on in a group."""
        system, restoring = self.system, self.restoring[group]
        information = system.shared.groups[group]
        if group in self.entries and self._may_burst(self.entries[group][1]):
            yield partial(self._read_entries, group)
        if (
            information.original.started
            and self.cycle >= self.copying[group]
            and not system.initial_copy.is_over(group)
        ):
            yield partial(self._copy, group)
        if information.secondary.started and len(restoring) <= _MOST_RESTORING and system.restore.may_scan(group):
            yield partial(self._restore, group)
        if restoring and self._may_burst(restoring[0][1]):
            yield partial(self._write_restored, group)
        if system.restore.may_free(group):
            yield partial(self._free, group)
        if system.journal_store.may_commit(group):
            yield partial(self._commit, group)

    def _begun(self) -> Iterator[Action]:
        """Yield what the system begins by itself."""
        mailbox, now = self.system.mailbox, self.now
        if mailbox.outstanding:
            if mailbox.is_sent() and mailbox.may_give_up(now):
                yield self._give_up
            elif not mailbox.is_sent() or self._sent is None or now - self._sent >= RESEND_CYCLES:
                yield self._operate
        for group, information in enumerate(self.system.shared.groups):
            told = self.system.announcement
            if told.groups[group].unanswered is not None or told.may_announce(group, now):
                yield partial(self._tell, group)
            if not information.is_started():
                continue
            reading = self.system.journal_read_command
            for slot in range(self.parameters.commands):
                if reading.may_send(group, slot, now):
                    yield partial(self._poll, group, slot)
            if self.system.journal_read_reception.is_silent(group, now):
                yield partial(self._watch, group)

    def _operate(self) -> None:
        """The outstanding operation takes its next step."""
        step = self.system.mailbox.step(self.now)
        self._sent = self.now if step.packet is not None else None
        self.retire(step)

    def _give_up(self) -> None:
        """The outstanding operation ends without an answer."""
        self._record(self.system.mailbox.give_up())

    def _tell(self, group: int) -> None:
        """Announce the group's state, or answer the partner's announcement, if one of them is due."""
        process = self.system.announcement
        if process.groups[group].unanswered is not None:
            self.retire(process.answer(group))
        elif process.may_announce(group, self.now):
            self.retire(process.announce(group, self.now))

    def _hear(self) -> None:
        """Take a group state that was announced, or in answer to that."""
        self._record(self.system.announcement.receive(self.announcements.popleft()))

    def carry_out(self) -> None:
        """Take a maintenance packet."""
        packet = self.operations.pop(0)
        if packet.type is PacketType.MAINTENANCE_COMMAND:
            self.retire(self.system.operations.receive(packet))
        else:
            step = self.system.operations.take_answer(packet)
            self.system.mailbox.answered(packet.tag, step, self.now)
            self._record(step)
