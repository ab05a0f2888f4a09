// The decisions of the processes of replication on the tables, in one step of the commit stage.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"

/*
 * Each process sees the step if it is its own; what they tell and want changed is gathered here, for the commit record, tables and
 * rings at the step's end. Combinational, but for the tables that journal store keeps for itself.
 */
module replication_steps #(
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter MAX_JOURNALS = 64,
    // Journal read commands of a group under way
    parameter COMMANDS = 4,
    // Numbers from commit on that can have a place
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step
     */
    input  wire                      valid,
    input  wire [`CR_WIDTH-1:0]      request,
    input  wire [15:0]               group,
    // new generation or register write of the group
    input  wire                      restarts,
    // the group of a step of restore was started again since it was asked for: it does nothing
    input  wire                      look_void,
    input  wire                      write_void,
    input  wire                      free_void,
    input  wire [47:0]               cycle,
    // of every group
    input  wire [7*GROUPS-1:0]       activities,
    input  wire [GROUPS-1:0]         groups_normal,
    input  wire [32*GROUPS-1:0]      silences,

    /*
     * Tables
     */
    input  wire [15:0]               mapped_volume,
    input  wire [15:0]               pair,
    input  wire                      pair_valid,
    input  wire [2:0]                pair_state,
    input  wire [POSITION_WIDTH-1:0] copy_complete_address,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,
    input  wire [1:0]                group_state,
    input  wire [PAIRS-1:0]          pair_set,
    input  wire [3*PAIRS-1:0]        pair_states,
    input  wire [16*PAIRS-1:0]       original_volumes,
    input  wire [64*PAIRS-1:0]       last_copy_numbers,
    input  wire [VOLUMES-1:0]        volumes_abnormal,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [POSITION_WIDTH-1:0] journal_volume_capacity,
    input  wire [63:0]               update_number,
    input  wire [63:0]               data_offset,
    input  wire                      information_room,
    input  wire [POSITION_WIDTH-1:0] information_head,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] data_head,
    input  wire [POSITION_WIDTH-1:0] information_oldest,
    input  wire [POSITION_WIDTH-1:0] information_used,
    input  wire [POSITION_WIDTH-1:0] information_committed,
    input  wire [POSITION_WIDTH-1:0] information_sent,
    input  wire [POSITION_WIDTH-1:0] data_oldest,
    input  wire [POSITION_WIDTH-1:0] data_used,
    input  wire [POSITION_WIDTH-1:0] data_committed,
    input  wire [63:0]               oldest_number,
    input  wire [31:0]               generation,
    input  wire [6:0]                activity,
    input  wire                      no_room_holds,
    input  wire [31:0]               copy_unit,
    input  wire [15:0]               partner_system,
    input  wire [15:0]               partner_group,
    input  wire                      read_mode,
    input  wire [6:0]                batch_journals,
    input  wire [16:0]               batch_bytes,
    input  wire [5:0]                commands,
    input  wire [31:0]               interval,
    input  wire [31:0]               timeout,
    input  wire [1:0]                next_command,
    input  wire [31:0]               backlog,
    input  wire [63:0]               next_restore,
    input  wire [63:0]               host_bytes,
    input  wire [31:0]               tag,
    input  wire [6:0]                batch,
    input  wire [POSITION_WIDTH-1:0] batch_data,
    input  wire [15:0]               last_answer,
    input  wire [PAIRS-1:0]          marked,

    /*
     * What holds until a step: a journal read command, and a received journal
     */
    input  wire [31:0]               command_generation,
    input  wire [31:0]               command_tag,
    input  wire [`CP_UNIT_BITS-1:0]  command_payload,
    input  wire [31:0]               read_area_bytes,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    // the packet that is being taken in
    input  wire [15:0]               answer_type,
    input  wire [31:0]               answer_generation,
    input  wire [31:0]               answer_tag,
    input  wire [15:0]               answer_status,
    input  wire [63:0]               answer_first_number,

    /*
     * The record
     */
    output wire                      is_replication,
    output reg                       retires,
    // it is about the group only
    output wire                      of_group,
    output reg  [7:0]                process_code,
    output reg  [15:0]               outcome,
    output reg  [7:0]                status,
    output reg  [15:0]               creation,
    output reg  [15:0]               record_tag,
    output reg  [31:0]               record_size,
    output reg  [31:0]               record_received,
    output reg  [63:0]               record_reference,
    output reg  [63:0]               record_position,

    /*
     * Changes
     */
    output wire                      group_fails,
    output wire                      pair_fails,
    output wire                      volume_fails,
    output wire                      journal_volume_fails,
    // initial copy names pair and volume of its step, and creates a journal there
    output wire                      copy_names,
    output wire [15:0]               copy_volume,
    output wire [15:0]               copy_pair,
    output wire [63:0]               copy_position,
    output wire [31:0]               copy_size,
    output wire                      copy_creates,
    output wire [7:0]                copy_kind,
    output wire                      copy_over,
    // a received journal gets its place
    output wire                      stores,
    output wire                      store_holds,
    output wire [POSITION_WIDTH-1:0] store_place,
    output wire [POSITION_WIDTH-1:0] store_data_place,
    // a journal's data goes to its secondary volume
    output wire                      restore_writes,
    output wire                      takes_number,
    output wire                      ring_commits,
    output wire [31:0]               ring_bytes,
    output wire                      ring_frees,
    output wire [POSITION_WIDTH-1:0] ring_free_entries,
    output wire [POSITION_WIDTH-1:0] ring_free_data,
    output wire                      ring_sends,
    output wire [POSITION_WIDTH-1:0] ring_send_entries,
    output wire                      ring_places,
    output wire [POSITION_WIDTH-1:0] place_information_used,
    output wire [POSITION_WIDTH-1:0] place_data_used,
    output wire                      restores_next,
    output wire                      set_host_bytes,
    output wire [63:0]               new_host_bytes,
    output wire                      set_tag,
    output wire [31:0]               new_tag,
    output wire                      set_batch,
    output wire [6:0]                new_batch,
    output wire [POSITION_WIDTH-1:0] new_batch_data,
    output wire                      set_answer,
    output wire [15:0]               new_answer,
    output wire [PAIRS-1:0]          set_marked,
    output wire [6:0]                set_activity,
    // a journal read command is sent again
    output wire                      sent_again,
    output wire                      set_pair_state,
    output wire [2:0]                new_pair_state,
    output wire                      set_copy_complete,
    output wire [POSITION_WIDTH-1:0] new_copy_complete,

    /*
     * For the processes' data paths
     */
    output wire [POSITION_WIDTH-1:0] read_entry_place,
    output wire [63:0]               read_first,
    output wire [6:0]                read_count,
    output wire [31:0]               read_limit_bytes,
    output wire [1:0]                read_group_state,
    output wire [POSITION_WIDTH-1:0] restore_entry_place,
    output wire [4:0]                restore_count,
    // a received journal's packet is wanted
    output wire                      wanted,

    // requests for steps of journal store, of the journal read command process, and its packets; and for silence
    output wire                      commit_request_valid,
    input  wire                      commit_request_taken,
    output wire [`CR_WIDTH-1:0]      commit_request,
    output wire                      send_request_valid,
    input  wire                      send_request_taken,
    output wire [`CR_WIDTH-1:0]      send_request,
    output wire                      silence_request_valid,
    input  wire                      silence_request_taken,
    output wire [`CR_WIDTH-1:0]      silence_request,
    output wire                      packet_valid,
    input  wire                      packet_ready,
    output wire [`PK_WIDTH-1:0]      packet
);

localparam W = POSITION_WIDTH;
localparam PAIR_WIDTH = (PAIRS > 1) ? $clog2(PAIRS) : 1;
localparam [PAIRS-1:0] ONE = 1;
localparam [W-1:0] ENTRY = `UPDATE_INFORMATION_BYTES;

wire [4:0]  kind   = request[`CR_KIND];
wire [7:0]  client = request[`CR_CLIENT];
wire        failed = request[`CR_FAILED];
wire [31:0] size   = request[`CR_SIZE];
wire [63:0] number = request[`CR_REFERENCE];

wire is_copy      = valid && kind == `ML_REQUEST_INITIAL_COPY;
wire is_command   = valid && kind == `ML_REQUEST_READ_COMMAND;
wire is_batch     = valid && kind == `ML_REQUEST_JOURNALS_READ;
wire is_data_read = valid && kind == `ML_REQUEST_SEND_READ;
wire is_data_lost = valid && kind == `ML_REQUEST_SEND_FAILED;
wire is_silence   = valid && kind == `ML_REQUEST_SILENCE && silent && activity[0] && group_state == `ML_GROUP_NORMAL;
wire is_send      = valid && kind == `ML_REQUEST_COMMAND_SEND;
wire is_answer    = valid && kind == `ML_REQUEST_ANSWER;
wire is_store     = valid && kind == `ML_REQUEST_STORE;
wire is_commit    = valid && kind == `ML_REQUEST_COMMIT_NEXT;
wire is_look      = valid && kind == `ML_REQUEST_RESTORE_LOOK && !look_void;
wire is_restore   = valid && kind == `ML_REQUEST_RESTORE_WRITE && !write_void;
wire is_free      = valid && kind == `ML_REQUEST_RESTORE_FREE && !free_void;
wire is_durable   = valid && kind == `ML_REQUEST_JOURNAL_WRITE && client == {6'd0, `ML_WRITE_RECEIVED};
wire is_restored  = valid && kind == `ML_REQUEST_VOLUME_WRITE && client == {6'd0, `ML_WRITE_RESTORE};

assign is_replication = valid && kind >= `ML_REQUEST_INITIAL_COPY && kind != `ML_REQUEST_OPERATION;

/*
 * Original system: initial copy, journal read reception
 */
wire [15:0] copy_outcome, copy_creation;
wire        copy_group_fails, copy_moves;
wire [2:0]  copy_pair_state;
wire [PAIRS-1:0] copy_marks;

initial_copy #(.VOLUMES(VOLUMES), .PAIRS(PAIRS), .POSITION_WIDTH(W)) initial_copy_inst (
    .run(is_copy), .group_state(group_state), .started(activity[0]), .pair_set(pair_set), .marked(marked),
    .oldest_number(oldest_number), .copy_unit(copy_unit), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .information_room(information_room), .information_used(information_used),
    .information_area(information_area), .pair_states(pair_states), .original_volumes(original_volumes),
    .last_copy_numbers(last_copy_numbers), .volumes_abnormal(volumes_abnormal),
    .names(copy_names), .pair(copy_pair), .volume(copy_volume), .copy_complete_address(copy_complete_address),
    .volume_capacity(volume_capacity),
    .outcome(copy_outcome), .over(copy_over), .creation(copy_creation), .creates(copy_creates), .kind(copy_kind), .position(copy_position),
    .size(copy_size), .pair_fails(pair_fails), .group_fails(copy_group_fails), .copies(copy_moves),
    .new_pair_state(copy_pair_state), .new_copy_complete(new_copy_complete), .set_marked(copy_marks)
);

wire [15:0] reception_outcome;
wire [7:0]  reception_status;
wire [31:0] reception_size, reception_received;
wire [63:0] reception_reference, reception_host_bytes;
wire        reception_group_fails, reception_journal_fails, reception_frees, reception_sets_bytes;
wire [W-1:0] reception_free_entries, reception_free_data;
wire        reception_sets_tag, heard, silent;
wire [31:0] reception_tag;

journal_read_reception #(.MAX_JOURNALS(MAX_JOURNALS), .POSITION_WIDTH(W)) journal_read_reception_inst (
    .command_run(is_command), .read_run(is_batch), .failed_run(is_data_lost), .silent_run(is_silence), .heard(heard),
    .command_generation(command_generation), .command_tag(command_tag), .command_payload(command_payload),
    .read_first(number), .read_journals(size[6:0]), .read_bytes(request[`CR_RECEIVED]), .read_area_bytes(read_area_bytes),
    .read_failed(failed),
    .group_state(group_state), .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state),
    .generation(generation), .activity(activity), .information_head(information_head), .data_head(data_head),
    .information_oldest(information_oldest), .information_committed(information_committed),
    .information_sent(information_sent), .data_committed(data_committed), .oldest_number(oldest_number),
    .host_bytes(host_bytes), .tag(tag), .batch(batch), .batch_data(batch_data), .last_answer(last_answer),
    .pair_valid(pair_valid),
    .outcome(reception_outcome), .status(reception_status), .record_size(reception_size),
    .record_received(reception_received), .record_reference(reception_reference),
    .group_fails(reception_group_fails), .journal_volume_fails(reception_journal_fails), .volume_fails(volume_fails),
    .ring_free(reception_frees), .free_entries(reception_free_entries), .free_bytes(reception_free_data),
    .ring_send(ring_sends), .send_bytes(ring_send_entries),
    .host_bytes_set(reception_sets_bytes), .host_bytes_value(reception_host_bytes), .tag_set(reception_sets_tag),
    .tag_value(reception_tag), .batch_set(set_batch), .batch_value(new_batch), .batch_data_value(new_batch_data),
    .answer_set(set_answer), .answer_value(new_answer),
    .entry_place(read_entry_place), .first(read_first), .count(read_count), .limit_bytes(read_limit_bytes),
    .state(read_group_state)
);

silence_watch #(.GROUPS(GROUPS)) silence_watch_inst (
    .clk(clk), .rst(rst), .cycle(cycle), .hears(heard), .restarts(restarts), .group(group),
    .activities(activities), .groups_normal(groups_normal), .silences(silences),
    .request_valid(silence_request_valid), .request_taken(silence_request_taken), .request(silence_request),
    .step(valid && kind == `ML_REQUEST_SILENCE), .silent(silent)
);

/*
 * Secondary system: journal store, restore
 */
wire [15:0] store_outcome;
wire        store_retires, store_commits;
wire [31:0] commit_size, committed_host_bytes;

journal_store #(.GROUPS(GROUPS), .WINDOW(WINDOW), .POSITION_WIDTH(W)) journal_store_inst (
    .clk(clk), .rst(rst), .store(is_store), .durable(is_durable), .commit_next(is_commit), .clear(restarts), .group(group),
    .store_information(store_information), .wanted(wanted), .pair_valid(pair_valid), .volume(mapped_volume),
    .number(number), .failed(failed),
    .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state),
    .journal_volume_capacity(journal_volume_capacity), .update_number(update_number), .data_offset(data_offset),
    .information_head(information_head), .data_head(data_head), .information_used(information_used),
    .information_committed(information_committed), .data_used(data_used), .data_committed(data_committed),
    .information_oldest(information_oldest), .data_oldest(data_oldest), .no_room_holds(no_room_holds),
    .outcome(store_outcome), .retires(store_retires), .stored(stores), .holds(store_holds), .commits(store_commits),
    .commit_size(commit_size), .host_bytes_add(committed_host_bytes), .store_place(store_place),
    .store_data_place(store_data_place),
    .place_information_used(place_information_used), .place_data_used(place_data_used),
    .placed(placed), .next_expected(next_expected),
    .request_valid(commit_request_valid), .request_taken(commit_request_taken), .request(commit_request)
);

wire [15:0] restore_outcome;
wire [7:0]  restore_status;
wire        restore_of_group, restore_sets_pair, restore_marks, restore_group_fails, restore_journal_fails, restore_stops;
wire        restore_frees;
wire [2:0]  restore_pair_state;

restore #(.POSITION_WIDTH(W)) restore_inst (
    .look(is_look), .write(is_restore), .written(is_restored), .free(is_free), .number(number), .failed(failed),
    .kind(request[`CR_OPCODE]), .size(size),
    .group_state(group_state), .takeover(activity[2]), .stopped(activity[4]), .journal_volume_valid(journal_volume_valid),
    .journal_volume_state(journal_volume_state), .update_number(update_number), .oldest_number(oldest_number),
    .information_head(information_head), .data_head(data_head), .information_oldest(information_oldest),
    .pair_state(pair_state),
    .outcome(restore_outcome), .of_group(restore_of_group), .status(restore_status), .count(restore_count),
    .entry_place(restore_entry_place), .writes(restore_writes), .restores_next(restores_next),
    .set_pair_state(restore_sets_pair), .new_pair_state(restore_pair_state), .marks(restore_marks),
    .group_fails(restore_group_fails), .journal_volume_fails(restore_journal_fails), .stops(restore_stops),
    .frees(restore_frees)
);

wire [WINDOW-1:0] placed;
wire [63:0] next_expected, send_first;
wire [15:0] command_outcome, packet_destination, packet_group, packet_source_group;
wire [31:0] send_tag, send_limit, packet_generation, packet_tag, command_new_tag;
wire [7:0]  send_slot;
wire [6:0]  command_activity;
wire        command_retires, command_group_fails, command_sets_tag;
wire [`CP_UNIT_BITS-1:0] packet_payload;

journal_read_command #(.GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW), .POSITION_WIDTH(W)) journal_read_command_inst (
    .clk(clk), .rst(rst), .cycle(cycle),
    .command_send(is_send), .answer(is_answer), .touch(valid && !is_send && activity[1]), .clear(restarts), .group(group),
    .answer_type(answer_type), .answer_generation(answer_generation), .answer_tag(answer_tag), .answer_status(answer_status),
    .answer_first_number(answer_first_number), .not_all(failed),
    .group_state(group_state), .journal_volume_valid(journal_volume_valid), .journal_volume_state(journal_volume_state),
    .update_number(update_number), .information_head(information_head), .data_head(data_head),
    .information_committed(information_committed), .generation(generation), .partner_system(partner_system),
    .partner_group(partner_group), .read_mode(read_mode), .batch_journals(batch_journals), .batch_bytes(batch_bytes),
    .commands(commands), .interval(interval), .timeout(timeout), .next_command(next_command), .backlog(backlog),
    .activity(activity), .next_restore(next_restore), .host_bytes(host_bytes), .tag(tag), .placed(placed),
    .next_expected(next_expected),
    .wanted(wanted), .outcome(command_outcome), .retires(command_retires), .group_fails(command_group_fails),
    .activity_set(command_activity), .tag_set(command_sets_tag), .tag_value(command_new_tag),
    .send_tag(send_tag), .send_slot(send_slot), .send_first(send_first), .send_limit(send_limit),
    .request_valid(send_request_valid), .request_taken(send_request_taken), .request(send_request),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet_destination(packet_destination),
    .packet_group(packet_group), .packet_source_group(packet_source_group), .packet_generation(packet_generation),
    .packet_tag(packet_tag), .packet_payload(packet_payload)
);

assign packet = {packet_payload, 1'b1, 32'd0, 16'd0, 16'd0, packet_tag, packet_generation, packet_source_group, packet_group,
                 packet_destination, `CP_JOURNAL_READ_COMMAND};

/*
 * What they want changed
 */
assign group_fails          = copy_group_fails || reception_group_fails || restore_group_fails || command_group_fails;
assign journal_volume_fails = reception_journal_fails || restore_journal_fails;
assign takes_number         = copy_creates || store_commits;
assign ring_commits         = store_commits;
assign ring_bytes           = commit_size;
assign ring_frees           = reception_frees || restore_frees;
assign ring_free_entries    = restore_frees ? ENTRY : reception_free_entries;
assign ring_free_data       = restore_frees ? {{W-32{1'b0}}, size} : reception_free_data;
assign ring_places          = stores;
assign set_host_bytes       = reception_sets_bytes || store_commits;
assign new_host_bytes       = store_commits ? host_bytes + {32'd0, committed_host_bytes} : reception_host_bytes;
assign set_tag              = reception_sets_tag || command_sets_tag;
assign new_tag              = command_sets_tag ? command_new_tag : reception_tag;
assign set_activity         = (restore_stops ? 7'h10 : 7'd0) | command_activity;
assign sent_again           = command_retires && is_send && !command_sets_tag;
assign set_marked           = copy_marks | (restore_marks ? ONE << pair[PAIR_WIDTH-1:0] : {PAIRS{1'b0}});
assign set_pair_state       = copy_moves || restore_sets_pair;
assign new_pair_state       = copy_moves ? copy_pair_state : restore_pair_state;
assign set_copy_complete    = copy_moves;

/*
 * Record
 */
assign of_group = (is_copy && !copy_names) || is_command || is_silence || is_batch || is_send || is_answer || restore_of_group;

always @* begin
    retires          = is_replication && !is_data_read;
    process_code     = `ML_PROCESS_RESTORE;
    outcome          = restore_outcome;
    status           = restore_status;
    creation         = `ML_CREATION_NOT_RUN;
    record_tag       = 16'd0;
    record_size      = size;
    record_received  = 32'd0;
    record_reference = number;
    record_position  = request[`CR_POSITION];
    case (kind)
        `ML_REQUEST_INITIAL_COPY: begin
            process_code     = `ML_PROCESS_INITIAL_COPY;
            outcome          = copy_outcome;
            status           = `ML_STATUS_OK;
            creation         = copy_creation;
            record_size      = copy_size;
            record_position  = copy_position;
            record_reference = copy_creates ? update_number : 64'd0;
        end
        `ML_REQUEST_READ_COMMAND, `ML_REQUEST_JOURNALS_READ, `ML_REQUEST_SEND_FAILED, `ML_REQUEST_SILENCE: begin
            process_code     = `ML_PROCESS_READ_RECEPTION;
            retires          = is_replication && (kind != `ML_REQUEST_SILENCE || is_silence);
            outcome          = reception_outcome;
            status           = reception_status;
            record_tag       = request[`CR_TAG];
            record_size      = reception_size;
            record_received  = reception_received;
            record_reference = reception_reference;
            record_position  = 64'd0;
        end
        `ML_REQUEST_COMMAND_SEND: begin
            process_code     = `ML_PROCESS_READ_COMMAND;
            retires          = command_retires;
            outcome          = command_outcome;
            status           = send_slot;
            record_tag       = send_tag[15:0];
            record_size      = send_limit;
            record_received  = {15'd0, batch_bytes};
            record_reference = send_first;
        end
        `ML_REQUEST_ANSWER: begin
            process_code     = `ML_PROCESS_READ_COMMAND;
            outcome          = command_outcome;
            status           = `ML_STATUS_OK;
            record_tag       = request[`CR_TAG];
            record_size      = (command_outcome == `ML_READ_COMMAND_NO_ROOM || command_outcome == `ML_READ_COMMAND_STORED_ALL) ? size : 32'd0;
            record_reference = 64'd0;
        end
        `ML_REQUEST_STORE, `ML_REQUEST_COMMIT_NEXT: begin
            process_code = `ML_PROCESS_JOURNAL_STORE;
            retires      = store_retires;
            outcome      = store_outcome;
            status       = `ML_STATUS_OK;
            record_tag   = request[`CR_TAG];
        end
        `ML_REQUEST_RESTORE_FREE:
            retires = is_free;
        `ML_REQUEST_RESTORE_LOOK: begin
            retires          = is_look;
            record_size      = (restore_outcome == `ML_RESTORE_READS) ? {27'd0, restore_count} : 32'd0;
            record_reference = (restore_outcome == `ML_RESTORE_READS) ? number : 64'd0;
            record_position  = 64'd0;
        end
        `ML_REQUEST_RESTORE_WRITE: begin
            retires = is_restore;
            if (restore_of_group) begin
                record_size     = 32'd0;
                record_position = 64'd0;
                if (restore_outcome != `ML_RESTORE_READ_FAILED)
                    record_reference = 64'd0;
            end
        end
        default: ;
    endcase
end

endmodule

`resetall
