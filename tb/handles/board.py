"""The handles of a system on a board, at the other end of a link: they stand where those of a system in Verilog stand.

Every STRIDE cycles of the bench what has come over the link is taken, and what there is to say is sent. Where nothing
moves, on the link, on the path or in the other system, the bench waits for the board, so that its time does not run
away; how many cycles of the board are one of the bench is not fixed. Lines of the capture have the board's cycles.
"""

import json
import struct
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cocotb
from cocotb.triggers import Timer
from pyuvm import uvm_object

from mirrorlog.storage.storage_device import StorageDevice
from tb.config.files import beside
from tb.config.settings import BOTH, Behaviour, PathBehaviour, Start
from tb.handles.capabilities import BOARD_CANNOT, CannotError, Capability
from tb.handles.host_port import HostCommand
from tb.handles.played_port import PlayedPort
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds
from tb.link.frames import SECOND, Channel, Event, Item, Kind, LinkError, TraceReader
from tb.link.session import Session

STRIDE = 16
# ... where nothing moves
IDLE_STRIDE = 64
# What a run leaves whose link failed; what one does that came to its end
FAILURE, USED = "link_failure", "link_use"
_CYCLES = 1 << 48
_PIECE, _LAST = 0x7FFF, 0x8000
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


class BoardHost:
    """The host of the system on the board: as HostPortDriver."""

    def __init__(self, beat_bytes: int) -> None:
        self.pushed = self.answered = self.issued = 0
        self.tag_first = 0
        self._beat = beat_bytes
        self._depth = 1
        self._waiting: deque[tuple[HostCommand, int]] = deque()
        # sent, and not in the trace yet
        self.commands: deque[tuple[HostCommand, int]] = deque()
        self.data: deque[bytes] = deque()

    def configure(self, queue_depth: int, tag_first: int) -> None:
        """Set how many commands may be outstanding, and the tag of the first command."""
        self._depth, self.tag_first = queue_depth, tag_first

    def set_queue_depth(self, queue_depth: int) -> None:
        """Set how many commands may be outstanding from now on."""
        self._depth = queue_depth

    def hold(self, read_data: bool = False, responses: bool = False) -> None:
        """Take no read data, no responses: the link takes all."""
        if read_data or responses:
            raise CannotError(Capability.HOLD_HOST)

    def tag(self, number: int) -> int:
        """Return the tag of the command that was pushed as `number`, from 0."""
        return (self.tag_first + number) % 65536

    async def send(self, command: HostCommand) -> None:
        """Hand one command to the host."""
        self.push(command)

    def push(self, command: HostCommand) -> int:
        """Hand one command to the host; return its number."""
        self._waiting.append((command, self.tag(self.pushed)))
        self.pushed += 1
        return self.pushed - 1

    def issue(self, session: Session, channels: int = 0) -> None:
        """Send the commands that may be outstanding, on the channels behind `channels`."""
        while self._waiting:
            command, tag = self._waiting[0]
            unanswered = self.issued - self.answered
            if unanswered >= (1 if command.alone else self._depth):
                return
            self._waiting.popleft()
            self.issued += 1
            fields = (command.opcode, tag, command.volume, command.position, command.size)
            session.send(channels + Channel.COMMANDS, struct.pack("<BHHQI", *fields))
            self.commands.append((command, tag))
            if command.data is not None:
                data = command.data + bytes(-len(command.data) % self._beat)
                session.send(channels + Channel.WRITE_DATA, pieces(data))
                self.data.append(data)


class BoardRegisters:
    """The maintenance terminal of the system on the board: as RegisterPortDriver. Accesses are sent ahead; the board
    carries out one after the other."""

    def __init__(self) -> None:
        self.pushed = self.answered = 0
        self._waiting: deque[RegisterAccess] = deque()
        # sent, and not in the trace yet
        self.accesses: deque[RegisterAccess] = deque()

    async def send(self, access: RegisterAccess) -> None:
        """Hand one access to the terminal."""
        self.push(access)

    def push(self, access: RegisterAccess) -> int:
        """Hand one access to the terminal; return its number."""
        self._waiting.append(access)
        self.pushed += 1
        return self.pushed - 1

    def issue(self, session: Session, channels: int = 0) -> None:
        """Send the accesses that there are, on the channels behind `channels`."""
        while self._waiting:
            access = self._waiting.popleft()
            self.accesses.append(access)
            if access.write:
                session.send(
                    channels + Channel.REGISTERS, struct.pack("<BHBQ", 1, access.address, access.strobe, access.data)
                )
            else:
                session.send(channels + Channel.REGISTERS, struct.pack("<BH", 0, access.address))


@dataclass
class _Burst:
    """A burst that was answered, until the trace says that the answer was taken."""

    address: int
    data: bytes
    resp: int


@dataclass
class BoardDevice:
    """A storage device of the system on the board, which the machine plays: as StorageDevice. It answers at once."""

    number: int
    size: int
    beat: int
    wait: Callable[[], None]
    base: int = 0
    content: StorageDevice = field(default_factory=StorageDevice)
    written: deque[_Burst] = field(default_factory=deque)
    read: deque[_Burst] = field(default_factory=deque)
    requests: bytearray = field(default_factory=bytearray)
    holds: frozenset[str] = frozenset()
    held: dict[bool, list[bytes]] = field(default_factory=lambda: {True: [], False: []})
    error: DeviceError | None = None
    errors: int = 0
    damaged: DeviceDamage | None = None
    damages: int = 0

    def set_latency(self, write: int, read: int) -> None:
        """It answers as soon as the link does."""

    def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Hold back responses, take neither commands nor write data, until called again."""
        given = {"write_responses": write_responses, "read_data": read_data, "commands": commands}
        self.holds = frozenset(name for name, held in given.items() if held)

    def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors."""
        self.error, self.errors = error, error.count

    def damage(self, damage: DeviceDamage) -> None:
        """Let the device return other bytes than it holds."""
        self.damaged, self.damages = damage, damage.count

    async def dump(self) -> bytes:
        """Return the whole content; the board's records up to now are there when this ends."""
        image = self.content.image(self.size, self.base)
        self.wait()
        return image

    def answers(self) -> bytes:
        """Carry out the bursts that were asked for; returns the answers."""
        found = bytearray()
        while "commands" not in self.holds and (request := self._request()) is not None:
            writes, address, data, size = request
            answer = self._write(address, data) if writes else self._read(address, size)
            self.held[writes].append(answer)
        for writes, name in ((True, "write_responses"), (False, "read_data")):
            if name not in self.holds:
                found += b"".join(self.held[writes])
                self.held[writes].clear()
        return bytes(found)

    def _request(self) -> tuple[bool, int, bytes, int] | None:
        """Return the next burst, None if it is not whole: is it a write, its address, its data, its size."""
        if len(self.requests) < 8:
            return None
        writes, size = self.requests[0] == 0, (self.requests[1] + 1) * self.beat
        whole = 8 + size * writes
        if len(self.requests) < whole:
            return None
        address, data = int.from_bytes(self.requests[2:8], "little"), bytes(self.requests[8:whole])
        del self.requests[:whole]
        return writes, address, data, size

    def _write(self, address: int, data: bytes) -> bytes:
        resp = self._response(Kinds.WRITES, address, len(data))
        if resp == 0:
            self.content.write(address, data)
        self.written.append(_Burst(address, data, resp))
        return bytes((resp << 1,))

    def _read(self, address: int, size: int) -> bytes:
        resp = self._response(Kinds.READS, address, size)
        data = bytearray(self.content.read(address, size) if resp == 0 else bytes(size))
        damage, place = self.damaged, address - self.base
        if resp == 0 and damage and self.damages and place <= damage.last and place + size > damage.first:
            self.damages -= 1
            for at in range(max(place, damage.first), min(place + size, damage.last + 1)):
                data[at - place] ^= 0xFF
        self.read.append(_Burst(address, bytes(data), resp))
        return bytes((1 | resp << 1 | 8, size // self.beat - 1)) + bytes(data)

    def _response(self, kind: Kinds, address: int, size: int) -> int:
        error, place = self.error, address - self.base
        if error is None or not self.errors or not error.kinds & kind:
            return 0
        if place > error.last or place + size <= error.first:
            return 0
        self.errors -= 1
        return error.resp


class BoardControl(uvm_object):  # type: ignore[misc]
    """Handles of the system on the board: as SystemControl. Of two systems on the board, between which the path is
    there, the first one's have the session."""

    dut = None
    cannot = BOARD_CANNOT

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
        self._shown = self._port.shown
        self._start = start
        # the other system on the board
        self._other: BoardControl | None = None
        self._channels = 0
        if index and parameters.board == BOTH:
            first: BoardControl = bench.systems[0]
            self._other, first._other = first, self
            self._session, self._channels = first._session, SECOND
        else:
            try:
                self._session = Session.begin(bench.settings.target, start.first_cycle, start.time_ns)
            except LinkError as error:
                self._failed(error)
                raise
        self.host = BoardHost(self._beat)
        self.registers = BoardRegisters()
        self.devices = [self._device(number) for number in range(parameters.devices)]
        self._trace = TraceReader()
        self._items: deque[Item] = deque()
        self._item_cycle = start.first_cycle
        # at the first host command, and at the last response so far: the cycle, bytes received and sent
        self._busy: list[tuple[int, int, int]] = []
        # cycles since reset that are known to be over
        self.cycle = 0
        self._to_board: deque[bytes] = deque()
        self._packets: deque[bytes] = deque()
        self._from_board: list[bytes] = []
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
        used = LinkUse(self.cycle, self._session.received_bytes, self._session.sent_bytes)
        if self._busy:
            busy, *bytes_then = (last - first for first, last in zip(self._busy[0], self._busy[-1], strict=True))
            used = replace(used, busy=busy, dearer=max(bytes_then))
        beside(self._prefix, USED).write_text(json.dumps(asdict(used)))
        self._ending = True
        while not self._stopped:
            await Timer(STRIDE * self._period, "ns")
        await Timer(2 * STRIDE * self._period, "ns")

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
                since = (self._session.wait_status() - self._start.first_cycle) % _CYCLES
                quiet = [] if self._work() else [*quiet, since]
                self.cycle = max(self.cycle, since)
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
            cycle = self._session.wait_status()
            self.cycle = max(self.cycle, (cycle - self._start.first_cycle) % _CYCLES)
            moved |= self._work()
        self._hand_over()
        return moved

    def _bench_cycles(self) -> int:
        """Return the bench's cycles since reset."""
        return int(self._top.capture.cycle.value)

    def _hand_over(self) -> None:
        self._port.hand_over(self._from_board)
        self._from_board.clear()

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
            asked = session.take(channel)
            device.requests += asked
            answers = device.answers()
            session.send(channel, answers)
            moved |= bool(asked or answers)
        told = session.take(self._channels + Channel.TRACE)
        try:
            self._items.extend(self._trace.feed(told))
        except ValueError as error:
            raise self._wrong(str(error)) from None
        moved |= bool(told)
        while self._items and self._show(self._items[0]):
            self._items.popleft()
            moved = True
        session.work()
        return moved

    def _packets_to_send(self) -> list[bytes]:
        """Return packets that are to be sent now; they are in the trace one after the other."""
        found = list(self._to_board)
        self._to_board.clear()
        self._packets.extend(found)
        return found

    def _show(self, item: Item) -> bool:
        """Put an item of the trace into the capture; returns False if its data has not come yet."""
        if item.event is Event.RECORD:
            line = {"event": "record", "system": self.number, "record": item.record[::-1].hex()}
            self._shown.line(line)
            return True
        data = b""
        if item.event in (Event.READ_DATA, Event.PACKET_OUT):
            channel = Channel.READ_DATA if item.event is Event.READ_DATA else Channel.PATH
            size = item.fields[-1] * self._beat
            data = self._session.take(self._channels + channel, size)
            if len(data) < size:
                return False
        if item.event is Event.PACKET_IN and self._other is not None and not self._packets:
            return False
        if item.delta is not None:
            self._item_cycle = (self._item_cycle + item.delta) % _CYCLES
        self.cycle = max(self.cycle, (self._item_cycle - self._start.first_cycle) % _CYCLES)
        try:
            name, fields = self._told(item, data)
        except IndexError:
            raise self._wrong(f"{item.event.name.lower()} of nothing that was sent") from None
        if item.event in (Event.HOST_COMMAND, Event.HOST_RESPONSE):
            moment = self.cycle, self._session.received_bytes, self._session.sent_bytes
            self._busy = [*self._busy[:1], moment]
        line = {"event": name, "system": self.number, "cycle": self._item_cycle}
        self._shown.line(line | fields)
        return True

    def _told(self, item: Item, data: bytes) -> tuple[str, dict[str, int]]:
        """Return the event's name and fields; put its data into its file. Raises IndexError if there is no such."""
        number, fields = self.number, item.fields
        match item.event:
            case Event.HOST_COMMAND:
                command, tag = self.host.commands.popleft()
                told = {"time": self._time(), "opcode": int(command.opcode), "tag": tag, "volume": command.volume}
                return "host_command", told | {"position": command.position, "size": command.size}
            case Event.WRITE_DATA:
                packet = self.host.data.popleft()
                self._shown.put(f"write_data{number}", packet)
                return "write_data", {"bytes": len(packet)}
            case Event.REGISTER_WRITE:
                access = self.registers.accesses.popleft()
                return "register_write", {
                    "address": access.address,
                    "data": access.data,
                    "strobe": access.strobe,
                }
            case Event.REGISTER_READ:
                return "register_read", {"address": self.registers.accesses.popleft().address}
            case Event.DEVICE_WRITE:
                burst = self.devices[item.device].written.popleft()
                self._shown.put(f"device{number}_{item.device}", burst.data)
                return "device_write", self._of_burst(item.device, burst)
            case Event.DEVICE_READ:
                burst = self.devices[item.device].read.popleft()
                crc = zlib.crc32(burst.data if burst.resp == 0 else bytes(len(burst.data)))
                return "device_read", self._of_burst(item.device, burst) | {"crc": crc}
            case Event.PACKET_IN:
                packet = self._packets.popleft()
                self._shown.put(f"path{number}_in", packet)
                return "packet_in", {"bytes": len(packet)}
            case Event.READ_DATA:
                self._shown.put(f"read_data{number}", data)
                return "read_data", {"bytes": len(data)}
            case Event.HOST_RESPONSE:
                self.host.answered += 1
                return "host_response", {"tag": fields[0], "status": fields[1]}
            case Event.REGISTER_WRITTEN:
                self.registers.answered += 1
                return "register_response", {"data": 0, "resp": fields[0]}
            case Event.REGISTER_DATA:
                self.registers.answered += 1
                return "register_response", {"data": fields[1], "resp": fields[0]}
            case Event.PACKET_FIRST:
                return "packet_first", {}
            case _:
                self._shown.put(f"path{number}_out", data)
                if self._other is None:
                    self._from_board.append(data)
                else:
                    self._other._packets.append(data)
                return "packet_out", {"bytes": len(data)}

    @staticmethod
    def _of_burst(device: int, burst: _Burst) -> dict[str, int]:
        return {"device": device, "address": burst.address, "bytes": len(burst.data), "resp": burst.resp}

    def _time(self) -> int:
        """Return the time of day in the cycle of the item, ns."""
        hello = self._session.hello
        assert hello is not None
        cycles = (self._item_cycle - self._start.first_cycle) % _CYCLES
        return (self._start.time_ns + cycles * hello.period) % (1 << 64)

    def _device(self, device: int) -> BoardDevice:
        sizes = self._top.DEVICE1_BYTES if device else self._top.DEVICE0_BYTES
        made = BoardDevice(device, int(sizes.value), self._beat, self.catch_up, self._start.device_base)
        image = beside(self._prefix, f"image{self.number}_{device}")
        if image.exists():
            made.content.write(self._start.device_base, image.read_bytes())
        return made

    def _wrong(self, text: str) -> LinkError:
        return LinkError(Kind.MESSAGE, self._channels + Channel.TRACE, self._session.last, text)

    def _failed(self, error: LinkError) -> None:
        """Leave the reason, and what the capture has of all that came before it."""
        beside(self._prefix, FAILURE).write_text(f"{error}\n")
        if hasattr(self, "_items"):
            self._hand_over()


def pieces(data: bytes) -> bytes:
    """Return a packet as the link has it: pieces, each behind its size."""
    found = bytearray()
    most = _PIECE // 64 * 64
    for at in range(0, len(data), most):
        piece = data[at : at + most]
        last = _LAST if at + most >= len(data) else 0
        found += struct.pack("<H", len(piece) | last) + piece
    return bytes(found)
