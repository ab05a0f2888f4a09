"""Tests of the modules in rtl/path/."""
