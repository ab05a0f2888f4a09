// A field of a table with one row at a time in use (row_turn): a memory, and the field of the step that decides in a
// register.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

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
// the row that was looked up last; in the cycle before a row was written
reg [INDEX_WIDTH-1:0] looked_up_reg;
reg             written_reg;

assign value = value_reg;

// most of the time the same row is looked up again, and stays as it is
wire changes = write || sweeps || written_reg || next != looked_up_reg;

always @(posedge clk) if (changes) begin
    written_reg   <= write || sweeps;
    looked_up_reg <= next;
    if (write || sweeps)
        stored[row] <= new_value;
    value_reg <= (FORWARDS != 0 && write && next == row) ? new_value : stored[next];
    if (sweeps)
        value_reg <= INITIAL;
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md). One row, any of them, is watched: what it was made last.
 */
`ML_ANY_CONSTANT wire [INDEX_WIDTH-1:0] watched `ML_ONE_OF(ROWS);
reg                   known_reg, swept_reg, wrote_reg;
reg [INDEX_WIDTH-1:0] next_reg;
reg [WIDTH-1:0]       made_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a sweep
    `ML_BEGINS_WITH(sweeps);
    `ML_ASSUMED(watched < ROWS);
    // ASSUMED 1: in a sweep a field becomes what it holds after a reset (RING_24)
    `ML_ASSUMED(`ML_BEGINS || !sweeps || new_value == INITIAL);
end

always @(posedge clk) begin
    swept_reg <= sweeps;
    next_reg  <= next;
    wrote_reg <= write;
    known_reg <= (known_reg && !`ML_BEGINS) || ((write || sweeps) && row == watched);
    if ((write || sweeps) && row == watched)
        made_reg <= new_value;
end

always @(`ML_CYCLE) if (!`ML_BEGINS) begin
    // 1: the memory holds what the row was made
    `ML_HOLDS(ROW_1, !known_reg || stored[watched] == made_reg);
    // 2: and who looked it up in the cycle before sees it, however close that follows, if it may be
    `ML_HOLDS(ROW_2, !known_reg || swept_reg || (FORWARDS == 0 && wrote_reg) || next_reg != watched
                     || value == made_reg);
    // 3: in a sweep a step would see what the field holds after a reset
    `ML_HOLDS(ROW_3, !swept_reg || value == INITIAL);
end
`endif

endmodule

`resetall
