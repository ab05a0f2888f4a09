// A property of host_read (docs/proofs.md), included in it.
`include "properties.vh"

`ifdef ML_PROPERTIES
always @(`ML_CYCLE) if (!rst) begin
    // 1: the writes that a read takes data from keep their slots until its last beat has left
    `ML_HOLDS(HOST_1, !busy_reg[send] || (writes_reg[send] & ~needed_slots) == 0);
end
`endif
