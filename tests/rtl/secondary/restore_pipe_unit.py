"""cocotb tests of restore_pipe.v: journals of several groups, from journal volumes on two devices to secondary
volumes.
"""

import random
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge, Timer

from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tests.rtl.units import chance, request_field, start

BLOCK, ENTRY = 512, 64
# within which a journal is freed once its turn has come
KEPT_CYCLES = 40
# within which a group is scanned again, once slots are free
SCANNED_CYCLES = 1000
# that a device hangs before it is looked whether others go on, and as long again
HUNG_CYCLES = 1500
WRITE, FREE, SCAN = range(3)
KINDS = {WRITE: 16, FREE: 17, SCAN: 15}
NOT_NORMAL, JOURNAL_ABNORMAL, NO_JOURNAL, READS, READ_FAILED, WRITES, FREED = RestoreOutcome
VOLUME_BLOCKS = 12
LEAST, LONGEST = 2000, 30_000
# cycles; of a device, and for each journal of one block at a width of 512 bits: 8 beats of data, 1 of information
LATENCY, MOST_CYCLES = 20, 10
INPUTS = dict.fromkeys(
    (
        "request_taken", "scanned_restore", "wake", "clear", "step_group", "step_scan", "step_write", "step_free",
        "step_outcome", "step_volume", "volume_done", "done_index", "done_failed", "scan_count", "scan_entry_place",
        "scan_device", "scan_offset", "scan_data_head", "scan_area_end", "read_done", "read_done_slot",
        "read_done_failed", "entry_done", "entry_done_slot", "entry_done_failed", "data_beat", "entry_beat",
        "beat_address", "beat_data",
    ),
    0,
)  # fmt: skip
PULSES = (
    "request_taken", "wake", "clear", "step_scan", "step_write", "step_free", "volume_done", "read_done", "entry_done",
    "data_beat", "entry_beat",
)  # fmt: skip
FIELDS = ("kind", "group", "opcode", "volume", "position", "size", "reference", "slot", "failed", "damaged", "discard")


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that is committed."""

    information: UpdateInformation
    data: bytes


@dataclass
class Group:
    """A secondary group: its ring on its device, and where restore is."""

    number: int
    device: int
    entries: int
    data_blocks: int
    offset: int
    first: int
    journals: list[Journal] = field(default_factory=list)
    next_restore: int = 0
    freed: int = 0
    found: list[int] = field(default_factory=list)
    in_flight: deque[int] = field(default_factory=deque)
    done: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    normal: bool = True
    # the cycle from which its journal volume is abnormal, which only a scan or a write finds
    unreadable: int | None = None

    def __post_init__(self) -> None:
        self.next_restore = self.freed = self.first

    @property
    def data_head(self) -> int:
        """Where the write data area begins in the journal volume."""
        return 64 + self.entries * ENTRY

    @property
    def commit(self) -> int:
        """The number behind the last committed journal."""
        return self.first + len(self.journals)

    def journal(self, number: int) -> Journal:
        """A journal by its number."""
        return self.journals[number - self.first]

    def place(self, number: int) -> int:
        """Where its update information lies."""
        return 64 + (number - self.first) % self.entries * ENTRY

    def parts(self, offset: int, size: int) -> list[tuple[int, int]]:
        """Where write data lies: place and bytes."""
        area = self.data_blocks * BLOCK
        at = offset % area
        before_end = min(size, area - at)
        return [(self.data_head + at, before_end), (self.data_head, size - before_end)][: 1 + (before_end < size)]

    def lies_in(self, number: int, client: int, address: int, size: int) -> bool:
        """Does this range of its device have bytes of a journal's write data (client 0) or update information?"""
        journal = self.journal(number)
        parts = self.parts(journal.information.data_offset, len(journal.data))
        parts = [(self.place(number), ENTRY)] if client else parts
        return any(at + self.offset < address + size and address < at + self.offset + length for at, length in parts)


@dataclass(slots=True)
class Write:
    """A volume write in flight; `left` cycles until its device answers, None before it was begun."""

    slot: int
    group: Group
    journal: Journal
    left: int | None = None


class Bench:
    """The commit stage and the devices around the pipe, cycle by cycle. Without `pauses` nobody ever waits, journals
    have one block, and devices answer after LATENCY cycles.
    """

    def __init__(self, dut: Any, rng: random.Random, failures: int = 0, pauses: bool = True) -> None:
        self.dut, self.rng, self.failures, self.pauses = dut, rng, failures, pauses
        self.beat = int(dut.DATA_WIDTH.value) // 8
        self.beats = int(dut.MAX_TRANSFER_BYTES.value) // self.beat
        self.devices = [bytearray(1 << 18) for _ in range(2)]
        self.groups = [self.new_group(number, 1) for number in range(int(dut.GROUPS.value))]
        dut.started.value = (1 << len(self.groups)) - 1
        self.memory: dict[int, bytes] = {}
        self.reads: list[deque[list[int]]] = [deque(), deque()]
        self.steps: deque[tuple[int, int, dict[str, int]]] = deque()
        self.pending: deque[Write] = deque()
        # devices that answer no reads; groups whose secondary volumes' device answers no writes
        self.hung_reads: set[int] = set()
        self.hung_writes: set[int] = set()
        self.begun: list[Write] = []
        # slots whose last read failed
        self.half: set[int] = set()
        self.volumes: dict[int, bytearray] = {}
        # group and number of journals of which a bit changed in what was read, or of which a read failed
        self.damaged: set[tuple[int, int]] = set()
        self.unread: set[tuple[int, int]] = set()
        self.now = 0
        self.seen: dict[str, int] = {}
        # the group whose journals are dropped in this cycle
        self.dropping: int | None = None
        # a bit for each request that the commit stage does not take
        self.held_requests = 0

    def new_group(self, number: int, first: int) -> Group:
        """A group of a new generation."""
        rng = self.rng
        # the first group's rings let many journals be in flight at once
        if not self.pauses:
            return Group(number, number % 2, 128, 200, 40960 * (1 + number), first)
        entries, blocks = (40, 21) if number == 0 else (rng.choice([3, 8, 40]), rng.choice([5, 17, 60]))
        return Group(number, number % 2, entries, blocks, 40960 * (1 + number), first)

    def count(self, what: str) -> None:
        """Remember that something was reached."""
        self.seen[what] = self.seen.get(what, 0) + 1

    def volume(self, number: int) -> bytearray:
        """A secondary volume."""
        return self.volumes.setdefault(number, bytearray(VOLUME_BLOCKS * BLOCK))

    def commit(self, group: Group) -> bool:
        """Commit one more journal, if it has room and its journal volume is normal; returns whether it did."""
        rng = self.rng
        used = sum(len(group.journal(n).data) for n in range(group.freed, group.commit))
        size = BLOCK * rng.randrange(1, min(4, self.beats * self.beat // BLOCK) + 1) * (not chance(rng, 10))
        size = size if self.pauses else BLOCK
        if group.commit - group.freed >= group.entries or used + size >= group.data_blocks * BLOCK:
            return False
        if group.unreadable is not None:
            return False
        last = group.journals[-1] if group.journals else None
        self.append(group, size, last.information.data_offset + len(last.data) if last else 0)
        return True

    def append(self, group: Group, size: int, offset: int) -> None:
        """Put a journal of `size` bytes behind the group's last; its data at `offset`, counted round its area. Some are
        discards of that many bytes.
        """
        rng = self.rng
        kind = JournalKind.HOST_WRITE if size else JournalKind.END_OF_INITIAL_COPY
        if size and self.pauses and chance(rng, 15):
            kind = JournalKind.DISCARD
        held = 0 if kind is JournalKind.DISCARD else size
        position = BLOCK * rng.randrange(VOLUME_BLOCKS - size // BLOCK + 1)
        place = group.parts(offset, held)[0][0]
        volume = group.number * 2 + rng.randrange(2)
        data = rng.randbytes(held)
        crc = zlib.crc32(data)
        information = UpdateInformation(
            group.commit, 0, position, place, offset, size, crc, group.number, volume, 0, kind
        )
        device, at = self.devices[group.device], 0
        for part, length in group.parts(offset, held):
            device[group.offset + part : group.offset + part + length] = data[at : at + length]
            at += length
        entry = group.offset + group.place(group.commit)
        device[entry : entry + ENTRY] = information.pack()
        group.journals.append(Journal(information, data))

    async def cycle(self) -> None:
        """One cycle: at most one step, one beat of each device, one request taken."""
        dut, rng = self.dut, self.rng
        await RisingEdge(dut.clk)
        await Timer(1, unit="ns")
        self.now += 1
        self.dropping = None
        for name in PULSES:
            getattr(dut, name).value = 0
        self.take_reads()
        self.serve_reads()
        self.begin_writes()
        stepped = self.take_step() or self.finish_write()
        if not stepped and (not self.pauses or chance(rng, 15)):
            group = rng.choice(self.groups) if self.pauses else self.groups[0]
            committed = [self.commit(group) for _ in range(rng.randrange(1, 12))]
            if any(committed):
                dut.wake.value, dut.step_group.value = 1, group.number
        self.show_numbers()
        await Timer(1, unit="ns")
        self.take_request()

    async def between_steps(self) -> None:
        """One cycle in which no step of this process falls, and none is granted, for another one's."""
        await RisingEdge(self.dut.clk)
        await Timer(1, unit="ns")
        for name in PULSES:
            getattr(self.dut, name).value = 0
        self.now += 1
        self.steps = deque((due + 1, which, request) for due, which, request in self.steps)
        self.take_reads()
        self.show_numbers()

    def show_numbers(self) -> None:
        """Where restore is in the group that is scanned."""
        self.dut.scanned_restore.value = self.groups[int(self.dut.scanned_group.value)].next_restore

    def take_request(self) -> None:
        """One of the requests, at random, if there is one."""
        dut, rng = self.dut, self.rng
        valid = int(dut.request_valid.value) & ~self.held_requests
        if valid and not (self.pauses and chance(rng, 30)):
            which = rng.choice([bit for bit in range(3) if valid >> bit & 1])
            dut.request_taken.value = 1 << which
            bits = len(dut.request) // 3
            value = int(dut.request.value[bits * (which + 1) - 1 : bits * which])
            places = {name: request_field(name) for name in FIELDS}
            request = {name: value >> low & ((1 << bits) - 1) for name, (low, bits) in places.items()}
            assert request["kind"] == KINDS[which]
            self.steps.append((self.now + 2, which, request))
            if which == SCAN and request["group"] == self.dropping:
                self.count("scan granted as journals were dropped")

    def take_reads(self) -> None:
        """Reads that were asked for."""
        dut = self.dut
        for client, prefix in ((0, "read"), (1, "entry_read")):
            if not int(getattr(dut, f"{prefix}_valid").value):
                continue
            device = int(getattr(dut, f"{prefix}_device").value)
            slot, address, size = (int(getattr(dut, f"{prefix}_{name}").value) for name in ("slot", "address", "size"))
            beat = int(dut.read_beat.value) if client == 0 else 0
            # the first of two parts more often, so that it fails alone
            ends = {group.offset + group.data_head + group.data_blocks * BLOCK for group in self.groups}
            failed = int(chance(self.rng, self.failures * (12 if address + size in ends else 1)))
            begins = self.now + (0 if self.pauses else LATENCY)
            # of a batch's update information not all is used
            lies = chance(self.rng, self.failures * (6 if client else 1))
            changes = address + self.rng.randrange(size) if lies else -1
            for group in self.groups:
                for number in group.found if group.device == device else ():
                    if failed and group.lies_in(number, client, address, size):
                        self.unread.add((group.number, number))
                    if group.lies_in(number, client, changes, 1):
                        self.damaged.add((group.number, number))
            self.reads[device].append(
                [client, slot, slot * self.beats + beat, address, size, failed, begins, beat, changes]
            )
            assert sum(job[0] == client for job in self.reads[device]) <= 16, "more reads than a queue holds"

    def serve_reads(self) -> None:
        """A beat of a device's oldest read: of one device in a cycle."""
        dut = self.dut
        devices = self.rng.sample(range(2), 2)
        for device in devices:
            queue = self.reads[device]
            waits = device in self.hung_reads or not queue or queue[0][6] > self.now
            if waits or (self.pauses and chance(self.rng, 20)):
                continue
            job = queue[0]
            client, slot, place, address, size, failed, _, second, changes = job
            data = bytes(self.devices[device][address : address + self.beat])
            data = bytes(byte ^ 0xFF for byte in data) if failed else data
            data = bytes(byte ^ (0x10 * (address + at == changes)) for at, byte in enumerate(data))
            dut.beat_address.value, dut.beat_data.value = place, int.from_bytes(data, "little")
            last = size == self.beat
            if client == 1:
                dut.entry_beat.value = 1
                dut.entry_done.value, dut.entry_done_slot.value = int(last), slot
                dut.entry_done_failed.value = failed
            else:
                dut.data_beat.value = 1
                self.memory[place] = data
                dut.read_done.value, dut.read_done_slot.value, dut.read_done_failed.value = int(last), slot, failed
            job[2:5] = [place + 1, address + self.beat, size - self.beat]
            if last:
                queue.popleft()
                if client == 0 and second and not failed and slot in self.half:
                    self.count("only the first part failed")
                if client == 0:
                    self.half = self.half | {slot} if failed else self.half - {slot}
            return

    def begin_writes(self) -> None:
        """The oldest volume write of a device goes to it when it may; none overlaps one in flight."""
        going_on = [write for write in self.pending if write.group.number not in self.hung_writes]
        if not going_on or (self.pauses and chance(self.rng, 50)):
            return
        write = going_on[0]
        if not int(self.dut.may_restore.value) >> write.slot & 1:
            self.count("waits for an overlapping write")
            return
        self.pending.remove(write)
        for other in self.begun:
            one, two = write.journal.information, other.journal.information
            apart = one.position + one.size <= two.position or two.position + two.size <= one.position
            assert one.volume != two.volume or apart, "overlapping writes in flight"
        beats = len(write.journal.data) // self.beat
        found = b"".join(self.memory[write.slot * self.beats + n] for n in range(beats))
        assert found == write.journal.data, f"data of journal {write.journal.information.update_number}"
        write.left = self.rng.choice([3, 3, 40, 150]) if self.pauses else LATENCY
        self.begun.append(write)

    def finish_write(self) -> bool:
        """A device answers a write."""
        dut = self.dut
        going_on = [write for write in self.begun if write.group.number not in self.hung_writes]
        for write in going_on:
            assert write.left is not None
            write.left -= 1
        due = [write for write in going_on if write.left is not None and write.left <= 0]
        if not due:
            return False
        write = self.rng.choice(due)
        self.begun.remove(write)
        information, group = write.journal.information, write.group
        failed = chance(self.rng, self.failures)
        dut.volume_done.value, dut.done_index.value, dut.done_failed.value = 1, write.slot, int(failed)
        (group.failed if failed else group.done).add(information.update_number)
        if failed:
            group.normal = False
            self.count("write failed")
        else:
            volume = self.volume(information.volume)
            content = write.journal.data or bytes(information.size)
            volume[information.position : information.position + information.size] = content
        return True

    def take_step(self) -> bool:
        """The step of a request that was taken two cycles ago."""
        if not self.steps or self.steps[0][0] > self.now:
            return False
        _, which, request = self.steps.popleft()
        dut, group = self.dut, self.groups[request["group"]]
        dut.step_group.value = group.number
        getattr(dut, ("step_write", "step_free", "step_scan")[which]).value = 1
        if which == SCAN and int(dut.scan_cancelled.value):
            self.count("scan cancelled")
            return True
        dut.step_outcome.value = (self.write, self.free, self.scan)[which](group, request)
        return True

    def scan(self, group: Group, request: dict[str, int]) -> int:
        """2010 to 2040."""
        dut = self.dut
        if not group.normal:
            self.count("scan refused")
            return NOT_NORMAL
        if group.unreadable is not None:
            group.normal, group.unreadable = False, None
            self.count("journal volume found abnormal")
            return JOURNAL_ABNORMAL
        first = group.found[-1] + 1 if group.found else group.next_restore
        assert request["reference"] == first
        in_line = group.entries - (first - group.first) % group.entries
        count = min(16, group.commit - first, in_line)
        if not count:
            self.count("no journal")
            return NO_JOURNAL
        group.found += range(first, first + count)
        dut.scan_count.value, dut.scan_entry_place.value = count, group.place(first)
        dut.scan_device.value, dut.scan_offset.value = group.device, group.offset
        dut.scan_data_head.value = group.data_head
        dut.scan_area_end.value = group.data_head + group.data_blocks * BLOCK
        return READS

    def write(self, group: Group, request: dict[str, int]) -> int:
        """2050."""
        dut = self.dut
        if not group.normal:
            group.found.clear()
            self.dropping = group.number
            self.count("write refused")
            return NOT_NORMAL
        number = group.found[0]
        assert request["reference"] == number
        damaged = (group.number, number) in self.damaged and (group.number, number) not in self.unread
        assert request["damaged"] == damaged, f"journal {number} of group {group.number}"
        assert request["failed"] == (damaged or (group.number, number) in self.unread)
        if request["failed"]:
            group.found.clear()
            self.dropping = group.number
            group.normal = not damaged
            group.unreadable = None if damaged else self.now
            self.count("damaged" if damaged else "read failed")
            return READ_FAILED
        group.found.pop(0)
        journal = group.journal(number)
        information = journal.information
        named = (information.volume, information.position, information.size, int(information.kind))
        assert tuple(request[name] for name in ("volume", "position", "size", "opcode")) == named
        assert request["discard"] == (information.kind == JournalKind.DISCARD)
        group.next_restore = number + 1
        group.in_flight.append(number)
        dut.step_volume.value = information.volume
        if information.size:
            slot = request["slot"]
            assert slot >> 8 == 3
            self.pending.append(Write(slot & 0xFF, group, journal))
            self.count("written")
            if information.kind == JournalKind.DISCARD:
                self.count("discard")
            elif len(group.parts(information.data_offset, information.size)) == 2:
                self.count("split")
        else:
            group.done.add(number)
            self.count("marker")
        return WRITES

    def free(self, group: Group, request: dict[str, int]) -> int:
        """2060: the oldest of the group, and its write is done."""
        number = group.in_flight.popleft()
        information = group.journal(number).information
        assert number in group.done and request["reference"] == number
        assert (request["volume"], request["size"]) == (information.volume, information.size)
        assert request["discard"] == (information.kind == JournalKind.DISCARD)
        group.freed += 1
        self.count("freed")
        return FREED

    async def run(self, wanted: set[str], between: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run at least LEAST cycles, and until everything wanted was reached; `between` after each cycle."""
        for cycle in range(LONGEST):
            await self.cycle()
            if between is not None:
                await between()
            if cycle > LEAST and wanted <= self.seen.keys():
                return
        raise AssertionError(f"never {wanted - self.seen.keys()}: {self.seen}")

    def settled(self) -> bool:
        """Is nothing in flight?"""
        return not self.steps and not self.pending and not self.begun and int(self.dut.idle.value) == 1

    async def restart(self, group: Group) -> None:
        """Start a group again, once its device writes are done and no step is in flight."""
        while self.steps or any(write.group is group for write in (*self.pending, *self.begun)):
            await self.cycle()
        await self.between_steps()
        if int(self.dut.request_valid.value):
            self.count("started as a step was asked for")
        if group.found:
            self.count("started as journals were found")
        fresh = self.new_group(group.number, group.commit)
        self.groups[group.number] = fresh
        self.dut.clear.value, self.dut.step_group.value = 1, group.number


async def settle(bench: Bench) -> None:
    """Let everything that is committed be restored."""
    bench.commit = lambda group: False  # type: ignore[method-assign]
    for _ in range(20_000):
        await bench.cycle()
        if bench.settled():
            return
    raise AssertionError("restore does not come to an end")


@cocotb.test
async def test_journals_are_written_in_order_and_freed_in_order(dut: Any) -> None:
    """Random journals of all groups: at the end every volume equals the history, and everything is freed."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    wanted = {"written", "marker", "freed", "waits for an overlapping write"}
    await bench.run(wanted | ({"split"} if bench.beats * bench.beat > BLOCK else set()))
    await settle(bench)
    expected: dict[int, bytearray] = {}
    for group in bench.groups:
        assert group.freed == group.commit == group.next_restore, f"group {group.number} stops at {group.freed}"
        for journal in group.journals:
            at = journal.information.position
            volume = expected.setdefault(journal.information.volume, bytearray(VOLUME_BLOCKS * BLOCK))
            volume[at : at + journal.information.size] = journal.data or bytes(journal.information.size)
    for number, content in expected.items():
        assert bench.volume(number) == content, f"volume {number}"


@cocotb.test
async def test_a_device_that_hangs_holds_up_only_the_groups_that_need_it(dut: Any) -> None:
    """The device of a group's journal volume, or of its secondary volumes, answers nothing: the other groups go on,
    however much the one has committed. When it answers again everything is restored.
    """
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    # more journals than there are slots
    for group in bench.groups:
        group.entries, group.data_blocks = 40, 60
    for group in bench.groups if len(bench.groups) > 1 else ():
        for hung in (bench.hung_reads, bench.hung_writes):
            reads = hung is bench.hung_reads
            hung.add(group.device if reads else group.number)
            others = [
                other for other in bench.groups if other is not group and not (reads and other.device == group.device)
            ]
            for _ in range(HUNG_CYCLES):
                await bench.cycle()
            freed = [other.freed for other in others]
            for _ in range(HUNG_CYCLES):
                await bench.cycle()
            stopped = [other.number for other, before in zip(others, freed, strict=True) if other.freed < before + 5]
            assert not stopped, f"groups {stopped} wait for a device that only group {group.number} needs"
            hung.clear()
    await settle(bench)
    assert all(group.freed == group.commit for group in bench.groups)


@cocotb.test
async def test_a_failed_read_or_write_keeps_the_journal_and_other_groups_go_on(dut: Any) -> None:
    """Devices fail at random; what a group had found is dropped, and it goes on only when it is started again. That a
    journal volume is abnormal is found by a scan, though nothing is committed any more."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng, failures=5)
    wanted = {
        "read failed", "damaged", "write failed", "write refused", "scan refused", "freed", "started again",
        "failed write kept", "journal volume found abnormal",
    }  # fmt: skip
    wanted |= {"only the first part failed"} if bench.beats * bench.beat > 2 * BLOCK else set()
    oldest_failed = [0] * len(bench.groups)

    async def start_again() -> None:
        for number, group in enumerate(bench.groups):
            assert all(journal not in group.failed for journal in range(group.first, group.freed))
            late = group.unreadable is not None and bench.now - group.unreadable > SCANNED_CYCLES
            assert not late, f"group {number} is not scanned again"
            kept = bool(group.in_flight) and group.in_flight[0] in group.failed
            oldest_failed[number] = oldest_failed[number] + 1 if kept else 0
            if oldest_failed[number] == KEPT_CYCLES:
                bench.count("failed write kept")
            if not group.normal and chance(rng, 2):
                await bench.restart(group)
                bench.count("started again")

    await bench.run(wanted, start_again)
    # with devices that fail no more, each group goes on
    bench.failures = 0
    for _ in range(2):
        await bench.run({"freed"})
        for group in bench.groups:
            if not group.normal:
                await bench.restart(group)
    await settle(bench)
    assert all(group.freed == group.commit for group in bench.groups)


@cocotb.test
async def test_a_group_may_be_started_again_at_any_time(dut: Any) -> None:
    """What was found, is being read or waits for its step is dropped."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)

    async def start_again() -> None:
        if chance(rng, 1):
            await bench.restart(rng.choice(bench.groups))

    await bench.run(
        {"freed", "written", "started as a step was asked for", "started as journals were found"}, start_again
    )
    await settle(bench)
    assert all(group.freed == group.commit for group in bench.groups)


@cocotb.test
async def test_restore_keeps_pace_with_its_devices(dut: Any) -> None:
    """Journals of one block, devices that move a beat in each cycle: a journal every ten cycles at 512 bits."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng, pauses=False)
    for _ in range(400):
        await bench.cycle()
    group = bench.groups[0]
    freed, cycles = group.freed, 1000
    for _ in range(cycles):
        await bench.cycle()
    beats = (BLOCK + ENTRY) // bench.beat
    reached = cycles / (group.freed - freed)
    assert reached <= MOST_CYCLES * beats / 9, f"a journal every {reached:.1f} cycles"
