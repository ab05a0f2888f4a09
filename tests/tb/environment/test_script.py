"""Scripts: what a run gave to its systems, as text and made shorter."""

import pytest

from tb.environment.script import Script, ScriptError, Step, groups_of
from tb.handles.connection_path import Fault
from tb.handles.host_port import HostCommand, Opcode
from tb.handles.register_port import RegisterAccess
from tb.handles.storage_device import DeviceDamage, DeviceError, Kinds

STEPS = (
    Step(48.0, "registers 1", "push", (RegisterAccess(True, 16, 5),)),
    Step(100.0, "host 1", "push", (HostCommand(Opcode.WRITE, 1, 512, 1024, bytes(range(256)) * 4),)),
    Step(1_000_000.0, "host 2", "push", (HostCommand(Opcode.READ, 1, 0, 512),)),
    Step(1_000_002.0, "host 2", "hold", (), (("read_data", True),)),
    Step(1_000_004.0, "device 2 1", "fail", (DeviceError(Kinds.READS, 0, 511),)),
    Step(1_000_004.0, "device 2 1", "damage", (DeviceDamage(0, 511),)),
    Step(1_000_006.0, "path 0", "fail", (Fault.DROP, 2)),
    Step(1_000_008.0, "system 2", "reset"),
)
SCRIPT = Script(7, '{"x": 1}', 1_100_000.0, STEPS)


def test_a_script_is_the_same_from_its_text() -> None:
    """A step a line; data that is all one byte is told by that."""
    assert Script.parse(SCRIPT.dump()) == SCRIPT
    assert len(SCRIPT.dump().splitlines()) == 1 + len(STEPS)
    plain = SCRIPT.plain_data()
    assert Script.parse(plain.dump()) == plain and '{"filled": [2, 1024]}' in plain.dump()
    assert plain.steps[1].words[0].data == b"\2" * 1024 and plain.steps[2:] == SCRIPT.steps[2:]


def test_a_script_can_be_played_without_waiting() -> None:
    """No gap is longer, none that is short changes."""
    closer = SCRIPT.closer(1000)
    assert [step.ns for step in closer.steps] == [48, 100, 1100, 1102, 1104, 1104, 1106, 1108]
    assert closer.until == 2108 and closer.closer(1000) == closer


def test_steps_belong_to_groups_of_one_kind_at_one_place() -> None:
    """Of which all can be left out at once."""
    found = list(groups_of(STEPS))
    assert found[:3] == [
        "registers 1: writes", "host 1: commands with opcode 2", "host 2: commands with opcode 1",
    ]  # fmt: skip
    assert found[7:] == [
        "system 2: reset",
        "registers 1: writes of the row at 0x0000",
        "host 1: commands with opcode 2 of volume 1",
        "host 2: commands with opcode 1 of volume 1",
    ]
    read = Step(0, "registers 1", "push", (RegisterAccess(False, 0x1058),))
    assert read.belongs() == ("registers 1: reads", "registers 1: reads of the row at 0x1040")


@pytest.mark.parametrize("text", ["", "{}", "x", '{"script": 2}', SCRIPT.dump() + '{"ns": 1}\n'])
def test_what_is_no_script_is_told(text: str) -> None:
    """Also one of another format."""
    with pytest.raises(ScriptError, match=r"no script|format 2"):
        Script.parse(text)
