// Shared memory 140: volume information 400, pair information 500, group information 600 (FIG 4, 5, 6).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Three look-ups: `map` follows a volume number to its pair, group and journal volume, or a group and an original
 * volume to its secondary volume; `row` gives what a step decides on and the registers' values, looked up in the cycle
 * before; `after` gives what its commit record shows, one cycle after it changed the tables, which it does a cycle
 * after it decided: one step a cycle.
 */
module shared_memory #(
    parameter SYSTEM_NUMBER = 1,
    // Logical volumes
    parameter VOLUMES = 8,
    // Pairs, at most 64
    parameter PAIRS = 8,
    // Groups
    parameter GROUPS = 4,
    // Bits of a position in a volume or device
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * Map: volume -> pair -> group
     */
    input  wire [15:0]               map_volume,
    output wire                      map_volume_valid,
    output wire [15:0]               map_pair,
    output wire                      map_pair_valid,
    output wire [15:0]               map_group,
    // group and this original volume -> pair -> secondary volume
    input  wire [15:0]               find_group,
    input  wire [15:0]               find_volume,
    output wire                      found,
    output wire [15:0]               found_pair,
    output wire [15:0]               found_secondary_volume,

    /*
     * Rows for the step
     */
    input  wire [15:0]               next_volume,
    input  wire [15:0]               next_journal_volume,
    input  wire [15:0]               next_pair,
    input  wire [15:0]               next_group,
    // the journal volume of `next_group`, if it has one
    output wire [15:0]               group_journal_volume,
    output wire                      group_journal_volume_valid,
    input  wire [15:0]               volume,
    input  wire [15:0]               pair,
    input  wire [15:0]               group,
    input  wire [15:0]               journal_volume,
    output wire [2:0]                volume_state,
    output wire [POSITION_WIDTH-1:0] volume_capacity,
    output wire [7:0]                volume_device,
    output wire [POSITION_WIDTH-1:0] volume_offset,
    output wire [15:0]               volume_pair,
    // the volume is recorded as journal volume of a group
    output wire                      volume_holds_journal,
    output wire [2:0]                pair_state,
    output wire [POSITION_WIDTH-1:0] copy_complete_address,
    output wire [1:0]                group_state,
    output wire [7:0]                group_reason,
    output wire [PAIRS-1:0]          pair_set,
    output wire [63:0]               update_number,
    output wire [63:0]               data_offset,
    output wire [1:0]                full_policy,
    output wire [31:0]               watch_time,
    output wire [2:0]                journal_volume_state,
    output wire [POSITION_WIDTH-1:0] journal_volume_capacity,
    output wire [7:0]                journal_volume_device,
    output wire [POSITION_WIDTH-1:0] journal_volume_offset,
    // of every group
    output wire [GROUPS-1:0]         groups_normal,
    // of the step that changes the tables
    output wire [63:0]               latest_update_number,
    output wire [63:0]               latest_data_offset,

    /*
     * Before the step of a process that asks about all pairs: a scan begins; the pair whose row is there is scanned,
     * and its secondary volume is the next one to be looked up. What pair_scan found; what it needs to know
     */
    input  wire                      scan_begins,
    input  wire                      scan_valid,
    input  wire [15:0]               scan_pair,
    output wire [15:0]               scan_volume,
    output wire [`COMMIT_SCAN_WIDTH-1:0] scan,
    input  wire [PAIRS-1:0]          end_markers,
    input  wire [63:0]               oldest_number,
    input  wire [63:0]               partner,
    input  wire [15:0]               source,

    /*
     * The changes of the step that decided in the cycle before
     */
    input  wire                      volume_fails,
    input  wire                      journal_volume_fails,
    // the pair becomes abnormal, and with the last of its set the group
    input  wire                      pair_fails,
    // the group becomes abnormal, with all pairs of its set
    input  wire                      group_fails,
    // the group becomes abnormal in this step
    output wire                      group_becomes_abnormal,
    input  wire [7:0]                new_reason,
    // a journal of `size` takes the group's update number
    input  wire                      take_number,
    input  wire [31:0]               size,
    // initial copy, restore
    input  wire                      set_pair_state,
    input  wire [2:0]                new_pair_state,
    input  wire                      set_copy_complete,
    input  wire [POSITION_WIDTH-1:0] new_copy_complete,
    input  wire                      set_last_copy_number,
    // 900: the group exists; 910: pair and volume are recorded; 920: the volume becomes the journal volume
    input  wire                      create_group,
    input  wire                      record_pair,
    input  wire [15:0]               record_original_system,
    input  wire [15:0]               record_original_volume,
    input  wire [15:0]               record_secondary_system,
    input  wire [15:0]               record_secondary_volume,
    input  wire [POSITION_WIDTH-1:0] record_original_capacity,
    input  wire                      record_is_original,
    input  wire                      record_journal_volume,
    // 930: the group's copies begin; at a secondary system with these numbers
    input  wire                      start,
    input  wire                      start_numbers,
    input  wire [63:0]               new_update_number,
    input  wire [63:0]               new_data_offset,
    // takeover is done: the group's secondary volumes are for hosts
    input  wire                      open_secondaries,
    // a copy begins here, or a takeover is given up: they are not any more
    input  wire                      close_secondaries,
    // register write, in `load_table`, at the rows' indices
    input  wire                      load,
    input  wire [2:0]                load_table,
    input  wire [3:0]                load_field,
    input  wire [63:0]               load_data,
    // the register there, as it was in the cycle before; 0 if it is in another table
    output wire [63:0]               read_data,

    /*
     * Rows as the step's commit record shows them, one cycle later; whether it shows its pair and group
     */
    input  wire                      shows_pair,
    input  wire                      shows_group,
    input  wire [15:0]               after_volume,
    input  wire [15:0]               after_journal_volume,
    output wire [2:0]                volume_state_after,
    output wire [2:0]                pair_state_after,
    output wire [POSITION_WIDTH-1:0] copy_complete_address_after,
    output wire [1:0]                group_state_after,
    output wire [7:0]                group_reason_after,
    output wire [63:0]               update_number_after,
    output wire [63:0]               data_offset_after,
    output wire [2:0]                journal_volume_state_after
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1;
localparam [PAIRS-1:0] ONE_PAIR = 1;

// of the step that changes the tables
wire [PAIR_WIDTH-1:0] changed_pair;
wire [PAIRS-1:0]      latest_pair_set;
wire [1:0]            latest_state;
wire [63:0] volume_data, pair_data, group_data;
wire [PAIRS-1:0] find_set;

integer i;

// map
assign map_volume_valid         = map_volume < VOLUMES;
assign map_pair_valid           = map_volume_valid && map_pair < PAIRS;

// read
assign group_journal_volume_valid = group_journal_volume < VOLUMES;

wire [3*PAIRS-1:0] pair_states;

// [0052]: a group is abnormal when all pairs of its set are; all but the one that fails now decide
reg others_abnormal;

always @* begin
    others_abnormal = 1'b1;
    for (i = 0; i < PAIRS; i = i + 1)
        if (latest_pair_set[i] && i[PAIR_WIDTH-1:0] != changed_pair && pair_states[3*i +: 3] != `ML_PAIR_ABNORMAL)
            others_abnormal = 1'b0;
end

/*
 * All pairs, one a cycle
 */
`include "commit_scan_wires.vh"

wire [15:0]          original_system, original_volume, secondary_system, secondary_volume;
wire [63:0]          last_copy_number;
wire [W-1:0]         original_capacity;
wire [VOLUMES-1:0]   volumes_abnormal;
// the secondary volumes of the group's pairs
wire [VOLUMES-1:0]   secondaries;
wire [PAIR_WIDTH-1:0] scan_index = scan_pair[PAIR_WIDTH-1:0];

assign scan        = `COMMIT_SCAN;
assign scan_volume = secondary_volume;

pair_scan #(.SYSTEM_NUMBER(SYSTEM_NUMBER), .VOLUMES(VOLUMES), .POSITION_WIDTH(W)) pair_scan_inst (
    .clk(clk), .begins(scan_begins), .valid(scan_valid), .pair(scan_pair), .in_set(pair_set[scan_index]),
    .marked(end_markers[scan_index]), .state(pair_states[3*scan_index +: 3]), .original_system(original_system),
    .original_volume(original_volume), .secondary_system(secondary_system), .secondary_volume(secondary_volume),
    .last_copy_number(last_copy_number), .original_capacity(original_capacity), .volume_capacity(volume_capacity),
    .oldest_number(oldest_number), .volumes_abnormal(volumes_abnormal), .partner(partner), .source(source),
    .copy_found(copy_found), .copy_marks(copy_marks), .copy_fails(copy_fails), .copy_pair(copy_pair),
    .copy_volume(copy_volume), .copy_unmarked(copy_unmarked), .blank_found(blank_found), .blank_pair(blank_pair),
    .other_secondary(other_secondary), .not_secondary(not_secondary), .other_original(other_original),
    .other_partner(other_partner), .pair_too_small(pair_too_small), .secondaries(secondaries)
);

volume_information #(.VOLUMES(VOLUMES), .POSITION_WIDTH(W)) volumes (
    .clk(clk), .rst(rst), .map_volume(map_volume), .map_pair(map_pair), .next_volume(next_volume),
    .next_journal_volume(next_journal_volume), .volume(volume), .volume_state(volume_state),
    .volume_capacity(volume_capacity), .volume_device(volume_device), .volume_offset(volume_offset),
    .volume_pair(volume_pair), .journal_volume(journal_volume), .journal_volume_state(journal_volume_state),
    .journal_volume_capacity(journal_volume_capacity), .journal_volume_device(journal_volume_device),
    .journal_volume_offset(journal_volume_offset), .after_volume(after_volume), .volume_state_after(volume_state_after),
    .after_journal_volume(after_journal_volume), .journal_volume_state_after(journal_volume_state_after),
    .abnormal(volumes_abnormal), .volume_fails(volume_fails), .journal_volume_fails(journal_volume_fails),
    .set_state(record_pair || record_journal_volume),
    .new_state(record_journal_volume ? `ML_VOLUME_NORMAL
               : record_is_original ? `ML_VOLUME_ORIGINAL : `ML_VOLUME_SECONDARY),
    .set_pair(record_pair), .new_pair(pair), .become_normal(open_secondaries ? secondaries : {VOLUMES{1'b0}}),
    .become_secondary(close_secondaries ? secondaries : {VOLUMES{1'b0}}), .load(load && load_table == `ML_TABLE_VOLUME),
    .field(load_field), .load_data(load_data), .read(load_table == `ML_TABLE_VOLUME), .read_data(volume_data)
);

pair_information #(.PAIRS(PAIRS), .POSITION_WIDTH(W)) pairs (
    .clk(clk), .rst(rst), .map_pair(map_pair), .map_group(map_group), .find_set(find_set), .find_volume(find_volume),
    .found(found), .found_pair(found_pair), .found_secondary_volume(found_secondary_volume), .next_pair(next_pair),
    .pair(pair), .pair_state(pair_state), .original_system(original_system), .original_volume(original_volume),
    .secondary_system(secondary_system), .secondary_volume(secondary_volume),
    .copy_complete_address(copy_complete_address), .last_copy_number(last_copy_number),
    .original_capacity(original_capacity), .changed(changed_pair), .pair_states(pair_states), .shows(shows_pair),
    .pair_state_after(pair_state_after), .copy_complete_address_after(copy_complete_address_after),
    .set_state(pair_fails || set_pair_state), .new_state(pair_fails ? `ML_PAIR_ABNORMAL : new_pair_state),
    .states_of((group_fails || start) ? latest_pair_set : {PAIRS{1'b0}}),
    .new_states(group_fails ? `ML_PAIR_ABNORMAL : `ML_PAIR_NOT_COPYING), .restart_copy(start),
    .set_copy_complete(set_copy_complete), .new_copy_complete(new_copy_complete),
    .set_last_copy_number(set_last_copy_number), .new_last_copy_number(latest_update_number), .record(record_pair),
    .record_original_system(record_original_system), .record_original_volume(record_original_volume),
    .record_secondary_system(record_secondary_system), .record_secondary_volume(record_secondary_volume),
    .record_group(group), .record_original_capacity(record_original_capacity),
    .load(load && load_table == `ML_TABLE_PAIR), .field(load_field), .load_data(load_data),
    .read(load_table == `ML_TABLE_PAIR), .read_data(pair_data)
);

wire now_abnormal = group_fails || (pair_fails && others_abnormal);
assign group_becomes_abnormal = now_abnormal && latest_state != `ML_GROUP_ABNORMAL;

group_information #(.GROUPS(GROUPS), .PAIRS(PAIRS)) groups (
    .clk(clk), .rst(rst),
    .find_group(find_group), .find_pair_set(find_set), .next_group(next_group),
    .group_journal_volume(group_journal_volume), .group(group), .latest_update_number(latest_update_number),
    .latest_data_offset(latest_data_offset), .latest_pair_set(latest_pair_set), .latest_state(latest_state),
    .group_state(group_state), .group_reason(group_reason), .pair_set(pair_set),
    .update_number(update_number), .data_offset(data_offset), .full_policy(full_policy), .watch_time(watch_time),
    .volume(volume), .volume_holds_journal(volume_holds_journal), .normal(groups_normal),
    .shows(shows_group), .group_state_after(group_state_after), .group_reason_after(group_reason_after),
    .update_number_after(update_number_after), .data_offset_after(data_offset_after),
    .set_state(now_abnormal || create_group || start),
    .new_state((create_group || start) ? `ML_GROUP_NORMAL : `ML_GROUP_ABNORMAL),
    .new_reason(group_fails ? new_reason : `ML_REASON_VOLUME_DEVICE),
    .take_number(take_number), .size(size),
    .set_numbers(start_numbers), .new_update_number(new_update_number), .new_data_offset(new_data_offset),
    .add_pairs(record_pair ? ONE_PAIR << changed_pair : {PAIRS{1'b0}}),
    .set_journal_volume(record_journal_volume), .new_journal_volume(volume),
    .load(load && load_table == `ML_TABLE_GROUP), .field(load_field), .load_data(load_data),
    .read(load_table == `ML_TABLE_GROUP), .read_data(group_data)
);

assign read_data = volume_data | pair_data | group_data;

endmodule

`resetall
