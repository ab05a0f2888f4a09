"""Bits of a journal change on its journal volume: it is found before anything is sent, stored or restored."""

import zlib
from dataclasses import replace

import pytest

from mirrorlog.formats.connection_path import HEADER_BYTES, Packet, PacketError, PacketType
from mirrorlog.formats.outcomes import ReceptionOutcome, RestoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, JournalLayout, ReadMode, VolumeUse
from mirrorlog.tables.shared_memory import GroupState, VolumeState
from mirrorlog.tables.status import Status
from tests.model.steps import BLOCK, BY_NUMBER, CAPACITY, PLAIN, ask, ask_for_full_batches, pair_of_systems, take, write

SIDES = {"original": 1, "secondary": 2}
MODES = {
    "by number": BY_NUMBER,
    "plain": PLAIN,
    "push": GroupSettings(mode=ReadMode.PUSH, copy_unit=4096, batch_journals=4),
    "volume read": GroupSettings(mode=ReadMode.VOLUME_READ, copy_unit=4096, batch_journals=4),
    "two rings": replace(BY_NUMBER, journal_volumes=2),
    "a ring that stands by": replace(BY_NUMBER, journal_volumes=2, volume_use=VolumeUse.STANDBY),
    "one area": replace(BY_NUMBER, layout=JournalLayout.CONTINUOUS),
    "journal cache": replace(BY_NUMBER, journal_cache=600),
}


def systems_with(settings: GroupSettings) -> Topology:
    """Return two systems, volume 1 copied."""
    more = (7,) * (settings.journal_volumes > 1)
    link = GroupLink(0, 1, 2, (1,), 2, (16384, 16384), settings, more_journal_volumes=more)
    topology = Topology({1: CAPACITY}, (link,))
    topology.start_copied(0)
    ask_for_full_batches(topology)
    return topology


def place_of(system: StorageSystem, journal: int, part: str) -> tuple[int, int]:
    """Return journal volume and position of a byte of a committed journal's update information or data."""
    group = system.shared.groups[0]
    index = journal - (group.oldest_stored() if group.secondary.started else group.oldest_number())
    volume, place = group.ring.journal_volume_at(index), group.ring.entry_place(index)
    if part == "info":
        return volume, place + 16
    return volume, UpdateInformation.unpack(system.disk_adapter.read_device(volume, place, 64)).journal_position + 3


def damage(system: StorageSystem, journal: int, part: str) -> int:
    """Flip a bit of a journal on its device; returns its journal volume."""
    volume, position = place_of(system, journal, part)
    device, (address, _) = system.disk_adapter.volume_range(volume, position, 1)
    byte = system.disk_adapter.devices[device].read(address, 1)[0]
    system.disk_adapter.devices[device].write(address, bytes([byte ^ 0x40]))
    return volume


def store_without_restore(topology: Topology, now: int = 0) -> None:
    """Let the secondary system store and commit what the original one has, and restore nothing."""
    secondary, ends = topology.secondary(0), topology.original(0).shared.groups[0]
    stopped, secondary.shared.groups[0].secondary.restore_stopped = (
        secondary.shared.groups[0].secondary.restore_stopped,
        True,
    )
    while secondary.shared.groups[0].update_number != ends.update_number:
        topology.settle(now)
        now += 10**12
    secondary.shared.groups[0].secondary.restore_stopped = stopped


@pytest.mark.parametrize("journal", [1, 3, 4], ids=["first", "middle", "last"])
@pytest.mark.parametrize("part", ["info", "data"])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("mode", MODES)
def test_a_damaged_journal_is_found_whatever_the_mode(mode: str, side: str, part: str, journal: int) -> None:
    if mode == "journal cache":
        journal = max(journal, 2)  # the first is in the cache alone
    topology = systems_with(MODES[mode])
    write(topology, 4)
    before = topology.image(2, 1)
    system = topology.systems[SIDES[side]]
    if side == "secondary":
        store_without_restore(topology)
    volume = damage(system, journal, part)
    topology.drain(10**13)
    # with usual reads of the original system's journal volume the secondary one finds it
    finds = topology.secondary(0) if mode == "volume read" else system
    assert finds.shared.groups[0].state is GroupState.ABNORMAL
    if finds is system:
        assert system.shared.volumes[volume].state is VolumeState.ABNORMAL
    restored = topology.secondary(0).restore.restored_number(0)
    assert restored < journal
    blocks = topology.image(2, 1)
    assert blocks == b"".join(
        bytes([number + 1]) * BLOCK if number < restored else before[number * BLOCK : (number + 1) * BLOCK]
        for number in range(16)
    )
    if side == "original":
        assert topology.secondary(0).shared.groups[0].update_number <= journal


@pytest.mark.parametrize("mode", ["by number", "plain"])
def test_1525_update_information_is_checked_before_anything_is_sent(mode: str) -> None:
    topology = systems_with(MODES[mode])
    write(topology, 3)
    system = topology.original(0)
    ring = system.shared.groups[0].ring
    volume = damage(system, 2, "info")
    _, answer = ask(topology)
    assert answer is not None
    assert (answer.type, answer.status) == (PacketType.GROUP_STATE, GroupState.ABNORMAL)
    assert system.shared.volumes[volume].state is VolumeState.ABNORMAL
    assert ring.sent == 0
    assert system.journal_read_reception.groups[0].exits[ReceptionOutcome.JOURNAL_VOLUME_ABNORMAL] == 1


def test_1525_an_old_entry_with_a_right_crc_is_not_taken_for_the_one_expected() -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 3)
    adapter = topology.original(0).disk_adapter
    device, (address, _) = adapter.volume_range(2, 0, 64)
    adapter.devices[device].write(address + 64, adapter.devices[device].read(address, 64))
    assert topology.original(0).journal_read_reception.entry(0, 1) is not None
    assert topology.original(0).journal_read_reception.entry(0, 2) is None


@pytest.mark.parametrize(
    "change",
    [
        {"update_number": 2},
        {"group": 1},
        {"size": 100},
        {"size": 1 << 31},
        {"size": 0},
        {"kind": 2},
        {"kind": 4},
        {"flags": 2},
    ],
)
def test_what_is_no_entry_that_can_be_there_is_damaged(change: dict[str, int]) -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 1)
    reception, adapter = topology.original(0).journal_read_reception, topology.original(0).disk_adapter
    entry = reception.entry(0, 1)
    assert entry is not None
    device, (address, _) = adapter.volume_range(2, 0, 64)
    adapter.devices[device].write(address, replace(entry, **change).pack())
    assert reception.entry(0, 1) is None


@pytest.mark.parametrize("again", [False, True])
def test_3_data_is_compared_while_it_is_sent_and_the_trailer_says_what_the_host_wrote(again: bool) -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 3)
    system = topology.original(0)
    if again:
        ask(topology)
    volume = damage(system, 3, "data")
    _, answer = ask(topology, 10**12)
    assert answer is not None and answer.poisoned
    packed = answer.pack()
    crcs = [
        int.from_bytes(packed[at : at + 4], "little") ^ 0xFFFFFFFF for at in range(len(packed) - 64, len(packed), 4)
    ]
    written = [zlib.crc32(bytes([number]) * BLOCK) for number in (1, 2, 3)]
    assert crcs[:3] == written
    with pytest.raises(PacketError):
        Packet.unpack(packed)
    assert topology.secondary(0).receive(answer) is None
    assert not topology.secondary(0).journal_store.groups[0].journals
    assert system.shared.volumes[volume].state is VolumeState.ABNORMAL
    assert system.shared.groups[0].state is GroupState.ABNORMAL


@pytest.mark.parametrize("freed", [False, True])
def test_4_the_data_of_a_journal_that_was_freed_meanwhile_is_not_damaged(freed: bool) -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 2)
    system = topology.original(0)
    _, packet = ask(topology)
    assert packet is not None
    if freed:
        system.shared.groups[0].ring.free(BLOCK)
    step = system.journal_read_reception.data_damaged(packet, 1)
    assert packet.poisoned and (step.group, step.reference) == (0, 1)
    expected = (4, Status.OK, GroupState.NORMAL) if freed else (3, Status.DEVICE_ERROR, GroupState.ABNORMAL)
    assert (step.outcome, step.status, system.shared.groups[0].state) == expected


def test_a_packet_whose_data_is_not_what_its_update_information_says_is_dropped() -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 1)
    _, packet = ask(topology)
    assert packet is not None and Packet.unpack(packet.pack()) == packet
    information, data = packet.journals[0]
    packet.journals[0] = information, data[::-1].replace(b"\1", b"\2")
    packed = bytearray(packet.pack())
    # a trailer made from the data
    at = HEADER_BYTES + 64 + len(data)
    packed[at : at + 4] = zlib.crc32(packet.journals[0][1]).to_bytes(4, "little")
    with pytest.raises(PacketError, match="data CRC"):
        Packet.unpack(bytes(packed))


def test_the_secondary_keeps_data_crc_and_fills_in_that_of_initial_copy() -> None:
    topology = pair_of_systems(copied=False)
    secondary = topology.secondary(0)
    for _ in range(8):
        topology.original(0).initial_copy.step(0)
    finish_device_writes(topology.original(0))
    write(topology, 1)
    _, answer = ask(topology)
    take(topology, answer)
    assert answer is not None
    kinds = set()
    for journal, (sent, data) in zip(secondary.disk_adapter.journal_writes[0], answer.journals, strict=True):
        kept = UpdateInformation.unpack(journal.information)
        assert kept.data_crc == zlib.crc32(data)
        assert sent.data_crc == (kept.data_crc if sent.kind == JournalKind.HOST_WRITE else 0)
        kinds.add(kept.kind)
    assert JournalKind.INITIAL_COPY in kinds


@pytest.mark.parametrize("part", ["info", "data"])
def test_2041_a_takeover_restores_what_is_before_a_damaged_journal_and_says_that_the_copy_is_not_consistent(
    part: str,
) -> None:
    topology = systems_with(BY_NUMBER)
    write(topology, 4)
    store_without_restore(topology)
    system = topology.secondary(0)
    volume = damage(system, 3, part)
    system.maintenance.takeover(0, force=True)
    steps = []
    while not system.restore.is_drained(0):
        steps.append(system.restore.step(0))
        finish_device_writes(system)
    assert [step.outcome for step in steps] == [
        RestoreOutcome.WRITING,
        RestoreOutcome.WRITING,
        RestoreOutcome.READ_FAILED,
    ]
    assert (steps[-1].status, steps[-1].reference) == (Status.DEVICE_ERROR, 3)
    assert system.shared.volumes[volume].state is VolumeState.ABNORMAL
    assert not system.maintenance.finish_takeover(0)
    assert topology.image(2, 1)[: 3 * BLOCK] == b"\1" * BLOCK + b"\2" * BLOCK + bytes(BLOCK)
