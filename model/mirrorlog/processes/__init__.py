"""The processes of a storage system, one file a flow chart (FIG 9 to 20)."""
