"""Tests of systems together."""
