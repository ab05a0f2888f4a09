// Restore process (FIG 20), its engine: reads journals, and has them written and freed in order.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * What a look (restore_look) finds, up to MOST journals in one line of the update information area,
 * is read into one of two buffers; each update information then gets a slot (restore_slots) and its data is read into it. So the
 * next look and its reading go on while data is read and written.
 *
 * Reads are under way on one device at a time: the journals of a group whose journal volume is on another device wait until all
 * earlier reads are done. So one memory with one write port holds the data of all slots: {slot, beat}, filled by the reads of
 * client ML_READ_RESTORE, whose jobs name slot and beat.
 */
module restore_pipe #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    // Journals under way, a power of two
    parameter CACHE_SLOTS = 16,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter POSITION_WIDTH = 48,
    // Bits of a read slot of a device's read side
    parameter READ_SLOT_WIDTH = 4,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS),
    parameter BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH)
) (
    input  wire                       clk,
    input  wire                       rst,

    /*
     * Commit stage: requests 0 RESTORE_WRITE, 1 RESTORE_FREE, 2 RESTORE_LOOK
     */
    output wire [2:0]                 request_valid,
    input  wire [2:0]                 request_taken,
    output wire [3*`CR_WIDTH-1:0]     request,
    // number that each group restores next
    input  wire [64*GROUPS-1:0]       next_restores,
    // a step committed journals of a secondary group, started it, or let it be taken over
    input  wire                       kick,
    // groups that this is the secondary system of
    input  wire [GROUPS-1:0]          started,
    // a step started a group again, or wrote a register of it
    input  wire                       clear,
    input  wire [15:0]                step_group,
    input  wire                       step_look,
    input  wire                       step_write,
    input  wire                       step_free,
    input  wire [15:0]                step_outcome,
    input  wire [15:0]                step_volume,
    // such a step is void, for its group was started again meanwhile: it changes nothing and retires nothing
    output wire                       look_void,
    output wire                       write_void,
    output wire                       free_void,
    // the device has answered a write of restore
    input  wire                       volume_done,
    input  wire [INDEX_WIDTH-1:0]     done_index,
    input  wire                       done_failed,
    // look: what it found, and where the group's journal volume lies
    input  wire [4:0]                 look_count,
    input  wire [POSITION_WIDTH-1:0]  look_entry_place,
    input  wire [7:0]                 look_device,
    input  wire [POSITION_WIDTH-1:0]  look_offset,
    input  wire [POSITION_WIDTH-1:0]  look_data_head,
    input  wire [POSITION_WIDTH-1:0]  look_area_end,

    /*
     * Reads, of the device `read_device`: data (client ML_READ_RESTORE), update information (ML_READ_RESTORE_ENTRIES)
     */
    output wire [7:0]                 read_device,
    output wire                       read_valid,
    output wire [READ_SLOT_WIDTH-1:0] read_slot,
    output wire [BEAT_WIDTH-1:0]      read_beat,
    output wire [POSITION_WIDTH-1:0]  read_address,
    output wire [31:0]                read_size,
    input  wire                       read_done,
    input  wire [READ_SLOT_WIDTH-1:0] read_done_slot,
    input  wire                       read_done_failed,
    output wire                       entry_read_valid,
    output wire [READ_SLOT_WIDTH-1:0] entry_read_slot,
    output wire [POSITION_WIDTH-1:0]  entry_read_address,
    output wire [31:0]                entry_read_size,
    input  wire                       entry_done,
    input  wire                       entry_done_failed,
    input  wire                       entry_beat,
    input  wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] entry_beat_address,
    input  wire [DATA_WIDTH-1:0]      entry_beat_data,

    // slots whose write may go to its device
    output wire [CACHE_SLOTS-1:0]     may_restore,
    output wire                       idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_MAX_TRANSFER_BYTES
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE_READ_SLOT_WIDTH(CACHE_SLOTS)

localparam W = POSITION_WIDTH;
localparam MOST = 16;
localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam PARTS = `UPDATE_INFORMATION_BITS / DATA_WIDTH;
localparam PART_WIDTH = $clog2(PARTS);
// update information of a look takes one slot of a device's read side, or two
localparam BUFFER_BIT = (MAX_TRANSFER_BYTES < MOST * `UPDATE_INFORMATION_BYTES) ? BEAT_WIDTH + 1 : BEAT_WIDTH;

/*
 * Buffers of update information: `fill_reg` gets the next look, `head_reg` is cut into journals
 */
wire        finds;
wire [63:0] first_number;
reg        fill_reg, head_reg;
reg [1:0]  used_reg, waits_reg, ready_reg, failed_reg, dropped_reg;
reg [15:0] groups       [0:1];
reg [63:0] numbers      [0:1];
reg [4:0]  counts       [0:1];
reg [W-1:0] entry_places [0:1];
reg [7:0]  devices      [0:1];
reg [W-1:0] offsets     [0:1];
reg [W-1:0] data_heads  [0:1];
reg [W-1:0] area_ends   [0:1];
reg [`UPDATE_INFORMATION_BITS-1:0] entries [0:2*MOST-1];

reg [7:0]  device_reg;
// reads of data under way; a device's queue has room for one in each slot
reg [INDEX_WIDTH:0] reads_reg;
wire next_buffer = waits_reg[head_reg] ? head_reg : !head_reg;
// another device's reads begin when no other are under way
wire may_turn    = devices[next_buffer] == device_reg || (next_buffer == head_reg && reads_reg == 0);

assign entry_read_valid   = waits_reg != 2'd0 && may_turn;
assign entry_read_slot    = next_buffer ? {{READ_SLOT_WIDTH-1{1'b0}}, 1'b1} << (BUFFER_BIT - BEAT_WIDTH) : {READ_SLOT_WIDTH{1'b0}};
assign entry_read_address = offsets[next_buffer] + entry_places[next_buffer];
assign entry_read_size    = {21'd0, counts[next_buffer], 6'd0};
assign read_device        = entry_read_valid ? devices[next_buffer] : device_reg;

wire       beat_buffer = entry_beat_address[BUFFER_BIT];
wire [3:0] beat_entry  = entry_beat_address[PART_WIDTH +: 4];

generate
    if (PARTS == 1) begin : whole
        always @(posedge clk)
            if (entry_beat)
                entries[{beat_buffer, beat_entry}] <= entry_beat_data;
    end else begin : part
        wire [PART_WIDTH-1:0] beat_part = entry_beat_address[PART_WIDTH-1:0];

        always @(posedge clk)
            if (entry_beat)
                entries[{beat_buffer, beat_entry}][beat_part*DATA_WIDTH +: DATA_WIDTH] <= entry_beat_data;
    end
endgenerate

/*
 * The head buffer's journals
 */
reg [3:0] entry_reg;
reg       second_reg;
wire [`UPDATE_INFORMATION_BITS-1:0] entry = entries[{head_reg, entry_reg}];
wire [63:0]  position  = entry[`UI_POSITION];
wire [63:0]  data_at   = entry[`UI_JOURNAL_POSITION];
wire [31:0]  size      = entry[`UI_SIZE];
wire [W-1:0] to_end    = area_ends[head_reg] - data_at[W-1:0];
wire         split     = to_end < {{W-32{1'b0}}, size};
wire [31:0]  first_bytes = split ? to_end[31:0] : size;
wire         cuts      = used_reg[head_reg] && ready_reg[head_reg];
wire         fails     = failed_reg[head_reg];
wire         room, empty, enter, begins, drops, look_idle;
wire [INDEX_WIDTH-1:0] enter_slot;
wire [15:0]  write_group;
reg  [INDEX_WIDTH-1:0] second_slot_reg;
reg  [31:0]  first_bytes_reg;
wire read_room  = !reads_reg[INDEX_WIDTH];
wire last_entry = {1'b0, entry_reg} + 5'd1 == counts[head_reg] || fails;

assign enter = cuts && !dropped_reg[head_reg] && !second_reg && room && read_room;
wire entry_done_with = second_reg ? read_room : enter && (!split || fails);
wire releases = cuts && (dropped_reg[head_reg] ? !second_reg : entry_done_with && last_entry);

assign read_valid   = (enter && !fails && size != 32'd0) || (second_reg && read_room);
assign read_slot    = {{READ_SLOT_WIDTH-INDEX_WIDTH{1'b0}}, second_reg ? second_slot_reg : enter_slot};
assign read_beat    = second_reg ? first_bytes_reg[BEAT_SHIFT +: BEAT_WIDTH] : {BEAT_WIDTH{1'b0}};
assign read_address = offsets[head_reg] + (second_reg ? data_heads[head_reg] : data_at[W-1:0]);
assign read_size    = second_reg ? size - first_bytes_reg : first_bytes;

restore_slots #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) slots (
    .clk(clk), .rst(rst),
    .room(room), .enter_slot(enter_slot), .enter(enter), .enter_group(groups[head_reg]),
    .enter_number(numbers[head_reg] + {60'd0, entry_reg}), .enter_kind(entry[`UI_KIND]), .enter_volume(entry[`UI_VOLUME]),
    .enter_position(position[W-1:0]), .enter_size(size),
    .enter_parts((fails || size == 32'd0) ? 2'd0 : split ? 2'd2 : 2'd1), .enter_failed(fails),
    .read_done(read_done), .read_done_slot(read_done_slot[INDEX_WIDTH-1:0]), .read_done_failed(read_done_failed),
    .request_valid(request_valid[1:0]), .request_taken(request_taken[1:0]), .request(request[2*`CR_WIDTH-1:0]),
    .step_write(step_write), .step_free(step_free), .step_outcome(step_outcome), .step_volume(step_volume),
    .volume_done(volume_done), .done_index(done_index), .done_failed(done_failed),
    .clear(clear), .clear_group(step_group), .write_void(write_void), .free_void(free_void),
    .may_restore(may_restore), .begins(begins), .drops(drops), .write_group(write_group), .empty(empty)
);

restore_look #(.GROUPS(GROUPS)) look (
    .clk(clk), .rst(rst), .room(!used_reg[fill_reg]), .next_restores(next_restores), .kick(kick),
    .started(started), .clear(clear),
    .step_group(step_group), .step_look(step_look), .step_outcome(step_outcome), .look_count(look_count),
    .begins(begins), .drops(drops), .write_group(write_group),
    .request_valid(request_valid[2]), .request_taken(request_taken[2]), .request(request[2*`CR_WIDTH +: `CR_WIDTH]),
    .look_void(look_void), .finds(finds), .first_number(first_number), .idle(look_idle)
);

assign idle = empty && used_reg == 2'd0 && look_idle;

integer i;

always @(posedge clk) begin
    if (finds) begin
        groups[fill_reg]       <= step_group;
        numbers[fill_reg]      <= first_number;
        counts[fill_reg]       <= look_count;
        entry_places[fill_reg] <= look_entry_place;
        devices[fill_reg]      <= look_device;
        offsets[fill_reg]      <= look_offset;
        data_heads[fill_reg]   <= look_data_head;
        area_ends[fill_reg]    <= look_area_end;
        used_reg[fill_reg]     <= 1'b1;
        waits_reg[fill_reg]    <= 1'b1;
        ready_reg[fill_reg]    <= 1'b0;
        failed_reg[fill_reg]   <= 1'b0;
        dropped_reg[fill_reg]  <= 1'b0;
        fill_reg               <= !fill_reg;
    end
    if (entry_read_valid) begin
        waits_reg[next_buffer] <= 1'b0;
        device_reg             <= devices[next_buffer];
    end
    // reads of update information are done in their order: the head's first
    if (entry_done) begin
        ready_reg[ready_reg[head_reg] ? !head_reg : head_reg]  <= 1'b1;
        failed_reg[ready_reg[head_reg] ? !head_reg : head_reg] <= entry_done_failed;
    end

    reads_reg <= reads_reg + {{INDEX_WIDTH{1'b0}}, read_valid} - {{INDEX_WIDTH{1'b0}}, read_done};
    if (enter) begin
        second_reg      <= split && !fails;
        second_slot_reg <= enter_slot;
        first_bytes_reg <= first_bytes;
    end
    if (second_reg && read_room)
        second_reg <= 1'b0;
    if (entry_done_with)
        entry_reg <= entry_reg + 4'd1;
    if (releases) begin
        used_reg[head_reg]  <= 1'b0;
        ready_reg[head_reg] <= 1'b0;
        head_reg            <= !head_reg;
        entry_reg           <= 4'd0;
    end

    if (drops || clear) for (i = 0; i < 2; i = i + 1)
        if ((drops && groups[i] == write_group) || (clear && groups[i] == step_group))
            dropped_reg[i] <= 1'b1;
    if (rst) begin
        fill_reg      <= 1'b0;
        head_reg      <= 1'b0;
        used_reg      <= 2'd0;
        waits_reg     <= 2'd0;
        ready_reg     <= 2'd0;
        dropped_reg   <= 2'd0;
        device_reg    <= 8'd0;
        reads_reg     <= 0;
        entry_reg     <= 4'd0;
        second_reg    <= 1'b0;
    end
end

endmodule

`resetall
