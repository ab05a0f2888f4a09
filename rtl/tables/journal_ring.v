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
 * One operation a cycle, on the group that was `group` in the cycle before. A step decides on the look-up of its group,
 * which was `next_group` in the cycle before that; what the operation right before its own changed is not in it. One
 * row a group (row_turn, row_field).
 */
module journal_ring #(
    // Groups, each with its own rings
    parameter GROUPS = 4,
    // Bytes of one update information
    parameter ENTRY_BYTES = 64,
    // Low bits that are 0 in every position and number of bytes: 6, as all are whole update informations or blocks
    parameter ZERO_BITS = 6,
    // There is ample room with 16 entries and so many bits' bytes of write data free
    parameter AMPLE_BITS = 20,
    // Bits of a position in a journal volume
    parameter POSITION_WIDTH = 48
) (
    input  wire                          clk,
    input  wire                          rst,

    /*
     * Look-up of one group
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
    // there is room for more journals than operations that the look-up may not have seen
    output wire                          ample_room,
    output wire [POSITION_WIDTH-1:0]     write_data_head,

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
     * Operation on the group that was `group` in the cycle before: at most one of these a cycle, but what is freed and
     * what was sent come together. Where its next journal goes
     */
    input  wire [15:0]                   group,
    output wire [POSITION_WIDTH-1:0]     update_information_newest,
    output wire [POSITION_WIDTH-1:0]     write_data_newest,
    // bytes of update information and of write data that it is about; 0 with `empty`, `divide`, and as long as rows are
    // swept
    input  wire [POSITION_WIDTH-1:0]     information_step,
    input  wire [POSITION_WIDTH-1:0]     data_step,
    // 1350, 1380: a journal with them is placed
    input  wire                          create,
    // the next journal, with these, is on the device
    input  wire                          commit,
    // 1590, 2060: the oldest are freed
    input  wire                          free,
    // [0124]: `send_entries` bytes of update information were read for sending
    input  wire                          send,
    input  wire [POSITION_WIDTH-1:0]     send_entries,
    // 1840: a journal took its place anywhere; newest lies so many bytes behind oldest now
    input  wire                          place,
    // 930: every journal is dropped
    input  wire                          empty,
    // 920: the areas are `information_bytes` from the volume's head, and the rest; both empty
    input  wire                          divide,
    input  wire [POSITION_WIDTH-1:0]     information_bytes,
    // register write: either is the value; `load_sent` is that of the bytes sent
    input  wire                          load,
    input  wire                          load_sent,
    input  wire [3:0]                    field,
    // register `field` is read: what it was in the cycle before, otherwise 0
    input  wire                          read,
    output wire [63:0]                   read_data,

    // one cycle later: the eight pointers that the operation's commit record shows, or 0 if it shows no group
    input  wire                          shows,
    output wire [8*POSITION_WIDTH-1:0]   pointers_after
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE(ENTRY_BYTES >= 1, parameter_error_ENTRY_BYTES_must_be_at_least_1)
`ML_REQUIRE(`ML_IN_RANGE(ZERO_BITS, 0, 9) && ENTRY_BYTES % (1 << ZERO_BITS) == 0,
            parameter_error_ENTRY_BYTES_must_be_a_multiple_of_2_to_the_ZERO_BITS)
`ML_REQUIRE(`ML_IN_RANGE(AMPLE_BITS, ZERO_BITS, POSITION_WIDTH - 1), parameter_error_AMPLE_BITS_must_be_of_a_position)
`ML_REQUIRE_POSITION_WIDTH
// bits of a position, and in here
localparam W = POSITION_WIDTH, Z = ZERO_BITS, P = W - Z;
// `field`: the register's place in the pointers' part of a group's registers
localparam [3:0]
    INFORMATION_HEAD = 4'h0, DATA_HEAD = 4'h1, INFORMATION_NEWEST = 4'h2, INFORMATION_OLDEST = 4'h3,
    DATA_NEWEST = 4'h4, DATA_OLDEST = 4'h5, READ_INITIATION = 4'h6, RETRY_INITIATION = 4'h7,
    INFORMATION_COMMIT = 4'h8, DATA_COMMIT = 4'h9, INFORMATION_USED = 4'hA, DATA_USED = 4'hB,
    INFORMATION_COMMITTED = 4'hC, DATA_COMMITTED = 4'hD;

// what a step decides on
wire [P-1:0] information_head, information_oldest, information_used, information_committed, information_sent;
wire [P-1:0] data_head, data_oldest, data_used, data_committed;
// what an operation changes: pointers, bytes from oldest to newest, from oldest to commit, from oldest to read
// initiation, the most in use
wire [P-1:0] information_newest, latest_information_oldest, information_commit, read_initiation, retry_initiation;
wire [P-1:0] data_newest, latest_data_oldest, data_commit;
wire [P-1:0] latest_information_used, latest_data_used, latest_information_committed, latest_data_committed,
             latest_information_sent, information_high, data_high;
// its areas, which no operation close before it changed
reg  [P-1:0] latest_information_head, latest_information_area, latest_data_head, latest_data_area, last;

localparam [W-1:0] ENTRY_SIZE = ENTRY_BYTES;
wire [P-1:0]  entry = ENTRY_SIZE[W-1:Z], asked = {{W-32{1'b0}}, size[31:Z]};
// whole units of these
wire [P-1:0]  entries_step = information_step[W-1:Z], bytes_step = data_step[W-1:Z];
wire [15:0]   loads = load ? 16'd1 << field : 16'd0;
wire          loading = load || load_sent, empties = empty || divide;
wire          takes_place = create || place, moves = takes_place || commit || free;
wire [P-1:0] information_to, information_used_to, information_committed_to, data_to, data_used_to, data_committed_to;
wire [P-1:0] information_area   = data_head - information_head;
wire [P-1:0] data_area          = area_end[W-1:Z] - data_head;
wire [P-1:0] information_unused = information_area - information_used;
wire [P-1:0] data_unused        = data_area - data_used;

always @(posedge clk)
    {latest_information_head, latest_information_area, latest_data_head, latest_data_area, last}
        <= {information_head, information_area, data_head, data_area, area_end[W-1:Z]};

ring_area #(.WIDTH(P)) information (
    .head(latest_information_head), .area_end(latest_data_head), .area(latest_information_area),
    .newest(information_newest), .oldest(latest_information_oldest), .committed_to(information_commit),
    .used(latest_information_used), .committed(latest_information_committed), .moves(moves),
    .create(create), .commit(commit), .free(free), .place(place), .empty(empty), .divide(divide), .loading(loading),
    .step(entries_step), .other({P{1'b0}}), .moved(information_to), .new_used(information_used_to),
    .new_committed(information_committed_to)
);

ring_area #(.WIDTH(P)) write_data (
    .head(latest_data_head), .area_end(last), .area(latest_data_area), .newest(data_newest),
    .oldest(latest_data_oldest), .committed_to(data_commit), .used(latest_data_used),
    .committed(latest_data_committed), .moves(moves), .create(create), .commit(commit), .free(free),
    .place(place), .empty(empty), .divide(divide), .loading(loading), .step(bytes_step),
    .other({P{divide}} & information_bytes[W-1:Z]), .moved(data_to), .new_used(data_used_to),
    .new_committed(data_committed_to)
);

assign information_room = entry <= information_unused;
assign data_room        = asked < data_unused;
assign ever_fits        = asked < data_area;
assign ample_room       = information_unused >= entry << 4 && data_unused[P-1:AMPLE_BITS-Z] != 0;

// read initiation goes behind what was sent; of what was sent, what is freed leaves first
wire [P-1:0] sends = send_entries[W-1:Z], frees = entries_step;
wire [P-1:0] read_sum = read_initiation + sends;
wire [P-1:0] read_to  = (read_sum >= latest_data_head) ? read_sum - latest_information_area : read_sum;
wire [P-1:0] sent_less  = (latest_information_sent < frees) ? {P{1'b0}} : latest_information_sent - frees;
wire [P-1:0] sent_left  = (free ? sent_less : latest_information_sent) & {P{!empties && !loading}};
wire [P-1:0] sent_after = sent_left + (({P{send}} & sends) | ({P{loading}} & entries_step));
// the fields, each with what it becomes and when
localparam FIELDS = 13, LOOKED_UP = 9, ROW_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
wire [FIELDS*P-1:0]  values, new_values;
wire [FIELDS-1:0]    writes;
wire [ROW_WIDTH-1:0] row;
wire                 sweeps;
assign {latest_information_used, latest_data_used, latest_information_committed, latest_data_committed,
        latest_information_sent, retry_initiation, read_initiation, data_commit, latest_data_oldest, data_newest,
        information_commit, latest_information_oldest, information_newest} = values;

wire [P-1:0] new_information_newest = information_to;
wire [P-1:0] new_information_oldest = information_to;
wire [P-1:0] new_information_commit = information_to;
wire [P-1:0] new_read_initiation    = send ? read_to : information_to;
wire [P-1:0] new_retry_initiation   = send ? read_initiation : information_to;
wire [P-1:0] new_data_newest        = data_to;
wire [P-1:0] new_data_oldest        = data_to;
wire [P-1:0] new_data_commit        = data_to;
assign new_values = {
    information_used_to, data_used_to, information_committed_to, data_committed_to, sent_after, new_retry_initiation,
    new_read_initiation, new_data_commit, new_data_oldest, new_data_newest, new_information_commit,
    new_information_oldest, new_information_newest};

wire writes_information_newest = takes_place || empties || loads[INFORMATION_NEWEST];
wire writes_information_oldest = free || empties || loads[INFORMATION_OLDEST];
wire writes_information_commit = commit || empties || loads[INFORMATION_COMMIT];
wire writes_read_initiation    = send || empties || loads[READ_INITIATION];
wire writes_retry_initiation   = send || empties || loads[RETRY_INITIATION];
wire writes_data_newest        = takes_place || empties || loads[DATA_NEWEST];
wire writes_data_oldest        = free || empties || loads[DATA_OLDEST];
wire writes_data_commit        = commit || empties || loads[DATA_COMMIT];
wire writes_information_used = takes_place || free || empties || loads[INFORMATION_USED];
wire writes_data_used        = takes_place || free || empties || loads[DATA_USED];
wire writes_information_committed = commit || free || empties || loads[INFORMATION_COMMITTED];
wire writes_data_committed   = commit || free || empties || loads[DATA_COMMITTED];
wire writes_sent             = send || free || empties || load_sent;

assign writes = {
    writes_information_used, writes_data_used, writes_information_committed, writes_data_committed, writes_sent,
    writes_retry_initiation, writes_read_initiation, writes_data_commit, writes_data_oldest, writes_data_newest,
    writes_information_commit, writes_information_oldest, writes_information_newest};

// the most in use: looked at in the cycle behind the operation
wire [ROW_WIDTH-1:0] high_next, high_row;
wire                 high_sweeps;
reg                  took_reg;
reg  [P-1:0]         information_used_reg, data_used_reg;
always @(posedge clk)
    {took_reg, information_used_reg, data_used_reg} <= {takes_place, information_used_to, data_used_to};
row_turn #(.ROWS(GROUPS)) high_turn (
    .clk(clk), .rst(rst), .next_row({{16-ROW_WIDTH{1'b0}}, row}), .next(high_next), .row(high_row), .sweeps(high_sweeps)
);
row_field #(.ROWS(GROUPS), .WIDTH(P)) information_highs (
    .clk(clk), .next(high_next), .row(high_row), .sweeps(high_sweeps), .value(information_high),
    .write(took_reg && information_used_reg > information_high), .new_value(information_used_reg)
);
row_field #(.ROWS(GROUPS), .WIDTH(P)) data_highs (
    .clk(clk), .next(high_next), .row(high_row), .sweeps(high_sweeps), .value(data_high),
    .write(took_reg && data_used_reg > data_high), .new_value(data_used_reg)
);
// those that steps decide on
wire [LOOKED_UP*P-1:0] looked_up, new_looked_up;
wire [LOOKED_UP-1:0]   writes_looked_up;
assign {information_head, data_head, information_oldest, data_oldest, information_used, data_used,
        information_committed, data_committed, information_sent} = looked_up;
assign new_looked_up = {information_to, data_to, new_information_oldest, new_data_oldest, information_used_to,
                        data_used_to, information_committed_to, data_committed_to, sent_after};
assign writes_looked_up = {
    empties || loads[INFORMATION_HEAD], empties || loads[DATA_HEAD], writes_information_oldest, writes_data_oldest,
    writes_information_used, writes_data_used, writes_information_committed, writes_data_committed, writes_sent};
// registers in their order
wire [14*P-1:0] shown = {
    latest_data_committed, latest_information_committed, latest_data_used, latest_information_used, data_commit,
    information_commit, retry_initiation, read_initiation, latest_data_oldest, data_newest, latest_information_oldest,
    information_newest, data_head, information_head};
wire [8*P-1:0] after;
wire [P-1:0]   read_value;
ring_rows #(.GROUPS(GROUPS), .WIDTH(P), .FIELDS(FIELDS), .LOOKED_UP(LOOKED_UP)) rows (
    .clk(clk), .rst(rst), .next_group(next_group), .group(group), .row(row), .sweeps(sweeps), .values(values),
    .writes(writes), .new_values(new_values), .looked_up(looked_up), .writes_looked_up(writes_looked_up),
    .new_looked_up(new_looked_up), .shows(shows), .after(after), .read(read), .field(field), .shown(shown),
    .read_value(read_value)
);

function [W-1:0] in_bytes(input [P-1:0] position);
    begin
        in_bytes = 0;
        in_bytes[W-1:Z] = position;
    end
endfunction

// what others see
localparam OTHERS = 23;
wire [OTHERS*P-1:0] seen = {
    after, information_head, information_area, information_newest, information_oldest, information_used,
    information_committed, information_sent, information_high, data_head, data_area, data_newest, data_oldest,
    data_used, data_committed, data_high};
wire [OTHERS*W-1:0] seen_bytes;
assign {pointers_after, update_information_head, update_information_area, update_information_newest,
        update_information_oldest, update_information_used, update_information_committed, update_information_sent,
        update_information_high_water, write_data_head, write_data_area, write_data_newest, write_data_oldest,
        write_data_used, write_data_committed, write_data_high_water} = seen_bytes;

generate
    genvar n;
    for (n = 0; n < OTHERS; n = n + 1) begin : other
        assign seen_bytes[n*W +: W] = in_bytes(seen[n*P +: P]);
    end
endgenerate
assign read_data = {{64-W{1'b0}}, in_bytes(read_value)};
`ifdef FORMAL
`include "journal_ring_properties.vh"
`endif

endmodule

`resetall
