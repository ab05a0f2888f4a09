"""The run of the model for hosts, asked at its local socket: no NBD here."""

import errno
import json
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mirrorlog.compare.capture import DataFiles
from mirrorlog.compare.comparison import Comparison
from mirrorlog.serve.hosts import ERRORS
from mirrorlog.serve.model_run import ModelRun, RunSettings
from mirrorlog.serve.wire import ANSWER, REQUEST, Client, Flag, Kind, Request, tell
from mirrorlog.tables.shared_memory import FullPolicy
from mirrorlog.tables.status import Status

SECONDS = 60.0
SMALL = RunSettings(volume_bytes=1 << 18, journal_bytes=1 << 18, max_transfer_bytes=4096)
A1, A2, B1, B2 = range(4)


class Run:
    """A run in a thread of its own."""

    def __init__(self, folder: Path, settings: RunSettings) -> None:
        self.capture = folder / "capture.jsonl"
        self.gate = folder / "gate"
        self.model = ModelRun(settings, self.capture, self.gate)
        self._thread = threading.Thread(target=self.model.run, daemon=True)
        self._thread.start()
        self.host = Client(str(self.gate), SECONDS)

    def tell(self, words: str) -> dict[str, Any]:
        """Tell it something."""
        return dict(json.loads(tell(str(self.gate), words)))

    def write(self, export: int, position: int, data: bytes) -> None:
        """Write as a host."""
        self.host.ask(Request(Kind.WRITE, export, position, len(data), data))

    def read(self, export: int, position: int, size: int) -> bytes:
        """Read as a host."""
        return self.host.ask(Request(Kind.READ, export, position, size))

    def refused(self, request: Request) -> int:
        """Return the error that answers a request."""
        with pytest.raises(OSError) as error:
            self.host.ask(request)
        return int(error.value.errno or 0)

    def end(self) -> None:
        """Stop it; what it leaves must be right."""
        if self._thread.is_alive():
            self.tell("stop")
        self._thread.join()
        self.model.close()
        data = DataFiles(self.capture)
        comparison = Comparison(data.take, {}, secondary_reads=self.model.settings.secondary_reads)
        comparison.follow(self.capture.read_text().splitlines(keepends=True))
        comparison.finish()
        data.finish(comparison.data_files())
        data.close()
        assert comparison.records > 40


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose path is short enough for a local socket."""
    short = Path("/tmp") / f"serve-{os.getpid()}-{threading.get_ident() & 0xFFFF}"
    short.mkdir()
    yield short
    for file in short.iterdir():
        file.unlink()
    short.rmdir()


def test_hosts_read_what_they_wrote_and_the_secondary_has_it_after_the_takeover(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    run = Run(folder, SMALL)
    images = [bytearray(SMALL.volume_bytes) for _ in range(2)]
    for _ in range(60):
        volume, size = rng.randrange(2), 512 * rng.choice((1, 2, 8, 9, 40))
        position = 512 * rng.randrange((SMALL.volume_bytes - size) // 512 + 1)
        data = rng.randbytes(size)
        run.write(volume, position, data)
        images[volume][position : position + size] = data
    run.host.ask(Request(Kind.FLUSH, A1))
    told = run.tell("takeover")
    # what was on the path is lost: both volumes are those of one moment, and of none later
    assert told["consistent"] and told["restored"] <= told["created"] and told["writes"] == 60
    for export, image in enumerate(images):
        assert run.read(export, 0, SMALL.volume_bytes) == image
    run.write(B2, 512, b"b" * 5120)
    assert run.read(B2, 512, 5120) == b"b" * 5120
    run.end()


def test_discards_leave_zeros_on_both_sides_and_fua_waits_for_its_device(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    run = Run(folder, SMALL)
    image = bytearray(rng.randbytes(1 << 16))
    run.write(A1, 0, bytes(image))
    for number in range(40):
        size, flags = 512 * rng.choice((1, 4, 20)), rng.choice((Flag.NONE, Flag.FUA))
        at = 512 * rng.randrange((len(image) - size) // 512 + 1)
        data = rng.randbytes(size)
        if number % 2:
            run.host.ask(Request(Kind.DISCARD, A1, at, size, flags=flags))
            image[at : at + size] = bytes(size)
        else:
            run.host.ask(Request(Kind.WRITE, A1, at, size, data, flags))
            image[at : at + size] = data
    assert run.read(A1, 0, len(image)) == image
    while (told := run.tell("status"))["restored"] != told["created"]:
        pass
    assert run.refused(Request(Kind.DISCARD, A1, 1, 512)) == errno.EINVAL
    assert run.refused(Request(Kind.DISCARD, A1, SMALL.volume_bytes, 512)) == errno.ENOSPC
    assert run.refused(Request(Kind.READ, A1, 0, 512, flags=Flag.FUA)) == errno.EINVAL
    assert run.refused(Request(Kind.DISCARD, B1, 0, 512)) == errno.EPERM
    run.tell("takeover")
    assert run.read(B1, 0, len(image)) == image
    run.end()


def test_everything_is_at_the_secondary_when_nothing_is_left_to_be_done(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    run = Run(folder, SMALL)
    image = rng.randbytes(1 << 17)
    for at in range(0, len(image), 16384):
        run.write(A2, at, image[at : at + 16384])
    while (told := run.tell("status"))["restored"] != told["created"]:
        pass
    assert told["created"] == len(image) // SMALL.max_transfer_bytes  # each part is a journal
    run.tell("takeover")
    assert run.read(B2, 0, len(image)) == image
    run.end()


def test_each_status_of_a_host_port_has_an_error_that_nbd_knows() -> None:
    known = {errno.EPERM, errno.EIO, errno.EINVAL, errno.ENOSPC}
    assert ERRORS.keys() == set(Status) - {Status.OK} and set(ERRORS.values()) == known


def test_wrong_requests_have_their_errors(folder: Path) -> None:
    run = Run(folder, SMALL)
    end = SMALL.volume_bytes
    assert run.refused(Request(Kind.WRITE, A1, 1, 512, bytes(512))) == errno.EINVAL
    assert run.refused(Request(Kind.WRITE, A1, 0, 100, bytes(100))) == errno.EINVAL
    assert run.refused(Request(Kind.READ, A1, 0, 0)) == errno.EINVAL
    assert run.refused(Request(Kind.READ, A1, end - 512, 1024)) == errno.EINVAL
    assert run.refused(Request(Kind.WRITE, A1, end - 4096, 8192, bytes(8192))) == errno.ENOSPC
    assert run.refused(Request(Kind.READ, B1, 0, 512)) == errno.EPERM
    assert run.refused(Request(Kind.WRITE, B1, 0, 512, bytes(512))) == errno.EPERM
    assert run.refused(Request(Kind.READ, 9, 0, 512)) == errno.EINVAL
    assert run.refused(Request(Kind.OPEN, size=4, data=b"none")) == errno.EINVAL
    assert run.refused(Request(Kind.TELL, size=4, data=b"none")) == errno.EINVAL
    told = json.loads(run.host.ask(Request(Kind.OPEN, size=9, data=b"b/volume2")))
    assert (told["export"], told["size"], told["writable"]) == (B2, end, False)
    run.tell("lose")
    assert run.refused(Request(Kind.WRITE, A1, 0, 512, bytes(512))) == errno.ESHUTDOWN
    assert run.refused(Request(Kind.TELL, size=4, data=b"heal")) == errno.EINVAL
    run.tell("takeover")
    assert run.refused(Request(Kind.TELL, size=8, data=b"takeover")) == errno.EINVAL
    told = json.loads(run.host.ask(Request(Kind.OPEN, size=9, data=b"b/volume2")))
    assert told["writable"]
    run.end()
    assert run.refused(Request(Kind.READ, B1, 0, 512)) == errno.ESHUTDOWN and not run.host.usable


def test_what_is_no_request_or_ends_in_the_middle_of_one_disturbs_nobody(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    run = Run(folder, SMALL)
    whole = Request(Kind.WRITE, A1, 0, 1024, b"x" * 1024).pack()
    for data in (rng.randbytes(64), b"mrlg" + bytes(16), whole[:7], whole[:-1], whole, whole + whole):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(run.gate))
            raw.sendall(data)
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(run.gate))
        for part in (whole[:3], whole[3 : REQUEST.size + 1], whole[REQUEST.size + 1 :]):
            raw.sendall(part)
        assert ANSWER.unpack(raw.recv(ANSWER.size)) == (b"mrlg", 0, 0)
    assert run.read(A1, 0, 1024) == b"x" * 1024
    run.end()


@pytest.mark.parametrize("policy", list(FullPolicy))
def test_write_without_room_for_its_journal_ends_as_the_policy_says(folder: Path, policy: FullPolicy) -> None:
    settings = RunSettings(
        volume_bytes=1 << 17, journal_bytes=1 << 16, max_transfer_bytes=4096, policy=policy, watch_time=200
    )
    run = Run(folder, settings)
    run.tell("cut")
    if policy is FullPolicy.ERROR:
        for at in range(0, 15 * 4096, 4096):
            run.write(A1, at, bytes([1]) * 4096)
        assert run.refused(Request(Kind.WRITE, A1, 61440, 4096, bytes(4096))) == errno.ENOSPC
    else:
        for at in range(0, 1 << 17, 4096):
            run.write(A1, at, bytes([1]) * 4096)
        assert run.tell("status")["original"] == "abnormal"
    run.end()


def test_lost_original_answers_who_waits_for_it(folder: Path) -> None:
    settings = RunSettings(volume_bytes=1 << 17, journal_bytes=1 << 16, max_transfer_bytes=4096, watch_time=0xFFFF_FFFF)
    run = Run(folder, settings)
    run.tell("cut")
    with pytest.raises(OSError) as error:
        threading.Timer(0.2, run.tell, ("lose",)).start()
        for at in range(0, 1 << 17, 4096):
            run.write(A1, at, bytes([1]) * 4096)
    assert error.value.errno == errno.ESHUTDOWN
    assert run.tell("takeover")["consistent"]
    run.end()


def test_failed_device_makes_its_volume_abnormal_and_what_was_acknowledged_is_at_the_secondary(
    folder: Path, seed: int, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(seed)
    run = Run(folder, SMALL)
    first, last = rng.randbytes(4096), rng.randbytes(8192)
    run.write(A1, 0, first)
    at_rest(run)
    run.tell("fail a/volume1")
    run.write(A1, 512, last)  # in cache, and journaled
    assert run.refused(Request(Kind.FLUSH, A1)) == errno.EIO
    assert run.refused(Request(Kind.READ, A1, 0, 512)) == errno.EIO
    assert run.refused(Request(Kind.WRITE, A1, 0, 512, bytes(512))) == errno.EIO
    run.write(A2, 0, b"other" + bytes(507))  # the group goes on with its other volume
    assert run.tell("status")["original"] == "normal" and at_rest(run)["consistent"]
    run.tell("takeover")
    assert run.read(B1, 0, 8704) == first[:512] + last
    assert run.read(B2, 0, 512)[:5] == b"other"
    run.end()
    assert "a/volume1: read of 512 bytes at 0: volume abnormal (status 4): EIO" in capfd.readouterr().err


def test_read_of_a_failed_device_has_its_error(folder: Path) -> None:
    run = Run(folder, SMALL)
    run.write(A1, 0, b"kept" + bytes(508))
    run.host.ask(Request(Kind.FLUSH, A1))
    run.tell("fail a/volume1")
    assert run.refused(Request(Kind.READ, A1, 0, 512)) == errno.EIO  # the device's answer
    assert run.refused(Request(Kind.READ, A1, 0, 512)) == errno.EIO  # "abnormal"
    assert run.refused(Request(Kind.TELL, size=15, data=b"fail a/volume19")) == errno.EINVAL
    run.end()


def test_failed_device_of_the_secondary_suspends_and_the_original_goes_on(folder: Path) -> None:
    run = Run(folder, SMALL)
    run.write(A1, 0, b"one" + bytes(509))
    assert at_rest(run)["restored"] == 1
    run.tell("fail b/volume1")
    run.write(A1, 0, b"two" + bytes(509))
    while run.tell("status")["original"] != "abnormal":
        time.sleep(0.01)
    run.write(A1, 0, b"six" + bytes(509))  # acknowledged, not copied
    assert run.read(A1, 0, 512)[:3] == b"six"
    told = run.tell("takeover")
    assert told["restored"] == 1
    assert run.refused(Request(Kind.READ, B1, 0, 512)) == errno.EIO
    run.end()


def test_secondary_volumes_are_read_before_the_takeover_where_the_setting_says_so(folder: Path) -> None:
    """What is read then is the original's history up to a moment; the takeover comes while a host reads and writes."""
    run = Run(folder, replace(SMALL, secondary_reads=True))
    blocks = [bytes([n]) * 512 for n in range(1, 200)]
    for block in blocks[:100]:
        run.write(A1, 0, block)
        assert run.read(B1, 0, 512) in (bytes(512), *blocks)
        assert run.refused(Request(Kind.WRITE, B1, 0, 512, bytes(512))) == errno.EPERM
    at_rest(run)
    run.tell("cut")
    for block in blocks[100:]:
        run.write(A1, 0, block)
    assert run.read(B1, 0, 512) == blocks[99]  # stands still: the moment of the cut
    seen: list[bytes] = []
    answers: list[int] = []
    host = Client(str(run.gate), SECONDS)

    def work() -> None:
        while not answers or answers[-1]:
            seen.append(host.ask(Request(Kind.READ, B1, 0, 512)))
            try:
                host.ask(Request(Kind.WRITE, B2, 0, 512, b"b" * 512))
                answers.append(0)
            except OSError as error:
                answers.append(error.errno or -1)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while not seen:
        time.sleep(0.001)
    assert run.tell("takeover")["consistent"]
    thread.join(SECONDS)
    assert set(seen) == {blocks[99]} and set(answers[:-1]) <= {errno.EPERM} and answers[-1] == 0
    assert run.read(B2, 0, 512) == b"b" * 512
    run.write(B1, 0, b"new" + bytes(509))
    assert run.read(B1, 0, 512)[:3] == b"new"
    run.end()


def test_one_system_alone_has_no_partner_and_nothing_that_needs_one(folder: Path) -> None:
    run = Run(folder, replace(SMALL, systems=1))
    for at in range(0, 1 << 18, 4096):  # no journal is ever full
        run.write(A2 if at & 4096 else A1, at, bytes([7]) * 4096)
    assert run.read(A1, 0, 4096) == bytes([7]) * 4096
    for words in (b"cut", b"heal", b"lose", b"takeover", b"fail b/volume1"):
        assert run.refused(Request(Kind.TELL, size=len(words), data=words)) == errno.EINVAL
    assert run.refused(Request(Kind.OPEN, size=9, data=b"b/volume1")) == errno.EINVAL
    assert run.tell("status")["writes"] == 64
    run.end()


def at_rest(run: Run) -> dict[str, Any]:
    """Wait until everything is restored; returns the status."""
    while (told := run.tell("status"))["restored"] != told["created"]:
        time.sleep(0.01)
    return told
