"""Lock-step scenarios of journals that change on their journal volume's device, which says nothing of it."""

import pyuvm

from mirrorlog.formats.outcomes import ReceptionOutcome, RestoreOutcome
from mirrorlog.tables.shared_memory import GroupState, Reason, VolumeState
from tb.environment.environment import Environment
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.storage_device import DeviceDamage
from tb.scenarios import two_systems as systems
from tests.sim.replication_scenarios import BLOCK, COMMAND, JOURNALS
from tests.sim.replication_state_scenarios import (
    BOTH,
    GROUP,
    JOURNAL_VOLUME_STATE,
    RECEPTION,
    RESTORE,
    TIMEOUT_CYCLES,
    Reaching,
)

ORIGINAL, SECONDARY = 0, 1
JOURNAL_DEVICE = 1
ENTRY = 64
INFORMATION = ENTRY * systems.ENTRIES
DATA_BYTES = 32 * systems.KIBIBYTE
# Writes of which one's journal changes, and the bytes of each
WRITES, SIZE = 6, 2 * BLOCK
IDLE_CYCLES = 1000
# Writes that overtake, as many as the journal volume holds, and blocks of each
OVERTAKING, LARGE = 3, (4,)
# Latency of a slow device, and of a usual one
SLOW_CYCLES, WRITE_CYCLES = 1500, 20


class Damaged(Reaching):
    """A byte of a journal changes when system `where` reads it, first or `again`: `exit_` is reached there, its journal
    volume and group are abnormal, and no journal from that one on is stored or restored at the secondary."""

    where: int
    exit_: tuple[int, int]
    data = False
    again = False

    async def body(self) -> None:
        """One of some journals changes, when all before is copied."""
        original, secondary = self.environment.systems
        rng = self.bench.generator
        await self.wait_copied()
        await self.write(original, BOTH, 4)
        await self.wait_restored()
        await self.bench.sleep(IDLE_CYCLES)
        number = await original.read(f"{GROUP}.update_number")
        finder = self.environment.systems[self.where]
        victim = 0 if self.again else rng.choice([0, rng.randrange(WRITES), WRITES - 1])
        if self.data:
            newest = await finder.read(f"{GROUP}.write_data_newest")
            at = INFORMATION + (newest - INFORMATION + victim * SIZE + rng.randrange(SIZE)) % DATA_BYTES
        else:
            newest = await finder.read(f"{GROUP}.update_information_newest")
            at = (newest + victim * ENTRY) % INFORMATION + rng.randrange(ENTRY)
        damage = DeviceDamage(at, at)
        if self.again:
            self.bench.paths[ORIGINAL].fail(Fault.DROP, 1, JOURNALS)
        else:
            finder.system.devices[JOURNAL_DEVICE].damage(damage)
        sent = self.count(RECEPTION, ReceptionOutcome.TRANSMITTED)
        positions = [BLOCK * rng.randrange((systems.CAPACITY - SIZE) // BLOCK) for _ in range(WRITES)]
        commands = [HostCommand(Opcode.WRITE, rng.choice(BOTH), at, SIZE, rng.randbytes(SIZE)) for at in positions]
        sequence = await original.send(commands)
        if self.again:
            await self.reach(RECEPTION, ReceptionOutcome.TRANSMITTED, sent + 1)
            await self.bench.sleep(IDLE_CYCLES)
            finder.system.devices[JOURNAL_DEVICE].damage(damage)
        await self.reach(*self.exit_)
        await sequence.all_answered()
        await self.bench.sleep(IDLE_CYCLES)
        assert await finder.read(JOURNAL_VOLUME_STATE) == VolumeState.ABNORMAL
        assert await finder.read(f"{GROUP}.state") == GroupState.ABNORMAL
        assert await finder.read(f"{GROUP}.reason") == Reason.JOURNAL_DAMAGED
        restored = await secondary.read(f"{GROUP}.next_restore")
        assert restored <= number + victim
        if self.where == ORIGINAL:
            assert await secondary.read(f"{GROUP}.update_number") <= number + victim
            await self.wait_announced(secondary)
        else:
            assert restored == number + victim
        await self.quiet()

    async def wait_announced(self, environment: Environment) -> None:
        """Wait until a system knows that its partner's group is abnormal. Raises AssertionError if it stays unknown."""
        for _ in range(TIMEOUT_CYCLES // IDLE_CYCLES):
            if await environment.read(f"{GROUP}.state") == GroupState.ABNORMAL:
                return
            await self.bench.sleep(IDLE_CYCLES)
        raise AssertionError("the failure is not announced to the partner")


@pyuvm.test()
class SentEntryDamaged(Damaged):
    """Update information that the original reads."""

    where, exit_ = ORIGINAL, (RECEPTION, ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL)


@pyuvm.test()
class SentDataDamaged(Damaged):
    """Write data that the original reads: the packet's trailer is wrong."""

    where, exit_, data = ORIGINAL, (RECEPTION, ReceptionOutcome.DATA_READ_FAILED), True


@pyuvm.test()
class RestoredEntryDamaged(Damaged):
    """Update information that restore reads."""

    where, exit_ = SECONDARY, (RESTORE, RestoreOutcome.READ_FAILED)


@pyuvm.test()
class RestoredDataDamaged(Damaged):
    """Write data that restore reads."""

    where, exit_, data = SECONDARY, (RESTORE, RestoreOutcome.READ_FAILED), True


@pyuvm.test()
class SentEntryDamagedAgain(SentEntryDamaged):
    """What was sent once and lost on the path."""

    again = True


@pyuvm.test()
class SentDataDamagedAgain(SentDataDamaged):
    """What was sent once and lost on the path."""

    again = True


@pyuvm.test()
class Overtaken(Reaching):
    """Journals that are sent a second time are freed and others written in their place before their data is read: the
    packet's trailer is wrong, nothing is abnormal, and both sides are equal in the end."""

    async def body(self) -> None:
        """A command comes twice. The device holds the data that is read for the second one until the next command has
        freed what the first one brought, and others are written there."""
        original = self.environment.systems[ORIGINAL]
        device, commands = original.system.devices[JOURNAL_DEVICE], self.bench.paths[SECONDARY]
        await self.wait_copied()
        await self.wait_restored()
        await self.bench.sleep(IDLE_CYCLES)
        device.set_latency(WRITE_CYCLES, SLOW_CYCLES)
        commands.hold(True)
        await self.bench.sleep(IDLE_CYCLES)
        await self.write(original, BOTH, OVERTAKING, LARGE)
        await self.bench.sleep(IDLE_CYCLES)
        sent = self.count(RECEPTION, ReceptionOutcome.TRANSMITTED)
        again = self.count(RECEPTION, ReceptionOutcome.RETRANSMITTED)
        commands.fail(Fault.DUPLICATE, 1, COMMAND)
        commands.hold(False)
        await self.reach(RECEPTION, ReceptionOutcome.TRANSMITTED, sent + 1)
        commands.hold(True)
        await self.reach(RECEPTION, ReceptionOutcome.RETRANSMITTED, again + 1)
        # the data for the first one comes, that for the second does not
        await self.bench.sleep(SLOW_CYCLES // 3)
        device.hold(read_data=True)
        freed = self.count(RECEPTION, ReceptionOutcome.NO_JOURNAL) + 1
        commands.hold(False)
        await self.reach(RECEPTION, ReceptionOutcome.NO_JOURNAL, freed)
        await self.write(original, BOTH, OVERTAKING, LARGE)
        await self.bench.sleep(IDLE_CYCLES)
        device.hold()
        await self.reach(RECEPTION, ReceptionOutcome.OVERTAKEN)
        device.set_latency(WRITE_CYCLES, WRITE_CYCLES)
        await self.drain()
