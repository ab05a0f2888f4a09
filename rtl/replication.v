// The processes of replication of one storage system: what asks for their steps and moves their data.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "commit_buses.vh"

/*
 * Each process asks for steps of the commit stage, and moves data between connection path, memories and storage devices as their
 * outcomes say. docs/architecture.md has the picture.
 */
module replication #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter SYSTEM_NUMBER = 1,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Reads of write data to be sent under way
    parameter SEND_SLOTS = 16,
    // Journal read commands of a group under way
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
    parameter START_WIDTH = SLOT_WIDTH + BEAT_WIDTH,
    parameter READ_WIDTH = READ_SLOT_WIDTH + BEAT_WIDTH
) (
    input  wire                             clk,
    input  wire                             rst,

    /*
     * Steps
     */
    output wire [REQUESTERS-1:0]            request_valid,
    input  wire [REQUESTERS-1:0]            request_taken,
    output wire [REQUESTERS*`CR_WIDTH-1:0]  request,
    input  wire [`COMMIT_STEP_WIDTH-1:0]    step,
    // what holds until a step
    output wire [`COMMIT_HELD_WIDTH-1:0]    held,
    // of every group
    input  wire [7*GROUPS-1:0]              activities,
    input  wire [64*GROUPS-1:0]             next_restores,

    /*
     * Cache directory: host writes that the step's range overlaps; reads that host writes to their range wait for
     */
    input  wire [CACHE_SLOTS-1:0]           overlapping_writes,
    output wire [SEND_SLOTS-1:0]            overlapping_reads,
    output wire [SEND_SLOTS-1:0]            reads_done,

    /*
     * Storage devices: jobs of the readers from ML_READ_SEND on, what they read, and the data of their writes
     */
    output wire [DEVICES*READERS-1:0]       read_valid,
    output wire [READERS*READ_SLOT_WIDTH-1:0] read_slot,
    output wire [READERS*BEAT_WIDTH-1:0]    read_beat,
    output wire [READERS*POSITION_WIDTH-1:0] read_address,
    output wire [READERS*32-1:0]            read_size,
    input  wire [DEVICES-1:0]               read_done,
    input  wire [DEVICES*3-1:0]             read_done_client,
    input  wire [DEVICES*READ_SLOT_WIDTH-1:0] read_done_slot,
    input  wire [DEVICES-1:0]               read_done_failed,
    input  wire [DEVICES-1:0]               beat_valid,
    input  wire [DEVICES*3-1:0]             beat_client,
    input  wire [DEVICES*READ_WIDTH-1:0]    beat_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]    beat_data,
    input  wire [DEVICES-1:0]               write_enable,
    input  wire [DEVICES*START_WIDTH-1:0]   write_address,
    output wire [DEVICES*DATA_WIDTH-1:0]    received_data,
    output wire [DEVICES*DATA_WIDTH-1:0]    restored_data,
    output wire [CACHE_SLOTS-1:0]           may_restore,

    /*
     * Packets of the journal read command process
     */
    input  wire                             command_packet_valid,
    output wire                             command_packet_ready,
    input  wire [`PK_WIDTH-1:0]             command_packet,

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

    output wire                             idle
);

localparam W = POSITION_WIDTH;
localparam BEATS = MAX_TRANSFER_BYTES * 8 / DATA_WIDTH;
localparam JOURNAL_WIDTH = $clog2(MAX_JOURNALS);
localparam PACKET_BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH);
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;

`include "commit_step_wires.vh"
`include "commit_held_wires.vh"

assign `COMMIT_STEP = step;
assign held         = `COMMIT_HELD;

// who asks for steps
localparam COPY = 0, SENDING = 1, RECEIVED = 4, RESTORING = 5, OPERATIONS = 8;
// readers of storage devices, from 0 on
localparam SEND = 0, SEND_ENTRIES = 1, RESTORE = 2, RESTORE_ENTRIES = 3;

wire journal_written = step_valid && step_kind == `ML_REQUEST_JOURNAL_WRITE;
wire step_operates   = step_valid && step_kind == `ML_REQUEST_OPERATION;
wire step_fails      = step_valid && step_failed;

/*
 * Connection path
 */
wire        received, answer_end, maintenance_end, path_room, receive_room, operations_room;
wire [3:0]  fault;
wire [15:0] received_type, received_source, received_destination, received_group, received_source_group, received_status;
wire [15:0] received_count, command_source, command_group, command_source_group;
wire [31:0] received_generation, received_tag;
wire [`CP_UNIT_BITS-1:0] received_payload;
wire        information_enable, data_enable, crc_enable, command_valid, command_ready, packet_poison;
wire [JOURNAL_WIDTH-1:0] information_index, crc_index;
wire [`UPDATE_INFORMATION_BITS-1:0] received_information;
wire [PACKET_BEAT_WIDTH-1:0] data_beat;
wire [DATA_WIDTH-1:0] received_beat, journals_tdata;
wire [31:0] received_crc;
wire        journals_tvalid, journals_tready;
wire [2:0]  packet_valid, packet_ready;
wire [3*`PK_WIDTH-1:0] packet;

path_receive #(.DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES)) path_receive_inst (
    .clk(clk), .rst(rst),
    .s_axis_path_tdata(s_axis_path_tdata), .s_axis_path_tvalid(s_axis_path_tvalid), .s_axis_path_tready(s_axis_path_tready),
    .s_axis_path_tlast(s_axis_path_tlast), .enable(path_room && receive_room && operations_room && !ended_reg),
    .packet_end(received), .fault(fault), .packet_type(received_type), .packet_source(received_source),
    .packet_destination(received_destination), .packet_group(received_group), .packet_source_group(received_source_group),
    .packet_generation(received_generation), .packet_tag(received_tag), .packet_status(received_status),
    .packet_count(received_count), .packet_data_bytes(), .packet_payload(received_payload),
    .information_enable(information_enable), .information_index(information_index), .information(received_information),
    .data_enable(data_enable), .data_beat(data_beat), .data(received_beat),
    .crc_enable(crc_enable), .crc_index(crc_index), .crc(received_crc)
);

// a packet is told when its header and payload are in registers, and the next one may begin when it is known what room is left
reg       ended_reg;
reg [3:0] fault_reg;

always @(posedge clk) begin
    ended_reg <= received && !rst;
    fault_reg <= fault;
end

path_port #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .SOURCES(3), .COMMANDS(4 * COMMANDS),
    .MAX_JOURNALS(MAX_JOURNALS)
) path_port_inst (
    .clk(clk), .rst(rst),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet), .packet_poison(packet_poison),
    .s_axis_journals_tdata(journals_tdata), .s_axis_journals_tvalid(journals_tvalid), .s_axis_journals_tready(journals_tready),
    .received(ended_reg), .fault(fault_reg), .received_type(received_type), .received_source(received_source),
    .received_destination(received_destination), .received_group(received_group),
    .received_source_group(received_source_group), .received_generation(received_generation), .received_tag(received_tag),
    .received_payload(received_payload), .answer_end(answer_end), .maintenance_end(maintenance_end), .room(path_room),
    .command_valid(command_valid), .command_ready(command_ready), .command_source(command_source), .command_group(command_group),
    .command_source_group(command_source_group), .command_generation(command_generation), .command_tag(command_tag),
    .command_payload(command_payload), .faults(packet_faults),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid), .m_axis_path_tready(m_axis_path_tready),
    .m_axis_path_tlast(m_axis_path_tlast)
);

operations #(.SYSTEM_NUMBER(SYSTEM_NUMBER)) operations_inst (
    .clk(clk), .rst(rst),
    .argument_load(argument_load), .argument_index(argument_index), .operation_load(operation_load), .load_value(load_value),
    .operation_register(operation_register), .operation_status(operation_status), .operating(operating),
    .request_valid(request_valid[OPERATIONS]), .request_taken(request_taken[OPERATIONS]),
    .request(request[OPERATIONS*`CR_WIDTH +: `CR_WIDTH]), .operation_arguments(operation_arguments),
    .told_code(told_code), .told_answer(told_answer), .told_value(told_value), .told_asked(told_asked), .told_started(told_started),
    .operation_done(step_valid && step_kind == `ML_REQUEST_OPERATION), .operation_result(operation_result),
    .operation_returns(operation_returns), .start_packet(start_packet),
    .packet_valid(packet_valid[2]), .packet_ready(packet_ready[2]), .packet(packet[2*`PK_WIDTH +: `PK_WIDTH]),
    .room(operations_room), .received(maintenance_end), .received_type(received_type), .received_source(received_source),
    .received_tag(received_tag), .received_status(received_status), .received_count(received_count),
    .received_payload(received_payload)
);

assign packet_valid[1]               = command_packet_valid;
assign packet[`PK_WIDTH +: `PK_WIDTH] = command_packet;
assign command_packet_ready          = packet_ready[1];

/*
 * Original system: initial copy, and sending
 */
copy_requester #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS)) copy_requester_inst (
    .clk(clk), .rst(rst),
    .request_valid(request_valid[COPY]), .request_taken(request_taken[COPY]), .request(request[COPY*`CR_WIDTH +: `CR_WIDTH]),
    .activities(activities), .step(step_valid && step_kind == `ML_REQUEST_INITIAL_COPY), .step_group(step_group),
    .step_outcome(step_outcome), .step_over(step_copy_over), .freed(step_frees),
    .restarted(step_restarts || step_fails || step_operates), .wake_group(step_group),
    .done(journal_written && step_job[15:8] == {6'd0, `ML_WRITE_COPY}), .done_slot(step_job[SLOT_WIDTH-1:0])
);

wire        send_room, send_idle, send_read_idle, data_tvalid, data_tready, data_tlast, data_failed;
wire [DATA_WIDTH-1:0] data_tdata;
wire [15:0] data_volume;
wire [DEVICES-1:0] send_reads, send_done, entry_reads, entry_done, entry_beats;
wire        send_cache_enable;
wire [READ_WIDTH-1:0] send_cache_address;
wire [DEVICES*DATA_WIDTH-1:0] send_cache_data;
wire [15:0] send_type, send_destination, send_group, send_source_group, send_status, send_count;
wire [31:0] send_generation, send_tag, send_bytes;

journal_send #(.DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_JOURNALS(MAX_JOURNALS), .POSITION_WIDTH(W)) journal_send_inst (
    .clk(clk), .rst(rst),
    .command_valid(command_valid), .command_ready(command_ready), .command_source(command_source), .command_group(command_group),
    .command_source_group(command_source_group), .command_generation(command_generation), .command_tag(command_tag),
    .request_valid(request_valid[SENDING +: 3]), .request_taken(request_taken[SENDING +: 3]),
    .request(request[SENDING*`CR_WIDTH +: 3*`CR_WIDTH]),
    .read_area_bytes(read_area_bytes),
    .step_command(step_valid && step_kind == `ML_REQUEST_READ_COMMAND),
    .step_read(step_valid && step_kind == `ML_REQUEST_JOURNALS_READ), .outcome(step_outcome), .state(read_group_state),
    .entry_place(read_entry_place), .first(read_first), .count(read_count), .limit_bytes(read_limit_bytes),
    .information_head(step_information_head), .data_head(step_data_head), .journal_volume(step_journal_volume),
    .journal_volume_capacity(step_area_end), .journal_volume_device(step_journal_device),
    .journal_volume_offset(step_journal_offset),
    .device_read_valid(entry_reads), .device_read_address(read_address[SEND_ENTRIES*W +: W]),
    .device_read_size(read_size[SEND_ENTRIES*32 +: 32]), .device_read_done(entry_done),
    .device_read_done_failed(read_done_failed), .device_beat(entry_beats), .device_beat_data(beat_data),
    .read_room(send_room), .s_axis_data_tdata(data_tdata), .s_axis_data_tvalid(data_tvalid), .s_axis_data_tready(data_tready),
    .s_axis_data_tlast(data_tlast), .s_axis_data_failed(data_failed), .s_axis_data_volume(data_volume),
    .packet_valid(packet_valid[0]), .packet_ready(packet_ready[0]), .packet_type(send_type),
    .packet_destination(send_destination), .packet_group(send_group), .packet_source_group(send_source_group),
    .packet_generation(send_generation), .packet_tag(send_tag), .packet_status(send_status), .packet_count(send_count),
    .packet_data_bytes(send_bytes), .packet_poison(packet_poison),
    .m_axis_journals_tdata(journals_tdata), .m_axis_journals_tvalid(journals_tvalid), .m_axis_journals_tready(journals_tready),
    .idle(send_idle)
);

assign packet[`PK_WIDTH-1:0] = {512'd0, 1'b0, send_bytes, send_count, send_status, send_tag, send_generation, send_source_group,
                                send_group, send_destination, send_type};

send_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(W)
) send_read_inst (
    .clk(clk), .rst(rst), .room(send_room), .reserve(request_taken[SENDING + 1]),
    .take(send_read_taken), .volume(step_volume), .position(step_position), .size(step_size), .unreadable(step_unreadable),
    .device(step_device[DEVICE_WIDTH-1:0]), .device_address(step_address), .overlapping_writes(overlapping_writes),
    .volume_done(volume_write_done), .volume_failed(step_failed), .done_slot(step_job[SLOT_WIDTH-1:0]),
    .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .device_read_valid(send_reads), .device_read_slot(read_slot[SEND*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]),
    .device_read_address(read_address[SEND*W +: W]), .device_read_size(read_size[SEND*32 +: 32]),
    .device_read_done(send_done), .device_read_done_slot(read_done_slot), .device_read_done_failed(read_done_failed),
    .cache_enable(send_cache_enable), .cache_address(send_cache_address), .cache_data(send_cache_data),
    .m_axis_data_tdata(data_tdata), .m_axis_data_tvalid(data_tvalid), .m_axis_data_tready(data_tready),
    .m_axis_data_tlast(data_tlast), .m_axis_data_failed(data_failed), .m_axis_data_volume(data_volume), .idle(send_read_idle)
);

assign read_slot[SEND_ENTRIES*READ_SLOT_WIDTH +: READ_SLOT_WIDTH] = 0;
assign read_beat[SEND*BEAT_WIDTH +: BEAT_WIDTH]                  = 0;
assign read_beat[SEND_ENTRIES*BEAT_WIDTH +: BEAT_WIDTH]          = 0;

/*
 * Secondary system: receiving
 */
wire receive_idle, received_write_enable;
wire [DEVICES*BUFFERS_WIDTH-1:0] received_read_address;
localparam BUFFERS_WIDTH = 2 + PACKET_BEAT_WIDTH;
wire [BUFFERS_WIDTH-1:0] received_write_address, buffer_start;
wire [DATA_WIDTH-1:0]  received_write_data;

journal_receive #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS)
) journal_receive_inst (
    .clk(clk), .rst(rst), .enable(receive_room),
    .packet_valid(answer_end), .packet_type(received_type), .packet_group(received_group),
    .packet_generation(received_generation), .packet_tag(received_tag), .packet_status(received_status),
    .packet_count(received_count), .information_enable(information_enable), .information_index(information_index),
    .information(received_information), .data_enable(data_enable), .data_beat(data_beat), .data(received_beat),
    .crc_enable(crc_enable), .crc_index(crc_index), .crc(received_crc),
    .cache_write_enable(received_write_enable), .cache_write_address(received_write_address),
    .cache_write_data(received_write_data),
    .request_valid(request_valid[RECEIVED]), .request_taken(request_taken[RECEIVED]),
    .request(request[RECEIVED*`CR_WIDTH +: `CR_WIDTH]),
    .answer_type(answer_type), .answer_generation(answer_generation), .answer_tag(answer_tag), .answer_status(answer_status),
    .answer_first_number(answer_first_number), .store_information(store_information), .store_data_crc(store_data_crc),
    .store_start(buffer_start),
    .step_store(step_valid && step_kind == `ML_REQUEST_STORE), .step_wanted(step_wanted), .step_stored(step_stored),
    .step_holds(step_holds), .step_outcome(step_outcome),
    .step_answer(step_valid && step_kind == `ML_REQUEST_ANSWER), .retry(step_frees || step_fails || step_operates || step_restarts),
    .journal_done(journal_written && step_job[15:8] == {6'd0, `ML_WRITE_RECEIVED}), .done_index(step_job[SLOT_WIDTH-1:0]),
    .idle(receive_idle)
);

assign store_start = (buffer_start | {START_WIDTH{1'b0}});

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(1 << BUFFERS_WIDTH), .READ_PORTS(DEVICES)) received_memory (
    .clk(clk),
    .write_enable(received_write_enable), .write_address(received_write_address), .write_data(received_write_data),
    .read_enable(write_enable), .read_address(received_read_address), .read_data(received_data)
);

/*
 * Secondary system: restore
 */
wire [DEVICES-1:0] restore_done, restore_entry_done, restore_beats, restore_entry_beats;
wire [GROUPS-1:0] secondary;
wire restore_idle, restore_read_valid, restore_entry_valid, restore_done_failed;
wire [7:0] restore_device;
wire [READ_SLOT_WIDTH-1:0] restore_done_slot;
wire [READ_WIDTH-1:0] restore_beat_address;
wire [DATA_WIDTH-1:0] restore_beat_data;
wire [DEVICES*READ_WIDTH-1:0] restored_read_address;
wire [DEVICE_WIDTH-1:0] restore_from = restore_device[DEVICE_WIDTH-1:0];

restore_pipe #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W),
    .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) restore_pipe_inst (
    .clk(clk), .rst(rst),
    .request_valid(request_valid[RESTORING +: 3]), .request_taken(request_taken[RESTORING +: 3]),
    .request(request[RESTORING*`CR_WIDTH +: 3*`CR_WIDTH]), .next_restores(next_restores),
    .kick(step_commits || step_restarts || step_operates), .started(secondary),
    .clear(step_restarts),
    .step_group(step_group), .step_look(step_valid && step_kind == `ML_REQUEST_RESTORE_LOOK),
    .step_write(step_valid && step_kind == `ML_REQUEST_RESTORE_WRITE), .step_free(step_valid && step_kind == `ML_REQUEST_RESTORE_FREE),
    .step_outcome(step_outcome), .step_volume(step_volume),
    .look_void(look_void), .write_void(write_void), .free_void(free_void),
    .volume_done(step_valid && step_kind == `ML_REQUEST_VOLUME_WRITE && step_job[15:8] == {6'd0, `ML_WRITE_RESTORE}),
    .done_index(step_job[SLOT_WIDTH-1:0]), .done_failed(step_failed),
    .look_count(restore_count), .look_entry_place(restore_entry_place), .look_device(step_journal_device),
    .look_offset(step_journal_offset), .look_data_head(step_data_head), .look_area_end(step_area_end),
    .read_device(restore_device), .read_valid(restore_read_valid),
    .read_slot(read_slot[RESTORE*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]), .read_beat(read_beat[RESTORE*BEAT_WIDTH +: BEAT_WIDTH]),
    .read_address(read_address[RESTORE*W +: W]), .read_size(read_size[RESTORE*32 +: 32]),
    .read_done(restore_done != 0), .read_done_slot(restore_done_slot), .read_done_failed(restore_done_failed),
    .entry_read_valid(restore_entry_valid), .entry_read_slot(read_slot[RESTORE_ENTRIES*READ_SLOT_WIDTH +: READ_SLOT_WIDTH]),
    .entry_read_address(read_address[RESTORE_ENTRIES*W +: W]), .entry_read_size(read_size[RESTORE_ENTRIES*32 +: 32]),
    .entry_done(restore_entry_done != 0), .entry_done_failed(restore_done_failed), .entry_beat(restore_entry_beats != 0),
    .entry_beat_address(restore_beat_address), .entry_beat_data(restore_beat_data),
    .may_restore(may_restore), .idle(restore_idle)
);

// only the device that restore reads from has beats for it
assign read_beat[RESTORE_ENTRIES*BEAT_WIDTH +: BEAT_WIDTH] = 0;
assign restore_done_slot    = read_done_slot[restore_from*READ_SLOT_WIDTH +: READ_SLOT_WIDTH];
assign restore_done_failed  = read_done_failed[restore_from];
assign restore_beat_address = beat_address[restore_from*READ_WIDTH +: READ_WIDTH];
assign restore_beat_data    = beat_data[restore_from*DATA_WIDTH +: DATA_WIDTH];

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(1 << READ_WIDTH), .READ_PORTS(DEVICES)) restored_memory (
    .clk(clk),
    .write_enable(restore_beats != 0), .write_address(restore_beat_address), .write_data(restore_beat_data),
    .read_enable(write_enable), .read_address(restored_read_address), .read_data(restored_data)
);

/*
 * What the storage devices read
 */
generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        assign secondary[n] = activities[7*n + 1];
    end
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire [2:0] done_client = read_done_client[3*n +: 3];
        wire [2:0] client      = beat_client[3*n +: 3];

        assign read_valid[READERS*n +: READERS] = {restore_entry_valid && restore_from == n, restore_read_valid && restore_from == n,
                                                  entry_reads[n], send_reads[n]};
        assign send_done[n]          = read_done[n] && done_client == `ML_READ_SEND;
        assign entry_done[n]         = read_done[n] && done_client == `ML_READ_SEND_ENTRIES;
        assign entry_beats[n]        = beat_valid[n] && client == `ML_READ_SEND_ENTRIES;
        assign restore_done[n]       = read_done[n] && done_client == `ML_READ_RESTORE;
        assign restore_entry_done[n] = read_done[n] && done_client == `ML_READ_RESTORE_ENTRIES;
        assign restore_beats[n]      = beat_valid[n] && client == `ML_READ_RESTORE;
        assign restore_entry_beats[n] = beat_valid[n] && client == `ML_READ_RESTORE_ENTRIES;

        assign restored_read_address[n*READ_WIDTH +: READ_WIDTH] = write_address[n*START_WIDTH +: READ_WIDTH];
        assign received_read_address[n*BUFFERS_WIDTH +: BUFFERS_WIDTH] = write_address[n*START_WIDTH +: BUFFERS_WIDTH];

        cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(SEND_SLOTS * BEATS), .READ_PORTS(1)) send_memory (
            .clk(clk),
            .write_enable(beat_valid[n] && client == `ML_READ_SEND), .write_address(beat_address[READ_WIDTH*n +: READ_WIDTH]),
            .write_data(beat_data[DATA_WIDTH*n +: DATA_WIDTH]),
            .read_enable(send_cache_enable), .read_address(send_cache_address),
            .read_data(send_cache_data[DATA_WIDTH*n +: DATA_WIDTH])
        );
    end
endgenerate

assign idle = send_idle && send_read_idle && receive_idle && restore_idle && packet_valid == 0;

endmodule

`resetall
