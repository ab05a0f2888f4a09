// Queue of bytes of one channel of the link; what has entered counts when it is said so.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A memory that is read synchronously, and a register at its output. Bytes that entered are there to be taken from the
 * cycle behind `in_commit` on (those of this cycle included); `in_drop` forgets what entered since the last one.
 */
module link_fifo #(
    // Bytes, a power of two, 16 to 4096
    parameter DEPTH = 2048
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire [7:0]             in_data,
    input  wire                   in_valid,
    output wire                   in_ready,
    input  wire                   in_commit,
    input  wire                   in_drop,

    output wire [7:0]             out_data,
    output wire                   out_valid,
    input  wire                   out_ready,

    // Bytes in the memory that count, without the one in the register
    output wire [$clog2(DEPTH):0] count
);

`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 16, 4096), parameter_error_DEPTH_must_be_a_power_of_two_from_16_to_4096)

localparam W = $clog2(DEPTH);

// a byte is not read in the cycle in which it is written
(* no_rw_check *)
reg  [7:0] bytes [0:DEPTH-1];
// one bit more than a place tells full from empty
reg  [W:0] newest_reg;
reg  [W:0] counted_reg;
reg  [W:0] oldest_reg;
reg  [7:0] data_reg;
reg        valid_reg;

wire [W:0] held        = newest_reg - oldest_reg;
wire       enters      = in_valid && in_ready;
wire [W:0] newest_next = newest_reg + {{W{1'b0}}, enters};
wire       loads       = (!valid_reg || out_ready) && counted_reg != oldest_reg;

assign in_ready  = !held[W];
assign out_data  = data_reg;
assign out_valid = valid_reg;
assign count     = counted_reg - oldest_reg;

always @(posedge clk) begin
    if (enters)
        bytes[newest_reg[W-1:0]] <= in_data;
    if (loads)
        data_reg <= bytes[oldest_reg[W-1:0]];
end

always @(posedge clk) begin
    newest_reg <= in_drop ? counted_reg : newest_next;
    if (in_commit)
        counted_reg <= newest_next;
    if (loads)
        oldest_reg <= oldest_reg + 1'b1;
    if (loads)
        valid_reg <= 1'b1;
    else if (out_ready)
        valid_reg <= 1'b0;
    if (rst) begin
        newest_reg  <= 0;
        counted_reg <= 0;
        oldest_reg  <= 0;
        valid_reg   <= 1'b0;
    end
end

endmodule

`resetall
