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
 * Stands behind path_receive. Packets queue in the order of their coming; one with journals keeps a buffer until all of them that
 * were stored are on their device. For the oldest packet this asks for one step of journal store for each journal, and then for
 * the step that closes the packet. A journal that is held for room is tried again with every `retry`; what came behind it waits.
 *
 * The write data of the buffers lies in a memory outside, where disk adapters read it: `cache_write_*`, {buffer, beat}.
 */
module journal_receive #(
    parameter DATA_WIDTH = 512,
    // Buffers for packets with journals, a power of two
    parameter BUFFERS = 4,
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
    // journals, no journal, group state, gone
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
`ML_REQUIRE(`ML_POWER_OF_TWO(BUFFERS, 2, 16), parameter_error_BUFFERS_must_be_a_power_of_two_from_2_to_16)
`ML_REQUIRE_MAX_JOURNALS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_CACHE_SLOTS

localparam [31:0] BEAT_BYTES = DATA_WIDTH / 8;
localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
// packets that wait; those without journals need no buffer
localparam PACKETS = 4 * BUFFERS;
localparam PACKET_WIDTH = 16 + 16 + 16 + 32 + 32 + 16 + 16 + BUFFER_WIDTH;

/*
 * Buffers, given in ring order
 */
reg [BUFFERS-1:0]      busy_reg;
// busy, and its packet is closed
reg [BUFFERS-1:0]      closed_reg;
reg [BUFFER_WIDTH-1:0] fill_reg;
wire [BUFFER_WIDTH-1:0] after_fill = fill_reg + 1'b1;
wire is_journals = packet_type == `CP_JOURNALS;
wire takes_buffer = packet_valid && is_journals;
wire [$clog2(PACKETS):0] waiting;

// the packet that has just ended counts a cycle later
assign enable = !busy_reg[fill_reg] && !(takes_buffer && busy_reg[after_fill]) && waiting < PACKETS - 2;

reg [`UPDATE_INFORMATION_BITS-1:0] informations [0:BUFFERS*MAX_JOURNALS-1];
reg [31:0]                         crcs         [0:BUFFERS*MAX_JOURNALS-1];

always @(posedge clk) begin
    if (information_enable)
        informations[{fill_reg, information_index}] <= information;
    if (crc_enable)
        crcs[{fill_reg, crc_index}] <= crc;
end

assign cache_write_enable  = data_enable;
assign cache_write_address = {fill_reg, data_beat};
assign cache_write_data    = data;

/*
 * Packets
 */
wire head_valid, head_done;
wire [15:0] head_group, head_count;
wire [BUFFER_WIDTH-1:0] head_buffer;

fifo #(.WIDTH(PACKET_WIDTH), .DEPTH(PACKETS)) packet_fifo (
    .clk(clk), .rst(rst),
    .in_data({packet_source, packet_type, packet_group, packet_generation, packet_tag, packet_status, packet_count, fill_reg}),
    .in_valid(packet_valid), .in_ready(),
    .out_data({answer_source, answer_type, head_group, answer_generation, answer_tag, answer_status, head_count, head_buffer}),
    .out_valid(head_valid), .out_ready(head_done), .count(waiting)
);

/*
 * The oldest packet: its journals one after the other
 */
localparam [2:0] LOAD = 3'd0, STORE = 3'd1, STORES = 3'd2, HELD = 3'd3, ANSWER = 3'd4, ANSWERS = 3'd5;

reg [2:0]             state_reg;
reg [15:0]            journal_reg;
reg [15:0]            stored_reg;
reg [31:0]            bytes_reg;
reg                   refused_reg;
reg [BEAT_WIDTH-1:0]  beat_reg;
reg [63:0]            first_number_reg;
reg [31:0]            data_crc_reg;
reg [`UPDATE_INFORMATION_BITS-1:0] information_reg;

wire [63:0] position = information_reg[`UI_POSITION];
wire [31:0] size  = information_reg[`UI_SIZE];
wire [31:0] beats = (size + BEAT_BYTES - 32'd1) >> BEAT_SHIFT;
wire [BUFFER_WIDTH+JOURNAL_WIDTH-1:0] place = {head_buffer, journal_reg[JOURNAL_WIDTH-1:0]};
wire head_journals = answer_type == `CP_JOURNALS;
wire next_journal  = step_wanted && (step_stored || step_outcome == `ML_STORE_KNOWN);
wire last_journal  = journal_reg + 16'd1 == head_count;
assign head_done   = step_answer && state_reg == ANSWERS;

assign answer_first_number = first_number_reg;
assign store_information   = information_reg;
assign store_data_crc      = data_crc_reg;
assign store_start         = {head_buffer, beat_reg};

/*
 * Journals under way
 */
wire [INDEX_WIDTH-1:0]  slot;
wire [BUFFERS-1:0] buffers_used;
wire slot_free;
wire stores = step_store && step_stored;

received_jobs #(.CACHE_SLOTS(CACHE_SLOTS), .BUFFERS(BUFFERS)) jobs (
    .clk(clk), .rst(rst),
    .slot(slot), .slot_free(slot_free), .enter(stores), .data_buffer(head_buffer),
    .done(journal_done), .done_index(done_index), .buffers_used(buffers_used)
);

// a buffer is free again when its packet is closed and none of its journals is under way
wire [BUFFERS-1:0] one     = {{BUFFERS-1{1'b0}}, 1'b1};
wire [BUFFERS-1:0] taking  = takes_buffer ? one << fill_reg : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] closing = (head_done && head_journals) ? one << head_buffer : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] leaving = closed_reg & ~buffers_used;

assign request_valid = (state_reg == STORE && slot_free) || state_reg == ANSWER;
assign idle          = !head_valid && busy_reg == 0 && !packet_valid;

always @* begin
    request = 0;
    request[`CR_GROUP] = head_group;
    request[`CR_TAG]   = answer_tag[15:0];
    if (state_reg == ANSWER) begin
        request[`CR_KIND]   = `ML_REQUEST_ANSWER;
        request[`CR_SIZE]   = {16'd0, stored_reg};
        // journals taken, known ones too, and their bytes
        request[`CR_REFERENCE] = {48'd0, journal_reg};
        request[`CR_RECEIVED]  = bytes_reg;
        request[`CR_FAILED] = refused_reg;
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
            information_reg <= informations[place];
            data_crc_reg    <= crcs[place];
            if (journal_reg == 16'd0)
                first_number_reg <= informations[place][`UI_UPDATE_NUMBER];
            if (head_valid)
                state_reg <= head_journals ? STORE : ANSWER;
        end
        STORE:
            if (request_taken)
                state_reg <= STORES;
        STORES:
            if (step_store) begin
                state_reg <= ANSWER;
                if (next_journal) begin
                    journal_reg <= journal_reg + 16'd1;
                    beat_reg    <= beat_reg + beats[BEAT_WIDTH-1:0];
                    bytes_reg   <= bytes_reg + size;
                    if (!last_journal)
                        state_reg <= LOAD;
                end else if (step_holds)
                    state_reg <= HELD;
                else
                    refused_reg <= 1'b1;
            end
        HELD:
            if (retry)
                state_reg <= STORE;
        ANSWER:
            if (request_taken)
                state_reg <= ANSWERS;
        default:
            if (step_answer) begin
                state_reg   <= LOAD;
                journal_reg <= 16'd0;
                stored_reg  <= 16'd0;
                refused_reg <= 1'b0;
                beat_reg    <= 0;
                bytes_reg   <= 32'd0;
            end
    endcase
    if (stores)
        stored_reg <= stored_reg + 16'd1;
    if (takes_buffer)
        fill_reg <= after_fill;
    busy_reg   <= (busy_reg & ~leaving) | taking;
    closed_reg <= (closed_reg & ~leaving) | closing;
    if (rst) begin
        state_reg   <= LOAD;
        journal_reg <= 16'd0;
        stored_reg  <= 16'd0;
        refused_reg <= 1'b0;
        beat_reg    <= 0;
        bytes_reg   <= 32'd0;
        fill_reg    <= 0;
        busy_reg    <= 0;
        closed_reg  <= 0;
    end
end

endmodule

`resetall
