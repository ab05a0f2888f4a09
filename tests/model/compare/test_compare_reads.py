"""Which read of a comparison a device's burst belongs to, where more than one could have asked for it."""

import random
import zlib
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mirrorlog.compare.capture import Fields
from mirrorlog.compare.device_port import DevicePort
from mirrorlog.compare.device_reads import RangeRead
from mirrorlog.compare.difference import Mismatch
from mirrorlog.compare.host_port import HostPort, PendingCommand, PendingRead
from mirrorlog.compare.path_port import PathPort
from mirrorlog.compare.restore import Restore, _Batch
from mirrorlog.compare.sent_packets import ExpectedPacket
from mirrorlog.formats.commit_record import CommitRecord, Process
from mirrorlog.formats.connection_path import Packet, PacketType
from mirrorlog.formats.outcomes import RestoreOutcome
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from mirrorlog.processes.command_reception import HostCommand, HostRead, Opcode
from mirrorlog.processes.step import Step
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import GroupState, Parameters


def device_read(address: int, size: int) -> Fields:
    """A burst of zeros of device 0."""
    return {"device": 0, "address": address, "bytes": size, "resp": 0, "crc": zlib.crc32(bytes(size))}


def two_reads() -> tuple[RangeRead, RangeRead]:
    """The read of a packet, and another one that ends within it."""
    packet, other = RangeRead("packet", 0), RangeRead("other", 0)
    packet.add(0, [(4096, 2048)])
    other.add(0, [(3584, 2048)])
    return packet, other


@pytest.mark.parametrize(
    "bursts",
    [
        [(3584, 512), (4096, 1536), (4096, 2048)],
        [(3584, 512), (4096, 2048), (4096, 1536)],
    ],
)
def test_bursts_of_two_reads_of_the_same_bytes_find_their_reads(bursts: list[tuple[int, int]]) -> None:
    port, reads = DevicePort(1, 512), two_reads()
    for burst in bursts:
        port.take_read(1, device_read(*burst), lambda: reads)
    assert all(read.is_complete() for read in reads)
    assert port.pending() == []


def test_a_burst_that_is_nobodys_takes_the_place_of_no_other() -> None:
    port, (packet, other) = DevicePort(1, 512), two_reads()
    other.add(0, [(8192, 512)])
    port.take_read(1, device_read(4096, 1024), lambda: [packet])
    port.take_read(1, device_read(4096, 2048), lambda: [packet])
    assert not packet.is_complete()
    assert len(port.pending()) == 1


@pytest.mark.parametrize("seed", range(60))
def test_bursts_of_reads_that_overlap_find_their_reads_however_they_are_cut_and_mixed(seed: int) -> None:
    rng = random.Random(seed)
    reads, queues = [], []
    for number in range(rng.choice((2, 2, 3))):
        first, end = sorted(rng.sample(range(8), 2))
        reads.append(RangeRead(f"read {number}", 0))
        reads[-1].add(0, [(first * 512, (end - first) * 512)])
        cuts = sorted({first, end, *rng.sample(range(first, end), rng.randrange(end - first))})
        queues.append([(begin * 512, (end - begin) * 512) for begin, end in pairwise(cuts)])
    port = DevicePort(1, 512)
    undecided = list(reads)
    while any(queues):
        burst = rng.choice([queue for queue in queues if queue]).pop(0)
        port.take_read(1, device_read(*burst), lambda: undecided)
        for read, queue in zip(reads, queues, strict=True):
            if not queue and read in undecided and rng.random() < 0.5:
                port.seek(read.lacking(), lambda: undecided)
                assert read.is_complete()
                undecided.remove(read)
    assert all(read.is_complete() for read in reads)
    assert port.pending() == []


def test_many_reads_of_the_same_bytes_that_were_given_up_cost_no_more_than_a_few() -> None:
    """There are more than a million ways to say which reads the bursts belong to, all of them alike."""
    reads = [RangeRead(f"read {number}", 0) for number in range(24)]
    for read in reads:
        read.add(0, [(0, 2048)])
    port = DevicePort(1, 512)
    for _ in range(12):
        port.take_read(1, device_read(0, 512), lambda: reads)
    port.take_read(1, device_read(1024, 512), lambda: reads)
    assert len(port.pending()) == 1
    port.take_read(1, device_read(512, 512), lambda: reads)
    port.give_reads(lambda: reads)
    assert port.pending() == []


def test_a_damaged_burst_that_changes_hands_is_a_difference_where_nothing_can_notice_it() -> None:
    port, (packet, other) = DevicePort(1, 512), two_reads()
    other.checked = False
    fields = device_read(4096, 1536)
    port.take_read(1, device_read(3584, 512), lambda: [packet, other])
    port.take_read(1, fields | {"crc": fields["crc"] ^ 1}, lambda: [packet, other])
    port.settle_doubts(2, StorageSystem(Parameters(1)).disk_adapter)
    assert packet.damaged == [(0, (4096, 1536))]
    with pytest.raises(Mismatch, match=r"device_read\.crc"):
        port.take_read(1, device_read(4096, 2048), lambda: [packet, other])


def test_update_information_of_another_place_is_damage() -> None:
    """Each ends with its CRC-32, so that those of one device have the same CRC-32 in whatever order they come."""
    entries = [bytes([number]) * 60 for number in range(1, 5)]
    entries = [entry + zlib.crc32(entry).to_bytes(4, "little") for entry in entries]
    held, returned = b"".join(entries), b"".join(entries[::-1])
    assert zlib.crc32(held) == zlib.crc32(returned)
    for data, damaged in ((held, []), (returned, [(0, (4096, 256))])):
        port, read = DevicePort(1, 512), RangeRead("update information", 0)
        port.contents.load(0, 4096, held)
        read.add(0, [(4096, 256)])
        fields = device_read(4096, 256)
        del fields["crc"]
        mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
        port.take_read(1, fields | {"crc_reversed": zlib.crc32(mirrored)}, partial(list, [read]))
        port.settle_doubts(2, StorageSystem(Parameters(1)).disk_adapter)
        assert read.damaged == damaged


def test_a_failed_burst_that_another_read_was_given_goes_to_the_one_of_which_a_record_says_so() -> None:
    port, packet, read = DevicePort(1, 512), RangeRead("packet", 0), RangeRead("host's", 0)
    packet.add(0, [(4096, 512), (8192, 512)])
    read.add(0, [(4096, 512)])
    port.take_read(1, device_read(4096, 512) | {"resp": 2}, lambda: [packet, read])
    host = HostPort()
    pending = PendingCommand(HostCommand(Opcode.READ, 7, 0, 4096, 512, 0), 0)
    host.reads.append(PendingRead(HostRead(5, 7, 0, 4096, 512, bytes(512), False), pending, read))
    assert not host.reads[0].has_failed()
    assert host.take_failed(4, lambda parts: None) is None
    taken = host.take_failed(5, lambda parts: port.seek(parts, lambda: [packet, read]))
    assert taken is not None
    assert taken.read.number == 5
    assert not host.reads
    assert not packet.failed


@pytest.mark.parametrize(("recorded", "answered", "late"), [(False, 9, False), (True, 9, True), (False, 11, True)])
def test_a_record_of_a_failed_read_is_another_packets_if_there_is_one_already_or_its_device_answered_later(
    recorded: bool, answered: int, late: bool
) -> None:
    """Packets that are sent twice have the same tag."""
    read = RangeRead("data", 0)
    read.add(0, [(4096, 512)])
    DevicePort(1, 512).take_read(answered, device_read(4096, 512) | {"resp": 2}, lambda: [read])
    sending = ExpectedPacket(Packet(PacketType.JOURNALS, 1, 2, 0, 0), 0, b"", 0, {3: read}, {3} if recorded else set())
    assert sending.is_late(3, 10) is late


def test_a_record_of_a_failed_read_may_come_while_the_rest_of_its_packet_is_read() -> None:
    """It is behind the first burst that failed, of all that have come."""
    port, read = DevicePort(1, 512), RangeRead("data", 0)
    read.add(0, [(4096, 512), (4608, 512), (5120, 512)])
    for cycle, address, resp in ((8, 4096, 0), (16, 4608, 2), (24, 5120, 2)):
        port.take_read(cycle, device_read(address, 512) | {"resp": resp}, lambda: [read])
    assert (read.failed_since, read.cycle) == (16, 24)
    read.count()
    assert (read.failed_since, read.cycle) == (16, 24)
    sending = ExpectedPacket(Packet(PacketType.JOURNALS, 1, 2, 0, 0), 0, b"", 0, {3: read})
    assert sending.is_late(3, 15) and not sending.is_late(3, 18)


def sent_twice(path: PathPort) -> tuple[ExpectedPacket, ExpectedPacket, Packet]:
    """A packet of a journal, of which a record says that a read of volume 3 failed, and the same one that is sent again
    with its tag."""
    data = bytes(range(256)) * 2
    information = UpdateInformation(7, 0, 0, 0, 0, 512, zlib.crc32(data), 0, 0, 3, JournalKind.HOST_WRITE)
    packet = Packet(PacketType.JOURNALS, 1, 2, 0, 0, tag=5, journals=[(information, data)])
    for _ in range(2):
        path.send(packet, 0)
    one, other = path.expected
    one.recorded.add(3)
    return one, other, packet


@pytest.mark.parametrize("failed", [False, True])
def test_a_record_of_a_failed_read_is_of_the_packet_with_its_tag_that_says_so(failed: bool) -> None:
    """Unless a device has answered the first one's with an error."""
    path = PathPort(cast(Any, None), cast(Any, None), cast(Any, None))
    one, other, packet = sent_twice(path)
    read = one.reads[3] = RangeRead("data", 0)
    read.add(0, [(4096, 512)])
    DevicePort(1, 512).take_read(1, device_read(4096, 512) | {"resp": 2 * failed}, lambda: [read])
    for cycle in (10, 20):
        path.take_first(cycle)
        path.take_out(replace(packet, poisoned=cycle == 20).pack(), packet.size(), cycle + 9)
    if failed:
        with pytest.raises(Mismatch, match="a device failed"):
            list(path.settle(50))
        return
    assert len(list(path.settle(50))) == 2
    assert (one.recorded, one.poisoned, other.recorded, other.poisoned) == (set(), False, {3}, True)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_record_of_a_failed_read_may_be_of_either_packet_with_its_tag_where_one_is_of_a_damaged_journal(
    damaged: bool,
) -> None:
    path = PathPort(cast(Any, None), cast(Any, None), cast(Any, None))
    one, other, packet = sent_twice(path)
    one.named = 7 if damaged else None
    sent = replace(packet, poisoned=True, journals=[(packet.journals[0][0], bytes(512))])
    for cycle in (10, 20):
        path.take_first(cycle)
        path.take_out(sent.pack(), packet.size(), cycle + 9)
    assert list(path.settle(50)) and (one.poisoned, other.poisoned) == (True, True)
    unexplained = [] if damaged else ["a packet with a wrong trailer without a record of a failed read"]
    assert (one.unrecorded(), other.unrecorded()) == ([], unexplained)


@pytest.mark.parametrize(("state", "fails"), [(GroupState.NORMAL, True), (GroupState.ABNORMAL, False)])
def test_where_a_journal_is_damaged_and_another_ones_read_failed_the_record_says_which(
    state: GroupState, fails: bool
) -> None:
    steps = []

    def write(*given: object) -> Step:
        steps.append(given)
        return Step(Process.RESTORE, RestoreOutcome.READ_FAILED)

    model = SimpleNamespace(shared=SimpleNamespace(groups=[None, None]), restore=SimpleNamespace(write=write))
    restore = Restore(cast(Any, model), cast(Any, None))
    data = RangeRead("data", 0)
    data.add(0, [(4096, 512), (8192, 512)])
    data.damaged, data.failed = [(0, (4096, 512))], [(0, (8192, 512))]
    journals = {7: (0, (0, 64), [(4096, 512)]), 8: (0, (64, 64), [(8192, 512)])}
    restore._batches[1].append(_Batch(journals, RangeRead("entries", 0), data))
    record = CommitRecord(*[0] * len(CommitRecord._fields))
    restore.step(record._replace(group=1, outcome=RestoreOutcome.READ_FAILED, group_state=state), 10)
    assert steps == [(1, fails, True)]
