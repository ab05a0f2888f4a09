"""Tests of three systems."""
