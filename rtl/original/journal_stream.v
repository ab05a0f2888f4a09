// Puts the journals of a packet into a stream: update information, then write data ([0124]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * All of a packet is in its buffer before it begins, so that once it has begun it waits for nothing but the path. A
 * packet for which a read failed is poisoned from its beginning. One whose data turns out not to be what a host wrote
 * is poisoned by the first such journal: that is known when the data has gone, and the packet's trailer waits for the
 * step that reports it.
 */
module journal_stream #(
    parameter DATA_WIDTH = 512,
    // Bits of the number of a beat of a packet's update information, of its write data
    parameter ENTRY_WIDTH = 6,
    parameter PLACE_WIDTH = 10
) (
    input  wire                   clk,
    input  wire                   rst,

    /*
     * The packet that is sent, of any type; it goes when its last beat leaves
     */
    input  wire                   packet_valid,
    input  wire                   packet_ready,
    // its group in this system
    input  wire [15:0]            packet_group,
    input  wire [31:0]            packet_tag,
    // number of its first journal
    input  wire [63:0]            packet_first,
    // both 0 unless it has journals
    input  wire [15:0]            packet_count,
    input  wire [31:0]            packet_data_bytes,
    // a read of its data failed
    input  wire                   packet_failed,
    output wire                   packet_poison,
    // from path_transmit: the write data of this journal of the packet, one behind the other, is not what its update
    // information says
    input  wire                   journal_damaged,
    input  wire [15:0]            damaged_index,
    output wire                   packet_hold,

    // its buffer: beats of update information and of write data, one cycle later
    output wire                   entry_enable,
    output wire [ENTRY_WIDTH-1:0] entry_place,
    input  wire [DATA_WIDTH-1:0]  entry_data,
    output wire                   data_enable,
    output wire [PLACE_WIDTH-1:0] data_place,
    input  wire [DATA_WIDTH-1:0]  data,

    output wire [DATA_WIDTH-1:0]  m_axis_journals_tdata,
    output wire                   m_axis_journals_tvalid,
    input  wire                   m_axis_journals_tready,

    // step SEND_FAILED of a journal that is damaged
    output wire                   request_valid,
    input  wire                   request_taken,
    output reg  [`CR_WIDTH-1:0]   request,
    input  wire                   step
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(PLACE_WIDTH, 6, 13), parameter_error_PLACE_WIDTH_must_be_6_to_13)
`ML_REQUIRE(`ML_IN_RANGE(ENTRY_WIDTH, 4, 9), parameter_error_ENTRY_WIDTH_must_be_4_to_9)

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;

// beats of the packet asked from its buffer; of the beat that is here: is it there, is it update information
reg [ENTRY_WIDTH:0] entries_reg;
reg [PLACE_WIDTH:0] data_reg;
reg        valid_reg, entry_reg;
// a damaged journal takes its step; it is asked for
reg        poison_reg, damaged_reg, asked_reg;
reg [63:0] damaged_number_reg;

wire [31:0] all_entries = {16'd0, packet_count} * PARTS;
wire [31:0] all_data    = packet_data_bytes >> BEAT_SHIFT;
wire more_entries = entries_reg != all_entries[ENTRY_WIDTH:0];
wire more_data    = data_reg != all_data[PLACE_WIDTH:0];
wire advance      = !valid_reg || m_axis_journals_tready;
wire issues       = packet_valid && advance;

assign entry_enable           = issues && more_entries;
assign entry_place            = entries_reg[ENTRY_WIDTH-1:0];
assign data_enable            = issues && !more_entries && more_data;
assign data_place             = data_reg[PLACE_WIDTH-1:0];
assign m_axis_journals_tvalid = valid_reg;
assign m_axis_journals_tdata  = entry_reg ? entry_data : data;
assign packet_poison          = packet_failed || poison_reg;
assign request_valid          = damaged_reg && !asked_reg;

wire damages = journal_damaged && !packet_poison;
assign packet_hold = damages || damaged_reg;

reg [`CR_WIDTH-1:0] new_request;

always @* begin
    new_request = 0;
    new_request[`CR_KIND]      = `ML_REQUEST_SEND_FAILED;
    new_request[`CR_GROUP]     = packet_group;
    new_request[`CR_TAG]       = packet_tag[15:0];
    new_request[`CR_VOLUME]    = `ML_NONE;
    new_request[`CR_REFERENCE] = damaged_number_reg;
    new_request[`CR_FAILED]    = 1'b1;
    new_request[`CR_DAMAGED]   = 1'b1;
    request = new_request;
end

always @(posedge clk) begin
    if (advance) begin
        valid_reg <= entry_enable || data_enable;
        entry_reg <= entry_enable;
    end
    if (entry_enable)
        entries_reg <= entries_reg + 1'b1;
    if (data_enable)
        data_reg <= data_reg + 1'b1;
    if (request_taken)
        asked_reg <= 1'b1;
    if (step && asked_reg) begin
        damaged_reg <= 1'b0;
        asked_reg   <= 1'b0;
    end
    if (damages) begin
        damaged_reg        <= 1'b1;
        damaged_number_reg <= packet_first + {48'd0, damaged_index};
        poison_reg         <= 1'b1;
    end
    if (packet_ready) begin
        entries_reg <= 0;
        data_reg    <= 0;
        poison_reg  <= 1'b0;
    end
    if (rst) begin
        entries_reg <= 0;
        data_reg    <= 0;
        valid_reg   <= 1'b0;
        poison_reg  <= 1'b0;
        damaged_reg <= 1'b0;
        asked_reg   <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg                  waiting_reg, entry_asked_reg, data_asked_reg, may_poison_reg, poison_was_reg, packet_waiting_reg;
reg                  failed_reg, held_reg;
reg [DATA_WIDTH-1:0] offered_reg, entry_shown_reg, data_shown_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a memory's beat holds until the next one is asked for (CACHE_1)
    `ML_ASSUMED(entry_asked_reg || entry_data == entry_shown_reg);
    `ML_ASSUMED(data_asked_reg || data == data_shown_reg);
    // ASSUMED 2: a packet holds until it has gone
    `ML_ASSUMED(!packet_waiting_reg || packet_failed == failed_reg);
end

always @(posedge clk) begin
    waiting_reg        <= m_axis_journals_tvalid && !m_axis_journals_tready && !rst;
    offered_reg        <= m_axis_journals_tdata;
    entry_asked_reg    <= entry_enable;
    data_asked_reg     <= data_enable;
    entry_shown_reg    <= entry_data;
    data_shown_reg     <= data;
    packet_waiting_reg <= packet_valid && !packet_ready;
    failed_reg         <= packet_failed;
    poison_was_reg     <= packet_poison;
    held_reg           <= packet_hold;
    may_poison_reg     <= packet_hold || packet_ready || !packet_valid || rst;
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: valid stays and the beat holds until it is taken
    `ML_HOLDS(STREAM_1, !waiting_reg || (m_axis_journals_tvalid && m_axis_journals_tdata == offered_reg));
    // 2: a packet becomes poisoned only while its trailer is held
    `ML_HOLDS(STREAM_2, may_poison_reg || packet_poison == poison_was_reg);
    // 3: it is held from the cycle on in which a journal is damaged, until the step has reported it
    `ML_HOLDS(STREAM_3, !packet_hold || held_reg || journal_damaged);
end
`endif

endmodule

`resetall
