// Which step waits for which: before the stage in which it decides, for what steps before it may still change.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * What steps of a group change and others decide on is told apart as below. A step waits while one of its group, in the
 * stages behind, may change what it decides on; for a step that may change states of volumes every other one waits.
 * Registers and operations are alone (commit_map). What every step of a group adds to, and none decides on but for
 * room, is no reason to wait: tables hand it on. A journal whose group has ample room finds room for sure.
 *
 * What it decides on holds for as many cycles before it decides as its processes need (`settles`); the most frequent
 * steps need none.
 */
module commit_hazards #(
    parameter GROUPS = 4
) (
    input  wire                   clk,
    input  wire                   rst,

    // the step that is mapped, and whether it goes on to be the one that reads
    input  wire [4:0]             map_kind,
    input  wire [7:0]             map_opcode,
    input  wire [7:0]             map_client,
    input  wire                   map_failed,
    input  wire [15:0]            map_group,
    input  wire                   map_moves,
    // a journal read command is proposed
    input  wire                   proposes,
    // the step that reads, if there is one: it is alone, and a step is in the stages behind; it has a group; it goes on
    // to decide
    input  wire                   reads,
    input  wire                   reads_alone,
    input  wire                   behind,
    input  wire                   group_valid,
    input  wire                   moves,
    // a step decides on states and room of its group (`decided_group`), and finds ample room in a normal journal
    // volume; states of volumes, or registers, may change by it
    input  wire                   decides,
    input  wire [15:0]            decided_group,
    input  wire                   decided_valid,
    input  wire                   ample,
    input  wire                   alone,

    // the step that reads waits; it finds room for sure
    output wire                   waits,
    output wire                   room_sure,
    // steps that decide or will: a journal read command, an answer, any that looks at command slots
    output wire [2:0]             claims
);

`ML_REQUIRE_GROUPS

localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;

// states of the group and its pairs, activity; rings; update number and what is committed; the number to be restored
// next; what replication keeps beside these, and the group's reason. These last a step sees that reads when they have
// changed, all others one that reads while they change.
localparam CLASSES = 5;
localparam [CLASSES-1:0] STATE = 1, RING = 2, NUMBER = 4, RESTORE = 8, PROGRESS = 16;

reg [CLASSES-1:0] decides_on, changes, decides_on_reg, changes_reg;
// a volume's state may change; of a group that is not calm, a step decides on its room, and may change its states
reg               of_volumes, of_room, of_volumes_reg, of_room_reg;
reg  [2:0]        needs, needs_reg;

always @* begin
    decides_on = {CLASSES{1'b1}};
    changes    = {CLASSES{1'b1}};
    of_volumes = map_failed;
    of_room    = 1'b0;
    needs      = 3'd2;
    case (map_kind)
        `ML_REQUEST_COMMAND: begin
            decides_on = STATE;
            changes    = RING | NUMBER;
            of_room    = map_opcode != `ML_OPCODE_READ;
            needs      = 3'd0;
        end
        `ML_REQUEST_FLUSH, `ML_REQUEST_SEND_READ, `ML_REQUEST_VOLUME_WRITE: begin
            decides_on = 0;
            changes    = 0;
            needs      = 3'd0;
        end
        `ML_REQUEST_JOURNAL_WRITE: begin
            decides_on = (map_client == {6'd0, `ML_WRITE_RECEIVED}) ? NUMBER | PROGRESS : 0;
            changes    = RING | NUMBER | PROGRESS;
            needs      = 3'd0;
        end
        `ML_REQUEST_INITIAL_COPY, `ML_REQUEST_OPERATION:
            needs      = 3'd0;
        `ML_REQUEST_READ_FAILURE:
            of_volumes = 1'b1;
        `ML_REQUEST_SEND_FAILED: begin
            of_volumes = 1'b1;
            needs      = 3'd5;
        end
        `ML_REQUEST_READ_COMMAND, `ML_REQUEST_JOURNALS_READ, `ML_REQUEST_HEARTBEAT:
            needs      = 3'd5;
        `ML_REQUEST_MAINTENANCE:
            needs      = 3'd6;
        `ML_REQUEST_COMMAND_SEND: begin
            // the step that begins a survey decides nothing
            decides_on = proposes ? {CLASSES{1'b1}} : 0;
            changes    = proposes ? PROGRESS : 0;
            needs      = proposes ? 3'd4 : 3'd0;
        end
        `ML_REQUEST_ANSWER: begin
            changes    = STATE | PROGRESS;
            of_volumes = 1'b0;
            needs      = 3'd4;
        end
        `ML_REQUEST_STORE: begin
            decides_on = STATE | RING | NUMBER;
            // and states, which a write of restore is told of (commit_stage), and else none decides on but with the
            // ring
            changes    = RING;
            needs      = 3'd1;
        end
        `ML_REQUEST_COMMIT_NEXT: begin
            decides_on = STATE | RING | NUMBER | PROGRESS;
            changes    = RING | NUMBER | PROGRESS;
            needs      = 3'd0;
        end
        `ML_REQUEST_RESTORE_SCAN: begin
            decides_on = STATE | RING | NUMBER;
            changes    = 0;
            of_room    = 1'b1;
            // the oldest number follows its row, a place follows that, and how many there are the place
            needs      = 3'd3;
        end
        `ML_REQUEST_RESTORE_WRITE: begin
            decides_on = STATE | RESTORE;
            changes    = (map_opcode == `UI_KIND_INITIAL_COPY) ? STATE | RESTORE : RESTORE;
            of_room    = 1'b1;
            needs      = 3'd0;
        end
        `ML_REQUEST_RESTORE_FREE: begin
            decides_on = (map_opcode == `UI_KIND_END_OF_INITIAL_COPY) ? STATE | RING | PROGRESS : 0;
            changes    = (map_opcode == `UI_KIND_END_OF_INITIAL_COPY) ? STATE | RING | PROGRESS : RING;
            needs      = 3'd0;
        end
        default: ;
    endcase
end

// bit n: the last step of group n found ample room, and nothing can have changed that since
reg [GROUPS-1:0] calm_reg;

// the group of the step that reads, of which all tables have another copy (inverted, or both would be one register)
reg  [GROUP_WIDTH-1:0] not_group_reg;
wire [GROUP_WIDTH-1:0] group_index = ~not_group_reg;
wire                   careful     = of_room_reg && group_valid && !calm_reg[group_index];
wire [CLASSES-1:0]     with_room   = careful ? STATE | RING | PROGRESS : 0;
wire [CLASSES-1:0]     on          = decides_on_reg | with_room | {CLASSES{of_volumes_reg}};
wire [CLASSES-1:0]     changed     = changes_reg | with_room;

assign room_sure = of_room_reg && !careful;

// the steps that decide, and that change the tables
reg [CLASSES-1:0]     deciding_reg, changing_reg;
reg [GROUP_WIDTH-1:0] deciding_group_reg, changing_group_reg;
reg                   deciding_volumes_reg, changing_volumes_reg;

wire hazard = deciding_volumes_reg || changing_volumes_reg
              || (group_valid && group_index == deciding_group_reg && (on & deciding_reg) != 0)
              || (group_valid && group_index == changing_group_reg && (on & changing_reg & PROGRESS) != 0);
wire held   = reads_alone ? behind : hazard;

// cycles in which what it decides on holds
reg  [2:0] settled_reg;
wire [2:0] settles = (careful && needs_reg < 3'd2) ? 3'd2 : needs_reg;

assign waits = reads && (held || settled_reg < settles);

// the claims of the step that reads, and of the one that decides, which goes first
reg  [1:0] reads_claims_reg;
reg  [2:0] claims_reg;
wire [1:0] next_reads = map_moves ? {map_kind == `ML_REQUEST_ANSWER, map_kind == `ML_REQUEST_COMMAND_SEND}
                        : moves ? 2'd0 : reads_claims_reg;
wire [1:0] next_claims = (moves && reads_claims_reg != 2'd0) ? reads_claims_reg : next_reads;

assign claims = claims_reg;

always @(posedge clk) begin
    if (map_moves) begin
        decides_on_reg <= decides_on;
        changes_reg    <= changes;
        of_volumes_reg <= of_volumes;
        of_room_reg    <= of_room;
        needs_reg      <= needs;
        not_group_reg  <= ~map_group[GROUP_WIDTH-1:0];
    end
    reads_claims_reg     <= next_reads;
    claims_reg           <= {next_claims != 2'd0 || alone, next_claims};
    settled_reg          <= (!waits || held) ? 3'd0 : settled_reg + 3'd1;
    deciding_reg         <= (moves && group_valid) ? changed : 0;
    deciding_group_reg   <= group_index;
    deciding_volumes_reg <= moves && of_volumes_reg;
    changing_reg         <= deciding_reg;
    changing_group_reg   <= deciding_group_reg;
    changing_volumes_reg <= deciding_volumes_reg;
    if (decides && decided_valid)
        calm_reg[decided_group[GROUP_WIDTH-1:0]] <= ample;
    if (deciding_volumes_reg || alone)
        calm_reg <= 0;
    if (rst) begin
        deciding_reg         <= 0;
        deciding_volumes_reg <= 1'b0;
        changing_reg         <= 0;
        changing_volumes_reg <= 1'b0;
        reads_claims_reg     <= 2'd0;
        claims_reg           <= 3'd0;
        calm_reg             <= 0;
    end
end

endmodule

`resetall
