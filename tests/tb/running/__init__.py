"""Tests of what builds and runs simulations."""
