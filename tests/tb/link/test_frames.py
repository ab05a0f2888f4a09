"""The link's format (tb/link/frames.py)."""

import random
from dataclasses import replace

import pytest

from tb.link.frames import (
    RECORD_BYTES,
    Channel,
    Credit,
    Event,
    Frame,
    Hello,
    Item,
    Kind,
    LinkError,
    Receiver,
    Reset,
    Sender,
    Status,
    TraceReader,
    changed,
    encode,
    item,
)

HELLO = Hello(2, 0x12345678, 7, 25_000, 40, 0, 64, 8, 8, 4, 2, 4096, 4096, 8, 4, 4, 16, 4, 256, 1, 1, 48, 1, 4096)


def pieces(data: bytes, rng: random.Random) -> list[bytes]:
    """Cut bytes at random places."""
    found, at = [], 0
    while at < len(data):
        size = rng.randrange(1, 60)
        found.append(data[at : at + size])
        at += size
    return found


def received(receiver: Receiver, data: bytes) -> list[Frame]:
    """Return the frames before the end or an error."""
    frames = []
    with pytest.raises(LinkError) as caught:
        frames.extend(receiver.feed(data))
        raise LinkError(Kind.LINE, -1, None)
    assert caught.value.kind == Kind.LINE
    return frames


def test_a_frame_is_what_the_document_says() -> None:
    """Byte by byte; the CRC is that of zlib over channel, number, length and payload."""
    assert encode(Frame(2, 3, b"\x01\x02")) == bytes.fromhex("a5 02 03 02 01 02") + bytes.fromhex("908fc65a")


def test_frames_come_back_however_the_bytes_are_cut(seed: int) -> None:
    """Numbers go on over channels and wrap."""
    rng = random.Random(seed)
    sender, receiver = Sender(), Receiver()
    sent = [(rng.choice((0, 1, 2, 4, 9)), rng.randbytes(rng.randrange(1, 900))) for _ in range(300)]
    line = b"".join(sender.frames(channel, data) for channel, data in sent)
    frames = [frame for piece in pieces(line, rng) for frame in receiver.feed(piece)]
    for channel in {channel for channel, _ in sent}:
        got = b"".join(frame.payload for frame in frames if frame.channel == channel)
        assert got == b"".join(data for at, data in sent if at == channel)
    assert [frame.number for frame in frames] == [number & 0xFF for number in range(len(frames))]


@pytest.mark.parametrize("damage", ["flipped", "lost byte", "doubled byte", "lost frame", "doubled frame"])
def test_damage_is_an_error_that_names_the_last_good_frame(damage: str, seed: int) -> None:
    """At every place of the second frame of three."""
    rng = random.Random(seed)
    sender = Sender()
    first, second, third = (sender.frames(channel, rng.randbytes(20)) for channel in (1, 2, 4))
    for at in range(len(second)):
        wrong = {
            "flipped": second[:at] + bytes((second[at] ^ 1 << rng.randrange(8),)) + second[at + 1 :],
            "lost byte": second[:at] + second[at + 1 :],
            "doubled byte": second[:at] + second[at : at + 1] + second[at:],
            "lost frame": b"",
            "doubled frame": second + second,
        }[damage]
        receiver = Receiver()
        with pytest.raises(LinkError, match=r"last good frame: channel (1, number 0|2, number 1)"):
            # enough behind it for a length that became long
            list(receiver.feed(first + wrong + third + bytes(300)))


def test_a_receiver_finds_the_hello_behind_what_was_before(seed: int) -> None:
    """Random bytes, the rest of a frame, a greeting of another nonce; then frames follow by number."""
    rng = random.Random(seed)
    for _ in range(50):
        sender, receiver = Sender(), Receiver(HELLO.nonce)
        other = replace(HELLO, nonce=0)
        before = rng.randbytes(rng.randrange(300)) + encode(Frame(0, 0, other.payload())) + b"\xa5\x01\x00\xff"
        line = before + sender.frames(Channel.CONTROL, HELLO.payload()) + sender.frames(Channel.TRACE, b"\x87")
        frames = [frame for piece in pieces(line + bytes((0xA5,)), rng) for frame in receiver.feed(piece)]
        assert receiver.up
        assert [frame.payload for frame in frames] == [HELLO.payload(), b"\x87"]


def test_messages_of_control_come_back() -> None:
    """Fields of six bytes, too; a message of another length is none."""
    for message in (
        HELLO,
        Reset(1, 5, 2**48 - 3, 2**63),
        Credit(9, 65_535),
        Status(3, 2**47 + 1, 4, 5, bytes(range(7))),
    ):
        payload = message.payload()
        assert type(message).read(payload) == message
        with pytest.raises(ValueError, match=type(message).__name__):
            type(message).read(payload + b"\0")
    assert len(HELLO.payload()) == 49


def test_items_of_the_trace_come_back_however_the_bytes_are_cut(seed: int) -> None:
    """Records as what differs, events with their cycles."""
    rng = random.Random(seed)
    line, want, before = b"", [], bytes(RECORD_BYTES)
    for _ in range(300):
        if rng.randrange(3) == 0:
            record = bytearray(before)
            for _ in range(rng.choice((0, 1, 20, 200))):
                record[rng.randrange(RECORD_BYTES)] = rng.randrange(256)
            want.append(Item(Event.RECORD, record=bytes(record)))
            line += changed(bytes(record), before)
            before = bytes(record)
            continue
        event = Event(rng.randrange(1, 14))
        fields = {
            Event.READ_DATA: (7, 512),
            Event.HOST_RESPONSE: (65_535, 13),
            Event.REGISTER_WRITTEN: (2,),
            Event.REGISTER_DATA: (0, 2**64 - 1),
            Event.PACKET_OUT: (9,),
        }.get(event, ())
        delta = rng.choice((None, 0, 1, 127, 128, 300, 2**47))
        want.append(Item(event, rng.randrange(8), delta, fields))
        line += item(want[-1])
    reader = TraceReader()
    assert [found for piece in pieces(line, rng) for found in reader.feed(piece)] == want


def test_an_item_that_cannot_be_is_refused() -> None:
    """A kind that there is not, a record with cycles, cycles without an end."""
    for wrong in (b"\x0e", b"\x00", b"\x01" + b"\xff" * 8):
        with pytest.raises(ValueError):
            list(TraceReader().feed(wrong))
