// Gives one step of the commit stage a cycle, in turn.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Round robin: the requester after the last one served has priority. Combinational grant, one a cycle while `enable`.
 */
module commit_arbiter #(
    // Who asks
    parameter REQUESTERS = 4,
    // Bits of a request
    parameter WIDTH = 32
) (
    input  wire                        clk,
    input  wire                        rst,

    input  wire                        enable,
    input  wire [REQUESTERS-1:0]       request_valid,
    input  wire [REQUESTERS*WIDTH-1:0] request,
    output wire [REQUESTERS-1:0]       request_taken,

    output wire                        granted,
    output reg  [WIDTH-1:0]            granted_request
);

`ML_REQUIRE(REQUESTERS >= 1, parameter_error_REQUESTERS_must_be_at_least_1)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

// requesters after the last one served
reg [REQUESTERS-1:0] later_reg;

wire [REQUESTERS-1:0] later   = request_valid & later_reg;
wire [REQUESTERS-1:0] choices = (later != 0) ? later : request_valid;

assign granted = enable && request_valid != 0;

assign request_taken = choices & ~(choices - 1'b1) & {REQUESTERS{enable}};

integer i;

always @* begin
    granted_request = 0;
    for (i = 0; i < REQUESTERS; i = i + 1)
        if (request_taken[i])
            granted_request = granted_request | request[i*WIDTH +: WIDTH];
end

always @(posedge clk) begin
    if (granted)
        later_reg <= ~((request_taken - 1'b1) | request_taken);
    if (rst)
        later_reg <= 0;
end

endmodule

`resetall
