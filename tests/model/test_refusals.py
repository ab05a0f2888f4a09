"""What packets, operations and rings refuse that nothing else runs into: each mistake has its answer, nothing
changed."""

import copy
import pickle
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import _HEADER, HEADER_BYTES, MAGIC, VERSION, Packet, PacketError, PacketType
from mirrorlog.formats.update_information import UpdateInformation
from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.processes.maintenance import Answer, MaintenanceError, Operation
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.continuous_ring import ContinuousRing
from mirrorlog.tables.journal_ring import JournalRingError
from mirrorlog.tables.settings import GroupSettings
from mirrorlog.tables.shared_memory import VolumeState
from tests.model.processes.test_maintenance import set_up
from tests.model.variations.test_journal_volumes import ALTERNATE, SPARE, systems
from tests.model.variations.test_resynchronization import mapped

TYPE, COUNT_TO_CRC = 6, HEADER_BYTES - 4


def sealed(header: bytes, payload: bytes) -> bytes:
    """Return a packet whose header CRC is right."""
    return header[:COUNT_TO_CRC] + struct.pack("<I", zlib.crc32(header[:COUNT_TO_CRC])) + payload


def damaged_journal(packed: bytes) -> bytes:
    """Change a byte of the update information; header and data are right."""
    place = HEADER_BYTES + 8
    return packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]


JOURNAL = (UpdateInformation(1, 0, 0, 0, 0, 512, zlib.crc32(bytes(512)), 0, 1, 2, 0), bytes(512))
JOURNALS = Packet(PacketType.JOURNALS, 1, 2, 0, 0, 1, journals=[JOURNAL]).pack()
OPERATION = Packet(PacketType.MAINTENANCE_COMMAND, 1, 2, 0, 0, status=17, arguments=(0,)).pack()


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (OPERATION[: HEADER_BYTES - 1], "at least 64 bytes"),
        (b"X" + OPERATION[1:], "no packet"),
        (OPERATION[:8] + b"X" + OPERATION[9:], "header CRC"),
        (OPERATION[:-8], "the header says"),
        (OPERATION + bytes(8), "the header says"),
        (sealed(OPERATION[:TYPE] + b"\x63" + OPERATION[TYPE + 1 :], OPERATION[HEADER_BYTES:]), "no packet type 99"),
        (sealed(OPERATION[:TYPE] + b"\x01" + OPERATION[TYPE + 1 :], OPERATION[HEADER_BYTES:]), "for type 1"),
        (OPERATION[:-1] + b"X", "payload CRC"),
        (damaged_journal(JOURNALS), "journal 0: info_crc"),
        (JOURNALS[: HEADER_BYTES + 64] + b"X" + JOURNALS[HEADER_BYTES + 65 :], "journal 0: data CRC"),
        (JOURNALS[:-1] + b"X", "behind the trailer"),
    ],
)
def test_a_packet_with_a_fault_is_refused_for_that_fault(packed: bytes, said: str) -> None:
    """The right ones are taken."""
    assert Packet.unpack(OPERATION).arguments == (0,) and Packet.unpack(JOURNALS).journals == [JOURNAL]
    with pytest.raises(PacketError, match=said):
        Packet.unpack(packed)


def test_a_packet_of_any_type_count_and_length_is_taken_or_refused() -> None:
    """Whatever its header says, with right CRCs: nothing else comes of it."""
    taken = set()
    for kind, count, length in product(range(20), range(10), range(0, 200, 4)):
        payload = bytes(length)
        numbers = (1, 2, 0, 0, 1, 1, 0, count, length, zlib.crc32(payload), 0, 0, 0, 0, 0)
        header = _HEADER.pack(MAGIC, VERSION, kind, *numbers)
        try:
            taken.add(Packet.unpack(sealed(header, payload)).type)
        except PacketError:
            continue
    without_payload = {PacketType.NO_JOURNAL, PacketType.GROUP_STATE, PacketType.GONE, PacketType.MAINTENANCE_ANSWER}
    assert taken >= without_payload | {PacketType.JOURNAL_READ_COMMAND, PacketType.MAINTENANCE_COMMAND}


def test_a_record_has_all_its_digits() -> None:
    """Neither less nor spaces between them."""
    for text in ("00", " ".join(["00"] * 128)):
        with pytest.raises(ValueError, match="a record has 256 hex digits"):
            CommitRecord.from_hex(text)


def tables(system: StorageSystem) -> bytes:
    """Return all that the tables hold."""
    return pickle.dumps((system.shared.groups, system.shared.pairs, system.shared.volumes))


def refused(answer: Answer, system: StorageSystem, operation: Callable[[], object]) -> None:
    """Fail unless an operation is refused with `answer`, and leaves tables as they were."""
    before = tables(system)
    with pytest.raises(MaintenanceError) as refusal:
        operation()
    assert refusal.value.answer is answer
    assert tables(system) == before


def test_operations_refuse_what_does_not_match_their_group() -> None:
    """Volumes without room or of another pair, the wrong side, one journal volume too many or too few."""
    original, secondary = set_up(1), set_up(2)
    operate = original.maintenance
    original.shared.volumes[4].state = VolumeState.NORMAL
    refused(Answer.WRONG_VOLUME_STATE, original, lambda: operate.record_pair(0, 1, 4, 2, 1))
    refused(Answer.WRONG_GROUP_STATE, secondary, lambda: secondary.maintenance.initiate(0, 2, 0))
    refused(Answer.WRONG_GROUP_STATE, original, lambda: operate.start(0, 2, 0, 1, 1, 0, 1024))
    operate.create_group(1, GroupSettings(copy_unit=1024, journal_volumes=2))
    operate.record_journal_volume(1, 2, 1024)
    refused(Answer.NO_JOURNAL_VOLUME, original, lambda: operate.initiate(1, 2, 1))


def test_operations_of_the_terminal_reach_takeover_and_giving_up() -> None:
    """TAKEOVER, FINISH_TAKEOVER and GIVE_UP by their numbers."""
    topology = mapped()
    operate = topology.secondary(0).operations.operate
    assert operate(Operation.TAKEOVER, (0, 1)).status == Answer.OK
    assert (operate(Operation.FINISH_TAKEOVER, (0,)).status, operate(Operation.GIVE_UP, (0,)).status) == (0, 0)


def test_a_resynchronization_that_cannot_be_taken_says_why() -> None:
    """Too few arguments, units that never fit, another system's pairs, a takeover that has not ended."""
    topology = mapped()
    original, secondary = topology.original(0), topology.secondary(0)
    original.maintenance.suspend(0)
    request = original.resynchronization.request(0, 2, 0)

    def answer(**changes: object) -> int:
        packet = replace(request, tag=request.tag + len(asked), **changes)
        asked.append(packet)
        answered = secondary.resynchronization.receive(packet)
        assert answered is not None
        return answered.status

    asked: list[Packet] = []
    before = tables(secondary)
    assert answer(arguments=request.arguments[:5]) == Answer.UNKNOWN_OPERATION
    assert answer(arguments=(1 << 30, *request.arguments[1:])) == Answer.NEVER_FITS
    assert answer(source=3) == Answer.UNKNOWN_NUMBER
    assert tables(secondary) == before
    secondary.maintenance.takeover(0, force=True)
    assert answer() == Answer.WRONG_GROUP_STATE


def test_journal_volumes_are_replaced_only_by_ones_that_fit_and_while_nothing_is_written() -> None:
    """Of groups and volumes that exist."""
    system = systems(ALTERNATE).original(0)
    volumes = system.journal_volumes
    refused(Answer.WRONG_GROUP_STATE, system, lambda: volumes.resize(3, 2, 8192))
    refused(Answer.UNKNOWN_NUMBER, system, lambda: volumes.resize(0, SPARE, 8192))
    refused(Answer.UNKNOWN_NUMBER, system, lambda: volumes.set_degraded(99, True))
    system.command_reception.receive(HostCommand(Opcode.WRITE, 0, 1, 0, 512), bytes(512))
    system.shared.volumes[2].state = VolumeState.ABNORMAL
    capacity, system.shared.volumes[SPARE].capacity = system.shared.volumes[SPARE].capacity, 512
    refused(Answer.NEVER_FITS, system, lambda: volumes.replace(0, 2, SPARE))
    system.shared.volumes[SPARE].capacity = capacity
    refused(Answer.BUSY, system, lambda: volumes.replace(0, 2, SPARE))


def test_rings_refuse_what_was_not_created_or_committed_and_say_what_is_inconsistent() -> None:
    """One continuous area."""
    ring = ContinuousRing(64)
    ring.load(0, 0, 64 * 20)
    with pytest.raises(JournalRingError, match="was not created"):
        ring.commit(512)
    ring.create(128)
    with pytest.raises(JournalRingError, match="sending of a journal that is not committed"):
        ring.send(1)
    with pytest.raises(JournalRingError, match="freeing of a journal that is not committed"):
        ring.free(64, 128)
    assert ring.inconsistency() is None
    for name, value, said in (
        ("update_information_committed", 1 << 20, "more update information is committed than used"),
        ("write_data_committed", 1 << 20, "more write data is committed than used"),
        ("write_data_used", 1 << 20, "the continuous area is overfilled"),
        ("update_information_newest", 0, "a ring's pointers and its occupancy disagree"),
    ):
        broken = copy.deepcopy(ring)
        setattr(broken, name, value)
        assert broken.inconsistency() == said
