// What the tables say of all pairs, if the step asked; the ports of pair_scan say what each is
wire         copy_found, copy_marks, copy_fails, copy_unmarked, blank_found;
wire [15:0]  copy_pair, copy_volume, blank_pair;
wire         other_secondary, not_secondary, other_original, other_partner, pair_too_small;
