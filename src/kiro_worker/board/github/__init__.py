"""Work items on a project of GitHub (Projects v2)."""

from kiro_worker.board.github.board import GitHubBoard
from kiro_worker.board.github.layout import Project
from kiro_worker.board.github.line import Answer, Line, Query, Refusal

__all__ = ["Answer", "GitHubBoard", "Line", "Project", "Query", "Refusal"]
