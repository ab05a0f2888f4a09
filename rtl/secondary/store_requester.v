// Asks for the steps of received packets: one of journal store for each journal (1710, 1750), then the one that closes.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Of the oldest packet of each group, in turn: its journals one after the other. Where each group is in its packet is
 * kept. While a journal's step is in flight the next one is looked up, and is asked for in the cycle behind the step if
 * there is a slot. A journal that waits for room is tried again with every `retry`, and neither it nor a journal that
 * waits for a slot delays another group's. A packet whose next journal waits is closed without it when another group's
 * packet wants its buffer, if its journals can be asked for again (`step_yields`).
 */
module store_requester #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Journals and bytes of write data in a packet, at most; powers of two
    parameter MAX_JOURNALS = 64,
    parameter MAX_DATA_BYTES = 65536,
    // Received journals in flight to their devices, at most
    parameter CACHE_SLOTS = 16,
    parameter JOURNAL_WIDTH = $clog2(MAX_JOURNALS),
    parameter COUNT_WIDTH = JOURNAL_WIDTH + 1,
    parameter BEAT_WIDTH = $clog2(MAX_DATA_BYTES * 8 / DATA_WIDTH),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    // Beats of an update information
    parameter PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH,
    parameter PART_WIDTH = (PARTS > 1) ? $clog2(PARTS) : 1,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                                clk,
    input  wire                                rst,

    /*
     * Groups with a packet, with one whose buffer is wanted, with room for a journal in flight, whose slot would be
     * `slot`; the group in turn, and its packet
     */
    input  wire [GROUPS-1:0]                   head_valids,
    input  wire [GROUPS-1:0]                   wanted_of,
    input  wire [GROUPS-1:0]                   slot_room,
    input  wire [INDEX_WIDTH-1:0]              slot,
    output wire [GROUP_WIDTH-1:0]              turn,
    input  wire                                head_journals,
    input  wire [COUNT_WIDTH-1:0]              head_count,
    input  wire [15:0]                         head_tag,
    // it is closed
    output wire                                head_done,
    // its journal that is handled; that one or the one behind it, and a beat of this one's update information
    output wire [JOURNAL_WIDTH-1:0]            handled_index,
    output wire [JOURNAL_WIDTH-1:0]            lookup_index,
    output wire [PART_WIDTH-1:0]               lookup_part,
    input  wire [DATA_WIDTH-1:0]               lookup_information,

    /*
     * Commit stage: requests STORE and ANSWER; what goes with them holds until their step
     */
    output wire                                request_valid,
    input  wire                                request_taken,
    output reg  [`CR_WIDTH-1:0]                request,
    input  wire                                settled,
    output wire [63:0]                         first_number,
    output wire [`UPDATE_INFORMATION_BITS-1:0] information,
    // the beat of the packet's write data where the journal's begins
    output wire [BEAT_WIDTH-1:0]               first_beat,

    // steps: journal_receive says what each is; a journal was stored
    input  wire                                step_store,
    input  wire                                step_wanted,
    input  wire                                step_stored,
    input  wire                                step_holds,
    input  wire                                step_yields,
    input  wire [15:0]                         step_outcome,
    input  wire                                step_answer,
    input  wire                                retry,
    output wire                                stores
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam LAST = PARTS - 1;
localparam [PART_WIDTH-1:0] LAST_PART = LAST[PART_WIDTH-1:0];
// write data comes in whole blocks of 512 bytes; of the blocks of a packet
localparam BLOCK_SHIFT = 9;
localparam BLOCKS_WIDTH = $clog2(MAX_DATA_BYTES) + 1 - BLOCK_SHIFT;

localparam [2:0] LOAD = 3'd0, FETCH = 3'd1, STORE = 3'd2, STORES = 3'd3, ANSWER = 3'd4, ANSWERS = 3'd5;
localparam PROGRESS_WIDTH = 2 * COUNT_WIDTH + BLOCKS_WIDTH;

reg [2:0]             state_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
reg [PART_WIDTH-1:0]  part_reg;
// the row of the packet is there
reg                   loaded_reg;
reg                   settled_reg;
// groups of whose packet nothing was handled yet
reg [GROUPS-1:0]      fresh_reg;
reg [GROUPS-1:0]      held_reg, yields_reg, refused_reg;
(* ram_style = "distributed" *)
reg [PROGRESS_WIDTH-1:0] progress [0:GROUPS-1];
(* ram_style = "distributed" *)
reg [63:0] first_numbers [0:GROUPS-1];
reg [`UPDATE_INFORMATION_BITS-1:0] information_reg;

// journals handled, and stored; write data of those that were handled, behind which the next one's begins
wire [COUNT_WIDTH-1:0]  journal, stored;
wire [BLOCKS_WIDTH-1:0] blocks;
assign first_beat = {blocks[BLOCKS_WIDTH-2:0], {BLOCK_SHIFT-BEAT_SHIFT{1'b0}}};
assign {journal, stored, blocks} = fresh_reg[turn_reg] ? {PROGRESS_WIDTH{1'b0}} : progress[turn_reg];

wire [31:0] size      = information_reg[`UI_SIZE];
wire        discard   = information_reg[`UI_KIND] == `UI_KIND_DISCARD;
wire [BLOCKS_WIDTH-1:0] data_size = discard ? {BLOCKS_WIDTH{1'b0}} : size[BLOCK_SHIFT +: BLOCKS_WIDTH];
wire next_journal  = step_wanted && (step_stored || step_outcome == `ML_STORE_KNOWN);
// behind the journal, while its step is in flight
reg  [COUNT_WIDTH-1:0]  following;
reg  [BLOCKS_WIDTH-1:0] following_blocks;
wire last_journal  = following == head_count;
assign stores      = step_store && step_stored;
assign head_done   = step_answer && state_reg == ANSWERS;

assign turn         = turn_reg;
assign handled_index = journal[JOURNAL_WIDTH-1:0];
assign lookup_index = (state_reg == STORES) ? following[JOURNAL_WIDTH-1:0] : handled_index;
assign first_number = first_numbers[turn_reg];
assign information  = information_reg;

// groups whose waiting packet is to be closed; groups that can go on; the next one in turn
wire [GROUPS-1:0] gives_up = retry ? {GROUPS{1'b0}} : held_reg & yields_reg & wanted_of;
wire [GROUPS-1:0] may_go = head_valids & (gives_up | (~held_reg & slot_room));
wire [GROUP_WIDTH-1:0] next_turn;

next_group #(.GROUPS(GROUPS)) turns (.ready(may_go), .turn(turn_reg), .next(next_turn));

wire starts        = state_reg == LOAD && may_go[turn_reg] && loaded_reg && head_journals
    && !gives_up[turn_reg];
assign lookup_part   = (state_reg == FETCH) ? part_reg + 1'b1 : {PART_WIDTH{1'b0}};
assign request_valid = settled_reg && ((state_reg == STORE && slot_room[turn_reg]) || state_reg == ANSWER);

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_GROUP] = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    new_request[`CR_TAG]   = head_tag;
    if (state_reg == ANSWER) begin
        new_request[`CR_KIND]   = `ML_REQUEST_ANSWER;
        new_request[`CR_SIZE]   = {{32-COUNT_WIDTH{1'b0}}, stored};
        // journals taken, known ones too, and their bytes
        new_request[`CR_REFERENCE] = {{64-COUNT_WIDTH{1'b0}}, journal};
        new_request[`CR_RECEIVED]  = {{32-BLOCK_SHIFT-BLOCKS_WIDTH{1'b0}}, blocks, {BLOCK_SHIFT{1'b0}}};
        new_request[`CR_FAILED] = refused_reg[turn_reg];
    end else begin
        new_request[`CR_KIND]      = `ML_REQUEST_STORE;
        new_request[`CR_VOLUME]    = information_reg[`UI_VOLUME];
        new_request[`CR_POSITION]  = information_reg[`UI_POSITION];
        new_request[`CR_SIZE]      = size;
        new_request[`CR_DISCARD]   = discard;
        new_request[`CR_FIRST]     = fresh_reg[turn_reg];
        new_request[`CR_REFERENCE] = information_reg[`UI_UPDATE_NUMBER];
        new_request[`CR_SLOT]      = {6'd0, `ML_WRITE_RECEIVED, {8-INDEX_WIDTH{1'b0}}, slot};
    end
    request = new_request;
end

// where the next journal's update information is whole in one beat, it is there in the step
localparam [2:0] NEXT = (PARTS == 1) ? STORE : FETCH;
wire stored_step = state_reg == STORES && step_store;

generate
    if (PARTS == 1) begin : whole
        always @(posedge clk)
            if (state_reg == FETCH || stored_step)
                information_reg <= lookup_information;
    end else begin : shifted
        always @(posedge clk)
            if (state_reg == FETCH)
                information_reg <= {lookup_information, information_reg[`UPDATE_INFORMATION_BITS-1:DATA_WIDTH]};
    end
endgenerate

always @(posedge clk) begin
    following        <= journal + 1'b1;
    following_blocks <= blocks + data_size;
    settled_reg <= settled;
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
            else if (!slot_room[turn_reg])
                state_reg <= LOAD;
        STORES:
            if (stored_step) begin
                state_reg <= next_journal ? NEXT : LOAD;
                part_reg  <= 0;
                if (next_journal) begin
                    progress[turn_reg]  <= {following, stored + {{COUNT_WIDTH-1{1'b0}}, step_stored},
                                            following_blocks};
                    fresh_reg[turn_reg] <= 1'b0;
                end else
                    refused_reg[turn_reg] <= !step_holds;
                if (next_journal ? last_journal : !step_holds)
                    state_reg <= ANSWER;
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
                turn_reg              <= next_turn;
            end
    endcase
    if (retry)
        held_reg <= 0;
    if (stored_step && !next_journal && step_holds) begin
        held_reg[turn_reg]   <= 1'b1;
        yields_reg[turn_reg] <= step_yields;
    end
    if (rst) begin
        state_reg    <= LOAD;
        loaded_reg   <= 1'b0;
        turn_reg     <= 0;
        fresh_reg    <= {GROUPS{1'b1}};
        held_reg     <= 0;
        refused_reg  <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (docs/proofs.md)
 */
reg retried_reg;
reg [GROUPS-1:0] holds_reg;

always @(posedge clk) begin
    retried_reg <= retry;
    holds_reg   <= (stored_step && !next_journal && step_holds) ? {{GROUPS-1{1'b0}}, 1'b1} << turn_reg : {GROUPS{1'b0}};
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: what was held is tried again
    `ML_HOLDS(STORE_1, !retried_reg || (held_reg & ~holds_reg) == 0);
    // 2: no packet is given up that is not to be had again
    `ML_HOLDS(STORE_2, (gives_up & ~yields_reg) == 0);
end
`endif

endmodule

`resetall
