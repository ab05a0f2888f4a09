"""Tests of regressions of many seeds."""
