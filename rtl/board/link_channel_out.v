// One channel to the machine: its buffer, its credit, and when a frame of it is worth while.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A frame is asked for with as many bytes as there are and as the machine takes, at most 255: at once if that is half
 * of the longest or more, otherwise when bytes have waited, or `flush` was given with the last of them.
 */
module link_channel_out #(
    // Bytes of the buffer, a power of two, 16 to 4096
    parameter DEPTH = 2048,
    // Cycles, as a power of two, that bytes wait for more of them
    parameter HOLD_BITS = 5,
    // 0: the machine takes everything
    parameter LIMITED = 1
) (
    input  wire        clk,
    input  wire        rst,

    input  wire [7:0]  in_data,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire        in_commit,
    input  wire        flush,
    output wire        empty,

    // what the machine takes, counted from the reset
    input  wire        limit_valid,
    input  wire [15:0] limit,

    output wire        request,
    output wire [7:0]  length,
    output wire [7:0]  out_data,
    output wire        out_valid,
    input  wire        out_ready
);

`ML_REQUIRE(`ML_POWER_OF_TWO(DEPTH, 16, 4096), parameter_error_DEPTH_must_be_a_power_of_two_from_16_to_4096)
`ML_REQUIRE(`ML_IN_RANGE(HOLD_BITS, 1, 16), parameter_error_HOLD_BITS_must_be_1_to_16)
`ML_REQUIRE(`ML_IN_RANGE(LIMITED, 0, 1), parameter_error_LIMITED_must_be_0_or_1)

wire [$clog2(DEPTH):0] count;
// bytes that are there, and that the machine takes, each 255 if it is more
wire [15:0]            there = {{(15-$clog2(DEPTH)){1'b0}}, count} + {15'd0, out_valid};
reg  [7:0]             there_reg;
reg  [7:0]             length_reg;
reg  [HOLD_BITS-1:0]   waited_reg;
reg                    hurry_reg;
wire [7:0]             taken;
wire                   takes = out_valid && out_ready;

assign empty   = count == 0 && !out_valid;
assign length  = length_reg;
assign request = length_reg[7] || (length_reg != 8'd0 && hurry_reg);

link_fifo #(.DEPTH(DEPTH)) fifo (
    .clk(clk), .rst(rst), .in_data(in_data), .in_valid(in_valid), .in_ready(in_ready), .in_commit(in_commit),
    .in_drop(1'b0), .out_data(out_data), .out_valid(out_valid), .out_ready(out_ready), .count(count)
);

generate
    if (LIMITED != 0) begin : limited
        reg  [15:0] limit_reg;
        reg  [15:0] sent_reg;
        reg  [7:0]  credit_reg;
        wire [15:0] credit = limit_reg - sent_reg;

        assign taken = credit_reg;

        always @(posedge clk) begin
            credit_reg <= (credit[15:8] != 8'd0) ? 8'd255 : credit[7:0];
            if (takes)
                sent_reg <= sent_reg + 16'd1;
            if (limit_valid)
                limit_reg <= limit;
            if (rst) begin
                limit_reg  <= 16'd0;
                sent_reg   <= 16'd0;
                credit_reg <= 8'd0;
            end
        end
    end else begin : unlimited
        assign taken = 8'd255;

        // verilator lint_off UNUSEDSIGNAL
        wire unused = &{1'b0, limit_valid, limit};
        // verilator lint_on UNUSEDSIGNAL
    end
endgenerate

always @(posedge clk) begin
    there_reg  <= (there[15:8] != 8'd0) ? 8'd255 : there[7:0];
    length_reg <= (there_reg < taken) ? there_reg : taken;
    waited_reg <= (empty || takes) ? {HOLD_BITS{1'b0}} : waited_reg + 1'b1;
    if (flush || (&waited_reg))
        hurry_reg <= 1'b1;
    else if (empty)
        hurry_reg <= 1'b0;
    if (rst) begin
        there_reg  <= 8'd0;
        length_reg <= 8'd0;
        waited_reg <= 0;
        hurry_reg  <= 1'b0;
    end
end

endmodule

`resetall
