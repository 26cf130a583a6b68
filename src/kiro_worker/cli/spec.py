"""`kiro-worker spec`: the specs of this working tree, read as the worker reads them.

It stays quick, as hooks and editors call it: nothing of the run is loaded here.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from kiro_worker.cli.spec_folder import NotTickable, content, find_specs, load, name_of, names_in, replace_bytes
from kiro_worker.cli.terminal import counted, print_json, put
from kiro_worker.spec.show import (
    check_document,
    diagnostic_line,
    errors,
    list_document,
    progress_line,
    show_document,
    show_lines,
)
from kiro_worker.spec.spec import TASKS, Spec

# As for settings and commands that cannot be used.
_UNFIT = 2


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    # Without `prog`, argparse makes a whole formatter to find it out.
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: object) -> ArgumentParser:
        made = verbs.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}.", formatter_class=parser.formatter_class
        )
        made.set_defaults(do=call_)
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")
        return made

    verb("list", "all specs and how far each is", _list)
    verb("show", "one spec: tasks, references, order, criteria", _show).add_argument(
        "name", nargs="?", default="", help="its folder's name (the only one, or the only one with open tasks)"
    )
    verb("check", "what is wrong, each with its place and its cure", _check).add_argument(
        "names", metavar="name", nargs="*", help="only these specs (all)"
    )
    for name, about in (("tick", "tick a task and what is done with it"), ("untick", "take a tick away again")):
        made = verb(name, about, _tick)
        made.set_defaults(ticks=name == "tick")
        made.add_argument("name", help="the spec's folder name")
        made.add_argument("task", help="the task's id, such as 2.1")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    status: int = given.do(given, find_specs(given.folder))
    return status


def _list(given: Namespace, specs: str) -> int:
    found = [load(specs, name) for name in names_in(specs)]
    if given.json:
        print_json(list_document(found))
        return 0
    wide = max((len(spec.name) for spec in found), default=0)
    _put(f"{spec.name:<{wide}}  {spec.kind.value:<7}  {progress_line(spec)}{_faults(spec)}" for spec in found)
    return 0


def _faults(spec: Spec) -> str:
    found = errors(spec)
    return f"; {counted(found, 'error')} (kiro-worker spec check {spec.name})" if found else ""


def _show(given: Namespace, specs: str) -> int:
    spec = load(specs, name_of(specs, given.name))
    if given.json:
        print_json(show_document(spec))
    else:
        _put(show_lines(spec))
    return 0


def _check(given: Namespace, specs: str) -> int:
    names = [name_of(specs, name) for name in given.names] or names_in(specs)
    found = [load(specs, name) for name in names]
    told = [diagnostic_line(spec.name, each) for spec in found for each in spec.diagnostics]
    wrong = sum(map(errors, found))
    if given.json:
        print_json(check_document(found))
    else:
        _put(told)
        counts = ((len(found), "spec"), (wrong, "error"), (len(told) - wrong, "other remark"))
        _put([", ".join(counted(number, noun) for number, noun in counts)])
    return _UNFIT if wrong else 0


def _tick(given: Namespace, specs: str) -> int:
    name = name_of(specs, given.name)
    path = f"{specs}/{name}/{TASKS}"
    before = content(specs, name, TASKS)
    from kiro_worker.spec.tick import NotTicked, Refusal, tick, untick

    task = load(specs, name).tasks.find(given.task)
    if task is None:
        raise NotTickable(spec=name, reason=f"The spec {name} has no task {given.task}.")
    ticked = (tick if given.ticks else untick)(before, task, expected=before)
    if isinstance(ticked, NotTicked) and ticked.reason is not Refusal.ALREADY_SO:
        raise NotTickable(spec=name, reason=ticked.message)
    changed = () if isinstance(ticked, NotTicked) else ticked.changed
    if not isinstance(ticked, NotTicked) and not replace_bytes(path, before, ticked.document):
        raise NotTickable(spec=name, reason=f"{path} was changed just now by somebody else.")
    if given.json:
        print_json({"schema": "kiro-worker/spec-tick/1", "spec": name, "task": task.id, "changed": list(changed)})
    elif isinstance(ticked, NotTicked):
        _put([ticked.message])
    else:
        _put([f"{'Ticked' if given.ticks else 'No longer ticked'}: {', '.join(changed)}"])
    return 0


def _put(lines: Iterable[str]) -> None:
    put(sys.stdout, map(_shown, lines))


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    from kiro_worker.forge.escape import visible

    return visible(line)
