"""Kiro Worker: a spec branch in, a tested and honest pull request out."""

__version__ = "0.1.0"
