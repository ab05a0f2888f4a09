"""Lock-step scenarios of one storage system, each run by a test of this folder. The scoreboard compares everything;
what a
scenario asserts is that it reached what it is about."""

import pyuvm
from cocotb.triggers import with_timeout

from mirrorlog.tables.shared_memory import FullPolicy, GroupState, PairState, VolumeState
from mirrorlog.tables.status import Status
from tb.environment.environment import Environment, SystemTest
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds, pause
from tb.scenarios import one_system as systems

BLOCK = 512
# For an access that nothing may hold up
MOST_NS = 4000


def write(
    volume: int, position: int = 0, size: int = BLOCK, fill: int = 0xA5, opcode: int = Opcode.WRITE, **more: bool
) -> HostCommand:
    """A write whose data differs in every block."""
    data = b"".join(bytes([(fill + block) % 256]) * BLOCK for block in range(size // BLOCK))
    return HostCommand(opcode, volume, position, size, data, **more)


def discard(volume: int, position: int, size: int, opcode: int = Opcode.DISCARD) -> HostCommand:
    """A discard."""
    return HostCommand(opcode, volume, position, size)


def read(volume: int, position: int = 0, size: int = BLOCK, **more: bool) -> HostCommand:
    """A read."""
    return HostCommand(Opcode.READ, volume, position, size, **more)


def flush(volume: int, **more: bool) -> HostCommand:
    """A flush."""
    return HostCommand(Opcode.FLUSH, volume, **more)


@pyuvm.test()
class RefusedCommands(SystemTest):
    """Every refusal, with its code, in the order in which they are checked; the system works on."""

    async def scenario(self, environment: Environment) -> None:
        """Send each wrong command, then right ones."""
        most = self.bench.settings.parameters.max_transfer_bytes
        beat = self.bench.settings.parameters.data_width // 8
        original, other = systems.ORIGINAL, systems.OTHER_GROUP
        short, long = bytes(BLOCK - beat), bytes(BLOCK + 3 * beat)
        expected = [
            *((HostCommand(opcode, original, 0, BLOCK), Status.INVALID_OPCODE) for opcode in (0, 6, 0x81, 255)),
            (HostCommand(Opcode.JOURNAL_READ, original, 0, BLOCK), Status.JOURNAL_READ_REFUSED),
            *((write(volume, size=BLOCK), Status.UNKNOWN_VOLUME) for volume in (12, 13, 0x8001, 0xFFFF)),
            *((make(12), Status.UNKNOWN_VOLUME) for make in (read, flush)),
            *((make(systems.BLANK), Status.VOLUME_BLANK) for make in (write, read, flush)),
            *((make(systems.ABNORMAL), Status.VOLUME_ABNORMAL) for make in (write, read, flush)),
            *((make(systems.SECONDARY), Status.VOLUME_SECONDARY) for make in (write, read, flush)),
            (HostCommand(Opcode.WRITE, original), Status.ZERO_SIZE),
            (read(original, size=0), Status.ZERO_SIZE),
            (read(original, 1), Status.UNALIGNED),
            (read(original, 0, 511), Status.UNALIGNED),
            (HostCommand(Opcode.WRITE, original, 256, BLOCK, bytes(BLOCK)), Status.UNALIGNED),
            (HostCommand(Opcode.WRITE, original, 0, 100, bytes(beat)), Status.UNALIGNED),
            (read(original, 0, most + BLOCK), Status.TOO_LARGE),
            (write(original, 0, most + BLOCK), Status.TOO_LARGE),
            (write(original, 0, 4 * most), Status.TOO_LARGE),
            (read(original, 0, 2**31), Status.TOO_LARGE),
            (read(original, systems.CAPACITY), Status.OUT_OF_RANGE),
            (write(original, systems.CAPACITY - BLOCK, 2 * BLOCK), Status.OUT_OF_RANGE),
            (write(original, 2**64 - BLOCK), Status.OUT_OF_RANGE),
            (write(original, 2**48), Status.OUT_OF_RANGE),
            (write(systems.JOURNAL), Status.JOURNAL_VOLUME),
            (HostCommand(Opcode.WRITE, original, 0, BLOCK, short), Status.DATA_LENGTH),
            (HostCommand(Opcode.WRITE, original, 0, BLOCK, long), Status.DATA_LENGTH),
            (HostCommand(Opcode.WRITE, systems.NORMAL, 0, most, bytes(beat)), Status.DATA_LENGTH),
            (HostCommand(Opcode.WRITE, systems.NORMAL, 0, BLOCK, bytes(3 * most)), Status.DATA_LENGTH),
            # the first reason in the order of the checks
            (HostCommand(Opcode.WRITE, 13, 1, 0), Status.UNKNOWN_VOLUME),
            (HostCommand(Opcode.WRITE, systems.BLANK, 1, 100, bytes(beat)), Status.VOLUME_BLANK),
            (HostCommand(Opcode.WRITE, original, 1, 0), Status.ZERO_SIZE),
            (HostCommand(Opcode.WRITE, original, 2**63, most + 1, bytes(beat)), Status.UNALIGNED),
            (HostCommand(Opcode.WRITE, original, 2**63, 2 * most, bytes(beat)), Status.TOO_LARGE),
            (HostCommand(Opcode.WRITE, original, 2**63, BLOCK, bytes(2 * BLOCK)), Status.OUT_OF_RANGE),
            (HostCommand(Opcode.WRITE, systems.JOURNAL, 0, BLOCK, short), Status.JOURNAL_VOLUME),
            (discard(systems.JOURNAL, 0, BLOCK), Status.JOURNAL_VOLUME),
            (discard(original, 0, 0, Opcode.DISCARD_FUA), Status.ZERO_SIZE),
            (discard(original, 0, most + BLOCK), Status.TOO_LARGE),
            (discard(original, 256, BLOCK), Status.UNALIGNED),
        ]
        good = [(write(original, BLOCK * n), Status.OK) for n in range(4)] + [(read(original), Status.OK)]
        good += [(write(other), Status.OK), (flush(original), Status.OK)]
        await self._expect(environment, expected + good)
        await environment.settle()  # what a journal volume holds is known when nothing is in flight
        await self._expect(environment, [(read(systems.JOURNAL, 0, most), Status.OK)])
        # mixed with right ones, in another order
        again = expected + good * 3
        self.bench.generator.shuffle(again)
        await self._expect(environment, again)

    @staticmethod
    async def _expect(environment: Environment, expected: list[tuple[HostCommand, Status]]) -> None:
        statuses = await environment.do(*(command for command, _ in expected))
        for (command, status), actual in zip(expected, statuses, strict=True):
            assert actual == status, f"{command}: status {actual}, expected {status}"


@pyuvm.test()
class WorkingStates(SystemTest):
    """Writes to volumes of every working state: journaled, before C, behind C, straddling C, not copying, suspended,
    no pair."""

    async def scenario(self, environment: Environment) -> None:
        """Write around C, and everywhere else."""
        copied = systems.COPIED
        commands = [write(systems.COPYING, copied + at * BLOCK, 3 * BLOCK) for at in (-4, -3, -2, -1, 0, 1)]
        for volume in (systems.NORMAL, systems.ORIGINAL, systems.NO_PAIR, systems.NOT_COPYING, systems.SUSPENDED):
            commands += [write(volume, 0, 4 * BLOCK), read(volume, BLOCK, 2 * BLOCK), flush(volume)]
        assert set(await environment.do(*commands)) == {Status.OK}


@pyuvm.test()
class FullJournal(SystemTest):
    """More writes than the journal holds; what then happens is the policy's."""

    async def scenario(self, environment: Environment) -> None:
        """Fill the journal, go on writing."""
        rng = self.bench.generator
        todo = [write(systems.ORIGINAL, BLOCK * rng.randrange(64), BLOCK * rng.choice([1, 2, 7, 8])) for _ in range(60)]
        await environment.do(*todo, read(systems.ORIGINAL), flush(systems.ORIGINAL))


@pyuvm.test()
class PolicyChanged(SystemTest):
    """A write that waits for room follows the policy and the watch time that are written while it waits."""

    async def scenario(self, environment: Environment) -> None:
        """Fill the journal; let a write wait, and change what decides on it."""
        row = f"group[{systems.GROUP}]."
        entries = self.bench.settings.layout.groups[0].information_bytes // 64
        assert await environment.do(*(write(systems.ORIGINAL) for _ in range(entries))) == [Status.OK] * entries
        cases = (("full_policy", FullPolicy.ERROR, Status.JOURNAL_FULL), ("watch_time", 40, Status.OK))
        for name, value, status in cases:
            assert await environment.write(row + "full_policy", FullPolicy.STALL) == 0
            sequence = await environment.send([write(systems.ORIGINAL)])
            await self.bench.cycles(300)
            # longer than it has waited: it goes on waiting
            assert await environment.write(row + "watch_time", 100_000) == 0
            assert await environment.write(row + "state", 1) == 2, "no setting, and the system is not idle"
            assert await environment.write(row + name, value) == 0
            await sequence.all_answered()
            assert [item.status for item in sequence.items] == [status], name


@pyuvm.test()
class VolumeFailsBeforeAStalledWrite(SystemTest):
    """A write that waits for room learns that its volume has become abnormal, though no room comes."""

    async def scenario(self, environment: Environment) -> None:
        """The device answers the write that fills the journal with an error once another one waits."""
        row = self.bench.settings.layout.volumes[systems.ORIGINAL]
        entries = self.bench.settings.layout.groups[0].information_bytes // 64
        device = self.bench.devices[row.device]
        assert set(await environment.do(*(write(systems.ORIGINAL) for _ in range(entries - 1)))) == {Status.OK}
        device.fail(DeviceError(Kinds.WRITES, row.offset, row.offset + BLOCK - 1))
        device.hold(write_responses=True)
        sequence = await environment.send([write(systems.ORIGINAL), write(systems.ORIGINAL, 2 * BLOCK)])
        await self.bench.cycles(600)
        assert [item.answered.is_set() for item in sequence.items] == [True, False]
        device.hold()
        await self.bench.cycles(600)
        assert sequence.items[-1].answered.is_set(), "a write to a volume that is abnormal still waits for room"
        assert [item.status for item in sequence.items] == [Status.OK, Status.VOLUME_ABNORMAL]


@pyuvm.test()
class FillExactly(SystemTest):
    """Writes that would fill the write data area to its last byte, which must stay free."""

    async def scenario(self, environment: Environment) -> None:
        """The layout's write data area is twice the largest transfer."""
        most = self.bench.settings.parameters.max_transfer_bytes
        sizes = [most, most, most - BLOCK, BLOCK]
        statuses = await environment.do(*(write(systems.ORIGINAL, 0, size) for size in sizes))
        assert statuses == [Status.OK, Status.JOURNAL_FULL, Status.OK, Status.JOURNAL_FULL]


@pyuvm.test()
class NeverFits(SystemTest):
    """A write as large as the whole write data area is refused; one block less is taken."""

    async def scenario(self, environment: Environment) -> None:
        """The layout's write data area is the largest transfer."""
        area = self.bench.settings.parameters.max_transfer_bytes
        statuses = await environment.do(write(systems.ORIGINAL, 0, area), write(systems.ORIGINAL, 0, area - BLOCK))
        assert statuses == [Status.NEVER_FITS, Status.OK]
        # behind C no journal is due: still refused, as the pair may get there
        assert await environment.do(write(systems.COPYING, systems.COPIED, area)) == [Status.NEVER_FITS]
        assert await environment.do(write(systems.NO_PAIR, 0, area)) == [Status.OK]
        # the reason that comes first
        short = HostCommand(Opcode.WRITE, systems.ORIGINAL, 0, area, bytes(area - BLOCK))
        assert await environment.do(short) == [Status.DATA_LENGTH]


@pyuvm.test()
class VolumeWriteError(SystemTest):
    """A device fails writes of volumes: journaled, not journaled; the volume becomes abnormal, a flush says so."""

    async def scenario(self, environment: Environment) -> None:
        """Fail one write of each volume, flush, and be refused from then on."""
        for volume in (systems.ORIGINAL, systems.NORMAL, systems.NOT_COPYING, systems.NO_PAIR):
            row = self.bench.settings.layout.volumes[volume]
            device, first = self.bench.devices[row.device], row.offset + BLOCK
            device.fail(DeviceError(Kinds.WRITES, first, first + BLOCK - 1, resp=2 + volume % 2))
            # the flush waits behind the writes, of which the first fails while they are held up
            device.hold(write_responses=True)
            todo = [write(volume, 0, 4 * BLOCK), write(volume, 8 * BLOCK), flush(volume)]
            sequence = await environment.send(todo)
            await self.bench.cycles(300)
            device.hold()
            await sequence.all_answered()
            assert [item.status for item in sequence.items] == [Status.OK, Status.OK, Status.DEVICE_ERROR], volume
            assert await environment.read(f"volume[{volume}].state") == VolumeState.ABNORMAL
            refused = await environment.do(read(volume), write(volume, BLOCK), flush(volume))
            assert refused == [Status.VOLUME_ABNORMAL] * 3
        assert await environment.read("pair[1].state") == PairState.NORMAL  # its write was journaled
        assert await environment.read("pair[3].state") == PairState.ABNORMAL


@pyuvm.test()
class DeviceLies(SystemTest):
    """A device returns something else than it holds: the comparison says so."""

    async def scenario(self, environment: Environment) -> None:
        """Read what was written, right and then wrong."""
        await environment.do(write(systems.ORIGINAL), flush(systems.ORIGINAL), read(systems.ORIGINAL))
        offset = systems.ORIGINAL * systems.CAPACITY
        self.bench.devices[0].damage(DeviceDamage(offset + 17, offset + 17))
        await environment.do(read(systems.ORIGINAL))
        await environment.read_all()


@pyuvm.test()
class VolumeReadError(SystemTest):
    """A device fails a read: the host gets a status, the volume is abnormal; reads that are in cache need no device."""

    async def scenario(self, environment: Environment) -> None:
        """Fail a read of one block within a longer one."""
        offset = systems.ORIGINAL * systems.CAPACITY
        self.bench.devices[0].fail(DeviceError(Kinds.READS, offset + 3 * BLOCK, offset + 3 * BLOCK))
        statuses = await environment.do(read(systems.ORIGINAL, 0, 8 * BLOCK))
        assert statuses == [Status.DEVICE_ERROR]
        assert await environment.read(f"volume[{systems.ORIGINAL}].state") == VolumeState.ABNORMAL
        assert await environment.do(read(systems.ORIGINAL)) == [Status.VOLUME_ABNORMAL]
        # several in flight: those behind the failed one are answered, too
        offset = systems.COPYING * systems.CAPACITY
        self.bench.devices[0].fail(DeviceError(Kinds.READS, offset, offset, resp=3))
        statuses = await environment.do(*(read(systems.COPYING, BLOCK * n) for n in range(3)), read(systems.NORMAL))
        assert statuses[0] == Status.DEVICE_ERROR and statuses[-1] == Status.OK
        # the first of a read's two bursts
        offset = systems.SUSPENDED * systems.CAPACITY + 4096
        self.bench.devices[0].fail(DeviceError(Kinds.READS, offset - BLOCK, offset - BLOCK))
        assert await environment.do(read(systems.SUSPENDED, 4096 - BLOCK, 2 * BLOCK)) == [Status.DEVICE_ERROR]
        # the host does not take the data of the one before the failed one: failure and data pass each other
        offset = systems.OTHER_GROUP * systems.CAPACITY
        self.bench.devices[0].fail(DeviceError(Kinds.READS, offset, offset))
        pause(self.bench.dut.host.pauses, [0, 0, 100, 0], self.bench.generator)
        sequence = await environment.send([read(systems.NORMAL), read(systems.OTHER_GROUP)])
        await self.bench.sleep(300)
        pause(self.bench.dut.host.pauses, [0] * 4, self.bench.generator)
        await sequence.all_answered()
        assert [item.status for item in sequence.items] == [Status.OK, Status.DEVICE_ERROR]


@pyuvm.test()
class JournalWriteError(SystemTest):
    """A device fails a journal's write: journal volume and group abnormal, commit stops there, host writes go on."""

    async def scenario(self, environment: Environment) -> None:
        """Fail one journal of several in flight: its update information, or its data."""
        row = f"group[{systems.GROUP}]."
        assert await environment.do(*(write(systems.ORIGINAL, BLOCK * n) for n in range(3))) == [Status.OK] * 3
        await environment.settle()
        committed = await environment.read(row + "update_information_commit")
        journal = self.bench.settings.layout.volumes[systems.JOURNAL]
        place = journal.offset + await environment.read(row + self.place)
        self.bench.devices[1].fail(DeviceError(Kinds.WRITES, place, place))
        self.bench.devices[1].hold(write_responses=True)
        sequence = await environment.send(write(systems.ORIGINAL, BLOCK * n, 2 * BLOCK) for n in range(4))
        await self.bench.cycles(400)
        self.bench.devices[1].hold()
        await sequence.all_answered()
        assert [item.status for item in sequence.items] == [Status.OK] * 4
        await environment.settle()
        assert await environment.read(row + "update_information_commit") == committed
        assert await environment.read(row + "state") == GroupState.ABNORMAL
        assert await environment.read(f"volume[{systems.JOURNAL}].state") == VolumeState.ABNORMAL
        for pair in (1, 2):
            assert await environment.read(f"pair[{pair}].state") == PairState.ABNORMAL
        assert await environment.do(write(systems.ORIGINAL), read(systems.ORIGINAL)) == [Status.OK] * 2
        assert await environment.do(write(systems.OTHER_GROUP)) == [Status.OK]

    place = "update_information_newest"


@pyuvm.test()
class JournalDataWriteError(JournalWriteError):
    """The same with the journal's write data."""

    place = "write_data_newest"


@pyuvm.test()
class JournalFailsBehindItsVolume(SystemTest):
    """The journal volume is abnormal already when a journal's write fails: the group and its pairs end all the same."""

    async def scenario(self, environment: Environment) -> None:
        """A read of the journal volume fails while the journal is in flight."""
        journal = self.bench.settings.layout.volumes[systems.JOURNAL]
        device = self.bench.devices[journal.device]
        device.fail(DeviceError(Kinds.READS | Kinds.WRITES, journal.offset, journal.offset, count=2))
        device.hold(write_responses=True)
        sequence = await environment.send([write(systems.ORIGINAL), read(systems.JOURNAL)])
        await sequence.all_answered()
        assert [item.status for item in sequence.items] == [Status.OK, Status.DEVICE_ERROR]
        assert await environment.read(f"volume[{systems.JOURNAL}].state") == VolumeState.ABNORMAL
        assert await environment.read(f"group[{systems.GROUP}].state") == GroupState.NORMAL
        device.hold()
        await environment.settle()
        assert await environment.read(f"group[{systems.GROUP}].state") == GroupState.ABNORMAL
        assert await environment.read("pair[1].state") == PairState.ABNORMAL


@pyuvm.test()
class Registers(SystemTest):
    """Holes, read-only registers, values that do not fit, strobes, accesses while not idle."""

    async def scenario(self, environment: Environment) -> None:
        """Walk the map and its surroundings."""
        rng = self.bench.generator
        addresses = sorted(environment.addresses.values())
        named = set(addresses)
        holes = [address for address in range(0, 0x5000, 8) if address not in named]
        outside = [0x5000 + 8 * rng.randrange(0x1600) for _ in range(20)]
        odd = [address + rng.randrange(1, 8) for address in rng.sample(addresses, 12)]
        for address in [*rng.sample(holes, 60), *outside, *odd]:
            for item in await environment.access(RegisterAccess(False, address), RegisterAccess(True, address, 1)):
                assert item.resp == 2, f"address {address:#x}"
        before = [item.data for item in await environment.access(*(RegisterAccess(False, a) for a in addresses))]
        constant = [environment.addresses[name] for name in ("identity", "parameters", "limits", "status", "cycle")]
        for item in await environment.access(*(RegisterAccess(True, a, rng.getrandbits(64)) for a in constant)):
            assert item.resp == 0
        # these two start something, and have scenarios of their own
        quiet = sorted(a for name, a in environment.addresses.items() if not name.endswith(("operation", ".activity")))
        writes = [RegisterAccess(True, rng.choice(quiet), *self._value()) for _ in range(400)]
        answers = {item.resp for item in await environment.access(*writes)}
        assert answers == {0, 2}
        await environment.access(*(RegisterAccess(False, a) for a in addresses))
        for address, value in zip(addresses, before, strict=True):
            if address in quiet:
                await environment.access(RegisterAccess(True, address, value))
        await self._not_idle(environment)

    def _value(self) -> tuple[int, int]:
        """Data and strobes of a random write."""
        rng = self.bench.generator
        value = rng.choice(
            [rng.randrange(8), 64 * rng.randrange(100), 512 * rng.randrange(100), rng.getrandbits(64), 0xFFFF]
        )
        return value, rng.choice([0xFF, 0xFF, 0x01, 0x0F, rng.getrandbits(8)])

    async def _not_idle(self, environment: Environment) -> None:
        """While a command is in flight tables cannot be written, but everything can be read."""
        self.bench.devices[0].hold(write_responses=True)
        sequence = await environment.send([write(systems.NORMAL)])
        await sequence.all_answered()
        assert await environment.write(f"volume[{systems.BLANK}].capacity", BLOCK) == 2
        assert await environment.read(f"volume[{systems.BLANK}].capacity") == systems.CAPACITY
        assert not await environment.read("status") & 1
        self.bench.devices[0].hold()
        await environment.settle()
        assert await environment.write(f"volume[{systems.BLANK}].capacity", BLOCK) == 0


@pyuvm.test()
class Overlaps(SystemTest):
    """Reads, writes and discards of the same blocks while device responses are held: served from cache, in order; what
    has FUA is not answered.
    """

    async def scenario(self, environment: Environment) -> None:
        """Write, overwrite in part, read across, with the device stuck; then let go."""
        device = self.bench.devices[0]
        for volume in (systems.NORMAL, systems.ORIGINAL):
            device.hold(write_responses=True)
            todo = [write(volume, 0, 4 * BLOCK, 1), write(volume, BLOCK, 2 * BLOCK, 100)]
            todo += [read(volume, 0, 4 * BLOCK), read(volume, BLOCK, BLOCK), read(volume, 0, 6 * BLOCK), flush(volume)]
            todo += [discard(volume, 2 * BLOCK, 4 * BLOCK), read(volume, 0, 8 * BLOCK)]
            sequence = await environment.send(todo)
            waits = await environment.send([write(volume, 3 * BLOCK, BLOCK, 7, opcode=Opcode.WRITE_FUA)])
            last = await environment.send([discard(volume, 7 * BLOCK, BLOCK, opcode=Opcode.DISCARD_FUA)])
            await self.bench.cycles(500)
            assert waits.items[0].status == -1, "answered before its device has"
            device.hold()
            for sent in (sequence, waits, last):
                await sent.all_answered()
                assert {item.status for item in sent.items} == {Status.OK}


@pyuvm.test()
class ReadsBesideJournals(SystemTest):
    """Reads of blocks whose volume write is done while their journal's is not, and the other way round."""

    async def scenario(self, environment: Environment) -> None:
        """Hold one device's write responses, then the other's; read what was written meanwhile."""
        for device in (self.bench.devices[1], self.bench.devices[0]):
            device.hold(write_responses=True)
            sequence = await environment.send(write(systems.ORIGINAL, BLOCK * n, 2 * BLOCK, 7 * n) for n in range(3))
            await sequence.all_answered()
            await self.bench.cycles(400)
            sequence = await environment.send(read(systems.ORIGINAL, BLOCK * n, 2 * BLOCK) for n in range(4))
            await sequence.all_answered()
            device.hold()
            await environment.settle()


@pyuvm.test()
class JournalVolumeNotNormal(SystemTest):
    """The journal volume was made abnormal by the maintenance terminal: the next write ends journaling (1315)."""

    async def scenario(self, environment: Environment) -> None:
        """Write before and after; the other group goes on."""
        assert await environment.do(write(systems.ORIGINAL)) == [Status.OK]
        await environment.settle()
        assert await environment.write(f"volume[{systems.JOURNAL}].state", VolumeState.ABNORMAL) == 0
        assert await environment.do(*(write(systems.ORIGINAL, BLOCK * n) for n in range(3))) == [Status.OK] * 3
        await environment.settle()
        assert await environment.read(f"group[{systems.GROUP}].state") == GroupState.ABNORMAL
        assert await environment.read("pair[1].state") == PairState.ABNORMAL
        assert await environment.do(write(systems.OTHER_GROUP), read(systems.ORIGINAL)) == [Status.OK] * 2


@pyuvm.test()
class StoppedNeighbours(SystemTest):
    """The host's responses, its read data, the commit trace or a device's write responses stop until every queue is
    full; a device that answers nothing holds up only what is sent to it."""

    async def scenario(self, environment: Environment) -> None:
        """Each in turn stops while more is sent than any queue holds, of all kinds of commands."""
        bench = self.bench
        commands = [HostCommand(0, systems.NORMAL, 0, BLOCK)] * 40
        for n in range(12):
            commands += [read(systems.NORMAL, BLOCK * n), write(systems.ORIGINAL, BLOCK * n), flush(systems.ORIGINAL)]
        host = environment.system.host
        for stopped in ("read data", "responses", "commit trace", "device"):
            bench.devices[0].hold(write_responses=stopped == "device")
            pause(bench.dut.commit_pauses, [100 * (stopped == "commit trace")], bench.generator)
            host.hold(read_data=stopped == "read data", responses=stopped == "responses")
            sequence = await environment.send(commands)
            await bench.sleep(1200)
            if stopped != "commit trace":
                # registers go on, and a table is read in a step
                await with_timeout(environment.read(f"group[{systems.GROUP}].update_number"), MOST_NS, "ns")
            bench.devices[0].hold()
            pause(bench.dut.commit_pauses, [0], bench.generator)
            host.hold()
            await sequence.all_answered()
            bench.generator.shuffle(commands)
        for side in ("write_responses", "read_data", "commands"):
            await self._device_hangs(environment, side)

    async def _device_hangs(self, environment: Environment, side: str) -> None:
        """One side of a device answers nothing: what is sent to it takes all slots but one; that of the other one goes
        round it.
        """
        bench, built = self.bench, self.bench.settings.parameters
        writes, reads = built.cache_slots - 1, built.read_slots - 1
        bench.devices[0].hold(**{side: True})
        stuck = [write(systems.NORMAL, BLOCK * n) for n in range(writes)]
        stuck += [read(systems.NORMAL, BLOCK * (64 + n)) for n in range(reads)]
        stuck += [flush(systems.NORMAL)] * (built.flushes - 1)
        waiting = await environment.send(stuck)
        await bench.sleep(400)
        passing = []
        for n in range(2 * built.cache_slots):
            passing += [write(systems.NO_PAIR, BLOCK * n, BLOCK, n), read(systems.NO_PAIR, BLOCK * n)]
            passing += [flush(systems.NO_PAIR)] * (n % 4 == 0)
        sequence = await environment.send(passing)
        await with_timeout(sequence.all_answered(), 10 * MOST_NS, "ns")
        assert not all(item.answered.is_set() for item in waiting.items)
        bench.devices[0].hold()
        await waiting.all_answered()
