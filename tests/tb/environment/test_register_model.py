"""The register model that is made from rtl/registers.rdl: its names and addresses, its cache, and what an access of it
becomes."""

from pathlib import Path

import pytest
from pyuvm import uvm_access_e, uvm_reg_bus_op, uvm_status_e

from tb.environment.register_adapter import RegisterAdapter
from tb.handles.register_model import RegisterModel
from tb.handles.register_port import RegisterAccess
from tb.handles.registers import RDL, register_addresses
from tb.running.register_model import register_model


@pytest.mark.parametrize("rows", [(1, 1, 1), (8, 8, 4), (3, 5, 2), (64, 64, 16)])
def test_the_model_has_every_register_of_the_rdl_at_its_address_in_the_same_order(
    rows: tuple[int, int, int], tmp_path: Path
) -> None:
    """With the names of the documents. What is drawn of all registers goes by their order."""
    model = RegisterModel(register_model(*rows, folder=tmp_path), f"of {rows}")
    assert list(model.addresses.items()) == list(register_addresses(*rows).items())
    assert f"volume[{rows[0] - 1}].capacity" in model.registers


def test_a_model_is_made_once_for_a_text_and_its_rows(tmp_path: Path) -> None:
    """Another text, or other rows, have another one."""
    first = register_model(2, 2, 2, folder=tmp_path)
    made = first.stat().st_mtime_ns
    assert register_model(2, 2, 2, folder=tmp_path) == first and first.stat().st_mtime_ns == made
    changed = tmp_path / "registers.rdl"
    changed.write_text(RDL.read_text() + "\n")
    others = {register_model(2, 2, 1, folder=tmp_path), register_model(2, 2, 2, changed, tmp_path)}
    assert len(others | {first}) == 3
    assert sorted(tmp_path.glob("*.py")) == sorted(others | {first})


def test_an_access_of_a_register_is_an_item_of_the_terminal_and_its_answer_is_taken() -> None:
    """Of a read its data; what is refused, or ended by a reset, is not ok."""
    adapter = RegisterAdapter()
    wanted = uvm_reg_bus_op()
    wanted.kind, wanted.addr, wanted.data = uvm_access_e.UVM_WRITE, 0x1008, 77
    written = adapter.reg2bus(wanted)
    assert written.transaction == RegisterAccess(True, 0x1008, 77)
    wanted.kind = uvm_access_e.UVM_READ
    read = adapter.reg2bus(wanted)
    assert read.transaction == RegisterAccess(False, 0x1008)
    for resp, status in ((0, uvm_status_e.UVM_IS_OK), (2, uvm_status_e.UVM_NOT_OK), (-1, uvm_status_e.UVM_NOT_OK)):
        read.resp, read.data = resp, 5
        adapter.bus2reg(read, wanted)
        assert (wanted.status, wanted.data) == (status, 5)
