// Takes received packets of groups in, and has their journals stored (1710, 1750).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Stands behind path_receive. The packets of a group queue in the order of their coming; one with journals keeps a buffer until all of
 * them that were stored are on their device. For the oldest packet of a group this asks for one step of journal store for each
 * journal, and then for the step that closes the packet. Groups take turns: a journal that is held for room is tried again with
 * every `retry`, and neither it nor a journal that waits for a slot delays another group's.
 *
 * One buffer is always left for the packet that comes next, whatever its group, and one for each group that has none (group_slots). A
 * packet that finds no buffer under these rules waits, and what comes behind it on the path too, until one is free; after PATIENCE
 * cycles in which none was, it is lost like a packet with a fault, and so is each of its group until that gives a buffer back. Its
 * journals are asked for again.
 *
 * A packet whose next journal is held is closed without it when its buffer is one that another group's packet waits for, if its
 * journals can be asked for again (`step_yields`).
 *
 * The write data of the buffers lies in a memory outside, where disk adapters read it: `cache_write_*`, {buffer, beat}.
 */
module journal_receive #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Buffers for packets with journals, at least GROUPS + 1
    parameter BUFFERS = 5,
    // Cycles that a packet waits for a buffer
    parameter PATIENCE = 4096,
    // Journals and bytes of write data in a packet, at most; powers of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    // Received journals under way to their devices, at most
    parameter CACHE_SLOTS = 16,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    parameter BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH),
    parameter START_WIDTH = BUFFER_WIDTH + BEAT_WIDTH,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                                clk,
    input  wire                                rst,

    /*
     * path_receive
     */
    // a packet may begin
    output wire                                enable,
    // in the cycle after its last beat: a packet without fault, for a group of this system, of one of the types
    // journals, no journal, group state, gone; its fields hold until the next packet begins
    input  wire                                packet_valid,
    input  wire [15:0]                         packet_source,
    input  wire [15:0]                         packet_type,
    input  wire [15:0]                         packet_group,
    input  wire [31:0]                         packet_generation,
    input  wire [31:0]                         packet_tag,
    input  wire [15:0]                         packet_status,
    input  wire [15:0]                         packet_count,
    input  wire                                information_enable,
    input  wire [JOURNAL_WIDTH-1:0]            information_index,
    input  wire [`UPDATE_INFORMATION_BITS-1:0] information,
    input  wire                                data_enable,
    input  wire [BEAT_WIDTH-1:0]               data_beat,
    input  wire [DATA_WIDTH-1:0]               data,
    input  wire                                crc_enable,
    input  wire [JOURNAL_WIDTH-1:0]            crc_index,
    input  wire [31:0]                         crc,

    // groups that this is the secondary system of
    input  wire [GROUPS-1:0]                   started,
    // a packet found no buffer
    output wire                                lost,

    // memory of the write data
    output wire                                cache_write_enable,
    output wire [START_WIDTH-1:0]              cache_write_address,
    output wire [DATA_WIDTH-1:0]               cache_write_data,

    /*
     * Commit stage: requests STORE and ANSWER; what goes with them holds until their step
     */
    output wire                                request_valid,
    input  wire                                request_taken,
    output reg  [`CR_WIDTH-1:0]                request,
    output wire [15:0]                         answer_source,
    output wire [15:0]                         answer_type,
    output wire [31:0]                         answer_generation,
    output wire [31:0]                         answer_tag,
    output wire [15:0]                         answer_status,
    // number of the packet's first journal
    output wire [63:0]                         answer_first_number,
    output wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    output wire [31:0]                         store_data_crc,
    // where its write data begins in the memory
    output wire [START_WIDTH-1:0]              store_start,

    // its step of journal store; `wanted`: the packet's journals are; `volume`: the secondary volume
    input  wire                                step_store,
    input  wire                                step_wanted,
    input  wire                                step_stored,
    input  wire                                step_holds,
    input  wire                                step_yields,
    input  wire [15:0]                         step_outcome,
    // the step that closes the packet
    input  wire                                step_answer,
    // a step freed journals, or changed the state of a group or a journal volume
    input  wire                                retry,

    /*
     * Journals under way to their devices
     */
    input  wire                                journal_done,
    input  wire [INDEX_WIDTH-1:0]              done_index,

    output wire                                idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 16), parameter_error_BUFFERS_must_be_from_GROUPS_plus_1_to_16)
`ML_REQUIRE(`ML_IN_RANGE(PATIENCE, 1, 65535), parameter_error_PATIENCE_must_be_1_to_65535)
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS

localparam [31:0] BEAT_BYTES = DATA_WIDTH / 8;
localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam [BUFFERS-1:0] ONE = 1;
localparam [GROUPS-1:0] ONE_GROUP = 1;
// packets of a group that wait
localparam PACKETS = 16;
localparam PACKET_WIDTH = 16 + 16 + 32 + 32 + 16 + 16 + BUFFER_WIDTH;
localparam PATIENCE_WIDTH = $clog2(PATIENCE + 1);
localparam [PATIENCE_WIDTH-1:0] PATIENCE_CYCLES = PATIENCE;

/*
 * The packet that came: it gets its buffer, or waits, or is lost
 */
// the buffer's packet is closed
reg [BUFFERS-1:0]      closed_reg;
reg                    landed_reg;
reg [PATIENCE_WIDTH-1:0] patience_reg;
// groups that lost a packet and have given no buffer back since
reg [GROUPS-1:0]       stuck_reg;
// the packet that came waits for a buffer, and none is about to be given back
reg                    needing_reg;

wire [GROUP_WIDTH-1:0] g = packet_group[GROUP_WIDTH-1:0];
wire is_journals       = packet_type == `CP_JOURNALS;
wire [GROUPS-1:0]      none, several, buffer_room, queue_room, head_valids;
wire [BUFFERS-1:0]     busy, buffers_used;
// the buffer that the next packet comes into: it is not busy
wire [BUFFER_WIDTH-1:0] fill;
wire [GROUP_WIDTH-1:0] leaving_group;
// a loop variable for each block
integer i, l, m;

wire keeps    = landed_reg && queue_room[g] && (!is_journals || buffer_room[g]);
wire takes    = keeps && is_journals;
wire needs    = landed_reg && queue_room[g] && is_journals && !buffer_room[g];
assign lost   = landed_reg && !keeps && (!queue_room[g] || stuck_reg[g] || patience_reg == 0);
assign enable = !landed_reg && !packet_valid;

// a buffer leaves when its packet is closed and none of its journals is under way, one in a cycle
wire [BUFFERS-1:0]     unused  = closed_reg & ~buffers_used;
wire                   leaves  = unused != 0;
wire [BUFFERS-1:0]     leaving = unused & ~(unused - 1'b1);
reg [BUFFER_WIDTH-1:0] leaving_buffer;

always @* begin
    leaving_buffer = 0;
    for (i = 0; i < BUFFERS; i = i + 1)
        if (leaving[i])
            leaving_buffer = leaving_buffer | i[BUFFER_WIDTH-1:0];
end

group_slots #(.GROUPS(GROUPS), .SLOTS(BUFFERS), .AHEAD(1)) buffers (
    .clk(clk), .rst(rst), .counted(started), .room(buffer_room), .slot(fill), .take(takes), .take_group(g),
    .give(leaves), .give_slot(leaving_buffer), .give_group(leaving_group), .busy(busy), .none(none), .several(several)
);

reg [`UPDATE_INFORMATION_BITS-1:0] informations [0:BUFFERS*MAX_JOURNALS-1];
reg [31:0]                         crcs         [0:BUFFERS*MAX_JOURNALS-1];

always @(posedge clk) begin
    if (information_enable)
        informations[{fill, information_index}] <= information;
    if (crc_enable)
        crcs[{fill, crc_index}] <= crc;
end

assign cache_write_enable  = data_enable;
assign cache_write_address = {fill, data_beat};
assign cache_write_data    = data;

/*
 * Packets of each group
 */
reg  [GROUP_WIDTH-1:0] turn_reg;
wire head_done;
wire [GROUPS*PACKET_WIDTH-1:0] heads;
wire [15:0] head_count;
wire [15:0] head_group = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
wire [BUFFER_WIDTH-1:0] head_buffer;

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        fifo #(.WIDTH(PACKET_WIDTH), .DEPTH(PACKETS)) packet_fifo (
            .clk(clk), .rst(rst),
            .in_data({packet_source, packet_type, packet_generation, packet_tag, packet_status, packet_count, fill}),
            .in_valid(keeps && g == n), .in_ready(queue_room[n]),
            .out_data(heads[n*PACKET_WIDTH +: PACKET_WIDTH]), .out_valid(head_valids[n]),
            .out_ready(head_done && turn_reg == n), .count()
        );

        always @(posedge clk) begin
            if (leaves && leaving_group == n)
                stuck_reg[n] <= 1'b0;
            else if (lost && g == n)
                stuck_reg[n] <= !none[n];
            if (rst)
                stuck_reg[n] <= 1'b0;
        end
    end
endgenerate

assign {answer_source, answer_type, answer_generation, answer_tag, answer_status, head_count, head_buffer} =
    heads[turn_reg*PACKET_WIDTH +: PACKET_WIDTH];

/*
 * The oldest packet of the group in turn: its journals one after the other. Where each group is in its packet is kept.
 */
localparam [2:0] LOAD = 3'd0, STORE = 3'd1, STORES = 3'd2, ANSWER = 3'd3, ANSWERS = 3'd4;

reg [2:0]             state_reg;
reg [GROUPS-1:0]      held_reg, yields_reg, closing_reg, refused_reg;
reg [15:0]            journals     [0:GROUPS-1];
reg [15:0]            stored       [0:GROUPS-1];
reg [31:0]            bytes        [0:GROUPS-1];
reg [BEAT_WIDTH-1:0]  first_beats  [0:GROUPS-1];
reg [63:0]            first_number_reg;
reg [31:0]            data_crc_reg;
reg [`UPDATE_INFORMATION_BITS-1:0] information_reg;

wire [15:0] journal   = journals[turn_reg];
wire [BEAT_WIDTH-1:0] first_beat = first_beats[turn_reg];
wire [63:0] position  = information_reg[`UI_POSITION];
wire [31:0] size      = information_reg[`UI_SIZE];
wire [31:0] beats     = (size + BEAT_BYTES - 32'd1) >> BEAT_SHIFT;
wire [BUFFER_WIDTH+JOURNAL_WIDTH-1:0] place = {head_buffer, journal[JOURNAL_WIDTH-1:0]};
wire head_journals = answer_type == `CP_JOURNALS;
wire next_journal  = step_wanted && (step_stored || step_outcome == `ML_STORE_KNOWN);
wire last_journal  = journal + 16'd1 == head_count;
assign head_done   = step_answer && state_reg == ANSWERS;

assign answer_first_number = first_number_reg;
assign store_information   = information_reg;
assign store_data_crc      = data_crc_reg;
assign store_start         = {head_buffer, first_beat};

/*
 * Journals under way
 */
wire [INDEX_WIDTH-1:0] slot;
wire [GROUPS-1:0]      slot_room;
wire stores = step_store && step_stored;

received_jobs #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .BUFFERS(BUFFERS)) jobs (
    .clk(clk), .rst(rst), .room(slot_room), .slot(slot), .enter(stores), .group(turn_reg), .data_buffer(head_buffer),
    .done(journal_done), .done_index(done_index), .buffers_used(buffers_used)
);

wire [BUFFERS-1:0] closing = (head_done && head_journals) ? ONE << head_buffer : {BUFFERS{1'b0}};

// groups whose held packet is to be closed: its buffer is one that the waiting packet may have
wire [GROUPS-1:0] gives_up = (needing_reg && landed_reg && !retry)
                             ? held_reg & yields_reg & (none[g] ? {GROUPS{1'b1}} : several) & ~(ONE_GROUP << g) : {GROUPS{1'b0}};

// groups that can go on; the next one in turn
wire [GROUPS-1:0] may_go = head_valids & (gives_up | (~held_reg & (closing_reg | slot_room)));
wire [GROUPS-1:0] others = may_go & ~(ONE_GROUP << turn_reg);
wire [GROUPS-1:0] behind = others & ~((ONE_GROUP << turn_reg) - 1'b1);
reg  [GROUP_WIDTH-1:0] next_turn;

always @* begin
    next_turn = turn_reg;
    for (l = GROUPS - 1; l >= 0; l = l - 1)
        if ((behind != 0) ? behind[l] : others[l])
            next_turn = l[GROUP_WIDTH-1:0];
end

assign request_valid = state_reg == STORE || state_reg == ANSWER;
assign idle          = head_valids == 0 && busy == 0 && !packet_valid && !landed_reg;

always @* begin
    request = 0;
    request[`CR_GROUP] = head_group;
    request[`CR_TAG]   = answer_tag[15:0];
    if (state_reg == ANSWER) begin
        request[`CR_KIND]   = `ML_REQUEST_ANSWER;
        request[`CR_SIZE]   = {16'd0, stored[turn_reg]};
        // journals taken, known ones too, and their bytes
        request[`CR_REFERENCE] = {48'd0, journal};
        request[`CR_RECEIVED]  = bytes[turn_reg];
        request[`CR_FAILED] = refused_reg[turn_reg];
    end else begin
        request[`CR_KIND]      = `ML_REQUEST_STORE;
        request[`CR_VOLUME]    = information_reg[`UI_VOLUME];
        request[`CR_POSITION]  = position;
        request[`CR_SIZE]      = size;
        request[`CR_REFERENCE] = information_reg[`UI_UPDATE_NUMBER];
        request[`CR_SLOT]      = {6'd0, `ML_WRITE_RECEIVED, {8-INDEX_WIDTH{1'b0}}, slot};
    end
end

always @(posedge clk) begin
    case (state_reg)
        LOAD: begin
            information_reg  <= informations[place];
            data_crc_reg     <= crcs[place];
            first_number_reg <= informations[{head_buffer, {JOURNAL_WIDTH{1'b0}}}][`UI_UPDATE_NUMBER];
            if (!may_go[turn_reg])
                turn_reg <= next_turn;
            else if (gives_up[turn_reg]) begin
                held_reg[turn_reg]    <= 1'b0;
                refused_reg[turn_reg] <= 1'b1;
                closing_reg[turn_reg] <= 1'b1;
                state_reg             <= ANSWER;
            end else
                state_reg <= (head_journals && !closing_reg[turn_reg]) ? STORE : ANSWER;
        end
        STORE:
            if (request_taken)
                state_reg <= STORES;
        STORES:
            if (step_store) begin
                state_reg <= LOAD;
                if (next_journal) begin
                    journals[turn_reg]    <= journal + 16'd1;
                    first_beats[turn_reg] <= first_beat + beats[BEAT_WIDTH-1:0];
                    bytes[turn_reg]       <= bytes[turn_reg] + size;
                end else
                    refused_reg[turn_reg] <= !step_holds;
                if (next_journal ? last_journal : !step_holds) begin
                    closing_reg[turn_reg] <= 1'b1;
                    state_reg             <= ANSWER;
                end
            end
        ANSWER:
            if (request_taken)
                state_reg <= ANSWERS;
        default:
            if (step_answer) begin
                state_reg             <= LOAD;
                journals[turn_reg]    <= 16'd0;
                stored[turn_reg]      <= 16'd0;
                bytes[turn_reg]       <= 32'd0;
                first_beats[turn_reg] <= 0;
                refused_reg[turn_reg] <= 1'b0;
                closing_reg[turn_reg] <= 1'b0;
                turn_reg              <= next_turn;
            end
    endcase
    if (stores)
        stored[turn_reg] <= stored[turn_reg] + 16'd1;
    if (retry)
        held_reg <= 0;
    if (step_store && state_reg == STORES && !next_journal && step_holds) begin
        held_reg[turn_reg]   <= 1'b1;
        yields_reg[turn_reg] <= step_yields;
    end

    landed_reg   <= packet_valid || (landed_reg && !keeps && !lost);
    patience_reg <= (!landed_reg || leaves) ? PATIENCE_CYCLES : patience_reg - 1'b1;
    needing_reg  <= needs && !leaves && !head_done && !rst;
    closed_reg   <= (closed_reg & ~leaving) | closing;
    if (rst) begin
        state_reg    <= LOAD;
        turn_reg     <= 0;
        held_reg     <= 0;
        closing_reg  <= 0;
        refused_reg  <= 0;
        for (m = 0; m < GROUPS; m = m + 1) begin
            journals[m]    <= 16'd0;
            stored[m]      <= 16'd0;
            bytes[m]       <= 32'd0;
            first_beats[m] <= 0;
        end
        landed_reg   <= 1'b0;
        closed_reg   <= 0;
    end
end

endmodule

`resetall
