// Volume information 400 (FIG 4).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Look-ups are combinational and show the state that the step of the same cycle changes.
 */
module volume_information #(
    // Logical volumes
    parameter VOLUMES = 8,
    // Bits of a position in a volume or device
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * Look-ups
     */
    input  wire [15:0]               map_volume,
    output wire [15:0]               map_pair,
    input  wire [15:0]               volume,
    output wire [2:0]                volume_state,
    output wire [POSITION_WIDTH-1:0] volume_capacity,
    output wire [7:0]                volume_device,
    output wire [POSITION_WIDTH-1:0] volume_offset,
    output wire [15:0]               volume_pair,
    input  wire [15:0]               journal_volume,
    output wire [2:0]                journal_volume_state,
    output wire [POSITION_WIDTH-1:0] journal_volume_capacity,
    output wire [7:0]                journal_volume_device,
    output wire [POSITION_WIDTH-1:0] journal_volume_offset,
    input  wire [15:0]               shown_volume,
    output wire [2:0]                shown_volume_state,
    input  wire [15:0]               shown_journal_volume,
    output wire [2:0]                shown_journal_volume_state,
    input  wire [15:0]               compared_volume,
    output wire [POSITION_WIDTH-1:0] compared_capacity,
    // bit n: volume n is abnormal
    output wire [VOLUMES-1:0]        abnormal,

    /*
     * The step's changes
     */
    input  wire                      volume_fails,
    input  wire                      journal_volume_fails,
    // an operation puts the volume into `new_state`; it records it in `new_pair`
    input  wire                      set_state,
    input  wire [2:0]                new_state,
    input  wire                      set_pair,
    input  wire [15:0]               new_pair,
    // the secondary volumes among these are for hosts from now on ([0050])
    input  wire [VOLUMES-1:0]        become_normal,
    // the volumes for hosts among these are secondary ones from now on
    input  wire [VOLUMES-1:0]        become_secondary,
    // register write
    input  wire                      load,
    input  wire [3:0]                field,
    input  wire [63:0]               load_data,
    output reg  [63:0]               read_data
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam VOLUME_WIDTH = (VOLUMES > 1) ? $clog2(VOLUMES) : 1;

// `field`: the register's place in its row
localparam [3:0] STATE = 4'd0, FORMAT = 4'd1, CAPACITY = 4'd2, PAIR = 4'd3, DEVICE = 4'd4, OFFSET = 4'd5;

reg [2:0]   state_reg    [0:VOLUMES-1];
reg [63:0]  format_reg   [0:VOLUMES-1];
reg [W-1:0] capacity_reg [0:VOLUMES-1];
reg [15:0]  pair_reg     [0:VOLUMES-1];
reg [7:0]   device_reg   [0:VOLUMES-1];
reg [W-1:0] offset_reg   [0:VOLUMES-1];

wire [VOLUME_WIDTH-1:0] v  = volume[VOLUME_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] jv = journal_volume[VOLUME_WIDTH-1:0];

assign map_pair                   = pair_reg[map_volume[VOLUME_WIDTH-1:0]];
assign volume_state               = state_reg[v];
assign volume_capacity            = capacity_reg[v];
assign volume_device              = device_reg[v];
assign volume_offset              = offset_reg[v];
assign volume_pair                = pair_reg[v];
assign journal_volume_state       = state_reg[jv];
assign journal_volume_capacity    = capacity_reg[jv];
assign journal_volume_device      = device_reg[jv];
assign journal_volume_offset      = offset_reg[jv];
assign compared_capacity          = capacity_reg[compared_volume[VOLUME_WIDTH-1:0]];
assign shown_volume_state         = state_reg[shown_volume[VOLUME_WIDTH-1:0]];
assign shown_journal_volume_state = state_reg[shown_journal_volume[VOLUME_WIDTH-1:0]];

generate
    genvar n;
    for (n = 0; n < VOLUMES; n = n + 1) begin : row
        assign abnormal[n] = state_reg[n] == `ML_VOLUME_ABNORMAL;
    end
endgenerate

wire [63:0] format = format_reg[v];

always @* begin
    read_data = 64'd0;
    case (field)
        STATE:    read_data[2:0]   = volume_state;
        FORMAT:   read_data        = format;
        CAPACITY: read_data[W-1:0] = volume_capacity;
        PAIR:     read_data[15:0]  = volume_pair;
        DEVICE:   read_data[7:0]   = volume_device;
        OFFSET:   read_data[W-1:0] = volume_offset;
        default: ;
    endcase
end

integer i;

always @(posedge clk) begin
    if (become_normal != 0) for (i = 0; i < VOLUMES; i = i + 1)
        if (become_normal[i] && state_reg[i] == `ML_VOLUME_SECONDARY)
            state_reg[i] <= `ML_VOLUME_NORMAL;
    if (become_secondary != 0) for (i = 0; i < VOLUMES; i = i + 1)
        if (become_secondary[i] && state_reg[i] == `ML_VOLUME_NORMAL)
            state_reg[i] <= `ML_VOLUME_SECONDARY;
    if (volume_fails)
        state_reg[v] <= `ML_VOLUME_ABNORMAL;
    if (journal_volume_fails)
        state_reg[jv] <= `ML_VOLUME_ABNORMAL;
    if (set_state)
        state_reg[v] <= new_state;
    if (set_pair)
        pair_reg[v] <= new_pair;
    if (load)
        case (field)
            STATE:    state_reg[v]    <= load_data[2:0];
            FORMAT:   format_reg[v]   <= load_data;
            CAPACITY: capacity_reg[v] <= load_data[W-1:0];
            PAIR:     pair_reg[v]     <= load_data[15:0];
            DEVICE:   device_reg[v]   <= load_data[7:0];
            OFFSET:   offset_reg[v]   <= load_data[W-1:0];
            default: ;
        endcase
    if (rst)
        for (i = 0; i < VOLUMES; i = i + 1) begin
            state_reg[i]    <= `ML_VOLUME_BLANK;
            format_reg[i]   <= 0;
            capacity_reg[i] <= 0;
            pair_reg[i]     <= `ML_NONE;
            device_reg[i]   <= 0;
            offset_reg[i]   <= 0;
        end
end

endmodule

`resetall
