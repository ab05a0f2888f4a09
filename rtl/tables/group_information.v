// Group information 600 (FIG 6).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"
`include "properties.vh"

/*
 * The row that a step decides on is that of `next_group` in the cycle before; it changes that of its `group` a cycle
 * later (row_turn), for which its `latest` numbers are looked up. Look-ups of the map stage are combinational. States,
 * journal volumes and pair sets lie side by side: every write is compared with all of them, or the map stage follows
 * them.
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
    input  wire [15:0]          find_group,
    output wire [PAIRS-1:0]     find_pair_set,
    // of the step that decides next, and of the one that decides
    input  wire [15:0]          next_group,
    output wire [15:0]          group_journal_volume,
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

    /*
     * The changes of the step that decided in the cycle before; its group as it is now
     */
    output wire [63:0]          latest_update_number,
    output wire [63:0]          latest_data_offset,
    output reg  [PAIRS-1:0]     latest_pair_set,
    output wire [1:0]           latest_state,
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
    // register write; without one load_data is 0
    input  wire                 load,
    input  wire [3:0]           field,
    input  wire [63:0]          load_data,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                 read,
    output wire [63:0]          read_data,

    // one cycle later: what the step's commit record shows; numbers are 0 if it shows no group
    input  wire                 shows,
    output reg  [1:0]           group_state_after,
    output reg  [7:0]           group_reason_after,
    output reg  [63:0]          update_number_after,
    output reg  [63:0]          data_offset_after
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_PAIRS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in its row
localparam [3:0]
    STATE = 4'd0, PAIR_SET = 4'd1, JOURNAL_VOLUME = 4'd2, UPDATE_NUMBER = 4'd3, DATA_OFFSET = 4'd4, FULL_POLICY = 4'd5,
    WATCH_TIME = 4'd6, REASON = 4'd7;

reg [2*GROUPS-1:0]  state_reg;
// bit 6: none
reg [7*GROUPS-1:0]  journal_volume_reg;
reg [PAIRS*GROUPS-1:0] pair_set_reg;

reg  [1:0]  new_group_state;
reg  [7:0]  new_group_reason;

// numbers that are set, or one more journal
wire loads_number = load && field == UPDATE_NUMBER;
wire loads_offset = load && field == DATA_OFFSET;
wire [63:0] new_number = set_numbers ? new_update_number : loads_number ? load_data
                         : latest_update_number + {63'd0, take_number};
wire [63:0] new_offset = set_numbers ? new_data_offset : loads_offset ? load_data
                         : latest_data_offset + ({32'd0, size} & {64{take_number}});

// looked at, of the step that decides next; of the step that decides, which changes its row in the next cycle; changed
wire [GROUP_WIDTH-1:0] look = next_group[GROUP_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] next, row;
wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
wire [7:0] latest_reason;
wire sweeps;

row_turn #(.ROWS(GROUPS)) row_turn_inst (
    .clk(clk), .rst(rst), .next_row(group), .next(next), .row(row), .sweeps(sweeps)
);

wire writes_number = take_number || set_numbers || loads_number;
wire writes_offset = take_number || set_numbers || loads_offset;

row_field #(.ROWS(GROUPS), .WIDTH(64), .INITIAL(64'd1)) latest_update_numbers (
    .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(latest_update_number), .write(writes_number),
    .new_value(new_number)
);

row_field #(.ROWS(GROUPS), .WIDTH(64), .INITIAL(64'd1)) update_numbers (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(update_number), .write(writes_number),
    .new_value(new_number)
);

row_field #(.ROWS(GROUPS), .WIDTH(64)) latest_data_offsets (
    .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(latest_data_offset), .write(writes_offset),
    .new_value(new_offset)
);

row_field #(.ROWS(GROUPS), .WIDTH(64)) data_offsets (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(data_offset), .write(writes_offset),
    .new_value(new_offset)
);

row_field #(.ROWS(GROUPS), .WIDTH(8), .INITIAL(`ML_REASON_NONE)) latest_reasons (
    .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(latest_reason), .write(1'b1),
    .new_value(new_group_reason)
);

row_field #(.ROWS(GROUPS), .WIDTH(8), .INITIAL(`ML_REASON_NONE)) reasons (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(group_reason), .write(1'b1),
    .new_value(new_group_reason)
);

// only registers change these
row_field #(.ROWS(GROUPS), .WIDTH(2), .INITIAL(`ML_POLICY_STALL), .FORWARDS(0)) full_policies (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(full_policy),
    .write(load && field == FULL_POLICY), .new_value(load_data[1:0])
);

row_field #(.ROWS(GROUPS), .WIDTH(32), .FORWARDS(0)) watch_times (
    .clk(clk), .next(look), .row(row), .sweeps(sweeps), .value(watch_time),
    .write(load && field == WATCH_TIME), .new_value(load_data[31:0])
);

function [15:0] numbered(input [6:0] journal_volume_or_none);
    numbered = journal_volume_or_none[6] ? `ML_NONE : {10'd0, journal_volume_or_none[5:0]};
endfunction

wire [GROUP_WIDTH-1:0] find_g = find_group[GROUP_WIDTH-1:0];

assign group_journal_volume = (next_group < GROUPS) ? numbered(journal_volume_reg[7*look +: 7]) : `ML_NONE;
assign find_pair_set        = (find_group < GROUPS) ? pair_set_reg[PAIRS*find_g +: PAIRS] : {PAIRS{1'b0}};
assign group_state          = state_reg[2*group_index +: 2];
assign pair_set             = pair_set_reg[PAIRS*group_index +: PAIRS];
assign latest_state         = state_reg[2*row +: 2];
wire [15:0] journal_volume  = numbered(journal_volume_reg[7*group_index +: 7]);
wire [15:0] recorded_volume = set_journal_volume ? new_journal_volume : load_data[15:0];

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : each
        assign normal[n] = state_reg[2*n +: 2] == `ML_GROUP_NORMAL;
    end
endgenerate

integer i, h;

always @* begin
    volume_holds_journal = 1'b0;
    for (h = 0; h < GROUPS; h = h + 1)
        if (state_reg[2*h +: 2] != `ML_GROUP_BLANK && numbered(journal_volume_reg[7*h +: 7]) == volume)
            volume_holds_journal = 1'b1;
end

// in the order of their places
register_fields #(.FIELDS(8), .WIDTH(64)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field),
    .values({
        56'd0, group_reason, 32'd0, watch_time, 62'd0, full_policy, data_offset, update_number, 48'd0, journal_volume,
        {64-PAIRS{1'b0}}, pair_set, 62'd0, group_state}),
    .value(read_data)
);

always @* begin
    new_group_state  = latest_state;
    new_group_reason = latest_reason;
    if (set_state)
        new_group_state = new_state;
    if (set_state && !(new_state == `ML_GROUP_ABNORMAL && latest_state == `ML_GROUP_ABNORMAL))
        new_group_reason = (new_state == `ML_GROUP_ABNORMAL) ? new_reason : `ML_REASON_NONE;
    if (load && field == STATE) begin
        new_group_state = load_data[1:0];
        if (load_data[1:0] != `ML_GROUP_ABNORMAL)
            new_group_reason = `ML_REASON_NONE;
    end
    if (load && field == REASON)
        new_group_reason = load_data[7:0];
end

always @(posedge clk) begin
    group_state_after   <= new_group_state;
    group_reason_after  <= new_group_reason;
    update_number_after <= shows ? new_number : 64'd0;
    data_offset_after   <= shows ? new_offset : 64'd0;
    latest_pair_set     <= pair_set;
    for (i = 0; i < GROUPS; i = i + 1)
        if (row == i[GROUP_WIDTH-1:0]) begin
            state_reg[2*i +: 2]            <= new_group_state;
            if (add_pairs != 0 || (load && field == PAIR_SET))
                pair_set_reg[PAIRS*i +: PAIRS] <= load ? load_data[PAIRS-1:0] : latest_pair_set | add_pairs;
            if (set_journal_volume || (load && field == JOURNAL_VOLUME))
                journal_volume_reg[7*i +: 7] <= {recorded_volume[15], recorded_volume[5:0]};
        end
    if (rst) begin
        state_reg          <= 0;
        pair_set_reg       <= 0;
        journal_volume_reg <= {7*GROUPS{1'b1}};
    end
end

`ifdef ML_PROPERTIES
// Properties (docs/proofs.md)
wire stays_abnormal = latest_state == `ML_GROUP_ABNORMAL && new_group_state == `ML_GROUP_ABNORMAL;

always @(`ML_CYCLE) if (!rst) begin
    // 1: a group that is abnormal keeps its first reason, unless a register is written
    `ML_HOLDS(INFORMATION_1, sweeps || load || !stays_abnormal || new_group_reason == latest_reason);
end
`endif

endmodule

`resetall
