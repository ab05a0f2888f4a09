"""A capture as a timeline that trace viewers open."""
