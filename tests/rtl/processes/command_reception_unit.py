"""cocotb tests of command_reception.v: every exit, and the order in which reasons to refuse are checked
(docs/commit_trace.md).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import cocotb
from cocotb.triggers import Timer

from mirrorlog.formats.outcomes import CommandOutcome
from tests.rtl.units import chance, generator

BLOCK = 512
READ, WRITE, FLUSH, JOURNAL_READ, DISCARD = 1, 2, 3, 4, 5
WRITE_FUA, DISCARD_FUA = 0x82, 0x85
OPCODES = (READ, WRITE, FLUSH, JOURNAL_READ, DISCARD, WRITE_FUA, DISCARD_FUA)
JOURNAL_READ_REFUSED, READ_TAKEN, REFUSED, WRITTEN, FLUSH_TAKEN, _, STALLED, _ = CommandOutcome
BLANK, NORMAL, ORIGINAL, SECONDARY, ABNORMAL = range(5)


class Status(IntEnum):
    """Answers to the host."""

    OK = 0
    INVALID_OPCODE = 1
    UNKNOWN_VOLUME = 2
    VOLUME_BLANK = 3
    VOLUME_ABNORMAL = 4
    VOLUME_SECONDARY = 5
    ZERO_SIZE = 6
    UNALIGNED = 7
    OUT_OF_RANGE = 8
    TOO_LARGE = 9
    DATA_LENGTH = 10
    NEVER_FITS = 11
    JOURNAL_FULL = 12
    JOURNAL_READ_REFUSED = 14
    JOURNAL_VOLUME = 15


@dataclass(slots=True)
class Case:
    """A command and what the tables say of its volume."""

    opcode: int
    position: int
    size: int
    received: int
    volume_valid: bool
    volume_state: int
    volume_capacity: int
    volume_holds_journal: bool
    never_fits: bool
    creation_refuses: bool
    creation_stalls: bool


# Status, for which opcodes, when; in the order of checking
WRITES = frozenset({WRITE, WRITE_FUA})
CHANGES = WRITES | {DISCARD, DISCARD_FUA}
MOVES = CHANGES | {READ}
ANY = MOVES | {FLUSH}
RULES: tuple[tuple[Status, frozenset[int] | None, Callable[[Case, int], bool]], ...] = (
    (Status.INVALID_OPCODE, None, lambda c, most: c.opcode not in OPCODES),
    (Status.JOURNAL_READ_REFUSED, frozenset({JOURNAL_READ}), lambda c, most: True),
    (Status.UNKNOWN_VOLUME, ANY, lambda c, most: not c.volume_valid),
    (Status.VOLUME_BLANK, ANY, lambda c, most: c.volume_state == BLANK),
    (Status.VOLUME_ABNORMAL, ANY, lambda c, most: c.volume_state == ABNORMAL),
    (Status.VOLUME_SECONDARY, ANY, lambda c, most: c.volume_state == SECONDARY),
    (Status.ZERO_SIZE, MOVES, lambda c, most: c.size == 0),
    (Status.UNALIGNED, MOVES, lambda c, most: c.size % BLOCK != 0 or c.position % BLOCK != 0),
    (Status.TOO_LARGE, MOVES, lambda c, most: c.size > most),
    (Status.OUT_OF_RANGE, MOVES, lambda c, most: c.position + c.size > c.volume_capacity),
    (Status.JOURNAL_VOLUME, CHANGES, lambda c, most: c.volume_holds_journal),
    (Status.DATA_LENGTH, WRITES, lambda c, most: c.received != c.size),
    (Status.NEVER_FITS, WRITES, lambda c, most: c.volume_state == ORIGINAL and c.never_fits),
)


def expected(case: Case, most: int) -> tuple[int, Status, bool]:
    """Outcome, status, and whether journal creation runs."""
    for status, opcodes, holds in RULES:
        if (opcodes is None or case.opcode in opcodes) and holds(case, most):
            return (JOURNAL_READ_REFUSED if case.opcode == JOURNAL_READ else REFUSED), status, False
    if case.opcode == READ:
        return READ_TAKEN, Status.OK, False
    if case.opcode == FLUSH:
        return FLUSH_TAKEN, Status.OK, False
    creates = case.volume_state == ORIGINAL
    if creates and case.creation_stalls:
        return STALLED, Status.OK, creates
    if creates and case.creation_refuses:
        return REFUSED, Status.JOURNAL_FULL, creates
    return WRITTEN, Status.OK, creates


def random_case(rng: random.Random, most: int) -> Case:
    """A command with few or no faults."""
    size = rng.choice([BLOCK, most, BLOCK * rng.randrange(1, most // BLOCK + 1)])
    position = BLOCK * rng.randrange(1 << 20)
    case = Case(
        opcode=rng.choice([WRITE, WRITE, *OPCODES[:3], *OPCODES[4:]]), position=position, size=size, received=size,
        volume_valid=True,
        volume_state=rng.choice([NORMAL, ORIGINAL, ORIGINAL]),
        volume_capacity=position + size + rng.choice([0, BLOCK, 1 << 30]), volume_holds_journal=False, never_fits=False,
        creation_refuses=chance(rng, 20), creation_stalls=False,
    )  # fmt: skip
    case.creation_stalls = not case.creation_refuses and chance(rng, 20)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        match rng.randrange(13):
            case 0:
                case.opcode = rng.choice([0, 6, 7, 0x81, 0x83, 0x84, 0xFF])
            case 1:
                case.opcode = JOURNAL_READ
            case 2:
                case.volume_valid = False
            case 3:
                case.volume_state = rng.choice([BLANK, SECONDARY, ABNORMAL])
            case 4:
                case.size = 0
            case 5:
                case.size += rng.choice([1, 64, 256, 511])
            case 6:
                case.position += rng.choice([1, 8, 256, 511])
            case 7:
                case.size = rng.choice([most + BLOCK, 2 * most, (1 << 32) - BLOCK, 1 << 31])
            case 8:
                case.volume_capacity = rng.choice([0, position + size - BLOCK, position])
            case 9:
                case.position = rng.choice([(1 << 64) - BLOCK, 1 << 48, (1 << 63), (1 << 64) - case.size & ~511])
            case 10:
                case.volume_holds_journal = True
            case 11:
                case.received = rng.choice([0, case.size - 8, case.size + 8, case.size + BLOCK]) & ((1 << 32) - 1)
            case 12:
                case.never_fits = True
    case.size &= (1 << 32) - 1
    case.position &= (1 << 64) - 1
    return case


@cocotb.test
async def test_first_reason_in_the_documented_order_decides(dut: Any) -> None:
    """Random commands with up to three faults at once; every outcome and status is reached."""
    rng = generator()
    most = int(dut.MAX_TRANSFER_BYTES.value)
    seen: set[tuple[int, Status]] = set()
    for _ in range(6000):
        case = random_case(rng, most)
        for name in Case.__slots__:
            getattr(dut, name).value = int(getattr(case, name))
        dut.range_end.value = case.position + case.size
        await Timer(1, "ns")
        outcome, status, creates = expected(case, most)
        assert (int(dut.outcome.value), int(dut.status.value), bool(dut.journal_creation.value)) == (
            outcome,
            status,
            creates,
        ), case
        seen.add((outcome, status))
    refusals = {(REFUSED, status) for status in Status if status not in (Status.OK, Status.JOURNAL_READ_REFUSED)}
    taken = {(outcome, Status.OK) for outcome in (WRITTEN, READ_TAKEN, FLUSH_TAKEN, STALLED)}
    assert seen == refusals | taken | {(JOURNAL_READ_REFUSED, Status.JOURNAL_READ_REFUSED)}
