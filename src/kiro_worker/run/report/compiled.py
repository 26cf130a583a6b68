"""The page's templates, compiled once: what Jinja makes of them is kept beside them, as Python keeps its own."""

import hashlib
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import jinja2

_FOLDER = Path(__file__).with_name("template")


def environment(finalize: Callable[[object], object], kept: Path = _FOLDER / "__pycache__") -> jinja2.Environment:
    """What makes templates of the files of this package.

    Args:
        finalize: what becomes of each value before it is escaped.
        kept: the folder of what was compiled; who may write there may write the code beside it, too.
    """
    return jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
        loader=jinja2.FunctionLoader(_source),
        bytecode_cache=_Kept(kept),
    )


def _source(name: str) -> str:
    return files(__package__).joinpath("template", name).read_text(encoding="utf-8")


class _Kept(jinja2.BytecodeCache):
    """Compiled templates in a folder, if it can be written; whoever reads one of another source makes it anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_source_checksum(self, source: str) -> str:
        """Of all that the code is made from, the options above with it."""
        made_from = (source, jinja2.__version__, Path(__file__).read_text(encoding="utf-8"))
        return hashlib.sha256(repr(made_from).encode()).hexdigest()

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Where there is none, or another's, the bucket stays empty."""
        with suppress(OSError), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Write it whole or not at all: other runs may read it meanwhile."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                bucket.write_bytecode(file)
            written = Path(file.name)
            written.chmod(0o644)
            written.replace(self._file(bucket))

    def _file(self, bucket: jinja2.bccache.Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}.code"
