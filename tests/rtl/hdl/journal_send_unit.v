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
    parameter MAX_TRANSFER_BYTES = 4096,
    parameter SEND_SLOTS = 16,
    parameter VOLUME_BYTES = 131072,
    parameter LATENCY = 20,
    parameter W = 48
) (
    input  wire                  clk,
    input  wire                  rst,

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
    input  wire                  unreadable,

    // reads of this beat of a device, and of so many bytes behind it, fail
    input  wire [1:0]            fail,
    input  wire [W-1:0]          fail_address,
    input  wire [W-1:0]          fail_more,
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
localparam SEND_WIDTH = $clog2(SEND_SLOTS);

/*
 * Steps: granted, mapped, decided
 */
wire [2:0] request_valid, request_taken;
wire [3*`CR_WIDTH-1:0] request;
wire granted;
wire [`CR_WIDTH-1:0] granted_request;
reg  map_valid_reg, step_valid_reg;
reg  [`CR_WIDTH-1:0] map_reg, step_reg;

commit_arbiter #(.REQUESTERS(3), .WIDTH(`CR_WIDTH)) arbiter (
    .clk(clk), .rst(rst), .enable(1'b1), .request_valid(request_valid), .request(request), .request_taken(request_taken),
    .granted(granted), .granted_request(granted_request)
);

always @(posedge clk) begin
    map_valid_reg  <= granted && !rst;
    step_valid_reg <= map_valid_reg && !rst;
    map_reg        <= granted_request;
    step_reg       <= map_reg;
end

wire [4:0] kind = step_reg[`CR_KIND];
wire step_command = step_valid_reg && kind == `ML_REQUEST_READ_COMMAND;
wire step_read    = step_valid_reg && kind == `ML_REQUEST_JOURNALS_READ;
wire step_data    = step_valid_reg && kind == `ML_REQUEST_SEND_READ;
wire step_failed  = step_valid_reg && kind == `ML_REQUEST_SEND_FAILED;
wire [15:0] step_volume = step_reg[`CR_VOLUME];
wire [W-1:0] step_position = step_reg[45 +: W];
wire [W-1:0] volume_offset  = {{W-15{1'b0}}, step_volume[15:1]} * VOLUME_BYTES;
wire [W-1:0] journal_offset = {{W-15{1'b0}}, journal_volume[15:1]} * VOLUME_BYTES;

assign retires = step_valid_reg && !step_data;
assign retired_volume = step_volume;
assign retired_area_bytes = read_area_bytes;

/*
 * Decisions
 */
wire [63:0] first;
wire [6:0] count;
wire [31:0] step_size = step_reg[`CR_SIZE];
wire [31:0] read_area_bytes, limit_bytes;
wire [1:0] state;
wire [7:0] fail_reason;
wire [7:0] reason = (retired_outcome == `ML_RECEPTION_JOURNAL_ABNORMAL) ? fail_reason : group_reason;
wire [W-1:0] entry_place;

journal_read_reception #(.POSITION_WIDTH(W)) journal_read_reception_inst (
    .command_run(step_command), .read_run(step_read), .failed_run(step_failed), .silent_run(1'b0),
    .command_from_partner(1'b1), .command_generation(command_generation), .command_tag(command_tag), .command_payload(command_payload),
    .read_first(step_reg[`CR_REFERENCE]), .read_journals(step_size[6:0]), .read_bytes(step_reg[`CR_RECEIVED]),
    .read_area_bytes(read_area_bytes), .read_failed(step_reg[`CR_FAILED]), .read_damaged(step_reg[`CR_DAMAGED]), .group_state(group_state), .journal_volume_valid(1'b1),
    .journal_volume_state(journal_volume_state), .generation(generation), .activity(7'h41),
    .information_head(information_head), .data_head(data_head), .information_oldest(information_oldest),
    .information_committed(information_committed), .information_sent(information_sent), .data_committed(48'd0),
    .oldest_number(oldest_number), .host_bytes(64'd0), .tag(32'd0), .batch(7'd0), .batch_data(48'd0), .last_answer(16'd0),
    .of_volume(step_volume != `ML_NONE), .pair_valid(step_volume != journal_volume && step_volume != `ML_NONE),
    .outcome(retired_outcome), .status(), .record_size(retired_size), .record_received(retired_received),
    .record_reference(retired_reference), .group_fails(), .group_reason(fail_reason), .journal_volume_fails(), .volume_fails(), .ring_free(),
    .free_entries(), .free_bytes(), .ring_send(), .send_bytes(), .host_bytes_set(), .host_bytes_value(), .tag_set(),
    .tag_value(), .batch_set(), .batch_value(), .batch_data_value(), .answer_set(), .answer_value(),
    .entry_place(entry_place), .first(first), .count(count), .limit_bytes(limit_bytes), .state(state)
);

/*
 * Sending
 */
wire [1:0] entry_valid, device_done, device_failed, device_beat;
wire [W-1:0] entry_address;
wire [31:0] entry_size;
wire [2*DATA_WIDTH-1:0] device_beat_data;
wire [2*3-1:0] done_client, beat_client;
wire [1:0] entry_done = {device_done[1] && done_client[5:3] == `ML_READ_SEND_ENTRIES,
                         device_done[0] && done_client[2:0] == `ML_READ_SEND_ENTRIES};
wire [1:0] data_done  = {device_done[1] && done_client[5:3] == `ML_READ_SEND, device_done[0] && done_client[2:0] == `ML_READ_SEND};
wire [1:0] entry_beat = {device_beat[1] && beat_client[5:3] == `ML_READ_SEND_ENTRIES,
                         device_beat[0] && beat_client[2:0] == `ML_READ_SEND_ENTRIES};
wire [1:0] data_beat  = {device_beat[1] && beat_client[5:3] == `ML_READ_SEND, device_beat[0] && beat_client[2:0] == `ML_READ_SEND};
wire read_room, data_tvalid, data_tready, data_tlast, data_failed, read_idle, send_idle;
wire [DATA_WIDTH-1:0] data_tdata, journals_tdata;
wire [15:0] data_volume;
wire packet_hold, journal_damaged;
wire [15:0] damaged_index;
wire packet_valid, packet_ready, packet_poison, journals_tvalid, journals_tready;
wire [7:0]  packet_reason;
wire [15:0] packet_type, packet_destination, packet_group, packet_source_group, packet_status, packet_count;
wire [31:0] packet_generation, packet_tag, packet_data_bytes;

journal_send #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(2), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .POSITION_WIDTH(W)
) journal_send_inst (
    .clk(clk), .rst(rst),
    .command_valid(command_valid), .command_ready(command_ready), .command_source(command_source), .command_group(command_group),
    .command_source_group(command_source_group), .command_generation(command_generation), .command_tag(command_tag),
    .request_valid(request_valid), .request_taken(request_taken), .request(request),
    .read_area_bytes(read_area_bytes), .step_command(step_command), .step_read(step_read), .step_send_failed(step_failed),
    .outcome(retired_outcome), .state(state), .reason(reason),
    .entry_place(entry_place), .first(first), .count(count), .limit_bytes(limit_bytes), .information_head(information_head),
    .data_head(data_head), .journal_volume(journal_volume), .journal_volume_capacity(VOLUME_CAPACITY),
    .journal_volume_device({7'd0, journal_volume[0]}), .journal_volume_offset(journal_offset),
    .device_read_valid(entry_valid), .device_read_address(entry_address), .device_read_size(entry_size),
    .device_read_done(entry_done), .device_read_done_failed(device_failed), .device_beat(entry_beat),
    .device_beat_data(device_beat_data),
    .read_room(read_room), .s_axis_data_tdata(data_tdata), .s_axis_data_tvalid(data_tvalid), .s_axis_data_tready(data_tready),
    .s_axis_data_tlast(data_tlast), .s_axis_data_failed(data_failed), .s_axis_data_volume(data_volume),
    .packet_valid(packet_valid), .packet_ready(packet_ready), .packet_type(packet_type),
    .packet_destination(packet_destination), .packet_group(packet_group), .packet_source_group(packet_source_group),
    .packet_generation(packet_generation), .packet_tag(packet_tag), .packet_status(packet_status), .packet_reason(packet_reason), .packet_count(packet_count),
    .packet_data_bytes(packet_data_bytes), .packet_poison(packet_poison), .packet_hold(packet_hold), .journal_damaged(journal_damaged),
    .damaged_index(damaged_index), .m_axis_journals_tdata(journals_tdata),
    .m_axis_journals_tvalid(journals_tvalid), .m_axis_journals_tready(journals_tready), .idle(send_idle)
);

assign idle = send_idle && read_idle;

wire [1:0] data_valid;
wire [SEND_WIDTH-1:0] data_slot;
wire [W-1:0] data_address;
wire [31:0] data_size;
wire [2*4-1:0] done_slot;
wire data_cache_enable;
wire [SEND_WIDTH+BEAT_WIDTH-1:0] data_cache_address;
wire [2*DATA_WIDTH-1:0] data_cache_data;

send_read #(
    .DATA_WIDTH(DATA_WIDTH), .DEVICES(2), .MAX_TRANSFER_BYTES(MAX_TRANSFER_BYTES), .SEND_SLOTS(SEND_SLOTS), .POSITION_WIDTH(W)
) send_read_inst (
    .clk(clk), .rst(rst), .room(read_room), .reserve(request_taken[1]), .take(step_data), .volume(step_volume),
    .position(step_position), .size(step_reg[`CR_SIZE]), .unreadable(unreadable), .device(step_volume[0]),
    .device_address(volume_offset + step_position), .overlapping_writes(16'd0), .volume_done(1'b0), .volume_failed(1'b0),
    .done_slot(4'd0), .overlapping_reads(), .reads_done(),
    .device_read_valid(data_valid), .device_read_slot(data_slot), .device_read_address(data_address),
    .device_read_size(data_size), .device_read_done(data_done), .device_read_done_slot({done_slot[4 +: SEND_WIDTH], done_slot[0 +: SEND_WIDTH]}),
    .device_read_done_failed(device_failed), .cache_enable(data_cache_enable), .cache_address(data_cache_address),
    .cache_data(data_cache_data), .m_axis_data_tdata(data_tdata), .m_axis_data_tvalid(data_tvalid),
    .m_axis_data_tready(data_tready), .m_axis_data_tlast(data_tlast), .m_axis_data_failed(data_failed),
    .m_axis_data_volume(data_volume), .idle(read_idle)
);

path_transmit #(.DATA_WIDTH(DATA_WIDTH)) path_transmit_inst (
    .clk(clk), .rst(rst), .packet_valid(packet_valid), .packet_ready(packet_ready), .packet_type(packet_type),
    .packet_destination(packet_destination), .packet_group(packet_group), .packet_source_group(packet_source_group),
    .packet_generation(packet_generation), .packet_tag(packet_tag), .packet_status(packet_status), .packet_incarnation(32'd0), .packet_reason(packet_reason), .packet_flags(8'd0),
    .packet_count(packet_count), .packet_data_bytes(packet_data_bytes), .packet_has_payload(1'b0), .packet_payload(512'd0), .packet_poison(packet_poison),
    .packet_hold(packet_hold), .journal_damaged(journal_damaged), .damaged_index(damaged_index),
    .s_axis_journals_tdata(journals_tdata), .s_axis_journals_tvalid(journals_tvalid), .s_axis_journals_tready(journals_tready),
    .m_axis_path_tdata(m_axis_path_tdata), .m_axis_path_tvalid(m_axis_path_tvalid), .m_axis_path_tready(m_axis_path_tready),
    .m_axis_path_tlast(m_axis_path_tlast)
);

/*
 * Devices: a beat a cycle, LATENCY cycles after its address at the earliest
 */
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
        wire rvalid = burst_valid && cycle_reg - burst_cycle >= LATENCY;
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
            .read_valid({2'b00, entry_valid[n], data_valid[n], 1'b0}),
            .read_slot({12'd0, {4-SEND_WIDTH{1'b0}}, data_slot, 4'd0}), .read_beat({5*BEAT_WIDTH{1'b0}}),
            .read_address({96'd0, entry_address, data_address, 48'd0}), .read_size({64'd0, entry_size, data_size, 32'd0}),
            .next_valid(), .next_client(), .client_waits(5'd0),
            .done(device_done[n]), .done_client(done_client[3*n +: 3]), .done_slot(done_slot[4*n +: 4]),
            .done_failed(device_failed[n]), .cache_write_enable(device_beat[n]), .cache_write_client(beat_client[3*n +: 3]),
            .cache_write_address(place), .cache_write_data(device_beat_data[n*DATA_WIDTH +: DATA_WIDTH]),
            .m_axi_arid(), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arsize(), .m_axi_arburst(), .m_axi_arvalid(arvalid),
            .m_axi_arready(1'b1), .m_axi_rdata(memory[address >> BEAT_SHIFT]), .m_axi_rresp(rresp), .m_axi_rlast(rlast),
            .m_axi_rvalid(rvalid), .m_axi_rready(rready)
        );

        cache_memory #(.DATA_WIDTH(DATA_WIDTH), .BEATS(SEND_SLOTS << BEAT_WIDTH), .READ_PORTS(1)) data_cache (
            .clk(clk), .write_enable(data_beat[n]), .write_address(place[SEND_WIDTH+BEAT_WIDTH-1:0]),
            .write_data(device_beat_data[n*DATA_WIDTH +: DATA_WIDTH]), .read_enable(data_cache_enable),
            .read_address(data_cache_address), .read_data(data_cache_data[n*DATA_WIDTH +: DATA_WIDTH])
        );
    end
endgenerate

endmodule

`resetall
