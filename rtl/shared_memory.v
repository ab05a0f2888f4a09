// Shared memory 140: volume information 400, pair information 500, group information 600 (FIG 4, 5, 6).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"

/*
 * Three look-ups, all combinational: `map` follows a volume number to its pair, group and journal volume; `row` gives what
 * a step decides on and the registers' values; `shown` gives what its commit record shows, one cycle after the step.
 * One step a cycle changes the tables.
 */
module shared_memory #(
    // Logical volumes
    parameter VOLUMES = 8,
    // Pairs, at most 64
    parameter PAIRS = 8,
    // Groups
    parameter GROUPS = 4,
    // Bits of a position in a volume or device
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * Map: volume -> pair -> group -> journal volume
     */
    input  wire [15:0]               map_volume,
    output wire                      map_volume_valid,
    output wire [15:0]               map_pair,
    output wire                      map_pair_valid,
    output wire [15:0]               map_group,
    output wire [15:0]               map_journal_volume,
    output wire                      map_journal_volume_valid,

    /*
     * Rows for the step
     */
    input  wire [15:0]               volume,
    input  wire [15:0]               pair,
    input  wire [15:0]               group,
    input  wire [15:0]               journal_volume,
    output wire [2:0]                volume_state,
    output wire [POSITION_WIDTH-1:0] volume_capacity,
    output wire [7:0]                volume_device,
    output wire [POSITION_WIDTH-1:0] volume_offset,
    // the volume is recorded as journal volume of a group
    output reg                       volume_holds_journal,
    output wire [2:0]                pair_state,
    output wire [POSITION_WIDTH-1:0] copy_complete_address,
    output wire [1:0]                group_state,
    output wire [63:0]               update_number,
    output wire [63:0]               data_offset,
    output wire [1:0]                full_policy,
    output wire [31:0]               watch_time,
    output wire [2:0]                journal_volume_state,
    output wire [POSITION_WIDTH-1:0] journal_volume_capacity,
    output wire [7:0]                journal_volume_device,
    output wire [POSITION_WIDTH-1:0] journal_volume_offset,

    /*
     * The step's changes
     */
    input  wire                      volume_fails,
    input  wire                      journal_volume_fails,
    // the pair becomes abnormal, and with the last of its set the group
    input  wire                      pair_fails,
    // the group becomes abnormal, with all pairs of its set
    input  wire                      group_fails,
    // a journal of `size` takes the group's update number
    input  wire                      take_number,
    input  wire [31:0]               size,
    // register write, in `load_table`, at the rows' indices
    input  wire                      load,
    input  wire [2:0]                load_table,
    input  wire [3:0]                load_field,
    input  wire [63:0]               load_data,
    output reg  [63:0]               read_data,

    /*
     * Rows as a commit record shows them
     */
    input  wire [15:0]               shown_volume,
    input  wire [15:0]               shown_pair,
    input  wire [15:0]               shown_group,
    input  wire [15:0]               shown_journal_volume,
    output wire [2:0]                shown_volume_state,
    output wire [2:0]                shown_pair_state,
    output wire [POSITION_WIDTH-1:0] shown_copy_complete_address,
    output wire [1:0]                shown_group_state,
    output wire [63:0]               shown_update_number,
    output wire [63:0]               shown_data_offset,
    output wire [2:0]                shown_journal_volume_state
);

localparam W = POSITION_WIDTH;
localparam VOLUME_WIDTH = (VOLUMES > 1) ? $clog2(VOLUMES) : 1;
localparam PAIR_WIDTH   = (PAIRS > 1) ? $clog2(PAIRS) : 1;
localparam GROUP_WIDTH  = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `load_field`: the register's place in its row
localparam [3:0]
    VOLUME_STATE = 4'd0, VOLUME_FORMAT = 4'd1, VOLUME_CAPACITY = 4'd2, VOLUME_PAIR = 4'd3, VOLUME_DEVICE = 4'd4,
    VOLUME_OFFSET = 4'd5,
    PAIR_STATE = 4'd0, PAIR_ORIGINAL_SYSTEM = 4'd1, PAIR_ORIGINAL_VOLUME = 4'd2, PAIR_SECONDARY_SYSTEM = 4'd3,
    PAIR_SECONDARY_VOLUME = 4'd4, PAIR_GROUP = 4'd5, PAIR_COPY_COMPLETE = 4'd6,
    GROUP_STATE = 4'd0, GROUP_PAIR_SET = 4'd1, GROUP_JOURNAL_VOLUME = 4'd2, GROUP_UPDATE_NUMBER = 4'd3,
    GROUP_DATA_OFFSET = 4'd4, GROUP_FULL_POLICY = 4'd5, GROUP_WATCH_TIME = 4'd6;

initial begin
    if (PAIRS > 64 || VOLUMES > 64 || GROUPS > 8) begin
        $display("Error: at most 64 volumes, 64 pairs and 8 groups (instance %m)");
        $finish;
    end
end

// volume information
reg [2:0]  volume_state_reg    [0:VOLUMES-1];
reg [63:0] volume_format_reg   [0:VOLUMES-1];
reg [W-1:0] volume_capacity_reg [0:VOLUMES-1];
reg [15:0] volume_pair_reg     [0:VOLUMES-1];
reg [7:0]  volume_device_reg   [0:VOLUMES-1];
reg [W-1:0] volume_offset_reg  [0:VOLUMES-1];
// pair information; the states side by side, since one step can change all of a group's
reg [3*PAIRS-1:0] pair_state_reg;
reg [15:0] original_system_reg  [0:PAIRS-1];
reg [15:0] original_volume_reg  [0:PAIRS-1];
reg [15:0] secondary_system_reg [0:PAIRS-1];
reg [15:0] secondary_volume_reg [0:PAIRS-1];
reg [15:0] pair_group_reg       [0:PAIRS-1];
reg [W-1:0] copy_complete_reg   [0:PAIRS-1];
// group information; state and journal volume side by side, since every write is compared with all of them
reg [2*GROUPS-1:0]  group_state_reg;
reg [16*GROUPS-1:0] journal_volume_reg;
reg [PAIRS-1:0] pair_set_reg      [0:GROUPS-1];
reg [63:0]      update_number_reg [0:GROUPS-1];
reg [63:0]      data_offset_reg   [0:GROUPS-1];
reg [1:0]       full_policy_reg   [0:GROUPS-1];
reg [31:0]      watch_time_reg    [0:GROUPS-1];

wire [VOLUME_WIDTH-1:0] v  = volume[VOLUME_WIDTH-1:0];
wire [PAIR_WIDTH-1:0]   p  = pair[PAIR_WIDTH-1:0];
wire [GROUP_WIDTH-1:0]  g  = group[GROUP_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] jv = journal_volume[VOLUME_WIDTH-1:0];

// map
wire [PAIR_WIDTH-1:0]  map_p = map_pair[PAIR_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] map_g = map_group[GROUP_WIDTH-1:0];
assign map_volume_valid         = map_volume < VOLUMES;
assign map_pair                 = volume_pair_reg[map_volume[VOLUME_WIDTH-1:0]];
assign map_pair_valid           = map_volume_valid && map_pair < PAIRS;
assign map_group                = pair_group_reg[map_p];
assign map_journal_volume       = journal_volume_reg[16*map_g +: 16];
assign map_journal_volume_valid = map_pair_valid && map_journal_volume < VOLUMES;

// rows
assign volume_state            = volume_state_reg[v];
assign volume_capacity         = volume_capacity_reg[v];
assign volume_device           = volume_device_reg[v];
assign volume_offset           = volume_offset_reg[v];
wire [63:0] volume_format      = volume_format_reg[v];
wire [15:0] volume_pair        = volume_pair_reg[v];
assign pair_state              = pair_state_reg[3*p +: 3];
wire [15:0] original_system    = original_system_reg[p];
wire [15:0] original_volume    = original_volume_reg[p];
wire [15:0] secondary_system   = secondary_system_reg[p];
wire [15:0] secondary_volume   = secondary_volume_reg[p];
wire [15:0] pair_group         = pair_group_reg[p];
assign copy_complete_address   = copy_complete_reg[p];
wire [PAIRS-1:0] pair_set      = pair_set_reg[g];
assign group_state             = group_state_reg[2*g +: 2];
assign update_number           = update_number_reg[g];
assign data_offset             = data_offset_reg[g];
assign full_policy             = full_policy_reg[g];
assign watch_time              = watch_time_reg[g];
assign journal_volume_state    = volume_state_reg[jv];
assign journal_volume_capacity = volume_capacity_reg[jv];
assign journal_volume_device   = volume_device_reg[jv];
assign journal_volume_offset   = volume_offset_reg[jv];

integer i;

always @* begin
    volume_holds_journal = 1'b0;
    for (i = 0; i < GROUPS; i = i + 1)
        if (group_state_reg[2*i +: 2] != `ML_GROUP_BLANK && journal_volume_reg[16*i +: 16] == volume)
            volume_holds_journal = 1'b1;
end

// rows as shown
wire [PAIR_WIDTH-1:0]  shown_p = shown_pair[PAIR_WIDTH-1:0];
wire [GROUP_WIDTH-1:0] shown_g = shown_group[GROUP_WIDTH-1:0];
assign shown_volume_state          = volume_state_reg[shown_volume[VOLUME_WIDTH-1:0]];
assign shown_pair_state            = pair_state_reg[3*shown_p +: 3];
assign shown_copy_complete_address = copy_complete_reg[shown_p];
assign shown_group_state           = group_state_reg[2*shown_g +: 2];
assign shown_update_number         = update_number_reg[shown_g];
assign shown_data_offset           = data_offset_reg[shown_g];
assign shown_journal_volume_state  = volume_state_reg[shown_journal_volume[VOLUME_WIDTH-1:0]];

// register values
always @* begin
    read_data = 64'd0;
    case (load_table)
        `ML_TABLE_VOLUME:
            case (load_field)
                VOLUME_STATE:    read_data[2:0]   = volume_state;
                VOLUME_FORMAT:   read_data        = volume_format;
                VOLUME_CAPACITY: read_data[W-1:0] = volume_capacity;
                VOLUME_PAIR:     read_data[15:0]  = volume_pair;
                VOLUME_DEVICE:   read_data[7:0]   = volume_device;
                VOLUME_OFFSET:   read_data[W-1:0] = volume_offset;
                default: ;
            endcase
        `ML_TABLE_PAIR:
            case (load_field)
                PAIR_STATE:            read_data[2:0]   = pair_state;
                PAIR_ORIGINAL_SYSTEM:  read_data[15:0]  = original_system;
                PAIR_ORIGINAL_VOLUME:  read_data[15:0]  = original_volume;
                PAIR_SECONDARY_SYSTEM: read_data[15:0]  = secondary_system;
                PAIR_SECONDARY_VOLUME: read_data[15:0]  = secondary_volume;
                PAIR_GROUP:            read_data[15:0]  = pair_group;
                PAIR_COPY_COMPLETE:    read_data[W-1:0] = copy_complete_address;
                default: ;
            endcase
        `ML_TABLE_GROUP:
            case (load_field)
                GROUP_STATE:          read_data[1:0]       = group_state;
                GROUP_PAIR_SET:       read_data[PAIRS-1:0] = pair_set;
                GROUP_JOURNAL_VOLUME: read_data[15:0]      = journal_volume_reg[16*g +: 16];
                GROUP_UPDATE_NUMBER:  read_data            = update_number;
                GROUP_DATA_OFFSET:    read_data            = data_offset;
                GROUP_FULL_POLICY:    read_data[1:0]       = full_policy;
                GROUP_WATCH_TIME:     read_data[31:0]      = watch_time;
                default: ;
            endcase
        default: ;
    endcase
end

// [0052]: a group is abnormal when all pairs of its set are; all but the one that fails now decide
reg others_abnormal;

always @* begin
    others_abnormal = 1'b1;
    for (i = 0; i < PAIRS; i = i + 1)
        if (pair_set[i] && i[PAIR_WIDTH-1:0] != p && pair_state_reg[3*i +: 3] != `ML_PAIR_ABNORMAL)
            others_abnormal = 1'b0;
end

always @(posedge clk) begin
    if (volume_fails)
        volume_state_reg[v] <= `ML_VOLUME_ABNORMAL;
    if (journal_volume_fails)
        volume_state_reg[jv] <= `ML_VOLUME_ABNORMAL;
    if (pair_fails) begin
        pair_state_reg[3*p +: 3] <= `ML_PAIR_ABNORMAL;
        if (others_abnormal)
            group_state_reg[2*g +: 2] <= `ML_GROUP_ABNORMAL;
    end
    if (group_fails) begin
        group_state_reg[2*g +: 2] <= `ML_GROUP_ABNORMAL;
        for (i = 0; i < PAIRS; i = i + 1)
            if (pair_set[i])
                pair_state_reg[3*i +: 3] <= `ML_PAIR_ABNORMAL;
    end
    if (take_number) begin
        update_number_reg[g] <= update_number + 64'd1;
        data_offset_reg[g]   <= data_offset + {32'd0, size};
    end
    if (load && load_table == `ML_TABLE_VOLUME) begin
        case (load_field)
            VOLUME_STATE:    volume_state_reg[v]    <= load_data[2:0];
            VOLUME_FORMAT:   volume_format_reg[v]   <= load_data;
            VOLUME_CAPACITY: volume_capacity_reg[v] <= load_data[W-1:0];
            VOLUME_PAIR:     volume_pair_reg[v]     <= load_data[15:0];
            VOLUME_DEVICE:   volume_device_reg[v]   <= load_data[7:0];
            VOLUME_OFFSET:   volume_offset_reg[v]   <= load_data[W-1:0];
            default: ;
        endcase
    end
    if (load && load_table == `ML_TABLE_PAIR) begin
        case (load_field)
            PAIR_STATE:            pair_state_reg[3*p +: 3] <= load_data[2:0];
            PAIR_ORIGINAL_SYSTEM:  original_system_reg[p]   <= load_data[15:0];
            PAIR_ORIGINAL_VOLUME:  original_volume_reg[p]   <= load_data[15:0];
            PAIR_SECONDARY_SYSTEM: secondary_system_reg[p]  <= load_data[15:0];
            PAIR_SECONDARY_VOLUME: secondary_volume_reg[p]  <= load_data[15:0];
            PAIR_GROUP:            pair_group_reg[p]        <= load_data[15:0];
            PAIR_COPY_COMPLETE:    copy_complete_reg[p]     <= load_data[W-1:0];
            default: ;
        endcase
    end
    if (load && load_table == `ML_TABLE_GROUP) begin
        case (load_field)
            GROUP_STATE:          group_state_reg[2*g +: 2]      <= load_data[1:0];
            GROUP_PAIR_SET:       pair_set_reg[g]                <= load_data[PAIRS-1:0];
            GROUP_JOURNAL_VOLUME: journal_volume_reg[16*g +: 16] <= load_data[15:0];
            GROUP_UPDATE_NUMBER:  update_number_reg[g]           <= load_data;
            GROUP_DATA_OFFSET:    data_offset_reg[g]             <= load_data;
            GROUP_FULL_POLICY:    full_policy_reg[g]             <= load_data[1:0];
            GROUP_WATCH_TIME:     watch_time_reg[g]              <= load_data[31:0];
            default: ;
        endcase
    end
    if (rst) begin
        pair_state_reg     <= 0;
        group_state_reg    <= 0;
        journal_volume_reg <= {GROUPS{`ML_NONE}};
        for (i = 0; i < VOLUMES; i = i + 1) begin
            volume_state_reg[i]    <= `ML_VOLUME_BLANK;
            volume_format_reg[i]   <= 0;
            volume_capacity_reg[i] <= 0;
            volume_pair_reg[i]     <= `ML_NONE;
            volume_device_reg[i]   <= 0;
            volume_offset_reg[i]   <= 0;
        end
        for (i = 0; i < PAIRS; i = i + 1) begin
            original_system_reg[i]  <= 0;
            original_volume_reg[i]  <= 0;
            secondary_system_reg[i] <= 0;
            secondary_volume_reg[i] <= 0;
            pair_group_reg[i]       <= 0;
            copy_complete_reg[i]    <= 0;
        end
        for (i = 0; i < GROUPS; i = i + 1) begin
            pair_set_reg[i]      <= 0;
            update_number_reg[i] <= 64'd1;
            data_offset_reg[i]   <= 0;
            full_policy_reg[i]   <= `ML_POLICY_STALL;
            watch_time_reg[i]    <= 0;
        end
    end
end

endmodule

`resetall
