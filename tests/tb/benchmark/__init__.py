"""Tests of the benchmark's figures."""
