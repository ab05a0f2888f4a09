"""cocotb tests of the registers of a whole storage system, walked as rtl/registers.rdl describes them."""

import random
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiResp

from mirrorlog.formats.commit_record import RECORD_BYTES, CommitRecord, Process
from mirrorlog.formats.outcomes import RegisterOutcome
from tests.rtl.registers.register_description import NONE, WORD, Register, describe
from tests.rtl.registers.terminal_ports import PausingPort, Port
from tests.rtl.units import chance, start, within

PARAMETERS = (
    "DATA_WIDTH",
    "VOLUMES",
    "PAIRS",
    "GROUPS",
    "DEVICES",
    "MAX_TRANSFER_BYTES",
    "MAX_DATA_BYTES",
    "CACHE_SLOTS",
    "COMMANDS",
    "SYSTEM_NUMBER",
    "AXI_ADDR_WIDTH",
)
ENTRY_BYTES = 64
# time_ns of hdl/register_unit.v
TIME_NS = 0x1234_5678_9ABC_DEF0
BYTES = 8
# places in a volume's row
CAPACITY, OFFSET = 0x10, 0x28
ALL = 0xFF
# outcomes of maintenance (docs/commit_trace.md)
READ, WRITTEN, BUSY, READ_ONLY, HOLE, BAD_VALUE = RegisterOutcome
REFUSED = frozenset({BUSY, HOLE, BAD_VALUE})
# their data informs
# a write to it starts an operation
ACTS = "operation"
OPERATION = 0x80
# bits of `activity` that start processes
RUNS = 3
INFORMS = ("status", "cycle", "packet_faults", "operation_answer", "strange_packets")


class Terminal:
    """The maintenance terminal at a port; each access has a commit record."""

    def __init__(self, dut: Any, port: Port | PausingPort) -> None:
        self.parameters = {name: int(getattr(dut, name).value) for name in PARAMETERS}
        # a block each, within limits of its own
        self.parameters["MAX_JOURNALS"] = min(max(self.parameters["MAX_DATA_BYTES"] // 512, 16), 64)
        self.held: dict[int, int] = {}
        self.registers = [register for register in describe(self.parameters) if register.name != ACTS]
        self.port = port

    def accepts(self, register: Register, value: int) -> bool:
        """Does the register take `value`, with what its row holds? A volume ends where addresses do."""
        row, place = register.address & ~0x3F, register.address & 0x3F
        others = {CAPACITY: OFFSET, OFFSET: CAPACITY}
        is_place = row >> 12 == 1 and place in others
        last = 1 << self.parameters["AXI_ADDR_WIDTH"]
        return register.accepts(value) and (not is_place or value + self.held.get(row + others[place], 0) <= last)

    async def record(self, outcome: int, address: int, strobe: int, data: int | None) -> None:
        """Take the next commit record and check it."""
        beat = await self.port.beat()
        record = CommitRecord.unpack(beat.to_bytes(RECORD_BYTES, "little"))
        assert (record.process, record.outcome) == (Process.MAINTENANCE, outcome), record
        assert (record.position, record.size) == (address, strobe)
        assert record.status == (2 if outcome in REFUSED else 0)
        assert (record.volume, record.pair, record.group, record.volume_state) == (NONE, NONE, NONE, 0xFF)
        if data is not None:
            assert record.reference == (0 if outcome in REFUSED else data)

    async def read(self, address: int, hole: bool = False) -> int:
        """Read a whole register at any address."""
        data, resp = await self.port.read(address)
        assert resp == (AxiResp.SLVERR if hole else AxiResp.OKAY), f"read of {address:#06x}"
        assert data == 0 or not hole
        await self.record(HOLE if hole else READ, address, 0, data)
        return data

    async def write(self, address: int, data: int, outcome: int, strobe: int = ALL, data_first: bool = False) -> None:
        """Write a register at any address; `outcome` is what is to become of it."""
        resp = await self.port.write(address, data, strobe, data_first)
        expected = AxiResp.SLVERR if outcome in REFUSED else AxiResp.OKAY
        assert resp == expected, f"write of {data:#x} to {address:#06x}: {resp}"
        await self.record(outcome, address, strobe, data)
        if outcome == WRITTEN:
            taken = sum(0xFF << (8 * byte) for byte in range(BYTES) if strobe >> byte & 1)
            self.held[address] = self.held.get(address, 0) & ~taken | data & taken


async def prepare(dut: Any, port: Port | PausingPort | None = None) -> tuple[Terminal, random.Random]:
    """Reset, and a terminal at the port, or at one without pauses."""
    terminal = Terminal(dut, port or Port(dut))
    terminal.port.begin()
    rng = await start(dut, s_host_command_valid=0)
    return terminal, rng


def reset_value(register: Register, parameters: dict[str, int]) -> int:
    """The register's value after reset: from the RDL, or from the build parameters that its fields are named after."""
    if register.reset is not None:
        return register.reset
    if register.name == "incarnation":
        return TIME_NS >> 30 & 0xFFFF_FFFF
    known = {name.lower(): value for name, value in parameters.items()} | {"entry_bytes": ENTRY_BYTES}
    return sum(known[name] << low for name, (low, _) in register.fields.items())


def value_for(rng: random.Random, register: Register, terminal: Terminal) -> int:
    """A value that the register takes."""
    if register.none and chance(rng, 20):
        return NONE
    while True:
        value = rng.getrandbits(64) if register.limit > WORD else rng.randrange(register.least, register.limit)
        if terminal.accepts(register, value & register.mask) and not starts(register, value):
            return value & register.mask


def starts(register: Register, value: int) -> bool:
    """Does the value start the processes of replication, which go on to change registers?"""
    return register.name.endswith(".activity") and bool(value & RUNS)


@cocotb.test
async def test_every_register_has_its_reset_value_and_keeps_its_own_value(dut: Any) -> None:
    """All rows: reset values; a random value into each, all read back afterwards; reset values again after a reset."""
    terminal, rng = await prepare(dut)
    assert terminal.registers
    informing = [register for register in terminal.registers if register.name in INFORMS]
    assert len(informing) == len(INFORMS)
    compared = [register for register in terminal.registers if register.name not in INFORMS]
    written: dict[str, int] = {}
    for register in compared:
        value = reset_value(register, terminal.parameters)
        assert await terminal.read(register.address) == value, f"{register.name} after reset"
        if register.writable:
            written[register.name] = value_for(rng, register, terminal)
            await terminal.write(register.address, written[register.name], WRITTEN)
    rng.shuffle(compared)
    for register in compared:
        expected = written.get(register.name, reset_value(register, terminal.parameters))
        assert await terminal.read(register.address) == expected, f"{register.name} after writes to all"
    for register in informing:
        assert await terminal.read(register.address) & ~register.mask == 0
    dut.rst.value = 1
    await ClockCycles(dut.clk, 2)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    for register in rng.sample(compared, min(40, len(compared))):
        assert await terminal.read(register.address) == reset_value(register, terminal.parameters)


@cocotb.test
async def test_every_bit_is_writable_or_refused_as_described(dut: Any) -> None:
    """One row of each register file, chosen at random: every single bit, and the values around the limits."""
    terminal, rng = await prepare(dut)
    kinds: dict[str, list[Register]] = {}
    for register in terminal.registers:
        stem = "".join(part.split("[")[0] + "." for part in register.name.split("."))
        kinds.setdefault(stem, []).append(register)
    for rows in kinds.values():
        register = rng.choice(rows)
        if not register.writable:
            continue
        held = await terminal.read(register.address)
        values = [1 << bit for bit in range(64)]
        values += [0, NONE, NONE - 1, NONE + 1, register.mask, register.limit - 1, min(register.limit, WORD), WORD]
        for value in values:
            if starts(register, value):
                continue
            accepted = terminal.accepts(register, value)
            await terminal.write(register.address, value, WRITTEN if accepted else BAD_VALUE)
            held = value if accepted else held
            if accepted or chance(rng, 10):
                assert await terminal.read(register.address) == held, f"{register.name}, {value:#x}"


@cocotb.test
async def test_strobes_merge_with_the_register(dut: Any) -> None:
    """Any strobes: the bytes not written keep their value, and the merged value decides whether it is taken.
    With random pauses on every channel.
    """
    port = PausingPort(dut)
    terminal, rng = await prepare(dut, port)
    port.pause(rng)
    writable = [register for register in terminal.registers if register.writable]
    outcomes = set()
    for _ in range(150):
        register = rng.choice(writable)
        held = await terminal.read(register.address)
        strobe, data = (
            rng.getrandbits(BYTES),
            value_for(rng, register, terminal) | (rng.getrandbits(64) if chance(rng, 50) else 0),
        )
        taken = sum(0xFF << (8 * byte) for byte in range(BYTES) if strobe >> byte & 1)
        merged = held & ~taken | data & taken
        outcome = WRITTEN if terminal.accepts(register, merged) else BAD_VALUE
        outcomes.add(outcome)
        await terminal.write(register.address, data, outcome, strobe, data_first=chance(rng, 30))
        assert await terminal.read(register.address) == (merged if outcome == WRITTEN else held)
    assert outcomes == {WRITTEN, BAD_VALUE}


@cocotb.test
async def test_holes_and_unaligned_addresses_are_refused_and_read_only_registers_keep_their_value(dut: Any) -> None:
    """The addresses behind every row and table, some random ones, and each register's address with its low bits set."""
    terminal, rng = await prepare(dut)
    known = {register.address for register in terminal.registers} | {OPERATION}
    holes = {address + BYTES for address in known} | {BYTES * rng.randrange(1 << 13) for _ in range(100)}
    # the rows behind the last, up to the end of each table
    sizes = {0x1000: 0x40, 0x2000: 0x80, 0x4000: 0x200}
    for base, stride in sizes.items():
        last = max(address for address in known if base <= address < base + 0x1000 + (base & 0x1000))
        holes |= {(last // stride + 1) * stride, base - BYTES, 2 * base - stride, last ^ 0x8000}
    holes |= {rng.choice(sorted(known)) + rng.randrange(1, BYTES) for _ in range(20)}
    for address in sorted(holes - known):
        if address < 1 << 16:
            await terminal.read(address, hole=True)
            await terminal.write(address, rng.getrandbits(64), HOLE)
    for register in terminal.registers:
        if not register.writable:
            before = await terminal.read(register.address)
            await terminal.write(register.address, rng.getrandbits(64), READ_ONLY, rng.getrandbits(BYTES))
            after = await terminal.read(register.address)
            assert after == before if register.name != "cycle" else after > before


@cocotb.test
async def test_tables_are_refused_while_a_command_is_in_flight(dut: Any) -> None:
    """With a host write whose data has not come, `status` is 0, writes are refused but those of settings; reads and
    read-only registers are not.
    """
    terminal, rng = await prepare(dut)
    by_name = {register.name: register for register in terminal.registers}
    assert await terminal.read(by_name["status"].address) == 1
    dut.s_host_command_valid.value = 1
    await RisingEdge(dut.clk)
    dut.s_host_command_valid.value = 0
    assert await terminal.read(by_name["status"].address) == 0
    settings = [
        register for register in terminal.registers if register.any_time and ".group[1]." in "." + register.name
    ]
    assert len(settings) == 11
    for register in [*rng.sample(terminal.registers, 30), *settings]:
        if register.name in INFORMS or register.name.startswith("argument"):
            continue
        held = await terminal.read(register.address)
        refused = BUSY if register.writable else READ_ONLY
        value = value_for(rng, register, terminal)
        await terminal.write(register.address, value, WRITTEN if register.any_time else refused)
        await terminal.write(register.address, WORD, BAD_VALUE if register.any_time else refused)
        await terminal.write(register.address + 1, 0, HOLE)
        assert await terminal.read(register.address) == (value if register.any_time else held)


@cocotb.test
async def test_reads_and_writes_at_once_take_turns(dut: Any) -> None:
    """A read and a write that wait at the same time are both answered, none twice."""
    port = PausingPort(dut)
    terminal, _ = await prepare(dut, port)
    register = next(register for register in terminal.registers if register.name == "volume[0].format")
    writes = [port.master.init_write(register.address, value.to_bytes(BYTES, "little")) for value in range(20)]
    reads = [port.master.init_read(register.address, BYTES) for _ in range(20)]
    for event in (*writes, *reads):
        await within(event.wait())
    seen = [int.from_bytes(event.data.data, "little") for event in reads]
    assert seen == sorted(seen)
    # as long as both wait, they alternate
    outcomes = []
    for _ in range(40):
        frame = await within(port.sink.recv())
        outcomes.append(CommitRecord.unpack(frame.tdata[0].to_bytes(RECORD_BYTES, "little")).outcome)
    assert sorted(outcomes) == [READ] * 20 + [WRITTEN] * 20
    assert max(len(run) for kind in "12" for run in "".join(map(str, outcomes)).split(kind)) <= 8
