"""docs/deployment/iam-permissions.md: the policies that deploying takes, made from the templates of an environment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kiro_worker.deploy.assembly import Stack, read_assembly
from kiro_worker.deploy.implied import IMPLIED
from kiro_worker.deploy.layers import bootstrap_needs, check_needs, deploy_needs, verify_needs
from kiro_worker.deploy.need import OPERATIONS, Layer, Need, merged
from kiro_worker.deploy.parts import parts_of
from kiro_worker.deploy.policy import MOST, documents, size_of
from kiro_worker.deploy.template import Place
from kiro_worker.deploy.toolkit import bootstrap_of
from reference import MADE
from reference.table import table

# Of Amazon's documentation; the account is nobody's.
PLACE = Place("111122223333", "eu-west-1")
_CALLER = f"arn:aws:iam::{PLACE.account}:user/deployer"

_MADE = MADE.replace("`make docs-write`", "`python tools/write_permissions.py`")
_HEAD = f"""\
# What deploying may do, and what runs may do

{_MADE}

The names are those of environment `test` with every stack, in account {PLACE.account}, region {PLACE.region}. For
yours, with your account, region and environment in all of them, the same documents are written by

```console
kiro-worker deploy check --env production --policy policies
```

Each of those who act is asked about before anything is touched:

| Who | Does | Its rights come from |
| --- | --- | --- |
| the caller | assumes two roles, looks at stacks | you: [the policy below](#the-caller) |
| publishing role | puts templates and packages into the CDK's bucket | `cdk bootstrap` |
| deploy role | asks CloudFormation, and hands it the execution role | `cdk bootstrap` |
| execution role | makes, changes, takes away the resources | you: [below](#the-execution-role); the CDK's own is all |

How these are found: the schemas of CloudFormation's resource types name the calls that each operation makes
(`src/kiro_worker/deploy/handlers.json`); those that are only for a property that our templates do not set are left out
(`deploy/only_where.py`); each is bound to the resource's own name. A change that takes a property *away* can need the
call that an earlier version set it with: check with the new templates first, and give both for that one deployment.

What stays wide, since nothing narrower exists: a KMS key has no name before it is made, so the calls on keys are for
all keys of the account and region; restrict them by `aws:ResourceTag` once the key is there. `kms:CreateKey` and
the calls that only list take no resource at all.
"""

_CALLER_TEXT = """\
## The caller

Enough for `deploy check`, `up`, `verify` and `down` where the CDK's bootstrap is there.
"""

_BOOTSTRAP_TEXT = """\
### Before there is a bootstrap

`cdk bootstrap`, which `deploy up` calls where it is needed, makes the roles above in the caller's own name. Once per
account and region, and best by somebody who may make roles anyway, it takes besides:
"""

_EXECUTION_TEXT = """\
## The execution role

Make policies of these, and have the bootstrap give the role nothing else:

```console
kiro-worker deploy up --execution-policy arn:aws:iam::111122223333:policy/NAME,arn:aws:iam::111122223333:policy/NAME-2
```
"""

_RUNTIME = """\
## What runs may do

Each role of the running system is given what its own code calls, and what stands here. A test compares both ways
(`tests/infra/test_role_calls.py`): nothing is called that is not granted, nothing is granted without a reason.
"""


def page(folder: Path, cdk: Path) -> str:
    """The page.

    Args:
        folder: of the synthesized templates.
        cdk: of the CDK's package, with the template of the bootstrap.
    """
    return "\n".join([_HEAD, *_parts(folder, cdk)]).rstrip() + "\n"


def _parts(folder: Path, cdk: Path) -> Iterator[str]:
    stacks = read_assembly(folder).stacks
    bootstrap = bootstrap_of(stacks, cdk)
    needs = {stack.name: deploy_needs(stack, PLACE, bootstrap) for stack in stacks}
    everything = merged(need for each in needs.values() for need in each)
    roles = sorted({need.principal for need in everything if need.principal})
    parts = parts_of(stacks, PLACE, "test")
    yield from _counts(stacks, needs)
    yield _CALLER_TEXT
    besides = (*check_needs(roles, _CALLER), *verify_needs(parts, PLACE))
    yield from _documents(merged([*_of(everything, Layer.CALLER), *besides]))
    yield _BOOTSTRAP_TEXT
    yield from _documents(bootstrap_needs(bootstrap, PLACE))
    yield _EXECUTION_TEXT
    yield from _documents(_of(everything, Layer.EXECUTION))
    yield "## The roles of the bootstrap\n"
    yield "Nothing is to be done for these: the CDK gives them what they need, and this is what of it is used.\n"
    for layer in (Layer.PUBLISHING, Layer.DEPLOY):
        yield f"### The {layer}\n"
        yield from _documents(_of(everything, layer))
    yield "## By stack and operation\n"
    yield from _actions(stacks, needs)
    yield _RUNTIME
    yield from _runtime(folder)


def _of(needs: Sequence[Need], layer: Layer) -> tuple[Need, ...]:
    return tuple(need for need in needs if need.layer is layer)


def _counts(stacks: Sequence[Stack], needs: Mapping[str, Sequence[Need]]) -> Iterator[str]:
    yield "Calls of the execution role, counted by the resource that each is made on:\n"
    rows = []
    for stack in stacks:
        after = ", ".join(f"`{each}`" for each in stack.needs) or "-"
        rows.append((f"`{stack.name}`", after, *(str(len(_for(needs[stack.name], each))) for each in OPERATIONS)))
    yield from table(("Stack", "After", *OPERATIONS), rows)
    yield ""


def _for(needs: Sequence[Need], operation: str) -> list[Need]:
    own = _of(needs, Layer.EXECUTION)
    return [need for need in own if any(cause.operation == operation for cause in need.causes)]


def _documents(needs: Sequence[Need]) -> Iterator[str]:
    made = documents(needs)
    for number, document in enumerate(made, start=1):
        which = f"Part {number} of {len(made)}, " if len(made) > 1 else ""
        yield f"{which}{size_of(document['Statement']):,} of the {MOST:,} signs that a managed policy may have:\n"
        yield f"```json\n{json.dumps(document, indent=2)}\n```\n"


def _actions(stacks: Sequence[Stack], needs: Mapping[str, Sequence[Need]]) -> Iterator[str]:
    rows = [
        (
            f"`{stack.name}`",
            operation,
            ", ".join(f"`{action}`" for action in sorted(_named(needs[stack.name], operation))),
        )
        for stack in stacks
        for operation in OPERATIONS
    ]
    yield from table(("Stack", "Operation", "Actions of the execution role"), rows)
    yield ""


def _named(needs: Sequence[Need], operation: str) -> set[str]:
    return {need.action for need in _for(needs, operation)}


def _runtime(folder: Path) -> Iterator[str]:
    rows = [
        (f"`{role}`", ", ".join(f"`{action}`" for action in sorted(set(_listed(statement["Action"])))), _sid(statement))
        for path in sorted(folder.glob("*.template.json"))
        for role, statement in _statements(json.loads(path.read_bytes()))
    ]
    yield from table(("Role", "May", "As"), rows)
    yield ""
    yield "Granted without a call of ours:\n"
    yield from table(
        ("Action", "Called by", "What for"),
        ((", ".join(f"`{each}`" for each in row.actions), row.by, row.why) for row in IMPLIED),
    )


def _statements(template: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in template["Resources"].values():
        if each["Type"] == "AWS::IAM::Role":
            for policy in each["Properties"].get("Policies", ()):
                yield from ((each["Properties"]["RoleName"], one) for one in policy["PolicyDocument"]["Statement"])


def _sid(statement: Mapping[str, Any]) -> str:
    return f"`{statement['Sid']}`" if "Sid" in statement else ""


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
