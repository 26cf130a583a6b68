from kiro_worker.testing.board_contract import BoardContract


class TestGitHubBoard(BoardContract):
    pass
