import asyncio
import json

import pytest

from kiro_worker.forge import CommitStatus, ForgeFault, NothingToPropose, StatusState
from kiro_worker.forge.github.exchange import Manner
from kiro_worker.testing.clock import HandClock
from kiro_worker.testing.forge_contract import BRANCH, ForgeContract, proposal
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_server import Act

DUPLICATE = '{"message": "Validation Failed", "errors": [{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for ada:feature/login."}]}'


class TestGitHubForge(ForgeContract):
    pass


def status(commit, **changes):
    return CommitStatus(commit=commit, state=StatusState.SUCCESS, description="done", **changes)


async def test_enterprise_server_is_used_at_its_own_addresses(side):
    side.api_url = f"{side.server.address}/api/v3"
    forge = side.forge()
    commit = side.push(BRANCH)
    await forge.publish(proposal(commit))
    told = await forge.publish(proposal(commit, draft=False))
    assert told.pull_request.draft is False


async def test_a_pull_request_that_the_list_does_not_show_yet_is_found_after_the_refusal(side):
    side.push(BRANCH)
    number = side.model.open_by_hand(BRANCH, "main", body="By hand.")
    side.model.repository.lag = 2
    told = await side.forge().publish(proposal())
    assert (told.change, told.pull_request.number) == ("updated", number)
    assert side.writes()[:3] == ["POST /repos/ada/engine/pulls"] * 2 + [f"PATCH /repos/ada/engine/pulls/{number}"]


async def test_one_that_exists_and_is_never_listed_is_a_fault_that_says_so(side):
    side.push(BRANCH)
    side.model.open_by_hand(BRANCH, "main")
    side.model.repository.lag = 99
    with pytest.raises(ForgeFault, match="says that one exists, and does not list it") as caught:
        await side.forge().publish(proposal())
    assert caught.value.kept == "The commits are on feature/login; running again finds what was written."


async def test_a_commit_to_nothing_is_named(side):
    side.model.repository.branches[BRANCH] = list(side.model.repository.branches["main"])
    with pytest.raises(NothingToPropose, match="feature/login has no commit that main has not") as caught:
        await side.forge().publish(proposal())
    assert caught.value.next_step == "See what differs: git log main..feature/login"


async def test_a_branch_that_was_never_pushed_is_told_in_github_s_words(side):
    with pytest.raises(ForgeFault, match="Validation Failed: PullRequest head invalid"):
        await side.forge().publish(proposal())


async def test_where_drafts_are_not_to_be_had_an_ordinary_one_is_opened_and_told(side):
    side.model.repository.drafts = False
    commit = side.push(BRANCH)
    forge = side.forge()
    told = await forge.publish(proposal(commit))
    assert (told.change, told.pull_request.draft) == ("created", False)
    assert "could not be made a draft" in told.notes[0]
    before = len(side.writes())
    again = await forge.publish(proposal(commit))
    assert (again.change, again.notes) == ("unchanged", told.notes)
    assert len(side.writes()) == before


async def test_a_ready_one_that_cannot_become_a_draft_stays_ready_and_is_told(side):
    commit = side.push(BRANCH)
    side.model.open_by_hand(BRANCH, "main")
    side.model.repository.drafts = False
    told = await side.forge().publish(proposal(commit))
    assert (told.change, told.pull_request.draft) == ("updated", False)
    assert "Draft pull requests are not supported" in told.notes[0]


async def test_a_draft_that_may_not_be_made_ready_stays_one_and_is_told(side):
    commit = side.push(BRANCH)
    forge = side.forge()
    await forge.publish(proposal(commit))
    refusal = '{"data": null, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}'
    side.fail(path="/graphql", status=200, body=refusal)
    told = await forge.publish(proposal(commit, draft=False))
    assert (told.change, told.pull_request.draft) == ("unchanged", True)
    assert told.notes == ("Pull request #1 stays a draft, though it is ready: Resource not accessible by integration.",)


async def test_a_branch_named_like_a_draft_is_no_refusal_of_drafts(side):
    commit = side.push("draft-login")
    side.model.open_by_hand("draft-login", "main")
    side.model.repository.lag = 1
    told = await side.forge().publish(proposal(commit, branch="draft-login"))
    assert told.pull_request.draft is True


async def test_a_person_s_pull_request_to_another_base_is_kept_there(side):
    commit = side.push(BRANCH)
    side.push("next")
    number = side.model.open_by_hand(BRANCH, "next")
    told = await side.forge().publish(proposal(commit))
    assert (told.pull_request.number, told.pull_request.base) == (number, "next")
    assert any("goes to next, not to main; this was left so" in note for note in told.notes)


@pytest.mark.parametrize("block", ["same", "other"])
async def test_a_base_that_is_gone_does_not_stop_the_report(side, block):
    commit = side.push(BRANCH)
    forge = side.forge()
    await forge.publish(proposal(commit, block="same"))
    told = await forge.publish(proposal(commit, base="gone", block=block))
    assert told.pull_request.base == "main"
    assert told.change == ("unchanged" if block == "same" else "updated")
    assert any("still goes to main: Validation Failed" in note for note in told.notes)
    assert block in told.pull_request.body


async def test_a_renamed_repository_is_followed(side):
    commit = side.push(BRANCH)
    forge = side.forge()
    first = await forge.publish(proposal(commit))
    side.model.rename("motor")
    for pull in side.model.repository.pulls:
        pull["head"]["label"] = f"ada:{BRANCH}"
    again = await forge.publish(proposal(commit, block="second"))
    assert again.pull_request.number == first.pull_request.number
    assert side.writes()[-1].endswith("/repos/ada/motor/pulls/1")


async def test_a_fork_s_branch_of_the_same_name_is_not_ours(side):
    commit = side.push(BRANCH)
    number = side.model.open_by_hand(BRANCH, "main")
    side.model.pull(number)["head"] = {**side.model.pull(number)["head"], "repo": None}
    forge = side.forge()
    assert await forge.find(BRANCH) is None
    side.model.pull(number)["state"] = "closed"
    assert (await forge.publish(proposal(commit))).change == "created"
    side.server.violations.clear()  # the description does not know of the forks that were deleted


async def test_only_this_branch_is_asked_for_and_only_it_is_believed(side):
    commit = side.push(BRANCH)
    side.push("other")
    side.model.open_by_hand("other", "main")
    # GitHub has let a branch at the same commit through its own filter.
    side.fail(method="GET", status=200, body=json.dumps(side.model.repository.pulls))
    assert await side.forge().find(BRANCH) is None
    assert side.server.seen[0].query["head"] == f"ada:{BRANCH}"
    assert (await side.forge().publish(proposal(commit))).pull_request.number == 2


async def test_every_page_of_a_long_list_is_read(side):
    commit = side.push(BRANCH)
    forge = side.forge()
    number = (await forge.publish(proposal(commit))).pull_request.number
    await side.settle(number, merged=False)
    for _ in range(40):
        side.model.settle(side.model.open_by_hand(BRANCH, "main"), merged=False)
    side.model.edit(number, state="open")
    assert (await forge.find(BRANCH)).number == number


class NotingClock(HandClock):
    """Remembers between which requests it was slept on."""

    def __init__(self, server):
        super().__init__(hurried=True)
        self.server = server
        self.after = []

    async def sleep(self, seconds):
        self.after.append((len(self.server.seen), seconds))
        await super().sleep(seconds)


async def test_writes_keep_a_second_apart_and_the_text_is_read_after_the_wait(side):
    commit = side.push(BRANCH)
    side.clock = NotingClock(side.server)
    forge = side.forge()
    await forge.publish(proposal(commit))
    await forge.publish(proposal(commit, block="second", draft=False))
    await forge.report(status(commit))
    assert [seen.method for seen in side.server.seen] == ["GET", "POST", "GET", "PATCH", "POST", "POST"]
    assert side.clock.after == [(2, 1.0), (4, 1.0), (5, 1.0)]


async def test_the_pause_between_writes_is_a_setting(side):
    commit = side.push(BRANCH)
    forge = side.forge(manner=Manner(between_writes=0))
    await forge.publish(proposal(commit))
    await forge.publish(proposal(commit, block="second"))
    assert side.clock.slept == []


async def test_an_unchanged_report_writes_nothing(side):
    commit = side.push(BRANCH)
    forge = side.forge()
    await forge.publish(proposal(commit))
    body = side.model.pull(1)["body"]
    side.model.edit(1, body=body.replace("\n", "\r\n").rstrip())
    await forge.publish(proposal(commit))
    assert side.writes() == ["POST /repos/ada/engine/pulls"]


async def test_two_workers_of_one_process_write_one_after_the_other(side):
    commit = side.push(BRANCH)
    forge = side.forge()
    told = await asyncio.gather(*(forge.publish(proposal(commit)) for _ in range(3)), forge.report(status(commit)))
    assert [each.change for each in told[:3]] == ["created", "unchanged", "unchanged"]


async def test_a_duplicate_that_is_gone_again_is_made_anew(side):
    commit = side.push(BRANCH)
    side.fail(method="POST", path="/pulls$", status=422, body=DUPLICATE)
    assert (await side.forge().publish(proposal(commit))).change == "created"


async def test_work_that_was_done_before_the_answer_was_cut_counts_as_ours(side):
    commit = side.push(BRANCH)
    side.fail(act=Act.TRUNCATE, method="POST", after=True)
    side.model.repository.lag = 0
    told = await side.forge().publish(proposal(commit))
    assert (told.change, told.pull_request.number) == ("created", 1)


async def test_an_answer_that_tells_of_no_pull_request_is_not_believed(side):
    commit = side.push(BRANCH)
    side.fail(method="POST", path="/pulls$", after=True, status=201, body="{}")
    told = await side.forge().publish(proposal(commit))
    assert (told.change, told.pull_request.number) == ("created", 1)


@pytest.mark.parametrize(
    ("code", "body", "reason"),
    [
        (403, '{"message": "Resource not accessible by personal access token"}', "not accessible"),
        (404, '{"message": "Not Found"}', "Not Found"),
        (
            422,
            '{"message": "Validation Failed", "errors": ["too many statuses"]}',
            "Validation Failed: too many statuses",
        ),
    ],
)
async def test_a_status_that_is_refused_is_a_no_with_a_reason(side, code, body, reason):
    commit = side.push(BRANCH)
    forge = side.forge()
    side.fail(path="/statuses/", status=code, body=body)
    assert await forge.report(status(commit)) is False
    assert reason in forge.refusal


async def test_a_status_of_a_commit_that_github_does_not_have_is_a_no(side):
    forge = side.forge()
    assert await forge.report(status("f" * 40)) is False
    assert forge.refusal == f"No commit found for SHA: {'f' * 40}"


async def test_a_status_with_another_address_than_the_web_s_goes_without_it(side):
    commit = side.push(BRANCH)
    assert await side.forge().report(status(commit, url="local:run/1"))
    assert side.model.repository.statuses[commit][0]["target_url"] is None


async def test_a_status_whose_answer_is_always_lost_is_a_fault(side):
    commit = side.push(BRANCH)
    side.lose_answers(3, done=False)
    with pytest.raises(ForgeFault, match="no usable answer in 3 tries"):
        await side.forge().report(status(commit))


async def test_a_status_with_a_bad_token_is_a_fault(side):
    commit = side.push(BRANCH)
    side.model.tokens.clear()
    with pytest.raises(ForgeFault, match="Bad credentials"):
        await side.forge().report(status(commit))


async def test_a_closed_one_is_found_when_none_is_open(side):
    side.push(BRANCH)
    number = side.model.open_by_hand(BRANCH, "main")
    await side.settle(number, merged=True)
    found = await side.forge().find(BRANCH)
    assert (found.number, found.open, found.merged) == (number, False, True)


async def test_a_fine_grained_token_with_its_rights_does_everything(side):
    side.model.tokens["github_pat_1"] = Grant(kind="fine-grained")
    from kiro_worker.forge.github.credential import Token

    commit = side.push(BRANCH)
    forge = side.forge(Token("github_pat_1", source="TOKEN"))
    await forge.publish(proposal(commit))
    assert (await forge.publish(proposal(commit, draft=False))).pull_request.draft is False
    assert await forge.report(status(commit))
