"""`plugin.json` and `mcp.json` as Agent Plugins 1.0.0 has them (agent-plugins.org/specification, 5 and 7.2).

The specification says what a tool must refuse and what it must only tell: an unknown field of the manifest is left
aside, a wrong kind of value refuses the plugin, and a server that is wrong is left out. A schema is known by its
name and never fetched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kiro_worker.power.finding import Finding, found
from kiro_worker.power.model import MANIFEST, SERVERS, About

PLUGIN_SCHEMA = "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"
SERVER_SCHEMA = "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json"

_TEXTS = ("name", "version", "description", "homepage", "repository", "license")
_FIELDS = frozenset({"$schema", "author", "keywords", "extensions", *_TEXTS})
_AUTHOR = frozenset({"name", "email", "url"})
_ADDRESS = re.compile(r"(https?)://([^\s/?#@\\]+)(?:[/?][^\s#]*)?", re.IGNORECASE)
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_FOLDER = re.compile(r"(?:\./|\$\{PLUGIN_ROOT\}(?:/|$)|\$\{PLUGIN_DATA\}(?:/|$))")


def read_manifest(content: bytes, findings: list[Finding]) -> About | None:
    """What a plugin.json says; None when it has to be refused."""
    body = _json(content, "plugin.json", MANIFEST, findings)
    if body is None:
        return None
    wrong = list(_manifest_flaws(content, body))
    findings += wrong
    findings += [
        found("plugin.unknown-key", MANIFEST, _line(content, key), key=key) for key in body if key not in _FIELDS
    ]
    if wrong:
        return None
    author = body.get("author", {})
    return About(
        name=body.get("name", ""),
        version=body.get("version", ""),
        description=body.get("description", ""),
        keywords=tuple(body.get("keywords", ())),
        author=author.get("name", ""),
        licence=body.get("license", ""),
        repository=body.get("repository", ""),
        forms=(MANIFEST,),
    )


def _manifest_flaws(content: bytes, body: Mapping[str, Any]) -> Iterator[Finding]:
    if body.get("$schema") != PLUGIN_SCHEMA:
        value = repr(body.get("$schema"))
        yield found("plugin.schema", MANIFEST, _line(content, "$schema"), value=value, wanted=PLUGIN_SCHEMA)
    for key in _TEXTS:
        if key in body and not isinstance(body[key], str):
            yield found("plugin.value", MANIFEST, _line(content, key), key=key, kind="text")
    author = body.get("author", {})
    if not isinstance(author, dict) or author.keys() - _AUTHOR or not _all_texts(author.values()):
        yield found("plugin.value", MANIFEST, _line(content, "author"), key="author", kind="object of name, email, url")
    keywords = body.get("keywords", [])
    if not isinstance(keywords, list) or not _all_texts(keywords):
        yield found("plugin.value", MANIFEST, _line(content, "keywords"), key="keywords", kind="list of texts")
    extensions = body.get("extensions", {})
    if isinstance(extensions, dict) and not all(isinstance(each, dict) for each in extensions.values()):
        yield found("plugin.value", MANIFEST, _line(content, "extensions"), key="extensions", kind="object of objects")


def server_findings(content: bytes, *, is_plugin: bool) -> list[Finding]:
    """What is wrong with an mcp.json, and what an agent would start because of it.

    Args:
        content: the file.
        is_plugin: whether it belongs to a plugin.json; POWER.md's older form has no `$schema` and no `type`.
    """
    told: list[Finding] = []
    body = _json(content, "mcp.json", SERVERS, told)
    if body is None:
        return told
    servers = body.get("mcpServers")
    if not isinstance(servers, dict):
        return [found("mcp.json", SERVERS, 1, reason="`mcpServers` is no object")]
    if is_plugin and body.get("$schema") != SERVER_SCHEMA:
        told.append(found("mcp.json", SERVERS, 1, reason=f"`$schema` is not {SERVER_SCHEMA}"))
    if is_plugin and (more := body.keys() - {"$schema", "mcpServers"}):
        told.append(found("mcp.json", SERVERS, 1, reason=f"{min(more)} is nothing that it has"))
    for name, server in servers.items():
        line = _line(content, name)
        if reason := _server_flaw(server, is_plugin=is_plugin):
            told.append(found("mcp.server", SERVERS, line, name=repr(name), reason=reason))
        elif "command" in server:
            words = " ".join([server["command"], *server.get("args", [])])
            told.append(found("mcp.starts", SERVERS, line, name=repr(name), command=words))
    return told


_STDIO = frozenset({"type", "command", "args", "env", "cwd"})
_REMOTE = frozenset({"type", "url", "headers"})
# Kiro's own form knows these besides.
_KIRO = frozenset({"disabled", "autoApprove", "disabledTools", "timeout", "transport"})


def _server_flaw(server: Any, *, is_plugin: bool) -> str:
    if not isinstance(server, dict):
        return "is no object"
    kind = server.get("type") or ("stdio" if "command" in server else "streamable-http")
    if is_plugin and "type" not in server:
        return "has no `type`"
    if kind == "stdio":
        wrong = _stdio_flaw(server, is_plugin=is_plugin)
    elif kind in {"streamable-http", "sse"} or not is_plugin:
        wrong = _remote_flaw(server, is_plugin=is_plugin)
    else:
        return f"has the type {kind!r}, which is not known"
    known = _STDIO if kind == "stdio" else _REMOTE
    more = server.keys() - known - (frozenset() if is_plugin else _KIRO | _STDIO | _REMOTE)
    return wrong or (f"has {min(more)!r}, which it cannot have" if more else "")


def _stdio_flaw(server: Mapping[str, Any], *, is_plugin: bool) -> str:
    command, env = server.get("command"), server.get("env", {})
    if not isinstance(command, str) or not command:
        return "has no command"
    if is_plugin and (any(sign.isspace() for sign in command) or ("/" in command and not command.startswith("./"))):
        return "has a command that is neither one program's name nor a path that begins with ./"
    if ".." in command.replace("\\", "/").split("/"):
        return "has a command that leads out of the package"
    if not isinstance(server.get("args", []), list) or not _all_texts(server.get("args", [])):
        return "has args that are no list of texts"
    if not isinstance(env, dict) or not _all_texts(env.values()) or {"PLUGIN_ROOT", "PLUGIN_DATA"} & env.keys():
        return "has an env that is no object of texts, or sets a variable that is the agent's to set"
    folder = server.get("cwd", "./")
    if not isinstance(folder, str) or ".." in folder.split("/") or (is_plugin and not _FOLDER.match(folder)):
        return "has a cwd that is not below the package"
    return ""


def _remote_flaw(server: Mapping[str, Any], *, is_plugin: bool) -> str:
    url, headers = server.get("url"), server.get("headers", {})
    if not isinstance(url, str):
        return "has neither command nor url"
    if not isinstance(headers, dict) or not _all_texts(headers.values()):
        return "has headers that are no object of texts"
    match = _ADDRESS.fullmatch(url)
    if is_plugin and match is None:
        return "has a url that is no plain http(s) address"
    if match and match[1].lower() == "http" and not _LOOPBACK.fullmatch(match[2]):
        return "is spoken to without encryption (http)"
    return ""


def _all_texts(values: Any) -> bool:
    return all(isinstance(each, str) for each in values)


def _json(content: bytes, code: str, file: str, findings: list[Finding]) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        findings.append(found(code, file, getattr(error, "lineno", 1), reason=error))
        return None
    if not isinstance(body, dict):
        findings.append(found(code, file, 1, reason="it is of another kind"))
        return None
    return body


def _line(content: bytes, key: str) -> int:
    """Where a key probably stands; 1 when it is written in another way."""
    at = content.find(json.dumps(key).encode())
    return content.count(b"\n", 0, at) + 1 if at >= 0 else 1
