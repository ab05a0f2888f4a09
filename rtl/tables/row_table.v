// A table with one row at a time in use: a memory, and the row of the step that decides in a register.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * `next_row` is looked up a cycle before its step decides; `row` is that row then, and becomes `new_row` at the end of the cycle, in the
 * memory too. A step for the same row right behind gets it from there. Whoever changes nothing gives `row` back as `new_row`.
 *
 * After a reset every row becomes INITIAL, one a cycle: no step may decide before ROWS cycles have passed.
 */
module row_table #(
    // Rows, and bits of one
    parameter ROWS = 4,
    parameter WIDTH = 32,
    // What a row holds after reset
    parameter [WIDTH-1:0] INITIAL = 0
) (
    input  wire             clk,
    input  wire             rst,

    input  wire [15:0]      next_row,
    output wire [WIDTH-1:0] row,
    input  wire [WIDTH-1:0] new_row
);

`ML_REQUIRE(`ML_IN_RANGE(ROWS, 1, 1024), parameter_error_ROWS_must_be_1_to_1024)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

localparam INDEX_WIDTH = (ROWS > 1) ? $clog2(ROWS) : 1;
localparam LAST_ROW = ROWS - 1;
localparam [INDEX_WIDTH-1:0] LAST = LAST_ROW[INDEX_WIDTH-1:0];

(* ram_style = "distributed" *)
reg [WIDTH-1:0]       stored_rows [0:ROWS-1];
reg [WIDTH-1:0]       row_reg;
reg [INDEX_WIDTH-1:0] index_reg;
reg                   sweeps_reg;

wire [INDEX_WIDTH-1:0] index = next_row[INDEX_WIDTH-1:0];

assign row = row_reg;

always @(posedge clk) begin
    stored_rows[index_reg] <= new_row;
    row_reg         <= (index == index_reg) ? new_row : stored_rows[index];
    index_reg       <= index;
    if (sweeps_reg) begin
        row_reg   <= INITIAL;
        index_reg <= index_reg + 1'b1;
        if (index_reg == LAST)
            sweeps_reg <= 1'b0;
    end
    if (rst) begin
        row_reg    <= INITIAL;
        index_reg  <= 0;
        sweeps_reg <= 1'b1;
    end
end

endmodule

`resetall
