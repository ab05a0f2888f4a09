// Sender of a UART: 8 bits, no parity, one stop bit.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A fraction of the clock makes the length of a bit, so that the clock need be no multiple of the rate: a bit is a
 * cycle longer or shorter than the next.
 */
module uart_tx #(
    // Hz
    parameter CLOCK = 25000000,
    // Bits a second, at most a quarter of the clock
    parameter BAUD = 3000000
) (
    input  wire       clk,
    input  wire       rst,

    input  wire [7:0] data,
    input  wire       valid,
    output wire       ready,

    output wire       txd
);

`ML_REQUIRE(BAUD >= 1 && BAUD <= CLOCK / 4, parameter_error_BAUD_must_be_at_most_a_quarter_of_CLOCK)

// 2^24ths of a bit that pass in a clock cycle
localparam [63:0] STEPS = (64'd16777216 * BAUD + CLOCK / 2) / CLOCK;
localparam [24:0] STEP = STEPS[24:0];

reg  [23:0] phase_reg;
// bits that are still to be sent, the start bit among them; their levels
reg  [3:0]  left_reg;
reg  [8:0]  bits_reg;
reg         level_reg;
wire [24:0] phase_sum = {1'b0, phase_reg} + STEP;
wire        tick      = phase_sum[24];

// a byte enters at the end of the stop bit of the one before
assign ready = left_reg == 4'd0 && tick;
assign txd   = level_reg;

always @(posedge clk) begin
    phase_reg <= phase_sum[23:0];
    if (tick) begin
        level_reg <= 1'b1;
        if (left_reg != 4'd0) begin
            left_reg  <= left_reg - 4'd1;
            level_reg <= bits_reg[0];
            bits_reg  <= {1'b1, bits_reg[8:1]};
        end else if (valid) begin
            left_reg  <= 4'd9;
            level_reg <= 1'b0;
            bits_reg  <= {1'b1, data};
        end
    end
    if (rst) begin
        phase_reg <= 24'd0;
        left_reg  <= 4'd0;
        level_reg <= 1'b1;
    end
end

endmodule

`resetall
