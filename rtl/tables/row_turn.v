// Tables with one row at a time in use: which row.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * `next_row` is looked up a cycle before its step decides; then it is `row`, which every field (row_field) of the table
 * shows. After a reset each row has its turn, one a cycle, in which its fields get what they hold after a reset: no
 * step may decide before ROWS cycles have passed.
 */
module row_turn #(
    // Rows
    parameter ROWS = 4,
    parameter INDEX_WIDTH = (ROWS > 1) ? $clog2(ROWS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire [15:0]            next_row,
    output wire [INDEX_WIDTH-1:0] next,
    output reg  [INDEX_WIDTH-1:0] row,
    // `row` is swept
    output wire                   sweeps
);

`ML_REQUIRE(`ML_IN_RANGE(ROWS, 1, 1024), parameter_error_ROWS_must_be_1_to_1024)

localparam LAST_ROW = ROWS - 1;
localparam [INDEX_WIDTH-1:0] LAST = LAST_ROW[INDEX_WIDTH-1:0];

reg sweeps_reg;

assign next   = next_row[INDEX_WIDTH-1:0];
assign sweeps = sweeps_reg || rst;

always @(posedge clk) begin
    row <= sweeps_reg ? row + 1'b1 : next;
    if (row == LAST)
        sweeps_reg <= 1'b0;
    if (rst) begin
        row        <= 0;
        sweeps_reg <= 1'b1;
    end
end

endmodule

`resetall
