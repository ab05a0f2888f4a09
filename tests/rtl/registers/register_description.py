"""What rtl/registers.rdl says about each register, for tests that hold the RTL to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from systemrdl import RDLCompiler
from systemrdl.node import AddressableNode, RegNode

from tb.handles.registers import RDL

WORD = (1 << 64) - 1
NONE = 0xFFFF
_BELOW = re.compile(r"below (\w+)")
_VALUES_ABOVE = re.compile(r"values above (\d+) are refused", re.IGNORECASE)
_RANGE = re.compile(r"\b(\d+) to (\w+)\.")
_AT_LEAST = re.compile(r"at least (\d+)[.,]")
_AT_MOST = re.compile(r"at most (\w+)\.$")
_BITS_FROM = re.compile(r"bits from (\w+) on are reserved")
# The highest bit of a place or a number of bytes, which has as many bits as addresses have
_HIGHEST_OF_PLACES = 47
_OR_NONE, _OR_ZERO, _ANY_TIME = "0xFFFF for none", "or 0 for never", "At any time."


@dataclass(frozen=True, slots=True)
class Register:
    """One register: `mask` its bits, `reset` its value after reset (None: not in the RDL), `limit` the first value
    that is too large, `least` the smallest that is taken. `none`, `zero`: 0xFFFF, 0 is accepted too; `any_time`: it
    is taken also while the system is not idle. `fields` are the bits of each field, (lowest, highest)."""

    name: str
    address: int
    writable: bool
    mask: int
    reset: int | None
    least: int
    limit: int
    none: bool
    zero: bool
    any_time: bool
    fields: Mapping[str, tuple[int, int]]

    def accepts(self, value: int) -> bool:
        """Does the register take `value`?"""
        return (
            (self.none and value == NONE)
            or (self.zero and value == 0)
            or (not value & ~self.mask and self.least <= value < self.limit)
        )


def describe(parameters: Mapping[str, int]) -> list[Register]:
    """Read the RDL for VOLUMES, PAIRS, GROUPS and DEVICES in `parameters`."""
    compiler = RDLCompiler()
    compiler.compile_file(str(RDL))
    sizes = {name: parameters[name] for name in ("VOLUMES", "PAIRS", "GROUPS")}
    root = compiler.elaborate("storage_system", parameters=sizes)
    found: list[Register] = []

    def walk(node: AddressableNode) -> None:
        for child in node.children(unroll=True):
            if isinstance(child, RegNode):
                found.append(_register(child, parameters))
            elif isinstance(child, AddressableNode):
                walk(child)

    walk(root.top)
    return found


def _register(node: RegNode, parameters: Mapping[str, int]) -> Register:
    text = node.get_property("desc", default="")
    mask = 0
    reset: int | None = 0
    limit = WORD + 1
    fields = {}
    writable = True
    for field in node.fields():
        mask |= ((1 << field.width) - 1) << field.low
        fields[field.inst_name] = (field.low, field.high)
        writable &= field.is_sw_writable
        value = field.get_property("reset")
        reset = None if reset is None or value is None else reset | value << field.low
        encode = field.get_property("encode")
        if encode is not None:
            limit = max(member.value for member in encode) + 1
            above = _VALUES_ABOVE.search(text)
            assert limit == 1 << field.width or (above is not None and int(above[1]) + 1 == limit), (
                f"{node.get_path()}: description and encoding differ"
            )
    if writable and mask.bit_length() == _HIGHEST_OF_PLACES + 1:
        mask &= (1 << parameters["AXI_ADDR_WIDTH"]) - 1
    least = 0
    if found := _RANGE.search(text):
        least, limit = int(found[1]), (parameters.get(found[2]) or int(found[2])) + 1
        if reset is not None:
            reset = min(reset, limit - 1)
    if found := _AT_LEAST.search(text):
        least = int(found[1])
    if found := _AT_MOST.search(text):
        limit = (parameters.get(found[1]) or int(found[1])) + 1
    if below := _BELOW.search(text):
        limit = parameters[below[1]]
    if bits := _BITS_FROM.search(text):
        mask &= (1 << parameters[bits[1]]) - 1
    said = (_OR_NONE in text, _OR_ZERO in text, _ANY_TIME in text)
    name = node.get_path().removeprefix("storage_system.")
    return Register(name, node.absolute_address, writable, mask, reset, least, limit, *said, fields)
