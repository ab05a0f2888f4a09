// The decisions of the secondary system's processes of replication, in one step of the commit stage.
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
 * Journal store, restore and the journal read command process see the step if it is their own. Combinational, but for
 * the tables that journal store and the command slots keep for themselves.
 */
module secondary_steps #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    // Journal read commands of a group in flight
    parameter COMMANDS = 4,
    // Numbers from commit on that can have a place
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter START_WIDTH = 12
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step
     */
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    input  wire [47:0]               cycle,
    input  wire [15:0]               group,
    input  wire [15:0]               mapped_volume,
    input  wire [15:0]               pair,
    input  wire                      pair_valid,
    input  wire                      journal_volume_valid,
    // one of commands, answers, or any that looks at command slots may come, or comes
    input  wire [2:0]                claims,
    // a new generation of the group, or its registers were written
    input  wire                      restarts,
    input  wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  group_row,
    input  wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] volume_row,
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0]       operands,

    output wire [`COMMIT_RECORD_WIDTH-1:0] record_fields,
    // the record is about the group only
    output wire                      of_group,

    /*
     * Changes
     */
    output wire                      group_fails,
    output wire [7:0]                fail_reason,
    output wire                      journal_volume_fails,
    // a received journal gets its place, or waits for one
    output wire                      stores,
    output wire                      store_holds,
    // 1820, and the journal can be asked for again
    output wire                      store_yields,
    // a journal read command is proposed
    output wire                      proposes,
    // bit 16: this group becomes abnormal by the step before
    input  wire [16:0]               failed_group,
    // steps of the packet that is being taken in may be asked for
    output wire                      store_settled,
    output wire [POSITION_WIDTH-1:0] store_place,
    output wire [POSITION_WIDTH-1:0] store_data_place,
    output wire [POSITION_WIDTH-1:0] place_information_used,
    output wire [POSITION_WIDTH-1:0] place_data_used,
    // a received journal of so many bytes is committed
    output wire                      commits,
    output wire [63:0]               new_host_bytes,
    // a journal's data goes to its secondary volume; the oldest journal is freed
    output wire                      restore_writes,
    output wire                      restores_next,
    output wire                      frees,
    output wire [PAIRS-1:0]          set_end_markers,
    output wire                      set_pair_state,
    output wire [2:0]                new_pair_state,
    output wire [6:0]                set_activity,
    output wire                      set_tag,
    output wire [31:0]               new_tag,
    // a journal read command is sent again
    output wire                      sent_again,

    // what restore may read
    output wire [POSITION_WIDTH-1:0] restore_entry_place,
    output wire [4:0]                restore_count,
    // a received journal's packet is wanted
    output wire                      wanted,

    // requests for steps of journal store, and of the journal read command process, and its packets
    output wire                      commit_request_valid,
    input  wire                      commit_request_taken,
    output wire [`CR_WIDTH-1:0]      commit_request,
    output wire                      send_request_valid,
    input  wire                      send_request_taken,
    output wire [`CR_WIDTH-1:0]      send_request,
    output wire                      packet_valid,
    input  wire                      packet_ready,
    output wire [`PK_WIDTH-1:0]      packet
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH
localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam NUMBER_WIDTH = $clog2(WINDOW);
localparam [PAIRS-1:0] ONE = 1;
`include "commit_row_wires.vh"
`include "commit_operands_wires.vh"
assign `COMMIT_ROW = {group_row, volume_row}, `COMMIT_OPERANDS = operands;
wire [4:0]  kind   = request[`CR_KIND];
wire [7:0]  client = request[`CR_CLIENT];
wire        failed = request[`CR_FAILED];
wire [31:0] size = request[`CR_SIZE], received = request[`CR_RECEIVED];
wire [63:0] number = request[`CR_REFERENCE];
wire is_send      = valid && kind == `ML_REQUEST_COMMAND_SEND;
wire is_answer    = valid && kind == `ML_REQUEST_ANSWER;
wire is_store     = valid && kind == `ML_REQUEST_STORE;
wire is_commit    = valid && kind == `ML_REQUEST_COMMIT_NEXT;
wire is_scan      = valid && kind == `ML_REQUEST_RESTORE_SCAN && !scan_cancelled;
wire is_restore   = valid && kind == `ML_REQUEST_RESTORE_WRITE;
wire is_free      = valid && kind == `ML_REQUEST_RESTORE_FREE;
wire is_durable   = valid && kind == `ML_REQUEST_JOURNAL_WRITE && client == {6'd0, `ML_WRITE_RECEIVED};
wire is_restored  = valid && kind == `ML_REQUEST_VOLUME_WRITE && client == {6'd0, `ML_WRITE_RESTORE};
wire [15:0] store_outcome, restore_outcome, command_outcome;
wire        store_retires, store_never_fits, numbers_settled, slots_settled, none_placed, cleared, lookup_placed;
wire [GROUP_WIDTH-1:0]  lookup_group;
wire [NUMBER_WIDTH-1:0] lookup_index;
wire [NUMBER_WIDTH:0]   contiguous;
assign store_settled = numbers_settled && slots_settled;
// without retry, a plain command never asks for what was sent
assign store_yields = !read_mode || activity[6];
wire [31:0] committed_host_bytes;
wire [63:0] send_first;
// of the cycle before, in which it was the same
wire         next_wanted;
reg          wanted_reg;
assign wanted = store_retires;
always @(posedge clk)
    wanted_reg <= next_wanted;
journal_store #(.GROUPS(GROUPS), .WINDOW(WINDOW), .POSITION_WIDTH(W)) journal_store_inst (
    .clk(clk), .rst(rst), .store(is_store), .durable(is_durable), .commit_next(is_commit), .clear(restarts),
    .group(group), .store_group(answer_group), .settled(numbers_settled), .store_information(store_information),
    .wanted(wanted_reg), .lost_before(!store_yields && request[`CR_FIRST]), .pair_valid(pair_valid),
    .volume(mapped_volume), .volume_capacity(volume_capacity),
    .slot(request[`CR_SLOT_INDEX]), .number(number[NUMBER_WIDTH-1:0]), .failed(failed), .host_bytes(received),
    .size(size), .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state),
    .journal_volume_capacity(journal_volume_capacity), .update_number(update_number), .data_offset(data_offset),
    .information_area(information_area), .data_head(data_head), .data_area(data_area),
    .information_used(information_used), .information_committed(information_committed), .data_used(data_used),
    .data_committed(data_committed), .information_oldest(information_oldest), .data_oldest(data_oldest),
    .no_room_holds(no_room_holds), .outcome(store_outcome), .retires(store_retires), .stored(stores),
    .never_fits(store_never_fits), .holds(store_holds), .commits(commits), .host_bytes_add(committed_host_bytes),
    .store_place(store_place), .store_data_place(store_data_place), .place_information_used(place_information_used),
    .place_data_used(place_data_used), .none_placed(none_placed), .cleared(cleared), .contiguous(contiguous),
    .lookup_group(lookup_group), .lookup_index(lookup_index), .lookup_placed(lookup_placed),
    .request_valid(commit_request_valid), .request_taken(commit_request_taken), .request(commit_request)
);
wire [7:0]  restore_status, restore_reason, command_reason;
wire        restore_of_group, restore_marks, restore_group_fails, restore_stops, command_retires, command_group_fails;
restore #(.POSITION_WIDTH(W)) restore_inst (
    .clk(clk), .scan(is_scan), .write(is_restore), .written(is_restored), .free(is_free), .number(number),
    .failed(failed), .damaged(request[`CR_DAMAGED]), .kind(request[`CR_OPCODE]), .size(size),
    .group_state((failed_group == {1'b1, group}) ? `ML_GROUP_ABNORMAL : group_state), .takeover(activity[2]),
    .stopped(activity[4]), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .update_number(update_number), .oldest_number(oldest_number),
    .information_area(information_area), .data_head(data_head), .information_oldest(information_oldest),
    .pair_state(pair_state), .outcome(restore_outcome), .of_group(restore_of_group), .status(restore_status),
    .count(restore_count), .entry_place(restore_entry_place), .writes(restore_writes), .restores_next(restores_next),
    .set_pair_state(set_pair_state), .new_pair_state(new_pair_state), .marks(restore_marks),
    .group_fails(restore_group_fails), .group_reason(restore_reason), .journal_volume_fails(journal_volume_fails),
    .stops(restore_stops), .frees(frees)
);
wire [15:0] packet_destination, packet_group, packet_source_group;
wire [31:0] send_tag, send_limit, packet_generation, packet_tag;
wire [7:0]  send_slot;
wire [6:0]  command_activity;
wire [`CP_UNIT_BITS-1:0] packet_payload;

journal_read_command #(.GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW), .POSITION_WIDTH(W)) read_command_inst (
    .clk(clk), .rst(rst), .cycle(cycle), .command_send(is_send), .answer(is_answer),
    .claims_command(claims[0]), .claims_answer(claims[1]), .claims(claims[2]), .clear(restarts), .group(group),
    .touch(valid && !is_send && activity[1]),
    .settings(valid && (kind == `ML_REQUEST_MAINTENANCE || kind == `ML_REQUEST_OPERATION)),
    .answer_group(answer_group), .settled(slots_settled),
    .answer_type(answer_type), .answer_from_partner(answer_source == partner_system),
    .answer_generation(answer_generation), .answer_tag(answer_tag), .answer_status(answer_status),
    .answer_first_number(answer_first_number), .not_all(failed), .answer_taken(number[15:0]),
    .answer_blocks(received[16:9]), .group_state(group_state), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .update_number(update_number), .information_area(information_area),
    .information_committed(information_committed), .generation(generation), .partner_system(partner_system),
    .partner_group(partner_group), .read_mode(read_mode), .batch_journals(batch_journals), .batch_bytes(batch_bytes),
    .commands(commands), .interval(interval), .timeout(timeout), .silence(silence), .next_command(next_command),
    .backlog(backlog), .activity(activity), .next_restore(next_restore), .host_bytes(host_bytes), .tag(tag),
    .none_placed(none_placed), .cleared(cleared), .proposes(proposes), .contiguous(contiguous),
    .lookup_group(lookup_group), .lookup_index(lookup_index), .lookup_placed(lookup_placed), .wanted(next_wanted),
    .outcome(command_outcome), .retires(command_retires), .group_fails(command_group_fails),
    .group_reason(command_reason), .activity_set(command_activity), .tag_set(set_tag), .tag_value(new_tag),
    .send_tag(send_tag), .send_slot(send_slot), .send_first(send_first), .send_limit(send_limit),
    .request_valid(send_request_valid), .request_taken(send_request_taken), .request(send_request),
    .packet_valid(packet_valid),
    .packet_ready(packet_ready), .packet_destination(packet_destination), .packet_group(packet_group),
    .packet_source_group(packet_source_group), .packet_generation(packet_generation), .packet_tag(packet_tag),
    .packet_payload(packet_payload)
);

assign packet = {16'd0, packet_payload, 1'b1, 32'd0, 16'd0, 16'd0, packet_tag, packet_generation,
                 packet_source_group, packet_group, packet_destination, `CP_JOURNAL_READ_COMMAND};
// what they want changed together
assign group_fails    = restore_group_fails || command_group_fails || store_never_fits;
assign fail_reason    = restore_group_fails ? restore_reason
                      : store_never_fits ? `ML_REASON_NEVER_FITS : command_reason;
assign new_host_bytes = host_bytes + {32'd0, committed_host_bytes};
assign set_activity   = (restore_stops ? 7'h10 : 7'd0) | command_activity;
assign sent_again     = command_retires && is_send && !set_tag;
assign set_end_markers     = restore_marks ? ONE << pair[PAIR_WIDTH-1:0] : {PAIRS{1'b0}};

// record
assign of_group = is_send || is_answer || restore_of_group;
reg         retires, shows_position, shows_size, shows_tag, shows_reference;
reg  [7:0]  process_code, status;
reg  [15:0] outcome, record_tag;
reg  [31:0] record_size, record_received;
reg  [63:0] record_reference;
wire [15:0] creation = `ML_CREATION_NOT_RUN;
assign record_fields = `COMMIT_RECORD;

always @* begin
    retires          = valid;
    process_code     = `ML_PROCESS_RESTORE;
    outcome          = restore_outcome;
    status           = restore_status;
    {shows_tag, record_tag}   = 17'd0;
    {shows_size, record_size} = {1'b1, 32'd0};
    record_received  = 32'd0;
    {shows_reference, record_reference} = {1'b1, 64'd0};
    shows_position   = 1'b1;
    case (kind)
        `ML_REQUEST_COMMAND_SEND: begin
            process_code     = `ML_PROCESS_READ_COMMAND;
            retires          = command_retires;
            outcome          = command_outcome;
            status           = send_slot;
            record_tag       = send_tag[15:0];
            {shows_size, record_size} = {1'b0, send_limit};
            record_received  = {15'd0, batch_bytes};
            {shows_reference, record_reference} = {1'b0, send_first};
        end
        `ML_REQUEST_ANSWER: begin
            process_code     = `ML_PROCESS_READ_COMMAND;
            outcome          = command_outcome;
            status           = `ML_STATUS_OK;
            shows_tag        = 1'b1;
            shows_size       = command_outcome == `ML_READ_COMMAND_NO_ROOM
                               || command_outcome == `ML_READ_COMMAND_STORED_ALL;
            shows_reference  = 1'b0;
        end
        `ML_REQUEST_STORE, `ML_REQUEST_COMMIT_NEXT: begin
            process_code = `ML_PROCESS_JOURNAL_STORE;
            retires      = store_retires;
            outcome      = store_outcome;
            status       = `ML_STATUS_OK;
            shows_tag    = 1'b1;
        end
        `ML_REQUEST_RESTORE_FREE:
            retires = is_free;
        `ML_REQUEST_RESTORE_SCAN: begin
            retires          = is_scan;
            record_size[4:0] = (restore_outcome == `ML_RESTORE_READS) ? restore_count : 5'd0;
            shows_reference  = restore_outcome == `ML_RESTORE_READS;
            {shows_position, shows_size} = 2'd0;
        end
        `ML_REQUEST_RESTORE_WRITE: begin
            retires = is_restore;
            if (restore_of_group) begin
                {shows_position, shows_size} = 2'd0;
                shows_reference = restore_outcome == `ML_RESTORE_READ_FAILED;
            end
        end
        default: ;
    endcase
end
endmodule

`resetall
