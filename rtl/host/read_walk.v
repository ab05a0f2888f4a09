// The walk of a host read: which unfinished write holds each of its blocks?
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Reads pass in the order of their steps, each through a register, then a block a cycle: the unfinished writes are
 * looked at in one cycle, and what was found is noted in the next. It stays to be looked up until the slot's next read.
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
// the read is in registers: its next block, its place among its blocks, how many it has, the writes that it overlaps
reg                   loaded_reg, looks_reg, none_reg;
reg [BLOCK_BITS-1:0]  block_reg, offset_reg, size_reg;
reg [CACHE_SLOTS-1:0] writes_reg;
// what was found of a block
reg                   noted_reg, last_reg, found_reg;
reg [BLOCK_WIDTH-1:0] place_reg;
reg [BLOCK_BITS-1:0]  noted_block_reg;
reg [SLOT_WIDTH-1:0]  write_reg;
// a block that is in no write was met before
reg                   missed_reg;

wire                  valid, found;
wire [SLOT_WIDTH-1:0] write;
// from the head of the write's data
wire [BLOCK_BITS-1:0] write_block = noted_block_reg - blocks[write_reg*BLOCK_BITS +: BLOCK_BITS];
wire                  missing = noted_reg && !found_reg;
// a read that overlaps no write needs no walk
wire                  last    = none_reg || offset_reg + 1'b1 == size_reg;

fifo #(.WIDTH(READ_WIDTH), .DEPTH(READ_SLOTS)) walk_fifo (
    .clk(clk), .rst(rst),
    .in_data(take_slot), .in_valid(take), .in_ready(), .out_data(walk), .out_valid(valid), .out_ready(ends), .count()
);

newest_slot #(.CACHE_SLOTS(CACHE_SLOTS), .BLOCK_BITS(BLOCK_BITS)) search (
    .slots(writes_reg), .block(block_reg), .blocks(blocks), .sizes(sizes), .newer(newer),
    .found(found), .slot(write)
);

assign ends     = noted_reg && last_reg;
assign misses   = missing && !missed_reg;
assign in_cache = ends && !missing && !missed_reg;
assign {lookup_found, lookup_write, lookup_write_block} = sources[{lookup_slot, lookup_block}];

always @(posedge clk) begin
    if (!loaded_reg) begin
        block_reg  <= block;
        size_reg   <= size;
        writes_reg <= writes;
        none_reg   <= writes == 0;
        offset_reg <= 0;
        missed_reg <= 1'b0;
    end
    if (looks_reg) begin
        block_reg  <= block_reg + 1'b1;
        offset_reg <= offset_reg + 1'b1;
    end
    loaded_reg      <= (loaded_reg || valid) && !ends;
    looks_reg       <= loaded_reg ? looks_reg && !last : valid;
    noted_reg       <= looks_reg;
    last_reg        <= last;
    found_reg       <= found;
    place_reg       <= offset_reg[BLOCK_WIDTH-1:0];
    write_reg       <= write;
    noted_block_reg <= block_reg;
    if (noted_reg) begin
        missed_reg <= missed_reg || missing;
        sources[{walk, place_reg}] <= {found_reg, write_reg, write_block[BLOCK_WIDTH-1:0]};
    end
    if (rst) begin
        loaded_reg <= 1'b0;
        looks_reg  <= 1'b0;
        noted_reg  <= 1'b0;
    end
end

endmodule

`resetall
