"""Tests of the modules in rtl/library/."""
