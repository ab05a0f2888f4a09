// What you write for your own design: its ports and its debug port, as the capture of this project wants to see them.
// The tables of this design are constants, so the binding tells of them as register writes; a design with registers
// shows its own.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module binding (
    input  wire        clk,
    input  wire        rst,
    input  wire [63:0] now,
    // The tables have been told of: the host may begin
    output wire        ready,
    // The last line of the capture is to be written; it has been
    input  wire        finish,
    output wire        finished,

    input  wire        req_stb,
    input  wire        req_ack,
    input  wire [7:0]  req_id,
    input  wire [31:0] req_block,
    input  wire        dat_stb,
    input  wire        dat_ack,
    input  wire [63:0] dat,
    input  wire        fin_stb,
    input  wire        fin_full,
    input  wire [1:0]  dsk_stb,
    input  wire [31:0] dsk_adr,
    input  wire [63:0] dsk_dat,
    input  wire        dsk_last,
    input  wire [1:0]  dsk_done,
    input  wire        dbg_stb,
    input  wire [1:0]  dbg_event,
    input  wire [7:0]  dbg_id,
    input  wire [31:0] dbg_block,
    input  wire [31:0] dbg_crc,
    input  wire [63:0] dbg_next,
    input  wire [31:0] dbg_info_newest,
    input  wire [31:0] dbg_info_stored,
    input  wire [31:0] dbg_data_newest,
    input  wire [31:0] dbg_data_stored
);

    wire [47:0] cycle;
    wire [31:0] file;

    capture #(
        .SYSTEMS(1), .DATA_WIDTH(64), .VOLUMES(4), .PAIRS(1), .GROUPS(1), .DEVICES(2), .MAX_TRANSFER_BYTES(512)
    ) capture (
        .clk(clk), .rst(rst), .time_ns(now), .first_cycle(48'd0), .device_base(64'd0), .cycle(cycle), .file(file)
    );

    // Tables (docs/registers.md): volume 1 is "original" and lies on device 0, pair 0 and group 0 are "normal",
    // volume 2 on device 1 is the group's journal volume; a write whose journal has no room is refused (policy
    // "error")
    localparam REGISTERS = 15;
    reg [79:0] table_row;
    reg [3:0]  row;
    reg [1:0]  phase;
    always @* case (row)
        4'd0:    table_row = {16'h1050, 64'd65536};
        4'd1:    table_row = {16'h1058, 64'd0};
        4'd2:    table_row = {16'h1040, 64'd2};
        4'd3:    table_row = {16'h1090, 64'd8192};
        4'd4:    table_row = {16'h10A0, 64'd1};
        4'd5:    table_row = {16'h1080, 64'd1};
        4'd6:    table_row = {16'h2000, 64'd3};
        4'd7:    table_row = {16'h4008, 64'd1};
        4'd8:    table_row = {16'h4010, 64'd2};
        4'd9:    table_row = {16'h4028, 64'd2};
        4'd10:   table_row = {16'h4088, 64'd4096};
        4'd11:   table_row = {16'h40A0, 64'd4096};
        4'd12:   table_row = {16'h40A8, 64'd4096};
        4'd13:   table_row = {16'h40C8, 64'd4096};
        default: table_row = {16'h4000, 64'd1};
    endcase
    // of each row: the access, its record, its answer
    assign ready = row == REGISTERS;
    always @(posedge clk)
        if (rst) {row, phase} <= 6'd0;
        else if (!ready) {row, phase} <= phase == 2'd2 ? {row + 4'd1, 2'd0} : {row, phase + 2'd1};

    // Records (docs/commit_trace.md), byte 0 lowest. Those of a register write
    wire [1023:0] table_record = {
        384'd0, 256'd0 | table_row[63:0], 64'd0,
        48'd0, table_row[79:64], 32'hFF, 8'd0, {5{8'hFF}}, {3{16'hFFFF}}, 16'd0,
        cycle, 8'd1, 8'd0, 16'd0, 16'd2, 8'd1, 8'd2};
    // Those of the design: process and outcome of what its debug port tells; a command's record has its tag and what
    // came with it
    wire          command  = !dbg_event[1];
    wire          created  = dbg_event == 2'd0;
    wire [7:0]    retires  = command ? 8'd2 : 8'd3;
    wire [15:0]   outcome  = created ? 16'd1280 : command ? 16'd1245 : dbg_event[0] ? 16'd3 : 16'd1;
    wire [15:0]   creation = created ? 16'd1360 : command ? 16'd1390 : 16'd0;
    wire [1023:0] record   = {
        // pointers: retry and read initiation, then commit, oldest and newest of data and information
        48'd0, 48'd0, 16'd0, dbg_data_stored, 48'd4096, 16'd0, dbg_data_newest,
        16'd0, dbg_info_stored, 48'd0, 16'd0, dbg_info_newest,
        // data offset, copy complete address, next number, reference: here the order number of a write is also its
        // journal's
        (dbg_next - 64'd1) << 9, 64'd0, dbg_next, dbg_event == 2'd1 ? 64'd0 : dbg_next - 64'd1,
        created ? dbg_crc : 32'd0, command ? 32'd512 : 32'd0, 23'd0, dbg_block, 9'd0, 32'd512,
        // reserved, reason, states, group 0, pair 0, volume 1
        8'd0, 8'd0, 8'd1, 8'd1, 8'd3, 8'd2, 16'd0, 16'd0, 16'd1, command ? {8'd0, dbg_id} : 16'd0,
        cycle, 8'd1, dbg_event == 2'd1 ? 8'd12 : 8'd0, creation, outcome, retires, 8'd2};

    // A transfer to a disk: data as it comes, one event when it is done
    wire [63:0]   device_files;
    reg  [31:0]   address;
    reg  [15:0]   bytes;
    always @(posedge clk) begin
        if (dsk_stb[0]) $fwrite(device_files[31:0], "%u", dsk_dat);
        if (dsk_stb[1]) $fwrite(device_files[63:32], "%u", dsk_dat);
        if (dsk_stb != 2'd0) bytes <= bytes + 16'd8;
        if (dsk_stb != 2'd0 && bytes == 16'd0) address <= dsk_adr;
        if (rst || dsk_done != 2'd0) bytes <= 16'd0;
    end

    reg [5:0] words;
    always @(posedge clk) words <= rst ? 6'd0 : words + {5'd0, dat_stb && dat_ack};

    capture_port #(.SYSTEM(1), .PATH(0), .DATA_WIDTH(64), .DEVICES(2)) port (
        .system_rst(1'b0), .last_reset_cycle(1'b0), .time_ns(now), .cycle(cycle), .file(file),
        .device_files(device_files), .command_valid(req_stb), .command_ready(req_ack), .command_opcode(8'd2),
        .command_tag({8'd0, req_id}), .command_volume(16'd1), .command_position({23'd0, req_block, 9'd0}),
        .command_size(32'd512), .write_tdata(dat), .write_tvalid(dat_stb), .write_tready(dat_ack),
        .write_tlast(words == 6'd63), .read_tdata(64'd0), .read_tid(16'd0), .read_tvalid(1'b0), .read_tready(1'b0),
        .read_tlast(1'b0), .response_valid(fin_stb), .response_ready(1'b1), .response_tag({8'd0, dbg_id}),
        .response_status(fin_full ? 8'd12 : 8'd0), .axil_awaddr(table_row[79:64]), .axil_awvalid(!ready),
        .axil_awready(phase == 2'd0), .axil_wdata(table_row[63:0]), .axil_wstrb(8'hFF), .axil_wvalid(!ready),
        .axil_wready(phase == 2'd0), .axil_bresp(2'd0), .axil_bvalid(!ready && phase == 2'd2), .axil_bready(1'b1),
        .axil_araddr(16'd0), .axil_arvalid(1'b0), .axil_arready(1'b0), .axil_rdata(64'd0), .axil_rresp(2'd0),
        .axil_rvalid(1'b0), .axil_rready(1'b0), .device_write_done(dsk_done),
        .device_write_address({2{16'd0, address}}), .device_write_bytes({2{bytes}}), .device_write_resp(4'd0),
        .device_unanswered_bytes(64'd0), .device_read_done(2'd0), .device_read_address(96'd0),
        .device_read_bytes(32'd0), .device_read_resp(4'd0), .device_read_crc(64'd0), .path_in_tdata(64'd0),
        .path_in_tvalid(1'b0), .path_in_tready(1'b0), .path_in_tlast(1'b0), .path_out_tdata(64'd0),
        .path_out_tvalid(1'b0), .path_out_tready(1'b0), .path_out_tlast(1'b0),
        .commit_tdata(ready ? record : table_record), .commit_tvalid(ready ? dbg_stb : phase == 2'd1),
        .commit_tready(1'b1)
    );

    // Lines of one cycle: what the design is given, its record, what it gives
    always @(posedge clk) if (!rst && !capture.finished) begin
        capture.finish = finish;
        if (!capture.ending) begin
            port.inputs;
            port.record;
            port.outputs;
        end
        capture.count(port.lines);
        if (capture.due) begin
            port.flush_files;
            capture.deliver;
        end
    end
    assign finished = capture.finished;

endmodule

`resetall
