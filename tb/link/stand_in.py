"""The simulation's side of `make board`: moves bytes between board_bench.v and a TCP connection."""

import json
import os
import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

# The file with the stand-in's settings; it is answered with the port in a file beside it
VARIABLE = "MIRRORLOG_BOARD"
HOST = "127.0.0.1"
# Cycles between two looks at the line, half of what an answer takes: with a UART a byte takes some 83 of them
BYTE_CYCLES, UART_CYCLES = 64, 1024
# What is sent to a machine that does not read, before the board is stopped
MOST_WAITING = 1 << 16
RECEIVED = 1 << 16


class Line:
    """The TCP end: one machine at a time."""

    def __init__(self, port: int) -> None:
        """Listen. Raises OSError."""
        self._listening = socket.create_server((HOST, port), backlog=1, reuse_port=False)
        self.port: int = self._listening.getsockname()[1]
        self._machine: socket.socket | None = None
        self.to_board = bytearray()
        self._to_machine = bytearray()

    def wait(self) -> None:
        """Wait for a machine, unless there is one: without one, no time passes on the board."""
        if self._machine is None:
            self._machine, _ = self._listening.accept()
            self._machine.setblocking(False)
            self._machine.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def busy(self) -> bool:
        """The machine does not read."""
        return len(self._to_machine) > MOST_WAITING

    def send(self, data: bytes) -> None:
        """Give bytes to the machine, as many as it takes."""
        self._to_machine += data
        if self._machine is None or not self._to_machine:
            return
        try:
            sent = self._machine.send(self._to_machine)
            del self._to_machine[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._leave()

    def receive(self) -> None:
        """Take what the machine has sent, and see whether it is there."""
        if self._machine is None or len(self.to_board) > RECEIVED:
            return
        try:
            data = self._machine.recv(RECEIVED)
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
        if self._machine is not None:
            with suppress(OSError):
                self._machine.close()
        self._machine = None
        self._to_machine.clear()
        self.to_board.clear()


@cocotb.test
async def stand_in(dut: Any) -> None:
    """Serve machines one after the other, for ever."""
    settings = Path(os.environ[VARIABLE])
    given = json.loads(settings.read_text())
    rng = random.Random(given["seed"])
    uart = given["link"] == "uart"
    line = Line(given["port"])
    ready = settings.with_suffix(".ready")
    ready.with_suffix(".new").write_text(str(line.port))
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
