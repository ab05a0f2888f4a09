// Restore process (FIG 20), its engine: reads journals, and has them written and freed in order.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * What a scan (restore_scan) finds is read and checked (restore_entries); each journal then gets a slot (restore_slots)
 * and its data is read into it, and checked against its CRC (data_check). So the next scan and its reading go on while
 * data is read and written, and no group waits for a device that it does not need. What is not what was stored, and all
 * behind it, is not written.
 *
 * One memory holds the data of all slots: {slot, beat}, filled by the reads of client ML_READ_RESTORE, whose jobs name
 * slot and beat. Of all devices one beat comes a cycle (device_side).
 */
module restore_pipe #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    // Journals in flight, a power of two
    parameter CACHE_SLOTS = 16,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48,
    // Bits of a read slot of a device's read side
    parameter READ_SLOT_WIDTH = 4,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                       clk,
    input  wire                       rst,

    /*
     * Commit stage: requests 0 RESTORE_WRITE, 1 RESTORE_FREE, 2 RESTORE_SCAN
     */
    output wire [2:0]                 request_valid,
    input  wire [2:0]                 request_taken,
    output wire [3*`CR_WIDTH-1:0]     request,
    // number that each group restores next
    // the group that is scanned for journals, and the number that it restores next
    output wire [15:0]                scanned_group,
    input  wire [63:0]                scanned_restore,
    // a step committed journals of a secondary group, started it, or let it be taken over
    input  wire                       wake,
    // groups that this is the secondary system of
    input  wire [GROUPS-1:0]          started,
    // a step started a group again, or wrote a register of it; it was alone in the commit stage
    input  wire                       clear,
    input  wire [15:0]                step_group,
    input  wire                       step_scan,
    input  wire                       step_write,
    input  wire                       step_free,
    input  wire [15:0]                step_outcome,
    input  wire [15:0]                step_volume,
    // the scan is cancelled, for what it goes on from was dropped meanwhile: it changes nothing and retires nothing
    output wire                       scan_cancelled,
    // the device has answered a write of restore
    input  wire                       volume_done,
    input  wire [INDEX_WIDTH-1:0]     done_index,
    input  wire                       done_failed,
    // scan: what it found, and where the group's journal volume lies
    input  wire [4:0]                 scan_count,
    input  wire [POSITION_WIDTH-1:0]  scan_entry_place,
    input  wire [7:0]                 scan_device,
    input  wire [POSITION_WIDTH-1:0]  scan_offset,
    input  wire [POSITION_WIDTH-1:0]  scan_data_head,
    input  wire [POSITION_WIDTH-1:0]  scan_area_end,

    /*
     * Reads: data (client ML_READ_RESTORE), update information (ML_READ_RESTORE_ENTRIES), each of a device
     */
    output wire [7:0]                 read_device,
    output wire                       read_valid,
    output wire [READ_SLOT_WIDTH-1:0] read_slot,
    output wire [BEAT_WIDTH-1:0]      read_beat,
    output wire [POSITION_WIDTH-1:0]  read_address,
    output wire [31:0]                read_size,
    input  wire                       read_done,
    input  wire [READ_SLOT_WIDTH-1:0] read_done_slot,
    input  wire                       read_done_failed,
    output wire [7:0]                 entry_read_device,
    output wire                       entry_read_valid,
    output wire [READ_SLOT_WIDTH-1:0] entry_read_slot,
    output wire [POSITION_WIDTH-1:0]  entry_read_address,
    output wire [31:0]                entry_read_size,
    input  wire                       entry_done,
    input  wire [READ_SLOT_WIDTH-1:0] entry_done_slot,
    input  wire                       entry_done_failed,
    // a beat of either, as it comes
    input  wire                       data_beat,
    input  wire                       entry_beat,
    input  wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] beat_address,
    input  wire [DATA_WIDTH-1:0]      beat_data,

    // slots whose write may go to its device
    output wire [CACHE_SLOTS-1:0]     may_restore,
    output wire                       idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_READ_SLOT_WIDTH(CACHE_SLOTS)

localparam W = POSITION_WIDTH;
localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam GROUP_WIDTH  = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam [GROUPS-1:0] ONE_GROUP = 1;
// reads of data in a device's queue when it has room for two more
localparam [READ_SLOT_WIDTH:0] MOST_READS = (1 << READ_SLOT_WIDTH) - 2;

wire        finds, valid, unread, entry_damaged, entries_idle;
wire [63:0] first_number, number;
wire [GROUPS-1:0] room, scan_room;
wire [GROUP_WIDTH-1:0]  group;
wire [DEVICE_WIDTH-1:0] device, entry_device;
wire [W-1:0] offset, data_head, area_end;
wire [`UPDATE_INFORMATION_BITS-1:0] entry;
wire [DEVICES-1:0] read_room;
wire        empty, begins, drops, scan_idle;
wire [15:0] write_group;
wire [GROUP_WIDTH-1:0] group_index = step_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] write_index = write_group[GROUP_WIDTH-1:0];
// what was found of these groups is dropped
wire [GROUPS-1:0] dropping = (drops ? ONE_GROUP << write_index : {GROUPS{1'b0}})
                             | (clear ? ONE_GROUP << group_index : {GROUPS{1'b0}});

/*
 * The next journal enters a slot, and its data is read: in two parts if it goes on at the area's head
 */
reg                    second_reg;
reg  [INDEX_WIDTH-1:0] second_slot_reg;
reg  [31:0]            first_bytes_reg;
wire [INDEX_WIDTH-1:0] enter_slot;
wire [63:0]  position  = entry[`UI_POSITION];
wire [63:0]  data_at   = entry[`UI_JOURNAL_POSITION];
wire [31:0]  whole_size = entry[`UI_SIZE];
// bytes to be read: of a discard none
wire [31:0]  size      = (entry[`UI_KIND] == `UI_KIND_DISCARD) ? 32'd0 : whole_size;
// known when the journal has been checked, a cycle before it enters
reg  [W-1:0] to_end;
wire         split     = to_end < {{W-32{1'b0}}, size};
wire [31:0]  first_bytes = split ? to_end[31:0] : size;
wire         fails     = unread || entry_damaged;
wire         enter     = valid && !second_reg;
wire         taken     = second_reg || (enter && (!split || fails));

assign read_valid   = second_reg || (enter && !fails && size != 32'd0);
assign read_device  = {{8-DEVICE_WIDTH{1'b0}}, device};
assign read_slot    = {{READ_SLOT_WIDTH-INDEX_WIDTH{1'b0}}, second_reg ? second_slot_reg : enter_slot};
assign read_beat    = second_reg ? first_bytes_reg[BEAT_SHIFT +: BEAT_WIDTH] : {BEAT_WIDTH{1'b0}};
assign read_address = offset + (second_reg ? data_head : data_at[W-1:0]);
assign read_size    = second_reg ? size - first_bytes_reg : first_bytes;
assign entry_read_device = {{8-DEVICE_WIDTH{1'b0}}, entry_device};

// what the CRC of write data and update information says
localparam BUFFER_WIDTH = GROUP_WIDTH + 1;
localparam PLACE_WIDTH = 4 + $clog2(`UPDATE_INFORMATION_BITS / DATA_WIDTH);
wire        checked, checked_failed, entry_checked, checked_right;
wire [31:0] checked_crc;
wire [INDEX_WIDTH-1:0]  checked_slot;
wire [BUFFER_WIDTH-1:0] entry_buffer, checked_buffer;
wire [PLACE_WIDTH-1:0]  entry_place;
wire [3:0]              checked_index;

restore_entries #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .POSITION_WIDTH(W),
    .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) entries (
    .clk(clk), .rst(rst), .finds(finds), .find_group(group_index), .find_number(first_number), .find_count(scan_count),
    .find_place(scan_entry_place), .find_device(scan_device[DEVICE_WIDTH-1:0]), .find_offset(scan_offset),
    .find_data_head(scan_data_head), .find_area_end(scan_area_end), .scan_room(scan_room), .drop(dropping),
    .read_device(entry_device), .read_valid(entry_read_valid), .read_slot(entry_read_slot),
    .read_address(entry_read_address), .read_size(entry_read_size), .done(entry_done), .done_slot(entry_done_slot),
    .done_failed(entry_done_failed), .beat(entry_beat), .beat_address(beat_address), .beat_data(beat_data),
    .beat_buffer(entry_buffer), .beat_place(entry_place), .checked(entry_checked), .checked_buffer(checked_buffer),
    .checked_index(checked_index), .checked_right(checked_right), .room(room), .device_room(read_room),
    .valid(valid), .take(taken), .entered(second_reg), .group(group),
    .number(number),
    .unread(unread), .damaged(entry_damaged), .information(entry), .device(device), .offset(offset),
    .data_head(data_head),
    .area_end(area_end), .idle(entries_idle)
);

// reads of data in flight: a journal enters when there is room for both parts that it may have
reg  [DEVICE_WIDTH-1:0] slot_devices [0:CACHE_SLOTS-1];
wire [DEVICE_WIDTH-1:0] done_device = slot_devices[read_done_slot[INDEX_WIDTH-1:0]];

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : of
        reg [READ_SLOT_WIDTH:0] reads_reg;

        assign read_room[n] = reads_reg <= MOST_READS;

        always @(posedge clk) if (rst || read_valid || read_done)
            reads_reg <= rst ? {READ_SLOT_WIDTH+1{1'b0}} : reads_reg
                                                           + {{READ_SLOT_WIDTH{1'b0}}, read_valid && device == n}
                                                           - {{READ_SLOT_WIDTH{1'b0}}, read_done && done_device == n};
    end
endgenerate

data_check #(
    .DATA_WIDTH(DATA_WIDTH), .SLOT_WIDTH(INDEX_WIDTH), .BUFFER_WIDTH(BUFFER_WIDTH), .PLACE_WIDTH(PLACE_WIDTH)
) data_check_inst (
    .clk(clk), .rst(rst), .begins(enter), .begins_slot(enter_slot), .data_beat(data_beat),
    .slot(beat_address[BEAT_WIDTH +: INDEX_WIDTH]), .entry_beat(entry_beat), .buffer(entry_buffer), .place(entry_place),
    .data(beat_data), .done(read_done), .done_failed(read_done_failed), .checked(checked), .checked_slot(checked_slot),
    .checked_failed(checked_failed), .crc(checked_crc), .entry_checked(entry_checked), .entry_buffer(checked_buffer),
    .entry_index(checked_index), .entry_right(checked_right)
);

restore_slots #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) slots (
    .clk(clk), .rst(rst),
    .room(room), .enter_slot(enter_slot), .enter(enter), .enter_group({{16-GROUP_WIDTH{1'b0}}, group}),
    .enter_number(number), .enter_kind(entry[`UI_KIND]), .enter_volume(entry[`UI_VOLUME]),
    .enter_position(position[W-1:0]), .enter_size(whole_size),
    .enter_parts((fails || size == 32'd0) ? 2'd0 : split ? 2'd2 : 2'd1), .enter_data_crc(entry[`UI_DATA_CRC]),
    .enter_failed(unread), .enter_damaged(entry_damaged),
    .read_done(checked), .read_done_slot(checked_slot), .read_done_failed(checked_failed), .read_done_crc(checked_crc),
    .request_valid(request_valid[1:0]), .request_taken(request_taken[1:0]), .request(request[2*`CR_WIDTH-1:0]),
    .step_write(step_write), .step_free(step_free), .step_outcome(step_outcome), .step_volume(step_volume),
    .volume_done(volume_done), .done_index(done_index), .done_failed(done_failed),
    .clear(clear), .clear_group(step_group), .may_restore(may_restore), .begins(begins), .drops(drops),
    .write_group(write_group), .empty(empty)
);

restore_scan #(.GROUPS(GROUPS)) scan (
    .clk(clk), .rst(rst), .room(scan_room), .scanned_group(scanned_group), .scanned_restore(scanned_restore),
    .wake(wake), .started(started), .clear(clear), .step_group(step_group), .step_scan(step_scan),
    .step_outcome(step_outcome), .scan_count(scan_count), .begins(begins), .drops(drops), .write_group(write_group),
    .request_valid(request_valid[2]), .request_taken(request_taken[2]), .request(request[2*`CR_WIDTH +: `CR_WIDTH]),
    .scan_cancelled(scan_cancelled), .finds(finds), .first_number(first_number), .idle(scan_idle)
);

assign idle = empty && entries_idle && scan_idle;

always @(posedge clk) begin
    to_end     <= area_end - data_at[W-1:0];
    second_reg <= enter && split && !fails && !rst;
    if (enter) begin
        second_slot_reg <= enter_slot;
        first_bytes_reg <= first_bytes;
        slot_devices[enter_slot] <= device;
    end
end

`include "restore_pipe_properties.vh"

endmodule

`resetall
