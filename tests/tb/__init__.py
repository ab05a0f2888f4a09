"""Tests of the testbench, in its own folders."""
