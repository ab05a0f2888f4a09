// Pair information 500 (FIG 5).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Look-ups are combinational and show the state that the step of the same cycle changes. The states lie side by side, since one
 * step can change all of a group's.
 */
module pair_information #(
    // Pairs, at most 64
    parameter PAIRS = 8,
    // Bits of a position in a volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                         clk,
    input  wire                         rst,

    /*
     * Look-ups
     */
    input  wire [15:0]                  map_pair,
    output wire [15:0]                  map_group,
    // the pair of a set whose original volume is `find_volume`
    input  wire [PAIRS-1:0]             find_set,
    input  wire [15:0]                  find_volume,
    output reg                          found,
    output reg  [15:0]                  found_pair,
    output reg  [15:0]                  found_secondary_volume,
    input  wire [15:0]                  pair,
    output wire [2:0]                   pair_state,
    output wire [POSITION_WIDTH-1:0]    copy_complete_address,
    // of every pair
    output wire [3*PAIRS-1:0]           pair_states,
    output wire [16*PAIRS-1:0]          original_volumes,
    output wire [16*PAIRS-1:0]          original_systems,
    output wire [16*PAIRS-1:0]          secondary_systems,
    output wire [16*PAIRS-1:0]          secondary_volumes,
    output wire [64*PAIRS-1:0]          last_copy_numbers,
    // the pair that is compared with its secondary volume
    input  wire [15:0]                  compared_pair,
    output wire [15:0]                  compared_secondary_volume,
    output wire [POSITION_WIDTH-1:0]    compared_original_capacity,
    input  wire [15:0]                  shown_pair,
    output wire [2:0]                   shown_pair_state,
    output wire [POSITION_WIDTH-1:0]    shown_copy_complete_address,

    /*
     * The step's changes
     */
    input  wire                         set_state,
    input  wire [2:0]                   new_state,
    // the pairs of `states_of` become `new_states`
    input  wire [PAIRS-1:0]             states_of,
    input  wire [2:0]                   new_states,
    // their copies begin again
    input  wire                         restart_copy,
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
    // register write
    input  wire                         load,
    input  wire [3:0]                   field,
    input  wire [63:0]                  load_data,
    output reg  [63:0]                  read_data
);

`ML_REQUIRE_PAIRS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1;

// `field`: the register's place in its row
localparam [3:0]
    STATE = 4'd0, ORIGINAL_SYSTEM = 4'd1, ORIGINAL_VOLUME = 4'd2, SECONDARY_SYSTEM = 4'd3, SECONDARY_VOLUME = 4'd4,
    GROUP = 4'd5, COPY_COMPLETE = 4'd6, LAST_COPY_NUMBER = 4'd7, ORIGINAL_CAPACITY = 4'd8;

reg [3*PAIRS-1:0]  state_reg;
reg [16*PAIRS-1:0] original_system_reg;
reg [16*PAIRS-1:0] original_volume_reg;
reg [16*PAIRS-1:0] secondary_system_reg;
reg [16*PAIRS-1:0] secondary_volume_reg;
reg [64*PAIRS-1:0] last_copy_number_reg;
reg [15:0]         group_reg         [0:PAIRS-1];
reg [W-1:0]        copy_complete_reg [0:PAIRS-1];
reg [W-1:0]        original_capacity_reg [0:PAIRS-1];

wire [PAIR_WIDTH-1:0] p       = pair[PAIR_WIDTH-1:0];
wire [PAIR_WIDTH-1:0] map_p   = map_pair[PAIR_WIDTH-1:0];
wire [PAIR_WIDTH-1:0] shown_p = shown_pair[PAIR_WIDTH-1:0];

wire [PAIR_WIDTH-1:0] compared_p = compared_pair[PAIR_WIDTH-1:0];

assign map_group                   = group_reg[map_p];
assign compared_secondary_volume   = secondary_volume_reg[16*compared_p +: 16];
assign compared_original_capacity  = original_capacity_reg[compared_p];
assign pair_state                  = state_reg[3*p +: 3];
wire [15:0] original_system        = original_system_reg[16*p +: 16];
wire [15:0] original_volume        = original_volume_reg[16*p +: 16];
wire [15:0] secondary_system       = secondary_system_reg[16*p +: 16];
wire [15:0] secondary_volume       = secondary_volume_reg[16*p +: 16];
wire [63:0] last_copy_number       = last_copy_number_reg[64*p +: 64];
assign copy_complete_address       = copy_complete_reg[p];
assign pair_states                 = state_reg;
assign original_volumes            = original_volume_reg;
assign original_systems            = original_system_reg;
assign secondary_systems           = secondary_system_reg;
assign secondary_volumes           = secondary_volume_reg;
assign last_copy_numbers           = last_copy_number_reg;
assign shown_pair_state            = state_reg[3*shown_p +: 3];
assign shown_copy_complete_address = copy_complete_reg[shown_p];

integer i, f;

always @* begin
    found                  = 1'b0;
    found_pair             = `ML_NONE;
    found_secondary_volume = `ML_NONE;
    for (f = PAIRS - 1; f >= 0; f = f - 1)
        if (find_set[f] && original_volume_reg[16*f +: 16] == find_volume) begin
            found                  = 1'b1;
            found_pair             = f[15:0];
            found_secondary_volume = secondary_volume_reg[16*f +: 16];
        end
end

wire [15:0] group = group_reg[p];
wire [W-1:0] original_capacity = original_capacity_reg[p];

always @* begin
    read_data = 64'd0;
    case (field)
        STATE:            read_data[2:0]   = pair_state;
        ORIGINAL_SYSTEM:  read_data[15:0]  = original_system;
        ORIGINAL_VOLUME:  read_data[15:0]  = original_volume;
        SECONDARY_SYSTEM: read_data[15:0]  = secondary_system;
        SECONDARY_VOLUME: read_data[15:0]  = secondary_volume;
        GROUP:            read_data[15:0]  = group;
        COPY_COMPLETE:    read_data[W-1:0] = copy_complete_address;
        LAST_COPY_NUMBER: read_data        = last_copy_number;
        ORIGINAL_CAPACITY: read_data[W-1:0] = original_capacity;
        default: ;
    endcase
end

always @(posedge clk) begin
    if (set_state)
        state_reg[3*p +: 3] <= new_state;
    if (states_of != 0) for (i = 0; i < PAIRS; i = i + 1)
        if (states_of[i]) begin
            state_reg[3*i +: 3] <= new_states;
            if (restart_copy) begin
                copy_complete_reg[i]          <= 0;
                last_copy_number_reg[64*i +: 64] <= 64'd0;
            end
        end
    if (set_copy_complete)
        copy_complete_reg[p] <= new_copy_complete;
    if (set_last_copy_number)
        last_copy_number_reg[64*p +: 64] <= new_last_copy_number;
    if (record) begin
        state_reg[3*p +: 3]              <= `ML_PAIR_NOT_COPYING;
        original_system_reg[16*p +: 16]  <= record_original_system;
        original_volume_reg[16*p +: 16]  <= record_original_volume;
        secondary_system_reg[16*p +: 16] <= record_secondary_system;
        secondary_volume_reg[16*p +: 16] <= record_secondary_volume;
        group_reg[p]                     <= record_group;
        copy_complete_reg[p]             <= 0;
        original_capacity_reg[p]         <= record_original_capacity;
    end
    if (load)
        case (field)
            STATE:            state_reg[3*p +: 3]              <= load_data[2:0];
            ORIGINAL_SYSTEM:  original_system_reg[16*p +: 16]  <= load_data[15:0];
            ORIGINAL_VOLUME:  original_volume_reg[16*p +: 16]  <= load_data[15:0];
            SECONDARY_SYSTEM: secondary_system_reg[16*p +: 16] <= load_data[15:0];
            SECONDARY_VOLUME: secondary_volume_reg[16*p +: 16] <= load_data[15:0];
            GROUP:            group_reg[p]                     <= load_data[15:0];
            COPY_COMPLETE:    copy_complete_reg[p]             <= load_data[W-1:0];
            LAST_COPY_NUMBER: last_copy_number_reg[64*p +: 64] <= load_data;
            ORIGINAL_CAPACITY: original_capacity_reg[p]        <= load_data[W-1:0];
            default: ;
        endcase
    if (rst) begin
        state_reg            <= 0;
        original_system_reg  <= 0;
        original_volume_reg  <= 0;
        secondary_system_reg <= 0;
        secondary_volume_reg <= 0;
        last_copy_number_reg <= 0;
        for (i = 0; i < PAIRS; i = i + 1) begin
            group_reg[i]         <= 0;
            copy_complete_reg[i] <= 0;
            original_capacity_reg[i] <= 0;
        end
    end
end

endmodule

`resetall
