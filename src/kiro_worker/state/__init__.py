"""The one database of this machine: leases, local pull requests, boards."""

from kiro_worker.state.database import State, open_state
from kiro_worker.state.fault import StateBroken, StateNewer, StateUnavailable
from kiro_worker.state.migration import Migration

__all__ = ["Migration", "State", "StateBroken", "StateNewer", "StateUnavailable", "open_state"]
