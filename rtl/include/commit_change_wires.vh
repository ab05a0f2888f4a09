// What the step changes in the tables, whose ports say what each does
`include "commit_gathered_wires.vh"
`include "commit_own_change_wires.vh"
