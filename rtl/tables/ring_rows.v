// The rows of journal_ring: what an operation changes, what steps decide on, what records and registers show.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * `values` are those of the group that was `group` in the cycle before, `looked_up` of the one that was `next_group`
 * then. A field that both have is two memories, written together.
 */
module ring_rows #(
    // Groups
    parameter GROUPS = 4,
    // Bits of a field; fields, of which the lowest are shown in records; those that are looked up; registers
    parameter WIDTH = 42,
    parameter FIELDS = 13,
    parameter RECORDED = 8,
    parameter LOOKED_UP = 9,
    parameter REGISTERS = 14,
    parameter INDEX_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                        clk,
    input  wire                        rst,
    input  wire [15:0]                 next_group,
    input  wire [15:0]                 group,
    output wire [INDEX_WIDTH-1:0]      row,
    output wire                        sweeps,

    output wire [FIELDS*WIDTH-1:0]     values,
    input  wire [FIELDS-1:0]           writes,
    input  wire [FIELDS*WIDTH-1:0]     new_values,
    output wire [LOOKED_UP*WIDTH-1:0]  looked_up,
    input  wire [LOOKED_UP-1:0]        writes_looked_up,
    input  wire [LOOKED_UP*WIDTH-1:0]  new_looked_up,

    // one cycle later: what a record shows, or 0
    input  wire                        shows,
    output wire [RECORDED*WIDTH-1:0]   after,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                        read,
    input  wire [3:0]                  field,
    input  wire [REGISTERS*WIDTH-1:0]  shown,
    output wire [WIDTH-1:0]            read_value
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(WIDTH >= 1 && LOOKED_UP >= 1, parameter_error_WIDTH_and_LOOKED_UP_must_be_at_least_1)
`ML_REQUIRE(RECORDED <= FIELDS && REGISTERS <= 16, parameter_error_RECORDED_must_be_at_most_FIELDS)

wire [INDEX_WIDTH-1:0] look = next_group[INDEX_WIDTH-1:0];
wire [INDEX_WIDTH-1:0] next;

row_turn #(.ROWS(GROUPS)) row_turn_inst (
    .clk(clk), .rst(rst), .next_row(group), .next(next), .row(row), .sweeps(sweeps)
);

generate
    genvar n;
    for (n = 0; n < FIELDS; n = n + 1) begin : of
        row_field #(.ROWS(GROUPS), .WIDTH(WIDTH)) row_field_inst (
            .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(values[n*WIDTH +: WIDTH]),
            .write(writes[n]), .new_value(new_values[n*WIDTH +: WIDTH])
        );
    end
    for (n = 0; n < LOOKED_UP; n = n + 1) begin : looks_at
        row_field #(.ROWS(GROUPS), .WIDTH(WIDTH)) row_field_inst (
            .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(looked_up[n*WIDTH +: WIDTH]),
            .write(writes_looked_up[n]), .new_value(new_looked_up[n*WIDTH +: WIDTH])
        );
    end
    for (n = 0; n < RECORDED; n = n + 1) begin : pointer
        reg [WIDTH-1:0] after_reg;
        assign after[n*WIDTH +: WIDTH] = after_reg;
        always @(posedge clk)
            after_reg <= {WIDTH{shows}} & (writes[n] ? new_values[n*WIDTH +: WIDTH] : values[n*WIDTH +: WIDTH]);
    end
endgenerate

register_fields #(.FIELDS(REGISTERS), .WIDTH(WIDTH)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field), .values(shown), .value(read_value)
);

endmodule

`resetall
