// The side of a storage system that moves data: between host port, cache and storage devices.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * The host side fills and empties the cache; the device side moves data between it and the storage devices, and between
 * these and the memories of replication.
 */
module data_side #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    // Reads of write data to be sent in flight
    parameter SEND_SLOTS = 16,
    parameter FLUSHES = 4,
    // Host commands that wait
    parameter COMMANDS = 16,
    parameter OUTSTANDING = 16,
    parameter AXI_ADDR_WIDTH = 48,
    parameter AXI_ID_WIDTH = 4,
    // Readers but the host's, and bits of the number of a reader's slot
    parameter READERS = 4,
    parameter READ_SLOT_WIDTH = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of a beat's place in the largest memory that device writes come from
    parameter START_WIDTH = SLOT_WIDTH + BEAT_WIDTH,
    parameter JOB_WIDTH = 2 + SLOT_WIDTH,
    parameter POSITION_WIDTH = AXI_ADDR_WIDTH
) (
    input  wire                              clk,
    input  wire                              rst,
    input  wire [63:0]                       time_ns,

    /*
     * Requests for steps: of hosts and of the devices' answers; what becomes of them, the host's answer
     */
    output wire [1:0]                        host_request_valid,
    input  wire [1:0]                        host_request_taken,
    output wire [2*`CR_WIDTH-1:0]            host_request,
    output wire [2*DEVICES-1:0]              device_request_valid,
    input  wire [2*DEVICES-1:0]              device_request_taken,
    output wire [2*DEVICES*`CR_WIDTH-1:0]    device_request,
    input  wire [SLOT_WIDTH-1:0]             lookup_slot,
    input  wire [READ_WIDTH-1:0]             lookup_read,
    output wire [`COMMIT_LOOKUP_WIDTH-1:0]   lookup,
    input  wire [`COMMIT_STEP_WIDTH-1:0]     step,
    input  wire                              answer_valid,
    input  wire [15:0]                       answer_tag,
    input  wire [7:0]                        answer_status,

    /*
     * Device writes; update information of a journal, without its CRC, which is made here
     */
    input  wire [`COMMIT_JOBS_WIDTH-1:0]     jobs,
    input  wire [`UI_COVERED_BITS-1:0]       information,
    // another step may create a journal
    output wire                              information_room,
    output wire                              crc_valid,
    output wire [31:0]                       crc,

    /*
     * Cache directory: unfinished writes that the step's range overlaps; reads of data to be sent that host writes wait
     * for; restore's writes that may go to their devices
     */
    output wire [CACHE_SLOTS-1:0]            overlapping_writes,
    input  wire [SEND_SLOTS-1:0]             overlapping_sends,
    input  wire [SEND_SLOTS-1:0]             sends_done,
    input  wire [CACHE_SLOTS-1:0]            may_restore,

    /*
     * Replication: reads, and the memories of journals received and restored
     */
    input  wire [`REPLICATION_READS_WIDTH-1:0] replication_reads,
    output wire [`DEVICE_BEATS_WIDTH-1:0]    device_beats,
    // beats to be written are asked for, and taken: received, restored
    output wire [DEVICES-1:0]                received_valid,
    input  wire [DEVICES-1:0]                received_taken,
    output wire [DEVICES-1:0]                restored_valid,
    input  wire [DEVICES-1:0]                restored_taken,
    output wire [DEVICES*START_WIDTH-1:0]    device_cache_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]     received_data,
    input  wire [DEVICES*DATA_WIDTH-1:0]     restored_data,

    output wire                              idle,

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
    output wire [DEVICES-1:0]                m_axi_rready
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_FLUSHES
`ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 2, 64), parameter_error_COMMANDS_must_be_a_power_of_two_from_2_to_64)
`ML_REQUIRE_OUTSTANDING
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE_AXI_ID_WIDTH
`ML_REQUIRE(READERS == 4, parameter_error_READERS_must_be_4)
`ML_REQUIRE_READ_SLOT_WIDTH(READ_SLOTS)
`ML_REQUIRE(POSITION_WIDTH == AXI_ADDR_WIDTH, parameter_error_POSITION_WIDTH_must_be_AXI_ADDR_WIDTH)

wire [CACHE_SLOTS-1:0] may_write;
wire write_cache_enable, host_write_cache_valid, host_write_cache_taken, host_read_cache_enable;
wire [SLOT_WIDTH+BEAT_WIDTH-1:0] write_cache_address, host_write_cache_address;
wire [READ_WIDTH+BEAT_WIDTH-1:0] host_read_cache_address;
wire [DATA_WIDTH-1:0] write_cache_data, host_write_cache_data, host_read_cache_data;
wire [DEVICES-1:0] device_read_valid, device_read_done;
wire [READ_WIDTH-1:0] device_read_slot;
wire [POSITION_WIDTH-1:0] device_read_address;
wire [31:0] device_read_size;
wire [DEVICES*READ_WIDTH-1:0] device_read_done_slot;

host_side #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .SEND_SLOTS(SEND_SLOTS), .FLUSHES(FLUSHES), .COMMANDS(COMMANDS),
    .POSITION_WIDTH(POSITION_WIDTH)
) host_side_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns), .s_host_command_valid(s_host_command_valid),
    .s_host_command_ready(s_host_command_ready), .s_host_command_opcode(s_host_command_opcode),
    .s_host_command_tag(s_host_command_tag), .s_host_command_volume(s_host_command_volume),
    .s_host_command_position(s_host_command_position), .s_host_command_size(s_host_command_size),
    .s_axis_write_tdata(s_axis_write_tdata), .s_axis_write_tvalid(s_axis_write_tvalid),
    .s_axis_write_tready(s_axis_write_tready), .s_axis_write_tlast(s_axis_write_tlast),
    .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tid(m_axis_read_tid), .m_axis_read_tvalid(m_axis_read_tvalid),
    .m_axis_read_tready(m_axis_read_tready), .m_axis_read_tlast(m_axis_read_tlast),
    .m_host_response_valid(m_host_response_valid), .m_host_response_ready(m_host_response_ready),
    .m_host_response_tag(m_host_response_tag), .m_host_response_status(m_host_response_status),
    .request_valid(host_request_valid), .request_taken(host_request_taken), .request(host_request), .step(step),
    .answer_valid(answer_valid), .answer_tag(answer_tag), .answer_status(answer_status), .lookup_slot(lookup_slot),
    .lookup_read(lookup_read), .lookup(lookup), .overlapping_writes(overlapping_writes),
    .overlapping_sends(overlapping_sends), .sends_done(sends_done), .may_write(may_write),
    .write_cache_enable(write_cache_enable), .write_cache_address(write_cache_address),
    .write_cache_data(write_cache_data), .host_write_cache_valid(host_write_cache_valid),
    .host_write_cache_taken(host_write_cache_taken), .host_write_cache_address(host_write_cache_address),
    .host_write_cache_data(host_write_cache_data), .host_read_cache_enable(host_read_cache_enable),
    .host_read_cache_address(host_read_cache_address), .host_read_cache_data(host_read_cache_data),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot),
    .device_read_address(device_read_address), .device_read_size(device_read_size), .device_read_done(device_read_done),
    .device_read_done_slot(device_read_done_slot), .idle(idle)
);

device_side #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .OUTSTANDING(OUTSTANDING), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .AXI_ID_WIDTH(AXI_ID_WIDTH),
    .READERS(READERS), .READ_SLOT_WIDTH(READ_SLOT_WIDTH), .START_WIDTH(START_WIDTH)
) device_side_inst (
    .clk(clk), .rst(rst), .jobs(jobs), .information(information), .crc_valid(crc_valid), .crc(crc),
    .information_room(information_room), .may_write(may_write), .may_restore(may_restore),
    .write_cache_enable(write_cache_enable), .write_cache_address(write_cache_address),
    .write_cache_data(write_cache_data), .host_write_cache_valid(host_write_cache_valid),
    .host_write_cache_taken(host_write_cache_taken), .host_write_cache_address(host_write_cache_address),
    .host_write_cache_data(host_write_cache_data), .host_read_cache_enable(host_read_cache_enable),
    .host_read_cache_address(host_read_cache_address), .host_read_cache_data(host_read_cache_data),
    .device_read_valid(device_read_valid), .device_read_slot(device_read_slot),
    .device_read_address(device_read_address), .device_read_size(device_read_size), .device_read_done(device_read_done),
    .device_read_done_slot(device_read_done_slot), .replication_reads(replication_reads), .device_beats(device_beats),
    .received_valid(received_valid), .received_taken(received_taken), .restored_valid(restored_valid),
    .restored_taken(restored_taken), .device_cache_address(device_cache_address), .received_data(received_data),
    .restored_data(restored_data), .request_valid(device_request_valid), .request_taken(device_request_taken),
    .request(device_request), .m_axi_awid(m_axi_awid), .m_axi_awaddr(m_axi_awaddr), .m_axi_awlen(m_axi_awlen),
    .m_axi_awsize(m_axi_awsize), .m_axi_awburst(m_axi_awburst), .m_axi_awvalid(m_axi_awvalid),
    .m_axi_awready(m_axi_awready), .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb), .m_axi_wlast(m_axi_wlast),
    .m_axi_wvalid(m_axi_wvalid), .m_axi_wready(m_axi_wready), .m_axi_bid(m_axi_bid), .m_axi_bresp(m_axi_bresp),
    .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready), .m_axi_arid(m_axi_arid), .m_axi_araddr(m_axi_araddr),
    .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize), .m_axi_arburst(m_axi_arburst),
    .m_axi_arvalid(m_axi_arvalid), .m_axi_arready(m_axi_arready), .m_axi_rid(m_axi_rid), .m_axi_rdata(m_axi_rdata),
    .m_axi_rresp(m_axi_rresp), .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid), .m_axi_rready(m_axi_rready)
);

endmodule

`resetall
