// First stages of the commit stage: what a granted request is about.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "buses.vh"
`include "parameters.vh"

/*
 * Completes the request from its cache slot or read, and follows volume -> pair -> group, group and original volume ->
 * pair -> secondary volume, or register address -> row, by combinational look-ups elsewhere. A cycle later `next_group`
 * names the group whose row and journal volume the tables look up, another one later the request comes out, if it waits
 * for no step before it (commit_hazards). Those of registers, operations and initial copy are alone: they wait until
 * nothing else is in the commit stage, and none follows until they have changed the tables; what they are about holds
 * until then. One of initial copy or an operation waits until all pairs were
 * looked up, and names volume and pair then.
 */
module commit_map #(
    parameter CACHE_SLOTS = 16,
    parameter READ_SLOTS = 4,
    parameter VOLUMES = 8,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48,
    parameter SLOT_WIDTH = $clog2(CACHE_SLOTS),
    parameter READ_WIDTH = $clog2(READ_SLOTS)
) (
    input  wire                      clk,
    input  wire                      rst,

    input  wire                      granted,
    input  wire [`CR_WIDTH-1:0]      granted_request,
    // no step may begin: one is alone, or waits; or tables change
    output wire                      holds,
    // in the stages behind: a step changes the tables; any is there
    input  wire                      changes,
    input  wire [4:0]                changing_kind,
    input  wire                      behind,
    // a step that decides: it finds ample room for journals; a journal read command is proposed
    input  wire                      ample,
    input  wire                      proposes,

    /*
     * What cache slots and reads hold
     */
    // {client, index} of a device's job; the host writes' slots are client 0
    output wire [15:0]               lookup_job,
    output wire [SLOT_WIDTH-1:0]     lookup_slot,
    input  wire [15:0]               lookup_volume,
    input  wire [POSITION_WIDTH-1:0] lookup_position,
    input  wire [31:0]               lookup_size,
    input  wire                      lookup_journaled,
    input  wire                      lookup_discard,
    input  wire [63:0]               lookup_order,
    input  wire [63:0]               lookup_update_number,
    output wire [READ_WIDTH-1:0]     lookup_read,
    input  wire [15:0]               lookup_read_volume,
    input  wire [POSITION_WIDTH-1:0] lookup_read_position,
    input  wire [31:0]               lookup_read_size,
    input  wire [63:0]               lookup_read_order,

    /*
     * Tables and register map
     */
    // the pair of a group with this original volume
    output wire [15:0]               find_group,
    output wire [15:0]               find_volume,
    input  wire                      found,
    input  wire [15:0]               found_pair,
    input  wire [15:0]               found_secondary_volume,
    output wire [15:0]               map_volume,
    input  wire                      map_volume_valid,
    input  wire [15:0]               map_pair,
    input  wire                      map_pair_valid,
    input  wire [15:0]               map_group,
    output wire [15:0]               map_address,
    input  wire [2:0]                map_table,
    input  wire [15:0]               map_row,
    input  wire [3:0]                map_field,

    // volumes and group of the request that comes out in the next cycle
    output wire [15:0]               next_volume,
    output wire [15:0]               next_pair,
    output wire [15:0]               next_group,
    // the journal volume of that group, if it has one
    input  wire [15:0]               next_journal_volume,
    input  wire                      next_journal_volume_valid,
    // before a request of initial copy or an operation all pairs are looked up; one whose row is there, and its
    // secondary volume, which is looked up next
    output wire                      scan_begins,
    output reg                       scan_valid,
    output reg  [15:0]               scan_pair,
    input  wire [15:0]               scan_volume,
    // volume and pair that a request of initial copy or an operation names, with the group's row, the cycle before it
    // comes out
    input  wire [15:0]               named_volume,
    input  wire [15:0]               named_pair,

    // steps that decide or will: a journal read command, an answer, any that looks at command slots
    output wire [2:0]                claims,
    // the step, for the next stage
    output wire [`COMMIT_MAPPED_WIDTH-1:0] mapped
);

`ML_REQUIRE_CACHE_SLOTS
`ML_REQUIRE_READ_SLOTS
`ML_REQUIRE_VOLUMES
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH
localparam W = POSITION_WIDTH;

// fields of the step
reg                 valid;
reg [`CR_WIDTH-1:0] step_request;
reg [15:0]          mapped_volume, mapped_pair, group, journal_volume;
reg                 mapped_volume_valid, mapped_pair_valid, group_valid, journal_volume_valid, register_upper,
                    room_sure;
reg [64:0]          range_end;
reg [2:0]           register_table;
reg [3:0]           register_field;

assign mapped = `COMMIT_MAPPED;

reg                 valid_reg;
reg [`CR_WIDTH-1:0] request_reg;

// the stage behind it, in which the tables are read
reg                 read_valid_reg;
reg [`CR_WIDTH-1:0] read_request_reg;
reg [15:0]          read_volume_reg, read_pair_reg, read_group_reg;
reg                 read_volume_valid_reg, read_pair_valid_reg, read_group_valid_reg, read_upper_reg;
reg [2:0]           read_table_reg;
reg [3:0]           read_field_reg;

// behind that one, a request that names its volume: while pairs are looked up, and in the cycles in which it names
reg                 scans_reg, names_reg;
reg [1:0]           named_reg;
wire                waits, sure;
localparam [1:0]    LAST_NAMED = 2'd3;
reg [6:0]           scan_reg;
localparam LAST_CYCLE = PAIRS + 1;
localparam [6:0] LAST_SCAN = LAST_CYCLE[6:0];

function names(input [4:0] of_kind);
    names = of_kind == `ML_REQUEST_INITIAL_COPY || of_kind == `ML_REQUEST_OPERATION;
endfunction

function is_alone(input [4:0] of_kind);
    is_alone = of_kind == `ML_REQUEST_MAINTENANCE || names(of_kind);
endfunction

assign next_group          = read_group_reg;
assign next_volume         = names_reg ? named_volume : scans_reg ? scan_volume : read_volume_reg;
assign next_pair           = names_reg ? named_pair : scans_reg ? {9'd0, scan_reg} : read_pair_reg;
assign scan_begins         = read_valid_reg && !waits && names(read_request_reg[`CR_KIND]);

// of a journal: a loaded table may name a secondary volume that this system does not have
wire volume_here = read_volume_reg < VOLUMES;

wire [4:0] kind = request_reg[`CR_KIND];
wire is_register = kind == `ML_REQUEST_MAINTENANCE;
wire is_slot     = kind == `ML_REQUEST_VOLUME_WRITE || kind == `ML_REQUEST_JOURNAL_WRITE;
wire is_read     = kind == `ML_REQUEST_READ_FAILURE;
// about a journal of the group, which names its original volume
wire is_journal  = kind == `ML_REQUEST_STORE || kind == `ML_REQUEST_RESTORE_WRITE || kind == `ML_REQUEST_RESTORE_FREE;
// about the group
wire is_group    = kind == `ML_REQUEST_INITIAL_COPY || kind == `ML_REQUEST_READ_COMMAND
                   || kind == `ML_REQUEST_JOURNALS_READ
                   || kind == `ML_REQUEST_COMMAND_SEND || kind == `ML_REQUEST_ANSWER || kind == `ML_REQUEST_RESTORE_SCAN
                   || kind == `ML_REQUEST_OPERATION || kind == `ML_REQUEST_HEARTBEAT
                   || (kind >= `ML_REQUEST_STATE_TAKEN && kind <= `ML_REQUEST_ANNOUNCE)
                   || (kind == `ML_REQUEST_SEND_FAILED && request_reg[`CR_VOLUME] == `ML_NONE);
wire [15:0] slot     = request_reg[`CR_SLOT];
wire [63:0] position = request_reg[`CR_POSITION];
// always a row: what has none scans at the first one
wire [15:0] own_group = is_register ? map_row : (is_journal || is_group) ? find_group
                        : map_pair_valid ? map_group : 16'd0;
reg  [`CR_WIDTH-1:0] completed;
reg  [6:0]  pause_reg;
// a step that is alone: from its grant until it has changed the tables
reg         alone_reg;
wire        moves      = read_valid_reg && !waits && !names(read_request_reg[`CR_KIND]);
assign holds        = alone_reg || waits || pause_reg != 7'd0;
assign lookup_job  = slot, lookup_slot = slot[SLOT_WIDTH-1:0], lookup_read = slot[READ_WIDTH-1:0];
assign find_group  = request_reg[`CR_GROUP], find_volume = request_reg[`CR_VOLUME];
assign map_volume  = completed[`CR_VOLUME];
assign map_address = position[15:0];

commit_hazards #(.GROUPS(GROUPS)) commit_hazards_inst (
    .clk(clk), .rst(rst), .map_kind(kind), .map_opcode(request_reg[`CR_OPCODE]), .map_client(request_reg[`CR_CLIENT]),
    .map_failed(request_reg[`CR_FAILED]), .map_group(own_group), .map_moves(valid_reg && !waits),
    .reads(read_valid_reg), .reads_alone(is_alone(read_request_reg[`CR_KIND])), .behind(behind),
    .group_valid(read_group_valid_reg), .moves(moves), .decides(valid), .decided_group(group),
    .decided_valid(group_valid), .ample(ample), .proposes(proposes), .alone(alone_reg), .waits(waits), .room_sure(sure),
    .claims(claims)
);

// after a reset, and when the copies of a group begin, tables are swept, one row a cycle
localparam SWEEP_CYCLES = (PAIRS > VOLUMES ? PAIRS : VOLUMES) + GROUPS;
localparam [6:0] SWEEPS = SWEEP_CYCLES[6:0];

always @(posedge clk) begin
    if (granted && is_alone(granted_request[`CR_KIND]))
        alone_reg <= 1'b1;
    else if (changes && is_alone(changing_kind))
        alone_reg <= 1'b0;
    if (changes && changing_kind == `ML_REQUEST_OPERATION)
        pause_reg <= SWEEPS;
    else if (pause_reg != 7'd0)
        pause_reg <= pause_reg - 7'd1;
    if (rst)
        {alone_reg, pause_reg} <= {1'b0, SWEEPS};
end

always @* begin
    completed = request_reg;
    if (is_slot) begin
        completed[`CR_VOLUME]    = lookup_volume;
        completed[`CR_POSITION]  = {{64-W{1'b0}}, lookup_position};
        completed[`CR_SIZE]      = lookup_size;
        completed[`CR_JOURNALED] = lookup_journaled;
        completed[`CR_DISCARD]   = lookup_discard;
        completed[`CR_REFERENCE] = (kind == `ML_REQUEST_VOLUME_WRITE) ? lookup_order : lookup_update_number;
    end
    if (is_read) begin
        completed[`CR_VOLUME]    = lookup_read_volume;
        completed[`CR_POSITION]  = {{64-W{1'b0}}, lookup_read_position};
        completed[`CR_SIZE]      = lookup_read_size;
        completed[`CR_REFERENCE] = lookup_read_order;
    end
end

always @(posedge clk) begin
    if (!waits) begin
        valid_reg      <= granted;
        read_valid_reg <= valid_reg;
    end
    scan_valid     <= scans_reg && scan_reg < PAIRS;
    scan_pair      <= {9'd0, scan_reg};
    names_reg      <= (scans_reg && scan_reg == LAST_SCAN) || (names_reg && named_reg != LAST_NAMED);
    named_reg      <= names_reg ? named_reg + 2'd1 : 2'd0;
    valid          <= (names_reg && named_reg == LAST_NAMED) || moves;
    scan_reg       <= scans_reg ? scan_reg + 7'd1 : 7'd0;
    scans_reg      <= scan_begins || (scans_reg && scan_reg != LAST_SCAN);
    // whether it is granted is known late
    if (!waits)
        request_reg <= granted_request;
    if (valid_reg && !waits) begin
        read_request_reg      <= completed;
        read_volume_reg       <= is_register ? map_row : is_journal ? found_secondary_volume
                                 : is_group ? `ML_NONE : map_volume;
        read_pair_reg         <= is_register ? map_row : is_journal ? found_pair : map_pair;
        read_group_reg        <= own_group;
        read_volume_valid_reg <= is_journal ? found : !is_register && !is_group && map_volume_valid;
        read_pair_valid_reg   <= is_journal ? found : !is_register && !is_group && map_pair_valid;
        read_group_valid_reg  <= is_journal || is_group || (!is_register && map_pair_valid);
        read_table_reg        <= is_register ? map_table : `ML_TABLE_NONE;
        read_upper_reg        <= map_row[0];
        read_field_reg        <= map_field;
    end
    if (read_valid_reg) begin
        step_request         <= read_request_reg;
        mapped_volume        <= read_volume_reg;
        mapped_pair          <= read_pair_reg;
        group                <= read_group_reg;
        journal_volume       <= next_journal_volume;
        mapped_volume_valid  <= read_volume_valid_reg && volume_here;
        mapped_pair_valid    <= read_pair_valid_reg && volume_here;
        group_valid          <= read_group_valid_reg;
        journal_volume_valid <= read_group_valid_reg && next_journal_volume_valid;
        register_table       <= read_table_reg;
        register_upper       <= read_upper_reg;
        register_field       <= read_field_reg;
        room_sure            <= sure;
        range_end            <= {1'b0, read_request_reg[`CR_POSITION]} + {33'd0, read_request_reg[`CR_SIZE]};
    end
    if (names_reg) begin
        mapped_volume <= named_volume;
        mapped_pair   <= named_pair;
    end
    if (rst) begin
        valid_reg      <= 1'b0;
        read_valid_reg <= 1'b0;
        scans_reg      <= 1'b0;
        names_reg      <= 1'b0;
        valid          <= 1'b0;
        read_group_reg <= 16'd0;
        group          <= 16'd0;
    end
end

endmodule

`resetall
