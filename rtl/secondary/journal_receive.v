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
 * buffer waits or is lost. For the oldest packet of a group store_requester asks for one step of journal store for each
 * journal, and then for the step that closes the packet. Groups take turns.
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
    output wire [`CR_WIDTH-1:0]                request,
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

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
// of numbers of journals
localparam COUNT_WIDTH = JOURNAL_WIDTH + 1;

wire [GROUP_WIDTH-1:0] group_index = packet_group[GROUP_WIDTH-1:0];
wire landed, keeps, buffers_idle;
wire [GROUPS-1:0]        queue_room, head_valids, wanted_of;
wire [BUFFERS-1:0]       buffers_used;
wire [BUFFER_WIDTH-1:0]  fill, head_buffer;
wire [COUNT_WIDTH-1:0]   head_count;
wire [DATA_WIDTH-1:0]    lookup_information;
wire [GROUP_WIDTH-1:0]   turn;
wire [JOURNAL_WIDTH-1:0] journal, lookup_index;
wire [PART_WIDTH-1:0]    lookup_part;
wire [BEAT_WIDTH-1:0]    first_beat;
wire head_done, stores;
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
    .lookup_buffer(head_buffer), .lookup_index(lookup_index), .lookup_part(lookup_part),
    .lookup_information(lookup_information), .crc_lookup_index(journal), .lookup_crc(store_data_crc),
    .close(head_done && head_journals), .close_buffer(head_buffer), .buffers_used(buffers_used),
    .wanted_of(wanted_of), .idle(buffers_idle)
);

received_packets #(.GROUPS(GROUPS), .BUFFER_WIDTH(BUFFER_WIDTH), .COUNT_WIDTH(COUNT_WIDTH)) packets (
    .clk(clk), .rst(rst), .room(queue_room), .enter(keeps), .enter_group(group_index), .enter_source(packet_source),
    .enter_type(packet_type), .enter_generation(packet_generation), .enter_tag(packet_tag),
    .enter_status(packet_status),
    .enter_count(packet_count), .enter_buffer(fill), .valid(head_valids), .turn(turn), .leave(head_done),
    .source(answer_source), .packet_type(answer_type), .generation(answer_generation), .tag(answer_tag),
    .status(answer_status), .count(head_count), .data_buffer(head_buffer)
);

/*
 * Their steps
 */
wire [INDEX_WIDTH-1:0] slot;
wire [GROUPS-1:0]      slot_room;

store_requester #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .MAX_JOURNALS(MAX_JOURNALS), .MAX_DATA_BYTES(MAX_DATA_BYTES),
    .CACHE_SLOTS(CACHE_SLOTS)
) store_requester_inst (
    .clk(clk), .rst(rst), .head_valids(head_valids), .wanted_of(wanted_of), .slot_room(slot_room), .slot(slot),
    .turn(turn), .head_journals(head_journals), .head_count(head_count), .head_tag(answer_tag[15:0]),
    .head_done(head_done), .handled_index(journal), .lookup_index(lookup_index), .lookup_part(lookup_part),
    .lookup_information(lookup_information),
    .request_valid(request_valid), .request_taken(request_taken), .request(request), .settled(settled),
    .first_number(answer_first_number), .information(store_information), .first_beat(first_beat),
    .step_store(step_store), .step_wanted(step_wanted), .step_stored(step_stored), .step_holds(step_holds),
    .step_yields(step_yields), .step_outcome(step_outcome), .step_answer(step_answer), .retry(retry), .stores(stores)
);

assign answer_group = {{16-GROUP_WIDTH{1'b0}}, turn};
assign store_start  = {head_buffer, first_beat};
assign idle         = head_valids == 0 && buffers_idle;

/*
 * Journals in flight
 */
received_jobs #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .BUFFERS(BUFFERS)) jobs (
    .clk(clk), .rst(rst), .room(slot_room), .slot(slot), .enter(stores), .group(turn), .data_buffer(head_buffer),
    .done(journal_done), .done_index(done_index), .buffers_used(buffers_used)
);

endmodule

`resetall
