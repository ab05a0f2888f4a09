"""cocotb tests of journal_receive.v: packets as path_receive gives them, steps as the commit stage takes them."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from mirrorlog.formats.connection_path import PacketType
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tests.rtl.units import chance, request_field, start, until

ANSWER, STORE = 12, 13
KNOWN, NO_PAIR, NO_ROOM, STORED = 1, 2, 1820, 1850
RECEIVED = 2
HEADER = ("type", "group", "generation", "tag", "status", "count")
INPUTS = dict.fromkeys(
    (
        "packet_source",
        "packet_valid", *(f"packet_{name}" for name in HEADER), "information_enable", "information_index",
        "information_part", "data_enable", "data_beat", "data", "crc_enable", "crc_index", "crc", "request_taken",
        "step_store", "step_wanted", "step_stored", "step_holds", "step_yields", "step_outcome", "step_answer", "retry",
        "journal_done", "done_index", "started", "settled",
    ),
    0,
)  # fmt: skip
# Cycles in which a group whose device hangs gets what it can, and in which the others must go on; the most times so
# many until packets came for each of these
HUNG_CYCLES, MOST_WINDOWS = 3000, 4
BLOCK = 512
# Packets of a group that wait
QUEUE = 16
TYPES = (PacketType.JOURNALS, PacketType.NO_JOURNAL, PacketType.GROUP_STATE, PacketType.GONE)


@dataclass
class Received:
    """A packet: the fields of its header, its journals, and how many of these were handled and stored."""

    header: dict[str, int]
    journals: list[tuple[UpdateInformation, bytes, int]] = field(default_factory=list)
    at: int = 0
    stored: int = 0
    refused: bool = False
    # its next journal is held, and may be asked for again; another group's packet has waited since
    held: bool = False
    yields: bool = False
    needed: bool = False


class Bench:
    """The path on one side, the commit stage and the devices on the other."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.beat = len(dut.data) // 8
        self.memory: dict[int, bytes] = {}
        self.sent: deque[Received] = deque()
        self.in_flight: dict[int, tuple[int, bytes, int]] = {}
        self.seen: dict[str, int] = {}
        self.left = 100
        self.number = 0
        self.groups = int(dut.GROUPS.value)
        dut.started.value = (1 << self.groups) - 1
        dut.settled.value = self.settled = 1
        # journals in a packet
        self.counts = [1, 2, 5, int(dut.MAX_JOURNALS.value)]
        # whether devices are slow now and then; a group whose device answers nothing
        self.slow = True
        self.hung: int | None = None
        # groups that have lost a packet
        self.lost: set[int] = set()
        self.ready_for_packet = True

    def packet(self) -> Received:
        """A random packet."""
        rng = self.rng
        kind = rng.choice(TYPES) if chance(rng, 40) else PacketType.JOURNALS
        bits = {"generation": 32, "tag": 32, "status": 2}
        header = {"type": int(kind), **{name: rng.getrandbits(width) for name, width in bits.items()}, "count": 0}
        header["group"] = rng.randrange(self.groups)
        received = Received(header)
        if kind is PacketType.JOURNALS:
            header["count"] = rng.choice(self.counts)
            left = int(self.dut.MAX_DATA_BYTES.value)
            for _ in range(header["count"]):
                size = min(left, rng.choice([0, 512, 512, 1024]))
                left -= size
                self.number += 1
                data = rng.randbytes(size)
                kind_of = JournalKind.HOST_WRITE
                if chance(rng, 15):
                    data, size, kind_of = b"", 512 * rng.randrange(1, 5), JournalKind.DISCARD
                information = UpdateInformation(
                    self.number, 0, rng.getrandbits(40), 0, 0, size, 0, 1, rng.getrandbits(16), 0, kind_of
                )
                received.journals.append((information, data, rng.getrandbits(32)))
        return received

    def beats(self, received: Received) -> Iterator[dict[str, int]]:
        """What path_receive shows of a packet in each cycle behind its header, its last beat included."""
        for index, (information, _, _) in enumerate(received.journals):
            packed = information.pack()
            for part in range(len(packed) // self.beat):
                value = int.from_bytes(packed[part * self.beat : (part + 1) * self.beat], "little")
                yield {
                    "information_enable": 1,
                    "information_index": index,
                    "information_part": part,
                    "data": value,
                }
        beat = 0
        for index, (_, data, crc) in enumerate(received.journals):
            end = {"crc_enable": 1, "crc_index": index, "crc": crc}
            if not data:
                yield end
            for at in range(0, len(data), self.beat):
                shown = {
                    "data_enable": 1,
                    "data_beat": beat,
                    "data": int.from_bytes(data[at : at + self.beat], "little"),
                }
                yield shown | (end if at + self.beat == len(data) else {})
                beat += 1
        if received.journals:
            yield {}

    async def path(self) -> None:
        """Give packets, some of them faulty, as soon as one may begin; some without a pause."""
        dut, rng = self.dut, self.rng
        while self.left:
            packet, faulty = self.packet(), chance(rng, 20)
            await self.deliver(packet, faulty)
            self.left -= not faulty
        await RisingEdge(dut.clk)
        dut.packet_valid.value = 0
        while not int(dut.enable.value):
            await RisingEdge(dut.clk)
            self.notice_lost()

    async def deliver(self, packet: Received, faulty: bool = False) -> None:
        """Give a packet as soon as one may begin."""
        dut = self.dut
        taken = False
        # the header's beat, taken in a cycle with `enable`
        while not taken:
            await RisingEdge(dut.clk)
            self.notice_lost()
            self.notice_waiting()
            taken = bool(int(dut.enable.value)) and not chance(self.rng, 20)
            dut.packet_valid.value = 0
        for shown in self.beats(packet):
            for name in ("information_enable", "data_enable", "crc_enable"):
                getattr(dut, name).value = 0
            for name, value in shown.items():
                getattr(dut, name).value = value
            await RisingEdge(dut.clk)
        for name in ("information_enable", "data_enable", "crc_enable"):
            getattr(dut, name).value = 0
        dut.packet_valid.value = int(not faulty)
        for name, value in packet.header.items():
            getattr(dut, f"packet_{name}").value = value
        if not faulty:
            self.sent.append(packet)

    def journals_of(self, group: int) -> Received:
        """A random packet of a group with journals."""
        while not (packet := self.packet()).journals or packet.header["group"] != group:
            pass
        return packet

    def notice_waiting(self) -> None:
        """While no packet may begin, the last one waits for a buffer: held packets of other groups may give theirs
        up."""
        if self.sent and self.sent[-1].journals and not int(self.dut.enable.value):
            for packet in self.sent:
                packet.needed |= packet.header["group"] != self.sent[-1].header["group"]

    def notice_lost(self) -> None:
        """The last packet found no room: its group's queue is full, or it has journals, and its group others that are
        not done.
        """
        if not int(self.dut.lost.value):
            return
        packet = self.sent.pop()
        group = packet.header["group"]
        others = any(other.header["group"] == group and other.journals for other in self.sent)
        full = sum(other.header["group"] == group for other in self.sent) >= QUEUE
        in_flight = any(of == group for *_, of in self.in_flight.values())
        assert full or (packet.journals and (others or in_flight))
        self.lost.add(group)
        self.count("lost")

    async def memory_writes(self) -> None:
        """The memory of the write data."""
        dut = self.dut
        while True:
            await RisingEdge(dut.clk)
            if int(dut.cache_write_enable.value):
                data = int(dut.cache_write_data.value).to_bytes(self.beat, "little")
                self.memory[int(dut.cache_write_address.value)] = data

    def count(self, what: str) -> None:
        """Remember that something was reached."""
        self.seen[what] = self.seen.get(what, 0) + 1

    def request(self) -> dict[str, int]:
        """The request for a step."""
        value = int(self.dut.request.value)
        names = (
            "kind",
            "group",
            "tag",
            "volume",
            "position",
            "size",
            "reference",
            "slot",
            "failed",
            "received",
            "discard",
        )
        places = {name: request_field(name) for name in names}
        return {name: value >> low & ((1 << bits) - 1) for name, (low, bits) in places.items()}

    async def steps(self) -> None:
        """Take requests at random and decide them two cycles later."""
        dut, rng = self.dut, self.rng
        while True:
            await RisingEdge(dut.clk)
            dut.retry.value = int(chance(rng, 10))
            if not int(dut.request_valid.value) or chance(rng, 20):
                continue
            request = self.request()
            packet = next(packet for packet in self.sent if packet.header["group"] == request["group"])
            self.count(f"step of {request['group']}")
            assert request["tag"] == packet.header["tag"] & 0xFFFF
            dut.request_taken.value = 1
            await RisingEdge(dut.clk)
            dut.request_taken.value = dut.retry.value = 0
            await RisingEdge(dut.clk)
            for name in ("type", "generation", "tag", "status"):
                assert int(getattr(dut, f"answer_{name}").value) == packet.header[name]
            if packet.journals:
                assert int(dut.answer_first_number.value) == packet.journals[0][0].update_number
            await (self.store(packet, request) if request["kind"] == STORE else self.answer(packet, request))

    async def settle(self) -> None:
        """Steps may be asked for now and then only: in the cycle behind one that says so."""
        while True:
            await RisingEdge(self.dut.clk)
            if not self.settled:
                self.count("not settled")
                assert not int(self.dut.request_valid.value), "a step is asked for too early"
            self.settled = int(self.dut.settled.value)
            self.dut.settled.value = int(not chance(self.rng, 20))

    async def answer(self, packet: Received, request: dict[str, int]) -> None:
        """The step that closes a packet: all its journals were handled."""
        dut = self.dut
        assert request["kind"] == ANSWER and request["size"] == packet.stored
        gives_up = packet.held and packet.yields
        assert packet.at == len(packet.journals) or packet.refused or gives_up
        assert request["failed"] == (packet.refused or gives_up)
        if gives_up:
            assert packet.needed, "given up though no packet of another group waits for a buffer"
            self.count("given up")
        taken = sum(len(data) for _, data, _ in packet.journals[: packet.at])
        assert (request["reference"], request["received"]) == (packet.at, taken)
        self.sent.remove(packet)
        self.count("refused" if packet.refused else "journals" if packet.journals else "others")
        dut.step_answer.value = 1
        await RisingEdge(dut.clk)
        dut.step_answer.value = 0

    async def store(self, packet: Received, request: dict[str, int]) -> None:
        """The step of a journal, with a random end."""
        dut, rng = self.dut, self.rng
        information, data, crc = packet.journals[packet.at]
        named = (information.volume, information.position, information.size, information.update_number)
        assert tuple(request[name] for name in ("volume", "position", "size", "reference")) == named
        assert request["discard"] == (information.kind == JournalKind.DISCARD)
        index = request["slot"] & 0xFF
        assert request["slot"] >> 8 == RECEIVED and index not in self.in_flight
        wanted = not chance(rng, 1)
        outcome = rng.choices([STORED, KNOWN, NO_PAIR, NO_ROOM], [20, 3, 1, 3])[0]
        holds = wanted and outcome == NO_ROOM and chance(rng, 70)
        stored = wanted and outcome == STORED
        packet.held, packet.yields, packet.needed = holds, chance(rng, 70), False
        values = {"wanted": wanted, "stored": stored, "holds": holds, "outcome": outcome, "yields": packet.yields}
        for name, value in values.items():
            getattr(dut, f"step_{name}").value = int(value)
        dut.step_store.value = 1
        start_beat = int(dut.store_start.value)
        packet.stored += stored
        if stored or (wanted and outcome == KNOWN):
            packet.at += 1
        elif not holds:
            packet.refused = True
        self.count("held" if holds else "unwanted" if not wanted else str(outcome))
        await RisingEdge(dut.clk)
        # these hold until then
        assert int(dut.store_information.value).to_bytes(64, "little") == information.pack()
        assert int(dut.store_data_crc.value) == crc
        assert int(dut.store_start.value) == start_beat
        dut.step_store.value = 0
        if stored:
            self.in_flight[index] = start_beat, data, packet.header["group"]
            # but one for each other group
            most = int(dut.CACHE_SLOTS.value) - self.groups + 1
            self.count("in flight" if len(self.in_flight) < most else "all slots")

    async def devices(self) -> None:
        """End journals in flight at random; what was looked up and the data in the memory are still theirs."""
        dut, rng = self.dut, self.rng
        slow = left = 0
        last: int | None = None
        while True:
            await RisingEdge(dut.clk)
            dut.journal_done.value = 0
            slow = rng.randrange(2) * self.slow if chance(rng, 1) else slow
            # one journal stays in flight while others pass it
            left -= 1
            if left <= 0 and self.in_flight and chance(rng, 10):
                last, left = rng.choice(list(self.in_flight)), 300
            others = [
                index
                for index, (*_, group) in self.in_flight.items()
                if (left <= 0 or index != last) and group != self.hung
            ]
            if not others or chance(rng, 99 if slow else 50):
                continue
            index = rng.choice(others)
            place, data, _ = self.in_flight[index]
            await ReadOnly()
            beats = [self.memory[place + n] for n in range(len(data) // self.beat)]
            assert b"".join(beats) == data, "write data of a journal in flight was overwritten"
            await RisingEdge(dut.clk)
            dut.journal_done.value, dut.done_index.value = 1, index
            del self.in_flight[index]


@cocotb.test
async def test_each_packet_is_taken_in_journal_by_journal_and_closed_in_its_groups_order(dut: Any) -> None:
    """Random packets, exits, and ends of device writes."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    cocotb.start_soon(bench.memory_writes())
    cocotb.start_soon(bench.steps())
    cocotb.start_soon(bench.devices())
    cocotb.start_soon(bench.path())
    cocotb.start_soon(bench.settle())
    wanted = (
        *map(str, (STORED, KNOWN, NO_PAIR, NO_ROOM)),
        "not settled",
        "held",
        "refused",
        "journals",
        "others",
        "all slots",
    )
    for _ in range(120_000):
        await RisingEdge(dut.clk)
        if not bench.left and not bench.sent and not bench.in_flight and int(dut.idle.value):
            if all(bench.seen.get(name) for name in wanted):
                break
            # more packets, until everything was reached
            bench.left = 20
            cocotb.start_soon(bench.path())
    assert not bench.left and not bench.sent and int(dut.idle.value), f"{len(bench.sent)} packets are not closed"
    for name in wanted:
        assert bench.seen.get(name), f"never {name}: {bench.seen}"


@cocotb.test
async def test_a_device_that_hangs_holds_up_only_the_groups_on_it(dut: Any) -> None:
    """Packets of its group are lost when they find no buffer; those of the others are taken in as ever, and none of
    them is lost before nor after. In the end all that was taken in is stored and closed.
    """
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    bench.left, bench.counts, bench.slow = 1_000_000, [5, 12], False
    for process in (bench.memory_writes, bench.steps, bench.devices, bench.path):
        cocotb.start_soon(process())
    cycles = HUNG_CYCLES * (3 if bench.beat < BLOCK // 8 else 1)
    for hung in range(bench.groups if bench.groups > 1 else 0):
        bench.hung = hung
        for _ in range(cycles):
            await RisingEdge(dut.clk)
        bench.lost.clear()
        names = [f"step of {group}" for group in range(bench.groups) if group != hung]
        before = {name: bench.seen.get(name, 0) for name in names}
        # packets are for any group: until some came for each
        for _ in range(MOST_WINDOWS):
            for _ in range(cycles):
                await RisingEdge(dut.clk)
            taken = {name: bench.seen.get(name, 0) - before[name] for name in names}
            if min(taken.values()) > 5:
                break
        assert bench.lost <= {hung}, f"groups {bench.lost} lose packets while {hung} hangs"
        assert min(taken.values()) > 5, f"{taken} while the device of {hung} hangs"
    bench.hung, bench.left = None, 0
    for _ in range(20_000):
        await RisingEdge(dut.clk)
        if not bench.sent and not bench.in_flight and int(dut.idle.value):
            return
    raise AssertionError(f"{len(bench.sent)} packets are not closed")


@cocotb.test
async def test_a_held_journal_is_tried_again_when_something_was_freed(dut: Any) -> None:
    """Without `retry` nothing is asked; with it the same journal once more."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    drawn = bench.packet

    def with_journals() -> Received:
        while not (packet := drawn()).journals:
            pass
        return packet

    # one of another kind would ask for its step, too
    bench.packet = with_journals  # type: ignore[method-assign]
    bench.left = 1
    await bench.path()
    for again in range(3):
        while not int(dut.request_valid.value) or bench.request()["kind"] != STORE:
            dut.request_taken.value = int(dut.request_valid.value)
            await RisingEdge(dut.clk)
            dut.step_answer.value = dut.request_taken.value
            dut.request_taken.value = 0
            await RisingEdge(dut.clk)
            dut.step_answer.value = 0
            await RisingEdge(dut.clk)
        number = bench.sent[0].journals[0][0].update_number
        assert bench.request()["reference"] == number, f"try {again}"
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        dut.request_taken.value = 0
        dut.step_wanted.value, dut.step_holds.value, dut.step_outcome.value = 1, 1, NO_ROOM
        dut.step_store.value = 1
        await RisingEdge(dut.clk)
        dut.step_store.value = 0
        for _ in range(30):
            await RisingEdge(dut.clk)
            assert not int(dut.request_valid.value), "asked though nothing was freed"
        dut.retry.value = 1
        await RisingEdge(dut.clk)
        dut.retry.value = 0
        # its packet's header and its update information are read again
        await until(dut, lambda: int(dut.request_valid.value), 5 + 64 // bench.beat)


@cocotb.test
async def test_the_next_journal_is_asked_for_in_the_cycle_behind_a_step(dut: Any) -> None:
    """With steps as the commit stage takes them at best: granted in the second cycle, told of in the fourth behind
    that. Its update information comes a beat in a cycle; one that is a single beat has been looked up by then.
    """
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    bench.counts = [int(dut.MAX_JOURNALS.value)]
    packet = bench.journals_of(0)
    await bench.deliver(packet)
    dut.step_wanted.value = dut.step_stored.value = 1
    dut.step_outcome.value = STORED
    parts = 64 // bench.beat
    asked: list[int] = []
    for cycle in range(len(packet.journals) * (6 + parts) + 20):
        await RisingEdge(dut.clk)
        dut.packet_valid.value = 0
        if int(dut.request_valid.value) and bench.request()["kind"] == STORE and (not asked or cycle > asked[-1] + 1):
            asked.append(cycle)
            dut.done_index.value = bench.request()["slot"] & 0xFF
        since = cycle - asked[-1] if asked else -1
        dut.request_taken.value, dut.step_store.value, dut.journal_done.value = since == 0, since == 4, since == 5
    assert len(asked) == len(packet.journals)
    apart = {later - earlier for earlier, later in pairwise(asked)}
    assert apart == {6 + (parts if parts > 1 else 0)}, f"cycles apart: {apart}"


async def hold(bench: Bench, yields: int | None) -> list[int]:
    """Let no journal have room for some cycles; only those of group `yields` can be asked for again. Returns the groups
    whose packets are closed."""
    dut, closed = bench.dut, list[int]()
    for _ in range(200):
        await RisingEdge(dut.clk)
        dut.packet_valid.value = 0
        if not int(dut.request_valid.value):
            continue
        request = bench.request()
        store = request["kind"] == STORE
        dut.request_taken.value = 1
        await RisingEdge(dut.clk)
        dut.request_taken.value = 0
        await RisingEdge(dut.clk)
        dut.step_wanted.value = dut.step_holds.value = 1
        dut.step_yields.value = int(request["group"] == yields)
        dut.step_outcome.value = NO_ROOM
        dut.step_store.value, dut.step_answer.value = int(store), int(not store)
        if not store:
            assert request["failed"]
            closed.append(request["group"])
        await RisingEdge(dut.clk)
        dut.step_store.value = dut.step_answer.value = 0
    return closed


@cocotb.test
async def test_a_held_packet_gives_its_buffer_up_when_another_groups_packet_needs_it(dut: Any) -> None:
    """Group 0 holds several buffers; then another group's packet that needs one has one of them, but not the last. A
    group whose journals cannot be asked for again keeps its buffers.
    """
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    bench.counts = [1]
    for yields in (None, 0):
        for group in (*[0] * (int(dut.BUFFERS.value) - bench.groups), 1, 1):
            await bench.deliver(bench.journals_of(group))
        assert await hold(bench, yields) == ([] if yields is None else [yields])
        assert bool(int(dut.enable.value)) == (yields is not None), "only what was given up lets the last packet in"
        if yields is not None:
            await bench.deliver(bench.journals_of(1))
            assert await hold(bench, yields) == [], "a group's only buffer is given up to one that has others"
        dut.rst.value = 1
        await RisingEdge(dut.clk)
        dut.rst.value = 0
        bench.sent.clear()


@cocotb.test
async def test_packets_without_journals_queue_until_their_groups_queue_is_full(dut: Any) -> None:
    """One after the other without a pause, while no step is taken."""
    rng = await start(dut, **INPUTS)
    bench = Bench(dut, rng)
    full: set[int] = set()
    while len(full) < bench.groups:
        await RisingEdge(dut.clk)
        if int(dut.lost.value):
            full.add(bench.sent.pop().header["group"])
        begins = bool(int(dut.enable.value))
        dut.packet_valid.value = int(begins)
        if begins:
            packet = bench.packet()
            while packet.journals:
                packet = bench.packet()
            for name, value in packet.header.items():
                getattr(dut, f"packet_{name}").value = value
            bench.sent.append(packet)
            assert len(bench.sent) < 1000, "packets without end"
    dut.packet_valid.value = 0
    while not int(dut.enable.value):
        await RisingEdge(dut.clk)
        if int(dut.lost.value):
            bench.sent.pop()
    waiting = [sum(packet.header["group"] == group for packet in bench.sent) for group in range(bench.groups)]
    assert waiting == [waiting[0]] * bench.groups
    cocotb.start_soon(bench.steps())
    for _ in range(5000):
        await RisingEdge(dut.clk)
        if not bench.sent:
            break
    assert not bench.sent, f"{len(bench.sent)} packets were lost"
