// A field of a table with one row at a time in use (row_turn): a memory, and the field of the step that decides in a
// register.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * `value` is that of `row`; `write` makes it `new_value` at the end of the cycle. A step for the same row right behind
 * gets it from there. While the table is swept, `value` is INITIAL, and `new_value` has to be so as well: it is what
 * the field becomes if nothing is asked.
 */
module row_field #(
    // Rows, and bits of the field
    parameter ROWS = 4,
    parameter WIDTH = 32,
    // What it holds after reset
    parameter [WIDTH-1:0] INITIAL = 0,
    // 0: no step for the same row comes right behind one that writes it
    parameter FORWARDS = 1,
    parameter INDEX_WIDTH = (ROWS > 1) ? $clog2(ROWS) : 1
) (
    input  wire                   clk,

    input  wire [INDEX_WIDTH-1:0] next,
    input  wire [INDEX_WIDTH-1:0] row,
    input  wire                   sweeps,
    output wire [WIDTH-1:0]       value,
    input  wire                   write,
    input  wire [WIDTH-1:0]       new_value
);

`ML_REQUIRE(`ML_IN_RANGE(ROWS, 1, 1024), parameter_error_ROWS_must_be_1_to_1024)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)
`ML_REQUIRE(`ML_IN_RANGE(FORWARDS, 0, 1), parameter_error_FORWARDS_must_be_0_or_1)

(* ram_style = "distributed" *)
reg [WIDTH-1:0] stored [0:ROWS-1];
reg [WIDTH-1:0] value_reg;

assign value = value_reg;

always @(posedge clk) begin
    if (write || sweeps)
        stored[row] <= new_value;
    value_reg <= (FORWARDS != 0 && write && next == row) ? new_value : stored[next];
    if (sweeps)
        value_reg <= INITIAL;
end

endmodule

`resetall
