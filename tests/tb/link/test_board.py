"""What stands for the neighbours of a system on a board: packets in pieces, storage devices, what cannot be done."""

import asyncio
import json
import struct
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tb import sim
from tb.handles.board import LinkUse
from tb.handles.board_device import BoardDevice
from tb.handles.board_host import BoardHost, BoardRegisters, pieces
from tb.handles.capabilities import CannotError
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.link import session
from tb.link.session import Session
from tb.running.options import OptionError, parse
from tb.running.target import fitted, limits, link_cycles, parameters_of
from tests.tb.link.twin import HELLO, Twin

BEAT, BASE = 8, 1 << 20


def device() -> BoardDevice:
    """Return a device of 4 KiB."""
    return BoardDevice(1, 4096, BEAT, lambda: None, BASE)


def request(writes: bool, place: int, data: bytes = b"", beats: int = 1) -> bytes:
    """Return a burst as the board asks for it."""
    count = len(data) // BEAT if writes else beats
    return struct.pack("<BBIH", not writes, count - 1, BASE + place, 0) + data


def test_packets_have_pieces_of_whole_beats_and_the_last_says_so() -> None:
    packet = bytes(range(256)) * 300
    found, at, last = b"", 0, 0
    text = pieces(packet)
    while at < len(text):
        (head,) = struct.unpack_from("<H", text, at)
        size, last = head & 0x7FFF, head >> 15
        assert size % 64 == 0 and size > 0
        found += text[at + 2 : at + 2 + size]
        at += 2 + size
        assert last == (at == len(text))
    assert found == packet and last


def test_a_device_answers_bursts_that_come_in_pieces_in_their_order() -> None:
    storage = device()
    asked = request(True, 64, bytes(range(16))) + request(False, 72, beats=2)
    answers = b""
    for at in range(0, len(asked), 5):
        storage.requests += asked[at : at + 5]
        answers += storage.answers()
    assert answers == b"\x00" + b"\x09\x01" + bytes(range(8, 16)) + bytes(8)
    assert [(burst.address - BASE, burst.data) for burst in storage.written] == [(64, bytes(range(16)))]
    assert (storage.read[0].size, storage.read[0].crc) == (16, zlib.crc32(bytes(range(8, 16)) + bytes(8)))
    assert asyncio.run(storage.dump())[64:80] == bytes(range(16))


def test_a_device_fails_damages_and_hangs_as_it_is_told() -> None:
    storage = device()
    storage.fail(DeviceError(Kinds.WRITES, 0, 63, 3, 1))
    storage.damage(DeviceDamage(9, 9, 1))
    storage.requests += request(True, 0, b"x" * 8) + request(True, 0, b"y" * 8) + request(False, 8) * 2
    assert storage.answers() == b"\x06\x00" + b"\x09\x00\x00\xff" + bytes(6) + b"\x09\x00" + bytes(8)
    storage.damage(DeviceDamage(8, 15, 1, elsewhere=8))
    storage.requests += request(True, 0, b"abcdefgh") + request(False, 8)
    assert storage.answers() == b"\x00" + b"\x09\x00abcdefgh"
    storage.damage(DeviceDamage(0, 63, 1, mask=3, pattern=1))
    storage.requests += request(False, 0)
    assert storage.answers() == b"\x09\x00a\x9dcde\x99gh"
    storage.requests += request(True, 0, b"y" * 8)
    assert storage.answers() == b"\x00"
    storage.hold(write_responses=True)
    storage.requests += request(True, 0, b"z" * 8) + request(False, 0)
    assert storage.answers() == b"\x09\x00" + b"z" * 8
    storage.hold(commands=True)
    storage.requests += request(False, 0)
    assert storage.answers() == b"\x00"
    storage.hold()
    assert storage.answers() == b"\x09\x00" + b"z" * 8


def test_host_and_terminal_send_what_the_format_says_and_no_more_than_may_be_outstanding() -> None:
    twin = Twin()
    link = Session(twin, "twin", 1.0)
    link.reset()
    host, terminal = BoardHost(BEAT), BoardRegisters()
    host.configure(2, 0xFFFF)
    for number in range(3):
        host.push(HostCommand(Opcode.WRITE, 1, 512 * number, 512, bytes(512)))
    for access in (RegisterAccess(True, 0x40, 5, 0x0F), RegisterAccess(False, 0x18)):
        terminal.push(access)
    host.issue(link)
    terminal.issue(link)
    for _ in range(50):
        link.work()
    assert bytes(twin.came[1]) == b"".join(
        struct.pack("<BHHQI", 2, tag, 1, at, 512) for tag, at in ((0xFFFF, 0), (0, 512))
    )
    assert bytes(twin.came[2]) == (b"\x00\x82" + bytes(512)) * 2
    assert bytes(twin.came[3]) == struct.pack("<BHBQ", 1, 0x40, 0x0F, 5) + struct.pack("<BH", 0, 0x18)
    host.answered += 1
    host.issue(link)
    for _ in range(50):
        link.work()
    assert len(twin.came[1]) == 3 * 17


def test_what_a_target_cannot_do_is_named() -> None:
    with pytest.raises(CannotError, match="the target lacks a capability: a host that takes no read data or responses"):
        BoardHost(BEAT).hold(responses=True)


def test_options_of_a_run_are_made_of_what_the_board_says() -> None:
    options = fitted(parse(["TARGET=/dev/ttyUSB0"]), HELLO)
    assert (options.data_width, options.max_transfer_bytes, options.model, options.board) == (64, 4096, 2, 1)
    assert options.snapshot == 0
    assert parameters_of(options, HELLO)["cache_slots"] == 8 and parameters_of(options, HELLO)["system_number"] == 1
    assert limits(HELLO) == {"commands": 4, "batch_bytes": 4096, "batch_journals": 16}
    assert link_cycles(HELLO, 4096) == 8 * 4096


def test_a_board_with_both_systems_has_their_path_and_the_model_plays_none() -> None:
    """What needs the path is refused; random runs need one system."""
    pair = replace(HELLO, systems=2)
    options = fitted(parse(["TARGET=/dev/ttyUSB0"]), pair)
    assert (options.model, options.board, parameters_of(options, pair)["system_number"]) == (0, 3, 1)
    for given in ("CRASH_AT=3", "DELAY=5", "SIDE=secondary", "SYSTEMS=1"):
        with pytest.raises(OptionError, match=given.partition("=")[0]):
            fitted(parse(["TARGET=/dev/ttyUSB0", given]), pair)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["DATA_WIDTH=512"], "DATA_WIDTH=512: the board has 64"),
        (["MAX_TRANSFER_BYTES=16384"], "MAX_TRANSFER_BYTES=16384: the board has 4096"),
        (["SIDE=secondary"], "SIDE=secondary: the board's system has number 1"),
        (["PARTNER=rtl"], "PARTNER=rtl: the board of TARGET has one system, the model plays the other"),
        (["WAVES=1"], "WAVES: a target cannot do that"),
        (["TARGET=ttyUSB0"], "TARGET=ttyUSB0: is no port like /dev/ttyUSB0, nor socket://HOST:PORT"),
        (["TARGET=socket://host"], "TARGET=socket://host: is no port"),
    ],
)
def test_what_does_not_fit_a_board_is_one_line(arguments: list[str], said: str) -> None:
    given = arguments if any(a.startswith("TARGET") for a in arguments) else ["TARGET=/dev/ttyUSB0", *arguments]
    with pytest.raises(OptionError) as error:
        fitted(parse(given), HELLO)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("twin", "given", "said"),
    [
        (None, "", "TARGET=/dev/none: cannot be opened: "),
        (Twin(silent=True), "", "TARGET=/dev/none: nothing answers within 0.05 seconds; no frame was good before it"),
        (Twin(hello=replace(HELLO, version=3)), "", "TARGET=/dev/none: the link's version is 3, expected 2"),
        (Twin(), "DATA_WIDTH=128", "DATA_WIDTH=128: the board has 64"),
        (Twin(), "VOLUMES=12", "unknown option 'VOLUMES=12'"),
        (
            Twin(hello=replace(HELLO, memory_devices=1, memory_bytes=65536)),
            "",
            "volume 4 of 4194304 bytes: its device 1 is in the board's block RAM, which has 65536",
        ),
    ],
    ids=["no port", "silence", "version", "parameters", "no option", "memory"],
)
def test_a_run_that_finds_no_board_that_it_can_use_is_one_line(
    twin: Twin | None, given: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, before anything is built."""
    if twin is not None:
        monkeypatch.setattr(session, "open_stream", lambda target: twin)
    monkeypatch.setattr(Session.begin.__func__, "__defaults__", (0, 0, 0.05))
    assert sim.main(["TARGET=/dev/none", *given.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {said}") and error.count("\n") == 1


def test_the_share_of_the_links_time_is_that_of_the_dearer_direction(tmp_path: Path) -> None:
    """A byte a cycle, or ten bits at 3 Mbaud and 25 MHz; nothing of a run that has no end."""
    assert sim.link_summary(tmp_path, HELLO) == {}
    (tmp_path / "capture.link_use").write_text(json.dumps(asdict(LinkUse(9000, 95, 40, 8400, 90))))
    assert sim.link_summary(tmp_path, HELLO)["link_utilization"] == round(90 / 8400, 4)
    found = sim.link_summary(tmp_path, replace(HELLO, baud=3_000_000))
    assert found == {"link_received_bytes": 95, "link_sent_bytes": 40, "link_utilization": 0.8929}
