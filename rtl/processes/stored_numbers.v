// The numbers of journals that were stored and are not committed.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "parameters.vh"
`include "properties.vh"

/*
 * Of each group: how many numbers from commit on have a place without a gap, and how many have one; of each number,
 * whether it has a place and is on its device (number_states). Behind a journal that fills a gap, if any number there
 * has a place, the numbers are looked at one by one, in two cycles each, until one has none: the group is `settled`
 * then.
 */
module stored_numbers #(
    parameter GROUPS = 4,
    parameter WINDOW = 256,
    parameter INDEX_WIDTH = $clog2(WINDOW),
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1
) (
    input  wire                   clk,
    input  wire                   rst,

    // the step that changes its group: a journal gets its place, the lowest that has none; one is on the device; one is
    // committed; the group begins anew
    input  wire [GROUP_WIDTH-1:0] group,
    input  wire                   store,
    input  wire [INDEX_WIDTH-1:0] store_index,
    input  wire                   store_next,
    input  wire                   durable,
    input  wire [INDEX_WIDTH-1:0] durable_index,
    input  wire                   commit,
    input  wire [INDEX_WIDTH-1:0] commit_index,
    input  wire                   clear,
    // of the group of the step that decides
    input  wire [GROUP_WIDTH-1:0] decided_group,
    output wire [INDEX_WIDTH:0]   contiguous,
    output wire                   none_placed,
    // what is kept of its numbers before it began is cleared
    output wire                   cleared,

    // the journal that is stored next holds from before its step on: it has a place, but for what the step before does
    input  wire [GROUP_WIDTH-1:0] next_group,
    input  wire [INDEX_WIDTH-1:0] next_index,
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
localparam ROWS = 1 << GROUP_WIDTH;

// one row a group: how many numbers from commit on have a place without a gap, and how many have a place; the index
// behind the former; whether there is any since the reset or the group's beginning
(* ram_style = "distributed" *)
reg [2*COUNT_WIDTH-1:0] rows  [0:ROWS-1];
(* ram_style = "distributed" *)
reg [INDEX_WIDTH-1:0]   nexts [0:ROWS-1];
reg [ROWS-1:0]          used_reg;
// groups whose next numbers are looked at
reg [GROUPS-1:0]        scans_reg;
wire [GROUPS-1:0]       clearing;
wire [COUNT_WIDTH-1:0]  step_contiguous, step_placed, scan_contiguous, scan_placed;
wire [INDEX_WIDTH-1:0]  step_next, scan_next;

wire [COUNT_WIDTH-1:0]  decided_placed;

assign {step_contiguous, step_placed} = used_reg[group] ? rows[group] : {2*COUNT_WIDTH{1'b0}};
assign {contiguous, decided_placed}   = used_reg[decided_group] ? rows[decided_group] : {2*COUNT_WIDTH{1'b0}};
assign step_next   = used_reg[group] ? nexts[group] : {INDEX_WIDTH{1'b0}};
assign none_placed = decided_placed == 0;
assign cleared     = !clearing[decided_group];

wire                   writes = store || durable || commit;
wire [INDEX_WIDTH-1:0] write_index = commit ? commit_index : store ? store_index : durable_index;
wire [INDEX_WIDTH-1:0] following = commit_index + 1'b1;
wire                   stored_placed, next_placed, next_durable;

// what was written in the cycle before, which the reader of the journal to be stored has not seen
reg                    written_reg, written_placed_reg;
reg [ROW_WIDTH-1:0]    written_row_reg;
wire [ROW_WIDTH-1:0]   store_row = {next_group, next_index};
wire                   was_placed = (written_reg && written_row_reg == store_row) ? written_placed_reg : stored_placed;
reg                    has_place_reg;
assign has_place = has_place_reg;

// the group whose scan goes on, the lowest first
reg                           scanned_reg, follows_reg;
reg  [GROUP_WIDTH-1:0]        read_group_reg, scan_turn;
wire [GROUP_WIDTH-1:0]        scan_row = scanned_reg ? read_group_reg : scan_turn;
assign {scan_contiguous, scan_placed} = rows[scan_row];
assign scan_next                      = nexts[scan_row];
// what was looked at counts unless a step writes a row; all of the window may have a place
wire                          found = scanned_reg && !store && !commit && !clear;
wire                          grows = next_placed && !scan_contiguous[INDEX_WIDTH];
integer i;

always @* begin
    scan_turn = 0;
    for (i = GROUPS - 1; i >= 0; i = i - 1)
        if (scans_reg[i])
            scan_turn = i[GROUP_WIDTH-1:0];
end

// behind a number that is filled now others have a place
wire   looks           = store_next && step_placed != step_contiguous;
assign settled         = !scans_reg[next_group] && !clearing[next_group]
                         && !(store && looks && group == next_group);
assign follows         = follows_reg;
assign follows_group   = read_group_reg;
assign follows_durable = next_durable;

number_states #(.GROUPS(GROUPS), .WINDOW(WINDOW)) number_states_inst (
    .clk(clk), .rst(rst), .write(writes), .write_row({group, write_index}), .write_placed(!commit),
    .write_durable(durable),
    .clear(clear), .clear_group(group), .clearing(clearing), .stored_row(store_row), .stored_placed(stored_placed),
    .next_row(commit ? {group, following} : {scan_turn, scan_next}), .next_placed(next_placed),
    .next_durable(next_durable), .lookup_row({lookup_group, lookup_index}), .lookup_placed(lookup_placed)
);

// the row as it is written
wire                   fills = store && store_next;
wire                   steps = store || commit;
wire [COUNT_WIDTH-1:0] old_contiguous = steps ? step_contiguous : scan_contiguous;
wire [COUNT_WIDTH-1:0] old_placed     = steps ? step_placed : scan_placed;
wire [INDEX_WIDTH-1:0] old_next       = steps ? step_next : scan_next;
wire [INDEX_WIDTH-1:0] filled         = fills ? store_index : old_next;
wire                   more           = fills || !steps;

always @(posedge clk) begin
    written_reg        <= writes && !rst;
    written_row_reg    <= {group, write_index};
    written_placed_reg <= !commit;
    has_place_reg      <= (writes && {group, write_index} == store_row) ? !commit : was_placed;

    follows_reg    <= commit && !rst;
    scanned_reg    <= scans_reg != 0 && !scanned_reg && !commit && !clear && !rst;
    read_group_reg <= commit ? group : scan_turn;

    if (steps || (found && grows)) begin
        rows[steps ? group : read_group_reg] <= {
            more ? old_contiguous + 1'b1 : commit ? old_contiguous - 1'b1 : old_contiguous,
            store ? old_placed + 1'b1 : commit ? old_placed - 1'b1 : old_placed};
        nexts[steps ? group : read_group_reg] <= more ? filled + 1'b1 : old_next;
    end
    if (store)
        used_reg[group] <= 1'b1;
    if (found)
        scans_reg[read_group_reg] <= grows;
    if (fills)
        scans_reg[group] <= looks;
    if (clear) begin
        follows_reg      <= 1'b0;
        used_reg[group]  <= 1'b0;
        scans_reg[group] <= 1'b0;
    end
    if (rst) begin
        used_reg  <= 0;
        scans_reg <= 0;
    end
end

`ifdef ML_PROPERTIES
/*
 * Properties (docs/proofs.md): what has a place, and is on its device, as steps say it
 */
reg [(1<<ROW_WIDTH)-1:0] placed, on_device;
// what was looked up, and when it is known
reg [ROW_WIDTH-1:0] store_row_reg, store_row_before_reg;
reg lookup_known_reg, lookup_placed_reg, follows_durable_reg;
reg [GROUPS-1:0] clearing_reg, clearing_before_reg;
// the step stored the lowest number without a place, of this group
reg                   filled_reg;
reg [GROUP_WIDTH-1:0] filled_group_reg;
integer g;

always @(posedge clk) begin
    clearing_reg         <= clearing;
    clearing_before_reg  <= clearing_reg;
    filled_reg           <= fills && !clear && !rst;
    filled_group_reg     <= group;
    store_row_reg        <= store_row;
    store_row_before_reg <= store_row_reg;
    lookup_known_reg     <= !clearing[lookup_group];
    lookup_placed_reg    <= placed[{lookup_group, lookup_index}];
    follows_durable_reg  <= on_device[{group, following}];
    if (writes) begin
        placed[{group, write_index}]    <= !commit;
        on_device[{group, write_index}] <= durable;
    end
    for (g = 0; g < GROUPS; g = g + 1)
        if (rst || (clear && group == g)) begin
            placed[g*WINDOW +: WINDOW]    <= 0;
            on_device[g*WINDOW +: WINDOW] <= 0;
        end
end

always @(`ML_CYCLE) if (!rst) begin
    // 1: of the journal that is stored next it is known whether it has a place, two cycles behind its last change
    `ML_HOLDS(NUMBERS_1, !settled || clearing_reg[next_group] || clearing_before_reg[next_group]
                         || store_row != store_row_reg || store_row != store_row_before_reg
                         || has_place == placed[store_row]);
    // 2: and of one that is looked up
    `ML_HOLDS(NUMBERS_2, !lookup_known_reg || lookup_placed == lookup_placed_reg);
    // 3: of the journal behind one that is committed, whether it is on its device
    `ML_HOLDS(NUMBERS_3, !follows || clearing_reg[follows_group] || follows_durable == follows_durable_reg);
    // 4: behind those without a gap, if there are any, none has a place
    for (g = 0; g < GROUPS; g = g + 1)
        `ML_HOLDS(NUMBERS_4, !used_reg[g] || scans_reg[g] || clearing[g] || rows[g][COUNT_WIDTH +: COUNT_WIDTH] == 0
                             || rows[g][COUNT_WIDTH + INDEX_WIDTH] || !placed[g*WINDOW + nexts[g]]);
    // 5: which is looked for where one behind a gap has
    `ML_HOLDS(NUMBERS_5, !filled_reg || scans_reg[filled_group_reg]
                         == (rows[filled_group_reg][COUNT_WIDTH +: COUNT_WIDTH]
                             != rows[filled_group_reg][0 +: COUNT_WIDTH]));
end
`endif

endmodule

`resetall
