// Journal read commands that wait, a queue a group.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One memory holds all queues. A group whose queue is full takes no more: its commands are lost, no other group's are.
 */
module command_queues #(
    parameter GROUPS = 4,
    // Commands of a group that wait, a power of two
    parameter DEPTH = 16,
    // Bits of a command
    parameter WIDTH = 384,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   in_valid,
    input  wire [GROUP_WIDTH-1:0] in_group,
    input  wire [WIDTH-1:0]       in_data,
    // its group has room
    output wire                   in_ready,

    // groups with a command that waits; their oldest ones are done with
    output wire [GROUPS-1:0]      out_valid,
    input  wire [GROUPS-1:0]      out_taken,
    // the oldest command of a group, from the next cycle on
    input  wire                   lookup,
    input  wire [GROUP_WIDTH-1:0] lookup_group,
    output reg  [WIDTH-1:0]       out_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 2, 256), parameter_error_DEPTH_must_be_a_power_of_two_from_2_to_256)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

localparam INDEX_WIDTH = $clog2(DEPTH);
localparam COUNT_WIDTH = INDEX_WIDTH + 1;

reg  [WIDTH-1:0] entries [0:(1 << (GROUP_WIDTH + INDEX_WIDTH))-1];
// of each group; one bit more than the index tells full from empty
reg  [GROUPS*COUNT_WIDTH-1:0] newest_reg, oldest_reg;
wire [GROUPS-1:0] full;

wire [COUNT_WIDTH-1:0] in_place  = newest_reg[in_group*COUNT_WIDTH +: COUNT_WIDTH];
wire [COUNT_WIDTH-1:0] out_place = oldest_reg[lookup_group*COUNT_WIDTH +: COUNT_WIDTH];
wire enters = in_valid && in_ready;

assign in_ready = !full[in_group];

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        wire [COUNT_WIDTH-1:0] count = newest_reg[n*COUNT_WIDTH +: COUNT_WIDTH] - oldest_reg[n*COUNT_WIDTH +: COUNT_WIDTH];

        assign full[n]      = count[INDEX_WIDTH];
        assign out_valid[n] = count != 0;
    end
endgenerate

integer i;

always @(posedge clk) if (rst || enters || lookup || out_taken != 0) begin
    if (enters) begin
        entries[{in_group, in_place[INDEX_WIDTH-1:0]}] <= in_data;
        newest_reg[in_group*COUNT_WIDTH +: COUNT_WIDTH] <= in_place + 1'b1;
    end
    if (lookup)
        out_data <= entries[{lookup_group, out_place[INDEX_WIDTH-1:0]}];
    for (i = 0; i < GROUPS; i = i + 1)
        if (out_taken[i])
            oldest_reg[i*COUNT_WIDTH +: COUNT_WIDTH] <= oldest_reg[i*COUNT_WIDTH +: COUNT_WIDTH] + 1'b1;
    if (rst) begin
        newest_reg <= 0;
        oldest_reg <= 0;
    end
end

endmodule

`resetall
