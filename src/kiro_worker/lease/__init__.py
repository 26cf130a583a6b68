"""Leases: who may work on a branch, and how it is noticed that somebody no longer does."""

from kiro_worker.lease.holder import is_gone, this_holder
from kiro_worker.lease.keeper import Kept, LeaseLost, keeping
from kiro_worker.lease.port import QUICK, Holder, Lease, LeaseKey, Leases, Timing

__all__ = [
    "QUICK",
    "Holder",
    "Kept",
    "Lease",
    "LeaseKey",
    "LeaseLost",
    "Leases",
    "Timing",
    "is_gone",
    "keeping",
    "this_holder",
]
