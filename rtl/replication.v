// The processes of replication of one storage system: what asks for their steps and moves their data.
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
 * Each process asks for steps of the commit stage, and moves data between connection path, memories and storage devices
 * as their outcomes say. docs/architecture.md has the picture.
 */
module replication #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter SYSTEM_NUMBER = 1,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Reads of write data to be sent in flight
    parameter SEND_SLOTS = 16,
    // Buffers for packets of journals to be sent
    parameter SEND_BUFFERS = 7,
    // Journal read commands of a group in flight
    parameter COMMANDS = 4,
    // Journals and bytes of write data in a packet
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter POSITION_WIDTH = 48,
    // Requests for steps, device readers but the host's, and bits of the number of a reader's slot
    parameter REQUESTERS = 9,
    parameter READERS = 4,
    parameter READ_SLOT_WIDTH = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of a beat's place in the largest memory that device writes come from
    parameter START_WIDTH = SLOT_WIDTH + BEAT_WIDTH
) (
    input  wire                             clk,
    input  wire                             rst,
    input  wire [63:0]                      time_ns,

    /*
     * Steps
     */
    output wire [REQUESTERS-1:0]            request_valid,
    input  wire [REQUESTERS-1:0]            request_taken,
    output wire [REQUESTERS*`CR_WIDTH-1:0]  request,
    input  wire [`COMMIT_STEP_WIDTH-1:0]    step,
    // what holds until a step
    output wire [`COMMIT_OPERANDS_WIDTH-1:0]    operands,
    // of every group
    input  wire [7*GROUPS-1:0]              activities,
    // the group that is scanned for journals, and the number that it restores next
    output wire [15:0]                      scanned_group,
    input  wire [63:0]                      scanned_restore,

    /*
     * Cache directory: host writes that the step's range overlaps; reads that host writes to their range wait for
     */
    input  wire [CACHE_SLOTS-1:0]           overlapping_writes,
    output wire [SEND_SLOTS-1:0]            overlapping_reads,
    output wire [SEND_SLOTS-1:0]            reads_done,

    /*
     * Storage devices: jobs of the readers from ML_READ_SEND on, what they read, and the data of their writes
     */
    output wire [`REPLICATION_READS_WIDTH-1:0] replication_reads,
    input  wire [`DEVICE_BEATS_WIDTH-1:0]   device_beats,
    // beats to be written are asked for, and taken
    input  wire [DEVICES-1:0]               received_valid,
    output wire [DEVICES-1:0]               received_taken,
    input  wire [DEVICES-1:0]               restored_valid,
    output wire [DEVICES-1:0]               restored_taken,
    input  wire [DEVICES*START_WIDTH-1:0]   write_address,
    output wire [DEVICES*DATA_WIDTH-1:0]    received_data,
    output wire [DEVICES*DATA_WIDTH-1:0]    restored_data,
    output wire [CACHE_SLOTS-1:0]           may_restore,

    /*
     * Packets of the journal read command process (0), and about groups' states (1)
     */
    input  wire [1:0]                       own_packet_valid,
    output wire [1:0]                       own_packet_ready,
    input  wire [2*`PK_WIDTH-1:0]           own_packet,

    /*
     * A packet about a group's state that came, and whether another one may come
     */
    output wire                             state_received,
    output wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet,
    input  wire                             state_room,

    /*
     * Connection path
     */
    input  wire [DATA_WIDTH-1:0]            s_axis_path_tdata,
    input  wire                             s_axis_path_tvalid,
    output wire                             s_axis_path_tready,
    input  wire                             s_axis_path_tlast,
    output wire [DATA_WIDTH-1:0]            m_axis_path_tdata,
    output wire                             m_axis_path_tvalid,
    input  wire                             m_axis_path_tready,
    output wire                             m_axis_path_tlast,

    // nothing was in flight in the cycle before, nor entered in it
    output reg                              idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SEND_BUFFERS, GROUPS + 1, 31), parameter_error_SEND_BUFFERS_must_be_at_least_GROUPS_plus_1)
`ML_REQUIRE_TRANSFER_FITS_BATCH
`ML_REQUIRE_READ_SLOT_WIDTH(SEND_SLOTS)
`ML_REQUIRE(REQUESTERS == 9, parameter_error_REQUESTERS_must_be_9)
`ML_REQUIRE(READERS == 4, parameter_error_READERS_must_be_4)

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
// of a group that wait: as many as are in flight, and no fewer than any system has room for
localparam WAITING_COMMANDS = (COMMANDS > 16) ? COMMANDS : 16;
localparam JOURNAL_WIDTH = $clog2(MAX_JOURNALS);
localparam PART_WIDTH = (DATA_WIDTH < `CP_UNIT_BITS) ? $clog2(`CP_UNIT_BITS / DATA_WIDTH) : 1;
localparam PACKET_BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH);

`include "commit_step_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_state_packet_wires.vh"
`include "replication_reads_wires.vh"
`include "device_beats_wires.vh"

assign `COMMIT_STEP       = step;
assign operands           = `COMMIT_OPERANDS;
assign state_packet       = `COMMIT_STATE_PACKET;
assign replication_reads  = `REPLICATION_READS;
assign `DEVICE_BEATS      = device_beats;

// who asks for steps
localparam ORIGINAL = 0, SECONDARY = 4, OPERATIONS = 8;

/*
 * Connection path
 */
wire        answer_end, maintenance_end, packet_lost, receive_room, operations_room, announces;
wire [15:0] received_type, received_count, command_source_group;
wire [GROUPS-1:0] command_valid, command_taken;
wire [GROUP_WIDTH-1:0] command_group;
wire [31:0] received_tag, received_incarnation, received_crc;
wire [`CP_UNIT_BITS-1:0] received_payload;
wire        payload_enable, information_enable, data_enable, crc_enable, command_lookup, command_here, command_enters;
wire [15:0] damaged_index;
wire [JOURNAL_WIDTH-1:0] information_index, crc_index;
wire [PART_WIDTH-1:0] information_part;
wire [PACKET_BEAT_WIDTH-1:0] data_beat;
wire [DATA_WIDTH-1:0] received_beat, journals_tdata;
wire        journals_tvalid, journals_tready, journal_damaged, packet_hold, packet_poison;
wire [3:0]  packet_valid, packet_ready;
wire [4*`PK_WIDTH-1:0] packet;

path_side #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMANDS(WAITING_COMMANDS),
    .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES)
) path_side_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns), .incarnation_load(incarnation_load), .allowed_load(allowed_load),
    .load_value(load_value), .incarnation(incarnation), .allowed_systems(allowed_systems), .faults(packet_faults),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet), .packet_poison(packet_poison),
    .journal_damaged(journal_damaged), .damaged_index(damaged_index), .packet_hold(packet_hold),
    .s_axis_journals_tdata(journals_tdata), .s_axis_journals_tvalid(journals_tvalid),
    .s_axis_journals_tready(journals_tready), .room(receive_room && operations_room && state_room),
    .announces(announces), .received_type(received_type), .received_source(received_source),
    .received_group(received_group),
    .received_source_group(received_source_group), .received_generation(received_generation),
    .received_tag(received_tag), .received_status(received_status), .received_incarnation(received_incarnation),
    .received_reason(received_reason), .received_wants_answer(received_wants_answer), .received_count(received_count),
    .received_payload(received_payload), .answer_end(answer_end), .state_end(state_received),
    .maintenance_end(maintenance_end), .packet_lost(packet_lost), .payload_enable(payload_enable),
    .information_enable(information_enable), .information_index(information_index), .information_part(information_part),
    .data_enable(data_enable), .data_beat(data_beat), .data(received_beat), .crc_enable(crc_enable),
    .crc_index(crc_index), .crc(received_crc), .command_enters(command_enters), .command_valid(command_valid),
    .command_taken(command_taken), .command_lookup(command_lookup), .command_here(command_here),
    .command_group(command_group), .command_source(command_source), .command_source_group(command_source_group),
    .command_generation(command_generation), .command_tag(command_tag), .command_payload(command_payload),
    .s_axis_path_tdata(s_axis_path_tdata), .s_axis_path_tvalid(s_axis_path_tvalid),
    .s_axis_path_tready(s_axis_path_tready), .s_axis_path_tlast(s_axis_path_tlast),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast)
);

operations #(.DATA_WIDTH(DATA_WIDTH), .SYSTEM_NUMBER(SYSTEM_NUMBER)) operations_inst (
    .clk(clk), .rst(rst), .incarnation(incarnation), .argument_load(argument_load), .argument_index(argument_index),
    .operation_load(operation_load), .load_value(load_value), .operation_register(operation_register),
    .operation_status(operation_status), .operating(operating), .request_valid(request_valid[OPERATIONS]),
    .request_taken(request_taken[OPERATIONS]), .request(request[OPERATIONS*`CR_WIDTH +: `CR_WIDTH]),
    .operation_arguments(operation_arguments), .message_code(message_code),
    .message_answer(message_answer), .message_value(message_value), .message_asked(message_asked),
    .message_started(message_started), .message_busy(message_busy), .message_generation(message_generation),
    .operation_done(step_valid && step_kind == `ML_REQUEST_OPERATION), .operation_result(step_status),
    .operation_returns(step_reference), .start_packet(start_packet), .packet_valid(packet_valid[2]),
    .packet_ready(packet_ready[2]), .packet(packet[2*`PK_WIDTH +: `PK_WIDTH]), .room(operations_room),
    .received(maintenance_end), .received_type(received_type), .received_source(received_source),
    .received_incarnation(received_incarnation), .received_generation(received_generation),
    .operation_source(operation_source), .received_tag(received_tag), .received_status(received_status),
    .received_count(received_count), .received_payload(received_payload[127:0]), .payload_enable(payload_enable),
    .payload_part(information_part), .payload_data(received_beat)
);

assign {packet_valid[3], packet_valid[1]} = own_packet_valid;
assign {packet[3*`PK_WIDTH +: `PK_WIDTH], packet[`PK_WIDTH +: `PK_WIDTH]} = own_packet;
assign own_packet_ready = {packet_ready[3], packet_ready[1]};

// original system
wire original_idle, secondary_idle;
wire [2*DEVICES-1:0] original_read_valid, secondary_read_valid;
wire [GROUPS-1:0] secondary;

original_side #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .CACHE_SLOTS(CACHE_SLOTS), .SEND_SLOTS(SEND_SLOTS), .BUFFERS(SEND_BUFFERS), .MAX_JOURNALS(MAX_JOURNALS),
    .MAX_DATA_BYTES(MAX_DATA_BYTES), .POSITION_WIDTH(W), .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) original_side_inst (
    .clk(clk), .rst(rst), .request_valid(request_valid[ORIGINAL +: 4]), .request_taken(request_taken[ORIGINAL +: 4]),
    .request(request[ORIGINAL*`CR_WIDTH +: 4*`CR_WIDTH]), .step(step), .read_area_bytes(read_area_bytes),
    .activities(activities), .overlapping_writes(overlapping_writes), .overlapping_reads(overlapping_reads),
    .reads_done(reads_done), .command_valid(command_valid), .command_taken(command_taken),
    .command_lookup(command_lookup), .command_here(command_here), .command_group(command_group),
    .command_source(command_source), .command_source_group(command_source_group),
    .command_generation(command_generation), .command_tag(command_tag), .packet_valid(packet_valid[0]),
    .packet_ready(packet_ready[0]), .packet(packet[`PK_WIDTH-1:0]), .packet_poison(packet_poison),
    .journal_damaged(journal_damaged), .damaged_index(damaged_index), .packet_hold(packet_hold),
    .m_axis_journals_tdata(journals_tdata), .m_axis_journals_tvalid(journals_tvalid),
    .m_axis_journals_tready(journals_tready), .read_valid(original_read_valid),
    .read_slot(read_slot[0*READ_SLOT_WIDTH +: 2*READ_SLOT_WIDTH]), .read_beat(read_beat[0*BEAT_WIDTH +: 2*BEAT_WIDTH]),
    .read_address(read_address[0*W +: 2*W]), .read_size(read_size[0*32 +: 2*32]), .read_done(read_done),
    .read_done_slot(read_done_slot), .read_done_failed(read_done_failed), .beat_valid(beat_valid),
    .beat_client(beat_client), .beat_address(beat_address), .beat_data(beat_data), .idle(original_idle)
);

// secondary system
secondary_side #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
    .CACHE_SLOTS(CACHE_SLOTS), .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .POSITION_WIDTH(W),
    .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .START_WIDTH(START_WIDTH)
) secondary_side_inst (
    .clk(clk), .rst(rst), .request_valid(request_valid[SECONDARY +: 4]), .request_taken(request_taken[SECONDARY +: 4]),
    .request(request[SECONDARY*`CR_WIDTH +: 4*`CR_WIDTH]), .step(step), .secondary(secondary),
    .scanned_group(scanned_group), .scanned_restore(scanned_restore), .store_information(store_information),
    .store_data_crc(store_data_crc), .store_start(store_start), .answer_group(answer_group),
    .answer_source(answer_source), .answer_type(answer_type), .answer_generation(answer_generation),
    .answer_tag(answer_tag), .answer_status(answer_status), .answer_first_number(answer_first_number),
    .scan_cancelled(scan_cancelled), .room(receive_room), .packet_lost(packet_lost),
    .packet_valid(answer_end), .packet_source(received_source), .packet_type(received_type),
    .packet_group(received_group), .packet_generation(received_generation), .packet_tag(received_tag),
    .packet_status(received_status), .packet_count(received_count),
    .information_enable(information_enable), .information_index(information_index), .information_part(information_part),
    .data_enable(data_enable), .data_beat(data_beat), .data(received_beat), .crc_enable(crc_enable),
    .crc_index(crc_index), .crc(received_crc), .read_valid(secondary_read_valid),
    .read_slot(read_slot[2*READ_SLOT_WIDTH +: 2*READ_SLOT_WIDTH]), .read_beat(read_beat[2*BEAT_WIDTH +: 2*BEAT_WIDTH]),
    .read_address(read_address[2*W +: 2*W]), .read_size(read_size[2*32 +: 2*32]), .read_done(read_done),
    .read_done_client(read_done_client), .read_done_slot(read_done_slot), .read_done_failed(read_done_failed),
    .beat_valid(beat_valid), .beat_client(beat_client), .beat_address(beat_address), .beat_data(beat_data),
    .received_valid(received_valid), .received_taken(received_taken), .restored_valid(restored_valid),
    .restored_taken(restored_taken), .write_address(write_address), .received_data(received_data),
    .restored_data(restored_data), .may_restore(may_restore), .idle(secondary_idle)
);

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        assign secondary[n] = activities[7*n + 1];
    end
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        assign read_valid[READERS*n +: READERS] = {secondary_read_valid[2*n +: 2], original_read_valid[2*n +: 2]};
    end
endgenerate

always @(posedge clk)
    idle <= original_idle && secondary_idle && packet_valid == 0 && !command_enters && !announces && !rst;

endmodule

`resetall
