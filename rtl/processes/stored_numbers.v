// The numbers of journals that were stored and are not committed.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"

/*
 * Of each group: how many numbers from commit on have a place without a gap, and how many have one; of each number,
 * whether it has a place and is on its device (number_states). Behind a journal that fills a gap the numbers are looked
 * at one by one, in two cycles each, until one has no place: the group is `settled` then.
 */
module stored_numbers #(
    parameter GROUPS = 4,
    parameter WINDOW = 256,
    parameter INDEX_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // the step: a journal gets its place, the lowest that has none; one is on the device; one is committed; the group
    // begins anew
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire                   store,
    input  wire [INDEX_WIDTH-1:0] store_index,
    input  wire                   store_next,
    input  wire                   durable,
    input  wire [INDEX_WIDTH-1:0] durable_index,
    input  wire                   commit,
    input  wire [INDEX_WIDTH-1:0] commit_index,
    input  wire                   clear,
    // of the step's group
    output wire [INDEX_WIDTH:0]   contiguous,
    output wire                   none_placed,
    // what is kept of its numbers before it began is cleared
    output wire                   cleared,

    // the journal that is stored next, `store_index`, holds from before its step on: it has a place
    input  wire [GROUP_WIDTH-1:0] store_group,
    output wire                   settled,
    output wire                   has_place,

    // one cycle behind a commit: the journal behind it is on its device
    output wire                   follows,
    output wire [GROUP_WIDTH-1:0] follows_group,
    output wire                   follows_durable,

    // has a number of a group a place? One cycle later
    input  wire [GROUP_WIDTH-1:0] lookup_group,
    input  wire [INDEX_WIDTH-1:0] lookup_index,
    output wire                   lookup_placed
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_WINDOW

localparam ROW_WIDTH = GROUP_WIDTH + INDEX_WIDTH;
localparam COUNT_WIDTH = INDEX_WIDTH + 1;

wire [GROUPS-1:0]      clearing, none, scans_on;
wire [COUNT_WIDTH*GROUPS-1:0] counts;
wire [INDEX_WIDTH*GROUPS-1:0] next_indices;
assign contiguous  = counts[group*COUNT_WIDTH +: COUNT_WIDTH];
assign none_placed = none[group];
assign cleared     = !clearing[group];

wire                   writes = store || durable || commit;
wire [INDEX_WIDTH-1:0] write_index = commit ? commit_index : store ? store_index : durable_index;
wire [INDEX_WIDTH-1:0] following = commit_index + 1'b1;
wire                   stored_placed, next_placed, next_durable;

// what was written in the cycle before, which the reader of the journal to be stored has not seen
reg                    written_reg, written_placed_reg;
reg [ROW_WIDTH-1:0]    written_row_reg;
wire [ROW_WIDTH-1:0]   store_row = {store_group, store_index};
assign has_place = (written_reg && written_row_reg == store_row) ? written_placed_reg : stored_placed;

// groups that go on with their scan, the lowest first, and the index scanned
reg                           scanned_reg, follows_reg;
reg  [GROUP_WIDTH-1:0]        read_group_reg, scan_turn;
wire [INDEX_WIDTH-1:0]        turn_index   = next_indices[scan_turn*INDEX_WIDTH +: INDEX_WIDTH];
wire [COUNT_WIDTH-1:0]        read_count   = counts[read_group_reg*COUNT_WIDTH +: COUNT_WIDTH];
// all of the window may have a place
wire                          grows        = scanned_reg && next_placed && !read_count[INDEX_WIDTH];
integer i;

always @* begin
    scan_turn = 0;
    for (i = GROUPS - 1; i >= 0; i = i - 1)
        if (scans_on[i])
            scan_turn = i[GROUP_WIDTH-1:0];
end

assign settled         = !scans_on[store_group] && !clearing[store_group];
assign follows         = follows_reg;
assign follows_group   = read_group_reg;
assign follows_durable = next_durable;

number_states #(.GROUPS(GROUPS), .WINDOW(WINDOW)) states (
    .clk(clk), .rst(rst), .write(writes), .write_row({group, write_index}), .write_placed(!commit),
    .write_durable(durable),
    .clear(clear), .clear_group(group), .clearing(clearing), .stored_row(store_row), .stored_placed(stored_placed),
    .next_row(commit ? {group, following} : {scan_turn, turn_index}), .next_placed(next_placed),
    .next_durable(next_durable), .lookup_row({lookup_group, lookup_index}), .lookup_placed(lookup_placed)
);

always @(posedge clk) begin
    written_reg        <= writes && !rst;
    written_row_reg    <= {group, write_index};
    written_placed_reg <= !commit;

    follows_reg    <= commit && !rst;
    scanned_reg     <= scans_on != 0 && !scanned_reg && !commit && !clear && !rst;
    read_group_reg <= commit ? group : scan_turn;

    if (clear)
        follows_reg <= 1'b0;
end

generate
    genvar n;
    for (n = 0; n < GROUPS; n = n + 1) begin : of
        reg [COUNT_WIDTH-1:0] contiguous_reg, placed_reg;
        reg [INDEX_WIDTH-1:0] next_index_reg;
        reg                   scans_on_reg;
        wire own     = group == n;
        wire fills   = own && store && store_next;
        wire found   = scanned_reg && read_group_reg == n;
        wire stores  = own && store;
        wire commits = own && commit;

        assign none[n]     = placed_reg == 0;
        assign scans_on[n] = scans_on_reg;
        assign counts[n*COUNT_WIDTH +: COUNT_WIDTH]       = contiguous_reg;
        assign next_indices[n*INDEX_WIDTH +: INDEX_WIDTH] = next_index_reg;

        always @(posedge clk) begin
            if (fills || (found && grows)) begin
                next_index_reg <= (fills ? store_index : next_index_reg) + 1'b1;
                if (!commits)
                    contiguous_reg <= contiguous_reg + 1'b1;
            end else if (commits)
                contiguous_reg <= contiguous_reg - 1'b1;
            if (stores)
                placed_reg <= placed_reg + 1'b1;
            if (commits)
                placed_reg <= placed_reg - 1'b1;
            if (fills)
                scans_on_reg <= 1'b1;
            else if (found)
                scans_on_reg <= grows;
            if (rst || (own && clear)) begin
                scans_on_reg   <= 1'b0;
                contiguous_reg <= 0;
                placed_reg     <= 0;
            end
        end
    end
endgenerate

endmodule

`resetall
