// Read process 1230: host reads, from cache where it holds unfinished writes, from the storage device otherwise.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * A read's data is fixed in its step: the unfinished writes that it overlaps then are remembered and kept in cache until it
 * has left, and later writes to its range wait until its data has come from the device. Reads then pass three places:
 *
 *      walk   in order, block by block: is all of it in cache? If not, its whole range is read into a slot of its own
 *      wait   for the device
 *      send   whichever is ready, in turn: beat by beat, each from the newest write that holds it or from the read's slot
 *
 * A read whose device fails is answered with an error and sends nothing. So a read waits for its own device, and for the host to take
 * the data of those before it.
 */
module host_read #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter CACHE_SLOTS = 16,
    // Reads in flight, a power of two
    parameter READ_SLOTS = 4,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                                  clk,
    input  wire                                  rst,

    /*
     * Step of a command
     */
    output wire                                  read_free,
    input  wire                                  take,
    input  wire [15:0]                           tag,
    input  wire [15:0]                           volume,
    input  wire [POSITION_WIDTH-1:0]             position,
    input  wire [31:0]                           size,
    input  wire [63:0]                           order,
    input  wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] device,
    input  wire [POSITION_WIDTH-1:0]             device_address,
    input  wire [CACHE_SLOTS-1:0]                overlapping_writes,

    /*
     * Cache directory
     */
    // reads in flight that still need the device for the range of the command in its step
    output wire [READ_SLOTS-1:0]                 overlapping_reads,
    output wire [READ_SLOTS-1:0]                 reads_done,
    output reg  [CACHE_SLOTS-1:0]                needed_slots,
    input  wire [CACHE_SLOTS*POSITION_WIDTH-1:0] positions,
    input  wire [CACHE_SLOTS*32-1:0]             sizes,
    input  wire [CACHE_SLOTS*CACHE_SLOTS-1:0]    newer,

    /*
     * Storage devices
     */
    output wire [DEVICES-1:0]                    device_read_valid,
    output wire [READ_WIDTH-1:0]                 device_read_slot,
    output wire [POSITION_WIDTH-1:0]             device_read_address,
    output wire [31:0]                           device_read_size,
    // per device: all data of a read is in its slot
    input  wire [DEVICES-1:0]                    device_read_done,
    input  wire [DEVICES*READ_WIDTH-1:0]         device_read_done_slot,
    // the step of a read's failure
    input  wire                                  failed,
    input  wire [READ_WIDTH-1:0]                 failed_slot,
    // what a failed read was about, for that step
    input  wire [READ_WIDTH-1:0]                 lookup_slot,
    output wire [15:0]                           lookup_volume,
    output wire [POSITION_WIDTH-1:0]             lookup_position,
    output wire [31:0]                           lookup_size,
    output wire [63:0]                           lookup_order,

    /*
     * Cache memory: write data, and the data of the read's device
     */
    output wire                                  cache_enable,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0]      write_cache_address,
    input  wire [DATA_WIDTH-1:0]                 write_cache_data,
    output wire [READ_WIDTH+BEAT_WIDTH-1:0]      read_cache_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]         read_cache_data,

    /*
     * Host port
     */
    output wire [DATA_WIDTH-1:0]                 m_axis_read_tdata,
    // the command's tag
    output wire [15:0]                           m_axis_read_tid,
    output wire                                  m_axis_read_tvalid,
    input  wire                                  m_axis_read_tready,
    output wire                                  m_axis_read_tlast,
    output wire                                  response_valid,
    input  wire                                  response_ready,
    output wire [15:0]                           response_tag,
    output wire [7:0]                            response_status,

    output wire                                  idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam BEAT_BYTES = DATA_WIDTH / 8;
localparam BEAT_SHIFT = $clog2(BEAT_BYTES);
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;

reg [READ_SLOTS-1:0] busy_reg;
// walked; needs the device; its data has come; its device failed
reg [READ_SLOTS-1:0] walked_reg;
reg [READ_SLOTS-1:0] needs_device_reg;
reg [READ_SLOTS-1:0] arrived_reg;
reg [READ_SLOTS-1:0] failed_reg;
reg [15:0]             tag_reg      [0:READ_SLOTS-1];
reg [15:0]             volume_reg   [0:READ_SLOTS-1];
reg [W-1:0]            position_reg [0:READ_SLOTS-1];
reg [31:0]             size_reg     [0:READ_SLOTS-1];
reg [63:0]             order_reg    [0:READ_SLOTS-1];
reg [DEVICE_WIDTH-1:0] device_reg   [0:READ_SLOTS-1];
reg [W-1:0]            address_reg  [0:READ_SLOTS-1];
reg [CACHE_SLOTS-1:0]  writes_reg   [0:READ_SLOTS-1];

wire [READ_WIDTH-1:0] take_slot, walk;
// the read whose beats leave, if there is one; the one after it
reg                  send_valid_reg;
reg [READ_WIDTH-1:0] send_reg;
reg                  next_valid_reg;
reg [READ_WIDTH-1:0] next_reg;

free_slot #(.SLOTS(READ_SLOTS)) free_slot_inst (
    .clk(clk), .rst(rst), .busy(busy_reg), .valid(read_free), .slot(take_slot), .take(take)
);

assign lookup_volume   = volume_reg[lookup_slot];
assign lookup_position = position_reg[lookup_slot];
assign lookup_size     = size_reg[lookup_slot];
assign lookup_order    = order_reg[lookup_slot];

/*
 * Walk
 */
wire walk_valid;
wire walk_ends;

fifo #(.WIDTH(READ_WIDTH), .DEPTH(READ_SLOTS)) walk_fifo (
    .clk(clk), .rst(rst),
    .in_data(take_slot), .in_valid(take), .in_ready(), .out_data(walk), .out_valid(walk_valid), .out_ready(walk_ends), .count()
);

reg  [31:0] walk_offset_reg;
wire [CACHE_SLOTS-1:0] walk_writes = writes_reg[walk];
wire [W-1:0]           walk_position = position_reg[walk] + {{W-32{1'b0}}, walk_offset_reg};
wire [31:0]            walk_size = size_reg[walk];
wire walk_found;
wire walk_last   = walk_offset_reg + 32'd512 == walk_size;
assign walk_ends = walk_valid && (!walk_found || walk_last);

newest_slot #(.CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) walk_search (
    .slots(walk_writes), .position(walk_position), .positions(positions), .sizes(sizes), .newer(newer),
    .found(walk_found), .slot(), .offset()
);

localparam [DEVICES-1:0] FIRST_DEVICE = 1;
// a read that was never taken names no device
assign device_read_valid   = (walk_valid && !walk_found) ? FIRST_DEVICE << device_reg[walk] : {DEVICES{1'b0}};
assign device_read_slot    = walk;
assign device_read_address = address_reg[walk];
assign device_read_size    = walk_size;

/*
 * Wait
 */
reg [READ_SLOTS-1:0] arriving;
integer d;

always @* begin
    arriving = 0;
    for (d = 0; d < DEVICES; d = d + 1)
        if (device_read_done[d])
            arriving[device_read_done_slot[d*READ_WIDTH +: READ_WIDTH]] = 1'b1;
end

wire [READ_SLOTS-1:0] failing   = failed ? {{READ_SLOTS-1{1'b0}}, 1'b1} << failed_slot : {READ_SLOTS{1'b0}};
wire [READ_SLOTS-1:0] in_cache  = (walk_ends && walk_found) ? {{READ_SLOTS-1{1'b0}}, 1'b1} << walk : {READ_SLOTS{1'b0}};
assign reads_done = arriving | failing | in_cache;

generate
    genvar n;
    for (n = 0; n < READ_SLOTS; n = n + 1) begin : compare
        wire [W-1:0] start = position_reg[n];
        wire [W-1:0] bytes = {{W-32{1'b0}}, size_reg[n]};
        wire waiting = busy_reg[n] && !(walked_reg[n] && !needs_device_reg[n]) && !arrived_reg[n] && !failed_reg[n];
        assign overlapping_reads[n] = waiting && volume_reg[n] == volume && start < position + {{W-32{1'b0}}, size}
                                      && position < start + bytes;
    end
endgenerate

// cache slots kept for reads in flight
wire [READ_SLOTS*CACHE_SLOTS-1:0] kept_slots;

generate
    for (n = 0; n < READ_SLOTS; n = n + 1) begin : keep
        assign kept_slots[n*CACHE_SLOTS +: CACHE_SLOTS] = writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}};
    end
endgenerate

integer i, r, c;

always @* begin
    needed_slots = 0;
    for (r = 0; r < READ_SLOTS; r = r + 1)
        needed_slots = needed_slots | kept_slots[r*CACHE_SLOTS +: CACHE_SLOTS];
end

/*
 * Send: one beat a cycle into the cache's output register. Of those that are ready the next one is chosen while one leaves, in turn
 */
reg  [READ_SLOTS-1:0] chosen_reg;
reg  [READ_SLOTS-1:0] later_reg;
wire [READ_SLOTS-1:0] ready  = busy_reg & ~chosen_reg & (failed_reg | (walked_reg & (arrived_reg | ~needs_device_reg)));
wire [READ_SLOTS-1:0] later  = ready & later_reg;
wire [READ_SLOTS-1:0] among  = (later != 0) ? later : ready;
wire [READ_SLOTS-1:0] choice = among & ~(among - 1'b1);
reg  [READ_WIDTH-1:0] choice_slot;
wire send_ends;
wire send_free = !send_valid_reg || send_ends;
wire choose    = choice != 0 && (!next_valid_reg || send_free);
wire direct    = choose && !next_valid_reg && send_free;

always @* begin
    choice_slot = 0;
    for (c = 0; c < READ_SLOTS; c = c + 1)
        if (choice[c])
            choice_slot = choice_slot | c[READ_WIDTH-1:0];
end

reg  [31:0] send_offset_reg;
reg         sent_valid_reg;
reg         sent_last_reg;
reg         sent_from_write_reg;
reg [DEVICE_WIDTH-1:0] sent_device_reg;
reg [15:0]  sent_tag_reg;

wire [31:0] send_size = size_reg[send_reg];
wire send_found;
wire [SLOT_WIDTH-1:0] send_slot;
wire [31:0] send_slot_offset;
wire response_room;
wire advance     = !sent_valid_reg || m_axis_read_tready;
wire send_failed = send_valid_reg && failed_reg[send_reg];
wire send_active = send_valid_reg && !failed_reg[send_reg] && response_room;
wire send_beat   = send_active && advance;
wire send_last   = send_offset_reg + BEAT_BYTES == send_size;
wire sent        = sent_valid_reg && sent_last_reg && m_axis_read_tready;
wire answer_failed = send_failed && response_room && !sent && !sent_valid_reg;

assign send_ends = (send_beat && send_last) || answer_failed;

newest_slot #(.CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) send_search (
    .slots(writes_reg[send_reg]), .position(position_reg[send_reg] + {{W-32{1'b0}}, send_offset_reg}),
    .positions(positions), .sizes(sizes), .newer(newer),
    .found(send_found), .slot(send_slot), .offset(send_slot_offset)
);

assign cache_enable        = advance;
assign write_cache_address = {send_slot, send_slot_offset[BEAT_SHIFT +: BEAT_WIDTH]};
assign read_cache_address  = {send_reg, send_offset_reg[BEAT_SHIFT +: BEAT_WIDTH]};
assign m_axis_read_tdata   = sent_from_write_reg ? write_cache_data : read_cache_data[sent_device_reg*DATA_WIDTH +: DATA_WIDTH];
assign m_axis_read_tid     = sent_tag_reg;
assign m_axis_read_tvalid  = sent_valid_reg;
assign m_axis_read_tlast   = sent_last_reg;

wire [READ_WIDTH+1:0] answers;
assign response_room = answers < READ_SLOTS;

fifo #(.WIDTH(24), .DEPTH(2*READ_SLOTS)) answer_fifo (
    .clk(clk), .rst(rst),
    .in_data(sent ? {sent_tag_reg, `ML_STATUS_OK} : {tag_reg[send_reg], `ML_STATUS_DEVICE_ERROR}),
    .in_valid(sent || answer_failed), .in_ready(),
    .out_data({response_tag, response_status}), .out_valid(response_valid), .out_ready(response_ready), .count(answers)
);

assign idle = busy_reg == 0 && !sent_valid_reg && !response_valid;

always @(posedge clk) begin
    if (take) begin
        busy_reg[take_slot]         <= 1'b1;
        walked_reg[take_slot]       <= 1'b0;
        needs_device_reg[take_slot] <= 1'b0;
        arrived_reg[take_slot]      <= 1'b0;
        failed_reg[take_slot]       <= 1'b0;
        tag_reg[take_slot]          <= tag;
        volume_reg[take_slot]       <= volume;
        position_reg[take_slot]     <= position;
        size_reg[take_slot]         <= size;
        order_reg[take_slot]        <= order;
        device_reg[take_slot]       <= device;
        address_reg[take_slot]      <= device_address;
        writes_reg[take_slot]       <= overlapping_writes;
    end

    if (walk_valid) begin
        walk_offset_reg <= walk_ends ? 32'd0 : walk_offset_reg + 32'd512;
        if (walk_ends) begin
            walked_reg[walk]       <= 1'b1;
            needs_device_reg[walk] <= !walk_found;
        end
    end

    if ((arriving | failing) != 0) for (i = 0; i < READ_SLOTS; i = i + 1) begin
        if (arriving[i])
            arrived_reg[i] <= 1'b1;
        if (failing[i])
            failed_reg[i] <= 1'b1;
    end

    if (advance) begin
        sent_valid_reg      <= send_active;
        sent_last_reg       <= send_last;
        sent_from_write_reg <= send_found;
        sent_device_reg     <= device_reg[send_reg];
        sent_tag_reg        <= tag_reg[send_reg];
    end
    if (send_beat)
        send_offset_reg <= send_last ? 32'd0 : send_offset_reg + BEAT_BYTES;
    if (send_ends) begin
        busy_reg[send_reg]   <= 1'b0;
        chosen_reg[send_reg] <= 1'b0;
        send_valid_reg       <= 1'b0;
    end
    if (send_free && (next_valid_reg || direct)) begin
        send_valid_reg <= 1'b1;
        send_reg       <= direct ? choice_slot : next_reg;
        next_valid_reg <= 1'b0;
    end
    if (choose) begin
        next_valid_reg          <= !direct;
        next_reg                <= choice_slot;
        chosen_reg[choice_slot] <= 1'b1;
        later_reg               <= ~((choice - 1'b1) | choice);
    end

    if (rst) begin
        busy_reg        <= 0;
        chosen_reg      <= 0;
        later_reg       <= 0;
        send_valid_reg  <= 1'b0;
        next_valid_reg  <= 1'b0;
        walk_offset_reg <= 32'd0;
        send_offset_reg <= 32'd0;
        sent_valid_reg  <= 1'b0;
    end
end

endmodule

`resetall
