// Setting up replication (FIG 9), starting, suspending and taking over: what an operation does.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * On what pair_scan has found before the step, and on tables that hold from the cycle before its answer is looked at:
 * they are compared in that one. An operation does all of its changes in one step or none, and says why.
 *
 *      code                     arguments                                             returns
 *      1 create group           group
 *      2 record pair            group, original system, its volume, secondary system, its volume,
 *                               bytes of the original volume (0 not known)              pair
 *      3 record journal volume  group, volume, bytes of the update information area
 *      4 start                  group, original system, its group, generation, update number,
 *                               data offset, copy unit                                  bytes of the write data area
 *      16 initiate              group, secondary system, its group                      generation
 *      17 suspend               group
 *      18 takeover              group, 1 to force it while the group runs
 *      19 finish takeover       group                                                   1 if the copy is consistent
 *      20 give up               group (that was taken over)
 */
module maintenance #(
    parameter SYSTEM_NUMBER = 1,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    input  wire                      run,
    input  wire [7:0]                code,
    // asked for by another system, which may not
    input  wire                      refused,
    // bit 16: another system specified it; which one
    input  wire [16:0]               source,
    input  wire [7*64-1:0]           arguments,

    // the volume and the pair that the operation is about, for the look-ups below
    output wire                      names_volume,
    output wire [15:0]               operation_volume,
    output wire [15:0]               operation_pair,

    // the tables
    input  wire [1:0]                group_state,
    input  wire [PAIRS-1:0]          pair_set,
    // pair_scan: a blank pair; how the group's pairs fit
    input  wire                      blank_found,
    input  wire [15:0]               blank_pair,
    input  wire                      other_secondary,
    input  wire                      not_secondary,
    input  wire                      other_original,
    input  wire                      other_partner,
    input  wire                      pair_too_small,
    input  wire [2:0]                volume_state,
    input  wire [15:0]               volume_pair,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,
    input  wire                      volume_holds_journal,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [POSITION_WIDTH-1:0] data_area,
    input  wire [63:0]               update_number,
    input  wire [31:0]               generation,
    input  wire [6:0]                activity,
    input  wire [63:0]               oldest_number,
    input  wire [63:0]               next_restore,
    input  wire [PAIRS-1:0]          end_markers,
    // device writes of the group are in flight
    input  wire                      writing,

    output reg  [7:0]                answer,
    output reg  [63:0]               value,

    /*
     * Changes
     */
    output wire                      create_group,
    output wire                      record_pair,
    output wire                      record_is_original,
    output wire                      record_journal_volume,
    // 930, as original or as secondary system
    output wire                      start_original,
    output wire                      start_secondary,
    output wire [31:0]               new_generation,
    output wire [15:0]               new_partner_system,
    output wire [15:0]               new_partner_group,
    output wire                      suspend,
    output wire                      take_over,
    output wire                      give_up,
    output wire                      open_secondaries
);

`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam [63:0] SYSTEM = SYSTEM_NUMBER;
// what a capacity can be
localparam [63:0] BLOCKS = (64'd1 << W) - 64'd512;

wire [63:0] group           = arguments[63:0];
wire [63:0] second          = arguments[127:64];
wire [63:0] third           = arguments[191:128];
wire [63:0] fourth          = arguments[255:192];
wire [63:0] fifth           = arguments[319:256];
wire [63:0] sixth           = arguments[383:320];
wire [63:0] copy_unit       = arguments[447:384];

wire creates   = code == `ML_OPERATION_CREATE_GROUP;
wire pairs_up  = code == `ML_OPERATION_RECORD_PAIR;
wire journals  = code == `ML_OPERATION_RECORD_JOURNAL_VOLUME;
wire starts    = code == `ML_OPERATION_START;
wire initiates = code == `ML_OPERATION_INITIATE;
wire suspends  = code == `ML_OPERATION_SUSPEND;
wire takes     = code == `ML_OPERATION_TAKEOVER;
wire gives_up  = code == `ML_OPERATION_GIVE_UP;
wire finishes  = code == `ML_OPERATION_FINISH_TAKEOVER;

// generations are serial numbers; 0 is no group's, and over for whoever has had one
localparam [31:0] LAST_GENERATION = 32'hFFFFFFFF;
wire [31:0] ahead = fourth[31:0] - generation;

wire is_original = second == SYSTEM;
wire [63:0] volume = journals ? second : is_original ? third : fifth;
assign names_volume     = pairs_up || journals;
assign operation_volume = volume[15:0];

assign operation_pair = blank_pair;

wire secondary_runs = activity[1];
wire restoring      = next_restore != oldest_number;
// of the cycle before: what is compared of the tables and arguments
reg  unknown_group, blank, unknown_volume, no_journal, unfit_for_pair, unfit_for_journal, unknown_pair, unknown_partner;
reg  not_allowed, area_fits, drained, consistent, too_small, never_fits, is_over;

always @(posedge clk) begin
    unknown_group     <= group >= GROUPS;
    blank             <= group_state == `ML_GROUP_BLANK;
    unknown_volume    <= volume >= VOLUMES;
    no_journal        <= !journal_volume_valid || journal_volume_state != `ML_VOLUME_NORMAL;
    unfit_for_pair    <= volume_state != `ML_VOLUME_NORMAL || volume_holds_journal || volume_pair != `ML_NONE
                         || volume_capacity == 0;
    unfit_for_journal <= volume_pair != `ML_NONE
                         || (volume_state != `ML_VOLUME_NORMAL && volume_state != `ML_VOLUME_BLANK)
                         || volume_holds_journal;
    // numbers of systems, and of volumes and groups at another one, have 16 bits; capacities are blocks
    unknown_pair      <= {second[63:16], third[63:16], fourth[63:16], fifth[63:16]} != 192'd0
                         || (sixth & ~BLOCKS) != 64'd0;
    too_small         <= volume_capacity[W-1:9] < sixth[W-1:9];
    unknown_partner   <= initiates ? other_secondary || third[63:16] != 48'd0
                                   : {second[63:16], third[63:16], fourth[63:32]} != 128'd0;
    // another system's operation on a group that has pairs with a third one, or START of a third one
    not_allowed       <= source[16] && !creates && (other_partner || (starts && second != {48'd0, source[15:0]}));
    area_fits         <= third[8:0] == 9'd0 && third != 64'd0 && third[63:W] == 0
                         && third[W-1:6] < volume_capacity[W-1:6];
    never_fits        <= copy_unit[63:W] != 0 || copy_unit[W-1:6] >= data_area[W-1:6];
    is_over           <= generation != 32'd0 && (ahead[31] || fourth[31:0] == 32'd0);
    drained           <= activity[4] || (!restoring && next_restore == update_number);
    consistent        <= (pair_set & ~end_markers) == 0 && !activity[4] && !restoring;
end

always @* begin
    answer = `ML_ANSWER_OK;
    value  = 64'd0;
    if (refused || (!creates && !pairs_up && !journals && !starts && !initiates && !suspends && !takes && !finishes
                     && !gives_up))
        answer = `ML_ANSWER_UNKNOWN_OPERATION;
    else if (unknown_group)
        answer = `ML_ANSWER_UNKNOWN_NUMBER;
    else if (blank != creates)
        answer = `ML_ANSWER_WRONG_GROUP_STATE;
    else if (not_allowed)
        answer = `ML_ANSWER_NOT_ALLOWED;
    else if (pairs_up) begin                                                // 910
        value = {48'd0, blank_pair};
        if (unknown_pair || unknown_volume)
            answer = `ML_ANSWER_UNKNOWN_NUMBER;
        else if (unfit_for_pair)
            answer = `ML_ANSWER_WRONG_VOLUME_STATE;
        else if (!is_original && too_small)
            answer = `ML_ANSWER_TOO_SMALL;
        else if (!blank_found)
            answer = `ML_ANSWER_NO_BLANK_PAIR;
    end else if (journals) begin                                            // 920
        if (unknown_volume)
            answer = `ML_ANSWER_UNKNOWN_NUMBER;
        else if (unfit_for_journal)
            answer = `ML_ANSWER_WRONG_VOLUME_STATE;
        else if (!area_fits)
            answer = `ML_ANSWER_NEVER_FITS;
    end else if (initiates || starts) begin                                // 930
        value = starts ? {{64-W{1'b0}}, data_area} : {32'd0, new_generation};
        if (no_journal)
            answer = `ML_ANSWER_NO_JOURNAL_VOLUME;
        else if (pair_set == 0)
            answer = `ML_ANSWER_NO_PAIR;
        else if (writing)
            answer = `ML_ANSWER_BUSY;
        else if (unknown_partner)
            answer = `ML_ANSWER_UNKNOWN_NUMBER;
        else if (initiates ? other_original : not_secondary)
            answer = `ML_ANSWER_WRONG_GROUP_STATE;
        else if (starts && activity[2])
            answer = `ML_ANSWER_TAKEN_OVER;
        else if (starts && pair_too_small)
            answer = `ML_ANSWER_TOO_SMALL;
        else if (starts && never_fits)
            answer = `ML_ANSWER_NEVER_FITS;
        else if (starts && is_over)
            answer = `ML_ANSWER_WRONG_GROUP_STATE;
    end else if (suspends) begin
        if (group_state != `ML_GROUP_NORMAL)
            answer = `ML_ANSWER_WRONG_GROUP_STATE;
    end else if (takes) begin
        if (!secondary_runs)
            answer = `ML_ANSWER_WRONG_GROUP_STATE;
        else if (group_state == `ML_GROUP_NORMAL && second != 64'd1)
            answer = `ML_ANSWER_RUNNING;
    end else if (finishes) begin
        value = {63'd0, consistent};
        if (!secondary_runs || !activity[2] || !drained || writing)
            answer = `ML_ANSWER_BUSY;
    end else if (gives_up) begin
        if (!activity[2])
            answer = `ML_ANSWER_WRONG_GROUP_STATE;
        else if (!drained || writing)
            answer = `ML_ANSWER_BUSY;
    end
    if (answer != `ML_ANSWER_OK)
        value = 64'd0;
end

wire done = run && answer == `ML_ANSWER_OK;

assign create_group          = done && creates;
assign record_pair           = done && pairs_up;
assign record_is_original    = is_original;
assign record_journal_volume = done && journals;
assign start_original        = done && initiates;
// a START that is repeated changes nothing
assign start_secondary       = done && starts && (fourth[31:0] != generation || !secondary_runs);
assign new_generation        = !initiates ? fourth[31:0] : (generation == LAST_GENERATION) ? 32'd1 : generation + 32'd1;
assign new_partner_system    = second[15:0];
assign new_partner_group     = third[15:0];
assign suspend               = done && suspends;
// one that is repeated changes nothing
assign take_over             = done && takes && !activity[2];
assign give_up               = done && gives_up;
assign open_secondaries      = done && finishes;

endmodule

`resetall
