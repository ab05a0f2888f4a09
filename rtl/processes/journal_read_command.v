// Journal read command process (FIG 16, 17): asks the original system for journals, and closes what comes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "parameters.vh"

/*
 * Two kinds of steps. COMMAND_SEND comes twice: when a step has touched the group or the time of a slot has come, it
 * begins a survey of the group's slots (command_slots); when that proposes a slot, it has the slot send, if it still
 * may. It retires a record only if a command is sent. ANSWER closes a received packet; `wanted` says of the packet that
 * is being taken in whether its journals are to be stored, for it and for the steps of journal store before it.
 *
 * What a step decides on holds from four cycles before it on: sums of it, and what is made of an answer, are in
 * registers then. A command waits in a register until the path takes it, and none is asked for meanwhile.
 */
module journal_read_command #(
    parameter GROUPS = 4,
    parameter COMMANDS = 4,
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter NUMBER_WIDTH = $clog2(WINDOW)
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire [47:0]               cycle,

    /*
     * The step: at most one of these; `touch` with any step that changed something of a group
     */
    input  wire                      command_send,
    input  wire                      answer,
    // one of these two, or of any kind that looks at command slots, may come, or comes: what it decides on holds
    input  wire                      claims_command,
    input  wire                      claims_answer,
    input  wire                      claims,
    input  wire                      touch,
    input  wire                      clear,
    // a register of the group may be written
    input  wire                      settings,
    input  wire [15:0]               group,

    // the packet that is being taken in; its steps may be asked for when `settled`
    input  wire [15:0]               answer_group,
    output wire                      settled,
    input  wire [15:0]               answer_type,
    // it is from the group's partner
    input  wire                      answer_from_partner,
    input  wire [31:0]               answer_generation,
    input  wire [31:0]               answer_tag,
    input  wire [15:0]               answer_status,
    input  wire [63:0]               answer_first_number,
    // answer: not all of its journals could be stored
    input  wire                      not_all,
    // journals taken of it, and their bytes, in blocks
    input  wire [15:0]               answer_taken,
    input  wire [7:0]                answer_blocks,

    /*
     * Tables of the group, and what journal store knows
     */
    input  wire [1:0]                group_state,
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [63:0]               update_number,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] information_committed,
    input  wire [31:0]               generation,
    input  wire [15:0]               partner_system,
    input  wire [15:0]               partner_group,
    input  wire                      read_mode,
    input  wire [6:0]                batch_journals,
    input  wire [16:0]               batch_bytes,
    input  wire [6:0]                commands,
    input  wire [31:0]               interval,
    input  wire [31:0]               timeout,
    // after so many cycles without a command the partner gives the group up, 0: never
    input  wire [31:0]               silence,
    input  wire [1:0]                next_command,
    input  wire [31:0]               backlog,
    input  wire [6:0]                activity,
    input  wire [63:0]               next_restore,
    input  wire [63:0]               host_bytes,
    input  wire [31:0]               tag,
    input  wire                      none_placed,
    // the group's numbers may be looked up
    input  wire                      cleared,
    // numbers from commit on that have a place without a gap
    input  wire [NUMBER_WIDTH:0]     contiguous,
    // has a number of a group a place? One cycle later
    output wire [GROUP_WIDTH-1:0]    lookup_group,
    output wire [NUMBER_WIDTH-1:0]   lookup_index,
    input  wire                      lookup_placed,

    /*
     * How the step ends
     */
    output wire                      wanted,
    // a slot is proposed: the next command_send may send
    output wire                      proposes,
    output reg  [15:0]               outcome,
    output wire                      retires,
    output wire                      group_fails,
    output wire [7:0]                group_reason,
    output wire [6:0]                activity_set,
    output wire                      tag_set,
    output wire [31:0]               tag_value,
    // of a command: its tag, slot, first number and limits
    output wire [31:0]               send_tag,
    output wire [7:0]                send_slot,
    output wire [63:0]               send_first,
    output wire [31:0]               send_limit,

    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request,

    /*
     * The command for path_transmit
     */
    output wire                      packet_valid,
    input  wire                      packet_ready,
    output reg  [15:0]               packet_destination,
    output reg  [15:0]               packet_group,
    output reg  [15:0]               packet_source_group,
    output reg  [31:0]               packet_generation,
    output reg  [31:0]               packet_tag,
    output reg  [`CP_UNIT_BITS-1:0]  packet_payload
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_COMMANDS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH
localparam SLOT_WIDTH = $clog2(COMMANDS);
localparam [1:0] INTERVAL = 2'd1, BACKLOG = 2'd2;
localparam [6:0] STOPPED = 7'd8;
wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
wire plain = read_mode, retry_allowed = activity[6];
wire reads = group_state == `ML_GROUP_NORMAL && activity[1] && !activity[2] && !activity[3];
// in plain mode: the next command asks for the last batch again, and the last one did
reg [GROUPS-1:0] retry_reg, retried_reg;

/*
 * Command
 */
wire survey_step = command_send && reads && cleared;
wire send, send_again, changed, surveys, found, found_missing, wake;
wire [GROUP_WIDTH-1:0] wake_group;
wire [SLOT_WIDTH-1:0] slot;
// below a quarter of the partner's heartbeat time
wire [31:0] last_cycle = silence - 32'd1;
reg  [31:0] longest;
reg  [63:0] not_restored;
reg         backlog_room, packet_valid_reg;
always @(posedge clk) begin
    longest      <= (silence == 32'd0) ? 32'hFFFFFFFF : {2'd0, last_cycle[31:2]};
    not_restored <= update_number - next_restore;
    backlog_room <= next_command != BACKLOG || (not_restored[63:32] == 32'd0 && not_restored[31:0] < backlog);
end
// 0 is the tag of a group state that answers no command
assign tag_value = (&tag) ? 32'd1 : tag + 32'd1;
assign send_tag  = send_again ? tag : tag_value;
assign send_slot = {{8-SLOT_WIDTH{1'b0}}, slot};
assign tag_set   = send && !send_again;

/*
 * Answer
 */
wire takes       = reads && answer_from_partner && answer_generation == generation && (!plain || found);
wire is_journals = answer_type == `CP_JOURNALS;
reg  [64:0] first_ahead;
wire lost        = plain && !retry_allowed && !first_ahead[64]
    && (first_ahead[63:NUMBER_WIDTH+1] != 0 || first_ahead[NUMBER_WIDTH:0] > contiguous);
reg         refused;
reg  [15:0] refusal;
always @* begin
    refused = 1'b1;
    refusal = `ML_READ_COMMAND_DROPPED;
    if (takes)
        case (answer_type)
            `CP_NO_JOURNAL:                                                     // 1720
                refusal = `ML_READ_COMMAND_WAITS;                               // 1725
            `CP_GROUP_STATE:                                                    // 1730
                if (answer_status <= {14'd0, `ML_GROUP_ABNORMAL})
                    refusal = `ML_READ_COMMAND_GROUP_STATE;                     // 1735
            `CP_GONE:
                if (found && found_missing)
                    refusal = `ML_READ_COMMAND_GROUP_STATE;
            default:
                if (!journal_volume_valid || journal_volume_state != `ML_VOLUME_NORMAL)     // 1740
                    refusal = `ML_READ_COMMAND_JOURNAL_ABNORMAL;                // 1745
                else if (answer_status == 16'd0) begin
                    refused = 1'b0;
                    refusal = `ML_READ_COMMAND_GROUP_STATE;     // of those before which one is lost for good
                end
        endcase
end
assign wanted = is_journals && !refused;
// of the cycle before its step
reg  taken_up, turned_away;
reg  [15:0] why;
always @(posedge clk) begin
    first_ahead                  <= {1'b0, answer_first_number} - {1'b0, update_number};
    {taken_up, turned_away, why} <= {takes, refused || (wanted && lost), refusal};
end

always @* begin
    outcome = turned_away ? why
            : not_all ? `ML_READ_COMMAND_NO_ROOM                                // 1755
                      : `ML_READ_COMMAND_STORED_ALL;                            // 1760
    if (!answer)
        outcome = `ML_READ_COMMAND_SENT;                                        // 1700
end
wire waits    = answer && outcome == `ML_READ_COMMAND_WAITS, takes_in = answer && !turned_away;
wire fails    = answer && turned_away
    && (why == `ML_READ_COMMAND_GROUP_STATE || why == `ML_READ_COMMAND_JOURNAL_ABNORMAL);
wire stops    = fails && answer_type == `CP_GROUP_STATE && answer_status == {14'd0, `ML_GROUP_BLANK};
wire bad      = answer && taken_up && (is_journals || answer_type == `CP_GROUP_STATE) && turned_away
    && why == `ML_READ_COMMAND_DROPPED;
wire releases = answer && taken_up && found;
wire waits_interval = releases && (waits || bad || (takes_in && (not_all || next_command == INTERVAL)));
assign retires      = answer || send;
assign group_fails  = fails && !stops;
assign group_reason = (why == `ML_READ_COMMAND_JOURNAL_ABNORMAL) ? `ML_REASON_JOURNAL_DEVICE
                    : (answer_type == `CP_GROUP_STATE) ? `ML_REASON_TOLD_BY_PARTNER : `ML_REASON_GONE;
assign activity_set = stops ? STOPPED : 7'd0;

command_slots #(.GROUPS(GROUPS), .COMMANDS(COMMANDS), .WINDOW(WINDOW), .POSITION_WIDTH(POSITION_WIDTH)) slots (
    .clk(clk), .rst(rst), .cycle(cycle), .group(group_index), .step(command_send || answer || clear || settings),
    .claims(claims), .claims_command(claims_command), .claims_answer(claims_answer), .clear(clear),
    .settings(settings), .plain(plain), .commands(commands), .batch_journals(batch_journals),
    .timeout(timeout), .longest(longest), .interval(interval), .update_number(update_number),
    .information_area(information_area), .information_committed(information_committed), .lookup_group(lookup_group),
    .lookup_index(lookup_index), .lookup_placed(lookup_placed), .survey_step(survey_step),
    .stops(command_send && !survey_step),
    .goes_on(retry_reg[group_index] || none_placed), .backlog_room(backlog_room), .surveys(surveys),
    .proposes(proposes), .may_send(send), .send_slot(slot), .send_first(send_first), .send_limit(send_limit),
    .send_again(send_again), .changed(changed), .send(send), .send_tag(send_tag),
    .answer_group(answer_group[GROUP_WIDTH-1:0]), .answer_tag(answer_tag), .settled(settled), .found(found),
    .found_missing(found_missing), .release_found(releases), .wait_found(waits_interval),
    .no_journal_found(releases && waits), .learn(releases && takes_in && !plain), .taken(answer_taken),
    .taken_blocks(answer_blocks), .batch_blocks(batch_bytes[16:9]), .follow(takes_in), .wake(wake),
    .wake_group(wake_group)
);
wire [GROUP_WIDTH-1:0] turn;
command_turns #(.GROUPS(GROUPS)) turns (
    .clk(clk), .rst(rst), .group(group_index), .command_send(command_send), .survey_step(survey_step),
    .may_be_sent(reads), .sent(send), .changed(changed), .touch(touch || answer), .wake(wake), .wake_group(wake_group),
    .surveys(surveys), .proposes(proposes), .waits(packet_valid_reg), .request_valid(request_valid),
    .request_taken(request_taken), .turn(turn)
);

always @* begin
    request = 0;
    request[`CR_KIND]  = `ML_REQUEST_COMMAND_SEND;
    request[`CR_GROUP] = {{16-GROUP_WIDTH{1'b0}}, turn};
end
assign packet_valid = packet_valid_reg;
wire   asks_again   = send_again ? retried_reg[group_index] : retry_reg[group_index];

always @(posedge clk) begin
    if (packet_ready)
        packet_valid_reg <= 1'b0;
    if (send) begin
        packet_valid_reg    <= 1'b1;
        packet_destination  <= partner_system;
        packet_group        <= partner_group;
        packet_source_group <= group;
        packet_generation   <= generation;
        packet_tag          <= send_tag;
        packet_payload      <= {224'd0, plain ? 64'd0 : host_bytes, plain ? 64'd0 : update_number - 64'd1,
                                send_first, 15'd0, batch_bytes, send_limit, 16'd0,
                                7'd0, plain && asks_again, 7'd0, !plain};
        if (!send_again)
            retried_reg[group_index] <= retry_reg[group_index];
    end
    if (waits)
        retry_reg[group_index] <= 1'b0;
    if (takes_in)
        retry_reg[group_index] <= not_all && retry_allowed && plain;

    if (clear) begin
        retry_reg[group_index]   <= 1'b0;
        retried_reg[group_index] <= 1'b0;
    end
    if (rst) begin
        {retry_reg, retried_reg} <= 0;
        packet_valid_reg         <= 1'b0;
    end
end
`include "journal_read_command_properties.vh"

endmodule

`resetall
