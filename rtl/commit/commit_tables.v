// The tables of the commit stage: shared memory, journal rings, what replication keeps of each group, device writes in
// flight.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Looked at in each of a step's stages: `map` finds volume, pair, group and journal volume; `read` looks up their rows;
 * the rows are what it decides on; in the cycle behind that `change` changes the tables, and `latest` is what steps
 * just before may have changed meanwhile; `after` is what they are after it, for its record.
 */
module commit_tables #(
    parameter SYSTEM_NUMBER = 1,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    // Bytes of write data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter POSITION_WIDTH = 48,
    // Ample room for journals: bits of a number of bytes
    parameter AMPLE_BITS = 20,
    // Bits of a device job's slot
    parameter JOB_WIDTH = 6
) (
    input  wire                        clk,
    input  wire                        rst,

    /*
     * map
     */
    input  wire [15:0]                 map_volume,
    output wire                        map_volume_valid,
    output wire [15:0]                 map_pair,
    output wire                        map_pair_valid,
    output wire [15:0]                 map_group,
    input  wire [15:0]                 find_group,
    input  wire [15:0]                 find_volume,
    output wire                        found,
    output wire [15:0]                 found_pair,
    output wire [15:0]                 found_secondary_volume,
    // what a device write of replication is about
    input  wire [JOB_WIDTH-1:0]        lookup_job,
    output wire [15:0]                 job_volume,
    output wire [POSITION_WIDTH-1:0]   job_position,
    output wire [31:0]                 job_size,
    output wire                        job_discard,
    output wire [63:0]                 job_number,

    // read: what the step that decides next is about
    input  wire [15:0]                 next_volume,
    input  wire [15:0]                 next_pair,
    input  wire [15:0]                 next_group,
    // the journal volume of that group, if it has one
    output wire [15:0]                 next_journal_volume,
    output wire                        next_journal_volume_valid,
    // a scan of all pairs before it
    input  wire                        scan_begins,
    input  wire                        scan_valid,
    input  wire [15:0]                 scan_pair,
    output wire [15:0]                 scan_volume,
    output wire [`COMMIT_SCAN_WIDTH-1:0] scan,

    /*
     * decide: the step and its rows
     */
    input  wire [15:0]                 volume,
    input  wire [15:0]                 pair,
    input  wire [15:0]                 group,
    input  wire [15:0]                 journal_volume,
    input  wire [31:0]                 size,
    // there is room for its journal for sure; of any other step it is looked at in the cycle before, as what goes with
    // a sum of several fields
    input  wire                        room_sure,
    output wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    output wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    // a journal of its group finds room in a normal journal volume for sure
    output wire                        ample_room,
    input  wire [7*64-1:0]             operation_arguments,
    input  wire [15:0]                 operation_source,
    // its register
    input  wire [2:0]                  register_table,
    input  wire [3:0]                  register_field,
    // a cycle later: what it was, or 0 if it is not in these tables
    output wire [63:0]                 register_data,

    // of every group
    output wire [7*GROUPS-1:0]         activities,
    // of this group
    input  wire [15:0]                 watched_group,
    output wire [31:0]                 watched_silence,
    input  wire [15:0]                 scanned_group,
    output wire [63:0]                 scanned_restore,
    output wire [GROUPS-1:0]           states_unanswered,

    /*
     * change: the step that decided in the cycle before; what it changes, and what its device write is about
     */
    output wire [`COMMIT_LATEST_WIDTH-1:0]     latest,
    input  wire [`COMMIT_CHANGE_WIDTH-1:0]     change,
    input  wire [15:0]                 changed_group,
    input  wire [JOB_WIDTH-1:0]        job,
    input  wire [15:0]                 entered_volume,
    input  wire [POSITION_WIDTH-1:0]   entered_position,
    input  wire [31:0]                 entered_size,
    input  wire                        discard,

    /*
     * output
     */
    // of the step that changes the tables: its record shows its pair, its group
    input  wire                        shows_pair,
    input  wire                        shows_group,
    input  wire [15:0]                 after_volume,
    input  wire [15:0]                 after_journal_volume,
    output wire [`COMMIT_AFTER_WIDTH-1:0] after
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(AMPLE_BITS, 6, POSITION_WIDTH - 1), parameter_error_AMPLE_BITS_must_be_below_POSITION_WIDTH)
`ML_REQUIRE(`ML_IN_RANGE(JOB_WIDTH, 3, 7), parameter_error_JOB_WIDTH_must_be_3_to_7)

localparam W = POSITION_WIDTH;

`include "commit_row_wires.vh"
`include "commit_change_wires.vh"
`include "commit_latest_wires.vh"
`include "commit_after_wires.vh"

assign group_row      = `COMMIT_GROUP_ROW;
assign volume_row     = `COMMIT_VOLUME_ROW;
assign `COMMIT_CHANGE = change;
assign latest         = `COMMIT_LATEST;
assign after          = `COMMIT_AFTER;

wire         starts = start_original || start_secondary;
// 0 but in a register write, and so while tables are swept
wire [63:0]  loaded = load_data & {64{loads}};
wire [W-1:0] information_high_water, data_high_water;
wire [63:0]  row_data, pointer_data, settings_data, progress_data;
wire [W-1:0] ring_data;
wire         group_becomes_abnormal, ring_ample;


assign ample_room = ring_ample && journal_volume_state == `ML_VOLUME_NORMAL;

reg  [63:0]  oldest_number_reg;
reg          information_room_reg, data_room_reg, ever_fits_reg;
wire         has_information_room, has_data_room, fits;
assign oldest_number    = oldest_number_reg;
assign information_room = room_sure || information_room_reg;
assign data_room        = room_sure || data_room_reg;
assign ever_fits        = room_sure || ever_fits_reg;

always @(posedge clk) begin
    oldest_number_reg    <= update_number
        - {{64-W+6{1'b0}}, activity[1] ? information_committed[W-1:6] : information_used[W-1:6]};
    information_room_reg <= has_information_room;
    data_room_reg        <= has_data_room;
    ever_fits_reg        <= fits;
end

shared_memory #(
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W)
) shared_memory_inst (
    .clk(clk), .rst(rst), .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair),
    .map_pair_valid(map_pair_valid), .map_group(map_group), .find_group(find_group), .find_volume(find_volume),
    .found(found), .found_pair(found_pair), .found_secondary_volume(found_secondary_volume),
    .next_volume(next_volume), .next_journal_volume(next_journal_volume), .next_pair(next_pair),
    .next_group(next_group), .group_journal_volume(next_journal_volume),
    .group_journal_volume_valid(next_journal_volume_valid), .scan_begins(scan_begins), .scan_valid(scan_valid),
    .scan_pair(scan_pair), .scan_volume(scan_volume), .scan(scan), .end_markers(end_markers),
    .oldest_number(oldest_number), .partner(operation_arguments[64 +: 64]), .source(operation_source), .volume(volume),
    .pair(pair), .group(group), .journal_volume(journal_volume), .volume_state(volume_state),
    .volume_capacity(volume_capacity), .volume_device(volume_device), .volume_offset(volume_offset),
    .volume_pair(volume_pair), .volume_holds_journal(volume_holds_journal), .pair_state(pair_state),
    .copy_complete_address(copy_complete_address), .group_state(group_state), .group_reason(group_reason),
    .pair_set(pair_set), .update_number(update_number), .data_offset(data_offset), .full_policy(full_policy),
    .watch_time(watch_time), .journal_volume_state(journal_volume_state),
    .journal_volume_capacity(journal_volume_capacity), .journal_volume_device(journal_volume_device),
    .journal_volume_offset(journal_volume_offset), .groups_normal(groups_normal),
    .latest_update_number(latest_update_number), .latest_data_offset(latest_data_offset), .volume_fails(volume_fails),
    .journal_volume_fails(journal_volume_fails), .pair_fails(pair_fails), .group_fails(group_fails),
    .new_reason(new_reason), .take_number(take_number), .size(taken_size), .set_pair_state(set_pair_state),
    .new_pair_state(new_pair_state), .set_copy_complete(set_copy_complete), .new_copy_complete(new_copy_complete),
    .set_last_copy_number(set_copy_complete && take_number), .create_group(create_group), .record_pair(record_pair),
    .record_original_system(operation_arguments[64 +: 16]), .record_original_volume(operation_arguments[128 +: 16]),
    .record_secondary_system(operation_arguments[192 +: 16]), .record_secondary_volume(operation_arguments[256 +: 16]),
    .record_original_capacity(operation_arguments[320 +: W]), .record_is_original(record_is_original),
    .record_journal_volume(record_journal_volume), .start(starts), .start_numbers(start_secondary),
    .new_update_number(operation_arguments[256 +: 64]), .new_data_offset(operation_arguments[320 +: 64]),
    .open_secondaries(open_secondaries), .close_secondaries(give_up || start_secondary),
    .group_becomes_abnormal(group_becomes_abnormal), .load(loads), .load_table(register_table),
    .load_field(register_field), .load_data(loaded), .read_data(row_data), .shows_pair(shows_pair),
    .shows_group(shows_group), .after_volume(after_volume), .after_journal_volume(after_journal_volume),
    .volume_state_after(volume_state_after), .pair_state_after(pair_state_after),
    .copy_complete_address_after(copy_complete_address_after), .group_state_after(group_state_after),
    .group_reason_after(group_reason_after), .update_number_after(update_number_after),
    .data_offset_after(data_offset_after), .journal_volume_state_after(journal_volume_state_after)
);


journal_ring #(
    .GROUPS(GROUPS), .ENTRY_BYTES(`UPDATE_INFORMATION_BYTES), .AMPLE_BITS(AMPLE_BITS), .POSITION_WIDTH(W)
) journal_ring_inst (
    .clk(clk), .rst(rst),
    .next_group(next_group), .group(group), .area_end(journal_volume_capacity),
    .size(size), .information_bytes(operation_arguments[128 +: W]),
    .information_room(has_information_room), .data_room(has_data_room), .ever_fits(fits),
    .ample_room(ring_ample), .update_information_newest(information_newest), .write_data_head(data_head),
    .write_data_newest(data_newest),
    .update_information_head(information_head), .update_information_area(information_area),
    .update_information_oldest(information_oldest), .update_information_used(information_used),
    .update_information_committed(information_committed), .update_information_sent(information_sent),
    .write_data_area(data_area), .write_data_oldest(data_oldest), .write_data_used(data_used),
    .write_data_committed(data_committed), .update_information_high_water(information_high_water),
    .write_data_high_water(data_high_water),
    .create(ring_creates), .commit(ring_commits), .free(ring_frees), .send(ring_sends),
    .send_entries(ring_send_entries), .place(ring_places), .empty(starts), .divide(record_journal_volume),
    .load(ring_loads), .load_sent(ring_loads_sent), .field(register_field),
    .information_step(ring_information_step), .data_step(ring_data_step),
    .read(register_table == `ML_TABLE_POINTER), .read_data(pointer_data),
    .shows(shows_group), .pointers_after(pointers_after)
);

group_settings #(.GROUPS(GROUPS), .MAX_DATA_BYTES(MAX_DATA_BYTES), .POSITION_WIDTH(W)) group_settings_inst (
    .clk(clk), .rst(rst), .next_group(next_group), .group(group), .generation(generation),
    .partner_system(partner_system), .partner_group(partner_group), .partner_area(partner_area), .read_mode(read_mode),
    .batch_journals(batch_journals), .batch_bytes(batch_bytes), .commands(commands), .no_room_holds(no_room_holds),
    .interval(interval), .timeout(timeout), .next_command(next_command), .backlog(backlog), .copy_unit(copy_unit),
    .activity(activity), .silence(silence), .activities(activities), .watched_group(watched_group),
    .watched_silence(watched_silence), .set_activity(set_activity), .end_takeover(give_up), .start(starts),
    .start_original(start_original), .new_generation(new_generation), .new_partner_system(new_partner_system),
    .new_partner_group(new_partner_group), .set_partner_area(set_partner_area), .new_partner_area(new_partner_area),
    .load(loads && register_table == `ML_TABLE_SETTINGS), .field(register_field), .load_data(loaded),
    .read(register_table == `ML_TABLE_SETTINGS), .read_data(settings_data)
);

group_progress #(.GROUPS(GROUPS), .PAIRS(PAIRS), .POSITION_WIDTH(W)) group_progress_inst (
    .clk(clk), .rst(rst), .next_group(next_group), .group(group), .next_restore(next_restore), .host_bytes(host_bytes),
    .tag(tag), .batch(batch), .batch_data(batch_data), .last_answer(last_answer), .end_markers(end_markers),
    .scanned_group(scanned_group), .scanned_restore(scanned_restore), .restores_next(restores_next),
    .set_host_bytes(set_host_bytes), .new_host_bytes(new_host_bytes), .set_tag(set_tag), .new_tag(new_tag),
    .set_batch(set_batch), .new_batch(new_batch), .new_batch_data(new_batch_data), .set_answer(set_answer),
    .new_answer(new_answer), .set_end_markers(set_end_markers), .clear_end_markers(give_up), .sent_again(sent_again),
    .start_unanswered(start_unanswered), .state_unanswered(state_unanswered), .states_unanswered(states_unanswered),
    .start_answered(start_answered), .state_changes(group_becomes_abnormal || set_activity[2]),
    .state_answered(state_answered), .start_original(start_original), .start(starts),
    .start_number(start_secondary ? operation_arguments[256 +: 64] : next_restore),
    .load(loads && register_table == `ML_TABLE_PROGRESS), .field(register_field), .load_data(loaded),
    .read(register_table == `ML_TABLE_PROGRESS), .read_data(progress_data)
);

// three of the registers of a group's progress are the ring's: 0, 8 and 9
register_fields #(.FIELDS(10), .WIDTH(W)) of_ring (
    .clk(clk), .rst(rst), .read(register_table == `ML_TABLE_PROGRESS), .field(register_field),
    .values({data_high_water, information_high_water, {7*W{1'b0}}, information_sent}), .value(ring_data)
);

assign register_data = row_data | pointer_data | settings_data | progress_data | {{64-W{1'b0}}, ring_data};

job_table #(.GROUPS(GROUPS), .POSITION_WIDTH(W), .SLOT_WIDTH(JOB_WIDTH)) job_table_inst (
    .clk(clk), .rst(rst),
    .enter(enters_job), .slot(job), .volume(entered_volume), .position(entered_position), .size(entered_size),
    .discard(discard),
    .number(new_job_number),
    .lookup_slot(lookup_job), .lookup_volume(job_volume), .lookup_position(job_position), .lookup_size(job_size),
    .lookup_discard(job_discard), .lookup_number(job_number),
    .group(changed_group), .begins(job_begins), .ends(job_ends), .writing(writing)
);

endmodule

`resetall
