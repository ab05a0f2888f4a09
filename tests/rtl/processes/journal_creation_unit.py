"""cocotb tests of journal_creation.v: the exits of FIG 13, the policies when there is no room, and the update
information.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from mirrorlog.formats.commit_record import Creation
from mirrorlog.formats.update_information import JournalKind, UpdateInformation
from tests.rtl.units import chance, start

BLOCK = 512
NOT_RUN, SUSPENDED, VOLUME_ABNORMAL, NOT_YET_COPIED, CREATED, _, NO_ROOM = Creation
STALL, SUSPEND, ERROR = range(3)
PAIR_BLANK, NOT_COPYING, COPYING, PAIR_NORMAL, PAIR_ABNORMAL = range(5)
VOLUME_NORMAL = GROUP_NORMAL = 1
WORD = 64
# Of update information but its CRC
COVERED_BYTES = 60


@dataclass(slots=True)
class Case:
    """A write and the tables; names as the module's inputs."""

    run: int
    volume: int
    position: int
    size: int
    reception_time: int
    data_crc: int
    discard: int
    stalled: int
    expired: int
    pair_valid: int
    pair_state: int
    copy_complete_address: int
    group: int
    group_state: int
    update_number: int
    data_offset: int
    full_policy: int
    journal_volume: int
    journal_volume_valid: int
    journal_volume_state: int
    information_room: int
    data_room: int
    write_data_newest: int

    def exit(self) -> int:
        """How FIG 13 ends for it."""
        if not self.run:
            return NOT_RUN
        if self.pair_valid and not (self.journal_volume_valid and self.journal_volume_state == VOLUME_NORMAL):  # 1310
            return VOLUME_ABNORMAL
        if not self.pair_valid or self.group_state != GROUP_NORMAL or self.pair_state in (PAIR_BLANK, PAIR_ABNORMAL):
            return SUSPENDED
        if self.pair_state == NOT_COPYING:  # 1330
            return NOT_YET_COPIED
        if self.pair_state == COPYING and not self.position < self.copy_complete_address:
            return NOT_YET_COPIED
        return CREATED if self.information_room and (self.data_room or self.discard) else NO_ROOM  # 1340, 1345


def random_case(rng: random.Random) -> Case:
    """A write that is most likely journaled."""
    position = BLOCK * rng.randrange(1 << 39)
    stalled = chance(rng, 30)
    return Case(
        run=chance(rng, 95), volume=rng.getrandbits(16), position=position, size=BLOCK * rng.randrange(1, 33),
        reception_time=rng.getrandbits(WORD), data_crc=rng.getrandbits(32), discard=chance(rng, 30), stalled=stalled,
        expired=stalled and chance(rng, 50), pair_valid=chance(rng, 90),
        pair_state=rng.choice([PAIR_NORMAL, PAIR_NORMAL, COPYING, COPYING, rng.randrange(5)]),
        copy_complete_address=max(0, position + BLOCK * rng.randrange(-1, 3)) & ((1 << 48) - 1), group=rng.randrange(8),
        group_state=rng.choice([1, 1, 1, 1, 0, 2]), update_number=rng.getrandbits(WORD),
        data_offset=rng.getrandbits(WORD),
        full_policy=rng.randrange(3), journal_volume=rng.randrange(64), journal_volume_valid=chance(rng, 90),
        journal_volume_state=rng.choice([1, 1, 1, 1, 1, rng.randrange(5)]), information_room=chance(rng, 70),
        data_room=chance(rng, 70), write_data_newest=BLOCK * rng.randrange(1 << 39),
    )  # fmt: skip


@cocotb.test
async def test_every_exit_of_fig_13_and_every_policy(dut: Any) -> None:
    """Random writes, one a cycle; the update information of each created journal one cycle later."""
    rng = await start(
        dut, copy_creates=0, copy_kind=0, stores=0, store_information=0, store_data_crc=0, store_data_place=0
    )
    previous: Case | None = None
    exits: set[tuple[int, int]] = set()
    for _ in range(4000):
        case = random_case(rng)
        for name in Case.__slots__:
            getattr(dut, name).value = int(getattr(case, name))
        await RisingEdge(dut.clk)
        exit_taken = case.exit()
        waits = exit_taken == NO_ROOM and case.full_policy == STALL and not case.expired
        refuses = exit_taken == NO_ROOM and case.full_policy == ERROR
        assert int(dut.creation.value) == exit_taken, case
        assert dut.creates.value == (exit_taken == CREATED)
        assert dut.stalls.value == waits
        assert dut.still_stalls.value == (waits and case.stalled)
        assert dut.refuses.value == refuses
        assert dut.suspends.value == (
            exit_taken == VOLUME_ABNORMAL or (exit_taken == NO_ROOM and not waits and not refuses)
        ), case
        exits.add((exit_taken, case.full_policy))
        if previous is not None and previous.exit() == CREATED:
            packed = int(dut.information.value).to_bytes(COVERED_BYTES, "little")
            assert packed == UpdateInformation(
                previous.update_number, previous.reception_time, previous.position, previous.write_data_newest,
                previous.data_offset, previous.size, previous.data_crc, previous.group, previous.volume,
                previous.journal_volume, JournalKind.DISCARD if previous.discard else JournalKind.HOST_WRITE,
            ).pack()[:COVERED_BYTES]  # fmt: skip
        previous = case
    assert len(exits) == 6 * 3


@cocotb.test
async def test_information_of_initial_copy_lies_in_place_and_of_stored_journals_in_this_journal_volume(
    dut: Any,
) -> None:
    """1380: data in the original volume, no CRC, time 0; 1850: as received, but for place and CRC of its data."""
    rng = await start(dut, run=0, copy_creates=0, stores=0)
    for _ in range(200):
        case = random_case(rng)
        for name in Case.__slots__:
            getattr(dut, name).value = 0 if name == "run" else int(getattr(case, name))
        kind = rng.choice([JournalKind.INITIAL_COPY, JournalKind.END_OF_INITIAL_COPY])
        received = UpdateInformation(*(rng.getrandbits(16) for _ in range(10)), kind, 0)
        place, crc = BLOCK * rng.randrange(1 << 39), rng.getrandbits(32)
        stores = chance(rng, 50)
        dut.copy_kind.value, dut.copy_creates.value, dut.stores.value = kind, not stores, stores
        dut.store_information.value = int.from_bytes(received.pack(), "little")
        dut.store_data_place.value, dut.store_data_crc.value = place, crc
        await RisingEdge(dut.clk)
        dut.copy_creates.value = dut.stores.value = 0
        await RisingEdge(dut.clk)
        if stores:
            expected = replace(
                received, journal_position=place, data_crc=crc, group=case.group, journal_volume=case.journal_volume
            )
        else:
            expected = UpdateInformation(
                case.update_number, 0, case.position, case.position, case.data_offset, case.size, 0, case.group,
                case.volume, case.volume, kind,
            )  # fmt: skip
        assert int(dut.information.value).to_bytes(COVERED_BYTES, "little") == expected.pack()[:COVERED_BYTES]
