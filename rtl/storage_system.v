// One storage system (FIG 2).
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
 * Host commands and their data pass the host adapter into cache; each command, each answer of a storage device and each
 * register access then gets one step of the commit stage, where shared memory and the journal rings change; disk
 * adapters move data between cache and storage devices. docs/architecture.md has the picture.
 */
module storage_system #(
    // Bits of every data path: 64, 128, 256 or 512
    parameter DATA_WIDTH = 512,
    // Logical volumes, 1 to 64
    parameter VOLUMES = 8,
    // Pairs, 1 to 64
    parameter PAIRS = 8,
    // Groups, 1 to 8
    parameter GROUPS = 4,
    // Storage devices, 1 to 8; from 2 on data and journal can be written at the same time
    parameter DEVICES = 2,
    // Largest transfer of a host command, bytes, a power of two, 512 to 65536, at most MAX_DATA_BYTES
    parameter MAX_TRANSFER_BYTES = 16384,
    // Write data of a packet of journals, bytes, a power of two, 4096 to 65536: the size of each buffer for packets
    parameter MAX_DATA_BYTES = 65536,
    // Host writes in cache, journals received, and journals restored in flight at a time, a power of two, 2 to 32,
    // at least GROUPS + 1
    parameter CACHE_SLOTS = 16,
    // Host reads in flight, a power of two, 2 to 32
    parameter READ_SLOTS = 4,
    // Flushes in flight, 1 to 16
    parameter FLUSHES = 4,
    // AXI bursts in flight per device and direction, a power of two, 2 to 64
    parameter OUTSTANDING = 16,
    // Journal read commands of a group in flight, a power of two, 4 to 64
    parameter COMMANDS = 4,
    // Numbers of a group, from the one to be committed next on, of received journals, a power of two, 128 to 4096
    parameter WINDOW = 256,
    // Number of this storage system, 1 to 255
    parameter SYSTEM_NUMBER = 1,
    // Bits of a device address, 33 to 48
    parameter AXI_ADDR_WIDTH = 48,
    // Bits of an AXI ID, 1 to 32; all IDs are 0
    parameter AXI_ID_WIDTH = 4,
    // 1; 0 leaves the commit trace out
    parameter COMMIT_TRACE = 1
) (
    input  wire                              clk,
    input  wire                              rst,

    // time of day, ns
    input  wire [63:0]                       time_ns,

    // value of the cycle counter at reset; 0 unless a run is to start late
    input  wire [47:0]                       first_cycle,

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
    // tag of the read command
    output wire [15:0]                       m_axis_read_tid,
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

`ML_REQUIRE_DATA_WIDTH `ML_REQUIRE_VOLUMES `ML_REQUIRE_PAIRS `ML_REQUIRE_GROUPS `ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES `ML_REQUIRE_MAX_DATA_BYTES `ML_REQUIRE_TRANSFER_FITS_BATCH `ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS `ML_REQUIRE_FLUSHES `ML_REQUIRE_OUTSTANDING `ML_REQUIRE_COMMANDS `ML_REQUIRE_WINDOW
`ML_REQUIRE(WINDOW >= 128, parameter_error_WINDOW_must_be_at_least_128)
`ML_REQUIRE_SYSTEM_NUMBER `ML_REQUIRE_AXI_ADDR_WIDTH `ML_REQUIRE_AXI_ID_WIDTH `ML_REQUIRE_COMMIT_TRACE

`include "storage_system_sizes.vh"

/*
 * Steps: requests, what goes with them, what they send out
 */
wire [1:0] host_request_valid, host_request_taken;
wire [2*`CR_WIDTH-1:0] host_request;
wire [2*DEVICES-1:0] device_request_valid, device_request_taken;
wire [2*DEVICES*`CR_WIDTH-1:0] device_request;
wire [REQUESTERS-1:0] replication_request_valid, replication_request_taken;
wire [REQUESTERS*`CR_WIDTH-1:0] replication_request;
wire [SLOT_WIDTH-1:0] lookup_slot;
wire [READ_WIDTH-1:0] lookup_read;
wire [`COMMIT_LOOKUP_WIDTH-1:0] lookup;
wire [`COMMIT_OPERANDS_WIDTH-1:0] operands;
wire [`COMMIT_STEP_WIDTH-1:0] step;
wire [`COMMIT_JOBS_WIDTH-1:0] jobs;
wire [`UI_COVERED_BITS-1:0] information;
wire [7*GROUPS-1:0] activities;
wire [63:0] scanned_restore;
wire answer_valid, information_room, crc_valid, state_received, state_room, data_idle, replication_idle;
wire [15:0] answer_tag, scanned_group;
wire [7:0] answer_status;
wire [31:0] crc;
// packets of the processes that keep tables in the commit stage; one about a group's state that came
wire [1:0] own_packet_valid, own_packet_ready;
wire [2*`PK_WIDTH-1:0] own_packet;
wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet;

commit_side #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_JOURNALS(MAX_JOURNALS),
    .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(POSITION_WIDTH),
    .REQUESTERS(REQUESTERS), .START_WIDTH(START_WIDTH), .BEAT_WIDTH(BEAT_WIDTH)
) commit_side_inst (
    .clk(clk), .rst(rst), .first_cycle(first_cycle), .others_idle(data_idle && replication_idle),
    .information_room(information_room), .host_request_valid(host_request_valid),
    .host_request_taken(host_request_taken), .host_request(host_request), .device_request_valid(device_request_valid),
    .device_request_taken(device_request_taken), .device_request(device_request),
    .replication_request_valid(replication_request_valid), .replication_request_taken(replication_request_taken),
    .replication_request(replication_request), .lookup_slot(lookup_slot), .lookup_read(lookup_read), .lookup(lookup),
    .operands(operands), .step(step), .activities(activities), .scanned_group(scanned_group),
    .scanned_restore(scanned_restore), .answer_valid(answer_valid), .answer_tag(answer_tag),
    .answer_status(answer_status), .jobs(jobs), .information(information), .crc_valid(crc_valid), .crc(crc),
    .packet_valid(own_packet_valid), .packet_ready(own_packet_ready), .packet(own_packet),
    .state_received(state_received), .state_packet(state_packet), .state_room(state_room),
    .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid), .s_axil_awready(s_axil_awready),
    .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb), .s_axil_wvalid(s_axil_wvalid),
    .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp), .s_axil_bvalid(s_axil_bvalid),
    .s_axil_bready(s_axil_bready), .s_axil_araddr(s_axil_araddr), .s_axil_arvalid(s_axil_arvalid),
    .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp),
    .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready), .m_axis_commit_tdata(m_axis_commit_tdata),
    .m_axis_commit_tvalid(m_axis_commit_tvalid), .m_axis_commit_tready(m_axis_commit_tready)
);

/*
 * Data: what devices read for replication, and what they write of it
 */
wire [CACHE_SLOTS-1:0] overlapping_writes, may_restore;
wire [SEND_SLOTS-1:0] overlapping_sends, sends_done;
wire [`REPLICATION_READS_WIDTH-1:0] replication_reads;
wire [`DEVICE_BEATS_WIDTH-1:0] device_beats;
wire [DEVICES-1:0] received_valid, received_taken, restored_valid, restored_taken;
wire [DEVICES*START_WIDTH-1:0] device_cache_address;
wire [DEVICES*DATA_WIDTH-1:0] received_data, restored_data;

data_side #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .SEND_SLOTS(SEND_SLOTS), .FLUSHES(FLUSHES), .COMMANDS(HOST_COMMANDS),
    .OUTSTANDING(OUTSTANDING), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .AXI_ID_WIDTH(AXI_ID_WIDTH), .READERS(READERS),
    .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .START_WIDTH(START_WIDTH)
) data_side_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns), .host_request_valid(host_request_valid),
    .host_request_taken(host_request_taken), .host_request(host_request), .device_request_valid(device_request_valid),
    .device_request_taken(device_request_taken), .device_request(device_request), .lookup_slot(lookup_slot),
    .lookup_read(lookup_read), .lookup(lookup), .step(step), .answer_valid(answer_valid), .answer_tag(answer_tag),
    .answer_status(answer_status), .jobs(jobs), .information(information), .information_room(information_room),
    .crc_valid(crc_valid), .crc(crc), .overlapping_writes(overlapping_writes), .overlapping_sends(overlapping_sends),
    .sends_done(sends_done), .may_restore(may_restore), .replication_reads(replication_reads),
    .device_beats(device_beats), .received_valid(received_valid), .received_taken(received_taken),
    .restored_valid(restored_valid), .restored_taken(restored_taken), .device_cache_address(device_cache_address),
    .received_data(received_data), .restored_data(restored_data), .idle(data_idle),
    .s_host_command_valid(s_host_command_valid), .s_host_command_ready(s_host_command_ready),
    .s_host_command_opcode(s_host_command_opcode), .s_host_command_tag(s_host_command_tag),
    .s_host_command_volume(s_host_command_volume), .s_host_command_position(s_host_command_position),
    .s_host_command_size(s_host_command_size), .s_axis_write_tdata(s_axis_write_tdata),
    .s_axis_write_tvalid(s_axis_write_tvalid), .s_axis_write_tready(s_axis_write_tready),
    .s_axis_write_tlast(s_axis_write_tlast), .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tid(m_axis_read_tid),
    .m_axis_read_tvalid(m_axis_read_tvalid), .m_axis_read_tready(m_axis_read_tready),
    .m_axis_read_tlast(m_axis_read_tlast), .m_host_response_valid(m_host_response_valid),
    .m_host_response_ready(m_host_response_ready), .m_host_response_tag(m_host_response_tag),
    .m_host_response_status(m_host_response_status), .m_axi_awid(m_axi_awid), .m_axi_awaddr(m_axi_awaddr),
    .m_axi_awlen(m_axi_awlen), .m_axi_awsize(m_axi_awsize), .m_axi_awburst(m_axi_awburst),
    .m_axi_awvalid(m_axi_awvalid), .m_axi_awready(m_axi_awready), .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb),
    .m_axi_wlast(m_axi_wlast), .m_axi_wvalid(m_axi_wvalid), .m_axi_wready(m_axi_wready), .m_axi_bid(m_axi_bid),
    .m_axi_bresp(m_axi_bresp), .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready), .m_axi_arid(m_axi_arid),
    .m_axi_araddr(m_axi_araddr), .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize), .m_axi_arburst(m_axi_arburst),
    .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready), .m_axi_rid(m_axi_rid), .m_axi_rdata(m_axi_rdata),
    .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid), .m_axi_rready(m_axi_rready)
);

replication #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(DEVICES), .SYSTEM_NUMBER(SYSTEM_NUMBER),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_JOURNALS(MAX_JOURNALS),
    .CACHE_SLOTS(CACHE_SLOTS), .SEND_SLOTS(SEND_SLOTS), .SEND_BUFFERS(SEND_BUFFERS), .COMMANDS(COMMANDS),
    .POSITION_WIDTH(POSITION_WIDTH), .START_WIDTH(START_WIDTH), .REQUESTERS(REQUESTERS), .READERS(READERS),
    .READ_SLOT_WIDTH(READ_SLOT_WIDTH)
) replication_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns), .request_valid(replication_request_valid),
    .request_taken(replication_request_taken), .request(replication_request), .step(step), .operands(operands),
    .activities(activities), .scanned_group(scanned_group), .scanned_restore(scanned_restore),
    .overlapping_writes(overlapping_writes), .overlapping_reads(overlapping_sends), .reads_done(sends_done),
    .replication_reads(replication_reads), .device_beats(device_beats), .received_valid(received_valid),
    .received_taken(received_taken), .restored_valid(restored_valid), .restored_taken(restored_taken),
    .write_address(device_cache_address), .received_data(received_data), .restored_data(restored_data),
    .may_restore(may_restore), .own_packet_valid(own_packet_valid), .own_packet_ready(own_packet_ready),
    .own_packet(own_packet), .state_received(state_received), .state_packet(state_packet), .state_room(state_room),
    .s_axis_path_tdata(s_axis_path_tdata), .s_axis_path_tvalid(s_axis_path_tvalid),
    .s_axis_path_tready(s_axis_path_tready), .s_axis_path_tlast(s_axis_path_tlast),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast), .idle(replication_idle)
);

endmodule

`resetall
