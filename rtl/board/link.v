// The link between a storage system and the machine that drives, watches and serves it (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

// A stream of bytes in each direction on one side, all ports of a storage system on the other. What the system is to be
// reset with, and what is its time of day, come over the link.
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
    parameter SYSTEM_NUMBER = 1,
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
    input  wire                              clk,
    // power-on
    input  wire                              rst,

    /*
     * The link
     */
    input  wire [7:0]                        rx_data,
    input  wire                              rx_valid,
    input  wire                              rx_error,
    output wire [7:0]                        tx_data,
    output wire                              tx_valid,
    input  wire                              tx_ready,
    output wire                              up,

    /*
     * The storage system
     */
    output wire                              system_rst,
    output wire [63:0]                       time_ns,
    output wire [47:0]                       first_cycle,

    output wire                              m_host_command_valid,
    input  wire                              m_host_command_ready,
    output wire [7:0]                        m_host_command_opcode,
    output wire [15:0]                       m_host_command_tag,
    output wire [15:0]                       m_host_command_volume,
    output wire [63:0]                       m_host_command_position,
    output wire [31:0]                       m_host_command_size,
    output wire [DATA_WIDTH-1:0]             m_axis_write_tdata,
    output wire                              m_axis_write_tvalid,
    input  wire                              m_axis_write_tready,
    output wire                              m_axis_write_tlast,
    input  wire [DATA_WIDTH-1:0]             s_axis_read_tdata,
    input  wire [15:0]                       s_axis_read_tid,
    input  wire                              s_axis_read_tvalid,
    output wire                              s_axis_read_tready,
    input  wire                              s_axis_read_tlast,
    input  wire                              s_host_response_valid,
    output wire                              s_host_response_ready,
    input  wire [15:0]                       s_host_response_tag,
    input  wire [7:0]                        s_host_response_status,

    input  wire [DEVICES*AXI_ADDR_WIDTH-1:0] s_axi_awaddr,
    input  wire [DEVICES*8-1:0]              s_axi_awlen,
    input  wire [DEVICES-1:0]                s_axi_awvalid,
    output wire [DEVICES-1:0]                s_axi_awready,
    input  wire [DEVICES*DATA_WIDTH-1:0]     s_axi_wdata,
    input  wire [DEVICES-1:0]                s_axi_wvalid,
    output wire [DEVICES-1:0]                s_axi_wready,
    output wire [DEVICES*2-1:0]              s_axi_bresp,
    output wire [DEVICES-1:0]                s_axi_bvalid,
    input  wire [DEVICES-1:0]                s_axi_bready,
    input  wire [DEVICES*AXI_ADDR_WIDTH-1:0] s_axi_araddr,
    input  wire [DEVICES*8-1:0]              s_axi_arlen,
    input  wire [DEVICES-1:0]                s_axi_arvalid,
    output wire [DEVICES-1:0]                s_axi_arready,
    output wire [DEVICES*DATA_WIDTH-1:0]     s_axi_rdata,
    output wire [DEVICES*2-1:0]              s_axi_rresp,
    output wire [DEVICES-1:0]                s_axi_rlast,
    output wire [DEVICES-1:0]                s_axi_rvalid,
    input  wire [DEVICES-1:0]                s_axi_rready,

    output wire [DATA_WIDTH-1:0]             m_axis_path_tdata,
    output wire                              m_axis_path_tvalid,
    input  wire                              m_axis_path_tready,
    output wire                              m_axis_path_tlast,
    input  wire [DATA_WIDTH-1:0]             s_axis_path_tdata,
    input  wire                              s_axis_path_tvalid,
    output wire                              s_axis_path_tready,
    input  wire                              s_axis_path_tlast,

    output wire [15:0]                       m_axil_awaddr,
    output wire                              m_axil_awvalid,
    input  wire                              m_axil_awready,
    output wire [63:0]                       m_axil_wdata,
    output wire [7:0]                        m_axil_wstrb,
    output wire                              m_axil_wvalid,
    input  wire                              m_axil_wready,
    input  wire [1:0]                        m_axil_bresp,
    input  wire                              m_axil_bvalid,
    output wire                              m_axil_bready,
    output wire [15:0]                       m_axil_araddr,
    output wire                              m_axil_arvalid,
    input  wire                              m_axil_arready,
    input  wire [63:0]                       m_axil_rdata,
    input  wire [1:0]                        m_axil_rresp,
    input  wire                              m_axil_rvalid,
    output wire                              m_axil_rready,

    input  wire [1023:0]                     s_axis_commit_tdata,
    input  wire                              s_axis_commit_tvalid,
    output wire                              s_axis_commit_tready
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
`ML_REQUIRE(`ML_IN_RANGE(CLOCK_KHZ, 1000, 100000), parameter_error_CLOCK_KHZ_must_be_1000_to_100000)
`ML_REQUIRE(`ML_IN_RANGE(PERIOD_NS, 1, 65535), parameter_error_PERIOD_NS_must_be_1_to_65535)
`ML_REQUIRE(`ML_IN_RANGE(BAUD, 0, 12000000), parameter_error_BAUD_must_be_0_to_12000000)
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFER_BYTES, 512, 4096), parameter_error_BUFFER_BYTES_must_be_512_to_4096)

// channels in: commands, write data, registers, path, devices; out: trace, read data, path, devices
localparam INS = 4 + DEVICES;
localparam OUTS = 3 + DEVICES;
localparam COMMANDS_IN = 0, WRITE_IN = 1, REGISTERS_IN = 2, PATH_IN = 3, DEVICE_IN = 4;
localparam TRACE_OUT = 0, READ_OUT = 1, PATH_OUT = 2, DEVICE_OUT = 3;
localparam [63:0] PERIOD = PERIOD_NS;

localparam [7:0] ADDRESS = AXI_ADDR_WIDTH, NUMBER = SYSTEM_NUMBER, SYSTEMS = 1, SLOTS = CACHE_SLOTS, READS = READ_SLOTS;
localparam [7:0] FLUSH = FLUSHES, BURSTS = OUTSTANDING, JOURNAL_READS = COMMANDS;
localparam [7:0] VOLUME = VOLUMES, PAIR = PAIRS, GROUP = GROUPS, DEVICE = DEVICES;
localparam [15:0] WIDTH = DATA_WIDTH, NUMBERS = WINDOW, NS = PERIOD_NS;
localparam [31:0] TRANSFER = MAX_TRANSFER_BYTES, BATCH = MAX_DATA_BYTES, RATE = BAUD, CLOCK = CLOCK_KHZ;
localparam [8*38-1:0] IDENTITY = {
    ADDRESS, SYSTEMS, NUMBER, NUMBERS, JOURNAL_READS, BURSTS, FLUSH, READS, SLOTS, BATCH, TRANSFER, DEVICE, GROUP, PAIR,
    VOLUME, WIDTH, RATE, NS, CLOCK, BUILD
};

/*
 * Frames and channels
 */
wire [INS-1:0]    in_valid, in_ready, bad;
wire [8*INS-1:0]  in_data;
wire [OUTS-1:0]   fill_valid, fill_ready;
wire [8*OUTS-1:0] fill_data;
wire [63:0]       first_time;
wire              session_rst, flush;
reg               rst_reg;
reg  [47:0]       cycle_reg;
reg  [63:0]       time_reg;

assign system_rst = rst_reg;
assign time_ns    = time_reg;

always @(posedge clk) begin
    rst_reg   <= session_rst || rst;
    cycle_reg <= rst_reg ? first_cycle : cycle_reg + 48'd1;
    time_reg  <= rst_reg ? first_time : time_reg + PERIOD;
end

link_channels #(.DEVICES(DEVICES), .BUFFER_BYTES(BUFFER_BYTES), .IDENTITY(IDENTITY)) channels (
    .clk(clk), .rst(rst), .rx_data(rx_data), .rx_valid(rx_valid), .rx_error(rx_error), .tx_data(tx_data),
    .tx_valid(tx_valid), .tx_ready(tx_ready), .up(up), .session_rst(session_rst), .first_cycle(first_cycle),
    .first_time(first_time), .cycle(cycle_reg), .in_data(in_data), .in_valid(in_valid), .in_ready(in_ready),
    .in_bad(bad), .out_data(fill_data), .out_valid(fill_valid), .out_ready(fill_ready), .out_flush(flush)
);

/*
 * Ports of the system
 */
wire               room, read_last, path_first, path_last, write_response, read_response, written, read;
wire               read_told, response_told, register_told, path_told;
wire [15:0]        read_tag, read_beats, path_beats;
wire [23:0]        response;
wire [71:0]        register_response;
wire [DEVICES-1:0] device_written, device_read;

assign bad[COMMANDS_IN] = 1'b0;

link_host host (
    .clk(clk), .rst(rst_reg), .in_data(in_data[8*COMMANDS_IN +: 8]), .in_valid(in_valid[COMMANDS_IN]),
    .in_ready(in_ready[COMMANDS_IN]), .room(room), .command_valid(m_host_command_valid),
    .command_ready(m_host_command_ready), .command_opcode(m_host_command_opcode), .command_tag(m_host_command_tag),
    .command_volume(m_host_command_volume), .command_position(m_host_command_position),
    .command_size(m_host_command_size), .response_valid(s_host_response_valid), .response_ready(s_host_response_ready),
    .response_tag(s_host_response_tag), .response_status(s_host_response_status), .response(response),
    .told(response_told)
);

link_packet_in #(.DATA_WIDTH(DATA_WIDTH)) write_data (
    .clk(clk), .rst(rst_reg), .in_data(in_data[8*WRITE_IN +: 8]), .in_valid(in_valid[WRITE_IN]),
    .in_ready(in_ready[WRITE_IN]), .room(room), .m_axis_tdata(m_axis_write_tdata), .m_axis_tvalid(m_axis_write_tvalid),
    .m_axis_tready(m_axis_write_tready), .m_axis_tlast(m_axis_write_tlast), .bad(bad[WRITE_IN])
);

link_packet_out #(.DATA_WIDTH(DATA_WIDTH)) read_data (
    .clk(clk), .rst(rst_reg), .room(room), .s_axis_tdata(s_axis_read_tdata), .s_axis_tid(s_axis_read_tid),
    .s_axis_tvalid(s_axis_read_tvalid), .s_axis_tready(s_axis_read_tready), .s_axis_tlast(s_axis_read_tlast),
    .out_data(fill_data[8*READ_OUT +: 8]), .out_valid(fill_valid[READ_OUT]), .out_ready(fill_ready[READ_OUT]),
    .first(), .last(read_last), .told(read_told), .tag(read_tag), .beats(read_beats)
);

link_registers registers (
    .clk(clk), .rst(rst_reg), .in_data(in_data[8*REGISTERS_IN +: 8]), .in_valid(in_valid[REGISTERS_IN]),
    .in_ready(in_ready[REGISTERS_IN]), .room(room), .m_axil_awaddr(m_axil_awaddr), .m_axil_awvalid(m_axil_awvalid),
    .m_axil_awready(m_axil_awready), .m_axil_wdata(m_axil_wdata), .m_axil_wstrb(m_axil_wstrb),
    .m_axil_wvalid(m_axil_wvalid), .m_axil_wready(m_axil_wready), .m_axil_bresp(m_axil_bresp),
    .m_axil_bvalid(m_axil_bvalid), .m_axil_bready(m_axil_bready), .m_axil_araddr(m_axil_araddr),
    .m_axil_arvalid(m_axil_arvalid), .m_axil_arready(m_axil_arready), .m_axil_rdata(m_axil_rdata),
    .m_axil_rresp(m_axil_rresp), .m_axil_rvalid(m_axil_rvalid), .m_axil_rready(m_axil_rready),
    .written(written), .read(read), .write_response(write_response), .read_response(read_response),
    .response(register_response), .told(register_told), .bad(bad[REGISTERS_IN])
);

link_packet_in #(.DATA_WIDTH(DATA_WIDTH)) path_in (
    .clk(clk), .rst(rst_reg), .in_data(in_data[8*PATH_IN +: 8]), .in_valid(in_valid[PATH_IN]),
    .in_ready(in_ready[PATH_IN]), .room(room), .m_axis_tdata(m_axis_path_tdata), .m_axis_tvalid(m_axis_path_tvalid),
    .m_axis_tready(m_axis_path_tready), .m_axis_tlast(m_axis_path_tlast), .bad(bad[PATH_IN])
);

link_packet_out #(.DATA_WIDTH(DATA_WIDTH)) path_out (
    .clk(clk), .rst(rst_reg), .room(room), .s_axis_tdata(s_axis_path_tdata), .s_axis_tid(16'd0),
    .s_axis_tvalid(s_axis_path_tvalid), .s_axis_tready(s_axis_path_tready), .s_axis_tlast(s_axis_path_tlast),
    .out_data(fill_data[8*PATH_OUT +: 8]), .out_valid(fill_valid[PATH_OUT]), .out_ready(fill_ready[PATH_OUT]),
    .first(path_first), .last(path_last), .told(path_told), .tag(), .beats(path_beats)
);

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        localparam A = n * AXI_ADDR_WIDTH;
        localparam W = n * DATA_WIDTH;
        localparam I = DEVICE_IN + n;
        localparam O = DEVICE_OUT + n;

        link_device #(.DATA_WIDTH(DATA_WIDTH), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH)) device (
            .clk(clk), .rst(rst_reg), .s_axi_awaddr(s_axi_awaddr[A +: AXI_ADDR_WIDTH]),
            .s_axi_awlen(s_axi_awlen[8*n +: 8]), .s_axi_awvalid(s_axi_awvalid[n]), .s_axi_awready(s_axi_awready[n]),
            .s_axi_wdata(s_axi_wdata[W +: DATA_WIDTH]), .s_axi_wvalid(s_axi_wvalid[n]), .s_axi_wready(s_axi_wready[n]),
            .s_axi_bresp(s_axi_bresp[2*n +: 2]), .s_axi_bvalid(s_axi_bvalid[n]), .s_axi_bready(s_axi_bready[n]),
            .s_axi_araddr(s_axi_araddr[A +: AXI_ADDR_WIDTH]), .s_axi_arlen(s_axi_arlen[8*n +: 8]),
            .s_axi_arvalid(s_axi_arvalid[n]), .s_axi_arready(s_axi_arready[n]),
            .s_axi_rdata(s_axi_rdata[W +: DATA_WIDTH]), .s_axi_rresp(s_axi_rresp[2*n +: 2]),
            .s_axi_rlast(s_axi_rlast[n]), .s_axi_rvalid(s_axi_rvalid[n]), .s_axi_rready(s_axi_rready[n]),
            .out_data(fill_data[8*O +: 8]), .out_valid(fill_valid[O]), .out_ready(fill_ready[O]),
            .in_data(in_data[8*I +: 8]), .in_valid(in_valid[I]), .in_ready(in_ready[I]),
            .room(room), .written(device_written[n]), .read(device_read[n]), .bad(bad[I])
        );
    end
endgenerate

link_trace #(.DEVICES(DEVICES)) trace (
    .clk(clk), .rst(rst_reg), .room(room), .command(m_host_command_valid && m_host_command_ready),
    .write_data(m_axis_write_tvalid && m_axis_write_tready && m_axis_write_tlast), .register_write(written),
    .register_read(read), .device_write(device_written), .device_read(device_read),
    .packet_in(m_axis_path_tvalid && m_axis_path_tready && m_axis_path_tlast), .read_data(read_last),
    .read_data_fields({read_beats, read_tag}), .read_data_told(read_told),
    .response(s_host_response_valid && s_host_response_ready), .response_fields(response),
    .response_told(response_told), .register_written(write_response), .register_data(read_response),
    .register_fields(register_response), .register_told(register_told), .packet_first(path_first),
    .packet_out(path_last), .packet_out_fields(path_beats), .packet_out_told(path_told),
    .s_axis_commit_tdata(s_axis_commit_tdata), .s_axis_commit_tvalid(s_axis_commit_tvalid),
    .s_axis_commit_tready(s_axis_commit_tready), .out_data(fill_data[8*TRACE_OUT +: 8]),
    .out_valid(fill_valid[TRACE_OUT]), .out_ready(fill_ready[TRACE_OUT]), .out_flush(flush)
);

endmodule

`resetall
