// How far each group's replication is: what its processes keep beside the pointers of the rings.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Look-ups are combinational and show the state that the step of the same cycle changes. A field is of the original or the
 * secondary system, or of both, each in its own tables.
 */
module group_progress #(
    parameter GROUPS = 4,
    parameter PAIRS = 8,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

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
    output wire [PAIRS-1:0]          marked,
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
    input  wire [PAIRS-1:0]          set_marked,
    // a takeover is given up
    input  wire                      clear_marked,
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
    NEXT_RESTORE = 4'h1, HOST_BYTES = 4'h2, TAG = 4'h3, BATCH = 4'h4, BATCH_DATA = 4'h5, MARKED = 4'h6, ANSWER = 4'h7,
    SENT_AGAIN = 4'hA, UNANSWERED = 4'hC;

reg [64*GROUPS-1:0] next_restore_reg;
reg [63:0]          host_bytes_reg [0:GROUPS-1];
reg [31:0]          tag_reg        [0:GROUPS-1];
reg [6:0]           batch_reg      [0:GROUPS-1];
reg [W-1:0]         batch_data_reg [0:GROUPS-1];
reg [15:0]          answer_reg     [0:GROUPS-1];
reg [PAIRS-1:0]     marked_reg     [0:GROUPS-1];
reg [31:0]          sent_again_reg [0:GROUPS-1];
reg [GROUPS-1:0]    start_unanswered_reg;
reg [GROUPS-1:0]    state_unanswered_reg;

wire [GROUP_WIDTH-1:0] g = group[GROUP_WIDTH-1:0];
wire [31:0] sent_again_count = sent_again_reg[g];

assign next_restore  = next_restore_reg[64*g +: 64];
assign next_restores = next_restore_reg;
assign host_bytes    = host_bytes_reg[g];
assign tag           = tag_reg[g];
assign batch         = batch_reg[g];
assign batch_data    = batch_data_reg[g];
assign last_answer   = answer_reg[g];
assign marked        = marked_reg[g];
assign start_unanswered  = start_unanswered_reg[g];
assign state_unanswered  = state_unanswered_reg[g];
assign states_unanswered = state_unanswered_reg;

always @* begin
    read_data = 64'd0;
    case (field)
        NEXT_RESTORE: read_data            = next_restore;
        HOST_BYTES:   read_data            = host_bytes;
        TAG:          read_data[31:0]      = tag;
        BATCH:        read_data[6:0]       = batch;
        BATCH_DATA:   read_data[W-1:0]     = batch_data;
        MARKED:       read_data[PAIRS-1:0] = marked;
        ANSWER:       read_data[15:0]      = last_answer;
        SENT_AGAIN:   read_data[31:0]      = sent_again_count;
        UNANSWERED:   read_data[1:0]       = {state_unanswered, start_unanswered};
        default: ;
    endcase
end

integer i;

always @(posedge clk) begin
    if (restores_next)
        next_restore_reg[64*g +: 64] <= next_restore + 64'd1;
    if (set_host_bytes)
        host_bytes_reg[g] <= new_host_bytes;
    if (set_tag)
        tag_reg[g] <= new_tag;
    if (set_batch) begin
        batch_reg[g]      <= new_batch;
        batch_data_reg[g] <= new_batch_data;
    end
    if (set_answer)
        answer_reg[g] <= new_answer;
    if (set_marked != 0)
        marked_reg[g] <= marked | set_marked;
    if (clear_marked)
        marked_reg[g] <= 0;
    if (start_answered)
        start_unanswered_reg[g] <= 1'b0;
    if (state_changes)
        state_unanswered_reg[g] <= 1'b1;
    if (state_answered)
        state_unanswered_reg[g] <= 1'b0;
    if (sent_again)
        sent_again_reg[g] <= sent_again_count + 32'd1;
    if (start) begin
        next_restore_reg[64*g +: 64] <= start_number;
        host_bytes_reg[g]            <= 64'd0;
        tag_reg[g]                   <= 32'd0;
        batch_reg[g]                 <= 7'd0;
        batch_data_reg[g]            <= 0;
        answer_reg[g]                <= 16'd0;
        marked_reg[g]                <= 0;
        start_unanswered_reg[g]      <= start_original;
        state_unanswered_reg[g]      <= 1'b0;
    end
    if (load)
        case (field)
            NEXT_RESTORE: next_restore_reg[64*g +: 64] <= load_data;
            HOST_BYTES:   host_bytes_reg[g] <= load_data;
            TAG:          tag_reg[g]        <= load_data[31:0];
            BATCH:        batch_reg[g]      <= load_data[6:0];
            BATCH_DATA:   batch_data_reg[g] <= load_data[W-1:0];
            MARKED:       marked_reg[g]     <= load_data[PAIRS-1:0];
            ANSWER:       answer_reg[g]     <= load_data[15:0];
            UNANSWERED:   begin
                start_unanswered_reg[g] <= load_data[0];
                state_unanswered_reg[g] <= load_data[1];
            end
            default: ;
        endcase
    if (rst) begin
        next_restore_reg     <= {GROUPS{64'd1}};
        start_unanswered_reg <= 0;
        state_unanswered_reg <= 0;
        for (i = 0; i < GROUPS; i = i + 1) begin
            host_bytes_reg[i] <= 64'd0;
            tag_reg[i]        <= 32'd0;
            batch_reg[i]      <= 7'd0;
            batch_data_reg[i] <= 0;
            answer_reg[i]     <= 16'd0;
            marked_reg[i]     <= 0;
            sent_again_reg[i] <= 32'd0;
        end
    end
end

endmodule

`resetall
