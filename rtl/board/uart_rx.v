// Receiver of a UART: 8 bits, no parity.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Bits are sampled in their middle; a fraction of the clock makes their length, so that the clock need be no multiple
 * of the rate.
 */
module uart_rx #(
    // Hz
    parameter CLOCK = 25000000,
    // Bits a second, at most a quarter of the clock
    parameter BAUD = 3000000
) (
    input  wire       clk,
    input  wire       rst,

    input  wire       rxd,

    // a byte has come; it has no stop bit
    output wire [7:0] data,
    output wire       valid,
    output wire       error
);

`ML_REQUIRE(BAUD >= 1 && BAUD <= CLOCK / 4, parameter_error_BAUD_must_be_at_most_a_quarter_of_CLOCK)

// 2^24ths of a bit that pass in a clock cycle
localparam [63:0] STEPS = (64'd16777216 * BAUD + CLOCK / 2) / CLOCK;
localparam [24:0] STEP = STEPS[24:0];
localparam [23:0] HALF = 24'h800000;
localparam [3:0] STOP = 4'd9;

reg  [2:0]  line_reg;
reg         busy_reg;
reg  [23:0] phase_reg;
// 0: the start bit comes, 9: the stop bit
reg  [3:0]  place_reg;
reg  [7:0]  bits_reg;
reg         valid_reg, error_reg;
wire [24:0] phase_sum = {1'b0, phase_reg} + STEP;
wire        sample    = busy_reg && phase_sum[24];
wire        level     = line_reg[2];

assign data  = bits_reg;
assign valid = valid_reg;
assign error = error_reg;

always @(posedge clk) begin
    line_reg  <= {line_reg[1:0], rxd};
    valid_reg <= sample && place_reg == STOP && level;
    error_reg <= sample && place_reg == STOP && !level;
    phase_reg <= busy_reg ? phase_sum[23:0] : HALF;
    if (sample) begin
        place_reg <= place_reg + 4'd1;
        if (place_reg != STOP)
            bits_reg <= {level, bits_reg[7:1]};
        // a start bit that is none in its middle was a disturbance
        if (place_reg == STOP || (place_reg == 4'd0 && level))
            busy_reg <= 1'b0;
    end
    if (!busy_reg) begin
        place_reg <= 4'd0;
        busy_reg  <= level && !line_reg[1];
    end
    if (rst) begin
        line_reg  <= 3'b111;
        busy_reg  <= 1'b0;
        valid_reg <= 1'b0;
        error_reg <= 1'b0;
    end
end

endmodule

`resetall
