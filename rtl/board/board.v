// A board: a storage system, or two and the path between them, behind a link: a UART or a stream of bytes
// (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * With BAUD the link is on `uart_rxd` and `uart_txd`, without it is the stream of bytes; the other is not used.
 */
module board #(
    // Bits of every data path: 64, 128, 256 or 512
    parameter DATA_WIDTH = 64,
    // Logical volumes, 1 to 64
    parameter VOLUMES = 8,
    // Pairs, 1 to 64
    parameter PAIRS = 8,
    // Groups, 1 to 8
    parameter GROUPS = 4,
    // Storage devices, 1 to 8, served by the machine but for those in block RAM
    parameter DEVICES = 2,
    // The others of storage_system
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter MAX_DATA_BYTES = 4096,
    parameter CACHE_SLOTS = 8,
    parameter READ_SLOTS = 4,
    parameter FLUSHES = 4,
    parameter OUTSTANDING = 16,
    parameter COMMANDS = 8,
    parameter WINDOW = 256,
    // Of the first system, and how many there are, 1 or 2
    parameter SYSTEM_NUMBER = 1,
    parameter SYSTEMS = 1,
    // Bytes of a storage device in block RAM, 0: there is none; so many of each system, its last ones, are there
    parameter MEMORY_BYTES = 0,
    parameter MEMORY_DEVICES = 1,
    parameter AXI_ADDR_WIDTH = 48,
    // kHz of the clock, and whole ns of its period
    parameter CLOCK_KHZ = 25000,
    parameter PERIOD_NS = 40,
    // Bits a second of the UART, 0: a stream of bytes
    parameter BAUD = 0,
    // What the board was made of: the CRC-32 of its sources
    parameter [31:0] BUILD = 0
) (
    input  wire       clk,
    // power-on, or a button
    input  wire       rst,

    input  wire [7:0] rx_data,
    input  wire       rx_valid,
    output wire [7:0] tx_data,
    output wire       tx_valid,
    input  wire       tx_ready,

    input  wire       uart_rxd,
    output wire       uart_txd,

    // blinks while there is a clock; a machine is at the other end
    output wire       led_life,
    output wire       led_up
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_FLUSHES
`ML_REQUIRE_OUTSTANDING
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SYSTEMS, 1, 2), parameter_error_SYSTEMS_must_be_1_or_2)
`ML_REQUIRE(MEMORY_BYTES == 0 || `ML_POWER_OF_TWO(MEMORY_BYTES, 4096, 1048576),
            parameter_error_MEMORY_BYTES_must_be_0_or_a_power_of_two_from_4096_to_1048576)
`ML_REQUIRE(`ML_IN_RANGE(MEMORY_DEVICES, 1, DEVICES), parameter_error_MEMORY_DEVICES_must_be_1_to_DEVICES)
`ML_REQUIRE(`ML_IN_RANGE(CLOCK_KHZ, 1000, 100000), parameter_error_CLOCK_KHZ_must_be_1000_to_100000)
`ML_REQUIRE(`ML_IN_RANGE(PERIOD_NS, 1, 65535), parameter_error_PERIOD_NS_must_be_1_to_65535)
`ML_REQUIRE(`ML_IN_RANGE(BAUD, 0, 12000000), parameter_error_BAUD_must_be_0_to_12000000)

localparam W = DATA_WIDTH;
localparam AW = AXI_ADDR_WIDTH;
// at 25 MHz, 1.5 times a second
reg [23:0] life_reg;

assign led_life = life_reg[23];

always @(posedge clk) begin
    life_reg <= life_reg + 24'd1;
    if (rst)
        life_reg <= 24'd0;
end

/*
 * The stream of bytes
 */
wire [7:0] line_rx_data, line_tx_data;
wire       line_rx_valid, line_rx_error, line_tx_valid, line_tx_ready;

generate
    if (BAUD != 0) begin : uart
        uart_rx #(.CLOCK(1000 * CLOCK_KHZ), .BAUD(BAUD)) receive (
            .clk(clk), .rst(rst), .rxd(uart_rxd), .data(line_rx_data), .valid(line_rx_valid), .error(line_rx_error)
        );
        uart_tx #(.CLOCK(1000 * CLOCK_KHZ), .BAUD(BAUD)) transmit (
            .clk(clk), .rst(rst), .data(line_tx_data), .valid(line_tx_valid), .ready(line_tx_ready), .txd(uart_txd)
        );
        assign tx_data  = 8'd0;
        assign tx_valid = 1'b0;

        // verilator lint_off UNUSEDSIGNAL
        wire unused = &{1'b0, rx_data, rx_valid, tx_ready};
        // verilator lint_on UNUSEDSIGNAL
    end else begin : stream
        assign line_rx_data  = rx_data;
        assign line_rx_valid = rx_valid;
        assign line_rx_error = 1'b0;
        assign line_tx_ready = tx_ready;
        assign tx_data       = line_tx_data;
        assign tx_valid      = line_tx_valid;
        assign uart_txd      = 1'b1;

        // verilator lint_off UNUSEDSIGNAL
        wire unused = uart_rxd;
        // verilator lint_on UNUSEDSIGNAL
    end
endgenerate

/*
 * Link and storage system
 */
wire                                system_rst;
wire [63:0]                         time_ns;
wire [47:0]                         first_cycle;
wire [SYSTEMS-1:0]                  command_valid, command_ready, response_valid, response_ready;
wire [SYSTEMS*8-1:0]                command_opcode, response_status;
wire [SYSTEMS*16-1:0]               command_tag, command_volume, response_tag, read_tid;
wire [SYSTEMS*64-1:0]               command_position;
wire [SYSTEMS*32-1:0]               command_size;
wire [SYSTEMS*W-1:0]                write_tdata, read_tdata, path_in_tdata, path_out_tdata;
wire [SYSTEMS-1:0]                  write_tvalid, write_tready, write_tlast, read_tvalid, read_tready, read_tlast;
wire [SYSTEMS-1:0]                  path_in_tvalid, path_in_tready, path_in_tlast;
wire [SYSTEMS-1:0]                  path_out_tvalid, path_out_tready, path_out_tlast;
wire [SYSTEMS*DEVICES*AW-1:0]       awaddr, araddr;
wire [SYSTEMS*DEVICES*8-1:0]        awlen, arlen;
wire [SYSTEMS*DEVICES*W-1:0]        wdata, rdata;
wire [SYSTEMS*DEVICES*2-1:0]        bresp, rresp;
wire [SYSTEMS*DEVICES-1:0]          awvalid, awready, wvalid, wready, bvalid, bready;
wire [SYSTEMS*DEVICES-1:0]          arvalid, arready, rlast, rvalid, rready;
wire [SYSTEMS*16-1:0]               axil_awaddr, axil_araddr;
wire [SYSTEMS*64-1:0]               axil_wdata, axil_rdata;
wire [SYSTEMS*8-1:0]                axil_wstrb;
wire [SYSTEMS*2-1:0]                axil_bresp, axil_rresp;
wire [SYSTEMS-1:0]                  axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
wire [SYSTEMS-1:0]                  axil_arvalid, axil_arready, axil_rvalid, axil_rready;
wire [SYSTEMS*1024-1:0]             commit_tdata;
wire [SYSTEMS-1:0]                  commit_tvalid, commit_tready;

link #(
    .DATA_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .READ_SLOTS(READ_SLOTS), .FLUSHES(FLUSHES), .OUTSTANDING(OUTSTANDING), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .SYSTEMS(SYSTEMS), .MEMORY_BYTES(MEMORY_BYTES),
    .MEMORY_DEVICES(MEMORY_DEVICES), .AXI_ADDR_WIDTH(AW), .CLOCK_KHZ(CLOCK_KHZ), .PERIOD_NS(PERIOD_NS), .BAUD(BAUD),
    .BUILD(BUILD)
) link_inst (
    .clk(clk), .rst(rst),
    .rx_data(line_rx_data), .rx_valid(line_rx_valid), .rx_error(line_rx_error),
    .tx_data(line_tx_data), .tx_valid(line_tx_valid), .tx_ready(line_tx_ready), .up(led_up),
    .system_rst(system_rst), .time_ns(time_ns), .first_cycle(first_cycle),
    .m_host_command_valid(command_valid), .m_host_command_ready(command_ready),
    .m_host_command_opcode(command_opcode), .m_host_command_tag(command_tag), .m_host_command_volume(command_volume),
    .m_host_command_position(command_position), .m_host_command_size(command_size),
    .m_axis_write_tdata(write_tdata), .m_axis_write_tvalid(write_tvalid), .m_axis_write_tready(write_tready),
    .m_axis_write_tlast(write_tlast),
    .s_axis_read_tdata(read_tdata), .s_axis_read_tid(read_tid), .s_axis_read_tvalid(read_tvalid),
    .s_axis_read_tready(read_tready), .s_axis_read_tlast(read_tlast),
    .s_host_response_valid(response_valid), .s_host_response_ready(response_ready),
    .s_host_response_tag(response_tag), .s_host_response_status(response_status),
    .s_axi_awaddr(awaddr), .s_axi_awlen(awlen), .s_axi_awvalid(awvalid), .s_axi_awready(awready), .s_axi_wdata(wdata),
    .s_axi_wvalid(wvalid), .s_axi_wready(wready), .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(bready),
    .s_axi_araddr(araddr), .s_axi_arlen(arlen), .s_axi_arvalid(arvalid), .s_axi_arready(arready), .s_axi_rdata(rdata),
    .s_axi_rresp(rresp), .s_axi_rlast(rlast), .s_axi_rvalid(rvalid), .s_axi_rready(rready),
    .m_axis_path_tdata(path_in_tdata), .m_axis_path_tvalid(path_in_tvalid), .m_axis_path_tready(path_in_tready),
    .m_axis_path_tlast(path_in_tlast),
    .s_axis_path_tdata(path_out_tdata), .s_axis_path_tvalid(path_out_tvalid), .s_axis_path_tready(path_out_tready),
    .s_axis_path_tlast(path_out_tlast),
    .m_axil_awaddr(axil_awaddr), .m_axil_awvalid(axil_awvalid), .m_axil_awready(axil_awready),
    .m_axil_wdata(axil_wdata), .m_axil_wstrb(axil_wstrb), .m_axil_wvalid(axil_wvalid), .m_axil_wready(axil_wready),
    .m_axil_bresp(axil_bresp), .m_axil_bvalid(axil_bvalid), .m_axil_bready(axil_bready),
    .m_axil_araddr(axil_araddr), .m_axil_arvalid(axil_arvalid), .m_axil_arready(axil_arready),
    .m_axil_rdata(axil_rdata), .m_axil_rresp(axil_rresp), .m_axil_rvalid(axil_rvalid), .m_axil_rready(axil_rready),
    .s_axis_commit_tdata(commit_tdata), .s_axis_commit_tvalid(commit_tvalid), .s_axis_commit_tready(commit_tready)
);

generate
    genvar s;
    for (s = 0; s < SYSTEMS; s = s + 1) begin : of
        storage_system #(
            .DATA_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
            .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
            .READ_SLOTS(READ_SLOTS), .FLUSHES(FLUSHES), .OUTSTANDING(OUTSTANDING), .COMMANDS(COMMANDS),
            .WINDOW(WINDOW), .SYSTEM_NUMBER((s == 0) ? SYSTEM_NUMBER : SYSTEM_NUMBER + 1), .AXI_ADDR_WIDTH(AW),
            .AXI_ID_WIDTH(1), .COMMIT_TRACE(1)
        ) system (
            .clk(clk), .rst(system_rst), .time_ns(time_ns), .first_cycle(first_cycle),
            .s_host_command_valid(command_valid[s]), .s_host_command_ready(command_ready[s]),
            .s_host_command_opcode(command_opcode[s*8 +: 8]), .s_host_command_tag(command_tag[s*16 +: 16]),
            .s_host_command_volume(command_volume[s*16 +: 16]),
            .s_host_command_position(command_position[s*64 +: 64]), .s_host_command_size(command_size[s*32 +: 32]),
            .s_axis_write_tdata(write_tdata[s*W +: W]), .s_axis_write_tvalid(write_tvalid[s]),
            .s_axis_write_tready(write_tready[s]), .s_axis_write_tlast(write_tlast[s]),
            .m_axis_read_tdata(read_tdata[s*W +: W]), .m_axis_read_tid(read_tid[s*16 +: 16]),
            .m_axis_read_tvalid(read_tvalid[s]), .m_axis_read_tready(read_tready[s]),
            .m_axis_read_tlast(read_tlast[s]), .m_host_response_valid(response_valid[s]),
            .m_host_response_ready(response_ready[s]), .m_host_response_tag(response_tag[s*16 +: 16]),
            .m_host_response_status(response_status[s*8 +: 8]), .m_axi_awid(),
            .m_axi_awaddr(awaddr[s*DEVICES*AW +: DEVICES*AW]), .m_axi_awlen(awlen[s*DEVICES*8 +: DEVICES*8]),
            .m_axi_awsize(), .m_axi_awburst(), .m_axi_awvalid(awvalid[s*DEVICES +: DEVICES]),
            .m_axi_awready(awready[s*DEVICES +: DEVICES]), .m_axi_wdata(wdata[s*DEVICES*W +: DEVICES*W]),
            .m_axi_wstrb(), .m_axi_wlast(), .m_axi_wvalid(wvalid[s*DEVICES +: DEVICES]),
            .m_axi_wready(wready[s*DEVICES +: DEVICES]), .m_axi_bid({DEVICES{1'b0}}),
            .m_axi_bresp(bresp[s*DEVICES*2 +: DEVICES*2]), .m_axi_bvalid(bvalid[s*DEVICES +: DEVICES]),
            .m_axi_bready(bready[s*DEVICES +: DEVICES]), .m_axi_arid(),
            .m_axi_araddr(araddr[s*DEVICES*AW +: DEVICES*AW]), .m_axi_arlen(arlen[s*DEVICES*8 +: DEVICES*8]),
            .m_axi_arsize(), .m_axi_arburst(), .m_axi_arvalid(arvalid[s*DEVICES +: DEVICES]),
            .m_axi_arready(arready[s*DEVICES +: DEVICES]), .m_axi_rid({DEVICES{1'b0}}),
            .m_axi_rdata(rdata[s*DEVICES*W +: DEVICES*W]), .m_axi_rresp(rresp[s*DEVICES*2 +: DEVICES*2]),
            .m_axi_rlast(rlast[s*DEVICES +: DEVICES]), .m_axi_rvalid(rvalid[s*DEVICES +: DEVICES]),
            .m_axi_rready(rready[s*DEVICES +: DEVICES]), .s_axis_path_tdata(path_in_tdata[s*W +: W]),
            .s_axis_path_tvalid(path_in_tvalid[s]), .s_axis_path_tready(path_in_tready[s]),
            .s_axis_path_tlast(path_in_tlast[s]), .m_axis_path_tdata(path_out_tdata[s*W +: W]),
            .m_axis_path_tvalid(path_out_tvalid[s]), .m_axis_path_tready(path_out_tready[s]),
            .m_axis_path_tlast(path_out_tlast[s]), .s_axil_awaddr(axil_awaddr[s*16 +: 16]), .s_axil_awprot(3'd0),
            .s_axil_awvalid(axil_awvalid[s]), .s_axil_awready(axil_awready[s]), .s_axil_wdata(axil_wdata[s*64 +: 64]),
            .s_axil_wstrb(axil_wstrb[s*8 +: 8]), .s_axil_wvalid(axil_wvalid[s]), .s_axil_wready(axil_wready[s]),
            .s_axil_bresp(axil_bresp[s*2 +: 2]), .s_axil_bvalid(axil_bvalid[s]), .s_axil_bready(axil_bready[s]),
            .s_axil_araddr(axil_araddr[s*16 +: 16]), .s_axil_arprot(3'd0), .s_axil_arvalid(axil_arvalid[s]),
            .s_axil_arready(axil_arready[s]), .s_axil_rdata(axil_rdata[s*64 +: 64]),
            .s_axil_rresp(axil_rresp[s*2 +: 2]), .s_axil_rvalid(axil_rvalid[s]), .s_axil_rready(axil_rready[s]),
            .m_axis_commit_tdata(commit_tdata[s*1024 +: 1024]), .m_axis_commit_tvalid(commit_tvalid[s]),
            .m_axis_commit_tready(commit_tready[s])
        );
    end
endgenerate

endmodule

`resetall
