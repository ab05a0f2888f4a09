// Pair information 500 (FIG 5).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * States and original volumes lie side by side in registers: states of many pairs change at once, and a journal names
 * its pair by its original volume. The rest are memories, looked up for `next_pair` a cycle before its step decides. A
 * step changes its pair a cycle after it decided; one that changes the memories has none close behind it, and its
 * `pair` stays until then. After a reset, and when the copies of a group begin again, they are swept, one pair a cycle.
 */
module pair_information #(
    // Pairs, at most 64
    parameter PAIRS = 8,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48,
    parameter INDEX_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1
) (
    input  wire                         clk,
    input  wire                         rst,

    /*
     * Look-ups of the map stage
     */
    input  wire [15:0]                  map_pair,
    output wire [15:0]                  map_group,
    // the first pair of `find_set` with this original volume
    input  wire [PAIRS-1:0]             find_set,
    input  wire [15:0]                  find_volume,
    output reg                          found,
    output reg  [15:0]                  found_pair,
    output wire [15:0]                  found_secondary_volume,

    /*
     * Row of the next step, then of the step
     */
    input  wire [15:0]                  next_pair,
    input  wire [15:0]                  pair,
    output wire [2:0]                   pair_state,
    output reg  [15:0]                  original_system,
    output reg  [15:0]                  original_volume,
    output reg  [15:0]                  secondary_system,
    output reg  [15:0]                  secondary_volume,
    output wire [POSITION_WIDTH-1:0]    copy_complete_address,
    output reg  [63:0]                  last_copy_number,
    output wire [POSITION_WIDTH-1:0]    original_capacity,
    // of the step that decided in the cycle before: bits of its number
    output reg  [INDEX_WIDTH-1:0]       changed,
    // of every pair
    output wire [3*PAIRS-1:0]           pair_states,

    /*
     * The changes of the step that decided in the cycle before
     */
    input  wire                         set_state,
    input  wire [2:0]                   new_state,
    // the pairs of `states_of` become `new_states`
    input  wire [PAIRS-1:0]             states_of,
    input  wire [2:0]                   new_states,
    // their copies begin again
    input  wire                         restart_copy,
    // copied up to where; the number of the last unit
    input  wire                         set_copy_complete,
    input  wire [POSITION_WIDTH-1:0]    new_copy_complete,
    input  wire                         set_last_copy_number,
    input  wire [63:0]                  new_last_copy_number,
    // 910: the pair is recorded
    input  wire                         record,
    input  wire [15:0]                  record_original_system,
    input  wire [15:0]                  record_original_volume,
    input  wire [15:0]                  record_secondary_system,
    input  wire [15:0]                  record_secondary_volume,
    input  wire [15:0]                  record_group,
    input  wire [POSITION_WIDTH-1:0]    record_original_capacity,
    // register write; without one load_data is 0
    input  wire                         load,
    input  wire [3:0]                   field,
    input  wire [63:0]                  load_data,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                         read,
    output wire [63:0]                  read_data,

    // one cycle later: what the step's commit record shows; the address is 0 if it shows no pair
    input  wire                         shows,
    output wire [2:0]                   pair_state_after,
    output wire [POSITION_WIDTH-1:0]    copy_complete_address_after
);

`ML_REQUIRE_PAIRS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = INDEX_WIDTH;

// `field`: the register's place in its row
localparam [3:0]
    STATE = 4'd0, ORIGINAL_SYSTEM = 4'd1, ORIGINAL_VOLUME = 4'd2, SECONDARY_SYSTEM = 4'd3, SECONDARY_VOLUME = 4'd4,
    GROUP = 4'd5, COPY_COMPLETE = 4'd6, LAST_COPY_NUMBER = 4'd7, ORIGINAL_CAPACITY = 4'd8;

reg [3*PAIRS-1:0]  state_reg;
reg [16*PAIRS-1:0] original_volume_reg;
reg [2:0]          group;
// whole blocks
reg [W-1:9]        copied_reg, capacity_reg, latest_copied_reg, copied_after_reg;
reg [PAIR_WIDTH-1:0] after_pair;

(* ram_style = "distributed" *) reg [15:0]  original_systems    [0:PAIRS-1];
(* ram_style = "distributed" *) reg [15:0]  secondary_systems   [0:PAIRS-1];
(* ram_style = "distributed" *) reg [15:0]  secondary_volumes   [0:PAIRS-1];
(* ram_style = "distributed" *) reg [2:0]   groups              [0:PAIRS-1];
(* ram_style = "distributed" *) reg [W-1:9] copies_complete     [0:PAIRS-1];
(* ram_style = "distributed" *) reg [63:0]  last_copy_numbers   [0:PAIRS-1];
(* ram_style = "distributed" *) reg [W-1:9] original_capacities [0:PAIRS-1];

// a sweep: of the pairs in a set their copies, after a reset all of every pair
localparam LAST_PAIR = PAIRS - 1;
localparam [PAIR_WIDTH-1:0] LAST = LAST_PAIR[PAIR_WIDTH-1:0];
reg                  sweeps_reg, sweeps_all_reg;
reg [PAIR_WIDTH-1:0] sweep_reg;
reg [PAIRS-1:0]      swept_reg;

wire [PAIR_WIDTH-1:0] pair_index      = pair[PAIR_WIDTH-1:0];
wire [PAIR_WIDTH-1:0] next_p = next_pair[PAIR_WIDTH-1:0];
wire [PAIR_WIDTH-1:0] row    = sweeps_reg ? sweep_reg : pair_index;
wire sweeps_copy = sweeps_reg && swept_reg[0];
wire sweeps_all  = sweeps_reg && sweeps_all_reg;

assign map_group              = {13'd0, groups[map_pair[PAIR_WIDTH-1:0]]};
assign copy_complete_address  = {copied_reg, 9'd0};
assign original_capacity      = {capacity_reg, 9'd0};
assign copy_complete_address_after = {copied_after_reg, 9'd0};
assign found_secondary_volume = found ? secondary_volumes[found_pair[PAIR_WIDTH-1:0]] : `ML_NONE;
assign pair_state             = state_reg[3*pair_index +: 3];
assign pair_states            = state_reg;
assign pair_state_after       = state_reg[3*after_pair +: 3];

integer i, f;

always @* begin
    found      = 1'b0;
    found_pair = `ML_NONE;
    for (f = PAIRS - 1; f >= 0; f = f - 1)
        if (find_set[f] && original_volume_reg[16*f +: 16] == find_volume) begin
            found      = 1'b1;
            found_pair = f[15:0];
        end
end

// in the order of their places
register_fields #(.FIELDS(9), .WIDTH(64)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field),
    .values({
        {64-W{1'b0}}, original_capacity, last_copy_number, {64-W{1'b0}}, copy_complete_address, 61'd0, group, 48'd0,
        secondary_volume, 48'd0, secondary_system, 48'd0, original_volume, 48'd0, original_system, 61'd0, pair_state}),
    .value(read_data)
);

// what a row takes: of a recorded pair, of a register write; or nothing, in a sweep and of a recorded pair's copy, when
// load_data is 0
wire [15:0]  new_original_system   = record ? record_original_system : load_data[15:0];
wire [15:0]  new_original_volume   = record ? record_original_volume : load_data[15:0];
wire [15:0]  new_secondary_system  = record ? record_secondary_system : load_data[15:0];
wire [15:0]  new_secondary_volume  = record ? record_secondary_volume : load_data[15:0];
wire [2:0]   new_group             = record ? record_group[2:0] : load_data[2:0];
wire [W-1:0] new_original_capacity = record ? record_original_capacity : load_data[W-1:0];
wire [W-1:0] new_copied            = set_copy_complete ? new_copy_complete : load_data[W-1:0];
wire [63:0]  new_last_number       = set_last_copy_number ? new_last_copy_number : load_data;

always @(posedge clk) begin
    original_system       <= original_systems[next_p];
    original_volume       <= original_volume_reg[16*next_p +: 16];
    secondary_system      <= secondary_systems[next_p];
    secondary_volume      <= secondary_volumes[next_p];
    group                 <= groups[next_p];
    copied_reg            <= copies_complete[next_p];
    last_copy_number      <= last_copy_numbers[next_p];
    capacity_reg          <= original_capacities[next_p];
    if (sweeps_all || record || load) begin
        if (sweeps_all || record || field == ORIGINAL_SYSTEM)
            original_systems[row] <= new_original_system;
        if (sweeps_all || record || field == SECONDARY_SYSTEM)
            secondary_systems[row] <= new_secondary_system;
        if (sweeps_all || record || field == SECONDARY_VOLUME)
            secondary_volumes[row] <= new_secondary_volume;
        if (sweeps_all || record || field == GROUP)
            groups[row] <= new_group;
        if (sweeps_all || record || field == ORIGINAL_CAPACITY)
            original_capacities[row] <= new_original_capacity[W-1:9];
    end
    if (sweeps_copy || record || set_copy_complete || (load && field == COPY_COMPLETE))
        copies_complete[row] <= new_copied[W-1:9];
    if (sweeps_copy || set_last_copy_number || (load && field == LAST_COPY_NUMBER))
        last_copy_numbers[row] <= new_last_number;

    if (sweeps_reg) begin
        sweep_reg <= sweep_reg + 1'b1;
        swept_reg <= swept_reg >> 1;
        if (sweep_reg == LAST)
            sweeps_reg <= 1'b0;
    end
    if (restart_copy) begin
        sweeps_reg     <= 1'b1;
        sweeps_all_reg <= 1'b0;
        sweep_reg      <= 0;
        swept_reg      <= states_of;
    end
    if (rst) begin
        sweeps_reg     <= 1'b1;
        sweeps_all_reg <= 1'b1;
        sweep_reg      <= 0;
        swept_reg      <= {PAIRS{1'b1}};
    end
end

always @(posedge clk) begin
    changed                        <= pair_index;
    after_pair                     <= changed;
    latest_copied_reg              <= copied_reg;
    copied_after_reg               <= !shows ? {W-9{1'b0}} : set_copy_complete ? new_copy_complete[W-1:9]
                                      : latest_copied_reg;
    if (states_of != 0 || set_state || record || load) for (i = 0; i < PAIRS; i = i + 1) begin
        if (states_of[i])
            state_reg[3*i +: 3] <= new_states;
        if (changed == i[PAIR_WIDTH-1:0]) begin
            if ((set_state && !states_of[i]) || record || (load && field == STATE))
                state_reg[3*i +: 3] <= record ? `ML_PAIR_NOT_COPYING : load ? load_data[2:0] : new_state;
            if (record || (load && field == ORIGINAL_VOLUME))
                original_volume_reg[16*i +: 16] <= new_original_volume;
        end
    end
    if (rst) begin
        state_reg           <= 0;
        original_volume_reg <= 0;
    end
end

endmodule

`resetall
