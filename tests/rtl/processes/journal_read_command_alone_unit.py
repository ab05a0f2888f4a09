"""cocotb tests of journal_read_command.v and command_slots.v: cases of one group, in which nothing but them happens."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import ReadCommandOutcome
from mirrorlog.formats.serial_number import CYCLE_BITS
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.journal_store import StoredJournal
from mirrorlog.tables.settings import GroupSettings, ReadMode
from tests.rtl.processes.journal_read_command_unit import ENTRY, INPUTS, WAIT_CYCLES, Bench
from tests.rtl.units import start

AREA = 1000 * ENTRY
# A tag that no command in flight has
OTHER_TAG = 1 << 31


async def begun(dut: Any, settings: GroupSettings) -> Bench:
    """A bench whose group 0 has begun with these settings and has much room."""
    bench = Bench(dut, await start(dut, **INPUTS))
    bench.troubled = False
    await begin(bench, settings)
    return bench


async def begin(bench: Bench, settings: GroupSettings) -> None:
    """A new generation of group 0."""
    bench.start_group(0)
    group = bench.shared.groups[0]
    group.settings = replace(settings, batch_bytes=65536)
    group.ring.load(4096, 4096 + AREA, 1 << 20)
    await bench.claim("clear", 0)
    await bench.step("clear", 0)
    bench.dut.touch.value = 1
    await bench.tick()
    bench.dut.clear.value = bench.dut.touch.value = 0


async def commands(bench: Bench, cycles: int = 2 * WAIT_CYCLES) -> list[Packet]:
    """What is sent while nothing else happens."""
    bench.on_path.clear()
    end = bench.now + cycles
    while bench.now < end:
        await (bench.command() if int(bench.dut.request_valid.value) else bench.tick())
    assert not bench.expected, "a packet did not leave"
    return list(bench.on_path)


def answer(packet: Packet, kind: PacketType, first: int = 0, count: int = 0, tag: int | None = None) -> Packet:
    """An answer to a command, with `count` journals from number `first` on."""
    ends = (packet.destination, packet.source, packet.source_group, 0)
    given = Packet(kind, *ends, packet.generation, packet.tag if tag is None else tag)
    for number in range(first, first + count):
        information = UpdateInformation(number, 0, 0, 0, 0, 512, 0, 0, 0, 0, JournalKind.HOST_WRITE)
        given.journals.append((information, bytes(512)))
    return given


def asked(packet: Packet) -> tuple[int, int]:
    """First number and most journals that a command asks for."""
    assert packet.command is not None
    return packet.command.first, packet.command.limit_journals


async def commit_all(bench: Bench) -> None:
    """Commit passes everything that is stored."""
    while bench.store.groups[0].journals:
        await bench.commit(0)


@cocotb.test
async def test_a_command_whose_first_journals_came_otherwise_asks_for_the_others_in_time(dut: Any) -> None:
    """More of them than a step can pass, and no other step of the group."""
    timeout = 2000
    bench = await begun(dut, GroupSettings(batch_journals=32, commands=1, timeout=timeout))
    limit = 0
    while limit < 32:
        (packet,) = await commands(bench)
        first, limit = asked(packet)
        if limit < 32:
            await bench.answer(answer(packet, PacketType.JOURNALS, first, limit))
            await commit_all(bench)
    await bench.answer(answer(packet, PacketType.JOURNALS, first, 28, OTHER_TAG))
    (packet,) = await commands(bench, timeout + WAIT_CYCLES)
    assert asked(packet) == (first + 28, 4)


@cocotb.test
async def test_no_command_reaches_behind_the_window(dut: Any) -> None:
    """The first journal is lost, all behind it come."""
    batch = 16
    bench = await begun(dut, GroupSettings(batch_journals=batch, commands=4, timeout=1 << 20))
    group, stored = bench.shared.groups[0], bench.store.groups[0].journals
    lost = group.update_number
    while sent := await commands(bench):
        for packet in sent:
            first, limit = asked(packet)
            if first != lost:
                await bench.answer(answer(packet, PacketType.JOURNALS, first, limit))
    most = max(stored) + 1 - lost
    assert group.update_number == lost and bench.window - batch < most <= bench.window, f"{most} numbers given"


@cocotb.test
async def test_a_slot_beyond_the_number_of_commands_repeats_its_lost_command(dut: Any) -> None:
    """It goes on with its numbers, though there are fewer commands now."""
    timeout = 2000
    bench = await begun(dut, GroupSettings(batch_journals=1, commands=2, timeout=timeout))
    first, second = await commands(bench)
    group = bench.shared.groups[0]
    group.settings = replace(group.settings, commands=1)
    await bench.claim("settings", 0)
    bench.dut.settings.value = 1
    await bench.step("touch", 0)
    await bench.tick()
    bench.dut.touch.value = bench.dut.settings.value = 0
    await bench.answer(answer(first, PacketType.JOURNALS, asked(first)[0], 1))
    await commit_all(bench)
    assert asked(second) in map(asked, await commands(bench, timeout + WAIT_CYCLES))


@cocotb.test
async def test_gone_ends_the_group_only_if_the_journal_is_still_missing(dut: Any) -> None:
    """What the command asked for may have come meanwhile as an answer to another one."""
    bench = await begun(dut, GroupSettings(batch_journals=1, commands=1, timeout=1 << 20))
    (packet,) = await commands(bench)
    await bench.answer(answer(packet, PacketType.JOURNALS, asked(packet)[0], 1, OTHER_TAG))
    await commit_all(bench)
    await bench.answer(answer(packet, PacketType.GONE))
    assert bench.exits[ReadCommandOutcome.DROPPED] == 1
    (packet,) = await commands(bench)
    await bench.answer(answer(packet, PacketType.GONE))
    assert bench.exits[ReadCommandOutcome.GROUP_STATE_TAKEN] == 1


@cocotb.test
async def test_slots_without_journals_ask_again_at_once_when_journals_came(dut: Any) -> None:
    """The interval is much longer than what the bench waits for a command that may be sent."""
    bench = await begun(dut, GroupSettings(batch_journals=4, commands=3, interval=100 * WAIT_CYCLES, timeout=1 << 20))
    sent = await commands(bench)
    for packet in sent:
        await bench.answer(answer(packet, PacketType.NO_JOURNAL))
    assert len(sent) == bench.exits[ReadCommandOutcome.WAITS] == 3 and not await commands(bench)
    await bench.answer(answer(sent[0], PacketType.JOURNALS, asked(sent[0])[0], 1, OTHER_TAG))
    assert len(await commands(bench)) == 3


@cocotb.test
async def test_a_new_generation_does_not_retry_what_the_one_before_had_no_room_for(dut: Any) -> None:
    """In plain mode; the retry of the one before was still to be sent."""
    settings = GroupSettings(mode=ReadMode.PLAIN, batch_journals=1, commands=1, retry=True, interval=WAIT_CYCLES)
    bench = await begun(dut, settings)
    (packet,) = await commands(bench, WAIT_CYCLES)
    behind = bench.shared.groups[0].update_number + bench.window
    await bench.answer(answer(packet, PacketType.JOURNALS, behind, 1))
    assert bench.exits[ReadCommandOutcome.NO_ROOM_FOR_JOURNAL] == 1 and bench.model.groups[0].retry
    await begin(bench, settings)
    (packet,) = await commands(bench, WAIT_CYCLES)
    assert packet.command is not None and not packet.command.retry


@cocotb.test
async def test_an_answer_is_found_whose_tag_was_looked_for_before_its_command_had_it(dut: Any) -> None:
    """As a copy of an answer of 2^32 tags before has it."""
    bench = await begun(dut, GroupSettings(mode=ReadMode.PLAIN, batch_journals=1, commands=1, timeout=1 << 20))
    bench.shared.groups[0].secondary.sent_tag = 7
    dut.answer_group.value, dut.answer_tag.value = 0, 8
    (packet,) = await commands(bench, WAIT_CYCLES)
    assert packet.tag == 8
    await bench.answer(answer(packet, PacketType.NO_JOURNAL))
    assert bench.exits[ReadCommandOutcome.WAITS] == 1


@cocotb.test
async def test_a_slot_whose_journal_is_stored_behind_its_survey_does_not_ask_for_it(dut: Any) -> None:
    """It was proposed before."""
    bench = await begun(dut, GroupSettings(batch_journals=1, commands=1, timeout=200))
    (packet,) = await commands(bench, 100)
    number, stored = asked(packet)[0], bench.store.groups[0].journals
    while not int(dut.proposes.value):
        await (bench.command() if int(dut.request_valid.value) else bench.tick())
    while not int(dut.request_valid.value):
        await bench.tick()
    dut.request_taken.value = 1
    await bench.tick()
    dut.request_taken.value = 0
    stored[number] = StoredJournal(number, JournalKind.HOST_WRITE, 0, 0, 512, 0)
    await bench.claim("command_send", 0)
    await bench.step("command_send", 0)
    await ReadOnly()
    assert not int(dut.retires.value), "it asks for what is stored"
    await bench.tick()
    dut.command_send.value = 0
    (packet,) = await commands(bench, 150)
    assert asked(packet)[0] == number + 1


async def sent_at(bench: Bench, count: int, most: int) -> list[int]:
    """The cycles of the next `count` commands, which come within `most` cycles each."""
    cycles: list[int] = []
    for _ in range(count):
        bench.on_path.clear()
        end = bench.now + most
        while not bench.on_path and bench.now < end:
            await (bench.command() if int(bench.dut.request_valid.value) else bench.tick())
        assert bench.on_path, f"no command up to cycle {end}"
        cycles.append(bench.now)
    return cycles


@cocotb.test
async def test_a_time_out_doubles_up_to_a_quarter_of_the_heartbeat_time_and_falls_with_answers(dut: Any) -> None:
    """In both modes. A scan of all timers, a survey and its step come some cycles after the time."""
    late = 50
    settings = GroupSettings(batch_journals=1, commands=1, timeout=100, silence=4004)
    bench = await begun(dut, settings)
    for mode in (ReadMode.BY_NUMBER, ReadMode.PLAIN):
        await begin(bench, replace(settings, mode=mode))
        cycles = await sent_at(bench, 8, 2000)
        gaps = [after - before for before, after in pairwise(cycles)]
        for gap, limit in zip(gaps, (100, 200, 400, 800, 1000, 1000, 1000), strict=True):
            assert limit <= gap < limit + late, (mode, gaps)
        for limit in (1000, 500, 250, 125, 100):
            packet = bench.on_path[-1]
            first = asked(packet)[0] or bench.shared.groups[0].update_number
            await bench.answer(answer(packet, PacketType.JOURNALS, first, 1))
            await commit_all(bench)
            await sent_at(bench, 1, late)
            assert bench.model.groups[0].slots.slots[0].limit == limit, mode
        (begin_cycle, end_cycle) = bench.now, (await sent_at(bench, 1, 400))[0]
        assert 100 - late <= end_cycle - begin_cycle < 100 + late, mode


@cocotb.test
async def test_a_timer_that_ends_where_the_cycle_counter_wraps_ends(dut: Any) -> None:
    """Its time is every one of those around the wrap, once."""
    bench = await begun(dut, GroupSettings(batch_journals=1, commands=1, timeout=100))
    for before in range(85, 125):
        bench.now = (1 << CYCLE_BITS) - before
        await begin(bench, bench.shared.groups[0].settings)
        await sent_at(bench, 2, 150)


@cocotb.test
async def test_a_slot_that_gets_to_wait_after_it_was_chosen_waits_for_those_with_lower_numbers(dut: Any) -> None:
    """They were not compared with it, as its time-out was over and theirs was not."""
    timeout, interval = 2000, 20
    bench = await begun(dut, GroupSettings(batch_journals=1, commands=4, timeout=timeout, interval=interval))
    *_, last = await commands(bench)
    # the others are sent again, it is proposed: between the two steps of that no journal comes for it
    requests = 0
    while len(bench.on_path) < 7 or requests < 2:
        if not int(bench.dut.request_valid.value):
            await bench.tick()
        elif len(bench.on_path) < 7:
            await bench.command()
        else:
            requests += 1
            if requests == 1:
                await bench.command()
    await bench.answer(answer(last, PacketType.NO_JOURNAL))
    bench.on_path.clear()
    for _ in range(2 * interval + WAIT_CYCLES):
        await bench.tick()
    assert not await commands(bench, timeout // 2)
