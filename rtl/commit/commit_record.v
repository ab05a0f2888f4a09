// The commit trace: one record of 128 bytes for each change of shared state (docs/commit_trace.md).
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "parameters.vh"

/*
 * Records wait in a short queue; `room` falls before it could overflow, and then no step begins. Without COMMIT_TRACE there
 * are no records and always room.
 */
module commit_record #(
    parameter COMMIT_TRACE = 1,
    parameter SYSTEM_NUMBER = 1,
    parameter POSITION_WIDTH = 48,
    // Records that can be on their way when room falls: a step is in a stage a cycle, and granted before that
    parameter IN_FLIGHT = 5
) (
    input  wire                        clk,
    input  wire                        rst,
    output wire                        room,

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
    input  wire [31:0]                 info_crc,
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
`ML_REQUIRE_POSITION_WIDTH
`ML_REQUIRE(`ML_IN_RANGE(IN_FLIGHT, 1, 64), parameter_error_IN_FLIGHT_must_be_1_to_64)

localparam [7:0] VERSION = 8'd2;
localparam [7:0] SYSTEM = SYSTEM_NUMBER;
localparam [7:0] NO_STATE = 8'hFF;

generate
    if (COMMIT_TRACE != 0) begin : trace
        localparam DEPTH = 1 << $clog2(IN_FLIGHT + 3);
        wire [$clog2(DEPTH):0] count;
        wire [8*48-1:0] all_pointers;
        genvar n;

        for (n = 0; n < 8; n = n + 1) begin : pointer
            assign all_pointers[n*48 +: 48] = {{48-POSITION_WIDTH{1'b0}}, pointers[n*POSITION_WIDTH +: POSITION_WIDTH]};
        end

        wire [1023:0] beat = {
            all_pointers, data_offset, {{64-POSITION_WIDTH{1'b0}}, copy_complete_address}, update_number,
            reference,
            info_crc, received,
            position,
            size, 8'd0,
            group_valid ? reason : NO_STATE,
            journal_volume_valid ? {5'd0, journal_volume_state} : NO_STATE,
            group_valid ? {6'd0, group_state} : NO_STATE,
            pair_valid ? {5'd0, pair_state} : NO_STATE,
            volume_valid ? {5'd0, volume_state} : NO_STATE,
            group_valid ? group : `ML_NONE,
            pair_valid ? pair : `ML_NONE,
            volume_named ? volume : `ML_NONE,
            tag, cycle,
            SYSTEM, status, creation, outcome, process_code, VERSION
        };

        fifo #(.WIDTH(1024), .DEPTH(DEPTH)) record_fifo (
            .clk(clk), .rst(rst),
            .in_data(beat), .in_valid(valid), .in_ready(),
            .out_data(m_axis_commit_tdata), .out_valid(m_axis_commit_tvalid), .out_ready(m_axis_commit_tready), .count(count)
        );

        assign room = count <= DEPTH - IN_FLIGHT;
    end else begin : no_trace
        assign m_axis_commit_tdata  = 1024'd0;
        assign m_axis_commit_tvalid = 1'b0;
        assign room = 1'b1;
    end
endgenerate

endmodule

`resetall
