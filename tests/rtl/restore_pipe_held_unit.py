"""cocotb tests of restore_pipe.v: as many reads of data wait as there may be, and the second part of a journal whose
data goes round the end of its area is not asked for yet, when the journals of its group are dropped.
"""

from typing import Any

import cocotb

from tests.rtl.restore_pipe_resumed_unit import all_freed, kick
from tests.rtl.restore_pipe_unit import BLOCK, INPUTS, WRITE, Bench, Group, settle
from tests.rtl.units import start

MOST_READS = 16
# bytes of the journal that is split: before the end of its area, behind it
FIRST, SECOND = BLOCK, 2 * BLOCK
PATIENCE, WAITING = 500, 20


class HeldBench(Bench):
    """Nothing is committed but by the test; while `held`, reads of data wait in their device."""

    held = True

    def __init__(self, dut: Any, rng: Any) -> None:
        super().__init__(dut, rng, pauses=False)
        # address and bytes of each read of data
        self.asked: list[tuple[int, int]] = []

    def commit(self, group: Group) -> bool:
        """Nothing by chance."""
        return False

    def take_reads(self) -> None:
        """Remember each read of data."""
        if int(self.dut.read_valid.value):
            self.asked.append((int(self.dut.read_address.value), int(self.dut.read_size.value)))
        super().take_reads()

    def serve_reads(self) -> None:
        """While reads of data are held, update information passes them."""
        held = [[job for job in queue if self.held and job[0] == 0] for queue in self.reads]
        for queue, jobs in zip(self.reads, held, strict=True):
            for job in jobs:
                queue.remove(job)
        super().serve_reads()
        for queue, jobs in zip(self.reads, held, strict=True):
            queue.extend(jobs)

    async def ask(self, group: Group, singles: int, behind: int = 0) -> None:
        """Commit journals of one block up to the end of the area, one that is split there, and `behind` more;
        let restore look.
        """
        offset = (group.data_blocks - singles) * BLOCK - FIRST
        for size in (*[BLOCK] * singles, FIRST + SECOND, *[BLOCK] * behind):
            self.append(group, size, offset)
            offset += size
        await kick(self, group)

    async def fill(self) -> None:
        """All reads wait, and go on waiting."""
        for _ in range(PATIENCE):
            await self.cycle()
            if len(self.asked) == MOST_READS:
                break
        for _ in range(WAITING):
            await self.cycle()
        assert len(self.asked) == MOST_READS, f"{len(self.asked)} reads wait"

    async def second_part(self, group: Group) -> None:
        """The devices go on: the next read is the second part."""
        self.held = False
        for _ in range(PATIENCE):
            await self.cycle()
            if len(self.asked) > MOST_READS:
                break
        assert self.asked[MOST_READS - 1 :][:2] == [
            (group.offset + group.data_head + group.data_blocks * BLOCK - FIRST, FIRST),
            (group.offset + group.data_head, SECOND),
        ]


@cocotb.test
async def test_a_second_part_that_waits_is_read_whole_after_a_new_start(dut: Any) -> None:
    """The group is started again, and has journals of its next generation at once."""
    bench = HeldBench(dut, await start(dut, **INPUTS))
    group = bench.groups[0]
    await bench.ask(group, MOST_READS - 1, behind=1)
    await bench.fill()
    await bench.restart(group)
    for size in (2 * BLOCK, BLOCK, 3 * BLOCK):
        last = bench.groups[0].journals[-1:]
        bench.append(bench.groups[0], size, sum(j.information.data_offset + len(j.data) for j in last))
    await kick(bench, bench.groups[0])
    for _ in range(WAITING):
        await bench.cycle()
    await bench.second_part(group)
    await settle(bench)
    all_freed(bench)


@cocotb.test
async def test_a_second_part_that_waits_is_read_whole_after_a_refused_write(dut: Any) -> None:
    """A journal without data is refused while the second part waits: with a third group, whose journal has two reads in
    its one slot. The group is taken over then.
    """
    bench = HeldBench(dut, await start(dut, **INPUTS))
    if len(bench.groups) < 3:
        dut._log.info("no third group: as many reads never wait then")
        return
    group, other = bench.groups[0], bench.groups[2]
    bench.held_requests = 1 << WRITE
    singles = MOST_READS - 3
    bench.append(group, 0, (group.data_blocks - singles) * BLOCK - FIRST)
    await kick(bench, group)
    for _ in range(WAITING):
        await bench.cycle()
    await bench.ask(other, 0)
    for _ in range(2 * WAITING):
        await bench.cycle()
    assert len(bench.asked) == 2
    await bench.ask(group, singles)
    await bench.fill()
    group.normal = False
    bench.held_requests = 0
    for _ in range(WAITING):
        await bench.cycle()
    assert bench.seen.get("write refused") == 1
    await bench.second_part(group)
    group.normal = True
    await kick(bench, group)
    await settle(bench)
    all_freed(bench)
