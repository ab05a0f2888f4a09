"""The handles of a system on a board, at the other end of a link: they stand where those of a system in Verilog stand.

Every STRIDE cycles of the bench what has come over the link is taken, and what there is to say is sent. Where nothing
moves, on the link, on the path or in the other system, the bench waits for the board, so that its time does not run
away; how many cycles of the board are one of the bench is not fixed. Lines of the capture have the board's cycles.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import cocotb
from cocotb.triggers import Timer
from pyuvm import uvm_object

from tb.config.files import beside
from tb.config.settings import BOTH, Behaviour, PathBehaviour, Start
from tb.handles.board_device import BoardDevice
from tb.handles.board_host import BoardHost, BoardRegisters, pieces
from tb.handles.board_memory import BoardMemory, MemoryPort
from tb.handles.board_trace import BoardTrace
from tb.handles.capabilities import BOARD_CANNOT, CannotError, Capability
from tb.handles.played_port import PlayedPort
from tb.link.frames import SECOND, Channel, LinkError
from tb.link.session import Session

STRIDE = 16
# ... where nothing moves
IDLE_STRIDE = 64
# What a run leaves whose link failed; what one does that came to its end
FAILURE, USED = "link_failure", "link_use"
# Answers of the board without a byte of the trace before them, after which there is none: what was there when it was
# asked comes before the next but one. Cycles that an item takes on its way there, at most
_QUIET_ANSWERS, _ITEM_CYCLES = 3, 256


@dataclass(frozen=True, slots=True)
class LinkUse:
    """What went over a link in so many cycles of the board: bytes from it, and to it. `busy` are the cycles from the
    first host command to the last response, `dearer` the bytes of the direction that had more of them in these."""

    cycles: int
    received: int
    sent: int
    busy: int = 0
    dearer: int = 0


class BoardControl(uvm_object):  # type: ignore[misc]
    """Handles of the system on the board: as SystemControl. Of two systems on the board, between which the path is
    there, the first one's have the session."""

    dut = None
    cannot = BOARD_CANNOT
    # the link takes all
    is_stopped = False

    def connect(self, bench: Any, index: int, number: int) -> None:
        """Begin the session, and find the system's partner_port in a bench (testbench.py, BenchControl); `index` counts
        its systems from 0. Raises LinkError."""
        parameters, prefix, top, start = (
            bench.settings.parameters,
            bench.prefix,
            bench.top,
            bench.settings.starts[number],
        )
        self.number = number
        self._top = top
        self._prefix = prefix
        self._period = 2 * int(top.HALF_PERIOD.value)
        self._beat = parameters.data_width // 8
        self._port = PlayedPort(number, top.system[index].at.bench, prefix, self._beat)
        self._start = start
        self._channels = 0
        if index and parameters.board == BOTH:
            self._session, self._channels = bench.systems[0]._session, SECOND
        else:
            try:
                self._session = Session.begin(bench.settings.target, start.first_cycle, start.time_ns)
            except LinkError as error:
                self._failed(error)
                raise
        self.host = BoardHost(self._beat)
        self.registers = BoardRegisters()
        self.devices = [self._device(number, parameters.devices) for number in range(parameters.devices)]
        self._trace = BoardTrace(number, self._session, self._channels, start, self._beat, self._port.shown)
        self._trace.begin(self.host, self.registers, self.devices)
        if self._channels:
            first: BoardTrace = bench.systems[0]._trace
            self._trace.other, first.other = first, self._trace
        self._to_board: deque[bytes] = deque()
        self._ending = self._stopped = False
        # does anything move beside the board, so that time may go on without it?
        self.beside: Callable[[], bool] = lambda: False

    def configure(self, behaviour: Behaviour, generator: Any) -> None:
        """Set the host; there are no pauses but the link's."""
        self.host.configure(behaviour.queue_depth, generator.getrandbits(16))

    def stop(self, responses: bool = False, commit: bool = False) -> None:
        """Nearly always pause the host's responses, the commit trace: the link takes all."""
        if responses or commit:
            raise CannotError(Capability.STOP)

    def begin_at(self, start: Start) -> None:
        """Set what the system starts from, before the end of reset."""
        self._port.begin_at(start)

    def begin(self, path: PathBehaviour) -> None:
        """The end of reset: what comes over the link is taken from now on."""
        cocotb.start_soon(self._play())

    async def reset(self) -> None:
        """Reset the system in the middle of what it does: a board is reset with its link."""
        raise CannotError(Capability.RESET)

    async def finish(self) -> None:
        """Wait until all is in the capture."""
        self.catch_up()
        if self._channels == 0:
            beside(self._prefix, USED).write_text(json.dumps(asdict(self._use())))
        self._ending = True
        while not self._stopped:
            await Timer(STRIDE * self._period, "ns")
        await Timer(2 * STRIDE * self._period, "ns")

    def _use(self) -> LinkUse:
        """Return what went over the link; of two systems on the board, the first one's host says when."""
        used = LinkUse(self.cycle, self._session.received_bytes, self._session.sent_bytes)
        moments = self._trace.busy
        if not moments:
            return used
        busy, *bytes_then = (last - first for first, last in zip(moments[0], moments[-1], strict=True))
        return replace(used, busy=busy, dearer=max(bytes_then))

    @property
    def cycle(self) -> int:
        """Cycles since reset that are known to be over."""
        return self._trace.cycle

    @property
    def answered(self) -> bool:
        """Have host and registers all their answers?"""
        return self.host.answered == self.host.pushed and self.registers.answered == self.registers.pushed

    def catch_up(self, whole: bool = True) -> None:
        """Take all that the board has told of up to now; nothing more after the end. Unless `whole`: what is there when
        it is asked, but not what is just being told."""
        if self._stopped:
            return
        try:
            quiet: list[int] = []
            while len(quiet) < _QUIET_ANSWERS or quiet[1 - _QUIET_ANSWERS] - quiet[0] < _ITEM_CYCLES:
                cycle = self._session.wait_status()
                moved = self._work()
                since = self._trace.since(cycle)
                quiet = [] if moved else [*quiet, since]
                if not whole:
                    break
        except LinkError as error:
            self._failed(error)
            raise
        self._hand_over()

    async def _play(self) -> None:
        moved = True
        while not self._stopped:
            await Timer((STRIDE if moved else IDLE_STRIDE) * self._period, "ns")
            try:
                moved = self._go_on()
            except LinkError as error:
                self._failed(error)
                raise
            if self._ending:
                self._stopped = True

    def _go_on(self) -> bool:
        """Returns whether anything moves."""
        self._to_board.extend(self._port.packets())
        moved = self._work() or self.beside()
        # where something beside the board moves, as packets on a long path, time does not run away from it either
        if not self._ending and (not moved or self._bench_cycles() > self.cycle):
            self._trace.since(self._session.wait_status())
            moved |= self._work()
        self._hand_over()
        return moved

    def _bench_cycles(self) -> int:
        """Return the bench's cycles since reset."""
        return int(self._top.capture.cycle.value)

    def _hand_over(self) -> None:
        self._port.hand_over(self._trace.from_board)
        self._trace.from_board.clear()

    def _work(self) -> bool:
        """Send what there is, take what came, answer it. Returns whether there was anything but control's."""
        session = self._session
        self.host.issue(session, self._channels)
        self.registers.issue(session, self._channels)
        for packet in self._packets_to_send():
            session.send(Channel.PATH, pieces(packet))
        session.work()
        moved = False
        for device in self.devices:
            channel = self._channels + Channel.DEVICE + device.number
            told = session.take(channel)
            try:
                answers = device.take(told)
            except ValueError as error:
                raise session.wrong(channel, str(error)) from None
            session.send(channel, answers)
            moved |= bool(told or answers)
        moved |= self._trace.take()
        session.work()
        return moved

    def _packets_to_send(self) -> list[bytes]:
        """Return packets that are to be sent now; they are in the trace one after the other."""
        found = list(self._to_board)
        self._to_board.clear()
        self._trace.packets.extend(found)
        return found

    def _device(self, device: int, devices: int) -> BoardDevice | BoardMemory:
        sizes = self._top.DEVICE1_BYTES if device else self._top.DEVICE0_BYTES
        size, hello = int(sizes.value), self._session.hello
        file = beside(self._prefix, f"image{self.number}_{device}")
        image = file.read_bytes() if file.exists() else b""
        assert hello is not None
        if device >= devices - hello.memory_devices:
            port = MemoryPort(self._session, self._channels + Channel.DEVICE + device, self._failed)
            memory = BoardMemory(device, size, self._beat, self.catch_up, port)
            memory.load(image)
            return memory
        made = BoardDevice(device, size, self._beat, self.catch_up, self._start.device_base)
        made.content.write(self._start.device_base, image)
        return made

    def _failed(self, error: LinkError) -> None:
        """Leave the reason, and what the capture has of all that came before it."""
        beside(self._prefix, FAILURE).write_text(f"{error}\n")
        if hasattr(self, "_trace"):
            self._hand_over()
