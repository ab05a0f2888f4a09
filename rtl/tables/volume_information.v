// Volume information 400 (FIG 4).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * States lie side by side in registers. The rest are memories, looked up for `next_volume` and `next_journal_volume` a
 * cycle before their step decides. A step changes its volumes a cycle after it decided; one that changes the memories
 * has none close behind it, and its `volume` stays until then. After a reset they are swept, one row a cycle, in which
 * load_data is 0.
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
    // those of the next step, then of the step
    input  wire [15:0]               next_volume,
    input  wire [15:0]               next_journal_volume,
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
    input  wire [15:0]               after_volume,
    output wire [2:0]                volume_state_after,
    input  wire [15:0]               after_journal_volume,
    output wire [2:0]                journal_volume_state_after,
    // bit n: volume n is abnormal
    output wire [VOLUMES-1:0]        abnormal,

    /*
     * The changes of the step that decided in the cycle before
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
    // register write; without one load_data is 0
    input  wire                      load,
    input  wire [3:0]                field,
    input  wire [63:0]               load_data,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                      read,
    output wire [63:0]               read_data
);

`ML_REQUIRE_VOLUMES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam VOLUME_WIDTH = (VOLUMES > 1) ? $clog2(VOLUMES) : 1;

// `field`: the register's place in its row
localparam [3:0] STATE = 4'd0, FORMAT = 4'd1, CAPACITY = 4'd2, PAIR = 4'd3, DEVICE = 4'd4, OFFSET = 4'd5;

localparam LAST_VOLUME = VOLUMES - 1;
localparam [VOLUME_WIDTH-1:0] LAST = LAST_VOLUME[VOLUME_WIDTH-1:0];

reg [3*VOLUMES-1:0]    state_reg;
reg [63:0]             format;
reg                    sweeps_reg;
reg [VOLUME_WIDTH-1:0] sweep_reg;

(* ram_style = "distributed" *) reg [63:0]  formats    [0:VOLUMES-1];
// whole blocks
(* ram_style = "distributed" *) reg [W-1:9] capacities [0:VOLUMES-1];
(* ram_style = "distributed" *) reg [W-1:9] offsets    [0:VOLUMES-1];
// bit 6: none
(* ram_style = "distributed" *) reg [6:0]   pairs      [0:VOLUMES-1];
(* ram_style = "distributed" *) reg [2:0]   devices    [0:VOLUMES-1];

reg [W-1:9] capacity_reg, offset_reg, journal_capacity_reg, journal_offset_reg;
reg [2:0]   device_reg, journal_device_reg;
reg [6:0]   pair_reg;
// of the step that decided in the cycle before
reg [VOLUME_WIDTH-1:0] changed_reg, changed_journal_reg;
wire [6:0]  found_pair = pairs[map_volume[VOLUME_WIDTH-1:0]];
wire [15:0] recorded_pair = set_pair ? new_pair : load_data[15:0];

assign volume_capacity         = {capacity_reg, 9'd0};
assign volume_offset           = {offset_reg, 9'd0};
assign volume_device           = {5'd0, device_reg};
assign volume_pair             = pair_reg[6] ? `ML_NONE : {10'd0, pair_reg[5:0]};
assign journal_volume_capacity = {journal_capacity_reg, 9'd0};
assign journal_volume_offset   = {journal_offset_reg, 9'd0};
assign journal_volume_device   = {5'd0, journal_device_reg};

wire [VOLUME_WIDTH-1:0] volume_index       = volume[VOLUME_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] jv      = journal_volume[VOLUME_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] next_v  = next_volume[VOLUME_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] next_jv = next_journal_volume[VOLUME_WIDTH-1:0];
wire [VOLUME_WIDTH-1:0] row     = sweeps_reg ? sweep_reg : volume_index;

assign map_pair                   = found_pair[6] ? `ML_NONE : {10'd0, found_pair[5:0]};
assign volume_state               = state_reg[3*volume_index +: 3];
assign journal_volume_state       = state_reg[3*jv +: 3];
assign volume_state_after         = state_reg[3*after_volume[VOLUME_WIDTH-1:0] +: 3];
assign journal_volume_state_after = state_reg[3*after_journal_volume[VOLUME_WIDTH-1:0] +: 3];

generate
    genvar n;
    for (n = 0; n < VOLUMES; n = n + 1) begin : each
        assign abnormal[n] = state_reg[3*n +: 3] == `ML_VOLUME_ABNORMAL;
    end
endgenerate

// in the order of their places
register_fields #(.FIELDS(6), .WIDTH(64)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field),
    .values({
        {64-W{1'b0}}, volume_offset, 56'd0, volume_device, 48'd0, volume_pair, {64-W{1'b0}}, volume_capacity, format,
        61'd0, volume_state}),
    .value(read_data)
);

integer i;

wire changes_state = become_normal != 0 || become_secondary != 0 || volume_fails || journal_volume_fails || set_state
                     || load;

always @(posedge clk) begin
    changed_reg         <= volume_index;
    changed_journal_reg <= jv;
    if (changes_state) for (i = 0; i < VOLUMES; i = i + 1) begin
        if (become_normal[i] && state_reg[3*i +: 3] == `ML_VOLUME_SECONDARY)
            state_reg[3*i +: 3] <= `ML_VOLUME_NORMAL;
        if (become_secondary[i] && state_reg[3*i +: 3] == `ML_VOLUME_NORMAL)
            state_reg[3*i +: 3] <= `ML_VOLUME_SECONDARY;
        if ((volume_fails && changed_reg == i[VOLUME_WIDTH-1:0])
            || (journal_volume_fails && changed_journal_reg == i[VOLUME_WIDTH-1:0]))
            state_reg[3*i +: 3] <= `ML_VOLUME_ABNORMAL;
        if (set_state && changed_reg == i[VOLUME_WIDTH-1:0])
            state_reg[3*i +: 3] <= new_state;
        if (load && field == STATE && changed_reg == i[VOLUME_WIDTH-1:0])
            state_reg[3*i +: 3] <= load_data[2:0];
    end
    if (rst)
        state_reg <= {VOLUMES{`ML_VOLUME_BLANK}};
end

always @(posedge clk) begin
    format                  <= formats[next_v];
    capacity_reg            <= capacities[next_v];
    device_reg              <= devices[next_v];
    offset_reg              <= offsets[next_v];
    pair_reg                <= pairs[next_v];
    journal_capacity_reg    <= capacities[next_jv];
    journal_device_reg      <= devices[next_jv];
    journal_offset_reg      <= offsets[next_jv];
    if (sweeps_reg || set_pair || load) begin
        if (sweeps_reg || (load && field == FORMAT))
            formats[row] <= load_data;
        if (sweeps_reg || (load && field == CAPACITY))
            capacities[row] <= load_data[W-1:9];
        if (sweeps_reg || (load && field == DEVICE))
            devices[row] <= load_data[2:0];
        if (sweeps_reg || (load && field == OFFSET))
            offsets[row] <= load_data[W-1:9];
        if (sweeps_reg || set_pair || (load && field == PAIR))
            pairs[row] <= {sweeps_reg || recorded_pair[15], recorded_pair[5:0]};
    end
    if (sweeps_reg) begin
        sweep_reg <= sweep_reg + 1'b1;
        if (sweep_reg == LAST)
            sweeps_reg <= 1'b0;
    end
    if (rst) begin
        sweeps_reg <= 1'b1;
        sweep_reg  <= 0;
    end
end

endmodule

`resetall
