// Groups take turns: which one is next.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The first behind the one in turn that is ready, around the end; the same one if there is no other.
 */
module next_group #(
    parameter GROUPS = 4,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire [GROUPS-1:0]      ready,
    input  wire [GROUP_WIDTH-1:0] turn,
    output reg  [GROUP_WIDTH-1:0] next
);

`ML_REQUIRE_GROUPS

localparam [GROUPS-1:0] ONE = 1;

wire [GROUPS-1:0] others = ready & ~(ONE << turn);
wire [GROUPS-1:0] behind = others & ~((ONE << turn) - 1'b1);
wire [GROUPS-1:0] chosen = (behind != 0) ? behind : others;
integer i;

always @* begin
    next = turn;
    for (i = GROUPS - 1; i >= 0; i = i - 1)
        if (chosen[i])
            next = i[GROUP_WIDTH-1:0];
end

endmodule

`resetall
