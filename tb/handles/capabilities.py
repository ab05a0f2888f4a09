"""What the systems of a run can do. Those in Verilog can do all of it, one on a board, or played by the model, less."""

from enum import Enum


class Capability(Enum):
    """What a run may need, as reports name it."""

    RESET = "a reset of one system in the middle of a run"
    HOLD_HOST = "a host that takes no read data or responses"
    STOP = "a host or a commit trace that is taken now and then"
    FAULTY_DEVICE = "a storage device that fails, hangs, or begins anywhere"
    TABLES = "tables as large as the run's volumes, pairs and groups"


# What a system on a board cannot do
BOARD_CANNOT = frozenset({Capability.RESET, Capability.HOLD_HOST, Capability.STOP})
# The file that a run leaves whose target cannot do what it asks for: which capability is missing
LACKS = "lacks"


class CannotError(AssertionError):
    """The target cannot do what a run asks for; the text says which capability is missing."""

    def __init__(self, capability: Capability, why: str = "") -> None:
        super().__init__(f"the target lacks a capability: {capability.value}{why and f' ({why})'}")
        self.capability = capability
