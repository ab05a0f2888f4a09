"""A storage system in a state of choice, to take single steps of: the reference for tests of single decisions.

system = prepared_system(Parameters(), {group_register(0, "state"): 1, ...}, {(1, 0): entry.pack()})
step = system.journal_read_reception.receive(packet)
record, changed = system.record(step, 0), registers_of(system)
"""

from collections.abc import Iterator, Mapping

from mirrorlog.formats.outcomes import RegisterOutcome
from mirrorlog.registers import register_map
from mirrorlog.storage_system import StorageSystem
from mirrorlog.tables.shared_memory import Parameters

_END = 0x8000


class RefusedError(ValueError):
    """A register does not take the value that it was to be loaded with, or there is none at this address."""


def prepared_system(
    parameters: Parameters, tables: Mapping[int, int], devices: Mapping[tuple[int, int], bytes] | None = None
) -> StorageSystem:
    """Return a system whose registers (by address) were loaded with `tables`; `devices` are the bytes that lie at a
    (device, address).

    Raises RefusedError for a register or value that the system refuses.
    """
    system = StorageSystem(parameters)
    for address, value in tables.items():
        if (
            system.register_access.write(address, value, register_map.ALL_STROBES, idle=True).outcome
            != RegisterOutcome.WRITTEN
        ):
            raise RefusedError(f"register {address:#06x} does not take {value:#x}")
    for (device, address), data in (devices or {}).items():
        system.disk_adapter.devices[device].write(address, data)
    return system


def registers_of(system: StorageSystem) -> dict[int, int]:
    """Return the values of all registers of the tables, by address: what a step changed shows in them."""
    return {address: found.value() for address, found in _found(system)}


def _found(system: StorageSystem) -> Iterator[tuple[int, register_map.Found]]:
    for address in range(0x1000, _END, register_map.REGISTER_BYTES):
        found = register_map.find(system.shared, system.mailbox, address)
        if found is not None:
            yield address, found
