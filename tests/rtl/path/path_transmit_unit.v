// path_transmit.v with a packet's payload at once.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "connection_path.vh"

/*
 * The beat that is asked for is taken from the payload.
 */
module path_transmit_unit #(
    parameter DATA_WIDTH = 512
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire                     packet_valid,
    output wire                     packet_ready,
    input  wire [15:0]              packet_type,
    input  wire [15:0]              packet_destination,
    input  wire [15:0]              packet_group,
    input  wire [15:0]              packet_source_group,
    input  wire [31:0]              packet_generation,
    input  wire [31:0]              packet_tag,
    input  wire [15:0]              packet_status,
    input  wire [31:0]              packet_incarnation,
    input  wire [7:0]               packet_reason,
    input  wire [7:0]               packet_flags,
    input  wire [15:0]              packet_count,
    input  wire [31:0]              packet_data_bytes,
    input  wire                     packet_has_payload,
    input  wire [`CP_UNIT_BITS-1:0] packet_payload,
    input  wire                     packet_poison,
    input  wire                     packet_hold,
    input  wire [DATA_WIDTH-1:0]    s_axis_journals_tdata,
    input  wire                     s_axis_journals_tvalid,
    output wire                     s_axis_journals_tready,
    output wire [DATA_WIDTH-1:0]    m_axis_path_tdata,
    output wire                     m_axis_path_tvalid,
    input  wire                     m_axis_path_tready,
    output wire                     m_axis_path_tlast
);

localparam PARTS = `CP_UNIT_BITS / DATA_WIDTH;
localparam PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1;

wire [PART_WIDTH-1:0] payload_part;

path_transmit #(.DATA_WIDTH(DATA_WIDTH)) path_transmit_inst (
    .clk(clk), .rst(rst), .packet_valid(packet_valid), .packet_comes(1'b0), .packet_ready(packet_ready),
    .packet_type(packet_type), .packet_destination(packet_destination), .packet_group(packet_group), .packet_source_group(packet_source_group),
    .packet_generation(packet_generation), .packet_tag(packet_tag), .packet_status(packet_status),
    .packet_incarnation(packet_incarnation), .packet_reason(packet_reason), .packet_flags(packet_flags),
    .packet_count(packet_count), .packet_data_bytes(packet_data_bytes), .packet_has_payload(packet_has_payload),
    .payload_part(payload_part), .packet_payload(packet_payload[payload_part*DATA_WIDTH +: DATA_WIDTH]),
    .packet_poison(packet_poison), .journal_damaged(), .damaged_index(), .packet_hold(packet_hold),
    .s_axis_journals_tdata(s_axis_journals_tdata), .s_axis_journals_tvalid(s_axis_journals_tvalid),
    .s_axis_journals_tready(s_axis_journals_tready), .m_axis_path_tdata(m_axis_path_tdata),
    .m_axis_path_tvalid(m_axis_path_tvalid), .m_axis_path_tready(m_axis_path_tready),
    .m_axis_path_tlast(m_axis_path_tlast)
);

endmodule

`resetall
