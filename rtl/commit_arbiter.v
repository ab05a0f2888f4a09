// Gives one step of the commit stage a cycle, in turn.
`resetall
`timescale 1ns / 1ps
`default_nettype none

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
    output reg  [REQUESTERS-1:0]       request_taken,

    output wire                        granted,
    output reg  [WIDTH-1:0]            granted_request
);

// requesters after the last one served
reg [REQUESTERS-1:0] later_reg;

wire [REQUESTERS-1:0] later   = request_valid & later_reg;
wire [REQUESTERS-1:0] choices = (later != 0) ? later : request_valid;

assign granted = enable && request_valid != 0;

integer i;

always @* begin
    request_taken   = choices & ~(choices - 1'b1) & {REQUESTERS{enable}};
    granted_request = 0;
    for (i = 0; i < REQUESTERS; i = i + 1)
        granted_request = granted_request | (request[i*WIDTH +: WIDTH] & {WIDTH{request_taken[i]}});
end

always @(posedge clk) begin
    if (granted)
        later_reg <= ~((request_taken - 1'b1) | request_taken);
    if (rst)
        later_reg <= 0;
end

endmodule

`resetall
