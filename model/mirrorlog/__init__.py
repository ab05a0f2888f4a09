"""Asynchronous journal replication between storage systems: the reference model, and the comparison of captures."""

from mirrorlog.compare.capture import CaptureError, DataFiles
from mirrorlog.compare.comparison import Comparison
from mirrorlog.compare.difference import Difference
from mirrorlog.formats.commit_record import CommitRecord
from mirrorlog.formats.connection_path import Packet
from mirrorlog.storage_system import StorageSystem
from mirrorlog.systems.topology import GroupLink, Topology
from mirrorlog.tables.settings import GroupSettings

__version__ = "0.2.0"
__all__ = [
    "CaptureError",
    "CommitRecord",
    "Comparison",
    "DataFiles",
    "Difference",
    "GroupLink",
    "GroupSettings",
    "Packet",
    "StorageSystem",
    "Topology",
]
