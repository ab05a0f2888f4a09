// The side of a storage system that decides: the commit stage, who may take a step in it, the maintenance terminal.
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
 * Hosts, storage devices, the processes of replication and the maintenance terminal each ask for steps; one is granted
 * a cycle.
 */
module commit_side #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Bytes of write data and journals in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter MAX_JOURNALS = 64,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    // Journal read commands of a group in flight; numbers from commit on that received journals may have
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter SYSTEM_NUMBER = 1,
    parameter COMMIT_TRACE = 1,
    parameter POSITION_WIDTH = 48,
    // Requesters of replication, but for those that keep tables in the commit stage
    parameter REQUESTERS = 9,
    // Bits of a beat's place in the largest memory that device writes come from, and of one in a slot
    parameter START_WIDTH = 12,
    parameter BEAT_WIDTH = 8,
    parameter JOB_WIDTH = 2 + $clog2(CACHE_SLOTS)
) (
    input  wire                              clk,
    input  wire                              rst,
    // value of the cycle counter at reset
    input  wire [47:0]                       first_cycle,
    // nothing in flight elsewhere in the system
    input  wire                              others_idle,

    /*
     * Requests for steps: of hosts, storage devices, replication
     */
    input  wire [1:0]                        host_request_valid,
    output wire [1:0]                        host_request_taken,
    input  wire [2*`CR_WIDTH-1:0]            host_request,
    input  wire [2*DEVICES-1:0]              device_request_valid,
    output wire [2*DEVICES-1:0]              device_request_taken,
    input  wire [2*DEVICES*`CR_WIDTH-1:0]    device_request,
    input  wire [REQUESTERS-1:0]             replication_request_valid,
    output wire [REQUESTERS-1:0]             replication_request_taken,
    input  wire [REQUESTERS*`CR_WIDTH-1:0]   replication_request,

    /*
     * The step: what cache slots and reads hold of it, what holds until it, what others learn in it
     */
    output wire [$clog2(CACHE_SLOTS)-1:0]    lookup_slot,
    output wire [$clog2(READ_SLOTS)-1:0]     lookup_read,
    input  wire [`COMMIT_LOOKUP_WIDTH-1:0]   lookup,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0] operands,
    output wire [`COMMIT_STEP_WIDTH-1:0]     step,
    // of every group, for the processes that ask for steps
    output wire [7*GROUPS-1:0]               activities,
    input  wire [15:0]                       scanned_group,
    output wire [63:0]                       scanned_restore,

    /*
     * What it sends out: the host's answer; device writes, and a journal's update information without its CRC, which
     * comes later, in the order of the journals
     */
    output wire                              answer_valid,
    output wire [15:0]                       answer_tag,
    output wire [7:0]                        answer_status,
    output wire [`COMMIT_JOBS_WIDTH-1:0]     jobs,
    output wire [`UI_COVERED_BITS-1:0]       information,
    // another step may create a journal
    input  wire                              information_room,
    input  wire                              crc_valid,
    input  wire [31:0]                       crc,

    /*
     * Packets of journal read commands (0) and groups' states (1); one about a group's state that came, and whether
     * another one may come
     */
    output wire [1:0]                        packet_valid,
    input  wire [1:0]                        packet_ready,
    output wire [2*`PK_WIDTH-1:0]            packet,
    input  wire                              state_received,
    input  wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet,
    output wire                              state_room,

    /*
     * Maintenance terminal: AXI4-Lite
     */
    input  wire [15:0]                       s_axil_awaddr,
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

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_COMMIT_TRACE
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(REQUESTERS == 9, parameter_error_REQUESTERS_must_be_9)

// the processes that keep tables in the commit stage
localparam OWN_REQUESTERS = 4;
localparam ALL_REQUESTERS = OWN_REQUESTERS + REQUESTERS + 2 * DEVICES + 3;

wire enable, granted, register_request_valid, register_request_taken, register_answer_valid;
wire [`CR_WIDTH-1:0] granted_request, register_request;
wire [OWN_REQUESTERS-1:0] own_request_valid, own_request_taken;
wire [OWN_REQUESTERS*`CR_WIDTH-1:0] own_request;
wire [63:0] register_answer_data;
wire [1:0]  register_answer_response;

`include "commit_request_fields.vh"

// the next received journal of a packet is asked for in the cycle behind a store's step (store_requester)
localparam STORES = 1 + 2 + 2 * DEVICES + 4;
localparam [ALL_REQUESTERS-1:0] FIRST = 1;
`include "commit_step_wires.vh"
assign `COMMIT_STEP = step;
wire [ALL_REQUESTERS-1:0] expected = (step_valid && step_kind == `ML_REQUEST_STORE) ? FIRST << STORES : 0;

commit_arbiter #(
    .REQUESTERS(ALL_REQUESTERS), .WIDTH(`CR_WIDTH),
    .USED({OWN_FIELDS, REPLICATION_FIELDS, {2*DEVICES{DEVICE_FIELDS}}, HOST_FIELDS, REGISTER_FIELDS})
) arbiter (
    .clk(clk), .rst(rst), .enable(enable && information_room), .expected(expected),
    .request_valid({own_request_valid, replication_request_valid, device_request_valid, host_request_valid,
                    register_request_valid}),
    .request({own_request, replication_request, device_request, host_request, register_request}),
    .request_taken({own_request_taken, replication_request_taken, device_request_taken, host_request_taken,
                    register_request_taken}),
    .granted(granted), .granted_request(granted_request)
);

commit_stage #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .MAX_JOURNALS(MAX_JOURNALS),
    .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE), .POSITION_WIDTH(POSITION_WIDTH),
    .START_WIDTH(START_WIDTH), .BEAT_WIDTH(BEAT_WIDTH)
) commit_stage_inst (
    .clk(clk), .rst(rst), .first_cycle(first_cycle), .enable(enable), .granted(granted),
    .granted_request(granted_request), .others_idle(others_idle), .lookup_slot(lookup_slot), .lookup_read(lookup_read),
    .lookup(lookup), .operands(operands), .step(step), .activities(activities), .scanned_group(scanned_group),
    .scanned_restore(scanned_restore), .request_valid(own_request_valid), .request_taken(own_request_taken),
    .request(own_request), .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet),
    .state_received(state_received), .state_packet(state_packet), .state_room(state_room),
    .host_answer_valid(answer_valid), .host_answer_tag(answer_tag), .host_answer_status(answer_status), .jobs(jobs),
    .information(information), .crc_valid(crc_valid), .crc(crc), .register_answer_valid(register_answer_valid),
    .register_answer_data(register_answer_data), .register_answer_response(register_answer_response),
    .m_axis_commit_tdata(m_axis_commit_tdata), .m_axis_commit_tvalid(m_axis_commit_tvalid),
    .m_axis_commit_tready(m_axis_commit_tready)
);

registers registers_inst (
    .clk(clk), .rst(rst), .s_axil_awaddr(s_axil_awaddr), .s_axil_awvalid(s_axil_awvalid),
    .s_axil_awready(s_axil_awready), .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb),
    .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp),
    .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready), .s_axil_araddr(s_axil_araddr),
    .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready), .s_axil_rdata(s_axil_rdata),
    .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready),
    .request_valid(register_request_valid), .request_taken(register_request_taken), .request(register_request),
    .answer_valid(register_answer_valid), .answer_data(register_answer_data), .answer_response(register_answer_response)
);

endmodule

`resetall
