// Reads the write data of journals that are sent: from the journal volume, or in place for initial copy ([0104], [0124]).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A read's data is fixed in its step: it waits until the unfinished host writes that it overlaps then are on the device, and later writes to
 * its range wait until its data has come. So it needs no cache slot of the host's for longer than the device does, however long the connection
 * path holds it up. Data comes from the devices in any order, and leaves in the order of the steps, without a gap.
 *
 * A read that fails, waits for a write that fails, or is of a volume that is abnormal delivers its beats all the same, with any content,
 * and says so.
 */
module send_read #(
    parameter DATA_WIDTH = 512,
    parameter DEVICES = 2,
    parameter MAX_TRANSFER_BYTES = 16384,
    // Slots for host writes in cache
    parameter CACHE_SLOTS = 16,
    // Reads under way, a power of two
    parameter SEND_SLOTS = 16,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter SEND_WIDTH = $clog2(SEND_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                             clk,
    input  wire                             rst,

    // a step may be asked for; one was granted
    output wire                             room,
    input  wire                             reserve,

    /*
     * The step
     */
    input  wire                             take,
    input  wire [15:0]                      volume,
    input  wire [POSITION_WIDTH-1:0]        position,
    input  wire [31:0]                      size,
    // the volume is abnormal
    input  wire                             unreadable,
    input  wire [(DEVICES > 1 ? $clog2(DEVICES) : 1)-1:0] device,
    input  wire [POSITION_WIDTH-1:0]        device_address,
    input  wire [CACHE_SLOTS-1:0]           overlapping_writes,

    /*
     * Cache directory: a host write's end; the range of a host write's step
     */
    input  wire                             volume_done,
    input  wire                             volume_failed,
    input  wire [SLOT_WIDTH-1:0]            done_slot,
    output wire [SEND_SLOTS-1:0]            overlapping_reads,
    output wire [SEND_SLOTS-1:0]            reads_done,

    /*
     * Storage devices
     */
    output wire [DEVICES-1:0]               device_read_valid,
    output wire [SEND_WIDTH-1:0]            device_read_slot,
    output wire [POSITION_WIDTH-1:0]        device_read_address,
    output wire [31:0]                      device_read_size,
    input  wire [DEVICES-1:0]               device_read_done,
    input  wire [DEVICES*SEND_WIDTH-1:0]    device_read_done_slot,
    input  wire [DEVICES-1:0]               device_read_done_failed,

    /*
     * Cache memory with the data of the read's device
     */
    output wire                             cache_enable,
    output wire [SEND_WIDTH+BEAT_WIDTH-1:0] cache_address,
    input  wire [DEVICES*DATA_WIDTH-1:0]    cache_data,

    /*
     * Data, a packet a read; with each beat its volume, and whether the read failed
     */
    output wire [DATA_WIDTH-1:0]            m_axis_data_tdata,
    output wire                             m_axis_data_tvalid,
    input  wire                             m_axis_data_tready,
    output wire                             m_axis_data_tlast,
    output wire                             m_axis_data_failed,
    output wire [15:0]                      m_axis_data_volume,

    output wire                             idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_DEVICES
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_SEND_SLOTS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam BEAT_BYTES = DATA_WIDTH / 8;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam [SEND_WIDTH:0] SLOTS = SEND_SLOTS;
localparam [SEND_SLOTS-1:0] ONE = 1;
localparam [DEVICES-1:0] FIRST_DEVICE = 1;

reg [SEND_SLOTS-1:0]   busy_reg;
// its device has been asked; its data has come; it is not what it should be
reg [SEND_SLOTS-1:0]   asked_reg;
reg [SEND_SLOTS-1:0]   arrived_reg;
reg [SEND_SLOTS-1:0]   failed_reg;
reg [15:0]             volume_reg  [0:SEND_SLOTS-1];
reg [31:0]             size_reg    [0:SEND_SLOTS-1];
reg [DEVICE_WIDTH-1:0] device_reg  [0:SEND_SLOTS-1];
reg [W-1:0]            address_reg [0:SEND_SLOTS-1];

reg [SEND_WIDTH:0]     reserved_reg;
reg [SEND_WIDTH-1:0]   take_reg;
reg [SEND_WIDTH-1:0]   send_reg;

wire [SEND_SLOTS-1:0] taking = take ? ONE << take_reg : {SEND_SLOTS{1'b0}};
wire [SEND_SLOTS-1:0] may_ask, losing;

/*
 * Wait for writes before it
 */
wire [CACHE_SLOTS-1:0] done_mask = {{CACHE_SLOTS-1{1'b0}}, volume_done} << done_slot;
wire [W-1:0] range_end = position + {{W-32{1'b0}}, size};

generate
    genvar n;
    for (n = 0; n < SEND_SLOTS; n = n + 1) begin : entry
        reg [CACHE_SLOTS-1:0] waits_for_reg;
        reg [W-1:0] position_reg;
        reg [W-1:0] end_reg;

        assign may_ask[n] = busy_reg[n] && !asked_reg[n] && waits_for_reg == 0;
        assign losing[n]  = (waits_for_reg & done_mask) != 0 && volume_failed;
        assign overlapping_reads[n] = busy_reg[n] && !arrived_reg[n] && volume_reg[n] == volume && position < end_reg
                                      && position_reg < range_end;

        wire changes = taking[n] || (volume_done && busy_reg[n]);

        always @(posedge clk) if (changes) begin
            if (taking[n]) begin
                waits_for_reg <= overlapping_writes;
                position_reg  <= position;
                end_reg       <= range_end;
            end else
                waits_for_reg <= waits_for_reg & ~done_mask;
        end
    end
endgenerate

/*
 * Ask: the oldest that may
 */
wire [SEND_SLOTS-1:0] later  = may_ask & ~((ONE << send_reg) - 1'b1);
wire [SEND_SLOTS-1:0] chosen = (later != 0) ? later & ~(later - 1'b1) : may_ask & ~(may_ask - 1'b1);
reg  [SEND_WIDTH-1:0] ask_slot;
integer i;

always @* begin
    ask_slot = 0;
    for (i = 0; i < SEND_SLOTS; i = i + 1)
        if (chosen[i])
            ask_slot = ask_slot | i[SEND_WIDTH-1:0];
end

assign device_read_valid   = (may_ask != 0) ? FIRST_DEVICE << device_reg[ask_slot] : {DEVICES{1'b0}};
assign device_read_slot    = ask_slot;
assign device_read_address = address_reg[ask_slot];
assign device_read_size    = size_reg[ask_slot];

reg [SEND_SLOTS-1:0] arriving, failing;
integer d;

always @* begin
    arriving = 0;
    failing  = 0;
    for (d = 0; d < DEVICES; d = d + 1)
        if (device_read_done[d]) begin
            arriving[device_read_done_slot[d*SEND_WIDTH +: SEND_WIDTH]] = 1'b1;
            failing[device_read_done_slot[d*SEND_WIDTH +: SEND_WIDTH]]  = device_read_done_failed[d];
        end
end

assign reads_done = arriving;

/*
 * Send: one beat a cycle into the cache's output register
 */
reg [31:0]             offset_reg;
reg                    sent_valid_reg, sent_last_reg, sent_failed_reg;
reg [DEVICE_WIDTH-1:0] sent_device_reg;
reg [15:0]             sent_volume_reg;

wire sending   = busy_reg[send_reg] && arrived_reg[send_reg];
wire advance   = !sent_valid_reg || m_axis_data_tready;
wire send_last = offset_reg + BEAT_BYTES == size_reg[send_reg];
wire leaves    = sending && advance && send_last;

assign cache_enable       = advance;
assign cache_address      = {send_reg, offset_reg[$clog2(BEAT_BYTES) +: BEAT_WIDTH]};
assign m_axis_data_tdata  = cache_data[sent_device_reg*DATA_WIDTH +: DATA_WIDTH];
assign m_axis_data_tvalid = sent_valid_reg;
assign m_axis_data_tlast  = sent_last_reg;
assign m_axis_data_failed = sent_failed_reg;
assign m_axis_data_volume = sent_volume_reg;
assign room = reserved_reg != SLOTS;
assign idle = reserved_reg == 0 && !sent_valid_reg;

always @(posedge clk) begin
    busy_reg    <= (busy_reg & ~(leaves ? ONE << send_reg : {SEND_SLOTS{1'b0}})) | taking;
    asked_reg   <= (asked_reg | chosen) & ~taking;
    arrived_reg <= (arrived_reg | arriving) & ~taking;
    failed_reg  <= ((failed_reg | failing | losing) & ~taking) | (unreadable ? taking : {SEND_SLOTS{1'b0}});
    if (take) begin
        volume_reg[take_reg]  <= volume;
        size_reg[take_reg]    <= size;
        device_reg[take_reg]  <= device;
        address_reg[take_reg] <= device_address;
        take_reg              <= take_reg + 1'b1;
    end
    if (advance) begin
        sent_valid_reg  <= sending;
        sent_last_reg   <= send_last;
        sent_failed_reg <= failed_reg[send_reg];
        sent_device_reg <= device_reg[send_reg];
        sent_volume_reg <= volume_reg[send_reg];
    end
    if (sending && advance)
        offset_reg <= send_last ? 32'd0 : offset_reg + BEAT_BYTES;
    if (leaves)
        send_reg <= send_reg + 1'b1;
    reserved_reg <= reserved_reg + {{SEND_WIDTH{1'b0}}, reserve} - {{SEND_WIDTH{1'b0}}, leaves};
    if (rst) begin
        busy_reg       <= 0;
        reserved_reg   <= 0;
        take_reg       <= 0;
        send_reg       <= 0;
        offset_reg     <= 32'd0;
        sent_valid_reg <= 1'b0;
    end
end

endmodule

`resetall
