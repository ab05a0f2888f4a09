"""The look at a secondary's volumes: what it allows and what it finds, on a made-up history."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from mirrorlog.compare.capture import DataFiles
from mirrorlog.formats.commit_record import CommitRecord, Creation, Process
from mirrorlog.formats.outcomes import CommandOutcome, RestoreOutcome
from mirrorlog.processes.maintenance import Operation
from mirrorlog.tables.shared_memory import PairState, VolumeState
from tb.config.settings import Volume
from tb.environment.consistency import Consistency
from tb.environment.copied_group import CopiedGroup
from tb.environment.follower import SLACK_CYCLES, Follower, InconsistentError

BEAT, CAPACITY = 64, 4096
A, B, C = (bytes([letter]) * 512 for letter in b"abc")
EMPTY = CommitRecord(*[0] * len(CommitRecord._fields))
LATE = 10 * SLACK_CYCLES


class Run:
    """A copy of volume 1 with three writes of block 0 (A, B, C), whose restore stands somewhere."""

    def __init__(self, folder: Path) -> None:
        (folder / "run.write_data1").write_bytes(A + B + C)
        data = DataFiles(folder / "run.jsonl")
        # numbers of its own
        volume, copied = Volume(7, CAPACITY, 0, 512), {1: CopiedGroup(3, {1: (7, 1)})}
        self.follower = Follower((1, 2), data, BEAT, {1: {1: bytes(CAPACITY)}}, copied, {7: volume}, {1: 0})
        for number in (1, 2, 3):
            self.write(number)
        self.copied()

    def write(self, number: int) -> None:
        """The original's host writes the next block of data, with this number."""
        self._event("host_command", opcode=2, tag=number, volume=1, position=0, size=512)
        self._event("write_data", bytes=512)
        self._record(
            1, number, Process.COMMAND_RECEPTION, CommandOutcome.WRITTEN, number,
            creation=Creation.HOST_WRITE_CREATED, volume_state=VolumeState.ORIGINAL, size=512, volume=1,
        )  # fmt: skip

    def copied(self) -> None:
        """The end marker is restored."""
        self._record(2, 5, Process.RESTORE, RestoreOutcome.FREED, 0, pair=1, pair_state=PairState.NORMAL)

    def reset(self, system: int, cut_off: int = 0) -> None:
        """A system is reset, in the middle of so many bytes of write data."""
        self.follower.take([{"event": "reset", "system": system, "write_data": cut_off}])

    def start(self, number: int) -> None:
        """The secondary is started with this update number."""
        self._record(2, 1, Process.OPERATION, Operation.START, number - 1)

    def _event(self, event: str, **fields: int) -> None:
        self.follower.take([{"event": event, "system": 1, "cycle": 1} | fields])

    def _record(self, system: int, cycle: int, process: Process, outcome: int, number: int, **more: int) -> None:
        fields = {
            "group": 1 if system == 1 else 3,
            "update_number": number + 1,
            "reference": number,
            "system": system,
        } | more
        record = EMPTY._replace(process=process, outcome=outcome, cycle=cycle, **fields)
        self.follower.take([{"event": "record", "system": system, "record": record}])

    def begin(self, number: int, cycle: int) -> None:
        """Restore of a journal begins."""
        self._record(2, cycle, Process.RESTORE, RestoreOutcome.WRITING, number, size=512)

    def end(self, number: int, cycle: int) -> None:
        """It is on the volume."""
        self._record(2, cycle, Process.READ_WRITE, 1, number, size=512)

    def look(self, block: bytes, cycle: int = LATE) -> None:
        """Look at the volume with this block at its head."""
        self.follower.compare({1}, {0: bytes(512) + block.ljust(CAPACITY, b"\0")}, cycle, cycle)


def test_volumes_may_be_old_or_new_beat_by_beat_where_a_restore_is_in_flight(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.follower.is_copied
    run.begin(1, 100)
    run.end(1, 110)
    run.look(A)
    run.begin(2, LATE - 5)
    for block in (A, B, A[:192] + B[192:], B[:64] + A[64:]):
        run.look(block)
    run.end(2, LATE + 5)
    run.look(B[:64] + A[64:])  # it ended after the look
    run.look(B, 3 * LATE)


@pytest.mark.parametrize("block", [b"", A, C, B[:511] + b"!", A[:64] + B[64:]])
def test_a_block_that_is_neither_is_found(block: bytes, tmp_path: Path) -> None:
    """Nothing, the write before, the one after, a wrong byte, half of the write before."""
    run = Run(tmp_path)
    for number in (1, 2):
        run.begin(number, 100 * number)
        run.end(number, 100 * number + 50)
    run.look(B)
    with pytest.raises(InconsistentError, match="update number 2 of group 1 at"):
        run.look(block)


def test_a_later_restore_that_is_done_before_an_earlier_one_is_no_longer_old(tmp_path: Path) -> None:
    """In flight is what is between the restored number and the newest that has begun."""
    run = Run(tmp_path)
    run.begin(1, 100)
    run.begin(2, 101)
    run.end(2, 120)
    run.look(B)
    with pytest.raises(InconsistentError):
        run.look(A)


def test_a_write_beside_the_journals_is_found(tmp_path: Path) -> None:
    """Where nothing was restored the volume is as the original was."""
    run = Run(tmp_path)
    with pytest.raises(InconsistentError, match="at 1024"):
        run.look(bytes(1024) + b"x")


def test_final_volumes_are_the_history_up_to_the_restored_number(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(1, 100)
    run.end(1, 150)
    assert not run.follower.is_up_to_date(LATE)
    restored, images = run.follower.final(LATE)
    assert (restored, images[1][:512], run.follower.restored_writes) == (1, A, 1)


def test_asking_whether_all_is_restored_does_not_move_the_history_beyond_a_look_in_flight(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for number in (1, 2, 3):
        run.begin(number, LATE - 10)
    run.follower.looked_at = LATE
    for number in (1, 2, 3):
        run.end(number, LATE + 1)
    assert not run.follower.is_up_to_date(LATE + 1000)
    run.look(A)
    run.follower.looked_at = None
    assert run.follower.is_up_to_date(LATE + 1000)


def test_a_secondary_that_was_reset_is_looked_at_again_when_it_is_copied_anew(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.begin(1, 100)
    run.reset(2)
    assert not run.follower.is_copied
    run.start(3)
    run.copied()
    run.look(B)
    with pytest.raises(InconsistentError, match="update number 2 of group 1 at"):
        run.look(A)
    run.begin(3, 100)
    run.end(3, 150)
    run.look(C)


def test_the_history_of_an_original_that_was_reset_begins_with_what_its_volumes_held(tmp_path: Path) -> None:
    """The copy is that of before until its group begins anew; data that was cut off belongs to nothing."""
    run = Run(tmp_path)
    with (tmp_path / "run.write_data1").open("ab") as file:
        file.write(b"!" * 64 + C)
    run.begin(1, 100)
    run.end(1, 150)
    run.reset(1, cut_off=64)
    run.follower.hold(run.follower.groups, {1: B.ljust(CAPACITY, b"\0")})
    run.look(A)
    run.start(1)
    run.copied()
    run.look(B)
    run.write(1)
    run.begin(1, 100)
    run.end(1, 150)
    run.look(C)
    with pytest.raises(InconsistentError):
        run.look(A)


@pytest.mark.parametrize("stopped", ["original", "secondary"])
def test_nothing_is_compared_while_records_come_late(stopped: str) -> None:
    """No device is even looked at."""
    copy = Consistency.__new__(Consistency)
    copy.follower = SimpleNamespace(copied_groups={1})
    copy.original, copy.secondary = (SimpleNamespace(is_stopped=name == stopped) for name in ("original", "secondary"))
    assert not asyncio.run(copy.look())


class Devices:
    """A system of one device that holds some bytes, on a bench whose time does not matter."""

    number = 2
    is_stopped = False

    def __init__(self, held: bytes) -> None:
        self.held = held
        self.devices = [self]

    async def dump(self) -> bytes:
        """Return what the device holds."""
        return self.held

    async def cycles(self, _: int) -> None:
        """Some cycles pass."""

    async def capture_now(self) -> None:
        """All lines are there."""

    def cycle_of(self, _: object) -> int:
        """Return the cycle."""
        return LATE

    def fail(self, text: str) -> AssertionError:
        """Return what the scoreboard reports."""
        return AssertionError(f"reported: {text}")


def look_of(run: Run, held: bytes) -> Consistency:
    """Return what looks at a device that holds these bytes at the copied volume's place."""
    copy = Consistency.__new__(Consistency)
    system = Devices(bytes(512) + held.ljust(CAPACITY, b"\0"))
    copy.original = copy.secondary = copy.bench = copy.scoreboard = system
    copy.follower, copy.looks = run.follower, 0
    return copy


def test_a_look_that_finds_something_is_reported(tmp_path: Path) -> None:
    """By the scoreboard, as a difference is; a look that is cut short follows no history any more."""
    run = Run(tmp_path)
    run.begin(1, 100)
    run.end(1, 150)
    right, wrong = look_of(run, A), look_of(run, B)
    assert asyncio.run(right.look()) and right.looks == 1
    with pytest.raises(AssertionError, match=r"reported: cycle .* differs from its original as of update number 1"):
        asyncio.run(wrong.look())
    assert wrong.looks == 0 and run.follower.looked_at is None


def test_a_group_is_looked_at_while_another_one_is_copied(tmp_path: Path) -> None:
    """And what differs in the other one is no difference yet."""
    (tmp_path / "run.write_data1").write_bytes(b"")
    copied = {1: CopiedGroup(3, {1: (7, 1)}), 2: CopiedGroup(4, {2: (8, 2)})}
    volumes = {7: Volume(7, CAPACITY, 0, 0), 8: Volume(8, CAPACITY, 0, CAPACITY)}
    images = {1: {1: bytes(CAPACITY)}, 2: {2: bytes(CAPACITY)}}
    follower = Follower((1, 2), DataFiles(tmp_path / "run.jsonl"), BEAT, images, copied, volumes, {1: 0, 2: 0})
    run = Run.__new__(Run)
    run.follower = follower
    run.copied()
    assert follower.copied_groups == {1} and not follower.is_copied
    follower.compare({1}, {0: bytes(CAPACITY) + A.ljust(CAPACITY, b"x")}, LATE, LATE)
    with pytest.raises(InconsistentError, match="volume 1 of"):
        follower.compare({1}, {0: A.ljust(2 * CAPACITY, b"\0")}, LATE, LATE)
