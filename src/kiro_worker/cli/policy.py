"""`kiro-worker policy`: is it sound, what does it say to one thing, and does it say what its tests want."""

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kiro_worker.cli.terminal import print_json, put
from kiro_worker.forge.escape import visible

_UNFIT = 2
_FAILED = 1
_SUBJECTS = ("command", "read", "write", "delete", "url", "mcp")
_SCHEMA = "kiro-worker/policy/1"


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)
    for name, about in (
        ("check", "all that is wrong with the policy's documents, each with its place"),
        ("explain", "what is said to a command, path, address or MCP tool, by which rule and why"),
        ("test", "whether the policy says what .kiro/policy-tests.yaml wants"),
    ):
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(verb=name)
        made.add_argument("--json", action="store_true", help="one JSON document")
        made.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="the repository's folder")
        if name == "explain":
            made.add_argument("subject", choices=_SUBJECTS, help="what it is")
            made.add_argument("text", help="the command line as one word, or the path, address or server/tool")


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    from kiro_worker.policy.document import PATHS, PolicyInvalid, read_policy

    root = Path(os.path.realpath(given.folder))
    files = {path: _read(root / path) for path in PATHS}
    try:
        policy = read_policy(files)
    except PolicyInvalid as invalid:
        if given.verb != "check":
            raise
        told = [{"where": flaw.where, "what": flaw.what} for flaw in invalid.flaws]
        _tell(given, {"good": False, "faults": told}, [str(flaw) for flaw in invalid.flaws])
        return _UNFIT
    match given.verb:
        case "check":
            count = sum(map(len, policy.rules.values()))
            found = [path for path, body in files.items() if body is not None]
            lines = [
                f"The policy is good: {count} rules in {', '.join(found)}."
                if found
                else "Only the shipped policy holds."
            ]
            _tell(given, {"good": True, "faults": [], "rules": count, "files": found, "digest": policy.digest}, lines)
            return 0
        case "explain":
            from kiro_worker.policy.case import request_for

            request = request_for(given.subject, given.text)
            told_one = policy.decide(request, root=str(root), resolve=os.path.realpath)
            _tell(
                given,
                {"answer": told_one.answer.value, "rule": told_one.rule, "reason": told_one.reason},
                [f"{told_one.answer.value}: {told_one.reason}", f"rule: {told_one.rule}"],
            )
            return 0
        case _:
            return _test(given, root)


def _test(given: Namespace, root: Path) -> int:
    from kiro_worker.flaw import Flaw
    from kiro_worker.policy.case import PATH, read_cases
    from kiro_worker.policy.document import PATHS, PolicyInvalid, read_policy

    flaws: list[Flaw] = []
    body = _read(root / PATH)
    if body is None:
        flaws.append(Flaw(PATH, "the file is not there; write a list of `command:` and `expect:` in it"))
    cases = read_cases(body, flaws) if body is not None else ()
    if flaws:
        raise PolicyInvalid(flaws)
    policy = read_policy({path: _read(root / path) for path in PATHS})
    results, lines = [], []
    for case in cases:
        told = policy.decide(case.request, root=str(root), resolve=os.path.realpath)
        good = told.answer is case.expect and case.rule in {"", told.rule}
        results.append({"where": case.where, "subject": case.subject, "expected": case.expect.value,
                        "answer": told.answer.value, "rule": told.rule, "good": good})  # fmt: skip
        if not good:
            wanted = f"{case.expect.value}{f' by {case.rule}' if case.rule else ''}"
            lines.append(f"{case.where}: {case.subject}: {told.answer.value} by {told.rule}, and {wanted} was wanted")
    failed = len(lines)
    lines.append(f"{len(results) - failed} of {len(results)} cases hold.")
    _tell(given, {"good": not failed, "cases": results}, lines)
    return _FAILED if failed else 0


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _tell(given: Namespace, document: dict[str, object], lines: list[str]) -> None:
    if given.json:
        print_json({"schema": _SCHEMA, **document})
    else:
        put(sys.stdout, map(visible, lines))
