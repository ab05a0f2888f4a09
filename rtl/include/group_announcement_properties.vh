// A property of group_announcement (docs/proofs.md), included in it: when a group is announced again.
`include "properties.vh"

`ifdef ML_PROPERTIES
// of the last step
reg                   announced_reg;
reg [GROUP_WIDTH-1:0] announced_group_reg;
reg [47:0]            announced_at_reg;
reg [31:0]            announced_timeout_reg;

always @(posedge clk) begin
    announced_reg         <= announce && may_announce && !rst;
    announced_group_reg   <= group_index;
    announced_at_reg      <= due_from;
    announced_timeout_reg <= timeout;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: it is, a time-out later
    `ML_HOLDS(ANNOUNCE_1, !announced_reg
                          || due_at[announced_group_reg] == announced_at_reg + {16'd0, announced_timeout_reg});
end
`endif
