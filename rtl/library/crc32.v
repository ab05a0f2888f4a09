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

wire [COLUMNS-1:0] columns = {data, state};

generate
    genvar n;
    for (n = 0; n < 32; n = n + 1) begin : row
        // a wire, since simulators load wide wires faster than wide constants
        wire [COLUMNS-1:0] taps = MATRIX[n*COLUMNS +: COLUMNS];
        reg parity;

        always @*
            parity = ^(columns & taps);

        assign state_next[n] = parity;
    end
endgenerate

endmodule

`resetall
