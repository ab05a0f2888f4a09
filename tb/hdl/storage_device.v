// A storage device 150 as an AXI4 subordinate: a memory that moves one write beat and one read beat every cycle.
// Simulation only. Latency, held responses, back-pressure, errors and damage are registers that the testbench sets at
// run time. Responses come in the order of the commands. A write that is answered with an error leaves the memory as
// it was; a read that is answered with one returns zeros.
// Contents: loaded at the start from <files>.device<SYSTEM>_<DEVICE>_load, dumped to
// <files>.device<SYSTEM>_<DEVICE>_dump whenever the testbench changes dump_request; <files> is given as +files=PREFIX.
// The dump has the bytes in order; the file that is loaded has the bytes of each beat reversed, as $fread takes the
// first byte of a word as its highest. Without a file to load the memory is zero.
`resetall
`timescale 1ns / 1ps
`default_nettype none

module storage_device #(
    // Numbers of the storage system and of the device, for file names
    parameter SYSTEM         = 1,
    parameter DEVICE         = 0,
    // Bytes of memory; a multiple of a beat. Addresses beyond are answered DECERR
    parameter SIZE_BYTES     = 1048576,
    // Bits of a beat
    parameter DATA_WIDTH     = 512,
    parameter AXI_ADDR_WIDTH = 48,
    parameter AXI_ID_WIDTH   = 4,
    // Write bursts and read bursts that it takes before it answers the first, a power of two
    parameter BURSTS         = 64,
    // Write beats that it takes before their address, a power of two
    parameter EARLY_BEATS    = 16
) (
    input  wire                      clk,
    input  wire                      rst,
    // The storage system is reset, a `rst` of this follows: write bursts of which all data was taken are carried out
    // and answered at once, all others leave the memory as it was; nothing more is taken, no read is answered
    input  wire                      drain,
    // Address of its first byte, a multiple of 4 KiB
    input  wire [63:0]               base,
    input  wire [AXI_ID_WIDTH-1:0]   s_axi_awid,
    input  wire [AXI_ADDR_WIDTH-1:0] s_axi_awaddr,
    input  wire [7:0]                s_axi_awlen,
    input  wire [2:0]                s_axi_awsize,
    input  wire [1:0]                s_axi_awburst,
    input  wire                      s_axi_awvalid,
    output wire                      s_axi_awready,
    input  wire [DATA_WIDTH-1:0]     s_axi_wdata,
    input  wire [DATA_WIDTH/8-1:0]   s_axi_wstrb,
    input  wire                      s_axi_wlast,
    input  wire                      s_axi_wvalid,
    output wire                      s_axi_wready,
    output reg  [AXI_ID_WIDTH-1:0]   s_axi_bid,
    output reg  [1:0]                s_axi_bresp,
    output reg                       s_axi_bvalid,
    input  wire                      s_axi_bready,
    input  wire [AXI_ID_WIDTH-1:0]   s_axi_arid,
    input  wire [AXI_ADDR_WIDTH-1:0] s_axi_araddr,
    input  wire [7:0]                s_axi_arlen,
    input  wire [2:0]                s_axi_arsize,
    input  wire [1:0]                s_axi_arburst,
    input  wire                      s_axi_arvalid,
    output wire                      s_axi_arready,
    output reg  [AXI_ID_WIDTH-1:0]   s_axi_rid,
    output reg  [DATA_WIDTH-1:0]     s_axi_rdata,
    output reg  [1:0]                s_axi_rresp,
    output reg                       s_axi_rlast,
    output reg                       s_axi_rvalid,
    input  wire                      s_axi_rready
);

    localparam BYTES  = DATA_WIDTH / 8;
    localparam WORDS  = SIZE_BYTES / BYTES;
    localparam SHIFT  = $clog2(BYTES);
    localparam BURST_BITS = $clog2(BURSTS), EARLY_BITS = $clog2(EARLY_BEATS);

    // Set by the testbench. Latencies in cycles: last write beat to response, read command to first beat. With
    // hold_commands it takes neither commands nor write data.
    reg [31:0] write_latency, read_latency;
    reg        hold_write_responses, hold_read_data, hold_commands;
    // Errors: the next error_count bursts of the kinds (1 writes, 2 reads, 3 both) that touch bytes error_first to
    // error_last of the device
    reg [31:0] error_count;
    reg [1:0]  error_kinds, error_resp;
    reg [63:0] error_first, error_last;
    // Damage: the next damage_count read bursts that touch bytes damage_first to damage_last return those inverted,
    // if they have the bits of a pattern, without an error; or what lies where some bits are the other way round
    reg [31:0] damage_count;
    reg [63:0] damage_first, damage_last, damage_elsewhere, damage_mask, damage_pattern;
    reg [31:0] dump_request;
    // Read by the testbench: equals dump_request once the dump is on disk
    reg [31:0] dump_done;

    reg [DATA_WIDTH-1:0] memory [0:WORDS-1];
    reg [63:0]           now;
    // channels: awready, wready, bvalid, arready, rvalid
    wire [4:0]           pause;
    pauses #(.CHANNELS(5)) pauses (.clk(clk), .pause(pause));

    // commands not yet answered, oldest first; taken: write commands whose beats are all in memory
    reg [AXI_ADDR_WIDTH-1:0] aw_address [0:BURSTS-1];
    reg [AXI_ID_WIDTH-1:0]   aw_id      [0:BURSTS-1];
    reg [7:0]                aw_len     [0:BURSTS-1];
    reg [1:0]                aw_resp    [0:BURSTS-1];
    reg [63:0]               aw_due     [0:BURSTS-1];
    reg [BURST_BITS:0]       aw_head, aw_taken, aw_tail;
    // what the beats of the burst that is being written have overwritten
    reg [DATA_WIDTH-1:0]     old_data   [0:255];
    reg [DATA_WIDTH-1:0]     w_data     [0:EARLY_BEATS-1];
    reg [BYTES-1:0]          w_strobe   [0:EARLY_BEATS-1];
    reg [EARLY_BITS:0]       w_head, w_tail;
    reg [8:0]                w_beat;
    reg [1:0]                w_resp;
    reg [AXI_ADDR_WIDTH-1:0] ar_address [0:BURSTS-1];
    reg [AXI_ID_WIDTH-1:0]   ar_id      [0:BURSTS-1];
    reg [7:0]                ar_len     [0:BURSTS-1];
    reg [63:0]               ar_due     [0:BURSTS-1];
    reg [BURST_BITS:0]       ar_head, ar_tail;
    reg [8:0]                r_beat;
    reg [1:0]                r_resp;
    reg                      r_damaged;

    wire [BURST_BITS:0] aw_used = aw_tail - aw_head;
    wire [BURST_BITS:0] ar_used = ar_tail - ar_head;
    wire [EARLY_BITS:0] w_used  = w_tail - w_head;
    assign s_axi_awready = !rst && !drain && !aw_used[BURST_BITS] && !pause[0] && !hold_commands;
    assign s_axi_wready  = !rst && !drain && !w_used[EARLY_BITS] && !pause[1] && !hold_commands;
    assign s_axi_arready = !rst && !drain && !ar_used[BURST_BITS] && !pause[3] && !hold_commands;

    wire [BURST_BITS-1:0] aw_now = aw_taken[BURST_BITS-1:0];
    wire [BURST_BITS-1:0] ar_now = ar_head[BURST_BITS-1:0];
    wire [EARLY_BITS-1:0] w_now  = w_head[EARLY_BITS-1:0];

    // Command sizes and burst types other than full-width INCR are the monitor's to report
    wire unused = &{1'b0, s_axi_awsize, s_axi_awburst, s_axi_wlast, s_axi_arsize, s_axi_arburst};

    reg [8*1100-1:0]     files, name;
    reg [DATA_WIDTH-1:0] word;
    integer              file, i, got;

    initial begin
        if (SIZE_BYTES % BYTES != 0) begin $display("Error: SIZE_BYTES must be whole beats (instance %m)"); $finish; end
        write_latency = 0; read_latency = 0; hold_write_responses = 0; hold_read_data = 0; hold_commands = 0;
        error_count = 0; error_kinds = 0; error_resp = 0; error_first = 0; error_last = 0;
        damage_count = 0; damage_first = 0; damage_last = 0;
        damage_elsewhere = 0; damage_mask = 0; damage_pattern = 0;
        dump_request = 0; dump_done = 0; now = 0; file = 0; got = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.device%0d_%0d_load", files, SYSTEM, DEVICE);
            file = $fopen(name, "rb");
        end
        if (file != 0) begin got = $fread(memory, file) / BYTES; $fclose(file); end
        for (i = got; i < WORDS; i = i + 1) memory[i] = {DATA_WIDTH{1'b0}};
    end

    always @(posedge clk) if (dump_done != dump_request) begin
        $sformat(name, "%0s.device%0d_%0d_dump", files, SYSTEM, DEVICE);
        file = $fopen(name, "wb");
        // zeros are passed over, but for the last word; `got`: the word behind the one that was written last
        got = 0;
        for (i = 0; i < WORDS; i = i + 1) if (memory[i] !== {DATA_WIDTH{1'b0}} || i == WORDS - 1) begin
            if (got != i) got = $fseek(file, i * BYTES, 0);
            $fwrite(file, "%u", memory[i]);
            got = i + 1;
        end
        $fclose(file);
        dump_done = dump_request;
    end

    // Place on the device of an address; far beyond its end for one below its base
    function [63:0] place(input [AXI_ADDR_WIDTH-1:0] address);
        place = {{64 - AXI_ADDR_WIDTH{1'b0}}, address} - base;
    endfunction
    // Place behind the last byte of a burst, which may begin within a beat
    function [63:0] place_behind(input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len);
        place_behind = (place(address) & ~(64'd0 + BYTES - 64'd1)) + ({56'd0, len} + 64'd1) * BYTES;
    endfunction
    function beyond(input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len);
        beyond = place(address) >= SIZE_BYTES || place_behind(address, len) > SIZE_BYTES;
    endfunction
    // Does a burst touch bytes first to last
    function touches(input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len, input [63:0] first, input [63:0] last);
        touches = place(address) <= last && place_behind(address, len) > first;
    endfunction
    // Is the burst one that the testbench wants to fail
    function fails(input kind, input [AXI_ADDR_WIDTH-1:0] address, input [7:0] len);
        fails = error_count != 0 && error_kinds[kind] && touches(address, len, error_first, error_last);
    endfunction
    always @(posedge clk) now <= now + 64'd1;

    // it has nothing to do, as in most cycles
    wire idle = !s_axi_awvalid && !s_axi_wvalid && !s_axi_arvalid && !s_axi_bvalid && !s_axi_rvalid
                && aw_head == aw_tail && w_head == w_tail && ar_head == ar_tail && !drain && !rst;

    always @(posedge clk) if (idle !== 1'b1) begin : bursts
        reg [1:0]  resp;
        reg [63:0] at;
        // writes
        if (s_axi_awvalid && s_axi_awready) begin
            aw_address[aw_tail[BURST_BITS-1:0]] <= s_axi_awaddr;
            aw_id[aw_tail[BURST_BITS-1:0]] <= s_axi_awid;
            aw_len[aw_tail[BURST_BITS-1:0]] <= s_axi_awlen;
            aw_tail <= aw_tail + 1'b1;
        end
        if (s_axi_wvalid && s_axi_wready) begin
            w_data[w_tail[EARLY_BITS-1:0]] <= s_axi_wdata;
            w_strobe[w_tail[EARLY_BITS-1:0]] <= s_axi_wstrb;
            w_tail <= w_tail + 1'b1;
        end
        if (drain) begin
            if (w_beat != 0 && w_resp == 0)
                for (i = 0; i < w_beat; i = i + 1) memory[(place(aw_address[aw_now]) >> SHIFT) + i] <= old_data[i];
            w_beat <= 0;
            w_head <= w_tail;
            aw_tail <= aw_taken;
        end else if (aw_taken != aw_tail && w_head != w_tail) begin
            resp = w_resp;
            if (w_beat == 0) begin
                resp = beyond(aw_address[aw_now], aw_len[aw_now]) ? 2'd3 : 2'd0;
                if (fails(1'b0, aw_address[aw_now], aw_len[aw_now])) begin
                    resp = error_resp;
                    error_count = error_count - 1;
                end
                w_resp <= resp;
            end
            if (resp == 0) begin
                word = w_data[w_now];
                if (!(&w_strobe[w_now]))
                    for (i = 0; i < BYTES; i = i + 1)
                        if (!w_strobe[w_now][i])
                            word[8*i +: 8] = memory[(place(aw_address[aw_now]) >> SHIFT) + w_beat][8*i +: 8];
                old_data[w_beat[7:0]] <= memory[(place(aw_address[aw_now]) >> SHIFT) + w_beat];
                memory[(place(aw_address[aw_now]) >> SHIFT) + w_beat] <= word;
            end
            w_head <= w_head + 1'b1;
            w_beat <= w_beat + 1'b1;
            if (w_beat == {1'b0, aw_len[aw_now]}) begin
                w_beat <= 0;
                aw_resp[aw_now] <= resp;
                aw_due[aw_now] <= now + {32'd0, write_latency};
                aw_taken <= aw_taken + 1'b1;
            end
        end
        if (!s_axi_bvalid || s_axi_bready) begin
            s_axi_bvalid <= 1'b0;
            if (aw_head != aw_taken
                && (drain || (aw_due[aw_head[BURST_BITS-1:0]] <= now && !hold_write_responses && !pause[2]))) begin
                s_axi_bvalid <= 1'b1;
                s_axi_bid <= aw_id[aw_head[BURST_BITS-1:0]];
                s_axi_bresp <= aw_resp[aw_head[BURST_BITS-1:0]];
                aw_head <= aw_head + 1'b1;
            end
        end
        // reads
        if (s_axi_arvalid && s_axi_arready) begin
            ar_address[ar_tail[BURST_BITS-1:0]] <= s_axi_araddr;
            ar_id[ar_tail[BURST_BITS-1:0]] <= s_axi_arid;
            ar_len[ar_tail[BURST_BITS-1:0]] <= s_axi_arlen;
            ar_due[ar_tail[BURST_BITS-1:0]] <= now + {32'd0, read_latency};
            ar_tail <= ar_tail + 1'b1;
        end
        if (!s_axi_rvalid || s_axi_rready || drain) begin
            s_axi_rvalid <= 1'b0;
            if (!drain && ar_head != ar_tail && ar_due[ar_now] <= now && !hold_read_data && !pause[4]) begin
                resp = r_resp;
                if (r_beat == 0) begin
                    resp = beyond(ar_address[ar_now], ar_len[ar_now]) ? 2'd3 : 2'd0;
                    if (fails(1'b1, ar_address[ar_now], ar_len[ar_now])) begin
                        resp = error_resp;
                        error_count = error_count - 1;
                    end
                    r_resp <= resp;
                    r_damaged = resp == 0 && damage_count != 0
                                && touches(ar_address[ar_now], ar_len[ar_now], damage_first, damage_last);
                    if (r_damaged) damage_count = damage_count - 1;
                end
                word = resp != 0 ? {DATA_WIDTH{1'b0}} : memory[(place(ar_address[ar_now]) >> SHIFT) + r_beat];
                if (r_damaged) begin
                    at = place(ar_address[ar_now]) + r_beat * BYTES;
                    for (i = 0; i < BYTES; i = i + 1)
                        if (at+i >= damage_first && at+i <= damage_last && !((at + i ^ damage_pattern) & damage_mask))
                            word[8*i +: 8] = damage_elsewhere != 0 ? memory[(at ^ damage_elsewhere) >> SHIFT][8*i +: 8]
                                                                   : ~word[8*i +: 8];
                end
                s_axi_rvalid <= 1'b1;
                s_axi_rid <= ar_id[ar_now];
                s_axi_rresp <= resp;
                s_axi_rdata <= word;
                s_axi_rlast <= r_beat == {1'b0, ar_len[ar_now]};
                r_beat <= r_beat + 1'b1;
                if (r_beat == {1'b0, ar_len[ar_now]}) begin
                    r_beat <= 0;
                    ar_head <= ar_head + 1'b1;
                end
            end
        end
        if (rst) begin
            aw_head <= 0; aw_taken <= 0; aw_tail <= 0; w_head <= 0; w_tail <= 0; w_beat <= 0; w_resp <= 0;
            ar_head <= 0; ar_tail <= 0; r_beat <= 0; r_resp <= 0;
            s_axi_bvalid <= 1'b0; s_axi_rvalid <= 1'b0;
        end
    end

endmodule

`resetall
