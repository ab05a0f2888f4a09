"""The machine's end of a link: what it sends and takes, and what it says of a link that is wrong."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tb.link.frames import Channel, Failure, Kind, LinkError
from tb.link.session import ROOM, SAID_AGAIN, LinkLost, Session, open_stream
from tests.tb.link.twin import HELLO, Twin

SECONDS = 0.05


def session(twin: Twin) -> Session:
    """Return a session that is up."""
    found = Session(twin, "twin", SECONDS)
    found.reset(1000, 5)
    return found


def test_the_board_says_what_it_is_and_gets_room_for_every_channel() -> None:
    twin = Twin(before=bytes(range(200)))
    link = session(twin)
    link.work()
    assert link.hello is not None and replace(link.hello, nonce=0) == HELLO
    assert twin.cycle == 1000 and twin.limits == dict.fromkeys((1, 2, 4, 8, 9), ROOM)


def test_bytes_go_both_ways_in_order_within_credit(seed: int) -> None:
    rng = random.Random(seed)
    twin = Twin()
    link = session(twin)
    sent: dict[int, bytes] = {}
    said: dict[int, bytes] = {}
    taken: dict[int, bytes] = {}
    for _ in range(200):
        channel, data = rng.choice((1, 2, 3, 4, 8, 9)), rng.randbytes(rng.randrange(1, 600))
        link.send(channel, data)
        sent[channel] = sent.get(channel, b"") + data
        channel, data = rng.choice((1, 2, 4, 8, 9)), rng.randbytes(rng.randrange(1, 2000))
        twin.say(channel, data)
        said[channel] = said.get(channel, b"") + data
        link.work()
        for channel in said:
            taken[channel] = taken.get(channel, b"") + link.take(channel)
    while any(link.unsent(channel) for channel in sent):
        link.work()
    assert twin.came == sent and taken == said
    # room was announced again and again
    assert all(twin.limits[channel] != ROOM for channel in said if len(said[channel]) > SAID_AGAIN)


def test_a_channel_whose_board_takes_nothing_stops_no_other() -> None:
    twin = Twin(stuck=frozenset({2}))
    link = session(twin)
    link.send(2, bytes(1000))
    link.send(1, b"x" * 1000)
    for _ in range(100):
        link.work()
    assert twin.came[1] == b"x" * 1000 and 0 < len(twin.came[2]) <= 64
    assert link.unsent(2) == 1000 - len(twin.came[2])


def test_data_is_taken_as_much_as_is_asked_for_or_not_at_all() -> None:
    twin = Twin()
    link = session(twin)
    twin.say(Channel.READ_DATA, b"abcdef")
    link.work()
    assert [link.take(2, 4), link.take(2, 4), link.take(2), link.take(2)] == [b"abcd", b"", b"ef", b""]


def test_a_status_tells_the_cycle_and_its_want_ends_the_run() -> None:
    twin = Twin()
    link = session(twin)
    twin.cycle = 77_000
    assert link.wait_status() == 77_000
    twin.silent = True
    with pytest.raises(
        LinkLost, match=r"twin: the board has not answered for 0.05 seconds; last good frame: channel 0"
    ):
        link.wait_status()


@pytest.mark.parametrize(
    ("twin", "said"),
    [
        (Twin(silent=True), "twin: nothing answers within 0.05 seconds; no frame was good before it"),
        (Twin(hello=replace(HELLO, version=3)), "the link's version is 3, expected 2"),
    ],
    ids=["silence", "version"],
)
def test_a_board_that_does_not_greet_as_it_must_is_told(twin: Twin, said: str) -> None:
    with pytest.raises(LinkLost) as error:
        session(twin)
    assert said in str(error.value)


def test_what_is_no_board_is_told_with_what_it_said() -> None:
    twin = Twin(silent=True)
    twin.say_bytes(b"login: ")
    with pytest.raises(LinkLost, match="what answers is no board: 6c 6f 67 69 6e 3a 20"):
        session(twin)


def _flipped(data: bytes) -> bytes:
    return data[:9] + bytes((data[9] ^ 1,)) + data[10:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_flipped, "channel 1: a wrong CRC"),
        (lambda data: data[:9] + data[10:], "a wrong CRC"),
        (lambda data: data[:9] + data[8:9] + data[9:], "a wrong CRC"),
        (lambda data: b"\0" + data, "no start of a frame"),
        (lambda data: data + data, "where"),
    ],
    ids=["flipped", "lost", "doubled", "added", "frame-doubled"],
)
def test_a_damaged_line_is_told_with_channel_and_last_good_frame(change: Callable[[bytes], bytes], said: str) -> None:
    twin = Twin()
    link = session(twin)
    twin.say(Channel.TRACE, b"good")
    link.work()
    last = link.last
    twin.say_bytes(change(twin.sender.frames(Channel.TRACE, b"0123456789")) + twin.sender.frames(2, b"more"))
    with pytest.raises(LinkError) as error:
        link.work()
    assert said in str(error.value) and last is not None
    number = link.last[1] if link.last else None
    assert f"last good frame: channel 1, number {number}" in str(error.value)
    assert link.take(Channel.TRACE).startswith(b"good")


def test_what_the_board_tells_ends_the_run() -> None:
    """An error that it found; a HELLO in the middle: it was reset; a channel that there is not; too much of one."""
    cases: list[tuple[Callable[[Twin], None], str]] = [
        (
            lambda twin: twin.say(0, Failure(Kind.CRC, 4, 9, 3, 8).payload()),
            "channel 4: the board says: a wrong CRC; last good frame: channel 3, number 8",
        ),
        (lambda twin: twin.say(0, HELLO.payload()), "channel 0: the board was reset in the middle"),
        (lambda twin: twin.say(21, b"x"), "channel 21: no such channel"),
        (lambda twin: twin.say(0, b"\x09"), "a message that cannot be"),
        (lambda twin: twin.say(1, bytes(ROOM + 1)), "channel 1: more bytes than were announced"),
    ]
    for act, said in cases:
        twin = Twin()
        link = session(twin)
        act(twin)
        with pytest.raises(LinkError) as error:
            for _ in range(4):
                link.work()
        assert said in str(error.value)


def test_a_cable_that_is_pulled_ends_the_run() -> None:
    twin = Twin()
    link = session(twin)
    twin.closed = True
    with pytest.raises(LinkLost, match=r"twin: the link is gone: socket disconnected; last good frame: channel 0"):
        link.work()


def test_a_target_that_is_not_there_is_one_line() -> None:
    for target in ("socket://127.0.0.1:1", "/dev/no-such-port"):
        with pytest.raises(LinkLost, match="cannot be opened") as error:
            open_stream(target)
        assert str(error.value).startswith(f"{target}: ") and "\n" not in str(error.value)
