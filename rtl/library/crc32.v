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
        wire [31:0]           crc  = MATRIX[n*COLUMNS +: 32];
        wire [DATA_WIDTH-1:0] beat = MATRIX[n*COLUMNS + 32 +: DATA_WIDTH];
    end
endgenerate

// Two parts, each in one go: a simulator sees the wide one once a beat, the whole result change at once
reg [31:0] data_part, state_part;

always @*
    data_part = {
        ^(data & row[31].beat), ^(data & row[30].beat), ^(data & row[29].beat), ^(data & row[28].beat),
        ^(data & row[27].beat), ^(data & row[26].beat), ^(data & row[25].beat), ^(data & row[24].beat),
        ^(data & row[23].beat), ^(data & row[22].beat), ^(data & row[21].beat), ^(data & row[20].beat),
        ^(data & row[19].beat), ^(data & row[18].beat), ^(data & row[17].beat), ^(data & row[16].beat),
        ^(data & row[15].beat), ^(data & row[14].beat), ^(data & row[13].beat), ^(data & row[12].beat),
        ^(data & row[11].beat), ^(data & row[10].beat), ^(data & row[9].beat), ^(data & row[8].beat),
        ^(data & row[7].beat), ^(data & row[6].beat), ^(data & row[5].beat), ^(data & row[4].beat),
        ^(data & row[3].beat), ^(data & row[2].beat), ^(data & row[1].beat), ^(data & row[0].beat)
    };

always @*
    state_part = {
        ^(state & row[31].crc), ^(state & row[30].crc), ^(state & row[29].crc), ^(state & row[28].crc),
        ^(state & row[27].crc), ^(state & row[26].crc), ^(state & row[25].crc), ^(state & row[24].crc),
        ^(state & row[23].crc), ^(state & row[22].crc), ^(state & row[21].crc), ^(state & row[20].crc),
        ^(state & row[19].crc), ^(state & row[18].crc), ^(state & row[17].crc), ^(state & row[16].crc),
        ^(state & row[15].crc), ^(state & row[14].crc), ^(state & row[13].crc), ^(state & row[12].crc),
        ^(state & row[11].crc), ^(state & row[10].crc), ^(state & row[9].crc), ^(state & row[8].crc),
        ^(state & row[7].crc), ^(state & row[6].crc), ^(state & row[5].crc), ^(state & row[4].crc),
        ^(state & row[3].crc), ^(state & row[2].crc), ^(state & row[1].crc), ^(state & row[0].crc)
    };

assign state_next = data_part ^ state_part;

endmodule

`resetall
