"""Logs in the format of dm-log-writes: read, written, made of captures; that what is wrong is one clear line."""

import lzma
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from mirrorlog.__main__ import main
from mirrorlog.convert import log_writes
from mirrorlog.convert.data import WriteData
from mirrorlog.convert.log_writes import Flag
from mirrorlog.convert.trace import Account, ConvertError, Piece
from mirrorlog.convert.volumes import Placed
from mirrorlog.simulate.workload import RequestKind, Workload
from tests.model.replication_driver import CAPACITY, VOLUMES
from tests.model.two_systems import TwoSystems
from tools.sources import ROOT

READ, WRITE, FLUSH, DISCARD = RequestKind.READ, RequestKind.WRITE, RequestKind.FLUSH, RequestKind.DISCARD
BANK = ROOT / "tests" / "data" / "bank"


def superblock(entries: int, sector: int = 512, magic: int = 0x6A736677736872, version: int = 1) -> bytes:
    """As struct log_write_super, in a sector."""
    return struct.pack("<QQQI", magic, version, entries, sector).ljust(max(sector, 28), b"\0")


def entry(
    position: int, sectors: int, flags: int = 0, data: bytes = b"", sector: int = 512, mark: bytes = b""
) -> bytes:
    """As struct log_write_entry, in a sector, with its data behind it."""
    return (struct.pack("<QQQQ", position, sectors, flags, len(mark)) + mark).ljust(sector, b"\0") + data


ONE, TWO = bytes(range(256)) * 4, b"\x55" * 512
LOG = superblock(6) + b"".join(
    (
        entry(8, 2, 0, ONE),
        entry(0, 0, 1),
        entry(0, 0, 8, mark=b"mkfs done"),
        entry(16, 8, 4),
        entry(9, 1, 1 | 2 | 16, TWO),
        entry(0, 1, 2, TWO),
    )
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is in the test's folder."""
    monkeypatch.chdir(tmp_path)


def replayed(log: Path, size: int) -> bytes:
    """Return what a log makes of a device of zeros."""
    image = bytearray(size)
    for read in log_writes.entries(log):
        if read.flags & Flag.DISCARD:
            image[read.position : read.position + read.size] = bytes(read.size)
        elif not read.flags & Flag.MARK:
            data = log.read_bytes()[read.data.offset : read.data.offset + read.size]
            image[read.position : read.position + read.size] = data
    return bytes(image)


def test_entries_are_read_with_their_flags_and_data() -> None:
    Path("log").write_bytes(LOG)
    account = Account()
    asked = list(log_writes.read(Path("log"), account))
    assert [(r.kind, r.position, r.size, r.time) for r in asked] == [
        (WRITE, 4096, 1024, None),
        (FLUSH, 0, 0, None),
        (DISCARD, 8192, 4096, None),
        (FLUSH, 0, 0, None),  # before the data of its entry
        (WRITE, 4608, 512, None),
        (FLUSH, 0, 0, None),  # FUA
        (WRITE, 0, 512, None),
        (FLUSH, 0, 0, None),
    ]
    pieces = [r.data for r in asked if isinstance(r.data, Piece)]
    assert [LOG[piece.offset : piece.offset + 512] for piece in pieces] == [ONE[:512], TWO, TWO]
    assert account.unused == {
        "marks": (1, "log: entry 2 (byte 2560): mkfs done"),
    }
    assert not account.notes


def test_sectors_are_as_large_as_the_superblock_says() -> None:
    Path("log").write_bytes(
        superblock(2, 4096) + entry(3, 1, 0, b"a" * 4096, 4096) + entry(0, 0, 1, b"", 4096) + bytes(8192)
    )
    account = Account()
    asked = list(log_writes.read(Path("log"), account))
    assert [(r.kind, r.position, r.size) for r in asked] == [(WRITE, 12288, 4096), (FLUSH, 0, 0)]
    assert not account.notes


def test_a_log_becomes_a_workload_with_its_data(capsys: pytest.CaptureFixture[str]) -> None:
    Path("log").write_bytes(LOG + entry(0, 1, 0, TWO))
    assert main(["convert", "log", "--out", "t", "--gap-us", "10"]) == 0
    workload = Workload.load("t")
    assert workload.payload == ONE + TWO + TWO and [r.time for r in workload.requests] == [*range(0, 80_000, 10_000)]
    out = capsys.readouterr().out
    assert "1: the superblock counts 6 entries; what is behind them is not read (first: log byte 5632)" in out
    assert "1: marks" in out and "discards       1\n" in out


def test_reading_back_what_was_written_gives_the_same_requests(seed: int) -> None:
    rng = random.Random(seed)
    requests = [
        Placed(1, kind, *((0, 0, 0, None) if kind is FLUSH else (512 * rng.randrange(1 << 40), size, 0, data)))
        for _ in range(200)
        for kind in [rng.choice((WRITE, WRITE, FLUSH, DISCARD))]
        for size in [512 * rng.randrange(1, 9)]
        for data in [rng.randbytes(size) if kind is WRITE else None]
    ]
    with WriteData(0) as data:
        assert log_writes.write(Path("log"), requests, 1, data) == 200
        read = [
            Placed(1, r.kind, r.position, r.size, 0, None if r.data is None else data.of(Placed(1, *r[2:5], 0, r.data)))
            for r in log_writes.read(Path("log"), Account())
        ]
    assert read == requests
    written = sum(request.size for request in requests if request.kind is WRITE)
    assert Path("log").stat().st_size == 512 * 201 + written


# What tests/data/blklogwrites.log.xz recorded, and what the device held then: from, to, each byte
QEMU = ("write -P 0x11 4096 8192", "flush", "write -f -P 0x22 8192 512", "discard 65536 4096", "write -z 4096 1024",
        "write -P 0x33 0 1536", "read 0 512")  # fmt: skip
HELD = ((0, 1536, 0x33), (5120, 8192, 0x11), (8192, 8704, 0x22), (8704, 12288, 0x11))


def test_a_log_of_qemus_is_what_its_device_held(capsys: pytest.CaptureFixture[str]) -> None:
    Path("log").write_bytes(lzma.decompress((ROOT / "tests" / "data" / "blklogwrites.log.xz").read_bytes()))
    image = bytearray(1 << 20)
    for begin, end, value in HELD:
        image[begin:end] = bytes([value]) * (end - begin)
    assert replayed(Path("log"), 1 << 20) == bytes(image)
    kinds = [(entry.flags, entry.position, entry.size) for entry in log_writes.entries(Path("log"))]
    assert kinds[:6] == [
        (Flag(0), 4096, 8192), (Flag.FLUSH, 0, 0), (Flag(0), 8192, 512), (Flag.DISCARD, 65536, 4096),
        (Flag(0), 4096, 1024), (Flag.FLUSH, 0, 0),
    ]  # fmt: skip
    assert main(["convert", "log", "--out", "t"]) == 0
    assert Workload.load("t").writes == 5 and "\nnot used" not in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("qemu-io") is None, reason="qemu-io (Debian: qemu-utils) is not installed")
def test_a_log_that_qemu_writes_now_is_what_its_device_holds() -> None:
    Path("disk").write_bytes(bytes(1 << 20))
    Path("log").touch()
    files = "file.driver=file,file.filename=disk,log.driver=file,log.filename=log"
    commands = [word for command in QEMU for word in ("-c", command)]
    subprocess.run(["qemu-io", "--image-opts", f"driver=blklogwrites,{files}", *commands], check=True)
    assert replayed(Path("log"), 1 << 20) == Path("disk").read_bytes()


def test_a_recorded_workload_becomes_logs_and_each_log_the_same_image() -> None:
    bank = Workload.load(BANK)
    for volume in (1, 2):
        out = Path(f"{volume}.log")
        words = ["convert", f"{BANK}.iolog", "--to", "log-writes", "--volume", str(volume), "--out", str(out)]
        assert main(words) == 0
        image = bytearray(len(bank.volumes[volume]))
        for request in bank.requests:
            if request.kind is WRITE and request.volume == volume:
                image[request.position : request.position + request.size] = bank.data(request)
        assert replayed(out, len(image)) == bytes(image)


def test_a_workload_may_be_shortened_and_keeps_data_and_images(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", f"{BANK}.iolog", "--limit", "2", "--out", "t"]) == 0
    short, bank = Workload.load("t"), Workload.load(BANK)
    assert [r[1:] for r in map(_fields, short.requests)] == [r[1:] for r in map(_fields, bank.requests[:2])]
    assert short.payload == bank.payload[: len(short.payload)]
    assert list(short.volumes) == [1] and short.volumes[1].whole() == bank.volumes[1].whole()
    assert "1: volumes without a request, left out (first: volume2)" in capsys.readouterr().out


def _fields(request: object) -> tuple[object, ...]:
    return tuple(getattr(request, name) for name in ("line", "volume", "kind", "position", "size"))


def test_seeded_data_of_a_log_is_that_of_the_workload() -> None:
    Path("t.log").write_text("fio version 3 iolog\n0 a write 0 512\n0 b write 0 512\n1 a write 512 512\n")
    assert main(["convert", "t.log", "--out", "t"]) == 0
    assert main(["convert", "t.log", "--out", "b.log", "--to", "log-writes", "--volume", "2"]) == 0
    assert replayed(Path("b.log"), 512) == Workload.load("t").payload[512:1024]


def test_a_capture_becomes_logs_that_make_what_its_devices_hold(seed: int) -> None:
    """Of each volume, at the original and, after everything is restored, at the secondary."""
    systems = TwoSystems(seed)
    capture = systems.run(4000)
    Path("run.jsonl").write_text("".join(f"{line}\n" for line in capture.lines), encoding="ascii")
    for name, data in capture.data.items():
        Path(f"run.{name}").write_bytes(data)
    for volume in VOLUMES:
        words = ["convert", "run.jsonl", "--to", "log-writes", "--volume", str(volume), "--out", f"{volume}.log"]
        assert main(words) == 0
        for number in (1, 2):
            held = systems.system(number).disk_adapter.read_device(volume, 0, CAPACITY)
            assert replayed(Path(f"{volume}.log"), CAPACITY) == held
    assert main(["convert", "run.jsonl", "--out", "t"]) == 0
    assert set(Workload.load("t").volumes) == set(VOLUMES)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (LOG[:20], "log: superblock: is truncated: 20 bytes"),
        (superblock(1, magic=5), "log: superblock: field magic: is 0x5, expected 0x6a736677736872"),
        (superblock(1, version=2), "log: superblock: field version: is 2, expected 1"),
        (superblock(1, sector=0), "log: superblock: field sectorsize: 0 is no power of two from 512 to 8388608"),
        (superblock(1, sector=1000), "field sectorsize: 1000 is no power of two"),
        (superblock(1), "log: entry 0 (byte 512): is truncated: 0 bytes of its sector of 512"),
        (superblock(1) + entry(0, 2, 0, TWO), "log: entry 0 (byte 512): is truncated: ends at byte 2048, the file at"),
        (superblock(1) + entry(0, 1, 32, TWO), "log: entry 0 (byte 512): field flags: 0x20 has bits that are not"),
        (superblock(2) + entry(0, 1, 0, TWO) + entry(5, 0), "log: entry 1 (byte 1536): field nr_sectors: is 0 without"),
        (superblock(1) + entry((1 << 64) - 1, 1, 0, TWO), "field sector: 18446744073709551615 and nr_sectors 1 end"),
        (superblock(1) + entry(0, 0, 8, mark=b"x")[:24] + b"\xff" * 488, "field data_len: 18446744073709551615 is"),
    ],
)
def test_a_malformed_log_is_refused_naming_entry_and_field(
    log: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("log").write_bytes(log)
    with pytest.raises(ConvertError) as caught:
        list(log_writes.entries(Path("log")))
    assert said in str(caught.value)
    assert main(["convert", "log", "--from", "log-writes", "--out", "t"]) == 2
    assert capsys.readouterr().err.startswith("error: log: ") and [path.name for path in Path().iterdir()] == ["log"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--to log-writes", "there are requests of volumes 1, 2: choose one with --volume"),
        ("--to log-writes --volume 3", "--volume 3: there are requests of 1, 2"),
        ("--to log-writes --volume 2", "no request can be used (1 requests of other volumes; 1 reads, which a log"),
        ("--system 3 --from capture", "t.log: line 1: is no JSON"),
    ],
)
def test_what_no_log_can_be_made_of_is_said(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.log").write_text("fio version 3 iolog\n0 a write 0 512\n0 b read 0 512\n")
    assert main(["convert", "t.log", "--out", "out", *words.split()]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["t.log"]
