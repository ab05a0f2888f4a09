"""cocotb tests of journal_send.v with what it works with: commands of several groups, one of which has a storage device
that hangs, and a command that asks for more than a packet holds.
"""

from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.update_information import JournalKind
from tests.rtl.original.journal_send_unit import BLOCK, MOST_BYTES, PARTNER_GROUP, Bench, Place, poisoned
from tests.rtl.units import request_field, until

# none is 0 or the partner's, and no two commands that follow one another are of the same
GROUPS = (2, 6, 3)
SEND_READ, SEND_FAILED = 9, 10
GROUP, KIND = request_field("group"), request_field("kind")
MOST_LIMIT = (1 << 32) - 1
# bytes of a packet that name its group at the sender
SOURCE_GROUP = slice(14, 16)
# a volume beside JOURNAL_VOLUME, on the other device
OTHER_VOLUME, OTHER_GROUP = 2, 6
# of the cycles that packets of a group take, with another group in flight whose device hangs
MOST_PERCENT = 102


async def watch_steps(dut: Any, kind: int, groups: list[int]) -> None:
    """The group of each step of this kind."""
    while True:
        await RisingEdge(dut.clk)
        step = int(dut.step_reg.value) if dut.step_valid.value else 0
        if step >> KIND[0] & ((1 << KIND[1]) - 1) == kind:
            groups.append(step >> GROUP[0] & ((1 << GROUP[1]) - 1))


def answer(bench: Bench, command: Packet) -> Packet:
    """The journals that a command gets."""
    packet = bench.answer(command, PacketType.JOURNALS)
    packet.source_group = command.group
    packet.journals = [(journal.information, journal.data) for journal in bench.batch(command)[0]]
    return packet


def of_group(packets: list[bytes], group: int) -> list[bytes]:
    """The packets of a group."""
    return [packet for packet in packets if int.from_bytes(packet[SOURCE_GROUP], "little") == group]


@cocotb.test
async def test_steps_for_reads_and_failures_name_the_group_of_their_command(dut: Any) -> None:
    """Commands of three groups, which take turns; every read of their data fails. The second write data of the first
    group wraps at the end of its area, so that it takes two reads.
    """
    bench = Bench(dut)
    await bench.prepare()
    reads: list[int] = []
    failures: list[int] = []
    owners = [group for group in GROUPS for _ in range(3)]
    await bench.fill(16, [BLOCK, 2 * BLOCK, BLOCK] * 3, [JournalKind.HOST_WRITE] * 9, groups=owners)
    cocotb.start_soon(watch_steps(dut, SEND_READ, reads))
    cocotb.start_soon(watch_steps(dut, SEND_FAILED, failures))
    places = [part for journal in bench.journals for part in journal.parts]
    first: Place = min(places, key=lambda part: part.position)
    dut.fail.value = 1 << first.volume % 2
    dut.fail_address.value = first.volume // 2 * bench.volume_bytes + first.position
    dut.fail_more.value = bench.volume_bytes - first.position - 1
    groups = [GROUPS[n % len(GROUPS)] for n in range(7)]
    assert 0 not in groups and PARTNER_GROUP not in groups
    commands = [
        bench.command(bench.oldest + 3 * GROUPS.index(group), 3, MOST_BYTES, tag + 1)
        for tag, group in enumerate(groups)
    ]
    for command, group in zip(commands, groups, strict=True):
        command.group = group
    bench.commands.extend(commands)
    await bench.give()
    await bench.finish()
    dut.fail.value = dut.fail_more.value = 0
    for group in GROUPS:
        own = [poisoned(answer(bench, command)) for command in commands if command.group == group]
        assert of_group(bench.packets, group) == own
    assert len(bench.packets) == len(commands)
    pieces = [sum(len(journal.parts) for journal in bench.batch(command)[0]) for command in commands]
    assert set(pieces) == {3, 4}
    expected = sorted(group for group, count in zip(groups, pieces, strict=True) for _ in range(count))
    assert sorted(reads) == sorted(failures) == expected


async def timed(bench: Bench, group: int, commands: list[Packet], hung: tuple[list[Packet], int]) -> int:
    """Cycles from a group's first commands to their last packet, while those of another group are in flight whose
    device hangs after some of its beats."""
    dut = bench.dut
    bench.packets = []
    others, beats = hung
    bench.commands.extend(others)
    await bench.give()
    for _ in range(beats):
        await RisingEdge(dut.clk)
    dut.hang.value = 0b10 if others else 0
    first = bench.cycle
    bench.commands.extend(commands)
    await bench.give()
    await until(dut, lambda: len(of_group(bench.packets, group)) == len(commands))
    return bench.cycle - first


@cocotb.test
async def test_a_device_that_hangs_holds_up_packets_of_its_groups_only(dut: Any) -> None:
    """It returns nothing from the beginning on, or stops while update information or write data comes: packets of a
    group on the other device leave as fast as without it.
    """
    bench = Bench(dut)
    await bench.prepare()
    count = 8
    groups = [GROUPS[0]] * count + [OTHER_GROUP] * count
    await bench.fill(2 * count, [bench.most] * 2 * count, [JournalKind.HOST_WRITE] * 2 * count, groups=groups)
    for journal in bench.journals:
        await bench.write(Place(OTHER_VOLUME, journal.entry.position, journal.entry.size), journal.information.pack())
        done = 0
        for part in journal.parts:
            data = journal.data[done : done + part.size]
            await bench.write(Place(OTHER_VOLUME, part.position, part.size), data)
            done += part.size
    dut.other_group.value, dut.other_journal_volume.value = OTHER_GROUP, OTHER_VOLUME

    def commands(group: int, first: int, packets: int) -> list[Packet]:
        made = [bench.command(bench.oldest + first, count, MOST_BYTES, tag + 1) for tag in range(packets)]
        for command in made:
            command.group = group
        return made

    own = commands(OTHER_GROUP, count, 6)
    alone = await timed(bench, OTHER_GROUP, own, ([], 0))
    assert bench.packets == [answer(bench, command).pack() for command in own]
    await bench.finish()
    for beats in (0, 40, 60, 150, 400):
        # more than there are buffers
        others = commands(GROUPS[0], 0, 14)
        cycles = await timed(bench, OTHER_GROUP, own, (others, beats))
        assert cycles * 100 <= alone * MOST_PERCENT, f"{cycles} cycles, {alone} without the other group"
        left = len(of_group(bench.packets, GROUPS[0]))
        assert left < len(others) // 2
        for _ in range(alone):
            await RisingEdge(dut.clk)
        assert len(of_group(bench.packets, GROUPS[0])) <= left + 2
        dut.hang.value = 0
        await bench.finish()
        for group, given in ((OTHER_GROUP, own), (GROUPS[0], others)):
            assert of_group(bench.packets, group) == [answer(bench, command).pack() for command in given]


@cocotb.test
async def test_a_packet_holds_64_kib_at_most_whatever_the_command_asks_for(dut: Any) -> None:
    """Journals that would fill a packet and more: as many as fit, to the byte, are sent."""
    bench = Bench(dut)
    await bench.prepare()
    size = 2048
    assert size <= bench.most
    fit = MOST_BYTES // size
    await bench.fill(64, [size] * (fit + 4), [JournalKind.HOST_WRITE] * (fit + 4))
    limits = (MOST_BYTES - BLOCK, MOST_BYTES, MOST_BYTES + size, 2 * MOST_BYTES, MOST_LIMIT)
    commands = [bench.command(bench.oldest, fit + 4, limit, tag + 1) for tag, limit in enumerate(limits)]
    bench.commands.extend(commands)
    await bench.give()
    await bench.finish()
    answers = [answer(bench, command) for command in commands]
    assert [len(packet.journals) for packet in answers] == [fit - 1, *[fit] * 4]
    assert bench.packets == [packet.pack() for packet in answers]
