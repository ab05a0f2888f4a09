// One channel from the machine: its buffer, and how much of it is announced.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Payloads enter byte by byte and count when their frame was right. The limit is what has been taken and the size of
 * the buffer; it is to be announced at first, and whenever half the buffer more has been taken.
 */
module link_channel_in #(
    // Bytes of the buffer, a power of two, 16 to 4096
    parameter DEPTH = 2048
) (
    input  wire        clk,
    input  wire        rst,

    input  wire [7:0]  in_data,
    input  wire        in_valid,
    input  wire        in_commit,
    input  wire        in_drop,
    // there is no room for a byte
    output wire        full,

    output wire [7:0]  out_data,
    output wire        out_valid,
    input  wire        out_ready,

    // the limit is to be announced; it is being announced
    output wire        announce,
    input  wire        announced,
    output wire [15:0] limit
);

`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 16, 4096), parameter_error_DEPTH_must_be_a_power_of_two_from_16_to_4096)

localparam HALF = $clog2(DEPTH) - 1;

reg  [15:0] taken_reg;
reg         half_reg;
reg         announce_reg;
wire        ready;

assign full     = !ready;
assign announce = announce_reg;
assign limit    = taken_reg + DEPTH;

link_fifo #(.DEPTH(DEPTH)) fifo (
    .clk(clk), .rst(rst), .in_data(in_data), .in_valid(in_valid), .in_ready(ready), .in_commit(in_commit),
    .in_drop(in_drop), .out_data(out_data), .out_valid(out_valid), .out_ready(out_ready), .count()
);

always @(posedge clk) begin
    if (out_valid && out_ready)
        taken_reg <= taken_reg + 16'd1;
    half_reg <= taken_reg[HALF];
    if (taken_reg[HALF] != half_reg)
        announce_reg <= 1'b1;
    else if (announced)
        announce_reg <= 1'b0;
    if (rst) begin
        taken_reg    <= 16'd0;
        half_reg     <= 1'b0;
        announce_reg <= 1'b1;
    end
end

endmodule

`resetall
