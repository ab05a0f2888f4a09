"""Plausible mistakes with discards and with writes that wait for their device."""

from tests.planted.bug import Bug, Exploration

FOUND = Exploration(200)

DISCARD_BUGS: tuple[Bug, ...] = (
    Bug(
        id="data-offset-counts-a-discard",
        file="model/mirrorlog/processes/journal_creation.py",
        find="group.data_offset += data_bytes(kind, size)",
        replace="group.data_offset += size",
        found_by=FOUND,
    ),
    Bug(
        id="discard-frees-room-at-the-secondary",
        file="model/mirrorlog/processes/restore.py",
        find="group.ring.free(data_bytes(entry.kind, entry.size))",
        replace="group.ring.free(entry.size)",
        found_by=FOUND,
    ),
    Bug(
        id="discard-is-restored-as-what-was-there",
        file="model/mirrorlog/processes/restore.py",
        find="content = bytes(size) if kind is JournalKind.DISCARD else data",
        replace=(
            "content = data\n"
            "        if kind is JournalKind.DISCARD:\n"
            "            content = self.disk_adapter.read_device(volume, information.position, size)"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="write-does-not-wait-for-its-device",
        file="model/mirrorlog/processes/command_reception.py",
        find="waiting = {self.taken} & self.disk_adapter.volume_writes.keys()",
        replace="waiting: set[int] = set()",
        found_by=FOUND,
    ),
)
