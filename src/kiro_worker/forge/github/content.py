"""What is in a repository, read through the API: for who has neither git nor a disk.

Trees and blobs are named by what they hold, so each is asked for once and kept for as long as the process lives, for
all branches and repositories; a blob is believed only when it has the content that its name says.
"""

import asyncio
import base64
import binascii
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import quote

from kiro_worker.forge.fault import ForgeFault
from kiro_worker.forge.github.documents import COMPARISON, HISTORY, TIPS
from kiro_worker.forge.github.exchange import Exchange
from kiro_worker.forge.github.limit import graphql_errors
from kiro_worker.forge.github.refusal import fault_of, words
from kiro_worker.forge.github.wire import Answer, Request, at, text_at
from kiro_worker.forge.repository import GitHubRepository
from kiro_worker.value import dataclass

_HEADS = "refs/heads/"
# Of blobs and trees together; a tick reads a few kilobytes of each branch.
_MOST_KEPT = 32 * 1024 * 1024
_MOST_COMMITS = 1_000
# At once; GitHub asks for restraint, and a branch has not many more files that matter.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tips:
    """Where two branches are.

    Attributes:
        head: None when there is no such branch, or none was asked for.
        base_branch: the one that was named, else the repository's default.
        base: None when it is not there.
    """

    head: str | None
    base_branch: str
    base: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One commit as the API tells it."""

    oid: str
    message: str
    author: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One line of a tree; `mode` as git writes it."""

    mode: str
    oid: str


class Kept:
    """What was read once, by its name; what was not asked for longest goes first."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most, self._size = most, 0
        self._there: OrderedDict[str, tuple[Any, int]] = OrderedDict()

    def find(self, name: str) -> Any:
        """What was kept; None for what was not, or is not any more."""
        if name not in self._there:
            return None
        self._there.move_to_end(name)
        return self._there[name][0]

    def keep(self, name: str, value: Any, size: int) -> None:
        """Keep something; what is larger than all that may be kept is not."""
        if size > self._most or name in self._there:
            return
        self._there[name] = (value, size)
        self._size += size
        while self._size > self._most:
            _, (_, gone) = self._there.popitem(last=False)
            self._size -= gone


class GitHubContent:
    """One repository's branches, commits, folders and files.

    Raises:
        ForgeFault: from every method, after three tries.
    """

    def __init__(self, exchange: Exchange, repository: GitHubRepository, kept: Kept | None = None) -> None:
        self._exchange, self._repository = exchange, repository
        self._kept = kept or Kept()
        self._roots: dict[str, str] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def tips(self, head: str | None, base: str | None) -> Tips:
        """Where a branch and its base are; without a base, the repository's default branch."""
        answer = await self._ask(
            TIPS,
            f"look at the branches of {self._repository}",
            head=f"{_HEADS}{head or ''}",
            base=f"{_HEADS}{base or ''}",
            branched=bool(head),
            named=bool(base),
        )
        found = at(answer.payload, "data", "repository")
        own = at(found, "base" if base else "defaultBranchRef")
        return Tips(
            head=self._tip(at(found, "head")),
            base_branch=base or text_at(found, "defaultBranchRef", "name"),
            base=self._tip(own),
        )

    async def between(self, base: str, head: str, *, since: str, commit: str) -> tuple[Told, ...]:
        """First parents from a branch's tip back to, not with, what its base branch has; newest first.

        GitHub takes the head by its short name. Should that name something else, too, such as a tag, then the commit
        that was compared is another one, and nothing is told.

        Args:
            base: the base branch.
            head: the branch.
            since: where the base was when it was looked at.
            commit: where the branch was.
        """
        purpose = f"read the commits of {head}"
        found: dict[str, Told] = {}
        after: str | None = None
        while True:
            answer = await self._ask(COMPARISON, purpose, base=f"{_HEADS}{base}", head=head, after=after)
            told = at(answer.payload, "data", "repository", "ref", "compare")
            if (text_at(told, "baseTarget", "oid"), text_at(told, "headTarget", "oid")) != (since, commit):
                raise self._fault(COMPARISON, purpose, answer, "The branch was moved while it was looked at.")
            found |= {each.oid: each for each in self._commits(at(told, "commits"))}
            after = _next(at(told, "commits"))
            if after is None:
                return _first_parents(found, commit)
            if len(found) > _MOST_COMMITS:
                many = f"It has more than {_MOST_COMMITS} commits that {base} has not."
                raise self._fault(COMPARISON, purpose, answer, many)

    async def history(self, commit: str, limit: int) -> tuple[Told, ...]:
        """First parents from a commit back to the first, newest first, as far as they were read."""
        found: dict[str, Told] = {}
        after: str | None = None
        while len(found) < _MOST_COMMITS:
            answer = await self._ask(HISTORY, f"read the history of {commit[:12]}", commit=commit, after=after)
            told = at(answer.payload, "data", "repository", "object", "history")
            found |= {each.oid: each for each in self._commits(told)}
            after = _next(told)
            if after is None:
                break
        return _first_parents(found, commit)[:limit]

    async def entry(self, commit: str, path: str) -> Leaf | None:
        """What stands at a path; nothing is looked for behind a link."""
        leaf: Leaf | None = Leaf(mode="040000", oid=self._roots.get(commit, commit))
        for name in filter(None, path.split("/")):
            if leaf is None or not leaf.mode.startswith("04"):
                return None
            leaf = (await self.folder(leaf.oid)).get(name)
        return leaf

    async def folder(self, tree: str) -> Mapping[str, Leaf]:
        """What is in a tree, by name."""
        found: Mapping[str, Leaf] | None = self._kept.find(f"tree {tree}")
        if found is not None:
            return found
        async with self._asking[tree]:
            found = self._kept.find(f"tree {tree}")
            if found is None:
                answer = await self._get(f"trees/{quote(tree, safe='')}", "read a folder")
                found = self._listed(answer)
                self._kept.keep(f"tree {tree}", found, sum(len(name) + 100 for name in found))
        return found

    async def blob(self, oid: str) -> bytes:
        """A file's content."""
        found: bytes | None = self._kept.find(oid)
        if found is not None:
            return found
        async with self._asking[oid]:
            found = self._kept.find(oid)
            if found is None:
                answer = await self._get(f"blobs/{quote(oid, safe='')}", "read a file")
                found = self._content(answer, oid)
                self._kept.keep(oid, found, len(found))
        return found

    def _tip(self, ref: Any) -> str | None:
        oid = text_at(ref, "target", "oid")
        if tree := text_at(ref, "target", "tree", "oid"):
            self._roots[oid] = tree
        return oid or None

    def _commits(self, connection: Any) -> Iterable[Told]:
        nodes = at(connection, "nodes")
        for node in nodes if isinstance(nodes, list) else ():
            told = _commit(node)
            if tree := text_at(node, "tree", "oid"):
                self._roots[told.oid] = tree
            yield told

    def _listed(self, answer: Answer) -> Mapping[str, Leaf]:
        entries = at(answer.payload, "tree")
        if at(answer.payload, "truncated") is True or not isinstance(entries, list):
            raise self._fault("", "read a folder", answer, "It has more entries than GitHub tells of.")
        return {text_at(each, "path"): Leaf(mode=text_at(each, "mode"), oid=text_at(each, "sha")) for each in entries}

    def _content(self, answer: Answer, oid: str) -> bytes:
        try:
            content = base64.b64decode(text_at(answer.payload, "content"))
        except (ValueError, binascii.Error):
            content = b""
        make = sha1 if len(oid) == 40 else sha256  # git's own names
        if make(b"blob %d\0" % len(content) + content).hexdigest() != oid:
            raise self._fault("", "read a file", answer, f"It is not what {oid[:12]} names.")
        return content

    async def _get(self, what: str, purpose: str) -> Answer:
        request = Request(method="GET", path=f"/repos/{self._repository}/git/{what}", purpose=purpose)
        async with self._room:
            answer = await self._exchange.read(request)
        if not answer.ok:
            raise fault_of(request, answer, self._exchange.credential)
        return answer

    async def _ask(self, document: str, purpose: str, **variables: object) -> Answer:
        names = {"owner": self._repository.owner, "name": self._repository.name}
        body = {"query": document, "variables": {**names, **variables}}
        request = Request(method="POST", path="/graphql", purpose=purpose, body=body, graphql=True)
        answer = await self._exchange.read(request)
        if not answer.ok:
            raise fault_of(request, answer, self._exchange.credential)
        if graphql_errors(answer) or not isinstance(at(answer.payload, "data", "repository"), dict):
            raise self._fault(document, purpose, answer, f"{words(answer)}.")
        return answer

    @staticmethod
    def _fault(document: str, purpose: str, answer: Answer, said: str) -> ForgeFault:
        request = "POST /graphql" if document else "GET /repos"
        return ForgeFault(
            purpose=purpose,
            request=request,
            said=said,
            status=answer.status,
            request_id=answer.request_id,
            next_step="Nothing to do now: it is read again by the next look.",
        )


def _commit(node: Any) -> Told:
    parents = at(node, "parents", "nodes")
    author = f"{text_at(node, 'author', 'name')} <{text_at(node, 'author', 'email')}>"
    return Told(
        oid=text_at(node, "oid"),
        message=text_at(node, "message"),
        author=author,
        parent=text_at(parents[0], "oid") if isinstance(parents, list) and parents else "",
    )


def _first_parents(found: Mapping[str, Told], commit: str) -> tuple[Told, ...]:
    chain: list[Told] = []
    while commit in found and len(chain) < len(found):
        chain.append(found[commit])
        commit = found[commit].parent
    return tuple(chain)


def _next(connection: Any) -> str | None:
    more = at(connection, "pageInfo", "hasNextPage") is True
    return text_at(connection, "pageInfo", "endCursor") or None if more else None
