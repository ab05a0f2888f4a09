// How each group is replicated: its partner, and the settings of journal read, store, restore and initial copy.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Look-ups are combinational and show the state that the step of the same cycle changes. Set through registers; initiation (930)
 * gives generation and partner, and starts.
 */
module group_settings #(
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48
) (
    input  wire                        clk,
    input  wire                        rst,

    input  wire [15:0]                 group,
    // counts initiations; packets of another generation are dropped
    output wire [31:0]                 generation,
    output wire [15:0]                 partner_system,
    output wire [15:0]                 partner_group,
    // bytes of the partner's write data area, 0 unknown
    output wire [POSITION_WIDTH-1:0]   partner_area,
    // journal read commands: 0 by number, 1 plain; journals and bytes at most; how many under way
    output wire                        read_mode,
    output wire [6:0]                  batch_journals,
    output wire [16:0]                 batch_bytes,
    output wire [6:0]                  commands,
    // [0135]: a journal without room is held, not dropped
    output wire                        no_room_holds,
    // cycles
    output wire [31:0]                 interval,
    output wire [31:0]                 timeout,
    // [0131], [0134]: 0 at once, 1 after the interval, 2 by backlog
    output wire [1:0]                  next_command,
    output wire [31:0]                 backlog,
    output wire [31:0]                 copy_unit,
    // 0 original started, 1 secondary started, 2 takeover, 3 stopped, 4 restore stopped, 5 free at once, 6 retry
    output wire [6:0]                  activity,

    // of every group
    output wire [7*GROUPS-1:0]         activities,
    // cycles without a journal read command after which the group becomes abnormal, 0 never
    output wire [32*GROUPS-1:0]        silences,

    /*
     * The step's changes
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
    // register write
    input  wire                        load,
    input  wire [3:0]                  field,
    input  wire [63:0]                 load_data,
    output reg  [63:0]                 read_data
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// `field`: the register's place in this part of a group's registers
localparam [3:0]
    GENERATION = 4'h0, PARTNER_SYSTEM = 4'h1, PARTNER_GROUP = 4'h2, PARTNER_AREA = 4'h3, READ_MODE = 4'h4,
    BATCH_JOURNALS = 4'h5, BATCH_BYTES = 4'h6, COMMANDS = 4'h7, NO_ROOM = 4'h8, INTERVAL = 4'h9, TIMEOUT = 4'hA,
    NEXT_COMMAND = 4'hB, BACKLOG = 4'hC, COPY_UNIT = 4'hD, ACTIVITY = 4'hE;
localparam [6:0] RETRY = 7'h40, KEPT = 7'h60;

reg [31:0]          generation_reg     [0:GROUPS-1];
reg [15:0]          partner_system_reg [0:GROUPS-1];
reg [15:0]          partner_group_reg  [0:GROUPS-1];
reg [W-1:0]         partner_area_reg   [0:GROUPS-1];
reg                 read_mode_reg      [0:GROUPS-1];
reg [6:0]           batch_journals_reg [0:GROUPS-1];
reg [16:0]          batch_bytes_reg    [0:GROUPS-1];
reg                 no_room_holds_reg  [0:GROUPS-1];
reg [1:0]           next_command_reg   [0:GROUPS-1];
reg [31:0]          backlog_reg        [0:GROUPS-1];
reg [31:0]          copy_unit_reg      [0:GROUPS-1];
reg [7*GROUPS-1:0]  commands_reg;
reg [32*GROUPS-1:0] interval_reg;
reg [32*GROUPS-1:0] timeout_reg;
reg [32*GROUPS-1:0] silence_reg;
reg [7*GROUPS-1:0]  activity_reg;

wire [GROUP_WIDTH-1:0] g = group[GROUP_WIDTH-1:0];
wire [31:0] silence = silence_reg[32*g +: 32];

assign generation     = generation_reg[g];
assign partner_system = partner_system_reg[g];
assign partner_group  = partner_group_reg[g];
assign partner_area   = partner_area_reg[g];
assign read_mode      = read_mode_reg[g];
assign batch_journals = batch_journals_reg[g];
assign batch_bytes    = batch_bytes_reg[g];
assign no_room_holds  = no_room_holds_reg[g];
assign next_command   = next_command_reg[g];
assign backlog        = backlog_reg[g];
assign copy_unit      = copy_unit_reg[g];
assign commands       = commands_reg[7*g +: 7];
assign interval       = interval_reg[32*g +: 32];
assign timeout        = timeout_reg[32*g +: 32];
assign activity       = activity_reg[7*g +: 7];
assign activities     = activity_reg;
assign silences       = silence_reg;

always @* begin
    read_data = 64'd0;
    case (field)
        GENERATION:     read_data[31:0]  = generation;
        PARTNER_SYSTEM: read_data[15:0]  = partner_system;
        PARTNER_GROUP:  read_data[15:0]  = partner_group;
        PARTNER_AREA:   read_data[W-1:0] = partner_area;
        READ_MODE:      read_data[0]     = read_mode;
        BATCH_JOURNALS: read_data[6:0]   = batch_journals;
        BATCH_BYTES:    read_data[16:0]  = batch_bytes;
        COMMANDS:       read_data[6:0]   = commands;
        NO_ROOM:        read_data[0]     = no_room_holds;
        INTERVAL:       read_data[31:0]  = interval;
        TIMEOUT:        read_data[31:0]  = timeout;
        NEXT_COMMAND:   read_data[1:0]   = next_command;
        BACKLOG:        read_data[31:0]  = backlog;
        COPY_UNIT:      read_data[31:0]  = copy_unit;
        ACTIVITY:       read_data[6:0]   = activity;
        default:        read_data[31:0]  = silence;
    endcase
end

integer i;

always @(posedge clk) begin
    if (set_activity != 0)
        activity_reg[7*g +: 7] <= activity | set_activity;
    if (end_takeover)
        activity_reg[7*g + 2] <= 1'b0;
    if (start) begin
        generation_reg[g]      <= new_generation;
        partner_system_reg[g]  <= new_partner_system;
        partner_group_reg[g]   <= new_partner_group;
        activity_reg[7*g +: 7] <= (activity & KEPT) | (start_original ? 7'd1 : 7'd2);
    end
    if (set_partner_area)
        partner_area_reg[g] <= new_partner_area;
    if (load)
        case (field)
            GENERATION:     generation_reg[g]         <= load_data[31:0];
            PARTNER_SYSTEM: partner_system_reg[g]     <= load_data[15:0];
            PARTNER_GROUP:  partner_group_reg[g]      <= load_data[15:0];
            PARTNER_AREA:   partner_area_reg[g]       <= load_data[W-1:0];
            READ_MODE:      read_mode_reg[g]          <= load_data[0];
            BATCH_JOURNALS: batch_journals_reg[g]     <= load_data[6:0];
            BATCH_BYTES:    batch_bytes_reg[g]        <= load_data[16:0];
            COMMANDS:       commands_reg[7*g +: 7]    <= load_data[6:0];
            NO_ROOM:        no_room_holds_reg[g]      <= load_data[0];
            INTERVAL:       interval_reg[32*g +: 32]  <= load_data[31:0];
            TIMEOUT:        timeout_reg[32*g +: 32]   <= load_data[31:0];
            NEXT_COMMAND:   next_command_reg[g]       <= load_data[1:0];
            BACKLOG:        backlog_reg[g]            <= load_data[31:0];
            COPY_UNIT:      copy_unit_reg[g]          <= load_data[31:0];
            ACTIVITY:       activity_reg[7*g +: 7]    <= load_data[6:0];
            default:        silence_reg[32*g +: 32]   <= load_data[31:0];
        endcase
    if (rst) begin
        commands_reg <= {GROUPS{7'd4}};
        interval_reg <= {GROUPS{32'd1000}};
        timeout_reg  <= {GROUPS{32'd100000}};
        silence_reg  <= 0;
        activity_reg <= {GROUPS{RETRY}};
        for (i = 0; i < GROUPS; i = i + 1) begin
            generation_reg[i]     <= 32'd0;
            partner_system_reg[i] <= 16'd0;
            partner_group_reg[i]  <= 16'd0;
            partner_area_reg[i]   <= 0;
            read_mode_reg[i]      <= 1'b0;
            batch_journals_reg[i] <= 7'd16;
            batch_bytes_reg[i]    <= 17'd65536;
            no_room_holds_reg[i]  <= 1'b0;
            next_command_reg[i]   <= 2'd0;
            backlog_reg[i]        <= 32'd64;
            copy_unit_reg[i]      <= 32'd4096;
        end
    end
end

endmodule

`resetall
