"""Plausible mistakes in resynchronization, takeover and failback."""

from tests.planted.bug import Bug, Exploration

FOUND = Exploration(300, operations=True)

OPERATION_BUGS: tuple[Bug, ...] = (
    Bug(
        id="writes-while-suspended-not-marked",
        file="model/mirrorlog/tables/changed_blocks.py",
        find=(
            '        self.to_copy[first:end] = b"\\1" * (end - first)\n'
            "        if self.since is None:\n"
            "            self.since = time\n"
        ),
        replace="        self._blocks(first, end)\n",
        found_by=FOUND,
    ),
    Bug(
        id="unmarked-when-stored",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="return self.restore.restored_number(number)",
        replace="return self.shared.groups[number].update_number - 1",
        found_by=FOUND,
    ),
    Bug(
        id="the-number-to-restore-next-reported-as-restored",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="return self.restore.restored_number(number)",
        replace="return self.restore.restored_number(number) + 1",
        found_by=FOUND,
    ),
    Bug(
        id="unmarked-though-a-younger-journal-holds-the-block-too",
        file="model/mirrorlog/tables/changed_blocks.py",
        find="                if self.journals.get(block) == created:\n                    del self.journals[block]",
        replace="                self.journals.pop(block, None)",
        found_by=FOUND,
    ),
    Bug(
        id="journals-on-their-way-left-out-of-the-difference",
        file="model/mirrorlog/tables/changed_blocks.py",
        find="        for block in self.journals:\n            self.to_copy[block] = 1\n        self.since",
        replace="        self.since",
        found_by=FOUND,
    ),
    Bug(
        id="what-the-partner-marked-left-out-of-the-difference",
        file="model/mirrorlog/tables/changed_blocks.py",
        find="for position, size in _ranges(marks, block):",
        replace="for position, size in ():",
        found_by=FOUND,
    ),
    Bug(
        id="a-journal-for-a-part-of-a-block-stands-for-its-copy",
        file="model/mirrorlog/tables/changed_blocks.py",
        find="        self._note(*self._blocks(position, size), number, time)",
        replace=(
            "        first, end = self._blocks(position, size)\n"
            "        self.to_copy[first:end] = bytes(end - first)\n"
            "        self._note(first, end, number, time)"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="a-block-copied-in-part-counts-as-copied",
        file="model/mirrorlog/tables/changed_blocks.py",
        find=(
            "        first = position // self.block\n"
            "        end = len(self.to_copy) if position + size >= self.capacity else (position + size) // "
            "self.block\n"
            "        self.to_copy"
        ),
        replace="        first, end = self._blocks(position, size)\n        self.to_copy",
        found_by=FOUND,
    ),
    Bug(
        id="the-secondary-stays-consistent-while-it-is-resynchronized",
        file="model/mirrorlog/processes/maintenance.py",
        find=(
            "        group.begin(generation)\n"
            "        self.disk_adapter.journal_cache.clear(number)\n"
            "        group.partner_system"
        ),
        replace=(
            "        before = group.secondary.end_markers_restored\n"
            "        group.begin(generation)\n"
            "        group.secondary.end_markers_restored = before\n"
            "        self.disk_adapter.journal_cache.clear(number)\n"
            "        group.partner_system"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="takeover-without-a-new-epoch",
        file="model/mirrorlog/processes/maintenance.py",
        find="            history.epoch += 1\n            history.taken_over",
        replace="            history.taken_over",
        found_by=FOUND,
    ),
    Bug(
        id="marks-dropped-when-they-are-handed-over",
        file="model/mirrorlog/variations/resynchronization.py",
        find="        area = group.ring.write_data_area\n        return Accepted(",
        replace=(
            "        for volume in volumes:\n"
            "            changed.volumes.pop(volume, None)\n"
            "        area = group.ring.write_data_area\n"
            "        return Accepted("
        ),
        found_by=FOUND,
    ),
    Bug(
        id="every-side-counts-as-written",
        file="model/mirrorlog/variations/resynchronization.py",
        find=(
            "            return any(maps[volume].since is not None for volume in volumes)\n"
            "        return bool(self.shared.changed_blocks.marked(volumes))"
        ),
        replace="            return True\n        return True",
        found_by=FOUND,
    ),
)
