"""cocotb tests of host_adapter.v."""

import random
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSource

from tests.rtl.units import chance, pauses, start, until

READ, WRITE, FLUSH, DISCARD = 1, 2, 3, 5
FUA = 0x80
BLOCK = 512
FIELDS = ("opcode", "tag", "volume", "position", "size")
INPUTS = dict.fromkeys(
    (
        "time_ns", "s_host_command_valid", *(f"s_host_command_{name}" for name in FIELDS), "slot_busy", "command_done",
        "s_axis_write_tvalid", "s_axis_write_tdata", "s_axis_write_tlast",
    ),
    0,
) | {"answer_room": 1}  # fmt: skip


@dataclass(slots=True)
class Command:
    """A host command and the packet that comes with it, in beats."""

    opcode: int
    tag: int
    volume: int
    position: int
    size: int
    beats: list[int]
    time: int = 0


class Bench:
    """The host port's other side, the cache directory, and the commit stage."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.rng = rng
        self.width = len(dut.s_axis_write_tdata)
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.slots = int(dut.CACHE_SLOTS.value)
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_write"), dut.clk, dut.rst, byte_lanes=1)
        self.to_send: deque[Command] = deque()
        self.sent: deque[Command] = deque()
        self.reserved: deque[int] = deque()
        self.busy: set[int] = set()
        self.cache: dict[int, dict[int, int]] = {}
        self.done = 0
        self.rates = (50, 50, 20)

    def packet(self, size: int, kind: str) -> list[int]:
        """Beats of a packet: exact, ending early, or ending late."""
        count = max(1, -(-size * 8 // self.width))
        if kind == "early" and count > 1:
            count = self.rng.randrange(1, count)
        if kind == "late":
            count += self.rng.randrange(1, 5)
        return [self.rng.getrandbits(self.width) for _ in range(count)]

    def random_command(self) -> Command:
        """Mostly writes; sizes that can be held and that cannot; packets of any length."""
        rng = self.rng
        opcode = rng.choice([WRITE] * 5 + [WRITE | FUA, DISCARD, DISCARD | FUA, READ, FLUSH, 9])
        sizes = [BLOCK * rng.randrange(1, self.most // BLOCK + 1)] * 4
        sizes += [BLOCK, self.most, 0, self.most + BLOCK, BLOCK + self.width // 8, 1]
        size = rng.choice(sizes)
        beats = []
        if opcode & ~FUA == WRITE and size != 0:
            beats = self.packet(size, rng.choice(["exact"] * 6 + ["early", "late"]))
        return Command(opcode, rng.getrandbits(16), rng.getrandbits(16), rng.getrandbits(64), size, beats)

    def stored(self, command: Command) -> bool:
        """Can its data be held in a slot?"""
        return command.opcode & ~FUA in (WRITE, DISCARD) and 0 < command.size <= self.most and command.size % BLOCK == 0

    def send_packet(self, command: Command) -> None:
        """Queue a command's data."""
        if command.beats:
            self.source.send_nowait(AxiStreamFrame(list(command.beats)))

    async def run(self, commands: list[Command]) -> None:
        """Pass all commands through, checking every cycle."""
        self.to_send = deque(commands)
        for command in commands:
            self.send_packet(command)
        total = self.done + len(commands)
        offered = False
        finishing = False
        now = 1_000
        command_rate, done_rate, free_rate = self.rates
        cycles = 0
        while self.done < total:
            cycles += 1
            assert cycles < 60_000, f"{total - self.done} commands left"
            now += self.rng.randrange(1, 9)
            self.dut.time_ns.value = now
            if self.to_send and not offered and chance(self.rng, command_rate):
                offered = True
                for name in FIELDS:
                    getattr(self.dut, f"s_host_command_{name}").value = getattr(self.to_send[0], name)
            self.dut.s_host_command_valid.value = offered
            # a slot that the directory no longer needs
            for slot in [slot for slot in self.busy if slot not in self.reserved and chance(self.rng, free_rate)]:
                self.busy.discard(slot)
            self.dut.slot_busy.value = sum(1 << slot for slot in self.busy)
            self.dut.command_done.value = finishing
            room = chance(self.rng, 80)
            self.dut.answer_room.value = room
            await RisingEdge(self.dut.clk)
            assert room or not self.dut.s_host_command_ready.value, "a command without room for its answer"
            assert bool(self.dut.command_taken.value) == (offered and bool(self.dut.s_host_command_ready.value))
            if offered and self.dut.s_host_command_ready.value:
                command = self.to_send.popleft()
                command.time = now
                self.sent.append(command)
                offered = False
            self.sample()
            if finishing:
                self.finish()
            # its step is in the next cycle, when one is not in this
            finishing = not finishing and bool(self.dut.command_valid.value) and chance(self.rng, done_rate)

    def sample(self) -> None:
        """What changes at this clock edge: reservations and cache writes."""
        dut = self.dut
        if dut.slot_reserve.value:
            slot = int(dut.slot.value)
            assert slot not in self.busy
            self.reserved.append(slot)
            self.busy.add(slot)
            self.cache[slot] = {}
        if dut.cache_write_enable.value:
            slot, beat = divmod(int(dut.cache_write_address.value), self.most * 8 // self.width)
            assert slot in self.reserved and beat not in self.cache[slot]
            self.cache[slot][beat] = int(dut.cache_write_data.value)

    def finish(self) -> None:
        """The oldest command's step: check it and its data, and take it away."""
        dut = self.dut
        command = self.sent.popleft()
        found = tuple(int(getattr(dut, f"command_{name}").value) for name in (*FIELDS, "time"))
        assert found == tuple(getattr(command, name) for name in (*FIELDS, "time"))
        beat = self.width // 8
        data = b"".join(value.to_bytes(beat, "little") for value in command.beats)
        assert int(dut.command_received.value) == len(data)
        if data:
            assert int(dut.command_crc.value) == zlib.crc32(data)
        stored = self.stored(command)
        assert dut.command_stored.value == stored
        if stored:
            slot = self.reserved.popleft()
            assert int(dut.command_slot.value) == slot
            discard = command.opcode & ~FUA == DISCARD
            assert not discard or (int(dut.command_crc.value), data) == (0, b"")
            kept = [0] * (command.size // beat) if discard else command.beats[: command.size // beat]
            assert self.cache[slot] == dict(enumerate(kept))
        self.done += 1


@cocotb.test
async def test_commands_and_their_data_arrive_in_order_in_slots_of_their_own(dut: Any) -> None:
    """Random commands, packets that end early or late, data that cannot be held, zeros of discards; random rates of all
    sides.
    """
    bench = Bench(dut, random.Random())
    bench.rng = await start(dut, **INPUTS)
    for rates in ((90, 90, 90), (90, 10, 50), (20, 90, 5), (100, 100, 100)):
        bench.rates = rates
        percent = bench.rng.choice([0, 30])
        bench.source.set_pause_generator(pauses(bench.rng, percent) if percent else None)
        bench.source.pause = False
        await bench.run([bench.random_command() for _ in range(60)])
    dut.command_done.value = 0
    await RisingEdge(dut.clk)
    await RisingEdge(dut.clk)
    assert dut.idle.value == 1 and dut.command_valid.value == 0
    assert not bench.reserved and not bench.sent and bench.source.empty()


@cocotb.test
async def test_packets_back_to_back_pass_without_a_bubble(dut: Any) -> None:
    """Commands ahead of their data: a beat is taken in every cycle, across packets, and the next command's data needs
    no step.
    """
    bench = Bench(dut, random.Random())
    bench.rng = await start(dut, **INPUTS)
    count = 12
    beats = BLOCK * 8 // bench.width
    for _ in range(count):
        bench.send_packet(Command(WRITE, 0, 0, 0, BLOCK, bench.packet(BLOCK, "exact")))
    dut.s_host_command_opcode.value = WRITE
    dut.s_host_command_size.value = BLOCK
    dut.s_host_command_valid.value = 1
    given = taken = bubbles = 0
    dut.command_done.value = 0
    while taken < count * beats:
        await RisingEdge(dut.clk)
        given += int(dut.s_host_command_ready.value)
        if given >= count:
            dut.s_host_command_valid.value = 0
        moves = bool(dut.s_axis_write_tvalid.value) and bool(dut.s_axis_write_tready.value)
        bubbles += taken > 0 and not moves
        taken += moves
        assert bubbles == 0
    # no step was given: all of it is held
    await RisingEdge(dut.clk)
    assert dut.command_valid.value == 1


@cocotb.test
async def test_data_waits_for_its_command_and_a_slot(dut: Any) -> None:
    """`tready` is "preparation made" ([0087]): not before the command, nor while every slot is busy."""
    bench = Bench(dut, random.Random())
    bench.rng = await start(dut, **INPUTS)
    dut.slot_busy.value = (1 << bench.slots) - 1
    await RisingEdge(dut.clk)
    dut.rst.value = 1
    await RisingEdge(dut.clk)
    dut.rst.value = 0
    bench.send_packet(Command(WRITE, 0, 0, 0, BLOCK, bench.packet(BLOCK, "exact")))
    for _ in range(10):
        await RisingEdge(dut.clk)
        assert dut.s_axis_write_tready.value == 0
    dut.s_host_command_opcode.value = WRITE
    dut.s_host_command_size.value = BLOCK
    dut.s_host_command_valid.value = 1
    await RisingEdge(dut.clk)
    dut.s_host_command_valid.value = 0
    for _ in range(10):
        await RisingEdge(dut.clk)
        assert dut.s_axis_write_tready.value == 0 and dut.slot_reserve.value == 0
    # any one will do
    dut.slot_busy.value = (1 << bench.slots) - 1 - (1 << bench.rng.randrange(bench.slots))
    await until(dut, lambda: dut.s_axis_write_tready.value, 5)


@cocotb.test
async def test_a_packet_longer_than_can_be_counted_does_not_pass_for_a_short_one(dut: Any) -> None:
    """The count of a packet's bytes stays at its end: one of 4 GiB and a block is not one of a block."""
    bench = Bench(dut, random.Random())
    bench.rng = await start(dut, **INPUTS)
    beats = BLOCK * 8 // bench.width
    dut.s_host_command_opcode.value, dut.s_host_command_size.value = WRITE, BLOCK
    dut.s_host_command_valid.value = 1
    await until(dut, lambda: dut.s_host_command_ready.value, 5)
    await RisingEdge(dut.clk)
    dut.s_host_command_valid.value = 0
    # as if 4 GiB less one beat had come
    dut.received_bytes_reg.value = (1 << 32) - bench.width // 8
    await bench.source.send(AxiStreamFrame([0] * (beats + 1)))
    await until(dut, lambda: dut.command_valid.value, 200)
    assert int(dut.command_received.value) == (1 << 32) - 1
