// Sends journals and the other answers to journal read commands ([0108]-[0128]): from command to packet.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Four places, each at work on any group's packets:
 *
 *      fetch    both steps of a command; update information comes into the packet's buffer (journal_fetch,
 *               entry_batches)
 *      read     a step for each read of write data, which comes there, too (data_fetch)
 *      order    a packet that is whole may leave, behind those of its group (send_packets, packet_buffers)
 *      stream   the packet that leaves: update information, then write data (journal_stream)
 *
 * Nothing of a packet leaves before all of it is in its buffer, so a storage device that is slow or hangs holds up
 * packets of its groups only. Each read that failed takes a step before the packet begins, a journal whose data is not
 * what its host wrote before the packet's trailer does, and the packet's CRCs are made wrong.
 */
module journal_send #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    // Journals in a packet, at most; a power of two. Bytes of their write data
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Buffers for packets, at least GROUPS + 1
    parameter BUFFERS = 7,
    // Slots for host writes in cache
    parameter CACHE_SLOTS = 16,
    // Reads of write data in flight
    parameter SEND_SLOTS = 16,
    parameter POSITION_WIDTH = 48,
    // Bits of the number of a reader's slot, of the number of a beat in one
    parameter READ_SLOT_WIDTH = 4,
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter SEND_WIDTH = $clog2(SEND_SLOTS)
) (
    input  wire                        clk,
    input  wire                        rst,

    /*
     * Journal read commands, whole and for groups of this system: groups that have one; the oldest of the group that is
     * looked up, one cycle later; it is done with
     */
    input  wire [GROUPS-1:0]           command_valid,
    output wire [GROUPS-1:0]           command_taken,
    output wire                        command_lookup,
    input  wire                        command_here,
    output wire [GROUP_WIDTH-1:0]      command_group,
    input  wire [15:0]                 command_source,
    input  wire [15:0]                 command_source_group,
    input  wire [31:0]                 command_generation,
    input  wire [31:0]                 command_tag,

    /*
     * Requests for steps: 0 READ_COMMAND and JOURNALS_READ, 1 SEND_READ, 2 SEND_FAILED
     */
    output wire [2:0]                  request_valid,
    input  wire [2:0]                  request_taken,
    output wire [3*`CR_WIDTH-1:0]      request,

    // for journal_read_reception in the second step, beside its request
    output wire [31:0]                 read_area_bytes,
    // the steps READ_COMMAND, JOURNALS_READ, SEND_FAILED: what it decides, and the tables of the group
    input  wire                        step_command,
    input  wire                        step_read,
    input  wire                        step_send_failed,
    input  wire [15:0]                 outcome,
    input  wire [1:0]                  state,
    input  wire [7:0]                  reason,
    input  wire [POSITION_WIDTH-1:0]   entry_place,
    input  wire [63:0]                 first,
    input  wire [6:0]                  count,
    input  wire [31:0]                 limit_bytes,
    input  wire [POSITION_WIDTH-1:0]   information_head,
    input  wire [POSITION_WIDTH-1:0]   data_head,
    input  wire [15:0]                 journal_volume,
    input  wire [POSITION_WIDTH-1:0]   journal_volume_capacity,
    input  wire [7:0]                  journal_volume_device,
    input  wire [POSITION_WIDTH-1:0]   journal_volume_offset,

    /*
     * The step SEND_READ; its volume, SEND_FAILED's too
     */
    input  wire                        step_send_read,
    input  wire [15:0]                 step_volume,
    input  wire [POSITION_WIDTH-1:0]   step_position,
    input  wire [31:0]                 step_size,
    input  wire                        step_unreadable,
    input  wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] step_device,
    input  wire [POSITION_WIDTH-1:0]   step_address,
    input  wire [CACHE_SLOTS-1:0]      overlapping_writes,

    // cache directory: a host write's end; reads that host writes to their range wait for
    input  wire                        volume_done,
    input  wire                        volume_failed,
    input  wire [SLOT_WIDTH-1:0]       volume_done_slot,
    output wire [SEND_SLOTS-1:0]       overlapping_reads,
    output wire [SEND_SLOTS-1:0]       reads_done,

    /*
     * Storage devices: jobs of the clients ML_READ_SEND (0) and ML_READ_SEND_ENTRIES (1), and what they read
     */
    output wire [2*DEVICES-1:0]        device_read_valid,
    output wire [2*READ_SLOT_WIDTH-1:0] device_read_slot,
    output wire [2*POSITION_WIDTH-1:0] device_read_address,
    output wire [2*32-1:0]             device_read_size,
    input  wire [DEVICES-1:0]          device_beat,
    input  wire [DEVICES*3-1:0]        device_client,
    input  wire [DEVICES*READ_SLOT_WIDTH-1:0] device_slot,
    input  wire [DEVICES*BEAT_WIDTH-1:0] device_offset,
    input  wire [DEVICES*DATA_WIDTH-1:0] device_data,
    input  wire [DEVICES-1:0]          device_done,
    input  wire [DEVICES-1:0]          device_failed,

    /*
     * To path_transmit
     */
    output wire                        packet_valid,
    input  wire                        packet_ready,
    output wire [`PK_WIDTH-1:0]        packet,
    output wire                        packet_poison,
    output wire                        packet_hold,
    input  wire                        journal_damaged,
    input  wire [15:0]                 damaged_index,
    output wire [DATA_WIDTH-1:0]       m_axis_journals_tdata,
    output wire                        m_axis_journals_tvalid,
    input  wire                        m_axis_journals_tready,

    // nothing in flight here
    output wire                        idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_TRANSFER_FITS_BATCH
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_READ_SLOT_WIDTH(SEND_SLOTS)

localparam W = POSITION_WIDTH;
localparam BUFFER_WIDTH = $clog2(BUFFERS);
localparam INDEX_WIDTH = $clog2(MAX_JOURNALS);
// a beat's place in a buffer: of update information, of write data
localparam ENTRY_WIDTH = $clog2(MAX_JOURNALS * `UPDATE_INFORMATION_BITS / DATA_WIDTH);
localparam PLACE_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH);
// places in units of 64 bytes; a journal's description: in the area, volume, place, size in blocks
localparam UNIT_SHIFT = 6;
localparam DESCRIPTION_WIDTH = 1 + 16 + W - UNIT_SHIFT + 8;
localparam SEND = 0, ENTRIES = 1;

/*
 * Beats that devices return
 */
wire data_beat, entry_beat, beat_done, beat_failed;
wire [READ_SLOT_WIDTH-1:0] beat_slot;
wire [BEAT_WIDTH-1:0]      beat_offset;
wire [DATA_WIDTH-1:0]      beat_data;

send_beats #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .BEAT_WIDTH(BEAT_WIDTH)
) send_beats_inst (
    .clk(clk), .rst(rst), .device_beat(device_beat), .device_client(device_client), .device_slot(device_slot),
    .device_offset(device_offset), .device_data(device_data), .device_done(device_done), .device_failed(device_failed),
    .data_beat(data_beat), .entry_beat(entry_beat), .done(beat_done), .failed(beat_failed), .slot(beat_slot),
    .offset(beat_offset), .data(beat_data)
);

/*
 * Fetch
 */
wire [GROUPS-1:0] buffer_may_take;
wire [BUFFER_WIDTH-1:0] buffer_free, buffer;
wire buffer_taken, buffer_dropped, batch_start, damaged, push, push_journals, fetch_idle;
wire [63:0] batch_first;
wire [31:0] batch_limit, batch_bytes;
wire [6:0]  batch_journals;
wire [15:0] push_type, push_status;
wire [7:0]  push_reason;
wire described, finishes;
wire [BUFFER_WIDTH+ENTRY_WIDTH-1:0] entry_beat_place;
wire [BUFFER_WIDTH+INDEX_WIDTH-1:0] description_place;
wire [DESCRIPTION_WIDTH-1:0] description;
wire [GROUP_WIDTH-1:0] entry_group = beat_slot[GROUP_WIDTH-1:0];

journal_fetch #(
    .GROUPS(GROUPS), .BUFFERS(BUFFERS), .DEVICES(DEVICES), .POSITION_WIDTH(W), .MAX_DATA_BYTES(MAX_DATA_BYTES)
) journal_fetch_inst (
    .clk(clk), .rst(rst), .command_valid(command_valid), .command_taken(command_taken), .command_lookup(command_lookup),
    .command_here(command_here), .command_group(command_group), .command_tag(command_tag[15:0]),
    .buffer_may_take(buffer_may_take), .buffer_free(buffer_free), .buffer_taken(buffer_taken),
    .buffer_dropped(buffer_dropped), .buffer(buffer), .request_valid(request_valid[0]),
    .request_taken(request_taken[0]), .request(request[`CR_WIDTH-1:0]), .step_command(step_command),
    .step_read(step_read), .outcome(outcome), .state(state), .reason(reason), .entry_place(entry_place), .first(first),
    .count(count), .limit_bytes(limit_bytes), .information_head(information_head), .data_head(data_head),
    .journal_volume_device(journal_volume_device), .journal_volume_offset(journal_volume_offset),
    .device_read_valid(device_read_valid[ENTRIES*DEVICES +: DEVICES]),
    .device_read_address(device_read_address[ENTRIES*W +: W]), .device_read_size(device_read_size[ENTRIES*32 +: 32]),
    .read_done(entry_beat && beat_done), .read_done_group(entry_group), .read_failed(beat_failed),
    .batch_start(batch_start), .batch_first(batch_first), .batch_limit(batch_limit), .journals(batch_journals),
    .bytes(batch_bytes), .damaged(damaged), .packet_valid(push), .packet_has_journals(push_journals),
    .packet_type(push_type), .packet_status(push_status), .packet_reason(push_reason), .idle(fetch_idle)
);

// the slot of a group's update information is its number
assign device_read_slot[ENTRIES*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]
    = {{READ_SLOT_WIDTH-GROUP_WIDTH{1'b0}}, command_group};

entry_batches #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .BUFFERS(BUFFERS), .MAX_JOURNALS(MAX_JOURNALS),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)
) entry_batches_inst (
    .clk(clk), .start(batch_start), .start_group(command_group), .start_buffer(buffer), .start_first(batch_first),
    .start_limit(batch_limit), .beat(entry_beat), .beat_group(entry_group), .beat_data(beat_data),
    .beat_place(entry_beat_place), .described(described), .description_place(description_place),
    .description(description), .lookup_group(command_group), .lookup_journals(batch_journals),
    .lookup_bytes(batch_bytes), .lookup_area_bytes(read_area_bytes), .lookup_damaged(damaged)
);

/*
 * Packets
 */
wire [6:0]  push_count = push_journals ? batch_journals : 7'd0;
wire [GROUPS-1:0] pending;
wire [GROUP_WIDTH-1:0] read_group;
wire [BUFFER_WIDTH-1:0] read_buffer, request_buffer, ended_buffer, fails_buffer, report_buffer;
wire read_ended, send_fails, send_reports, send_reported, packets_idle;
wire [15:0] report_volume;
wire [BUFFER_WIDTH+PLACE_WIDTH-1:0] data_beat_place;
wire [SEND_WIDTH-1:0] send_slot;

send_packets #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .BUFFERS(BUFFERS), .SEND_SLOTS(SEND_SLOTS), .ENTRY_WIDTH(ENTRY_WIDTH),
    .PLACE_WIDTH(PLACE_WIDTH)
) send_packets_inst (
    .clk(clk), .rst(rst), .may_take(buffer_may_take), .free_buffer(buffer_free), .group(command_group), .buffer(buffer),
    .take(buffer_taken), .drop(buffer_dropped), .known(push), .known_type(push_type),
    .known_destination(command_source), .known_group(command_source_group), .known_generation(command_generation),
    .known_tag(command_tag), .known_status(push_status), .known_reason(push_reason), .known_count(push_count),
    .known_bytes(push_journals ? batch_bytes : 32'd0), .known_first(batch_first), .pending(pending),
    .lookup_group(read_group), .lookup_buffer(read_buffer), .finishes(finishes), .read_begins(request_taken[1]),
    .read_buffer(request_buffer), .read_ends(read_ended), .ended_buffer(ended_buffer), .read_fails(send_fails),
    .fails_buffer(fails_buffer), .reports(send_reports), .reported(send_reported), .report_buffer(report_buffer),
    .report_volume(report_volume), .entry_beat(entry_beat), .entry_place(entry_beat_place), .data_beat(data_beat),
    .data_place(data_beat_place), .beat(beat_data), .request_valid(request_valid[2]), .request_taken(request_taken[2]),
    .request(request[2*`CR_WIDTH +: `CR_WIDTH]), .step(step_send_failed && step_volume == `ML_NONE),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .m_axis_journals_tdata(m_axis_journals_tdata), .m_axis_journals_tvalid(m_axis_journals_tvalid),
    .m_axis_journals_tready(m_axis_journals_tready), .idle(packets_idle)
);

/*
 * Read
 */
data_fetch #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .MAX_JOURNALS(MAX_JOURNALS), .BUFFERS(BUFFERS), .PLACE_WIDTH(PLACE_WIDTH), .CACHE_SLOTS(CACHE_SLOTS),
    .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(W), .BEAT_WIDTH(BEAT_WIDTH)
) data_fetch_inst (
    .clk(clk), .rst(rst), .step_command(step_command), .buffer(buffer), .journal_volume(journal_volume),
    .data_head(data_head[W-1:UNIT_SHIFT]), .area_end(journal_volume_capacity[W-1:UNIT_SHIFT]), .known(push),
    .known_count(push_count), .described(described), .description_place(description_place), .description(description),
    .pending(pending), .group(read_group), .group_buffer(read_buffer), .finishes(finishes),
    .request_valid(request_valid[1]), .request_taken(request_taken[1]), .request(request[`CR_WIDTH +: `CR_WIDTH]),
    .request_buffer(request_buffer), .step(step_send_read), .step_volume(step_volume), .step_position(step_position),
    .step_size(step_size), .step_unreadable(step_unreadable), .step_device(step_device), .step_address(step_address),
    .overlapping_writes(overlapping_writes), .volume_done(volume_done), .volume_failed(volume_failed),
    .volume_done_slot(volume_done_slot), .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .device_read_valid(device_read_valid[SEND*DEVICES +: DEVICES]), .device_read_slot(send_slot),
    .device_read_address(device_read_address[SEND*W +: W]), .device_read_size(device_read_size[SEND*32 +: 32]),
    .beat_slot(beat_slot[SEND_WIDTH-1:0]), .beat_offset(beat_offset), .beat_place(data_beat_place),
    .read_done(data_beat && beat_done), .read_failed(beat_failed), .ended(read_ended), .ended_buffer(ended_buffer),
    .fails(send_fails), .fails_buffer(fails_buffer), .reports(send_reports), .reported(send_reported),
    .report_buffer(report_buffer), .report_volume(report_volume)
);

assign device_read_slot[SEND*READ_SLOT_WIDTH +: READ_SLOT_WIDTH] = {{READ_SLOT_WIDTH-SEND_WIDTH{1'b0}}, send_slot};
assign idle = fetch_idle && packets_idle;

`include "journal_send_properties.vh"

endmodule

`resetall
