"""`kiro-worker deploy`: what a deployment to AWS needs, whether it is allowed, doing it, proving it, and undoing it."""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.cli.terminal import Ink, Passing, print_json, put

if TYPE_CHECKING:
    from kiro_worker.deploy.assembly import Assembly
    from kiro_worker.deploy.cdk import Cdk

_FAILED = 1
_ENVIRONMENTS = ("test", "staging", "production")
_OPERATIONS = ("create", "update", "delete")
# Of Amazon's documentation; it is nobody's.
_NO_ACCOUNT = "111122223333"


def arguments(parser: ArgumentParser) -> None:
    """See `VerbModule`."""
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, prog=parser.prog)

    def verb(name: str, about: str, call_: Callable[[Namespace], Awaitable[int]]) -> ArgumentParser:
        made = verbs.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        made.set_defaults(do=call_)
        _common(made)
        return made

    plan = verb("plan", "the stacks in their order, and the permissions that each needs; asks nobody", _plan)
    plan.add_argument("--account", default=_NO_ACCOUNT, help="the account's number, for the names in policies")
    _policy(plan)
    check = verb("check", "whether all that the stacks need is allowed, of whoever acts; changes nothing", _check)
    check.add_argument("--for", dest="operations", choices=_OPERATIONS, action="append", help="only for this")
    _policy(check)


def _common(parser: ArgumentParser) -> None:
    parser.add_argument("--env", choices=_ENVIRONMENTS, default="test", help="which environment (test)")
    parser.add_argument(
        "--stack", dest="stacks", metavar="NAME", action="append", default=[],
        help="only this one: core, worker, poller, monitoring, api",
    )  # fmt: skip
    parser.add_argument("--infra", metavar="FOLDER", default="infra", help="the CDK app (infra)")
    parser.add_argument("--assembly", metavar="FOLDER", default="", help="templates that are made already (cdk.out)")
    parser.add_argument("--region", default="", help="the region (AWS_REGION)")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _policy(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--policy", metavar="FOLDER", default="", help="write the policy documents there, one file for each who acts"
    )


def call(given: Namespace) -> int:
    """See `VerbModule`."""
    doing: Callable[[Namespace], Awaitable[int]] = given.do

    async def done() -> int:
        return await doing(given)

    return asyncio.run(done())


async def _plan(given: Namespace) -> int:
    from kiro_worker.cli.deployshow import plan_document, plan_lines
    from kiro_worker.deploy.layers import deploy_needs
    from kiro_worker.deploy.need import merged
    from kiro_worker.deploy.template import Place
    from kiro_worker.deploy.toolkit import bootstrap_of

    cdk, assembly = await _templates(given)
    stacks = assembly.chosen(given.stacks)
    bootstrap = bootstrap_of(assembly.stacks, cdk.package)
    place = Place(given.account, _region(given) or "us-east-1")
    needs = {stack.name: deploy_needs(stack, place, bootstrap) for stack in stacks}
    written = _write_policies(given, merged(need for each in needs.values() for need in each))
    if given.json:
        print_json(plan_document(stacks, needs, written))
    else:
        put(sys.stdout, plan_lines(stacks, needs, written, Ink(sys.stdout)))
    return 0


async def _check(given: Namespace) -> int:
    from kiro_worker.aws import Aws
    from kiro_worker.cli.deployshow import check_document, check_lines
    from kiro_worker.deploy.check import check
    from kiro_worker.deploy.toolkit import bootstrap_of

    cdk, assembly = await _templates(given)
    region = _needed_region(given)
    passing = Passing(sys.stdout, shown=not given.json)

    def says(what: str) -> None:
        passing.clear()
        passing.show(f"looking at {what}")

    found = await check(
        Aws(region=region), assembly.chosen(given.stacks), bootstrap_of(assembly.stacks, cdk.package),
        region=region, operations=given.operations or (), says=says,
    )  # fmt: skip
    passing.clear()
    written = _write_policies(given, [need for report in found.reports for need in report.needs])
    if given.json:
        print_json(check_document(found, written))
    else:
        put(sys.stdout, check_lines(found, written, Ink(sys.stdout)))
    return 0 if found.is_good else _FAILED


async def _templates(given: Namespace) -> "tuple[Cdk, Assembly]":
    """The templates, made anew unless they are named."""
    from kiro_worker.deploy.assembly import read_assembly
    from kiro_worker.deploy.cdk import Cdk
    from kiro_worker.deploy.fault import NoAssembly

    infra = Path(given.infra)
    cdk = Cdk(infra, os.environ)
    if given.assembly:
        return cdk, read_assembly(Path(given.assembly))
    if not (infra / "cdk.json").is_file():
        raise NoAssembly(folder=given.infra, why="it holds no cdk.json")
    passing = Passing(sys.stdout, shown=not given.json)
    passing.show(f"making the templates of {given.env}")
    out = infra.absolute() / "cdk.out" / given.env
    await cdk.synth(given.env, out)
    passing.clear()
    return cdk, read_assembly(out)


def _region(given: Namespace) -> str:
    return str(given.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "")


def _needed_region(given: Namespace) -> str:
    region = _region(given)
    if not region:
        from kiro_worker.cli.options import OptionUnfit

        raise OptionUnfit("No region is named.", next_step="Name one: --region eu-west-1, or set AWS_REGION.")
    return region


def _write_policies(given: Namespace, needs: "list[Need] | tuple[Need, ...]") -> tuple[str, ...]:
    if not given.policy:
        return ()
    from kiro_worker.deploy.policyfiles import write_policies

    return tuple(str(path) for path in write_policies(Path(given.policy), needs))


if TYPE_CHECKING:
    from kiro_worker.deploy.need import Need
