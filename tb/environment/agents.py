"""Agents of the two ports that Python drives: host port and maintenance terminal.

An item is pushed to the bench's Verilog at once; its `answered` event is set when the capture holds its answer.
"""

from collections import deque
from typing import Any

from cocotb.triggers import Event
from pyuvm import uvm_agent, uvm_driver, uvm_sequence, uvm_sequence_item, uvm_sequencer, uvm_subscriber

from tb.handles.capture import Events
from tb.handles.host_port import HostCommand, HostPortDriver
from tb.handles.register_port import RegisterAccess, RegisterPortDriver


class HostItem(uvm_sequence_item):  # type: ignore[misc]
    """A host command and, once answered, its status."""

    def __init__(self, command: HostCommand) -> None:
        super().__init__("host_item")
        self.transaction = command
        self.answered = Event()
        self.status = -1


class RegisterItem(uvm_sequence_item):  # type: ignore[misc]
    """A register access and, once answered, its data and response code (0 OKAY, 2 SLVERR)."""

    def __init__(self, access: RegisterAccess) -> None:
        super().__init__("register_item")
        self.transaction = access
        self.answered = Event()
        self.data = 0
        self.resp = -1


class PortDriver(uvm_driver):  # type: ignore[misc]
    """Hands items to a bus driver; no more of them unanswered than `lookahead`, which bounds their lead on the
    simulation."""

    bus: HostPortDriver | RegisterPortDriver
    lookahead = 256

    def build_phase(self) -> None:
        self.pending: deque[Any] = deque()
        self.room = Event()

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            while len(self.pending) >= self.lookahead:
                self.room.clear()
                await self.room.wait()
            item.number = self.bus.pushed
            self.pending.append(item)
            await self.bus.send(item.transaction)
            self.seq_item_port.item_done()

    def done(self, item: Any) -> None:
        """Take an answered item from the pending ones and wake who waits for it."""
        self.pending.remove(item)
        item.answered.set()
        self.room.set()


class AnswerMonitor(uvm_subscriber):  # type: ignore[misc]
    """Takes the answers of one port out of the capture's events and hands them to the agent."""

    def __init__(self, name: str, parent: "PortAgent", event: str) -> None:
        super().__init__(name, parent)
        self._agent = parent
        self._event = event

    def write(self, tt: Events) -> None:
        for event in tt:
            if event["event"] == self._event and event["system"] == self._agent.system:
                self._agent.answer(event)


class PortAgent(uvm_agent):  # type: ignore[misc]
    """Sequencer, driver and monitor of one port; the environment sets `bus` and the system's number before the build
    phase ends."""

    bus: HostPortDriver | RegisterPortDriver
    system: int
    event = ""

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = PortDriver("driver", self)
        self.driver.bus = self.bus
        self.monitor = AnswerMonitor("monitor", self, self.event)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)

    @property
    def unanswered(self) -> int:
        """Items handed to the port whose answer has not been seen."""
        return len(self.driver.pending)

    def drop_outstanding(self) -> None:
        """The system was reset: no item that is pending will be answered."""
        for item in list(self.driver.pending):
            self.driver.done(item)

    def answer(self, event: dict[str, int]) -> None:
        """Complete the item that `event` answers."""
        raise NotImplementedError


class HostAgent(PortAgent):
    """Host 180 at the host port. Answers carry tags and come in any order."""

    event = "host_response"

    def give(self, command: HostCommand) -> HostItem:
        """Hand a command to the host port at once: one of a host that waits for it outside of the simulation."""
        item = HostItem(command)
        item.number = self.bus.push(command)
        self.driver.pending.append(item)
        return item

    async def hold(self, read_data: bool = False, responses: bool = False) -> None:
        """Let the host take no read data, no responses until called again."""
        self.bus.hold(read_data=read_data, responses=responses)

    def answer(self, event: dict[str, int]) -> None:
        """Complete the item with this tag. Raises AssertionError if there is none."""
        for item in self.driver.pending:
            if self.bus.tag(item.number) == event["tag"]:
                item.status = event["status"]
                self.driver.done(item)
                return
        raise AssertionError(f"host response for tag {event['tag']}, which is not outstanding")


class RegisterAgent(PortAgent):
    """The maintenance terminal at the AXI4-Lite port. Answers come in order."""

    event = "register_response"

    def answer(self, event: dict[str, int]) -> None:
        """Complete the oldest item. Raises AssertionError if there is none."""
        assert self.driver.pending, "register response without an access"
        item = self.driver.pending[0]
        item.data, item.resp = event["data"], event["resp"]
        self.driver.done(item)


class ItemSequence(uvm_sequence):  # type: ignore[misc]
    """Sends items, one after the other."""

    def __init__(self, items: list[Any]) -> None:
        super().__init__("items")
        self.items = items

    async def body(self) -> None:
        for item in self.items:
            await self.start_item(item)
            await self.finish_item(item)


class PortSequence(ItemSequence):
    """Items of a port, sent without waiting for their answers."""

    @property
    def is_answered(self) -> bool:
        """Is every item answered?"""
        return all(item.answered.is_set() for item in self.items)

    async def all_answered(self) -> None:
        """Wait for the answer of every item."""
        for item in self.items:
            await item.answered.wait()


def commands(transactions: list[HostCommand]) -> PortSequence:
    """Return a sequence of host commands."""
    return PortSequence([HostItem(transaction) for transaction in transactions])


def accesses(transactions: list[RegisterAccess]) -> PortSequence:
    """Return a sequence of register accesses."""
    return PortSequence([RegisterItem(transaction) for transaction in transactions])
