"""Is a secondary system consistent? Looks at its volumes at random moments, past the model, and compares them with
what the original's hosts have written (`follower.py`)."""

from collections.abc import Mapping, Set

from pyuvm import uvm_subscriber

from mirrorlog.compare.capture import DataFiles
from tb.config.files import beside
from tb.config.settings import Activity, Layout, Volume
from tb.environment.copied_group import CopiedGroup
from tb.environment.follower import SLACK_CYCLES, Follower, InconsistentError
from tb.environment.scoreboard import Scoreboard
from tb.handles.capture import Events
from tb.handles.system import SystemControl
from tb.handles.testbench import BenchControl


def _running(layout: Layout, there: Layout) -> dict[int, CopiedGroup]:
    """Return the groups of which a layout lets originals run; a pair that the other side lacks has its number there."""
    pairs = {pair.here: pair.number for pair in there.pairs if pair.secondary}
    return {
        group.number: CopiedGroup(
            replication.partner_group,
            {
                p.here: (p.volumes[1], pairs.get(p.volumes[1], p.number))
                for p in layout.pairs
                if p.number in group.pairs
            },
        )
        for group, replication in layout.running(Activity.ORIGINAL)
    }


class Consistency(uvm_subscriber):  # type: ignore[misc]
    """Looks at a secondary system of the bench; `looks` counts how often it did. Original and secondary are set before
    the build phase, and `copied`: what each group is at the secondary, by its number at the original (default: those of
    the groups that the layout lets run). `scoreboard` is told of what differs, so that it is reported."""

    bench: BenchControl
    scoreboard: Scoreboard
    original: SystemControl
    secondary: SystemControl
    copied: Mapping[int, CopiedGroup] | None = None

    def build_phase(self) -> None:
        settings = self.bench.settings
        self.looks = 0
        layout, there = settings.layouts[self.original.number], settings.layouts[self.secondary.number]
        originals = {volume.number: volume for volume in layout.volumes}
        copied = self.copied if self.copied is not None else _running(layout, there)
        self._others = {number: other for group in copied.values() for number, (other, _) in group.volumes.items()}
        self.follower = Follower(
            (self.original.number, self.secondary.number),
            DataFiles(beside(self.bench.prefix, "jsonl"), growing=True),
            settings.parameters.data_width // 8,
            {number: {v: self._image(originals[v]) for v in group.volumes} for number, group in copied.items()},
            copied,
            {volume.number: volume for volume in there.volumes},
            {group.number: group.counted.update_number - 1 for group in layout.groups},
        )

    def _image(self, volume: Volume) -> bytes:
        """Return a volume of the original as it is before the run."""
        key = (self.original.number, volume.device)
        if key not in self.bench.settings.images:
            return bytes(volume.capacity)
        image = beside(self.bench.prefix, f"image{key[0]}_{key[1]}").read_bytes()
        return image[volume.offset : volume.offset + volume.capacity].ljust(volume.capacity, b"\0")

    async def volumes(self) -> dict[int, bytes]:
        """Return what the secondary volumes hold on their devices, by the numbers of their originals."""
        return await self._held(self.secondary, self._others)

    async def original_reset(self) -> None:
        """The original has been reset, and nothing was given to it since: see what its volumes hold."""
        await self._look_at_original(set(self.follower.groups))

    async def original_repaired(self, groups: Set[int]) -> None:
        """Volumes of these groups have failed at the original and work again, nothing was given to them since, and the
        groups will begin anew: see what they hold."""
        await self.bench.capture_now()
        self.follower.forget_writes(groups)
        await self._look_at_original(groups)

    async def _look_at_original(self, groups: Set[int]) -> None:
        held = await self._held(self.original, {number: number for number in self._others})
        while self.follower.waiting:
            await self.bench.cycles(SLACK_CYCLES)
            await self.bench.capture_now()
        self.follower.hold(groups, held)

    async def _held(self, system: SystemControl, numbers: Mapping[int, int]) -> dict[int, bytes]:
        """Return what a system's devices hold of the volumes that are copied, which have these numbers there."""
        dumps = await self._dumps(system)
        places = {volume.number: volume for volume in self.bench.settings.layouts[system.number].volumes}
        return {
            name: dumps[v.device][v.offset : v.offset + v.capacity]
            for name, v in ((name, places[number]) for name, number in numbers.items())
        }

    @staticmethod
    async def _dumps(system: SystemControl) -> dict[int, bytes]:
        return {device: await handle.dump() for device, handle in enumerate(system.devices)}

    def write(self, tt: Events) -> None:
        """Follow events."""
        self.follower.take(tt)

    def _is_late(self) -> bool:
        """May records come later than SLACK_CYCLES?"""
        return self.original.is_stopped or self.secondary.is_stopped

    async def look(self) -> bool:
        """Compare the secondary's volumes of groups that are copied with the history, as they are now; False, and
        nothing is compared, if there are none, or if not all data of the capture can be read yet, or a commit trace is
        stopped.

        Raises ScoreboardError with the first difference.
        """
        copied = self.follower.copied_groups
        if not copied or self._is_late():
            return False
        self.follower.looked_at = cycle = self.bench.cycle_of(self.secondary)
        try:
            dumps = await self._dumps(self.secondary)
            ended = self.bench.cycle_of(self.secondary)
            await self.bench.cycles(2 * SLACK_CYCLES)
            await self.bench.capture_now()
            # a reset, or a beginning, may have come in between
            copied &= self.follower.copied_groups
            if self.follower.waiting or not copied or self._is_late():
                return False
            self.follower.compare(copied, dumps, cycle, ended)
        except InconsistentError as error:
            raise self.scoreboard.fail(str(error)) from None
        finally:
            self.follower.looked_at = None
        self.looks += 1
        return True
