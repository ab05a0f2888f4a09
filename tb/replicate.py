"""The simulation's side of `make sim` with two systems: a workload on the original, its copy on the secondary.

PREFIX.replication holds what came out of it, PREFIX.volumeN.img what the secondary's volumes hold then.
"""

import json
from typing import Any

import cocotb
import pyuvm
from cocotb.task import Task

from model.workload import Workload
from tb.consistency import Consistency, Follower
from tb.environment import BenchTest
from tb.files import beside
from tb.host_port import HostCommand, Opcode
from tb.operations import take_over
from tb.replay import report
from tb.sequences import workload_commands
from tb.settings import Activity

# Between two looks at the secondary's volumes
LOOK_CYCLES = (1_000, 12_000)
POLL_CYCLES = 200
# Within which something must be restored while anything is left
PATIENCE_CYCLES = 1_000_000
# The path is quiet when nothing has been under way for so long
QUIET_CYCLES = 2_000


class ReplicationTest(BenchTest):
    """A test of two systems; the first is the original of every group. `consistency` follows both."""

    def build_phase(self) -> None:
        super().build_phase()
        self.original, self.secondary = self.bench.systems
        self.consistency = Consistency("consistency", self)
        self.consistency.bench = self.bench
        self.consistency.original, self.consistency.secondary = self.original, self.secondary

    def connect_phase(self) -> None:
        super().connect_phase()
        self.environment.monitor.port.connect(self.consistency.analysis_export)

    @property
    def _follower(self) -> Follower:
        return self.consistency.follower

    async def wait_copied(self) -> None:
        """Wait for the end of initial copy."""
        await self._wait(lambda: self._follower.is_copied)

    async def wait_restored(self) -> None:
        """Wait until everything that the original has created is restored."""
        await self._wait(lambda: self._follower.is_copied and self._follower.is_up_to_date(self.bench.cycle))

    async def _wait(self, reached: Any) -> None:
        """Wait for a condition. Raises AssertionError if nothing is restored for too long."""
        before, waited = -1, 0
        while not reached():
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now()
            now = self._follower.restored_journals
            waited = waited + POLL_CYCLES if now == before else 0
            before = now
            assert waited < PATIENCE_CYCLES, f"nothing was restored for {PATIENCE_CYCLES} cycles, after {now} journals"

    def look_now_and_then(self) -> Task[None]:
        """Begin to look at the secondary's volumes at random moments; cancel what this returns to end it."""

        async def looks() -> None:
            while True:
                await self.bench.sleep(self.bench.generator.randint(*LOOK_CYCLES))
                await self.consistency.look()

        return cocotb.start_soon(looks())

    async def quiet(self) -> None:
        """Cut the path in both directions, and wait until nothing moves on it."""
        for path in self.bench.paths:
            path.cut()
        for path in self.bench.paths:
            await path.wait_empty()
        await self.bench.sleep(QUIET_CYCLES)

    async def secondary_volumes(self) -> dict[int, bytes]:
        """Return what the secondary's volumes hold on its devices."""
        layout = self.bench.settings.layouts[self.secondary.number]
        numbers = {pair.original_volume for pair in layout.pairs}
        dumps = {device: await handle.dump() for device, handle in enumerate(self.secondary.devices)}
        return {
            v.number: dumps[v.device][v.offset : v.offset + v.capacity] for v in layout.volumes if v.number in numbers
        }


@pyuvm.test()
class Replicate(ReplicationTest):
    """Replays the settings' trace. Without a crash everything is restored in the end; with one the path is cut after
    some write, and the secondary is taken over."""

    async def body(self) -> None:
        """Copy, write, look; then drain, or crash and take over."""
        settings = self.bench.settings
        environment = self.environment.systems[0]
        found: dict[str, Any] = {}
        if settings.copy_before:
            await self.wait_copied()
        todo = self._commands()
        reporter = cocotb.start_soon(report(self.bench, len(todo)))
        looks = self.look_now_and_then()
        sequence = await environment.send(todo)
        await sequence.all_answered()
        reporter.cancel()
        if settings.crash_at:
            await self.quiet()
            looks.cancel()
            found["consistent"] = await self._take_over()
            await self.bench.capture_now()
            assert found["consistent"] == self._follower.is_copied, "takeover is wrong about the end of initial copy"
        else:
            await self.wait_restored()
            looks.cancel()
            await self.quiet()
            await self.consistency.look()
        found["looks"] = self.consistency.looks
        found |= await self._judge()
        beside(self.bench.prefix, "replication").write_text(json.dumps(found))

    def _commands(self) -> list[HostCommand]:
        """The trace's commands, up to the write after which the original is lost."""
        settings = self.bench.settings
        workload = Workload.load(settings.trace)
        todo: list[HostCommand] = []
        writes = 0
        for command in workload_commands(workload, settings.parameters.max_transfer_bytes):
            if settings.crash_at and writes == settings.crash_at:
                break
            todo.append(command)
            writes += command.opcode == Opcode.WRITE
        return todo

    async def _take_over(self) -> bool:
        """Take every group over; are all consistent?"""
        groups = [
            group.number
            for group in self.bench.settings.layouts[self.secondary.number].groups
            if group.replication is not None and group.replication.activity & Activity.SECONDARY
        ]
        environment = self.environment.systems[1]
        return all([await take_over(environment, group) for group in groups])

    async def _judge(self) -> dict[str, Any]:
        """Write the secondary's volumes, and compare them with the original's history as of the restored number."""
        await self.bench.capture_now()
        images = await self.secondary_volumes()
        for number, image in images.items():
            beside(self.bench.prefix, f"volume{number}.img").write_bytes(image)
        restored, expected = self._follower.final(self.bench.cycle)
        writes = self._follower.restored_writes
        return {
            "restored_update_number": restored,
            "restored_writes": writes,
            "secondary_equal": images == expected,
        }
