"""Tests of the modules in rtl/processes/."""
