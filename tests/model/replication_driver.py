"""One of two storage systems without latency that replicate: produces its part of their capture."""

from dataclasses import dataclass

from mirrorlog.formats.outcomes import InitialCopyOutcome, RestoreOutcome
from mirrorlog.partner.played_system import OKAY
from mirrorlog.partner.replicating_system import ReplicatingSystem as Partner
from mirrorlog.registers.register_map import ARGUMENT, OPERATION, volume_register
from mirrorlog.tables.shared_memory import VolumeState
from tests.model.captures import Capture
from tests.model.reference_driver import ReferenceDriver

VOLUMES = (1, 2)
JOURNAL = 4
CAPACITY = 16384
GROUP = 0


@dataclass
class Faults:
    """Chances of what happens to a packet, of a device's error, of one when replication reads, and of a journal's burst
    that returns something else than its device holds.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    device: float = 0.0
    read: float = 0.0
    damage: float = 0.0


class ReplicatingSystem(ReferenceDriver, Partner):
    """One of the two systems."""

    def __init__(self, seed: int, system: int, capture: Capture, faults: Faults, journal_bytes: int) -> None:
        super().__init__(seed, system=system, capture=capture, journal_bytes=journal_bytes, largest=4096)
        self.faults = faults
        self.error_rate = faults.device
        for name in (f"path{system}_in", f"path{system}_out"):
            capture.data[name] = bytearray()
        # lines of bursts that returned something else
        self.lies: list[int] = []

    def command_or_wait(self, opcode: int, position: int, size: int) -> None:
        """Give the host port a command, unless a write waits for room."""
        if self.stalled is None:
            self.give(opcode, self.rng.choice(VOLUMES), position, size)

    def set_up_volumes(self) -> None:
        """Make volumes 1, 2 and the journal volume "normal"."""
        for volume in (*VOLUMES, JOURNAL):
            capacity = self.journal_bytes if volume == JOURNAL else CAPACITY
            self.write_register(volume_register(volume, "capacity"), capacity)
            self.write_register(volume_register(volume, "offset"), volume * 131072)
            self.write_register(volume_register(volume, "device"), int(volume == JOURNAL))
            self.write_register(volume_register(volume, "state"), VolumeState.NORMAL)

    def give_operation(self, operation: int, *arguments: int, destination: int = 0) -> int:
        """Give an operation through registers; returns its answer."""
        for index, argument in enumerate(arguments):
            self.write_register(ARGUMENT + 8 * index, argument)
        self.write_register(OPERATION, operation | destination << 16)
        return self.operate()

    def operate(self) -> int:
        """Take the next step of the outstanding operation."""
        step = self.system.mailbox.step(self.now)
        self.retire(step)
        return step.status

    def replicate(self) -> None:
        """Let something of replication happen."""
        choices = [
            self._copy_on,
            self._poll_on,
            self._restore_on,
            self._free_on,
            self._commit_on,
            self._go_on_restoring,
        ]
        choices += [self.receive] * bool(self.incoming) + [self._answer_next] * bool(self.commands)
        choices += [self._store_next] * bool(self.arrivals) + [self._read_next] * bool(self.entries)
        choices += [self.send] * bool(self.sendings) + [self.carry_out] * bool(self.operations)
        choices += [self._tell_next] + [self._hear] * bool(self.announcements)
        self.rng.choice(choices)()

    def _record_gap(self) -> int:
        return 1

    def _read_response_of_journal(self, device: int, address: int, size: int, data: bool) -> int:
        # (update information for restore is always returned)
        return 2 if data and self.rng.random() < self.faults.device + self.faults.read else OKAY

    def _damages(self, device: int, address: int, size: int) -> bool:
        damages = self.rng.random() < self.faults.damage
        if damages:
            self.lies.append(len(self.capture.lines))
        return damages

    def _copy_on(self) -> None:
        """As a system may, say now and then that there is nothing to copy, or that it waits."""
        step = self.system.initial_copy.step(GROUP)
        if step.outcome != InitialCopyOutcome.NO_VOLUME or self.rng.random() < 0.02:
            self._record(step)
        if step.reference:
            self._start_journal(self.system.disk_adapter.journal_writes[GROUP][-1])

    def _poll_on(self) -> None:
        process = self.system.journal_read_command
        for slot in self.rng.sample(range(4), 4):
            if process.may_send(GROUP, slot, self.now):
                self._poll(GROUP, slot)
                return
        self.cycle += 1

    def _answer_next(self) -> None:
        if not self.entries:
            self._answer(self.commands[0])

    def _read_next(self) -> None:
        self._read_entries(GROUP)

    def send(self) -> None:
        """Read data of the first packet that is to be sent, or let it go out."""
        self._send(self.sendings[0])

    def _store_next(self) -> None:
        self._store(self.arrivals[0])

    def _commit_on(self) -> None:
        self._commit(GROUP)

    def _restore_on(self) -> None:
        """As a system may, say now and then that there is nothing to restore."""
        group = self.system.shared.groups[GROUP]
        if not group.secondary.started or len(self.restoring[GROUP]) > 20:
            return
        step = self.system.restore.scan(GROUP)
        if step.outcome != RestoreOutcome.NO_JOURNAL or self.rng.random() < 0.05:
            self._record(step)
        if step.outcome == RestoreOutcome.READING:
            self._read_for_restore(GROUP, step)

    def _go_on_restoring(self) -> None:
        if self.restoring[GROUP]:
            self._write_restored(GROUP)

    def _free_on(self) -> None:
        self._free(GROUP)

    def _tell_next(self) -> None:
        self._tell(GROUP)
