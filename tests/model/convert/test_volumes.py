"""From a trace's names and positions to volumes."""

import random

import pytest

from mirrorlog.convert.trace import Account, Asked, ConvertError
from mirrorlog.convert.volumes import FIT, GRAIN_BYTES, Choices, place
from mirrorlog.simulate.workload import RequestKind

READ, WRITE, FLUSH = RequestKind.READ, RequestKind.WRITE, RequestKind.FLUSH
TERABYTE = 1 << 40


def write(line: int, name: str, position: int, size: int = 512, time: int | None = 0) -> Asked:
    """A write of a trace."""
    return Asked(f"t:{line}", name, WRITE, position, size, time)


def test_names_become_volumes_in_their_order_or_as_they_are_mapped() -> None:
    asked = [write(1, "b", 0), write(2, "a", 0), write(3, "c", 0), write(4, "b", 512)]
    assert place(asked, Choices(), Account()).names == {1: "b", 2: "a", 3: "c"}
    mapped = place(asked, Choices({"a": 1, "c": 7}), Account())
    assert mapped.names == {2: "b", 1: "a", 7: "c"}
    assert [request.volume for request in mapped.requests] == [2, 1, 7, 2]


def test_a_volume_has_room_for_its_requests_or_the_size_that_is_asked_for() -> None:
    asked = [write(1, "a", 512), write(2, "b", 3 * TERABYTE), Asked("t:3", "c", FLUSH, 0, 0, 0)]
    account = Account()
    assert place(asked, Choices(), account).sizes == {1: GRAIN_BYTES, 2: 3 * TERABYTE + GRAIN_BYTES, 3: GRAIN_BYTES}
    assert not account.unused
    fixed = place(asked, Choices(volume_bytes=4096), account)
    assert fixed.sizes == {1: 4096, 2: 4096, 3: 4096}
    assert [request.volume for request in fixed.requests] == [1, 3]
    assert account.unused == {"beyond a volume of 4096 bytes": (1, f"t:2: write {3 * TERABYTE} 512")}


def test_positions_are_divided_by_the_scale() -> None:
    asked = [write(1, "a", 0), write(2, "a", 10 * 512), write(3, "a", 21 * 512, 1024)]
    scaled = place(asked, Choices(scale=4), Account())
    assert [request.position for request in scaled.requests] == [0, 2 * 512, 5 * 512]


def test_scale_fit_is_the_smallest_with_which_all_that_can_fit_does(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        asked = [write(n, "a", 512 * rng.randrange(1 << 20), 512 * rng.randrange(1, 9)) for n in range(20)]
        choices = Choices(volume_bytes=512 * rng.randrange(8, 1 << 12), scale=FIT)
        account = Account()
        fitted = place(asked, choices, account)
        assert not account.unused and len(fitted.requests) == 20
        if fitted.scale > 1:
            less = Account()
            place(asked, Choices(volume_bytes=choices.volume_bytes, scale=fitted.scale - 1), less)
            assert less.unused
    long = place([write(1, "a", 0, 8192), write(2, "a", 8192)], Choices(volume_bytes=4096, scale=FIT), account)
    assert [(r.position, r.size) for r in long.requests] == [(2560, 512)] and long.scale == 3
    with pytest.raises(ConvertError, match="needs a size to fit into"):
        place(asked, Choices(scale=FIT), Account())


def test_times_begin_with_the_first_request_and_do_not_go_back() -> None:
    account = Account()
    asked = [write(1, "a", 0, time=5_000), write(2, "a", 0, time=9_000), write(3, "a", 0, time=8_000)]
    assert [request.time for request in place(asked, Choices(), account).requests] == [0, 4_000, 4_000]
    assert account.notes == {"times before that of the line above, taken as equal to it": (1, "t:3")}


def test_requests_without_times_have_a_gap_between_them() -> None:
    asked = [write(1, "a", 0, time=None), write(2, "a", 0, time=None), write(3, "a", 0, time=None)]
    assert [request.time for request in place(asked, Choices(gap=700), Account()).requests] == [0, 700, 1400]


def test_what_is_not_aligned_or_empty_is_counted() -> None:
    account = Account()
    asked = [write(1, "a", 100), write(2, "a", 0, 100), write(3, "a", 0, 0), write(4, "a", 0), write(5, "a", 1)]
    assert len(place(asked, Choices(), account).requests) == 1
    assert account.unused == {
        "position or size is no multiple of 512": (3, "t:1: a write 100 512"),
        "requests of no bytes": (1, "t:3: a write 0 0"),
    }


def test_a_limit_ends_the_reading_and_says_where() -> None:
    account = Account()
    asked = (write(number, "a", 0) for number in range(1, 1_000_000))
    assert len(place(asked, Choices(limit=3), account).requests) == 3
    assert next(asked).place == "t:5"
    assert account.notes == {"read up to the limit of 3 requests; nothing from here on": (1, "t:4")}


def test_more_than_a_workload_can_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [write(number, f"d{number}", 0) for number in range(4)]
    for name, said in (
        ("MOST_REQUESTS", "t:3: more than 3 requests"),
        ("MOST_VOLUMES", "t:3: d3 is one more than 3 volumes"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(f"mirrorlog.convert.volumes.{name}", 3)
            with pytest.raises(ConvertError, match=said):
                place(asked, Choices(), Account())
    with pytest.raises(ConvertError, match="t:1: more than 4294967296 bytes are written"):
        place([write(1, "a", 0, (1 << 32) + 512)], Choices(), Account())
