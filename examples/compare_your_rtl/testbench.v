// A host that writes blocks, two disks, the design, and its binding.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module testbench;

    localparam [7:0] WRITES = 8'd10;
    // Cycles after which a transfer is on its disk, and that the whole run takes at most
    localparam [7:0] LATENCY = 8'd5;
    localparam CYCLES = 10000;

    reg         clk = 1'b0, rst = 1'b1;
    reg  [63:0] now = 64'd1_700_000_000_000_000_000;
    always #2 clk = !clk;
    always @(posedge clk) now <= now + 64'd4;
    initial #40 rst = 1'b0;
    initial begin
        #(4 * CYCLES) $display("Error: the run has not ended within %0d cycles", CYCLES);
        $finish;
    end

    wire        ready, finished, req_ack, dat_ack, fin_stb, fin_full, dsk_last, dbg_stb;
    wire [1:0]  dsk_stb, dbg_event;
    wire [31:0] dsk_adr, dbg_block, dbg_crc, info_newest, info_stored, data_newest, data_stored;
    wire [63:0] dsk_dat, dbg_next;
    wire [7:0]  dbg_id;

    // Host: one write after the other, some of them to the same block
    reg  [7:0]  writes = 8'd0;
    reg         taken = 1'b0;
    reg  [5:0]  words = 6'd0;
    reg  [63:0] dat = 64'h0123_4567_89AB_CDEF;
    wire        req_stb = ready && !taken && writes != WRITES;
    wire [31:0] req_block = {28'd0, writes[3:0] ^ 4'd5} & 32'd7;
    always @(posedge clk) if (!rst) begin
        if (req_stb && req_ack) taken <= 1'b1;
        if (taken && dat_ack) dat <= {dat[62:0], dat[63] ^ dat[62] ^ dat[60] ^ dat[59]};
        if (fin_stb) begin
            taken <= 1'b0;
            writes <= writes + 8'd1;
        end
        if (finished) $finish;
    end

    // Disks
    reg  [1:0]  dsk_done = 2'd0, busy = 2'd0;
    reg  [7:0]  left = 8'd0;
    always @(posedge clk) begin
        if (dsk_stb != 2'd0 && dsk_last) {busy, left} <= {dsk_stb, LATENCY};
        else if (left != 8'd0) left <= left - 8'd1;
        dsk_done <= left == 8'd1 ? busy : 2'd0;
    end

    journal_box box (
        .clk_i(clk), .rst_ni(!rst), .now_i(now), .req_stb_i(req_stb), .req_ack_o(req_ack), .req_id_i(writes),
        .req_block_i(req_block), .dat_stb_i(taken), .dat_ack_o(dat_ack), .dat_i(dat), .fin_stb_o(fin_stb),
        .fin_full_o(fin_full), .dsk_stb_o(dsk_stb), .dsk_adr_o(dsk_adr), .dsk_dat_o(dsk_dat), .dsk_last_o(dsk_last),
        .dsk_done_i(dsk_done), .dbg_stb_o(dbg_stb), .dbg_event_o(dbg_event), .dbg_id_o(dbg_id),
        .dbg_block_o(dbg_block), .dbg_crc_o(dbg_crc), .dbg_next_o(dbg_next), .dbg_info_newest_o(info_newest),
        .dbg_info_stored_o(info_stored), .dbg_data_newest_o(data_newest), .dbg_data_stored_o(data_stored)
    );

    binding binding (
        .clk(clk), .rst(rst), .now(now), .ready(ready), .finish(writes == WRITES), .finished(finished),
        .req_stb(req_stb), .req_ack(req_ack), .req_id(writes), .req_block(req_block), .dat_stb(taken),
        .dat_ack(dat_ack), .dat(dat), .fin_stb(fin_stb), .fin_full(fin_full), .dsk_stb(dsk_stb), .dsk_adr(dsk_adr),
        .dsk_dat(dsk_dat), .dsk_last(dsk_last), .dsk_done(dsk_done), .dbg_stb(dbg_stb), .dbg_event(dbg_event),
        .dbg_id(dbg_id), .dbg_block(dbg_block), .dbg_crc(dbg_crc), .dbg_next(dbg_next), .dbg_info_newest(info_newest),
        .dbg_info_stored(info_stored), .dbg_data_newest(data_newest), .dbg_data_stored(data_stored)
    );

endmodule

`resetall
