// How many numbers a command slot of a group is given ([0126]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * About as many as one answer brings: commit goes by number, and would wait for a slot that needs many answers for what
 * it was given. An answer of more than half of a batch's bytes was cut by them if journals are missing; one of fewer
 * that brought all would have had room for twice as many, four times, ... (64 times at most), which is found by
 * doubling them once in a cycle; nothing is given meanwhile. No share is larger than the batch was when it was learned.
 * That of a group is there a cycle after it was looked at.
 */
module command_shares #(
    parameter GROUPS = 4,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // the step's group; it begins anew; it has an answer
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire                   clear,
    input  wire                   learn,
    // how many journals were asked for, how many came, and their bytes; limits of a batch. Bytes in whole blocks
    input  wire [6:0]             asked,
    input  wire [15:0]            taken,
    input  wire [7:0]             taken_blocks,
    input  wire [6:0]             batch_journals,
    input  wire [7:0]             batch_blocks,

    // the share of this group, unless one is being learned
    input  wire [GROUP_WIDTH-1:0] share_group,
    output wire                   learning,
    output reg  [6:0]             share
);

`ML_REQUIRE_GROUPS

localparam [2:0] DOUBLINGS = 3'd6;

(* ram_style = "distributed" *)
reg [6:0]             shares [0:GROUPS-1];
// groups that have learned one; else it is 1
reg [GROUPS-1:0]      known_reg;

// ... since the cycle before, at least
reg                   learning_reg, learns_reg;
reg [GROUP_WIDTH-1:0] group_reg;
reg [6:0]             fitting_reg, most_reg;
reg [7:0]             blocks_reg, room_reg;
reg [2:0]             doublings_reg;

wire [GROUP_WIDTH-1:0] row = learning_reg ? group_reg : share_group;
wire cut      = {taken_blocks, 1'b0} > {1'b0, batch_blocks};
wire all_came = taken >= {9'd0, asked};
// 64 are as many as any batch has
wire doubles  = {blocks_reg, 1'b0} <= {1'b0, room_reg} && doublings_reg != DOUBLINGS && !fitting_reg[6];
wire ends     = learning_reg && learns_reg && !doubles;
wire falls    = learn && cut && taken != 16'd0 && !all_came;
wire [6:0] fitting = (fitting_reg > share) ? fitting_reg : share;

assign learning = learning_reg;

always @(posedge clk) begin
    share      <= known_reg[row] ? shares[row] : 7'd1;
    learns_reg <= learning_reg && !learn;
    if (doubles) begin
        blocks_reg    <= blocks_reg << 1;
        fitting_reg   <= fitting_reg << 1;
        doublings_reg <= doublings_reg + 3'd1;
    end
    if (ends)
        learning_reg <= 1'b0;
    if (learn) begin
        learning_reg  <= !cut && all_came;
        group_reg     <= group;
        fitting_reg   <= asked;
        blocks_reg    <= taken_blocks;
        room_reg      <= batch_blocks;
        most_reg      <= batch_journals;
        doublings_reg <= 3'd0;
    end
    if (falls || ends) begin
        shares[falls ? group : group_reg]    <= falls ? taken[6:0] : (fitting > most_reg) ? most_reg : fitting;
        known_reg[falls ? group : group_reg] <= 1'b1;
    end
    if (clear) begin
        known_reg[group] <= 1'b0;
        if (group_reg == group)
            learning_reg <= 1'b0;
    end
    if (rst) begin
        learning_reg <= 1'b0;
        known_reg    <= 0;
    end
end

endmodule

`resetall
