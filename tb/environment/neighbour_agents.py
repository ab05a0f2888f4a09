"""Agents of a system's neighbours that are no ports which Python drives: its storage devices, and what carries its
packets, one direction of the connection path.

What they are set to (errors, latencies, faults, what they hold back) is given to them as items of a sequence, as host
commands are to the host's agent. A setting takes no time: who gives one goes on in the same moment, before anybody else
does, so that a run does not depend on how many steps it takes.
"""

from typing import Any

from pyuvm import (
    uvm_agent,
    uvm_analysis_port,
    uvm_driver,
    uvm_sequence_item,
    uvm_sequencer,
    uvm_subscriber,
)

from tb.environment.agents import ItemSequence
from tb.handles.capture import Events
from tb.handles.connection_path import ConnectionPath, Fault
from tb.handles.storage_device import DeviceDamage, DeviceError, StorageDevice


class Setting(uvm_sequence_item):  # type: ignore[misc]
    """What a neighbour is set to: a call of its handle (tb/handles/), which scripts have as a step."""

    def __init__(self, call: str, *words: Any, **named: Any) -> None:
        super().__init__(call)
        self.call, self.words, self.named = call, words, named


class SettingDriver(uvm_driver):  # type: ignore[misc]
    """Sets a neighbour through its handle."""

    handle: Any

    def carry_out(self, setting: Setting) -> None:
        """Do what an item says. Raises AttributeError if the neighbour cannot be set so."""
        getattr(self.handle, setting.call)(*setting.words, **setting.named)


class SettingSequencer(uvm_sequencer):  # type: ignore[misc]
    """Hands a setting to the driver at once: none takes time, so there is nothing to arbitrate."""

    driver: SettingDriver

    async def run_phase(self) -> None:
        """No queue."""

    async def start_item(self, item: Setting) -> None:
        """Its turn has come."""

    async def finish_item(self, item: Setting) -> None:
        """Let the driver have it."""
        self.driver.carry_out(item)


class NeighbourMonitor(uvm_subscriber):  # type: ignore[misc]
    """Takes the events of one neighbour out of those of the capture, and publishes them at `port`."""

    def build_phase(self) -> None:
        self.port = uvm_analysis_port("port", self)

    def write(self, tt: Events) -> None:
        """Publish those of the neighbour, together as they came; nothing if there are none."""
        if self.port.subscribers and (own := [event for event in tt if self.parent.shows(event)]):
            self.port.write(own)


class NeighbourAgent(uvm_agent):  # type: ignore[misc]
    """Sequencer, driver and monitor of one neighbour of a system; `handle` and the system's number are set before the
    build phase."""

    handle: Any
    system: int

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = SettingSequencer("sequencer", self)
        self.driver = self.sequencer.driver = SettingDriver("driver", self)
        self.driver.handle = self.handle
        self.monitor = NeighbourMonitor("monitor", self)

    async def give(self, call: str, *words: Any, **named: Any) -> None:
        """Give it one setting."""
        await ItemSequence([Setting(call, *words, **named)]).start(self.sequencer)

    def shows(self, event: dict[str, Any]) -> bool:
        """Is an event of the capture one of this neighbour?"""
        raise NotImplementedError


class DeviceAgent(NeighbourAgent):
    """A storage device of a system, `number`."""

    handle: StorageDevice
    number: int

    def shows(self, event: dict[str, Any]) -> bool:
        """Its bursts."""
        named = event["event"] in ("device_write", "device_read")
        return named and (event["system"], event["device"]) == (self.system, self.number)

    async def set_latency(self, write: int, read: int) -> None:
        """Cycles from last write beat to response, and from read command to first beat."""
        await self.give("set_latency", write, read)

    async def hold(self, write_responses: bool = False, read_data: bool = False, commands: bool = False) -> None:
        """Hold back responses, take neither commands nor write data, until called again."""
        await self.give("hold", write_responses=write_responses, read_data=read_data, commands=commands)

    async def fail(self, error: DeviceError) -> None:
        """Answer bursts with errors."""
        await self.give("fail", error)

    async def damage(self, damage: DeviceDamage) -> None:
        """Return other bytes than it holds."""
        await self.give("damage", damage)


class PathAgent(NeighbourAgent):
    """The path from a system to `other`, the number of the system that it leads to."""

    handle: ConnectionPath
    other: int

    def shows(self, event: dict[str, Any]) -> bool:
        """Packets that are sent into it, and those that come out."""
        kind, system = event["event"], event.get("system")
        return (kind in ("packet_first", "packet_out") and system == self.system) or (
            kind == "packet_in" and system == self.other
        )

    async def set_delay(self, cycles: int) -> None:
        """Cycles from a beat's coming to its leaving."""
        await self.give("set_delay", cycles)

    async def set_bandwidth(self, beats: int, cycles: int) -> None:
        """Let `beats` pass in `cycles`."""
        await self.give("set_bandwidth", beats, cycles)

    async def fail(self, fault: Fault, count: int = 1, packet_type: int | None = None) -> None:
        """Let the next `count` packets (of `packet_type`, if one is given) have a fault. One type at a time."""
        await self.give("fail", fault, count, packet_type)

    async def insert(self, packet: bytes) -> None:
        """Put a packet of whole beats in, behind what has come."""
        await self.give("insert", packet)

    async def cut(self) -> None:
        """Lose what comes from now on."""
        await self.give("cut")

    async def heal(self) -> None:
        """Carry what comes from now on."""
        await self.give("heal")

    async def hold(self, held: bool) -> None:
        """Take no other packet as long as `held`; one that has begun to come ends."""
        await self.give("hold", held)
