"""Plausible mistakes in the protocol's variations."""

from tests.planted.bug import Bug, Exploration

FOUND = Exploration(300)

VARIATION_BUGS: tuple[Bug, ...] = (
    Bug(
        id="continuous-data-written-over-its-update-information",
        file="model/mirrorlog/tables/continuous_ring.py",
        find="self._set_newest()\n        return place, self._next(place, self.entry)",
        replace="self._set_newest()\n        return place, place",
        found_by=FOUND,
    ),
    Bug(
        id="alternating-volumes-store-a-journal-that-came-ahead",
        file="model/mirrorlog/tables/several_rings.py",
        find="return index == len(self._order) and self.has_room(size)",
        replace="return self.has_room(size)",
        found_by=FOUND,
    ),
    Bug(
        id="journals-looked-for-in-the-volume-in-use-now",
        file="model/mirrorlog/tables/several_rings.py",
        find="return self._order[index][0] if index < len(self._order) else self._next_ring()",
        replace="return self._next_ring()",
        found_by=FOUND,
    ),
    Bug(
        id="capacity-changed-under-journals",
        file="model/mirrorlog/tables/journal_ring.py",
        find="        if begin + self.write_data_used > min(area, self.write_data_area):\n            return False",
        replace="        self.set_end(end)\n        return True",
        found_by=FOUND,
    ),
    Bug(
        id="replaced-volume-keeps-the-lost-journals",
        file="model/mirrorlog/processes/journal_store.py",
        find=(
            "        group.update_number = group.secondary.next_restore\n"
            "        self.groups[number] = StoredGroup(group, lost=True)"
        ),
        replace="        group.update_number += 0",
        found_by=FOUND,
    ),
    Bug(
        id="secondary-read-past-the-cache",
        file="model/mirrorlog/processes/disk_adapter.py",
        find="return self.cache.overlay(volume, position, self.read_device(volume, position, size))",
        replace="return self.read_device(volume, position, size)",
        found_by=FOUND,
    ),
    Bug(
        id="cached-journal-forgotten-once-it-was-read",
        file="model/mirrorlog/storage/journal_cache.py",
        find="kept.get(number)",
        replace="kept.pop(number, None)",
        found_by=FOUND,
    ),
    Bug(
        id="write-across-stripes-put-on-the-first-device",
        file="model/mirrorlog/processes/disk_adapter.py",
        find=(
            "        taken = 0\n"
            "        for piece in self.pieces(volume, position, len(data)):\n"
            "            self._store_piece(piece.device, piece.offset, data[taken : taken + piece.size], failed)\n"
            "            taken += piece.size"
        ),
        replace=(
            "        piece = self.pieces(volume, position, len(data))[0]\n"
            "        self._store_piece(piece.device, piece.offset, data, failed)"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="pushed-journals-freed-once-they-are-stored-in-cache",
        file="model/mirrorlog/variations/journal_push.py",
        find='what the commit pointer has passed."""\n        return group.update_number - 1',
        replace=(
            'what the commit pointer has passed."""\n'
            "        number = self.shared.groups.index(group)\n"
            "        return self.journal_store.groups[number].next_expected() - 1"
        ),
        found_by=FOUND,
    ),
    Bug(
        id="pointer-information-tells-newest-instead-of-commit",
        file="model/mirrorlog/variations/journal_volume_read.py",
        find="return self.reception.readable(number, group)",
        replace="return group.ring.update_information_used // group.ring.entry",
        found_by=FOUND,
    ),
)
