"""Checks of the repository's own: linters, type checkers, builds, audits; and the built-in look for secrets."""
