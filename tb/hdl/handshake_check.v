// The rules of one valid/ready channel, checked in every cycle: valid stays until taken, payload holds until taken,
// neither is unknown. A broken rule is written to the capture as a "protocol_error" line. Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module handshake_check #(
    // Bits of payload, and of the data beside it
    parameter WIDTH   = 8,
    parameter DATA_WIDTH = 1,
    // Name of the channel in the error
    parameter CHANNEL = "channel",
    // Number of the port that has the channel, for ports that exist several times
    parameter PORT    = 0,
    // Number of the storage system
    parameter SYSTEM  = 1
) (
    input wire             clk,
    input wire             rst,
    input wire [31:0]      file,
    input wire [47:0]      cycle,
    input wire             valid,
    input wire             ready,
    input wire [WIDTH-1:0] payload,
    // a port of its own, for simulators are slow to put wide vectors together
    input wire [DATA_WIDTH-1:0] data
);

    reg             waiting;
    reg [WIDTH-1:0] held;
    reg [DATA_WIDTH-1:0] held_data;

    initial waiting = 1'b0;

    task broken(input [8*24-1:0] rule);
        $fwrite(file, "{\"event\": \"protocol_error\", \"system\": %0d, \"cycle\": %0d, \"port\": %0d, ",
                SYSTEM, cycle, PORT);
        $fwrite(file, "\"channel\": \"%0s\", \"rule\": \"%0s\"}\n", CHANNEL, rule);
    endtask

    // nothing to check, as in most cycles (an unknown value is never quiet, so that a reset ends it)
    wire quiet = valid === 1'b0 && waiting === 1'b0;

    always @(posedge clk) if (!quiet) begin
        if (rst) begin
            waiting <= 1'b0;
        end else begin
            if (valid !== 1'b0 && valid !== 1'b1) broken("valid unknown");
            if (valid === 1'b1 && (ready !== 1'b0 && ready !== 1'b1)) broken("ready unknown");
            if (valid === 1'b1 && !waiting && ((payload & ~payload) !== 0 || (data & ~data) !== 0))
                broken("payload unknown");
            if (waiting && !valid) broken("valid dropped");
            if (waiting && valid && (payload !== held || data !== held_data)) broken("payload changed");
            waiting <= valid && !ready;
            if (valid && !ready && !waiting) begin
                held <= payload;
                held_data <= data;
            end
        end
    end

endmodule

`resetall
