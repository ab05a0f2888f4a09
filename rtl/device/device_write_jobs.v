// What storage devices are to write: the jobs that wait, and which range comes next of each device.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * A job's slot, {client, index}, names it; what is to be written stands in rows, one a slot, of volume writes (one
 * range) and of journals (update information, then write data in no, one or two ranges). Each device has three queues
 * of slots: host writes, restore's writes, and journals. The journals of all clients share one queue, since they become
 * durable in the order given; volume writes have one for each client, so that a host write that must wait for another
 * holds no restore up, and the other way round. A device whose splitter is free chooses a queue; of the devices that
 * have chosen, one has its turn in each cycle, in the next one the row is read, and then the range leaves. A discard's
 * journal has no write data; a restored one's volume gets zeros, which lie in no memory.
 */
module device_write_jobs #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter ADDRESS_WIDTH = 48,
    // Slots of each client
    parameter CACHE_SLOTS = 16,
    parameter SLOT_WIDTH = 2 + $clog2(CACHE_SLOTS),
    // Bits of a beat's place in the largest memory of a client
    parameter START_WIDTH = $clog2(CACHE_SLOTS * 16384 * 8 / DATA_WIDTH)
) (
    input  wire                     clk,
    input  wire                     rst,

    /*
     * Jobs of a slot, by device; a queue holds one of every slot that has such jobs. Write data begins at `start` in
     * the memory of its client, and is of whole blocks everywhere. A journal waits for its update information, which
     * lies at {slot, beat} in a memory of its own
     */
    input  wire [SLOT_WIDTH-1:0]    slot,
    input  wire [START_WIDTH-1:0]   start,
    input  wire [31:0]              size,
    input  wire                     discard,
    // of client ML_WRITE_HOST or ML_WRITE_RESTORE
    input  wire [DEVICES-1:0]       volume_valid,
    input  wire [ADDRESS_WIDTH-1:0] volume_address,
    // of client ML_WRITE_HOST, ML_WRITE_COPY or ML_WRITE_RECEIVED
    input  wire                     journal_valid,
    input  wire [ADDRESS_WIDTH-1:0] information_address,
    input  wire [ADDRESS_WIDTH-1:0] data_address,
    // where write data goes on after the area's end
    input  wire [ADDRESS_WIDTH-1:0] head_address,
    input  wire [31:0]              size_before_end,
    // a journal's update information comes
    input  wire [DEVICES-1:0]       information_valid,
    input  wire [SLOT_WIDTH-1:0]    information_slot,
    // slots whose volume write may start: of host writes, of restore
    input  wire [CACHE_SLOTS-1:0]   may_write,
    input  wire [CACHE_SLOTS-1:0]   may_restore,

    /*
     * Ranges, those of a job one after the other; a device that is not ready gets none
     */
    output reg  [DEVICES-1:0]       range_valid,
    input  wire [DEVICES-1:0]       range_ready,
    output reg  [ADDRESS_WIDTH-1:0] range_address,
    output wire [16:0]              range_bytes,
    output wire [START_WIDTH-1:0]   range_place,
    output reg                      range_is_last,
    output reg                      range_information,
    output reg                      range_journal,
    output reg                      range_zeros,
    output reg  [SLOT_WIDTH-1:0]    range_slot
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_ADDRESS_WIDTH
`ML_REQUIRE_CACHE_SLOTS

localparam INDEX_WIDTH = SLOT_WIDTH - 2;
localparam A = ADDRESS_WIDTH;
// bits of a byte in a block, and in an entry of update information; blocks of the largest transfer, and of all places
localparam BLOCK_SHIFT = 9, ENTRY_SHIFT = 6, SIZE_BITS = 8;
localparam BLOCK_BEATS_SHIFT = BLOCK_SHIFT - $clog2(DATA_WIDTH / 8);
localparam START_BITS = START_WIDTH - BLOCK_BEATS_SHIFT;
localparam BLOCK_BITS = A - BLOCK_SHIFT;
localparam VOLUME_ROW = 1 + BLOCK_BITS + START_BITS + SIZE_BITS;
localparam JOURNAL_ROW = (A - ENTRY_SHIFT) + 2 * BLOCK_BITS + START_BITS + 2 * SIZE_BITS;

/*
 * Rows
 */
wire restore = slot[INDEX_WIDTH +: 2] == `ML_WRITE_RESTORE;
wire [START_BITS-1:0] start_block = start[START_WIDTH-1:BLOCK_BEATS_SHIFT];

reg [VOLUME_ROW-1:0]  volumes  [0:2*CACHE_SLOTS-1];
// a row is written before its slot is in a queue, so that it is never read in that cycle
(* ram_style = "block", no_rw_check *)
reg [JOURNAL_ROW-1:0] journals [0:4*CACHE_SLOTS-1];
reg [JOURNAL_ROW-1:0] journal_row_reg;

always @(posedge clk) begin
    if (volume_valid != 0)
        volumes[{restore, slot[INDEX_WIDTH-1:0]}] <= {restore && discard, volume_address[A-1:BLOCK_SHIFT], start_block,
                                                      size[BLOCK_SHIFT +: SIZE_BITS]};
    if (journal_valid)
        journals[slot] <= {information_address[A-1:ENTRY_SHIFT], data_address[A-1:BLOCK_SHIFT],
                           head_address[A-1:BLOCK_SHIFT], start_block,
                           discard ? {SIZE_BITS{1'b0}} : size[BLOCK_SHIFT +: SIZE_BITS],
                           size_before_end[BLOCK_SHIFT +: SIZE_BITS]};
end

/*
 * Choice of each device
 */
// of a journal's ranges
localparam [1:0] FIRST = 2'd0, DATA = 2'd1;

// devices that have chosen; their slot, whether it is a journal, and which of its ranges comes
wire [DEVICES-1:0]            wants;
wire [DEVICES*SLOT_WIDTH-1:0] wanted_slots;
wire [DEVICES-1:0]            wanted_journals;
wire [DEVICES*2-1:0]          wanted_parts;
// whose turn it is; its row is read in the next cycle
wire [DEVICES-1:0]            granted;
reg  [DEVICES-1:0]            reads_reg;
reg  [SLOT_WIDTH-1:0]         slot_reg;
reg                           journal_reg;
reg  [1:0]                    part_reg;
wire                          is_last;

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire h_valid, r_valid, j_valid;
        wire [INDEX_WIDTH-1:0] h_index, r_index;
        wire [SLOT_WIDTH-1:0]  j_slot;
        // the range that comes next of the oldest journal
        reg  [1:0] next_part_reg;
        // queues after the one served last, in the order hosts, restore, journals
        reg  [2:0] later_reg;
        reg  [2:0] chosen_reg;

        wire [2:0] ready   = {j_valid, r_valid && may_restore[r_index], h_valid && may_write[h_index]};
        wire [2:0] later   = ready & later_reg;
        wire [2:0] choices = (next_part_reg != FIRST) ? 3'b100 : (later != 3'd0) ? later : ready;
        wire [2:0] chosen  = choices & ~(choices - 3'd1);
        wire       ends    = reads_reg[n] && is_last;

        fifo #(.WIDTH(INDEX_WIDTH), .DEPTH(CACHE_SLOTS)) host_fifo (
            .clk(clk), .rst(rst), .in_data(slot[INDEX_WIDTH-1:0]), .in_valid(volume_valid[n] && !restore), .in_ready(),
            .out_data(h_index), .out_valid(h_valid), .out_ready(ends && chosen_reg[0]), .count()
        );

        fifo #(.WIDTH(INDEX_WIDTH), .DEPTH(CACHE_SLOTS)) restore_fifo (
            .clk(clk), .rst(rst), .in_data(slot[INDEX_WIDTH-1:0]), .in_valid(volume_valid[n] && restore), .in_ready(),
            .out_data(r_index), .out_valid(r_valid), .out_ready(ends && chosen_reg[1]), .count()
        );

        fifo #(.WIDTH(SLOT_WIDTH), .DEPTH(4 * CACHE_SLOTS)) journal_fifo (
            .clk(clk), .rst(rst), .in_data(information_slot), .in_valid(information_valid[n]), .in_ready(),
            .out_data(j_slot), .out_valid(j_valid), .out_ready(ends && chosen_reg[2]), .count()
        );

        assign wants[n] = chosen != 3'd0 && range_ready[n] && !reads_reg[n] && !range_valid[n];
        assign wanted_slots[n*SLOT_WIDTH +: SLOT_WIDTH] = chosen[2] ? j_slot : chosen[1] ? {`ML_WRITE_RESTORE, r_index}
                                                          : {`ML_WRITE_HOST, h_index};
        assign wanted_journals[n]    = chosen[2];
        assign wanted_parts[2*n +: 2] = next_part_reg;

        always @(posedge clk) begin
            if (granted[n]) begin
                later_reg  <= ~((chosen - 3'd1) | chosen);
                chosen_reg <= chosen;
            end
            if (reads_reg[n] && journal_reg)
                next_part_reg <= is_last ? FIRST : next_part_reg + 2'd1;
            if (rst) begin
                next_part_reg <= FIRST;
                later_reg     <= 3'd0;
            end
        end
    end
endgenerate

/*
 * Devices take turns
 */
reg  [DEVICES-1:0] later_devices_reg;
wire [DEVICES-1:0] later_devices = wants & later_devices_reg;
wire [DEVICES-1:0] among         = (later_devices != 0) ? later_devices : wants;
reg  [SLOT_WIDTH-1:0] granted_slot;
reg                   granted_journal;
reg  [1:0]            granted_part;
integer i;

assign granted = among & ~(among - 1'b1);

always @* begin
    granted_slot    = 0;
    granted_journal = 1'b0;
    granted_part    = 2'd0;
    for (i = 0; i < DEVICES; i = i + 1)
        if (granted[i]) begin
            granted_slot    = granted_slot | wanted_slots[i*SLOT_WIDTH +: SLOT_WIDTH];
            granted_journal = granted_journal | wanted_journals[i];
            granted_part    = granted_part | wanted_parts[2*i +: 2];
        end
end

/*
 * The row, and the range that comes of it
 */
wire [BLOCK_BITS-1:0]    v_address, j_data, j_head;
wire [A-ENTRY_SHIFT-1:0] j_information;
wire [START_BITS-1:0]    v_start, j_start;
wire                     v_zeros;
wire [SIZE_BITS-1:0]     v_size, j_size, j_before_end;

assign {v_zeros, v_address, v_start, v_size} = volumes[{slot_reg[SLOT_WIDTH-1], slot_reg[INDEX_WIDTH-1:0]}];
assign {j_information, j_data, j_head, j_start, j_size, j_before_end} = journal_row_reg;

wire rest = journal_reg && part_reg != FIRST && part_reg != DATA;
reg  [SIZE_BITS-1:0]  blocks_reg;
reg  [START_BITS-1:0] place_reg;
localparam PART_WIDTH = $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH);
wire [START_WIDTH-1:0] information_place = {{START_WIDTH-SLOT_WIDTH-PART_WIDTH{1'b0}}, range_slot, {PART_WIDTH{1'b0}}};
wire [START_BITS+SIZE_BITS-1:0] rest_start = {{SIZE_BITS{1'b0}}, j_start} + {{START_BITS{1'b0}}, j_before_end};

assign is_last     = !journal_reg || ((part_reg == FIRST) ? j_size == 0 : rest || j_before_end == j_size);
assign range_bytes = range_information ? `UPDATE_INFORMATION_BYTES : {blocks_reg, {BLOCK_SHIFT{1'b0}}};
assign range_place = range_information ? information_place : {place_reg, {BLOCK_BEATS_SHIFT{1'b0}}};

always @(posedge clk) begin
    reads_reg   <= granted;
    slot_reg    <= granted_slot;
    journal_reg <= granted_journal;
    part_reg    <= granted_part;
    if (granted != 0) begin
        later_devices_reg <= ~((granted - 1'b1) | granted);
        journal_row_reg   <= journals[granted_slot];
    end

    range_valid       <= reads_reg;
    range_slot        <= slot_reg;
    range_journal     <= journal_reg;
    range_information <= journal_reg && part_reg == FIRST;
    range_zeros       <= !journal_reg && v_zeros;
    range_is_last     <= is_last;
    range_address     <= !journal_reg ? {v_address, {BLOCK_SHIFT{1'b0}}}
                         : (part_reg == FIRST) ? {j_information, {ENTRY_SHIFT{1'b0}}}
                         : {rest ? j_head : j_data, {BLOCK_SHIFT{1'b0}}};
    blocks_reg        <= !journal_reg ? v_size : rest ? j_size - j_before_end : j_before_end;
    place_reg         <= !journal_reg ? v_start : rest ? rest_start[START_BITS-1:0] : j_start;

    if (rst) begin
        reads_reg         <= 0;
        range_valid       <= 0;
        later_devices_reg <= 0;
    end
end

endmodule

`resetall
