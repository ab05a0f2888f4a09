// The walk of a host read: which unfinished write holds each of its blocks?
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Reads pass in the order of their steps, a block a cycle. What is found of each block stays to be looked up until the
 * slot's next read.
 */
module read_walk #(
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    // Bits of the number of a block in a slot
    parameter BLOCK_WIDTH = (MAX_TRANSFER_BYTES > 512) ? $clog2(MAX_TRANSFER_BYTES / 512) : 1,
    // Bits of the number of a block among twice as many
    parameter BLOCK_BITS = BLOCK_WIDTH + 1
) (
    input  wire                              clk,
    input  wire                              rst,

    // a read is taken into a slot
    input  wire                              take,
    input  wire [READ_WIDTH-1:0]             take_slot,

    // the read that is walked, its first block and how many it has
    output wire [READ_WIDTH-1:0]             walk,
    input  wire [BLOCK_BITS-1:0]             block,
    input  wire [BLOCK_BITS-1:0]             size,
    // the unfinished writes that it overlaps
    input  wire [CACHE_SLOTS-1:0]            writes,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0] blocks,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0] sizes,
    input  wire [CACHE_SLOTS*CACHE_SLOTS-1:0] newer,

    // its first block that is in none of them is met; the walk ends, and all blocks were in one
    output wire                              misses,
    output wire                              ends,
    output wire                              in_cache,

    // of a block of a read that was walked: the write that holds it, if one does, and the block of that
    input  wire [READ_WIDTH-1:0]             lookup_slot,
    input  wire [BLOCK_WIDTH-1:0]            lookup_block,
    output wire                              lookup_found,
    output wire [SLOT_WIDTH-1:0]             lookup_write,
    output wire [BLOCK_WIDTH-1:0]            lookup_write_block
);

`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS

reg [SLOT_WIDTH+BLOCK_WIDTH:0] sources [0:(READ_SLOTS<<BLOCK_WIDTH)-1];
reg [BLOCK_BITS-1:0] offset_reg;
// a block that is in no write was met before
reg        missed_reg;

wire                  valid, found;
wire [SLOT_WIDTH-1:0] write;
wire [BLOCK_BITS-1:0] write_block;
wire                  missing = valid && !found;

fifo #(.WIDTH(READ_WIDTH), .DEPTH(READ_SLOTS)) walk_fifo (
    .clk(clk), .rst(rst),
    .in_data(take_slot), .in_valid(take), .in_ready(), .out_data(walk), .out_valid(valid), .out_ready(ends), .count()
);

newest_slot #(.CACHE_SLOTS(CACHE_SLOTS), .BLOCK_BITS(BLOCK_BITS)) search (
    .slots(writes), .block(block + offset_reg), .blocks(blocks), .sizes(sizes), .newer(newer),
    .found(found), .slot(write), .offset(write_block)
);

// a read that overlaps no write needs no walk
assign ends     = valid && (offset_reg + 1'b1 == size || writes == 0);
assign misses   = missing && !missed_reg;
assign in_cache = ends && !missing && !missed_reg;
assign {lookup_found, lookup_write, lookup_write_block} = sources[{lookup_slot, lookup_block}];

always @(posedge clk) begin
    if (valid) begin
        offset_reg <= ends ? {BLOCK_BITS{1'b0}} : offset_reg + 1'b1;
        missed_reg <= !ends && (missed_reg || missing);
        sources[{walk, offset_reg[BLOCK_WIDTH-1:0]}] <= {found, write, write_block[BLOCK_WIDTH-1:0]};
    end
    if (rst) begin
        offset_reg <= 0;
        missed_reg <= 1'b0;
    end
end

endmodule

`resetall
