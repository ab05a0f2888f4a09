"""Plausible mistakes at the limits that settings and states promise."""

from tests.planted.bug import Bug, Exploration

FOUND = Exploration(200)

LIMIT_BUGS: tuple[Bug, ...] = (
    Bug(
        id="initiation-while-journals-are-written",
        file="model/mirrorlog/processes/maintenance.py",
        find="return bool(adapter.journal_writes[number]) or any(key[0] == number for key in adapter.restore_writes)",
        replace="return False",
        found_by=FOUND,
    ),
    Bug(
        id="heartbeat-never-missed",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find="        return now - self.groups[number].heard >= silence",
        replace="        return False",
        found_by=FOUND,
    ),
    Bug(
        id="initial-copy-takes-the-whole-ring",
        file="model/mirrorlog/processes/initial_copy.py",
        find="return normal and group.ring.update_information_used * 2 >= group.ring.update_information_area",
        replace="return False",
        found_by=FOUND,
    ),
    Bug(
        id="watch-time-never-over",
        file="model/mirrorlog/processes/command_reception.py",
        find="return waited is not None and waited >= group.watch_time",
        replace="return False",
        found_by=FOUND,
    ),
    Bug(
        id="byte-limit-of-a-batch-ignored",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find="most = min(command.limit_bytes, self.shared.parameters.batch_bytes)",
        replace="most = self.shared.parameters.batch_bytes",
        found_by=FOUND,
    ),
    Bug(
        id="host-read-of-the-block-before",
        file="model/mirrorlog/processes/disk_adapter.py",
        find="return self.cache.overlay(volume, position, self.read_device(volume, position, size))",
        replace=(
            "position = max(position - 512, 0)\n"
            "        return self.cache.overlay(volume, position, self.read_device(volume, position, size))"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="journal-limit-of-a-batch-ignored",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find="return max(1, min(command.limit_journals, self.shared.parameters.batch_journals))",
        replace="return 64",
        found_by=FOUND,
    ),
    Bug(
        id="consistent-without-end-markers",
        file="model/mirrorlog/processes/restore.py",
        find="return copied and not group.secondary.restore_stopped and not self.groups[number].in_flight",
        replace="return not self.groups[number].in_flight",
        found_by=FOUND,
    ),
    Bug(
        id="overlapping-writes-reach-the-device-in-any-order",
        file="model/mirrorlog/storage/cache_memory.py",
        find="            if older.sequence >= write.sequence:",
        replace="            if older is not None:",
        found_by=FOUND,
    ),
    Bug(
        id="pairs-of-an-abnormal-group-stay-normal",
        file="model/mirrorlog/tables/shared_memory.py",
        find=(
            "        self._become_abnormal(group, reason)\n"
            "        for pair in self.pairs_of(group):\n"
            "            pair.state = PairState.ABNORMAL"
        ),
        replace="        group.state = GroupState.ABNORMAL",
        found_by=FOUND,
    ),
    Bug(
        id="lost-command-never-asked-again",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="if not owned.is_due(now, settings.interval):",
        replace="if owned.packet is not None or not owned.is_due(now, settings.interval):",
        found_by=FOUND,
    ),
    Bug(
        id="write-data-not-split-at-the-end",
        file="model/mirrorlog/tables/journal_ring.py",
        find="        if size <= first:\n            return ((data, size),) if size else ()",
        replace="        if size >= 0:\n            return ((data, size),) if size else ()",
        found_by=FOUND,
    ),
    Bug(
        id="received-journal-stored-without-room",
        file="model/mirrorlog/processes/journal_store.py",
        find=(
            "        if information.update_number - group.update_number >= self.shared.parameters.window:\n"
            "            return False"
        ),
        replace="        return True",
        found_by=FOUND,
    ),
    Bug(
        id="failed-write-leaves-its-volume-as-it-was",
        file="model/mirrorlog/processes/disk_adapter.py",
        find=(
            "            information.state = VolumeState.ABNORMAL\n            if write.journal is None and write.group"
        ),
        replace="            if write.journal is None and write.group",
        found_by=FOUND,
    ),
    Bug(
        id="start-taken-after-a-takeover",
        file="model/mirrorlog/processes/maintenance.py",
        find="if group.secondary.takeover or (history is not None and history.taken_over):",
        replace="if history is not None and history.taken_over:",
        found_by=FOUND,
    ),
)
