// CRC-32 (IEEE 802.3, as zlib's) of one beat a cycle.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Combinational step: bit 0 of `data` is the first bit. Start with all ones, invert the last result.
 */
module crc32 #(
    // Bits taken in one step
    parameter DATA_WIDTH = 64
) (
    input  wire [DATA_WIDTH-1:0] data,
    input  wire [31:0]           state,
    output wire [31:0]           state_next
);

`ML_REQUIRE(DATA_WIDTH >= 8 && DATA_WIDTH % 8 == 0, parameter_error_DATA_WIDTH_must_be_a_multiple_of_8)

localparam [31:0] POLYNOMIAL = 32'hEDB88320;
localparam COLUMNS = DATA_WIDTH + 32;

// Row j says which bits of {data, state} bit j of the next state is the parity of: the shift register is stepped with
// rows of ones in place of bits.
function [32*COLUMNS-1:0] matrix(input integer steps);
    integer i, j;
    reg [COLUMNS-1:0] feedback;
    begin
        matrix = 0;
        for (j = 0; j < 32; j = j + 1)
            matrix[j*COLUMNS + j] = 1'b1;
        for (i = 0; i < steps; i = i + 1) begin
            feedback = matrix[COLUMNS-1:0];
            feedback[32 + i] = ~feedback[32 + i];
            matrix = matrix >> COLUMNS;
            for (j = 0; j < 32; j = j + 1)
                if (POLYNOMIAL[j])
                    matrix[j*COLUMNS +: COLUMNS] = matrix[j*COLUMNS +: COLUMNS] ^ feedback;
        end
    end
endfunction

localparam [32*COLUMNS-1:0] MATRIX = matrix(DATA_WIDTH);

// The taps are wires, since simulators load wide wires faster than wide constants
generate
    genvar n;
    for (n = 0; n < 32; n = n + 1) begin : row
        wire [31:0]           on_crc  = MATRIX[n*COLUMNS +: 32];
        wire [DATA_WIDTH-1:0] on_beat = MATRIX[n*COLUMNS + 32 +: DATA_WIDTH];
    end
endgenerate

// Two parts, each in one go: a simulator sees the wide one once a beat, the whole result change at once
reg [31:0] data_part, state_part;

always @*
    data_part = {
        ^(data & row[31].on_beat), ^(data & row[30].on_beat), ^(data & row[29].on_beat), ^(data & row[28].on_beat),
        ^(data & row[27].on_beat), ^(data & row[26].on_beat), ^(data & row[25].on_beat), ^(data & row[24].on_beat),
        ^(data & row[23].on_beat), ^(data & row[22].on_beat), ^(data & row[21].on_beat), ^(data & row[20].on_beat),
        ^(data & row[19].on_beat), ^(data & row[18].on_beat), ^(data & row[17].on_beat), ^(data & row[16].on_beat),
        ^(data & row[15].on_beat), ^(data & row[14].on_beat), ^(data & row[13].on_beat), ^(data & row[12].on_beat),
        ^(data & row[11].on_beat), ^(data & row[10].on_beat), ^(data & row[9].on_beat), ^(data & row[8].on_beat),
        ^(data & row[7].on_beat), ^(data & row[6].on_beat), ^(data & row[5].on_beat), ^(data & row[4].on_beat),
        ^(data & row[3].on_beat), ^(data & row[2].on_beat), ^(data & row[1].on_beat), ^(data & row[0].on_beat)
    };

always @*
    state_part = {
        ^(state & row[31].on_crc), ^(state & row[30].on_crc), ^(state & row[29].on_crc), ^(state & row[28].on_crc),
        ^(state & row[27].on_crc), ^(state & row[26].on_crc), ^(state & row[25].on_crc), ^(state & row[24].on_crc),
        ^(state & row[23].on_crc), ^(state & row[22].on_crc), ^(state & row[21].on_crc), ^(state & row[20].on_crc),
        ^(state & row[19].on_crc), ^(state & row[18].on_crc), ^(state & row[17].on_crc), ^(state & row[16].on_crc),
        ^(state & row[15].on_crc), ^(state & row[14].on_crc), ^(state & row[13].on_crc), ^(state & row[12].on_crc),
        ^(state & row[11].on_crc), ^(state & row[10].on_crc), ^(state & row[9].on_crc), ^(state & row[8].on_crc),
        ^(state & row[7].on_crc), ^(state & row[6].on_crc), ^(state & row[5].on_crc), ^(state & row[4].on_crc),
        ^(state & row[3].on_crc), ^(state & row[2].on_crc), ^(state & row[1].on_crc), ^(state & row[0].on_crc)
    };

assign state_next = data_part ^ state_part;

endmodule

`resetall
