"""The repository and what its settings call for: remote, spec, settings, agent, forge, tests."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiro_worker.bootstrap.adapters import (
    agent_for,
    base_files,
    checks_gate,
    confinements,
    forge_for,
    tests_gate,
)
from kiro_worker.bootstrap.settings import gate_settings, policy_at, sources_at
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config import Config, Loaded, credential_names
from kiro_worker.config.credentials import credential_variables
from kiro_worker.config.load import load
from kiro_worker.doctor.check import Check, doubtful, good
from kiro_worker.doctor.unseen import told, unseen
from kiro_worker.git.local import LocalClone, look_at_clone
from kiro_worker.ids import Oid
from kiro_worker.run.fault import AgentNotReady, GateNotReady, forge_not_ready
from kiro_worker.run.reading import SPECS, chosen_spec, head_of, insist_on_tasks, spec_files
from kiro_worker.run.report.words import counted
from kiro_worker.run.start import RemoteMissing, Whence
from kiro_worker.spec import Severity, execution_order, read_spec
from kiro_worker.workspace.port import Snapshot, Workspaces


async def look_at_your_clone(shop: Workshop, whence: Whence) -> LocalClone:
    """The clone around a folder, which has to have the remote.

    Raises:
        NotInClone: there is none.
        RemoteMissing: it has another.
    """
    clone = await look_at_clone(shop.git, whence.folder, under=SPECS.rstrip("/"))
    if whence.remote not in clone.urls:
        raise RemoteMissing(remote=whence.remote, there=tuple(clone.urls), top=clone.top)
    return clone


def look_at_snapshot(snapshot: Snapshot, *, branch: str | None, base: str, url: str) -> tuple[Check, Oid]:
    """What the remote answered, and the commit that a run would begin at.

    Raises:
        WorkerError: a branch is not there, or is the base itself.
    """
    head = head_of(snapshot, branch=branch, base=base, repository=url)
    told = f"{branch} at {head[:10]}, " if branch else ""
    return good("remote", f"{url} answers: {told}base {snapshot.base_branch} at {(snapshot.base or '')[:10]}"), head


async def look_at_settings(
    shop: Workshop, workspaces: Workspaces, snapshot: Snapshot, flags: Mapping[str, Any], clone: LocalClone | None
) -> tuple[Check, Loaded]:
    """The settings and the policy that a run of this branch would have.

    Args:
        shop: knows the machine.
        workspaces: read the branches.
        snapshot: what to read.
        flags: settings of the command line.
        clone: the one whose branch it is, if any: what it has besides is not seen by a run.

    Raises:
        ConfigInvalid: with all that is wrong.
        PolicyInvalid: likewise.
    """
    sources = await sources_at(shop.machine, workspaces, snapshot, flags)
    loaded = load(sources)
    await policy_at(workspaces, snapshot)
    said = sum(setting.origin != "default" for setting in loaded.settings.values())
    says = f"{counted(said, 'setting')} besides the defaults"
    warnings = list(loaded.warnings)
    if clone and (others := unseen(clone.top, sources.branch)):
        warnings.append(told(others, str(clone.branch)))
    if warnings:
        return doubtful("settings", f"{says}. {' '.join(warnings)}", "See each: kiro-worker config show"), loaded
    return good("settings", says), loaded


async def look_at_spec(workspaces: Workspaces, loaded: Loaded, snapshot: Snapshot, head: Oid, *, branch: str) -> Check:
    """The spec that a run would carry out.

    Raises:
        WorkerError: there is none, several fit, or it has no task.
    """
    history = await workspaces.history(head, snapshot.base) if head != snapshot.base else ()
    settings = loaded.config.spec
    name = await chosen_spec(workspaces, settings, snapshot, head, branch=branch, history=history)
    spec = read_spec(name, await spec_files(workspaces, head, name))
    insist_on_tasks(spec, only=settings.only)
    order = execution_order(
        spec.tasks,
        include_optional=settings.include_optional,
        only=frozenset(settings.only),
        until=settings.until or None,
    )
    says = f"{name}: {counted(len(order.tasks), 'task')} to do" if order.tasks else f"{name}: no selected task is open"
    wrong = sum(each.severity is Severity.ERROR for each in spec.diagnostics)
    if wrong:
        return doubtful("spec", f"{says}, {counted(wrong, 'error')} in its files", f"kiro-worker spec check {name}")
    return good("spec", says)


async def look_at_agent(shop: Workshop, config: Config, *, folder: Path) -> Check:
    """The agent: program, version, login; nothing is spent.

    Raises:
        WorkerError: it cannot work.
    """
    _, confined = await confinements(shop, config, folder.name)
    agent, homes = agent_for(shop, config, folder, children=confined.agent)
    try:
        found = await agent.check(homes.fresh("check"))
    finally:
        homes.clear()
        await shop.open_up(folder.name)
    if found.outcome is not None:
        raise AgentNotReady(agent=found.name, outcome=found.outcome, detail=found.detail, cure=found.cure)
    return good("agent", " ".join(filter(None, (found.name, found.version))) + " is there")


async def look_at_forge(shop: Workshop, config: Config, url: str) -> Check:
    """The forge: its token and what that may do.

    Raises:
        WorkerError: it cannot be used.
    """
    forge = forge_for(shop, config, url)
    try:
        found = await forge.check()
    finally:
        await forge.close()
    if not found.ready:
        raise forge_not_ready(forge.name, found)
    account = f" as {found.account}" if found.account else ""
    says = f"{forge.name}{account}" + (f": {found.detail}" if found.detail else "")
    return good("forge", says)


async def look_at_tests(
    shop: Workshop, workspaces: Workspaces, loaded: Loaded, base: Oid, *, tree: Path | None
) -> Check:
    """The command that tests the project, and the tools that it takes; nothing of the project's is run.

    The tree is the one that the user stands in, and is only read: what is installed there is what they see.

    Raises:
        GateNotReady: the gates could not look.
    """
    from kiro_worker.gate.detect import Asked, detect
    from kiro_worker.gate.port import Subject

    files = await base_files(workspaces, base)
    settings = gate_settings(loaded)
    if settings.test_command:
        says = "gates.test_command" if loaded.config.gates.test_command else "the commands of buildspec.yml"
    else:
        found = detect(files, Asked(coverage=settings.coverage != "off"))
        says = f"{found[0].runner} ({found[0].because})" if found else ""
    if tree is None:
        return good("tests", f"{says or 'nothing was recognised'}; its tools are looked for in a clone only")
    with tempfile.TemporaryDirectory(prefix="kiro-worker-doctor-") as scratch:
        environment = _test_environment(shop, loaded, Path(scratch, "home"), tree)
        subject = Subject(tree=tree, scratch=Path(scratch, "check"), environment=environment, commit=base)
        missing = await tests_gate(shop, loaded, files).check(subject)
    if missing:
        first = missing[0]
        raise GateNotReady(code=first.code, title=f"{first.title} {first.detail}".strip(), cure=first.cure)
    return good("tests", f"{says}, and its tools are there")


async def look_at_checks(
    shop: Workshop, workspaces: Workspaces, loaded: Loaded, base: Oid, *, tree: Path | None
) -> Check:
    """The repository's own checks: which would be run, and whether their programs are there; none is run."""
    gate = checks_gate(shop, loaded, await base_files(workspaces, base))
    with tempfile.TemporaryDirectory(prefix="kiro-worker-doctor-") as scratch:
        place = tree or Path(scratch)
        environment = _test_environment(shop, loaded, Path(scratch, "home"), place)
        planned = gate.planned(place, environment)
        missing = gate.foresee(place, environment) if tree is not None else ()
    names = [
        one.name if one.named else f"{one.name} ({one.because})" for one in planned if one.named or not one.missing
    ]
    says = ", ".join(names) or "none are named, and no tool that the base branch configures is installed here"
    if missing:
        # What the set-up of a run installs may not be here yet.
        return doubtful("checks", f"{says}; {missing[0].title}", missing[0].cure)
    return good("checks", says)


def _test_environment(shop: Workshop, loaded: Loaded, home: Path, tree: Path) -> Mapping[str, str]:
    from kiro_worker.gate.environment import test_environment

    config = loaded.config
    return test_environment(
        shop.machine.environment,
        home=home,
        tree=tree,
        variables=gate_settings(loaded).variables,
        refused=[name for each in credential_variables(config) for name in credential_names(config.environment, each)],
    )
