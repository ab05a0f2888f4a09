// The link at the ports of one storage system: each channel of it is a stream of bytes (docs/hardware.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Channels in are commands, write data, registers, devices and path; those out are trace, read data, path and devices.
 * Of two systems on a board the path between them is here: each beat that the machine is told of goes to the other
 * system as well, and there is no channel of the path in.
 */
module link_system #(
    // Bits of every data path
    parameter DATA_WIDTH = 64,
    // Storage devices, 1 to 8
    parameter DEVICES = 2,
    parameter AXI_ADDR_WIDTH = 48,
    // Systems on the board
    parameter SYSTEMS = 1,
    // Devices that the machine serves, and bytes of each of the others, in block RAM
    parameter SERVED = DEVICES,
    parameter MEMORY_BYTES = 65536,
    // Channels
    parameter INS  = 3 + DEVICES + (SYSTEMS == 1),
    parameter OUTS = 3 + DEVICES
) (
    input  wire                              clk,
    input  wire                              rst,

    /*
     * Channels
     */
    input  wire [8*INS-1:0]                  in_data,
    input  wire [INS-1:0]                    in_valid,
    output wire [INS-1:0]                    in_ready,
    // a message that cannot be
    output wire [INS-1:0]                    bad,
    output wire [8*OUTS-1:0]                 fill_data,
    output wire [OUTS-1:0]                   fill_valid,
    input  wire [OUTS-1:0]                   fill_ready,
    // bytes of the trace are to wait for others no more
    output wire                              flush,

    /*
     * The other system on the board: beats of the path from it, and to it
     */
    input  wire [DATA_WIDTH-1:0]             near_tdata,
    input  wire                              near_tvalid,
    output wire                              near_tready,
    input  wire                              near_tlast,
    output wire [DATA_WIDTH-1:0]             far_tdata,
    output wire                              far_tvalid,
    input  wire                              far_tready,
    output wire                              far_tlast,

    /*
     * The storage system
     */
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
`ML_REQUIRE_DEVICES
`ML_REQUIRE_AXI_ADDR_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(SYSTEMS, 1, 2), parameter_error_SYSTEMS_must_be_1_or_2)
`ML_REQUIRE(`ML_IN_RANGE(SERVED, 0, DEVICES), parameter_error_SERVED_must_be_0_to_DEVICES)
`ML_REQUIRE(`ML_POWER_OF_TWO(MEMORY_BYTES, 4096, 1048576), parameter_error_MEMORY_BYTES_must_be_4096_to_1048576)
`ML_REQUIRE(INS == 3 + DEVICES + (SYSTEMS == 1) && OUTS == 3 + DEVICES,
            parameter_error_INS_and_OUTS_are_not_to_be_set)

localparam COMMANDS_IN = 0, WRITE_IN = 1, REGISTERS_IN = 2, DEVICE_IN = 3, PATH_IN = 3 + DEVICES;
localparam TRACE_OUT = 0, READ_OUT = 1, PATH_OUT = 2, DEVICE_OUT = 3;

wire               room, path_room, read_last, path_first, path_last, write_response, read_response, written, read;
wire               read_told, response_told, register_told, path_told;
wire [15:0]        read_tag, read_beats, path_beats;
wire [23:0]        response;
wire [71:0]        register_response;
wire [DEVICES-1:0] device_written, device_read;

assign bad[COMMANDS_IN] = 1'b0;

link_host host (
    .clk(clk), .rst(rst), .in_data(in_data[8*COMMANDS_IN +: 8]), .in_valid(in_valid[COMMANDS_IN]),
    .in_ready(in_ready[COMMANDS_IN]), .room(room), .command_valid(m_host_command_valid),
    .command_ready(m_host_command_ready), .command_opcode(m_host_command_opcode), .command_tag(m_host_command_tag),
    .command_volume(m_host_command_volume), .command_position(m_host_command_position),
    .command_size(m_host_command_size), .response_valid(s_host_response_valid), .response_ready(s_host_response_ready),
    .response_tag(s_host_response_tag), .response_status(s_host_response_status), .response(response),
    .told(response_told)
);

link_packet_in #(.DATA_WIDTH(DATA_WIDTH)) write_data (
    .clk(clk), .rst(rst), .in_data(in_data[8*WRITE_IN +: 8]), .in_valid(in_valid[WRITE_IN]),
    .in_ready(in_ready[WRITE_IN]), .room(room), .m_axis_tdata(m_axis_write_tdata), .m_axis_tvalid(m_axis_write_tvalid),
    .m_axis_tready(m_axis_write_tready), .m_axis_tlast(m_axis_write_tlast), .bad(bad[WRITE_IN])
);

link_packet_out #(.DATA_WIDTH(DATA_WIDTH)) read_data (
    .clk(clk), .rst(rst), .room(room), .s_axis_tdata(s_axis_read_tdata), .s_axis_tid(s_axis_read_tid),
    .s_axis_tvalid(s_axis_read_tvalid), .s_axis_tready(s_axis_read_tready), .s_axis_tlast(s_axis_read_tlast),
    .out_data(fill_data[8*READ_OUT +: 8]), .out_valid(fill_valid[READ_OUT]), .out_ready(fill_ready[READ_OUT]),
    .first(), .last(read_last), .told(read_told), .tag(read_tag), .beats(read_beats)
);

link_registers registers (
    .clk(clk), .rst(rst), .in_data(in_data[8*REGISTERS_IN +: 8]), .in_valid(in_valid[REGISTERS_IN]),
    .in_ready(in_ready[REGISTERS_IN]), .room(room), .m_axil_awaddr(m_axil_awaddr), .m_axil_awvalid(m_axil_awvalid),
    .m_axil_awready(m_axil_awready), .m_axil_wdata(m_axil_wdata), .m_axil_wstrb(m_axil_wstrb),
    .m_axil_wvalid(m_axil_wvalid), .m_axil_wready(m_axil_wready), .m_axil_bresp(m_axil_bresp),
    .m_axil_bvalid(m_axil_bvalid), .m_axil_bready(m_axil_bready), .m_axil_araddr(m_axil_araddr),
    .m_axil_arvalid(m_axil_arvalid), .m_axil_arready(m_axil_arready), .m_axil_rdata(m_axil_rdata),
    .m_axil_rresp(m_axil_rresp), .m_axil_rvalid(m_axil_rvalid), .m_axil_rready(m_axil_rready),
    .written(written), .read(read), .write_response(write_response), .read_response(read_response),
    .response(register_response), .told(register_told), .bad(bad[REGISTERS_IN])
);

generate
    if (SYSTEMS == 1) begin : apart
        link_packet_in #(.DATA_WIDTH(DATA_WIDTH)) path_in (
            .clk(clk), .rst(rst), .in_data(in_data[8*PATH_IN +: 8]), .in_valid(in_valid[PATH_IN]),
            .in_ready(in_ready[PATH_IN]), .room(room), .m_axis_tdata(m_axis_path_tdata),
            .m_axis_tvalid(m_axis_path_tvalid), .m_axis_tready(m_axis_path_tready), .m_axis_tlast(m_axis_path_tlast),
            .bad(bad[PATH_IN])
        );
        assign near_tready = 1'b0;
        assign path_room   = room;

        // verilator lint_off UNUSEDSIGNAL
        wire unused = &{1'b0, near_tdata, near_tvalid, near_tlast, far_tready};
        // verilator lint_on UNUSEDSIGNAL
    end else begin : together
        // a beat that is offered, once its taking can be told
        reg [DATA_WIDTH:0] beat_reg;
        reg                there_reg, offered_reg;

        assign {m_axis_path_tlast, m_axis_path_tdata} = beat_reg;
        assign m_axis_path_tvalid = offered_reg;
        assign near_tready        = !there_reg;
        assign path_room          = room && far_tready;

        always @(posedge clk) begin
            if (near_tvalid && near_tready) begin
                beat_reg  <= {near_tlast, near_tdata};
                there_reg <= 1'b1;
            end
            if (there_reg && !offered_reg && room)
                offered_reg <= 1'b1;
            if (offered_reg && m_axis_path_tready) begin
                there_reg   <= 1'b0;
                offered_reg <= 1'b0;
            end
            if (rst) begin
                there_reg   <= 1'b0;
                offered_reg <= 1'b0;
            end
        end
    end
endgenerate

assign far_tdata  = s_axis_path_tdata;
assign far_tvalid = s_axis_path_tvalid && s_axis_path_tready;
assign far_tlast  = s_axis_path_tlast;

link_packet_out #(.DATA_WIDTH(DATA_WIDTH)) path_out (
    .clk(clk), .rst(rst), .room(path_room), .s_axis_tdata(s_axis_path_tdata), .s_axis_tid(16'd0),
    .s_axis_tvalid(s_axis_path_tvalid), .s_axis_tready(s_axis_path_tready), .s_axis_tlast(s_axis_path_tlast),
    .out_data(fill_data[8*PATH_OUT +: 8]), .out_valid(fill_valid[PATH_OUT]), .out_ready(fill_ready[PATH_OUT]),
    .first(path_first), .last(path_last), .told(path_told), .tag(), .beats(path_beats)
);

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        localparam A = n * AXI_ADDR_WIDTH, W = n * DATA_WIDTH;
        localparam I = DEVICE_IN + n, O = DEVICE_OUT + n;

        if (n < SERVED) begin : served
            link_device #(.DATA_WIDTH(DATA_WIDTH), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH)) device (
                .clk(clk), .rst(rst), .s_axi_awaddr(s_axi_awaddr[A +: AXI_ADDR_WIDTH]),
                .s_axi_awlen(s_axi_awlen[8*n +: 8]), .s_axi_awvalid(s_axi_awvalid[n]), .s_axi_awready(s_axi_awready[n]),
                .s_axi_wdata(s_axi_wdata[W +: DATA_WIDTH]), .s_axi_wvalid(s_axi_wvalid[n]),
                .s_axi_wready(s_axi_wready[n]), .s_axi_bresp(s_axi_bresp[2*n +: 2]), .s_axi_bvalid(s_axi_bvalid[n]),
                .s_axi_bready(s_axi_bready[n]), .s_axi_araddr(s_axi_araddr[A +: AXI_ADDR_WIDTH]),
                .s_axi_arlen(s_axi_arlen[8*n +: 8]), .s_axi_arvalid(s_axi_arvalid[n]),
                .s_axi_arready(s_axi_arready[n]), .s_axi_rdata(s_axi_rdata[W +: DATA_WIDTH]),
                .s_axi_rresp(s_axi_rresp[2*n +: 2]), .s_axi_rlast(s_axi_rlast[n]), .s_axi_rvalid(s_axi_rvalid[n]),
                .s_axi_rready(s_axi_rready[n]), .out_data(fill_data[8*O +: 8]), .out_valid(fill_valid[O]),
                .out_ready(fill_ready[O]), .in_data(in_data[8*I +: 8]), .in_valid(in_valid[I]), .in_ready(in_ready[I]),
                .room(room), .written(device_written[n]), .read(device_read[n]), .bad(bad[I])
            );
        end else begin : memory
            link_memory #(.DATA_WIDTH(DATA_WIDTH), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH), .MEMORY_BYTES(MEMORY_BYTES)) ram (
                .clk(clk), .rst(rst), .s_axi_awaddr(s_axi_awaddr[A +: AXI_ADDR_WIDTH]),
                .s_axi_awlen(s_axi_awlen[8*n +: 8]), .s_axi_awvalid(s_axi_awvalid[n]), .s_axi_awready(s_axi_awready[n]),
                .s_axi_wdata(s_axi_wdata[W +: DATA_WIDTH]), .s_axi_wvalid(s_axi_wvalid[n]),
                .s_axi_wready(s_axi_wready[n]), .s_axi_bresp(s_axi_bresp[2*n +: 2]), .s_axi_bvalid(s_axi_bvalid[n]),
                .s_axi_bready(s_axi_bready[n]), .s_axi_araddr(s_axi_araddr[A +: AXI_ADDR_WIDTH]),
                .s_axi_arlen(s_axi_arlen[8*n +: 8]), .s_axi_arvalid(s_axi_arvalid[n]),
                .s_axi_arready(s_axi_arready[n]), .s_axi_rdata(s_axi_rdata[W +: DATA_WIDTH]),
                .s_axi_rresp(s_axi_rresp[2*n +: 2]), .s_axi_rlast(s_axi_rlast[n]), .s_axi_rvalid(s_axi_rvalid[n]),
                .s_axi_rready(s_axi_rready[n]), .out_data(fill_data[8*O +: 8]), .out_valid(fill_valid[O]),
                .out_ready(fill_ready[O]), .in_data(in_data[8*I +: 8]), .in_valid(in_valid[I]), .in_ready(in_ready[I]),
                .room(room), .written(device_written[n]), .read(device_read[n]), .bad(bad[I])
            );
        end
    end
endgenerate

link_trace #(.DEVICES(DEVICES)) trace (
    .clk(clk), .rst(rst), .room(room), .command(m_host_command_valid && m_host_command_ready),
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
