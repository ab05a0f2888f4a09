// Somebody else's original storage system, as small as it can be: it takes blocks of 512 bytes, keeps each on disk 0
// and its journal on disk 1, one after the other. It knows nothing of mirrorlog; the names of its ports are its own.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module journal_box (
    input  wire        clk_i,
    input  wire        rst_ni,
    // Time of day, ns
    input  wire [63:0] now_i,

    // Host: a request, then the 64 words of its block; the end of it, or that the journal is full and nothing was
    // written
    input  wire        req_stb_i,
    output wire        req_ack_o,
    input  wire [7:0]  req_id_i,
    input  wire [31:0] req_block_i,
    input  wire        dat_stb_i,
    output wire        dat_ack_o,
    input  wire [63:0] dat_i,
    output wire        fin_stb_o,
    output wire        fin_full_o,

    // Disks: words of a transfer, its last one marked; later, that all of it is on the disk
    output wire [1:0]  dsk_stb_o,
    output wire [31:0] dsk_adr_o,
    output wire [63:0] dsk_dat_o,
    output wire        dsk_last_o,
    input  wire [1:0]  dsk_done_i,

    // Debug: something has changed (0 write accepted, 1 write refused, 2 block on disk, 3 journal on disk), and the
    // state as it is now
    output reg         dbg_stb_o,
    output reg  [1:0]  dbg_event_o,
    output wire [7:0]  dbg_id_o,
    output wire [31:0] dbg_block_o,
    output wire [31:0] dbg_crc_o,
    output reg  [63:0] dbg_next_o,
    output reg  [31:0] dbg_info_newest_o,
    output reg  [31:0] dbg_info_stored_o,
    output reg  [31:0] dbg_data_newest_o,
    output reg  [31:0] dbg_data_stored_o
);

    // Where the journal's data begins on disk 1, and where it ends; its descriptions, 64 bytes each, begin at 0
    localparam DATA = 32'd4096, END = 32'd8192;

    localparam IDLE = 3'd0, TAKE = 3'd1, DECIDE = 3'd2, REFUSED = 3'd3;
    localparam BLOCK = 3'd4, INFO = 3'd5, COPY = 3'd6, WAIT = 3'd7;
    reg [2:0]  state, after_wait;
    reg [5:0]  word;
    reg [63:0] buffer [0:63];
    reg [7:0]  id;
    reg [31:0] block, data_crc;
    reg [63:0] stamp;

    // CRC-32 as zlib's, without the inversion at both ends
    localparam [31:0] CRC = 32'hEDB88320;
    function [31:0] crc_after(input [31:0] crc, input [63:0] data);
        integer i;
        begin
            crc_after = crc;
            for (i = 0; i < 64; i = i + 1) crc_after = (crc_after >> 1) ^ (crc_after[0] ^ data[i] ? CRC : 32'd0);
        end
    endfunction

    // Description of the journal: CRC of its first 60 bytes last
    wire [63:0] number = dbg_next_o - 64'd1;
    reg  [479:0] fields;
    reg  [31:0] info_crc;
    integer     n;
    always @* begin
        // reserved, flags and kind; journal volume, volume and group; CRC, size, offset, places, time, number
        fields = {
            32'd0, 8'd0, 8'd0, 16'd2, 16'd1, 16'd0, data_crc, 32'd512, (number - 64'd1) << 9,
            32'd0, dbg_data_newest_o - 32'd512, 23'd0, block, 9'd0, stamp, number
        };
        info_crc = 32'hFFFFFFFF;
        for (n = 0; n < 7; n = n + 1) info_crc = crc_after(info_crc, fields[64*n +: 64]);
        for (n = 448; n < 480; n = n + 1) info_crc = (info_crc >> 1) ^ (info_crc[0] ^ fields[n] ? CRC : 32'd0);
        info_crc = ~info_crc;
    end
    wire [511:0] info = {info_crc, fields};

`ifdef PLANTED_BUG
    // the last block of the area is used, so that newest = oldest when it is full: as if it were empty
    wire full = dbg_data_newest_o + 32'd512 > END;
`else
    wire full = dbg_data_newest_o + 32'd512 >= END;
`endif

    assign req_ack_o   = state == IDLE;
    assign dat_ack_o   = state == TAKE;
    assign fin_stb_o   = dbg_stb_o && !dbg_event_o[1];
    assign fin_full_o  = dbg_event_o[0];
    assign dsk_stb_o   = {state == INFO || state == COPY, state == BLOCK};
    assign dsk_last_o  = word == (state == INFO ? 6'd7 : 6'd63);
    assign dsk_dat_o   = state == INFO ? info[64*word[2:0] +: 64] : buffer[word];
    wire [31:0] place  = state == INFO ? dbg_info_newest_o - 32'd64 : dbg_data_newest_o - 32'd512;
    assign dsk_adr_o   = (state == BLOCK ? block << 9 : place) + {23'd0, word, 3'd0};
    assign dbg_id_o    = id;
    assign dbg_block_o = block;
    assign dbg_crc_o   = info_crc;

    always @(posedge clk_i) begin
        dbg_stb_o <= 1'b0;
        case (state)
            IDLE: if (req_stb_i) begin
                {id, block, stamp} <= {req_id_i, req_block_i, now_i};
                {word, data_crc, state} <= {6'd0, 32'hFFFFFFFF, TAKE};
            end
            TAKE: if (dat_stb_i) begin
                buffer[word] <= dat_i;
                data_crc <= crc_after(data_crc, dat_i);
                word <= word + 6'd1;
                if (word == 6'd63) state <= DECIDE;
            end
            DECIDE: begin
                {dbg_stb_o, dbg_event_o} <= {1'b1, 1'b0, full};
                data_crc <= ~data_crc;
                if (!full) begin
                    dbg_next_o <= dbg_next_o + 64'd1;
                    dbg_info_newest_o <= dbg_info_newest_o + 32'd64;
                    dbg_data_newest_o <= dbg_data_newest_o + 32'd512;
                end
                state <= full ? REFUSED : BLOCK;
            end
            REFUSED: state <= IDLE;
            BLOCK, INFO, COPY: begin
                word <= dsk_last_o ? 6'd0 : word + 6'd1;
                if (dsk_last_o) {after_wait, state} <= {state, WAIT};
            end
            WAIT: if (dsk_done_i != 2'd0) begin
                {dbg_stb_o, dbg_event_o} <= {after_wait != INFO, 1'b1, after_wait == COPY};
                if (after_wait == COPY)
                    {dbg_info_stored_o, dbg_data_stored_o} <= {dbg_info_newest_o, dbg_data_newest_o};
                state <= after_wait == BLOCK ? INFO : after_wait == INFO ? COPY : IDLE;
            end
            default: ;
        endcase
        if (!rst_ni) begin
            {state, word, dbg_stb_o, dbg_next_o} <= {IDLE, 6'd0, 1'b0, 64'd1};
            {dbg_info_newest_o, dbg_info_stored_o, dbg_data_newest_o, dbg_data_stored_o} <= {32'd0, 32'd0, DATA, DATA};
        end
    end

endmodule

`resetall
