// One storage system with all that is at its ports but the connection path: host, maintenance terminal, storage
// devices, monitors and its part of the capture. Simulation only. Everything that changes in every cycle is here;
// Python sets registers of the instances and reads what they wrote.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module system_bench #(
    // Number of the storage system; 1: it has a connection path
    parameter SYSTEM             = 1,
    parameter PATH               = 0,
    parameter DATA_WIDTH         = 512,
    parameter VOLUMES            = 8,
    parameter PAIRS              = 8,
    parameter GROUPS             = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter MAX_DATA_BYTES     = 65536,
    parameter CACHE_SLOTS        = 16,
    parameter READ_SLOTS         = 4,
    parameter FLUSHES            = 4,
    parameter OUTSTANDING        = 16,
    parameter COMMANDS           = 4,
    parameter WINDOW             = 256,
    parameter DEVICES            = 2,
    parameter AXI_ADDR_WIDTH     = 48,
    parameter AXI_ID_WIDTH       = 4,
    // Bytes of the first storage device, and of each other one
    parameter DEVICE0_BYTES      = 4194304,
    parameter DEVICE1_BYTES      = 4194304
) (
    input  wire                  clk,
    input  wire                  rst,
    // Since the start: ns, and clock cycles since reset
    input  wire [63:0]           elapsed_ns,
    input  wire [47:0]           elapsed_cycles,
    // Of the capture
    input  wire [31:0]           file,
    // Connection path
    input  wire [DATA_WIDTH-1:0] path_in_tdata,
    input  wire                  path_in_tvalid,
    output wire                  path_in_tready,
    input  wire                  path_in_tlast,
    output wire [DATA_WIDTH-1:0] path_out_tdata,
    output wire                  path_out_tvalid,
    input  wire                  path_out_tready,
    output wire                  path_out_tlast,
    // The system is being reset, alone
    output wire                  resetting
);

    // Set by the testbench before the end of reset: time of day (ns) and cycle at which this system starts, address of
    // the first byte of its devices
    reg  [63:0]     first_time_ns, device_base;
    reg  [47:0]     first_cycle;
    wire [63:0]     time_ns = first_time_ns + elapsed_ns;
    wire [47:0]     cycle = first_cycle + elapsed_cycles;

    // Changed by the testbench: the system alone is to be reset, with all that answers at its ports. Read by it: the
    // same once that is done. Its cycles are counted on
    reg  [31:0]     reset_request, reset_done;
    reg  [7:0]      reset_left;
    assign          resetting        = reset_left != 8'd0;
    wire            last_reset_cycle = reset_left == 8'd1;
    wire            system_rst       = rst || resetting;
    // which system a property of the RTL that does not hold is of
    wire [31:0]     system_number    = SYSTEM;

    // Each device answers, in this time, the write bursts that it has carried out
    localparam RESET_CYCLES = 80;

    always @(posedge clk) begin
        if (rst) reset_left <= 8'd0;
        else if (resetting) reset_left <= reset_left - 8'd1;
        else if (reset_request != reset_done) reset_left <= RESET_CYCLES;
        if (rst || last_reset_cycle) reset_done <= reset_request;
    end

    // Of what a property looks at one of, which one (rtl/include/properties.vh)
    reg  [31:0]     watched;

    initial begin
        if (!$value$plusargs("watched=%d", watched)) watched = 0;
        first_time_ns = 0; device_base = 0; first_cycle = 0; reset_request = 0; reset_done = 0; reset_left = 0;
    end

    localparam AW = AXI_ADDR_WIDTH;
    localparam IW = AXI_ID_WIDTH;
    localparam W = DATA_WIDTH;

    wire            command_valid, command_ready;
    wire [7:0]      command_opcode;
    wire [15:0]     command_tag, command_volume;
    wire [63:0]     command_position;
    wire [31:0]     command_size;
    wire [W-1:0]    write_tdata, read_tdata;
    wire [15:0]     read_tid;
    wire            write_tvalid, write_tready, write_tlast, read_tvalid, read_tready, read_tlast;
    wire            response_valid, response_ready;
    wire [15:0]     response_tag;
    wire [7:0]      response_status;

    wire [15:0]     axil_awaddr, axil_araddr;
    wire [63:0]     axil_wdata, axil_rdata;
    wire [7:0]      axil_wstrb;
    wire [1:0]      axil_bresp, axil_rresp;
    wire            axil_awvalid, axil_awready, axil_wvalid, axil_wready, axil_bvalid, axil_bready;
    wire            axil_arvalid, axil_arready, axil_rvalid, axil_rready;

    wire [DEVICES*IW-1:0]  awid, bid, arid, rid;
    wire [DEVICES*AW-1:0]  awaddr, araddr;
    wire [DEVICES*8-1:0]   awlen, arlen;
    wire [DEVICES*3-1:0]   awsize, arsize;
    wire [DEVICES*2-1:0]   awburst, arburst, bresp, rresp;
    wire [DEVICES*W-1:0]   wdata, rdata;
    wire [DEVICES*W/8-1:0] wstrb;
    wire [DEVICES-1:0]     awvalid, awready, wlast, wvalid, wready, bvalid, bready, arvalid, arready, rlast, rvalid,
                           rready;

    wire [1023:0]   commit_tdata;
    wire            commit_tvalid, commit_pause;

    // What comes from the path during a reset is lost
    wire            takes_path, gives_path;
    assign path_in_tready  = takes_path || resetting;
    assign path_out_tvalid = gives_path && !resetting;

    host_port #(.SYSTEM(SYSTEM), .DATA_WIDTH(W)) host (
        .clk(clk), .rst(rst), .system_rst(resetting), .command_valid(command_valid), .command_ready(command_ready),
        .command_opcode(command_opcode), .command_tag(command_tag), .command_volume(command_volume),
        .command_position(command_position), .command_size(command_size), .write_tdata(write_tdata),
        .write_tvalid(write_tvalid), .write_tready(write_tready), .write_tlast(write_tlast), .read_tready(read_tready),
        .response_valid(response_valid), .response_ready(response_ready)
    );

    register_port #(.SYSTEM(SYSTEM)) registers (
        .clk(clk), .rst(rst), .system_rst(resetting), .awaddr(axil_awaddr), .awvalid(axil_awvalid),
        .awready(axil_awready), .wdata(axil_wdata), .wstrb(axil_wstrb), .wvalid(axil_wvalid), .wready(axil_wready),
        .bvalid(axil_bvalid), .bready(axil_bready), .araddr(axil_araddr), .arvalid(axil_arvalid),
        .arready(axil_arready), .rvalid(axil_rvalid), .rready(axil_rready)
    );

    pauses #(.CHANNELS(1)) commit_pauses (.clk(clk), .pause(commit_pause));

    storage_system #(
        .DATA_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
        .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
        .READ_SLOTS(READ_SLOTS), .FLUSHES(FLUSHES), .OUTSTANDING(OUTSTANDING), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
        .SYSTEM_NUMBER(SYSTEM), .AXI_ADDR_WIDTH(AW), .AXI_ID_WIDTH(IW), .COMMIT_TRACE(1)
    ) storage (
        .clk(clk), .rst(system_rst), .time_ns(time_ns), .first_cycle(rst ? first_cycle : cycle + 48'd1),
        .s_host_command_valid(command_valid), .s_host_command_ready(command_ready),
        .s_host_command_opcode(command_opcode), .s_host_command_tag(command_tag),
        .s_host_command_volume(command_volume), .s_host_command_position(command_position),
        .s_host_command_size(command_size), .s_axis_write_tdata(write_tdata), .s_axis_write_tvalid(write_tvalid),
        .s_axis_write_tready(write_tready), .s_axis_write_tlast(write_tlast), .m_axis_read_tdata(read_tdata),
        .m_axis_read_tid(read_tid), .m_axis_read_tvalid(read_tvalid), .m_axis_read_tready(read_tready),
        .m_axis_read_tlast(read_tlast), .m_host_response_valid(response_valid), .m_host_response_ready(response_ready),
        .m_host_response_tag(response_tag), .m_host_response_status(response_status), .m_axi_awid(awid),
        .m_axi_awaddr(awaddr), .m_axi_awlen(awlen), .m_axi_awsize(awsize), .m_axi_awburst(awburst),
        .m_axi_awvalid(awvalid), .m_axi_awready(awready), .m_axi_wdata(wdata), .m_axi_wstrb(wstrb), .m_axi_wlast(wlast),
        .m_axi_wvalid(wvalid), .m_axi_wready(wready), .m_axi_bid(bid), .m_axi_bresp(bresp), .m_axi_bvalid(bvalid),
        .m_axi_bready(bready), .m_axi_arid(arid), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arsize(arsize),
        .m_axi_arburst(arburst), .m_axi_arvalid(arvalid), .m_axi_arready(arready), .m_axi_rid(rid), .m_axi_rdata(rdata),
        .m_axi_rresp(rresp), .m_axi_rlast(rlast), .m_axi_rvalid(rvalid), .m_axi_rready(rready),
        .s_axil_awaddr(axil_awaddr), .s_axil_awprot(3'd0), .s_axil_awvalid(axil_awvalid), .s_axil_awready(axil_awready),
        .s_axil_wdata(axil_wdata), .s_axil_wstrb(axil_wstrb), .s_axil_wvalid(axil_wvalid), .s_axil_wready(axil_wready),
        .s_axil_bresp(axil_bresp), .s_axil_bvalid(axil_bvalid), .s_axil_bready(axil_bready),
        .s_axil_araddr(axil_araddr), .s_axil_arprot(3'd0), .s_axil_arvalid(axil_arvalid), .s_axil_arready(axil_arready),
        .s_axil_rdata(axil_rdata), .s_axil_rresp(axil_rresp), .s_axil_rvalid(axil_rvalid), .s_axil_rready(axil_rready),
        .s_axis_path_tdata(path_in_tdata), .s_axis_path_tvalid(path_in_tvalid), .s_axis_path_tready(takes_path),
        .s_axis_path_tlast(path_in_tlast), .m_axis_path_tdata(path_out_tdata), .m_axis_path_tvalid(gives_path),
        .m_axis_path_tready(path_out_tready), .m_axis_path_tlast(path_out_tlast), .m_axis_commit_tdata(commit_tdata),
        .m_axis_commit_tvalid(commit_tvalid), .m_axis_commit_tready(!commit_pause)
    );

    wire [32*DEVICES-1:0] device_files, unanswered_bytes;
    wire [DEVICES-1:0]    write_done, read_done;
    wire [DEVICES*AW-1:0] write_address, read_address;
    wire [DEVICES*16-1:0] write_bytes, read_bytes;
    wire [DEVICES*2-1:0]  write_resp, read_resp;
    wire [DEVICES*32-1:0] read_crc;

    genvar d;
    generate
        for (d = 0; d < DEVICES; d = d + 1) begin : device
            storage_device #(
                .SYSTEM(SYSTEM), .DEVICE(d), .SIZE_BYTES(d == 0 ? DEVICE0_BYTES : DEVICE1_BYTES), .DATA_WIDTH(W),
                .AXI_ADDR_WIDTH(AW), .AXI_ID_WIDTH(IW)
            ) storage (
                .clk(clk), .rst(rst || last_reset_cycle), .drain(resetting), .base(device_base),
                .s_axi_awid(awid[IW*d +: IW]), .s_axi_awaddr(awaddr[AW*d +: AW]), .s_axi_awlen(awlen[8*d +: 8]),
                .s_axi_awsize(awsize[3*d +: 3]), .s_axi_awburst(awburst[2*d +: 2]), .s_axi_awvalid(awvalid[d]),
                .s_axi_awready(awready[d]), .s_axi_wdata(wdata[W*d +: W]), .s_axi_wstrb(wstrb[W/8*d +: W/8]),
                .s_axi_wlast(wlast[d]), .s_axi_wvalid(wvalid[d]), .s_axi_wready(wready[d]), .s_axi_bid(bid[IW*d +: IW]),
                .s_axi_bresp(bresp[2*d +: 2]), .s_axi_bvalid(bvalid[d]), .s_axi_bready(bready[d] || resetting),
                .s_axi_arid(arid[IW*d +: IW]), .s_axi_araddr(araddr[AW*d +: AW]), .s_axi_arlen(arlen[8*d +: 8]),
                .s_axi_arsize(arsize[3*d +: 3]), .s_axi_arburst(arburst[2*d +: 2]), .s_axi_arvalid(arvalid[d]),
                .s_axi_arready(arready[d]), .s_axi_rid(rid[IW*d +: IW]), .s_axi_rdata(rdata[W*d +: W]),
                .s_axi_rresp(rresp[2*d +: 2]), .s_axi_rlast(rlast[d]), .s_axi_rvalid(rvalid[d]),
                .s_axi_rready(rready[d])
            );

            axi_monitor #(.DEVICE(d), .SYSTEM(SYSTEM), .DATA_WIDTH(W), .AXI_ADDR_WIDTH(AW), .AXI_ID_WIDTH(IW)) monitor (
                .clk(clk), .rst(rst || last_reset_cycle), .manager_rst(rst || last_reset_cycle), .drain(resetting),
                .cycle(cycle), .file(file), .data_file(device_files[32*d +: 32]), .awid(awid[IW*d +: IW]),
                .awaddr(awaddr[AW*d +: AW]), .awlen(awlen[8*d +: 8]), .awsize(awsize[3*d +: 3]),
                .awburst(awburst[2*d +: 2]), .awvalid(awvalid[d]), .awready(awready[d]), .wdata(wdata[W*d +: W]),
                .wstrb(wstrb[W/8*d +: W/8]), .wlast(wlast[d]), .wvalid(wvalid[d]), .wready(wready[d]),
                .bid(bid[IW*d +: IW]), .bresp(bresp[2*d +: 2]), .bvalid(bvalid[d]), .bready(bready[d] || resetting),
                .arid(arid[IW*d +: IW]), .araddr(araddr[AW*d +: AW]), .arlen(arlen[8*d +: 8]),
                .arsize(arsize[3*d +: 3]), .arburst(arburst[2*d +: 2]), .arvalid(arvalid[d]), .arready(arready[d]),
                .rid(rid[IW*d +: IW]), .rdata(rdata[W*d +: W]), .rresp(rresp[2*d +: 2]), .rlast(rlast[d]),
                .rvalid(rvalid[d]), .rready(rready[d]), .write_done(write_done[d]),
                .write_address(write_address[AW*d +: AW]), .write_bytes(write_bytes[16*d +: 16]),
                .write_resp(write_resp[2*d +: 2]), .unanswered_bytes(unanswered_bytes[32*d +: 32]),
                .read_done(read_done[d]), .read_address(read_address[AW*d +: AW]), .read_bytes(read_bytes[16*d +: 16]),
                .read_resp(read_resp[2*d +: 2]), .read_crc(read_crc[32*d +: 32])
            );
        end
    endgenerate

    capture_port #(.SYSTEM(SYSTEM), .PATH(PATH), .DATA_WIDTH(W), .DEVICES(DEVICES), .AXI_ADDR_WIDTH(AW)) capture (
        .system_rst(resetting), .last_reset_cycle(last_reset_cycle), .time_ns(time_ns), .cycle(cycle), .file(file),
        .device_files(device_files), .command_valid(command_valid), .command_ready(command_ready),
        .command_opcode(command_opcode), .command_tag(command_tag), .command_volume(command_volume),
        .command_position(command_position), .command_size(command_size), .write_tdata(write_tdata),
        .write_tvalid(write_tvalid), .write_tready(write_tready), .write_tlast(write_tlast), .read_tdata(read_tdata),
        .read_tid(read_tid), .read_tvalid(read_tvalid), .read_tready(read_tready), .read_tlast(read_tlast),
        .response_valid(response_valid), .response_ready(response_ready), .response_tag(response_tag),
        .response_status(response_status), .axil_awaddr(axil_awaddr), .axil_awvalid(axil_awvalid),
        .axil_awready(axil_awready), .axil_wdata(axil_wdata), .axil_wstrb(axil_wstrb), .axil_wvalid(axil_wvalid),
        .axil_wready(axil_wready), .axil_bresp(axil_bresp), .axil_bvalid(axil_bvalid), .axil_bready(axil_bready),
        .axil_araddr(axil_araddr), .axil_arvalid(axil_arvalid), .axil_arready(axil_arready), .axil_rdata(axil_rdata),
        .axil_rresp(axil_rresp), .axil_rvalid(axil_rvalid),
        .axil_rready(axil_rready), .device_write_done(write_done), .device_write_address(write_address),
        .device_write_bytes(write_bytes), .device_write_resp(write_resp), .device_unanswered_bytes(unanswered_bytes),
        .device_read_done(read_done), .device_read_address(read_address), .device_read_bytes(read_bytes),
        .device_read_resp(read_resp), .device_read_crc(read_crc), .path_in_tdata(path_in_tdata),
        .path_in_tvalid(path_in_tvalid), .path_in_tready(path_in_tready), .path_in_tlast(path_in_tlast),
        .path_out_tdata(path_out_tdata), .path_out_tvalid(path_out_tvalid), .path_out_tready(path_out_tready),
        .path_out_tlast(path_out_tlast), .commit_tdata(commit_tdata), .commit_tvalid(commit_tvalid),
        .commit_tready(!commit_pause)
    );

    handshake_check #(.WIDTH(17), .DATA_WIDTH(W), .CHANNEL("m_axis_read"), .SYSTEM(SYSTEM)) check_read (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(read_tvalid), .ready(read_tready),
        .payload({read_tid, read_tlast}), .data(read_tdata)
    );
    // Every beat of a packet has its tag: the capture tells that of the last one
    reg [16:0] packet_tag;
    always @(posedge clk)
        if (system_rst) packet_tag <= 17'd0;
        else if (read_tvalid && read_tready) begin
            if (packet_tag[16] && packet_tag[15:0] !== read_tid) check_read.broken("tag changed");
            packet_tag <= {!read_tlast, read_tid};
        end
    handshake_check #(.WIDTH(24), .CHANNEL("m_host_response"), .SYSTEM(SYSTEM)) check_response (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(response_valid), .ready(response_ready),
        .payload({response_tag, response_status}), .data(1'b0)
    );
    handshake_check #(.WIDTH(1024), .CHANNEL("m_axis_commit"), .SYSTEM(SYSTEM)) check_commit (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(commit_tvalid), .ready(!commit_pause),
        .payload(commit_tdata), .data(1'b0)
    );
    handshake_check #(.WIDTH(2), .CHANNEL("s_axil_b"), .SYSTEM(SYSTEM)) check_axil_b (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(axil_bvalid), .ready(axil_bready),
        .payload(axil_bresp), .data(1'b0)
    );
    handshake_check #(.WIDTH(66), .CHANNEL("s_axil_r"), .SYSTEM(SYSTEM)) check_axil_r (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(axil_rvalid), .ready(axil_rready),
        .payload({axil_rdata, axil_rresp}), .data(1'b0)
    );
    handshake_check #(.WIDTH(1), .CHANNEL("s_host_command"), .SYSTEM(SYSTEM)) check_command (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(command_valid), .ready(command_ready),
        .payload(1'b0), .data(1'b0)
    );
    handshake_check #(.WIDTH(W), .CHANNEL("s_axis_write"), .SYSTEM(SYSTEM)) check_write (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(write_tvalid), .ready(write_tready),
        .payload(write_tdata), .data(1'b0)
    );
    handshake_check #(.WIDTH(1), .DATA_WIDTH(W), .CHANNEL("m_axis_path"), .SYSTEM(SYSTEM)) check_path_out (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(path_out_tvalid), .ready(path_out_tready),
        .payload(path_out_tlast), .data(path_out_tdata)
    );
    handshake_check #(.WIDTH(1), .DATA_WIDTH(W), .CHANNEL("s_axis_path"), .SYSTEM(SYSTEM)) check_path_in (
        .clk(clk), .rst(system_rst), .file(file), .cycle(cycle), .valid(path_in_tvalid), .ready(path_in_tready),
        .payload(path_in_tlast), .data(path_in_tdata)
    );

    // What bench.v asks of a system in every cycle: the same of partner_port
    task inputs; capture.inputs; endtask
    task record; capture.record; endtask
    task outputs; capture.outputs; endtask
    task flush_files; capture.flush_files; endtask
    function [31:0] lines_of(input unused); lines_of = capture.lines; endfunction

endmodule

`resetall
