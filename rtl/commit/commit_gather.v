// What the processes want of a step, put together: for the tables, for other modules, and for what the step sends out.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Of what one process alone gives, the other fields of the buses, commit_change makes no choice. Combinational.
 */
module commit_gather #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12
) (
    input  wire [`COMMIT_MAPPED_WIDTH-1:0]     mapped,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0]   operands,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    input  wire [`COMMIT_LATEST_WIDTH-1:0]     latest,
    // number of the next host command
    input  wire [63:0]               order,
    // the journal or range that the step is about
    input  wire [63:0]               position,
    input  wire [31:0]               size,
    input  wire [`COMMIT_WANTED_WIDTH-1:0]     wanted,
    // what of these one process gives alone
    input  wire                      start_original,
    input  wire                      start_secondary,
    input  wire                      record_journal_volume,
    input  wire                      loads,
    input  wire                      command_done,
    input  wire                      read_taken,
    input  wire                      flush_taken,
    input  wire                      stores,
    // of its record
    input  wire [15:0]               outcome,
    input  wire [7:0]                status,
    input  wire [63:0]               record_reference,

    output wire [`COMMIT_GATHERED_WIDTH-1:0]   gathered,
    output wire [`COMMIT_REPORT_WIDTH-1:0]     report,
    output wire [`COMMIT_SENT_WIDTH-1:0]       sent
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;

`include "commit_mapped_wires.vh"
`include "commit_operands_wires.vh"
`include "commit_row_wires.vh"
`include "commit_latest_wires.vh"
`include "commit_wanted_wires.vh"
`include "commit_gathered_wires.vh"
`include "commit_report_wires.vh"
`include "commit_sent_wires.vh"

assign `COMMIT_MAPPED     = mapped;
assign `COMMIT_OPERANDS   = operands;
assign `COMMIT_GROUP_ROW  = group_row;
assign `COMMIT_VOLUME_ROW = volume_row;
assign `COMMIT_LATEST     = latest;
assign `COMMIT_WANTED     = wanted;
assign gathered           = `COMMIT_GATHERED;
assign report             = `COMMIT_REPORT;
assign sent               = `COMMIT_SENT;

wire [`CR_WIDTH-1:0] request = step_request;
wire [4:0] kind   = request[`CR_KIND];
wire [7:0] client = request[`CR_CLIENT];

wire is_volume   = valid && kind == `ML_REQUEST_VOLUME_WRITE;
wire is_journal  = valid && kind == `ML_REQUEST_JOURNAL_WRITE;
wire of_host     = client == {6'd0, `ML_WRITE_HOST};
wire of_received = client == {6'd0, `ML_WRITE_RECEIVED};
// bytes of write data
wire [31:0] step_data_bytes = request[`CR_DISCARD] ? 32'd0 : size;

/*
 * What they change together
 */
assign volume_fails         = answer_volume_fails || original_volume_fails;
assign journal_volume_fails = (journal_fails && journal_volume_valid) || original_journal_fails
                              || secondary_journal_fails;
assign pair_fails           = answer_pair_fails || original_pair_fails;
wire   operation_fails      = suspend_group || take_over || start_fails;
assign group_fails          = (written && suspends) || journal_fails || operation_fails || original_group_fails
                              || secondary_group_fails
                              || announcement_fails;
assign new_reason           = wanted_reason;
assign take_number          = ring_creates || received_commits;
assign taken_size           = step_data_bytes;
assign set_pair_state       = copy_moves || restore_sets_pair;
assign new_pair_state       = wanted_pair_state;
assign set_copy_complete    = copy_moves;
assign set_partner_area     = start_original || takes_area;
// an area beyond the addresses here limits nothing
assign new_partner_area     = (start_original || (message_value >> W) != 64'd0) ? {W{1'b0}} : message_value[W-1:0];
assign set_activity         = take_over ? 7'd4 : secondary_activity;
assign ring_creates         = creates || copy_creates;
assign ring_commits         = (commits && !of_received) || received_commits;
assign ring_frees           = reception_frees || restore_frees;
assign ring_places          = stores;
assign set_host_bytes       = reception_sets_bytes || received_commits;
assign new_host_bytes       = wanted_host_bytes;
assign set_tag              = reception_sets_tag || command_sets_tag;
assign new_tag              = wanted_tag;
assign set_end_markers           = copy_sets_end_markers | restore_marks;
assign enters_job           = copy_creates || stores || restore_writes;
assign new_job_number       = stores ? store_information[`UI_UPDATE_NUMBER] : restore_writes ? request[`CR_REFERENCE]
                              : latest_update_number;
assign job_begins           = creates || enters_job;
assign job_ends             = is_journal || (is_volume && !of_host);

/*
 * What the others learn
 */
assign step_valid          = valid;
assign step_kind           = kind;
assign step_tag            = request[`CR_TAG];
assign step_group          = group;
assign step_volume         = mapped_volume;
assign step_position       = position[W-1:0];
assign step_size           = size;
assign step_order          = order;
assign step_update_number  = latest_update_number;
assign step_job            = request[`CR_SLOT];
assign step_journaled      = creates || copy_creates;
assign step_failed         = request[`CR_FAILED];
assign step_device         = volume_device;
assign step_address        = volume_offset + position[W-1:0];
assign step_unreadable     = !volume_valid || volume_state == `ML_VOLUME_ABNORMAL;
assign step_commits        = received_commits;
assign step_frees          = ring_frees || group_fails || pair_fails || volume_fails || journal_volume_fails;
assign step_loads_copies   = loads && (register_table == `ML_TABLE_VOLUME || register_table == `ML_TABLE_PAIR);
assign step_restarts       = start_original || start_secondary
                             || (loads && !loads_setting && register_table != `ML_TABLE_SYSTEM && !step_loads_copies);
assign step_settings       = loads && loads_setting;
assign step_stored         = stores;
assign write_enters        = written;
assign write_refused       = command_done && !written && request[`CR_STORED];
assign volume_write_done   = is_volume && of_host;
assign journal_write_done  = is_journal && of_host;
assign read_failed         = valid && kind == `ML_REQUEST_READ_FAILURE;
assign step_journal_volume = journal_volume;
assign step_journal_device = journal_volume_device;
assign step_journal_offset = journal_volume_offset;
assign step_area_end       = journal_volume_capacity;
assign step_information_head = information_head;
assign step_data_head      = data_head;
assign send_read_taken     = valid && kind == `ML_REQUEST_SEND_READ;
assign argument_load       = loads && register_table == `ML_TABLE_SYSTEM && !register_upper && register_field[3];
assign incarnation_load    = loads && register_table == `ML_TABLE_SYSTEM && !register_upper && register_field == 4'd6;
assign allowed_load        = loads && register_table == `ML_TABLE_SYSTEM && !register_upper && register_field == 4'd7;
assign operation_load      = loads && register_table == `ML_TABLE_SYSTEM && register_upper;
assign argument_index      = register_field[2:0];
assign load_data           = record_reference;
assign load_value          = record_reference;
assign step_outcome        = outcome;
assign step_reference      = record_reference;
assign step_status         = status;

/*
 * output
 */
wire of_group = original_of_group || secondary_of_group || is_announcement;

assign recorded_volume               = (is_operation || of_group) ? `ML_NONE : mapped_volume;
assign recorded_volume_valid         = volume_valid && !of_group;
assign recorded_pair_valid           = pair_valid && !of_group;
assign recorded_journal_volume       = record_journal_volume ? operation_volume : journal_volume;
assign recorded_journal_volume_valid = record_journal_volume || journal_volume_valid;
assign answers           = (command_done && !read_taken && !flush_taken && !(written && request[`CR_FUA])) || is_flush;
assign writes_volume     = written || restore_writes;
assign volume_address    = step_address;
assign writes_journal    = creates || copy_creates || stores;
assign information_place = stores ? store_place : information_newest;
assign data_place        = stores ? store_data_place : data_newest;
assign data_bytes        = copy_creates ? 32'd0 : stores ? store_information[`UI_SIZE] : size;

endmodule

`resetall
