"""The register model of a storage system: a block of pyuvm that was made from rtl/registers.rdl
(tb/running/register_model.py), with names as in the documents, `volume[1].capacity`."""

import importlib.util
from pathlib import Path
from typing import Any

from pyuvm import uvm_reg, uvm_reg_block

TOP = "storage_system"


class RegisterModel:
    """The registers of one system, called `name`: `registers` by their names, in the order of their addresses, and
    `addresses`. Two of the same name cannot be there at once."""

    def __init__(self, file: Path, name: str) -> None:
        self.block = _top(file)(name)
        self.block.build()
        self.block.lock_model()
        self.registers: dict[str, uvm_reg] = {
            register.get_full_name().removeprefix(f"{name}."): register for register in self.block.get_registers()
        }
        self.addresses: dict[str, int] = {name: register.get_address() for name, register in self.registers.items()}


def _top(file: Path) -> type[uvm_reg_block]:
    """Return the class of the whole block in a model's file: its name has the parameters, those of what it consists of
    have its name before theirs."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Any] = vars(module)
    (top,) = (found[name] for name in found if name.startswith(TOP) and "__" not in name)
    return top  # type: ignore[no-any-return]
