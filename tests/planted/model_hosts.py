"""Mistakes that what hosts see at the secondary system tells: against logs that QEMU wrote of what they did."""

from tests.planted.bug import Bug, IndependentLog

HOSTS_BUGS: tuple[Bug, ...] = (
    Bug(
        id="restore-of-a-second-volume-one-journal-behind",
        file="model/mirrorlog/processes/restore.py",
        find="        self.disk_adapter.write_volume(write)\n        consistent",
        replace=(
            "        if pair % 2:  # written with the next journal of its own volume, behind those of others\n"
            '            late = globals().setdefault("LATE", {})\n'
            "            before, late[pair] = late.get(pair), write\n"
            "            if before is not None:\n"
            "                self.disk_adapter.write_volume(before)\n"
            "            return InFlight(information.update_number, kind, pair, volume, size, None, done=True)\n"
            "        self.disk_adapter.write_volume(write)\n        consistent"
        ),
        found_by=IndependentLog(),
    ),
)
