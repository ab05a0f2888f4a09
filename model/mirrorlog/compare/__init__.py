"""Follows a capture with the model and stops at the first difference."""
