// The commit stage: the one place where shared state changes, one step a cycle.
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
 * A granted request passes five stages, one cycle each:
 *
 *      map     complete the request from its cache slot or read; volume -> pair -> group -> journal volume
 *      read    look up the rows of group and volumes; initial copy and operations look all pairs up, one a cycle,
 *              and name volume and pair. A step waits here for those before it that may change what it decides on
 *      decide  the processes' decisions on the tables as they are
 *      change  what they decided is put together, and what the step is told to others; at its end the tables change
 *      output  update information with its CRC, device jobs, the host's answer, the commit record with the tables
 *              as they are now
 *
 * Numbers in the mapping change only by registers and operations, which no request follows at once.
 */
module commit_stage #(
    parameter DATA_WIDTH = 512,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Bytes of write data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter SYSTEM_NUMBER = 1,
    parameter COMMIT_TRACE = 1,
    // Journals in a packet; journal read commands of a group in flight, 4 to 64; numbers from commit on that received
    // journals may have, a power of two
    parameter MAX_JOURNALS = 64,
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    // Bits of a beat's place in the largest memory that device writes come from, and of one in a slot
    parameter START_WIDTH = 12,
    parameter BEAT_WIDTH = 8,
    parameter JOB_WIDTH = 2 + $clog2(CACHE_SLOTS),
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS)
) (
    input  wire                        clk,
    input  wire                        rst,
    // value of the cycle counter at reset
    input  wire [47:0]                 first_cycle,

    // a step may begin; the request granted
    output wire                        enable,
    input  wire                        granted,
    input  wire [`CR_WIDTH-1:0]        granted_request,
    // nothing in flight elsewhere in the system
    input  wire                        others_idle,

    /*
     * map: what cache slots and reads hold
     */
    output wire [SLOT_WIDTH-1:0]       lookup_slot,
    input  wire [`COMMIT_LOOKUP_WIDTH-1:0] lookup,
    output wire [READ_WIDTH-1:0]       lookup_read,

    /*
     * decide: what holds until a step, and what others learn in it
     */
    input  wire [`COMMIT_OPERANDS_WIDTH-1:0] operands,
    output wire [`COMMIT_STEP_WIDTH-1:0] step,
    // of every group, for the processes that ask for steps; of this group, what it restores next
    output wire [7*GROUPS-1:0]         activities,
    input  wire [15:0]                 scanned_group,
    output wire [63:0]                 scanned_restore,
    // requests of the processes that keep tables here: journal store, journal read command, heartbeat, announcements
    output wire [3:0]                  request_valid,
    input  wire [3:0]                  request_taken,
    output wire [4*`CR_WIDTH-1:0]      request,
    // packets of journal read commands (0) and announcements (1)
    output wire [1:0]                  packet_valid,
    input  wire [1:0]                  packet_ready,
    output wire [2*`PK_WIDTH-1:0]      packet,

    // a packet about a group's state that came, and whether another one may come
    input  wire                        state_received,
    input  wire [`COMMIT_STATE_PACKET_WIDTH-1:0] state_packet,
    output wire                        state_room,

    /*
     * output
     */
    output wire                        host_answer_valid,
    output wire [15:0]                 host_answer_tag,
    output wire [7:0]                  host_answer_status,
    output wire [`COMMIT_JOBS_WIDTH-1:0] jobs,
    // update information of a journal without its CRC, which comes later, in the order of the journals
    output wire [`UI_COVERED_BITS-1:0] information,
    input  wire                        crc_valid,
    input  wire [31:0]                 crc,
    output wire                        register_answer_valid,
    output wire [63:0]                 register_answer_data,
    output wire [1:0]                  register_answer_response,

    output wire [1023:0]               m_axis_commit_tdata,
    output wire                        m_axis_commit_tvalid,
    input  wire                        m_axis_commit_tready
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_COMMIT_TRACE
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH
localparam W = POSITION_WIDTH;
`include "commit_operands_wires.vh"
`include "commit_mapped_wires.vh"
`include "commit_lookup_wires.vh"
wire [`COMMIT_MAPPED_WIDTH-1:0] mapped;
assign `COMMIT_OPERANDS = operands;
assign `COMMIT_MAPPED   = mapped;
assign `COMMIT_LOOKUP   = lookup;
/*
 * map
 */
wire                 record_room, map_holds, changes, output_valid, ample_room, proposes,
                     store_fails;
wire [4:0]           changing_kind;
wire [15:0]          changed_group;
wire [15:0]          next_volume, next_journal_volume, next_pair, next_group, scan_pair, scan_volume, named_volume,
                     named_pair;
wire [15:0]          find_group, find_volume, found_pair, found_secondary_volume;
wire [15:0]          map_volume, map_pair, map_group, map_address, map_row;
wire                 found, map_volume_valid, map_pair_valid, next_journal_volume_valid, scan_begins, scan_valid;
wire [`COMMIT_SCAN_WIDTH-1:0] scan;
wire [2:0]           map_table, claims;
wire [3:0]           map_field;
// what the slot of a host's write, or of a job of replication, holds
wire [15:0]          request_job, job_volume;
wire                 of_replication = request_job[15:8] != {6'd0, `ML_WRITE_HOST};
wire [W-1:0]         job_position;
wire [31:0]          job_bytes;
wire                 job_of_discard;
wire [63:0]          job_number;
// nothing else holds a step: whatever it sends out has its room before it is asked for
assign enable = record_room && !map_holds;
commit_map #(
    .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS),
    .POSITION_WIDTH(W)
) commit_map_inst (
    .clk(clk), .rst(rst), .granted(granted), .granted_request(granted_request), .holds(map_holds),
    .changes(changes), .changing_kind(changing_kind), .behind(valid || changes || output_valid),
    .ample(ample_room && journal_volume_valid), .proposes(proposes), .lookup_job(request_job),
    .lookup_slot(lookup_slot),
    .lookup_volume(of_replication ? job_volume : lookup_volume),
    .lookup_position(of_replication ? job_position : lookup_position),
    .lookup_size(of_replication ? job_bytes : lookup_size), .lookup_journaled(!of_replication && lookup_journaled),
    .lookup_discard(of_replication ? job_of_discard : lookup_discard),
    .lookup_order(of_replication ? job_number : lookup_order),
    .lookup_update_number(of_replication ? job_number : lookup_update_number), .lookup_read(lookup_read),
    .lookup_read_volume(lookup_read_volume), .lookup_read_position(lookup_read_position),
    .lookup_read_size(lookup_read_size), .lookup_read_order(lookup_read_order), .find_group(find_group),
    .find_volume(find_volume), .found(found), .found_pair(found_pair), .found_secondary_volume(found_secondary_volume),
    .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair), .map_pair_valid(map_pair_valid),
    .map_group(map_group), .map_address(map_address), .map_table(map_table), .map_row(map_row), .map_field(map_field),
    .next_volume(next_volume), .next_journal_volume(next_journal_volume),
    .next_journal_volume_valid(next_journal_volume_valid), .next_pair(next_pair),
    .next_group(next_group), .scan_begins(scan_begins), .scan_valid(scan_valid), .scan_pair(scan_pair),
    .scan_volume(scan_volume), .named_volume(named_volume), .named_pair(named_pair), .claims(claims),
    .mapped(mapped)
);

/*
 * decide
 */
wire [31:0]          size, watched_silence;
wire [GROUPS-1:0]    states_unanswered;
wire [15:0]          watched_group;
wire [`COMMIT_GROUP_ROW_WIDTH-1:0]    group_row;
wire [`COMMIT_VOLUME_ROW_WIDTH-1:0]   volume_row;
wire [63:0]          register_data;
wire [`COMMIT_DECIDED_WIDTH-1:0]      decided;
wire step_settled, step_restarts, step_settings;

commit_decide #(
    .DATA_WIDTH(DATA_WIDTH), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .DEVICES(DEVICES),
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .CACHE_SLOTS(CACHE_SLOTS),
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .MAX_JOURNALS(MAX_JOURNALS), .COMMANDS(COMMANDS), .WINDOW(WINDOW),
    .POSITION_WIDTH(W), .START_WIDTH(START_WIDTH)
) commit_decide_inst (
    .clk(clk), .rst(rst), .first_cycle(first_cycle), .idle(others_idle), .mapped(mapped), .claims(claims),
    .operands(operands), .map_address(map_address), .map_table(map_table), .map_row(map_row), .map_field(map_field),
    .named_volume(named_volume), .named_pair(named_pair), .size(size), .scan(scan), .group_row(group_row),
    .volume_row(volume_row), .register_data(register_data), .activities(activities), .watched_group(watched_group),
    .watched_silence(watched_silence), .states_unanswered(states_unanswered), .decided(decided),
    .step_settled(step_settled), .proposes(proposes), .failed_group({store_fails, changed_group}),
    .step_restarts(step_restarts), .step_settings(step_settings), .request_valid(request_valid),
    .request_taken(request_taken), .own_request(request), .packet_valid(packet_valid), .packet_ready(packet_ready),
    .packet(packet), .state_received(state_received), .state_packet(state_packet), .state_room(state_room)
);

/*
 * change
 */
wire                 shows_pair, shows_group, discard;
wire [15:0]          changed_volume;
wire [47:0]          cycle;
wire [63:0]          changed_position;
wire [31:0]          changed_size;
wire [`COMMIT_MAPPED_WIDTH-1:0]     changed_mapped;
wire [`COMMIT_GROUP_ROW_WIDTH-1:0]  changed_group_row;
wire [`COMMIT_VOLUME_ROW_WIDTH-1:0] changed_volume_row;
wire [`COMMIT_LATEST_WIDTH-1:0]     latest;
wire [`COMMIT_CHANGE_WIDTH-1:0]     change;
wire [`COMMIT_RECORD_WIDTH-1:0]     record_fields;
wire [`COMMIT_RESULT_WIDTH-1:0]     result;
// a device job's slot, {client, index}, and where its data begins in memory
wire [JOB_WIDTH-1:0]   step_job;
wire [START_WIDTH-1:0] start;
commit_change #(
    .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .POSITION_WIDTH(W), .START_WIDTH(START_WIDTH),
    .SLOT_WIDTH(SLOT_WIDTH), .JOB_WIDTH(JOB_WIDTH), .BEAT_WIDTH(BEAT_WIDTH)
) commit_change_inst (
    .clk(clk), .rst(rst), .decided_mapped(mapped), .decided_group_row(group_row), .decided_volume_row(volume_row),
    .decided(decided), .settled(step_settled), .changes(changes), .changing_kind(changing_kind),
    .store_fails(store_fails), .mapped(changed_mapped), .group_row(changed_group_row), .volume_row(changed_volume_row),
    .changed_volume(changed_volume), .changed_group(changed_group), .changed_position(changed_position),
    .changed_size(changed_size),
    .discard(discard), .operands(operands), .latest(latest), .change(change), .step(step), .restarts(step_restarts),
    .settings(step_settings), .shows_pair(shows_pair), .shows_group(shows_group), .cycle(cycle), .job(step_job),
    .start(start), .record_fields(record_fields), .result(result), .information(information)
);

/*
 * The tables
 */
wire [15:0] after_volume, after_journal_volume;
wire [`COMMIT_AFTER_WIDTH-1:0] after;

commit_tables #(
    .SYSTEM_NUMBER(SYSTEM_NUMBER), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .MAX_DATA_BYTES(MAX_DATA_BYTES),
    .POSITION_WIDTH(W), .AMPLE_BITS($clog2(MAX_TRANSFER_BYTES) + 3), .JOB_WIDTH(JOB_WIDTH)
) commit_tables_inst (
    .clk(clk), .rst(rst), .map_volume(map_volume), .map_volume_valid(map_volume_valid), .map_pair(map_pair),
    .map_pair_valid(map_pair_valid), .map_group(map_group), .find_group(find_group), .find_volume(find_volume),
    .found(found), .found_pair(found_pair), .found_secondary_volume(found_secondary_volume),
    .lookup_job({request_job[9:8], request_job[SLOT_WIDTH-1:0]}), .job_volume(job_volume), .job_position(job_position),
    .job_size(job_bytes), .job_discard(job_of_discard), .job_number(job_number), .next_volume(next_volume),
    .next_journal_volume(next_journal_volume), .next_journal_volume_valid(next_journal_volume_valid),
    .next_pair(next_pair), .next_group(next_group), .scan_begins(scan_begins), .scan_valid(scan_valid),
    .scan_pair(scan_pair), .scan_volume(scan_volume), .scan(scan), .operation_source(operation_source[15:0]),
    .volume(mapped_volume), .pair(mapped_pair), .group(group), .journal_volume(journal_volume), .size(size),
    .room_sure(room_sure), .group_row(group_row), .volume_row(volume_row), .ample_room(ample_room), .latest(latest),
    .change(change), .changed_group(changed_group), .job(step_job), .entered_volume(changed_volume),
    .entered_position(changed_position[W-1:0]), .entered_size(changed_size), .discard(discard),
    .operation_arguments(operation_arguments), .register_table(register_table), .register_field(register_field),
    .register_data(register_data), .activities(activities), .watched_group(watched_group),
    .watched_silence(watched_silence), .scanned_group(scanned_group), .scanned_restore(scanned_restore),
    .states_unanswered(states_unanswered), .shows_pair(shows_pair), .shows_group(shows_group),
    .after_volume(after_volume), .after_journal_volume(after_journal_volume), .after(after)
);

/*
 * output
 */
commit_output #(
    .DEVICES(DEVICES), .CACHE_SLOTS(CACHE_SLOTS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .COMMIT_TRACE(COMMIT_TRACE),
    .POSITION_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS), .GROUPS(GROUPS), .JOB_WIDTH(JOB_WIDTH),
    .START_WIDTH(START_WIDTH)
) commit_output_inst (
    .clk(clk), .rst(rst), .room(record_room), .mapped(changed_mapped), .cycle(cycle), .record_fields(record_fields),
    .position(changed_position), .size(changed_size), .result(result), .shows_group(shows_group),
    .group_row(changed_group_row), .volume_row(changed_volume_row), .slot(step_job), .start(start),
    .crc_valid(crc_valid), .crc(crc), .output_valid(output_valid), .after_volume(after_volume),
    .after_journal_volume(after_journal_volume), .after(after), .answer_valid(host_answer_valid),
    .answer_tag(host_answer_tag), .answer_status(host_answer_status), .jobs(jobs),
    .register_answer_valid(register_answer_valid), .register_answer_data(register_answer_data),
    .register_answer_response(register_answer_response), .m_axis_commit_tdata(m_axis_commit_tdata),
    .m_axis_commit_tvalid(m_axis_commit_tvalid), .m_axis_commit_tready(m_axis_commit_tready)
);

endmodule

`resetall
