// ECP5 Evaluation Board with an LFE5UM5G-85F of speed grade 8: 8 MHz from its 12 MHz.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module ecp5_evn #(
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
    input  wire clk,
    input  wire button_n,
    input  wire uart_rxd,
    output wire uart_txd,
    // low lights them
    output wire led_life_n,
    output wire led_up_n
);

wire led_life, led_up;

assign led_life_n = !led_life;
assign led_up_n   = !led_up;

ecp5_board #(
    .INPUT_DIVIDER(3), .FEEDBACK_DIVIDER(2), .OUTPUT_DIVIDER(60), .CLOCK_KHZ(8000), .PERIOD_NS(125), .BAUD(2000000),
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .OUTSTANDING(OUTSTANDING), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .SYSTEMS(SYSTEMS), .MEMORY_BYTES(MEMORY_BYTES), .MEMORY_DEVICES(MEMORY_DEVICES),
    .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .BUILD(BUILD)
) board_inst (
    .oscillator(clk), .button(!button_n), .uart_rxd(uart_rxd), .uart_txd(uart_txd),
    .led_life(led_life), .led_up(led_up)
);

endmodule

`resetall
