"""Plausible mistakes in the protocol."""

from tests.planted.bug import Bug, Exploration, Substitution

FOUND = Exploration(200)

PROTOCOL_BUGS: tuple[Bug, ...] = (
    Bug(
        id="free-one-too-early",
        file="model/mirrorlog/processes/journal_read_command.py",
        find='what the commit pointer has passed."""\n        return group.update_number - 1',
        replace='what the commit pointer has passed."""\n        return group.update_number',
        found_by=FOUND,
    ),
    Bug(
        id="retry-resends-only-the-last-of-a-batch",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find='the whole last batch."""\n        return journals',
        replace='the whole last batch."""\n        return journals[-1:]',
        found_by=FOUND,
    ),
    Bug(
        id="duplicate-stored",
        file="model/mirrorlog/processes/journal_store.py",
        find="return stored.knows(number)",
        replace="return number < stored.oldest",
        found_by=FOUND,
    ),
    Bug(
        id="end-marker-out-of-band",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="        reading = self.groups[packet.group]\n        reading.held.append(Arrival(packet))",
        replace=(
            "        for information, _ in packet.journals:\n"
            "            pair = self.journal_store.pair_of(packet.group, information.volume)\n"
            "            if pair is not None and information.kind == 1:\n"
            "                volume = self.shared.volumes[self.shared.pairs[pair].secondary_volume]\n"
            "                if information.position + information.size == volume.capacity:\n"
            "                    self.shared.groups[packet.group].secondary.end_markers_restored |= 1 << pair\n"
            "        reading = self.groups[packet.group]\n"
            "        reading.held.append(Arrival(packet))"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="end-marker-created-before-the-last-unit-is-freed",
        file="model/mirrorlog/processes/initial_copy.py",
        find=(
            "            and not group.copied_into\n"
            "            and information.state is PairState.NORMAL\n"
            "            and information.last_copy_number < group.oldest_number()\n"
        ),
        replace="            and information.state is PairState.NORMAL\n",
        found_by=FOUND,
    ),
    Bug(
        id="plain-mode-with-two-commands-in-flight",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="return 1 if settings.mode is ReadMode.PLAIN else settings.commands",
        replace="return max(2, settings.commands)",
        found_by=FOUND,
    ),
    Bug(
        id="generation-not-checked",
        file="model/mirrorlog/processes/journal_read_command.py",
        find=(
            'the group\'s generation?"""\n'
            "        return packet.generation == self.shared.groups[packet.group].generation"
        ),
        replace='the group\'s generation?"""\n        return True',
        found_by=FOUND,
        also=(
            Substitution(
                file="model/mirrorlog/processes/journal_read_reception.py",
                find=(
                    'the group\'s generation?"""\n'
                    "        return packet.generation == self.shared.groups[packet.group].generation"
                ),
                replace='the group\'s generation?"""\n        return True',
            ),
        ),
    ),
    Bug(
        id="copy-complete-address-compared-with-less-or-equal",
        file="model/mirrorlog/processes/journal_creation.py",
        find="return position >= pair.copy_complete_address",
        replace="return position > pair.copy_complete_address",
        found_by=FOUND,
    ),
    Bug(
        id="initial-copy-past-the-cache",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find="self.disk_adapter.read(information.journal_volume, ",
        replace="self.disk_adapter.read_device(information.journal_volume, ",
        found_by=FOUND,
    ),
    Bug(
        id="size-freed-for-initial-copy-journals-at-the-original",
        file="model/mirrorlog/formats/update_information.py",
        find="return self.size if self.kind == JournalKind.HOST_WRITE else 0",
        replace="return self.data_bytes()",
        found_by=FOUND,
        also=(
            Substitution(
                file="model/mirrorlog/processes/journal_store.py",
                find="return journal.size if journal.kind is JournalKind.HOST_WRITE else 0",
                replace="return journal.size",
            ),
        ),
    ),
    Bug(
        id="no-journal-frees-twice",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find=(
            "            group.original.freed_host_bytes += group.original.batch_data\n"
            "        group.original.batch = group.original.batch_data = 0\n"
        ),
        replace="",
        found_by=FOUND,
    ),
    Bug(
        id="restore-before-commit",
        file="model/mirrorlog/processes/restore.py",
        find='which is the last committed one."""\n        return self.shared.groups[number].update_number',
        replace='which is the last committed one."""\n        return self.journal_store.groups[number].next_expected()',
        found_by=FOUND,
    ),
    Bug(
        id="takeover-before-drain",
        file="model/mirrorlog/processes/restore.py",
        find="return stopped or (not self.groups[number].in_flight and not self.has_journal(number))",
        replace="return True",
        found_by=FOUND,
    ),
    Bug(
        id="next-plain-command-before-commit",
        file="model/mirrorlog/processes/journal_read_command.py",
        find="return not self.journal_store.groups[number].journals",
        replace="return True",
        found_by=FOUND,
    ),
    Bug(
        id="write-into-a-full-ring",
        file="model/mirrorlog/tables/journal_ring.py",
        find=(
            "            self.update_information_used + self.entry <= self.update_information_area\n"
            "            and size < self.write_data_area - self.write_data_used\n"
        ),
        replace="            True\n",
        found_by=FOUND,
    ),
    Bug(
        id="packets-of-a-stranger-taken",
        file="model/mirrorlog/tables/shared_memory.py",
        find="return system == self.partner_system",
        replace="return True",
        found_by=FOUND,
    ),
    Bug(
        id="update-information-not-checked",
        file="model/mirrorlog/processes/journal_check.py",
        find="    try:\n        information = UpdateInformation.unpack(packed)",
        replace=(
            '    return UpdateInformation.unpack(packed[:60] + zlib.crc32(packed[:60]).to_bytes(4, "little"))\n'
            "    try:\n"
            "        information = UpdateInformation.unpack(packed)"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="data-not-checked-when-it-is-sent",
        file="model/mirrorlog/processes/journal_read_reception.py",
        find="            if information.kind == JournalKind.HOST_WRITE and not is_right(information, data):",
        replace="            if information.kind == JournalKind.HOST_WRITE and not data:",
        found_by=FOUND,
    ),
    Bug(
        id="data-not-checked-before-it-is-restored",
        file="model/mirrorlog/processes/restore.py",
        find="return (information, data) if is_right(information, data) else None",
        replace="return information, data",
        found_by=FOUND,
    ),
)
