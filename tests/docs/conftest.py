from cli.conftest import furnished, kiro

__all__ = ["furnished", "kiro"]
