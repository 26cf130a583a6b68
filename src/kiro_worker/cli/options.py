"""Options that several verbs share."""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from kiro_worker.config.key import Key, keys
from kiro_worker.error import Fault, WorkerError
from kiro_worker.ids import is_run_id
from kiro_worker.run.start import Whence


class OptionUnfit(WorkerError):
    """An option's value cannot be used."""

    code = "cli.option"
    fault = Fault.CONFIG


def where_options(parser: ArgumentParser, *, looks_only: bool = False) -> None:
    """Which repository and branch; the settings' own --branch, --base and --remote say more."""
    group = parser.add_argument_group("where")
    group.add_argument("--repository", metavar="URL", default="", help="work on this repository, not on the clone here")
    group.add_argument("--new-branch", action="store_true", help="begin a new branch from the base")
    if not looks_only:
        group.add_argument("--push", action="store_true", help="push the checked-out branch first, if it is not")
    group.add_argument("-C", dest="folder", metavar="FOLDER", default=".", help="as if called in this folder")


def setting_options(parser: ArgumentParser, *, sections: Collection[str] = ()) -> None:
    """A flag for each setting, the same that docs/reference/settings.md lists; with `sections`, only for theirs."""
    group = parser.add_argument_group("settings (docs/reference/settings.md tells of each)")
    for key in keys().values():
        if sections and key.name.partition(".")[0] not in sections:
            continue
        if key.type is bool:
            group.add_argument(key.flag, dest=key.name, action=BooleanOptionalAction, default=None, help=_about(key))
        elif key.choices:
            group.add_argument(
                key.flag, dest=key.name, choices=[one for one in key.choices if one], default=None, help=_about(key)
            )
        else:
            several = "append" if key.name == "spec.only" else "store"
            metavar = key.name.rpartition(".")[2].upper()
            group.add_argument(key.flag, dest=key.name, action=several, default=None, metavar=metavar, help=_about(key))
    group.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="any setting by its name")


def _about(key: Key) -> str:
    return f"{key.name} ({'unset' if key.default in {'', ()} else key.default})".replace("%", "%%")


def flags_of(given: Namespace) -> Mapping[str, Any]:
    """The settings on the command line, by dotted name.

    Raises:
        OptionUnfit: for a `--set` that is no `key=value`.
    """
    flags: dict[str, Any] = {}
    for name in keys():
        value = getattr(given, name, None)
        if value is not None:
            flags[name] = tuple(value) if isinstance(value, list) else value
    for text in getattr(given, "set", ()):
        key, separator, value = text.partition("=")
        if not separator:
            raise OptionUnfit(f"--set {text} is no KEY=VALUE.", next_step="Write it as --set gates.repair_rounds=1")
        flags[key.strip()] = value
    return flags


def folder_of(given: Namespace) -> Path:
    """The folder that the verb is called in.

    Raises:
        OptionUnfit: it is not there.
    """
    folder = Path(given.folder).absolute()
    if not folder.is_dir():
        raise OptionUnfit(f"-C {given.folder} is no folder.", next_step="Name one that is there, or leave -C out.")
    return folder


def whence_of(given: Namespace) -> Whence:
    """Where the run takes its repository from.

    Raises:
        OptionUnfit: the folder is not there.
    """
    return Whence(
        folder=folder_of(given),
        repository=given.repository,
        new_branch=given.new_branch,
        push=getattr(given, "push", False),
    )


def run_id(text: str) -> str:
    """A run's id, which names files too; for an option's `type`."""
    if text and not is_run_id(text):
        raise ArgumentTypeError(f"{text!r} is no run's id, which is r- and 26 letters and digits")
    return text


def positive(text: str) -> int:
    """A number of things, at least one; for an option's `type`."""
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)
