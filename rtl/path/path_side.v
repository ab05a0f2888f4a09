// The connection path 200 of one storage system, both directions.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"
`include "parameters.vh"

/*
 * path_receive checks what comes, path_sources knows its senders, path_port passes it to whoever takes its type, and
 * sends what is to be sent. A packet is announced when its header and payload are in registers and its source has been
 * looked up, and the next one may begin when it is known what room is left.
 */
module path_side #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter SYSTEM_NUMBER = 1,
    // Who sends packets
    parameter SOURCES = 4,
    // Journal read commands of a group that wait, a power of two
    parameter COMMANDS = 16,
    // Journals and bytes of write data in a packet; bytes of write data of a journal
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    // Bits of a beat's place in 64 bytes, in a packet's write data
    parameter PART_WIDTH = (DATA_WIDTH < `CP_UNIT_BITS) ? $clog2(`CP_UNIT_BITS / DATA_WIDTH) : 1,
    parameter BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                         clk,
    input  wire                         rst,
    input  wire [63:0]                  time_ns,

    /*
     * Registers
     */
    input  wire                         incarnation_load,
    input  wire                         allowed_load,
    input  wire [63:0]                  load_value,
    output wire [31:0]                  incarnation,
    output wire [63:0]                  allowed_systems,
    output wire [31:0]                  faults,

    /*
     * Packets to be sent, and the journals of those of source 0
     */
    input  wire [SOURCES-1:0]           packet_valid,
    output wire [SOURCES-1:0]           packet_ready,
    input  wire [SOURCES*`PK_WIDTH-1:0] packet,
    input  wire                         packet_poison,
    output wire                         journal_damaged,
    output wire [15:0]                  damaged_index,
    input  wire                         packet_hold,
    input  wire [DATA_WIDTH-1:0]        s_axis_journals_tdata,
    input  wire                         s_axis_journals_tvalid,
    output wire                         s_axis_journals_tready,

    /*
     * A packet that came: whether one may come, its fields, who takes it
     */
    input  wire                         room,
    // a packet, whatever it is, is announced in this cycle
    output wire                         announces,
    output wire [15:0]                  received_type,
    output wire [15:0]                  received_source,
    output wire [15:0]                  received_group,
    output wire [15:0]                  received_source_group,
    output wire [31:0]                  received_generation,
    output wire [31:0]                  received_tag,
    output wire [15:0]                  received_status,
    output wire [31:0]                  received_incarnation,
    output wire [7:0]                   received_reason,
    output wire                         received_wants_answer,
    output wire [15:0]                  received_count,
    output wire [`CP_UNIT_BITS-1:0]     received_payload,
    output wire                         answer_end,
    output wire                         state_end,
    output wire                         maintenance_end,
    input  wire                         packet_lost,

    /*
     * Its journals, as they come
     */
    // a beat (`information_part`) of the payload of another packet
    output wire                         payload_enable,
    output wire                         information_enable,
    output wire [JOURNAL_WIDTH-1:0]     information_index,
    output wire [PART_WIDTH-1:0]        information_part,
    output wire                         data_enable,
    output wire [BEAT_WIDTH-1:0]        data_beat,
    output wire [DATA_WIDTH-1:0]        data,
    output wire                         crc_enable,
    output wire [JOURNAL_WIDTH-1:0]     crc_index,
    output wire [31:0]                  crc,

    /*
     * Journal read commands that enter their queues and wait there
     */
    output wire                         command_enters,
    output wire [GROUPS-1:0]            command_valid,
    input  wire [GROUPS-1:0]            command_taken,
    input  wire                         command_lookup,
    output wire                         command_here,
    input  wire [GROUP_WIDTH-1:0]       command_group,
    output wire [15:0]                  command_source,
    output wire [15:0]                  command_source_group,
    output wire [31:0]                  command_generation,
    output wire [31:0]                  command_tag,
    output wire [`CP_UNIT_BITS-1:0]     command_payload,

    /*
     * Connection path
     */
    input  wire [DATA_WIDTH-1:0]        s_axis_path_tdata,
    input  wire                         s_axis_path_tvalid,
    output wire                         s_axis_path_tready,
    input  wire                         s_axis_path_tlast,
    output wire [DATA_WIDTH-1:0]        m_axis_path_tdata,
    output wire                         m_axis_path_tvalid,
    input  wire                         m_axis_path_tready,
    output wire                         m_axis_path_tlast
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE(`ML_IN_RANGE(SOURCES, 2, 8), parameter_error_SOURCES_must_be_2_to_8)
`ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 2, 256), parameter_error_COMMANDS_must_be_a_power_of_two_from_2_to_256)
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_MAX_TRANSFER_BYTES

wire        arrives, over, allowed;
wire [3:0]  fault;
wire [7:0]  received_flags;
wire [15:0] received_destination;

assign received_wants_answer = received_flags[`CP_FLAG_WANTS_ANSWER];

path_receive #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES)
) path_receive_inst (
    .clk(clk), .rst(rst), .s_axis_path_tdata(s_axis_path_tdata), .s_axis_path_tvalid(s_axis_path_tvalid),
    .s_axis_path_tready(s_axis_path_tready), .s_axis_path_tlast(s_axis_path_tlast), .enable(room),
    .packet_end(announces), .fault(fault), .packet_type(received_type), .packet_source(received_source),
    .packet_destination(received_destination), .packet_group(received_group),
    .packet_source_group(received_source_group), .packet_generation(received_generation), .packet_tag(received_tag),
    .packet_status(received_status), .packet_incarnation(received_incarnation), .packet_reason(received_reason),
    .packet_flags(received_flags), .packet_count(received_count), .packet_payload(received_payload),
    .payload_enable(payload_enable), .information_enable(information_enable), .information_index(information_index),
    .information_part(information_part), .data_enable(data_enable), .data_beat(data_beat), .data(data),
    .crc_enable(crc_enable), .crc_index(crc_index), .crc(crc)
);

path_sources path_sources_inst (
    .clk(clk), .rst(rst), .time_ns(time_ns), .incarnation_load(incarnation_load), .allowed_load(allowed_load),
    .load_value(load_value), .incarnation(incarnation), .allowed_systems(allowed_systems), .received(arrives),
    .source(received_source), .source_incarnation(received_incarnation), .over(over), .allowed(allowed)
);

path_port #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .SOURCES(SOURCES), .COMMANDS(COMMANDS),
    .MAX_JOURNALS(MAX_JOURNALS)
) path_port_inst (
    .clk(clk), .rst(rst), .incarnation(incarnation), .packet_valid(packet_valid), .packet_ready(packet_ready),
    .packet(packet), .packet_poison(packet_poison), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .packet_hold(packet_hold), .s_axis_journals_tdata(s_axis_journals_tdata),
    .s_axis_journals_tvalid(s_axis_journals_tvalid), .s_axis_journals_tready(s_axis_journals_tready),
    .received(announces), .fault(fault), .received_type(received_type), .received_source(received_source),
    .received_destination(received_destination), .received_group(received_group),
    .received_source_group(received_source_group), .received_generation(received_generation),
    .received_tag(received_tag), .received_wants_answer(received_wants_answer), .received_payload(received_payload),
    .arrives(arrives), .over(over), .allowed(allowed), .answer_end(answer_end), .state_end(state_end),
    .maintenance_end(maintenance_end), .packet_lost(packet_lost),
    .command_enters(command_enters), .command_valid(command_valid),
    .command_taken(command_taken), .command_lookup(command_lookup), .command_here(command_here),
    .command_group(command_group), .command_source(command_source), .command_source_group(command_source_group),
    .command_generation(command_generation), .command_tag(command_tag), .command_payload(command_payload),
    .faults(faults), .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast)
);

endmodule

`resetall
