"""The foot of the block: notes, how to see it for oneself, and the run's own facts."""

from kiro_worker.forge.escape import code, fence, inline, is_plain_url
from kiro_worker.run.report.block.telling import Telling, folded
from kiro_worker.run.report.reproduce import commands, remark
from kiro_worker.run.report.words import counted, duration, note_words, spent_words


def notes(told: Telling) -> str:
    """What a reader should know besides."""
    found = note_words(told.run.notes)
    if not found:
        return ""
    shown = found[: told.detail.notes]
    lines = [f"- {inline(note, limit=600)}" for note in shown]
    if len(shown) < len(found):
        lines.append(f"- …and {len(found) - len(shown)} more, in the run's files.")
    return folded(f"{counted(len(found), 'note')} of the worker", "\n".join(lines))


def reproduce(told: Telling) -> str:
    """What to type to see the same."""
    lines = commands(told.run, told.head)
    if not lines:
        return ""
    return folded("See it for yourself", f"{fence(chr(10).join(lines), 'sh')}\n\n{remark(lines)}")


def about(told: Telling) -> str:
    """Which run it was, of what, for how much."""
    run = told.run
    agent = " ".join(str(run.agent[name]) for name in ("name", "version") if run.agent.get(name))
    spent = ", ".join(f"{value} {name.lower()}" for name, value in spent_words(run))
    facts = [
        ("Run", code(run.run)),
        ("Goes on with", code(run.resumes)),
        ("Agent", inline(agent)),
        ("Model", inline(str(run.agent.get("model") or ""))),
        ("Started", inline(run.started)),
        ("Took", f"{duration(run.seconds)}, {counted(run.turns, 'turn')}"),
        ("Spent", inline(spent)),
        ("Fence", str(run.fence)),
        ("Worker", inline(run.version)),
    ]
    return folded("About this run", "\n".join(f"- {name}: {value}" for name, value in facts if value))


def build(told: Telling) -> str:
    """The build that the run was part of, where everybody sees it."""
    url = told.run.build_url
    return f"Build log: [open]({url})" if is_plain_url(url) else ""
