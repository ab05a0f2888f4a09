// Seeded pseudo-random pauses of a number of channels: in each cycle channel i pauses with a chance of chance[i] in
// 128. Simulation only. The generator is xorshift64, so that a run repeats from its seed alone, on every simulator.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module pauses #(
    // Number of channels, at most 8
    parameter CHANNELS = 1
) (
    input  wire                clk,
    output reg  [CHANNELS-1:0] pause
);

    // Set by the testbench: not 0
    reg [63:0]           state;
    // Set by the testbench: 8 bits a channel, 0 never pauses, 127 is the most
    reg [8*CHANNELS-1:0] chance;

    integer i;
    reg [63:0] next;

    initial begin
        if (CHANNELS < 1 || CHANNELS > 8) begin
            $display("Error: CHANNELS must be 1 to 8 (instance %m)");
            $finish;
        end
        state = 64'h9E3779B97F4A7C15;
        chance = {8 * CHANNELS{1'b0}};
        pause = {CHANNELS{1'b0}};
    end

    always @(posedge clk) begin
        if (chance != {8 * CHANNELS{1'b0}}) begin
            next = state ^ (state << 13);
            next = next ^ (next >> 7);
            next = next ^ (next << 17);
            state <= next;
            for (i = 0; i < CHANNELS; i = i + 1) begin
                pause[i] <= {1'b0, next[8*i +: 7]} < chance[8*i +: 8];
            end
        end else begin
            pause <= {CHANNELS{1'b0}};
        end
    end

endmodule

`resetall
