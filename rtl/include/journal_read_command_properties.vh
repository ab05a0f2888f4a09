// Properties of journal_read_command (docs/proofs.md), included in it.
`include "properties.vh"

`ifdef ML_PROPERTIES
// a new generation of a group, or a write to its registers, in the cycle before
reg                   cleared_reg;
reg [GROUP_WIDTH-1:0] cleared_group_reg;
wire [32:0]           twice    = {slots.limit_before, 1'b0};
wire [31:0]           longer   = (twice > {1'b0, longest}) ? longest : twice[31:0];
// of the partner's patience
wire [31:0]           quarter  = last_cycle >> 2;

always @(posedge clk) begin
    cleared_reg       <= clear && !rst;
    cleared_group_reg <= group_index;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: a new generation asks for no batch again
    `ML_HOLDS(COMMAND_1, !cleared_reg || {retry_reg[cleared_group_reg], retried_reg[cleared_group_reg]} == 2'd0);
    // 2: a command that is not answered is sent again before the partner gives the group up
    `ML_HOLDS(COMMAND_2, !send || silence == 32'd0 || slots.new_limit <= quarter);
    // 3: the time-out of one that is sent again is twice as long as it was, at least
    `ML_HOLDS(COMMAND_3, !send || !send_again || slots.new_limit >= longer);
    // 4: every other command has a tag of its own: the next one, 0 left out
    `ML_HOLDS(COMMAND_4, !tag_set || send_tag == tag + 32'd1 + (&tag));
    // 5: no time-out is longer than the group's and than what it has grown to
    `ML_HOLDS(COMMAND_5, !send || slots.new_limit <= timeout || {1'b0, slots.new_limit} <= slots.grown);
end
`endif
