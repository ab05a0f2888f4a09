"""cocotb tests of commit_stage.v: steps back to back, of every pair of kinds in one group.

Whatever a step changes the next one must see, however close it follows: the same steps are taken once as close as
the stage lets them, once far apart. Records (but for their cycles) and, in the end, every register of the group must be
the same.
"""

import math
import re
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge

from tests.rtl.units import start
from tools.buses import fields as fields_of_bus
from tools.sources import rtl_headers

GROUP, PARTNER = 1, 2
VOLUME, JOURNAL_VOLUME, OTHER_VOLUME = 0, 1, 2
BLANK, NORMAL, ORIGINAL, SECONDARY = range(4)
NOT_COPYING, COPYING, COPIED = 1, 2, 3
ENTRIES, CAPACITY, AREA, BLOCK = 32, 1 << 20, 1 << 16, 512
FAR = 16
# Pairs of kinds between two comparisons
PAIRS = 80
HOST, COPY, RECEIVED, RESTORE = range(4)
CYCLE = slice(64, 112)
MAINTENANCE, COMMAND, FLUSH, VOLUME_WRITE, JOURNAL_WRITE, READ_FAILURE, INITIAL_COPY, READ_COMMAND = range(8)
JOURNALS_READ, SEND_READ, SEND_FAILED, COMMAND_SEND, ANSWER, STORE, COMMIT_NEXT, RESTORE_SCAN, RESTORE_WRITE = range(
    8, 17
)
RESTORE_FREE, OPERATION, HEARTBEAT, STATE_TAKEN, STATE_ANSWER, ANNOUNCE = range(17, 23)
SUSPEND = 17


def fields(name: str, header: str) -> dict[str, tuple[int, int]]:
    """Lowest bit and bits of every macro of a header that is a range."""
    found = re.findall(rf"`define {name}_(\w+)\s+(\d+)(?::(\d+))?\n", (rtl_headers() / header).read_text())
    return {field.lower(): (int(low or high), int(high) - int(low or high) + 1) for field, high, low in found}


REQUEST, INFORMATION, READ = (
    fields(*place)
    for place in (("CR", "commit_request.vh"), ("UI", "update_information.vh"), ("CP_COMMAND", "connection_path.vh"))
)


def bus(dut: Any, header: str, values: dict[str, int]) -> int:
    """Fields of a bus (the first is the most significant) with these values, all others 0."""
    known = {"`CP_UNIT_BITS": 512, "`UPDATE_INFORMATION_BITS": 512}
    word = 0
    for name, bits in fields_of_bus((rtl_headers() / header).read_text()):
        factors = (
            known.get(factor) or (int(factor) if factor.isdecimal() else int(getattr(dut, factor).value))
            for factor in bits.split("*")
        )
        word = word << math.prod(factors) | values.get(name, 0)
    return word


def pack(places: dict[str, tuple[int, int]], **values: int) -> int:
    """Fields at their places."""
    word = 0
    for name, value in values.items():
        low, bits = places[name]
        word |= (value & (1 << bits) - 1) << low
    return word


class Stage:
    """Takes steps; keeps their records."""

    def __init__(self, dut: Any, far: bool) -> None:
        self.dut, self.far = dut, far
        self.records: list[str] = []
        # journals whose CRC is to come
        self.journals, self.given = 0, False
        # one trigger a cycle: behind the middle everything has settled, and inputs come in time for the next edge
        self.middle, self.record_valid = FallingEdge(dut.clk), dut.m_axis_commit_tvalid
        self.settled = dut.commit_decide_inst.secondary_steps_inst.store_settled
        self.crc_valid, self.job_valid = dut.crc_valid, dut.commit_output_inst.journal_job_valid

    async def cycle(self) -> None:
        """One cycle, to where its signals have settled."""
        await self.middle
        given = self.journals > 0
        if given != self.given:
            self.crc_valid.value = self.given = given
        self.journals += (int(self.job_valid.value) > 0) - given
        if self.record_valid.value:
            beat = str(self.dut.m_axis_commit_tdata.value)
            self.records.append(beat[: -CYCLE.stop] + beat[-CYCLE.start :])

    async def pause(self, cycles: int) -> None:
        """So many cycles."""
        for _ in range(cycles):
            await self.cycle()

    async def step(self, request: int) -> None:
        """One step, as soon as the stage lets it; a journal is stored when its group is settled, which is what
        its requester waits for."""
        low, bits = REQUEST["kind"]
        stores = request >> low & (1 << bits) - 1 == STORE
        while not self.dut.enable.value or (stores and not self.settled.value):
            await self.cycle()
        self.dut.granted.value, self.dut.granted_request.value = 1, request
        await self.cycle()
        self.dut.granted.value = 0

    async def tested(self, request: int) -> None:
        """One step; then, far apart, nothing for a while."""
        await self.step(request)
        if self.far:
            await self.pause(FAR)

    async def register(self, address: int, value: int | None = None) -> None:
        """A register is written, or read."""
        writes = value is not None
        await self.step(
            pack(REQUEST, kind=MAINTENANCE, opcode=writes, position=address, size=0xFF * writes, reference=value or 0)
        )


# A device answers no write before it was given it
IMPOSSIBLE = {
    ("copy", "copied journal durable"), ("store", "received journal durable"), ("restore", "restored"),
}  # fmt: skip


def group(place: int) -> int:
    """Address of a register of the group."""
    return 0x4000 + 0x200 * GROUP + place


def tables(original: bool) -> dict[int, int]:
    """A group with three committed journals and one in flight; the first was sent; its pair is copied or being so."""
    information, data = 64 * 4, BLOCK * 4
    return {
        0x1000: ORIGINAL if original else SECONDARY, 0x1010: CAPACITY, 0x1018: 0,
        0x1040: NORMAL, 0x1050: CAPACITY, 0x1068: CAPACITY,
        0x1080: NORMAL, 0x1090: CAPACITY,
        0x2000: COPYING if original else COPIED, 0x2008: 1 if original else PARTNER, 0x2010: VOLUME,
        0x2018: PARTNER if original else 1, 0x2020: VOLUME, 0x2028: GROUP, 0x2030: BLOCK * 8,
        group(0x00): NORMAL, group(0x08): 1, group(0x10): JOURNAL_VOLUME, group(0x18): 9 if original else 8,
        group(0x20): BLOCK * 9, group(0x80): 0, group(0x88): 64 * ENTRIES,
        group(0x90): information, group(0xA0): 64 * ENTRIES + data, group(0xD0): information, group(0xD8): data,
        group(0x98): 0, group(0xA8): 64 * ENTRIES, group(0xC0): 64 * 3, group(0xC8): 64 * ENTRIES + BLOCK * 3,
        group(0xE0): 64 * 3, group(0xE8): BLOCK * 3, group(0xB0): 64, group(0xB8): 0, group(0x180): 64,
        group(0x100): 7, group(0x108): PARTNER, group(0x110): GROUP, group(0x118): AREA, group(0x150): 1 << 31,
        group(0x148): 1 << 20, group(0x168): BLOCK, group(0x170): 1 if original else 2, group(0x188): 6,
        group(0x190): BLOCK * 5,
    }  # fmt: skip


def kinds(original: bool) -> dict[str, int]:
    """Requests of steps that are about the group, by name."""

    def of_group(kind: int, **values: int) -> int:
        return pack(REQUEST, kind=kind, group=GROUP, **values)

    def write(position: int, **values: int) -> int:
        return pack(
            REQUEST, kind=COMMAND, opcode=2, volume=VOLUME, position=position, size=BLOCK, received=BLOCK, stored=1,
            time=5, data_crc=77, **values,
        )  # fmt: skip

    common = {
        "register read": pack(REQUEST, kind=MAINTENANCE, position=group(0x18)),
        "setting": pack(REQUEST, kind=MAINTENANCE, opcode=1, position=group(0x158), size=0xFF, reference=2),
        "suspend": of_group(OPERATION, opcode=SUSPEND),
        "flush": pack(REQUEST, kind=FLUSH, tag=9),
        "read": pack(REQUEST, kind=COMMAND, opcode=1, volume=VOLUME, position=BLOCK, size=BLOCK),
        "read failed": pack(REQUEST, kind=READ_FAILURE, slot=1, failed=1),
        "state taken": of_group(STATE_TAKEN),
        "state answered": of_group(STATE_ANSWER),
        "announced": of_group(ANNOUNCE),
    }
    if original:
        return common | {
            "write": write(0), "write not yet copied": write(BLOCK * 20), "write refused": write(100),
            "copy": of_group(INITIAL_COPY, slot=COPY << 8 | 1),
            "journal durable": pack(REQUEST, kind=JOURNAL_WRITE, slot=HOST << 8 | 2),
            "copied journal durable": pack(REQUEST, kind=JOURNAL_WRITE, slot=COPY << 8 | 1),
            "journal failed": pack(REQUEST, kind=JOURNAL_WRITE, slot=HOST << 8 | 2, failed=1),
            "volume failed": pack(REQUEST, kind=VOLUME_WRITE, slot=HOST << 8 | 2, failed=1),
            "read command": of_group(READ_COMMAND),
            "journals read": of_group(JOURNALS_READ, reference=6, size=1, received=BLOCK),
            "data lost": of_group(SEND_FAILED, volume=0xFFFF, reference=6, failed=1),
            "data read": of_group(SEND_READ, volume=VOLUME, position=BLOCK, size=BLOCK),
            "heartbeat": of_group(HEARTBEAT),
        }  # fmt: skip
    return common | {
        "store": of_group(STORE, volume=VOLUME, size=BLOCK, reference=9, slot=RECEIVED << 8 | 1),
        "store without a pair": of_group(STORE, volume=OTHER_VOLUME, size=BLOCK, reference=9, slot=RECEIVED << 8 | 1),
        "received journal durable": pack(REQUEST, kind=JOURNAL_WRITE, slot=RECEIVED << 8 | 1),
        "commit next": of_group(COMMIT_NEXT, volume=VOLUME, size=BLOCK, reference=8),
        "command": of_group(COMMAND_SEND), "answer": of_group(ANSWER),
        "scan": of_group(RESTORE_SCAN, reference=6),
        "restore": of_group(
            RESTORE_WRITE, volume=VOLUME, position=BLOCK, size=BLOCK, reference=6, slot=RESTORE << 8 | 2
        ),
        "restored": pack(REQUEST, kind=VOLUME_WRITE, slot=RESTORE << 8 | 2),
        "freed": of_group(RESTORE_FREE, volume=VOLUME, position=BLOCK, size=BLOCK, reference=5),
        "write refused": write(0),
    }  # fmt: skip


def operands(dut: Any) -> int:
    """What the requests of `kinds` are about."""
    journal = pack(
        INFORMATION, update_number=9, position=BLOCK * 3, data_offset=BLOCK * 10, size=BLOCK, group=GROUP, volume=VOLUME
    )
    command = pack(READ, by_number=1, journals=2, bytes=4096, first=6, free=5, free_bytes=BLOCK * 6)
    values = {
        "command_source": PARTNER, "command_generation": 7, "command_tag": 3, "command_payload": command,
        "read_area_bytes": BLOCK, "store_information": journal, "operation_arguments": GROUP, "answer_source": PARTNER,
        "answer_generation": 7, "answer_type": 2, "answer_group": GROUP,
    }  # fmt: skip
    return bus(dut, "commit_operands_wires.vh", values)


# A ring in which one entry is left, in a group that is suspended when it is full
FULL = {group(0x28): 1, group(0x90): 64 * (ENTRIES - 1), group(0xD0): 64 * (ENTRIES - 1)}
# Steps for which it matters
ROOM = ("write", "copy", "journal durable", "read command", "volume failed")


def inputs(dut: Any) -> dict[str, int]:
    """The stage's inputs."""
    slots = {
        "lookup_volume": VOLUME, "lookup_size": BLOCK, "lookup_journaled": 1, "lookup_order": 1,
        "lookup_update_number": 8, "lookup_read_volume": OTHER_VOLUME, "lookup_read_size": BLOCK,
        "lookup_read_order": 1,
    }  # fmt: skip
    # by the partner: its group became abnormal
    announced = {
        "received_source": PARTNER, "received_group": GROUP, "received_source_group": GROUP, "received_status": 2,
        "received_generation": 7, "received_reason": 3, "received_wants_answer": 1,
    }  # fmt: skip
    return {
        "first_cycle": 0, "granted": 0, "granted_request": 0, "others_idle": 1, "operands": operands(dut),
        "lookup": bus(dut, "commit_lookup_wires.vh", slots),
        "request_taken": 0, "packet_ready": 3, "state_received": 0, "m_axis_commit_tready": 1,
        "crc_valid": 0, "crc": 77, "state_packet": bus(dut, "commit_state_packet_wires.vh", announced),
    }  # fmt: skip


async def run(dut: Any, original: bool, full: bool, far: bool, pairs: list[tuple[str, str]]) -> list[str]:
    """Reset, then pairs of kinds in turn, each from the same tables. Returns the records."""
    dut.rst.value, dut.crc_valid.value = 1, 0
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    stage, requests = Stage(dut, far), kinds(original)
    jobs = dut.commit_tables_inst.job_table_inst  # device writes in flight since before
    for slot in range(1 << int(jobs.SLOT_WIDTH.value)):
        for name, value in (("volume", VOLUME), ("position", 0), ("size", BLOCK // 512), ("number", 8), ("discard", 0)):
            getattr(jobs, f"{name}_reg")[slot].value = value
    store = dut.commit_decide_inst.secondary_steps_inst.journal_store_inst
    for slot in range(len(store.host_writes)):
        store.host_writes[slot].value = 1
    dut.state_received.value = 1
    await stage.cycle()
    dut.state_received.value = 0
    # whom "state answered" answers, whatever comes before it
    await stage.step(requests["state taken"])
    await stage.pause(FAR)
    rows = tables(original) | (FULL if full else {})
    for address, value in rows.items():
        await stage.register(address, value)
    for first, second in pairs:
        await stage.tested(requests[first])
        await stage.tested(requests[second])
        await stage.register(group(0x18))
        await stage.pause(FAR)
        for address in (group(0x00), 0x2000, 0x1000, 0x1040, group(0x170), group(0xE0), group(0xD0), group(0x90)):
            await stage.register(address, rows[address])
    for place in (*range(0, 0x40, 8), *range(0x80, 0xF0, 8), *range(0x100, 0x1F0, 8)):
        await stage.register(group(place))
    await stage.pause(FAR)
    return stage.records


async def compare(dut: Any, original: bool, full: bool = False, share: int = 1) -> None:
    """Every pair, or one of so many, drawn; close together and far apart; some at a time, so that a fault is soon
    found."""
    rng = await start(dut, **inputs(dut))
    tried = ROOM if full else kinds(original)
    order = [(first, second) for first in tried for second in tried if (first, second) not in IMPOSSIBLE]
    rng.shuffle(order)
    del order[len(order) // share :]
    exits: set[str] = set()
    for done in range(0, len(order), PAIRS):
        pairs = order[done : done + PAIRS]
        close, apart = [await run(dut, original, full, far, pairs) for far in (False, True)]
        assert len(close) > 2 * len(pairs)
        for index, (found, expected) in enumerate(zip(close, apart, strict=True)):
            assert found == expected, f"record {index} behind pair {done}: {found} instead of {expected}"
        exits |= {record[-32:-8] for record in close}
    assert len(exits) >= (8 if full else 15), exits


@cocotb.test
async def test_steps_of_an_original_group_some_back_to_back(dut: Any) -> None:
    """One pair of three."""
    await compare(dut, original=True, share=3)


@cocotb.test
async def test_steps_of_a_secondary_group_some_back_to_back(dut: Any) -> None:
    """One pair of three."""
    await compare(dut, original=False, share=3)


@cocotb.test
async def test_steps_of_an_original_group_back_to_back(dut: Any) -> None:
    """Host writes, initial copy, journals, journal read commands, failures, an operation, registers."""
    await compare(dut, original=True)


@cocotb.test
async def test_steps_of_a_secondary_group_back_to_back(dut: Any) -> None:
    """Journals received, committed, restored and freed, commands, an operation, registers."""
    await compare(dut, original=False)


@cocotb.test
async def test_steps_of_a_group_that_is_full_back_to_back(dut: Any) -> None:
    """One journal more finds room: none passes another one, and what waits for none does not come too soon."""
    await compare(dut, original=True, full=True)
