"""docs/reference/cli.md: each verb and its options, read from the parsers themselves."""

from argparse import SUPPRESS, Action, ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from importlib import import_module

from kiro_worker.cli.verbs import GROUPS, Verb
from kiro_worker.config.key import keys
from reference import MADE
from reference.table import table

_HEAD = f"""\
# Command line

{MADE} `kiro-worker <verb> --help` tells the same.

What a person reads goes to standard output, what happens meanwhile and faults go to standard error. With `--json`,
standard output holds one document with a `schema` (JSON lines for `run`, `resume`, `demo` and `logs`), and nothing at
all when the verb fails. Exit statuses: [verdicts](verdicts.md). Faults: [errors](errors.md).

Colours are used on a terminal only, and never where `NO_COLOR` is set. Nothing ever asks back.
"""

_SETTINGS = "*settings*"


def page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_groups()]).rstrip() + "\n"


def _groups() -> Iterator[str]:
    for title, verbs in GROUPS:
        yield f"## {title}\n"
        for verb in verbs:
            yield from _verb(verb)


def _verb(verb: Verb) -> Iterator[str]:
    parser = ArgumentParser(prog=f"kiro-worker {verb.name}", add_help=False)
    import_module(f"kiro_worker.cli.{verb.module}").arguments(parser)
    yield f"### `kiro-worker {verb.name}`\n"
    yield f"{verb.summary[0].upper()}{verb.summary[1:]}.\n"
    yield from _options(parser)
    for action in parser._actions:  # noqa: SLF001  # argparse shows its arguments nowhere else
        if isinstance(action, _SubParsersAction):
            yield from _verbs_of(verb, action)


def _verbs_of(verb: Verb, action: "_SubParsersAction[ArgumentParser]") -> Iterator[str]:
    told = {choice.dest: choice.help or "" for choice in action._choices_actions}  # noqa: SLF001  # as above
    aliases: dict[ArgumentParser, list[str]] = {}
    for name, parser in action.choices.items():
        aliases.setdefault(parser, []).append(name)
    for parser, (name, *others) in aliases.items():
        also = f" (or `{'`, `'.join(others)}`)" if others else ""
        # With aliases, argparse puts them behind the name.
        about = next(text for dest, text in told.items() if dest.split(" ")[0] == name)
        yield f"#### `kiro-worker {verb.name} {name}`{also}\n"
        yield f"{about[0].upper()}{about[1:]}.\n"
        yield from _options(parser)


def _options(parser: ArgumentParser) -> Iterator[str]:
    rows = []
    given = []
    for action in parser._actions:  # noqa: SLF001  # as above
        if isinstance(action, _SubParsersAction) or action.help == SUPPRESS or "--help" in action.option_strings:
            continue
        if action.dest in keys():
            given.append(action.dest)
        else:
            rows.append((f"`{_spelling(action)}`", (action.help or "").replace("%%", "%")))
    if given:
        sections = dict.fromkeys(name.partition(".")[0] for name in given)
        which = "" if len(given) == len(keys()) else f" of {' and '.join(f'`{name}`' for name in sections)}"
        rows.append((_SETTINGS, f"a flag for each [setting](settings.md){which}, such as `--agent`"))
    if rows:
        yield from table(("Option", "Meaning"), rows)
        yield ""


def _spelling(action: Action) -> str:
    if not action.option_strings:
        name = str(action.metavar or action.dest)
        return {"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), name)
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    value = f" [{value.strip()}]" if action.nargs == "?" else value
    return ", ".join(action.option_strings) + value
