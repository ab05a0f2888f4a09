// How each group is replicated: its partner, and the settings of journal read, store, restore and initial copy.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * The row that a step decides on is that of `next_group` in the cycle before; it changes that of its `group` a cycle
 * later. One that changes more than the activity has none close behind it, and its `group` stays until then. Set
 * through registers; initiation (930) gives generation and partner, and starts.
 */
module group_settings #(
    parameter GROUPS = 4,
    // Bytes of write data in a packet, at most
    parameter MAX_DATA_BYTES = 65536,
    parameter POSITION_WIDTH = 48
) (
    input  wire                        clk,
    input  wire                        rst,

    // of the step that decides next, and of the one that decides
    input  wire [15:0]                 next_group,
    input  wire [15:0]                 group,
    // counts initiations; packets of another generation are dropped
    output reg  [31:0]                 generation,
    output reg  [15:0]                 partner_system,
    output reg  [15:0]                 partner_group,
    // bytes of the partner's write data area, 0 unknown
    output reg  [POSITION_WIDTH-1:0]   partner_area,
    // journal read commands: 0 by number, 1 plain; journals and bytes at most; how many in flight
    output reg                         read_mode,
    output reg  [6:0]                  batch_journals,
    output reg  [16:0]                 batch_bytes,
    output reg  [6:0]                  commands,
    // [0135]: a journal without room waits, is not dropped
    output reg                         no_room_holds,
    // cycles
    output reg  [31:0]                 interval,
    output reg  [31:0]                 timeout,
    // [0131], [0134]: 0 at once, 1 after the interval, 2 by backlog
    output reg  [1:0]                  next_command,
    output reg  [31:0]                 backlog,
    output reg  [31:0]                 copy_unit,
    // 0 original started, 1 secondary started, 2 takeover, 3 stopped, 4 restore stopped, 6 retry
    output wire [6:0]                  activity,

    // cycles without a journal read command after which the group becomes abnormal, 0 never
    output wire [31:0]                 silence,

    // of every group
    output wire [7*GROUPS-1:0]         activities,
    // of this group
    input  wire [15:0]                 watched_group,
    output wire [31:0]                 watched_silence,

    /*
     * The changes of the step that decided in the cycle before
     */
    input  wire [6:0]                  set_activity,
    // a takeover is given up
    input  wire                        end_takeover,
    // 930: as original or secondary system
    input  wire                        start,
    input  wire                        start_original,
    input  wire [31:0]                 new_generation,
    input  wire [15:0]                 new_partner_system,
    input  wire [15:0]                 new_partner_group,
    input  wire                        set_partner_area,
    input  wire [POSITION_WIDTH-1:0]   new_partner_area,
    // register write; without one load_data is 0
    input  wire                        load,
    input  wire [3:0]                  field,
    input  wire [63:0]                 load_data,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                        read,
    output wire [63:0]                 read_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_MAX_DATA_BYTES
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in this part of a group's registers
localparam [3:0]
    GENERATION = 4'h0, PARTNER_SYSTEM = 4'h1, PARTNER_GROUP = 4'h2, PARTNER_AREA = 4'h3, READ_MODE = 4'h4,
    BATCH_JOURNALS = 4'h5, BATCH_BYTES = 4'h6, COMMANDS = 4'h7, NO_ROOM = 4'h8, INTERVAL = 4'h9, TIMEOUT = 4'hA,
    NEXT_COMMAND = 4'hB, BACKLOG = 4'hC, COPY_UNIT = 4'hD, ACTIVITY = 4'hE, SILENCE = 4'hF;
localparam [6:0] RETRY = 7'h40;

reg [7*GROUPS-1:0]  activity_reg;
wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
// of the step that decided in the cycle before
reg [GROUP_WIDTH-1:0] changed_reg;
wire [6:0]          latest_activity = activity_reg[7*changed_reg +: 7];
reg [6:0]           new_activity;

assign activity   = activity_reg[7*group_index +: 7];
assign activities = activity_reg;

// a memory a setting; after a reset they are swept, one row a cycle, in which nothing starts or loads and load_data is
// 0
localparam [31:0] MOST_BYTES = MAX_DATA_BYTES;
localparam LAST_GROUP = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST = LAST_GROUP[GROUP_WIDTH-1:0];
reg                   sweeps_reg;
reg [GROUP_WIDTH-1:0] sweep_reg;
wire [GROUP_WIDTH-1:0] row    = sweeps_reg ? sweep_reg : group_index;
wire [GROUP_WIDTH-1:0] next_index = next_group[GROUP_WIDTH-1:0];
wire [15:0]            loads  = load ? 16'd1 << field : 16'd0;

(* ram_style = "distributed" *) reg [31:0]  generations     [0:GROUPS-1];
(* ram_style = "distributed" *) reg [15:0]  partner_systems [0:GROUPS-1];
(* ram_style = "distributed" *) reg [15:0]  partner_groups  [0:GROUPS-1];
(* ram_style = "distributed" *) reg [W-1:0] partner_areas   [0:GROUPS-1];
(* ram_style = "distributed" *) reg         read_modes      [0:GROUPS-1];
(* ram_style = "distributed" *) reg [6:0]   journals_most   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [16:0]  bytes_most      [0:GROUPS-1];
(* ram_style = "distributed" *) reg [6:0]   commands_most   [0:GROUPS-1];
(* ram_style = "distributed" *) reg         no_rooms_hold   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]  intervals       [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]  timeouts        [0:GROUPS-1];
(* ram_style = "distributed" *) reg [1:0]   next_commands   [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]  backlogs        [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]  copy_units      [0:GROUPS-1];
(* ram_style = "distributed" *) reg [31:0]  silences        [0:GROUPS-1];

assign silence         = silences[group_index];
assign watched_silence = silences[watched_group[GROUP_WIDTH-1:0]];

// in the order of their places
register_fields #(.FIELDS(16), .WIDTH(W)) register_fields_inst (
    .clk(clk), .rst(rst), .read(read), .field(field),
    .values({
        {W-32{1'b0}}, silence, {W-7{1'b0}}, activity, {W-32{1'b0}}, copy_unit, {W-32{1'b0}}, backlog,
        {W-2{1'b0}}, next_command, {W-32{1'b0}}, timeout, {W-32{1'b0}}, interval, {W-1{1'b0}}, no_room_holds,
        {W-7{1'b0}}, commands, {W-17{1'b0}}, batch_bytes, {W-7{1'b0}}, batch_journals, {W-1{1'b0}}, read_mode,
        partner_area, {W-16{1'b0}}, partner_group, {W-16{1'b0}}, partner_system, {W-32{1'b0}}, generation}),
    .value(read_data[W-1:0])
);
assign read_data[63:W] = {64-W{1'b0}};

always @(posedge clk) begin
    generation     <= generations[next_index];
    partner_system <= partner_systems[next_index];
    partner_group  <= partner_groups[next_index];
    partner_area   <= partner_areas[next_index];
    read_mode      <= read_modes[next_index];
    batch_journals <= journals_most[next_index];
    batch_bytes    <= bytes_most[next_index];
    commands       <= commands_most[next_index];
    no_room_holds  <= no_rooms_hold[next_index];
    interval       <= intervals[next_index];
    timeout        <= timeouts[next_index];
    next_command   <= next_commands[next_index];
    backlog        <= backlogs[next_index];
    copy_unit      <= copy_units[next_index];
    if (sweeps_reg || start || set_partner_area || load) begin
        if (sweeps_reg || start || loads[GENERATION])
            generations[row] <= start ? new_generation : load_data[31:0];
        if (sweeps_reg || start || loads[PARTNER_SYSTEM])
            partner_systems[row] <= start ? new_partner_system : load_data[15:0];
        if (sweeps_reg || start || loads[PARTNER_GROUP])
            partner_groups[row] <= start ? new_partner_group : load_data[15:0];
        if (sweeps_reg || set_partner_area || loads[PARTNER_AREA])
            partner_areas[row] <= set_partner_area ? new_partner_area : load_data[W-1:0];
        if (sweeps_reg || loads[READ_MODE])
            read_modes[row] <= load_data[0];
        if (sweeps_reg || loads[BATCH_JOURNALS])
            journals_most[row] <= load_data[6:0] | (7'd16 & {7{sweeps_reg}});
        if (sweeps_reg || loads[BATCH_BYTES])
            bytes_most[row] <= load_data[16:0] | (MOST_BYTES[16:0] & {17{sweeps_reg}});
        if (sweeps_reg || loads[COMMANDS])
            commands_most[row] <= load_data[6:0] | (7'd4 & {7{sweeps_reg}});
        if (sweeps_reg || loads[NO_ROOM])
            no_rooms_hold[row] <= load_data[0];
        if (sweeps_reg || loads[INTERVAL])
            intervals[row] <= load_data[31:0] | (32'd1000 & {32{sweeps_reg}});
        if (sweeps_reg || loads[TIMEOUT])
            timeouts[row] <= load_data[31:0] | (32'd100000 & {32{sweeps_reg}});
        if (sweeps_reg || loads[NEXT_COMMAND])
            next_commands[row] <= load_data[1:0];
        if (sweeps_reg || loads[BACKLOG])
            backlogs[row] <= load_data[31:0] | (32'd64 & {32{sweeps_reg}});
        if (sweeps_reg || loads[COPY_UNIT])
            copy_units[row] <= load_data[31:0] | (32'd4096 & {32{sweeps_reg}});
        if (sweeps_reg || loads[SILENCE])
            silences[row] <= load_data[31:0];
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

always @* begin
    new_activity = latest_activity | set_activity;
    if (end_takeover)
        new_activity[2] = 1'b0;
    if (start)
        new_activity = (latest_activity & RETRY) | (start_original ? 7'd1 : 7'd2);
    if (load && field == ACTIVITY)
        new_activity = load_data[6:0];
end

integer i;

always @(posedge clk) begin
    changed_reg <= group_index;
    for (i = 0; i < GROUPS; i = i + 1)
        if (changed_reg == i[GROUP_WIDTH-1:0])
            activity_reg[7*i +: 7] <= new_activity;
    if (rst) begin
        changed_reg  <= 0;
        activity_reg <= {GROUPS{RETRY}};
    end
end

endmodule

`resetall
