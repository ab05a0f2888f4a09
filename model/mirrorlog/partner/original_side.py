"""What a system that the model plays does for groups of which it is the original."""

from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import InitialCopyOutcome, ReceptionOutcome
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.partner.replication_ports import ReplicationPorts

# Between two looks at an initial copy that cannot go on
_COPY_CYCLES = 64
_BEGUN = (ReceptionOutcome.READING, ReceptionOutcome.READING_AGAIN)


class OriginalSide(ReplicationPorts):
    """Initial copy, and journal read commands that come."""

    def _copy(self, group: int) -> None:
        """Initial copy goes on; what changes nothing has no record, and is tried again later."""
        step = self.system.initial_copy.step(group)
        if step.outcome in (InitialCopyOutcome.NO_VOLUME, InitialCopyOutcome.WAITING):
            self.copying[group] = self.cycle + _COPY_CYCLES
            return
        self._record(step)
        if step.reference:
            self._start_journal(self.system.disk_adapter.journal_writes[group][-1])

    def _watch(self, group: int) -> None:
        """A group whose journal read commands stay away is given up."""
        step = self.system.journal_read_reception.watch(group, self.now)
        if step is not None:
            self._record(step)

    def _first_commands(self) -> list[Packet]:
        """Return the first journal read command of each group for which no other is being read."""
        first = {packet.group: packet for packet in reversed(self.commands)}
        return [packet for group, packet in first.items() if group not in self.entries]

    def _answer(self, packet: Packet) -> None:
        """Take a journal read command."""
        self.commands.remove(packet)
        reception = self.system.journal_read_reception
        step = reception.receive(packet, self.now)
        self.retire(step)
        if step.outcome not in _BEGUN:
            return
        reading = reception.groups[packet.group].readings[-1]
        group = self.system.shared.groups[packet.group]
        ranges = []
        for number in range(reading.first, reading.first + reading.count):
            place = group.ring.entry_place(number - group.oldest_number())
            device, (address, size) = self.system.disk_adapter.volume_range(
                group.journal_volume, place, UPDATE_INFORMATION_BYTES
            )
            ranges.append((device, address, size, number))
        self.entries[packet.group] = reading, self._reading(ranges)

    def _read_entries(self, group: int) -> None:
        """Read an entry of a batch, or send the batch."""
        reading, read = self.entries[group]
        if read.ranges:
            self._burst(read)
            return
        del self.entries[group]
        self.retire(self.system.journal_read_reception.read(reading, read.failed, bool(read.damaged)))
