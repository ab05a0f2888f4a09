// The original system's side of replication: initial copy, and sending from command to packet.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * copy_requester asks for a step a unit; journal_send takes journal read commands, reads update information and write
 * data, and sends them.
 */
module original_side #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Reads of write data to be sent in flight, buffers for packets
    parameter SEND_SLOTS = 16,
    parameter BUFFERS = 7,
    // Journals and bytes of write data in a packet
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter POSITION_WIDTH = 48,
    // Bits of the number of a reader's slot
    parameter READ_SLOT_WIDTH = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    parameter READ_WIDTH = READ_SLOT_WIDTH + BEAT_WIDTH,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Steps: initial copy (0), sending (1 to 3)
     */
    output wire [3:0]                       request_valid,
    input  wire [3:0]                       request_taken,
    output wire [4*`CR_WIDTH-1:0]           request,
    input  wire [`COMMIT_STEP_WIDTH-1:0]    step,
    output wire [31:0]                      read_area_bytes,
    // of every group
    input  wire [7*GROUPS-1:0]              activities,

    // cache directory: host writes that the step's range overlaps; reads that host writes to their range wait for
    input  wire [CACHE_SLOTS-1:0]           overlapping_writes,
    output wire [SEND_SLOTS-1:0]            overlapping_reads,
    output wire [SEND_SLOTS-1:0]            reads_done,

    /*
     * Journal read commands: groups that have one; the oldest of the group that is looked up, one cycle later; it is
     * done with
     */
    input  wire [GROUPS-1:0]                command_valid,
    output wire [GROUPS-1:0]                command_taken,
    output wire                             command_lookup,
    input  wire                             command_here,
    output wire [GROUP_WIDTH-1:0]           command_group,
    input  wire [15:0]                      command_source,
    input  wire [15:0]                      command_source_group,
    input  wire [31:0]                      command_generation,
    input  wire [31:0]                      command_tag,

    /*
     * The packets that answer them
     */
    output wire                             packet_valid,
    input  wire                             packet_ready,
    output wire [`PK_WIDTH-1:0]             packet,
    output wire                             packet_poison,
    input  wire                             journal_damaged,
    input  wire [15:0]                      damaged_index,
    output wire                             packet_hold,
    output wire [DATA_WIDTH-1:0]            m_axis_journals_tdata,
    output wire                             m_axis_journals_tvalid,
    input  wire                             m_axis_journals_tready,

    /*
     * Storage devices: jobs of the readers of write data (0) and of update information (1), what they read
     */
    output wire [2*DEVICES-1:0]             read_valid,
    output wire [2*READ_SLOT_WIDTH-1:0]     read_slot,
    output wire [2*BEAT_WIDTH-1:0]          read_beat,
    output wire [2*POSITION_WIDTH-1:0]      read_address,
    output wire [2*32-1:0]                  read_size,
    input  wire [DEVICES-1:0]               read_done,
    input  wire [DEVICES*READ_SLOT_WIDTH-1:0] read_done_slot,
    input  wire [DEVICES-1:0]               read_done_failed,
    input  wire [DEVICES-1:0]               beat_valid,
    input  wire [DEVICES*3-1:0]             beat_client,
    input  wire [DEVICES*READ_WIDTH-1:0]    beat_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]    beat_data,

    output wire                             idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_SEND_BUFFERS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_READ_SLOT_WIDTH(SEND_SLOTS)

localparam W = POSITION_WIDTH;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;

// who asks for steps; readers
localparam COPY = 0, SENDING = 1;
localparam SEND = 0, SEND_ENTRIES = 1;

`include "commit_step_wires.vh"

assign `COMMIT_STEP = step;

wire journal_written = step_valid && step_kind == `ML_REQUEST_JOURNAL_WRITE;
wire step_operates   = step_valid && step_kind == `ML_REQUEST_OPERATION;
wire step_fails      = step_valid && step_failed;
wire copy_idle;

copy_requester #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS)) copy_requester_inst (
    .clk(clk), .rst(rst), .request_valid(request_valid[COPY]), .request_taken(request_taken[COPY]),
    .request(request[COPY*`CR_WIDTH +: `CR_WIDTH]), .activities(activities),
    .step(step_valid && step_kind == `ML_REQUEST_INITIAL_COPY), .step_group(step_group), .step_outcome(step_outcome),
    .step_journaled(step_journaled), .step_over(step_copy_over), .freed(step_frees),
    .restarted(step_restarts || step_fails || step_operates), .wake_group(step_group), .loaded(step_loads_copies),
    .done(journal_written && step_job[15:8] == {6'd0, `ML_WRITE_COPY}), .done_slot(step_job[SLOT_WIDTH-1:0]),
    .idle(copy_idle)
);

wire        send_idle;
wire [2*DEVICES-1:0] send_reads;
wire [DEVICES*BEAT_WIDTH-1:0] beat_offset;

journal_send #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_JOURNALS(MAX_JOURNALS),
    .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .BUFFERS(BUFFERS),
    .CACHE_SLOTS(CACHE_SLOTS), .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(W), .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) journal_send_inst (
    .clk(clk), .rst(rst), .command_valid(command_valid), .command_taken(command_taken), .command_lookup(command_lookup),
    .command_here(command_here), .command_group(command_group), .command_source(command_source),
    .command_source_group(command_source_group), .command_generation(command_generation), .command_tag(command_tag),
    .request_valid(request_valid[SENDING +: 3]), .request_taken(request_taken[SENDING +: 3]),
    .request(request[SENDING*`CR_WIDTH +: 3*`CR_WIDTH]), .read_area_bytes(read_area_bytes),
    .step_command(step_valid && step_kind == `ML_REQUEST_READ_COMMAND),
    .step_send_failed(step_valid && step_kind == `ML_REQUEST_SEND_FAILED),
    .step_read(step_valid && step_kind == `ML_REQUEST_JOURNALS_READ), .outcome(step_outcome), .state(read_group_state),
    .reason(read_group_reason), .entry_place(read_entry_place), .first(step_reference), .count(read_count),
    .limit_bytes(read_limit_bytes), .information_head(step_information_head), .data_head(step_data_head),
    .journal_volume(step_journal_volume), .journal_volume_capacity(step_area_end),
    .journal_volume_device(step_journal_device), .journal_volume_offset(step_journal_offset),
    .step_send_read(send_read_taken), .step_volume(step_volume), .step_position(step_position), .step_size(step_size),
    .step_unreadable(step_unreadable), .step_device(step_device[DEVICE_WIDTH-1:0]), .step_address(step_address),
    .overlapping_writes(overlapping_writes), .volume_done(volume_write_done), .volume_failed(step_failed),
    .volume_done_slot(step_job[SLOT_WIDTH-1:0]), .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .device_read_valid(send_reads), .device_read_slot(read_slot), .device_read_address(read_address),
    .device_read_size(read_size), .device_beat(beat_valid), .device_client(beat_client), .device_slot(read_done_slot),
    .device_offset(beat_offset), .device_data(beat_data), .device_done(read_done), .device_failed(read_done_failed),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .m_axis_journals_tdata(m_axis_journals_tdata), .m_axis_journals_tvalid(m_axis_journals_tvalid),
    .m_axis_journals_tready(m_axis_journals_tready), .idle(send_idle)
);

// every job begins with its slot
assign read_beat = 0;

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        assign read_valid[2*n +: 2] = {send_reads[SEND_ENTRIES*DEVICES + n], send_reads[SEND*DEVICES + n]};
        assign beat_offset[n*BEAT_WIDTH +: BEAT_WIDTH] = beat_address[READ_WIDTH*n +: BEAT_WIDTH];
    end
endgenerate

assign idle = copy_idle && send_idle;

endmodule

`resetall
