// How far each group's replication is: what its processes keep beside the pointers of the rings.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The row that a step decides on is that of `next_group` in the cycle before; it changes that of its `group` a cycle
 * later (row_turn). No step comes so soon behind another one of its group that it would miss what that one changes
 * here. A field is of the original or the secondary system, or of both, each in its own tables.
 */
module group_progress #(
    parameter GROUPS = 4,
    parameter PAIRS = 8,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    // of the step that decides next, and of the one that decides
    input  wire [15:0]               next_group,
    input  wire [15:0]               group,
    // secondary: number of the journal to restore next
    output wire [63:0]               next_restore,
    // bytes of host writes: original: freed; secondary: committed
    output wire [63:0]               host_bytes,
    // original, plain mode: the last command taken; secondary: the last one sent
    output wire [31:0]               tag,
    // original, plain mode: journals last sent, their bytes in the write data area, and the exit of the last command
    output wire [6:0]                batch,
    output wire [POSITION_WIDTH-1:0] batch_data,
    output wire [15:0]               last_answer,
    // pairs whose end marker was created, or restored
    output wire [PAIRS-1:0]          end_markers,
    // original: START is not answered yet; the partner has not answered the announcement that the group is abnormal
    output wire                      start_unanswered,
    output wire                      state_unanswered,
    // of every group
    output wire [GROUPS-1:0]         states_unanswered,
    // of this group
    input  wire [15:0]               scanned_group,
    output wire [63:0]               scanned_restore,

    /*
     * The changes of the step that decided in the cycle before
     */
    input  wire                      restores_next,
    input  wire                      set_host_bytes,
    input  wire [63:0]               new_host_bytes,
    input  wire                      set_tag,
    input  wire [31:0]               new_tag,
    input  wire                      set_batch,
    input  wire [6:0]                new_batch,
    input  wire [POSITION_WIDTH-1:0] new_batch_data,
    input  wire                      set_answer,
    input  wire [15:0]               new_answer,
    input  wire [PAIRS-1:0]          set_end_markers,
    // a takeover is given up
    input  wire                      clear_end_markers,
    input  wire                      sent_again,
    // START is answered, or not waited for any more; the group becomes abnormal, or is taken over; its partner knows
    input  wire                      start_answered,
    input  wire                      state_changes,
    input  wire                      state_answered,
    // 930, as original system
    input  wire                      start_original,
    // 930
    input  wire                      start,
    input  wire [63:0]               start_number,
    // register write; without one load_data is 0
    input  wire                      load,
    input  wire [3:0]                field,
    input  wire [63:0]               load_data,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                      read,
    output wire [63:0]               read_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_PAIRS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in this part of a group's registers; others only inform, or belong to the ring
localparam [3:0]
    NEXT_RESTORE = 4'h1, HOST_BYTES = 4'h2, TAG = 4'h3, BATCH = 4'h4, BATCH_DATA = 4'h5, END_MARKERS = 4'h6,
    ANSWER = 4'h7, UNANSWERED = 4'hC;

(* ram_style = "distributed" *)
reg [63:0]          next_restores [0:GROUPS-1];
reg [GROUPS-1:0]    start_unanswered_reg;
reg [GROUPS-1:0]    state_unanswered_reg;
// of the step that decided in the cycle before
reg  [63:0]         latest_restore;
reg  [PAIRS-1:0]    latest_end_markers;

wire [31:0]      sent_again_count;
reg  [63:0]      new_next_restore;
reg              new_start_unanswered, new_state_unanswered;
reg  [PAIRS-1:0] new_end_markers;
wire [15:0]      loads = load ? 16'd1 << field : 16'd0;

// looked at, of the step that decides next; of the step that decides, which changes its row in the next cycle; changed
wire [GROUP_WIDTH-1:0] look = next_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] next, row;
wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
wire sweeps;

row_turn #(.ROWS(GROUPS)) row_turn_inst (
    .clk(clk), .rst(rst), .next_row(group), .next(next), .row(row), .sweeps(sweeps)
);

// what starts begins with 0
row_field #(.ROWS(GROUPS), .WIDTH(64), .FORWARDS(0)) hosts_bytes (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(host_bytes),
    .write(set_host_bytes || start || loads[HOST_BYTES]),
    .new_value(({64{set_host_bytes}} & new_host_bytes) | ({64{loads[HOST_BYTES]}} & load_data))
);

row_field #(.ROWS(GROUPS), .WIDTH(32), .FORWARDS(0)) tags (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(tag), .write(set_tag || start || loads[TAG]),
    .new_value(({32{set_tag}} & new_tag) | ({32{loads[TAG]}} & load_data[31:0]))
);

row_field #(.ROWS(GROUPS), .WIDTH(7), .FORWARDS(0)) batches (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(batch), .write(set_batch || start || loads[BATCH]),
    .new_value(({7{set_batch}} & new_batch) | ({7{loads[BATCH]}} & load_data[6:0]))
);

// whole blocks
assign batch_data[8:0] = 9'd0;

row_field #(.ROWS(GROUPS), .WIDTH(W - 9), .FORWARDS(0)) batches_data (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(batch_data[W-1:9]),
    .write(set_batch || start || loads[BATCH_DATA]),
    .new_value(({W-9{set_batch}} & new_batch_data[W-1:9]) | ({W-9{loads[BATCH_DATA]}} & load_data[W-1:9]))
);

row_field #(.ROWS(GROUPS), .WIDTH(16), .FORWARDS(0)) last_answers (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(last_answer),
    .write(set_answer || start || loads[ANSWER]),
    .new_value(({16{set_answer}} & new_answer) | ({16{loads[ANSWER]}} & load_data[15:0]))
);

wire changes_end_markers = set_end_markers != 0 || clear_end_markers || start || loads[END_MARKERS];

row_field #(.ROWS(GROUPS), .WIDTH(PAIRS), .FORWARDS(0)) all_end_markers (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(end_markers), .write(changes_end_markers),
    .new_value(new_end_markers)
);

row_field #(.ROWS(GROUPS), .WIDTH(32), .FORWARDS(0)) sent_again_counts (
    .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(sent_again_count), .write(sent_again),
    .new_value(sent_again_count + {31'd0, sent_again})
);

assign next_restore    = next_restores[group_index];
assign scanned_restore = next_restores[scanned_group[GROUP_WIDTH-1:0]];
assign start_unanswered  = start_unanswered_reg[group_index];
assign state_unanswered  = state_unanswered_reg[group_index];
assign states_unanswered = state_unanswered_reg;

// in the order of their places
register_fields #(.FIELDS(13), .WIDTH(64)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field),
    .values({
        62'd0, state_unanswered, start_unanswered, 64'd0, 32'd0, sent_again_count, 64'd0, 64'd0, 48'd0, last_answer,
        {64-PAIRS{1'b0}}, end_markers, {64-W{1'b0}}, batch_data, 57'd0, batch, 32'd0, tag, host_bytes, next_restore,
        64'd0}),
    .value(read_data)
);

always @* begin
    new_end_markers = latest_end_markers | set_end_markers;
    if (clear_end_markers || start || sweeps)
        new_end_markers = 0;
    if (loads[END_MARKERS])
        new_end_markers = load_data[PAIRS-1:0];
end

always @* begin
    new_next_restore     = latest_restore + 64'd1;
    new_start_unanswered = start_unanswered_reg[row];
    new_state_unanswered = state_unanswered_reg[row];
    if (start_answered)
        new_start_unanswered = 1'b0;
    if (state_changes)
        new_state_unanswered = 1'b1;
    if (state_answered)
        new_state_unanswered = 1'b0;
    if (start) begin
        new_next_restore     = start_number;
        new_start_unanswered = start_original;
        new_state_unanswered = 1'b0;
    end
    if (loads[NEXT_RESTORE])
        new_next_restore = load_data;
    if (sweeps)
        new_next_restore = 64'd1;
    if (load && field == UNANSWERED)
        {new_state_unanswered, new_start_unanswered} = load_data[1:0];
end

integer i;

always @(posedge clk) begin
    latest_restore     <= next_restore;
    latest_end_markers <= end_markers;
    if (sweeps || restores_next || start || loads[NEXT_RESTORE])
        next_restores[row] <= new_next_restore;
    for (i = 0; i < GROUPS; i = i + 1)
        if (row == i[GROUP_WIDTH-1:0]) begin
            start_unanswered_reg[i]      <= new_start_unanswered;
            state_unanswered_reg[i]      <= new_state_unanswered;
        end
    if (rst) begin
        start_unanswered_reg <= 0;
        state_unanswered_reg <= 0;
    end
end

endmodule

`resetall
