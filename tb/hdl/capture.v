// The capture file of a bench (docs/capture.md): its first and last line, and the time at which Python is told that
// lines are ready, so that it is entered per batch and not per clock. The lines between are those of each system's
// capture_port. Simulation only.
//
// The bench calls, in each cycle: the tasks of the ports, `count`, and `deliver` if lines are `due`. +files=PREFIX
// names the file.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module capture #(
    // Systems, and the number of the first
    parameter SYSTEMS            = 1,
    parameter SYSTEM_NUMBER      = 1,
    parameter DATA_WIDTH         = 512,
    parameter VOLUMES            = 8,
    parameter PAIRS              = 8,
    parameter GROUPS             = 4,
    parameter DEVICES            = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter MAX_DATA_BYTES     = 65536,
    parameter COMMANDS           = 4,
    parameter WINDOW             = 256,
    parameter AXI_ADDR_WIDTH     = 48
) (
    input  wire        clk,
    input  wire        rst,
    // What each system starts from
    input  wire [64*SYSTEMS-1:0] time_ns,
    input  wire [48*SYSTEMS-1:0] first_cycle,
    input  wire [64*SYSTEMS-1:0] device_base,
    // Clock cycles since reset
    output reg  [47:0] cycle,
    // The file, for all that write lines into it
    output reg  [31:0] file
);

    // Set by the testbench: lines that are worth a drain (0: never), idle cycles after which fewer are, too; a drain is
    // wanted in any case whenever drain_request changes; the request for the last line, which comes when there was no
    // other for a while
    reg [31:0] drain_lines;
    reg [31:0] drain_idle;
    reg [31:0] drain_request;
    reg        finish;
    // Changes when lines are ready to be read
    reg        drain;
    reg        finished;
    reg [31:0] lines;
    // Lines are to be handed over in this cycle; the ports write no more; the last line has been written
    reg        due, ending, ended;

    reg [31:0] drained, drain_requested;
    reg [31:0] idle, finishing;
    integer    s;
    // Seconds of the time of day
    reg [31:0] incarnation;

    // Cycles without a line before the last one; cycles after which it comes in any case
    localparam CALM = 64, TIMEOUT = 8192;

    reg [8*1024-1:0] files;
    reg [8*1100-1:0] name;

    initial begin
        drain_lines = 64; drain_idle = 32; drain_request = 0; finish = 0; drain = 0; finished = 0; lines = 0; due = 0;
        ending = 0; ended = 0; finishing = 0;
        drained = 0; drain_requested = 0; idle = 0; cycle = 0; file = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.jsonl", files);
            file = $fopen(name, "wb");
        end
    end

    // The first line comes at the end of reset, when the testbench has said what the systems start from
    always @(negedge rst) if (lines == 0) begin
        $fwrite(file, "{\"event\": \"start\", \"format\": \"mirrorlog capture\", \"version\": 3, \"systems\": [");
        for (s = 0; s < SYSTEMS; s = s + 1) begin
            if (s != 0) $fwrite(file, ", ");
            $fwrite(file, "{\"system\": %0d, \"data_width\": %0d, ", SYSTEM_NUMBER + s, DATA_WIDTH);
            $fwrite(file, "\"volumes\": %0d, \"pairs\": %0d, \"groups\": %0d, \"devices\": %0d, ", VOLUMES, PAIRS,
                    GROUPS, DEVICES);
            $fwrite(file, "\"max_transfer_bytes\": %0d, \"batch_bytes\": %0d, \"entry_bytes\": 64, ",
                    MAX_TRANSFER_BYTES, MAX_DATA_BYTES);
            $fwrite(file, "\"commands\": %0d, \"window\": %0d, \"address_bits\": %0d, ", COMMANDS, WINDOW,
                    AXI_ADDR_WIDTH);
            $fwrite(file, "\"device_base\": %0d, ", device_base[64*s +: 64]);
            incarnation = time_ns[64*s + 30 +: 32];
            $fwrite(file, "\"first_cycle\": %0d, \"incarnation\": %0d, ", first_cycle[48*s +: 48], incarnation);
            if (SYSTEMS > 1) $fwrite(file, "\"path\": true}");
            else $fwrite(file, "\"path\": false}");
        end
        $fwrite(file, "]}\n");
        lines = 1;
    end

    // `total`: lines of all ports so far
    task count(input [31:0] total);
        begin
            idle = total + 1 == lines ? idle + 1 : 0;
            lines = total + 1;
            ended = ending;
            if (ended) $fwrite(file, "{\"event\": \"end\", \"events\": %0d}\n", lines);
            due = ended || drain_request != drain_requested
                || (drain_lines != 0 && lines != drained && (lines - drained >= drain_lines || idle >= drain_idle));
            if (finish && !ending) begin
                finishing = finishing + 1;
                ending = idle >= CALM || finishing >= TIMEOUT;
            end
        end
    endtask

    // The ports have flushed their files
    task deliver;
        begin
            $fflush(file);
            drained = lines;
            drain_requested = drain_request;
            finished = ended;
            drain = !drain;
        end
    endtask

    always @(posedge clk) if (!rst) cycle <= cycle + 48'd1;

endmodule

`resetall
