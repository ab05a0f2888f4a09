// Finds the newest of a set of cache slots that holds a given block of 512 bytes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Combinational: of the slots of the set that hold the block, the one than which none of them is newer. Blocks are
 * numbered round a number of places, twice as many as the largest transfer has blocks, which is enough: the block and
 * the slots of the set are of one range that is no longer than a transfer, which all of them overlap.
 */
module newest_slot #(
    // Cache slots, a power of two
    parameter CACHE_SLOTS = 16,
    // Bits of the number of a block
    parameter BLOCK_BITS = 8,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire [CACHE_SLOTS-1:0]             slots,
    input  wire [BLOCK_BITS-1:0]              block,
    // of each slot: its first block, and how many it has
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]  blocks,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]  sizes,
    // for each slot, those that are newer
    input  wire [CACHE_SLOTS*CACHE_SLOTS-1:0] newer,

    output wire                               found,
    output reg  [SLOT_WIDTH-1:0]              slot
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(`ML_IN_RANGE(BLOCK_BITS, 1, 8), parameter_error_BLOCK_BITS_must_be_1_to_8)

wire [CACHE_SLOTS-1:0] holds, newest;

generate
    genvar n;
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : compare
        wire [BLOCK_BITS-1:0] distance = block - blocks[n*BLOCK_BITS +: BLOCK_BITS];
        assign holds[n]  = slots[n] && distance < sizes[n*BLOCK_BITS +: BLOCK_BITS];
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

endmodule

`resetall
