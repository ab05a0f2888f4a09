// Who asks is served in its turn: before it each other one is at most twice, or all others together at most so many
// times. One that is passed over is told as a broken rule of a port is (rtl/include/properties.vh). Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "properties.vh"

module in_turn #(
    // Who may ask
    parameter COUNT = 4,
    // How often others may be served before it; 0: each at most twice, as one that is served next may have been chosen
    // before anybody asked
    parameter MOST = 0
) (
    input wire             clk,
    input wire             rst,
    // who asks, and is not served yet; who is
    input wire [COUNT-1:0] asks,
    input wire [COUNT-1:0] served
);

`ifdef ML_PROPERTIES
    integer passed [0:COUNT-1];
    // who has been served while it asks, and who has twice
    reg [COUNT-1:0] once [0:COUNT-1], twice [0:COUNT-1];
    // somebody asked in the cycle before
    reg     asked_reg;
    integer i;

    always @(posedge clk)
        asked_reg <= asks != 0;

    always @(posedge clk) if (asks != 0 || asked_reg || rst)
        for (i = 0; i < COUNT; i = i + 1) begin
            if (rst || !asks[i] || served[i]) begin
                passed[i] = 0;
                once[i]   = 0;
                twice[i]  = 0;
            end else if (served != 0) begin
                passed[i] = passed[i] + 1;
                `ML_HOLDS(IN_TURN, (MOST == 0) ? (served & twice[i]) == 0 : passed[i] <= MOST);
                twice[i]  = twice[i] | (served & once[i]);
                once[i]   = once[i] | served;
            end
        end
`endif

endmodule

`resetall
