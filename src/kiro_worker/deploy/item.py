"""A work item that is made only to see it done: a branch with one small task, its pull request, and its card."""

import json
from collections.abc import Mapping
from typing import Any

from kiro_worker.aws import Aws, AwsRefused
from kiro_worker.deploy.fault import NoItem
from kiro_worker.deploy.verify import Item

_TITLE = "Kiro Worker: proof of a deployment"
_OBJECTIVE = "Show that work goes the whole way from the board to a pull request. Close it, and delete its branch."
_ACCEPTANCE = ("The file KIRO_WORKER_PROOF.md holds one line: This deployment works.",)


async def make_item(aws: Aws, board: Mapping[str, Any], *, token: str, environment: Mapping[str, str]) -> Item:
    """Make it on the board that the deployment looks at, with the deployment's own token.

    Args:
        aws: with credentials that may read the token.
        board: what the parameter says.
        token: the secret's name.
        environment: of this process.

    Raises:
        NoItem: the token may not be read.
        WorkerError: the forge or the board does not take it.
    """
    variables = {**environment, **variables_of(board), "GITHUB_TOKEN": await _token(aws, token)}
    from kiro_worker.bootstrap.delegate import delegate
    from kiro_worker.bootstrap.machine import this_machine
    from kiro_worker.bootstrap.settings import early_settings
    from kiro_worker.bootstrap.workshop import workshop
    from kiro_worker.dispatch.delegate import Form, Idea
    from kiro_worker.run.start import Whence, find_source, look_around

    machine = this_machine(variables)
    config = early_settings(machine, {})
    host = environment.get("GITHUB_SERVER_URL", "https://github.com")
    whence = Whence(
        folder=machine.home, remote=config.remote, new_branch=True,
        repository=f"{host}/{board['organization']}/{board['repository']}.git",
    )  # fmt: skip
    async with workshop(machine) as shop:
        source = await find_source(whence, shop.git, await look_around(whence, shop.git))
        idea = Idea(title=_TITLE, objective=_OBJECTIVE, acceptance=_ACCEPTANCE)
        made = await delegate(shop, config, source, idea, Form.TASK_FILE)
    if not made.card:
        raise NoItem(why=made.note or "the board has no card of it")
    return Item(made.pull_request.branch, made.pull_request.url)


def variables_of(board: Mapping[str, Any]) -> Mapping[str, str]:
    """The board as settings."""
    return {
        "KIRO_WORKER_BOARD_KIND": "github",
        "KIRO_WORKER_BOARD_OWNER": str(board["organization"]),
        "KIRO_WORKER_BOARD_NUMBER": str(board["projectNumber"]),
        "KIRO_WORKER_BOARD_COLUMN_READY": str(board["targetStatusColumn"]),
    }


async def _token(aws: Aws, name: str) -> str:
    try:
        told = await aws.ask("secretsmanager", "GetSecretValue", SecretId=name)
    except AwsRefused as refused:
        raise NoItem(why=f"the secret {name} cannot be read ({refused.said})") from None
    text = str(told.get("SecretString", "")).strip()
    try:
        return str(json.loads(text)["token"])
    except (ValueError, KeyError, TypeError):
        # A token as it is, which is the usual form.
        return text
