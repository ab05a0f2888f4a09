"""cocotb tests of journal_store.v: random journals of several groups in any order, against what FIG 18 says."""

import random
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from mirrorlog.formats.outcomes import StoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tests.rtl.units import chance, request_field, start

ENTRY = 64
NORMAL, ABNORMAL = 1, 4
KNOWN, NO_PAIR, NEVER_FITS, NO_ROOM, STORED, COMMITTED = StoreOutcome
COMMIT_NEXT = 14
LARGEST = (1 << 48) - 1
STEPS = ("store", "durable", "commit_next", "clear")
INPUTS = dict.fromkeys(
    (
        *STEPS, "group", "store_information", "wanted", "lost_before", "pair_valid", "volume",
        "volume_capacity", "number", "failed",
        "slot", "size", "host_bytes",
        "journal_volume_valid", "journal_volume_state", "journal_volume_capacity", "update_number", "data_offset",
        "information_area", "data_head", "data_area", "information_used", "information_committed", "data_used",
        "data_committed", "information_oldest", "data_oldest", "no_room_holds", "request_taken", "store_group",
        "lookup_group", "lookup_index",
    ),
    0,
)  # fmt: skip
OUTPUTS = (
    "outcome", "retires", "stored", "never_fits", "holds", "commits", "host_bytes_add", "store_place",
    "store_data_place", "place_information_used", "place_data_used", "none_placed", "contiguous",
)  # fmt: skip


def fields(dut: Any) -> dict[str, int]:
    """The request for a step."""
    value = int(dut.request.value)
    places = {
        name: request_field(name)
        for name in ("kind", "group", "reference", "volume", "position", "size", "received", "discard")
    }
    return {name: value >> low & ((1 << bits) - 1) for name, (low, bits) in places.items()}


# of a position in update information, the lowest bit
POSITION_BIT = 128
# Random rounds, and the most until everything was reached
ROUNDS, MOST_ROUNDS = 4000, 40_000
# Received journals on their way to their device, at most
SLOTS = 32


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal of a group's history."""

    number: int
    size: int
    offset: int
    kind: JournalKind

    @property
    def held(self) -> int:
        """Bytes of its write data."""
        return 0 if self.kind is JournalKind.DISCARD else self.size

    def packed(self) -> int:
        """Its update information as it comes."""
        return int.from_bytes(
            UpdateInformation(
                self.number, 0, self.number * 512, 0, self.offset, self.size, 0, 0, 0, 0, self.kind
            ).pack(),
            "little",
        )


@dataclass
class Group:
    """The tables of a group and what of its journals is known."""

    rng: random.Random
    information_area: int
    data_area: int
    commit: int
    offset: int
    head: int = 4096
    history: list[Journal] = field(default_factory=list)
    freed: int = 0
    placed: set[int] = field(default_factory=set)
    durable: set[int] = field(default_factory=set)
    information_used: int = 0
    data_used: int = 0
    information_oldest: int = 0
    data_oldest: int = 0
    holds: bool = False
    # slots of journals on their way to the device, by number
    slots: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first, self.freed = self.commit, self.commit
        self.information_oldest = self.head + ENTRY * self.rng.randrange(self.information_area // ENTRY)
        self.data_oldest = self.data_head + 512 * self.rng.randrange(self.data_area // 512)

    @property
    def data_head(self) -> int:
        """Where the write data area begins."""
        return self.head + self.information_area

    def journal(self, number: int) -> Journal:
        """The journal with this number, its kind and size drawn once."""
        while self.first + len(self.history) <= number:
            before = self.history[-1] if self.history else None
            offset = before.offset + before.held if before else self.offset
            kind = self.rng.choice(list(JournalKind))
            size = 0 if kind is JournalKind.END_OF_INITIAL_COPY else 512 * self.rng.randrange(1, 5)
            self.history.append(Journal(self.first + len(self.history), size, offset, kind))
        return self.history[number - self.first]

    @property
    def committed_bytes(self) -> int:
        """Bytes of write data from the oldest journal to commit."""
        return self.journal(self.commit).offset - self.journal(self.freed).offset

    def tables(self) -> dict[str, int]:
        """Inputs for a step of this group."""
        return {
            "journal_volume_capacity": self.data_head + self.data_area,
            "update_number": self.commit,
            "data_offset": self.journal(self.commit).offset,
            "information_area": self.information_area,
            "data_head": self.data_head,
            "data_area": self.data_area,
            "information_used": self.information_used,
            "information_committed": (self.commit - self.freed) * ENTRY,
            "data_used": self.data_used,
            "data_committed": self.committed_bytes,
            "information_oldest": self.information_oldest,
            "data_oldest": self.data_oldest,
            "no_room_holds": int(self.holds),
        }

    def free(self) -> None:
        """Free the oldest journal."""
        size = self.journal(self.freed).held
        self.freed += 1
        self.information_used -= ENTRY
        self.data_used -= size
        self.information_oldest = self.head + (self.information_oldest - self.head + ENTRY) % self.information_area
        self.data_oldest = self.data_head + (self.data_oldest - self.data_head + size) % self.data_area


class Bench:
    """Steps of random groups."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.window = int(dut.WINDOW.value)
        self.seen: dict[str, int] = {}
        self.groups = [self.new_group() for _ in range(int(dut.GROUPS.value))]
        # the group, size and bytes of a host write of a step that was asked for
        self.asked: tuple[int, int, int] | None = None

    def new_group(self) -> Group:
        """A group of a new generation."""
        rng = self.rng
        entries, blocks = rng.choice([(4, 40), (self.window + 8, 12), (self.window // 2, 24), (4 * self.window, 500)])
        group = Group(rng, ENTRY * entries, 512 * blocks, rng.randrange(1, 1 << 38), 512 * rng.randrange(1 << 30))
        group.holds = chance(rng, 50)
        return group

    async def step(self, name: str, at: int, **inputs: int) -> dict[str, int]:
        """One step of a group; returns the outputs."""
        dut = self.dut
        for key, input_value in (self.groups[at].tables() | inputs).items():
            getattr(dut, key).value = input_value
        dut.group.value = at
        # what a journal that is stored decides on is there in the cycle before
        await RisingEdge(dut.clk)
        getattr(dut, name).value = 1
        await ReadOnly()
        # of a slot that was never used nothing has a value
        values = {name: getattr(dut, name).value for name in OUTPUTS}
        outputs = {name: int(value) if value.is_resolvable else -1 for name, value in values.items()}
        await RisingEdge(dut.clk)
        getattr(dut, name).value = 0
        self.seen[name] = self.seen.get(name, 0) + 1
        return outputs

    def count(self, what: str) -> None:
        """Remember that something was reached."""
        self.seen[what] = self.seen.get(what, 0) + 1

    async def store(self, number: int) -> None:
        """A received journal: behind commit, at it, in the window, or far out."""
        group, rng = self.groups[number], self.rng
        used = {slot for other in self.groups for slot in other.slots.values()}
        if len(used) == SLOTS:
            return None
        slot = rng.choice([slot for slot in range(SLOTS) if slot not in used])
        ahead = rng.choice([0, 0, 0, 1, 2, 3, rng.randrange(self.window), self.window, -1, 1 << 33])
        journal = group.journal(max(group.first, group.commit + ahead)) if ahead < 1 << 33 else None
        if journal is None:
            journal = Journal(group.commit + ahead, 512, group.offset, JournalKind.HOST_WRITE)
        elif chance(rng, 3):
            journal = Journal(journal.number, journal.size, group.offset - 512, journal.kind)
        wanted, pair, aligned = not chance(rng, 4), not chance(rng, 4), not chance(rng, 3)
        lost_before = chance(rng, 20)
        end = journal.number * 512 + journal.size
        capacity = min(end + (0 if aligned else 512) - chance(rng, 4), LARGEST)
        values = {
            "store_information": journal.packed() | (0 if aligned else rng.randrange(1, 512) << POSITION_BIT),
            "wanted": int(wanted),
            "lost_before": int(lost_before),
            "pair_valid": int(pair),
            "volume": journal.number % 50,
            "volume_capacity": capacity,
            "slot": slot,
        }
        # the journal is there before its step is asked for
        self.dut.store_group.value, self.dut.store_information.value = number, values["store_information"]
        await RisingEdge(self.dut.clk)
        await RisingEdge(self.dut.clk)
        while not int(self.dut.settled.value):
            await RisingEdge(self.dut.clk)
            self.count("not settled")
        if group.commit in group.slots and chance(rng, 30):
            # commit passes the next one in the step before, or one earlier
            await self.durable(number, group.commit)
            if chance(rng, 50):
                await RisingEdge(self.dut.clk)
        found = await self.step("store", number, **values)
        known = journal.number < group.commit or journal.number in group.placed
        lowest = next(n for n in range(group.commit, group.commit + self.window + 1) if n not in group.placed)
        index, offset = journal.number - group.freed, journal.offset - group.journal(group.freed).offset
        room = (
            journal.number < group.commit + self.window
            and (index + 1) * ENTRY <= group.information_area
            and 0 <= offset < group.data_area - journal.held
        )
        assert not found["commits"]
        assert group.commit + found["contiguous"] == lowest
        if lost_before and journal.number > lowest:
            wanted = False
            self.count("lost before")
        if not wanted:
            assert not (found["retires"] or found["stored"] or found["holds"])
            assert not found["never_fits"]
            return self.count("unwanted")
        expected_offset = group.journal(group.commit).offset
        follows = journal.offset == expected_offset or (
            journal.offset > expected_offset and journal.number > group.commit
        )
        never = journal.held >= group.data_area or not follows
        outcome = STORED if room else NO_ROOM
        if not (pair and aligned and end <= capacity):
            outcome = NO_PAIR
        elif known or never:
            outcome = KNOWN if known else NEVER_FITS
        assert found["never_fits"] == (outcome in (NO_PAIR, NEVER_FITS))
        self.count(str(outcome))
        assert found["retires"] and found["outcome"] == outcome, (found["outcome"], outcome)
        assert found["stored"] == (outcome == STORED)
        holds = outcome == NO_ROOM and group.holds and journal.number == lowest
        assert found["holds"] == holds
        self.seen["holds"] = self.seen.get("holds", 0) + holds
        if outcome != STORED:
            return None
        group.information_used = max(group.information_used, (index + 1) * ENTRY)
        group.data_used = max(group.data_used, offset + journal.held)
        place = group.head + (group.information_oldest - group.head + index * ENTRY) % group.information_area
        data_place = group.data_head + (group.data_oldest - group.data_head + offset) % group.data_area
        before_end = min(journal.held, group.data_head + group.data_area - data_place)
        self.count("split" if before_end < journal.held else "whole")
        names = (
            "store_place",
            "store_data_place",
            "place_information_used",
            "place_data_used",
        )
        expected = (place, data_place, group.information_used, group.data_used)
        assert tuple(found[name] for name in names) == expected
        looks = journal.number == lowest and any(placed > lowest for placed in group.placed)
        group.placed.add(journal.number)
        group.slots[journal.number] = slot
        if chance(rng, 50):
            await RisingEdge(self.dut.clk)
            assert int(self.dut.settled.value) == (not looks), "numbers behind it are looked at only if there are any"
        return None

    async def durable(self, number: int, of: int | None = None) -> None:
        """A device has answered for a journal, the one with number `of` or any."""
        group, rng = self.groups[number], self.rng
        written = sorted(group.slots)
        if not written:
            return
        journal = group.journal(rng.choice(written[:4]) if of is None else of)
        failed, state = chance(rng, 5), NORMAL if not chance(rng, 5) else ABNORMAL
        about = {"number": journal.number % self.window, "size": journal.size, "slot": group.slots[journal.number]}
        found = await self.step("durable", number, failed=failed, journal_volume_state=state, **about)
        if failed or state != NORMAL:
            assert not found["commits"]
            return
        group.durable.add(journal.number)
        del group.slots[journal.number]
        assert found["commits"] == (journal.number == group.commit)
        if found["commits"]:
            self.commit(group, found)

    def commit(self, group: Group, found: dict[str, int]) -> None:
        """Commit passes the next journal."""
        journal = group.journal(group.commit)
        host_bytes = journal.size if journal.kind is JournalKind.HOST_WRITE else 0
        assert found["host_bytes_add"] == host_bytes
        group.placed.remove(group.commit)
        group.durable.remove(group.commit)
        group.commit += 1

    async def commit_next(self) -> None:
        """Take a request for a step of commit, if there is one, and give it its step later."""
        dut = self.dut
        if self.asked is not None:
            (number, size, host_bytes), self.asked = self.asked, None
            group = self.groups[number]
            about = {
                "size": size,
                "host_bytes": host_bytes,
                "journal_volume_state": self.rng.choice([NORMAL, ABNORMAL]),
            }
            found = await self.step("commit_next", number, **about)
            due = group.commit in group.durable
            assert found["commits"] == found["retires"] == due and found["outcome"] == COMMITTED
            if due:
                self.count("committed in its turn")
                self.commit(group, found)
        elif int(dut.request_valid.value):
            request = fields(dut)
            self.asked = request["group"], request["size"], request["received"]
            group = self.groups[request["group"]]
            journal = group.journal(group.commit)
            if journal.number in group.durable:
                shown = journal.number, journal.number % 50, journal.number * 512, journal.size
                assert tuple(request[name] for name in ("reference", "volume", "position", "size")) == shown
                assert request["discard"] == (journal.kind is JournalKind.DISCARD)
            assert request["kind"] == COMMIT_NEXT
            dut.request_taken.value = 1
            await RisingEdge(dut.clk)
            dut.request_taken.value = 0
        await RisingEdge(dut.clk)


@cocotb.test
async def test_journals_take_the_place_of_their_number_and_commit_passes_them_in_order(dut: Any) -> None:
    """Random journals, ends of their writes in any order, freeing, and new generations."""
    rng = await start(dut, **INPUTS)
    dut.journal_volume_valid.value = 1
    bench = Bench(dut, rng)
    outcomes = [str(outcome) for outcome in (KNOWN, NO_PAIR, NEVER_FITS, NO_ROOM, STORED)]
    others = (
        "not settled",
        "looked at",
        "unwanted",
        "lost before",
        "holds",
        "split",
        "whole",
        "committed in its turn",
        "clear",
    )
    wanted = (*outcomes, *others)
    for done in range(MOST_ROUNDS):
        if done >= ROUNDS and all(bench.seen.get(name) for name in wanted):
            break
        number = rng.randrange(len(bench.groups))
        group = bench.groups[number]
        match rng.randrange(8):
            case 0 | 1 | 2:
                await bench.store(number)
            case 3 | 4:
                await bench.durable(number)
            case 5 | 6:
                await bench.commit_next()
            case _:
                while group.freed < group.commit and chance(rng, 40):
                    group.free()
        # what is kept of numbers changes in the cycle behind the step
        await RisingEdge(dut.clk)
        index = rng.randrange(bench.window)
        dut.group.value = dut.lookup_group.value = number
        dut.lookup_index.value = index
        await RisingEdge(dut.clk)
        await ReadOnly()
        assert int(dut.none_placed.value) == (not group.placed)
        if int(dut.cleared.value):
            assert int(dut.lookup_placed.value) == any(n % bench.window == index for n in group.placed)
            bench.count("looked at")
        await RisingEdge(dut.clk)
        if chance(rng, 1):
            await bench.step("clear", number)
            bench.groups[number] = bench.new_group()
    for _ in range(200):
        await bench.commit_next()
    assert not any(group.commit in group.durable for group in bench.groups), "durable journals are not committed"
    for name in wanted:
        assert bench.seen.get(name), f"never {name}: {bench.seen}"
