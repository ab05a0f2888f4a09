// Packets that the testbench puts into a path: those of a file, one after the other. Simulation only.
//
// The file is <files>.path_inserts<SYSTEM>, named by +files=PREFIX: of each packet how many beats it has, 4 bytes,
// highest byte first, then its beats, the bytes of each reversed: $fread takes the first byte of a word as its highest.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module path_inserts #(
    // Number of the system that sends
    parameter SYSTEM     = 1,
    parameter DATA_WIDTH = 512
) ();

    // Beats of the next packet that have not been taken, 0: it has not been looked at; the beat that was taken
    reg [31:0]           beats;
    reg [DATA_WIDTH-1:0] beat;
    reg [31:0]           file;
    reg [8*1024-1:0]     files;
    reg [8*1100-1:0]     name;
    integer              got;

    initial begin
        beats = 0; file = 0;
        if ($value$plusargs("files=%s", files)) begin
            $sformat(name, "%0s.path_inserts%0d", files, SYSTEM);
            file = $fopen(name, "rb");
        end
    end

    task expect_bytes(input integer wanted);
        if (got != wanted) begin
            $display("Error: the file of packets to be put in is shorter than announced (instance %m)");
            $finish;
        end
    endtask

    task look;
        if (beats == 0) begin
            got = $fread(beats, file);
            expect_bytes(4);
        end
    endtask

    task take;
        begin
            got = $fread(beat, file);
            expect_bytes(DATA_WIDTH / 8);
            beats = beats - 1;
        end
    endtask

endmodule

`resetall
