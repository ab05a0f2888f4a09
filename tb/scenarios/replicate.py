"""The simulation's side of `make sim` with two systems: a workload on the original, its copy on the secondary.

PREFIX.replication holds what came out of it, PREFIX.volumeN.img what the secondary's volumes hold then.
"""

import json
from collections.abc import Callable
from typing import Any

import cocotb
import pyuvm
from cocotb.task import Task

from mirrorlog.simulate.workload import Workload
from tb.config.files import beside
from tb.config.settings import Activity
from tb.environment.consistency import Consistency
from tb.environment.environment import BenchTest
from tb.environment.follower import Follower
from tb.environment.operations import take_over
from tb.environment.sequences import workload_commands
from tb.handles.host_port import HostCommand, Opcode
from tb.running.progress import write_progress
from tb.scenarios.replay import report

# Between two looks at the secondary's volumes
LOOK_CYCLES = (500, 4_000)
POLL_CYCLES = 250
# Within which something must be restored while anything is left
TIMEOUT_CYCLES = 1_000_000
# The path is quiet when nothing has been in flight for so long
QUIET_CYCLES = 500


class ReplicationTest(BenchTest):
    """A test of two systems. `copies` follow the copies from the first to the second and the other way, those that
    there are. `progress_timeout` is the cycles within which something must be restored while anything is left."""

    progress_timeout = TIMEOUT_CYCLES

    def build_phase(self) -> None:
        super().build_phase()
        self.copies: list[Consistency] = []
        for index, original in enumerate(self.bench.systems):
            if self.bench.settings.layouts[original.number].running(Activity.ORIGINAL):
                copy = Consistency(f"copy_of_{original.number}", self)
                copy.bench, copy.original, copy.secondary = self.bench, original, self.bench.systems[1 - index]
                self.copies.append(copy)

    def connect_phase(self) -> None:
        super().connect_phase()
        for copy in self.copies:
            copy.scoreboard = self.environment.scoreboard
            self.environment.monitor.port.connect(copy.analysis_export)

    async def wait_copied(self) -> None:
        """Wait for the end of initial copy."""
        await self._wait(lambda follower: follower.is_copied)

    async def wait_restored(self) -> None:
        """Wait until everything that an original has created is restored."""
        await self._wait(lambda follower: follower.is_copied and follower.is_up_to_date(self.bench.cycle))

    async def _wait(self, reached: Callable[[Follower], bool]) -> None:
        """Wait for a condition of every copy. Raises AssertionError if nothing is restored for too long."""
        before, waited = -1, 0
        followers = [copy.follower for copy in self.copies]
        while not all(reached(follower) for follower in followers):
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now(whole=False)
            self._say(followers)
            now = sum(follower.restored_journals for follower in followers)
            waited = waited + POLL_CYCLES if now == before else 0
            before = now
            assert waited < self.progress_timeout, (
                f"nothing was restored for {self.progress_timeout} cycles, after {now} journals"
            )

    def _say(self, followers: list[Follower]) -> None:
        """Say how far initial copy is, in bytes, or what is left to be restored, in journals."""
        if all(follower.is_copied for follower in followers):
            created = sum(group.created for follower in followers for group in follower.groups.values())
            write_progress(
                self.bench.prefix, "draining", sum(follower.restored_journals for follower in followers), created
            )
        else:
            copied, total = (sum(follower.copied_bytes[i] for follower in followers) for i in range(2))
            write_progress(self.bench.prefix, "copying", copied, total)

    def standing(self) -> list[str]:
        """Say how much of each group is restored."""
        return [
            f"group {number}: {group.created - group.advance(self.bench.cycle)} journals are not restored"
            + ("" if copy.follower.is_copied else ", initial copy has not ended")
            for copy in self.copies
            for number, group in copy.follower.groups.items()
        ]

    def look_now_and_then(self) -> Task[None]:
        """Begin to look at secondary volumes at random moments; cancel what this returns to end it."""

        async def looks() -> None:
            while True:
                await self.bench.sleep(self.bench.generator.randint(*LOOK_CYCLES))
                for copy in self.copies:
                    await copy.look()

        return cocotb.start_soon(looks())

    async def quiet(self) -> None:
        """Cut the path in both directions, and wait until nothing moves on it."""
        for path in self.environment.paths:
            await path.cut()
        for path in self.bench.paths:
            await path.wait_empty()
        await self.bench.sleep(QUIET_CYCLES)

    async def drain(self) -> None:
        """Wait until everything is restored, cut the path, look, and compare the volumes. Raises AssertionError if a
        copy does not equal its original."""
        await self.wait_restored()
        await self.quiet()
        for copy in self.copies:
            assert copy.follower.is_copied and await copy.look()
            _, expected = copy.follower.final(self.bench.cycle)
            assert await copy.volumes() == expected, f"the copy at system {copy.secondary.number} is not its original"


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
            copied = self.copies[0].follower.is_copied
            assert found["consistent"] == copied, f"takeover says {found['consistent']}, initial copy ended: {copied}"
        else:
            await self.wait_restored()
            looks.cancel()
            await self.drain()
        write_progress(self.bench.prefix, "comparing")
        found["looks"] = self.copies[0].looks
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
            writes += command.opcode in (Opcode.WRITE, Opcode.DISCARD)
        return todo

    async def _take_over(self) -> bool:
        """Take every group over; are all consistent?"""
        environment = self.environment.systems[1]
        groups = environment.layout.running(Activity.SECONDARY)
        return all([await take_over(environment, group.number) for group, _ in groups])

    async def _judge(self) -> dict[str, Any]:
        """Write the secondary's volumes, and compare them with the original's history as of the restored number."""
        await self.bench.capture_now()
        copy = self.copies[0]
        images = await copy.volumes()
        for number, image in images.items():
            beside(self.bench.prefix, f"volume{number}.img").write_bytes(image)
        restored, expected = copy.follower.final(self.bench.cycle)
        return {
            "restored_update_number": restored,
            "restored_writes": copy.follower.restored_writes,
            "secondary_equal": images == expected,
        }
