// Slots of the restore process: journals from their reading to their freeing (2040 to 2060).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Journals of a group pass three pointers in their order: data read, write begun, freed. Groups do not wait for each
 * other: a journal takes any slot that is free (group_slots), and each group keeps the order of its own.
 *
 *      free            write           enter
 *        |--in flight-----|--being read---|---empty---|
 *
 * What a group was going to restore is dropped when a step refuses to begin a write of it, or when it is started again;
 * dropped slots end without a step. Behind a journal whose write failed the group frees nothing any more, until it is
 * started again.
 */
module restore_slots #(
    parameter GROUPS = 4,
    parameter CACHE_SLOTS = 16,
    parameter POSITION_WIDTH = 48,
    parameter INDEX_WIDTH = $clog2(CACHE_SLOTS)
) (
    input  wire                      clk,
    input  wire                      rst,

    // a journal whose data is read in `enter_parts` reads; its update information could not be read; it is not what
    // was stored
    // (`room`: of each group one may enter)
    output wire [GROUPS-1:0]         room,
    output wire [INDEX_WIDTH-1:0]    enter_slot,
    input  wire                      enter,
    input  wire [15:0]               enter_group,
    input  wire [63:0]               enter_number,
    input  wire [7:0]                enter_kind,
    input  wire [15:0]               enter_volume,
    input  wire [POSITION_WIDTH-1:0] enter_position,
    input  wire [31:0]               enter_size,
    input  wire [1:0]                enter_parts,
    input  wire [31:0]               enter_data_crc,
    input  wire                      enter_failed,
    input  wire                      enter_damaged,

    // a read has ended, and the CRC of its journal's data so far
    input  wire                      read_done,
    input  wire [INDEX_WIDTH-1:0]    read_done_slot,
    input  wire                      read_done_failed,
    input  wire [31:0]               read_done_crc,

    /*
     * Commit stage: 0 RESTORE_WRITE, 1 RESTORE_FREE, and their steps
     */
    output wire [1:0]                request_valid,
    input  wire [1:0]                request_taken,
    output wire [2*`CR_WIDTH-1:0]    request,
    input  wire                      step_write,
    input  wire                      step_free,
    input  wire [15:0]               step_outcome,
    // the secondary volume
    input  wire [15:0]               step_volume,
    // the device has answered a write of restore
    input  wire                      volume_done,
    input  wire [INDEX_WIDTH-1:0]    done_index,
    input  wire                      done_failed,
    // a group is started again; no step is in flight then
    input  wire                      clear,
    input  wire [15:0]               clear_group,

    // slots whose write may go to its device
    output wire [CACHE_SLOTS-1:0]    may_restore,
    // in the step of a write: it begins; what its group was going to restore is dropped
    output wire                      begins,
    output wire                      drops,
    output wire [15:0]               write_group,
    output wire                      empty
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE(CACHE_SLOTS > GROUPS, parameter_error_CACHE_SLOTS_must_be_at_least_GROUPS_plus_1)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

reg [GROUP_WIDTH-1:0] groups [0:CACHE_SLOTS-1];
(* ram_style = "distributed" *)
reg [63:0]  numbers   [0:CACHE_SLOTS-1];
// 0 to 3
(* ram_style = "distributed" *)
reg [1:0]   kinds     [0:CACHE_SLOTS-1];
(* ram_style = "distributed" *)
reg [15:0]  volumes   [0:CACHE_SLOTS-1];
(* ram_style = "distributed" *)
reg [W-1:0] positions [0:CACHE_SLOTS-1];
// 64 KiB at most
(* ram_style = "distributed" *)
reg [16:0]  sizes     [0:CACHE_SLOTS-1];
// reads in flight
reg [1:0]   parts     [0:CACHE_SLOTS-1];
(* ram_style = "distributed" *)
reg [31:0]  data_crcs [0:CACHE_SLOTS-1];
reg [CACHE_SLOTS-1:0] written_reg, failed_reg, damaged_reg, dropped_reg, done_reg;
// groups that free nothing any more
reg [GROUPS-1:0] halted_reg;
// a slot was freed in the cycle before
reg freed_reg;
reg [INDEX_WIDTH-1:0] freed_slot_reg;

wire [CACHE_SLOTS-1:0] busy, arrived;
wire moves_write, moves_free;
integer each;

/*
 * Order of each group's journals: whose write is next, which is freed next; the groups in turn
 */
wire [GROUP_WIDTH-1:0] entering_group = enter_group[GROUP_WIDTH-1:0];
wire                   read, not_read, may_end, may_not_end;
reg                    write_asked_reg, free_asked_reg;
wire                   skips_write, ends, skips_free;
// {group, slot} of the journal whose step is asked for, else of the next one
localparam KEY_WIDTH = GROUP_WIDTH + INDEX_WIDTH;
reg  [KEY_WIDTH-1:0]   asked_write_reg, asked_free_reg;
wire [KEY_WIDTH-1:0]   next_write, next_free;
wire [GROUP_WIDTH-1:0] write_turn, free_turn;
wire [INDEX_WIDTH-1:0] write_slot, free_slot;
assign {write_turn, write_slot} = write_asked_reg ? asked_write_reg : next_write;
assign {free_turn, free_slot}   = free_asked_reg ? asked_free_reg : next_free;

generate
    genvar n;
    for (n = 0; n < CACHE_SLOTS; n = n + 1) begin : slot
        assign arrived[n] = parts[n] == 2'd0;
    end
endgenerate

// while a step is in flight, the next journal is looked up
restore_order #(.GROUPS(GROUPS), .CACHE_SLOTS(CACHE_SLOTS)) order (
    .clk(clk), .rst(rst), .enter(enter), .enter_group(entering_group), .enter_slot(enter_slot), .arrived(arrived),
    .done(done_reg), .next_write(next_write), .write_ready(read), .write_waits(not_read),
    .write_moves(request_taken[0] || skips_write), .write_goes_on(request_taken[0] || not_read || skips_write),
    .next_free(next_free), .free_ready(may_end), .free_waits(may_not_end),
    .free_moves(request_taken[1] || skips_free), .free_goes_on(request_taken[1] || may_not_end || skips_free)
);

group_slots #(.GROUPS(GROUPS), .SLOTS(CACHE_SLOTS)) slots (
    .clk(clk), .rst(rst), .counted({GROUPS{1'b1}}), .room(room), .slot(enter_slot), .take(enter),
    .take_group(entering_group),
    .give(freed_reg), .give_slot(freed_slot_reg), .give_group(), .busy(busy), .none(), .several()
);

assign empty       = busy == 0;
assign write_group = {{16-GROUP_WIDTH{1'b0}}, write_turn};

/*
 * Write
 */
wire halted        = halted_reg[free_turn];
assign skips_write = read && dropped_reg[write_slot];
assign ends        = may_end && !free_asked_reg;
assign skips_free  = ends && (dropped_reg[free_slot] || failed_reg[free_slot] || halted);

assign request_valid[0] = read && !dropped_reg[write_slot] && !write_asked_reg;
assign request_valid[1] = ends && !skips_free;
assign begins           = step_write && step_outcome == `ML_RESTORE_WRITES;
assign drops            = step_write && !begins;
assign moves_write      = step_write || skips_write;
assign moves_free       = step_free || skips_free;

// the journals of the two steps
wire [7:0]   write_kind  = {6'd0, kinds[write_slot]}, oldest_kind = {6'd0, kinds[free_slot]};
wire [31:0]  write_size  = {15'd0, sizes[write_slot]}, oldest_size = {15'd0, sizes[free_slot]};
wire [W-1:0] write_position = positions[write_slot];
wire         writes = begins && write_kind != `UI_KIND_END_OF_INITIAL_COPY && write_size != 32'd0;

reg [`CR_WIDTH-1:0] write_request, free_request, new_write_request, new_free_request;
assign request = {free_request, write_request};

always @* begin
    new_write_request = 0;
    new_write_request[`CR_KIND]      = `ML_REQUEST_RESTORE_WRITE;
    new_write_request[`CR_GROUP]     = write_group;
    // what could not be read says nothing
    if (!failed_reg[write_slot] && !damaged_reg[write_slot]) begin
        new_write_request[`CR_OPCODE]   = write_kind;
        new_write_request[`CR_VOLUME]   = volumes[write_slot];
        new_write_request[`CR_POSITION] = {{64-W{1'b0}}, write_position};
        new_write_request[`CR_SIZE]     = write_size;
        new_write_request[`CR_DISCARD]  = write_kind == `UI_KIND_DISCARD;
    end
    new_write_request[`CR_REFERENCE] = numbers[write_slot];
    new_write_request[`CR_SLOT]      = {6'd0, `ML_WRITE_RESTORE, {8-INDEX_WIDTH{1'b0}}, write_slot};
    new_write_request[`CR_FAILED]    = failed_reg[write_slot] || damaged_reg[write_slot];
    new_write_request[`CR_DAMAGED]   = damaged_reg[write_slot] && !failed_reg[write_slot];
    new_free_request = 0;
    new_free_request[`CR_KIND]       = `ML_REQUEST_RESTORE_FREE;
    new_free_request[`CR_GROUP]      = {{16-GROUP_WIDTH{1'b0}}, free_turn};
    new_free_request[`CR_OPCODE]     = oldest_kind;
    new_free_request[`CR_VOLUME]     = volumes[free_slot];
    new_free_request[`CR_SIZE]       = oldest_size;
    new_free_request[`CR_DISCARD]    = oldest_kind == `UI_KIND_DISCARD;
    new_free_request[`CR_REFERENCE]  = numbers[free_slot];
    write_request = new_write_request;
    free_request = new_free_request;
end

// writes that overlap one in flight wait for it
restore_overlaps #(.CACHE_SLOTS(CACHE_SLOTS), .POSITION_WIDTH(W)) directory (
    .clk(clk), .rst(rst), .enter(writes), .slot(write_slot), .volume(step_volume), .position(write_position),
    .size(write_size), .done(volume_done), .done_slot(done_index), .may_write(may_restore)
);

// what has been read is checked against its CRC a cycle later; only the last part decides
reg                   read_reg, read_failed_reg;
reg [INDEX_WIDTH-1:0] read_slot_reg;
reg [31:0]            read_crc_reg, data_crc_reg;
wire damaged = read_crc_reg != data_crc_reg;

always @(posedge clk) begin
    freed_reg      <= moves_free && !rst;
    freed_slot_reg <= free_slot;
    read_reg       <= read_done && !rst;
    if (read_done) begin
        read_slot_reg   <= read_done_slot;
        read_failed_reg <= read_done_failed;
        read_crc_reg    <= read_done_crc;
        data_crc_reg    <= data_crcs[read_done_slot];
    end
    if (read_reg) begin
        parts[read_slot_reg]       <= parts[read_slot_reg] - 2'd1;
        failed_reg[read_slot_reg]  <= failed_reg[read_slot_reg] || read_failed_reg;
        damaged_reg[read_slot_reg] <= damaged;
    end
    if (enter) begin
        groups[enter_slot]      <= entering_group;
        numbers[enter_slot]     <= enter_number;
        kinds[enter_slot]       <= enter_kind[1:0];
        volumes[enter_slot]     <= enter_volume;
        positions[enter_slot]   <= enter_position;
        sizes[enter_slot]       <= enter_size[16:0];
        parts[enter_slot]       <= enter_parts;
        data_crcs[enter_slot]   <= enter_data_crc;
        failed_reg[enter_slot]  <= enter_failed;
        damaged_reg[enter_slot] <= enter_damaged;
        done_reg[enter_slot]    <= 1'b0;
        written_reg[enter_slot] <= 1'b0;
    end

    if (!write_asked_reg)
        asked_write_reg <= next_write;
    if (!free_asked_reg)
        asked_free_reg <= next_free;
    if (request_taken[0] || step_write)
        write_asked_reg <= !step_write;
    if (moves_write) begin
        done_reg[write_slot]    <= !writes;
        written_reg[write_slot] <= 1'b1;
    end
    if (volume_done) begin
        done_reg[done_index]   <= 1'b1;
        failed_reg[done_index] <= done_failed;
    end
    if (request_taken[1] || step_free)
        free_asked_reg <= !step_free;
    if (skips_free && failed_reg[free_slot] && !dropped_reg[free_slot])
        halted_reg[free_turn] <= 1'b1;

    if (drops || clear) for (each = 0; each < CACHE_SLOTS; each = each + 1)
        if ((drops && groups[each] == write_turn && !written_reg[each])
                || (clear && groups[each] == clear_group[GROUP_WIDTH-1:0]))
            dropped_reg[each] <= 1'b1;
    if (enter)
        dropped_reg[enter_slot] <=
            (drops && entering_group == write_turn) || (clear && entering_group == clear_group[GROUP_WIDTH-1:0]);
    if (clear)
        halted_reg[clear_group[GROUP_WIDTH-1:0]] <= 1'b0;
    if (rst) begin
        {write_asked_reg, free_asked_reg} <= 2'b00;
        {halted_reg, failed_reg, dropped_reg, done_reg} <= 0;
        for (each = 0; each < CACHE_SLOTS; each = each + 1)
            parts[each] <= 2'd0;
    end
end

endmodule

`resetall
