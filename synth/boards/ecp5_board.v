// A board on an ECP5: its clock from a PLL, a reset when that is locked, and a storage system behind a UART.
`resetall
`timescale 1ns / 1ps
`default_nettype none

/*
 * The clock is that of the oscillator x FEEDBACK_DIVIDER / INPUT_DIVIDER; the PLL's oscillator (400 to 800 MHz) has
 * OUTPUT_DIVIDER times that.
 */
module ecp5_board #(
    parameter INPUT_DIVIDER = 1,
    parameter FEEDBACK_DIVIDER = 1,
    parameter OUTPUT_DIVIDER = 24,
    parameter CLOCK_KHZ = 25000,
    parameter PERIOD_NS = 40,
    parameter BAUD = 3000000,
    // Of the storage system
    parameter DATA_WIDTH = 64,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter MAX_DATA_BYTES = 4096,
    parameter CACHE_SLOTS = 8,
    parameter READ_SLOTS = 4,
    parameter OUTSTANDING = 16,
    parameter COMMANDS = 8,
    parameter WINDOW = 256,
    parameter SYSTEM_NUMBER = 1,
    parameter SYSTEMS = 1,
    parameter MEMORY_BYTES = 0,
    parameter MEMORY_DEVICES = 1,
    parameter AXI_ADDR_WIDTH = 48,
    parameter [31:0] BUILD = 0
) (
    input  wire oscillator,
    // a button, high when it is pressed
    input  wire button,
    input  wire uart_rxd,
    output wire uart_txd,
    output wire led_life,
    output wire led_up
);

wire clk, locked;

EHXPLLL #(
    .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
    .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
    .CLKI_DIV(INPUT_DIVIDER), .CLKFB_DIV(FEEDBACK_DIVIDER), .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(OUTPUT_DIVIDER),
    .CLKOP_CPHASE(OUTPUT_DIVIDER / 2 - 1), .CLKOP_FPHASE(0), .FEEDBK_PATH("CLKOP")
) pll (
    .RST(1'b0), .STDBY(1'b0), .CLKI(oscillator), .CLKFB(clk), .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1),
    .PHASESTEP(1'b1), .PHASELOADREG(1'b1), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .CLKOP(clk), .LOCK(locked)
);

// lock and button come at any time
reg [2:0] calm_reg = 3'd0;
reg [3:0] left_reg = 4'd15;
reg       rst_reg = 1'b1;

always @(posedge clk) begin
    calm_reg <= {calm_reg[1:0], locked && !button};
    left_reg <= !calm_reg[2] ? 4'd15 : (left_reg == 4'd0) ? 4'd0 : left_reg - 4'd1;
    rst_reg  <= left_reg != 4'd0;
end

board #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .OUTSTANDING(OUTSTANDING), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .SYSTEMS(SYSTEMS), .MEMORY_BYTES(MEMORY_BYTES), .MEMORY_DEVICES(MEMORY_DEVICES),
    .CLOCK_KHZ(CLOCK_KHZ), .PERIOD_NS(PERIOD_NS), .BAUD(BAUD),
    .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .BUILD(BUILD)
) board_inst (
    .clk(clk), .rst(rst_reg), .rx_data(8'd0), .rx_valid(1'b0), .tx_data(), .tx_valid(), .tx_ready(1'b0),
    .uart_rxd(uart_rxd), .uart_txd(uart_txd), .led_life(led_life), .led_up(led_up)
);

endmodule

`resetall
