// Pointer information 700 (FIG 7, FIG 8): the rings of a journal volume, one set a group.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * A journal volume is an update information area, from `update_information_head` to `write_data_head`, and a write data
 * area, from there to `area_end`. In each area
 *
 *      oldest          commit          newest
 *        |---on device---|---in flight---|---free---|
 *
 * journals are placed at newest, become visible to readers when commit passes them, and are freed at oldest. Each area
 * counts its bytes in use, so that newest = oldest is never ambiguous. Every pointer wraps by the size of its area.
 *
 * One operation a cycle, on the group that was `next_group` in the cycle before; the look-up shows the state that the
 * operation changes. One row a group (row_turn, row_field).
 */
module journal_ring #(
    // Groups, each with its own rings
    parameter GROUPS = 4,
    // Bytes of one update information
    parameter ENTRY_BYTES = 64,
    // Low bits that are 0 in every position and number of bytes: 6, as all are whole update informations or blocks
    parameter ZERO_BITS = 6,
    // Bits of a position in a journal volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                          clk,
    input  wire                          rst,

    /*
     * Look-up of one group, for the operation of the next cycle
     */
    input  wire [15:0]                   next_group,
    // capacity of its journal volume
    input  wire [POSITION_WIDTH-1:0]     area_end,
    // bytes of write data of the journal in question
    input  wire [31:0]                   size,
    // 1340, 1370: there is room for one more update information
    output wire                          information_room,
    // 1345: there is room for its write data
    output wire                          data_room,
    // its write data fits into the empty area
    output wire                          ever_fits,
    output wire [POSITION_WIDTH-1:0]     update_information_newest,
    output wire [POSITION_WIDTH-1:0]     write_data_head,
    output wire [POSITION_WIDTH-1:0]     write_data_newest,

    // areas, and bytes of them in use, committed, sent
    output wire [POSITION_WIDTH-1:0]     update_information_head,
    output wire [POSITION_WIDTH-1:0]     update_information_area,
    output wire [POSITION_WIDTH-1:0]     update_information_oldest,
    output wire [POSITION_WIDTH-1:0]     update_information_used,
    output wire [POSITION_WIDTH-1:0]     update_information_committed,
    output wire [POSITION_WIDTH-1:0]     update_information_sent,
    output wire [POSITION_WIDTH-1:0]     write_data_area,
    output wire [POSITION_WIDTH-1:0]     write_data_oldest,
    output wire [POSITION_WIDTH-1:0]     write_data_used,
    output wire [POSITION_WIDTH-1:0]     write_data_committed,
    // the most bytes that were ever in use
    output wire [POSITION_WIDTH-1:0]     update_information_high_water,
    output wire [POSITION_WIDTH-1:0]     write_data_high_water,

    /*
     * Operation on that group: at most one of these a cycle, but what is freed and what was sent come together
     */
    // 1350, 1380: a journal is placed that occupies `bytes` of the write data area
    input  wire                          create,
    // the next journal, with `bytes`, is on the device
    input  wire                          commit,
    input  wire [31:0]                   bytes,
    // 1590, 2060: the oldest `free_entries` bytes of update information and `free_data` of write data are freed
    input  wire                          free,
    input  wire [POSITION_WIDTH-1:0]     free_entries,
    input  wire [POSITION_WIDTH-1:0]     free_data,
    // [0124]: `send_entries` bytes of update information were read for sending
    input  wire                          send,
    input  wire [POSITION_WIDTH-1:0]     send_entries,
    // 1840: a journal took its place anywhere; newest lies so many bytes behind oldest now
    input  wire                          place,
    input  wire [POSITION_WIDTH-1:0]     place_information_used,
    input  wire [POSITION_WIDTH-1:0]     place_data_used,
    // 930: every journal is dropped
    input  wire                          empty,
    // 920: the areas are `information_bytes` from the volume's head, and the rest; both empty
    input  wire                          divide,
    input  wire [POSITION_WIDTH-1:0]     information_bytes,
    // register write; `load_sent` is that of the bytes sent
    input  wire                          load,
    input  wire                          load_sent,
    input  wire [3:0]                    field,
    input  wire [63:0]                   load_data,
    output wire [63:0]                   read_data,

    // one cycle later: the eight pointers that the operation's commit record shows, or 0 if it shows no group
    input  wire                          shows,
    output wire [8*POSITION_WIDTH-1:0]   pointers_after
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(ENTRY_BYTES >= 1, parameter_error_ENTRY_BYTES_must_be_at_least_1)
`ML_REQUIRE(`ML_IN_RANGE(ZERO_BITS, 0, 9) && ENTRY_BYTES % (1 << ZERO_BITS) == 0,
            parameter_error_ENTRY_BYTES_must_be_a_multiple_of_2_to_the_ZERO_BITS)
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
// bits of a position in here
localparam P = POSITION_WIDTH - ZERO_BITS;
localparam Z = ZERO_BITS;
// `field`: the register's place in the pointers' part of a group's registers
localparam [3:0]
    INFORMATION_HEAD = 4'h0, DATA_HEAD = 4'h1, INFORMATION_NEWEST = 4'h2, INFORMATION_OLDEST = 4'h3,
    DATA_NEWEST = 4'h4, DATA_OLDEST = 4'h5, READ_INITIATION = 4'h6, RETRY_INITIATION = 4'h7,
    INFORMATION_COMMIT = 4'h8, DATA_COMMIT = 4'h9, INFORMATION_USED = 4'hA, DATA_USED = 4'hB,
    INFORMATION_COMMITTED = 4'hC, DATA_COMMITTED = 4'hD;

wire [P-1:0] information_head, information_newest, information_oldest, information_commit, read_initiation,
             retry_initiation;
wire [P-1:0] data_head, data_newest, data_oldest, data_commit;
// bytes from oldest to newest, from oldest to commit, from oldest to read initiation; the most in use
wire [P-1:0] information_used, data_used, information_committed, data_committed, information_sent, information_high,
             data_high;

localparam [W-1:0] ENTRY_SIZE = ENTRY_BYTES;
wire [P-1:0]  entry = ENTRY_SIZE[W-1:Z];
wire [P-1:0]  asked = {{W-32{1'b0}}, size[31:Z]};
wire [P-1:0]  taken = {{W-32{1'b0}}, bytes[31:Z]};
wire [P-1:0]  value = load_data[W-1:Z];
wire [15:0]   loads = load ? 16'd1 << field : 16'd0;
wire          loading = load || load_sent;
wire          empties = empty || divide;
wire          moves   = create || commit || free || place;
wire [P-1:0]  last    = area_end[W-1:Z];

wire [P-1:0] information_area, information_unused, information_to, information_used_to, information_committed_to;
wire [P-1:0] data_area, data_unused, data_to, data_used_to, data_committed_to;

wire [P-1:0] information_step = ({P{place}} & place_information_used[W-1:Z]) | ({P{free}} & free_entries[W-1:Z])
                                | ({P{create || commit}} & entry) | ({P{loading}} & value);
wire [P-1:0] data_step        = ({P{place}} & place_data_used[W-1:Z]) | ({P{free}} & free_data[W-1:Z])
                                | ({P{create || commit}} & taken) | ({P{loading}} & value);

ring_area #(.WIDTH(P)) information (
    .head(information_head), .area_end(data_head), .newest(information_newest), .oldest(information_oldest),
    .committed_to(information_commit), .used(information_used), .committed(information_committed), .moves(moves),
    .create(create), .commit(commit), .free(free), .place(place), .empty(empty), .divide(divide), .loading(loading),
    .step(information_step), .other({P{1'b0}}), .area(information_area), .unused(information_unused),
    .moved(information_to), .new_used(information_used_to), .new_committed(information_committed_to)
);

ring_area #(.WIDTH(P)) write_data (
    .head(data_head), .area_end(last), .newest(data_newest), .oldest(data_oldest), .committed_to(data_commit),
    .used(data_used), .committed(data_committed), .moves(moves), .create(create), .commit(commit), .free(free),
    .place(place), .empty(empty), .divide(divide), .loading(loading), .step(data_step),
    .other({P{divide}} & information_bytes[W-1:Z]), .area(data_area), .unused(data_unused), .moved(data_to),
    .new_used(data_used_to), .new_committed(data_committed_to)
);

assign information_room = entry <= information_unused;
assign data_room        = asked < data_unused;
assign ever_fits        = asked < data_area;

// read initiation goes behind what was sent; of what was sent, what is freed leaves first
wire [P-1:0] sends = send_entries[W-1:Z], frees = free_entries[W-1:Z];
wire [P-1:0] read_sum   = read_initiation + sends;
wire [P-1:0] read_to    = (read_sum >= data_head) ? read_sum - information_area : read_sum;
wire [P-1:0] sent_less  = (information_sent < frees) ? {P{1'b0}} : information_sent - frees;
wire [P-1:0] sent_left  = (free ? sent_less : information_sent) & {P{!empties && !loading}};
wire [P-1:0] sent_after = sent_left + (({P{send}} & sends) | ({P{loading}} & value));

/*
 * The fields, each with what it becomes and when
 */
localparam FIELDS = 17;
wire takes_place = create || place;
wire [FIELDS*P-1:0] values, new_values;
wire [FIELDS-1:0]   writes;

assign {information_head, data_head, information_newest, information_oldest, information_commit, read_initiation,
        retry_initiation, data_newest, data_oldest, data_commit, information_used, data_used, information_committed,
        data_committed, information_sent, information_high, data_high} = values;

wire [P-1:0] new_information_newest = information_to;
wire [P-1:0] new_information_oldest = information_to;
wire [P-1:0] new_information_commit = information_to;
wire [P-1:0] new_read_initiation    = send ? read_to : information_to;
wire [P-1:0] new_retry_initiation   = send ? read_initiation : information_to;
wire [P-1:0] new_data_newest        = data_to;
wire [P-1:0] new_data_oldest        = data_to;
wire [P-1:0] new_data_commit        = data_to;

assign new_values = {
    information_to, data_to, new_information_newest, new_information_oldest, new_information_commit,
    new_read_initiation, new_retry_initiation, new_data_newest, new_data_oldest, new_data_commit, information_used_to,
    data_used_to, information_committed_to, data_committed_to, sent_after, information_used_to, data_used_to};

wire writes_information_newest = takes_place || empties || loads[INFORMATION_NEWEST];
wire writes_information_oldest = free || empties || loads[INFORMATION_OLDEST];
wire writes_information_commit = commit || empties || loads[INFORMATION_COMMIT];
wire writes_read_initiation    = send || empties || loads[READ_INITIATION];
wire writes_retry_initiation   = send || empties || loads[RETRY_INITIATION];
wire writes_data_newest        = takes_place || empties || loads[DATA_NEWEST];
wire writes_data_oldest        = free || empties || loads[DATA_OLDEST];
wire writes_data_commit        = commit || empties || loads[DATA_COMMIT];

assign writes = {
    empties || loads[INFORMATION_HEAD], empties || loads[DATA_HEAD], writes_information_newest,
    writes_information_oldest, writes_information_commit, writes_read_initiation, writes_retry_initiation,
    writes_data_newest, writes_data_oldest, writes_data_commit,
    takes_place || free || empties || loads[INFORMATION_USED], takes_place || free || empties || loads[DATA_USED],
    commit || free || empties || loads[INFORMATION_COMMITTED], commit || free || empties || loads[DATA_COMMITTED],
    send || free || empties || load_sent, takes_place && information_used_to > information_high,
    takes_place && data_used_to > data_high};

localparam INDEX_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
wire [INDEX_WIDTH-1:0] next, row;
wire sweeps;
row_turn #(.ROWS(GROUPS)) row_turn_inst (
    .clk(clk), .rst(rst), .next_row(next_group), .next(next), .row(row), .sweeps(sweeps)
);

generate
    genvar n, a;
    for (n = 0; n < FIELDS; n = n + 1) begin : of
        row_field #(.ROWS(GROUPS), .WIDTH(P)) row_field_inst (
            .clk(clk), .next(next), .row(row), .sweeps(sweeps), .value(values[n*P +: P]),
            .write(writes[n]), .new_value(new_values[n*P +: P])
        );
    end
endgenerate

// what others see
function [W-1:0] in_bytes(input [P-1:0] position);
    begin
        in_bytes = 0;
        in_bytes[W-1:Z] = position;
    end
endfunction

assign update_information_head       = in_bytes(information_head);
assign update_information_area       = in_bytes(information_area);
assign update_information_newest     = in_bytes(information_newest);
assign update_information_oldest     = in_bytes(information_oldest);
assign update_information_used       = in_bytes(information_used);
assign update_information_committed  = in_bytes(information_committed);
assign update_information_sent       = in_bytes(information_sent);
assign update_information_high_water = in_bytes(information_high);
assign write_data_head               = in_bytes(data_head);
assign write_data_area               = in_bytes(data_area);
assign write_data_newest             = in_bytes(data_newest);
assign write_data_oldest             = in_bytes(data_oldest);
assign write_data_used               = in_bytes(data_used);
assign write_data_committed          = in_bytes(data_committed);
assign write_data_high_water         = in_bytes(data_high);

reg [8*P-1:0] after_reg;
always @(posedge clk)
    after_reg <= !shows ? {8*P{1'b0}} : {
        writes_retry_initiation ? new_retry_initiation : retry_initiation,
        writes_read_initiation ? new_read_initiation : read_initiation,
        writes_data_commit ? new_data_commit : data_commit,
        writes_data_oldest ? new_data_oldest : data_oldest,
        writes_data_newest ? new_data_newest : data_newest,
        writes_information_commit ? new_information_commit : information_commit,
        writes_information_oldest ? new_information_oldest : information_oldest,
        writes_information_newest ? new_information_newest : information_newest};

generate
    for (a = 0; a < 8; a = a + 1) begin : after
        assign pointers_after[a*W +: W] = in_bytes(after_reg[a*P +: P]);
    end
endgenerate

// registers in their order
wire [14*P-1:0] shown = {
    data_committed, information_committed, data_used, information_used, data_commit, information_commit,
    retry_initiation, read_initiation, data_oldest, data_newest, information_oldest, information_newest, data_head,
    information_head};
reg  [P-1:0] read_value;
integer f;
always @* begin
    read_value = 0;
    for (f = 0; f < 14; f = f + 1)
        if (field == f[3:0])
            read_value = read_value | shown[f*P +: P];
end

assign read_data = {{64-W{1'b0}}, in_bytes(read_value)};

`ifdef FORMAL
`include "journal_ring_properties.vh"
`endif

endmodule

`resetall
