"""A work item that is made only to see it done: a branch with one small task, its pull request, and its card.

It is made as the API's function makes one: through GitHub's interface, with the sign-in of the deployment itself.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from kiro_worker.bootstrap.credentials import fetch_credentials
from kiro_worker.bootstrap.delegate import Delegated, delegate
from kiro_worker.bootstrap.looking import clone_address
from kiro_worker.bootstrap.machine import this_machine
from kiro_worker.bootstrap.planting import ForgePlanting
from kiro_worker.bootstrap.projectconfig import settings_of
from kiro_worker.bootstrap.settings import early_settings
from kiro_worker.bootstrap.workshop import workshop
from kiro_worker.deploy.fault import NoItem
from kiro_worker.deploy.parts import Parts
from kiro_worker.deploy.verify import Item
from kiro_worker.dispatch.delegate import Form, Idea
from kiro_worker.run.start import Source

_IDEA = Idea(
    title="Kiro Worker: proof of a deployment",
    objective="Show that work goes the whole way, from the board to a pull request. Close it, and delete its branch.",
    acceptance=("The file KIRO_WORKER_PROOF.md holds one line: This deployment works.",),
)


async def make_item(board: str, *, parts: Parts, environment: Mapping[str, str]) -> Item:
    """Make it on the board that the deployment looks at.

    Args:
        board: what the parameter holds.
        parts: of the deployment; the poller's variables say how GitHub is signed in to.
        environment: of this process, with credentials that may read that secret.

    Raises:
        NoItem: it is not on the board.
        WorkerError: the secret, the forge or the board does not do its part; names what was made before it.
    """
    told = settings_of(parts.parameter, board)
    with TemporaryDirectory(prefix="kiro-worker-verify-") as folder:
        # Nothing of this machine's own settings or credentials counts: it is the deployment that is proved.
        place = {"HOME": folder, "XDG_STATE_HOME": str(Path(folder, "state")), "XDG_CONFIG_HOME": folder}
        made = await _made({**_without_settings(environment), **told, **parts.variables, **place})
    if not made.card:
        raise NoItem(why=made.note or "the board shows no card of it")
    return Item(made.pull_request.branch, made.pull_request.url)


async def _made(variables: Mapping[str, str]) -> Delegated:
    machine = this_machine(variables)
    config = early_settings(machine, {})
    if not config.board.repositories:
        raise NoItem(why="the parameter names no repository")
    async with workshop(machine) as shop:
        await fetch_credentials(shop, config)
        source = Source(url=clone_address(config, config.board.repositories[0]), branch=None)
        return await delegate(shop, config, source, _IDEA, Form.TASK_FILE, planting=ForgePlanting(shop, config))


def _without_settings(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(("KIRO_", "GITHUB_"))}
