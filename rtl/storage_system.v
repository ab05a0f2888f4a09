// One storage system (FIG 2).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"

/*
 * Host commands and their data pass the host adapter into cache; each command, each answer of a storage device and each register
 * access then gets one step of the commit stage, where shared memory and the journal rings change; disk adapters move data
 * between cache and storage devices. docs/architecture.md has the picture.
 */
module storage_system #(
    // Bits of every data path: 64, 128, 256 or 512
    parameter DATA_WIDTH = 512,
    // Logical volumes, at most 64
    parameter VOLUMES = 8,
    // Pairs, at most 64
    parameter PAIRS = 8,
    // Groups, at most 8
    parameter GROUPS = 4,
    // Storage devices
    parameter DEVICES = 2,
    // Largest transfer of a host command, bytes, a power of two, at least 512
    parameter MAX_TRANSFER_BYTES = 16384,
    // Host writes in cache, a power of two
    parameter CACHE_SLOTS = 16,
    // Host reads under way, a power of two
    parameter READ_SLOTS = 4,
    // Flushes under way
    parameter FLUSHES = 4,
    // AXI bursts under way per device and direction, a power of two
    parameter OUTSTANDING = 16,
    // Journal read commands of a group under way, a power of two, 4 to 32
    parameter COMMANDS = 4,
    // Numbers of a group, from the next to be committed on, that received journals may have, a power of two, at least 128
    parameter WINDOW = 256,
    // Number of this storage system
    parameter SYSTEM_NUMBER = 1,
    // Bits of a device address
    parameter AXI_ADDR_WIDTH = 48,
    // Bits of an AXI ID; all IDs are 0
    parameter AXI_ID_WIDTH = 4,
    // 0 leaves the commit trace out
    parameter COMMIT_TRACE = 1
) (
    input  wire                              clk,
    input  wire                              rst,

    // time of day, ns
    input  wire [63:0]                       time_ns,

    /*
     * Host port
     */
    input  wire                              s_host_command_valid,
    output wire                              s_host_command_ready,
    input  wire [7:0]                        s_host_command_opcode,
    input  wire [15:0]                       s_host_command_tag,
    input  wire [15:0]                       s_host_command_volume,
    input  wire [63:0]                       s_host_command_position,
    input  wire [31:0]                       s_host_command_size,

    input  wire [DATA_WIDTH-1:0]             s_axis_write_tdata,
    input  wire                              s_axis_write_tvalid,
    output wire                              s_axis_write_tready,
    input  wire                              s_axis_write_tlast,

    output wire [DATA_WIDTH-1:0]             m_axis_read_tdata,
    output wire                              m_axis_read_tvalid,
    input  wire                              m_axis_read_tready,
    output wire                              m_axis_read_tlast,

    output wire                              m_host_response_valid,
    input  wire                              m_host_response_ready,
    output wire [15:0]                       m_host_response_tag,
    output wire [7:0]                        m_host_response_status,

    /*
     * Storage devices: one AXI4 manager each
     */
    output wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_awid,
    output wire [DEVICES*AXI_ADDR_WIDTH-1:0] m_axi_awaddr,
    output wire [DEVICES*8-1:0]              m_axi_awlen,
    output wire [DEVICES*3-1:0]              m_axi_awsize,
    output wire [DEVICES*2-1:0]              m_axi_awburst,
    output wire [DEVICES-1:0]                m_axi_awvalid,
    input  wire [DEVICES-1:0]                m_axi_awready,
    output wire [DEVICES*DATA_WIDTH-1:0]     m_axi_wdata,
    output wire [DEVICES*DATA_WIDTH/8-1:0]   m_axi_wstrb,
    output wire [DEVICES-1:0]                m_axi_wlast,
    output wire [DEVICES-1:0]                m_axi_wvalid,
    input  wire [DEVICES-1:0]                m_axi_wready,
    input  wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_bid,
    input  wire [DEVICES*2-1:0]              m_axi_bresp,
    input  wire [DEVICES-1:0]                m_axi_bvalid,
    output wire [DEVICES-1:0]                m_axi_bready,
    output wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_arid,
    output wire [DEVICES*AXI_ADDR_WIDTH-1:0] m_axi_araddr,
    output wire [DEVICES*8-1:0]              m_axi_arlen,
    output wire [DEVICES*3-1:0]              m_axi_arsize,
    output wire [DEVICES*2-1:0]              m_axi_arburst,
    output wire [DEVICES-1:0]                m_axi_arvalid,
    input  wire [DEVICES-1:0]                m_axi_arready,
    input  wire [DEVICES*AXI_ID_WIDTH-1:0]   m_axi_rid,
    input  wire [DEVICES*DATA_WIDTH-1:0]     m_axi_rdata,
    input  wire [DEVICES*2-1:0]              m_axi_rresp,
    input  wire [DEVICES-1:0]                m_axi_rlast,
    input  wire [DEVICES-1:0]                m_axi_rvalid,
    output wire [DEVICES-1:0]                m_axi_rready,

    /*
     * Connection path
     */
    input  wire [DATA_WIDTH-1:0]             s_axis_path_tdata,
    input  wire                              s_axis_path_tvalid,
    output wire                              s_axis_path_tready,
    input  wire                              s_axis_path_tlast,
    output wire [DATA_WIDTH-1:0]             m_axis_path_tdata,
    output wire                              m_axis_path_tvalid,
    input  wire                              m_axis_path_tready,
    output wire                              m_axis_path_tlast,

    /*
     * Maintenance terminal: AXI4-Lite
     */
    input  wire [15:0]                       s_axil_awaddr,
    input  wire [2:0]                        s_axil_awprot,
    input  wire                              s_axil_awvalid,
    output wire                              s_axil_awready,
    input  wire [63:0]                       s_axil_wdata,
    input  wire [7:0]                        s_axil_wstrb,
    input  wire                              s_axil_wvalid,
    output wire                              s_axil_wready,
    output wire [1:0]                        s_axil_bresp,
    output wire                              s_axil_bvalid,
    input  wire                              s_axil_bready,
    input  wire [15:0]                       s_axil_araddr,
    input  wire [2:0]                        s_axil_arprot,
    input  wire                              s_axil_arvalid,
    output wire                              s_axil_arready,
    output wire [63:0]                       s_axil_rdata,
    output wire [1:0]                        s_axil_rresp,
    output wire                              s_axil_rvalid,
    input  wire                              s_axil_rready,

    /*
     * Commit trace
     */
    output wire [1023:0]                     m_axis_commit_tdata,
    output wire                              m_axis_commit_tvalid,
    input  wire                              m_axis_commit_tready
);

localparam W = AXI_ADDR_WIDTH;
localparam SLOT_WIDTH = $clog2(CACHE_SLOTS);
localparam READ_WIDTH = $clog2(READ_SLOTS);
localparam BEATS      = MAX_TRANSFER_BYTES * 8 / DATA_WIDTH;
localparam BEAT_WIDTH = $clog2(BEATS);
// a device job's slot, {client, index}
localparam JOB_SLOT_WIDTH = 2 + SLOT_WIDTH;
// a beat's place in the largest memory that device writes come from
localparam CACHE_WIDTH = SLOT_WIDTH + BEAT_WIDTH;
localparam BUFFERS_WIDTH = 2 + $clog2(65536 * 8 / DATA_WIDTH);
localparam START_WIDTH = (CACHE_WIDTH > BUFFERS_WIDTH) ? CACHE_WIDTH : BUFFERS_WIDTH;
// the processes of replication, and those of them that keep tables in the commit stage
localparam REPLICATION_REQUESTERS = 9;
localparam OWN_REQUESTERS = 3;
localparam REQUESTERS = 3 + 2 * DEVICES + REPLICATION_REQUESTERS + OWN_REQUESTERS;
localparam SEND_SLOTS = 16;
localparam READERS = 4;
// readers of each storage device, and bits of the number of a reader's slot
localparam READ_CLIENTS = 5;
localparam READ_SLOT_WIDTH = 4;
// host commands that wait
localparam HOST_COMMANDS = 16;

initial begin
    if (DATA_WIDTH != 64 && DATA_WIDTH != 128 && DATA_WIDTH != 256 && DATA_WIDTH != 512) begin
        $display("Error: DATA_WIDTH must be 64, 128, 256 or 512 (instance %m)");
        $finish;
    end
    if (MAX_TRANSFER_BYTES < 512 || (MAX_TRANSFER_BYTES & (MAX_TRANSFER_BYTES - 1)) != 0) begin
        $display("Error: MAX_TRANSFER_BYTES must be a power of two, at least 512 (instance %m)");
        $finish;
    end
    if (COMMANDS < 4 || COMMANDS > 32 || (COMMANDS & (COMMANDS - 1)) != 0) begin
        $display("Error: COMMANDS must be 4, 8, 16 or 32 (instance %m)");
        $finish;
    end
    if (WINDOW < 128 || (WINDOW & (WINDOW - 1)) != 0) begin
        $display("Error: WINDOW must be a power of two, at least 128 (instance %m)");
        $finish;
    end
    if (AXI_ADDR_WIDTH < 33 || AXI_ADDR_WIDTH > 48) begin
        $display("Error: AXI_ADDR_WIDTH must be 33 to 48 (instance %m)");
        $finish;
    end
end

/*
 * Requests for steps of the commit stage
 */
wire enable, granted;
wire [`CR_WIDTH-1:0] granted_request, register_request, oldest_request, flush_request;
wire register_request_valid, oldest_request_valid, flush_request_valid;
wire register_request_taken, oldest_request_taken, flush_request_taken;
wire [2*DEVICES-1:0] device_request_valid, device_request_taken;
wire [2*DEVICES*`CR_WIDTH-1:0] device_request;
wire [REPLICATION_REQUESTERS-1:0] replication_request_valid, replication_request_taken;
wire [REPLICATION_REQUESTERS*`CR_WIDTH-1:0] replication_request;
wire [OWN_REQUESTERS-1:0] own_request_valid, own_request_taken;
wire [OWN_REQUESTERS*`CR_WIDTH-1:0] own_request;

commit_arbiter #(.REQUESTERS(REQUESTERS), .WIDTH(`CR_WIDTH)) arbiter (
    .clk(clk), .rst(rst), .enable(enable),
    .request_valid({own_request_valid, replication_request_valid, device_request_valid, flush_request_valid, oldest_request_valid,
                    register_request_valid}),
    .request({own_request, replication_request, device_request, flush_request, oldest_request, register_request}),
    .request_taken({own_request_taken, replication_request_taken, device_request_taken, flush_request_taken, oldest_request_taken,
                    register_request_taken}),
    .granted(granted), .granted_request(granted_request)
);

/*
 * Commit stage
 */
wire [SLOT_WIDTH-1:0] look_slot, step_slot;
wire [JOB_SLOT_WIDTH-1:0] job_slot;
wire [START_WIDTH-1:0] job_start;
wire [READ_WIDTH-1:0] look_read;
wire [15:0] look_volume, look_read_volume, step_tag, step_volume;
wire [W-1:0] look_position, look_read_position, step_position, read_address;
wire [31:0] look_size, look_read_size, step_size, command_watch_time, job_size, journal_job_size_before_end;
wire look_journaled, step_journaled, step_failed;
wire [63:0] look_order, look_update_number, look_read_order, step_order, step_update_number;
wire command_done, command_stalls, write_enters, write_refused, read_taken, flush_taken;
wire volume_write_done, journal_write_done, read_failed;
wire [7:0] read_device;
wire answer_valid, answer_room, others_idle;
wire [15:0] answer_tag;
wire [7:0] answer_status;
wire [DEVICES-1:0] volume_job_valid, journal_job_valid;
wire [W-1:0] volume_job_address, journal_job_information_address, journal_job_data_address, journal_job_head_address;
wire information_valid, register_answer_valid;
// for the processes of replication
wire step_commits, step_copy_over, look_void, write_void, free_void;
wire step_valid, step_frees, step_restarts, step_wanted, step_stored, step_holds, step_unreadable, send_read_taken;
wire [4:0] step_kind, restore_count;
wire [15:0] step_group, step_job, step_outcome, step_journal_volume, packet_type, packet_status;
wire [W-1:0] step_area_end, step_information_head, step_data_head, step_journal_offset, read_entry_place, restore_entry_place;
wire [7:0] step_journal_device;
wire [63:0] read_first, packet_first_number;
wire [6:0] read_count;
wire [1:0] read_group_state;
wire [31:0] read_limit_bytes, packet_generation, packet_tag, command_generation, command_packet_tag, read_area_bytes, store_data_crc;
wire [`CP_UNIT_BITS-1:0] command_payload;
wire [`UPDATE_INFORMATION_BITS-1:0] store_information;
wire [START_WIDTH-1:0] store_start;
wire [7*GROUPS-1:0] activities;
wire [64*GROUPS-1:0] next_restores;
wire [7*64-1:0] operation_arguments, start_packet;
wire [63:0] operation_register, operation_status, load_value, operation_returns, told_value;
wire [2:0] argument_index;
wire [7:0] operation_result, told_code, told_answer;
wire [31:0] packet_faults;
wire operating, argument_load, operation_load, told_asked, told_started, command_packet_valid, command_packet_ready;
wire [`PK_WIDTH-1:0] command_packet;
wire replication_idle;
wire [`UPDATE_INFORMATION_BITS-1:0] information;
wire [63:0] register_answer_data;
wire [1:0] register_answer_response;

commit_stage #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(W), .START_WIDTH(START_WIDTH),
    .BEAT_WIDTH(BEAT_WIDTH)
) commit_stage_inst (
    .clk(clk), .rst(rst),
    .enable(enable), .granted(granted), .granted_request(granted_request), .answer_room(answer_room), .others_idle(others_idle),
    .look_slot(look_slot), .look_volume(look_volume), .look_position(look_position), .look_size(look_size),
    .look_journaled(look_journaled), .look_order(look_order), .look_update_number(look_update_number),
    .look_read(look_read), .look_read_volume(look_read_volume), .look_read_position(look_read_position),
    .look_read_size(look_read_size), .look_read_order(look_read_order),
    .step_tag(step_tag), .step_volume(step_volume), .step_position(step_position), .step_size(step_size),
    .step_slot(step_slot), .step_order(step_order), .step_update_number(step_update_number),
    .step_journaled(step_journaled), .step_failed(step_failed),
    .command_done(command_done), .command_stalls(command_stalls), .command_watch_time(command_watch_time),
    .write_enters(write_enters), .write_refused(write_refused), .read_taken(read_taken), .read_device(read_device),
    .read_address(read_address), .flush_taken(flush_taken), .volume_write_done(volume_write_done),
    .journal_write_done(journal_write_done), .read_failed(read_failed),
    .step_valid(step_valid), .step_kind(step_kind), .step_group(step_group), .step_job(step_job), .step_outcome(step_outcome),
    .step_commits(step_commits), .step_copy_over(step_copy_over), .look_void(look_void), .write_void(write_void),
    .free_void(free_void), .step_frees(step_frees), .step_restarts(step_restarts),
    .operation_arguments(operation_arguments), .operation_register(operation_register), .operation_status(operation_status),
    .operating(operating), .told_code(told_code), .told_answer(told_answer), .told_value(told_value), .told_asked(told_asked),
    .told_started(told_started), .packet_faults(packet_faults),
    .argument_load(argument_load), .argument_index(argument_index), .operation_load(operation_load), .load_value(load_value),
    .operation_result(operation_result), .operation_returns(operation_returns), .start_packet(start_packet),
    .activities(activities), .next_restores(next_restores),
    .store_information(store_information), .store_data_crc(store_data_crc), .store_start(store_start),
    .packet_type(packet_type), .packet_generation(packet_generation), .packet_tag(packet_tag), .packet_status(packet_status),
    .packet_first_number(packet_first_number),
    .command_generation(command_generation), .command_tag(command_packet_tag), .command_payload(command_payload),
    .read_area_bytes(read_area_bytes), .step_wanted(step_wanted), .step_stored(step_stored), .step_holds(step_holds),
    .step_area_end(step_area_end), .step_information_head(step_information_head), .step_data_head(step_data_head),
    .step_journal_volume(step_journal_volume), .step_journal_device(step_journal_device),
    .step_journal_offset(step_journal_offset), .step_unreadable(step_unreadable), .send_read_taken(send_read_taken),
    .read_entry_place(read_entry_place), .read_first(read_first), .read_count(read_count), .read_limit_bytes(read_limit_bytes),
    .read_group_state(read_group_state), .restore_entry_place(restore_entry_place), .restore_count(restore_count),
    .commit_request_valid(own_request_valid[0]), .commit_request_taken(own_request_taken[0]),
    .commit_request(own_request[0 +: `CR_WIDTH]),
    .send_request_valid(own_request_valid[1]), .send_request_taken(own_request_taken[1]),
    .send_request(own_request[`CR_WIDTH +: `CR_WIDTH]),
    .silence_request_valid(own_request_valid[2]), .silence_request_taken(own_request_taken[2]),
    .silence_request(own_request[2*`CR_WIDTH +: `CR_WIDTH]),
    .packet_valid(command_packet_valid), .packet_ready(command_packet_ready), .packet(command_packet),
    .answer_valid(answer_valid), .answer_tag(answer_tag), .answer_status(answer_status),
    .volume_job_valid(volume_job_valid), .volume_job_address(volume_job_address),
    .journal_job_valid(journal_job_valid), .journal_job_information_address(journal_job_information_address),
    .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
    .journal_job_size_before_end(journal_job_size_before_end), .job_slot(job_slot), .job_start(job_start),
    .job_size(job_size), .information_valid(information_valid), .information(information),
    .register_answer_valid(register_answer_valid), .register_answer_data(register_answer_data),
    .register_answer_response(register_answer_response),
    .m_axis_commit_tdata(m_axis_commit_tdata), .m_axis_commit_tvalid(m_axis_commit_tvalid),
    .m_axis_commit_tready(m_axis_commit_tready)
);

/*
 * Maintenance terminal
 */
registers registers_inst (
    .clk(clk), .rst(rst),
    .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid), .s_axil_awready(s_axil_awready),
    .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready),
    .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready),
    .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready),
    .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready),
    .request_valid(register_request_valid), .request_taken(register_request_taken), .request(register_request),
    .answer_valid(register_answer_valid), .answer_data(register_answer_data), .answer_response(register_answer_response)
);

/*
 * Host adapter
 */
wire [CACHE_SLOTS-1:0] slot_busy, overlapping, of_volume, may_write, needed_slots;
wire [CACHE_SLOTS*W-1:0] positions;
wire [CACHE_SLOTS*32-1:0] sizes;
wire slot_reserve, write_cache_enable, command_valid, command_stored, adapter_idle, directory_idle, read_idle, flush_idle;
wire [SLOT_WIDTH-1:0] next_slot, command_slot;
wire [SLOT_WIDTH+BEAT_WIDTH-1:0] write_cache_address;
wire [DATA_WIDTH-1:0] write_cache_data;
wire [7:0] command_opcode;
wire [15:0] command_tag, command_volume;
wire [63:0] command_position, command_time;
wire [31:0] command_size, command_received, command_crc;
wire read_free, flush_free;

host_adapter #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(HOST_COMMANDS)
) host_adapter_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns),
    .s_host_command_valid(s_host_command_valid), .s_host_command_ready(s_host_command_ready),
    .s_host_command_opcode(s_host_command_opcode), .s_host_command_tag(s_host_command_tag),
    .s_host_command_volume(s_host_command_volume), .s_host_command_position(s_host_command_position),
    .s_host_command_size(s_host_command_size),
    .s_axis_write_tdata(s_axis_write_tdata), .s_axis_write_tvalid(s_axis_write_tvalid),
    .s_axis_write_tready(s_axis_write_tready), .s_axis_write_tlast(s_axis_write_tlast),
    .slot_busy(slot_busy), .slot_reserve(slot_reserve), .slot_reserved(next_slot),
    .cache_write_enable(write_cache_enable), .cache_write_address(write_cache_address), .cache_write_data(write_cache_data),
    .command_valid(command_valid), .command_done(command_done), .command_opcode(command_opcode), .command_tag(command_tag),
    .command_volume(command_volume), .command_position(command_position), .command_size(command_size),
    .command_time(command_time), .command_stored(command_stored), .command_slot(command_slot),
    .command_received(command_received), .command_crc(command_crc), .idle(adapter_idle)
);

command_request #(.CACHE_SLOTS(CACHE_SLOTS)) command_request_inst (
    .clk(clk), .rst(rst),
    .command_valid(command_valid), .command_opcode(command_opcode), .command_tag(command_tag),
    .command_volume(command_volume), .command_position(command_position), .command_size(command_size),
    .command_time(command_time), .command_stored(command_stored), .command_slot(command_slot),
    .command_received(command_received), .command_crc(command_crc),
    .read_free(read_free), .flush_free(flush_free), .freed(step_frees),
    .request_valid(oldest_request_valid), .request_taken(oldest_request_taken), .request(oldest_request),
    .command_done(command_done), .command_stalls(command_stalls), .command_watch_time(command_watch_time)
);

wire answers_idle, read_answer_valid, read_answer_ready;
wire [15:0] read_answer_tag;
wire [7:0] read_answer_status;

host_answers host_answers_inst (
    .clk(clk), .rst(rst),
    .room(answer_room), .commit_valid(answer_valid), .commit_tag(answer_tag), .commit_status(answer_status),
    .read_valid(read_answer_valid), .read_ready(read_answer_ready), .read_tag(read_answer_tag),
    .read_status(read_answer_status),
    .m_host_response_valid(m_host_response_valid), .m_host_response_ready(m_host_response_ready),
    .m_host_response_tag(m_host_response_tag), .m_host_response_status(m_host_response_status), .idle(answers_idle)
);

/*
 * Cache
 */
// reads of hosts, and of data to be sent
wire [SEND_SLOTS+READ_SLOTS-1:0] overlapping_reads, reads_done;

cache_directory #(.CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(SEND_SLOTS + READ_SLOTS), .POSITION_WIDTH(W)) cache_directory_inst (
    .clk(clk), .rst(rst),
    .reserve(slot_reserve), .reserve_slot(next_slot), .slot_busy(slot_busy),
    .volume(step_volume), .position(step_position), .size(step_size), .overlapping(overlapping), .of_volume(of_volume),
    .enter(write_enters), .refuse(write_refused), .slot(step_slot), .journaled(step_journaled), .order(step_order),
    .update_number(step_update_number), .overlapping_reads(overlapping_reads), .reads_done(reads_done),
    .needed_by_reads(needed_slots),
    .volume_done(volume_write_done), .journal_done(journal_write_done), .done_slot(step_slot),
    .may_write(may_write), .idle(directory_idle),
    .look_slot(look_slot), .look_volume(look_volume), .look_position(look_position), .look_size(look_size),
    .look_journaled(look_journaled), .look_order(look_order), .look_update_number(look_update_number),
    .positions(positions), .sizes(sizes)
);

// write data: read by every disk adapter, and for host reads
wire [DEVICES-1:0] device_cache_enable;
wire [DEVICES*START_WIDTH-1:0] device_cache_address;
wire [DEVICES*CACHE_WIDTH-1:0] device_write_cache_address;
wire [DEVICES*DATA_WIDTH-1:0] device_cache_data;
wire host_cache_enable;
wire [SLOT_WIDTH+BEAT_WIDTH-1:0] host_write_cache_address;
wire [DATA_WIDTH-1:0] host_write_cache_data;

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(CACHE_SLOTS * BEATS), .READ_PORTS(DEVICES + 1)) write_cache (
    .clk(clk),
    .write_enable(write_cache_enable), .write_address(write_cache_address), .write_data(write_cache_data),
    .read_enable({host_cache_enable, device_cache_enable}),
    .read_address({host_write_cache_address, device_write_cache_address}),
    .read_data({host_write_cache_data, device_cache_data})
);

// update information of the journals in the same slots
wire [DEVICES*JOB_SLOT_WIDTH-1:0] job_information_address;
wire [DEVICES*`UPDATE_INFORMATION_BITS-1:0] information_data;

cache_memory #(.DATA_WIDTH(`UPDATE_INFORMATION_BITS), .BEATS(1 << JOB_SLOT_WIDTH), .READ_PORTS(DEVICES)) information_cache (
    .clk(clk),
    .write_enable(information_valid), .write_address(job_slot), .write_data(information),
    .read_enable(device_cache_enable), .read_address(job_information_address), .read_data(information_data)
);

/*
 * Reads and flushes
 */
wire [DEVICES-1:0] device_read_valid, device_read_done;
wire [READ_WIDTH-1:0] device_read_slot;
wire [W-1:0] device_read_address;
wire [31:0] device_read_size;
wire [DEVICES*READ_WIDTH-1:0] device_read_done_slot;
wire [READ_WIDTH+BEAT_WIDTH-1:0] host_read_cache_address;
wire [DEVICES*DATA_WIDTH-1:0] host_read_cache_data;

host_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(W)
) host_read_inst (
    .clk(clk), .rst(rst),
    .read_free(read_free), .take(read_taken), .tag(step_tag), .volume(step_volume), .position(step_position),
    .size(step_size), .order(step_order), .device(read_device[(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0]), .device_address(read_address),
    .overlapping_writes(overlapping), .next_slot(next_slot),
    .overlapping_reads(overlapping_reads[READ_SLOTS-1:0]), .reads_done(reads_done[READ_SLOTS-1:0]), .needed_slots(needed_slots),
    .positions(positions),
    .sizes(sizes),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot), .device_read_address(device_read_address),
    .device_read_size(device_read_size), .device_read_done(device_read_done), .device_read_done_slot(device_read_done_slot),
    .failed(read_failed), .failed_slot(step_slot[READ_WIDTH-1:0]),
    .look_slot(look_read), .look_volume(look_read_volume), .look_position(look_read_position), .look_size(look_read_size),
    .look_order(look_read_order),
    .cache_enable(host_cache_enable), .write_cache_address(host_write_cache_address), .write_cache_data(host_write_cache_data),
    .read_cache_address(host_read_cache_address), .read_cache_data(host_read_cache_data),
    .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tvalid(m_axis_read_tvalid), .m_axis_read_tready(m_axis_read_tready),
    .m_axis_read_tlast(m_axis_read_tlast),
    .response_valid(read_answer_valid), .response_ready(read_answer_ready), .response_tag(read_answer_tag),
    .response_status(read_answer_status), .idle(read_idle)
);

host_flush #(.FLUSHES(FLUSHES), .CACHE_SLOTS(CACHE_SLOTS)) host_flush_inst (
    .clk(clk), .rst(rst),
    .flush_free(flush_free), .take(flush_taken), .tag(step_tag), .volume(step_volume), .order(step_order),
    .unfinished(of_volume),
    .volume_done(volume_write_done), .volume_failed(step_failed), .done_slot(step_slot),
    .request_valid(flush_request_valid), .request_taken(flush_request_taken), .request(flush_request), .idle(flush_idle)
);

assign others_idle = replication_idle && adapter_idle && directory_idle && read_idle && flush_idle && answers_idle;

/*
 * Replication
 */
wire [DEVICES*READERS-1:0] replication_read_valid;
wire [READERS*READ_SLOT_WIDTH-1:0] replication_read_slot;
wire [READERS*BEAT_WIDTH-1:0] replication_read_beat;
wire [READERS*W-1:0] replication_read_address;
wire [READERS*32-1:0] replication_read_size;
wire [DEVICES-1:0] read_done, read_done_failed, beat_valid;
wire [3*DEVICES-1:0] read_done_client, beat_client;
wire [READ_SLOT_WIDTH*DEVICES-1:0] read_done_slot;
wire [(READ_SLOT_WIDTH+BEAT_WIDTH)*DEVICES-1:0] beat_address;
wire [DATA_WIDTH*DEVICES-1:0] beat_data, received_data, restored_data;
wire [CACHE_SLOTS-1:0] may_restore;

replication #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .SYSTEM_NUMBER(SYSTEM_NUMBER),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .SEND_SLOTS(SEND_SLOTS), .COMMANDS(COMMANDS),
    .POSITION_WIDTH(W),
    .START_WIDTH(START_WIDTH), .REQUESTERS(REPLICATION_REQUESTERS), .READERS(READERS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) replication_inst (
    .clk(clk), .rst(rst),
    .request_valid(replication_request_valid), .request_taken(replication_request_taken), .request(replication_request),
    .step_valid(step_valid), .step_kind(step_kind), .step_group(step_group), .step_volume(step_volume),
    .step_position(step_position), .step_size(step_size), .step_job(step_job), .step_failed(step_failed),
    .step_outcome(step_outcome), .step_commits(step_commits), .step_copy_over(step_copy_over), .look_void(look_void),
    .write_void(write_void), .free_void(free_void), .step_frees(step_frees), .step_restarts(step_restarts), .step_wanted(step_wanted),
    .step_stored(step_stored), .step_holds(step_holds), .step_area_end(step_area_end),
    .step_information_head(step_information_head), .step_data_head(step_data_head),
    .step_journal_volume(step_journal_volume), .step_journal_device(step_journal_device),
    .step_journal_offset(step_journal_offset), .send_read_taken(send_read_taken), .step_device(read_device),
    .step_address(read_address), .step_unreadable(step_unreadable), .overlapping_writes(overlapping),
    .read_entry_place(read_entry_place), .read_first(read_first), .read_count(read_count), .read_limit_bytes(read_limit_bytes),
    .read_group_state(read_group_state), .restore_entry_place(restore_entry_place), .restore_count(restore_count),
    .activities(activities), .next_restores(next_restores),
    .command_generation(command_generation), .command_tag(command_packet_tag), .command_payload(command_payload),
    .read_area_bytes(read_area_bytes), .store_information(store_information), .store_data_crc(store_data_crc),
    .store_start(store_start), .answer_type(packet_type), .answer_generation(packet_generation), .answer_tag(packet_tag),
    .answer_status(packet_status), .answer_first_number(packet_first_number),
    .argument_load(argument_load), .argument_index(argument_index), .operation_load(operation_load), .load_value(load_value),
    .operation_register(operation_register), .operation_status(operation_status), .operating(operating),
    .operation_arguments(operation_arguments), .operation_result(operation_result), .operation_returns(operation_returns),
    .start_packet(start_packet), .told_code(told_code), .told_answer(told_answer), .told_value(told_value),
    .told_asked(told_asked), .told_started(told_started), .packet_faults(packet_faults),
    .volume_write_done(volume_write_done), .done_slot(step_slot), .overlapping_reads(overlapping_reads[READ_SLOTS +: SEND_SLOTS]),
    .reads_done(reads_done[READ_SLOTS +: SEND_SLOTS]),
    .read_valid(replication_read_valid), .read_slot(replication_read_slot), .read_beat(replication_read_beat),
    .read_address(replication_read_address), .read_size(replication_read_size),
    .read_done(read_done), .read_done_client(read_done_client), .read_done_slot(read_done_slot),
    .read_done_failed(read_done_failed), .beat_valid(beat_valid), .beat_client(beat_client), .beat_address(beat_address),
    .beat_data(beat_data), .write_enable(device_cache_enable), .write_address(device_cache_address),
    .received_data(received_data), .restored_data(restored_data), .may_restore(may_restore),
    .command_packet_valid(command_packet_valid), .command_packet_ready(command_packet_ready), .command_packet(command_packet),
    .s_axis_path_tdata(s_axis_path_tdata), .s_axis_path_tvalid(s_axis_path_tvalid), .s_axis_path_tready(s_axis_path_tready),
    .s_axis_path_tlast(s_axis_path_tlast), .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast), .idle(replication_idle)
);

/*
 * Disk adapters, each with the cache for its reads
 */
generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        localparam READ_WIDTH_ALL = READ_SLOT_WIDTH + BEAT_WIDTH;
        wire [2:0] client = beat_client[3*n +: 3];
        wire [1:0] write_client;
        reg  [1:0] write_client_reg;

        assign device_read_done[n] = read_done[n] && !read_done_failed[n] && read_done_client[3*n +: 3] == `ML_READ_HOST;
        assign device_read_done_slot[n*READ_WIDTH +: READ_WIDTH] = read_done_slot[READ_SLOT_WIDTH*n +: READ_WIDTH];

        assign device_write_cache_address[n*CACHE_WIDTH +: CACHE_WIDTH] = device_cache_address[n*START_WIDTH +: CACHE_WIDTH];

        always @(posedge clk)
            if (device_cache_enable[n])
                write_client_reg <= write_client;

        disk_adapter #(
            .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(W), .ID_WIDTH(AXI_ID_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
            .CACHE_SLOTS(CACHE_SLOTS), .READ_CLIENTS(READ_CLIENTS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .OUTSTANDING(OUTSTANDING),
            .START_WIDTH(START_WIDTH)
        ) disk_adapter_inst (
            .clk(clk), .rst(rst),
            .volume_job_valid(volume_job_valid[n]), .volume_job_address(volume_job_address), .may_write(may_write),
            .may_restore(may_restore),
            .journal_job_valid(journal_job_valid[n]), .journal_job_information_address(journal_job_information_address),
            .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
            .journal_job_size_before_end(journal_job_size_before_end), .job_slot(job_slot),
            .job_start(job_start), .job_size(job_size),
            .read_valid({replication_read_valid[READERS*n +: READERS], device_read_valid[n]}),
            .read_slot({replication_read_slot, {READ_SLOT_WIDTH-READ_WIDTH{1'b0}}, device_read_slot}),
            .read_beat({replication_read_beat, {BEAT_WIDTH{1'b0}}}), .read_address({replication_read_address, device_read_address}),
            .read_size({replication_read_size, device_read_size}),
            .read_done(read_done[n]), .read_done_client(read_done_client[3*n +: 3]),
            .read_done_slot(read_done_slot[READ_SLOT_WIDTH*n +: READ_SLOT_WIDTH]), .read_done_failed(read_done_failed[n]),
            .request_valid(device_request_valid[2*n +: 2]), .request_taken(device_request_taken[2*n +: 2]),
            .request(device_request[2*n*`CR_WIDTH +: 2*`CR_WIDTH]),
            .cache_enable(device_cache_enable[n]), .cache_client(write_client),
            .cache_address(device_cache_address[n*START_WIDTH +: START_WIDTH]),
            .cache_data((write_client_reg == `ML_WRITE_RECEIVED) ? received_data[n*DATA_WIDTH +: DATA_WIDTH]
                        : (write_client_reg == `ML_WRITE_RESTORE) ? restored_data[n*DATA_WIDTH +: DATA_WIDTH]
                        : device_cache_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .information_address(job_information_address[n*JOB_SLOT_WIDTH +: JOB_SLOT_WIDTH]),
            .information_data(information_data[n*`UPDATE_INFORMATION_BITS +: `UPDATE_INFORMATION_BITS]),
            .read_cache_enable(beat_valid[n]), .read_cache_client(beat_client[3*n +: 3]),
            .read_cache_address(beat_address[READ_WIDTH_ALL*n +: READ_WIDTH_ALL]),
            .read_cache_data(beat_data[DATA_WIDTH*n +: DATA_WIDTH]),
            .m_axi_awid(m_axi_awid[n*AXI_ID_WIDTH +: AXI_ID_WIDTH]), .m_axi_awaddr(m_axi_awaddr[n*W +: W]),
            .m_axi_awlen(m_axi_awlen[n*8 +: 8]), .m_axi_awsize(m_axi_awsize[n*3 +: 3]),
            .m_axi_awburst(m_axi_awburst[n*2 +: 2]), .m_axi_awvalid(m_axi_awvalid[n]), .m_axi_awready(m_axi_awready[n]),
            .m_axi_wdata(m_axi_wdata[n*DATA_WIDTH +: DATA_WIDTH]), .m_axi_wstrb(m_axi_wstrb[n*DATA_WIDTH/8 +: DATA_WIDTH/8]),
            .m_axi_wlast(m_axi_wlast[n]), .m_axi_wvalid(m_axi_wvalid[n]), .m_axi_wready(m_axi_wready[n]),
            .m_axi_bresp(m_axi_bresp[n*2 +: 2]), .m_axi_bvalid(m_axi_bvalid[n]), .m_axi_bready(m_axi_bready[n]),
            .m_axi_arid(m_axi_arid[n*AXI_ID_WIDTH +: AXI_ID_WIDTH]), .m_axi_araddr(m_axi_araddr[n*W +: W]),
            .m_axi_arlen(m_axi_arlen[n*8 +: 8]), .m_axi_arsize(m_axi_arsize[n*3 +: 3]),
            .m_axi_arburst(m_axi_arburst[n*2 +: 2]), .m_axi_arvalid(m_axi_arvalid[n]), .m_axi_arready(m_axi_arready[n]),
            .m_axi_rdata(m_axi_rdata[n*DATA_WIDTH +: DATA_WIDTH]), .m_axi_rresp(m_axi_rresp[n*2 +: 2]),
            .m_axi_rlast(m_axi_rlast[n]), .m_axi_rvalid(m_axi_rvalid[n]), .m_axi_rready(m_axi_rready[n])
        );

        cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(READ_SLOTS * BEATS), .READ_PORTS(1)) read_cache (
            .clk(clk),
            .write_enable(beat_valid[n] && client == `ML_READ_HOST),
            .write_address(beat_address[READ_WIDTH_ALL*n +: READ_WIDTH+BEAT_WIDTH]), .write_data(beat_data[DATA_WIDTH*n +: DATA_WIDTH]),
            .read_enable(host_cache_enable), .read_address(host_read_cache_address),
            .read_data(host_read_cache_data[n*DATA_WIDTH +: DATA_WIDTH])
        );
    end
endgenerate

endmodule

`resetall
