// One storage system (FIG 2).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
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
localparam REQUESTERS = 3 + 2 * DEVICES;
// readers of each storage device, and bits of the number of a reader's slot
localparam READ_CLIENTS = 5;
localparam READ_SLOT_WIDTH = 4;
localparam COMMANDS   = 16;

initial begin
    if (DATA_WIDTH != 64 && DATA_WIDTH != 128 && DATA_WIDTH != 256 && DATA_WIDTH != 512) begin
        $display("Error: DATA_WIDTH must be 64, 128, 256 or 512 (instance %m)");
        $finish;
    end
    if (MAX_TRANSFER_BYTES < 512 || (MAX_TRANSFER_BYTES & (MAX_TRANSFER_BYTES - 1)) != 0) begin
        $display("Error: MAX_TRANSFER_BYTES must be a power of two, at least 512 (instance %m)");
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

commit_arbiter #(.REQUESTERS(REQUESTERS), .WIDTH(`CR_WIDTH)) arbiter (
    .clk(clk), .rst(rst), .enable(enable),
    .request_valid({device_request_valid, flush_request_valid, oldest_request_valid, register_request_valid}),
    .request({device_request, flush_request, oldest_request, register_request}),
    .request_taken({device_request_taken, flush_request_taken, oldest_request_taken, register_request_taken}),
    .granted(granted), .granted_request(granted_request)
);

/*
 * Commit stage
 */
wire [SLOT_WIDTH-1:0] look_slot, step_slot, job_slot;
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
wire [`UPDATE_INFORMATION_BITS-1:0] information;
wire [63:0] register_answer_data;
wire [1:0] register_answer_response;

commit_stage #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(W)
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
    .answer_valid(answer_valid), .answer_tag(answer_tag), .answer_status(answer_status),
    .volume_job_valid(volume_job_valid), .volume_job_address(volume_job_address),
    .journal_job_valid(journal_job_valid), .journal_job_information_address(journal_job_information_address),
    .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
    .journal_job_size_before_end(journal_job_size_before_end), .job_slot(job_slot), .job_size(job_size),
    .information_valid(information_valid), .information(information),
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
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS)
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
    // nothing frees journals until a secondary system reads them
    .read_free(read_free), .flush_free(flush_free), .freed(1'b0),
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
wire [READ_SLOTS-1:0] overlapping_reads, reads_done;

cache_directory #(.CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .POSITION_WIDTH(W)) cache_directory_inst (
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
wire [DEVICES*(SLOT_WIDTH+BEAT_WIDTH)-1:0] device_cache_address;
wire [DEVICES*DATA_WIDTH-1:0] device_cache_data;
wire host_cache_enable;
wire [SLOT_WIDTH+BEAT_WIDTH-1:0] host_write_cache_address;
wire [DATA_WIDTH-1:0] host_write_cache_data;

cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(CACHE_SLOTS * BEATS), .READ_PORTS(DEVICES + 1)) write_cache (
    .clk(clk),
    .write_enable(write_cache_enable), .write_address(write_cache_address), .write_data(write_cache_data),
    .read_enable({host_cache_enable, device_cache_enable}),
    .read_address({host_write_cache_address, device_cache_address}),
    .read_data({host_write_cache_data, device_cache_data})
);

// update information of the journals in the same slots
wire [DEVICES*JOB_SLOT_WIDTH-1:0] job_information_address;
wire [DEVICES*SLOT_WIDTH-1:0] information_address;
wire [DEVICES*`UPDATE_INFORMATION_BITS-1:0] information_data;

cache_memory #(.DATA_WIDTH(`UPDATE_INFORMATION_BITS), .BEATS(CACHE_SLOTS), .READ_PORTS(DEVICES)) information_cache (
    .clk(clk),
    .write_enable(information_valid), .write_address(job_slot), .write_data(information),
    .read_enable(device_cache_enable), .read_address(information_address), .read_data(information_data)
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
    .overlapping_reads(overlapping_reads), .reads_done(reads_done), .needed_slots(needed_slots), .positions(positions),
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

assign others_idle = adapter_idle && directory_idle && read_idle && flush_idle && answers_idle;

/*
 * Connection path
 */
assign s_axis_path_tready = 1'b1;
assign m_axis_path_tdata  = 0;
assign m_axis_path_tvalid = 1'b0;
assign m_axis_path_tlast  = 1'b0;

/*
 * Disk adapters, each with the cache for its reads
 */
generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        wire read_cache_enable, read_done, read_done_failed;
        wire [2:0] read_cache_client, read_done_client;
        wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] read_cache_address;
        wire [DATA_WIDTH-1:0] read_cache_data;
        wire [READ_SLOT_WIDTH-1:0] read_done_slot;

        assign device_read_done[n] = read_done && !read_done_failed && read_done_client == `ML_READ_HOST;
        assign device_read_done_slot[n*READ_WIDTH +: READ_WIDTH] = read_done_slot[READ_WIDTH-1:0];

        disk_adapter #(
            .DATA_WIDTH(DATA_WIDTH), .ADDRESS_WIDTH(W), .ID_WIDTH(AXI_ID_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES),
            .CACHE_SLOTS(CACHE_SLOTS), .READ_CLIENTS(READ_CLIENTS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .OUTSTANDING(OUTSTANDING)
        ) disk_adapter_inst (
            .clk(clk), .rst(rst),
            .volume_job_valid(volume_job_valid[n]), .volume_job_address(volume_job_address), .may_write(may_write),
            .may_restore({CACHE_SLOTS{1'b0}}),
            .journal_job_valid(journal_job_valid[n]), .journal_job_information_address(journal_job_information_address),
            .journal_job_data_address(journal_job_data_address), .journal_job_head_address(journal_job_head_address),
            .journal_job_size_before_end(journal_job_size_before_end), .job_slot({`ML_WRITE_HOST, job_slot}),
            .job_start({job_slot, {BEAT_WIDTH{1'b0}}}), .job_size(job_size),
            .read_valid({{READ_CLIENTS-1{1'b0}}, device_read_valid[n]}),
            .read_slot({{READ_CLIENTS*READ_SLOT_WIDTH-READ_WIDTH{1'b0}}, device_read_slot}), .read_beat({READ_CLIENTS*BEAT_WIDTH{1'b0}}),
            .read_address({{(READ_CLIENTS-1)*W{1'b0}}, device_read_address}),
            .read_size({{(READ_CLIENTS-1)*32{1'b0}}, device_read_size}),
            .read_done(read_done), .read_done_client(read_done_client), .read_done_slot(read_done_slot),
            .read_done_failed(read_done_failed),
            .request_valid(device_request_valid[2*n +: 2]), .request_taken(device_request_taken[2*n +: 2]),
            .request(device_request[2*n*`CR_WIDTH +: 2*`CR_WIDTH]),
            .cache_enable(device_cache_enable[n]), .cache_client(),
            .cache_address(device_cache_address[n*(SLOT_WIDTH+BEAT_WIDTH) +: SLOT_WIDTH+BEAT_WIDTH]),
            .cache_data(device_cache_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .information_address(job_information_address[n*JOB_SLOT_WIDTH +: JOB_SLOT_WIDTH]),
            .information_data(information_data[n*`UPDATE_INFORMATION_BITS +: `UPDATE_INFORMATION_BITS]),
            .read_cache_enable(read_cache_enable), .read_cache_client(read_cache_client), .read_cache_address(read_cache_address),
            .read_cache_data(read_cache_data),
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

        assign information_address[n*SLOT_WIDTH +: SLOT_WIDTH] = job_information_address[n*JOB_SLOT_WIDTH +: SLOT_WIDTH];

        cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(READ_SLOTS * BEATS), .READ_PORTS(1)) read_cache (
            .clk(clk),
            .write_enable(read_cache_enable && read_cache_client == `ML_READ_HOST),
            .write_address(read_cache_address[READ_WIDTH+BEAT_WIDTH-1:0]), .write_data(read_cache_data),
            .read_enable(host_cache_enable), .read_address(host_read_cache_address),
            .read_data(host_read_cache_data[n*DATA_WIDTH +: DATA_WIDTH])
        );
    end
endgenerate

endmodule

`resetall
