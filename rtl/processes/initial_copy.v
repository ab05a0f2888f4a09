// Initial copy process (FIG 10) and the end of initial copy (940).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * On what pair_scan has found before the step, and on tables that hold from two cycles before its exit is looked at:
 * sums of them are in registers then. Pairs are copied one after the other, in the order of their numbers ([0082]); the
 * data of each unit stays in place until it is sent ([0099]). A copied pair's marker waits until its last unit is
 * freed, so that whatever an in-place read contained is numbered by then. At most half of the update information area
 * is used, so that host writes find room.
 *
 * What the flow chart leaves open: an original volume that is abnormal cannot be copied, its pair fails in a step of
 * its own; a volume of which nothing is left to copy is copied without a journal.
 */
module initial_copy #(
    parameter PAIRS = 8,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // the step is its own; it decides
    input  wire                      asked,
    input  wire                      run,

    /*
     * The group
     */
    input  wire [1:0]                group_state,
    input  wire                      started,
    // pair_scan: a pair is to be copied or marked (1010), which; it is to be marked, it cannot be copied; one waits for
    // its marker
    input  wire                      found,
    input  wire                      marks,
    input  wire                      fails,
    input  wire                      unmarked,
    input  wire [15:0]               pair,
    input  wire [31:0]               copy_unit,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire                      information_room,
    input  wire [POSITION_WIDTH-1:0] information_used,
    input  wire [POSITION_WIDTH-1:0] information_area,

    /*
     * The pair that the step is about, and its rows
     */
    output wire                      names,
    input  wire [POSITION_WIDTH-1:0] copy_complete_address,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,

    /*
     * How the step ends
     */
    output reg  [15:0]               outcome,
    // 1030, and no pair waits for its marker
    output wire                      over,
    output wire [15:0]               creation,
    // 1380: a journal is created; its unit
    output wire                      creates,
    output wire [7:0]                kind,
    output wire [63:0]               position,
    output wire [31:0]               size,
    output wire                      pair_fails,
    output wire                      group_fails,
    // 1020, 1050, 1070
    output wire                      copies,
    output wire [2:0]                new_pair_state,
    output wire [POSITION_WIDTH-1:0] new_copy_complete,
    // 940
    output wire [PAIRS-1:0]          set_end_markers
);

`ML_REQUIRE_PAIRS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1;
localparam [PAIRS-1:0] ONE = 1;

wire runs    = started && group_state == `ML_GROUP_NORMAL;
assign names = asked && runs && found;
assign over  = run && outcome == `ML_COPY_NO_VOLUME && !unmarked;

wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;
reg  half_full;

// 1040, in blocks; what is left, then what that is
reg  [W-9:0] left;
reg          nothing, whole;
reg  [W-10:0] next_block;
wire [31:0]  unit    = whole ? copy_unit : {left[22:0], 9'd0};

always @(posedge clk) begin
    half_full  <= {information_used[W-1:6], 1'b0} >= {1'b0, information_area[W-1:6]};
    left       <= {1'b0, volume_capacity[W-1:9]} - {1'b0, copy_complete_address[W-1:9]};
    nothing    <= left[W-9] || left == 0;
    // more than a unit
    whole      <= !left[W-9] && (left[W-9:23] != 0 || copy_unit[31:9] < left[22:0]);
    next_block <= copy_complete_address[W-1:9] + {{W-32{1'b0}}, copy_unit[31:9]};
end

always @* begin
    if (!runs || !found)
        outcome = `ML_COPY_NO_VOLUME;                                                       // 1030
    else if (fails)
        outcome = `ML_COPY_VOLUME_FAILED;
    else if (!marks && journal_volume_normal && half_full)
        outcome = `ML_COPY_NO_ROOM;                                                         // 1390
    else if (!marks && nothing)
        outcome = `ML_COPY_VOLUME_COPIED;                                                   // 1070
    else if (!journal_volume_normal)
        outcome = `ML_COPY_JOURNAL_ABNORMAL;                                                // 1315
    else if (!information_room)
        outcome = `ML_COPY_NO_ROOM;                                                         // 1390
    else if (marks)
        outcome = `ML_COPY_END_MARKED;                                                      // 940
    else
        outcome = whole ? `ML_COPY_UNIT_CREATED : `ML_COPY_VOLUME_COPIED;                   // 1060, 1070
end

wire ends      = outcome == `ML_COPY_VOLUME_COPIED;
wire created   = outcome == `ML_COPY_END_MARKED || outcome == `ML_COPY_UNIT_CREATED || (ends && !nothing);
assign creates = run && created;
assign kind    = marks ? `UI_KIND_END_OF_INITIAL_COPY : `UI_KIND_INITIAL_COPY;
assign position = (created && !marks) ? {{64-W{1'b0}}, copy_complete_address} : 64'd0;
assign size     = (created && !marks) ? unit : 32'd0;
assign creation = created ? `ML_CREATION_INITIAL_COPY : outcome == `ML_COPY_NO_ROOM ? `ML_CREATION_NO_ROOM
                : outcome == `ML_COPY_JOURNAL_ABNORMAL ? `ML_CREATION_VOLUME_ABNORMAL : `ML_CREATION_NOT_RUN;

assign pair_fails        = run && outcome == `ML_COPY_VOLUME_FAILED;
assign group_fails       = run && outcome == `ML_COPY_JOURNAL_ABNORMAL;
assign copies            = run && (outcome == `ML_COPY_UNIT_CREATED || ends);
assign new_pair_state    = whole ? `ML_PAIR_COPYING : `ML_PAIR_NORMAL;
assign new_copy_complete = whole ? {next_block, copy_complete_address[8:0]} : volume_capacity;  // 1050
assign set_end_markers        = (creates && marks) ? ONE << pair[PAIR_WIDTH-1:0] : {PAIRS{1'b0}};

endmodule

`resetall
