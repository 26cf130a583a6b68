import os

import pytest

from kiro_worker.testing.git_remote import BareRemote, GitHttpServer
from kiro_worker.testing.workspace_contract import WorkspacesContract, furnished, prepared
from kiro_worker.workspace.fence import fence_ref


def narrowed_to(*promises: str):
    """Leave a variant of the contract the promises that its difference can break, and the others to `make fuzz`.

    All of a variant are some forty processes of git for each of seventy promises, nearly all the same as without it.
    """
    every = {name for name in dir(WorkspacesContract) if name.startswith("test_")}
    assert every > set(promises), f"no promises of the contract: {set(promises) - every}"

    def narrowed(variant: type) -> type:
        if os.environ.get("PROPERTIES") != "fuzz":
            for name in every - set(promises):
                setattr(variant, name, None)
        return variant

    return narrowed


class TestGitWorkspaces(WorkspacesContract):
    @pytest.fixture
    def remote(self, tmp_path) -> BareRemote:
        (tmp_path / "served").mkdir()
        return furnished(tmp_path / "served" / "repo.git")

    @pytest.fixture
    def workspaces(self, make, state):
        return make(state)

    @pytest.fixture
    def elsewhere(self, make):
        return make


# A tree that was not made by `git clone` could lack what a clone has, or have an index that is not true of it.
@narrowed_to(
    "test_the_tree_is_the_branch_and_looks_like_an_ordinary_clone",
    "test_the_agents_clone_leads_nowhere",
    "test_every_kind_of_change_is_told_with_its_lines",
    "test_links_that_leave_the_tree_are_told",
    "test_restored_paths_are_as_they_were_at_the_head",
    "test_a_commit_holds_the_changes_the_text_and_the_trailers",
    "test_a_patch_of_the_run_can_be_applied",
    "test_the_base_is_merged_in_when_asked",
    "test_a_merge_after_commits_of_our_own_keeps_them",
    "test_a_branch_without_commits_of_its_own_is_moved_to_the_base",
    "test_a_conflict_with_the_base_names_the_files_and_changes_nothing",
    "test_each_push_moves_branch_and_fence_together",
    "test_a_new_branch_exists_only_after_the_first_push",
    "test_a_commit_that_was_not_pushed_can_be_adopted_by_the_next_run",
    "test_many_workspaces_can_be_made_at_once",
)
class TestGitWorkspacesFromATemplate(TestGitWorkspaces):
    @pytest.fixture
    async def workspaces(self, make, state, remote):
        first = make(state)
        await (await prepared(first, "r-before", branch="main")).close(keep=False)
        await first.close()
        # As if nobody had been there: what stays is the template.
        remote.git("update-ref", "-d", fence_ref("main"))
        return make(state)


# Without history, what walks it could come to its edge: logs, merge bases, patches, what is pushed and adopted.
@narrowed_to(
    "test_a_later_snapshot_sees_what_was_pushed_meanwhile",
    "test_history_tells_subjects_authors_and_trailers_newest_first",
    "test_the_tree_is_the_branch_and_looks_like_an_ordinary_clone",
    "test_each_commit_is_told_with_the_lines_that_it_changed",
    "test_evidence_is_kept_beside_the_branch_and_taken_the_place_of",
    "test_a_commit_holds_the_changes_the_text_and_the_trailers",
    "test_a_patch_of_the_run_can_be_applied",
    "test_the_relation_counts_both_sides_and_names_conflicts",
    "test_the_base_is_merged_in_when_asked",
    "test_a_merge_after_commits_of_our_own_keeps_them",
    "test_a_branch_without_commits_of_its_own_is_moved_to_the_base",
    "test_there_is_nothing_to_merge_when_the_branch_is_up_to_date",
    "test_a_conflict_with_the_base_names_the_files_and_changes_nothing",
    "test_a_holder_that_lost_the_fence_pushes_nothing_ever_again",
    "test_each_push_moves_branch_and_fence_together",
    "test_a_new_branch_exists_only_after_the_first_push",
    "test_a_commit_that_was_not_pushed_can_be_adopted_by_the_next_run",
    "test_an_adopted_commit_must_descend_from_the_tip",
)
class TestShallowGitWorkspaces(TestGitWorkspaces):
    @pytest.fixture
    def workspaces(self, make, state):
        return make(state, shallow=True)


# Longer names of objects could be cut or refused where the worker itself reads, computes or writes them.
@narrowed_to(
    "test_a_snapshot_tells_the_tips_and_the_default_branch",
    "test_files_and_folders_are_read_at_a_commit",
    "test_the_paths_of_all_plain_files_are_told",
    "test_history_tells_subjects_authors_and_trailers_newest_first",
    "test_the_tree_is_the_branch_and_looks_like_an_ordinary_clone",
    "test_every_kind_of_change_is_told_with_its_lines",
    "test_links_that_leave_the_tree_are_told",
    "test_restored_paths_are_as_they_were_at_the_head",
    "test_a_change_set_holds_both_contents_and_the_lines_between_them",
    "test_each_commit_is_told_with_the_lines_that_it_changed",
    "test_evidence_is_kept_beside_the_branch_and_taken_the_place_of",
    "test_a_commit_holds_the_changes_the_text_and_the_trailers",
    "test_a_patch_of_the_run_can_be_applied",
    "test_the_base_is_merged_in_when_asked",
    "test_preparing_takes_the_fence_on_the_remote",
    "test_each_push_moves_branch_and_fence_together",
    "test_a_new_branch_exists_only_after_the_first_push",
    "test_a_commit_that_was_not_pushed_can_be_adopted_by_the_next_run",
)
class TestGitWorkspacesOfSha256(TestGitWorkspaces):
    @pytest.fixture
    def remote(self, tmp_path) -> BareRemote:
        (tmp_path / "served").mkdir()
        return furnished(tmp_path / "served" / "repo.git", object_format="sha256")


# Another transport could break what asks the remote, pushes to it, races for it, or reads its refusals.
@narrowed_to(
    "test_a_snapshot_tells_the_tips_and_the_default_branch",
    "test_a_branch_that_is_not_there_has_no_head",
    "test_a_later_snapshot_sees_what_was_pushed_meanwhile",
    "test_a_branch_that_was_taken_away_is_seen_to_be_gone",
    "test_a_renamed_default_branch_is_noticed",
    "test_the_tree_is_the_branch_and_looks_like_an_ordinary_clone",
    "test_the_agents_clone_leads_nowhere",
    "test_evidence_is_kept_beside_the_branch_and_taken_the_place_of",
    "test_a_holder_that_lost_the_fence_says_nothing_of_the_branch",
    "test_of_two_who_prepare_at_once_one_gets_the_branch",
    "test_a_holder_that_lost_the_fence_pushes_nothing_ever_again",
    "test_a_branch_that_moved_is_not_overwritten",
    "test_a_branch_that_was_deleted_is_not_made_again",
    "test_each_push_moves_branch_and_fence_together",
    "test_a_refusal_comes_in_the_remotes_words_with_a_cure",
    "test_a_snapshot_that_is_too_old_is_told_before_any_work_is_done",
    "test_a_new_branch_exists_only_after_the_first_push",
    "test_a_new_branch_that_somebody_made_meanwhile_is_not_overwritten",
    "test_a_name_below_that_of_a_branch_that_is_gone_can_be_used",
    "test_many_workspaces_can_be_made_at_once",
)
class TestGitWorkspacesOverHttp(TestGitWorkspaces):
    @pytest.fixture
    def server(self, tmp_path, remote):
        with GitHttpServer(folder=tmp_path / "served") as server:
            yield server

    @pytest.fixture
    def workspaces(self, make, state, server, remote):
        return make(state, url=server.url(remote))
