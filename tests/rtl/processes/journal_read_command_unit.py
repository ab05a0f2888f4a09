"""cocotb tests of journal_read_command.v and command_slots.v, against the model's journal read command process."""

import random
from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketType
from mirrorlog.formats.outcomes import ReadCommandOutcome
from mirrorlog.formats.serial_number import CYCLE_BITS, TAG_BITS, shortened
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.disk_adapter import DiskAdapter
from mirrorlog.processes.journal_read_command import Arrival, JournalReadCommand
from mirrorlog.processes.journal_store import JournalStore, StoredJournal
from mirrorlog.processes.restore import Restore
from mirrorlog.storage.cache_memory import CacheMemory
from mirrorlog.tables.settings import GroupSettings, NextCommand, NoRoom, ReadMode
from mirrorlog.tables.shared_memory import GroupInformation, GroupState, Parameters, SharedMemory, VolumeState
from tests.rtl.units import chance, request_field, start

COMMAND_SEND = 11
ENTRY = 64
# What the process may need to notice that a command may be sent: scans of every group, and numbers that it passes
WAIT_CYCLES = 300
STEPS = ("command_send", "answer", "touch", "clear")
CLAIMS = ("claims", "claims_command", "claims_answer")
# Cycles in which what a step decides on holds before it
CLAIMED_CYCLES = 4
# Random rounds, and the most until every exit has come
ROUNDS, MOST_ROUNDS = 6000, 60_000
INPUTS = dict.fromkeys(
    (
        "cycle", *STEPS, *CLAIMS, "group", "answer_type", "answer_from_partner", "answer_generation",
        "answer_tag", "answer_status",
        "answer_first_number", "not_all", "answer_taken", "answer_blocks", "group_state",
        "journal_volume_valid", "journal_volume_state",
        "update_number", "information_area", "information_committed", "generation", "partner_system",
        "partner_group", "read_mode", "batch_journals", "batch_bytes", "commands", "interval", "timeout",
        "silence", "next_command", "backlog", "activity", "next_restore", "host_bytes", "tag", "none_placed", "cleared",
        "contiguous", "request_taken", "packet_ready", "settings", "answer_group",
        "lookup_placed",
    ),
    0,
)  # fmt: skip
# Within these it is known which slot an answer is for
SETTLES_CYCLES = 200
# The cycle counter wraps in each run
FIRST_CYCLE = (1 << CYCLE_BITS) - 2000
NEXT_COMMAND = {NextCommand.AT_ONCE: 0, NextCommand.INTERVAL: 1, NextCommand.BACKLOG: 2}


class Bench:
    """The model's groups, and the steps that both take."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.now = FIRST_CYCLE
        # a step that was claimed takes place
        self.claimed = False
        self.window = int(dut.WINDOW.value)
        groups = int(dut.GROUPS.value)
        self.shared = SharedMemory(Parameters(groups=groups, volumes=groups, window=self.window))
        adapter = DiskAdapter(self.shared, CacheMemory())
        self.store = JournalStore(self.shared, adapter)
        self.model = JournalReadCommand(self.shared, self.store, Restore(self.shared, adapter, self.store))
        self.on_path: list[Packet] = []
        self.expected: list[Packet] = []
        self.due = [0] * groups
        self.exits: dict[int, int] = {}
        # plain commands sent again, answers of another generation that would have been taken by this one, and answers
        # with an invalid group state
        self.sent_again = self.others = self.no_states = 0
        # changes that left slots with a command in flight beyond the number of commands; time-outs doubled twice
        self.beyond = self.doubled = 0
        # a journal volume fails, or there is no room, now and then
        self.troubled = True

    async def tick(self) -> None:
        """One cycle."""
        dut = self.dut
        await RisingEdge(dut.clk)
        if self.claimed:
            self.claimed = False
            for name in CLAIMS:
                getattr(dut, name).value = 0
        group, index = dut.lookup_group.value, dut.lookup_index.value
        if group.is_resolvable and index.is_resolvable:
            looked = self.store.groups[int(group)].journals
            dut.lookup_placed.value = int(any(number % self.window == int(index) for number in looked))
        if int(dut.packet_valid.value) and int(dut.packet_ready.value):
            self.check_packet()
        dut.packet_ready.value = int(chance(self.rng, 50))
        self.now += 1
        dut.cycle.value = shortened(self.now)
        for number in range(len(self.due)):
            slots = range(self.shared.parameters.commands)
            may = any(self.model.may_send(number, slot, self.now) for slot in slots)
            self.due[number] = self.due[number] + 1 if may else 0
            # after a setting was written: its time, a survey, and the command, each in a step of its own, and pauses
            # behind surveys that proposed nothing
            assert self.due[number] < 4 * WAIT_CYCLES, f"group {number} does not send its command"

    def check_packet(self) -> None:
        """The command that leaves has the bytes of the model's."""
        dut, packet = self.dut, self.expected.pop(0)
        numbers = {
            "destination": packet.destination, "group": packet.group, "source_group": packet.source_group,
            "generation": packet.generation, "tag": packet.tag,
        }  # fmt: skip
        assert {name: int(getattr(dut, f"packet_{name}").value) for name in numbers} == numbers
        assert int(dut.packet_payload.value).to_bytes(64, "little") == packet.pack()[HEADER_BYTES:]
        self.on_path.append(packet)

    def tables(self, number: int) -> dict[str, int]:
        """Inputs for a step of a group."""
        group = self.shared.groups[number]
        settings, stored = group.settings, self.store.groups[number]
        bits = (
            group.original.started,
            group.secondary.started,
            group.secondary.takeover,
            group.secondary.stopped,
            False,
            False,
        )
        return {
            "group": number,
            "group_state": int(group.state),
            "journal_volume_valid": 1,
            "journal_volume_state": int(self.shared.volumes[number].state),
            "update_number": group.update_number,
            "information_area": group.ring.write_data_head - group.ring.update_information_head,
            "information_committed": group.ring.update_information_committed,
            "generation": group.generation,
            "partner_system": group.partner_system,
            "partner_group": group.partner_group,
            "read_mode": int(settings.mode is ReadMode.PLAIN),
            "batch_journals": settings.batch_journals,
            "batch_bytes": settings.batch_bytes,
            "commands": settings.commands,
            "interval": settings.interval,
            "timeout": settings.timeout,
            "silence": settings.silence or 0,
            "next_command": NEXT_COMMAND[settings.next_command],
            "backlog": settings.backlog,
            "activity": sum(int(bit) << n for n, bit in enumerate((*bits, settings.retry))),
            "next_restore": group.secondary.next_restore,
            "host_bytes": group.secondary.committed_host_bytes,
            "tag": group.secondary.sent_tag,
            "none_placed": int(not stored.journals),
            "cleared": 1,
            "contiguous": stored.next_expected() - group.update_number,
        }

    def start_group(self, number: int) -> None:
        """A new generation of a group, with settings of its own."""
        rng, group = self.rng, self.shared.groups[number]
        group.journal_volume, self.shared.volumes[number].state = number, VolumeState.NORMAL
        plain = chance(rng, 40)
        retry = chance(rng, 70)
        group.settings = GroupSettings(
            mode=ReadMode.PLAIN if plain else ReadMode.BY_NUMBER,
            batch_journals=rng.choice([1, 3, 16]),
            batch_bytes=rng.choice([512, 2048, 65536]),
            commands=1 if plain else rng.randrange(1, 5),
            retry=retry,
            no_room=NoRoom.DROP if retry or not plain else NoRoom.HOLD,
            next_command=rng.choice(list(NEXT_COMMAND)),
            interval=rng.choice([0, 20, 150]),
            timeout=rng.choice([20, 100, 400]),
            silence=rng.choice([None, 200, 1000, 20_000]),
            backlog=rng.choice([1, 30]),
        )
        group.ring.load(4096, 4096 + ENTRY * rng.choice([4, 40, 1000]), 1 << 20)
        group.ring.update_information_committed = 0
        group.state, group.secondary.started = GroupState.NORMAL, True
        group.secondary.takeover = group.secondary.stopped = False
        group.generation += 1
        group.partner_system, group.partner_group = rng.getrandbits(16), rng.getrandbits(16)
        group.update_number = group.secondary.next_restore = rng.randrange(1, 1 << 40)
        group.secondary.sent_tag, group.secondary.committed_host_bytes = (
            (rng.getrandbits(3) - 4) % (1 << TAG_BITS),
            rng.getrandbits(40),
        )
        self.store.begin(number)
        self.model.begin(number)

    async def change(self, number: int) -> None:
        """A setting of a group is written; it goes on with what is in flight."""
        rng, group = self.rng, self.shared.groups[number]
        name, choices = rng.choice(
            [
                ("batch_journals", [1, 3, 16]),
                ("batch_bytes", [512, 2048, 65536]),
                ("commands", [1, 1, 2, 4]),
                ("next_command", list(NEXT_COMMAND)),
                ("interval", [0, 20, 150]),
                ("timeout", [20, 100, 400]),
                ("silence", [None, 200, 1000, 20_000]),
                ("backlog", [1, 30]),
            ]
        )
        if name == "commands" and group.settings.mode is ReadMode.PLAIN:
            return
        slots = self.model.groups[number].slots.slots
        group.settings = group.settings.with_value(name, rng.choice(choices))
        self.beyond += any(slot.packet for slot in slots[group.settings.commands :])
        await self.claim("settings", number)
        self.dut.settings.value = 1
        await self.step("touch", number)
        await self.tick()
        self.dut.touch.value = self.dut.settings.value = 0

    def give(self, number: int, **inputs: int) -> None:
        """Give the tables of a group, and other inputs."""
        for key, value in (self.tables(number) | inputs).items():
            getattr(self.dut, key).value = value

    async def claim(self, name: str, number: int, **inputs: int) -> None:
        """A step that looks at command slots will come: give its inputs, some cycles before it."""
        self.give(number, **inputs)
        self.dut.claims.value = 1
        self.dut.claims_command.value, self.dut.claims_answer.value = name == "command_send", name == "answer"
        for _ in range(CLAIMED_CYCLES):
            await self.tick()

    async def step(self, name: str, number: int, **inputs: int) -> None:
        """Give the inputs of one step; its outputs can be read until the next edge."""
        self.give(number, **inputs)
        getattr(self.dut, name).value = 1
        self.claimed = True

    async def restart(self, number: int) -> None:
        """Start a group again."""
        self.start_group(number)
        await self.claim("clear", number)
        await self.step("clear", number)
        self.dut.touch.value = 1
        await self.tick()
        self.dut.clear.value = self.dut.touch.value = 0

    async def command(self) -> None:
        """Take a request; in its step the lowest slot that may send does, or none yet."""
        dut = self.dut
        value = int(dut.request.value)
        low, bits = request_field("group")
        number = value >> low & ((1 << bits) - 1)
        assert value & 31 == COMMAND_SEND
        dut.request_taken.value = 1
        await self.tick()
        dut.request_taken.value = 0
        await self.claim("command_send", number)
        await self.step("command_send", number)
        await ReadOnly()
        if int(dut.retires.value):
            slot = int(dut.send_slot.value)
            settings = self.shared.groups[number].settings
            assert self.model.may_send(number, slot, self.now), f"slot {slot} of group {number} may not send"
            again = self.model.groups[number].slots.slot(slot).packet
            step = self.model.send(number, slot, self.now)
            names = ("send_tag", "send_limit", "send_first")
            shown = tuple(int(getattr(dut, name).value) for name in names)
            packet = step.packet
            assert packet is not None and packet.command is not None
            assert shown == (packet.tag, step.size, step.reference)
            assert int(dut.outcome.value) == ReadCommandOutcome.SENT
            repeated = again is not None and again.tag == packet.tag
            assert bool(int(dut.tag_set.value)) != repeated
            self.sent_again += repeated
            self.doubled += self.model.groups[number].slots.slot(slot).limit >= 4 * settings.timeout
            self.expected.append(packet)
            self.due[number] = 0
            self.exits[ReadCommandOutcome.SENT] = self.exits.get(ReadCommandOutcome.SENT, 0) + 1
        await self.tick()
        dut.command_send.value = 0

    def answer_to(self, packet: Packet) -> Packet:
        """A random answer to a command that was sent."""
        rng, group = self.rng, self.shared.groups[packet.source_group]
        kinds = [PacketType.JOURNALS] * 6 + [PacketType.NO_JOURNAL, PacketType.NO_JOURNAL]
        if chance(rng, 3):
            kinds = [PacketType.GONE, PacketType.GROUP_STATE]
        answer = Packet(
            rng.choice(kinds), group.partner_system, 0, packet.source_group, 0, packet.generation, packet.tag
        )
        if answer.type is PacketType.JOURNALS:
            assert packet.command is not None
            first = packet.command.first or self.store.groups[packet.source_group].next_expected()
            first += group.settings.mode is ReadMode.PLAIN and chance(rng, 2)
            count = rng.randrange(1, packet.command.limit_journals + 1)
            for journal in range(first, first + count):
                information = UpdateInformation(journal, 0, 0, 0, 0, 512, 0, 0, 0, 0, JournalKind.HOST_WRITE)
                answer.journals.append((information, bytes(512)))
            answer.status = int(chance(rng, 4))
        elif answer.type is PacketType.GROUP_STATE:
            answer.status = rng.choice([0, 2, 3, 0xFFFF])
        if chance(rng, 2):
            answer.source += 1
        return answer

    async def answer(self, packet: Packet) -> None:
        """An answer: its journals get their places if they are wanted, and the packet is closed."""
        dut, rng, number = self.dut, self.rng, packet.group
        dut.answer_group.value, dut.answer_tag.value = number, packet.tag
        await self.tick()
        for _ in range(SETTLES_CYCLES):
            if int(dut.settled.value):
                break
            await self.tick()
        else:
            raise AssertionError("it is not known which slot an answer is for")
        arrival = Arrival(packet)
        stored = self.store.groups[number]
        if self.troubled and chance(rng, 2):
            self.shared.volumes[number].state = VolumeState.ABNORMAL
        header = {
            "answer_type": int(packet.type),
            "answer_from_partner": int(self.shared.groups[number].is_partner(packet.source)),
            "answer_generation": packet.generation,
            "answer_tag": packet.tag,
            "answer_status": packet.status,
            "answer_first_number": packet.journals[0][0].update_number if packet.journals else 0,
        }
        if self.model.may_read(number) and self.shared.groups[number].settings.mode is ReadMode.BY_NUMBER:
            journals = packet.type is PacketType.JOURNALS and not packet.status
            current = packet.generation == self.shared.groups[number].generation
            self.others += journals and not current
            self.no_states += current and packet.type is PacketType.GROUP_STATE and packet.status > GroupState.ABNORMAL
        wanted = self.model.may_store(arrival)
        while self.model.may_store(arrival):
            journal = packet.journals[arrival.at][0].update_number
            if (self.troubled and chance(rng, 3)) or journal - stored.group.update_number >= self.window:
                arrival.refused = True
                break
            if not stored.knows(journal):
                stored.journals[journal] = StoredJournal(journal, JournalKind.HOST_WRITE, 0, 0, 512, 0)
                arrival.stored += 1
            arrival.at += 1
        await self.claim("answer", number, **header)
        before = self.shared.groups[number].state, self.shared.groups[number].secondary.stopped
        inputs = self.tables(number)
        step = self.model.close(arrival, self.now)
        taken = {"answer_taken": arrival.at, "answer_blocks": arrival.at}
        await self.step("answer", number, **inputs, **header, **taken, not_all=int(arrival.refused))
        await ReadOnly()
        group = self.shared.groups[number]
        assert int(dut.outcome.value) == step.outcome and int(dut.retires.value), (int(dut.outcome.value), step)
        # that a journal before them is lost for good is seen by journal store
        lost = packet.type is PacketType.JOURNALS and step.outcome == ReadCommandOutcome.GROUP_STATE_TAKEN
        assert bool(int(dut.wanted.value)) == (wanted or lost) or arrival.stored
        assert bool(int(dut.group_fails.value)) == (before[0] is GroupState.NORMAL and group.state is not before[0])
        if before[0] is GroupState.NORMAL and group.state is not before[0]:
            assert int(dut.group_reason.value) == group.reason
        assert bool(int(dut.activity_set.value) & 8) == (group.secondary.stopped and not before[1])
        self.exits[step.outcome] = self.exits.get(step.outcome, 0) + 1
        await self.tick()
        dut.answer.value = 0

    async def commit(self, number: int) -> None:
        """Commit and restore pass some journals."""
        rng, group = self.rng, self.shared.groups[number]
        stored = self.store.groups[number]
        while group.update_number in stored.journals and chance(rng, 90):
            del stored.journals[group.update_number]
            group.update_number += 1
            group.secondary.committed_host_bytes += 512
            group.ring.update_information_committed += ENTRY
        while group.secondary.next_restore < group.update_number and chance(rng, 80):
            group.secondary.next_restore += 1
            group.ring.update_information_committed -= ENTRY
        await self.step("touch", number)
        await self.tick()
        self.dut.touch.value = 0


@cocotb.test
async def test_commands_and_answers_are_the_models(dut: Any) -> None:
    """Random groups in both modes: lost, late, repeated and wrong answers, new generations, no room."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    groups = range(int(dut.GROUPS.value))
    for number in groups:
        await bench.restart(number)
    wanted = (0, 1700, 1725, 1735, 1745, 1755, 1760)
    others, no_states, beyond, doubled = 5, 3, 2, 5
    for done in range(MOST_ROUNDS):
        reached = all(bench.exits.get(exit_number) for exit_number in wanted) and bench.others >= others
        reached = reached and bench.no_states >= no_states and bench.beyond >= beyond and bench.doubled >= doubled
        if done >= ROUNDS and reached:
            break
        choice = rng.randrange(10)
        if choice < 4 and int(dut.request_valid.value):
            await bench.command()
        elif choice < 6 and bench.on_path:
            packet = bench.on_path.pop(rng.randrange(len(bench.on_path)))
            if not chance(rng, 10):
                await bench.answer(bench.answer_to(packet))
            if chance(rng, 5):
                bench.on_path.append(packet)
        elif choice < 8:
            await bench.commit(rng.choice(groups))
        elif choice < 9 or not chance(rng, 40):
            await bench.tick()
        else:
            await bench.change(rng.choice(groups))
        number = rng.choice(groups)
        # a group that is not read any more, and now and then one that is: answers then are of another generation
        if (not bench.model.may_read(number) and chance(rng, 5)) or rng.randrange(150) == 0:
            await bench.restart(number)
    for exit_number in wanted:
        assert bench.exits.get(exit_number), f"never {exit_number}: {bench.exits}"
    assert bench.now > 1 << CYCLE_BITS
    assert bench.beyond >= beyond, "too few slots with a command in flight beyond the number of commands"
    assert bench.doubled >= doubled, "too few time-outs that were doubled twice"
    assert bench.sent_again, "no plain command was sent again"
    assert bench.others >= others, "too few answers of another generation"
    assert bench.no_states >= no_states, "too few answers with an invalid group state"


@cocotb.test
async def test_a_smaller_batch_is_remembered_when_it_grows_again(dut: Any) -> None:
    """What is learned from an answer is bounded by the batch at its time, not by that at the next command's."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    bench.troubled = False
    group: GroupInformation = bench.shared.groups[0]
    await bench.restart(0)
    learned = []
    for batch in (16, 16, 1, 16):
        group.settings = replace(
            group.settings, mode=ReadMode.BY_NUMBER, commands=1, batch_bytes=2048, batch_journals=batch, interval=0,
            timeout=400, silence=None, next_command=NextCommand.AT_ONCE,
        )  # fmt: skip
        await bench.step("touch", 0)
        await bench.tick()
        dut.touch.value = 0
        while not bench.on_path:
            if int(dut.request_valid.value):
                await bench.command()
            await bench.tick()
        packet = bench.on_path.pop()
        assert packet.command is not None
        learned.append(packet.command.limit_journals)
        journals = range(packet.command.first, packet.command.first + packet.command.limit_journals)
        answer = Packet(PacketType.JOURNALS, group.partner_system, 0, 0, 0, packet.generation, packet.tag)
        for number in journals:
            information = UpdateInformation(number, 0, 0, 0, 0, 512, 0, 0, 0, 0, JournalKind.HOST_WRITE)
            answer.journals.append((information, bytes(512)))
        await bench.answer(answer)
        # restored, too: the area may hold four
        while (
            group.update_number in bench.store.groups[0].journals or group.secondary.next_restore < group.update_number
        ):
            await bench.commit(0)
    assert learned == [1, 4, 1, 1]


@cocotb.test
async def test_a_group_that_is_not_read_sends_nothing(dut: Any) -> None:
    """Abnormal, taken over, stopped, not started: touched and asked, but no record."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    group: GroupInformation = bench.shared.groups[0]
    for change in ("state", "takeover", "stopped", "started"):
        bench.start_group(0)
        if change == "state":
            group.state = GroupState.ABNORMAL
        else:
            setattr(group.secondary, change, change != "started")
        await bench.claim("clear", 0)
        await bench.step("clear", 0)
        dut.touch.value = 1
        await bench.tick()
        dut.clear.value = dut.touch.value = 0
        for _ in range(50):
            if int(dut.request_valid.value):
                await bench.command()
            await bench.tick()
    assert not bench.exits
