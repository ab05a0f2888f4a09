"""Addresses of a storage system's registers by name, read from rtl/registers.rdl."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from systemrdl import RDLCompiler
from systemrdl.node import AddressableNode, RegNode

from tools.sources import RTL

RDL = RTL / "registers.rdl"


@functools.cache
def register_addresses(volumes: int, pairs: int, groups: int, rdl: Path = RDL) -> Mapping[str, int]:
    """Return the address of each register, named as `volume[1].capacity`."""
    compiler = RDLCompiler()
    compiler.compile_file(str(rdl))
    root = compiler.elaborate("storage_system", parameters={"VOLUMES": volumes, "PAIRS": pairs, "GROUPS": groups})
    addresses: dict[str, int] = {}

    def walk(node: AddressableNode) -> None:
        for child in node.children(unroll=True):
            if isinstance(child, RegNode):
                addresses[child.get_path().removeprefix("storage_system.")] = child.absolute_address
            elif isinstance(child, AddressableNode):
                walk(child)

    walk(root.top)
    return MappingProxyType(addresses)
