"""`kiro-worker deploy`: what a deployment to AWS needs, whether it is allowed, doing it, proving it, and undoing it."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.cli.terminal import Ink, Passing, print_json, put
from kiro_worker.forge.escape import visible

if TYPE_CHECKING:
    from kiro_worker.aws import Aws
    from kiro_worker.deploy.assembly import Assembly
    from kiro_worker.deploy.cdk import Cdk
    from kiro_worker.deploy.check import Check
    from kiro_worker.deploy.need import Need
    from kiro_worker.deploy.template import Place
    from kiro_worker.deploy.verify import Item

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
    up = verb("up", "look first, then deploy in order, bootstrapping where that is needed; again goes on", _up)
    up.add_argument("--unchecked", action="store_true", help="without looking first what is allowed")
    up.add_argument(
        "--execution-policy", metavar="ARN", default="", help="what a new bootstrap lets CloudFormation do (everything)"
    )
    verify = verb("verify", "look at what is deployed, then send one work item the whole way", _verify)
    verify.add_argument("--look", action="store_true", help="only look; no work item is made")
    down = verb("down", "what goes and what stays; with --yes, take the stacks away, the last first", _down)
    down.add_argument("--yes", action="store_true", help="do it")


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
    from kiro_worker.cli.deployshow import check_document, check_lines
    from kiro_worker.deploy.layers import check_needs, verify_needs
    from kiro_worker.deploy.parts import parts_of

    cdk, assembly = await _templates(given)
    found = await _checked(given, cdk, assembly, given.operations or ())
    needs = [need for report in found.reports for need in report.needs]
    actors = [report.principal for report in found.reports if ":role/" in report.principal]
    # To look and to prove take rights too, and whoever writes a policy from this will want both.
    parts = parts_of(assembly.stacks, found.place, given.env)
    besides = (*check_needs(actors, found.caller), *verify_needs(parts, found.place))
    written = _write_policies(given, [*needs, *besides])
    if given.json:
        print_json(check_document(found, written))
    else:
        put(sys.stdout, check_lines(found, written, Ink(sys.stdout)))
    return 0 if found.is_good else _FAILED


async def _checked(given: Namespace, cdk: "Cdk", assembly: "Assembly", operations: "tuple[str, ...]") -> "Check":
    from kiro_worker.aws import Aws
    from kiro_worker.deploy.check import check
    from kiro_worker.deploy.toolkit import bootstrap_of

    region = _needed_region(given)
    passing = Passing(sys.stdout, shown=not given.json)

    def says(what: str) -> None:
        passing.clear()
        passing.show(f"looking at {what}")

    found = await check(
        Aws(region=region), assembly.chosen(given.stacks), bootstrap_of(assembly.stacks, cdk.package),
        region=region, operations=operations, says=says,
    )  # fmt: skip
    passing.clear()
    return found


async def _up(given: Namespace) -> int:
    from kiro_worker.aws import Aws
    from kiro_worker.cli.deployshow import check_document, check_lines, up_document, up_lines
    from kiro_worker.deploy.up import Deployment

    cdk, assembly = await _templates(given)
    found = await _checked(given, cdk, assembly, ("create", "update"))
    if not found.is_good and not given.unchecked:
        if given.json:
            print_json(check_document(found, ()))
        else:
            put(sys.stdout, check_lines(found, (), Ink(sys.stdout)))
        return _FAILED
    way = Deployment(Aws(region=found.place.region), cdk, found.place, _progress)
    if found.to_bootstrap:
        await way.bootstrap(given.execution_policy)
    done = await way.stacks(assembly, found.stacks)
    if given.json:
        print_json(up_document(done, bootstrapped=found.to_bootstrap))
    else:
        put(sys.stdout, up_lines(done, bootstrapped=found.to_bootstrap))
    return 0


async def _down(given: Namespace) -> int:
    from kiro_worker.aws import Aws
    from kiro_worker.cli.deployshow import down_document, down_lines
    from kiro_worker.deploy.down import standing, staying, take_down

    cdk, assembly = await _templates(given)
    aws = Aws(region=_needed_region(given))
    place = await _place(aws, given)
    there = await standing(aws, assembly.chosen(given.stacks))
    if given.yes:
        await take_down(aws, cdk, assembly, there, _progress)
    stays = staying(there, place)
    if given.json:
        print_json(down_document(there, stays, done=given.yes))
    else:
        put(sys.stdout, down_lines(there, stays, done=given.yes))
    return 0


async def _verify(given: Namespace) -> int:
    from kiro_worker.cli.deployshow import station_document, station_lines
    from kiro_worker.clock import SystemClock
    from kiro_worker.deploy.item import make_item
    from kiro_worker.deploy.parts import parts_of
    from kiro_worker.deploy.verify import Verification, asking
    from kiro_worker.value import replace

    _, assembly = await _templates(given)
    aws = asking(_needed_region(given))
    place, chosen = await _place(aws, given), assembly.chosen(given.stacks)
    # Names may stand in any stack; what has to have a value is what those that were asked about need.
    secrets = parts_of(chosen, place, given.env).secrets
    parts = replace(parts_of(assembly.stacks, place, given.env), secrets=secrets)

    async def make(board: str) -> "Item":
        return await make_item(board, parts=parts, environment=this_machine().environment)

    proof = Verification(
        aws=aws, clock=SystemClock(), stacks=chosen, parts=parts,
        make_item=None if given.look else make,
    )  # fmt: skip
    stations, ink = [], Ink(sys.stdout)
    async for station in proof.stations():
        stations.append(station)
        if not given.json:
            put(sys.stdout, station_lines(station, ink))
    if given.json:
        print_json(station_document(stations))
    return 0 if all(station.good for station in stations) else _FAILED


async def _place(aws: "Aws", given: Namespace) -> "Place":
    from kiro_worker.deploy.principal import caller
    from kiro_worker.deploy.template import Place

    _, account, partition = await caller(aws)
    return Place(account, _needed_region(given), partition)


def _progress(line: str) -> None:
    put(sys.stderr, (visible(line),))


async def _templates(given: Namespace) -> "tuple[Cdk, Assembly]":
    """The templates, made anew unless they are named."""
    from kiro_worker.deploy.assembly import read_assembly
    from kiro_worker.deploy.cdk import Cdk
    from kiro_worker.deploy.fault import NoAssembly

    infra = Path(given.infra)
    cdk = Cdk(infra, this_machine().environment)
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
    environment = this_machine().environment
    return str(given.region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "")


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
