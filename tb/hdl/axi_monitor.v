// Watches one AXI4 port between storage system and storage device: says when a burst has been answered, writes the data
// of its write bursts to a file, and reports broken AXI rules to the capture. Expects what a storage system may do:
// full-width INCR bursts with every strobe set, all of ID 0 and so answered in order. Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module axi_monitor #(
    parameter DEVICE         = 0,
    parameter SYSTEM         = 1,
    parameter DATA_WIDTH     = 512,
    parameter AXI_ADDR_WIDTH = 48,
    parameter AXI_ID_WIDTH   = 4,
    // Bursts in flight at most, a power of two
    parameter BURSTS         = 256
) (
    input  wire                      clk,
    // Of the device and all that is in flight to it, and of the storage system
    input  wire                      rst,
    input  wire                      manager_rst,
    // The storage system is reset, and the device answers the write bursts that it has carried out before `rst` follows
    input  wire                      drain,
    input  wire [47:0]               cycle,
    // Capture file, and the file for the data of write bursts
    input  wire [31:0]               file,
    input  wire [31:0]               data_file,
    input  wire [AXI_ID_WIDTH-1:0]   awid,
    input  wire [AXI_ADDR_WIDTH-1:0] awaddr,
    input  wire [7:0]                awlen,
    input  wire [2:0]                awsize,
    input  wire [1:0]                awburst,
    input  wire                      awvalid,
    input  wire                      awready,
    input  wire [DATA_WIDTH-1:0]     wdata,
    input  wire [DATA_WIDTH/8-1:0]   wstrb,
    input  wire                      wlast,
    input  wire                      wvalid,
    input  wire                      wready,
    input  wire [AXI_ID_WIDTH-1:0]   bid,
    input  wire [1:0]                bresp,
    input  wire                      bvalid,
    input  wire                      bready,
    input  wire [AXI_ID_WIDTH-1:0]   arid,
    input  wire [AXI_ADDR_WIDTH-1:0] araddr,
    input  wire [7:0]                arlen,
    input  wire [2:0]                arsize,
    input  wire [1:0]                arburst,
    input  wire                      arvalid,
    input  wire                      arready,
    input  wire [AXI_ID_WIDTH-1:0]   rid,
    input  wire [DATA_WIDTH-1:0]     rdata,
    input  wire [1:0]                rresp,
    input  wire                      rlast,
    input  wire                      rvalid,
    input  wire                      rready,
    // In the cycle of the write response, and of the last read beat
    output wire                      write_done,
    output wire [AXI_ADDR_WIDTH-1:0] write_address,
    output wire [15:0]               write_bytes,
    output wire [1:0]                write_resp,
    // Bytes in the data file that no write response has told of
    output wire [31:0]               unanswered_bytes,
    output wire                      read_done,
    output wire [AXI_ADDR_WIDTH-1:0] read_address,
    output wire [15:0]               read_bytes,
    output wire [1:0]                read_resp,
    // with read_done: CRC-32 of the bytes of the burst, as returned, with the bits of each in reversed order
    output reg  [31:0]               read_crc
);

    localparam BYTES = DATA_WIDTH / 8;
    localparam BITS  = $clog2(BURSTS);
    localparam SHIFT = $clog2(BYTES);
    localparam AX_BITS = AXI_ID_WIDTH + AXI_ADDR_WIDTH + 8 + 3 + 2;

    reg [AXI_ADDR_WIDTH-1:0] aw_address [0:BURSTS-1];
    reg [7:0]                aw_len     [0:BURSTS-1];
    // w_tail counts bursts whose beats are complete; it may run ahead of aw_tail, as AXI allows
    reg [BITS:0]             aw_head, aw_tail, w_tail;
    reg [7:0]                w_len      [0:BURSTS-1];
    reg [8:0]                w_beat;
    reg [31:0]               beats_open;
    reg [AXI_ADDR_WIDTH-1:0] ar_address [0:BURSTS-1];
    reg [7:0]                ar_len     [0:BURSTS-1];
    reg [BITS:0]             ar_head, ar_tail;
    reg [8:0]                r_beat;
    // Bursts of before a reset of the storage system that their device still answers, as if it were to a later access
    reg [BITS:0]             aw_lost, ar_lost;
    // An answer that nobody asked for stays until it is taken: it is reported once
    reg                      b_reported, r_reported, was_reset;
    reg [1:0]                r_worst;

    // The beats before this one as a polynomial, bit 0 the highest power, modulo
    // x^1024 + x^430 + x^333 + x^246 + x^6 + 1, a multiple of the CRC's polynomial: of so few terms that a beat is a
    // handful of wide operations. The CRC itself is made of it once a burst, four bytes at a time: table n is what a
    // byte becomes that has n bytes behind it
    localparam REST = 1024;
    reg [REST-1:0]           r_rest;
    reg [31:0]               crc_0 [0:255];
    reg [31:0]               crc_1 [0:255];
    reg [31:0]               crc_2 [0:255];
    reg [31:0]               crc_3 [0:255];
    integer                  entry, step;

    initial begin
        for (entry = 0; entry < 256; entry = entry + 1) begin
            crc_0[entry] = entry;
            for (step = 0; step < 8; step = step + 1)
                crc_0[entry] = (crc_0[entry] >> 1) ^ (crc_0[entry][0] ? 32'hEDB88320 : 32'd0);
        end
        for (entry = 0; entry < 256; entry = entry + 1) begin
            crc_1[entry] = (crc_0[entry] >> 8) ^ crc_0[crc_0[entry] & 32'hFF];
            crc_2[entry] = (crc_1[entry] >> 8) ^ crc_0[crc_1[entry] & 32'hFF];
            crc_3[entry] = (crc_2[entry] >> 8) ^ crc_0[crc_2[entry] & 32'hFF];
        end
    end

    // Exclusive or: Icarus does `^` bit by bit, these by the word. Verilator is not to write it out at each call
    function [REST-1:0] either(input [REST-1:0] one, input [REST-1:0] other);
        /* verilator no_inline_task */
        either = (one | other) & ~(one & other);
    endfunction

    // Each byte with its bits in reversed order
    function [DATA_WIDTH-1:0] reversed(input [DATA_WIDTH-1:0] data);
        reg [DATA_WIDTH-1:0] pairs;
        begin
            pairs    = ((data >> 1) & {BYTES{8'h55}}) | ((data & {BYTES{8'h55}}) << 1);
            pairs    = ((pairs >> 2) & {BYTES{8'h33}}) | ((pairs & {BYTES{8'h33}}) << 2);
            reversed = ((pairs >> 4) & {BYTES{8'h0f}}) | ((pairs & {BYTES{8'h0f}}) << 4);
        end
    endfunction

    // `first`: this beat begins a burst; its first four bytes are inverted, as zlib's CRC begins
    function [REST-1:0] rest_with(input [REST-1:0] rest, input [DATA_WIDTH-1:0] data, input first);
        reg [REST-1:0] over;
        begin
            over = rest[DATA_WIDTH-1:0];
            rest_with = first ? {data[DATA_WIDTH-1:32], ~data[31:0], {REST-DATA_WIDTH{1'b0}}}
                : either(either({data, rest[REST-1:DATA_WIDTH]}, over << (REST - DATA_WIDTH)),
                         either(either(over << (REST - DATA_WIDTH - 430), over << (REST - DATA_WIDTH - 333)),
                                either(over << (REST - DATA_WIDTH - 246), over << (REST - DATA_WIDTH - 6))));
        end
    endfunction

    function [31:0] crc_of(input [REST-1:0] rest);
        integer n;
        reg [31:0] word;
        begin
            crc_of = 32'd0;
            for (n = 0; n < REST / 32; n = n + 1) begin
                word = crc_of ^ rest[32*n +: 32];
                crc_of = crc_3[word[7:0]] ^ crc_2[word[15:8]] ^ crc_1[word[23:16]] ^ crc_0[word[31:24]];
            end
            crc_of = ~crc_of;
        end
    endfunction

    assign write_done    = !rst && bvalid && bready;
    assign write_address = aw_address[aw_head[BITS-1:0]];
    assign write_bytes   = ({8'd0, aw_len[aw_head[BITS-1:0]]} + 16'd1) << SHIFT;
    assign write_resp    = bresp;
    assign unanswered_bytes = beats_open << SHIFT;
    assign read_done     = !rst && !drain && rvalid && rready && rlast;
    assign read_address  = ar_address[ar_head[BITS-1:0]];
    assign read_bytes    = ({8'd0, ar_len[ar_head[BITS-1:0]]} + 16'd1) << SHIFT;
    assign read_resp     = rresp > r_worst ? rresp : r_worst;

    always @* if (read_done) read_crc = crc_of(rest_with(r_rest, reversed(rdata), r_beat == 9'd0));

    task broken(input [8*32-1:0] rule);
        $fwrite(file, "{\"event\": \"protocol_error\", \"system\": %0d, \"cycle\": %0d, \"port\": %0d, ",
                SYSTEM, cycle, DEVICE);
        $fwrite(file, "\"channel\": \"m_axi\", \"rule\": \"%0s\"}\n", rule);
    endtask

    task check_burst(input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len, input [2:0] size, input [1:0] burst);
        begin
            if (size != SHIFT) broken("burst not full width");
            if (burst != 2'b01) broken("burst not INCR");
            if (address % BYTES != 0) broken("burst not aligned");
            if ({1'b0, address[11:0]} + ({5'd0, len} + 13'd1) * BYTES > 4096) broken("burst crosses 4 KiB");
        end
    endtask

    // A device may carry out what is in flight in any order: a write must not touch what an unanswered write touches.
    // (It may touch what a read touches that takes those bytes from cache; the comparison of the data sees the others.)
    task check_overlap(input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len);
        reg [AXI_ADDR_WIDTH-1:0] last, other;
        reg [BITS:0] n;
        begin
            last = address + ({8'd0, len} + 16'd1) * BYTES;
            for (n = aw_head; n != aw_tail; n = n + 1'b1) begin
                other = aw_address[n[BITS-1:0]];
                if (other < last && address < other + ({8'd0, aw_len[n[BITS-1:0]]} + 16'd1) * BYTES)
                    broken("write overlaps a write");
            end
        end
    endtask

    // nothing to look at, as in most cycles
    wire quiet = !awvalid && !wvalid && !bvalid && !arvalid && !rvalid && !b_reported && !r_reported
                 && !manager_rst && !was_reset && !rst;

    always @(posedge clk) if (quiet !== 1'b1) begin
        beats_open <= beats_open + (wvalid && wready)
                      - (write_done ? {23'd0, {1'b0, aw_len[aw_head[BITS-1:0]]} + 9'd1} : 32'd0);
        if (awvalid && awready) begin
            if (awid != 0) broken("write burst of another ID");
            check_burst(awaddr, awlen, awsize, awburst);
            check_overlap(awaddr, awlen);
            if (aw_tail == {~aw_head[BITS], aw_head[BITS-1:0]}) broken("too many write bursts");
            aw_address[aw_tail[BITS-1:0]] <= awaddr;
            aw_len[aw_tail[BITS-1:0]] <= awlen;
            aw_tail <= aw_tail + 1'b1;
        end
        if (wvalid && wready) begin
            if (!(&wstrb)) broken("write strobe not set");
            if (data_file != 0) $fwrite(data_file, "%u", wdata);
            w_beat <= wlast ? 9'd0 : w_beat + 9'd1;
            if (w_beat == 9'd256) broken("burst longer than 256 beats");
            if (wlast) begin
                w_len[w_tail[BITS-1:0]] <= w_beat[7:0];
                w_tail <= w_tail + 1'b1;
            end
        end
        if (bvalid && bready) begin
            if (bid != 0) broken("write response of another ID");
            // address and data may come in any order: both are known now
            if (aw_head == aw_tail || aw_head == w_tail) broken("write response without burst");
            else if (w_len[aw_head[BITS-1:0]] != aw_len[aw_head[BITS-1:0]]) broken("wlast against awlen");
            aw_head <= aw_head + 1'b1;
            if (aw_lost != 0) aw_lost <= aw_lost - 1'b1;
        end
        // before it is taken: the next access would take it for its own
        b_reported <= bvalid && !bready && (b_reported || aw_head == aw_tail || aw_lost != 0);
        if (bvalid && !b_reported && (aw_lost != 0 || (aw_head == aw_tail && !bready))) broken("response to no access");
        if (arvalid && arready) begin
            if (arid != 0) broken("read burst of another ID");
            check_burst(araddr, arlen, arsize, arburst);
            if (ar_tail == {~ar_head[BITS], ar_head[BITS-1:0]}) broken("too many read bursts");
            ar_address[ar_tail[BITS-1:0]] <= araddr;
            ar_len[ar_tail[BITS-1:0]] <= arlen;
            ar_tail <= ar_tail + 1'b1;
        end
        if (rvalid && rready) begin
            if (rid != 0) broken("read data of another ID");
            if (ar_head == ar_tail) broken("read data without burst");
            if (rlast != (r_beat == {1'b0, ar_len[ar_head[BITS-1:0]]})) broken("rlast against arlen");
            r_beat <= rlast ? 9'd0 : r_beat + 9'd1;
            r_worst <= rlast ? 2'd0 : read_resp;
            if (!rlast) r_rest <= rest_with(r_rest, reversed(rdata), r_beat == 9'd0);
            if (rlast) ar_head <= ar_head + 1'b1;
            if (rlast && ar_lost != 0) ar_lost <= ar_lost - 1'b1;
        end
        r_reported <= rvalid && !(rready && rlast) && (r_reported || ar_head == ar_tail || ar_lost != 0);
        if (rvalid && !r_reported && (ar_lost != 0 || (ar_head == ar_tail && !rready)))
            broken("read data for no access");
        was_reset <= manager_rst;
        if (manager_rst && !rst) begin
            if (!was_reset && (aw_tail != w_tail || w_beat != 0)) broken("reset within a write burst");
            aw_lost <= aw_tail - aw_head;
            ar_lost <= ar_tail - ar_head;
        end
        if (rst) begin
            beats_open <= 0; aw_head <= 0; aw_tail <= 0; w_tail <= 0; w_beat <= 0;
            aw_lost <= 0; ar_lost <= 0; b_reported <= 0; r_reported <= 0;
            ar_head <= 0; ar_tail <= 0; r_beat <= 0; r_worst <= 0;
        end
    end

    handshake_check #(.WIDTH(AX_BITS), .CHANNEL("aw"), .PORT(DEVICE), .SYSTEM(SYSTEM)) check_aw (
        .clk(clk), .rst(rst || drain), .file(file), .cycle(cycle), .valid(awvalid), .ready(awready),
        .payload({awid, awaddr, awlen, awsize, awburst}), .data(1'b0)
    );
    handshake_check #(
        .WIDTH(BYTES + 1), .DATA_WIDTH(DATA_WIDTH), .CHANNEL("w"), .PORT(DEVICE), .SYSTEM(SYSTEM)
    ) check_w (
        .clk(clk), .rst(rst || drain), .file(file), .cycle(cycle), .valid(wvalid), .ready(wready),
        .payload({wstrb, wlast}), .data(wdata)
    );
    handshake_check #(.WIDTH(AXI_ID_WIDTH + 2), .CHANNEL("b"), .PORT(DEVICE), .SYSTEM(SYSTEM)) check_b (
        .clk(clk), .rst(rst || drain), .file(file), .cycle(cycle), .valid(bvalid), .ready(bready),
        .payload({bid, bresp}), .data(1'b0)
    );
    handshake_check #(.WIDTH(AX_BITS), .CHANNEL("ar"), .PORT(DEVICE), .SYSTEM(SYSTEM)) check_ar (
        .clk(clk), .rst(rst || drain), .file(file), .cycle(cycle), .valid(arvalid), .ready(arready),
        .payload({arid, araddr, arlen, arsize, arburst}), .data(1'b0)
    );
    handshake_check #(
        .WIDTH(AXI_ID_WIDTH + 3), .DATA_WIDTH(DATA_WIDTH), .CHANNEL("r"), .PORT(DEVICE), .SYSTEM(SYSTEM)
    ) check_r (
        .clk(clk), .rst(rst || drain), .file(file), .cycle(cycle), .valid(rvalid), .ready(rready),
        .payload({rid, rresp, rlast}), .data(rdata)
    );

endmodule

`resetall
