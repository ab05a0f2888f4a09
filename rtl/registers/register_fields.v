// Registers of a table, as they are read.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * `value` is what the register `field` was in the cycle before, if it was to be read then, and 0 otherwise: what the
 * tables have is put together by OR. Each register has flip-flops here, which are reset as long as it is not read: so
 * a choice among registers takes a look-up table for three of them, where one in front of flip-flops takes two.
 */
module register_fields #(
    // Registers, and bits of the widest
    parameter FIELDS = 16,
    parameter WIDTH = 64
) (
    input  wire                    clk,
    input  wire                    rst,

    input  wire                    read,
    input  wire [3:0]              field,
    input  wire [FIELDS*WIDTH-1:0] values,
    output reg  [WIDTH-1:0]        value
);

`ML_REQUIRE(`ML_IN_RANGE(FIELDS, 1, 16), parameter_error_FIELDS_must_be_1_to_16)
`ML_REQUIRE(WIDTH >= 1, parameter_error_WIDTH_must_be_at_least_1)

reg  [FIELDS*WIDTH-1:0] shown_reg;
reg                     showed_reg;
// most of the time nothing is read
wire                    changes = rst || read || showed_reg;
integer                 n, k;

always @(posedge clk) if (changes) begin
    showed_reg <= read && !rst;
    for (n = 0; n < FIELDS; n = n + 1)
        if (rst || !read || field != n[3:0])
            shown_reg[n*WIDTH +: WIDTH] <= {WIDTH{1'b0}};
        else
            shown_reg[n*WIDTH +: WIDTH] <= values[n*WIDTH +: WIDTH];
end

always @* begin
    value = {WIDTH{1'b0}};
    for (k = 0; k < FIELDS; k = k + 1)
        value = value | shown_reg[k*WIDTH +: WIDTH];
end

endmodule

`resetall
