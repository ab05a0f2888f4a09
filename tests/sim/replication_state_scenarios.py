"""Lock-step scenarios of replication in every state: generations, group states, journal volumes that are abnormal or
full, silence, a path that is cut and healed. The scoreboard compares everything; a scenario goes on once records have
the exit it is about."""

from collections.abc import Callable

import pyuvm

from mirrorlog.formats.commit_record import Process
from mirrorlog.formats.outcomes import (
    InitialCopyOutcome,
    ReadCommandOutcome,
    ReceptionOutcome,
    RestoreOutcome,
    StoreOutcome,
)
from mirrorlog.tables.shared_memory import GroupState, Reason, VolumeState
from tb.config.settings import Activity
from tb.environment.environment import IDLE_POLLS, POLL_CYCLES, Environment
from tb.handles.connection_path import Fault
from tb.scenarios import two_systems as systems
from tb.scenarios.written import Written
from tests.sim.replication_scenarios import JOURNALS

BOTH = (systems.FIRST, systems.SECOND)
GROUP = f"group[{systems.GROUP}]"
JOURNAL_VOLUME_STATE = f"volume[{systems.JOURNAL}].state"
SECONDARY = Activity.RETRY | Activity.SECONDARY
READ_WRITE, INITIAL_COPY, RECEPTION = Process.READ_WRITE, Process.INITIAL_COPY, Process.JOURNAL_READ_RECEPTION
READ_COMMAND, STORE, RESTORE = Process.JOURNAL_READ_COMMAND, Process.JOURNAL_STORE, Process.RESTORE
# Within which an exit must be reached
TIMEOUT_CYCLES = 60_000
LONG_DELAY = 600
VERY_LONG_DELAY = 1500
# Writes that fit the journal volume while nothing is freed
FEW = 5


class Reaching(Written):
    """Waits for exits of the flow charts."""

    def count(self, process: int, outcome: int) -> int:
        """Return how many records so far had this exit."""
        exits = self.environment.scoreboard.comparison.exits
        return sum(count for exit_, count in exits.items() if exit_[:2] == (process, outcome))

    async def reach(self, process: int, outcome: int, total: int = 1) -> None:
        """Wait until `total` records of the run have this exit. Raises AssertionError if that does not happen."""
        await self.until(lambda: self.count(process, outcome) >= total, f"exit {outcome} of process {process}")

    async def until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait for a condition. Raises AssertionError if it does not come."""
        for _ in range(TIMEOUT_CYCLES // POLL_CYCLES):
            await self.bench.sleep(POLL_CYCLES)
            await self.bench.capture_now()
            if reached():
                return
        raise AssertionError(f"no {what} within {TIMEOUT_CYCLES} cycles")

    async def both_abnormal(self) -> None:
        """Wait until the group is abnormal on both sides: who becomes so says so. Raises AssertionError if not."""
        for environment in self.environment.systems:
            for _ in range(TIMEOUT_CYCLES // POLL_CYCLES):
                if await environment.read(f"{GROUP}.state") == GroupState.ABNORMAL:
                    break
                await self.bench.sleep(POLL_CYCLES)
            else:
                raise AssertionError(f"the group of system {environment.system.number} is not abnormal")

    async def load(self, environment: Environment, name: str, value: int) -> None:
        """Write a register that is written while its system is idle. Raises AssertionError if it never is."""
        for _ in range(IDLE_POLLS):
            if await environment.write(name, value) == 0:
                return
            await self.bench.cycles(POLL_CYCLES)
        raise AssertionError(f"system {environment.system.number} is too busy for {name}")


@pyuvm.test()
class OtherGenerations(Reaching):
    """Commands of another generation are dropped; with equal generations it goes on."""

    async def body(self) -> None:
        """The secondary changes its generation, then the original does."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        for path in self.bench.paths:
            path.set_delay(LONG_DELAY)
        await self.reach(READ_COMMAND, ReadCommandOutcome.WAITS, 2)
        await self.load(secondary, f"{GROUP}.generation", 2)
        await self.reach(RECEPTION, ReceptionOutcome.DROPPED)
        await self.load(original, f"{GROUP}.generation", 2)
        await self.write(original, BOTH, 10)
        await self.drain()


@pyuvm.test()
class OldGenerations(Reaching):
    """What was on the path when a system began a new generation is dropped there, and changes nothing."""

    async def body(self) -> None:
        """Journals of the old generation come to the secondary, then commands of it to the original."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        for path in self.bench.paths:
            path.set_delay(VERY_LONG_DELAY)
        await self.bench.sleep(VERY_LONG_DELAY)
        sent, dropped = (
            self.count(RECEPTION, ReceptionOutcome.TRANSMITTED),
            self.count(READ_COMMAND, ReadCommandOutcome.DROPPED),
        )
        await self.write(original, BOTH, 1)
        await self.reach(RECEPTION, ReceptionOutcome.TRANSMITTED, sent + 1)
        number = await secondary.read(f"{GROUP}.update_number")
        stored = self.count(STORE, StoreOutcome.STORED)
        await self.load(secondary, f"{GROUP}.generation", 2)
        await self.load(original, f"{GROUP}.generation", 2)
        await self.reach(READ_COMMAND, ReadCommandOutcome.DROPPED, dropped + 1)
        assert (
            await secondary.read(f"{GROUP}.update_number"),
            self.count(STORE, StoreOutcome.STORED),
        ) == (number, stored)
        await self.wait_restored()
        asked, dropped = (
            self.count(READ_COMMAND, ReadCommandOutcome.SENT),
            self.count(RECEPTION, ReceptionOutcome.DROPPED),
        )
        await self.reach(READ_COMMAND, ReadCommandOutcome.SENT, asked + 1)
        await self.load(original, f"{GROUP}.generation", 3)
        await self.write(original, BOTH, 1)
        sent = self.count(RECEPTION, ReceptionOutcome.TRANSMITTED)
        await self.reach(RECEPTION, ReceptionOutcome.DROPPED, dropped + 1)
        assert self.count(RECEPTION, ReceptionOutcome.TRANSMITTED) == sent
        await self.load(secondary, f"{GROUP}.generation", 3)
        await self.write(original, BOTH, 5)
        await self.drain()


@pyuvm.test()
class PostedStates(Reaching):
    """Group state "blank" stops reading until it is started again, "abnormal" makes the secondary's group abnormal."""

    async def body(self) -> None:
        """Blank, normal, abnormal."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.load(original, f"{GROUP}.state", GroupState.BLANK)
        await self.reach(READ_COMMAND, ReadCommandOutcome.GROUP_STATE_TAKEN)
        assert await secondary.read(f"{GROUP}.activity") == SECONDARY | Activity.STOPPED
        await self.load(original, f"{GROUP}.state", GroupState.NORMAL)
        await self.load(secondary, f"{GROUP}.activity", SECONDARY)
        await self.write(original, BOTH, 10)
        await self.wait_restored()
        await self.load(original, f"{GROUP}.state", GroupState.ABNORMAL)
        await self.reach(READ_COMMAND, ReadCommandOutcome.GROUP_STATE_TAKEN, 2)
        assert await secondary.read(f"{GROUP}.state") == GroupState.ABNORMAL
        await self.load(secondary, f"{GROUP}.activity", SECONDARY)
        await self.bench.sleep(POLL_CYCLES)
        await self.quiet()


@pyuvm.test()
class Gone(Reaching):
    """A number that the original has no more ends the copy."""

    async def body(self) -> None:
        """The original's numbers go on without the secondary."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.quiet()
        number = await original.read(f"{GROUP}.update_number")
        await self.load(original, f"{GROUP}.update_number", number + 10)
        for path in self.bench.paths:
            path.heal()
        await self.reach(RECEPTION, ReceptionOutcome.GONE)
        await self.reach(READ_COMMAND, ReadCommandOutcome.GROUP_STATE_TAKEN)
        assert await secondary.read(f"{GROUP}.state") == GroupState.ABNORMAL
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class OriginalJournalVolumeAbnormal(Reaching):
    """The next command finds it; its answer makes both groups abnormal, and host writes go on."""

    async def body(self) -> None:
        """Make it abnormal when all is copied."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.load(original, JOURNAL_VOLUME_STATE, VolumeState.ABNORMAL)
        await self.both_abnormal()
        assert await original.read(f"{GROUP}.reason") == Reason.JOURNAL_DEVICE
        assert await secondary.read(f"{GROUP}.reason") == Reason.TOLD_BY_PARTNER
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class SecondaryJournalVolumeAbnormal(Reaching):
    """The next journals that come find it: that makes the secondary's group abnormal."""

    async def body(self) -> None:
        """Make it abnormal when all is copied."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.load(secondary, JOURNAL_VOLUME_STATE, VolumeState.ABNORMAL)
        await self.write(original, BOTH, 3)
        await self.reach(READ_COMMAND, ReadCommandOutcome.JOURNAL_VOLUME_ABNORMAL)
        await self.both_abnormal()
        assert await original.read(f"{GROUP}.reason") == Reason.TOLD_BY_PARTNER
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class RestoreFindsJournalVolumeAbnormal(Reaching):
    """Restore looks before any answer comes."""

    async def body(self) -> None:
        """Without a path, restore is started again."""
        _, secondary = self.environment.systems
        await self.wait_copied()
        await self.quiet()
        await self.load(secondary, JOURNAL_VOLUME_STATE, VolumeState.ABNORMAL)
        await self.load(secondary, f"{GROUP}.activity", SECONDARY)
        await self.reach(RESTORE, RestoreOutcome.JOURNAL_VOLUME_ABNORMAL)
        assert await secondary.read(f"{GROUP}.state") == GroupState.ABNORMAL


@pyuvm.test()
class CopyWithoutJournalVolume(Reaching):
    """Initial copy finds the journal volume abnormal from the start."""

    async def body(self) -> None:
        """Nothing is copied; host writes go on."""
        original, _ = self.environment.systems
        await self.both_abnormal()
        assert self.count(INITIAL_COPY, InitialCopyOutcome.STOPPED) == 1
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class CopyOfAbnormalVolume(Reaching):
    """A pair whose original volume is abnormal fails alone."""

    async def body(self) -> None:
        """The other volume is copied, and written."""
        original, secondary = self.environment.systems
        await self.reach(INITIAL_COPY, InitialCopyOutcome.END_MARKED)
        assert self.count(INITIAL_COPY, InitialCopyOutcome.VOLUME_ABNORMAL) == 1
        await self.write(original, (systems.FIRST,), 5)
        await self.reach(READ_COMMAND, ReadCommandOutcome.WAITS, 2)
        assert await secondary.read(f"{GROUP}.state") == GroupState.NORMAL
        await self.quiet()


@pyuvm.test()
class UnknownPair(Reaching):
    """A journal of a volume without a pair, or that its secondary volume has no room for, is not stored, nor is any
    behind it: the groups do not match."""

    stored = True

    async def body(self) -> None:
        """The first volume's units are stored; then it is over on both sides."""
        original, secondary = self.environment.systems
        await self.both_abnormal()
        assert (self.count(STORE, StoreOutcome.STORED) > 0) == self.stored
        assert await secondary.read(f"{GROUP}.reason") == Reason.NEVER_FITS
        assert await original.read(f"{GROUP}.reason") == Reason.TOLD_BY_PARTNER
        await self.quiet()


@pyuvm.test()
class NeverFits(UnknownPair):
    """No unit is smaller than the secondary's write data area."""

    stored = False


@pyuvm.test()
class FullSecondary(Reaching):
    """The secondary's journal volume gets full; when it is restored again, nothing is missing."""

    async def body(self) -> None:
        """Hold restore up by its device's responses."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        device = secondary.system.devices[0]
        device.hold(write_responses=True)
        sequence = await original.send(self.writes(BOTH, 40))
        await self.reach(STORE, StoreOutcome.NO_ROOM)
        device.hold()
        await sequence.all_answered()
        await self.drain()


@pyuvm.test()
class FullSecondaryLoses(Reaching):
    """Plain mode without retry: what was dropped is not asked for again, so that the secondary's group is abnormal."""

    async def body(self) -> None:
        """Initial copy alone is too much at once."""
        _, secondary = self.environment.systems
        await self.reach(READ_COMMAND, ReadCommandOutcome.GROUP_STATE_TAKEN)
        assert await secondary.read(f"{GROUP}.state") == GroupState.ABNORMAL
        await self.quiet()


@pyuvm.test()
class Ahead(Reaching):
    """With several commands in flight a lost packet lets later journals come first: they wait for their turn."""

    async def body(self) -> None:
        """Lose one packet of journals while others follow."""
        original, _ = self.environment.systems
        there, _ = self.bench.paths
        await self.wait_copied()
        there.fail(Fault.DROP, 1, JOURNALS)
        await self.write(original, BOTH, 30)
        await self.drain()
        assert self.count(STORE, StoreOutcome.COMMITTED) > 0


@pyuvm.test()
class HeartbeatTimeout(Reaching):
    """No command for longer than `silence`: the group becomes abnormal, host writes go on."""

    async def body(self) -> None:
        """Cut the path."""
        original, _ = self.environment.systems
        await self.wait_copied()
        for path in self.bench.paths:
            path.cut()
        await self.reach(RECEPTION, ReceptionOutcome.HEARTBEAT_TIMEOUT)
        assert await original.read(f"{GROUP}.state") == GroupState.ABNORMAL
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class CutAndHealed(Reaching):
    """Writes go on while the path is cut; when it is healed, everything is sent."""

    async def body(self) -> None:
        """Cut the one direction, the other one, both."""
        original, _ = self.environment.systems
        there, back = self.bench.paths
        await self.wait_copied()
        for paths in ((there,), (back,), (there, back)):
            lost = paths[-1].counts().lost
            for path in paths:
                path.cut()
            await self.write(original, BOTH, FEW)
            await self.until(lambda path=paths[-1], lost=lost: path.counts().lost > lost, "packet lost")
            for path in paths:
                path.heal()
            await self.write(original, BOTH, 10)
            await self.wait_restored()
        await self.drain()
