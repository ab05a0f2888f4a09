"""Tests of the modules in rtl/commit/."""
