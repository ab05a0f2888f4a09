// A sender and a receiver of a UART, of which the clocks differ.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module uart_unit #(
    // Hz of the sender's clock and of the receiver's, bits a second
    parameter CLOCK = 25000000,
    parameter OTHER_CLOCK = 25000000,
    parameter BAUD = 3000000
) (
    input  wire       clk,
    input  wire       other_clk,
    input  wire       rst,
    input  wire [7:0] data,
    input  wire       valid,
    output wire       ready,
    // holds the line low
    input  wire       broken,
    output wire       line,
    output wire [7:0] received,
    output wire       received_valid,
    output wire       received_error
);

wire txd;
assign line = txd && !broken;

uart_tx #(.CLOCK(CLOCK), .BAUD(BAUD)) transmit (
    .clk(clk), .rst(rst), .data(data), .valid(valid), .ready(ready), .txd(txd)
);

uart_rx #(.CLOCK(OTHER_CLOCK), .BAUD(BAUD)) receive (
    .clk(other_clk), .rst(rst), .rxd(line), .data(received), .valid(received_valid), .error(received_error)
);

endmodule

`resetall
