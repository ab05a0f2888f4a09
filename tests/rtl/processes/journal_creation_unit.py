"""cocotb tests of journal_creation.v: the exits of FIG 13, and the policies when there is no room."""

import random
from dataclasses import dataclass, replace
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.formats.commit_record import Creation
from tests.rtl.units import chance

BLOCK = 512
NOT_RUN, SUSPENDED, VOLUME_ABNORMAL, NOT_YET_COPIED, CREATED, _, NO_ROOM = Creation
STALL, SUSPEND, ERROR = range(3)
PAIR_BLANK, NOT_COPYING, COPYING, PAIR_NORMAL, PAIR_ABNORMAL = range(5)
VOLUME_NORMAL = GROUP_NORMAL = 1


@dataclass(slots=True)
class Case:
    """A write and the tables; names as the module's inputs."""

    run: int
    position: int
    discard: int
    stalled: int
    expired: int
    pair_valid: int
    pair_state: int
    copy_complete_address: int
    group_state: int
    full_policy: int
    journal_volume_valid: int
    journal_volume_state: int
    information_room: int
    data_room: int

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
        run=chance(rng, 95), position=position, discard=chance(rng, 30), stalled=stalled,
        expired=stalled and chance(rng, 50), pair_valid=chance(rng, 90),
        pair_state=rng.choice([PAIR_NORMAL, PAIR_NORMAL, COPYING, COPYING, rng.randrange(5)]),
        copy_complete_address=max(0, position + BLOCK * rng.randrange(-1, 3)) & ((1 << 48) - 1),
        group_state=rng.choice([1, 1, 1, 1, 0, 2]), full_policy=rng.randrange(3),
        journal_volume_valid=chance(rng, 90), journal_volume_state=rng.choice([1, 1, 1, 1, 1, rng.randrange(5)]),
        information_room=chance(rng, 70), data_room=chance(rng, 70),
    )  # fmt: skip


@cocotb.test
async def test_every_exit_of_fig_13_and_every_policy(dut: Any) -> None:
    """Random writes."""
    rng = random.Random(cocotb.RANDOM_SEED)
    exits: set[tuple[int, int]] = set()
    for _ in range(4000):
        case = random_case(rng)
        for name in Case.__slots__:
            getattr(dut, name).value = int(getattr(case, name))
        await Timer(1, "ns")
        exit_taken = case.exit()
        no_room = replace(case, run=1).exit() == NO_ROOM  # said whether it runs or not
        waits = no_room and case.full_policy == STALL and not case.expired
        refuses = no_room and case.full_policy == ERROR
        assert int(dut.creation.value) == exit_taken, case
        assert dut.creates.value == (exit_taken == CREATED)
        assert dut.stalls.value == waits
        assert dut.still_stalls.value == (waits and case.stalled)
        assert dut.refuses.value == refuses
        assert dut.suspends.value == (
            exit_taken == VOLUME_ABNORMAL or (exit_taken == NO_ROOM and not waits and not refuses)
        ), case
        exits.add((exit_taken, case.full_policy))
    assert len(exits) == 6 * 3
