from cli.conftest import fresh

__all__ = ["fresh"]
