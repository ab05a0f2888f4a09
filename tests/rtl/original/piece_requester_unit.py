"""cocotb tests of piece_requester.v: whose turn it is, and how long a read takes."""

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from tests.rtl.units import request_field, start

BLOCKS, UNITS_AHEAD = 1, 1 << 20
READS = 24
# cycles of a read; one more behind a packet: its group may have no other
CYCLES, CYCLES_BEHIND_PACKET = 4, 5
GROUP, GROUP_BITS = request_field("group")
# what does not change: every journal is a block in the write data area, far from its end
CONSTANTS = {"size": BLOCKS, "in_area": 1, "area_end": UNITS_AHEAD}
INPUTS = dict.fromkeys(
    ("pending", "buffer", "journals", "journal_volume", "data_head", "volume", "position", "may_reserve",
     "request_taken"),
    0,
)  # fmt: skip


async def reads(dut: Any, count: int) -> list[tuple[int, int]]:
    """Grant so many steps at once; return their groups, and the cycles since the one before."""
    found: list[tuple[int, int]] = []
    cycles = 0
    while len(found) < count:
        await FallingEdge(dut.clk)
        cycles += 1
        assert cycles <= 2 * CYCLES_BEHIND_PACKET, "no read is asked for"
        dut.request_taken.value = valid = int(dut.request_valid.value)
        if valid:
            found.append((int(dut.request.value) >> GROUP & ((1 << GROUP_BITS) - 1), cycles))
            cycles = 0
    return found


@cocotb.test
async def test_groups_take_turns_with_a_read_each(dut: Any) -> None:
    """All groups, some, or one have packets without end, of one journal or of several, one after the other."""
    await start(dut, **INPUTS, **CONSTANTS)
    groups = int(dut.GROUPS.value)
    dut.may_reserve.value = (1 << groups) - 1
    for journals in (1, 3):
        for waiting in ([*range(groups)], [0, 1], [0, groups - 1], [1, 2, 3], [2]):
            # the packet that is begun ends as it began
            dut.journals.value = journals
            dut.pending.value = sum(1 << group for group in waiting)
            # what was asked for before has left
            await reads(dut, 2 * groups * journals)
            found = await reads(dut, READS)
            order = [waiting.index(group) for group, _ in found]
            turns = [(before + 1) % len(waiting) for before in order[:-1]]
            assert order[1:] == turns, f"groups {waiting}: {found}"
            taken = [cycles for _, cycles in found[1:]]
            behind_packets = len(taken) if journals == 1 else -(-len(taken) // journals)
            assert set(taken) <= {CYCLES, CYCLES_BEHIND_PACKET}
            assert taken.count(CYCLES_BEHIND_PACKET) <= behind_packets + len(waiting), f"groups {waiting}: {taken}"
