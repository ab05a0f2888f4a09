"""The maintenance terminal's side of the bench: pushes register accesses into register_port.v through its file."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocotb_bus.drivers import BusDriver

from tb.config.files import beside

ALL_BYTES = 0xFF


@dataclass(frozen=True, slots=True)
class RegisterAccess:
    """One access at the AXI4-Lite port; `data` and `strobe` are for writes."""

    write: bool
    address: int
    data: int = 0
    strobe: int = ALL_BYTES

    def pack(self) -> bytes:
        """Return the entry of the register file."""
        return struct.pack(">BBHQ", self.write, self.strobe, self.address, self.data)


class RegisterPortDriver(BusDriver):  # type: ignore[misc]
    """Appends register accesses to the file that register_port.v reads; a transaction takes no simulation time."""

    _signals = ["available", "answered"]  # noqa: RUF012 - the base class's contract

    def __init__(self, entity: Any, clock: Any, prefix: Path, system: int) -> None:
        super().__init__(entity, None, clock)
        self.pushed = 0
        self._commands = beside(prefix, f"register_commands{system}").open("ab")

    async def _driver_send(self, transaction: RegisterAccess, sync: bool = True, **_: Any) -> None:
        self.push(transaction)

    def push(self, access: RegisterAccess) -> int:
        """Hand one access to the register port; return its number."""
        self._commands.write(access.pack())
        self._commands.flush()
        self.pushed += 1
        self.bus.available.value = self.pushed
        return self.pushed - 1
