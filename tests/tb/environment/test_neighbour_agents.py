"""Agents of storage devices and paths: what is given to them reaches their handles at once, and what they do is
published."""

from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from pyuvm import uvm_root, uvm_subscriber

from tb.environment.agents import ItemSequence
from tb.environment.neighbour_agents import (
    DeviceAgent,
    NeighbourAgent,
    PathAgent,
    Setting,
)  # fmt: skip
from tb.environment.script import CALLS
from tb.handles.connection_path import ConnectionPath, Fault
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds, StorageDevice

ERROR, DAMAGE = DeviceError(Kinds.READS, 0, 511), DeviceDamage(0, 7)


class Handle:
    """Notes what it is called for."""

    def __init__(self) -> None:
        self.called: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *words, **named: self.called.append((name, *words, *named.values()))


class Listener(uvm_subscriber):  # type: ignore[misc]
    """Keeps what is published."""

    def build_phase(self) -> None:
        self.seen: list[list[dict[str, Any]]] = []

    def write(self, tt: list[dict[str, Any]]) -> None:
        self.seen.append(tt)


def built(kind: type[NeighbourAgent], **fields: Any) -> NeighbourAgent:
    """Return an agent with a handle, built."""
    agent = kind(kind.__name__, None)
    for name, value in {"handle": Handle(), "system": 1, **fields}.items():
        setattr(agent, name, value)
    agent.build_phase()
    agent.monitor.build_phase()
    return agent


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """Components have names that are theirs alone."""
    yield
    uvm_root().clear_children()


def at_once(given: Coroutine[Any, Any, None]) -> None:
    """Run what must end without letting anybody else run before."""
    with pytest.raises(StopIteration):
        given.send(None)


def test_what_a_device_is_given_reaches_its_handle_before_anybody_else_goes_on() -> None:
    """So a run stays as it is, whoever is awake at that time."""
    device = built(DeviceAgent, number=0)
    assert isinstance(device, DeviceAgent)
    for given in (device.hold(read_data=True), device.fail(ERROR), device.damage(DAMAGE), device.set_latency(3, 4)):
        at_once(given)
    assert device.handle.called == [
        ("hold", False, True, False), ("fail", ERROR), ("damage", DAMAGE), ("set_latency", 3, 4)
    ]  # fmt: skip


def test_what_a_path_is_given_reaches_its_handle() -> None:
    """Each call once, in order."""
    path = built(PathAgent, other=2)
    assert isinstance(path, PathAgent)
    for given in (
        path.hold(True), path.cut(), path.heal(), path.fail(Fault.DROP, 2), path.insert(b"x"), path.set_delay(5),
        path.set_bandwidth(1, 2),
    ):  # fmt: skip
        at_once(given)
    assert path.handle.called == [
        ("hold", True), ("cut",), ("heal",), ("fail", Fault.DROP, 2, None), ("insert", b"x"), ("set_delay", 5),
        ("set_bandwidth", 1, 2),
    ]  # fmt: skip


def test_a_sequence_gives_several_settings_in_one_moment() -> None:
    """In its order."""
    device = built(DeviceAgent, number=0)
    at_once(ItemSequence([Setting("fail", ERROR), Setting("hold", commands=True)]).start(device.sequencer))
    assert device.handle.called == [("fail", ERROR), ("hold", True)]


def test_every_step_of_a_script_about_a_neighbour_can_be_given_to_its_agent() -> None:
    """And handles have no other call that is a step."""
    for at, agent, handle in (("device", DeviceAgent, StorageDevice), ("path", PathAgent, ConnectionPath)):
        for call in CALLS[at]:
            assert hasattr(agent, call) and hasattr(handle, call), call


def test_a_monitor_publishes_the_events_of_its_neighbour_alone() -> None:
    """Of a device its bursts, of a path packets at both of its ends."""
    events: list[dict[str, Any]] = [
        {"event": "start"},
        {"event": "device_write", "system": 1, "device": 0},
        {"event": "device_read", "system": 1, "device": 1},
        {"event": "device_read", "system": 2, "device": 0},
        {"event": "packet_out", "system": 1},
        {"event": "packet_in", "system": 1},
        {"event": "packet_in", "system": 2},
        {"event": "record", "system": 1},
    ]
    for agent, own in (
        (built(DeviceAgent, number=0), [events[1]]),
        (built(PathAgent, other=2), [events[4], events[6]]),
    ):
        listener = Listener(f"listener of {agent.get_name()}", None)
        listener.build_phase()
        agent.monitor.write(events)
        agent.monitor.port.connect(listener.analysis_export)
        agent.monitor.write(events)
        agent.monitor.write(events[:1])
        assert listener.seen == [own]
