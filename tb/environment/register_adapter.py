"""Between the register model and the agent of the maintenance terminal: a register that is read or written becomes an
item of the agent."""

from pyuvm import uvm_access_e, uvm_reg_adapter, uvm_reg_bus_op, uvm_sequence, uvm_status_e

from tb.environment.agents import RegisterItem
from tb.handles.register_port import RegisterAccess


class AnsweredSequence(uvm_sequence):  # type: ignore[misc]
    """Sends an item, and has it done when it is answered."""

    async def finish_item(self, item: RegisterItem) -> None:
        """Wait for its answer."""
        await super().finish_item(item)
        await item.answered.wait()


class RegisterAdapter(uvm_reg_adapter):  # type: ignore[misc]
    """Makes items of accesses, and takes their answers: OKAY is "is ok"; SLVERR, and what a reset has ended, is "not
    ok"."""

    def __init__(self) -> None:
        super().__init__("adapter")
        self.parent_sequence = AnsweredSequence("access")

    def reg2bus(self, rw: uvm_reg_bus_op) -> RegisterItem:
        """Return the item of an access."""
        write = rw.kind is uvm_access_e.UVM_WRITE
        return RegisterItem(RegisterAccess(write, rw.addr, rw.data if write else 0))

    def bus2reg(self, bus_item: RegisterItem, rw: uvm_reg_bus_op) -> None:
        """Take an item's answer."""
        if rw.kind is uvm_access_e.UVM_READ:
            rw.data = bus_item.data
        rw.status = uvm_status_e.UVM_IS_OK if bus_item.resp == 0 else uvm_status_e.UVM_NOT_OK
