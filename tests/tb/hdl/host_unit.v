// The host port, the register port and the capture against the smallest other side: it takes each command, its write data, and answers
// after some cycles, always status 0; register reads return the complement of the address. Only for tests of the bench itself.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module host_unit #(
    parameter DATA_WIDTH = 512
);

    // system_rst, last_reset_cycle: set by the test, which resets the other side alone
    reg clk, rst, system_rst, last_reset_cycle;
    reg [63:0] time_ns;
    initial begin clk = 0; rst = 1; system_rst = 0; last_reset_cycle = 0; time_ns = 0; #44 rst = 0; end
    always #2 clk = ~clk;
    always @(posedge clk) time_ns <= time_ns + 4;

    wire                  command_valid, write_tvalid, write_tlast, read_tready, response_ready;
    wire [7:0]            command_opcode;
    wire [15:0]           command_tag, command_volume;
    wire [63:0]           command_position;
    wire [31:0]           command_size;
    wire [DATA_WIDTH-1:0] write_tdata;
    wire [3:0]            pause;
    pauses #(.CHANNELS(4)) pauses (.clk(clk), .pause(pause));

    reg [31:0] commands_taken, packets_taken, writes_taken;
    reg [15:0] tags [0:65535];
    reg        needs_data [0:65535];
    reg [31:0] answered;
    reg [31:0] packets_before;
    reg        response_valid;
    reg [15:0] response_tag;
    wire       command_ready = !pause[0];
    wire       write_tready  = !pause[1] && packets_taken != writes_taken;

    always @(posedge clk) if (rst || system_rst) begin
        commands_taken <= 0; packets_taken <= 0; writes_taken <= 0; answered <= 0; packets_before <= 0; response_valid <= 0;
    end else begin
        if (command_valid && command_ready) begin
            tags[commands_taken] <= command_tag;
            needs_data[commands_taken] <= command_opcode == 8'd2 && command_size != 0;
            commands_taken <= commands_taken + 1;
            if (command_opcode == 8'd2 && command_size != 0) writes_taken <= writes_taken + 1;
        end
        if (write_tvalid && write_tready && write_tlast) packets_taken <= packets_taken + 1;
        if (!response_valid || response_ready) begin
            response_valid <= 0;
            if (answered != commands_taken && !pause[2] && (!needs_data[answered] || packets_before != packets_taken)) begin
                response_valid <= 1;
                response_tag <= tags[answered];
                answered <= answered + 1;
                if (needs_data[answered]) packets_before <= packets_before + 1;
            end
        end
    end

    wire [15:0] awaddr, araddr;
    wire [63:0] wdata;
    wire [7:0]  wstrb;
    wire        awvalid, wvalid, arvalid, bready, rready;
    reg         got_address, got_data, bvalid, rvalid;
    reg [63:0]  rdata;
    wire        awready = !got_address && !pause[3];
    wire        wready  = !got_data && !pause[2];
    wire        arready = !rvalid && !pause[1];

    always @(posedge clk) if (rst || system_rst) begin
        got_address <= 0; got_data <= 0; bvalid <= 0; rvalid <= 0;
    end else begin
        if (awvalid && awready) got_address <= 1;
        if (wvalid && wready) got_data <= 1;
        if (got_address && got_data && !bvalid) bvalid <= 1;
        if (bvalid && bready) begin bvalid <= 0; got_address <= 0; got_data <= 0; end
        if (arvalid && arready) begin rvalid <= 1; rdata <= {48'd0, ~araddr}; end
        if (rvalid && rready) rvalid <= 0;
    end

    host_port #(.DATA_WIDTH(DATA_WIDTH)) host (
        .clk(clk), .rst(rst), .system_rst(system_rst), .command_valid(command_valid), .command_ready(command_ready), .command_opcode(command_opcode),
        .command_tag(command_tag), .command_volume(command_volume), .command_position(command_position), .command_size(command_size),
        .write_tdata(write_tdata), .write_tvalid(write_tvalid), .write_tready(write_tready), .write_tlast(write_tlast),
        .read_tready(read_tready), .response_valid(response_valid), .response_ready(response_ready)
    );
    register_port registers (
        .clk(clk), .rst(rst), .system_rst(system_rst), .awaddr(awaddr), .awvalid(awvalid), .awready(awready), .wdata(wdata), .wstrb(wstrb), .wvalid(wvalid),
        .wready(wready), .bvalid(bvalid), .bready(bready), .araddr(araddr), .arvalid(arvalid), .arready(arready), .rvalid(rvalid), .rready(rready)
    );
    wire [47:0] cycle;
    wire [31:0] file;
    capture #(.DATA_WIDTH(DATA_WIDTH)) capture (.clk(clk), .rst(rst), .time_ns(time_ns), .first_cycle(48'd0), .device_base(64'd0),
        .cycle(cycle), .file(file));
    capture_port #(.DATA_WIDTH(DATA_WIDTH)) port (
        .system_rst(system_rst), .last_reset_cycle(last_reset_cycle), .time_ns(time_ns), .cycle(cycle), .file(file), .command_valid(command_valid), .command_ready(command_ready),
        .command_opcode(command_opcode), .command_tag(command_tag), .command_volume(command_volume), .command_position(command_position),
        .command_size(command_size), .write_tdata(write_tdata), .write_tvalid(write_tvalid), .write_tready(write_tready),
        .write_tlast(write_tlast), .read_tdata({DATA_WIDTH{1'b0}}), .read_tvalid(1'b0), .read_tready(read_tready), .read_tlast(1'b0),
        .response_valid(response_valid), .response_ready(response_ready), .response_tag(response_tag), .response_status(8'd0),
        .axil_awaddr(awaddr), .axil_awvalid(awvalid), .axil_awready(awready), .axil_wdata(wdata), .axil_wstrb(wstrb), .axil_wvalid(wvalid),
        .axil_wready(wready), .axil_bresp(2'd0), .axil_bvalid(bvalid), .axil_bready(bready), .axil_araddr(araddr), .axil_arvalid(arvalid),
        .axil_arready(arready), .axil_rdata(rdata), .axil_rresp(2'd0), .axil_rvalid(rvalid), .axil_rready(rready),
        .device_write_done(2'd0), .device_write_address(96'd0), .device_write_bytes(32'd0), .device_write_resp(4'd0), .device_unanswered_bytes(64'd0),
        .device_read_done(2'd0), .device_read_address(96'd0), .device_read_bytes(32'd0), .device_read_resp(4'd0), .device_read_crc(64'd0),
        .path_in_tdata({DATA_WIDTH{1'b0}}), .path_in_tvalid(1'b0), .path_in_tready(1'b0), .path_in_tlast(1'b0),
        .path_out_tdata({DATA_WIDTH{1'b0}}), .path_out_tvalid(1'b0), .path_out_tready(1'b0), .path_out_tlast(1'b0),
        .commit_tdata(1024'd0), .commit_tvalid(1'b0), .commit_tready(1'b0)
    );

    always @(posedge clk) if (!rst && !capture.finished) begin
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

endmodule

`resetall
