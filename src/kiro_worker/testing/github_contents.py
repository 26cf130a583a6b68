"""What is in a fake GitHub's repository: a real bare one, to which git and the API write and from which both read."""

import base64
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kiro_worker.testing import github_graphql as graphql
from kiro_worker.testing.git_remote import BareRemote
from kiro_worker.testing.github_access import Grant
from kiro_worker.testing.github_graphql import Refused, connection
from kiro_worker.testing.github_reply import Call, Reply, error

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from kiro_worker.testing.github_model import GitHubModel

_DOCUMENTS = ("query Tips", "query Comparison", "query History", "mutation Commit(")
_HEADS = "refs/heads/"
_MERGE_OR_ROOT = "%H%x00%T%x00%an%x00%ae%x00%P%x00%B%x01"


class FakeContents:
    """The git side of a model's repository.

    Attributes:
        remote: where it is.
        larger_trees: whether a folder is said to be too large to be listed.
    """

    def __init__(self, model: "GitHubModel", schema: "GraphQLSchema", remote: BareRemote) -> None:
        self.model, self.schema, self.remote = model, schema, remote
        self.larger_trees = False

    def handles(self, document: str) -> bool:
        """Whether a document is about contents."""
        return document.lstrip().startswith(_DOCUMENTS)

    def sync(self) -> None:
        """Take over what was pushed by git: GitHub knows of it at once."""
        tips = {ref.removeprefix(_HEADS): oid for ref, oid in self.remote.refs().items() if ref.startswith(_HEADS)}
        branches = self.model.repository.branches
        for gone in set(branches) - set(tips):
            del branches[gone]
        for name, oid in tips.items():
            if branches.get(name, [""])[-1] != oid:
                branches[name] = self._git("rev-list", "--first-parent", "--reverse", oid).split()
                for pull in self.model.repository.pulls:
                    if pull["state"] == "open" and pull["head"]["ref"] == name:
                        pull["head"]["sha"] = oid

    # REST

    def tree(self, _: Call, oid: str) -> Reply:
        """One folder's entries."""
        if not self._is_there(oid, "commit", "tree"):
            return error(404, "Not Found")
        address = f"https://api.github.test/git/trees/{oid}"
        entries = [
            self._entry(line) for line in self._git("ls-tree", "-z", "--long", f"{oid}^{{tree}}").split("\0") if line
        ]
        told = {"sha": oid, "url": address, "tree": entries, "truncated": self.larger_trees}
        return Reply(status=200, payload=told)

    def blob(self, _: Call, oid: str) -> Reply:
        """One file's content."""
        if not self._is_there(oid, "blob"):
            return error(404, "Not Found")
        content = self._bytes("cat-file", "blob", oid)
        address = f"https://api.github.test/git/blobs/{oid}"
        # GitHub breaks the lines, as MIME does.
        text = base64.encodebytes(content).decode()
        told = {"sha": oid, "node_id": f"B_{oid}", "size": len(content), "url": address}
        return Reply(status=200, payload={**told, "content": text, "encoding": "base64"})

    def make_ref(self, call: Call) -> Reply:
        """Make a branch."""
        ref, oid = call.body["ref"], call.body["sha"]
        if ref in self.remote.refs():
            return error(422, "Reference already exists")
        if not self._is_there(oid, "commit"):
            return error(422, "Object does not exist")
        self.remote.git("update-ref", ref, oid)
        self.sync()
        address = f"https://api.github.test/git/{ref}"
        told = {"type": "commit", "sha": oid, "url": f"https://api.github.test/git/commits/{oid}"}
        return Reply(status=201, payload={"ref": ref, "node_id": f"REF_{ref}", "url": address, "object": told})

    # GraphQL

    def answer(self, document: str, variables: Mapping[str, Any], grant: Grant) -> Reply:
        """Carry a document out."""
        root = {
            "repository": lambda _, **of: self._repository(of, grant),
            "createCommitOnBranch": lambda _, **of: self._commit(of["input"], grant),
        }
        return graphql.executed(self.schema, document, variables, root)

    def _repository(self, of: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        here = self.model.repository
        if (of["owner"], of["name"]) != (here.owner, here.name) or grant.refusal("contents=read"):
            raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{of['owner']}/{of['name']}'.")
        return {
            "defaultBranchRef": self._ref(f"{_HEADS}{self.remote.branch}"),
            "ref": lambda _, **of: self._ref(of["qualifiedName"]),
            "object": lambda _, **of: self._object(of["oid"]),
        }

    def _ref(self, name: str) -> dict[str, Any] | None:
        oid = self.remote.refs().get(name)
        if oid is None:
            return None
        return {
            "name": name.removeprefix(_HEADS),
            "target": self._object(oid),
            "compare": lambda _, **of: self._compared(oid, of["headRef"]),
        }

    def _object(self, oid: str) -> dict[str, Any] | None:
        if not self._is_there(oid, "commit"):
            return None
        return {
            "__typename": "Commit",
            **self._commits("--no-walk", oid)[0],
            "history": lambda _, **page: connection(self._commits(oid), **page),
        }

    def _compared(self, base: str, name: str) -> dict[str, Any] | None:
        # By its short name, a tag before a branch, as git has it.
        refs = self.remote.refs()
        head = refs.get(f"refs/tags/{name}") or refs.get(f"{_HEADS}{name}")
        if head is None:
            return None
        return {
            "baseTarget": {"__typename": "Commit", "oid": base},
            "headTarget": {"__typename": "Commit", "oid": head},
            "commits": lambda _, **page: connection(self._commits("--reverse", head, f"^{base}"), **page),
        }

    def _commit(self, wanted: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        if refused := grant.refusal("contents=write"):
            raise Refused("FORBIDDEN", refused[1])
        branch = wanted["branch"]["branchName"].removeprefix(_HEADS)
        tip = self.remote.tip(branch)
        if tip != wanted["expectedHeadOid"]:
            message = f'Expected branch to point to "{wanted["expectedHeadOid"]}" but it points to "{tip}".'
            raise Refused("STALE_DATA", message)
        files = {each["path"]: base64.b64decode(each["contents"]) for each in wanted["fileChanges"]["additions"]}
        message = "\n\n".join(filter(None, (wanted["message"]["headline"], wanted["message"].get("body") or "")))
        author = f"{grant.login} <{grant.login}@users.noreply.github.test>"
        oid = self.remote.commit(files, branch=branch, message=message, author=author)
        self.sync()
        return {"commit": {"oid": oid}}

    def _commits(self, *which: str) -> list[dict[str, Any]]:
        told = self._git("log", f"--format=tformat:{_MERGE_OR_ROOT}", *which, "--")
        return [_told(each.lstrip("\n").split("\0")) for each in told.split("\x01") if each.strip("\n")]

    def _entry(self, line: str) -> dict[str, Any]:
        facts, path = line.split("\t", 1)
        mode, kind, oid, size = facts.split()
        told = {"path": path, "mode": mode, "type": kind, "sha": oid, "url": f"https://api.github.test/git/{oid}"}
        return {**told, "size": int(size)} if size != "-" else told

    def _is_there(self, oid: str, *kinds: str) -> bool:
        found = subprocess.run(
            ["git", "cat-file", "-t", "--end-of-options", oid], cwd=self.remote.path, capture_output=True, check=False
        )
        return found.stdout.decode().strip() in kinds

    def _git(self, *words: str) -> str:
        return self._bytes(*words).decode("utf-8", "replace")

    def _bytes(self, *words: str) -> bytes:
        return subprocess.run(["git", *words], cwd=self.remote.path, capture_output=True, check=True).stdout


def _told(fields: Sequence[str]) -> dict[str, Any]:
    oid, tree, name, email, parents, message = fields
    return {
        "oid": oid,
        "message": message.rstrip("\n"),
        "tree": {"oid": tree},
        "author": {"name": name, "email": email},
        "parents": lambda _, **page: connection([{"oid": each} for each in parents.split()], **page),
    }
