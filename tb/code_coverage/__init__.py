"""Code coverage of the RTL: which lines, branches and toggles Verilator has seen, and what is waived
(docs/coverage.md)."""
