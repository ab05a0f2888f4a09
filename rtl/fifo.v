// First-in first-out queue, first word falls through.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * One entry in and one out every cycle; `in_ready` does not look at `out_ready`.
 */
module fifo #(
    // Bits of an entry
    parameter WIDTH = 8,
    // Entries, a power of two, >= 2
    parameter DEPTH = 4
) (
    input  wire             clk,
    input  wire             rst,

    input  wire [WIDTH-1:0] in_data,
    input  wire             in_valid,
    output wire             in_ready,

    output wire [WIDTH-1:0] out_data,
    output wire             out_valid,
    input  wire             out_ready,

    // Entries held
    output wire [$clog2(DEPTH):0] count
);

`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)
`ML_REQUIRE(DEPTH >= 2 && (DEPTH & (DEPTH - 1)) == 0, parameter_error_DEPTH_must_be_a_power_of_two_of_at_least_2)

localparam INDEX_WIDTH = $clog2(DEPTH);

reg [WIDTH-1:0] entries [0:DEPTH-1];
// one bit more than the index tells full from empty
reg [INDEX_WIDTH:0] newest_reg;
reg [INDEX_WIDTH:0] oldest_reg;

assign count     = newest_reg - oldest_reg;
assign in_ready  = !count[INDEX_WIDTH];
assign out_valid = newest_reg != oldest_reg;

wire enters  = in_valid && in_ready;
wire leaves  = out_valid && out_ready;
// most of the time nothing is to be done
wire changes = rst || enters || leaves;

assign out_data  = entries[oldest_reg[INDEX_WIDTH-1:0]];

always @(posedge clk) if (changes) begin
    if (enters) begin
        entries[newest_reg[INDEX_WIDTH-1:0]] <= in_data;
        newest_reg <= newest_reg + 1'b1;
    end
    if (leaves)
        oldest_reg <= oldest_reg + 1'b1;
    if (rst) begin
        newest_reg <= 0;
        oldest_reg <= 0;
    end
end

endmodule

`resetall
