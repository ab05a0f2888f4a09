// Rows of the step, in a module's body
`include "commit_group_row_wires.vh"
`include "commit_volume_row_wires.vh"
