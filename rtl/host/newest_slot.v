// Finds the newest of a set of cache slots that holds a given block of 512 bytes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Combinational: of the slots of the set that hold the block, the one than which none of them is newer.
 */
module newest_slot #(
    // Cache slots, a power of two
    parameter CACHE_SLOTS = 16,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS)
) (
    // the set, all of one volume
    input  wire [CACHE_SLOTS-1:0]                slots,
    input  wire [POSITION_WIDTH-1:0]             position,
    input  wire [CACHE_SLOTS*POSITION_WIDTH-1:0] positions,
    input  wire [CACHE_SLOTS*32-1:0]             sizes,
    // for each slot, those that are newer
    input  wire [CACHE_SLOTS*CACHE_SLOTS-1:0]    newer,

    output wire                                  found,
    output reg  [SLOT_WIDTH-1:0]                 slot,
    // blocks from the head of the slot's data
    output wire [6:0]                            offset
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam BLOCK_SHIFT = 9, B = W - BLOCK_SHIFT, SIZE_BITS = 8;

wire [B-1:0] block = position[W-1:BLOCK_SHIFT];

wire [CACHE_SLOTS-1:0] holds, newest;

generate
    genvar n;
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : compare
        wire [B-1:0] distance = block - positions[n*W+BLOCK_SHIFT +: B];
        assign holds[n]  = slots[n] && distance[B-1:SIZE_BITS] == 0
                           && distance[SIZE_BITS-1:0] < sizes[n*32+BLOCK_SHIFT +: SIZE_BITS];
        assign newest[n] = holds[n] && (holds & newer[n*CACHE_SLOTS +: CACHE_SLOTS]) == 0;
    end
endgenerate

integer i;

assign found = holds != 0;

always @* begin
    slot = 0;
    for (i = 0; i < CACHE_SLOTS; i = i + 1)
        if (newest[i])
            slot = slot | i[SLOT_WIDTH-1:0];
end

assign offset = position[BLOCK_SHIFT +: 7] - positions[slot*W+BLOCK_SHIFT +: 7];

endmodule

`resetall
