// A storage system of which only the maintenance terminal and the commit trace are connected. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module register_unit #(
    parameter DATA_WIDTH = 64,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter MAX_DATA_BYTES = 65536,
    parameter CACHE_SLOTS = 16,
    parameter COMMANDS = 4,
    parameter SYSTEM_NUMBER = 1,
    parameter AXI_ADDR_WIDTH = 48
) (
    input  wire          clk,
    input  wire          rst,

    input  wire [15:0]   s_axil_awaddr,
    input  wire [2:0]    s_axil_awprot,
    input  wire          s_axil_awvalid,
    output wire          s_axil_awready,
    input  wire [63:0]   s_axil_wdata,
    input  wire [7:0]    s_axil_wstrb,
    input  wire          s_axil_wvalid,
    output wire          s_axil_wready,
    output wire [1:0]    s_axil_bresp,
    output wire          s_axil_bvalid,
    input  wire          s_axil_bready,
    input  wire [15:0]   s_axil_araddr,
    input  wire [2:0]    s_axil_arprot,
    input  wire          s_axil_arvalid,
    output wire          s_axil_arready,
    output wire [63:0]   s_axil_rdata,
    output wire [1:0]    s_axil_rresp,
    output wire          s_axil_rvalid,
    input  wire          s_axil_rready,

    output wire [1023:0] m_axis_commit_tdata,
    output wire          m_axis_commit_tvalid,
    input  wire          m_axis_commit_tready,

    // host commands, so that the system is not idle
    input  wire          s_host_command_valid,
    output wire          s_host_command_ready
);

storage_system #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .COMMANDS(COMMANDS),
    .SYSTEM_NUMBER(SYSTEM_NUMBER),
    .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH)
) system (
    .clk(clk), .rst(rst), .time_ns(64'h1234_5678_9ABC_DEF0), .first_cycle(48'd0),
    // a write whose data never comes
    .s_host_command_valid(s_host_command_valid), .s_host_command_ready(s_host_command_ready), .s_host_command_opcode(8'd2),
    .s_host_command_tag(16'd0), .s_host_command_volume(16'd0), .s_host_command_position(64'd0), .s_host_command_size(32'd512),
    .s_axis_write_tdata({DATA_WIDTH{1'b0}}), .s_axis_write_tvalid(1'b0), .s_axis_write_tready(), .s_axis_write_tlast(1'b0),
    .m_axis_read_tdata(), .m_axis_read_tid(), .m_axis_read_tvalid(), .m_axis_read_tready(1'b0), .m_axis_read_tlast(),
    .m_host_response_valid(), .m_host_response_ready(1'b0), .m_host_response_tag(), .m_host_response_status(),
    .m_axi_awid(), .m_axi_awaddr(), .m_axi_awlen(), .m_axi_awsize(), .m_axi_awburst(), .m_axi_awvalid(),
    .m_axi_awready({DEVICES{1'b0}}), .m_axi_wdata(), .m_axi_wstrb(), .m_axi_wlast(), .m_axi_wvalid(),
    .m_axi_wready({DEVICES{1'b0}}), .m_axi_bid({4*DEVICES{1'b0}}), .m_axi_bresp({2*DEVICES{1'b0}}),
    .m_axi_bvalid({DEVICES{1'b0}}), .m_axi_bready(), .m_axi_arid(), .m_axi_araddr(), .m_axi_arlen(), .m_axi_arsize(),
    .m_axi_arburst(), .m_axi_arvalid(), .m_axi_arready({DEVICES{1'b0}}), .m_axi_rid({4*DEVICES{1'b0}}),
    .m_axi_rdata({DEVICES*DATA_WIDTH{1'b0}}), .m_axi_rresp({2*DEVICES{1'b0}}), .m_axi_rlast({DEVICES{1'b0}}),
    .m_axi_rvalid({DEVICES{1'b0}}), .m_axi_rready(),
    .s_axis_path_tdata({DATA_WIDTH{1'b0}}), .s_axis_path_tvalid(1'b0), .s_axis_path_tready(), .s_axis_path_tlast(1'b0),
    .m_axis_path_tdata(), .m_axis_path_tvalid(), .m_axis_path_tready(1'b1), .m_axis_path_tlast(),
    .s_axil_awaddr(s_axil_awaddr), .s_axil_awprot(s_axil_awprot), .s_axil_awvalid(s_axil_awvalid),
    .s_axil_awready(s_axil_awready), .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb),
    .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready), .s_axil_bresp(s_axil_bresp),
    .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready), .s_axil_araddr(s_axil_araddr),
    .s_axil_arprot(s_axil_arprot), .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready),
    .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp), .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready),
    .m_axis_commit_tdata(m_axis_commit_tdata), .m_axis_commit_tvalid(m_axis_commit_tvalid),
    .m_axis_commit_tready(m_axis_commit_tready)
);

endmodule

`resetall
