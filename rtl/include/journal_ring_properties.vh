// Properties of journal_ring (make prove; docs/proofs.md), included in it: of one group, for which row_field keeps its
// row apart from those of others. Places and numbers of bytes are in units, as in there.

// one journal, any of them, is watched: where it was placed, how far behind oldest it lies, its write data
(* anyseq *)   wire watch;
// a unit of its write data, and one of that of the journal that is placed now
(* anyseq *)   wire [P-1:0] watched_offset, placed_offset;
(* anyconst *) wire [P-1:0] capacity;
localparam [P-1:0] MOST = 4096;
reg          ready_reg, settled_reg, live_reg;
reg  [P-1:0] was_used_reg, data_was_used_reg;
reg  [P-1:0] live_information_reg, live_data_reg, live_entries_before_reg, live_data_before_reg, live_taken_reg;

// the place `distance` behind a place of an area
function [P-1:0] behind(input [P-1:0] from, input [P-1:0] distance, input [P-1:0] head, input [P-1:0] ends);
    behind = (from + distance >= ends) ? from + distance - (ends - head) : from + distance;
endfunction

wire [P-1:0] entries_freed = free ? frees : {P{1'b0}};
wire [P-1:0] data_freed    = bytes_step;
wire [P-1:0] taken         = bytes_step;
wire [P-1:0] left_of_sent  = (information_sent < entries_freed) ? {P{1'b0}} : information_sent - entries_freed;
wire live_freed = free && frees > live_entries_before_reg;
// where the two units lie
wire [P-1:0] placed_place  = behind(data_newest, placed_offset, data_head, capacity);
wire [P-1:0] watched_place = behind(live_data_reg, watched_offset, data_head, capacity);
wire [2:0]   operations = {2'd0, create} + {2'd0, commit} + {2'd0, place} + {2'd0, empty} + {2'd0, divide}
                          + {2'd0, free || send};

always @* begin
    // ASSUMED 0: it begins with a reset; nothing happens until the sweep is over
    if ($initstate)
        assume (rst);
    // and of the areas it is known how they were divided
    assume (settled_reg || operations == 0);
    // ASSUMED 1: a journal volume of a capacity that stays; places of 12 bits; no register is written
    assume (area_end[W-1:Z] == capacity && capacity != 0 && capacity < MOST && !load && !load_sent);
    // ASSUMED 2: one operation a cycle; sending goes with freeing
    assume (operations <= 1);
    assume ((ready_reg && !empties) || (entries_step == 0 && bytes_step == 0));
    assume (!(create || commit) || entries_step == entry);
    // ASSUMED 3: a journal is created if there is room
    assume (!create || (taken < MOST && information_room && (taken == 0 || (asked == taken && data_room))));
    // ASSUMED 4: one is committed that was placed and is not committed yet
    assume (!commit || (taken < MOST && entry <= information_used - information_committed
                        && taken <= data_used - data_committed));
    // ASSUMED 5: whole journals are freed, the oldest first, and those that are committed
    assume (!free || (frees <= information_committed && data_freed <= data_committed));
    assume (!free || !live_reg || (frees <= live_entries_before_reg && data_freed <= live_data_before_reg)
            || (frees >= live_entries_before_reg + entry && data_freed >= live_data_before_reg + live_taken_reg));
    // ASSUMED 6: what is sent is committed and was not sent yet
    assume (!send || (sends < MOST && left_of_sent + sends <= information_committed - entries_freed));
    // ASSUMED 7: a journal that takes its place anywhere lies within the areas, and newest does not go back
    assume (!place || (entries_step >= information_used && entries_step <= information_area
                       && bytes_step >= data_used && bytes_step < data_area));
    // ASSUMED 8: the information area ends within the volume
    assume (!divide || information_bytes[W-1:Z] < capacity);
    assume (watched_offset < MOST && placed_offset < MOST);
    assume (!create || !live_reg || (watched_offset < live_taken_reg && placed_offset < taken));
end

always @(posedge clk) begin
    ready_reg   <= 1'b1;
    settled_reg <= ready_reg && !divide;
    {was_used_reg, data_was_used_reg} <= {information_used, data_used};
    if (create && watch && !live_reg) begin
        live_reg                <= 1'b1;
        live_information_reg    <= information_newest;
        live_data_reg           <= data_newest;
        live_entries_before_reg <= information_used;
        live_data_before_reg    <= data_used;
        live_taken_reg          <= taken;
    end
    if (free && live_reg) begin
        live_entries_before_reg <= live_entries_before_reg - frees;
        live_data_before_reg    <= live_data_before_reg - data_freed;
    end
    if (live_freed || empties)
        live_reg <= 1'b0;
    if (rst) begin
        {was_used_reg, data_was_used_reg} <= 0;
        ready_reg   <= 1'b0;
        settled_reg <= 1'b0;
        live_reg  <= 1'b0;
    end
end

always @* if (!rst) begin
    // 0: places and numbers of bytes have 12 bits
    RING_0: assert ((information_head | data_head | information_oldest | information_newest | information_commit
                     | data_oldest | data_newest | data_commit | information_used | data_used | information_committed
                     | data_committed | information_sent) < MOST);
    // 1: the areas lie one behind the other in the volume
    RING_1: assert (information_head <= data_head && data_head < capacity);
    // 2, 3: used <= area
    RING_2: assert (information_used <= information_area);
    RING_3: assert (data_used < data_area);
    // 4, 5: committed <= used
    RING_4: assert (information_committed <= information_used);
    RING_5: assert (data_committed <= data_used);
    // 6: sent <= committed
    RING_6: assert (information_sent <= information_committed);
    // 7, 8: oldest lies in its area
    RING_7: assert (information_oldest >= information_head
                    && (information_oldest < data_head || information_area == 0));
    RING_8: assert (data_oldest >= data_head && data_oldest < capacity);
    // 9, 10: newest = oldest + used
    RING_9: assert (information_area == 0
                    || information_newest == behind(information_oldest, information_used, information_head, data_head));
    RING_10: assert (data_newest == behind(data_oldest, data_used, data_head, capacity));
    // 11, 12: commit = oldest + committed
    RING_11: assert (information_area == 0 || information_commit
                     == behind(information_oldest, information_committed, information_head, data_head));
    RING_12: assert (data_commit == behind(data_oldest, data_committed, data_head, capacity));
    // 13: the most that ever was in use is not less than what was in the cycle before, and is told of more
    RING_13: assert (information_high >= was_used_reg && data_high >= data_was_used_reg
                     && (information_used <= was_used_reg || (took_reg && information_used_reg == information_used))
                     && (data_used <= data_was_used_reg || (took_reg && data_used_reg == data_used)));
    // 24: in the sweep the fields are, and become, what they hold after a reset
    RING_24: assert (ready_reg ? !sweeps && !high_sweeps
                     : row == 0 && high_row == 0 && values == 0 && new_values == 0 && looked_up == 0
                       && new_looked_up == 0 && information_high == 0 && data_high == 0);
    // 25: what a step decides on is what operations change, but for those of the two cycles before
    RING_25: assert (information_oldest == latest_information_oldest && information_used == latest_information_used
                     && information_committed == latest_information_committed
                     && information_sent == latest_information_sent && data_oldest == latest_data_oldest
                     && data_used == latest_data_used && data_committed == latest_data_committed);
    // 26: an operation has the areas as they were divided
    RING_26: assert (!settled_reg || (latest_information_head == information_head && latest_data_head == data_head
                     && latest_information_area == information_area && latest_data_area == data_area
                     && last == capacity));
    if (live_reg) begin
        // 21: what is known of the journal has 12 bits
        RING_21: assert ((live_information_reg | live_data_reg | live_entries_before_reg | live_data_before_reg
                          | live_taken_reg) < MOST);
        // 14, 15: a journal that is not freed lies between oldest and newest
        RING_14: assert (live_entries_before_reg <= information_used
                         && entry <= information_used - live_entries_before_reg);
        RING_15: assert (live_data_before_reg <= data_used && live_taken_reg <= data_used - live_data_before_reg);
        // 16, 17: and where it was placed
        RING_16: assert (live_information_reg
                         == behind(information_oldest, live_entries_before_reg, information_head, data_head));
        RING_17: assert (live_data_reg == behind(data_oldest, live_data_before_reg, data_head, capacity));
        if (create) begin
            // 18: one that is created comes behind it (order)
            RING_18: assert (information_used >= live_entries_before_reg + entry
                             && data_used >= live_data_before_reg + live_taken_reg);
            // 19: and overlaps it nowhere: another place for its update information,
            RING_19: assert (information_newest != live_information_reg);
            // 20, 22: and a unit of either lies as far behind oldest as its journal and it say,
            RING_20: assert (placed_place == behind(data_oldest, data_used + placed_offset, data_head, capacity));
            RING_22: assert (watched_place
                             == behind(data_oldest, live_data_before_reg + watched_offset, data_head, capacity));
            // 23: which are different places
            RING_23: assert (placed_place != watched_place);
        end
    end
end
