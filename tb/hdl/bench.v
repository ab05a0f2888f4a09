// Bench of one storage system, or of two with a connection path between them: clock, reset and time of day, the
// systems, the path and the capture. One of two may be played by the model, one may be on a board. Simulation only.

`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

module bench #(
    // 1, or 2 with a connection path; the number of the first
    parameter SYSTEMS            = 1,
    parameter SYSTEM_NUMBER      = 1,
    // Of two, the one that the model plays: 1 the first, 2 the second, 0 none
    parameter MODEL              = 0,
    // The one that is on a board, at the other end of a link: 1 the first, 2 the second, 0 none
    parameter BOARD              = 0,
    parameter DATA_WIDTH         = 512,
    parameter VOLUMES            = 8,
    parameter PAIRS              = 8,
    parameter GROUPS             = 4,
    parameter MAX_TRANSFER_BYTES = 16384,
    parameter MAX_DATA_BYTES     = 65536,
    parameter CACHE_SLOTS        = 16,
    parameter READ_SLOTS         = 4,
    parameter FLUSHES            = 4,
    parameter OUTSTANDING        = 16,
    parameter COMMANDS           = 4,
    parameter WINDOW             = 256,
    parameter DEVICES            = 2,
    parameter AXI_ADDR_WIDTH     = 48,
    parameter AXI_ID_WIDTH       = 4,
    // Bytes of the first storage device of each system, and of each other one
    parameter DEVICE0_BYTES      = 4194304,
    parameter DEVICE1_BYTES      = 4194304,
    // Cycles of reset, and half a clock period in ns
    parameter RESET_CYCLES       = 8,
    parameter HALF_PERIOD        = 2
);

    `ML_REQUIRE(`ML_IN_RANGE(SYSTEMS, 1, 2), parameter_error_SYSTEMS_must_be_1_or_2)

    `ML_REQUIRE(`ML_IN_RANGE(MODEL, 0, SYSTEMS == 2 ? 2 : 0), parameter_error_MODEL_must_be_0_or_one_of_2_systems)
    `ML_REQUIRE(`ML_IN_RANGE(BOARD, 0, SYSTEMS == 2 ? 3 : 1), parameter_error_BOARD_must_be_0_to_1_or_3)

    localparam W = DATA_WIDTH;

    reg        clk;
    reg        rst;
    reg [63:0] elapsed_ns;
    reg [31:0] reset_left;

    initial begin
        clk = 1'b0; rst = 1'b1; elapsed_ns = 64'd0; reset_left = RESET_CYCLES;
    end

    always #(HALF_PERIOD) clk = ~clk;

    always @(posedge clk) begin
        elapsed_ns <= elapsed_ns + 2 * HALF_PERIOD;
        if (reset_left != 0) reset_left <= reset_left - 1;
        rst <= reset_left > 1;
    end

`ifndef VERILATOR
    // Set by the testbench in a snapshot (tb/running/snapshots.py): waves from now on, until that time; +snapshot=FILE
    // names their file
    reg          snapshot_waves;
    reg [63:0]   snapshot_end_ns;
    reg [8*1024-1:0] snapshot_file;

    initial begin
        snapshot_waves = 1'b0; snapshot_end_ns = {64{1'b1}};
        if (!$value$plusargs("snapshot=%s", snapshot_file)) snapshot_file = "snapshot.fst";
    end

    always @(posedge snapshot_waves) begin
        $dumpfile(snapshot_file);
        $dumpvars(0, bench);
    end

    always @(posedge clk) if (elapsed_ns >= snapshot_end_ns) $finish;
`endif

    wire [47:0]          cycle;
    wire [31:0]          file;
    // What each system starts from
    wire [64*SYSTEMS-1:0] time_ns, device_base;
    wire [48*SYSTEMS-1:0] first_cycle;
    // What comes to each system and what leaves it
    wire [SYSTEMS-1:0]   resetting, in_tvalid, in_tready, in_tlast, out_tvalid, out_tready, out_tlast;

    capture #(
        .SYSTEMS(SYSTEMS), .SYSTEM_NUMBER(SYSTEM_NUMBER), .DATA_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS),
        .GROUPS(GROUPS), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES), .COMMANDS(COMMANDS),
        .WINDOW(WINDOW), .DEVICES(DEVICES), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH)
    ) capture (
        .clk(clk), .rst(rst), .time_ns(time_ns), .first_cycle(first_cycle), .device_base(device_base), .cycle(cycle),
        .file(file)
    );

    genvar s;
    generate
        for (s = 0; s < SYSTEMS; s = s + 1) begin : system
            // data of its own, for simulators are slow to put wide vectors together
            wire [W-1:0] in_tdata, out_tdata;

            if (MODEL == s + 1 || BOARD == s + 1 || BOARD == 3) begin : at
                partner_port #(.SYSTEM(SYSTEM_NUMBER + s), .DATA_WIDTH(W)) bench (
                    .clk(clk), .rst(rst), .file(file),
                    .path_in_tdata(in_tdata), .path_in_tvalid(in_tvalid[s]), .path_in_tready(in_tready[s]),
                    .path_in_tlast(in_tlast[s]), .path_out_tdata(out_tdata), .path_out_tvalid(out_tvalid[s]),
                    .path_out_tready(out_tready[s]), .path_out_tlast(out_tlast[s])
                );

                assign time_ns[64*s +: 64] = bench.first_time_ns + elapsed_ns;
                assign device_base[64*s +: 64] = bench.device_base;
                assign first_cycle[48*s +: 48] = bench.first_cycle;
                assign resetting[s] = 1'b0;
            end else begin : at
                system_bench #(
                    .SYSTEM(SYSTEM_NUMBER + s), .PATH(SYSTEMS > 1), .DATA_WIDTH(W), .VOLUMES(VOLUMES), .PAIRS(PAIRS),
                    .GROUPS(GROUPS), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .MAX_DATA_BYTES(MAX_DATA_BYTES),
                    .CACHE_SLOTS(CACHE_SLOTS), .READ_SLOTS(READ_SLOTS), .FLUSHES(FLUSHES), .OUTSTANDING(OUTSTANDING),
                    .COMMANDS(COMMANDS), .WINDOW(WINDOW), .DEVICES(DEVICES), .AXI_ADDR_WIDTH(AXI_ADDR_WIDTH),
                    .AXI_ID_WIDTH(AXI_ID_WIDTH), .DEVICE0_BYTES(DEVICE0_BYTES), .DEVICE1_BYTES(DEVICE1_BYTES)
                ) bench (
                    .clk(clk), .rst(rst), .elapsed_ns(elapsed_ns), .elapsed_cycles(cycle), .file(file),
                    .path_in_tdata(in_tdata), .path_in_tvalid(in_tvalid[s]), .path_in_tready(in_tready[s]),
                    .path_in_tlast(in_tlast[s]), .path_out_tdata(out_tdata), .path_out_tvalid(out_tvalid[s]),
                    .path_out_tready(out_tready[s]), .path_out_tlast(out_tlast[s]), .resetting(resetting[s])
                );

                assign time_ns[64*s +: 64] = bench.time_ns;
                assign device_base[64*s +: 64] = bench.device_base;
                assign first_cycle[48*s +: 48] = bench.first_cycle;
            end
        end

        // connection[s] leads from system s to the other
        if (SYSTEMS == 2) begin : two
            for (s = 0; s < 2; s = s + 1) begin : connection
                path #(.SYSTEM(SYSTEM_NUMBER + s), .DATA_WIDTH(W)) path (
                    .clk(clk), .rst(rst), .source_rst(resetting[s]), .s_axis_tdata(system[s].out_tdata),
                    .s_axis_tvalid(out_tvalid[s]), .s_axis_tready(out_tready[s]), .s_axis_tlast(out_tlast[s]),
                    .m_axis_tdata(system[1-s].in_tdata), .m_axis_tvalid(in_tvalid[1-s]),
                    .m_axis_tready(in_tready[1-s]), .m_axis_tlast(in_tlast[1-s])
                );
            end

            // Lines of one cycle: what the systems are given, their records, what they give
            always @(posedge clk) if (!rst && !capture.finished) begin
                if (!capture.ending) begin
                    system[0].at.bench.inputs;
                    system[1].at.bench.inputs;
                    system[0].at.bench.record;
                    system[1].at.bench.record;
                    system[0].at.bench.outputs;
                    system[1].at.bench.outputs;
                end
                capture.count(system[0].at.bench.lines_of(1'b0) + system[1].at.bench.lines_of(1'b0));
                if (capture.due) begin
                    system[0].at.bench.flush_files;
                    system[1].at.bench.flush_files;
                    capture.deliver;
                end
            end
        end else begin : one
            assign system[0].in_tdata = {W{1'b0}};
            assign in_tvalid  = 1'b0;
            assign in_tlast   = 1'b0;
            assign out_tready = 1'b1;

            always @(posedge clk) if (!rst && !capture.finished) begin
                if (!capture.ending) begin
                    system[0].at.bench.inputs;
                    system[0].at.bench.record;
                    system[0].at.bench.outputs;
                end
                capture.count(system[0].at.bench.lines_of(1'b0));
                if (capture.due) begin
                    system[0].at.bench.flush_files;
                    capture.deliver;
                end
            end
        end
    endgenerate

endmodule

`resetall
