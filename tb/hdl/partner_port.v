// The place of a storage system that the model plays, or that is on a board: its end of the connection path, and its
// part of the capture. Simulation only.
//
// Packets and lines are exchanged with Python through files, named by +files=PREFIX. Into <files>.partner_in<SYSTEM>
// goes what comes from the path, into <files>.partner_in_sizes<SYSTEM> how many bytes each packet has, 4 bytes a
// packet. <files>.partner_out<SYSTEM> holds the beats of packets to be sent, the bytes of each beat reversed, as $fread
// takes the first byte of a word as its highest, and <files>.partner_out_sizes<SYSTEM> how many beats each has, 4 bytes
// a packet, highest byte first. <files>.partner_lines<SYSTEM> holds lines for the capture. The testbench raises
// `available` and `line_count` when all of a packet or line is in the files.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module partner_port #(
    parameter SYSTEM     = 2,
    parameter DATA_WIDTH = 512
) (
    input  wire                  clk,
    input  wire                  rst,
    // Of the capture
    input  wire [31:0]           file,
    input  wire [DATA_WIDTH-1:0] path_in_tdata,
    input  wire                  path_in_tvalid,
    output wire                  path_in_tready,
    input  wire                  path_in_tlast,
    output reg  [DATA_WIDTH-1:0] path_out_tdata,
    output reg                   path_out_tvalid,
    input  wire                  path_out_tready,
    output reg                   path_out_tlast
);

    // Set by the testbench before the end of reset, as of a system_bench
    reg [63:0] first_time_ns, device_base;
    reg [47:0] first_cycle;
    // Set by the testbench: packets and lines in the files so far
    reg [31:0] available, line_count;
    // Read by the testbench: packets that have come
    reg [31:0] arrived;
    // Lines so far
    reg [31:0] lines;

    reg [31:0]           in_file, in_sizes_file, out_file, out_sizes_file, line_file;
    reg [31:0]           in_bytes, sent, beats_left;
    reg [DATA_WIDTH-1:0] word;
    reg [8*1024-1:0]     text;
    reg [8*1024-1:0]     files;
    reg [8*1100-1:0]     name;
    integer              got;

    assign path_in_tready = !rst;

    initial begin
        first_time_ns = 0; device_base = 0; first_cycle = 0;
        available = 0; line_count = 0; arrived = 0; lines = 0; in_bytes = 0; sent = 0; beats_left = 0;
        in_file = 0; in_sizes_file = 0; out_file = 0; out_sizes_file = 0; line_file = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.partner_in%0d", files, SYSTEM);
            in_file = $fopen(name, "wb");
            $sformat(name, "%0s.partner_in_sizes%0d", files, SYSTEM);
            in_sizes_file = $fopen(name, "wb");
            $sformat(name, "%0s.partner_out%0d", files, SYSTEM);
            out_file = $fopen(name, "rb");
            $sformat(name, "%0s.partner_out_sizes%0d", files, SYSTEM);
            out_sizes_file = $fopen(name, "rb");
            $sformat(name, "%0s.partner_lines%0d", files, SYSTEM);
            line_file = $fopen(name, "rb");
        end
    end

    task expect_bytes(input integer wanted);
        if (got != wanted) begin
            $display("Error: a file of the partner is shorter than announced (instance %m)");
            $finish;
        end
    endtask

    // The lines that are there go into the capture
    task copy_lines;
        while (lines != line_count) begin
            got = $fgets(text, line_file);
            $fwrite(file, "%0s", text);
            lines = lines + 1;
        end
    endtask

    always @(posedge clk) if (rst) begin
        path_out_tvalid <= 1'b0; path_out_tlast <= 1'b0; path_out_tdata <= {DATA_WIDTH{1'b0}};
    end else begin
        if (path_in_tvalid) begin
            $fwrite(in_file, "%u", path_in_tdata);
            in_bytes = in_bytes + DATA_WIDTH / 8;
            if (path_in_tlast) begin
                $fwrite(in_sizes_file, "%u", in_bytes);
                $fflush(in_file);
                $fflush(in_sizes_file);
                in_bytes = 0;
                arrived = arrived + 1;
            end
        end
        if (!path_out_tvalid || path_out_tready) begin
            path_out_tvalid <= 1'b0;
            if (beats_left == 0 && sent != available) begin
                got = $fread(beats_left, out_sizes_file);
                expect_bytes(4);
                sent = sent + 1;
            end
            if (beats_left != 0) begin
                got = $fread(word, out_file);
                expect_bytes(DATA_WIDTH / 8);
                path_out_tvalid <= 1'b1;
                path_out_tdata <= word;
                path_out_tlast <= beats_left == 1;
                beats_left = beats_left - 1;
            end
        end
    end

    // What bench.v asks of a system in every cycle: the same of system_bench
    task inputs; copy_lines; endtask
    task record; ; endtask
    task outputs; ; endtask
    task flush_files; ; endtask
    function [31:0] lines_of(input unused); lines_of = lines; endfunction

endmodule

`resetall
