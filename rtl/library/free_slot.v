// The slot that is given next: any that is free, so that slots can be freed in any order.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * The slot stays the same until it is taken; the next one is there two cycles later.
 */
module free_slot #(
    // Slots
    parameter SLOTS = 16,
    parameter SLOT_WIDTH = $clog2(SLOTS)
) (
    input  wire                  clk,
    input  wire                  rst,

    // slots in use, from the cycle behind their taking on
    input  wire [SLOTS-1:0]      busy,
    output wire                  valid,
    output wire [SLOT_WIDTH-1:0] slot,
    input  wire                  take
);

`ML_REQUIRE(`ML_IN_RANGE(SLOTS, 2, 32), parameter_error_SLOTS_must_be_2_to_32)

reg                   valid_reg;
reg  [SLOT_WIDTH-1:0] slot_reg;
reg  [SLOT_WIDTH-1:0] first_slot;
wire [SLOTS-1:0]      free  = ~busy;
wire [SLOTS-1:0]      first = free & ~(free - 1'b1);

assign valid = valid_reg;
assign slot  = slot_reg;

integer i;

always @* begin
    first_slot = 0;
    for (i = 0; i < SLOTS; i = i + 1)
        if (first[i])
            first_slot = first_slot | i[SLOT_WIDTH-1:0];
end

always @(posedge clk) begin
    if (!valid_reg) begin
        valid_reg <= free != 0;
        slot_reg  <= first_slot;
    end else if (take)
        valid_reg <= 1'b0;
    if (rst)
        valid_reg <= 1'b0;
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md): none was given in the cycle before, and one was free
reg gives_reg;

always @(posedge clk)
    gives_reg <= !valid_reg && busy != {SLOTS{1'b1}} && !rst;

always @(`ML_CYCLE) if (!rst) begin
    // 1: then one is given, whichever is free
    `ML_HOLDS(FREE_1, !gives_reg || valid);
end
`endif

endmodule

`resetall
