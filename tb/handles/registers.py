"""What rtl/registers.rdl says, of which the testbench's register model is made (register_model.py). Addresses by name
are for tests without a testbench.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from systemrdl import RDLCompiler
from systemrdl.node import AddressableNode, RegNode, RootNode

from tools.sources import RTL

RDL = RTL / "registers.rdl"


def elaborated(volumes: int, pairs: int, groups: int, rdl: Path = RDL) -> RootNode:
    """Return what the RDL says of a system with so many rows."""
    compiler = RDLCompiler()
    compiler.compile_file(str(rdl))
    return compiler.elaborate("storage_system", parameters={"VOLUMES": volumes, "PAIRS": pairs, "GROUPS": groups})


@functools.cache
def register_addresses(volumes: int, pairs: int, groups: int, rdl: Path = RDL) -> Mapping[str, int]:
    """Return the address of each register, named as `volume[1].capacity`."""
    root = elaborated(volumes, pairs, groups, rdl)
    addresses: dict[str, int] = {}

    def walk(node: AddressableNode) -> None:
        for child in node.children(unroll=True):
            if isinstance(child, RegNode):
                addresses[child.get_path().removeprefix("storage_system.")] = child.absolute_address
            elif isinstance(child, AddressableNode):
                walk(child)

    walk(root.top)
    return MappingProxyType(addresses)
