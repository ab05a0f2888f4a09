"""What a system that the model plays does for groups of which it is the secondary."""

from mirrorlog.formats.outcomes import RestoreOutcome, StoreOutcome
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.partner.played_system import OKAY
from mirrorlog.partner.replication_ports import Reading, ReplicationPorts
from mirrorlog.processes.journal_read_command import Arrival
from mirrorlog.processes.step import Step


class SecondarySide(ReplicationPorts):
    """Journals are asked for, stored, and restored."""

    def _poll(self, group: int, slot: int) -> None:
        """A command slot sends its journal read command."""
        self.retire(self.system.journal_read_command.send(group, slot, self.now))

    def _first_arrivals(self) -> list[Arrival]:
        """Return the first answer of each group that can go on."""
        first = {arrival.packet.group: arrival for arrival in reversed(self.arrivals)}
        store = self.system.journal_read_command.may_store
        return [arrival for group, arrival in first.items() if group not in self.waiting or not store(arrival)]

    def _store(self, arrival: Arrival) -> None:
        """Store the next journal of an answer, or close it."""
        process, group = self.system.journal_read_command, arrival.packet.group
        if not process.may_store(arrival):
            self.arrivals.remove(arrival)
            self.waiting.discard(group)
            self._record(process.close(arrival, self.now))
            return
        known = len(self.system.disk_adapter.journal_writes[group])
        step = process.store(arrival)
        self._record(step)
        if step.outcome == StoreOutcome.NO_ROOM and not arrival.refused:
            self.waiting.add(group)
        for journal in list(self.system.disk_adapter.journal_writes[group])[known:]:
            self._start_journal(journal)

    def _commit(self, group: int) -> None:
        step = self.system.journal_store.commit_next(group)
        if step is not None:
            self.waiting.discard(group)
            self._record(step)

    def _restore(self, group: int) -> None:
        """Look for journals to restore."""
        step = self.system.restore.scan(group)
        self._record(step)
        if step.outcome == RestoreOutcome.READING:
            self._read_for_restore(group, step)

    def _read_for_restore(self, group: int, step: Step) -> None:
        """Begin to read journals that were found: first the update information of all of them."""
        adapter, information = self.system.disk_adapter, self.system.shared.groups[group]
        found: list[tuple[int, Reading]] = []
        whole = True
        for number in range(step.reference, step.reference + step.size):
            place = information.ring.entry_place(number - information.oldest_stored())
            device, (address, size) = adapter.volume_range(information.journal_volume, place, UPDATE_INFORMATION_BYTES)
            ranges = [(device, address, size, number)]
            entry = self.system.restore.entry(group, number) if whole else None
            whole = entry is not None
            for at, count in information.ring.parts(entry.journal_position, entry.data_bytes()) if entry else ():
                device, (address, _) = adapter.volume_range(information.journal_volume, at, count)
                ranges += [(device, place, part, number) for place, part in self._bursts(address, count)]
            found.append((number, self._reading(ranges)))
        if not self._goes_on(group):
            self.restoring[group].clear()
        self._restored[group] = self.system.restore.groups[group]
        self.restoring[group] += found
        for _, read in found:
            device, address, size, number = read.ranges.pop(0)
            resp = self._read_response_of_journal(device, address, size, False)
            if resp != OKAY:
                for _, other in found:  # none of them can be restored
                    other.failed = True
            self._read_or_lie(read, device, address, size, number * (resp == OKAY), resp)

    def _write_restored(self, group: int) -> None:
        """Read a journal's data, or begin to write it."""
        restoring = self.restoring[group]
        number, read = restoring[0]
        if not self._goes_on(group):
            restoring.clear()
            return
        if read.ranges and not read.failed and not read.damaged:
            self._burst(read)
            return
        step = self.system.restore.write(group, read.failed, bool(read.damaged))
        self._record(step)
        if step.outcome != RestoreOutcome.WRITING:
            restoring.clear()
            return
        restoring.popleft()
        write = self.system.disk_adapter.restore_writes.get((group, number))
        if write is not None:
            self._start_write(write)

    def _goes_on(self, group: int) -> bool:
        """Is what is read for restore still wanted, the group not begun anew since?"""
        return self._restored.get(group) is self.system.restore.groups[group]

    def _free(self, group: int) -> None:
        step = self.system.restore.free(group)
        if step is not None:
            self.waiting.discard(group)
            self._record(step)
