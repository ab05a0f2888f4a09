"""Tests of the Verilog that the testbench is made of."""
