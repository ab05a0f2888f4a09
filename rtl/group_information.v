// Group information 600 (FIG 6).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Look-ups are combinational and show the state that the step of the same cycle changes. States and journal volumes lie side by
 * side, since every write is compared with all of them.
 */
module group_information #(
    // Groups, at most 8
    parameter GROUPS = 4,
    // Pairs, at most 64
    parameter PAIRS = 8
) (
    input  wire                 clk,
    input  wire                 rst,

    /*
     * Look-ups
     */
    input  wire [15:0]          map_group,
    output wire [15:0]          map_journal_volume,
    input  wire [15:0]          find_group,
    output wire [15:0]          find_journal_volume,
    output wire [PAIRS-1:0]     find_pair_set,
    input  wire [15:0]          group,
    output wire [1:0]           group_state,
    output wire [7:0]           group_reason,
    output wire [PAIRS-1:0]     pair_set,
    output wire [63:0]          update_number,
    output wire [63:0]          data_offset,
    output wire [1:0]           full_policy,
    output wire [31:0]          watch_time,
    // `volume` is recorded as journal volume of a group
    input  wire [15:0]          volume,
    output reg                  volume_holds_journal,
    // bit n: group n is normal
    output wire [GROUPS-1:0]    normal,
    input  wire [15:0]          shown_group,
    output wire [1:0]           shown_group_state,
    output wire [7:0]           shown_group_reason,
    output wire [63:0]          shown_update_number,
    output wire [63:0]          shown_data_offset,

    /*
     * The step's changes
     */
    input  wire                 set_state,
    input  wire [1:0]           new_state,
    // why it becomes abnormal: its first reason stays until it is normal again
    input  wire [7:0]           new_reason,
    // a journal of `size` takes the group's update number
    input  wire                 take_number,
    input  wire [31:0]          size,
    // 930 at a secondary system
    input  wire                 set_numbers,
    input  wire [63:0]          new_update_number,
    input  wire [63:0]          new_data_offset,
    // 910, 920
    input  wire [PAIRS-1:0]     add_pairs,
    input  wire                 set_journal_volume,
    input  wire [15:0]          new_journal_volume,
    // register write
    input  wire                 load,
    input  wire [3:0]           field,
    input  wire [63:0]          load_data,
    output reg  [63:0]          read_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_PAIRS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in its row
localparam [3:0]
    STATE = 4'd0, PAIR_SET = 4'd1, JOURNAL_VOLUME = 4'd2, UPDATE_NUMBER = 4'd3, DATA_OFFSET = 4'd4, FULL_POLICY = 4'd5,
    WATCH_TIME = 4'd6, REASON = 4'd7;

reg [2*GROUPS-1:0]  state_reg;
reg [16*GROUPS-1:0] journal_volume_reg;
reg [PAIRS-1:0]     pair_set_reg      [0:GROUPS-1];
reg [63:0]          update_number_reg [0:GROUPS-1];
reg [63:0]          data_offset_reg   [0:GROUPS-1];
reg [1:0]           full_policy_reg   [0:GROUPS-1];
reg [31:0]          watch_time_reg    [0:GROUPS-1];
reg [7:0]           reason_reg        [0:GROUPS-1];

wire [GROUP_WIDTH-1:0] g       = group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] map_g   = map_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] find_g  = find_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] shown_g = shown_group[GROUP_WIDTH-1:0];

assign map_journal_volume   = journal_volume_reg[16*map_g +: 16];
assign find_journal_volume  = (find_group < GROUPS) ? journal_volume_reg[16*find_g +: 16] : `ML_NONE;
assign find_pair_set        = (find_group < GROUPS) ? pair_set_reg[find_g] : {PAIRS{1'b0}};
assign group_state          = state_reg[2*g +: 2];
assign pair_set             = pair_set_reg[g];
wire [15:0] journal_volume  = journal_volume_reg[16*g +: 16];
assign update_number        = update_number_reg[g];
assign data_offset          = data_offset_reg[g];
assign full_policy          = full_policy_reg[g];
assign watch_time           = watch_time_reg[g];
assign group_reason         = reason_reg[g];
assign shown_group_state    = state_reg[2*shown_g +: 2];
assign shown_group_reason   = reason_reg[shown_g];
assign shown_update_number  = update_number_reg[shown_g];
assign shown_data_offset    = data_offset_reg[shown_g];

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : row
        assign normal[n] = state_reg[2*n +: 2] == `ML_GROUP_NORMAL;
    end
endgenerate

integer i, h;

always @* begin
    volume_holds_journal = 1'b0;
    for (h = 0; h < GROUPS; h = h + 1)
        if (state_reg[2*h +: 2] != `ML_GROUP_BLANK && journal_volume_reg[16*h +: 16] == volume)
            volume_holds_journal = 1'b1;
end

always @* begin
    read_data = 64'd0;
    case (field)
        STATE:          read_data[1:0]       = group_state;
        PAIR_SET:       read_data[PAIRS-1:0] = pair_set;
        JOURNAL_VOLUME: read_data[15:0]      = journal_volume;
        UPDATE_NUMBER:  read_data            = update_number;
        DATA_OFFSET:    read_data            = data_offset;
        FULL_POLICY:    read_data[1:0]       = full_policy;
        WATCH_TIME:     read_data[31:0]      = watch_time;
        REASON:         read_data[7:0]       = group_reason;
        default: ;
    endcase
end

always @(posedge clk) begin
    if (set_state)
        state_reg[2*g +: 2] <= new_state;
    if (set_state && !(new_state == `ML_GROUP_ABNORMAL && group_state == `ML_GROUP_ABNORMAL))
        reason_reg[g] <= (new_state == `ML_GROUP_ABNORMAL) ? new_reason : `ML_REASON_NONE;
    if (take_number) begin
        update_number_reg[g] <= update_number + 64'd1;
        data_offset_reg[g]   <= data_offset + {32'd0, size};
    end
    if (set_numbers) begin
        update_number_reg[g] <= new_update_number;
        data_offset_reg[g]   <= new_data_offset;
    end
    if (add_pairs != 0)
        pair_set_reg[g] <= pair_set | add_pairs;
    if (set_journal_volume)
        journal_volume_reg[16*g +: 16] <= new_journal_volume;
    if (load && field == STATE && load_data[1:0] != `ML_GROUP_ABNORMAL)
        reason_reg[g] <= `ML_REASON_NONE;
    if (load)
        case (field)
            STATE:          state_reg[2*g +: 2]            <= load_data[1:0];
            PAIR_SET:       pair_set_reg[g]                <= load_data[PAIRS-1:0];
            JOURNAL_VOLUME: journal_volume_reg[16*g +: 16] <= load_data[15:0];
            UPDATE_NUMBER:  update_number_reg[g]           <= load_data;
            DATA_OFFSET:    data_offset_reg[g]             <= load_data;
            FULL_POLICY:    full_policy_reg[g]             <= load_data[1:0];
            WATCH_TIME:     watch_time_reg[g]              <= load_data[31:0];
            REASON:         reason_reg[g]                  <= load_data[7:0];
            default: ;
        endcase
    if (rst) begin
        state_reg          <= 0;
        journal_volume_reg <= {GROUPS{`ML_NONE}};
        for (i = 0; i < GROUPS; i = i + 1) begin
            pair_set_reg[i]      <= 0;
            update_number_reg[i] <= 64'd1;
            data_offset_reg[i]   <= 0;
            full_policy_reg[i]   <= `ML_POLICY_STALL;
            watch_time_reg[i]    <= 0;
            reason_reg[i]        <= `ML_REASON_NONE;
        end
    end
end

endmodule

`resetall
