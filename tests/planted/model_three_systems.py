"""Plausible mistakes with three systems."""

from tests.planted.bug import Bug, Exploration, Substitution

FOUND = Exploration(300, three_systems=True)

THREE_SYSTEM_BUGS: tuple[Bug, ...] = (
    Bug(
        id="write-that-comes-again-is-carried-out-again",
        file="model/mirrorlog/three_systems/remote_write_reception.py",
        find="return number < receiving.expected",
        replace="return False",
        found_by=FOUND,
    ),
    Bug(
        id="writes-carried-out-as-they-arrive",
        file="model/mirrorlog/three_systems/remote_write_reception.py",
        find="return number < receiving.expected",
        replace="return number in receiving.answers",
        found_by=FOUND,
        also=(
            Substitution(
                file="model/mirrorlog/three_systems/remote_write_reception.py",
                find="return number > receiving.expected",
                replace="return False",
            ),
        ),
    ),
    Bug(
        id="host-answered-before-the-original-system-has-the-write",
        file="model/mirrorlog/three_systems/remote_write.py",
        find="        self._append(self.groups[self.shared.pairs[pair].group], entry)\n        return self.references",
        replace=(
            "        forwarding = self.groups[self.shared.pairs[pair].group]\n"
            "        self._append(forwarding, entry)\n"
            "        self._end(next(reversed(forwarding.unanswered.values())), Status.OK)\n"
            "        return self.references"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="end-of-copy-before-its-last-block-is-answered",
        file="model/mirrorlog/three_systems/remote_write.py",
        find="return not copies and not any(forwarding.changed.values())",
        replace="return not any(forwarding.changed.values())",
        found_by=FOUND,
    ),
    Bug(
        id="unanswered-writes-not-marked-at-suspension",
        file="model/mirrorlog/three_systems/remote_write.py",
        find=(
            "            self.mark(number, entry.volume, entry.position, len(entry.data))\n"
            "            if entry.kind is RemoteKind.HOST:\n"
            "                self._end(entry, status)"
        ),
        replace="            if entry.kind is RemoteKind.HOST:\n                self._end(entry, status)",
        found_by=FOUND,
    ),
    Bug(
        id="copy-and-reads-past-unanswered-writes",
        file="model/mirrorlog/three_systems/remote_write.py",
        find=(
            "        and position < entry.position + len(entry.data)\n"
            "        for entry in forwarding.unanswered.values()\n"
        ),
        replace="        and position < entry.position + len(entry.data)\n        for entry in ()\n",
        found_by=FOUND,
    ),
    Bug(
        id="end-marker-while-the-first-system-copies",
        file="model/mirrorlog/processes/initial_copy.py",
        find="            and not group.copied_into\n            and information.state",
        replace="            and information.state",
        found_by=FOUND,
    ),
    Bug(
        id="copy-of-changed-blocks-not-noticed-at-the-secondary",
        file="model/mirrorlog/processes/restore.py",
        find=(
            "        group.secondary.end_markers_restored &= ~(1 << number)\n"
            "        pair = self.shared.pairs[number]\n"
            "        if pair.state is PairState.NORMAL:\n"
            "            pair.state = PairState.COPYING"
        ),
        replace="        pass",
        found_by=FOUND,
    ),
    Bug(
        id="unjournaled-write-without-storage-acknowledged",
        file="model/mirrorlog/processes/command_reception.py",
        find="if not volume.has_storage() and creation in _NOT_KEPT:",
        replace="if not volume.has_storage() and creation in ():",
        found_by=FOUND,
    ),
    Bug(
        id="takeover-before-the-original-system-is-drained",
        file="model/mirrorlog/systems/disaster.py",
        find="        _drain(topology, link, now)",
        replace="        pass",
        found_by=FOUND,
    ),
)
