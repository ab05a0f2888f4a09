"""Tests of the modules in rtl/original/."""
