"""`mirrorlog decode`: one commit record, field by field."""
