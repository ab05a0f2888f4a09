// Flush: answered once every earlier write of its volume has its device's response.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "parameters.vh"

/*
 * A flush remembers the writes that are unfinished in its step and strikes them out as their devices answer. When none
 * is left it asks for the step that answers it.
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

localparam INDEX_WIDTH = (FLUSHES > 1) ? $clog2(FLUSHES) : 1;
// bits of a volume's number: there are 64 at most
localparam VOLUME_BITS = 6;

reg [FLUSHES-1:0] busy_reg;
reg [FLUSHES-1:0] failed_reg;
(* ram_style = "distributed" *)
reg [64+VOLUME_BITS+16-1:0] rows [0:FLUSHES-1];

wire [FLUSHES-1:0] free  = ~busy_reg & (busy_reg + 1'b1);
wire [FLUSHES-1:0] ready;
wire [FLUSHES-1:0] first = ready & ~(ready - 1'b1);
wire [CACHE_SLOTS-1:0] done_mask = {{CACHE_SLOTS-1{1'b0}}, volume_done} << done_slot;
reg  [INDEX_WIDTH-1:0] free_index, first_index;
wire [64+VOLUME_BITS+16-1:0] row = rows[first_index];
integer i;

assign flush_free    = busy_reg != {FLUSHES{1'b1}};
assign request_valid = ready != 0;
assign idle          = busy_reg == 0;

always @* begin
    free_index  = 0;
    first_index = 0;
    for (i = 0; i < FLUSHES; i = i + 1) begin
        if (free[i])
            free_index = free_index | i[INDEX_WIDTH-1:0];
        if (first[i])
            first_index = first_index | i[INDEX_WIDTH-1:0];
    end
end

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]      = `ML_REQUEST_FLUSH;
    new_request[`CR_TAG]       = row[15:0];
    new_request[`CR_VOLUME]    = {{16-VOLUME_BITS{1'b0}}, row[16 +: VOLUME_BITS]};
    new_request[`CR_REFERENCE] = row[16+VOLUME_BITS +: 64];
    new_request[`CR_FAILED]    = (failed_reg & first) != 0;
    request = new_request;
end

generate
    genvar n;
    for (n = 0; n < FLUSHES; n = n + 1) begin : entry
        reg [CACHE_SLOTS-1:0] waits_for_reg;
        assign ready[n] = busy_reg[n] && waits_for_reg == 0;

        always @(posedge clk) begin
            waits_for_reg <= waits_for_reg & ~done_mask;
            if ((waits_for_reg & done_mask) != 0 && volume_failed)
                failed_reg[n] <= 1'b1;
            if (take && free[n]) begin
                waits_for_reg <= unfinished;
                failed_reg[n] <= 1'b0;
            end
        end
    end
endgenerate

always @(posedge clk) if (take)
    rows[free_index] <= {order, volume[VOLUME_BITS-1:0], tag};

always @(posedge clk) begin
    busy_reg <= (busy_reg & ~(first & {FLUSHES{request_taken}})) | (free & {FLUSHES{take}});
    if (rst)
        busy_reg <= 0;
end

endmodule

`resetall
