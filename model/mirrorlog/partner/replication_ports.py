"""What replication does at the ports of a system that the model plays: packets come and leave, devices read for it."""

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.update_information import JournalKind
from mirrorlog.partner.played_system import OKAY, PlayedSystem, Shown
from mirrorlog.processes.group_announcement import is_announcement
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.journal_read_reception import BatchReading
from mirrorlog.processes.restore import RestoredGroup
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import Parameters


@dataclass
class Reading:
    """Bursts (device, address, bytes, number of their journal if they are checked) still to be read for something, not
    before cycle `since`, whether one has failed, and which journals are damaged.
    """

    ranges: list[tuple[int, int, int, int]]
    since: int = 0
    failed: bool = False
    damaged: list[int] = field(default_factory=list)


@dataclass
class Sending:
    """A packet that is sent once its data is read, by volume."""

    packet: Packet
    reads: dict[int, Reading] = field(default_factory=dict)


class ReplicationPorts(PlayedSystem):
    """A system's side of the connection path. Packets come in `incoming` and leave in `outgoing`, whole; `leaving` is
    one whose first beat has left, and the cycle of its last beat.

    Of what came: `commands` (journal read commands), `operations`, `announcements` and `arrivals` wait for their steps;
    of each group `entries` are the update information that is read for a command, `restoring` the journals that are
    read for restore; `waiting` are those whose next journal has found no room, `copying` is the cycle before which
    initial copy need not be looked at.
    """

    def __init__(self, parameters: Parameters, rng: random.Random, shown: Shown, incarnation: int = 0) -> None:
        super().__init__(parameters, rng, shown, incarnation)
        self.incoming: deque[bytes] = deque()
        self.outgoing: deque[bytes] = deque()
        self._forget()

    def restart(self, incarnation: int) -> None:
        """The system is reset: what was on the way to it or from it is lost, too."""
        super().restart(incarnation)
        self.incoming.clear()
        self.outgoing.clear()
        self._forget()

    def _forget(self) -> None:
        groups = range(self.parameters.groups)
        self.commands: list[Packet] = []
        self.operations: list[Packet] = []
        self.announcements: deque[Packet] = deque()
        self.arrivals: list[Arrival] = []
        self.entries: dict[int, tuple[BatchReading, Reading]] = {}
        self.sendings: list[Sending] = []
        self.leaving: tuple[bytes, int] | None = None
        self.restoring: dict[int, deque[tuple[int, Reading]]] = {group: deque() for group in groups}
        self._restored: dict[int, RestoredGroup] = {}
        self.waiting: set[int] = set()
        self.copying = dict.fromkeys(groups, 0)
        self._sent: int | None = None

    # What is left to who plays it

    def _takes(self, device: int) -> bool:
        """Does a device take, and answer, write bursts now?"""
        return True

    def _returns(self, device: int) -> bool:
        """Does a device answer read bursts now?"""
        return True

    def _port_cycles(self, size: int) -> int:
        """Return how many cycles lie between the first and the last beat of a packet."""
        return 0

    def _takes_data(self) -> bool:
        """Does the host take read data now?"""
        return True

    def _read_response_of_journal(self, device: int, address: int, size: int, data: bool) -> int:
        """Return what a device answers to a read burst of replication, of `data` or of update information for restore:
        0 OKAY, 2 SLVERR, 3 DECERR."""
        return OKAY

    def _damages(self, device: int, address: int, size: int) -> bool:
        """Does a device return something else than it holds?"""
        return False

    # What comes and leaves

    def receive(self) -> None:
        """A packet comes from the path."""
        data = self.incoming.popleft()
        self._put_path("in", data)
        self._event("packet_in", bytes=len(data))
        packet = self.system.sources.arrives(data)
        if packet is None:
            return
        if packet.type in (PacketType.MAINTENANCE_COMMAND, PacketType.MAINTENANCE_ANSWER):
            self.operations.append(packet)
        elif packet.type is PacketType.JOURNAL_READ_COMMAND:
            self.commands.append(packet)
        elif packet.type is PacketType.GROUP_STATE and is_announcement(packet):
            self.announcements.append(packet)
        else:
            self.arrivals.append(Arrival(packet))

    def retire(self, step: Step) -> None:
        """Record a step, and send what is due with it."""
        self._record(step)
        if step.packet is None:
            return
        sending = Sending(step.packet)
        adapter = self.system.disk_adapter
        ring = self.system.shared.groups[step.packet.source_group].ring if step.packet.journals else None
        for information, _ in step.packet.journals:
            parts: Iterable[tuple[int, int]] = ((information.journal_position, information.data_bytes()),)
            if information.kind == JournalKind.HOST_WRITE and ring is not None:
                parts = ring.parts(information.journal_position, information.size)
            reading = sending.reads.setdefault(information.journal_volume, self._reading([]))
            for place, size in parts:
                device, (address, _) = adapter.volume_range(information.journal_volume, place, size)
                number = information.update_number * (information.kind == JournalKind.HOST_WRITE)
                reading.ranges += [(device, at, count, number) for at, count in self._bursts(address, size)]
        self.sendings.append(sending)

    def _may_go_on(self, sending: Sending) -> bool:
        """Can reading for a packet go on, or is all read and no other one leaving?"""
        reading = next((read for read in sending.reads.values() if read.ranges), None)
        return self.leaving is None if reading is None else self._may_burst(reading)

    def _send(self, sending: Sending) -> None:
        """Read data of a packet, or let it go out."""
        for volume, read in sending.reads.items():
            if read.ranges:
                self._burst(read)
                return
            if read.failed:
                read.failed = False
                self._record(self.system.journal_read_reception.data_failed(sending.packet, volume))
        damaged = [number for read in sending.reads.values() for number in read.damaged]
        if damaged and not sending.packet.poisoned:
            self._record(self.system.journal_read_reception.data_damaged(sending.packet, damaged[0]))
            return
        self.sendings.remove(sending)
        self._event("packet_first")
        for index, (information, _) in enumerate(sending.packet.journals):
            if information.kind == JournalKind.INITIAL_COPY:  # read in place by now
                content = self.system.disk_adapter.read(information.volume, information.position, information.size)
                sending.packet.journals[index] = information, content
            elif information.update_number in damaged:
                wrong = bytes(byte ^ 0xFF for byte in sending.packet.journals[index][1])
                sending.packet.journals[index] = information, wrong
        data = sending.packet.pack()
        self.leaving = data, self.cycle + self._port_cycles(len(data))
        if self.cycle >= self.leaving[1]:
            self._leave()

    def _leave(self) -> None:
        """The last beat of a packet leaves."""
        assert self.leaving is not None
        data, self.leaving = self.leaving[0], None
        self._put_path("out", data)
        self._event("packet_out", bytes=len(data))
        self.outgoing.append(data)

    def _put_path(self, way: str, data: bytes) -> None:
        self.shown.put(f"path{self.parameters.system}_{way}", data)

    # What devices read

    def _may_burst(self, read: Reading) -> bool:
        """Will the next burst's device answer now, or is there none?"""
        return not read.ranges or (self.cycle >= read.since and self._returns(read.ranges[0][0]))

    def _reading(self, ranges: list[tuple[int, int, int, int]]) -> Reading:
        return Reading(ranges, self.cycle + self.read_latency)

    def _burst(self, read: Reading) -> None:
        device, address, size, number = read.ranges.pop(0)
        resp = self._read_response_of_journal(device, address, size, True)
        read.failed |= resp != OKAY
        self._read_or_lie(read, device, address, size, number * (resp == OKAY), resp)

    def _read_or_lie(self, read: Reading, device: int, address: int, size: int, number: int, resp: int = OKAY) -> None:
        """A device answers a burst of a journal, perhaps with something else than it holds."""
        damaged = number > 0 and self._damages(device, address, size)
        if damaged:
            read.damaged.append(number)
        self._device_read(device, address, size, resp, damaged)
