// The order of each group's journals that are being restored: whose write is next, and which is freed next.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of each group the slots of its journals, in a ring with three pointers: entered, write begun, freed. For writing and
 * for freeing, groups that may take turns; the slot of the group in turn is looked up in a cycle of its own.
 */
module restore_order #(
    parameter GROUPS = 4,
    parameter CACHE_SLOTS = 16,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter KEY_WIDTH = GROUP_WIDTH + INDEX_WIDTH
) (
    input  wire                   clk,
    input  wire                   rst,

    input  wire                   enter,
    input  wire [GROUP_WIDTH-1:0] enter_group,
    input  wire [INDEX_WIDTH-1:0] enter_slot,
    // slots whose data was read; whose write has been answered
    input  wire [CACHE_SLOTS-1:0] arrived,
    input  wire [CACHE_SLOTS-1:0] done,

    // the group in turn: {group, slot} of its next journal, which can be written, or cannot yet; it is passed;
    // the turn goes on
    output wire [KEY_WIDTH-1:0]   next_write,
    output wire                   write_ready,
    output wire                   write_waits,
    input  wire                   write_moves,
    input  wire                   write_goes_on,
    // the same for freeing
    output wire [KEY_WIDTH-1:0]   next_free,
    output wire                   free_ready,
    output wire                   free_waits,
    input  wire                   free_moves,
    input  wire                   free_goes_on
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_CACHE_SLOTS

// of a place in a group's order: one bit more than the index tells full from empty
localparam PLACE_WIDTH = INDEX_WIDTH + 1;

// the slots of each group's journals in their order: {group, index}
(* ram_style = "distributed" *)
reg  [INDEX_WIDTH-1:0] slots [0:(1 << (GROUP_WIDTH + INDEX_WIDTH))-1];
reg  [GROUP_WIDTH-1:0] write_turn_reg, free_turn_reg;
// the slots in turn, if they have been looked up
reg  [INDEX_WIDTH-1:0] write_slot_reg, free_slot_reg;
reg                    write_known_reg, free_known_reg;
wire [GROUP_WIDTH-1:0] next_write_turn, next_free_turn;
// groups with a journal that is not written, not freed
wire [GROUPS-1:0]      unwritten, unfreed;
wire [GROUPS*PLACE_WIDTH-1:0] enter_places, write_places, free_places;
wire [PLACE_WIDTH-1:0] enter_place = enter_places[enter_group*PLACE_WIDTH +: PLACE_WIDTH];
wire [PLACE_WIDTH-1:0] write_place = write_places[write_turn_reg*PLACE_WIDTH +: PLACE_WIDTH];
wire [PLACE_WIDTH-1:0] free_place  = free_places[free_turn_reg*PLACE_WIDTH +: PLACE_WIDTH];

assign next_write  = {write_turn_reg, write_slot_reg};
assign write_ready = write_known_reg && arrived[write_slot_reg];
assign write_waits = write_known_reg ? !arrived[write_slot_reg] : !unwritten[write_turn_reg];
assign next_free   = {free_turn_reg, free_slot_reg};
assign free_ready  = free_known_reg && done[free_slot_reg];
assign free_waits  = free_known_reg ? !done[free_slot_reg] : !unfreed[free_turn_reg];

// a group whose journal has to wait for its data, or its write, passes the turn on
next_group #(.GROUPS(GROUPS)) write_turns (.ready(unwritten), .turn(write_turn_reg), .next(next_write_turn));
next_group #(.GROUPS(GROUPS)) free_turns (.ready(unfreed), .turn(free_turn_reg), .next(next_free_turn));

wire moves = rst || enter || write_moves || free_moves;

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        reg [PLACE_WIDTH-1:0] enter_reg, write_reg, free_reg;

        assign unwritten[n] = write_reg != enter_reg;
        assign unfreed[n]   = free_reg != write_reg;
        assign enter_places[n*PLACE_WIDTH +: PLACE_WIDTH] = enter_reg;
        assign write_places[n*PLACE_WIDTH +: PLACE_WIDTH] = write_reg;
        assign free_places[n*PLACE_WIDTH +: PLACE_WIDTH]  = free_reg;

        always @(posedge clk) if (moves) begin
            if (enter && enter_group == n)
                enter_reg <= enter_reg + 1'b1;
            if (write_moves && write_turn_reg == n)
                write_reg <= write_reg + 1'b1;
            if (free_moves && free_turn_reg == n)
                free_reg <= free_reg + 1'b1;
            if (rst) begin
                enter_reg <= 0;
                write_reg <= 0;
                free_reg  <= 0;
            end
        end
    end
endgenerate

always @(posedge clk) begin
    if (enter)
        slots[{enter_group, enter_place[INDEX_WIDTH-1:0]}] <= enter_slot;
    write_slot_reg  <= slots[{write_turn_reg, write_place[INDEX_WIDTH-1:0]}];
    free_slot_reg   <= slots[{free_turn_reg, free_place[INDEX_WIDTH-1:0]}];
    write_known_reg <= unwritten[write_turn_reg] && !write_moves
                       && (!write_goes_on || next_write_turn == write_turn_reg);
    free_known_reg  <= unfreed[free_turn_reg] && !free_moves && (!free_goes_on || next_free_turn == free_turn_reg);
    if (write_goes_on)
        write_turn_reg <= next_write_turn;
    if (free_goes_on)
        free_turn_reg <= next_free_turn;
    if (rst) begin
        write_turn_reg <= 0;
        free_turn_reg  <= 0;
        write_known_reg <= 1'b0;
        free_known_reg  <= 1'b0;
    end
end

endmodule

`resetall
