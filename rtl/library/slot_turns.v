// Which of several slots has its turn: any that is ready, each once.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * While one slot has its turn the next one is chosen, so that turns follow each other without a gap. A slot is not
 * chosen again before its turn has ended.
 */
module slot_turns #(
    // Slots
    parameter SLOTS = 4,
    parameter SLOT_WIDTH = $clog2(SLOTS)
) (
    input  wire                  clk,
    input  wire                  rst,

    // slots that wait for their turn; one that has it may go on saying so until the turn ends
    input  wire [SLOTS-1:0]      ready,
    // whose turn it is, if anybody's
    output wire                  valid,
    output wire [SLOT_WIDTH-1:0] slot,
    // the turn ends in this cycle
    input  wire                  ends
);

`ML_REQUIRE(`ML_IN_RANGE(SLOTS, 2, 32), parameter_error_SLOTS_must_be_2_to_32)

reg                   valid_reg;
reg  [SLOT_WIDTH-1:0] slot_reg;
reg                   next_valid_reg;
reg  [SLOT_WIDTH-1:0] next_reg;
// slots that were chosen; those behind the last one
reg  [SLOTS-1:0]      chosen_reg;
reg  [SLOTS-1:0]      later_reg;

wire [SLOTS-1:0]      waiting = ready & ~chosen_reg;
wire [SLOTS-1:0]      later   = waiting & later_reg;
wire [SLOTS-1:0]      among   = (later != 0) ? later : waiting;
wire [SLOTS-1:0]      choice  = among & ~(among - 1'b1);
reg  [SLOT_WIDTH-1:0] choice_slot;
wire free   = !valid_reg || ends;
wire choose = choice != 0 && (!next_valid_reg || free);
wire direct = choose && !next_valid_reg && free;

assign valid = valid_reg;
assign slot  = slot_reg;

integer i;

always @* begin
    choice_slot = 0;
    for (i = 0; i < SLOTS; i = i + 1)
        if (choice[i])
            choice_slot = choice_slot | i[SLOT_WIDTH-1:0];
end

always @(posedge clk) begin
    if (ends) begin
        chosen_reg[slot_reg] <= 1'b0;
        valid_reg            <= 1'b0;
    end
    if (free && (next_valid_reg || direct)) begin
        valid_reg      <= 1'b1;
        slot_reg       <= direct ? choice_slot : next_reg;
        next_valid_reg <= 1'b0;
    end
    if (choose) begin
        next_valid_reg          <= !direct;
        next_reg                <= choice_slot;
        chosen_reg[choice_slot] <= 1'b1;
        later_reg               <= ~((choice - 1'b1) | choice);
    end
    if (rst) begin
        valid_reg      <= 1'b0;
        next_valid_reg <= 1'b0;
        chosen_reg     <= 0;
        later_reg      <= 0;
    end
end

`ifdef ML_PROPERTIES
`ML_IN_TURN(SLOTS, waiting, {SLOTS{choose}} & choice)
`endif

endmodule

`resetall
