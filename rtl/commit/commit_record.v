// The commit trace: one record of 128 bytes for each change of shared state (docs/commit_trace.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Records wait in a short queue; `room` falls before it could overflow, and then no step begins. That of a created
 * journal leaves it when the CRC of its update information is there: CRCs come in the order of these records. Without
 * COMMIT_TRACE there are no records and always room.
 */
module commit_record #(
    parameter COMMIT_TRACE = 1,
    parameter SYSTEM_NUMBER = 1,
    parameter PAIRS = 8,
    parameter GROUPS = 4,
    parameter POSITION_WIDTH = 48,
    // Records that can be on their way when room falls: a step is in a stage a cycle, and granted before that
    parameter IN_FLIGHT = 6,
    // Low bits that are 0 in every pointer
    parameter ZERO_BITS = 6
) (
    input  wire                        clk,
    input  wire                        rst,
    output wire                        room,
    // CRC of the update information of a created journal
    input  wire                        crc_valid,
    input  wire [31:0]                 crc,

    /*
     * The step
     */
    input  wire                        valid,
    input  wire [7:0]                  process_code,
    input  wire [15:0]                 outcome,
    input  wire [15:0]                 creation,
    input  wire [7:0]                  status,
    input  wire [47:0]                 cycle,
    input  wire [15:0]                 tag,
    input  wire [63:0]                 position,
    input  wire [31:0]                 size,
    input  wire [31:0]                 received,
    // its journal's CRC is to come
    input  wire                        has_crc,
    input  wire [63:0]                 reference,

    /*
     * What it was about, and the tables after it
     */
    input  wire                        volume_named,
    input  wire [15:0]                 volume,
    input  wire                        volume_valid,
    input  wire                        pair_valid,
    input  wire                        group_valid,
    input  wire [15:0]                 pair,
    input  wire [15:0]                 group,
    input  wire                        journal_volume_valid,
    input  wire [2:0]                  volume_state,
    input  wire [2:0]                  pair_state,
    input  wire [1:0]                  group_state,
    input  wire [7:0]                  reason,
    input  wire [2:0]                  journal_volume_state,
    // 0 where there is no pair, or no group
    input  wire [63:0]                 update_number,
    input  wire [POSITION_WIDTH-1:0]   copy_complete_address,
    input  wire [63:0]                 data_offset,
    input  wire [8*POSITION_WIDTH-1:0] pointers,

    output wire [1023:0]               m_axis_commit_tdata,
    output wire                        m_axis_commit_tvalid,
    input  wire                        m_axis_commit_tready
);

`ML_REQUIRE_COMMIT_TRACE
`ML_REQUIRE_SYSTEM_NUMBER
`ML_REQUIRE_PAIRS
`ML_REQUIRE_GROUPS
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(IN_FLIGHT, 1, 64), parameter_error_IN_FLIGHT_must_be_1_to_64)
`ML_REQUIRE(`ML_IN_RANGE(ZERO_BITS, 0, 9), parameter_error_ZERO_BITS_must_be_0_to_9)

localparam [7:0] VERSION = 8'd2;
localparam [7:0] SYSTEM = SYSTEM_NUMBER;
localparam [7:0] NO_STATE = 8'hFF;

generate
    if (COMMIT_TRACE != 0) begin : trace
        localparam DEPTH = 2 << $clog2(IN_FLIGHT + 2);
        // bits of a pointer, of the copy's whole blocks, of a pair and a group that are there, of a process, of codes
        // (step numbers of the figures), and of what is queued of one record
        localparam P = POSITION_WIDTH - ZERO_BITS, BLOCKS = POSITION_WIDTH - 9;
        localparam PAIR_BITS = (PAIRS > 1) ? $clog2(PAIRS) : 1, GROUP_BITS = (GROUPS > 1) ? $clog2(GROUPS) : 1;
        localparam PROCESS_BITS = 4, CODE_BITS = 12;
        localparam WIDTH = 8*P + 64 + BLOCKS + 64 + 64 + 32 + 64 + 32 + 8 + 3 + 2 + 3 + 3 + 5 + GROUP_BITS + PAIR_BITS
            + 2*16 + 48 + 8 + 2*CODE_BITS + PROCESS_BITS + 1;
        wire [$clog2(DEPTH):0] count;
        wire [8*P-1:0] shown_pointers, queued_pointers;
        wire [8*48-1:0] all_pointers;
        wire [63:0] q_data_offset, q_update_number, q_reference, q_position;
        wire [BLOCKS-1:0] q_copied;
        wire [31:0] q_received, q_size, q_crc;
        wire [47:0] q_cycle;
        wire [15:0] q_volume, q_tag;
        wire [GROUP_BITS-1:0]   q_group;
        wire [PAIR_BITS-1:0]    q_pair;
        wire [CODE_BITS-1:0]    q_creation, q_outcome;
        wire [PROCESS_BITS-1:0] q_process;
        wire [7:0]  q_reason, q_status;
        wire [2:0]  q_journal_volume_state, q_pair_state, q_volume_state;
        wire [1:0]  q_group_state;
        wire        q_group_valid, q_journal_volume_valid, q_pair_valid, q_volume_valid, q_volume_named, q_has_crc,
                    q_valid, q_crc_valid;
        genvar n;

        for (n = 0; n < 8; n = n + 1) begin : pointer
            assign shown_pointers[n*P +: P] = pointers[n*POSITION_WIDTH + ZERO_BITS +: P];
            assign all_pointers[n*48 +: 48] = {{48-P{1'b0}}, queued_pointers[n*P +: P]} << ZERO_BITS;
        end

        fifo #(.WIDTH(WIDTH), .DEPTH(DEPTH)) record_fifo (
            .clk(clk), .rst(rst),
            .in_data({shown_pointers, data_offset, copy_complete_address[POSITION_WIDTH-1:9], update_number, reference,
                      received, position, size, reason, journal_volume_state, group_state, pair_state, volume_state,
                      group_valid, journal_volume_valid, pair_valid, volume_valid, volume_named, group[GROUP_BITS-1:0],
                      pair[PAIR_BITS-1:0], volume, tag, cycle, status, creation[CODE_BITS-1:0],
                      outcome[CODE_BITS-1:0], process_code[PROCESS_BITS-1:0], has_crc}),
            .in_valid(valid), .in_ready(),
            .out_data({queued_pointers, q_data_offset, q_copied, q_update_number, q_reference, q_received, q_position,
                       q_size, q_reason, q_journal_volume_state, q_group_state, q_pair_state, q_volume_state,
                       q_group_valid, q_journal_volume_valid, q_pair_valid, q_volume_valid, q_volume_named, q_group,
                       q_pair, q_volume, q_tag, q_cycle, q_status, q_creation, q_outcome, q_process, q_has_crc}),
            .out_valid(q_valid), .out_ready(m_axis_commit_tvalid && m_axis_commit_tready), .count(count)
        );

        fifo #(.WIDTH(32), .DEPTH(DEPTH)) crc_fifo (
            .clk(clk), .rst(rst), .in_data(crc), .in_valid(crc_valid), .in_ready(), .out_data(q_crc),
            .out_valid(q_crc_valid), .out_ready(m_axis_commit_tvalid && m_axis_commit_tready && q_has_crc), .count()
        );

        assign m_axis_commit_tvalid = q_valid && (!q_has_crc || q_crc_valid);
        assign m_axis_commit_tdata = {
            all_pointers, q_data_offset, {{64-POSITION_WIDTH{1'b0}}, q_copied, 9'd0}, q_update_number,
            q_reference,
            q_has_crc ? q_crc : 32'd0, q_received,
            q_position,
            q_size, 8'd0,
            q_group_valid ? q_reason : NO_STATE,
            q_journal_volume_valid ? {5'd0, q_journal_volume_state} : NO_STATE,
            q_group_valid ? {6'd0, q_group_state} : NO_STATE,
            q_pair_valid ? {5'd0, q_pair_state} : NO_STATE,
            q_volume_valid ? {5'd0, q_volume_state} : NO_STATE,
            q_group_valid ? {{16-GROUP_BITS{1'b0}}, q_group} : `ML_NONE,
            q_pair_valid ? {{16-PAIR_BITS{1'b0}}, q_pair} : `ML_NONE,
            q_volume_named ? q_volume : `ML_NONE,
            q_tag, q_cycle,
            SYSTEM, q_status, {16-CODE_BITS{1'b0}}, q_creation, {16-CODE_BITS{1'b0}}, q_outcome,
            {8-PROCESS_BITS{1'b0}}, q_process, VERSION
        };

        assign room = count <= DEPTH - IN_FLIGHT;

        `ifdef FORMAL
        // Properties (make prove; docs/proofs.md). Steps that began and have no record yet
        reg  [$clog2(DEPTH):0] flight_reg;
        reg           waiting_reg;
        reg  [1023:0] offered_reg;
        // a step begins; one ends, with a record or without
        (* anyseq *) wire begins, ends;

        always @* begin
            // ASSUMED 0: it begins with a reset
            if ($initstate)
                assume (rst);
            // ASSUMED 1: a step begins when there is room; IN_FLIGHT of them are under way at most; records are theirs
            assume (!begins || (room && flight_reg < IN_FLIGHT));
            assume (!ends || flight_reg != 0);
            assume (!valid || ends);
        end

        always @(posedge clk) begin
            flight_reg  <= rst ? 0 : flight_reg + begins - ends;
            waiting_reg <= m_axis_commit_tvalid && !m_axis_commit_tready && !rst;
            offered_reg <= m_axis_commit_tdata;
        end

        always @* if (!rst) begin
            // 1: valid stays and the record holds until it is taken
            RECORD_1: assert (!waiting_reg || (m_axis_commit_tvalid && m_axis_commit_tdata == offered_reg));
            // 2: a record always has its place: so many more steps may be under way
            RECORD_2: assert (flight_reg <= IN_FLIGHT && {1'b0, count} + {1'b0, flight_reg} <= DEPTH);
        end
        `endif
    end else begin : no_trace
        assign m_axis_commit_tdata  = 1024'd0;
        assign m_axis_commit_tvalid = 1'b0;
        assign room = 1'b1;
    end
endgenerate

endmodule

`resetall
