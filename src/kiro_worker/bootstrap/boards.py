"""Which board the worker takes its work from."""

from kiro_worker.board.columns import Columns
from kiro_worker.board.local import LocalBoard
from kiro_worker.board.port import Boards, Column
from kiro_worker.bootstrap.workshop import Workshop
from kiro_worker.config.settings import BoardSettings, Config


def columns_of(settings: BoardSettings) -> Columns:
    """How the board calls the worker's columns.

    Raises:
        BoardSetting: two have one name.
    """
    return Columns(
        {
            Column.READY: settings.column_ready,
            Column.WORKING: settings.column_working,
            Column.REVIEW: settings.column_review,
            Column.FAILED: settings.column_failed,
            Column.NEEDS_INPUT: settings.column_needs_input,
        }
    )


def local_board(shop: Workshop, config: Config) -> LocalBoard:
    """The board of this machine."""
    return LocalBoard(shop.state, columns_of(config.board), shop.clock)


def board_for(shop: Workshop, config: Config) -> Boards:
    """The board that the settings name.

    Raises:
        BoardSetting: they do not go together.
        CredentialMissing: there is nothing to sign in with.
    """
    if config.board.kind == "local":
        return local_board(shop, config)
    from kiro_worker.bootstrap.project import project_board

    return project_board(shop, config, columns_of(config.board))
