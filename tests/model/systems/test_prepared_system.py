"""A system put into the middle of a replication by register loads alone goes on as one that got there by itself."""

import re
from pathlib import Path

import pytest

from mirrorlog.processes.command_reception import HostCommand, Opcode
from mirrorlog.registers.register_map import group_register
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.prepared_system import RefusedError, prepared_system, registers_of
from mirrorlog.systems.topology import GroupLink, Topology, finish_device_writes
from mirrorlog.tables.settings import GroupSettings, ReadMode
from mirrorlog.tables.shared_memory import Parameters

DOCUMENT = Path(__file__).parents[3] / "docs" / "model.md"
CAPACITY = 16384


def copy_of(system: StorageSystem) -> StorageSystem:
    """Return a system that was loaded with another one's registers and devices' contents."""
    devices = {(number, 0): device.image() for number, device in enumerate(system.disk_adapter.devices)}
    return prepared_system(system.parameters, registers_of(system), devices)


def topology(mode: ReadMode) -> Topology:
    """Return two systems within the limits of hardware, at the start of an initial copy."""
    settings = GroupSettings(
        mode=mode, commands=1 if mode is ReadMode.PLAIN else 4, batch_bytes=4096, copy_unit=2048, batch_journals=3
    )
    settings = settings.with_value("interval", 1000).with_value("timeout", 100_000)
    systems = Topology({1: CAPACITY, 2: CAPACITY}, (GroupLink(0, 1, 2, (1, 2), 3, (65536, 65536), settings),))
    for number, system in systems.systems.items():
        parameters = Parameters(number, volumes=4, pairs=2, groups=1, max_transfer_bytes=1 << 20)
        systems.systems[number] = prepared_system(parameters, registers_of(system))
    systems.load(1, 1, bytes(range(256)) * (CAPACITY // 256))
    systems.initiate(0)
    return systems


@pytest.mark.parametrize("mode", [ReadMode.BY_NUMBER, ReadMode.PLAIN])
@pytest.mark.parametrize("settled", range(1, 12, 2))
def test_a_replication_goes_on_from_loaded_registers(mode: ReadMode, settled: int) -> None:
    systems = topology(mode)
    now = 0
    for number in range(settled):
        reception = systems.original(0).command_reception
        reception.receive(HostCommand(Opcode.WRITE, 0, 1 + number % 2, 512 * number, 512), bytes([number]) * 512)
        systems.settle(now)
        now += 200_000
    while mode is ReadMode.PLAIN and systems.settle(now):  # a plain answer on the path is in no register
        pass
    for system in systems.systems.values():
        while finish_device_writes(system):
            pass
    before = {number: registers_of(system) for number, system in systems.systems.items()}
    systems.systems = {number: copy_of(system) for number, system in systems.systems.items()}
    assert {number: registers_of(system) for number, system in systems.systems.items()} == before
    systems.drain(now)
    for system in systems.systems.values():
        finish_device_writes(system)
    for volume in (1, 2):
        assert systems.image(1, volume) == systems.image(2, volume)
    assert systems.secondary(0).restore.is_consistent(0)


def test_a_register_that_refuses_its_value_is_named() -> None:
    with pytest.raises(RefusedError, match="0x4120"):
        prepared_system(Parameters(), {group_register(0, "read_mode"): 2})
    with pytest.raises(RefusedError, match="0x1030"):
        prepared_system(Parameters(), {0x1030: 0})


def test_the_example_of_the_documentation_runs() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), {})
