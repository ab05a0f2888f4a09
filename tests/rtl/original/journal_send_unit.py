"""cocotb tests of journal_send.v with send_read.v, device_read.v and path_transmit.v: the bytes of every packet,
failures of storage devices, and speed.
"""

import random
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketType, ReadCommand
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.tables.shared_memory import GroupState
from tests.rtl.units import chance, start, until

BLOCK, ENTRY = 512, 64
SYSTEM, PARTNER, GROUP, PARTNER_GROUP, GENERATION = 1, 7, 2, 5, 9
DROPPED, GONE, DATA_FAILED, STATE, ABNORMAL, AGAIN, SENT_AGAIN = 0, 1, 3, 1515, 1525, 1540, 1545
NO_JOURNAL, READS, SENT = 1560, 1570, 1580
JOURNAL_VOLUME, COPIED_VOLUMES = 3, (0, 1, 2)
VOLUME_NORMAL, VOLUME_ABNORMAL = 1, 4
JOURNAL_DEVICE, JOURNAL_DAMAGED = 2, 4
MOST_JOURNALS, MOST_BYTES = 64, 65536
CRC_BYTES = 4
NONE = 0xFFFF
INPUTS = dict.fromkeys(
    (
        "command_valid", "command_source", "command_group", "command_source_group", "command_generation", "command_tag",
        "command_payload", "group_state", "group_reason",
        "journal_volume_state", "generation", "information_head", "data_head",
        "information_oldest", "information_committed", "information_sent", "oldest_number", "journal_volume",
        "other_group", "other_journal_volume",
        "unreadable", "fail", "fail_address", "fail_more", "hang", "write_enable", "write_device", "write_address",
        "write_data", "m_axis_path_tready",
    ),
    0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of a volume."""

    volume: int
    position: int
    size: int


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal on the devices: where its update information and its write data lie."""

    information: UpdateInformation
    data: bytes
    entry: Place
    parts: tuple[Place, ...]


class Bench:
    """A group with journals on the devices, the commands, and the packets."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.beat = len(dut.write_data) // 8
        self.volume_bytes = int(dut.VOLUME_BYTES.value)
        self.most = int(dut.MAX_TRANSFER_BYTES.value)
        self.journals: list[Journal] = []
        self.commands: deque[Packet] = deque()
        self.packets: list[bytes] = []
        self.records: list[tuple[int, int, int, int, int]] = []
        # bytes in the write data area of each batch sent
        self.area_bytes: list[int] = []
        # cycle of every beat of the path
        self.beats: list[int] = []
        self.cycle = 0
        self.ready_percent = 100
        self.oldest = 1

    async def prepare(self) -> random.Random:
        """Reset, and start watching."""
        self.rng = await start(self.dut, **INPUTS)
        cocotb.start_soon(self.watch())
        return self.rng

    async def write(self, place: Place, data: bytes) -> None:
        """Put bytes onto a device."""
        dut = self.dut
        dut.write_enable.value, dut.write_device.value = 1, place.volume % 2
        base = place.volume // 2 * self.volume_bytes + place.position
        for offset in range(0, len(data), self.beat):
            dut.write_address.value = base + offset
            dut.write_data.value = int.from_bytes(data[offset : offset + self.beat], "little")
            await RisingEdge(dut.clk)
        dut.write_enable.value = 0

    async def fill(
        self,
        entries: int,
        sizes: list[int],
        kinds: list[JournalKind],
        sent: int = 0,
        groups: list[int] | None = None,
    ) -> None:
        """Make a group with journals of these sizes and kinds in a ring of `entries`, at any place of it; the first
        write data of two blocks or more wraps at the end of its area. `groups` are those that they name, if not
        `GROUP`.
        """
        dut, rng = self.dut, self.rng
        head = ENTRY * 8 * rng.randrange(3)
        data_head = head + entries * ENTRY
        area = self.volume_bytes - data_head
        oldest_entry = rng.randrange(entries)
        written = [size for size, kind in zip(sizes, kinds, strict=True) if kind is JournalKind.HOST_WRITE]
        assert sum(written) <= area
        split = next((index for index, size in enumerate(written) if size > BLOCK), 0)
        data_place = area - sum(written[:split]) - BLOCK * rng.randrange(1, max(written[split] // BLOCK, 2))
        self.oldest = rng.randrange(1, 1 << 40)
        self.journals = []
        offset = rng.randrange(1 << 20) * BLOCK
        for index, (size, kind) in enumerate(zip(sizes, kinds, strict=True)):
            in_area = kind is JournalKind.HOST_WRITE
            data = b"" if kind is JournalKind.DISCARD else rng.randbytes(size)
            volume = rng.choice(COPIED_VOLUMES)
            if in_area:
                first = min(size, area - data_place)
                parts = [
                    Place(JOURNAL_VOLUME, data_head + data_place, first),
                    Place(JOURNAL_VOLUME, data_head, size - first),
                ]
                place = data_head + data_place
                data_place = (data_place + size) % area
            else:
                place = BLOCK * rng.randrange((self.volume_bytes - size) // BLOCK)
                parts = [Place(volume, place, len(data))]
            parts = [part for part in parts if part.size]
            group = GROUP if groups is None else groups[index]
            information = UpdateInformation(
                self.oldest + index, rng.getrandbits(64), BLOCK * rng.randrange(1 << 20), place, offset, size,
                zlib.crc32(data) if in_area else 0, group, volume, JOURNAL_VOLUME if in_area else volume, kind,
            )  # fmt: skip
            offset += len(data)
            entry = Place(JOURNAL_VOLUME, head + (oldest_entry + index) % entries * ENTRY, ENTRY)
            self.journals.append(Journal(information, data, entry, tuple(parts)))
            await self.write(entry, information.pack())
            done = 0
            for part in parts:
                await self.write(part, data[done : done + part.size])
                done += part.size
        # journals in place may lie over each other: what lies there now is what is read
        await self.read_back()
        dut.group_state.value = GroupState.NORMAL
        dut.journal_volume_state.value, dut.journal_volume.value = VOLUME_NORMAL, JOURNAL_VOLUME
        dut.generation.value, dut.oldest_number.value = GENERATION, self.oldest
        dut.information_head.value, dut.data_head.value = head, data_head
        dut.information_oldest.value = head + oldest_entry * ENTRY
        dut.information_committed.value, dut.information_sent.value = len(sizes) * ENTRY, sent * ENTRY
        self.sent = sent

    async def read_back(self) -> None:
        """Take the data in place of each journal from what was written last."""
        images = {volume: bytearray(self.volume_bytes) for volume in COPIED_VOLUMES}
        for journal in self.journals:
            for part in journal.parts:
                if part.volume in images:
                    images[part.volume][part.position : part.position + part.size] = journal.data
        for number, journal in enumerate(self.journals):
            if journal.information.kind is JournalKind.INITIAL_COPY and journal.parts:
                part = journal.parts[0]
                data = bytes(images[part.volume][part.position : part.position + part.size])
                self.journals[number] = Journal(journal.information, data, journal.entry, journal.parts)

    def command(self, first: int, journals: int, limit: int, tag: int, generation: int = GENERATION) -> Packet:
        """A journal read command by number that frees nothing."""
        packet = Packet(
            PacketType.JOURNAL_READ_COMMAND, PARTNER, SYSTEM, GROUP, PARTNER_GROUP, generation=generation, tag=tag
        )
        packet.command = ReadCommand(True, False, journals, limit, first=first)
        return packet

    def batch(self, packet: Packet) -> tuple[list[Journal], list[Journal]]:
        """The journals that a command gets, and those whose update information is read for it."""
        command = packet.command
        assert command is not None
        index = command.first - self.oldest
        read = self.journals[index : index + min(MOST_JOURNALS, command.limit_journals)]
        count, size = 0, 0
        for journal in read:
            size += len(journal.data)
            if count and size > min(command.limit_bytes, MOST_BYTES):
                break
            count += 1
        return read[:count], read

    def answer(self, packet: Packet, kind: PacketType, status: int = 0) -> Packet:
        """A packet back."""
        return Packet(kind, SYSTEM, PARTNER, PARTNER_GROUP, GROUP, packet.generation, packet.tag, status)

    async def give(self) -> None:
        """Hand out the commands, as a queue in front of the module does."""
        dut = self.dut
        while self.commands:
            packet = self.commands[0]
            assert packet.command is not None
            dut.command_source.value, dut.command_group.value = packet.source, packet.group
            dut.command_source_group.value, dut.command_tag.value = packet.source_group, packet.tag
            dut.command_generation.value = packet.generation
            dut.command_payload.value = int.from_bytes(packet.pack()[HEADER_BYTES:], "little")
            dut.command_valid.value = 1
            await RisingEdge(dut.clk)
            await until(dut, lambda: dut.command_ready.value)
            self.commands.popleft()
        dut.command_valid.value = 0

    async def watch(self) -> None:
        """Every cycle: records and beats of the path; a packet of journals comes after its record."""
        dut = self.dut
        packet = b""
        while True:
            dut.m_axis_path_tready.value = ready = chance(self.rng, self.ready_percent)
            await RisingEdge(dut.clk)
            self.cycle += 1
            if dut.retires.value:
                names = ("outcome", "size", "received", "reference", "volume")
                outcome, size, received, number, volume = (int(getattr(dut, f"retired_{name}").value) for name in names)
                self.records.append((outcome, size, received, number, volume))
                if outcome in (SENT, SENT_AGAIN):
                    self.area_bytes.append(int(dut.retired_area_bytes.value))
            if ready and dut.m_axis_path_tvalid.value:
                self.beats.append(self.cycle)
                packet += int(dut.m_axis_path_tdata.value).to_bytes(self.beat, "little")
                if len(packet) == self.beat:
                    reported = [r for r in self.records if r[0] not in (DROPPED, DATA_FAILED, READS, AGAIN)]
                    assert len(reported) > len(self.packets), "a packet before its record"
                if dut.m_axis_path_tlast.value:
                    self.packets.append(packet)
                    packet = b""

    async def finish(self) -> None:
        """Wait until nothing is in flight; a command takes some cycles to enter its queue."""
        await until(self.dut, lambda: not self.commands and not self.dut.command_valid.value, 20_000)
        await ClockCycles(self.dut.clk, 8)
        await until(self.dut, lambda: self.dut.idle.value, 100_000)
        for _ in range(4):
            await RisingEdge(self.dut.clk)


def poisoned(packet: Packet) -> bytes:
    """The packet's bytes with the CRC of each journal's data inverted."""
    packed, count = packet.pack(), len(packet.journals)
    crcs = len(packed) - -(-count * CRC_BYTES // HEADER_BYTES) * HEADER_BYTES
    inverted = bytes(byte ^ 0xFF for byte in packed[crcs : crcs + count * CRC_BYTES])
    return packed[:crcs] + inverted + packed[crcs + len(inverted) :]


def random_journals(rng: random.Random, count: int, most: int) -> tuple[list[int], list[JournalKind]]:
    """Sizes and kinds of journals."""
    kinds = [rng.choice([JournalKind.HOST_WRITE] * 5 + list(JournalKind)) for _ in range(count)]
    sizes = [
        0
        if kind is JournalKind.END_OF_INITIAL_COPY
        else BLOCK * rng.choice([1, 1, 2, rng.randrange(1, most // BLOCK + 1)])
        for kind in kinds
    ]
    return sizes, kinds


@cocotb.test
async def test_each_command_is_answered_with_the_packet_of_the_model(dut: Any) -> None:
    """Random rings, commands and pauses of the path: journals cut by both limits, wrapped at the ends of both areas, in
    place and without data; no journal, gone, an abnormal group or journal volume, other generations.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    tag = 0
    seen: set[int] = set()
    for percent in (100, 60, 20, 90):
        bench.ready_percent = percent
        entries = rng.randrange(24, 90)
        count = rng.randrange(20, min(entries, 40))
        sizes, kinds = random_journals(rng, count, bench.most)
        sent = rng.randrange(count)
        await bench.fill(entries, sizes, kinds, sent)
        bench.packets, bench.records = [], []
        expected: list[bytes] = []
        records: list[tuple[int, int, int, int]] = []
        area_bytes: list[int] = []
        bench.area_bytes = []
        for number in range(12):
            tag += 1
            first = bench.oldest + rng.choice([0, rng.randrange(count), rng.randrange(count), count, -1])
            journals = rng.choice([1, 4, 16, 64, 64])
            command = bench.command(first, journals, rng.choice([BLOCK, 8192, MOST_BYTES]), tag)
            if number == 0:
                first = bench.oldest
                command = bench.command(first, MOST_JOURNALS, MOST_BYTES, tag)
            elif number == 1 or chance(rng, 10):
                command.generation += 1
            bench.commands.append(command)
            index = first - bench.oldest
            if command.generation != GENERATION:
                records.append((DROPPED, 0, 0, first))
            elif index < 0:
                expected.append(bench.answer(command, PacketType.GONE).pack())
                records.append((GONE, 0, 0, first))
            elif index >= count:
                expected.append(bench.answer(command, PacketType.NO_JOURNAL).pack())
                records.append((NO_JOURNAL, 0, 0, first))
            else:
                batch, read = bench.batch(command)
                answer = bench.answer(command, PacketType.JOURNALS)
                answer.journals = [(journal.information, journal.data) for journal in batch]
                expected.append(answer.pack())
                records.append((AGAIN if index < sent else READS, len(read), 0, first))
                size = sum(len(journal.data) for journal in batch)
                area_bytes.append(sum(i.size for i, _ in answer.journals if i.kind is JournalKind.HOST_WRITE))
                records.append((SENT_AGAIN if index < sent else SENT, len(batch), size, first))
        await bench.give()
        await bench.finish()
        assert [record[:4] for record in bench.records] == records
        assert bench.packets == expected
        assert bench.area_bytes == area_bytes
        seen |= {outcome for outcome, *_ in records}
    for group_state, volume_state, outcome, posted in (
        (GroupState.ABNORMAL, VOLUME_NORMAL, STATE, GroupState.ABNORMAL),
        (GroupState.BLANK, VOLUME_NORMAL, STATE, GroupState.BLANK),
        (GroupState.NORMAL, VOLUME_ABNORMAL, ABNORMAL, GroupState.ABNORMAL),
    ):
        bench.packets, bench.records = [], []
        dut.group_state.value, dut.journal_volume_state.value = group_state, volume_state
        dut.group_reason.value = reason = rng.randrange(13)
        command = bench.command(bench.oldest, 4, MOST_BYTES, tag)
        bench.commands.append(command)
        await bench.give()
        await bench.finish()
        assert [record[0] for record in bench.records] == [outcome]
        answer = bench.answer(command, PacketType.GROUP_STATE, posted)
        answer.reason = JOURNAL_DEVICE if outcome == ABNORMAL else reason
        assert bench.packets == [answer.pack()]
    assert seen == {DROPPED, GONE, NO_JOURNAL, READS, AGAIN, SENT, SENT_AGAIN}


@cocotb.test
async def test_a_device_that_fails_ends_in_a_posted_state_or_a_packet_with_wrong_crcs(dut: Any) -> None:
    """One beat of a device fails: in update information, the journal volume is abnormal and nothing is sent; in write
    data, each read that fails takes a step that names its volume.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    bench.ready_percent = 70
    kinds_of_failure: set[str] = set()
    for round_number in range(10):
        sizes, kinds = random_journals(rng, 10, bench.most)
        sizes, kinds = [*sizes, BLOCK, BLOCK], [*kinds, JournalKind.INITIAL_COPY, JournalKind.HOST_WRITE]
        await bench.fill(16, sizes, kinds)
        bench.packets, bench.records = [], []
        commands = [bench.command(bench.oldest + index, 4, MOST_BYTES, index + 1) for index in (0, 4, 8)]
        kind = JournalKind.INITIAL_COPY if round_number % 3 == 1 else JournalKind.HOST_WRITE
        victim = rng.choice([journal for journal in bench.journals if journal.information.kind is kind])
        places = [victim.entry] if round_number % 3 == 2 else list(victim.parts)
        place = rng.choice(places)
        beat = place.position + bench.beat * rng.randrange(place.size // bench.beat)
        dut.fail.value = 1 << place.volume % 2
        dut.fail_address.value = place.volume // 2 * bench.volume_bytes + beat
        expected: list[bytes] = []
        outcomes: list[int] = []
        # volume and number of the packet's first journal
        failures: list[tuple[int, int]] = []

        def fails(part: Place, volume: int = place.volume, beat: int = beat) -> bool:
            return part.volume == volume and part.position <= beat < part.position + part.size

        for command in commands:
            bench.commands.append(command)
            batch, read = bench.batch(command)
            outcomes.append(READS)
            if any(fails(journal.entry) for journal in read):
                outcomes.append(ABNORMAL)
                answer = bench.answer(command, PacketType.GROUP_STATE, GroupState.ABNORMAL)
                answer.reason = JOURNAL_DEVICE
                expected.append(answer.pack())
                kinds_of_failure.add("entry")
                continue
            answer = bench.answer(command, PacketType.JOURNALS)
            answer.journals = [(journal.information, journal.data) for journal in batch]
            lost = [part.volume for journal in batch for part in journal.parts if fails(part)]
            outcomes.append(SENT)
            failures += [(volume, batch[0].information.update_number) for volume in lost]
            expected.append(poisoned(answer) if lost else answer.pack())
            kinds_of_failure |= {"journal volume" if volume == JOURNAL_VOLUME else "original volume" for volume in lost}
        await bench.give()
        await bench.finish()
        assert bench.packets == expected
        assert [record[0] for record in bench.records if record[0] != DATA_FAILED] == outcomes
        failed = [(record[4], record[3]) for record in bench.records if record[0] == DATA_FAILED]
        assert sorted(failed) == sorted(failures)
    dut.fail.value = 0
    assert kinds_of_failure == {"entry", "journal volume", "original volume"}


@cocotb.test
async def test_a_journal_that_changed_on_its_device_is_not_sent(dut: Any) -> None:
    """A bit of update information, or that of another journal: the journal volume is abnormal, nothing is sent. A bit
    of a host write's data: a step names its number, and the packet's trailer is wrong.
    """
    bench = Bench(dut)
    rng = await bench.prepare()
    for round_number in range(12):
        what = ("entry", "data", "other entry")[round_number % 3]
        # data of a packet's last journal, on a path that takes the trailer at once: the step is just in time
        last_data = what == "data" and round_number % 2 == 1
        bench.ready_percent = 100 if last_data else rng.choice([60, 100])
        sizes, kinds = random_journals(rng, 10, bench.most)
        sizes, kinds = [*sizes, 2 * BLOCK, BLOCK], [*kinds, JournalKind.HOST_WRITE, JournalKind.HOST_WRITE]
        await bench.fill(16, sizes, kinds)
        bench.packets, bench.records = [], []
        last = bench.journals[-1]
        written = [journal for journal in bench.journals if journal.information.kind is JournalKind.HOST_WRITE]
        victim = last if last_data or round_number % 4 == 3 else rng.choice(written)
        data = bytearray(victim.data)
        if what == "data":
            bit = rng.randrange(8 * len(data))
            data[bit // 8] ^= 1 << bit % 8
            done = 0
            for part in victim.parts:
                await bench.write(part, bytes(data[done : done + part.size]))
                done += part.size
        elif what == "entry":
            bit = rng.randrange(8 * ENTRY)
            packed = bytearray(victim.information.pack())
            packed[bit // 8] ^= 1 << bit % 8
            await bench.write(victim.entry, bytes(packed))
        else:
            before = bench.journals[bench.journals.index(victim) - 1]
            await bench.write(victim.entry, before.information.pack())
        expected: list[bytes] = []
        records: list[tuple[int, int, int]] = []
        for index in (0, 4, 8):
            command = bench.command(bench.oldest + index, 4, MOST_BYTES, index + 1)
            bench.commands.append(command)
            batch, read = bench.batch(command)
            records.append((READS, command.command.first if command.command else 0, NONE))
            if what != "data" and victim in read:
                records.append((ABNORMAL, bench.oldest + index, NONE))
                answer = bench.answer(command, PacketType.GROUP_STATE, GroupState.ABNORMAL)
                answer.reason = JOURNAL_DAMAGED
                expected.append(answer.pack())
                continue
            answer = bench.answer(command, PacketType.JOURNALS)
            answer.journals = [(j.information, bytes(data) if j is victim else j.data) for j in batch]
            records.append((SENT, bench.oldest + index, NONE))
            if what == "data" and victim in batch:
                records.append((DATA_FAILED, victim.information.update_number, NONE))
                expected.append(poisoned(answer))
            else:
                expected.append(answer.pack())
        await bench.give()
        await bench.finish()
        assert bench.packets == expected, what
        found = [
            (outcome, number, NONE if outcome != DATA_FAILED else volume)
            for outcome, _, _, number, volume in bench.records
        ]
        assert sorted(found) == sorted(records), what


@cocotb.test
async def test_commands_that_wait_keep_the_path_busy(dut: Any) -> None:
    """Batches of 16 journals with a command always waiting: share of the path's beats that carry write data, and no
    beat of it lost between batches.
    """
    bench = Bench(dut)
    await bench.prepare()
    for size, limit in ((4096, 0.95), (512, 0.85)):
        sizes = [min(size, bench.most)] * 16
        await bench.fill(24, sizes, [JournalKind.HOST_WRITE] * 16)
        bench.packets, bench.beats = [], []
        batches = 12 if bench.beat == ENTRY else 3
        bench.commands.extend(bench.command(bench.oldest, 16, MOST_BYTES, tag) for tag in range(1, batches + 1))
        await bench.give()
        await bench.finish()
        assert len(bench.packets) == batches
        # the first batch comes when the first reads are done
        beats = len(bench.packets[0]) // bench.beat
        cycles = bench.beats[-1] - bench.beats[beats - 1]
        data = (batches - 1) * sum(sizes) / bench.beat
        share = data / cycles
        dut._log.info("journals of %d bytes: %.1f %% of %d cycles are data", sizes[0], 100 * share, cycles)
        if bench.beat == ENTRY:
            assert share >= limit, f"{share:.3f} of the path's beats are data, {limit} wanted"
        assert cycles <= (batches - 1) * (beats + 1)
