// Restore process (FIG 20), its engine: reads journals, and has them written and freed in order.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * What a look (restore_look) finds, up to MOST journals in one line of the update information area, is read into one of the two
 * buffers of its group; each update information then gets a slot (restore_slots) and its data is read into it. So the next look and
 * its reading go on while data is read and written, and no group waits for a device that it does not need. Both are held against what was
 * stored: what is damaged, and all behind it, is not written.
 *
 * One memory holds the data of all slots: {slot, beat}, filled by the reads of client ML_READ_RESTORE, whose jobs name slot and
 * beat. Of all devices one beat comes a cycle (device_side).
 */
module restore_pipe #(
    parameter DATA_WIDTH = 512,
    parameter GROUPS = 4,
    parameter DEVICES = 2,
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
     * Reads: data (client ML_READ_RESTORE), update information (ML_READ_RESTORE_ENTRIES), each of a device
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
    output wire [7:0]                 entry_read_device,
    output wire                       entry_read_valid,
    output wire [READ_SLOT_WIDTH-1:0] entry_read_slot,
    output wire [POSITION_WIDTH-1:0]  entry_read_address,
    output wire [31:0]                entry_read_size,
    input  wire                       entry_done,
    input  wire [READ_SLOT_WIDTH-1:0] entry_done_slot,
    input  wire                       entry_done_failed,
    // a beat of either, as it comes
    input  wire                       data_beat,
    input  wire                       entry_beat,
    input  wire [READ_SLOT_WIDTH+BEAT_WIDTH-1:0] beat_address,
    input  wire [DATA_WIDTH-1:0]      beat_data,

    // slots whose write may go to its device
    output wire [CACHE_SLOTS-1:0]     may_restore,
    output wire                       idle
);

`ML_REQUIRE_DATA_WIDTH
`ML_REQUIRE_GROUPS
`ML_REQUIRE_DEVICES
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
 * Buffers of update information, {group, one of two}: `fill_reg` gets the group's next look, `head_reg` is cut into journals
 */
localparam GROUP_WIDTH  = (GROUPS > 1) ? $clog2(GROUPS) : 1;
localparam DEVICE_WIDTH = (DEVICES > 1) ? $clog2(DEVICES) : 1;
localparam BUFFER_WIDTH = GROUP_WIDTH + 1;
localparam BUFFERS      = 1 << BUFFER_WIDTH;
localparam [BUFFERS-1:0] ONE = 1;
// reads of data in a device's queue when it has room for two more
localparam [READ_SLOT_WIDTH:0] MOST_READS = (1 << READ_SLOT_WIDTH) - 2;

`ML_REQUIRE((2 * GROUPS) << (BUFFER_BIT - BEAT_WIDTH) <= 1 << READ_SLOT_WIDTH,
            parameter_error_READ_SLOT_WIDTH_must_have_room_for_the_buffers_of_all_groups)

wire        finds;
wire [63:0] first_number;
reg [GROUPS-1:0]  fill_reg, head_reg;
reg [BUFFERS-1:0] used_reg, waits_reg, ready_reg, failed_reg, dropped_reg;
reg [63:0] numbers      [0:BUFFERS-1];
reg [4:0]  counts       [0:BUFFERS-1];
reg [W-1:0] entry_places [0:BUFFERS-1];
reg [7:0]  devices      [0:BUFFERS-1];
reg [W-1:0] offsets     [0:BUFFERS-1];
reg [W-1:0] data_heads  [0:BUFFERS-1];
reg [W-1:0] area_ends   [0:BUFFERS-1];
reg [`UPDATE_INFORMATION_BITS-1:0] entries [0:BUFFERS*MOST-1];

// the next read of update information: a queue of the device has room for that of every buffer
wire [BUFFERS-1:0] asks = waits_reg & ~(waits_reg - 1'b1);
reg  [BUFFER_WIDTH-1:0] next_buffer;
// a loop variable for each block
integer i, j, k;

always @* begin
    next_buffer = 0;
    for (i = 0; i < BUFFERS; i = i + 1)
        if (asks[i])
            next_buffer = next_buffer | i[BUFFER_WIDTH-1:0];
end

wire [READ_SLOT_WIDTH+BUFFER_WIDTH-1:0] buffer_slot = {{READ_SLOT_WIDTH{1'b0}}, next_buffer} << (BUFFER_BIT - BEAT_WIDTH);

assign entry_read_valid   = waits_reg != 0;
assign entry_read_device  = devices[next_buffer];
assign entry_read_slot    = buffer_slot[READ_SLOT_WIDTH-1:0];
assign entry_read_address = offsets[next_buffer] + entry_places[next_buffer];
assign entry_read_size    = {21'd0, counts[next_buffer], 6'd0};

// the end of a read is known when the last of it is checked
reg                     entry_done_reg, entry_done_failed_reg;
reg [BUFFER_WIDTH-1:0]  done_buffer_reg;

wire [BUFFER_WIDTH-1:0] beat_buffer = beat_address[BUFFER_BIT +: BUFFER_WIDTH];
wire [3:0] beat_entry  = beat_address[PART_WIDTH +: 4];
wire [`UPDATE_INFORMATION_BITS-1:0] information;
wire information_end;

generate
    if (PARTS == 1) begin : whole
        always @(posedge clk)
            if (entry_beat)
                entries[{beat_buffer, beat_entry}] <= beat_data;

        assign information     = beat_data;
        assign information_end = entry_beat;
    end else begin : part
        wire [PART_WIDTH-1:0] beat_part = beat_address[PART_WIDTH-1:0];
        // the parts that have come; those of two devices' reads come among each other
        reg [`UPDATE_INFORMATION_BITS-DATA_WIDTH-1:0] parts [0:BUFFERS-1];

        always @(posedge clk)
            if (entry_beat)
                entries[{beat_buffer, beat_entry}][beat_part*DATA_WIDTH +: DATA_WIDTH] <= beat_data;

        always @(posedge clk)
            if (entry_beat)
                parts[beat_buffer] <= information[`UPDATE_INFORMATION_BITS-1:DATA_WIDTH];

        assign information     = {beat_data, parts[beat_buffer]};
        assign information_end = entry_beat && beat_part == {PART_WIDTH{1'b1}};
    end
endgenerate

/*
 * Which update information is not what was stored
 */
reg [BUFFERS*MOST-1:0]   damaged_reg;
reg                      check_reg;
reg [BUFFER_WIDTH+4-1:0] check_place_reg;
wire                     entry_damaged;
wire [BUFFER_WIDTH-1:0]  beat_group = beat_buffer >> 1;

entry_check #(.MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES)) entry_check_inst (
    .clk(clk), .check(information_end), .information(information), .number(numbers[beat_buffer] + {60'd0, beat_entry}),
    .group({{16-BUFFER_WIDTH{1'b0}}, beat_group}), .damaged(entry_damaged)
);

always @(posedge clk) begin
    check_reg             <= information_end;
    check_place_reg       <= {beat_buffer, beat_entry};
    entry_done_reg        <= entry_done && !rst;
    entry_done_failed_reg <= entry_done_failed;
    done_buffer_reg       <= entry_done_slot[BUFFER_BIT-BEAT_WIDTH +: BUFFER_WIDTH];
    if (check_reg)
        damaged_reg[check_place_reg] <= entry_damaged;
end

/*
 * Journals of a group's head buffer, of one group after the other
 */
reg  [GROUP_WIDTH-1:0]  turn_reg;
reg  [3:0]              entry_reg [0:GROUPS-1];
reg                     second_reg;
wire [BUFFER_WIDTH-1:0] h = {turn_reg, head_reg[turn_reg]};
wire [3:0]   index     = entry_reg[turn_reg];
wire [`UPDATE_INFORMATION_BITS-1:0] entry = entries[{h, index}];
wire [63:0]  position  = entry[`UI_POSITION];
wire [63:0]  data_at   = entry[`UI_JOURNAL_POSITION];
wire [31:0]  size      = entry[`UI_SIZE];
wire [W-1:0] to_end    = area_ends[h] - data_at[W-1:0];
wire         split     = to_end < {{W-32{1'b0}}, size};
wire [31:0]  first_bytes = split ? to_end[31:0] : size;
wire         unread    = failed_reg[h];
wire         fails     = unread || damaged_reg[{h, index}];
wire         empty, enter, begins, drops, look_idle;
wire [GROUPS-1:0] room, look_room, may_cut;
wire [INDEX_WIDTH-1:0] enter_slot;
wire [15:0]  write_group;
reg  [INDEX_WIDTH-1:0] second_slot_reg;
reg  [31:0]  first_bytes_reg;
wire last_entry = {1'b0, index} + 5'd1 == counts[h] || fails;

// reads of data under way: a journal enters when there is room for both parts that it may have
wire [DEVICES-1:0] read_room;
reg  [DEVICE_WIDTH-1:0] slot_devices [0:CACHE_SLOTS-1];
wire [DEVICE_WIDTH-1:0] asked_device = read_device[DEVICE_WIDTH-1:0];
wire [DEVICE_WIDTH-1:0] done_device  = slot_devices[read_done_slot[INDEX_WIDTH-1:0]];

generate
    genvar n;
    for (n = 0; n < DEVICES; n = n + 1) begin : device
        reg [READ_SLOT_WIDTH:0] reads_reg;

        assign read_room[n] = reads_reg <= MOST_READS;

        always @(posedge clk)
            reads_reg <= rst ? {READ_SLOT_WIDTH+1{1'b0}} : reads_reg + {{READ_SLOT_WIDTH{1'b0}}, read_valid && asked_device == n}
                                                           - {{READ_SLOT_WIDTH{1'b0}}, read_done && done_device == n};
    end
    for (n = 0; n < GROUPS; n = n + 1) begin : group
        localparam [GROUP_WIDTH-1:0] GROUP = n;
        wire [BUFFER_WIDTH-1:0] head = {GROUP, head_reg[n]};
        wire [7:0] head_device = devices[head];

        assign may_cut[n]   = used_reg[head] && ready_reg[head]
                              && (dropped_reg[head] || (room[n] && read_room[head_device[DEVICE_WIDTH-1:0]]));
        assign look_room[n] = !used_reg[{GROUP, fill_reg[n]}];
    end
endgenerate

wire   cuts            = may_cut[turn_reg] && !second_reg;
assign enter           = cuts && !dropped_reg[h];
wire   entry_done_with = second_reg || (enter && (!split || fails));
wire   releases        = dropped_reg[h] ? may_cut[turn_reg] : entry_done_with && last_entry;

assign read_valid   = second_reg || (enter && !fails && size != 32'd0);
assign read_device  = devices[h];
assign read_slot    = {{READ_SLOT_WIDTH-INDEX_WIDTH{1'b0}}, second_reg ? second_slot_reg : enter_slot};
assign read_beat    = second_reg ? first_bytes_reg[BEAT_SHIFT +: BEAT_WIDTH] : {BEAT_WIDTH{1'b0}};
assign read_address = offsets[h] + (second_reg ? data_heads[h] : data_at[W-1:0]);
assign read_size    = second_reg ? size - first_bytes_reg : first_bytes;

// the next group in turn that has journals to be cut, if there is another
localparam [GROUPS-1:0] ONE_GROUP = 1;
wire [GROUPS-1:0] others = may_cut & ~(ONE_GROUP << turn_reg);
wire [GROUPS-1:0] behind = others & ~((ONE_GROUP << turn_reg) - 1'b1);
reg  [GROUP_WIDTH-1:0] next_turn;

always @* begin
    next_turn = turn_reg;
    for (j = GROUPS - 1; j >= 0; j = j - 1)
        if ((behind != 0) ? behind[j] : others[j])
            next_turn = j[GROUP_WIDTH-1:0];
end

wire        checked, checked_failed;
wire [31:0] checked_crc;
wire [INDEX_WIDTH-1:0] checked_slot;

data_check #(.DATA_WIDTH(DATA_WIDTH), .SLOT_WIDTH(INDEX_WIDTH)) data_check_inst (
    .clk(clk), .rst(rst), .begins(enter), .begins_slot(enter_slot), .beat(data_beat), .slot(beat_address[BEAT_WIDTH +: INDEX_WIDTH]),
    .data(beat_data), .done(read_done), .done_failed(read_done_failed),
    .checked(checked), .checked_slot(checked_slot), .checked_failed(checked_failed), .crc(checked_crc)
);

restore_slots #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) slots (
    .clk(clk), .rst(rst),
    .room(room), .enter_slot(enter_slot), .enter(enter), .enter_group({{16-GROUP_WIDTH{1'b0}}, turn_reg}),
    .enter_number(numbers[h] + {60'd0, index}), .enter_kind(entry[`UI_KIND]), .enter_volume(entry[`UI_VOLUME]),
    .enter_position(position[W-1:0]), .enter_size(size),
    .enter_parts((fails || size == 32'd0) ? 2'd0 : split ? 2'd2 : 2'd1), .enter_data_crc(entry[`UI_DATA_CRC]),
    .enter_failed(unread), .enter_damaged(fails && !unread),
    .read_done(checked), .read_done_slot(checked_slot), .read_done_failed(checked_failed), .read_done_crc(checked_crc),
    .request_valid(request_valid[1:0]), .request_taken(request_taken[1:0]), .request(request[2*`CR_WIDTH-1:0]),
    .step_write(step_write), .step_free(step_free), .step_outcome(step_outcome), .step_volume(step_volume),
    .volume_done(volume_done), .done_index(done_index), .done_failed(done_failed),
    .clear(clear), .clear_group(step_group), .write_void(write_void), .free_void(free_void),
    .may_restore(may_restore), .begins(begins), .drops(drops), .write_group(write_group), .empty(empty)
);

restore_look #(.GROUPS(GROUPS)) look (
    .clk(clk), .rst(rst), .room(look_room), .next_restores(next_restores), .kick(kick),
    .started(started), .clear(clear),
    .step_group(step_group), .step_look(step_look), .step_outcome(step_outcome), .look_count(look_count),
    .begins(begins), .drops(drops), .write_group(write_group),
    .request_valid(request_valid[2]), .request_taken(request_taken[2]), .request(request[2*`CR_WIDTH +: `CR_WIDTH]),
    .look_void(look_void), .finds(finds), .first_number(first_number), .idle(look_idle)
);

assign idle = empty && used_reg == 0 && look_idle;

wire [GROUP_WIDTH-1:0]  g = step_group[GROUP_WIDTH-1:0];
wire [BUFFER_WIDTH-1:0] filled = {g, fill_reg[g]};
wire [BUFFERS-1:0] filling   = finds ? ONE << filled : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] arriving  = entry_done_reg ? ONE << done_buffer_reg : {BUFFERS{1'b0}};
wire [BUFFERS-1:0] releasing = releases ? ONE << h : {BUFFERS{1'b0}};
// both buffers of a group
wire [BUFFERS-1:0] both      = ONE | (ONE << 1);
wire [BUFFERS-1:0] dropping  = (drops ? both << {write_group[GROUP_WIDTH-1:0], 1'b0} : {BUFFERS{1'b0}})
                               | (clear ? both << {g, 1'b0} : {BUFFERS{1'b0}});

always @(posedge clk) begin
    if (finds) begin
        numbers[filled]      <= first_number;
        counts[filled]       <= look_count;
        entry_places[filled] <= look_entry_place;
        devices[filled]      <= look_device;
        offsets[filled]      <= look_offset;
        data_heads[filled]   <= look_data_head;
        area_ends[filled]    <= look_area_end;
        fill_reg[g]          <= !fill_reg[g];
    end
    used_reg    <= (used_reg & ~releasing) | filling;
    waits_reg   <= (waits_reg & ~asks) | filling;
    ready_reg   <= (ready_reg & ~releasing & ~filling) | arriving;
    failed_reg  <= (failed_reg & ~filling & ~arriving) | (entry_done_failed_reg ? arriving : {BUFFERS{1'b0}});
    dropped_reg <= (dropped_reg & ~filling) | dropping;

    if (enter) begin
        second_reg      <= split && !fails;
        second_slot_reg <= enter_slot;
        first_bytes_reg <= first_bytes;
        slot_devices[enter_slot] <= asked_device;
    end
    if (second_reg)
        second_reg <= 1'b0;
    if (entry_done_with)
        entry_reg[turn_reg] <= index + 4'd1;
    if (releases) begin
        head_reg[turn_reg]  <= !head_reg[turn_reg];
        entry_reg[turn_reg] <= 4'd0;
    end
    if (releases || (!may_cut[turn_reg] && !second_reg))
        turn_reg <= next_turn;
    if (rst) begin
        fill_reg    <= 0;
        head_reg    <= 0;
        used_reg    <= 0;
        waits_reg   <= 0;
        ready_reg   <= 0;
        dropped_reg <= 0;
        turn_reg    <= 0;
        second_reg  <= 1'b0;
        for (k = 0; k < GROUPS; k = k + 1)
            entry_reg[k] <= 4'd0;
    end
end

endmodule

`resetall
