// Journal store process (FIG 18): received journals take their place in the secondary system's journal volume.
`resetall
`timescale 1ns / 1ps
`default_nettype none

`include "mirrorlog.vh"
`include "commit_request.vh"
`include "update_information.vh"
`include "parameters.vh"

/*
 * Journals come in any order. A journal's place follows from its number and data offset; of the WINDOW numbers from the next one
 * to be committed on, the tables here know which have a place and which are on the device. Commit passes a journal in the step in
 * which it becomes durable if it is the next one, and those that were durable before their turn one step each.
 *
 * Combinational, on the tables as they are in the step; at most one of `store`, `durable`, `commit_next` and `clear` is high.
 * What the flow chart leaves open: a journal whose data offset lies before the oldest's has no room; a durable journal is committed
 * in its turn whatever has become of its group since; of journals without room only the next one of its group may be held.
 */
module journal_store #(
    parameter GROUPS = 4,
    // Numbers from commit on that can have a place, a power of two
    parameter WINDOW = 256,
    parameter POSITION_WIDTH = 48
) (
    input  wire                      clk,
    input  wire                      rst,

    /*
     * The step: a received journal, a device's answer for one, commit's next one, or a new generation or register write of a group
     */
    input  wire                      store,
    input  wire                      durable,
    input  wire                      commit_next,
    input  wire                      clear,
    input  wire [15:0]               group,

    // store: the journal as received; its packet's journals are wanted (journal_read_command)
    input  wire [`UPDATE_INFORMATION_BITS-1:0] store_information,
    input  wire                      wanted,
    // its original volume has a pair in the group, with this secondary volume
    input  wire                      pair_valid,
    input  wire [15:0]               volume,
    input  wire [POSITION_WIDTH-1:0] volume_capacity,
    // store, durable: slot of the received journal
    input  wire [4:0]                slot,
    // durable: the journal, and whether the device failed; commit_next: bytes of it that are a host write's
    input  wire [63:0]               number,
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
    input  wire [POSITION_WIDTH-1:0] information_head,
    input  wire [POSITION_WIDTH-1:0] data_head,
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
    // numbers of the group that have a place, by number modulo WINDOW; the lowest from commit on that has none
    output wire [WINDOW-1:0]         placed,
    output wire [63:0]               next_expected,

    /*
     * Asks for the step of the next durable journal
     */
    output wire                      request_valid,
    input  wire                      request_taken,
    output reg  [`CR_WIDTH-1:0]      request
);

`ML_REQUIRE_GROUPS
`ML_REQUIRE_WINDOW
`ML_REQUIRE_POSITION_WIDTH

localparam W = POSITION_WIDTH;
localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
// rows of the tables by {group, number}
localparam ROWS = WINDOW << GROUP_WIDTH;
localparam INDEX_WIDTH = $clog2(WINDOW);
localparam [63:0] NUMBERS = {32'd0, WINDOW[31:0]};
localparam [W-1:0] ENTRY = `UPDATE_INFORMATION_BYTES;

reg [WINDOW-1:0] placed_reg  [0:GROUPS-1];
reg [WINDOW-1:0] durable_reg [0:GROUPS-1];
// of a journal that has a place: {host write, size, position, volume}, both in blocks
localparam POSITION_BLOCKS = W - 9;
localparam SIZE_BLOCKS = 8;
localparam ROW_WIDTH = 1 + SIZE_BLOCKS + POSITION_BLOCKS + 16;
reg [ROW_WIDTH-1:0] rows [0:ROWS-1];
// of received journals on their way to the device: it is a host write's
reg        host_writes [0:31];

wire [GROUP_WIDTH-1:0] g = group[GROUP_WIDTH-1:0];
assign placed = placed_reg[g];
wire [WINDOW-1:0] on_device = durable_reg[g];
integer i, n;
wire journal_volume_normal = journal_volume_valid && journal_volume_state == `ML_VOLUME_NORMAL;

/*
 * Store
 */
wire [63:0] store_number = store_information[`UI_UPDATE_NUMBER];
wire [63:0] store_offset = store_information[`UI_DATA_OFFSET];
wire [31:0] store_size   = store_information[`UI_SIZE];
wire [64:0] volume_end   = {1'b0, store_information[`UI_POSITION]} + {33'd0, store_size};
wire        in_volume    = volume_end <= {{65-W{1'b0}}, volume_capacity} && store_information[`UI_POSITION_IN_BLOCK] == 9'd0;
wire [INDEX_WIDTH-1:0] store_index  = store_number[INDEX_WIDTH-1:0];
wire [INDEX_WIDTH-1:0] commit_index = update_number[INDEX_WIDTH-1:0];

// numbers from commit to the journal, bytes of write data from the oldest journal to it
wire [63:0] numbers_ahead = store_number - update_number;
wire [63:0] bytes_ahead   = store_offset - data_offset + {{64-W{1'b0}}, data_committed};
wire in_window = store_number >= update_number && numbers_ahead < NUMBERS;
wire known     = store_number < update_number || (in_window && placed[store_index]);

wire [W-1:0] information_area  = data_head - information_head;
wire [W-1:0] data_area         = journal_volume_capacity - data_head;
wire [W-1:0] information_begin = information_committed + {{W-INDEX_WIDTH-6{1'b0}}, numbers_ahead[INDEX_WIDTH-1:0], 6'd0};
wire [W-1:0] information_end   = information_begin + ENTRY;
wire [W-1:0] data_begin        = bytes_ahead[W-1:0];
wire [W-1:0] data_end          = data_begin + {{W-32{1'b0}}, store_size};
wire entry_free = in_window && information_end <= information_area;                     // 1810
wire data_free  = bytes_ahead < {{64-W{1'b0}}, data_area} && data_end < data_area;      // 1830

wire [2*WINDOW-1:0] turned = {placed, placed} >> commit_index;
reg  [INDEX_WIDTH:0] contiguous;

always @* begin
    contiguous = WINDOW[INDEX_WIDTH:0];
    for (n = WINDOW - 1; n >= 0; n = n - 1)
        if (!turned[n])
            contiguous = n[INDEX_WIDTH:0];
end

assign next_expected = update_number + {{63-INDEX_WIDTH{1'b0}}, contiguous};

// larger than the area, or not where it must be: right behind what is committed if it is the next, else not before that
wire elsewhere = store_number == update_number ? store_offset != data_offset : store_offset < data_offset;
wire never = {{W-32{1'b0}}, store_size} >= data_area || elsewhere;

wire tries    = store && wanted;
assign never_fits = tries && (outcome == `ML_STORE_NO_PAIR || outcome == `ML_STORE_NEVER_FITS);
assign stored = tries && outcome == `ML_STORE_STORED;
assign holds  = tries && outcome == `ML_STORE_NO_ROOM && no_room_holds && store_number == next_expected;

// 1840
wire [W-1:0] place_unwrapped      = information_oldest + information_begin;
wire [W-1:0] data_place_unwrapped = data_oldest + data_begin;
assign store_place      = (place_unwrapped >= data_head) ? place_unwrapped - information_area : place_unwrapped;
assign store_data_place = (data_place_unwrapped >= journal_volume_capacity) ? data_place_unwrapped - data_area : data_place_unwrapped;
assign place_information_used = (information_end > information_used) ? information_end : information_used;
assign place_data_used        = (data_end > data_used) ? data_end : data_used;

/*
 * Commit
 */
wire became_durable = durable && !failed && journal_volume_normal;
assign commits        = (became_durable && number == update_number) || (commit_next && on_device[commit_index]);
assign host_bytes_add = commit_next ? host_bytes : host_writes[slot] ? size : 32'd0;

always @* begin
    outcome = `ML_STORE_COMMITTED;                                                      // 1860
    if (store) begin
        outcome = `ML_STORE_STORED;                                                     // 1850
        if (!pair_valid || !in_volume)
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

// what commit leaves behind can have a place again
wire [WINDOW-1:0] committed_mask = commits ? {{WINDOW-1{1'b0}}, 1'b1} << commit_index : {WINDOW{1'b0}};
wire [WINDOW-1:0] stored_mask    = stored ? {{WINDOW-1{1'b0}}, 1'b1} << store_index : {WINDOW{1'b0}};
wire [WINDOW-1:0] durable_mask   = became_durable ? {{WINDOW-1{1'b0}}, 1'b1} << number[INDEX_WIDTH-1:0] : {WINDOW{1'b0}};
wire [INDEX_WIDTH-1:0] following = commit_index + 1'b1;

// groups whose next journal is on the device; asked for in turn
reg [GROUPS-1:0]      pending_reg;
// the row of the journal is being read, and was
reg                   looks_reg;
reg                   asking_reg;
reg                   asked_reg;
reg [GROUP_WIDTH-1:0] turn_reg;
// what commit waits for in a group that is pending
reg [63:0]            next_number [0:GROUPS-1];
wire [63:0] turn_number = next_number[turn_reg];
wire [GROUP_WIDTH+INDEX_WIDTH-1:0] next_row = {turn_reg, turn_number[INDEX_WIDTH-1:0]};
reg  [ROW_WIDTH-1:0]       row_reg;
wire                       next_host_write;
wire [SIZE_BLOCKS-1:0]     next_size;
wire [POSITION_BLOCKS-1:0] next_position;
wire [15:0]                next_volume;
assign {next_host_write, next_size, next_position, next_volume} = row_reg;
wire [31:0] next_bytes = {{23-SIZE_BLOCKS{1'b0}}, next_size, 9'd0};
wire store_host_write = store_information[`UI_KIND] == `UI_KIND_HOST_WRITE;
localparam LAST = GROUPS - 1;
localparam [GROUP_WIDTH-1:0] LAST_GROUP = LAST[GROUP_WIDTH-1:0];

assign request_valid = asking_reg;

always @* begin
    request = 0;
    request[`CR_KIND]      = `ML_REQUEST_COMMIT_NEXT;
    request[`CR_GROUP]     = {{16-GROUP_WIDTH{1'b0}}, turn_reg};
    request[`CR_VOLUME]    = next_volume;
    request[`CR_POSITION]  = {{64-W{1'b0}}, next_position, 9'd0};
    request[`CR_SIZE]      = next_bytes;
    request[`CR_RECEIVED]  = next_host_write ? next_bytes : 32'd0;
    request[`CR_REFERENCE] = turn_number;
end

always @(posedge clk) begin
    if (stored || became_durable || commits) begin
        placed_reg[g]  <= (placed | stored_mask) & ~committed_mask;
        durable_reg[g] <= (on_device | durable_mask) & ~committed_mask;
    end
    row_reg <= rows[next_row];
    if (stored) begin
        rows[{g, store_index}] <= {store_host_write, store_size[9 +: SIZE_BLOCKS], store_information[128+9 +: POSITION_BLOCKS], volume};
        host_writes[slot]      <= store_host_write;
    end
    if (commits) begin
        pending_reg[g] <= on_device[following];
        next_number[g] <= update_number + 64'd1;
    end

    looks_reg <= pending_reg[turn_reg] && !asking_reg && !asked_reg && !commit_next && !clear && !rst;
    if (!asking_reg && !asked_reg) begin
        if (pending_reg[turn_reg])
            asking_reg <= looks_reg;
        else if (pending_reg != 0)
            turn_reg <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end
    if (request_taken) begin
        asking_reg <= 1'b0;
        asked_reg  <= 1'b1;
    end
    if (commit_next) begin
        asked_reg <= 1'b0;
        turn_reg  <= (turn_reg == LAST_GROUP) ? {GROUP_WIDTH{1'b0}} : turn_reg + 1'b1;
    end

    if (clear) begin
        placed_reg[g]  <= 0;
        durable_reg[g] <= 0;
        pending_reg[g] <= 1'b0;
        if (turn_reg == g)
            asking_reg <= 1'b0;
    end
    if (rst) begin
        pending_reg <= 0;
        asking_reg  <= 1'b0;
        asked_reg   <= 1'b0;
        turn_reg    <= 0;
        for (i = 0; i < GROUPS; i = i + 1) begin
            placed_reg[i]  <= 0;
            durable_reg[i] <= 0;
        end
    end
end

endmodule

`resetall
