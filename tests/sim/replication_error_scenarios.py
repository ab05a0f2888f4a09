"""Lock-step scenarios of device errors in what each process of replication reads and writes."""

import pyuvm

from mirrorlog.formats.outcomes import ReadWriteOutcome, ReceptionOutcome, RestoreOutcome
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from tb.handles.storage_device import DeviceError, Kinds
from tb.scenarios import two_systems as systems
from tests.sim.replication_state_scenarios import (
    BOTH,
    GROUP,
    JOURNAL_VOLUME_STATE,
    READ_WRITE,
    RECEPTION,
    RESTORE,
    Reaching,
)

ORIGINAL, SECONDARY = 0, 1
VOLUMES, JOURNALS = 0, 1
# Of the update information area; journals' data lies behind it
INFORMATION = 64 * systems.ENTRIES
# Longer than it takes until everything restored is freed
IDLE_CYCLES = 1000


class OneError(Reaching):
    """Device `device` of system `where` fails once within bytes `first` to `last`: the exit is reached, what `abnormal`
    names is abnormal, and so are both groups."""

    where: int
    device: int
    kinds: Kinds
    exit_: tuple[int, int]
    abnormal: str
    first = 0
    last = systems.DEVICE_BYTES - 1

    async def body(self) -> None:
        """Fail while it is copied and written."""
        original = self.environment.systems[ORIGINAL]
        failing = self.environment.systems[self.where]
        await self.before()
        failing.system.devices[self.device].fail(DeviceError(self.kinds, self.first, self.last))
        sequence = await original.send(self.writes((systems.SECOND,), 6))
        await self.reach(*self.exit_)
        await sequence.all_answered()
        assert await failing.read(f"{GROUP}.state") == GroupState.ABNORMAL
        assert await failing.read(self.abnormal) == VolumeState.ABNORMAL
        await self.both_abnormal()
        await self.quiet()

    async def before(self) -> None:
        """What happens before the device fails."""


class OneErrorAfterCopy(OneError):
    """As above, when all is copied."""

    async def before(self) -> None:
        """Wait for the end of initial copy."""
        await self.wait_copied()
        await self.write(self.environment.systems[ORIGINAL], BOTH, 4)
        await self.wait_restored()


@pyuvm.test()
class SendingEntriesNotRead(OneErrorAfterCopy):
    """The original reads update information for a batch."""

    where, device, kinds, exit_, abnormal = (
        ORIGINAL,
        JOURNALS,
        Kinds.READS,
        (RECEPTION, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL),
        JOURNAL_VOLUME_STATE,
    )
    last = INFORMATION - 1


class SendingDataFails(Reaching):
    """The original cannot read write data of host writes: the secondary drops the packet, both groups become abnormal,
    and the copy stays as it was."""

    errors: int
    writes_then: int
    exits: tuple[tuple[int, int], ...]

    async def body(self) -> None:
        """Fail when all is copied."""
        original, secondary = self.environment.systems
        await self.wait_copied()
        await self.write(original, BOTH, 4)
        await self.wait_restored()
        await self.bench.sleep(IDLE_CYCLES)
        restored = await secondary.read(f"{GROUP}.next_restore")
        original.system.devices[JOURNALS].fail(DeviceError(Kinds.READS, INFORMATION, count=self.errors))
        await self.write(original, BOTH, self.writes_then)
        for exit_ in self.exits:
            await self.reach(*exit_)
        assert await original.read(JOURNAL_VOLUME_STATE) == VolumeState.ABNORMAL
        await self.both_abnormal()
        assert await secondary.read(f"{GROUP}.next_restore") == restored
        await self.write(original, BOTH, 3)
        await self.quiet()


@pyuvm.test()
class SentDataNotRead(SendingDataFails):
    """No host writes any more: the next command finds the journal volume abnormal."""

    errors, writes_then = 1, 1
    exits = (
        (RECEPTION, ReceptionOutcome.DATA_READ_FAILED),
        (RECEPTION, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL),
    )


@pyuvm.test()
class SentDataNotReadDuringWrites(SendingDataFails):
    """Several reads for a packet fail; the next write may find it before the next command."""

    errors, writes_then = 30, 20
    exits = ((RECEPTION, ReceptionOutcome.DATA_READ_FAILED),)


@pyuvm.test()
class CopiedDataNotRead(OneError):
    """The original reads data of initial copy in place."""

    where, device, kinds, exit_ = (
        ORIGINAL,
        VOLUMES,
        Kinds.READS,
        (RECEPTION, ReceptionOutcome.DATA_READ_FAILED),
    )
    abnormal = f"volume[{systems.FIRST}].state"
    last = systems.CAPACITY - 1


@pyuvm.test()
class ReceivedNotWritten(OneError):
    """The secondary writes received journals."""

    where, device, kinds, exit_, abnormal = (
        SECONDARY,
        JOURNALS,
        Kinds.WRITES,
        (READ_WRITE, ReadWriteOutcome.JOURNAL_WRITE_FAILED),
        JOURNAL_VOLUME_STATE,
    )


@pyuvm.test()
class RestoredEntriesNotRead(OneError):
    """Restore reads update information."""

    where, device, kinds, exit_, abnormal = (
        SECONDARY,
        JOURNALS,
        Kinds.READS,
        (RESTORE, RestoreOutcome.READ_FAILED),
        JOURNAL_VOLUME_STATE,
    )
    last = INFORMATION - 1


@pyuvm.test()
class RestoredDataNotRead(OneError):
    """Restore reads write data."""

    where, device, kinds, exit_, abnormal = (
        SECONDARY,
        JOURNALS,
        Kinds.READS,
        (RESTORE, RestoreOutcome.READ_FAILED),
        JOURNAL_VOLUME_STATE,
    )
    first = INFORMATION


@pyuvm.test()
class RestoredNotWritten(OneError):
    """Restore writes a secondary volume; the journal is kept."""

    where, device, kinds, exit_ = (
        SECONDARY,
        VOLUMES,
        Kinds.WRITES,
        (READ_WRITE, ReadWriteOutcome.VOLUME_WRITE_FAILED),
    )
    abnormal = f"volume[{systems.FIRST}].state"
    last = systems.CAPACITY - 1
