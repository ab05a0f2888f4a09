"""Tests of the modules in rtl/tables/."""
