"""The reference of all settings, made from the settings themselves: `python -m kiro_worker.config.page`."""

import re
import types
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any, get_args

from kiro_worker.config.agent_args import REFUSALS
from kiro_worker.config.key import Key, keys
from kiro_worker.config.value import expected, shown

_ENTRY = re.compile(r"^ {4}([a-z_]+(?:, [a-z_]+)*): (.*(?:\n {8}\S.*)*)", re.MULTILINE)

_HEAD = """\
# Settings

Made from the code by `python -m kiro_worker.config.page`; a test holds it to that.

## Where settings come from

The strongest first:

1. **Flags** of the command.
2. **Environment variables**: `KIRO_WORKER_<SECTION>_<KEY>` for every setting (`KIRO_WORKER_GATES_COVERAGE_THRESHOLD`),
   then the short names in the table. An empty variable is not set.
3. **`.kiro/environments/<environment>.yaml`** of the chosen environment: `test`, `staging` or `production`.
4. **`.kiro/worker.yaml`**
5. **`buildspec.yml`**, the variables under `env.variables`, by their short or their long name.
6. **`~/.config/kiro-worker/config.yaml`**, your own; it fills in what nobody else says.
7. The defaults below.

```yaml
# .kiro/worker.yaml
agent:
  name: kiro
gates:
  test_command: npm test
  coverage_threshold: 85
limits:
  run: 4h
```

A variable that the repository's buildspec declares arrives as environment inside CodeBuild, and still counts as the
buildspec's (5). To be stronger than the repository's files, use the long name in the build project.

Nothing is read halfway: what is wrong in any source is told at once, each as
`file:line:column: what, and what to write instead`, and nothing is started. `kiro-worker config check` does only that;
`kiro-worker config show` prints each value with where it came from.

## Settings that guard

A setting marked **guards** decides what the agent may do, what proves its work, or where credentials go. The branch
that is worked on is the agent's to change, so there these settings are ignored, with a warning when they differ. They
are read from the **base branch's** files and from the operator: flags, environment, the operator's own file.

Where one value is stricter than another (a higher threshold, coverage required, tests after each task), the strictest
of the operator's sources and of the base branch holds. Within the base branch, an environment's file goes before
`.kiro/worker.yaml`. `gates.coverage: off` has to stand on the base branch: a flag alone does not switch it off.

## Environments and credentials

`--environment staging` (or `ENVIRONMENT=staging`) reads `.kiro/environments/staging.yaml`, which must be there and may
be empty. A credential is then looked up under the environment's own name and nowhere else: the variable that
`forge.token_variable` names, with `_STAGING` behind it. A missing one ends the run before it starts; another
environment's, or the plain one, is never used instead. Its variable's name has to end like that of a secret (`_TOKEN`,
`_PAT`, `_PRIVATE_KEY`, …; then the environment's): that is how the redactor knows what it must never let through.

In place of a variable, a file that only its owner can read may hold it: the one that `GITHUB_TOKEN_FILE`
(`<NAME>_FILE`) names, or `secrets/GITHUB_TOKEN` beside the operator's own settings in `~/.config/kiro-worker/`. One
that others can read ends the run before it starts. With `lease.store: postgres` the same holds for the server's
address: `lease.address_variable` names it, `LEASE_CONNECTION_STRING` and in staging `LEASE_CONNECTION_STRING_STAGING`.

| Environment | GitHub token | Private key of a GitHub App |
| --- | --- | --- |
| none (a laptop) | `GITHUB_TOKEN`, then `GH_TOKEN` | `GITHUB_APP_PRIVATE_KEY` |
| `test` | `GITHUB_TOKEN_TEST` | `GITHUB_APP_PRIVATE_KEY_TEST` |
| `staging` | `GITHUB_TOKEN_STAGING` | `GITHUB_APP_PRIVATE_KEY_STAGING` |
| `production` | `GITHUB_TOKEN_PRODUCTION` | `GITHUB_APP_PRIVATE_KEY_PRODUCTION` |

## Which spec

Where neither `spec.name` nor `spec.path` is set, the spec is found in this order; what is ambiguous is named, and never
guessed: the trailer of the branch's last worker commit, `spec.branches`, the branch's name (as it is, then with `-` for
`/`, then its last part), the one spec with open tasks that changed since the base, the only spec with open tasks.
"""

_WRITING = """\
## How values are written

| Kind | In YAML | In a variable or flag |
| --- | --- | --- |
| true or false | `true`, `false`, `yes`, `no`, `on`, `off` | the same, and `1`, `0` |
| time | `90s`, `30m`, `2h`, `1d`, or seconds: `90` | the same |
| list | a YAML list, or words in one text | words as a shell splits them: `--effort high --agent 'my agent'` |
| command | a text, run by `/bin/sh -c`, or a list of words, run as it is | a text |
| names with their values | a mapping | `feature/a=spec-a feature/b=spec-b` |

A settings file is one YAML document in UTF-8 of at most 256 KiB. A key may stand once. Anchors and `<<` are read; other
tags than YAML's own are not.

## `checks`

The repository's own linters, type checkers, builds and audits, in the base branch's `.kiro/worker.yaml`: see
[checks](checks.md). They are no setting with a value, so they have neither flag nor variable.

## `powers`

The powers that the repository takes its standards from, in the base branch's `.kiro/worker.yaml`: see
[powers](powers.md). They are no setting with a value either.

## buildspec.yml

Besides `env.variables`, the commands of the **base branch's** buildspec are used where nothing else is set: those of
`install` and `pre_build` prepare the project, those of `build` test it, unless they start the worker. They are shell
text, run as CodeBuild runs them. Everything else in the file is CodeBuild's and is not looked at.
`buildspec.yml` and `buildspec.yaml` at once are an error, and so are `.kiro/config.yaml` and `.kiro/config.yml`.

## Arguments that an agent does not get

`agent.args` is passed on, and so are the words of a command line in `agent.name`, but for these. With
`--protocol headless`, where nobody can be asked, a command line other than Kiro's may say what its program is trusted
with and what it prints.

| Arguments | Agents | Because |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page, as it is kept in docs/reference/settings.md."""
    return "\n".join((_HEAD, *_tables(), _WRITING + "\n".join(_refusals()), ""))


def meanings(owner: type) -> dict[str, str]:
    """What each field of a settings class is for, from the class's own docstring."""
    found: dict[str, str] = {}
    for match in _ENTRY.finditer(cleandoc(owner.__doc__ or "")):
        text = " ".join(match[2].split())
        for name in match[1].split(", "):
            found[name] = text[:1].upper() + text[1:]
    return found


def _tables() -> Iterator[str]:
    for section in dict.fromkeys(key.section for key in keys().values()):
        mine = [key for key in keys().values() if key.section is section]
        name = mine[0].name.rpartition(".")[0]
        yield f"## `{name}`\n" if name else "## At the top of the file\n"
        yield "| Setting | Kind | Default | Variable | Flag | Guards | Meaning |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        told = meanings(section)
        yield from (_row(key, told[key.name.rpartition(".")[2]]) for key in mine)
        yield ""


def _row(key: Key, meaning: str) -> str:
    cells = (
        f"`{key.name}`",
        _kind(key),
        f"`{shown(key.default)}`" if shown(key.default) else "",
        f"`{key.variable}`" if key.variable else "",
        f"`{key.flag}`",
        ("yes, stricter wins" if key.stricter else "yes") if key.guards else "",
        meaning,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _kind(key: Key) -> str:
    kind: Any = key.type
    if key.choices:
        return ", ".join(f"`{choice}`" for choice in key.choices if choice)
    if isinstance(kind, types.UnionType):
        return "command"
    if get_args(kind):
        return "list" if get_args(kind)[0] is str else "names with their values"
    return expected(key).removeprefix("a ") if kind in {int, float, bool} else {str: "text"}.get(kind, "time")


def _refusals() -> Iterator[str]:
    for refusal in REFUSALS:
        flags = ", ".join(f"`{flag}`" for flag in refusal.flags)
        yield f"| {flags} | {', '.join(sorted(refusal.programs)) or 'all'} | {refusal.reason} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
