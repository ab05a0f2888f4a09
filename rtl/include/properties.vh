// How the properties are written that stand beside the code, under `ifdef ML_PROPERTIES (docs/proofs.md). They are
// proven where FORMAL is defined (make prove). Else they are looked at in each cycle of a simulation of tb/hdl/bench.v,
// where one that does not hold is told as a broken rule of a port is: with its name, and where it stands.
`ifndef PROPERTIES_VH
`define PROPERTIES_VH

`ifdef FORMAL
`define ML_PROPERTIES
// when they are looked at
`define ML_CYCLE *
// a property; what is assumed of what is around the module
`define ML_HOLDS(NAME, CONDITION) NAME: assert (CONDITION)
`define ML_ASSUMED(CONDITION) assume (CONDITION)
// it begins with a reset, or with another signal
`define ML_BEGINS_WITH(SIGNAL) if ($initstate) assume (SIGNAL)
`define ML_BEGINS $initstate
`define ML_ANY_CONSTANT (* anyconst *)
`define ML_ANY_VALUE (* anyseq *)
// of so many values, one that is watched
`define ML_ONE_OF(VALUES)
`define ML_EACH
// what is looked at in simulation alone, as the property that an assumption names holds of another module's packets
`define ML_ELSEWHERE(CONDITION) 1'b0
// who asks is served in its turn: others before it at most so many times (tb/hdl/in_turn.v)
`define ML_IN_TURN(MANY, ASKS, SERVED)
`define ML_IN_TURN_WITHIN(MANY, TIMES, ASKS, SERVED)

`elsif ML_PROPERTIES
`define ML_CYCLE posedge clk
`define ML_BROKEN(WHAT, RULE) \
    $fwrite(system_bench.file, "{\"event\": \"protocol_error\", \"system\": %0d, \"cycle\": %0d, \"port\": 0, ", \
            system_bench.system_number, system_bench.cycle, "\"channel\": \"", WHAT, "\", \"rule\": \"%m", RULE, \
            "\"}\n")
`define ML_HOLDS(NAME, CONDITION) begin : NAME if (!(CONDITION)) `ML_BROKEN("property", ""); end
`define ML_ASSUMED(CONDITION) if (!(CONDITION)) `ML_BROKEN("assumption", $sformatf(" line %0d", `__LINE__))
`define ML_BEGINS_WITH(SIGNAL)
`define ML_BEGINS system_bench.system_rst
`define ML_ANY_CONSTANT
`define ML_ANY_VALUE
// drawn for each run
`define ML_ONE_OF(VALUES) = system_bench.watched % (VALUES)
`define ML_EACH = 1'b1
`define ML_ELSEWHERE(CONDITION) (CONDITION)
`define ML_IN_TURN(MANY, ASKS, SERVED) \
    in_turn #(.COUNT(MANY)) in_turn_inst (.clk(clk), .rst(rst), .asks(ASKS), .served(SERVED));
`define ML_IN_TURN_WITHIN(MANY, TIMES, ASKS, SERVED) \
    in_turn #(.COUNT(MANY), .MOST(TIMES)) in_turn_inst (.clk(clk), .rst(rst), .asks(ASKS), .served(SERVED));
`endif

`endif
