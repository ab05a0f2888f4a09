// Flush: answered once every earlier write of its volume has its device's response.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * A flush remembers the writes that are unfinished in its step and strikes them out as their devices answer. When none is
 * left it asks for the step that answers it.
 */
module host_flush #(
    // Flushes in flight
    parameter FLUSHES = 4,
    parameter CACHE_SLOTS = 16,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                   clk,
    input  wire                   rst,

    /*
     * Step of the command
     */
    output wire                   flush_free,
    input  wire                   take,
    input  wire [15:0]            tag,
    input  wire [15:0]            volume,
    input  wire [63:0]            order,
    input  wire [CACHE_SLOTS-1:0] unfinished,

    /*
     * Step of a volume write's end
     */
    input  wire                   volume_done,
    input  wire                   volume_failed,
    input  wire [SLOT_WIDTH-1:0]  done_slot,

    /*
     * Step of the answer
     */
    output wire                   request_valid,
    input  wire                   request_taken,
    output reg  [`CR_WIDTH-1:0]   request,

    output wire                   idle
);

`ML_REQUIRE_FLUSHES
`ML_REQUIRE_CACHE_SLOTS

reg [FLUSHES-1:0]     busy_reg;
reg [FLUSHES-1:0]     failed_reg;
reg [CACHE_SLOTS-1:0] waits_for_reg [0:FLUSHES-1];
reg [15:0]            tag_reg       [0:FLUSHES-1];
reg [15:0]            volume_reg    [0:FLUSHES-1];
reg [63:0]            order_reg     [0:FLUSHES-1];

wire [FLUSHES-1:0] free  = ~busy_reg & (busy_reg + 1'b1);
wire [FLUSHES-1:0] ready;
wire [FLUSHES-1:0] first = ready & ~(ready - 1'b1);
wire [CACHE_SLOTS-1:0] done_mask = {{CACHE_SLOTS-1{1'b0}}, volume_done} << done_slot;
wire [FLUSHES*97-1:0] rows;

assign flush_free    = busy_reg != {FLUSHES{1'b1}};
assign request_valid = ready != 0;
assign idle          = busy_reg == 0;

generate
    genvar n;
    for (n = 0; n < FLUSHES; n = n + 1) begin : entry
        wire [CACHE_SLOTS-1:0] waits_for = waits_for_reg[n];
        assign ready[n] = busy_reg[n] && waits_for == 0;
        assign rows[n*97 +: 97] = {failed_reg[n], order_reg[n], volume_reg[n], tag_reg[n]};

        always @(posedge clk) begin
            waits_for_reg[n] <= waits_for & ~done_mask;
            if ((waits_for & done_mask) != 0 && volume_failed)
                failed_reg[n] <= 1'b1;
            if (take && free[n]) begin
                waits_for_reg[n] <= unfinished;
                failed_reg[n]    <= 1'b0;
                tag_reg[n]       <= tag;
                volume_reg[n]    <= volume;
                order_reg[n]     <= order;
            end
        end
    end
endgenerate

integer i;
reg [96:0] row;

always @* begin
    row = 0;
    for (i = 0; i < FLUSHES; i = i + 1)
        row = row | (rows[i*97 +: 97] & {97{first[i]}});
    request = 0;
    request[`CR_KIND]      = `ML_REQUEST_FLUSH;
    request[`CR_TAG]       = row[15:0];
    request[`CR_VOLUME]    = row[31:16];
    request[`CR_REFERENCE] = row[95:32];
    request[`CR_FAILED]    = row[96];
end

always @(posedge clk) begin
    busy_reg <= (busy_reg & ~(first & {FLUSHES{request_taken}})) | (free & {FLUSHES{take}});
    if (rst)
        busy_reg <= 0;
end

endmodule

`resetall
