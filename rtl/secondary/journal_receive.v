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
 * Stands behind path_receive. The packets of a group queue in the order of their coming (received_packets); one with
 * journals keeps a buffer (received_buffers) until all of them that were stored are on their device; one that finds no
 * buffer waits or is lost. For the oldest packet of a group this asks for one step of journal store for each journal,
 * and then for the step that closes the packet. Groups take turns: a journal that waits for room is tried again with
 * every `retry`, and neither it nor a journal that waits for a slot delays another group's.
 *
 * A packet whose next journal waits is closed without it when its buffer is one that another group's packet waits
 * for, if its journals can be asked for again (`step_yields`).
 *
 * The write data of the buffers lies in a memory outside, where disk adapters read it: `cache_write_*`, {buffer, beat}.
 */
module journal_receive #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Buffers for packets with journals, at least GROUPS + 1
    parameter BUFFERS = 5,
    // Cycles that a packet waits for a buffer
    parameter TIMEOUT = 4096,
    // Journals and bytes of write data in a packet, at most; powers of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    // Received journals in flight to their devices, at most
    parameter CACHE_SLOTS = 16,
    parameter BUFFER_WIDTH = $clog2(BUFFERS),
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    parameter BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH),
    parameter START_WIDTH = BUFFER_WIDTH + BEAT_WIDTH,
    // Beats of an update information
    parameter PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH,
    parameter PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1,
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
    input  wire [PART_WIDTH-1:0]               information_part,
    input  wire                                data_enable,
    input  wire [BEAT_WIDTH-1:0]               data_beat,
    // a beat of either
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
    // the group of these: its steps may be asked for, in the next cycle
    output wire [15:0]                         answer_group,
    input  wire                                settled,
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
     * Journals in flight to their devices
     */
    input  wire                                journal_done,
    input  wire [INDEX_WIDTH-1:0]              done_index,

    output wire                                idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(BUFFERS, GROUPS + 1, 16), parameter_error_BUFFERS_must_be_from_GROUPS_plus_1_to_16)
`ML_REQUIRE(`ML_IN_RANGE(TIMEOUT, 1, 65535), parameter_error_TIMEOUT_must_be_1_to_65535)
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam LESS = DATA_WIDTH / 8 - 1;
localparam [BEAT_WIDTH:0] ONE_LESS = LESS[BEAT_WIDTH:0];
localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
// of numbers of journals, and of bytes of a packet
localparam COUNT_WIDTH = JOURNAL_WIDTH + 1;
localparam BYTES_WIDTH = $clog2(MAX_DATA_BYTES) + 1;

wire [GROUP_WIDTH-1:0] group_index = packet_group[GROUP_WIDTH-1:0];
wire landed, keeps, buffers_idle;
wire [GROUPS-1:0]        queue_room, head_valids, wanted_of;
wire [BUFFERS-1:0]       buffers_used;
wire [BUFFER_WIDTH-1:0]  fill, head_buffer;
wire [COUNT_WIDTH-1:0]   head_count;
wire [DATA_WIDTH-1:0]    lookup_information;
reg  [GROUP_WIDTH-1:0]   turn_reg;
reg  [PART_WIDTH-1:0]    part_reg;
wire [COUNT_WIDTH-1:0]   journal;
wire [PART_WIDTH-1:0]    lookup_part;
wire head_done;
wire head_journals = answer_type == `CP_JOURNALS;

assign enable = !landed && !packet_valid;
assign cache_write_enable  = data_enable;
assign cache_write_address = {fill, data_beat};
assign cache_write_data    = data;

received_buffers #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .BUFFERS(BUFFERS), .TIMEOUT(TIMEOUT), .MAX_JOURNALS(MAX_JOURNALS)
) buffers (
    .clk(clk), .rst(rst), .started(started), .packet_valid(packet_valid), .packet_group(group_index),
    .packet_journals(packet_type == `CP_JOURNALS), .queue_room(queue_room[group_index]), .landed(landed), .keeps(keeps),
    .lost(lost),
    .fill(fill), .information_enable(information_enable), .information_index(information_index),
    .information_part(information_part), .data(data), .crc_enable(crc_enable), .crc_index(crc_index), .crc(crc),
    .lookup_buffer(head_buffer), .lookup_index(journal[JOURNAL_WIDTH-1:0]), .lookup_part(lookup_part),
    .lookup_information(lookup_information), .lookup_crc(store_data_crc), .close(head_done && head_journals),
    .close_buffer(head_buffer), .buffers_used(buffers_used), .wanted_of(wanted_of), .idle(buffers_idle)
);

received_packets #(.GROUPS(GROUPS), .BUFFER_WIDTH(BUFFER_WIDTH), .COUNT_WIDTH(COUNT_WIDTH)) packets (
    .clk(clk), .rst(rst), .room(queue_room), .enter(keeps), .enter_group(group_index), .enter_source(packet_source),
    .enter_type(packet_type), .enter_generation(packet_generation), .enter_tag(packet_tag),
    .enter_status(packet_status),
    .enter_count(packet_count), .enter_buffer(fill), .valid(head_valids), .turn(turn_reg), .leave(head_done),
    .source(answer_source), .packet_type(answer_type), .generation(answer_generation), .tag(answer_tag),
    .status(answer_status), .count(head_count), .data_buffer(head_buffer)
);

/*
 * The oldest packet of the group in turn: its journals one after the other. Where each group is in its packet is kept.
 */
localparam [2:0] LOAD = 3'd0, FETCH = 3'd1, STORE = 3'd2, STORES = 3'd3, ANSWER = 3'd4, ANSWERS = 3'd5;
localparam PROGRESS_WIDTH = 2 * COUNT_WIDTH + BYTES_WIDTH + BEAT_WIDTH;

reg [2:0]             state_reg;
// the row of the packet is there
reg                   loaded_reg;
// behind a step that may have stored a journal it is not known at once
reg                   settled_reg;
// groups of whose packet nothing was handled yet
reg [GROUPS-1:0]      fresh_reg;
reg [GROUPS-1:0]      held_reg, yields_reg, closing_reg, refused_reg;
(* ram_style = "distributed" *)
reg [PROGRESS_WIDTH-1:0] progress [0:GROUPS-1];
(* ram_style = "distributed" *)
reg [63:0] first_numbers [0:GROUPS-1];
reg [`UPDATE_INFORMATION_BITS-1:0] information_reg;

// journals handled, and stored; bytes of those that were handled, and the beat where the next one's begin
wire [COUNT_WIDTH-1:0] stored;
wire [BYTES_WIDTH-1:0] bytes;
wire [BEAT_WIDTH-1:0]  first_beat;
assign {journal, stored, bytes, first_beat} = fresh_reg[turn_reg] ? {PROGRESS_WIDTH{1'b0}} : progress[turn_reg];

wire [31:0] size      = information_reg[`UI_SIZE];
wire [BEAT_WIDTH+BEAT_SHIFT:0] rounded = {1'b0, size[BEAT_WIDTH+BEAT_SHIFT-1:0]} + {{BEAT_SHIFT{1'b0}}, ONE_LESS};
wire next_journal  = step_wanted && (step_stored || step_outcome == `ML_STORE_KNOWN);
wire [COUNT_WIDTH-1:0] following = journal + 1'b1;
wire last_journal  = following == head_count;
wire stores        = step_store && step_stored;
assign head_done   = step_answer && state_reg == ANSWERS;

assign answer_first_number = first_numbers[turn_reg];
assign store_information   = information_reg;
assign store_start         = {head_buffer, first_beat};

/*
 * Journals in flight
 */
wire [INDEX_WIDTH-1:0] slot;
wire [GROUPS-1:0]      slot_room;

received_jobs #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .BUFFERS(BUFFERS)) jobs (
    .clk(clk), .rst(rst), .room(slot_room), .slot(slot), .enter(stores), .group(turn_reg), .data_buffer(head_buffer),
    .done(journal_done), .done_index(done_index), .buffers_used(buffers_used)
);

// groups whose waiting packet is to be closed; groups that can go on; the next one in turn
wire [GROUPS-1:0] gives_up = retry ? {GROUPS{1'b0}} : held_reg & yields_reg & wanted_of;
wire [GROUPS-1:0] may_go = head_valids & (gives_up | (~held_reg & (closing_reg | slot_room)));
wire [GROUP_WIDTH-1:0] next_turn;

next_group #(.GROUPS(GROUPS)) turns (.ready(may_go), .turn(turn_reg), .next(next_turn));

wire starts        = state_reg == LOAD && may_go[turn_reg] && loaded_reg && head_journals
    && !closing_reg[turn_reg] && !gives_up[turn_reg];
assign lookup_part   = (state_reg == FETCH) ? part_reg + 1'b1 : {PART_WIDTH{1'b0}};
assign request_valid = settled_reg && (state_reg == STORE || state_reg == ANSWER);
assign answer_group  = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
assign idle          = head_valids == 0 && buffers_idle;

always @* begin
    request = 0;
    request[`CR_GROUP] = answer_group;
    request[`CR_TAG]   = answer_tag[15:0];
    if (state_reg == ANSWER) begin
        request[`CR_KIND]   = `ML_REQUEST_ANSWER;
        request[`CR_SIZE]   = {{32-COUNT_WIDTH{1'b0}}, stored};
        // journals taken, known ones too, and their bytes
        request[`CR_REFERENCE] = {{64-COUNT_WIDTH{1'b0}}, journal};
        request[`CR_RECEIVED]  = {{32-BYTES_WIDTH{1'b0}}, bytes};
        request[`CR_FAILED] = refused_reg[turn_reg];
    end else begin
        request[`CR_KIND]      = `ML_REQUEST_STORE;
        request[`CR_VOLUME]    = information_reg[`UI_VOLUME];
        request[`CR_POSITION]  = information_reg[`UI_POSITION];
        request[`CR_SIZE]      = size;
        request[`CR_REFERENCE] = information_reg[`UI_UPDATE_NUMBER];
        request[`CR_SLOT]      = {6'd0, `ML_WRITE_RECEIVED, {8-INDEX_WIDTH{1'b0}}, slot};
    end
end

generate
    if (PARTS == 1) begin : whole
        always @(posedge clk)
            if (state_reg == FETCH)
                information_reg <= lookup_information;
    end else begin : shifted
        always @(posedge clk)
            if (state_reg == FETCH)
                information_reg <= {lookup_information, information_reg[`UPDATE_INFORMATION_BITS-1:DATA_WIDTH]};
    end
endgenerate

always @(posedge clk) begin
    settled_reg <= settled && state_reg != STORES;
    case (state_reg)
        LOAD: begin
            part_reg   <= 0;
            loaded_reg <= may_go[turn_reg];
            if (!may_go[turn_reg])
                turn_reg <= next_turn;
            else if (starts)
                state_reg <= FETCH;
            else if (loaded_reg) begin
                if (gives_up[turn_reg]) begin
                    held_reg[turn_reg]    <= 1'b0;
                    refused_reg[turn_reg] <= 1'b1;
                    closing_reg[turn_reg] <= 1'b1;
                end
                state_reg <= ANSWER;
            end
        end
        FETCH: begin
            part_reg <= part_reg + 1'b1;
            if (part_reg == 0 && fresh_reg[turn_reg])
                first_numbers[turn_reg] <= lookup_information[`UI_UPDATE_NUMBER];
            if (part_reg == LAST_PART)
                state_reg <= STORE;
        end
        STORE:
            if (request_taken)
                state_reg <= STORES;
        STORES:
            if (step_store) begin
                state_reg <= LOAD;
                if (next_journal) begin
                    progress[turn_reg]  <= {following, stored + {{COUNT_WIDTH-1{1'b0}}, step_stored},
                                            bytes + size[BYTES_WIDTH-1:0],
                                            first_beat + rounded[BEAT_SHIFT +: BEAT_WIDTH]};
                    fresh_reg[turn_reg] <= 1'b0;
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
                loaded_reg            <= 1'b0;
                fresh_reg[turn_reg]   <= 1'b1;
                refused_reg[turn_reg] <= 1'b0;
                closing_reg[turn_reg] <= 1'b0;
                turn_reg              <= next_turn;
            end
    endcase
    if (retry)
        held_reg <= 0;
    if (step_store && state_reg == STORES && !next_journal && step_holds) begin
        held_reg[turn_reg]   <= 1'b1;
        yields_reg[turn_reg] <= step_yields;
    end
    if (rst) begin
        state_reg    <= LOAD;
        loaded_reg   <= 1'b0;
        turn_reg     <= 0;
        fresh_reg    <= {GROUPS{1'b1}};
        held_reg     <= 0;
        closing_reg  <= 0;
        refused_reg  <= 0;
    end
end

endmodule

`resetall
