// How far each group's replication is: what its processes keep beside the pointers of the rings.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The row is that of `next_group` in the cycle before (row_table), before the step's changes. A field is of the original or the
 * secondary system, or of both, each in its own tables.
 */
module group_progress #(
    parameter GROUPS = 4,
    parameter PAIRS = 8,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    input  wire [15:0]               next_group,
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
    output wire [64*GROUPS-1:0]      next_restores,
    output wire [GROUPS-1:0]         states_unanswered,

    /*
     * The step's changes
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
    // register write
    input  wire                      load,
    input  wire [3:0]                field,
    input  wire [63:0]               load_data,
    output reg  [63:0]               read_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_PAIRS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in this part of a group's registers; the others of it belong to the ring
localparam [3:0]
    NEXT_RESTORE = 4'h1, HOST_BYTES = 4'h2, TAG = 4'h3, BATCH = 4'h4, BATCH_DATA = 4'h5, END_MARKERS = 4'h6, ANSWER = 4'h7,
    SENT_AGAIN = 4'hA, UNANSWERED = 4'hC;

reg [64*GROUPS-1:0] next_restore_reg;
reg [GROUPS-1:0]    start_unanswered_reg;
reg [GROUPS-1:0]    state_unanswered_reg;

reg [GROUP_WIDTH-1:0] group_index;

wire [31:0]      sent_again_count;
reg  [63:0]      row_host_bytes;
reg  [31:0]      row_tag, row_sent_again;
reg  [63:0]      new_next_restore;
reg              new_start_unanswered, new_state_unanswered;
reg  [6:0]       row_batch;
reg  [W-1:0]     row_batch_data;
reg  [15:0]      row_answer;
reg  [PAIRS-1:0] row_end_markers;

row_table #(.ROWS(GROUPS), .WIDTH(64 + 32 + 7 + W + 16 + PAIRS + 32)) rows (
    .clk(clk), .rst(rst), .next_row(next_group),
    .row({host_bytes, tag, batch, batch_data, last_answer, end_markers, sent_again_count}),
    .new_row({row_host_bytes, row_tag, row_batch, row_batch_data, row_answer, row_end_markers, row_sent_again})
);

assign next_restore  = next_restore_reg[64*group_index +: 64];
assign next_restores = next_restore_reg;
assign start_unanswered  = start_unanswered_reg[group_index];
assign state_unanswered  = state_unanswered_reg[group_index];
assign states_unanswered = state_unanswered_reg;

always @* begin
    read_data = 64'd0;
    case (field)
        NEXT_RESTORE: read_data            = next_restore;
        HOST_BYTES:   read_data            = host_bytes;
        TAG:          read_data[31:0]      = tag;
        BATCH:        read_data[6:0]       = batch;
        BATCH_DATA:   read_data[W-1:0]     = batch_data;
        END_MARKERS:       read_data[PAIRS-1:0] = end_markers;
        ANSWER:       read_data[15:0]      = last_answer;
        SENT_AGAIN:   read_data[31:0]      = sent_again_count;
        UNANSWERED:   read_data[1:0]       = {state_unanswered, start_unanswered};
        default: ;
    endcase
end

always @* begin
    row_host_bytes = host_bytes;
    row_tag        = tag;
    row_batch      = batch;
    row_batch_data = batch_data;
    row_answer     = last_answer;
    row_end_markers     = end_markers | set_end_markers;
    row_sent_again = sent_again_count;
    if (set_host_bytes)
        row_host_bytes = new_host_bytes;
    if (set_tag)
        row_tag = new_tag;
    if (set_batch) begin
        row_batch      = new_batch;
        row_batch_data = new_batch_data;
    end
    if (set_answer)
        row_answer = new_answer;
    if (clear_end_markers)
        row_end_markers = 0;
    if (sent_again)
        row_sent_again = sent_again_count + 32'd1;
    if (start) begin
        row_host_bytes = 64'd0;
        row_tag        = 32'd0;
        row_batch      = 7'd0;
        row_batch_data = 0;
        row_answer     = 16'd0;
        row_end_markers     = 0;
    end
    if (load)
        case (field)
            HOST_BYTES: row_host_bytes = load_data;
            TAG:        row_tag        = load_data[31:0];
            BATCH:      row_batch      = load_data[6:0];
            BATCH_DATA: row_batch_data = load_data[W-1:0];
            END_MARKERS:     row_end_markers     = load_data[PAIRS-1:0];
            ANSWER:     row_answer     = load_data[15:0];
            default: ;
        endcase
end

always @* begin
    new_next_restore     = next_restore;
    new_start_unanswered = start_unanswered;
    new_state_unanswered = state_unanswered;
    if (restores_next)
        new_next_restore = next_restore + 64'd1;
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
    if (load && field == NEXT_RESTORE)
        new_next_restore = load_data;
    if (load && field == UNANSWERED)
        {new_state_unanswered, new_start_unanswered} = load_data[1:0];
end

integer i;

always @(posedge clk) begin
    group_index <= next_group[GROUP_WIDTH-1:0];
    for (i = 0; i < GROUPS; i = i + 1)
        if (group_index == i[GROUP_WIDTH-1:0]) begin
            next_restore_reg[64*i +: 64] <= new_next_restore;
            start_unanswered_reg[i]      <= new_start_unanswered;
            state_unanswered_reg[i]      <= new_state_unanswered;
        end
    if (rst) begin
        group_index          <= 0;
        next_restore_reg     <= {GROUPS{64'd1}};
        start_unanswered_reg <= 0;
        state_unanswered_reg <= 0;
    end
end

endmodule

`resetall
