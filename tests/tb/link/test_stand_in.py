"""`make board`: the board in a simulation, through its TCP port or pseudo-terminal."""

import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tb.link.board import parse
from tb.link.frames import (
    VERSION,
    ZEROS,
    Channel,
    Credit,
    Event,
    Frame,
    Hello,
    Item,
    LinkError,
    Receiver,
    Reset,
    Sender,
    Status,
    StatusRequest,
    TraceReader,
    Type,
)
from tb.link.session import BAUD
from tb.running.options import OptionError
from tools.sources import ROOT, rtl_identity

# What a build and a simulation on a busy computer may take, seconds; nothing is measured with it
LIMIT = 900.0
# The register `parameters` (docs/registers.md)
PARAMETERS = 0x0008
FIRST_CYCLE = 1000


@contextmanager
def board(*options: str) -> Iterator[int]:
    """A board that is ready, and its TCP port."""
    with link(0, *options) as name:
        assert re.fullmatch(r"socket://127\.0\.0\.1:\d+", name)
        yield int(name.rpartition(":")[2])


@contextmanager
def link(port: int | str, *options: str) -> Iterator[str]:
    """A board that is ready, and the name of its link; it is interrupted at the end."""
    command = [sys.executable, "-m", "tb.link.board", f"PORT={port}", *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests may ignore it, as a shell does for what is in its background
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        try:
            line = running.stdout.readline()
            found = re.fullmatch(r"board: ready at (\S+), LINK=\w+\n", line)
            assert found, (line, running.stderr.read())
            yield found[1]
        finally:
            running.send_signal(signal.SIGINT)
            try:
                assert running.wait(LIMIT) == 130
            finally:
                running.kill()
            assert "Traceback" not in running.stderr.read()


class Session:
    """A machine that resets the board and speaks frames."""

    def __init__(self, port: int, nonce: int) -> None:
        self._line = socket.create_connection(("127.0.0.1", port))
        self._sender, self._receiver, self._trace = Sender(), Receiver(nonce), TraceReader()
        self.items: list[Item] = []
        self._line.sendall(ZEROS)
        self.send(Channel.CONTROL, Reset(VERSION, nonce, FIRST_CYCLE, 0).payload())
        self.hello = Hello.read(self.until(lambda frame: frame.channel == Channel.CONTROL).payload)
        self.send(Channel.CONTROL, Credit(Channel.TRACE, 60_000).payload())

    def send(self, channel: int, data: bytes) -> None:
        """Send bytes of a channel."""
        self._line.sendall(self._sender.frames(channel, data))

    def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """Return the next frame that is wanted."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            ready, _, _ = select.select([self._line], [], [], 1)
            if not ready:
                continue
            data = self._line.recv(1 << 16)
            assert data, "the board is gone"
            found: Frame | None = None
            for frame in self._receiver.feed(data):
                if frame.channel == Channel.TRACE:
                    self.items += self._trace.feed(frame.payload)
                if found is None and wanted(frame):
                    found = frame
            if found is not None:
                return found
        raise AssertionError("nothing came")

    def cut(self, data: bytes) -> None:
        """Pull the cable behind some bytes."""
        self._line.sendall(data)
        self._line.close()


def accesses(count: int) -> bytes:
    """Register accesses, each a read of the parameters."""
    return (b"\x00" + PARAMETERS.to_bytes(2, "little")) * count


def check_accesses(session: Session, count: int, errors: int) -> None:
    """Make register accesses and look at what the trace says of them, and at a status with so many wrong CRCs."""
    session.send(Channel.REGISTERS, accesses(count))
    session.until(lambda _: len(session.items) >= 3 * count)
    events = [item.event for item in session.items]
    assert events == [Event.REGISTER_READ, Event.RECORD, Event.REGISTER_DATA] * count
    records = [item.record for item in session.items if item.event == Event.RECORD]
    cycles = [int.from_bytes(record[8:14], "little") for record in records]
    assert cycles[0] > FIRST_CYCLE and cycles == sorted(set(cycles))
    answers = {item.fields for item in session.items if item.event == Event.REGISTER_DATA}
    assert len(answers) == 1 and answers.pop()[0] == 0
    session.send(Channel.CONTROL, StatusRequest(9).payload())
    status = Status.read(session.until(lambda frame: frame.channel == 0 and frame.payload[0] == Type.STATUS).payload)
    assert status.token == 9 and status.cycle > cycles[-1] and status.errors == bytes((0, 0, errors, 0, 0, 0, 0))


@pytest.mark.parametrize("link", ["byte", "uart"])
def test_a_machine_resets_the_board_and_reads_registers_through_the_link(link: str, seed: int) -> None:
    """With stalls. Without the UART also: the cable is pulled in a frame, and the next machine begins anew."""
    with board(f"LINK={link}", "STALL=30", f"SEED={seed % 1000}") as port:
        session = Session(port, 77)
        hello = session.hello
        assert (hello.version, hello.nonce, hello.build) == (VERSION, 77, rtl_identity())
        assert (hello.data_width, hello.devices, hello.system_number) == (64, 2, 1)
        assert hello.baud == (BAUD if link == "uart" else 0)
        check_accesses(session, 6 if link == "byte" else 2, 0)
        session.cut(b"\xa5\x01\x02")
        if link == "byte":
            again = Session(port, 78)
            # of the frame that was cut
            check_accesses(again, 1, 1)
            again.cut(b"")


def test_a_board_that_is_reset_says_hello_with_no_nonce() -> None:
    """In the middle of a run: its frames begin with number 0 again, which the machine takes for damage; a reset over
    the link goes on from there."""
    with board("RESET_AT=4000") as port:
        session = Session(port, 77)
        with pytest.raises(LinkError):
            session.until(lambda frame: False)
        session.cut(b"")
        again = Session(port, 78)
        check_accesses(again, 1, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "PORT=n is missing"),
        (["PORT=70000"], "must be 0 to 65535"),
        (["PORT=1", "LINK=usb"], "is none of byte, uart"),
        (["PORT=1", "STALL=91"], "must be 0 to 90"),
        (["PORT=1", "TRACE=x"], "unknown option"),
        (["PORT=tty"], "is no number"),
        (["PORT=1", "MEMORY_BYTES=5000"], "is none of 0, 4096, 8192"),
    ],
)
def test_bad_options_are_refused(options: list[str], said: str) -> None:
    """By what is wrong."""
    with pytest.raises(OptionError, match=said):
        parse(options)


def test_a_port_in_use_is_refused_before_anything_is_built() -> None:
    """In one line, with status 2."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "tb.link.board", f"PORT={port}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr == f"error: PORT={port}: Address already in use\n"
