// Who asks is served in its turn: others are, before it, not much oftener than there are others. One that is passed
// over is told as a broken rule of a port is (rtl/include/properties.vh). Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "properties.vh"

module in_turn #(
    // Who may ask
    parameter COUNT = 4,
    // How often others may be served before it: one that is served next may have been chosen before anybody asked
    parameter MOST = COUNT + 1
) (
    input wire             clk,
    input wire             rst,
    // who asks, and is not served yet; who is
    input wire [COUNT-1:0] asks,
    input wire [COUNT-1:0] served
);

`ifdef ML_PROPERTIES
    integer passed [0:COUNT-1];
    // somebody asked in the cycle before
    reg     asked_reg;
    integer i;

    always @(posedge clk)
        asked_reg <= asks != 0;

    always @(posedge clk) if (asks != 0 || asked_reg || rst)
        for (i = 0; i < COUNT; i = i + 1) begin
            if (rst || !asks[i] || served[i]) passed[i] = 0;
            else if (served != 0) passed[i] = passed[i] + 1;
            `ML_HOLDS(IN_TURN, passed[i] <= MOST);
        end
`endif

endmodule

`resetall
