// Host adapter 110 ([0049]): takes host commands and their write data into cache.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Commands are taken ahead of their turn: while one waits for its step in the commit stage, the data of those behind it
 * streams into their cache slots. Every write with data gets a slot if it can be held at all; all else about a command
 * is decided in its step, in one place. A write gets any slot that is free. So does a discard, whose slot is filled
 * with zeros in its turn among the packets.
 */
module host_adapter #(
    // Bits of a data beat
    parameter DATA_WIDTH = 512,
    // Largest transfer, bytes, a power of two
    parameter MAX_TRANSFER_BYTES = 16384,
    // Cache slots for write data, a power of two
    parameter CACHE_SLOTS = 16,
    // Commands held
    parameter COMMANDS = 16,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,
    input  wire [63:0]                      time_ns,

    /*
     * Host port
     */
    input  wire                             s_host_command_valid,
    output wire                             s_host_command_ready,
    input  wire [7:0]                       s_host_command_opcode,
    input  wire [15:0]                      s_host_command_tag,
    input  wire [15:0]                      s_host_command_volume,
    input  wire [63:0]                      s_host_command_position,
    input  wire [31:0]                      s_host_command_size,
    // there is room for a command's answer
    input  wire                             answer_room,
    output wire                             command_taken,

    input  wire [DATA_WIDTH-1:0]            s_axis_write_tdata,
    input  wire                             s_axis_write_tvalid,
    output wire                             s_axis_write_tready,
    input  wire                             s_axis_write_tlast,

    /*
     * Cache
     */
    input  wire [CACHE_SLOTS-1:0]           slot_busy,
    output wire                             slot_reserve,
    output wire [SLOT_WIDTH-1:0]            slot,
    output wire                             cache_write_enable,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0] cache_write_address,
    output wire [DATA_WIDTH-1:0]            cache_write_data,

    /*
     * The oldest command, with its data in cache
     */
    output wire                             command_valid,
    input  wire                             command_done,
    output wire [7:0]                       command_opcode,
    output wire [15:0]                      command_tag,
    output wire [15:0]                      command_volume,
    output wire [63:0]                      command_position,
    output wire [31:0]                      command_size,
    output wire [63:0]                      command_time,
    output wire                             command_stored,
    output wire [SLOT_WIDTH-1:0]            command_slot,
    output wire [31:0]                      command_received,
    output wire [31:0]                      command_crc,

    // no command held
    output wire                             idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(`ML_POWER_OF_TWO(COMMANDS, 2, 64), parameter_error_COMMANDS_must_be_a_power_of_two_from_2_to_64)

localparam COMMAND_WIDTH = 64 + 8 + 16 + 16 + 64 + 32;
localparam BEAT_BYTES = DATA_WIDTH / 8;

// 1200: a command as received
reg received_valid_reg;
reg [COMMAND_WIDTH-1:0] received_reg;
wire pass;

assign s_host_command_ready = !received_valid_reg && answer_room;
assign command_taken        = s_host_command_valid && s_host_command_ready;

// with FUA or without
wire [7:0] operation = s_host_command_opcode & ~(8'd1 << `ML_OPCODE_FUA);
wire has_data  = operation == `ML_OPCODE_WRITE && s_host_command_size != 32'd0;
wire can_hold  = s_host_command_size <= MAX_TRANSFER_BYTES && s_host_command_size[8:0] == 9'd0
                 && s_host_command_size != 32'd0;
wire discarded = operation == `ML_OPCODE_DISCARD && can_hold;
// its slot is filled with zeros, holds its data, is filled at all or drains its data
reg  zeros, stored, fills;

always @(posedge clk) begin
    if (command_taken) begin
        received_reg <= {
            time_ns, s_host_command_opcode, s_host_command_tag, s_host_command_volume, s_host_command_position,
            s_host_command_size
        };
        zeros  <= discarded;
        stored <= (has_data && can_hold) || discarded;
        fills  <= has_data || discarded;
    end
    if (!received_valid_reg || pass)
        received_valid_reg <= command_taken;
    if (rst)
        received_valid_reg <= 1'b0;
end

// 1250: reserve cache
wire slot_free, order_ready, packet_ready;

assign pass         = received_valid_reg && order_ready && packet_ready && !(stored && !slot_free);
assign slot_reserve = pass && stored;

free_slot #(.SLOTS(CACHE_SLOTS)) free_slot_inst (
    .clk(clk), .rst(rst), .busy(slot_busy), .valid(slot_free), .slot(slot), .take(slot_reserve)
);

// commands in their order
wire order_valid, command_fills;

fifo #(.WIDTH(COMMAND_WIDTH + 2 + SLOT_WIDTH), .DEPTH(COMMANDS)) order_fifo (
    .clk(clk), .rst(rst),
    .in_data({received_reg, fills, stored, slot}), .in_valid(pass), .in_ready(order_ready),
    .out_data({command_time, command_opcode, command_tag, command_volume, command_position, command_size,
               command_fills, command_stored, command_slot}),
    .out_valid(order_valid), .out_ready(command_done), .count()
);

// write data packets to come, in the same order; the one that comes, in registers
localparam PACKET_WIDTH = 2 + SLOT_WIDTH + 32;
wire packet_waits, packet_done, result_valid, result_ready;
wire [PACKET_WIDTH-1:0] next_packet;
reg  packet_valid, packet_stored, packet_zeros;
reg  [SLOT_WIDTH-1:0] packet_slot;
reg  [31:0] packet_size;
wire packet_leaves = !packet_valid || packet_done;

fifo #(.WIDTH(PACKET_WIDTH), .DEPTH(COMMANDS)) packet_fifo (
    .clk(clk), .rst(rst),
    .in_data({zeros, stored, slot, received_reg[31:0]}), .in_valid(pass && fills), .in_ready(packet_ready),
    .out_data(next_packet), .out_valid(packet_waits), .out_ready(packet_leaves), .count()
);

always @(posedge clk) begin
    if (packet_leaves) begin
        packet_valid <= packet_waits;
        {packet_zeros, packet_stored, packet_slot, packet_size} <= next_packet;
    end
    if (rst)
        packet_valid <= 1'b0;
end

// 1100: receive the data; what does not fit its command is drained
reg [31:0] received_bytes_reg;
reg [31:0] crc_reg;
wire [31:0] crc_next;
wire room = packet_valid && result_ready;
wire beat = room && (packet_zeros || s_axis_write_tvalid);
// a packet may be longer than can be counted
wire [32:0] bytes_sum = {1'b0, received_bytes_reg} + BEAT_BYTES;
wire [31:0] received_bytes = bytes_sum[32] ? 32'hFFFFFFFF : bytes_sum[31:0];

wire last = packet_zeros ? bytes_sum == {1'b0, packet_size} : s_axis_write_tlast;

assign s_axis_write_tready = room && !packet_zeros;
assign packet_done         = beat && last;
assign cache_write_enable  = beat && packet_stored && received_bytes_reg < packet_size;
assign cache_write_address = {packet_slot, received_bytes_reg[BEAT_WIDTH+$clog2(BEAT_BYTES)-1:$clog2(BEAT_BYTES)]};
assign cache_write_data    = packet_zeros ? {DATA_WIDTH{1'b0}} : s_axis_write_tdata;

crc32 #(.DATA_WIDTH(DATA_WIDTH)) data_crc (.data(s_axis_write_tdata), .state(crc_reg), .state_next(crc_next));

wire [31:0] result_received, result_crc;

fifo #(.WIDTH(64), .DEPTH(COMMANDS)) result_fifo (
    .clk(clk), .rst(rst),
    .in_data(packet_zeros ? 64'd0 : {received_bytes, ~crc_next}), .in_valid(packet_done),
    .in_ready(result_ready),
    .out_data({result_received, result_crc}), .out_valid(result_valid), .out_ready(command_done && command_fills),
    .count()
);

assign command_valid    = order_valid && (!command_fills || result_valid);
assign command_received = command_fills ? result_received : 32'd0;
assign command_crc      = result_crc;
assign idle             = !received_valid_reg && !order_valid;

always @(posedge clk) begin
    if (beat) begin
        received_bytes_reg <= last ? 32'd0 : received_bytes;
        crc_reg            <= last ? 32'hFFFFFFFF : crc_next;
    end
    if (rst) begin
        received_bytes_reg <= 32'd0;
        crc_reg            <= 32'hFFFFFFFF;
    end
end

endmodule

`resetall
