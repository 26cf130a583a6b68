"""What texts must look like: a name for each form, and what is wrong with a text that does not have it."""

import re
from collections.abc import Callable, Mapping

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100})+")
_WEB = re.compile(r"https?://[^\s/?#@\\]+(?:/[^\s\\]*)?")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# git-check-ref-format(1), rules 1 to 10.
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|/\.|\.lock(?:/|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _is_clone_address(text: str) -> str:
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in {"host", "repository"}]
    if unknown:
        return f"{{{unknown[0]}}} is not known; use {{host}} and {{repository}}"
    if "{repository}" not in text:
        return "has no {repository}, so every card would mean one; add it, as in https://{host}/{repository}.git"
    if ":" in text.partition("://")[2].partition("/")[0].rpartition("@")[0]:
        return "holds a password; leave that out"
    return "holds a line break or starts with `-`" if _CONTROL.search(text) or text.startswith("-") else ""


def _is_present(text: str) -> str:
    return "" if text.strip() else "is empty; name one"


def _is_variable(text: str) -> str:
    return "" if _VARIABLE.fullmatch(text) else "is no name of an environment variable; write the name, not the value"


def _is_branch(text: str) -> str:
    wrong = _NOT_IN_REF.search(text) or text.startswith(("-", "/", ".")) or text.endswith(("/", ".")) or text == "@"
    return "git does not take as a name; use letters, digits, `-`, `_`, `.` and `/`" if wrong else ""


def _is_branch_pattern(text: str) -> str:
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in {"spec", "timestamp", "id"}]
    if unknown:
        return f"{{{unknown[0]}}} is not known; use {{spec}}, {{timestamp}} and {{id}}"
    if "{id}" not in text:
        return "has no {id}, so two runs could get one name; add it, as in kiro/{spec}/{timestamp}-{id}"
    return _is_branch(_PLACEHOLDER.sub("x", text).replace("{", "~").replace("}", "~"))


def _is_path(text: str) -> str:
    if text.startswith(("/", "~")) or _CONTROL.search(text):
        return "is not relative; write the path from the repository's root"
    return "leaves the repository; write a path below its root" if ".." in text.split("/") else ""


def _is_home_file(text: str) -> str:
    if (
        text.startswith("/")
        or _CONTROL.search(text)
        or ".." in text.split("/")
        or not text.removeprefix("~/").strip("/")
    ):
        return "is not below the home folder; write it as ~/folder/file"
    return ""


def _is_folder_name(text: str) -> str:
    wrong = "/" in text or text in {".", ".."} or _CONTROL.search(text)
    return "is a path; write the folder's name alone, or set spec.path" if wrong else ""


def _is_web_address(text: str) -> str:
    if "@" in text.partition("//")[2].partition("/")[0]:
        return "holds a user name or password; leave that out"
    return "" if _WEB.fullmatch(text) else "is no web address; write it with https:// in front"


def _is_repository(text: str) -> str:
    return "" if _REPOSITORY.fullmatch(text) else "is no repository; write owner/name"


def _is_identity(text: str) -> str:
    # Git cuts these out of a name, or refuses them; in a header they would begin a new one.
    wrong = _CONTROL.search(text) or "<" in text or ">" in text
    return "holds a line break, `<` or `>`, which git does not take in a name or address; remove it" if wrong else ""


def _is_absolute(text: str) -> str:
    if not text.startswith("/") or _CONTROL.search(text) or ".." in text.split("/"):
        return "is no absolute path; write it from the root on"
    return "" if text.strip("/") else "is the whole machine; name the folder that is needed"


def _is_account(text: str) -> str:
    return "" if _ACCOUNT.fullmatch(text) else "is no name of a system user"


def _is_kept_secret(text: str) -> str:
    if re.fullmatch(r"(?:ssm:)?[A-Za-z0-9/_+=.@:-]{1,600}(?:#[^\s#]{1,200})?", text):
        return ""
    return "names no secret; write its name or ARN, ssm:/its/name for a parameter, and #key for one key of its JSON"


def _is_kms_key(text: str) -> str:
    if re.fullmatch(r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]+:)?(?:key/|alias/)?[A-Za-z0-9/_-]{1,250}", text):
        return ""
    return "names no key; write its id, its ARN, or alias/its-name"


def _is_bucket(text: str) -> str:
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text):
        return ""
    return "is no bucket; write its name, without s3:// and without a path"


def _is_key_prefix(text: str) -> str:
    parts = text.strip("/").split("/")
    if all(re.fullmatch(r"[A-Za-z0-9!_.'()=-]{1,200}", part) and part not in {".", ".."} for part in parts):
        return ""
    return "is no beginning of an object's key; write it as team/runs"


def _is_table(text: str) -> str:
    if re.fullmatch(r"(?:arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]+:table/)?[A-Za-z0-9_.-]{3,255}", text):
        return ""
    return "is no table; write its name or its ARN"


def _is_build_project(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{1,254}", text):
        return ""
    return "is no project of CodeBuild; write its name, not its ARN"


FORMS: Mapping[str, Callable[[str], str]] = {
    "absolute path": _is_absolute,
    "account": _is_account,
    "branch": _is_branch,
    "branch pattern": _is_branch_pattern,
    "build project": _is_build_project,
    "bucket": _is_bucket,
    "clone address": _is_clone_address,
    "folder name": _is_folder_name,
    "home file": _is_home_file,
    "identity": _is_identity,
    "kept secret": _is_kept_secret,
    "key prefix": _is_key_prefix,
    "kms key": _is_kms_key,
    "path": _is_path,
    "present": _is_present,
    "repository": _is_repository,
    "table": _is_table,
    "variable": _is_variable,
    "web address": _is_web_address,
}


def wrong_form(form: str, text: str) -> str:
    """What is wrong with a text, and what to write instead; empty when nothing is.

    An empty text says that nothing is set, which only `present` and the two patterns refuse.
    """
    if not form or (not text and form not in {"present", "branch pattern", "clone address"}):
        return ""
    return FORMS[form](text)
