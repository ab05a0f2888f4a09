// journal_send with all that it works with: the steps of the commit stage, storage devices to read from, and the path. Only for tests.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "connection_path.vh"

/*
 * Volume v lies on device v % 2, from (v / 2) * VOLUME_BYTES on. The tables are inputs; nothing here changes them.
 */
module journal_send_unit #(
    parameter DATA_WIDTH = 64,
    parameter GROUPS = 8,
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter SEND_SLOTS = 16,
    parameter VOLUME_BYTES = 131072,
    parameter LATENCY = 20,
    parameter W = 48
) (
    input  wire                  clk,
    input  wire                  rst,

    // commands, each for the queue of its group
    input  wire                  command_valid,
    output wire                  command_ready,
    input  wire [15:0]           command_source,
    input  wire [15:0]           command_group,
    input  wire [15:0]           command_source_group,
    input  wire [31:0]           command_generation,
    input  wire [31:0]           command_tag,
    input  wire [511:0]          command_payload,

    input  wire [1:0]            group_state,
    input  wire [7:0]            group_reason,
    input  wire [2:0]            journal_volume_state,
    input  wire [31:0]           generation,
    input  wire [W-1:0]          information_head,
    input  wire [W-1:0]          data_head,
    input  wire [W-1:0]          information_oldest,
    input  wire [W-1:0]          information_committed,
    input  wire [W-1:0]          information_sent,
    input  wire [63:0]           oldest_number,
    input  wire [15:0]           journal_volume,
    // a group that has another journal volume
    input  wire [15:0]           other_group,
    input  wire [15:0]           other_journal_volume,
    input  wire                  unreadable,

    // reads of this beat of a device, and of so many bytes behind it, fail
    input  wire [1:0]            fail,
    input  wire [W-1:0]          fail_address,
    input  wire [W-1:0]          fail_more,
    // devices return nothing
    input  wire [1:0]            hang,
    input  wire                  write_enable,
    input  wire                  write_device,
    input  wire [W-1:0]          write_address,
    input  wire [DATA_WIDTH-1:0] write_data,

    // steps that would retire a record
    output wire                  retires,
    output wire [15:0]           retired_outcome,
    output wire [31:0]           retired_size,
    output wire [31:0]           retired_received,
    output wire [63:0]           retired_reference,
    output wire [15:0]           retired_volume,
    // of its batch in the write data area
    output wire [31:0]           retired_area_bytes,

    output wire [DATA_WIDTH-1:0] m_axis_path_tdata,
    output wire                  m_axis_path_tvalid,
    input  wire                  m_axis_path_tready,
    output wire                  m_axis_path_tlast,
    output wire                  idle
);

localparam BEAT_SHIFT = $clog2(DATA_WIDTH / 8);
localparam BEAT_WIDTH = $clog2(MAX_TRANSFER_BYTES * 8 / DATA_WIDTH);
localparam [W-1:0] VOLUME_CAPACITY = VOLUME_BYTES;

/*
 * Steps: granted, mapped, decided
 */
wire [2:0] request_valid, request_taken;
wire [3*`CR_WIDTH-1:0] request;
wire granted;
wire [`CR_WIDTH-1:0] granted_request;
reg  map_valid_reg, read_valid_reg;
reg  [`CR_WIDTH-1:0] map_reg, step_reg;
// what a step decides on holds for some cycles before, but for one that reads data (commit_hazards)
localparam [2:0] SETTLES = 3'd5;
reg  [2:0] settled_reg;
wire [4:0] kind  = step_reg[`CR_KIND];
wire       step_waits = read_valid_reg && kind != `ML_REQUEST_SEND_READ && settled_reg != SETTLES;

commit_arbiter #(.REQUESTERS(3), .WIDTH(`CR_WIDTH)) arbiter (
    .clk(clk), .rst(rst), .enable(!step_waits), .expected(3'd0), .request_valid(request_valid), .request(request),
    .request_taken(request_taken), .granted(granted), .granted_request(granted_request)
);

always @(posedge clk) begin
    if (!step_waits) begin
        map_valid_reg  <= granted;
        read_valid_reg <= map_valid_reg;
        map_reg        <= granted_request;
        step_reg       <= map_reg;
    end
    settled_reg <= step_waits ? settled_reg + 3'd1 : 3'd0;
    if (rst) begin
        map_valid_reg  <= 1'b0;
        read_valid_reg <= 1'b0;
        settled_reg    <= 3'd0;
    end
end

wire step_valid   = read_valid_reg && !step_waits;
wire step_command = step_valid && kind == `ML_REQUEST_READ_COMMAND;
wire step_read    = step_valid && kind == `ML_REQUEST_JOURNALS_READ;
wire step_data    = step_valid && kind == `ML_REQUEST_SEND_READ;
wire step_failed  = step_valid && kind == `ML_REQUEST_SEND_FAILED;
wire [15:0] step_volume = step_reg[`CR_VOLUME];
wire [W-1:0] step_position = step_reg[45 +: W];
wire [W-1:0] volume_offset  = {{W-15{1'b0}}, step_volume[15:1]} * VOLUME_BYTES;
wire [15:0] group_volume = (step_reg[`CR_GROUP] == other_group) ? other_journal_volume : journal_volume;
wire [W-1:0] journal_offset = {{W-15{1'b0}}, group_volume[15:1]} * VOLUME_BYTES;

assign retires = step_valid && !step_data;
assign retired_volume = step_volume;
assign retired_area_bytes = read_area_bytes;

/*
 * Decisions
 */
wire [6:0] count;
wire [31:0] step_size = step_reg[`CR_SIZE];
wire [31:0] read_area_bytes, limit_bytes;
wire [1:0] state;
wire [7:0] fail_reason;
wire [7:0] reason = (retired_outcome == `ML_RECEPTION_JOURNAL_ABNORMAL) ? fail_reason : group_reason;
wire [W-1:0] entry_place;

journal_read_reception #(.POSITION_WIDTH(W)) journal_read_reception_inst (
    .clk(clk), .command_run(kind == `ML_REQUEST_READ_COMMAND), .read_run(kind == `ML_REQUEST_JOURNALS_READ),
    .failed_run(kind == `ML_REQUEST_SEND_FAILED), .heartbeat_run(1'b0), .heard(),
    .command_from_partner(1'b1), .command_generation(own_generation), .command_tag(own_tag), .command_payload({224'd0, own_payload}),
    .read_first(step_reg[`CR_REFERENCE]), .read_journals(step_size[6:0]), .read_bytes(step_reg[`CR_RECEIVED]),
    .read_area_bytes(read_area_bytes), .read_failed(step_reg[`CR_FAILED]), .read_damaged(step_reg[`CR_DAMAGED]), .group_state(group_state), .journal_volume_valid(1'b1),
    .journal_volume_state(journal_volume_state), .generation(generation), .activity(7'h41),
    .information_area(data_head - information_head), .data_head(data_head), .information_oldest(information_oldest),
    .information_committed(information_committed), .information_sent(information_sent), .data_committed(48'd0),
    .oldest_number(oldest_number), .host_bytes(64'd0), .tag(32'd0), .batch(7'd0), .batch_data(48'd0), .last_answer(16'd0),
    .of_volume(step_volume != `ML_NONE), .pair_valid(step_volume != group_volume && step_volume != `ML_NONE),
    .outcome(retired_outcome), .status(), .record_size(retired_size), .record_received(retired_received),
    .record_reference(retired_reference), .group_fails(), .group_reason(fail_reason), .journal_volume_fails(), .volume_fails(), .ring_free(),
    .free_entries(), .free_bytes(), .ring_send(), .send_bytes(), .host_bytes_set(), .host_bytes_value(), .tag_set(),
    .tag_value(), .batch_set(), .batch_value(), .batch_data_value(), .answer_set(), .answer_value(),
    .entry_place(entry_place), .count(count), .limit_bytes(limit_bytes), .state(state)
);

/*
 * Commands that wait
 */
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
wire [GROUPS-1:0] waiting, command_taken;
wire command_lookup, command_here;
wire [GROUP_WIDTH-1:0] own_group;
wire [15:0] own_source, own_source_group;
wire [31:0] own_generation, own_tag;
wire [287:0] own_payload;

command_queues #(.GROUPS(GROUPS), .DEPTH(16), .WIDTH(384), .WORD_WIDTH(DATA_WIDTH)) command_queues_inst (
    .clk(clk), .rst(rst), .in_valid(command_valid), .in_group(command_group[GROUP_WIDTH-1:0]), .in_ready(command_ready), .entering(),
    .in_data({command_source, command_source_group, command_generation, command_tag, command_payload[287:0]}),
    .out_valid(waiting), .out_taken(command_taken), .lookup(command_lookup), .lookup_group(own_group), .out_here(command_here),
    .out_data({own_source, own_source_group, own_generation, own_tag, own_payload})
);

/*
 * Sending
 */
wire [1:0] device_done, device_failed, device_beat;
wire [2*DATA_WIDTH-1:0] device_beat_data;
wire [2*3-1:0] beat_client;
wire [2*4-1:0] done_slot;
wire [2*BEAT_WIDTH-1:0] beat_offset;
wire [DATA_WIDTH-1:0] journals_tdata;
wire packet_hold, journal_damaged;
wire [15:0] damaged_index;
wire packet_valid, packet_ready, packet_poison, journals_tvalid, journals_tready;
wire [`PK_WIDTH-1:0] packet;
wire [2*2-1:0] read_valid;
wire [2*4-1:0] read_slot;
wire [2*W-1:0] read_address;
wire [2*32-1:0] read_size;

journal_send #(
    .DATA_WIDTH(DATA_WIDTH), .GROUPS(GROUPS), .DEVICES(2), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .BUFFERS(GROUPS + 3),
    .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(W)
) journal_send_inst (
    .clk(clk), .rst(rst), .command_valid(waiting), .command_taken(command_taken), .command_lookup(command_lookup),
    .command_here(command_here), .command_group(own_group), .command_source(own_source),
    .command_source_group(own_source_group), .command_generation(own_generation), .command_tag(own_tag),
    .request_valid(request_valid), .request_taken(request_taken), .request(request), .read_area_bytes(read_area_bytes),
    .step_command(step_command), .step_read(step_read), .step_send_failed(step_failed), .outcome(retired_outcome),
    .state(state), .reason(reason), .entry_place(entry_place), .first(retired_reference), .count(count), .limit_bytes(limit_bytes),
    .information_head(information_head), .data_head(data_head), .journal_volume(group_volume),
    .journal_volume_capacity(VOLUME_CAPACITY), .journal_volume_device({7'd0, group_volume[0]}),
    .journal_volume_offset(journal_offset), .step_send_read(step_data), .step_volume(step_volume),
    .step_position(step_position), .step_size(step_size), .step_unreadable(unreadable), .step_device(step_volume[0]),
    .step_address(volume_offset + step_position), .overlapping_writes(16'd0), .volume_done(1'b0), .volume_failed(1'b0),
    .volume_done_slot(4'd0), .overlapping_reads(), .reads_done(), .device_read_valid(read_valid),
    .device_read_slot(read_slot), .device_read_address(read_address), .device_read_size(read_size),
    .device_beat(device_beat), .device_client(beat_client), .device_slot(done_slot), .device_offset(beat_offset),
    .device_data(device_beat_data), .device_done(device_done), .device_failed(device_failed),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet(packet), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .m_axis_journals_tdata(journals_tdata), .m_axis_journals_tvalid(journals_tvalid),
    .m_axis_journals_tready(journals_tready), .idle(idle)
);

path_transmit #(.DATA_WIDTH(DATA_WIDTH)) path_transmit_inst (
    .clk(clk), .rst(rst), .packet_valid(packet_valid), .packet_comes(1'b0), .packet_ready(packet_ready),
    .packet_type(packet[`PK_TYPE]),
    .packet_destination(packet[`PK_DESTINATION]), .packet_group(packet[`PK_GROUP]),
    .packet_source_group(packet[`PK_SOURCE_GROUP]), .packet_generation(packet[`PK_GENERATION]),
    .packet_tag(packet[`PK_TAG]), .packet_status(packet[`PK_STATUS]), .packet_incarnation(32'd0),
    .packet_reason(packet[`PK_REASON]), .packet_flags(8'd0), .packet_count(packet[`PK_COUNT]),
    .packet_data_bytes(packet[`PK_DATA_BYTES]), .packet_has_payload(1'b0), .payload_part(),
    .packet_payload({DATA_WIDTH{1'b0}}), .packet_poison(packet_poison), .packet_hold(packet_hold),
    .journal_damaged(journal_damaged), .damaged_index(damaged_index), .s_axis_journals_tdata(journals_tdata),
    .s_axis_journals_tvalid(journals_tvalid), .s_axis_journals_tready(journals_tready),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid),
    .m_axis_path_tready(m_axis_path_tready), .m_axis_path_tlast(m_axis_path_tlast)
);

/*
 * Devices: a beat a cycle, LATENCY cycles after its address at the earliest
 */
wire [1:0] next, waits;

device_turns #(.DEVICES(2)) device_turns_inst (.clk(clk), .rst(rst), .next(next), .waits(waits));

generate
    genvar n;
    for (n = 0; n < 2; n = n + 1) begin : device
        localparam BEATS = 2 * VOLUME_BYTES * 8 / DATA_WIDTH;
        reg [DATA_WIDTH-1:0] memory [0:BEATS-1];
        wire [W-1:0] araddr;
        wire [7:0] arlen;
        wire arvalid, burst_valid, rready;
        wire [W-1:0] burst_address;
        wire [7:0] burst_length;
        wire [47:0] burst_cycle;
        wire [4+BEAT_WIDTH-1:0] place;
        reg [7:0] beat_reg;
        reg [47:0] cycle_reg;
        wire rvalid = burst_valid && cycle_reg - burst_cycle >= LATENCY && !hang[n];
        wire rlast  = beat_reg == burst_length;
        wire [W-1:0] address = burst_address + ({{W-8{1'b0}}, beat_reg} << BEAT_SHIFT);
        wire [1:0] rresp = (fail[n] && address >= fail_address && address <= fail_address + fail_more) ? 2'b10 : 2'b00;

        fifo #(.WIDTH(W + 8 + 48), .DEPTH(32)) bursts (
            .clk(clk), .rst(rst), .in_data({araddr, arlen, cycle_reg}), .in_valid(arvalid), .in_ready(),
            .out_data({burst_address, burst_length, burst_cycle}), .out_valid(burst_valid), .out_ready(rvalid && rready && rlast),
            .count()
        );

        always @(posedge clk) begin
            cycle_reg <= rst ? 48'd0 : cycle_reg + 48'd1;
            if (rvalid && rready)
                beat_reg <= rlast ? 8'd0 : beat_reg + 8'd1;
            if (rst)
                beat_reg <= 8'd0;
            if (write_enable && write_device == n)
                memory[write_address >> BEAT_SHIFT] <= write_data;
        end

        device_read #(.DATA_WIDTH(DATA_WIDTH), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .OUTSTANDING(16)) device_read_inst (
            .clk(clk), .rst(rst),
            .read_valid({2'b00, read_valid[2 + n], read_valid[n], 1'b0}), .read_slot({8'd0, read_slot, 4'd0}),
            .read_beat({5*BEAT_WIDTH{1'b0}}), .read_address({96'd0, read_address, 48'd0}), .read_size({64'd0, read_size, 32'd0}),
            .next_valid(next[n]), .next_client(), .client_waits({5{waits[n]}}),
            .done(device_done[n]), .done_client(beat_client[3*n +: 3]), .done_slot(done_slot[4*n +: 4]),
            .done_failed(device_failed[n]), .cache_write_enable(device_beat[n]), .cache_write_client(),
            .cache_write_address(place), .cache_write_data(device_beat_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .m_axi_arid(), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arsize(), .m_axi_arburst(), .m_axi_arvalid(arvalid),
            .m_axi_arready(1'b1), .m_axi_rdata(memory[address >> BEAT_SHIFT]), .m_axi_rresp(rresp), .m_axi_rlast(rlast),
            .m_axi_rvalid(rvalid), .m_axi_rready(rready)
        );

        assign beat_offset[BEAT_WIDTH*n +: BEAT_WIDTH] = place[BEAT_WIDTH-1:0];
    end
endgenerate

endmodule

`resetall
