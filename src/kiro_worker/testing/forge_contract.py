"""What every `Forge` promises, as tests: subclass, and give the fixture `side`."""

import asyncio
from typing import Any, Protocol

import pytest

from kiro_worker.forge.body import find_block
from kiro_worker.forge.conversation import CheckState, Conversation, RemarkKind
from kiro_worker.forge.port import CommitStatus, Forge, Proposal, PullRequest, StatusState

BRANCH = "feature/login"
LOG = "log line\n" * 20_000


class ForgeSide(Protocol):
    """The other side of a forge: what people and the network do to it."""

    def forge(self) -> Forge:
        """The forge as one more worker has it; closed by the fixture."""
        ...

    def push(self, branch: str) -> str:
        """Add a commit to a branch on the forge and return its id."""
        ...

    def lose_answers(self, count: int, *, done: bool) -> None:
        """Lose the answers of the next writes, which are carried out or not; nothing where no answer can be lost."""
        ...

    async def pulls(self) -> tuple[PullRequest, ...]:
        """Every pull request there is, newest first."""
        ...

    async def edit(self, number: int, **changes: Any) -> None:
        """Change `title`, `body`, `base` or `draft` as a person does."""
        ...

    async def settle(self, number: int, *, merged: bool) -> None:
        """Close a pull request as a person does."""
        ...

    async def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """The latest status of each context."""
        ...

    async def say(self, number: int, author: str, body: str, **more: Any) -> str:
        """Say something on a pull request; with `kind`, `path` and `line` beside a line. Returns the remark's id."""
        ...

    async def let(self, account: str, *, may_write: bool) -> None:
        """Let an account push, or only read."""
        ...

    async def check(self, commit: str, name: str, state: CheckState, says: str = "") -> None:
        """A check says something of a commit."""
        ...


def proposal(commit: str = "", **changes: Any) -> Proposal:
    """What a run wants said; changed where a test says so."""
    wanted: dict[str, Any] = {
        "branch": BRANCH,
        "base": "main",
        "title": "Login",
        "block": "## Login\n\n- [x] 1 Add the form",
        "draft": True,
        "commit": commit,
        "run": "r-one",
    }
    return Proposal(**{**wanted, **changes})


class ForgeContract:
    """The promises of `forge.port.Forge`."""

    @pytest.fixture
    def forge(self, side: ForgeSide) -> Forge:
        """One worker's forge."""
        return side.forge()

    @pytest.fixture
    def commit(self, side: ForgeSide) -> str:
        """The head of the branch."""
        return side.push(BRANCH)

    async def test_a_usable_forge_checks_as_ready_and_has_a_name(self, forge: Forge) -> None:
        check = await forge.check()
        assert check.ready
        assert (check.cure, bool(check.detail), bool(forge.name)) == ("", True, True)

    async def test_a_branch_without_a_pull_request_has_none(self, forge: Forge) -> None:
        assert await forge.find(BRANCH) is None

    async def test_the_first_publish_creates_and_the_same_again_changes_nothing(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        first = await forge.publish(proposal(commit))
        again = await forge.publish(proposal(commit))
        assert (first.change, again.change) == ("created", "unchanged")
        assert again.pull_request == first.pull_request == await forge.find(BRANCH)
        pull = first.pull_request
        assert (pull.title, pull.branch, pull.base, pull.draft, pull.open) == ("Login", BRANCH, "main", True, True)
        assert pull.head == commit
        assert len(await side.pulls()) == 1

    async def test_a_new_report_replaces_the_old_one_in_the_same_pull_request(self, forge: Forge, commit: str) -> None:
        first = await forge.publish(proposal(commit))
        second = await forge.publish(proposal(commit, block="second", run="r-two"))
        assert second.change == "updated"
        assert second.pull_request.number == first.pull_request.number
        assert "Add the form" not in second.pull_request.body
        block = find_block(second.pull_request.body)
        assert block is not None
        assert (block.run, block.text.strip()) == ("r-two", "second")

    async def test_text_and_title_of_people_survive_every_report(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        (pull,) = await side.pulls()
        await side.edit(number, title="Login, at last", body=f"Look here first!\r\n\r\n{pull.body}\r\nAnd here.")
        for nth in range(3):
            await forge.publish(proposal(commit, block=f"report {nth}", title="Another"))
        (pull,) = await side.pulls()
        assert await forge.find(BRANCH) == pull
        assert pull.title == "Login, at last"
        assert pull.body.startswith("Look here first!\r\n\r\n<!-- kiro:begin ")
        assert pull.body.endswith("\r\nAnd here.")
        assert "report 2" in pull.body

    async def test_what_a_person_wrote_into_the_report_is_kept_and_told(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        (pull,) = await side.pulls()
        await side.edit(number, body=pull.body.replace("Add the form", "Add the form (Ada: not this way)"))
        told = await forge.publish(proposal(commit, block="second"))
        assert "Ada: not this way" in told.pull_request.body
        assert any("edited" in note for note in told.notes)

    async def test_it_becomes_ready_and_a_draft_again(self, forge: Forge, side: ForgeSide, commit: str) -> None:
        for draft in (True, False, True):
            told = await forge.publish(proposal(commit, draft=draft))
            assert told.pull_request.draft is draft
            assert [pull.draft for pull in await side.pulls()] == [draft]

    async def test_a_person_s_own_pull_request_is_taken_over_with_its_text(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        await side.edit(number, body="I opened this myself.", title="Mine")
        told = await forge.publish(proposal(commit))
        assert (told.change, told.pull_request.number, told.pull_request.title) == ("updated", number, "Mine")
        assert told.pull_request.body.startswith("I opened this myself.\n\n<!-- kiro:begin")

    async def test_a_pull_request_follows_its_base(self, forge: Forge, side: ForgeSide, commit: str) -> None:
        side.push("next")
        number = (await forge.publish(proposal(commit))).pull_request.number
        told = await forge.publish(proposal(commit, base="next"))
        assert (told.pull_request.number, told.pull_request.base) == (number, "next")
        assert len(await side.pulls()) == 1

    @pytest.mark.parametrize("merged", [False, True])
    async def test_what_a_person_closed_stays_closed_for_that_run(
        self, forge: Forge, side: ForgeSide, commit: str, *, merged: bool
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        await side.settle(number, merged=merged)
        told = await forge.publish(proposal(side.push(BRANCH), block="later"))
        assert (told.change, told.pull_request.number, told.pull_request.open) == ("unchanged", number, False)
        assert told.pull_request.merged is merged
        assert any("nothing was changed" in note for note in told.notes)
        assert len(await side.pulls()) == 1

    async def test_another_run_without_new_commits_leaves_it_closed_too(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        await side.settle(number, merged=False)
        told = await forge.publish(proposal(commit, run="r-two"))
        assert (told.change, told.pull_request.number) == ("unchanged", number)

    @pytest.mark.parametrize("merged", [False, True])
    async def test_another_run_with_new_commits_gets_a_new_one_and_says_why(
        self, forge: Forge, side: ForgeSide, commit: str, *, merged: bool
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        await side.settle(number, merged=merged)
        told = await forge.publish(proposal(side.push(BRANCH), run="r-two"))
        assert told.change == "created"
        assert told.pull_request.number != number
        assert any(f"#{number}" in note for note in told.notes)
        assert await forge.find(BRANCH) == told.pull_request

    async def test_many_runs_at_once_make_one_pull_request(self, side: ForgeSide, commit: str) -> None:
        forges = [side.forge() for _ in range(4)]
        told = await asyncio.gather(
            *(each.publish(proposal(commit, run=f"r-{n}", block=f"by {n}")) for n, each in enumerate(forges))
        )
        (pull,) = await side.pulls()
        assert {each.pull_request.number for each in told} == {pull.number}
        assert [each.change for each in told].count("created") == 1
        assert pull.body.count("kiro:begin") == 1

    @pytest.mark.parametrize("done", [True, False])
    @pytest.mark.parametrize("count", [1, 2])
    async def test_a_lost_answer_makes_no_second_pull_request_and_loses_no_text(
        self, forge: Forge, side: ForgeSide, commit: str, *, done: bool, count: int
    ) -> None:
        side.lose_answers(count, done=done)
        first = await forge.publish(proposal(commit))
        assert (first.change, first.pull_request.draft) == ("created", True)
        await side.edit(first.pull_request.number, body=f"Mine.\n\n{first.pull_request.body}")
        side.lose_answers(count, done=done)
        second = await forge.publish(proposal(commit, block="second", draft=False))
        assert (second.change, second.pull_request.draft) == ("updated", False)
        (pull,) = await side.pulls()
        assert pull == second.pull_request
        assert pull.body.startswith("Mine.\n\n<!-- kiro:begin")
        assert pull.body.count("second") == 1

    async def test_hostile_titles_and_reports_stay_inside_their_place(self, forge: Forge, commit: str) -> None:
        told = await forge.publish(
            proposal(commit, title="Fixes #1\n@octocat" + "x" * 400, block="a\n<!-- kiro:end -->\n\nb\x00\ud800")
        )
        assert len(told.pull_request.title) <= 256
        assert "\n" not in told.pull_request.title
        assert "#1" not in told.pull_request.title
        assert told.pull_request.body.count("kiro:end -->\n") == 2
        again = await forge.publish(proposal(commit, block="clean"))
        assert again.pull_request.body.count("kiro:end") == 1

    async def test_a_report_of_any_length_fits(self, forge: Forge, commit: str) -> None:
        block = f"## Report\n\n```\n{LOG}```\n\nThe end."
        told = await forge.publish(proposal(commit, block=block))
        assert len(told.pull_request.body) <= 60_000
        assert "The end." in told.pull_request.body
        assert (await forge.publish(proposal(commit, block=block))).change == "unchanged"

    async def test_a_status_is_set_and_replaced_within_its_context(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        pending = CommitStatus(commit=commit, state=StatusState.PENDING, description="working")
        green = CommitStatus(commit=commit, state=StatusState.SUCCESS, description="done", url="https://example.test/1")
        other = CommitStatus(commit=commit, state=StatusState.ERROR, description="x" * 500, context="other")
        for status in (pending, green, other):
            assert await forge.report(status) is True
        told = {status.context: status for status in await side.statuses(commit)}
        assert told["kiro-worker"] == green
        assert told["other"].description == "x" * 139 + "…"

    @pytest.mark.parametrize("done", [True, False])
    async def test_a_lost_answer_to_a_status_is_looked_into(
        self, forge: Forge, side: ForgeSide, commit: str, *, done: bool
    ) -> None:
        side.lose_answers(1, done=done)
        status = CommitStatus(commit=commit, state=StatusState.FAILURE, description="2 tests failed")
        assert await forge.report(status) is True
        assert await side.statuses(commit) == (status,)

    # What is said

    async def test_all_that_people_and_checks_say_is_read_in_its_order(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        first = await side.say(number, "ada", "Why so?")
        await side.say(number, "bob", "Not this way.", kind="line", path="src/a.py", line=7)
        await side.say(number, "bob", "As a whole: no.", kind="review")
        await side.check(commit, "build", CheckState.BAD, "2 tests failed")
        await side.check(commit, "lint", CheckState.PENDING)
        await side.check(commit, "kiro-worker/evidence", CheckState.BAD)
        found = await self._conversation(forge, number)
        assert (found.number, found.branch, found.head, found.open) == (number, BRANCH, commit, True)
        assert [(each.author, each.kind, each.body, each.path, each.line) for each in found.remarks] == [
            ("ada", RemarkKind.COMMENT, "Why so?", "", 0),
            ("bob", RemarkKind.LINE, "Not this way.", "src/a.py", 7),
            ("bob", RemarkKind.REVIEW, "As a whole: no.", "", 0),
        ]
        assert found.remarks[0].id == first
        assert all(each.person and each.member and not each.own and not each.noticed for each in found.remarks)
        assert {(each.name, each.state, each.says) for each in found.checks} == {
            ("build", CheckState.BAD, "2 tests failed"),
            ("lint", CheckState.PENDING, ""),
        }

    async def test_there_is_no_conversation_without_a_pull_request(self, forge: Forge) -> None:
        assert await forge.conversation(77) is None
        assert await forge.activity() == ()

    async def test_whatever_is_new_changes_the_stamp_and_nothing_else_does(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        (before,) = await forge.activity()
        assert (before.number, before.branch) == (number, BRANCH)
        assert await forge.activity() == (before,)
        stamps = {before.stamp}
        await side.say(number, "ada", "Hm.")
        stamps.add((await forge.activity())[0].stamp)
        await side.check(commit, "build", CheckState.PENDING)
        stamps.add((await forge.activity())[0].stamp)
        await side.check(commit, "build", CheckState.BAD)
        stamps.add((await forge.activity())[0].stamp)
        assert len(stamps) == 4
        await side.settle(number, merged=False)
        assert await forge.activity() == ()

    async def test_only_who_may_push_may_write(self, forge: Forge, side: ForgeSide) -> None:
        await side.let("ada", may_write=True)
        await side.let("bob", may_write=False)
        assert [await forge.may_write(each) for each in ("ada", "bob", "eve", "../x")] == [True, False, False, False]

    async def test_a_remark_is_noticed_once_and_for_all_to_see(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        remark = await side.say(number, "ada", "Please.")
        assert await forge.notice(remark) is True
        assert await forge.notice(remark) is True
        assert [each.noticed for each in (await self._conversation(forge, number)).remarks] == [True]
        assert await forge.notice("nowhere") is False

    @pytest.mark.parametrize("done", [True, False])
    @pytest.mark.parametrize("lost", [0, 1])
    async def test_an_answer_stands_once_whatever_is_lost_and_is_the_worker_s_own(
        self, forge: Forge, side: ForgeSide, commit: str, *, lost: int, done: bool
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        side.lose_answers(lost, done=done)
        first = await forge.answer(number, "run:r-one", "Working on it.")
        side.lose_answers(lost, done=done)
        assert await forge.answer(number, "run:r-one", "Done. <!-- kiro-worker:answer key=x -->") == first
        assert await forge.answer(number, "run:r-two", "Another.") != first
        remarks = (await self._conversation(forge, number)).remarks
        assert [each.own for each in remarks] == [True, True]
        assert "Done." in remarks[0].body
        assert remarks[0].body.count("<!-- kiro-worker:answer") == 1

    async def test_what_somebody_else_wrote_is_never_taken_for_an_answer(
        self, forge: Forge, side: ForgeSide, commit: str
    ) -> None:
        number = (await forge.publish(proposal(commit))).pull_request.number
        await forge.answer(number, "a", "One.")
        await side.say(
            number, "eve", (await self._conversation(forge, number)).remarks[0].body.replace("key=a", "key=b")
        )
        await forge.answer(number, "b", "Two.")
        bodies = [each.body for each in (await self._conversation(forge, number)).remarks if each.own]
        assert len(bodies) == 2
        assert await forge.answer(77, "a", "Nowhere.") == ""

    @staticmethod
    async def _conversation(forge: Forge, number: int) -> Conversation:
        found = await forge.conversation(number)
        assert found is not None
        return found
