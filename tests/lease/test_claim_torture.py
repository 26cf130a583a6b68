"""Workers that are stopped, killed, and misled about the time and by lost answers: a lease is one holder's all the same.

A hundred claims a store, and forty of the slow one, show that the ordeal is one; `make bench` takes ten thousand.
"""

from kiro_worker.testing.claim_stores import DYNAMODB, EACH_FOR_ITSELF, GITREF, POSTGRES, SQLITE
from kiro_worker.testing.claim_torture import Torture, torture
from kiro_worker.testing.git_remote import BareRemote


def endured(ordeal, folder, claims):
    report = ordeal.report
    assert report.claims >= claims, (folder / "errors").read_text()[-3000:]
    assert ordeal.stops
    assert ordeal.kills
    assert (report.double_runs, report.pushes_after_loss, report.low_fences) == (0, 0, 0)
    assert report.pushes
    assert ordeal.reclaimed
    # What the patrol could have seen one round earlier; twice where it must not believe anybody's wall clock.
    assert report.slowest_reclaim <= 2 * report.round + 0.1


def test_sqlite_endures_it(tmp_path):
    opening = SQLITE.format(folder=str(tmp_path / "state"))
    endured(
        torture(Torture(opening=opening, folder=tmp_path, claims=100, seconds=60, ttl=0.8, beat=0.2)), tmp_path, 100
    )


def test_postgres_endures_it(tmp_path, database):
    opening = POSTGRES.format(address=database)
    endured(
        torture(Torture(opening=opening, folder=tmp_path, claims=100, seconds=60, ttl=0.8, beat=0.2)), tmp_path, 100
    )


def test_dynamodb_endures_it(tmp_path, in_account, table):
    # A worker that was killed is replaced by one that first loads AWS's library, so there are fewer of them.
    how = Torture(
        opening=DYNAMODB.format(environment=in_account, table=table),
        folder=tmp_path,
        claims=100,
        seconds=60,
        ttl=0.8,
        beat=0.2,
        workers=3,
        keys=6,
    )
    endured(torture(how), tmp_path, 100)


def test_gitref_endures_it(tmp_path):
    # Each step is a process of git or three, so there are fewer of them here than in `make bench`.
    remote = BareRemote(tmp_path / "remote.git")
    remote.commit({"README.md": b"hello"})
    how = Torture(
        opening=GITREF.format(url=remote.url),
        folder=tmp_path,
        claims=40,
        seconds=60,
        ttl=2.4,
        beat=0.6,
        workers=3,
        keys=4,
    )
    endured(torture(how), tmp_path, 40)


def test_workers_that_share_no_store_are_found_to_run_twice(tmp_path):
    how = Torture(opening=EACH_FOR_ITSELF, folder=tmp_path, claims=200, seconds=30, ttl=0.8, beat=0.2, keys=2)
    report = torture(how).report
    assert report.double_runs
    assert report.low_fences
