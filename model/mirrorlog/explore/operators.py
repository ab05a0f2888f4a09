"""Fault exploration with operators at work: suspension, resynchronization, takeover, writes on both sides, failback."""

from collections.abc import Iterable
from dataclasses import replace

from mirrorlog.explore.settings import BLOCK, draw_settings
from mirrorlog.explore.two_systems import Exploration
from mirrorlog.formats.connection_path import Packet
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError
from mirrorlog.systems.failback import follow_roles, request
from mirrorlog.systems.history import History
from mirrorlog.systems.invariants import Violation, lose_original
from mirrorlog.systems.topology import GroupLink, finish_device_writes
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from mirrorlog.tables.units import NONE

_NOT_NOW = frozenset(
    {Answer.BUSY, Answer.REQUESTED, Answer.WRONG_VOLUME_STATE, Answer.NO_JOURNAL_VOLUME, Answer.WRONG_GROUP_STATE}
)


class OperatedExploration(Exploration):
    """One seed's run, with a map of changed blocks and operators who use it.

    What hosts wrote where is kept outside the systems. Of each group taken over: `images` are the volumes as the
    takeover found them, `written` those to which hosts wrote at the secondary system since, `quiet` those whose
    original hosts have stopped, `known` those in which both sides were one at the takeover, the original not started
    since.
    """

    mismatches = False

    def __init__(self, seed: int) -> None:
        self.images: dict[int, dict[int, bytes]] = {}
        self.written: set[int] = set()
        self.quiet: set[int] = set()
        self.known: set[int] = set()
        self.wins: dict[tuple[int, int], bool] = {}
        super().__init__(seed)

    def run(self, steps: Iterable[int]) -> None:
        """As `Exploration.run`; a group that is taken over already loses nothing by a disaster."""
        if self.disaster:
            self.take(steps)
            if 0 not in self.images:
                self._say(lose_original(self.topology, self.links[0], self.histories[0]))
            return
        super().run(steps)
        self._settle_maps()

    def step(self) -> None:
        """Let one thing happen; now and then an operator acts."""
        if self.rng.random() < 0.04:
            self._operate()
            self.check()
        else:
            super().step()

    def check(self) -> None:
        """Check what must hold at every moment: also, that blocks which neither side marks are equal on both."""
        super().check()
        for link in self.links:
            self._check_map(link)

    def _draw_settings(self) -> GroupSettings:
        return replace(draw_settings(self.rng), changed_block_bytes=BLOCK * self.rng.choice((1, 2, 3, 4)))

    def _operate(self) -> None:
        link = self.rng.choice(self.links)
        if link.group not in self.images:
            self.rng.choice([self._suspend, self._start_again] * 3 + [self._take_over, self._break_restore])()
            return
        self.rng.choice((self._write_there, self._write_there, self._request))(link)

    def _take_over(self) -> None:
        """Operators give the original system up, and let hosts in at the secondary one."""
        link = self.rng.choice(self.links)
        secondary = self.topology.secondary(link.group)
        if link.group in self.images or not secondary.shared.groups[link.group].secondary.started:
            return
        if self.topology.original(link.group).resynchronization.requests:
            return
        self._say(lose_original(self.topology, link, self.histories[link.group]))
        self.images[link.group] = {volume: self.topology.image(link.secondary, volume) for volume in link.volumes}
        self.contents |= {
            (link.secondary, volume): bytearray(image) for volume, image in self.images[link.group].items()
        }
        if self.rng.random() < 0.6:
            self.quiet.add(link.group)
        original = self.topology.original(link.group).shared.groups[link.group]
        restored = secondary.restore.restored_number(link.group)
        if (
            secondary.restore.is_consistent(link.group)
            and original.generation == secondary.shared.groups[link.group].generation
            and original.update_number == restored + 1
            and not self._holds_more(link)
        ):
            self.known.add(link.group)

    def _break_restore(self) -> None:
        """A secondary volume refuses what is being restored."""
        system = self.topology.secondary(self.rng.choice(self.links).group)
        writes = [
            write
            for write in system.disk_adapter.restore_writes.values()
            if system.cache.blocks_volume_write(write) is None
        ]
        if writes:
            write = self.rng.choice(writes)
            _, place = system.disk_adapter.volume_range(write.volume, write.position, write.size)
            system.volume_write_done(write, [place])
            self._say(f"restore of {write.number} failed")

    def _write_there(self, link: GroupLink) -> None:
        """A host writes where the group was taken over."""
        size = BLOCK * self.rng.randrange(1, self.largest // BLOCK + 1)
        position = BLOCK * self.rng.randrange((self.capacity - size) // BLOCK + 1)
        volume = self.rng.choice(link.volumes)
        data = self.rng.randbytes(size)
        command = self._command(volume, position, data)
        sent = data if command.brings_data() else b""
        step = self.topology.secondary(link.group).command_reception.receive(command, sent)
        if step is not None and step.outcome == CommandOutcome.WRITTEN:
            self.contents[link.secondary, volume][position : position + size] = command.content(data)
            self.written.add(link.group)
            self._say(f"write {volume}:{position}+{size} at the side taken over")

    def _request(self, link: GroupLink) -> None:
        """An operator asks for resynchronization of a group that was taken over, with one side as its original."""
        system = self.rng.choice((link.original, link.secondary))
        self._ask(link, system, self.rng.random() < 0.4)

    def _ask(self, link: GroupLink, system: int, wins: bool) -> None:
        try:
            if system == link.original:
                group = self.topology.original(link.group).shared.groups[link.group]
                if group.state is GroupState.NORMAL:
                    self.topology.original(link.group).maintenance.suspend(link.group)
            request(self.topology, link.group, system, wins)
        except MaintenanceError as error:
            if error.answer not in _NOT_NOW:
                raise
            return
        self.wins[link.group, system] = wins
        self._say(f"system {system} asks to be the original of group {link.group}, wins {wins}")

    def _start_again(self) -> None:
        """A group that stopped goes on by difference, or with a new initial copy, once its volumes work."""
        for link in list(self.links):
            if link.group in self.images:
                self._join_again(link)
                continue
            original = self.topology.original(link.group).shared.groups[link.group]
            secondary = self.topology.secondary(link.group).shared.groups[link.group]
            if original.state is secondary.state is GroupState.NORMAL or self._is_asked(link) or not self._repair(link):
                continue
            try:
                if original.state is GroupState.NORMAL:
                    self.topology.original(link.group).maintenance.suspend(link.group)
                if self.rng.random() < 0.8 and secondary.secondary.started:
                    self._ask(link, link.original, False)
                else:
                    self.topology.initiate(link.group, self.now)
                    self._say(f"group {link.group} starts again")
            except MaintenanceError as error:
                if error.answer not in _NOT_NOW:
                    raise

    def _join_again(self, link: GroupLink) -> None:
        """A group that was taken over: when all is healed, one side wins; before, the original may not know of it."""
        if self.healed and not self._is_asked(link):
            for number in (link.original, link.secondary):
                for volume in self.topology.systems[number].shared.volumes:
                    if volume.pair == NONE and volume.state is VolumeState.ABNORMAL:
                        volume.state = VolumeState.NORMAL
            self._ask(link, self.rng.choice((link.original, link.secondary)), True)
        elif not self.healed and self.rng.random() < 0.05:
            try:
                self.topology.initiate(link.group, self.now)
            except MaintenanceError:
                return
            self.known.discard(link.group)
            self._say(f"the original starts group {link.group}, which was taken over")

    def _deliver(self, packet: Packet) -> None:
        super()._deliver(packet)
        for link in list(self.links):
            for system in (link.original, link.secondary):
                outcome = self.topology.systems[system].resynchronization.outcomes.pop(link.group, None)
                if outcome is not None:
                    self._say(f"asked by system {system}: {outcome.name}")
                    self._resynchronized(link, system, outcome)

    def _resynchronized(self, link: GroupLink, system: int, outcome: Answer) -> None:
        """A request of `system` was answered."""
        group = link.group
        if outcome is Answer.BOTH_WRITTEN and self._is_no_conflict(link, system):
            raise Violation("a side without changes was called a conflict")
        if outcome is not Answer.OK:
            return
        if group in self.images and not self.wins[group, system]:
            lost = self._holds_more(link) if system == link.secondary else group in self.written
            if lost:
                raise Violation("the writes of one side were given up without being told so")
        images = {volume: bytearray(self.contents[system, volume]) for volume in link.volumes}
        self.histories[group] = History(images, by_number=self.histories[group].by_number)
        if system == link.secondary:
            follow_roles(self.topology, group)
            self.links[self.links.index(link)] = self.topology.links[group]
        stalled = self.stalled.get(link.original)
        if system == link.secondary and stalled is not None and stalled[0].volume in link.volumes:
            del self.stalled[link.original]
        self.images.pop(group, None)
        for groups in (self.written, self.quiet, self.known):
            groups.discard(group)

    def _is_no_conflict(self, link: GroupLink, system: int) -> bool:
        """Is it known, outside the systems, that one of the sides holds nothing that the other does not?"""
        if link.group not in self.images:
            return True
        if system == link.original and link.group not in self.written:
            return True
        return system == link.secondary and link.group in self.known & self.quiet

    def _holds_more(self, link: GroupLink) -> bool:
        """Does the original side of a group that was taken over hold writes that the other does not?"""
        return any(
            bytes(self.contents[link.original, volume]) != image for volume, image in self.images[link.group].items()
        )

    def _receive(self, link: GroupLink, command: HostCommand, data: bytes, waited: int | None) -> None:
        if link.group not in self.quiet or waited is not None:
            super()._receive(link, command, data, waited)

    def _read(self) -> None:
        """A host reads, also where a group was taken over."""
        if not self.images:
            super()._read()
            return
        for link in self.links:
            if link.group not in self.images:
                continue
            volume = self.rng.choice(link.volumes)
            reception = self.topology.secondary(link.group).command_reception
            step = reception.receive(HostCommand(Opcode.READ, 0, volume, 0, self.largest))
            if step is not None and step.reference:
                data = reception.reads.pop(step.reference).data
                if data != self.contents[link.secondary, volume][: self.largest]:
                    raise Violation(f"a read of volume {volume} after takeover returned other data than was written")

    def _check_map(self, link: GroupLink) -> None:
        """Check that every block in which the two sides differ is marked on one of them."""
        sides = [self.topology.systems[number] for number in (link.original, link.secondary)]
        for volume in link.volumes:
            serving = sides if link.group in self.images else sides[:1]
            if any(system.shared.volumes[volume].state is VolumeState.ABNORMAL for system in serving):
                continue  # it lost what its hosts wrote
            one, other = (system.disk_adapter.read(volume, 0, self.capacity) for system in sides)
            if one == other:
                continue
            maps = [system.shared.changed_blocks.volumes.get(volume) for system in sides]
            block = self.settings.changed_block_bytes
            for number, at in enumerate(range(0, self.capacity, block)):
                if one[at : at + block] != other[at : at + block] and not any(
                    changed and changed.marks()[number] for changed in maps
                ):
                    raise Violation(f"block {number} of volume {volume} differs and is marked on neither side")

    def _is_asked(self, link: GroupLink) -> bool:
        """Is a resynchronization of the group requested and not answered?"""
        systems = (self.topology.systems[number] for number in (link.original, link.secondary))
        return any(link.group in system.resynchronization.requests.values() for system in systems)

    def _is_over(self, link: GroupLink) -> bool:
        if self._is_asked(link):
            return False
        if link.group not in self.images:
            return super()._is_over(link)
        volumes = [
            self.topology.systems[number].shared.volumes[volume]
            for number in (link.original, link.secondary)
            for volume in link.volumes
        ]
        return any(volume.state is VolumeState.ABNORMAL for volume in volumes)

    def _settle_maps(self) -> None:
        """After healing the map empties: everything is restored, and the secondary system goes on reporting it."""
        for link in self.links:
            sides = [self.topology.systems[number] for number in (link.original, link.secondary)]
            if link.group in self.images or any(
                system.shared.groups[link.group].state is not GroupState.NORMAL for system in sides
            ):
                continue
            for _ in range(4000):
                volumes = sides[0].shared.volumes
                working = [volume for volume in link.volumes if volumes[volume].state is not VolumeState.ABNORMAL]
                marked = sides[0].shared.changed_blocks.marked(working)
                if not marked or sides[0].shared.groups[link.group].state is not GroupState.NORMAL:
                    break
                self.step_healed()
                for system in sides:
                    finish_device_writes(system)
            else:
                raise Violation(f"volumes {list(marked)} stay marked though both sides are equal")
