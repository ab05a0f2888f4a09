// Journal store process (FIG 18): received journals take their place in the secondary system's journal volume.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Journals come in any order. A journal's place follows from its number and data offset; of the WINDOW numbers from the
 * next one to be committed on, stored_numbers knows which have a place and which are on the device. Commit passes a
 * journal in the step in which it becomes durable if it is the next one, and those that were durable before their turn
 * one step each (durable_journals asks for these).
 *
 * Exits are combinational, on the tables as they are in the step; those of `store` as they were in the cycle before,
 * in which sums of them were made. What is kept of the numbers changes in the cycle behind. At most one of `store`,
 * `durable`, `commit_next` and `clear` is high. The journal to be stored is known before its step, which is asked for
 * when the group is `settled`: the lowest number that has no place was searched for, one number in two cycles, behind
 * the last one that was stored.
 *
 * What the flow chart leaves open: a journal whose data offset lies before the oldest's has no room; a durable journal
 * is committed in its turn whatever has become of its group since; of journals without room only the next one of its
 * group may wait.
 */
module journal_store #(
    parameter GROUPS = 4,
    // Numbers from commit on that can have a place, a power of two
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48,
    parameter GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1,
    parameter INDEX_WIDTH = $clog2(WINDOW)
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step: a received journal, a device's answer for one, commit's next one, or a new generation or register
     * write of a group
     */
    input  wire                      store,
    input  wire                      durable,
    input  wire                      commit_next,
    input  wire                      clear,
    input  wire [15:0]               group,

    // the received journal that is stored next: its group, and whether its step may be asked for
    input  wire [15:0]               store_group,
    output wire                      settled,
    // store: the journal as received; its packet's journals are wanted (journal_read_command), unless (`lost_before`)
    // one before it, of which there is none yet, is lost for good
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    input  wire                      wanted,
    input  wire                      lost_before,
    // its original volume has a pair in the group, with this secondary volume
    input  wire                      pair_valid,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,
    // store, durable: slot of the received journal
    input  wire [4:0]                slot,
    // durable: the journal's number modulo WINDOW, and whether the device failed; commit_next: bytes of it that are a
    // host write's
    input  wire [INDEX_WIDTH-1:0]    number,
    input  wire                      failed,
    input  wire [31:0]               host_bytes,
    // durable, commit_next: its size
    input  wire [31:0]               size,

    /*
     * Tables of the group
     */
    input  wire                      journal_volume_valid,
    input  wire [2:0]                journal_volume_state,
    input  wire [POSITION_WIDTH-1:0] journal_volume_capacity,
    input  wire [63:0]               update_number,
    input  wire [63:0]               data_offset,
    input  wire [POSITION_WIDTH-1:0] information_area,
    input  wire [POSITION_WIDTH-1:0] data_head,
    input  wire [POSITION_WIDTH-1:0] data_area,
    input  wire [POSITION_WIDTH-1:0] information_used,
    input  wire [POSITION_WIDTH-1:0] information_committed,
    input  wire [POSITION_WIDTH-1:0] data_used,
    input  wire [POSITION_WIDTH-1:0] data_committed,
    input  wire [POSITION_WIDTH-1:0] information_oldest,
    input  wire [POSITION_WIDTH-1:0] data_oldest,
    input  wire                      no_room_holds,

    /*
     * How the step ends
     */
    output reg  [15:0]               outcome,
    // a record retires
    output wire                      retires,
    // 1850: the journal has its place
    output wire                      stored,
    // it can never have a place: the group fails
    output wire                      never_fits,
    // 1820, and it is to be tried again when something was freed
    output wire                      holds,
    // commit passes the journal; its bytes if it is a host write
    output wire                      commits,
    output wire [31:0]               host_bytes_add,
    // 1840: place of its update information and write data, and the bytes in use with it
    output wire [POSITION_WIDTH-1:0] store_place,
    output wire [POSITION_WIDTH-1:0] store_data_place,
    output wire [POSITION_WIDTH-1:0] place_information_used,
    output wire [POSITION_WIDTH-1:0] place_data_used,
    // of the group: no number has a place; how many from commit on have one without a gap
    output wire                      none_placed,
    // its numbers may be looked up
    output wire                      cleared,
    output wire [INDEX_WIDTH:0]      contiguous,
    // has a number of a group a place? One cycle later
    input  wire [GROUP_WIDTH-1:0]    lookup_group,
    input  wire [INDEX_WIDTH-1:0]    lookup_index,
    output wire                      lookup_placed,

    /*
     * Asks for the step of the next durable journal
     */
    output wire                      request_valid,
    input  wire                      request_taken,
    output wire [`CR_WIDTH-1:0]      request
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
// both areas are counted in entries of 64 bytes: they begin and end there
localparam E = W - 6;

// of received journals on their way to the device: it is a host write's
reg        host_writes [0:31];

wire [GROUP_WIDTH-1:0] group_index = group[GROUP_WIDTH-1:0];
// of stored_numbers and durable_journals, below: the journal's number has a place; what commit leaves behind it
wire has_place, follows, follows_durable;
// the group's next journal was on its device before its turn
wire pending;
wire [GROUP_WIDTH-1:0] follows_group;
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;

/*
 * Store
 */
wire [63:0] store_number = store_information[`UI_UPDATE_NUMBER];
wire [63:0] store_offset = store_information[`UI_DATA_OFFSET];
wire [31:0] store_size   = store_information[`UI_SIZE];
wire [63:0] store_position = store_information[`UI_POSITION];
// a discard has a size and no write data
wire        store_discard = store_information[`UI_KIND] == `UI_KIND_DISCARD;
wire [E-1:0] store_entries = store_discard ? {E{1'b0}} : {{E-26{1'b0}}, store_size[31:6]};
// in blocks
wire [W-9:0] volume_end   = {1'b0, store_position[W-1:9]} + {{W-31{1'b0}}, store_size[31:9]};
wire         in_volume    = volume_end <= {1'b0, volume_capacity[W-1:9]} && store_position[63:W] == 0
    && store_position[8:0] == 9'd0;
wire [INDEX_WIDTH-1:0] store_index  = store_number[INDEX_WIDTH-1:0];
wire        store_host_write = store_information[`UI_KIND] == `UI_KIND_HOST_WRITE;
wire [INDEX_WIDTH-1:0] commit_index = update_number[INDEX_WIDTH-1:0];

// of the cycle before. Numbers from commit to the journal, bytes of write data from the oldest journal to it
reg         below_reg, before_reg;
reg  [63:0] numbers_ahead, offset_ahead;
// entries without a place from commit on; of write data, if there are any with the journal
reg  [E-1:0] entries_left, data_left;
reg          data_over, in_volume_reg, too_large;
// where commit and the entry behind it are, and the journal's last byte if it came next
reg  [E-1:0] entry_behind, commit_place, commit_data_place;
reg  [E:0]   data_behind;

always @(posedge clk) begin
    {below_reg, numbers_ahead} <= {1'b0, store_number} - {1'b0, update_number};
    {before_reg, offset_ahead} <= {1'b0, store_offset} - {1'b0, data_offset};
    entries_left               <= information_area[W-1:6] - information_committed[W-1:6];
    {data_over, data_left}     <= {1'b0, data_area[W-1:6]} - ({1'b0, data_committed[W-1:6]} + {1'b0, store_entries});
    entry_behind               <= information_committed[W-1:6] + 1'b1;
    data_behind                <= {1'b0, data_committed[W-1:6]} + {1'b0, store_entries};
    commit_place               <= information_oldest[W-1:6] + information_committed[W-1:6];
    commit_data_place          <= data_oldest[W-1:6] + data_committed[W-1:6];
    in_volume_reg              <= in_volume;
    too_large                  <= store_entries >= data_area[W-1:6];
end

wire in_window = !below_reg && numbers_ahead[63:INDEX_WIDTH] == 0;
wire known     = below_reg || (in_window && has_place);
// it is the lowest number that has no place
wire is_next   = !below_reg && numbers_ahead[63:INDEX_WIDTH+1] == 0 && numbers_ahead[INDEX_WIDTH:0] == contiguous;

// of a journal whose data does not lie before what is committed; less than 64 bytes change none of what is compared
wire [E-1:0] ahead      = {{E-INDEX_WIDTH{1'b0}}, numbers_ahead[INDEX_WIDTH-1:0]};
wire [E-1:0] entry_end  = entry_behind + ahead;
wire [E+1:0] data_end   = {2'd0, offset_ahead[W-1:6]} + {1'b0, data_behind};
wire         entry_free = in_window && ahead < entries_left;                                                    // 1810
wire         data_free  = offset_ahead[63:W] == 0 && !data_over && offset_ahead[W-1:6] < data_left;             // 1830

// larger than the area, or not where it must be: right behind what is committed if it is the next, else not before that
wire elsewhere = before_reg || (numbers_ahead == 64'd0 && offset_ahead != 64'd0);
wire never     = too_large || elsewhere;

// one before it has no place
wire is_later = !below_reg
    && (numbers_ahead[63:INDEX_WIDTH+1] != 0 || numbers_ahead[INDEX_WIDTH:0] > contiguous);
wire tries    = store && wanted && !(lost_before && is_later);
assign never_fits = tries && (outcome == `ML_STORE_NO_PAIR || outcome == `ML_STORE_NEVER_FITS);
assign stored = tries && outcome == `ML_STORE_STORED;
assign holds  = tries && outcome == `ML_STORE_NO_ROOM && no_room_holds && is_next;

// 1840
wire [E-1:0] place      = commit_place + ahead;
wire [E-1:0] data_place = commit_data_place + offset_ahead[W-1:6];
wire         place_wraps      = place >= data_head[W-1:6];
wire         data_place_wraps = data_place >= journal_volume_capacity[W-1:6];
assign store_place            = {place_wraps ? place - information_area[W-1:6] : place, 6'd0};
assign store_data_place       = {data_place_wraps ? data_place - data_area[W-1:6] : data_place, offset_ahead[5:0]};
assign place_information_used = (entry_end > information_used[W-1:6]) ? {entry_end, 6'd0} : information_used;
assign place_data_used        = (data_end[E-1:0] >= data_used[W-1:6]) ? {data_end[E-1:0], offset_ahead[5:0]}
    : data_used;

/*
 * Commit
 */
wire became_durable = durable && !failed && journal_volume_normal;
assign commits        = (became_durable && number == commit_index) || (commit_next && pending);
assign host_bytes_add = commit_next ? host_bytes : host_writes[slot] ? size : 32'd0;

always @* begin
    outcome = `ML_STORE_COMMITTED;                                                      // 1860
    if (store) begin
        outcome = `ML_STORE_STORED;                                                     // 1850
        if (!pair_valid || !in_volume_reg)
            outcome = `ML_STORE_NO_PAIR;
        else if (known)
            outcome = `ML_STORE_KNOWN;
        else if (never)
            outcome = `ML_STORE_NEVER_FITS;
        else if (!entry_free || !data_free)
            outcome = `ML_STORE_NO_ROOM;                                                // 1820
    end
end

assign retires = tries || (commit_next && commits);

/*
 * Numbers that have a place, and are on the device: the step changes them in the cycle behind
 */
reg                   stored_reg, fills_reg, durable_reg, commits_reg, commit_next_reg, host_write_reg, discard_reg;
reg [GROUP_WIDTH-1:0] group_reg;
reg [INDEX_WIDTH-1:0] store_index_reg, number_reg;
reg [63:0]            update_number_reg;
reg [31:0]            size_reg;
reg [W-1:0]           position_reg;
reg [15:0]            volume_reg;
reg [4:0]             slot_reg;

always @(posedge clk) begin
    stored_reg        <= stored && !rst;
    durable_reg       <= became_durable && !commits && !rst;
    commits_reg       <= commits && !rst;
    commit_next_reg   <= commit_next && !rst;
    fills_reg         <= numbers_ahead[INDEX_WIDTH:0] == contiguous;
    group_reg         <= group_index;
    store_index_reg   <= store_index;
    number_reg        <= number;
    update_number_reg <= update_number;
    host_write_reg    <= store_host_write;
    discard_reg       <= store_discard;
    size_reg          <= store_size;
    position_reg      <= store_position[W-1:0];
    volume_reg        <= volume;
    slot_reg          <= slot;
    if (stored_reg)
        host_writes[slot_reg] <= host_write_reg;
end

stored_numbers #(.GROUPS(GROUPS), .WINDOW(WINDOW)) numbers (
    .clk(clk), .rst(rst), .group(group_reg), .store(stored_reg), .store_index(store_index_reg), .store_next(fills_reg),
    .durable(durable_reg), .durable_index(number_reg), .commit(commits_reg),
    .commit_index(update_number_reg[INDEX_WIDTH-1:0]), .clear(clear), .decided_group(group_index),
    .contiguous(contiguous), .none_placed(none_placed), .cleared(cleared),
    .next_group(store_group[GROUP_WIDTH-1:0]), .next_index(store_index), .settled(settled), .has_place(has_place),
    .follows(follows), .follows_group(follows_group), .follows_durable(follows_durable),
    .lookup_group(lookup_group), .lookup_index(lookup_index), .lookup_placed(lookup_placed)
);

durable_journals #(.GROUPS(GROUPS), .WINDOW(WINDOW), .POSITION_WIDTH(W)) turns (
    .clk(clk), .rst(rst), .group(group_reg), .store(stored_reg), .store_index(store_index_reg),
    .store_host_write(host_write_reg), .store_discard(discard_reg), .store_size(size_reg),
    .store_position(position_reg), .store_volume(volume_reg), .commit(commits_reg), .update_number(update_number_reg),
    .commit_next(commit_next_reg), .clear(clear), .decided_group(group_index), .pending(pending), .follows(follows),
    .follows_group(follows_group), .follows_durable(follows_durable), .request_valid(request_valid),
    .request_taken(request_taken), .request(request)
);

endmodule

`resetall
