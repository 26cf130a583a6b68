"""From git's own words to the fault behind them; loaded when git first says something that has to be understood."""

import re
from pathlib import Path

from kiro_worker.error import WorkerError
from kiro_worker.git.fault import (
    DiskFull,
    GitDenied,
    GitFailed,
    GitTooSlow,
    GitUnreachable,
    MirrorBroken,
    NotWritable,
    RepositoryMissing,
)
from kiro_worker.process import Ending, Exit

_SHOWN = 1500

_DENIED = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Host key verification failed"
    r"|requested URL returned error: (?:401|403|407)|Permission denied \(|Permission to \S+ denied|Invalid username or"
    r"|[Aa]ccess denied|not granted|Bad credentials|SAML SSO|unable to read askpass|[Aa]uthentication required",
)
_MISSING = re.compile(
    r"[Rr]epository .*not found|returned error: 404|does not appear to be a git repository|project you were looking for"
    r"|repository '[^']*' does not exist|not valid: is this a git repository|[Rr]epository does not exist"
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_NOT_WRITABLE = re.compile(
    r"(Read-only file system)|insufficient permission for adding an object"
    r"|(?:unable to (?:create|write|append|open|mkdir)|could not (?:create|open|write)|cannot (?:mkdir|create|open)"
    r"|failed to)[^\n]*(?:Permission denied|Operation not permitted)"
)
_UNREACHABLE = re.compile(
    r"Could not resolve|name resolution|[Cc]onnection (?:was )?(?:reset|refused|timed out|aborted|closed)|timed out"
    r"|Failed to connect|Couldn't connect|early EOF|unexpected disconnect|hung up|RPC failed|Empty reply"
    r"|returned error: (?:408|425|429|5\d\d)|SSL_(?:ERROR_SYSCALL|connect|read)|GnuTLS|gnutls|transfer closed"
    r"|HTTP/2 stream|HTTP2 framing|too slow|kex_exchange|unreachable|No route to host|Broken pipe|unexpected EOF"
    r"|expected flush|bad line length|protocol error|invalid index-pack output|index-pack died|unpack-objects"
    r"|Could not read from remote repository|[Tt]oo many requests|temporarily unavailable|try again later",
)
_BROKEN = re.compile(
    r"is corrupt|bad object (?:refs/|HEAD)|missing (?:blob|tree|commit)|unable to read tree|could not parse commit"
    r"|unexpected line in |packfile .* (?:cannot be|is far)|bad (?:sig|config|tree|ref)|not a git repository"
    r"|unable to find [0-9a-f]{40}|inflate: data|unresolved deltas|did not send all necessary objects"
    r"|invalid sha1 pointer|non-monotonic index|index file .* is too small|file .* is not a GIT packfile"
    r"|unable to (?:load|open) existing (?:index|pack)"
)
_PROGRESS = re.compile(
    r"^(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving|Resolving|Writing|Unpacking|Updating|Total|Delta)"
    r"[^\n]*(?:\d+%|done\.?|\(delta \d+\)|reused)[^\n]*$",
    re.MULTILINE,
)


def words_of(said: bytes) -> str:
    """What git said, as a person should read it: without progress, without the middle when it is long."""
    text = said.decode("utf-8", "replace").replace("\r", "\n")
    text = _PROGRESS.sub("", text)
    text = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
    text = "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
    if len(text) > _SHOWN:
        text = f"{text[: _SHOWN // 3]}\n[…]\n{text[-_SHOWN * 2 // 3 :]}"
    return text


def fault_of(verb: str, over: Exit, words: str, *, place: Path, network: bool) -> WorkerError:
    """The named fault behind an exit.

    Args:
        verb: the git command.
        over: how it ended.
        words: what it said, redacted.
        place: the repository it worked in, named when the disk is at fault.
        network: whether it spoke to a remote; only then can it be unreachable or denied.
    """
    if over.ending is not Ending.EXITED:
        return GitTooSlow(verb, status=over.status, words=words or f"ended after {over.seconds:.0f} s")
    # What the far side says about its own disk is no fault of ours.
    ours = "\n".join(line for line in words.splitlines() if not line.startswith("remote:"))
    if _FULL.search(ours):
        return DiskFull(place)
    if network:
        for pattern, kind in ((_DENIED, GitDenied), (_MISSING, RepositoryMissing)):
            if pattern.search(words):
                return kind(verb, status=over.status, words=words)
    if found := _NOT_WRITABLE.search(ours):
        return NotWritable(place, found.group())
    if network and _UNREACHABLE.search(words):
        return GitUnreachable(verb, status=over.status, words=words)
    if _BROKEN.search(ours):
        return MirrorBroken(verb, status=over.status, words=words)
    return GitFailed(verb, status=over.status, words=words)
