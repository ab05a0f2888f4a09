// Turns of storage devices that have beats for one memory.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of the devices that have a beat for it, one has its turn in each cycle. A device that has none, though some are to
 * come, gets no turn.
 */
module device_turns #(
    parameter DEVICES = 2
) (
    input  wire               clk,
    input  wire               rst,

    input  wire [DEVICES-1:0] next,
    output wire [DEVICES-1:0] waits
);

`ML_REQUIRE_DEVICES

localparam [DEVICES-1:0] FIRST_DEVICE = 1;

reg  [DEVICES-1:0] turn_reg;
wire [DEVICES-1:0] others = next & ~turn_reg;
wire [DEVICES-1:0] later  = others & ~(turn_reg - 1'b1);
wire [DEVICES-1:0] choice = (later != 0) ? later : others;

assign waits = ~turn_reg;

always @(posedge clk) begin
    if (others != 0)
        turn_reg <= choice & ~(choice - 1'b1);
    if (rst)
        turn_reg <= FIRST_DEVICE;
end

endmodule

`resetall
