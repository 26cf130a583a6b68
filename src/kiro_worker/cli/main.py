"""The entry point. It stays small: `--help` and `--version` answer before anything heavy is loaded."""

import sys

import kiro_worker

# Importing `typing` would be a fifth of the time that `--help` takes; checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import HelpFormatter
    from collections.abc import Sequence

    from kiro_worker.cli.verb import VerbModule
    from kiro_worker.error import WorkerError

_USAGE_STATUS = 2


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run one verb; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in {"--version", "-V"}:
        print(f"kiro-worker {kiro_worker.__version__}")
        return 0
    from kiro_worker.cli.verbs import VERBS, overview

    if not words or words[0] in {"--help", "-h", "help"}:
        print(overview())
        return 0
    verb = VERBS.get(words[0])
    if verb is None:
        return _unknown(words[0], tuple(VERBS))
    status = _call(verb.name, verb.module, verb.summary, words[1:])
    if argv is None:
        _leave(status)
    return status


def _leave(status: int) -> None:
    """End the process at once: Python would first take apart all that was loaded, which takes longer than most verbs.

    It returns, and Python ends as it always does, where something still runs, watches, or cannot be written.
    """
    import atexit
    import os

    threads = sys.modules.get("threading")
    if (threads is not None and threads.active_count() > 1) or sys.gettrace() or sys.getprofile():
        return
    atexit._run_exitfuncs()  # as multiprocessing ends its children  # noqa: SLF001
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError:
        return
    os._exit(status)


def _call(name: str, module: str, summary: str, words: "Sequence[str]") -> int:
    import gc
    from importlib import import_module
    from io import TextIOWrapper

    from kiro_worker.cli.usage import Parser
    from kiro_worker.error import WorkerError

    # What is loaded stays: looking for rubbish in it, now or later, is time lost.
    gc.disable()
    doing: VerbModule = import_module(f"kiro_worker.cli.{module}")
    gc.freeze()
    gc.enable()
    about = summary[0].upper() + summary[1:] + "."
    parser = Parser(prog=f"kiro-worker {name}", description=about, formatter_class=_formatter)
    doing.arguments(parser)
    given = parser.parse_args(words)
    if isinstance(sys.stdout, TextIOWrapper):
        # A sign that the terminal's encoding lacks must not end the verb that only shows it.
        sys.stdout.reconfigure(errors="backslashreplace")
    status = 0
    try:
        status = doing.call(given)
        # Here, where a reader that went away can still be told from a fault.
        sys.stdout.flush()
    except (WorkerError, ExceptionGroup) as raised:
        error = _fault_in(raised)
        if error is None:
            return _unheard()
        from kiro_worker.run.verdict import exit_status, verdict_of

        print("\n".join(error.lines()), file=sys.stderr)
        return exit_status(verdict_of(error.fault), terminated=getattr(error, "terminated", False))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _unheard(status)
    finally:
        # The end is near: Python would look through all that was loaded for rubbish, several times, as it leaves.
        gc.freeze()
    return status


def _unheard(status: int = 0) -> int:
    """The reader, such as `head`, has seen enough; Python must not complain while closing stdout."""
    sys.stdout = None
    return status


def _fault_in(raised: Exception) -> "WorkerError | None":
    """The fault itself: tasks that end together hand their faults on in groups. None is a reader that went away."""
    from kiro_worker.error import WorkerError

    found: BaseException = raised
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    if isinstance(found, BrokenPipeError):
        return None
    if not isinstance(found, WorkerError):
        raise raised
    return found


def _formatter(prog: str) -> "HelpFormatter":
    """As wide as the terminal; argparse itself would load `shutil` for that, even where no help is asked for."""
    import os
    from argparse import HelpFormatter

    said = os.environ.get("COLUMNS", "")
    try:
        width = int(said) if said.isdecimal() else os.get_terminal_size().columns
    except OSError:
        # No terminal; this is what everybody takes then.
        width = 80
    return HelpFormatter(prog, width=max(width, 40) - 2)


def _unknown(word: str, verbs: "Sequence[str]") -> int:
    from difflib import get_close_matches

    near = get_close_matches(word, verbs, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    print(f"kiro-worker: there is no verb {word!r}.{hint}\nkiro-worker --help lists them all.", file=sys.stderr)
    return _USAGE_STATUS


if __name__ == "__main__":
    sys.exit(main())
