"""Fault exploration with three systems: the first forwards its writes, the original has storage or journals only."""

import random
from collections.abc import Callable
from dataclasses import replace

from mirrorlog.explore.settings import Faults
from mirrorlog.explore.two_systems import Exploration
from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import CommandOutcome
from mirrorlog.processes.command_reception import HostCommand
from mirrorlog.processes.journal_read_reception import ReadFault
from mirrorlog.processes.step import Step
from mirrorlog.systems.disaster import take_over
from mirrorlog.systems.history import OrderedWrite
from mirrorlog.systems.invariants import Violation, check_equal, lose_original
from mirrorlog.systems.topology import GroupLink, finish_device_writes
from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.units import BLOCK_BYTES
from mirrorlog.three_systems.remote_write import NOT_GIVEN, RemoteKind, RemoteWriteError, SessionFlag

FIRST, ORIGINAL, SECONDARY = 3, 1, 2
OPEN = 1 << 64
"""The end of a copy that has not ended."""

Write = tuple[int, int, bytes]
"""(volume, position, data)."""


class ThreeSystemExploration(Exploration):
    """Group 0 has a first system. `carried` are the writes that the original system has carried out and the first one
    has not ended, by their numbers; `original_contents` is what its volumes hold, or would hold if they had storage;
    `copies` are the update numbers between which the first system was copying into them.
    """

    healing_steps = 40_000

    mismatches = False

    def __init__(self, seed: int) -> None:
        self.carried: dict[int, Write] = {}
        self.copies: list[tuple[int, int]] = []
        more = random.Random(f"disaster {seed}").random() < 0.3
        self.lost = random.Random(seed).choice([(FIRST,), (FIRST,), (ORIGINAL,), (FIRST, ORIGINAL)])
        super().__init__(seed)
        self.disaster = self.disaster or more
        history = self.histories[0]
        if self.links[0].has_storage and self._pair_states() == {PairState.COPYING}:
            history.images = {volume: bytearray(self.capacity) for volume in history.images}
            self.copies.append((0, OPEN))
        self.original_contents = {volume: bytearray(image) for volume, image in history.images.items()}

    def check(self) -> None:
        """Check what must hold at every moment, with three systems."""
        super().check()
        if self._is_mirrored() and self._expected() != self.original_contents:
            raise Violation("the pairs are normal, and the original system does not hold what the first one does")
        system = self.topology.secondary(0)
        if system.shared.groups[0].secondary.started and system.restore.is_consistent(0):
            number = system.shared.groups[0].secondary.next_restore - 1
            if any(begin <= number < end - 1 for begin, end in self.copies):
                raise Violation(f"the copy is called consistent at {number}, in the middle of a copy of changed blocks")

    def _widen(self, links: list[GroupLink]) -> list[GroupLink]:
        has_storage = self.rng.random() < 0.5
        watch = self.rng.choice((200, 1000))
        return [replace(links[0], first=FIRST, has_storage=has_storage, watch_time=watch), *links[1:]]

    def _more(self) -> list[Callable[[], None]]:
        writes = [] if self.healed else [self._write] * 3 + [self._write_where_it_copies] * 3
        return [self._exchange] * 5 + [self._path] * 6 + [self._resume] + writes

    def _write_where_it_copies(self) -> None:
        """A host writes a block that the first system has still to copy."""
        changed = self.topology.first(0).remote_write.groups[0].changed
        blocks = [(volume, block) for volume, numbers in changed.items() for block in sorted(numbers)]
        if blocks and self.links[0].original not in self.stalled:
            volume, block = self.rng.choice(blocks)
            self._issue(self.links[0], volume, block * BLOCK_BYTES, self.rng.randbytes(BLOCK_BYTES))

    def _receive(self, link: GroupLink, command: HostCommand, data: bytes, waited: int | None) -> None:
        if link.first is None:
            super()._receive(link, command, data, waited)
            return
        step = self.topology.first(0).command_reception.receive(command, data)
        assert step is not None
        self._say(f"write {command.volume}:{command.position}+{command.size} {step.outcome}/{step.status}")
        if step.outcome != CommandOutcome.FORWARDED:
            self._ended(step, command.volume, command.position, command.content(data))

    def _exchange(self) -> None:
        """The first and the original system send what they have for each other."""
        for system in (self.topology.first(0), self.topology.original(0)):
            for poll in (system.remote_write.poll, system.remote_read.poll):
                packet = poll(0, self.now)
                if packet is not None:
                    self.topology.send(packet)
                    self._say(f"{packet.type.name} {packet.tag} sent")
        self._answer_hosts()

    def _take(self, packet: Packet, fault: ReadFault) -> Packet | None:
        if packet.type is PacketType.WRITE:
            return self._carry_out(packet)
        if fault is ReadFault.ORIGINAL_VOLUME and not self.links[0].has_storage:
            fault = ReadFault.NONE
        answer = super()._take(packet, fault)
        self._answer_hosts()
        return answer

    def _carry_out(self, packet: Packet) -> Packet | None:
        """The original system takes a write: note what it did, once."""
        system = self.topology.original(0)
        group = system.shared.groups[0]
        number, _, flags, volume, position, _, time, created = packet.arguments
        receiving = system.remote_write_reception.groups[0]
        session, expected, before = receiving.session, receiving.expected, group.update_number
        answer, step = system.remote_write_reception.receive(packet, self.now)
        copying = bool(self.copies) and self.copies[-1][1] == OPEN
        if receiving.session != session and SessionFlag.COPY in SessionFlag(flags) and not copying:
            self.copies.append((before, OPEN))
        if receiving.session != session:
            self.carried.clear()
        if step is None:
            if packet.status == RemoteKind.END and receiving.expected > expected and copying:
                self.copies[-1] = (self.copies[-1][0], before)
            if group.update_number != before:
                raise Violation("a write that was not carried out was journaled")
            return answer
        self._say(f"carried out {number}: {step.outcome}/{step.creation}")
        if step.outcome != CommandOutcome.WRITTEN:
            return answer
        if number < expected and receiving.session == session:
            raise Violation("a write was carried out twice, or behind a later one")
        journaled = step.creation == Creation.HOST_WRITE_CREATED
        if not journaled and not self.links[0].has_storage and step.creation != Creation.NOT_YET_COPIED:
            raise Violation("a write is neither journaled nor stored nor still to be copied")
        given = created if self.settings.host_time and created != NOT_GIVEN else time
        write = OrderedWrite(group.update_number - 1, journaled, volume, position, packet.data, given)
        self.histories[0].add(write)
        if journaled:
            self.histories[0].journals[before] = len(packet.data)
        self.original_contents[volume][position : position + len(packet.data)] = packet.data
        if packet.status == RemoteKind.HOST:
            self.carried[number] = (volume, position, packet.data)
        return answer

    def _answer_hosts(self) -> None:
        """The first system ends its hosts' writes."""
        first = self.topology.first(0)
        while first.remote_write.ready:
            data = first.remote_write.ready[0].data
            step = first.command_reception.answer_forwarded()
            assert step is not None
            self._say(f"write {step.volume}:{step.position}+{step.size} ends {step.outcome}/{step.status}")
            self._ended(step, step.volume, step.position, data)

    def _ended(self, step: Step, volume: int, position: int, data: bytes) -> None:
        """A host was answered."""
        if step.outcome != CommandOutcome.WRITTEN:
            return
        group = self.topology.first(0).shared.groups[0]
        if group.state is GroupState.NORMAL and step.creation == Creation.NOT_RUN:
            number = min(self.carried, default=None)
            if number is None or self.carried.pop(number) != (volume, position, data):
                raise Violation("a write was acknowledged that the original system does not have")
        elif group.full_policy is FullPolicy.ERROR and group.state is not GroupState.NORMAL:
            raise Violation("a write was acknowledged while the pairs were abnormal, whatever the policy")
        self.contents[FIRST, volume][position : position + len(data)] = data

    def _suspend(self) -> None:
        if self.rng.random() < 0.5 and self.topology.first(0).shared.groups[0].state is GroupState.NORMAL:
            self.topology.first(0).remote_write.suspend(0)
            self._say("the first system suspends")
            self._answer_hosts()
            return
        super()._suspend()

    def _resume(self) -> None:
        """An operator has the first system forward again."""
        if self.rng.random() < 0.2:
            try:
                self.topology.first(0).remote_write.resume(0)
                self._say("the first system resumes")
            except RemoteWriteError:
                return

    def _pair_states(self) -> set[PairState]:
        shared = self.topology.first(0).shared
        return {pair.state for pair in shared.pairs_of(shared.groups[0])}

    def _is_mirrored(self) -> bool:
        """Does the first system say that the original one has all that its hosts' writes left?"""
        group = self.topology.first(0).shared.groups[0]
        return group.state is GroupState.NORMAL and self._pair_states() == {PairState.NORMAL}

    def _expected(self) -> dict[int, bytearray]:
        """Return what the original system's volumes hold if it has all that the first one ended, and maybe more."""
        contents = {volume: bytearray(self.contents[FIRST, volume]) for volume in self.links[0].volumes}
        for _, (volume, position, data) in sorted(self.carried.items()):
            contents[volume][position : position + len(data)] = data
        return contents

    def _lose(self) -> None:
        """A disaster takes one site or two, often when all is well and journals wait."""
        if self.lost == (FIRST,) and self.rng.random() < 0.7:
            self._recover()
        self._say(f"systems {self.lost} lost")
        if ORIGINAL in self.lost:
            self._say(lose_original(self.topology, self.links[0], self.histories[0]))
            return
        system, original = self.topology.secondary(0), self.topology.original(0)
        promised = (
            self._works()
            and not self.settings.free_at_once
            and self._is_mirrored()
            and original.initial_copy.is_over(0)
        )
        expected = self._expected() if self._is_mirrored() else self.original_contents
        self.topology.lose(FIRST)
        consistent = take_over(self.topology, 0, self.now)
        self._say(f"taken over, consistent {consistent}")
        if not system.shared.groups[0].secondary.started:
            return
        if promised and not consistent:
            raise Violation("the first system was lost alone, and the copy is not consistent")
        images = {volume: bytearray(self.topology.image(SECONDARY, volume)) for volume in self.links[0].volumes}
        if promised and images != expected:
            raise Violation("the first system was lost alone, and an acknowledged write with it")
        if consistent and images != self.histories[0].at(system.restore.restored_number(0)):
            raise Violation("a copy that is called consistent is not the history of the original system")

    def _recover(self) -> None:
        """Nothing fails any more, until the pairs are "normal"; then hosts write, and journals wait."""
        self.cut, self.faults, self.healed = False, Faults(), True
        for system in self.topology.systems.values():
            finish_device_writes(system)
        self._start_again()
        for _ in range(self.healing_steps // 8):
            self.step_healed()
            if self._is_mirrored() and self._works() and self.topology.original(0).initial_copy.is_over(0):
                break
        for _ in range(40):
            self.rng.choice((self._write, self._exchange, self._path))()
            self.check()

    def _works(self) -> bool:
        """Do original and secondary system replicate, with everything that they need for it?"""
        link = self.links[0]
        systems = [
            (self.topology.original(0), VolumeState.ORIGINAL),
            (self.topology.secondary(0), VolumeState.SECONDARY),
        ]
        groups = [system.shared.groups[0] for system, _ in systems]
        return (
            all(group.state is GroupState.NORMAL and not group.copied_into for group in groups)
            and groups[0].generation == groups[1].generation
            and all(system.shared.volumes[link.journal_volume].state is VolumeState.NORMAL for system, _ in systems)
            and all(
                system.shared.volumes[volume].state is state for system, state in systems for volume in link.volumes
            )
        )

    def _heal(self) -> None:
        self.disaster = False
        super()._heal()
        link = self.links[0]
        check_equal(self.topology, link)
        finish_device_writes(self.topology.first(0))
        states = [system.shared.groups[0].state for system in self.topology.systems.values()]
        if any(state is not GroupState.NORMAL for state in states) or not self._is_mirrored():
            return
        for volume in link.volumes:
            if self.topology.image(FIRST, volume) != self.topology.image(SECONDARY, volume):
                raise Violation(f"after draining, volume {volume} of the first system is not the secondary's")

    def _is_over(self, link: GroupLink) -> bool:
        if link.first is None:
            return super()._is_over(link)
        if not self._can_forward():
            return super()._is_over(link) or self._is_stuck(link)
        return self._is_mirrored() and self.topology.first(0).remote_write.is_idle(0) and super()._is_over(link)

    def _is_stuck(self, link: GroupLink) -> bool:
        """Is all done but what needs a volume that the first system lost?"""
        original = self.topology.original(0)
        group, secondary = original.shared.groups[0], self.topology.secondary(0).shared.groups[0]
        if not group.copied_into and original.initial_copy.is_over(0):
            return False
        copied = all(pair.state in (PairState.NORMAL, PairState.ABNORMAL) for pair in original.shared.pairs_of(group))
        used = group.ring.update_information_used or secondary.ring.update_information_used
        return not link.has_storage or (copied and not used and group.update_number == secondary.update_number)

    def _can_forward(self) -> bool:
        """Does everything work that forwarding needs, journals that move on included?"""
        first, original = self.topology.first(0).shared, self.topology.original(0).shared
        volumes = [shared.volumes[volume] for shared in (first, original) for volume in self.links[0].volumes]
        working = all(volume.state is VolumeState.ORIGINAL for volume in volumes)
        groups = [original.groups[0], self.topology.secondary(0).shared.groups[0]]
        return working and all(group.state is GroupState.NORMAL for group in groups)
