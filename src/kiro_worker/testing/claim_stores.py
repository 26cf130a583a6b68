"""How a process of its own opens each store that processes share, for the claim torture."""

SQLITE = """
from pathlib import Path
from kiro_worker.lease.sqlite import SqliteLeases
from kiro_worker.state import open_state
leases = SqliteLeases(open_state(Path({folder!r})), clock, timing=timing)
"""
GITREF = """
from kiro_worker.git.program import Git
from kiro_worker.lease.gitref import GitRefLeases
from kiro_worker.process import Children
leases = GitRefLeases(Git(Children(), home=home / "git"), {url!r}, home / "lease", clock, timing=timing)
"""
POSTGRES = """
from kiro_worker.lease.postgres import PostgresLeases
from kiro_worker.lease.server import LeaseServer
leases = PostgresLeases(LeaseServer({address!r}, source="TORTURE"), clock, timing=timing)
"""
DYNAMODB = """
import os
from kiro_worker.aws import Aws
from kiro_worker.lease.dynamodb import DynamoLeases
from kiro_worker.lease.table import LeaseTable
os.environ.update({environment!r})
leases = DynamoLeases(LeaseTable(Aws(), {table!r}, clock), clock, timing=timing)
"""
# Each process is alone with its own: no store at all.
EACH_FOR_ITSELF = """
from kiro_worker.lease.memory import MemoryLeases
leases = MemoryLeases(clock, timing=timing)
"""
