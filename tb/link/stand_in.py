"""The simulation's side of `make board`: moves bytes between board_bench.v and a TCP port, or a pseudo-terminal."""

import json
import os
import random
import select
import socket
import termios
import time
import tty
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

# The file with the stand-in's settings; it is answered with the line's name in a file beside it
VARIABLE = "MIRRORLOG_BOARD"
# As a port: a pseudo-terminal. Between two looks whether it has been opened
PTY, LOOK_SECONDS = "pty", 0.02
HOST = "127.0.0.1"
# Cycles between two looks at the line, half of what an answer takes: with a UART a byte takes some 83 of them
BYTE_CYCLES, UART_CYCLES = 64, 1024
# What is sent to a machine that does not read, before the board is stopped
MOST_WAITING = 1 << 16
RECEIVED = 1 << 16


class Line(ABC):
    """The machine's end: one machine at a time. `name` is what it opens."""

    name: str

    def __init__(self) -> None:
        self._there = False
        self.to_board = bytearray()
        self._to_machine = bytearray()

    def wait(self) -> None:
        """Wait for a machine, unless there is one: without one, no time passes on the board."""
        if not self._there:
            self._meet()
            self._there = True

    @property
    def busy(self) -> bool:
        """The machine does not read."""
        return len(self._to_machine) > MOST_WAITING

    def send(self, data: bytes) -> None:
        """Give bytes to the machine, as many as it takes."""
        self._to_machine += data
        if not self._there or not self._to_machine:
            return
        try:
            sent = self._write(self._to_machine)
            del self._to_machine[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._leave()

    def receive(self) -> None:
        """Take what the machine has sent, and see whether it is there."""
        if not self._there or len(self.to_board) > RECEIVED:
            return
        try:
            data = self._read()
            if data:
                self.to_board += data
            else:
                self._leave()
        except BlockingIOError:
            pass
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """The cable was pulled: what is on it is lost."""
        with suppress(OSError):
            self._part()
        self._there = False
        self._to_machine.clear()
        self.to_board.clear()

    @abstractmethod
    def _meet(self) -> None:
        """Wait for a machine."""

    @abstractmethod
    def _read(self) -> bytes:
        """Return what has come, b"" at the end. Raises OSError, BlockingIOError if there is nothing."""

    @abstractmethod
    def _write(self, data: bytearray) -> int:
        """Write as many bytes as go; returns how many. Raises OSError."""

    @abstractmethod
    def _part(self) -> None:
        """The machine is gone. Raises OSError."""


class TcpLine(Line):
    """A TCP port of this computer."""

    def __init__(self, port: int) -> None:
        """Listen. Raises OSError."""
        super().__init__()
        self._listening = socket.create_server((HOST, port), backlog=1, reuse_port=False)
        self.name = f"socket://{HOST}:{self._listening.getsockname()[1]}"

    def _meet(self) -> None:
        self._machine, _ = self._listening.accept()
        self._machine.setblocking(False)
        self._machine.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _read(self) -> bytes:
        return self._machine.recv(RECEIVED)

    def _write(self, data: bytearray) -> int:
        return self._machine.send(data)

    def _part(self) -> None:
        self._machine.close()


class PtyLine(Line):
    """A pseudo-terminal, which is opened as a serial port is."""

    def __init__(self) -> None:
        """Make it. Raises OSError."""
        super().__init__()
        self._end, other = os.openpty()
        self.name = os.ttyname(other)
        # when nobody has it open, that can be seen
        os.close(other)
        os.set_blocking(self._end, False)

    def _meet(self) -> None:
        looks = select.poll()
        looks.register(self._end, 0)
        while any(event & select.POLLHUP for _, event in looks.poll(0)):
            time.sleep(LOOK_SECONDS)
        tty.setraw(self._end)

    def _read(self) -> bytes:
        return os.read(self._end, RECEIVED)

    def _write(self, data: bytearray) -> int:
        return os.write(self._end, data)

    def _part(self) -> None:
        termios.tcflush(self._end, termios.TCIOFLUSH)


@cocotb.test
async def stand_in(dut: Any) -> None:
    """Serve machines one after the other, for ever."""
    settings = Path(os.environ[VARIABLE])
    given = json.loads(settings.read_text())
    rng = random.Random(given["seed"])
    uart = given["link"] == "uart"
    line = PtyLine() if given["port"] == PTY else TcpLine(given["port"])
    ready = settings.with_suffix(".ready")
    ready.with_suffix(".new").write_text(line.name)
    ready.with_suffix(".new").rename(ready)
    most, period = int(dut.BYTES.value), int(dut.PERIOD_NS.value)
    cycles = UART_CYCLES if uart else BYTE_CYCLES
    # cycles of a run until the reset button is pressed, once
    left = given["reset_at"] or float("inf")
    flags = {"in_given": 0, "out_read": 0}
    count = 0

    def change(name: str) -> None:
        flags[name] ^= 1
        getattr(dut, name).value = flags[name]

    held = bytearray()
    while True:
        line.wait()
        await Timer(cycles * period, unit="ns")
        left -= cycles if dut.led_up.value == 1 else 0
        if left <= 0:
            left = float("inf")
            dut.reset_left.value = 8
        stalled = rng.randrange(100) < given["stall"]
        # a UART has no ready: there, what comes while the line stands still is held here
        taken = int(dut.out_count.value)
        if taken and (uart or not (stalled or line.busy)):
            held += int(dut.out_bytes.value).to_bytes(most, "little")[:taken]
            change("out_read")
        dut.stopped.value = not uart and stalled
        if not stalled:
            line.send(bytes(held))
            held.clear()
            line.receive()
            if int(dut.in_place.value) == count and line.to_board:
                data = bytes(line.to_board[:most])
                del line.to_board[:most]
                count = len(data)
                dut.in_bytes.value = int.from_bytes(data, "little")
                dut.in_count.value = count
                change("in_given")
        assert not dut.broken.value, "a byte of the board had no stop bit"
