// Journal read reception process (FIG 14, 15; [0107]-[0128], [0153]): the original system's decisions on journal read
// commands.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * At most one of the four runs, on tables that hold from three cycles before its exit is looked at: sums of them, sums
 * of these, and whether they are in the ring enter registers one behind the other. A command takes two steps: in the
 * first it is answered, or it is known which update information is to be read; in the second that has been read, the
 * batch is cut, and pointers move. journal_send carries one command at a time through both, so that nothing that is
 * freed or sent comes between them. Each read of write data that fails for a packet in flight takes a step of its own,
 * so does a journal whose data is not what its host wrote.
 *
 * What the flow chart leaves open: a command says itself whether it is by number or plain. A batch has at least one
 * journal, whatever the command's limits, and at most MAX_JOURNALS. A second step whose group has another generation or
 * is not normal any more, or whose first journal has been freed, sends nothing, even if the device failed.
 */
module journal_read_reception #(
    // Journals in a packet, at most
    parameter MAX_JOURNALS = 64,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,

    // a command has come; its update information has been read; data for a packet could not be read, or is not what its
    // host wrote
    input  wire                      command_run,
    input  wire                      read_run,
    input  wire                      failed_run,
    // no command has come for too long
    input  wire                      heartbeat_run,

    /*
     * The command, in its first and second step
     */
    // it is from the group's partner
    input  wire                      command_from_partner,
    input  wire [31:0]               command_generation,
    input  wire [31:0]               command_tag,
    input  wire [`CP_UNIT_BITS-1:0]  command_payload,
    // second step: first number, journals, bytes of their data in all and in the write data area; the device failed (or
    // they are damaged). Third: first number of the packet's journals, or of the one that is damaged
    input  wire [63:0]               read_first,
    input  wire [6:0]                read_journals,
    input  wire [31:0]               read_bytes,
    input  wire [31:0]               read_area_bytes,
    input  wire                      read_failed,
    input  wire                      read_damaged,

    /*
     * Tables of the group
     */
    input  wire [1:0]                group_state,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [31:0]               generation,
    input  wire [6:0]                activity,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] data_head,
    input  wire [POSITION_WIDTH-1:0] information_oldest,
    input  wire [POSITION_WIDTH-1:0] information_committed,
    input  wire [POSITION_WIDTH-1:0] information_sent,
    input  wire [POSITION_WIDTH-1:0] data_committed,
    input  wire [63:0]               oldest_number,
    input  wire [63:0]               host_bytes,
    input  wire [31:0]               tag,
    input  wire [6:0]                batch,
    input  wire [POSITION_WIDTH-1:0] batch_data,
    input  wire [15:0]               last_answer,
    // third: a volume could not be read, else a journal is damaged; the volume has a pair, so it is no journal volume
    input  wire                      of_volume,
    input  wire                      pair_valid,

    /*
     * How the step ends
     */
    output reg  [15:0]               outcome,
    output wire [7:0]                status,
    // fields of the record
    output wire [31:0]               record_size,
    output wire [31:0]               record_received,
    output wire [63:0]               record_reference,
    // the group was heard of
    output wire                      heard,
    // 1525; a volume of a failed read
    output wire                      group_fails,
    output wire [7:0]                group_reason,
    output wire                      journal_volume_fails,
    output wire                      volume_fails,
    // 1590; both in one step: freed first
    output wire                      ring_free,
    output wire [POSITION_WIDTH-1:0] free_entries,
    output wire [POSITION_WIDTH-1:0] free_bytes,
    // [0124]: retry initiation becomes read initiation, which moves by `send_bytes`
    output wire                      ring_send,
    output wire [POSITION_WIDTH-1:0] send_bytes,
    output wire                      host_bytes_set,
    output wire [63:0]               host_bytes_value,
    output wire                      tag_set,
    output wire [31:0]               tag_value,
    output wire                      batch_set,
    output wire [6:0]                batch_value,
    output wire [POSITION_WIDTH-1:0] batch_data_value,
    output wire                      answer_set,
    output wire [15:0]               answer_value,

    /*
     * For journal_send
     */
    // of what is to be read (`record_reference` is its first number): place of the first update information, journals,
    // the most bytes of their data
    output wire [POSITION_WIDTH-1:0] entry_place,
    output wire [6:0]                count,
    output wire [31:0]               limit_bytes,
    // the group's state, for an answer that posts it
    output wire [1:0]                state
);

`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_POSITION_WIDTH

// the update information area is counted in entries, write data in blocks
localparam W = POSITION_WIDTH, E = W - 6, B = W - 9;
localparam [6:0] MOST_JOURNALS = MAX_JOURNALS;
localparam [31:0] NO_LIMIT = 32'hFFFFFFFF;
localparam STARTED = 0;
wire        by_number     = command_payload[`CP_COMMAND_BY_NUMBER] != 8'd0;
wire        retry         = command_payload[`CP_COMMAND_RETRY] != 8'd0;
wire [31:0] limit  = command_payload[`CP_COMMAND_JOURNALS];
wire [63:0] wanted = command_payload[`CP_COMMAND_FIRST], free_number = command_payload[`CP_COMMAND_FREE];
wire [63:0] command_bytes = command_payload[`CP_COMMAND_FREE_BYTES];

reg  current;
wire normal = group_state == `ML_GROUP_NORMAL;
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;

wire [E-1:0] sent      = information_sent[W-1:6], committed = information_committed[W-1:6];
wire [E-1:0] last      = {{E-7{1'b0}}, batch};

// the journal that is wanted, or was read: how far it is from the oldest
wire [63:0] journal      = (read_run || failed_run) ? read_first : wanted;
reg         below, beyond;
reg  [63:0] number_ahead;
/*
 * By number: what is freed, and what is wanted, counted from the oldest before the step
 */
reg         frees_none, bytes_below, may_free, is_gone;
reg  [63:0] freed_before, freed_bytes;
wire        frees = !frees_none;

/*
 * Plain: is it answered as before, and what with
 */
// a serial number
reg  [31:0] tag_ahead;
reg         repeats;
wire older = tag_ahead[31];

// entries between the oldest and the first to be read, behind it, and its place
reg          again, is_behind;
reg  [E-1:0] ahead, available, place;
reg  [6:0]   most;
wire [E-1:0] not_again  = repeats ? last : {E{1'b0}};
wire         no_journal = (by_number && beyond) || is_behind || available == 0;                    // 1550
wire         all        = available[E-1:7] == 0 && available[6:0] < most;
wire         resends    = again && !by_number;
wire [E-1:0] wrapped    = (place >= data_head[W-1:6]) ? place - information_area[W-1:6] : place;
assign entry_place = {wrapped, 6'd0};
wire [63:0] first  = by_number ? wanted : oldest_number + {{64-E{1'b0}}, ahead};
// what was sent before is sent whole
assign count       = resends ? batch : all ? available[6:0] : most;
assign limit_bytes = resends ? NO_LIMIT : command_payload[`CP_COMMAND_BYTES];

/*
 * Second step
 */
wire [E-1:0] read_entries = {{E-7{1'b0}}, read_journals};
reg  [E-1:0] read_end, read_new;
reg          reads_none;
wire [B-1:0] area_blocks  = {{B-23{1'b0}}, read_area_bytes[31:9]};

/*
 * Third step: a journal that was freed meanwhile is not damaged, others are written in its place
 */
wire overtaken = failed_run && !of_volume && below;
wire damaged   = failed_run && !of_volume && !overtaken;
always @* begin
    outcome = `ML_RECEPTION_DROPPED;
    if (failed_run)
        outcome = overtaken ? `ML_RECEPTION_OVERTAKEN : `ML_RECEPTION_DATA_FAILED;
    else if (heartbeat_run)
        outcome = `ML_RECEPTION_HEARTBEAT_TIMEOUT;
    else if (!current)
        outcome = `ML_RECEPTION_DROPPED;
    else if (read_run) begin
        if (normal && journal_volume_normal && !below)
            outcome = read_failed ? `ML_RECEPTION_JOURNAL_ABNORMAL
                    : again ? `ML_RECEPTION_SENT_AGAIN : `ML_RECEPTION_SENT;                  // 1545, 1580
    end else if (command_run) begin
        if (!normal)                                                                               // 1510
            outcome = `ML_RECEPTION_GROUP_STATE;                                                   // 1515
        else if (!journal_volume_normal)                                                           // 1520
            outcome = `ML_RECEPTION_JOURNAL_ABNORMAL;                                              // 1525
        else if (by_number ? frees && !may_free : older)
            outcome = `ML_RECEPTION_DROPPED;
        else if (by_number && is_gone)
            outcome = `ML_RECEPTION_GONE;
        else if (!by_number && repeats && batch == 7'd0)
            outcome = (last_answer == `ML_RECEPTION_NO_JOURNAL) ? `ML_RECEPTION_NO_JOURNAL : `ML_RECEPTION_GONE;
        else if (!resends && no_journal)                                                           // 1550
            outcome = `ML_RECEPTION_NO_JOURNAL;                                                    // 1560
        else
            outcome = again ? `ML_RECEPTION_READS_AGAIN : `ML_RECEPTION_READS;                     // 1540, 1570
    end
end
wire reads     = command_run && (outcome == `ML_RECEPTION_READS || outcome == `ML_RECEPTION_READS_AGAIN);
wire sends     = read_run && outcome == `ML_RECEPTION_SENT;
wire sends_any = sends || (read_run && outcome == `ML_RECEPTION_SENT_AGAIN);
wire abnormal  = outcome == `ML_RECEPTION_JOURNAL_ABNORMAL;

assign status           = ((failed_run && !overtaken) || (read_run && abnormal)) ? `ML_STATUS_DEVICE_ERROR
                          : `ML_STATUS_OK;
assign record_size      = reads ? {25'd0, count} : sends_any ? {25'd0, read_journals} : 32'd0;
assign record_received  = sends_any ? read_bytes : 32'd0;
assign record_reference = (read_run || failed_run) ? read_first : reads ? first : heartbeat_run ? 64'd0 : wanted;
assign state            = abnormal ? `ML_GROUP_ABNORMAL : group_state;

assign heard                = command_run && current;
assign group_fails          = abnormal || heartbeat_run || (failed_run && pair_valid) || damaged;
assign group_reason         = heartbeat_run ? `ML_REASON_HEARTBEAT
                            : (failed_run && of_volume) ? `ML_REASON_VOLUME_DEVICE
                            : (failed_run || (read_run && read_damaged)) ? `ML_REASON_JOURNAL_DAMAGED
                            : `ML_REASON_JOURNAL_DEVICE;
assign journal_volume_fails = (read_run && abnormal) || damaged;
assign volume_fails         = failed_run && of_volume;

// 1590: by number in the first step; plain, what the last command was sent, when there is an answer to this one
wire numbers_free = command_run && by_number && frees
                    && (outcome == `ML_RECEPTION_GONE || outcome == `ML_RECEPTION_NO_JOURNAL || reads);
wire plain_empty  = command_run && !by_number && outcome == `ML_RECEPTION_NO_JOURNAL && !repeats;
wire plain_sends  = sends && !by_number;
// a step that frees, by number or not
wire frees_numbers = command_run && by_number;
wire [E-1:0] free_from = frees_numbers ? freed_before[E-1:0] : last;
wire [E-1:0] free_more = {{E-1{1'b0}}, frees_numbers};
reg  [E-1:0] freed_entries;
reg  [B-1:0] sent_blocks;
reg  [54:0]  host_blocks;
assign ring_free        = numbers_free || plain_empty || plain_sends, host_bytes_set = ring_free;
assign free_entries     = {freed_entries, 6'd0};
assign free_bytes       = frees_numbers ? freed_bytes[W-1:0] : {sent_blocks, 9'd0};
assign host_bytes_value = frees_numbers ? command_bytes : {host_blocks, host_bytes[8:0]};

// by number only what was not sent yet moves the pointers; retry becomes read when there is no journal ([0119])
wire numbers_send = sends_any && by_number && !reads_none && read_new != 0;
assign ring_send        = numbers_send || plain_sends || plain_empty;
assign send_bytes       = {!read_run ? {E{1'b0}} : by_number ? read_new : read_entries, 6'd0};

assign tag_set          = plain_empty || (sends_any && !by_number), tag_value = command_tag;
assign answer_set       = plain_empty || plain_sends, answer_value = outcome;
assign batch_set        = plain_empty || plain_sends;
assign batch_value      = read_run ? read_journals : 7'd0;
assign batch_data_value = read_run ? {area_blocks, 9'd0} : {W{1'b0}};
always @(posedge clk) begin
    // how far what the command names is from what the tables have
    current                     <= activity[STARTED] && command_from_partner && command_generation == generation;
    {below, number_ahead}       <= {1'b0, journal} - {1'b0, oldest_number};
    {frees_none, freed_before}  <= {1'b0, free_number} - {1'b0, oldest_number};
    {bytes_below, freed_bytes}  <= {1'b0, command_bytes} - {1'b0, host_bytes};
    tag_ahead                   <= command_tag - tag;
    repeats                     <= command_tag == tag || (retry && batch != 7'd0);
    most                        <= (limit == 32'd0) ? 7'd1
                                   : (limit > {25'd0, MOST_JOURNALS}) ? MOST_JOURNALS : limit[6:0];
    sent_blocks                 <= batch_data[W-1:9];

    // whether that is in the ring; gone is looked at when what is freed may be
    beyond        <= number_ahead[63:E] != 0;
    may_free      <= freed_before[63:E] == 0 && freed_before[E-1:0] < sent && !bytes_below
                     && freed_bytes[63:W] == 0 && freed_bytes[W-1:0] <= data_committed;
    is_gone       <= below || (frees && number_ahead[63:E] == 0 && number_ahead[E-1:0] <= freed_before[E-1:0]);
    again         <= by_number ? number_ahead[63:E] == 0 && number_ahead[E-1:0] < sent : repeats;  // 1530
    ahead         <= by_number ? number_ahead[E-1:0] : sent - not_again;
    read_end      <= number_ahead[E-1:0] + read_entries;
    freed_entries <= free_from + free_more;
    host_blocks   <= host_bytes[63:9] + {{55-B{1'b0}}, sent_blocks};
    // what is behind it
    {is_behind, available} <= {1'b0, committed} - {1'b0, ahead};
    {reads_none, read_new} <= {1'b0, read_end} - {1'b0, sent};
    place                  <= information_oldest[W-1:6] + ahead;
end

endmodule

`resetall
