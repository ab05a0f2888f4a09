// Which cache slot holds which unfinished host write, and what each must wait for.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A slot is busy from its reservation until its write is refused, or until the volume's and the journal's devices have
 * both answered and no host read needs it. Its write is unfinished until the volume's device has answered: until then
 * reads are served from it, and overlapping later writes wait for it. What a write waits for is fixed when it enters,
 * as a set of slots and a set of host reads; each leaves the set when it is done, so that no later command can hold a
 * write up. Slots are used in any order: which of two writes is newer is noted when one enters. Positions and sizes are
 * whole blocks.
 */
module cache_directory #(
    // Cache slots
    parameter CACHE_SLOTS = 16,
    // Host reads in flight
    parameter READ_SLOTS = 4,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48,
    // Bits of the number of a block among twice as many as the largest transfer has
    parameter BLOCK_BITS = 8,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                                  clk,
    input  wire                                  rst,

    input  wire                                  reserve,
    input  wire [SLOT_WIDTH-1:0]                 reserve_slot,
    output wire [CACHE_SLOTS-1:0]                slot_busy,

    /*
     * Step of a host command: the unfinished writes that its range overlaps
     */
    input  wire [15:0]                           volume,
    input  wire [POSITION_WIDTH-1:0]             position,
    input  wire [31:0]                           size,
    output wire [CACHE_SLOTS-1:0]                overlapping,
    // the unfinished writes of its volume
    output wire [CACHE_SLOTS-1:0]                of_volume,
    // it is a write and enters, in `slot`
    input  wire                                  enter,
    // it is a write and refused
    input  wire                                  refuse,
    input  wire [SLOT_WIDTH-1:0]                 slot,
    input  wire                                  journaled,
    input  wire [63:0]                           order,
    input  wire [63:0]                           update_number,
    // host reads that must get their data from the device before it is overwritten
    input  wire [READ_SLOTS-1:0]                 overlapping_reads,
    // reads whose data has come
    input  wire [READ_SLOTS-1:0]                 reads_done,
    // slots that host reads need
    input  wire [CACHE_SLOTS-1:0]                needed_by_reads,

    /*
     * Step of the read-write process: the device has answered for `done_slot`
     */
    input  wire                                  volume_done,
    input  wire                                  journal_done,
    input  wire [SLOT_WIDTH-1:0]                 done_slot,

    // slots whose write may go to its device
    output wire [CACHE_SLOTS-1:0]                may_write,
    // no slot busy
    output wire                                  idle,

    /*
     * What a slot holds
     */
    input  wire [SLOT_WIDTH-1:0]                 lookup_slot,
    output wire [15:0]                           lookup_volume,
    output wire [POSITION_WIDTH-1:0]             lookup_position,
    output wire [31:0]                           lookup_size,
    output wire                                  lookup_journaled,
    output wire [63:0]                           lookup_order,
    output wire [63:0]                           lookup_update_number,
    // of all slots, the first block, among twice as many as the largest transfer has, and how many there are
    output wire [CACHE_SLOTS*BLOCK_BITS-1:0]     blocks,
    output wire [CACHE_SLOTS*BLOCK_BITS-1:0]     sizes,
    // for each slot, those whose writes entered after its own
    output wire [CACHE_SLOTS*CACHE_SLOTS-1:0]    newer
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(`ML_IN_RANGE(READ_SLOTS, 1, 64), parameter_error_READ_SLOTS_must_be_1_to_64)
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(BLOCK_BITS, 2, 8), parameter_error_BLOCK_BITS_must_be_2_to_8)

localparam W = POSITION_WIDTH;
// bits of a byte in a block, of a volume's number (there are 64 at most), and of the size of the largest transfer
localparam BLOCK_SHIFT = 9, VOLUME_BITS = 6, SIZE_BITS = 8;
localparam B = W - BLOCK_SHIFT;
localparam ROW_WIDTH = VOLUME_BITS + B + SIZE_BITS + 1 + 64 + 64;

reg [CACHE_SLOTS-1:0] busy_reg;
// busy, and past its step
reg [CACHE_SLOTS-1:0] entered_reg;
reg [CACHE_SLOTS-1:0] unfinished_reg;
reg [CACHE_SLOTS-1:0] journal_unfinished_reg;
// what a slot holds, for its later steps
reg [ROW_WIDTH-1:0]   rows [0:CACHE_SLOTS-1];

localparam [CACHE_SLOTS-1:0] ONE = 1;
wire [CACHE_SLOTS-1:0] done_mask = ONE << done_slot;
wire [CACHE_SLOTS-1:0] entering  = enter ? ONE << slot : {CACHE_SLOTS{1'b0}};
wire [VOLUME_BITS-1:0] row_volume;
wire [B-1:0]           row_block;
wire [SIZE_BITS-1:0]   row_size;

assign slot_busy       = busy_reg;
assign idle            = busy_reg == 0;
assign lookup_volume   = {{16-VOLUME_BITS{1'b0}}, row_volume};
assign lookup_position = {row_block, {BLOCK_SHIFT{1'b0}}};
assign lookup_size     = {{32-SIZE_BITS-BLOCK_SHIFT{1'b0}}, row_size, {BLOCK_SHIFT{1'b0}}};
assign {row_volume, row_block, row_size, lookup_journaled, lookup_order, lookup_update_number} = rows[lookup_slot];

wire [VOLUME_BITS-1:0] short_volume = volume[VOLUME_BITS-1:0];
wire [B-1:0]           block        = position[W-1:BLOCK_SHIFT];
wire [SIZE_BITS-1:0]   block_count  = size[BLOCK_SHIFT +: SIZE_BITS];
wire [B-1:0]           range_end    = block + {{B-SIZE_BITS{1'b0}}, block_count};

always @(posedge clk) if (enter)
    rows[slot] <= {short_volume, block, block_count, journaled, order, update_number};

generate
    genvar n;
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : entry
        reg [VOLUME_BITS-1:0] volume_reg;
        reg [B-1:0]           block_reg;
        reg [B-1:0]           end_reg;
        reg [BLOCK_BITS-1:0]  size_reg;
        reg [CACHE_SLOTS-1:0] waits_for_writes_reg;
        reg [READ_SLOTS-1:0]  waits_for_reads_reg;
        reg [CACHE_SLOTS-1:0] newer_reg;
        wire                  here    = enter && slot == n;
        wire                  changes = rst || here || (entered_reg[n] && (volume_done || reads_done != 0));

        assign blocks[n*BLOCK_BITS +: BLOCK_BITS]  = block_reg[BLOCK_BITS-1:0];
        assign sizes[n*BLOCK_BITS +: BLOCK_BITS]   = size_reg;
        assign newer[n*CACHE_SLOTS +: CACHE_SLOTS] = newer_reg;
        assign of_volume[n]        = unfinished_reg[n] && volume_reg == short_volume;
        assign overlapping[n]      = of_volume[n] && block < end_reg && block_reg < range_end;
        assign may_write[n]        = waits_for_writes_reg == 0 && waits_for_reads_reg == 0;

        always @(posedge clk) if (enter)
            newer_reg <= here ? {CACHE_SLOTS{1'b0}} : newer_reg | entering;

        always @(posedge clk) if (changes) begin
            if (reads_done != 0)
                waits_for_reads_reg <= waits_for_reads_reg & ~reads_done;
            if (volume_done)
                waits_for_writes_reg <= waits_for_writes_reg & ~done_mask;
            if (here) begin
                volume_reg           <= short_volume;
                block_reg            <= block;
                end_reg              <= range_end;
                size_reg             <= block_count[BLOCK_BITS-1:0];
                waits_for_writes_reg <= overlapping;
                waits_for_reads_reg  <= overlapping_reads & ~reads_done;
            end
            if (rst) begin
                waits_for_writes_reg <= 0;
                waits_for_reads_reg  <= 0;
            end
        end
    end
endgenerate

wire [CACHE_SLOTS-1:0] reserving = reserve ? ONE << reserve_slot : {CACHE_SLOTS{1'b0}};
wire [CACHE_SLOTS-1:0] refusing  = refuse ? ONE << slot : {CACHE_SLOTS{1'b0}};
wire [CACHE_SLOTS-1:0] leaving   = entered_reg & ~unfinished_reg & ~journal_unfinished_reg & ~needed_by_reads;

always @(posedge clk) begin
    busy_reg               <= (busy_reg & ~refusing & ~leaving) | reserving;
    entered_reg            <= (entered_reg & ~leaving) | entering;
    unfinished_reg         <= (unfinished_reg & ~(volume_done ? done_mask : {CACHE_SLOTS{1'b0}})) | entering;
    journal_unfinished_reg <= (journal_unfinished_reg & ~(journal_done ? done_mask : {CACHE_SLOTS{1'b0}}))
                              | (journaled ? entering : {CACHE_SLOTS{1'b0}});
    if (rst) begin
        busy_reg               <= 0;
        entered_reg            <= 0;
        unfinished_reg         <= 0;
        journal_unfinished_reg <= 0;
    end
end

endmodule

`resetall
