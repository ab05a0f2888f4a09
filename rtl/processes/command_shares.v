// How many numbers a command slot of a group is given ([0126]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * About as many as one answer brings: commit goes by number, and would wait for a slot that needs many answers for what
 * it was given. An answer of more than half of a batch's bytes was cut by them if journals are missing; one of fewer
 * that brought all would have had room for twice as many, four times, ... (64 times at most). No share is larger than
 * the batch was when it was learned.
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
    // how many journals were asked for, how many came, and their bytes; limits of a batch
    input  wire [6:0]             asked,
    input  wire [15:0]            taken,
    input  wire [31:0]            taken_bytes,
    input  wire [6:0]             batch_journals,
    input  wire [16:0]            batch_bytes,

    input  wire [GROUP_WIDTH-1:0] share_group,
    output wire [6:0]             share
);

`ML_REQUIRE_GROUPS

localparam DOUBLINGS = 6;

// how many times twice the bytes would have fitted
reg [2:0] doublings;
integer i;

always @* begin
    doublings = 3'd0;
    for (i = 1; i <= DOUBLINGS; i = i + 1)
        if ({6'd0, taken_bytes} << i <= {21'd0, batch_bytes})
            doublings = i[2:0];
end

wire [7*GROUPS-1:0] shares;
assign share = shares[share_group*7 +: 7];

wire [6:0]  its_share = shares[group*7 +: 7];
wire        cut       = doublings == 3'd0;
wire        all_came  = taken >= {9'd0, asked};
wire [12:0] fitting   = {6'd0, asked} << doublings;
wire [12:0] most      = (fitting > {6'd0, its_share}) ? fitting : {6'd0, its_share};
wire [6:0]  new_share = cut ? taken[6:0] : (most > {6'd0, batch_journals}) ? batch_journals : most[6:0];
wire        learns    = learn && (cut ? taken != 16'd0 && !all_came : all_came);

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        reg [6:0] share_reg;

        assign shares[7*n +: 7] = share_reg;

        always @(posedge clk)
            if (rst || (clear && group == n))
                share_reg <= 7'd1;
            else if (learns && group == n)
                share_reg <= new_share;
    end
endgenerate

endmodule

`resetall
