"""cocotb tests of group_announcement.v: its steps and packets against the model's, on tables that change at random."""

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import AnnouncementOutcome
from mirrorlog.formats.serial_number import following_number
from mirrorlog.processes.group_announcement import GroupAnnouncement
from mirrorlog.processes.step import Step
from mirrorlog.tables.shared_memory import GroupState, Parameters, Reason, SharedMemory
from tests.rtl.units import chance, request_field, start

TAKEN, ANSWER, ANNOUNCE = 20, 21, 22
SYSTEMS, GENERATIONS, TIMEOUTS = (2, 3), (4, 5), (40, 90, 200)
LAST_GENERATION = (1 << 32) - 1
CYCLES = 30_000
# How often each group is announced alone, with which time-outs, and how much later than these at most
ANNOUNCEMENTS, AGAIN_TIMEOUTS, LATEST = 4, (100, 300), 16
PACKET = ("destination", "group", "source_group", "generation", "status", "reason", "wants_answer")
INPUTS = dict.fromkeys(
    (
        "cycle", "received", "received_source", "received_group", "received_source_group", "received_generation",
        "received_status", "received_reason", "received_wants_answer", "announces", "take", "answer", "announce",
        "restarts", "group", "group_state", "group_reason", "generation", "partner_system", "partner_group", "timeout",
        "runs", "taken_over", "state_unanswered", "request_taken", "packet_ready",
    ),
    0,
)  # fmt: skip


class Bench:
    """The commit stage with the tables, and the path, beside the model."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.shared = SharedMemory(Parameters(groups=int(dut.GROUPS.value)))
        self.model = GroupAnnouncement(self.shared)
        self.came: Packet | None = None
        self.due: Packet | None = None
        self.exits: Counter[int] = Counter()
        self.cycle = 0
        for number in range(len(self.shared.groups)):
            self.start_again(number)

    def start_again(self, number: int) -> None:
        """A group begins anew, with another partner perhaps; or it does not run."""
        group, rng = self.shared.groups[number], self.rng
        group.state, group.reason = GroupState.NORMAL, Reason.NONE
        group.secondary.takeover = group.state_unanswered = False
        group.original.started, group.secondary.started = rng.choice([(True, False), (False, True), (False, False)])
        group.generation, group.partner_system = rng.choice(GENERATIONS), rng.choice(SYSTEMS)
        group.partner_group = rng.randrange(2)
        group.settings = group.settings.with_value("timeout", rng.choice(TIMEOUTS))

    def change(self) -> int | None:
        """Change a table at random; returns the group if it was started or loaded."""
        number = self.rng.randrange(len(self.shared.groups))
        group = self.shared.groups[number]
        kind = self.rng.choice(("fails", "fails", "takeover", "starts", "loaded"))
        if kind == "fails":
            self.shared.fail_group(group, self.rng.choice(list(Reason)[1:]))
        elif kind == "takeover" and group.secondary.started:
            self.shared.fail_group(group, Reason.TAKEN_OVER)
            group.secondary.takeover = group.state_unanswered = True
        elif kind == "starts":
            self.start_again(number)
            return number
        elif kind == "loaded":
            group.settings = group.settings.with_value("timeout", self.rng.choice(TIMEOUTS))
            group.state_unanswered = chance(self.rng, 50)
            return number
        return None

    def packet(self) -> Packet:
        """A packet that may come, often the partner's."""
        rng = self.rng
        number = rng.randrange(len(self.shared.groups))
        group = self.shared.groups[number]
        right = chance(rng, 70)
        source = group.partner_system if right else rng.choice(SYSTEMS)
        source_group = group.partner_group if right or chance(rng, 50) else rng.randrange(2)
        generation = group.generation if chance(rng, 80) else rng.choice(GENERATIONS)
        packet = Packet(PacketType.GROUP_STATE, source, 1, number, source_group, generation)
        packet.status = rng.choice([GroupState.ABNORMAL] * 4 + list(GroupState))
        packet.reason = rng.choice([Reason.TAKEN_OVER, *Reason])
        packet.wants_answer = chance(rng, 60)
        return packet

    def come(self, packet: Packet) -> None:
        """A packet comes."""
        dut, self.came = self.dut, packet
        dut.received.value = 1
        dut.received_source.value, dut.received_group.value = packet.source, packet.group
        dut.received_source_group.value, dut.received_generation.value = packet.source_group, packet.generation
        dut.received_status.value, dut.received_reason.value = packet.status, packet.reason
        dut.received_wants_answer.value = packet.wants_answer

    def present(self) -> None:
        """Drive what the module sees of all groups, and of the step's."""
        dut, groups = self.dut, self.shared.groups
        runs = [group.original.started or group.secondary.started for group in groups]
        dut.announces.value = sum((group.state_unanswered and runs[n]) << n for n, group in enumerate(groups))

    async def step(self, kind: int, number: int) -> None:
        """Carry out a step in the module and in the model, and compare them."""
        dut, group = self.dut, self.shared.groups[number]
        strobe = {TAKEN: dut.take, ANSWER: dut.answer, ANNOUNCE: dut.announce}[kind]
        dut.group.value = number
        dut.group_state.value, dut.group_reason.value = group.state, group.reason
        dut.generation.value, dut.partner_system.value = group.generation, group.partner_system
        dut.partner_group.value, dut.timeout.value = group.partner_group, group.settings.timeout
        dut.runs.value = group.original.started or group.secondary.started
        dut.taken_over.value, dut.state_unanswered.value = group.secondary.takeover, group.state_unanswered
        await self.edge()  # these hold since the cycle before
        strobe.value = 1
        await Timer(1, "ps")
        step: Step | None = None
        was_normal, was_unanswered = group.state is GroupState.NORMAL, group.state_unanswered
        if kind == TAKEN:
            assert self.came is not None
            step, self.came = self.model.receive(self.came), None
            fails = was_normal and group.state is GroupState.ABNORMAL
            assert bool(dut.group_fails.value) == fails
            assert not fails or int(dut.fail_reason.value) == group.reason
            ended = was_unanswered and not group.state_unanswered
            assert bool(dut.answered.value) == (ended and not fails)
        elif kind == ANSWER:
            step = self.model.answer(number)
        elif self.model.may_announce(number, self.cycle):
            step = self.model.announce(number, self.cycle)
        assert bool(dut.retires.value) == (step is not None), (kind, number, group)
        if step is not None:
            found = tuple(int(getattr(dut, name).value) for name in ("outcome", "status", "reference"))
            assert found == (step.outcome, step.status, step.reference)
            self.exits[step.outcome] += 1
            if step.packet is not None:
                assert self.due is None, "a step that sends while a packet waits"
                self.due = step.packet
        await self.edge()
        strobe.value = 0

    async def go_on(self) -> None:
        """Carry out the step that is asked for, or let a cycle pass."""
        dut = self.dut
        if dut.request_valid.value and not dut.received.value and not dut.restarts.value:
            request = int(dut.request.value)
            kind, number = (request >> low & (1 << bits) - 1 for low, bits in map(request_field, ("kind", "group")))
            dut.request_taken.value = 1
            await self.edge()
            dut.request_taken.value = 0
            for _ in range(self.rng.randrange(3)):
                await self.edge()
            await self.step(kind, number)
        else:
            await self.edge()

    async def edge(self) -> None:
        """Let a cycle pass: the path may take a packet."""
        dut = self.dut
        await RisingEdge(dut.clk)
        if dut.packet_valid.value and dut.packet_ready.value:
            assert self.due is not None
            found = tuple(int(getattr(dut, f"packet_{name}").value) for name in PACKET)
            assert found == tuple(int(getattr(self.due, name)) for name in PACKET)
            self.due = None
        self.cycle += 1
        dut.cycle.value = self.cycle
        dut.received.value = dut.restarts.value = 0
        dut.packet_ready.value = bool(dut.packet_valid.value) and self.due is not None and chance(self.rng, 20)


@cocotb.test
async def test_steps_and_packets_are_the_models(dut: Any) -> None:
    """Groups that fail, are taken over and start again; packets of partners and others; a path that takes its time."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    waiting = [0] * len(bench.shared.groups)
    while bench.cycle < CYCLES:
        if chance(rng, 2):
            restarted = bench.change()
            if restarted is not None:
                dut.group.value, dut.restarts.value = restarted, 1
        bench.present()
        if dut.room.value and bench.came is None and chance(rng, 5):
            bench.come(bench.packet())
        await bench.go_on()
        idle = bench.due is None and bench.came is None
        for number in range(len(bench.shared.groups)):
            overdue = bench.model.may_announce(number, bench.cycle)
            waiting[number] = waiting[number] + idle if overdue else 0
        assert max(waiting) < 60, "a group that is to be announced is not"
    every = set(AnnouncementOutcome)
    assert set(bench.exits) == every, bench.exits


@cocotb.test
async def test_a_group_is_announced_again_when_its_time_has_come(dut: Any) -> None:
    """Each group alone, with a time-out that is larger than what the path takes: not before, and not later."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    for number, group in enumerate(bench.shared.groups):
        for timeout in AGAIN_TIMEOUTS:
            for other in bench.shared.groups:
                other.original.started = other.secondary.started = False
            group.original.started, group.state_unanswered = True, False
            group.settings = group.settings.with_value("timeout", timeout)
            bench.shared.fail_group(group, Reason.SUSPENDED)
            group.state, group.state_unanswered = GroupState.ABNORMAL, True
            dut.group.value, dut.restarts.value = number, 1
            announced: list[int] = []
            while len(announced) < ANNOUNCEMENTS:
                assert bench.cycle < 2 * CYCLES, f"group {number} was announced at {announced}"
                bench.present()
                before = bench.exits[AnnouncementOutcome.ANNOUNCED]
                await bench.go_on()
                if bench.exits[AnnouncementOutcome.ANNOUNCED] != before:
                    announced.append(bench.cycle)
            waits = [later - earlier for earlier, later in pairwise(announced)]
            assert all(timeout <= wait <= timeout + LATEST for wait in waits), f"time-out {timeout}: {waits}"


@cocotb.test
async def test_an_announcement_fails_a_group_unless_its_generation_is_over(dut: Any) -> None:
    """The partner's, of the generation before, the own one, and the next, beside where generations begin anew."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    for number, group in enumerate(bench.shared.groups):
        for generation in (GENERATIONS[0], 1, LAST_GENERATION):
            for announced in (generation - 1, generation, following_number(generation)):
                bench.start_again(number)
                group.original.started, group.secondary.started = True, False
                group.generation = generation
                dut.group.value, dut.restarts.value = number, 1
                await bench.edge()
                ends = group.partner_system, 1, number, group.partner_group
                packet = Packet(PacketType.GROUP_STATE, *ends, announced)
                packet.status, packet.reason = GroupState.ABNORMAL, Reason.SUSPENDED
                packet.wants_answer = True
                answered = bench.exits[AnnouncementOutcome.ANSWERED]
                bench.come(packet)
                while bench.exits[AnnouncementOutcome.ANSWERED] == answered or bench.due is not None:
                    assert bench.cycle < CYCLES, f"{packet} is not answered"
                    bench.present()
                    await bench.go_on()
                assert (group.state is GroupState.ABNORMAL) == (announced != generation - 1)
