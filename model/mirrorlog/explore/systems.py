"""What a seed of fault exploration draws: settings, sizes, faults, the storage systems and what their volumes hold."""

import random

from mirrorlog.explore.partners import Match, draw_match, make_small
from mirrorlog.explore.settings import BLOCK, draw_discards, draw_faults, draw_hardware, draw_rot, draw_settings
from mirrorlog.explore.variations import replace_journal_volumes
from mirrorlog.formats.update_information import UPDATE_INFORMATION_BYTES
from mirrorlog.systems.history import History
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import FullPolicy, VolumeState

SPARE = 4
"""A volume of each system that takes an abnormal journal volume's place."""


class ExploredSystems:
    """The systems of one seed, their groups (`links`) just started, and what is known of them outside: `contents` is
    what the hosts of a system have written to each volume, `histories` what happened to each group's.
    """

    mismatches = True
    """Does a seed draw secondary systems that do not match?"""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.seed = seed
        self.settings = self._draw_settings()
        self.faults = draw_faults(rng)
        self.faults.rot = draw_rot(seed)
        self.discards = draw_discards(seed)
        self.disaster = rng.random() < 0.3
        self.slow_restore = rng.random() < 0.3
        self.alters = rng.random() < 0.3
        self.capacity = BLOCK * rng.choice((4, 8, 16))
        self.largest = min(BLOCK * rng.choice((1, 2, 4)), self.capacity)
        self.match = draw_match(rng) if self.mismatches else Match.FITS
        sizes = (self._journal_bytes(), self._journal_bytes(small=self.match is Match.SMALL_AREA))
        policy = rng.choice(list(FullPolicy))
        more = self.settings.journal_volumes > 1
        links = [GroupLink(0, 1, 2, (1, 2), 5, sizes, self.settings, policy, 40, more_journal_volumes=(7,) * more)]
        if rng.random() < 0.25:
            links.append(
                GroupLink(1, 2, 1, (3,), 6, sizes[::-1], self.settings, policy, 40, more_journal_volumes=(8,) * more)
            )
        links = self._widen(links)
        capacities = dict.fromkeys((1, 2, 3), self.capacity) | {SPARE: max(sizes)}
        paths, volume_devices = draw_hardware(rng, links[0].settings)
        self.topology = Topology(
            capacities,
            tuple(links),
            max_transfer_bytes=self.largest,
            paths=paths,
            volume_devices=volume_devices,
            stripe_bytes=BLOCK * rng.choice((1, 3)),
        )
        self.links = links
        self.histories: dict[int, History] = {}
        for link in links:
            images = {}
            for volume in link.volumes:
                images[volume] = bytearray(rng.randbytes(self.capacity))
                self.topology.load(link.host_system(), volume, bytes(images[volume]))
            self.histories[link.group] = History(images)
        self.contents = {
            (link.host_system(), volume): bytearray(self.histories[link.group].images[volume])
            for link in links
            for volume in link.volumes
        }
        make_small(self.topology, links[0], self.match)
        for link in links:
            if rng.random() < 0.5 and self.match is Match.FITS:
                self.topology.start_copied(link.group)
            else:
                self.topology.initiate(link.group)

    def _widen(self, links: list[GroupLink]) -> list[GroupLink]:
        """Return the groups, between more systems if there are."""
        return links

    def _draw_settings(self) -> GroupSettings:
        return draw_settings(self.rng)

    def _journal_bytes(self, small: bool = False) -> int:
        """Return the bytes of a journal volume: a few entries, and a write data area just larger than the largest
        journal (`small`: than a unit of initial copy), or somewhat more.
        """
        largest = self.settings.copy_unit if small else max(self.largest, self.settings.copy_unit)
        if self.rng.random() < 0.2:
            sizes = range(UPDATE_INFORMATION_BYTES, largest * 100, UPDATE_INFORMATION_BYTES)
            return next(size for size in sizes if self._data_bytes(size) > largest)
        entries = self.rng.randrange(4, 13)
        area = largest + BLOCK * self.rng.randrange(1, 16)
        return max(entries * 64 * 8, entries * 64 + area)

    def _data_bytes(self, size: int) -> int:
        """Return the bytes that are left for write data in a journal volume of `size` bytes, beside two entries."""
        link = GroupLink(0, 1, 2, (1,), 5, (size, size), self.settings)
        return size - max(link.information_bytes(0), 2 * UPDATE_INFORMATION_BYTES)

    def _repair(self, link: GroupLink) -> bool:
        """Replace abnormal journal and secondary volumes; returns whether the original ones work."""
        for number in (link.original, link.secondary):
            if not replace_journal_volumes(self.topology.systems[number], link):
                return False
            volumes = self.topology.systems[number].shared.volumes
            for volume in link.volumes:
                if number == link.secondary:
                    volumes[volume].state = VolumeState.SECONDARY
                elif volumes[volume].state is VolumeState.ABNORMAL:
                    return False
        return True
