"""A run as it went, line by line: what happened to it and what its agent said and did. For `kiro-worker logs`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from kiro_worker.forge.escape import visible
from kiro_worker.run.quote import shortened
from kiro_worker.run.report.words import STEP_WORDS, counted, duration
from kiro_worker.value import dataclass

SCHEMA = "kiro-worker/logs/1"

Facts = Mapping[str, Any]

# A terminal is no place for a whole log; the file has it all.
_OUTPUT_LIMIT = 2_000
_SAID_LIMIT = 20_000
_CHAINING = ("n", "at", "event", "before", "hash")
# What the transcript says in more detail, or at the same moment.
_TOLD_BY_TRANSCRIPT = frozenset({
    "agent.started", "permission.allowed", "permission.refused", "tool.ended", "turn.started",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One thing that happened.

    Attributes:
        at: when, as the file has it.
        label: one word for what kind of thing it is.
        text: what happened; more lines than one belong to the same thing. It holds nothing that a terminal would obey.
        tone: `good`, `bad`, `soft`, or empty.
    """

    at: str
    label: str
    text: str
    tone: str = ""


def event_line(body: Facts, *, beside_transcript: bool = False) -> LogLine | None:
    """A line of `events.jsonl` for people; None for one that says nothing that another does not say better.

    Args:
        body: the line's object.
        beside_transcript: whether the transcript is shown too.
    """
    name = str(body.get("event", ""))
    if beside_transcript and name in _TOLD_BY_TRANSCRIPT:
        return None
    facts = {key: value for key, value in body.items() if key not in _CHAINING}
    tell = _EVENTS.get(name, _plain)
    told = tell(facts)
    if told is None:
        return None
    tone, text = told
    return _line(body, name.partition(".")[0], text, tone)


def entry_line(entry: Facts, *, run: str = "") -> LogLine | None:
    """A line of `transcript.jsonl` for people; None for one that says nothing.

    Args:
        entry: the line's object.
        run: whose it is; paths of its workspace are then shown as paths of the repository.
    """
    kind = str(entry.get("kind", ""))
    tone, text = _ENTRIES.get(kind, _plain)(entry) or ("", "")
    if run:
        text = re.sub(rf"/[^\s'\"`:]*/workspaces/{re.escape(run)}/tree/", "", text)
    return _line(entry, kind, text, tone) if text.strip() else None


def _line(body: Facts, label: str, text: str, tone: str) -> LogLine:
    return LogLine(at=str(body.get("at", "")), label=label, text=visible(text).strip("\n"), tone=tone)


_Told = tuple[str, str] | None


def _plain(facts: Facts) -> _Told:
    """Whatever a newer worker wrote."""
    # A tuple: a value may be a list, which is in no set.
    pairs = (f"{key}={value}" for key, value in facts.items() if key not in {"at", "kind"} and value not in ("", None))
    return "", " ".join(map(str, pairs))


def _of(facts: Facts, name: str) -> str:
    return str(facts.get(name) or "")


def _list(facts: Facts, name: str) -> list[Any]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _started(facts: Facts) -> _Told:
    on = f" on {_of(facts, 'branch')}" if facts.get("branch") else ""
    resumes = f", going on with {_of(facts, 'resumes')}" if facts.get("resumes") else ""
    return "", f"{_of(facts, 'run')} of {_of(facts, 'repository')}{on} with {_of(facts, 'agent')}{resumes}"


def _isolated(facts: Facts) -> _Told:
    limits = ", ".join(map(str, _list(facts, "limits")))
    return "", "\n".join((f"isolation {_of(facts, 'kind')}, {limits or 'no limits'}", *map(str, _list(facts, "notes"))))


def _admitted(facts: Facts) -> _Told:
    plan = _list(facts, "plan")
    what = f"{_of(facts, 'spec')} into {_of(facts, 'base')}: {counted(len(plan), 'open task')}"
    return "", "\n".join((what, *(f"  {task.get('id')} {task.get('title')}" for task in plan)))


def _step(facts: Facts) -> _Told:
    word = STEP_WORDS.get(_of(facts, "step"), _of(facts, "step"))
    task = f" ({facts['task']})" if facts.get("task") else ""
    return "soft", f"{word}{task}"


def _prepared(facts: Facts) -> _Told:
    behind = f", {counted(facts['behind'], 'commit')} behind {_of(facts, 'base')}" if facts.get("behind") else ""
    return "", f"{_of(facts, 'branch')} at {_of(facts, 'head')[:10]}{behind}, in {_of(facts, 'path')}"


def _set_up(facts: Facts) -> _Told:
    return "bad" if facts.get("color") in {"red", "error"} else "", f"{_of(facts, 'summary')}{_took(facts)}"


def _agent_started(facts: Facts) -> _Told:
    words = (_of(facts, name) for name in ("name", "version", "mode", "model"))
    return "", " ".join(filter(None, words))


def _turn_started(facts: Facts) -> _Told:
    task = _of(facts, "task") or f"repair round {facts.get('round', '')}".rstrip()
    return "", f"begins: {task}{_why(facts)}"


def _turn_ended(facts: Facts) -> _Told:
    fine = facts.get("outcome") == "ended"
    detail = f": {facts['detail']}" if facts.get("detail") else ""
    tools = f", {facts['tools']} tool calls" if facts.get("tools") else ""
    return "" if fine else "bad", f"{_of(facts, 'outcome')}{detail}{_took(facts)}{tools}"


def _tool_ended(facts: Facts) -> _Told:
    failed = facts.get("status") == "failed"
    return "bad" if failed else "soft", f"{_of(facts, 'kind')}: {_of(facts, 'title')}{' (failed)' if failed else ''}"


def _cleaned(facts: Facts) -> _Told:
    what = (f"{each.get('count')} of kind {_of(each, 'kind')}" for each in _list(facts, "removed"))
    return "bad", f"hidden text was taken out of {_of(facts, 'source')}: {', '.join(what)}"


def _files_kept(facts: Facts) -> _Told:
    return "soft", f"kept with their hashes: {', '.join(_of(file, 'file') for file in _list(facts, 'files'))}"


def _closed(facts: Facts) -> _Told:
    signed = f"signed with {facts['key']}" if facts.get("key") else "not signed"
    return "soft", f"closed after {facts.get('events')} events, {signed}"


def _inspected(facts: Facts) -> _Told:
    rows = [f"{_of(file, 'kind')} {_of(file, 'path')}" for file in _list(facts, "files")]
    rows += [f"undone: {_of(finding, 'title')}" for finding in _list(facts, "undone")]
    rows += [f"put back: {path}" for path in _list(facts, "claims")]
    return "bad" if facts.get("undone") else "", "\n".join(rows) or "nothing changed"


def _committed(facts: Facts) -> _Told:
    size = f" (+{facts.get('added', 0)} -{facts.get('deleted', 0)})"
    return "good", f"{_of(facts, 'oid')[:10]} {_of(facts, 'subject')}{size}"


def _judged(facts: Facts) -> _Told:
    rows = []
    for result in _list(facts, "results"):
        rows.append(f"{_of(result, 'gate')} {_of(result, 'color')}: {_of(result, 'summary')}")
        rows += [f"  {_of(finding, 'title')}" for finding in _list(result, "findings")]
    fine = all(result.get("color") in {"green", "not-applicable"} for result in _list(facts, "results"))
    return "good" if fine else "bad", "\n".join(rows)


def _proved(facts: Facts) -> _Told:
    evidence = facts.get("evidence") or {}
    states = evidence.get("states") or {}
    return "", f"{states.get('proved', 0)} of {sum(states.values())} criteria proved at {_of(facts, 'commit')[:10]}"


def _published(facts: Facts) -> _Told:
    draft = " (draft)" if facts.get("draft") else ""
    return "good", f"{_of(facts, 'change')}{draft}: {_of(facts, 'url')}"


def _decided(facts: Facts) -> _Told:
    cause = facts.get("cause") or {}
    rows = [f"verdict {_of(facts, 'verdict')} (exit status {facts.get('exit_status')})"]
    if cause:
        rows += [f"{_of(cause, 'code')}: {_of(cause, 'message')}"]
        rows += [f"  {word}: {cause[name]}" for name, word in (("kept", "kept"), ("next_step", "next")) if cause[name]]
    return "good" if facts.get("exit_status") == 0 else "bad", "\n".join(rows)


def _took(facts: Facts) -> str:
    return f", {duration(facts['seconds'])}" if facts.get("seconds") else ""


def _why(facts: Facts) -> str:
    ask = _of(facts, "ask")
    return "" if ask in {"", "first"} else f" ({ask.replace('-', ' ')})"


def _steering_synced(facts: Facts) -> _Told:
    rows = [f"{_of(file, 'outcome')}: {_of(file, 'path')}" for file in _list(facts, "files")]
    rows += [f"{_of(file, 'state')}: {_of(file, 'path')} ({_of(file, 'reason')})" for file in _list(facts, "waiting")]
    powers = ", ".join(f"{_of(power, 'name')} {_of(power, 'version')}" for power in _list(facts, "powers"))
    head = f"steering files of {powers}: {facts.get('current')} up to date"
    return "bad" if _list(facts, "waiting") else "", "\n".join((head, *rows))


def _steering_sent(facts: Facts) -> _Told:
    sent = [f"{one['path']}{' (cut)' if one['characters'] < one['of'] else ''}" for one in _list(facts, "sent")]
    return "soft", f"standards sent: {', '.join(sent) or 'none'}"


_EVENTS: Mapping[str, Callable[[Facts], _Told]] = {
    "run.started": _started,
    "run.isolated": _isolated,
    "run.admitted": _admitted,
    "run.noted": lambda facts: ("", _of(facts, "note")),
    "run.stopping": lambda facts: ("bad", f"stopping: {_of(facts, 'message')}"),
    "run.bug": lambda facts: ("bad", _of(facts, "traceback")),
    "run.decided": _decided,
    "run.ended": lambda facts: ("", f"ended{_took(facts)}"),
    "step.started": _step,
    "step.ended": lambda _: None,
    "lease.taken": lambda facts: ("", f"fence {facts.get('fence')} ({_of(facts, 'store')})"),
    "item.claimed": lambda facts: ("", f"card {_of(facts, 'item')} claimed, try {facts.get('attempt')}"),
    "lease.released": lambda facts: ("", f"given back, fence {facts.get('fence')}"),
    "workspace.prepared": _prepared,
    "workspace.kept": lambda facts: ("", f"kept in {_of(facts, 'path')}"),
    "project.set-up": _set_up,
    "agent.started": _agent_started,
    "steering.sent": _steering_sent,
    "steering.synced": _steering_synced,
    "turn.started": _turn_started,
    "turn.ended": _turn_ended,
    "permission.refused": lambda facts: (
        "bad",
        f"refused: {_of(facts, 'asked')} ({_of(facts, 'rule')}: {_of(facts, 'reason')})",
    ),
    "permission.allowed": lambda facts: ("soft", f"allowed: {_of(facts, 'asked')} ({_of(facts, 'rule')})"),
    "tool.ended": _tool_ended,
    "text.cleaned": _cleaned,
    "changes.inspected": _inspected,
    "commit.made": _committed,
    "commit.adopted": lambda facts: ("", f"{_of(facts, 'oid')[:10]} taken over from {_of(facts, 'run')}"),
    "branch.pushed": lambda facts: ("good", f"pushed {_of(facts, 'oid')[:10]}"),
    "gates.judged": _judged,
    "evidence.judged": _proved,
    "evidence.kept": lambda facts: ("soft", f"kept on the remote as {_of(facts, 'ref')}"),
    "commit.hashed": lambda facts: ("soft", f"diff of {_of(facts, 'oid')[:10]}: sha256 {_of(facts, 'diff_sha256')}"),
    "commit-status.set": lambda facts: (
        "",
        f"{_of(facts, 'state')} on {_of(facts, 'commit')[:10]}: {_of(facts, 'text')}",
    ),
    "files.kept": _files_kept,
    "pull-request.published": _published,
    "receipt.closed": _closed,
}


def _prompt(entry: Facts) -> _Told:
    text = _of(entry, "text")
    return (
        "soft",
        f"{_of(entry, 'task') or 'repair'}{_why(entry)}, {len(text):,} characters (kiro-worker show --prompt)",
    )


def _tool(entry: Facts) -> _Told:
    status, title = _of(entry, "status"), _of(entry, "title")
    if status == "pending":
        # Every call says so, most of them just before they say something else.
        return None
    if status == "in_progress":
        return "soft", f"{title} …"
    output = shortened(_of(entry, "output").strip("\n"), _OUTPUT_LIMIT)
    rows = (f"{title} ({status})", *(f"  {row}" for row in output.splitlines()))
    return "bad" if status == "failed" else "", "\n".join(rows)


def _permission(entry: Facts) -> _Told:
    asked = _of(entry, "command") or ", ".join(map(str, _list(entry, "paths"))) or _of(entry, "title")
    if entry.get("allowed"):
        return "soft", f"allowed: {asked}"
    return "bad", f"refused: {asked} ({_of(entry, 'rule')}: {_of(entry, 'reason')})"


def _plan(entry: Facts) -> _Told:
    rows = (each for each in _list(entry, "entries") if isinstance(each, list) and len(each) == 2)
    return "soft", "\n".join(f"{status}: {text}" for text, status in rows)


def _words(entry: Facts) -> _Told:
    return "", shortened(_of(entry, "text"), _SAID_LIMIT)


_ENTRIES: Mapping[str, Callable[[Facts], _Told]] = {
    "prompt": _prompt,
    "started": _agent_started,
    "said": _words,
    "thought": lambda entry: ("soft", shortened(_of(entry, "text"), _SAID_LIMIT)),
    "note": lambda entry: ("soft", shortened(_of(entry, "text"), _SAID_LIMIT)),
    "tool": _tool,
    "permission": _permission,
    "plan": _plan,
}
