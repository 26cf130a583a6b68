"""Kiro CLI without its screen, and any other program that takes a prompt and prints an answer."""

from kiro_worker.agent.kiro_headless.agent import HeadlessAgent

__all__ = ["HeadlessAgent"]
