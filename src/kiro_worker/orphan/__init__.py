"""What nobody needs any more: left by runs that were killed, by branches that are gone, and by time."""

from kiro_worker.orphan.port import Finder, Kind, Orphan

__all__ = ["Finder", "Kind", "Orphan"]
