"""Plausible mistakes about partners: who is told, a side that was taken over, systems that do not match."""

from tests.planted.bug import Bug, Exploration

FOUND = Exploration(200)

PARTNER_BUGS: tuple[Bug, ...] = (
    Bug(
        id="an-announcement-is-sent-once",
        file="model/mirrorlog/processes/group_announcement.py",
        find="return sent is None or now - sent >= group.settings.timeout",
        replace="return sent is None",
        found_by=FOUND,
    ),
    Bug(
        id="an-announcement-is-answered-and-not-taken",
        file="model/mirrorlog/processes/group_announcement.py",
        find="if counts and packet.status == GroupState.ABNORMAL and",
        replace="if counts and packet.status > GroupState.ABNORMAL and",
        found_by=FOUND,
    ),
    Bug(
        id="whoever-announces-is-taken-for-the-partner",
        file="model/mirrorlog/processes/group_announcement.py",
        find="of_partner = (group.partner_system, group.partner_group) == (packet.source, packet.source_group)",
        replace="of_partner = True",
        found_by=FOUND,
    ),
    Bug(
        id="start-ends-a-takeover",
        file="model/mirrorlog/processes/maintenance.py",
        find=(
            "        group = self.startable(number)\n        self._numbers(partner, partner_group, generation >> 16)\n"
        ),
        replace=(
            "        self.shared.groups[number].secondary.takeover = False\n"
            "        self.shared.changed_blocks.groups.pop(number, None)\n"
            "        group = self.startable(number)\n"
            "        self._numbers(partner, partner_group, generation >> 16)\n"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="a-takeover-that-is-given-up-leaves-the-volumes-to-hosts",
        file="model/mirrorlog/processes/maintenance.py",
        find="            if volume.state is VolumeState.NORMAL:\n                volume.state = VolumeState.SECONDARY",
        replace="            if volume.state is None:\n                volume.state = VolumeState.SECONDARY",
        found_by=FOUND,
    ),
    Bug(
        id="the-copy-begins-before-the-answer-to-start",
        file="model/mirrorlog/processes/maintenance.py",
        find="group.original.start_unanswered = True",
        replace="group.original.start_unanswered = False",
        found_by=FOUND,
    ),
    Bug(
        id="a-journal-that-never-fits-is-dropped-again-and-again",
        file="model/mirrorlog/processes/journal_store.py",
        find="        self.shared.fail_group(self.shared.groups[number], Reason.NEVER_FITS)",
        replace="        pass",
        found_by=FOUND,
    ),
    Bug(
        id="capacities-are-not-compared",
        file="model/mirrorlog/processes/maintenance.py",
        find="if secondary.capacity < pair.original_capacity:",
        replace="if secondary.capacity < 0:",
        found_by=FOUND,
    ),
    Bug(
        id="a-refused-start-is-waited-for",
        file="model/mirrorlog/processes/maintenance.py",
        find=(
            "        elif group.original.start_unanswered and answer == Answer.NO_ANSWER:\n"
            "            self.shared.fail_group(group, Reason.START_UNANSWERED)\n"
            "        elif group.original.start_unanswered:\n"
            "            self.shared.fail_group(group, Reason.START_REFUSED)\n"
            "        group.original.start_unanswered = False"
        ),
        replace="            group.original.start_unanswered = False",
        found_by=FOUND,
    ),
)
