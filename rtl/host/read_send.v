// Sends the data of host reads, from the writes that hold it or from what their devices have returned.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * Reads that are ready take turns: one beat a cycle into the cache's output register, each from the write that was
 * found to hold its block or from the read's own slot. A read's answer comes behind its data; one that failed has no
 * data.
 */
module read_send #(
    parameter DATA_WIDTH = 512,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of the number of a block in a slot
    parameter BLOCK_WIDTH = (MAX_TRANSFER_BYTES > 512) ? $clog2(MAX_TRANSFER_BYTES / 512) : 1
) (
    input  wire                             clk,
    input  wire                             rst,

    // a read is taken into a slot
    input  wire                             take,
    input  wire [READ_WIDTH-1:0]            take_slot,
    input  wire [15:0]                      tag,
    input  wire [31:0]                      size,

    // reads that are ready, or have failed; whose turn it is, and its end
    input  wire [READ_SLOTS-1:0]            ready,
    input  wire [READ_SLOTS-1:0]            failed,
    output wire [READ_WIDTH-1:0]            send,
    output wire                             send_ends,

    // of its block: the write that holds it, if one does, and the block of that
    output wire [BLOCK_WIDTH-1:0]           block,
    input  wire                             from_write,
    input  wire [SLOT_WIDTH-1:0]            source_write,
    input  wire [BLOCK_WIDTH-1:0]           source_block,

    /*
     * Cache memory, as in host_read
     */
    output wire                             write_cache_valid,
    input  wire                             write_cache_taken,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0] write_cache_address,
    input  wire [DATA_WIDTH-1:0]            write_cache_data,
    output wire                             read_cache_enable,
    output wire [READ_WIDTH+BEAT_WIDTH-1:0] read_cache_address,
    input  wire [DATA_WIDTH-1:0]            read_cache_data,

    /*
     * Host port
     */
    output wire [DATA_WIDTH-1:0]            m_axis_read_tdata,
    output wire [15:0]                      m_axis_read_tid,
    output wire                             m_axis_read_tvalid,
    input  wire                             m_axis_read_tready,
    output wire                             m_axis_read_tlast,
    output wire                             response_valid,
    input  wire                             response_ready,
    output wire [15:0]                      response_tag,
    output wire [7:0]                       response_status,

    output wire                             idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS

// bits of a beat's number in a block, and of the size of the largest transfer in blocks
localparam BLOCK_SHIFT = 9, SIZE_BITS = 8;
localparam BEAT_BITS = BLOCK_SHIFT - $clog2(DATA_WIDTH / 8);

(* ram_style = "distributed" *)
reg [16+SIZE_BITS-1:0] sends [0:READ_SLOTS-1];

// beats that have left
reg  [SIZE_BITS+BEAT_BITS-1:0] offset_reg;
reg         sent_valid_reg;
reg         sent_last_reg;
reg         sent_from_write_reg;
reg  [15:0] sent_tag_reg;

wire send_valid;
wire [15:0] send_tag;
wire [SIZE_BITS-1:0] send_size;
wire [READ_WIDTH+1:0] answers;
wire response_room = answers < READ_SLOTS;
wire advance       = !sent_valid_reg || m_axis_read_tready;
wire send_failed   = send_valid && failed[send];
wire send_active   = send_valid && !failed[send] && response_room;
wire send_beat     = advance && send_active && (!from_write || write_cache_taken);
wire send_last     = offset_reg + 1'b1 == {send_size, {BEAT_BITS{1'b0}}};
wire sent          = sent_valid_reg && sent_last_reg && m_axis_read_tready;
wire answer_failed = send_failed && response_room && !sent && !sent_valid_reg;

assign send_ends = (send_beat && send_last) || answer_failed;
assign block     = offset_reg[BEAT_BITS +: BLOCK_WIDTH];
assign {send_tag, send_size} = sends[send];

slot_turns #(.SLOTS(READ_SLOTS)) send_turns (
    .clk(clk), .rst(rst), .ready(ready), .valid(send_valid), .slot(send), .ends(send_ends)
);

wire [BLOCK_WIDTH+BEAT_BITS-1:0] place = {source_block, offset_reg[BEAT_BITS-1:0]};

assign write_cache_valid   = advance && send_active && from_write;
assign write_cache_address = {source_write, place[BEAT_WIDTH-1:0]};
assign read_cache_enable   = advance;
assign read_cache_address  = {send, offset_reg[BEAT_WIDTH-1:0]};
assign m_axis_read_tdata   = sent_from_write_reg ? write_cache_data : read_cache_data;
assign m_axis_read_tid     = sent_tag_reg;
assign m_axis_read_tvalid  = sent_valid_reg;
assign m_axis_read_tlast   = sent_last_reg;

fifo #(.WIDTH(24), .DEPTH(2*READ_SLOTS)) answer_fifo (
    .clk(clk), .rst(rst),
    .in_data(sent ? {sent_tag_reg, `ML_STATUS_OK} : {send_tag, `ML_STATUS_DEVICE_ERROR}),
    .in_valid(sent || answer_failed), .in_ready(),
    .out_data({response_tag, response_status}), .out_valid(response_valid), .out_ready(response_ready), .count(answers)
);

assign idle = !sent_valid_reg && !response_valid;

always @(posedge clk) begin
    if (take)
        sends[take_slot] <= {tag, size[BLOCK_SHIFT +: SIZE_BITS]};

    if (advance) begin
        sent_valid_reg      <= send_beat;
        sent_last_reg       <= send_last;
        sent_from_write_reg <= from_write;
        sent_tag_reg        <= send_tag;
    end
    if (send_beat)
        offset_reg <= send_last ? {SIZE_BITS+BEAT_BITS{1'b0}} : offset_reg + 1'b1;

    if (rst) begin
        offset_reg     <= 0;
        sent_valid_reg <= 1'b0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (make prove; docs/proofs.md)
 */
reg                  waiting_reg, answer_waiting_reg, write_taken_reg, read_asked_reg;
reg [DATA_WIDTH+16:0] offered_reg;
reg [23:0]           answer_offered_reg;
reg [DATA_WIDTH-1:0] write_shown_reg, read_shown_reg;

always @(`ML_CYCLE) begin
    // ASSUMED 0: it begins with a reset
    `ML_BEGINS_WITH(rst);
    // ASSUMED 1: a memory's beat holds until the next one is taken (TURNS_1), or asked for (CACHE_1)
    `ML_ASSUMED(write_taken_reg || write_cache_data == write_shown_reg);
    `ML_ASSUMED(read_asked_reg || read_cache_data == read_shown_reg);
    // ASSUMED 2: a turn goes to who asks (TURNS_2)
    `ML_ASSUMED(!write_cache_taken || write_cache_valid);
end

always @(posedge clk) begin
    waiting_reg        <= m_axis_read_tvalid && !m_axis_read_tready;
    offered_reg        <= {m_axis_read_tlast, m_axis_read_tid, m_axis_read_tdata};
    answer_waiting_reg <= response_valid && !response_ready;
    answer_offered_reg <= {response_tag, response_status};
    write_taken_reg    <= write_cache_taken;
    read_asked_reg     <= read_cache_enable;
    write_shown_reg    <= write_cache_data;
    read_shown_reg     <= read_cache_data;
    if (rst) begin
        waiting_reg        <= 1'b0;
        answer_waiting_reg <= 1'b0;
    end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: valid stays, and data, tag and last hold until they are taken
    `ML_HOLDS(READ_1, !waiting_reg || (m_axis_read_tvalid
                                     && {m_axis_read_tlast, m_axis_read_tid, m_axis_read_tdata} == offered_reg));
    // 2: so with the answer
    `ML_HOLDS(READ_2, !answer_waiting_reg || (response_valid && {response_tag, response_status} == answer_offered_reg));
    // 3: an answer always has its place
    `ML_HOLDS(READ_3, answers <= READ_SLOTS + 1 && (!sent_valid_reg || answers <= READ_SLOTS));
end
`endif

endmodule

`resetall
