"""Tests of the model's speed."""
