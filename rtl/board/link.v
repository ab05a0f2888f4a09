// The link between a storage system and the machine that drives, watches and serves it (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

// A stream of bytes in each direction on one side, all ports of a storage system on the other, or of two: then each
// port is that of the first and, above it, that of the second. What the systems are to be reset with, and what is their
// time of day, come over the link.
module link #(
    // Of the storage system
    parameter DATA_WIDTH = 64,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter MAX_DATA_BYTES = 4096,
    parameter CACHE_SLOTS = 8,
    parameter READ_SLOTS = 4,
    parameter FLUSHES = 4,
    parameter OUTSTANDING = 16,
    parameter COMMANDS = 8,
    parameter WINDOW = 256,
    // Of the first system, and how many there are
    parameter SYSTEM_NUMBER = 1,
    parameter SYSTEMS = 1,
    // Bytes of a storage device in block RAM, 0: there is none; so many of each system, its last ones, are there
    parameter MEMORY_BYTES = 0,
    parameter MEMORY_DEVICES = 1,
    parameter AXI_ADDR_WIDTH = 48,
    // kHz of the clock, and whole ns of its period
    parameter CLOCK_KHZ = 25000,
    parameter PERIOD_NS = 40,
    // Bits a second of the UART, 0 if there is none
    parameter BAUD = 0,
    // What the board was made of: the CRC-32 of its sources
    parameter [31:0] BUILD = 0,
    // Bytes of the buffer of each channel with data, a power of two
    parameter BUFFER_BYTES = 2048
) (
    input  wire                                              clk,
    // power-on
    input  wire                                              rst,

    /*
     * The link
     */
    input  wire [7:0]                                        rx_data,
    input  wire                                              rx_valid,
    input  wire                                              rx_error,
    output wire [7:0]                                        tx_data,
    output wire                                              tx_valid,
    input  wire                                              tx_ready,
    output wire                                              up,

    /*
     * The storage system
     */
    output wire                                              system_rst,
    output wire [63:0]                                       time_ns,
    output wire [47:0]                                       first_cycle,

    output wire [SYSTEMS-1:0]                                m_host_command_valid,
    input  wire [SYSTEMS-1:0]                                m_host_command_ready,
    output wire [SYSTEMS*8-1:0]                              m_host_command_opcode,
    output wire [SYSTEMS*16-1:0]                             m_host_command_tag,
    output wire [SYSTEMS*16-1:0]                             m_host_command_volume,
    output wire [SYSTEMS*64-1:0]                             m_host_command_position,
    output wire [SYSTEMS*32-1:0]                             m_host_command_size,
    output wire [SYSTEMS*DATA_WIDTH-1:0]                     m_axis_write_tdata,
    output wire [SYSTEMS-1:0]                                m_axis_write_tvalid,
    input  wire [SYSTEMS-1:0]                                m_axis_write_tready,
    output wire [SYSTEMS-1:0]                                m_axis_write_tlast,
    input  wire [SYSTEMS*DATA_WIDTH-1:0]                     s_axis_read_tdata,
    input  wire [SYSTEMS*16-1:0]                             s_axis_read_tid,
    input  wire [SYSTEMS-1:0]                                s_axis_read_tvalid,
    output wire [SYSTEMS-1:0]                                s_axis_read_tready,
    input  wire [SYSTEMS-1:0]                                s_axis_read_tlast,
    input  wire [SYSTEMS-1:0]                                s_host_response_valid,
    output wire [SYSTEMS-1:0]                                s_host_response_ready,
    input  wire [SYSTEMS*16-1:0]                             s_host_response_tag,
    input  wire [SYSTEMS*8-1:0]                              s_host_response_status,

    input  wire [SYSTEMS*DEVICES*AXI_ADDR_WIDTH-1:0]         s_axi_awaddr,
    input  wire [SYSTEMS*DEVICES*8-1:0]                      s_axi_awlen,
    input  wire [SYSTEMS*DEVICES-1:0]                        s_axi_awvalid,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_awready,
    input  wire [SYSTEMS*DEVICES*DATA_WIDTH-1:0]             s_axi_wdata,
    input  wire [SYSTEMS*DEVICES-1:0]                        s_axi_wvalid,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_wready,
    output wire [SYSTEMS*DEVICES*2-1:0]                      s_axi_bresp,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_bvalid,
    input  wire [SYSTEMS*DEVICES-1:0]                        s_axi_bready,
    input  wire [SYSTEMS*DEVICES*AXI_ADDR_WIDTH-1:0]         s_axi_araddr,
    input  wire [SYSTEMS*DEVICES*8-1:0]                      s_axi_arlen,
    input  wire [SYSTEMS*DEVICES-1:0]                        s_axi_arvalid,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_arready,
    output wire [SYSTEMS*DEVICES*DATA_WIDTH-1:0]             s_axi_rdata,
    output wire [SYSTEMS*DEVICES*2-1:0]                      s_axi_rresp,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_rlast,
    output wire [SYSTEMS*DEVICES-1:0]                        s_axi_rvalid,
    input  wire [SYSTEMS*DEVICES-1:0]                        s_axi_rready,

    output wire [SYSTEMS*DATA_WIDTH-1:0]                     m_axis_path_tdata,
    output wire [SYSTEMS-1:0]                                m_axis_path_tvalid,
    input  wire [SYSTEMS-1:0]                                m_axis_path_tready,
    output wire [SYSTEMS-1:0]                                m_axis_path_tlast,
    input  wire [SYSTEMS*DATA_WIDTH-1:0]                     s_axis_path_tdata,
    input  wire [SYSTEMS-1:0]                                s_axis_path_tvalid,
    output wire [SYSTEMS-1:0]                                s_axis_path_tready,
    input  wire [SYSTEMS-1:0]                                s_axis_path_tlast,

    output wire [SYSTEMS*16-1:0]                             m_axil_awaddr,
    output wire [SYSTEMS-1:0]                                m_axil_awvalid,
    input  wire [SYSTEMS-1:0]                                m_axil_awready,
    output wire [SYSTEMS*64-1:0]                             m_axil_wdata,
    output wire [SYSTEMS*8-1:0]                              m_axil_wstrb,
    output wire [SYSTEMS-1:0]                                m_axil_wvalid,
    input  wire [SYSTEMS-1:0]                                m_axil_wready,
    input  wire [SYSTEMS*2-1:0]                              m_axil_bresp,
    input  wire [SYSTEMS-1:0]                                m_axil_bvalid,
    output wire [SYSTEMS-1:0]                                m_axil_bready,
    output wire [SYSTEMS*16-1:0]                             m_axil_araddr,
    output wire [SYSTEMS-1:0]                                m_axil_arvalid,
    input  wire [SYSTEMS-1:0]                                m_axil_arready,
    input  wire [SYSTEMS*64-1:0]                             m_axil_rdata,
    input  wire [SYSTEMS*2-1:0]                              m_axil_rresp,
    input  wire [SYSTEMS-1:0]                                m_axil_rvalid,
    output wire [SYSTEMS-1:0]                                m_axil_rready,

    input  wire [SYSTEMS*1024-1:0]                           s_axis_commit_tdata,
    input  wire [SYSTEMS-1:0]                                s_axis_commit_tvalid,
    output wire [SYSTEMS-1:0]                                s_axis_commit_tready
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
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFER_BYTES, 512, 4096), parameter_error_BUFFER_BYTES_must_be_512_to_4096)

// channels of each system
localparam INS = 3 + DEVICES + (SYSTEMS == 1);
localparam OUTS = 3 + DEVICES;
localparam [63:0] PERIOD = PERIOD_NS;

localparam [7:0] ADDRESS = AXI_ADDR_WIDTH, NUMBER = SYSTEM_NUMBER, COUNT = SYSTEMS, SLOTS = CACHE_SLOTS;
localparam [7:0] READS = READ_SLOTS, FLUSH = FLUSHES, BURSTS = OUTSTANDING, JOURNAL_READS = COMMANDS;
localparam [7:0] VOLUME = VOLUMES, PAIR = PAIRS, GROUP = GROUPS, DEVICE = DEVICES;
localparam [15:0] WIDTH = DATA_WIDTH, NUMBERS = WINDOW, NS = PERIOD_NS;
localparam [7:0] MEMORIES = (MEMORY_BYTES == 0) ? 0 : MEMORY_DEVICES;
localparam [31:0] TRANSFER = MAX_TRANSFER_BYTES, BATCH = MAX_DATA_BYTES, RATE = BAUD, CLOCK = CLOCK_KHZ;
localparam [31:0] MEMORY = MEMORY_BYTES;
localparam [8*43-1:0] IDENTITY = {
    MEMORY, MEMORIES, ADDRESS, COUNT, NUMBER, NUMBERS, JOURNAL_READS, BURSTS, FLUSH, READS, SLOTS, BATCH, TRANSFER,
    DEVICE, GROUP, PAIR, VOLUME, WIDTH, RATE, NS, CLOCK, BUILD
};

/*
 * Frames and channels
 */
wire [SYSTEMS*INS-1:0]    in_valid, in_ready, bad;
wire [SYSTEMS*8*INS-1:0]  in_data;
wire [SYSTEMS*OUTS-1:0]   fill_valid, fill_ready;
wire [SYSTEMS*8*OUTS-1:0] fill_data;
wire [SYSTEMS-1:0]        flush;
wire [63:0]               first_time;
wire                      session_rst;
reg                       rst_reg;
reg  [47:0]               cycle_reg;
reg  [63:0]               time_reg;

assign system_rst = rst_reg;
assign time_ns    = time_reg;

always @(posedge clk) begin
    rst_reg   <= session_rst || rst;
    cycle_reg <= rst_reg ? first_cycle : cycle_reg + 48'd1;
    time_reg  <= rst_reg ? first_time : time_reg + PERIOD;
end

link_channels #(.SYSTEMS(SYSTEMS), .DEVICES(DEVICES), .BUFFER_BYTES(BUFFER_BYTES), .IDENTITY(IDENTITY)) channels (
    .clk(clk), .rst(rst), .rx_data(rx_data), .rx_valid(rx_valid), .rx_error(rx_error), .tx_data(tx_data),
    .tx_valid(tx_valid), .tx_ready(tx_ready), .up(up), .session_rst(session_rst), .first_cycle(first_cycle),
    .first_time(first_time), .cycle(cycle_reg), .in_data(in_data), .in_valid(in_valid), .in_ready(in_ready),
    .in_bad(bad), .out_data(fill_data), .out_valid(fill_valid), .out_ready(fill_ready), .out_flush(flush)
);

/*
 * The systems, and the path between two
 */
wire [SYSTEMS*DATA_WIDTH-1:0] far_tdata;
wire [SYSTEMS-1:0]            far_tvalid, far_tlast, near_tready;

generate
    genvar s;
    for (s = 0; s < SYSTEMS; s = s + 1) begin : of
        localparam OTHER = SYSTEMS - 1 - s;

        link_system #(
            .DATA_WIDTH(DATA_WIDTH), .DEVICES(DEVICES), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .SYSTEMS(SYSTEMS),
            .SERVED((MEMORY_BYTES == 0) ? DEVICES : DEVICES - MEMORY_DEVICES),
            .MEMORY_BYTES((MEMORY_BYTES == 0) ? 4096 : MEMORY_BYTES)
        ) ports (
            .clk(clk), .rst(rst_reg), .in_data(in_data[s*8*INS +: 8*INS]), .in_valid(in_valid[s*INS +: INS]),
            .in_ready(in_ready[s*INS +: INS]), .bad(bad[s*INS +: INS]), .fill_data(fill_data[s*8*OUTS +: 8*OUTS]),
            .fill_valid(fill_valid[s*OUTS +: OUTS]), .fill_ready(fill_ready[s*OUTS +: OUTS]), .flush(flush[s]),
            .near_tdata(far_tdata[OTHER*DATA_WIDTH +: DATA_WIDTH]), .near_tvalid(far_tvalid[OTHER]),
            .near_tready(near_tready[s]), .near_tlast(far_tlast[OTHER]),
            .far_tdata(far_tdata[s*DATA_WIDTH +: DATA_WIDTH]), .far_tvalid(far_tvalid[s]),
            .far_tready(near_tready[OTHER]), .far_tlast(far_tlast[s]),
            .m_host_command_valid(m_host_command_valid[s]), .m_host_command_ready(m_host_command_ready[s]),
            .m_host_command_opcode(m_host_command_opcode[s*8 +: 8]),
            .m_host_command_tag(m_host_command_tag[s*16 +: 16]),
            .m_host_command_volume(m_host_command_volume[s*16 +: 16]),
            .m_host_command_position(m_host_command_position[s*64 +: 64]),
            .m_host_command_size(m_host_command_size[s*32 +: 32]),
            .m_axis_write_tdata(m_axis_write_tdata[s*DATA_WIDTH +: DATA_WIDTH]),
            .m_axis_write_tvalid(m_axis_write_tvalid[s]), .m_axis_write_tready(m_axis_write_tready[s]),
            .m_axis_write_tlast(m_axis_write_tlast[s]),
            .s_axis_read_tdata(s_axis_read_tdata[s*DATA_WIDTH +: DATA_WIDTH]),
            .s_axis_read_tid(s_axis_read_tid[s*16 +: 16]), .s_axis_read_tvalid(s_axis_read_tvalid[s]),
            .s_axis_read_tready(s_axis_read_tready[s]), .s_axis_read_tlast(s_axis_read_tlast[s]),
            .s_host_response_valid(s_host_response_valid[s]), .s_host_response_ready(s_host_response_ready[s]),
            .s_host_response_tag(s_host_response_tag[s*16 +: 16]),
            .s_host_response_status(s_host_response_status[s*8 +: 8]),
            .s_axi_awaddr(s_axi_awaddr[s*DEVICES*AXI_ADDR_WIDTH +: DEVICES*AXI_ADDR_WIDTH]),
            .s_axi_awlen(s_axi_awlen[s*DEVICES*8 +: DEVICES*8]), .s_axi_awvalid(s_axi_awvalid[s*DEVICES +: DEVICES]),
            .s_axi_awready(s_axi_awready[s*DEVICES +: DEVICES]),
            .s_axi_wdata(s_axi_wdata[s*DEVICES*DATA_WIDTH +: DEVICES*DATA_WIDTH]),
            .s_axi_wvalid(s_axi_wvalid[s*DEVICES +: DEVICES]), .s_axi_wready(s_axi_wready[s*DEVICES +: DEVICES]),
            .s_axi_bresp(s_axi_bresp[s*DEVICES*2 +: DEVICES*2]), .s_axi_bvalid(s_axi_bvalid[s*DEVICES +: DEVICES]),
            .s_axi_bready(s_axi_bready[s*DEVICES +: DEVICES]),
            .s_axi_araddr(s_axi_araddr[s*DEVICES*AXI_ADDR_WIDTH +: DEVICES*AXI_ADDR_WIDTH]),
            .s_axi_arlen(s_axi_arlen[s*DEVICES*8 +: DEVICES*8]), .s_axi_arvalid(s_axi_arvalid[s*DEVICES +: DEVICES]),
            .s_axi_arready(s_axi_arready[s*DEVICES +: DEVICES]),
            .s_axi_rdata(s_axi_rdata[s*DEVICES*DATA_WIDTH +: DEVICES*DATA_WIDTH]),
            .s_axi_rresp(s_axi_rresp[s*DEVICES*2 +: DEVICES*2]), .s_axi_rlast(s_axi_rlast[s*DEVICES +: DEVICES]),
            .s_axi_rvalid(s_axi_rvalid[s*DEVICES +: DEVICES]), .s_axi_rready(s_axi_rready[s*DEVICES +: DEVICES]),
            .m_axis_path_tdata(m_axis_path_tdata[s*DATA_WIDTH +: DATA_WIDTH]),
            .m_axis_path_tvalid(m_axis_path_tvalid[s]), .m_axis_path_tready(m_axis_path_tready[s]),
            .m_axis_path_tlast(m_axis_path_tlast[s]),
            .s_axis_path_tdata(s_axis_path_tdata[s*DATA_WIDTH +: DATA_WIDTH]),
            .s_axis_path_tvalid(s_axis_path_tvalid[s]), .s_axis_path_tready(s_axis_path_tready[s]),
            .s_axis_path_tlast(s_axis_path_tlast[s]), .m_axil_awaddr(m_axil_awaddr[s*16 +: 16]),
            .m_axil_awvalid(m_axil_awvalid[s]), .m_axil_awready(m_axil_awready[s]),
            .m_axil_wdata(m_axil_wdata[s*64 +: 64]), .m_axil_wstrb(m_axil_wstrb[s*8 +: 8]),
            .m_axil_wvalid(m_axil_wvalid[s]), .m_axil_wready(m_axil_wready[s]),
            .m_axil_bresp(m_axil_bresp[s*2 +: 2]), .m_axil_bvalid(m_axil_bvalid[s]),
            .m_axil_bready(m_axil_bready[s]), .m_axil_araddr(m_axil_araddr[s*16 +: 16]),
            .m_axil_arvalid(m_axil_arvalid[s]), .m_axil_arready(m_axil_arready[s]),
            .m_axil_rdata(m_axil_rdata[s*64 +: 64]), .m_axil_rresp(m_axil_rresp[s*2 +: 2]),
            .m_axil_rvalid(m_axil_rvalid[s]), .m_axil_rready(m_axil_rready[s]),
            .s_axis_commit_tdata(s_axis_commit_tdata[s*1024 +: 1024]),
            .s_axis_commit_tvalid(s_axis_commit_tvalid[s]), .s_axis_commit_tready(s_axis_commit_tready[s])
        );
    end
endgenerate

endmodule

`resetall
