"""What a board tells of its system: the items of the trace, and the lines of the capture that they become."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from tb.config.settings import Start
from tb.handles.board_device import BoardDevice, Burst
from tb.handles.board_host import BoardHost, BoardRegisters
from tb.handles.board_memory import BoardMemory
from tb.link.frames import Channel, Event, Item, LinkError, TraceReader
from tb.link.session import Session

CYCLES = 1 << 48


class BoardTrace:
    """Takes the trace of the system `number`, whose channels lie behind `channels`; `shown` writes the capture.

    `cycle`: cycles since reset that are known to be over. `packets` were sent to the system, and are not in the trace
    yet; `from_board` came from it. `busy`: at the first host command, and at the last response so far, the cycle, bytes
    received and sent.
    """

    def __init__(self, number: int, session: Session, channels: int, start: Start, beat_bytes: int, shown: Any) -> None:
        self.number = number
        self.cycle = 0
        self.packets: deque[bytes] = deque()
        self.from_board: list[bytes] = []
        self.busy: list[tuple[int, int, int]] = []
        # the other system on the board
        self.other: BoardTrace | None = None
        self._session, self._channels = session, channels
        self._start = start
        self._beat = beat_bytes
        self._shown = shown
        self._reader = TraceReader()
        self._items: deque[Item] = deque()
        self._item_cycle = start.first_cycle

    def begin(self, host: BoardHost, registers: BoardRegisters, devices: Sequence[BoardDevice | BoardMemory]) -> None:
        """Set what the items are about."""
        self._host, self._registers, self._devices = host, registers, devices

    def since(self, cycle: int) -> int:
        """Return how many cycles since reset a cycle of the board is; they are over."""
        since = (cycle - self._start.first_cycle) % CYCLES
        self.cycle = max(self.cycle, since)
        return since

    def take(self) -> bool:
        """Take what came of the trace. Returns whether there was anything. Raises LinkError."""
        told = self._session.take(self._channels + Channel.TRACE)
        try:
            self._items.extend(self._reader.feed(told))
        except ValueError as error:
            raise self._wrong(str(error)) from None
        moved = bool(told)
        while self._items and self._show(self._items[0]):
            self._items.popleft()
            moved = True
        return moved

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
        of_device = item.event in (Event.DEVICE_WRITE, Event.DEVICE_READ)
        if of_device and not self._devices[item.device].has_told(item.event is Event.DEVICE_WRITE):
            return False
        if item.event is Event.PACKET_IN and self.other is not None and not self.packets:
            return False
        if item.delta is not None:
            self._item_cycle = (self._item_cycle + item.delta) % CYCLES
        self.since(self._item_cycle)
        try:
            name, fields = self._told(item, data)
        except IndexError:
            raise self._wrong(f"{item.event.name.lower()} of nothing that was sent") from None
        if item.event in (Event.HOST_COMMAND, Event.HOST_RESPONSE):
            moment = self.cycle, self._session.received_bytes, self._session.sent_bytes
            self.busy = [*self.busy[:1], moment]
        line = {"event": name, "system": self.number, "cycle": self._item_cycle}
        self._shown.line(line | fields)
        return True

    def _told(self, item: Item, data: bytes) -> tuple[str, dict[str, int]]:
        """Return the event's name and fields; put its data into its file. Raises IndexError if there is no such."""
        number, fields = self.number, item.fields
        match item.event:
            case Event.HOST_COMMAND:
                command, tag = self._host.commands.popleft()
                told = {"time": self._time(), "opcode": int(command.opcode), "tag": tag, "volume": command.volume}
                return "host_command", told | {"position": command.position, "size": command.size}
            case Event.WRITE_DATA:
                packet = self._host.data.popleft()
                self._shown.put(f"write_data{number}", packet)
                return "write_data", {"bytes": len(packet)}
            case Event.REGISTER_WRITE:
                access = self._registers.accesses.popleft()
                return "register_write", {
                    "address": access.address,
                    "data": access.data,
                    "strobe": access.strobe,
                }
            case Event.REGISTER_READ:
                return "register_read", {"address": self._registers.accesses.popleft().address}
            case Event.DEVICE_WRITE:
                burst = self._devices[item.device].written.popleft()
                self._shown.put(f"device{number}_{item.device}", burst.data)
                return "device_write", self._of_burst(item.device, burst)
            case Event.DEVICE_READ:
                burst = self._devices[item.device].read.popleft()
                return "device_read", self._of_burst(item.device, burst) | {"crc": burst.crc}
            case Event.PACKET_IN:
                packet = self.packets.popleft()
                self._shown.put(f"path{number}_in", packet)
                return "packet_in", {"bytes": len(packet)}
            case Event.READ_DATA:
                self._shown.put(f"read_data{number}", data)
                return "read_data", {"tag": fields[0], "bytes": len(data)}
            case Event.HOST_RESPONSE:
                self._host.answered += 1
                return "host_response", {"tag": fields[0], "status": fields[1]}
            case Event.REGISTER_WRITTEN:
                self._registers.answered += 1
                return "register_response", {"data": 0, "resp": fields[0]}
            case Event.REGISTER_DATA:
                self._registers.answered += 1
                return "register_response", {"data": fields[1], "resp": fields[0]}
            case Event.PACKET_FIRST:
                return "packet_first", {}
            case _:
                self._shown.put(f"path{number}_out", data)
                if self.other is None:
                    self.from_board.append(data)
                else:
                    self.other.packets.append(data)
                return "packet_out", {"bytes": len(data)}

    @staticmethod
    def _of_burst(device: int, burst: Burst) -> dict[str, int]:
        return {"device": device, "address": burst.address, "bytes": burst.size, "resp": burst.resp}

    def _time(self) -> int:
        """Return the time of day in the cycle of the item, ns."""
        hello = self._session.hello
        assert hello is not None
        cycles = (self._item_cycle - self._start.first_cycle) % CYCLES
        return (self._start.time_ns + cycles * hello.period) % (1 << 64)

    def _wrong(self, text: str) -> LinkError:
        return self._session.wrong(self._channels + Channel.TRACE, text)
