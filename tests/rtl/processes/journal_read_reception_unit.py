"""cocotb tests of journal_read_reception.v: both steps of a command and a failed read, by number and plain, against a
reference on whole numbers.
"""

import random
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.formats.outcomes import ReceptionOutcome
from tests.rtl.units import chance, generator

ENTRY = 64
MOST_JOURNALS = 64
NORMAL = 1
VOLUME_NORMAL = 1
GROUP_ABNORMAL = 2
DROPPED, GONE, SILENT, DATA_FAILED, OVERTAKEN, STATE, ABNORMAL, *OTHERS = ReceptionOutcome
AGAIN, SENT_AGAIN, NO_JOURNAL, READS, SENT = OTHERS
DEVICE_ERROR = 13
# reasons
JOURNAL_DEVICE, VOLUME_DEVICE, JOURNAL_DAMAGED, HEARTBEAT = 2, 3, 4, 7
STARTED = 1
ROUNDS = 6000
# Cycles in which sums of the tables enter registers
SUMS = 3


@dataclass(frozen=True, slots=True)
class Command:
    """A journal read command, and what the second step brings."""

    generation: int
    tag: int
    by_number: bool
    retry: bool
    journals: int
    bytes: int
    first: int
    free: int
    free_bytes: int
    from_partner: bool = True

    def payload(self) -> int:
        """Its 64 bytes as a number."""
        low = self.by_number | self.retry << 8 | self.journals << 32 | self.bytes << 64
        return low | self.first << 96 | self.free << 160 | self.free_bytes << 224


@dataclass(frozen=True, slots=True)
class Tables:
    """The group; names as the module's inputs."""

    group_state: int
    journal_volume_valid: int
    journal_volume_state: int
    generation: int
    activity: int
    information_area: int
    data_head: int
    information_oldest: int
    information_committed: int
    information_sent: int
    data_committed: int
    oldest_number: int
    host_bytes: int
    tag: int
    batch: int
    batch_data: int
    last_answer: int


@dataclass(slots=True)
class Step:
    """What a step does; names as the module's outputs, effects None if there is none."""

    outcome: int
    size: int = 0
    received: int = 0
    reference: int = 0
    status: int = 0
    free: tuple[int, int] | None = None
    send: int | None = None
    host_bytes: int | None = None
    tag: int | None = None
    batch: tuple[int, int] | None = None
    answer: int | None = None
    # why the group fails, if it does
    reason: int = 0
    # place and journals of what is to be read; `reference` is the number of the first
    read: tuple[int, int] | None = None


def is_usable(tables: Tables) -> bool:
    """Are group and journal volume normal?"""
    volume = tables.journal_volume_valid and tables.journal_volume_state == VOLUME_NORMAL
    return tables.group_state == NORMAL and bool(volume)


def is_current(tables: Tables, command: Command) -> bool:
    """Is the group started, with the command's generation?"""
    return bool(tables.activity & STARTED) and command.from_partner and tables.generation == command.generation


def is_repeated(tables: Tables, command: Command) -> bool:
    """Plain: is the command to get what the last one got?"""
    return command.tag == tables.tag or (command.retry and tables.batch > 0)


def reading(tables: Tables, ahead: int, count: int, again: bool) -> Step:
    """1540, 1570."""
    head = tables.data_head - tables.information_area
    place = head + (tables.information_oldest - head + ahead * ENTRY) % tables.information_area
    first = tables.oldest_number + ahead
    return Step(AGAIN if again else READS, size=count, reference=first, read=(place, count))


def limited(command: Command, count: int) -> int:
    """At most what the command allows, at least one."""
    return min(count, max(1, min(command.journals, MOST_JOURNALS)))


def first_step(tables: Tables, command: Command) -> Step:
    """What becomes of a command that comes."""
    if not is_current(tables, command):
        return Step(DROPPED, reference=command.first)
    if tables.group_state != NORMAL:
        return Step(STATE, reference=command.first)
    if not is_usable(tables):
        return Step(ABNORMAL, reference=command.first, reason=JOURNAL_DEVICE)
    return by_number(tables, command) if command.by_number else plain(tables, command)


def by_number(tables: Tables, command: Command) -> Step:
    """First step of a command by number."""
    oldest, sent, committed = tables.oldest_number, tables.information_sent, tables.information_committed
    count, size = command.free + 1 - oldest, command.free_bytes - tables.host_bytes
    if count > 0 and (count * ENTRY > sent or not 0 <= size <= tables.data_committed):
        return Step(DROPPED, reference=command.first)
    index = command.first - oldest
    if command.first < oldest + max(0, count):
        step = Step(GONE, reference=command.first)
    elif index * ENTRY >= committed:
        step = Step(NO_JOURNAL, reference=command.first)
    else:
        step = reading(tables, index, limited(command, committed // ENTRY - index), index * ENTRY < sent)
    if count > 0:
        step.free, step.host_bytes = (count * ENTRY, size), command.free_bytes
    return step


def plain(tables: Tables, command: Command) -> Step:
    """First step of a plain command."""
    if (command.tag - tables.tag) & 0xFFFF_FFFF >= 1 << 31:
        return Step(DROPPED, reference=command.first)
    sent, unsent = tables.information_sent // ENTRY, (tables.information_committed - tables.information_sent) // ENTRY
    if is_repeated(tables, command):
        if tables.batch:
            return reading(tables, sent - tables.batch, tables.batch, again=True)
        return Step(NO_JOURNAL if tables.last_answer == NO_JOURNAL else GONE, reference=command.first)
    if unsent:
        return reading(tables, sent, limited(command, unsent), again=False)
    step = Step(NO_JOURNAL, reference=command.first, send=0, tag=command.tag, batch=(0, 0), answer=NO_JOURNAL)
    step.free, step.host_bytes = (tables.batch * ENTRY, tables.batch_data), tables.host_bytes + tables.batch_data
    return step


def second_step(
    tables: Tables, command: Command, first: int, count: int, size: int, in_area: int, failed: bool
) -> Step:
    """What becomes of a command whose update information has been read."""
    if not is_current(tables, command) or not is_usable(tables) or first < tables.oldest_number:
        return Step(DROPPED, reference=first)
    if failed:
        return Step(ABNORMAL, reference=first, status=DEVICE_ERROR, reason=JOURNAL_DEVICE)
    step = Step(SENT, count, size, first)
    if command.by_number:
        ahead = first - tables.oldest_number
        if ahead * ENTRY < tables.information_sent:
            step.outcome = SENT_AGAIN
        new = (ahead + count) * ENTRY - tables.information_sent
        step.send = new if new > 0 else None
        return step
    step.tag = command.tag
    if is_repeated(tables, command):
        step.outcome = SENT_AGAIN
        return step
    step.send, step.answer = count * ENTRY, SENT
    step.batch = (count, in_area)
    step.free = (tables.batch * ENTRY, tables.batch_data)
    step.host_bytes = tables.host_bytes + step.free[1]
    return step


def random_tables(rng: random.Random) -> Tables:
    """A group that most likely is normal and has journals."""
    entries = rng.choice([1, 2, 8, 100, 1000])
    head = ENTRY * rng.randrange(4)
    committed = rng.choice([0, entries, rng.randrange(entries + 1)])
    sent = rng.choice([0, committed, rng.randrange(committed + 1)])
    batch = rng.randrange(min(sent, MOST_JOURNALS) + 1)
    data = 512 * rng.randrange(committed + 1)
    return Tables(
        group_state=rng.choice([1] * 12 + [0, 2]), journal_volume_valid=chance(rng, 97),
        journal_volume_state=rng.choice([1] * 12 + [0, 4]), generation=rng.randrange(1, 4),
        activity=rng.choice([STARTED, STARTED, STARTED, 0x42, 0x40 | STARTED]),
        information_area=entries * ENTRY, data_head=head + entries * ENTRY,
        information_oldest=head + ENTRY * rng.randrange(entries),
        information_committed=committed * ENTRY, information_sent=sent * ENTRY, data_committed=data,
        oldest_number=rng.choice([1, 7, 1 << 40, rng.randrange(1, 1 << 62)]), host_bytes=512 * rng.randrange(1 << 20),
        tag=rng.choice([0, 1, 2, 0xFFFF_FFFE, 0xFFFF_FFFF]), batch=batch,
        batch_data=512 * rng.randrange(data // 512 + 1) if batch else 0,
        last_answer=rng.choice([NO_JOURNAL, SENT]),
    )  # fmt: skip


def random_command(rng: random.Random, tables: Tables) -> Command:
    """A command that most likely makes sense."""
    oldest, sent = tables.oldest_number, tables.information_sent // ENTRY
    committed = tables.information_committed // ENTRY
    free = rng.choice([oldest - 1, oldest - 1, oldest + rng.randrange(-1, sent + 1), oldest + sent, (1 << 64) - 1])
    size = rng.choice([0, tables.data_committed, rng.randrange(tables.data_committed + 1), tables.data_committed + 512])
    return Command(
        generation=tables.generation if chance(rng, 93) else tables.generation + 1,
        tag=(tables.tag + rng.choice([-1, 0, 1, 1, 2])) & 0xFFFF_FFFF, by_number=chance(rng, 50), retry=chance(rng, 25),
        journals=rng.choice([0, 1, 4, 16, 64, 65, (1 << 32) - 1]), bytes=rng.getrandbits(32),
        first=max(0, rng.choice([oldest, oldest + sent, oldest + rng.randrange(-1, committed + 2), (1 << 64) - 1])),
        free=free, free_bytes=max(0, tables.host_bytes + rng.choice([size, size, size, -512])),
        from_partner=not chance(rng, 4),
    )  # fmt: skip


def found(dut: Any) -> Step:
    """What the module says."""

    def value(name: str) -> int:
        return int(getattr(dut, name).value)

    outcome = value("outcome")
    return Step(
        outcome,
        value("record_size"),
        value("record_received"),
        value("record_reference"),
        value("status"),
        (value("free_entries"), value("free_bytes")) if value("ring_free") else None,
        value("send_bytes") if value("ring_send") else None,
        value("host_bytes_value") if value("host_bytes_set") else None,
        value("tag_value") if value("tag_set") else None,
        (value("batch_value"), value("batch_data_value")) if value("batch_set") else None,
        value("answer_value") if value("answer_set") else None,
        value("group_reason") if value("group_fails") else 0,
        (value("entry_place"), value("count")) if outcome in (AGAIN, READS) else None,
    )


async def settle(dut: Any) -> None:
    """What the step decides on holds for the cycles that its sums take."""
    for level in (0, 1) * SUMS:
        dut.clk.value = level
        await Timer(1, "ns")


def present(dut: Any, tables: Tables, command: Command) -> None:
    """Drive the tables and the command."""
    for name, value in asdict(tables).items():
        getattr(dut, name).value = int(value)
    dut.command_generation.value, dut.command_tag.value = command.generation, command.tag
    dut.command_payload.value = command.payload()
    dut.command_from_partner.value = command.from_partner
    dut.command_run.value = dut.read_run.value = dut.failed_run.value = dut.heartbeat_run.value = 0
    dut.read_damaged.value = 0


@cocotb.test
async def test_commands_end_as_fig_15_in_both_modes(dut: Any) -> None:
    """Random groups and commands: what the first step does, and for those that read, what the second does."""
    rng = generator()
    dut.pair_valid.value = dut.of_volume.value = 0
    exits: Counter[tuple[bool, int, bool]] = Counter()
    for _ in range(ROUNDS):
        tables = random_tables(rng)
        command = random_command(rng, tables)
        present(dut, tables, command)
        dut.command_run.value = 1
        await settle(dut)
        step = first_step(tables, command)
        assert found(dut) == step, (tables, command)
        assert bool(dut.heard.value) == is_current(tables, command), (tables, command)
        assert int(dut.state.value) == (GROUP_ABNORMAL if step.outcome == ABNORMAL else tables.group_state)
        assert not dut.journal_volume_fails.value and not dut.volume_fails.value
        exits[command.by_number, step.outcome, step.free is not None] += 1
        if step.read is None:
            continue
        whole = not command.by_number and step.outcome == AGAIN
        assert int(dut.limit_bytes.value) == (0xFFFFFFFF if whole else command.bytes)
        if step.free is not None:  # what the first step changed
            entries, size = step.free
            tables = replace(
                tables,
                oldest_number=tables.oldest_number + entries // ENTRY,
                information_committed=tables.information_committed - entries,
                information_sent=tables.information_sent - entries,
                data_committed=tables.data_committed - size,
                host_bytes=tables.host_bytes + size,
            )
        if chance(rng, 15):  # and what others may have
            changes = [
                {"generation": tables.generation + 1}, {"group_state": 2}, {"journal_volume_state": 4},
                {"oldest_number": step.reference + 1},
            ]  # fmt: skip
            tables = replace(tables, **rng.choice(changes))
        first, (_, most) = step.reference, step.read
        count = most if whole else rng.randrange(1, most + 1)
        size = 512 * rng.randrange(1 << 7)
        in_area, failed = 512 * rng.randrange(size // 512 + 1), chance(rng, 10)
        present(dut, tables, command)
        dut.read_first.value, dut.read_journals.value, dut.read_failed.value = first, count, failed
        dut.read_bytes.value, dut.read_area_bytes.value = size, in_area
        dut.read_damaged.value = damaged = failed and chance(rng, 50)
        dut.read_run.value = 1
        await settle(dut)
        step = second_step(tables, command, first, count, size, in_area, failed)
        if damaged and step.outcome == ABNORMAL:
            step = replace(step, reason=JOURNAL_DAMAGED)
        assert found(dut) == step, (tables, command, first, count)
        assert dut.journal_volume_fails.value == (step.outcome == ABNORMAL)
        exits[command.by_number, step.outcome, step.free is not None] += 1
    for mode in (False, True):
        seen = {outcome for by, outcome, _ in exits if by == mode}
        assert seen == {DROPPED, GONE, STATE, ABNORMAL, AGAIN, SENT_AGAIN, NO_JOURNAL, READS, SENT}, exits


@cocotb.test
async def test_a_failed_read_of_data_fails_its_volume_and_the_group_of_an_original_volume(dut: Any) -> None:
    """Whatever the group is like."""
    rng = generator()
    for pair_valid in (0, 1):
        tables = random_tables(rng)
        present(dut, tables, random_command(rng, tables))
        dut.pair_valid.value, dut.of_volume.value, dut.failed_run.value = pair_valid, 1, 1
        await settle(dut)
        step = found(dut)
        assert (step.outcome, step.status, step.reason) == (DATA_FAILED, DEVICE_ERROR, VOLUME_DEVICE * pair_valid)
        assert dut.volume_fails.value and not dut.journal_volume_fails.value
        assert step.free is step.send is step.tag is step.batch is step.answer is None


@cocotb.test
async def test_a_damaged_journal_fails_journal_volume_and_group_unless_it_was_freed_meanwhile(dut: Any) -> None:
    """Whatever the group is like."""
    rng = generator()
    for ahead in (-1, 0, 1):
        tables = random_tables(rng)
        present(dut, tables, random_command(rng, tables))
        dut.pair_valid.value, dut.of_volume.value, dut.failed_run.value = 0, 0, 1
        number = dut.read_first.value = tables.oldest_number + ahead
        await settle(dut)
        step = found(dut)
        expected = (OVERTAKEN, 0, 0) if ahead < 0 else (DATA_FAILED, DEVICE_ERROR, JOURNAL_DAMAGED)
        assert (step.outcome, step.status, step.reason) == expected
        assert step.reference == number
        assert bool(dut.journal_volume_fails.value) == (ahead >= 0) and not dut.volume_fails.value
        assert step.free is step.send is step.tag is step.batch is step.answer is None


@cocotb.test
async def test_silence_fails_the_group_and_nothing_else(dut: Any) -> None:
    """Whatever command was the last."""
    rng = generator()
    for _ in range(20):
        tables = random_tables(rng)
        present(dut, tables, random_command(rng, tables))
        dut.pair_valid.value, dut.of_volume.value, dut.heartbeat_run.value = 0, 0, 1
        await settle(dut)
        assert found(dut) == Step(SILENT, reason=HEARTBEAT)
        assert not dut.heard.value and not dut.volume_fails.value and not dut.journal_volume_fails.value
