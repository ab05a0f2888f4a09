// Puts the journals of a packet into a stream: update information, then write data ([0124]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * A beat in every cycle, as long as write data is there. A read that failed takes its step of the commit stage before the last of its data
 * goes out, and from then on the packet is poisoned. So does the first journal whose data is not what its host wrote: that is known when
 * the data has gone, and the packet's trailer waits for the step.
 */
module journal_stream #(
    parameter DATA_WIDTH = 512
) (
    input  wire                  clk,
    input  wire                  rst,

    /*
     * The packet at the head of the queue, of any type; it goes when its last beat leaves
     */
    input  wire                  packet_valid,
    input  wire                  packet_ready,
    // its group in this system
    input  wire [15:0]           packet_group,
    input  wire [31:0]           packet_tag,
    // number of its first journal
    input  wire [63:0]           packet_first,
    // both 0 unless it has journals
    input  wire [15:0]           packet_count,
    input  wire [31:0]           packet_data_bytes,
    output wire                  packet_poison,
    // from path_transmit: the write data of this journal of the packet, one behind the other, is not what its update information says
    input  wire                  journal_damaged,
    input  wire [15:0]           damaged_index,
    output wire                  packet_hold,

    // its update information: beat `buffer_place`, one cycle later
    output wire                  buffer_enable,
    output wire [15:0]           buffer_place,
    output wire                  buffer_last,
    input  wire [DATA_WIDTH-1:0] buffer_data,

    // its write data, a packet a read
    input  wire [DATA_WIDTH-1:0] s_axis_data_tdata,
    input  wire                  s_axis_data_tvalid,
    output wire                  s_axis_data_tready,
    input  wire                  s_axis_data_tlast,
    input  wire                  s_axis_data_failed,
    input  wire [15:0]           s_axis_data_volume,

    output wire [DATA_WIDTH-1:0] m_axis_journals_tdata,
    output wire                  m_axis_journals_tvalid,
    input  wire                  m_axis_journals_tready,

    // step SEND_FAILED: of a read of a volume, or of a journal that is damaged
    output wire                  request_valid,
    input  wire                  request_taken,
    output reg  [`CR_WIDTH-1:0]  request,
    input  wire                  step
);

`ML_REQUIRE_DATA_WIDTH

localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam [31:0] BEAT_BYTES = DATA_WIDTH / 8;

// of the packet: beats of update information asked from the buffer, beats of it sent, bytes of write data sent
reg [15:0] issued_reg, entries_reg;
reg [31:0] data_reg;
reg        entry_valid_reg, told_reg, poison_reg;
// a damaged journal is to take its step; a step is asked for, of a damaged journal
reg        damaged_reg, asked_reg, asked_damaged_reg;
reg [63:0] damaged_number_reg;

wire [15:0] entries = packet_count * PARTS[15:0];
wire advance        = !entry_valid_reg || m_axis_journals_tready;
wire in_data        = packet_valid && entries_reg == entries && data_reg != packet_data_bytes;
wire lost           = s_axis_data_tvalid && s_axis_data_failed && s_axis_data_tlast;
wire data_valid     = in_data && s_axis_data_tvalid && (!lost || told_reg);
wire data_beat      = data_valid && m_axis_journals_tready;

assign buffer_enable          = packet_valid && advance && issued_reg != entries;
assign buffer_place           = issued_reg;
assign buffer_last            = buffer_enable && issued_reg + 16'd1 == entries;
assign m_axis_journals_tvalid = entry_valid_reg || data_valid;
assign m_axis_journals_tdata  = entry_valid_reg ? buffer_data : s_axis_data_tdata;
assign s_axis_data_tready     = data_beat;
assign packet_poison          = poison_reg;
assign request_valid          = !asked_reg && (damaged_reg || (in_data && lost && !told_reg));

wire damages = journal_damaged && !poison_reg;
assign packet_hold = damages || damaged_reg;

always @* begin
    request = 0;
    request[`CR_KIND]      = `ML_REQUEST_SEND_FAILED;
    request[`CR_GROUP]     = packet_group;
    request[`CR_TAG]       = packet_tag[15:0];
    request[`CR_VOLUME]    = damaged_reg ? `ML_NONE : s_axis_data_volume;
    request[`CR_REFERENCE] = damaged_reg ? damaged_number_reg : packet_first;
    request[`CR_FAILED]    = 1'b1;
    request[`CR_DAMAGED]   = damaged_reg;
end

always @(posedge clk) begin
    if (advance)
        entry_valid_reg <= buffer_enable;
    if (buffer_enable)
        issued_reg <= issued_reg + 16'd1;
    if (entry_valid_reg && m_axis_journals_tready)
        entries_reg <= entries_reg + 16'd1;
    if (data_beat)
        data_reg <= data_reg + BEAT_BYTES;
    if (request_taken) begin
        asked_reg         <= 1'b1;
        asked_damaged_reg <= damaged_reg;
    end
    if (step && asked_reg) begin
        asked_reg <= 1'b0;
        if (asked_damaged_reg)
            damaged_reg <= 1'b0;
        else
            told_reg <= 1'b1;
    end
    if (damages) begin
        damaged_reg        <= 1'b1;
        damaged_number_reg <= packet_first + {48'd0, damaged_index};
        poison_reg         <= 1'b1;
    end
    if (data_beat && lost) begin
        told_reg   <= 1'b0;
        poison_reg <= 1'b1;
    end
    if (packet_ready) begin
        issued_reg  <= 16'd0;
        entries_reg <= 16'd0;
        data_reg    <= 32'd0;
        poison_reg  <= 1'b0;
    end
    if (rst) begin
        issued_reg      <= 16'd0;
        entries_reg     <= 16'd0;
        data_reg        <= 32'd0;
        entry_valid_reg <= 1'b0;
        told_reg        <= 1'b0;
        poison_reg      <= 1'b0;
        damaged_reg     <= 1'b0;
        asked_reg       <= 1'b0;
    end
end

endmodule

`resetall
