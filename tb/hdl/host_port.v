// A host computer 180 at the host port: issues the commands that the testbench appends to a file, streams their write
// data from another, takes read data and responses. Simulation only.
//
// <files>.host_commands<SYSTEM> holds 24 bytes a command, highest byte first: opcode 8, flags 8, volume 16, position
// 64, size 32, write beats 32, gap 32. Flag 0: wait until every earlier command is answered. Gap: cycles to wait before
// it, after the one before was taken. Write beats: beats of the packet on the write data stream, 0 for none.
// <files>.host_payload<SYSTEM> holds the beats of all packets, the bytes of each beat reversed, as $fread takes the
// first byte of a word as its highest. The testbench raises `available` when a command and its data are in the files.
//
// Tags count up from tag_first, so that they are unique among the outstanding commands. Data of a write follows its
// command.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module host_port #(
    parameter SYSTEM     = 1,
    parameter DATA_WIDTH = 512,
    // Commands taken by the storage system whose write data has not been sent, at most; a power of two
    parameter BACKLOG    = 256
) (
    input  wire                  clk,
    input  wire                  rst,
    // The storage system alone is reset: what the host was given is lost, as far as it is not answered
    input  wire                  system_rst,
    output reg                   command_valid,
    input  wire                  command_ready,
    output wire [7:0]            command_opcode,
    output reg  [15:0]           command_tag,
    output wire [15:0]           command_volume,
    output wire [63:0]           command_position,
    output wire [31:0]           command_size,
    output reg  [DATA_WIDTH-1:0] write_tdata,
    output reg                   write_tvalid,
    input  wire                  write_tready,
    output reg                   write_tlast,
    output wire                  read_tready,
    input  wire                  response_valid,
    output wire                  response_ready
);

    localparam BITS = $clog2(BACKLOG);

    // Set by the testbench: commands in the file so far, largest number outstanding, tag of the first command
    reg [31:0] available;
    reg [31:0] queue_depth;
    reg [15:0] tag_first;
    // ... and whether it takes no read data, no responses
    reg        hold_read_data, hold_responses;
    // Read by the testbench: commands issued, commands answered, whether all that are available are answered
    reg [31:0] issued;
    reg [31:0] answered;
    reg        all_answered;

    // channels: command, write data, read data, response
    wire [3:0] pause;
    pauses #(.CHANNELS(4)) pauses (.clk(clk), .pause(pause));

    // The command on the port, and the next one, which waits until it may be issued
    reg [191:0]          command;
    reg [191:0]          next;
    reg                  next_valid;
    reg [31:0]           gap;
    reg [31:0]           packet_beats [0:BACKLOG-1];
    reg [BITS:0]         packet_head, packet_tail;
    reg [31:0]           beat;
    reg [DATA_WIDTH-1:0] word;
    reg [31:0]           command_file, payload_file;
    reg [8*1024-1:0]     files;
    reg [8*1100-1:0]     name;
    integer              got;

    assign command_opcode   = command[191:184];
    assign command_volume   = command[175:160];
    assign command_position = command[159:96];
    assign command_size     = command[95:64];
    assign read_tready      = !rst && !pause[2] && !hold_read_data;
    assign response_ready   = !rst && !pause[3] && !hold_responses;

    wire [BITS:0] packets = packet_tail - packet_head;

    initial begin
        if (BACKLOG != 1 << BITS) begin
            $display("Error: BACKLOG must be a power of two (instance %m)");
            $finish;
        end
        available = 0; queue_depth = 16; tag_first = 0; issued = 0; answered = 0; all_answered = 1; command_file = 0;
        payload_file = 0;
        hold_read_data = 0; hold_responses = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.host_commands%0d", files, SYSTEM);
            command_file = $fopen(name, "rb");
            $sformat(name, "%0s.host_payload%0d", files, SYSTEM);
            payload_file = $fopen(name, "rb");
        end
    end

    task expect_bytes(input integer wanted);
        if (got != wanted) begin
            $display("Error: a host file is shorter than announced (instance %m)");
            $finish;
        end
    endtask

    // (Verilator leaves a $fseek out whose result nobody looks at)
    task to_end(input [31:0] of);
        begin
            got = $fseek(of, 0, 2);
            expect_bytes(0);
        end
    endtask

    always @(posedge clk) if (rst || system_rst) begin
        command_valid <= 1'b0; command <= 192'd0; command_tag <= 16'd0;
        write_tvalid <= 1'b0; write_tlast <= 1'b0; write_tdata <= {DATA_WIDTH{1'b0}};
        next_valid = 1'b0; gap = 0; beat = 0; packet_head <= 0; packet_tail <= 0;
        if (rst) begin
            issued = 0; answered = 0;
        end else begin
            issued = available; answered = available; all_answered = 1;
            to_end(command_file);
            to_end(payload_file);
        end
    end else begin
        if (response_valid && response_ready) answered = answered + 1;
        all_answered = answered == available;
        // commands
        if (gap != 0) gap = gap - 1;
        if (!next_valid && issued != available) begin
            got = $fread(next, command_file);
            expect_bytes(24);
            next_valid = 1'b1;
            gap = next[31:0];
        end
        if (command_valid && command_ready) begin
            command_valid <= 1'b0;
            if (command[63:32] != 0) begin
                packet_beats[packet_tail[BITS-1:0]] <= command[63:32];
                packet_tail <= packet_tail + 1'b1;
            end
        end
        if (next_valid && (!command_valid || command_ready) && gap == 0 && !pause[0] && packets < BACKLOG - 1
                && issued - answered < queue_depth && (!next[176] || issued == answered)) begin
            command_valid <= 1'b1;
            command <= next;
            command_tag <= tag_first + issued[15:0];
            issued = issued + 1;
            next_valid = 1'b0;
        end
        // write data
        if (!write_tvalid || write_tready) begin
            write_tvalid <= 1'b0;
            if (packets != 0 && !pause[1]) begin
                got = $fread(word, payload_file);
                expect_bytes(DATA_WIDTH / 8);
                write_tvalid <= 1'b1;
                write_tdata <= word;
                beat = beat + 1;
                write_tlast <= beat == packet_beats[packet_head[BITS-1:0]];
                if (beat == packet_beats[packet_head[BITS-1:0]]) begin
                    beat = 0;
                    packet_head <= packet_head + 1'b1;
                end
            end
        end
    end

endmodule

`resetall
