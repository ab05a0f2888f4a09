// Read process 1230: host reads, from cache where it holds unfinished writes, from the storage device otherwise.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A read's data is fixed in its step: the unfinished writes that it overlaps then are remembered and kept in cache
 * until it has left, and later writes to its range wait until its data has come from the device. Reads then pass three
 * places:
 *
 *      walk   in order, block by block: which is the newest write that holds it? If none does, the whole range is
 *             read into a slot of its own
 *      wait   for the device
 *      send   whichever is ready, in turn: beat by beat, each from the write found in the walk or from the read's slot
 *
 * A read whose device fails is answered with an error and sends nothing. So a read waits for its own device, and for
 * the host to take the data of those before it.
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
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH),
    // Bits of the number of a block in a slot, and among twice as many
    parameter BLOCK_WIDTH = (MAX_TRANSFER_BYTES > 512) ? $clog2(MAX_TRANSFER_BYTES / 512) : 1,
    parameter BLOCK_BITS = BLOCK_WIDTH + 1
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
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]     blocks,
    input  wire [CACHE_SLOTS*BLOCK_BITS-1:0]     sizes,
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
     * Cache memory: write data, a beat of which is asked for and taken in this cycle or later; what was read from
     * devices
     */
    output wire                                  write_cache_valid,
    input  wire                                  write_cache_taken,
    output wire [SLOT_WIDTH+BEAT_WIDTH-1:0]      write_cache_address,
    input  wire [DATA_WIDTH-1:0]                 write_cache_data,
    output wire                                  read_cache_enable,
    output wire [READ_WIDTH+BEAT_WIDTH-1:0]      read_cache_address,
    input  wire [DATA_WIDTH-1:0]                 read_cache_data,

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
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
// bits of a byte in a block, of a volume's number (there are 64 at most), and of the size of the largest transfer
localparam BLOCK_SHIFT = 9, VOLUME_BITS = 6, SIZE_BITS = 8;
localparam B = W - BLOCK_SHIFT;

reg [READ_SLOTS-1:0] busy_reg;
// walked; needs the device; its data has come; its device failed
reg [READ_SLOTS-1:0] walked_reg;
reg [READ_SLOTS-1:0] needs_device_reg;
reg [READ_SLOTS-1:0] arrived_reg;
reg [READ_SLOTS-1:0] failed_reg;
// what is needed of a read when it is walked, and if it fails
(* ram_style = "distributed" *)
reg [DEVICE_WIDTH+B+SIZE_BITS+BLOCK_BITS-1:0] walks [0:READ_SLOTS-1];
(* ram_style = "distributed" *)
reg [VOLUME_BITS+B+SIZE_BITS+64-1:0] failures [0:READ_SLOTS-1];
reg [CACHE_SLOTS-1:0] writes_reg [0:READ_SLOTS-1];

wire [VOLUME_BITS-1:0] short_volume = volume[VOLUME_BITS-1:0];
wire [B-1:0]           block        = position[W-1:BLOCK_SHIFT];
wire [SIZE_BITS-1:0]   block_count  = size[BLOCK_SHIFT +: SIZE_BITS];
wire [B-1:0]           range_end    = block + {{B-SIZE_BITS{1'b0}}, block_count};

wire [READ_WIDTH-1:0] take_slot, walk;
// the read whose beats leave
wire [READ_WIDTH-1:0] send;

free_slot #(.SLOTS(READ_SLOTS)) free_slot_inst (
    .clk(clk), .rst(rst), .busy(busy_reg), .valid(read_free), .slot(take_slot), .take(take)
);

wire [VOLUME_BITS-1:0] failure_volume;
wire [B-1:0]           failure_block;
wire [SIZE_BITS-1:0]   failure_size;

assign {failure_volume, failure_block, failure_size, lookup_order} = failures[lookup_slot];
assign lookup_volume   = {{16-VOLUME_BITS{1'b0}}, failure_volume};
assign lookup_position = {failure_block, {BLOCK_SHIFT{1'b0}}};
assign lookup_size     = {{32-SIZE_BITS-BLOCK_SHIFT{1'b0}}, failure_size, {BLOCK_SHIFT{1'b0}}};

/*
 * Walk
 */
wire walk_misses, walk_ends, walk_in_cache, source_found;
wire [DEVICE_WIDTH-1:0] walk_device;
wire [B-1:0]            walk_address;
wire [SIZE_BITS-1:0]    walk_size;
wire [BLOCK_BITS-1:0]   walk_block;
wire [SLOT_WIDTH-1:0]   source_write;
wire [BLOCK_WIDTH-1:0]  source_block;
wire [BLOCK_WIDTH-1:0]  send_block;

assign {walk_device, walk_address, walk_size, walk_block} = walks[walk];

read_walk #(
    .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS)
) walk_inst (
    .clk(clk), .rst(rst),
    .take(take), .take_slot(take_slot), .walk(walk), .block(walk_block), .size(walk_size[BLOCK_BITS-1:0]),
    .writes(writes_reg[walk]), .blocks(blocks), .sizes(sizes), .newer(newer),
    .misses(walk_misses), .ends(walk_ends), .in_cache(walk_in_cache),
    .lookup_slot(send), .lookup_block(send_block), .lookup_found(source_found), .lookup_write(source_write),
    .lookup_write_block(source_block)
);

localparam [DEVICES-1:0] FIRST_DEVICE = 1;
// a read that was never taken names no device
assign device_read_valid   = walk_misses ? FIRST_DEVICE << walk_device : {DEVICES{1'b0}};
assign device_read_slot    = walk;
assign device_read_address = {walk_address, {BLOCK_SHIFT{1'b0}}};
assign device_read_size    = {{32-SIZE_BITS-BLOCK_SHIFT{1'b0}}, walk_size, {BLOCK_SHIFT{1'b0}}};

/*
 * Wait
 */
reg [READ_SLOTS-1:0] done, arriving;
integer d, i, r;

always @* begin
    done = 0;
    for (d = 0; d < DEVICES; d = d + 1)
        if (device_read_done[d])
            done[device_read_done_slot[d*READ_WIDTH +: READ_WIDTH]] = 1'b1;
end

wire [READ_SLOTS-1:0] failing   = failed ? {{READ_SLOTS-1{1'b0}}, 1'b1} << failed_slot : {READ_SLOTS{1'b0}};
wire [READ_SLOTS-1:0] in_cache  = walk_in_cache ? {{READ_SLOTS-1{1'b0}}, 1'b1} << walk : {READ_SLOTS{1'b0}};
assign reads_done = arriving | failing | in_cache;

// cache slots kept for reads in flight
wire [READ_SLOTS*CACHE_SLOTS-1:0] kept_slots;

generate
    genvar n;
    for (n = 0; n < READ_SLOTS; n = n + 1) begin : read
        assign kept_slots[n*CACHE_SLOTS +: CACHE_SLOTS] = writes_reg[n] & {CACHE_SLOTS{busy_reg[n]}};

        reg [VOLUME_BITS-1:0] volume_reg;
        reg [B-1:0]           block_reg;
        reg [B-1:0]           end_reg;
        wire waiting = busy_reg[n] && !(walked_reg[n] && !needs_device_reg[n]) && !arrived_reg[n] && !failed_reg[n];
        assign overlapping_reads[n] = waiting && volume_reg == short_volume && block_reg < range_end && block < end_reg;

        always @(posedge clk) if (take && take_slot == n) begin
            volume_reg <= short_volume;
            block_reg  <= block;
            end_reg    <= range_end;
        end
    end
endgenerate

always @* begin
    needed_slots = 0;
    for (r = 0; r < READ_SLOTS; r = r + 1)
        needed_slots = needed_slots | kept_slots[r*CACHE_SLOTS +: CACHE_SLOTS];
end

/*
 * Send; a read that overlaps no write was not walked
 */
wire send_ends, send_idle;

read_send #(
    .DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS)
) send_inst (
    .clk(clk), .rst(rst),
    .take(take), .take_slot(take_slot), .tag(tag), .size(size),
    .ready(busy_reg & walked_reg & (failed_reg | arrived_reg | ~needs_device_reg)), .failed(failed_reg), .send(send),
    .send_ends(send_ends),
    .block(send_block), .from_write(source_found && writes_reg[send] != 0), .source_write(source_write),
    .source_block(source_block),
    .write_cache_valid(write_cache_valid), .write_cache_taken(write_cache_taken),
    .write_cache_address(write_cache_address), .write_cache_data(write_cache_data),
    .read_cache_enable(read_cache_enable), .read_cache_address(read_cache_address), .read_cache_data(read_cache_data),
    .m_axis_read_tdata(m_axis_read_tdata), .m_axis_read_tid(m_axis_read_tid), .m_axis_read_tvalid(m_axis_read_tvalid),
    .m_axis_read_tready(m_axis_read_tready), .m_axis_read_tlast(m_axis_read_tlast),
    .response_valid(response_valid), .response_ready(response_ready), .response_tag(response_tag),
    .response_status(response_status), .idle(send_idle)
);

assign idle = busy_reg == 0 && send_idle;

always @(posedge clk) begin
    if (take) begin
        busy_reg[take_slot]         <= 1'b1;
        walked_reg[take_slot]       <= 1'b0;
        needs_device_reg[take_slot] <= 1'b0;
        arrived_reg[take_slot]      <= 1'b0;
        failed_reg[take_slot]       <= 1'b0;
        walks[take_slot]            <= {device, device_address[W-1:BLOCK_SHIFT], block_count, block[BLOCK_BITS-1:0]};
        failures[take_slot]         <= {short_volume, block, block_count, order};
        writes_reg[take_slot]       <= overlapping_writes;
    end

    arriving <= done;
    if (walk_misses)
        needs_device_reg[walk] <= 1'b1;
    if (walk_ends)
        walked_reg[walk] <= 1'b1;

    if ((arriving | failing) != 0) for (i = 0; i < READ_SLOTS; i = i + 1) begin
        if (arriving[i])
            arrived_reg[i] <= 1'b1;
        if (failing[i])
            failed_reg[i] <= 1'b1;
    end
    if (send_ends)
        busy_reg[send] <= 1'b0;

    if (rst) begin
        busy_reg <= 0;
        arriving <= 0;
    end
end

`include "host_read_properties.vh"

endmodule

`resetall
