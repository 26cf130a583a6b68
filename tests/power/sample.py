"""A small power for tests, at whatever version."""

import subprocess
from pathlib import Path

from kiro_worker.power.model import entry
from kiro_worker.power.render import render

SOURCE = """name: tea
displayName: Tea
description: How tea is made.
keywords: [tea, kettle]
author: A. Person
license: Apache-2.0
version: {version}
"""


def steering(text, name="brew", inclusion="always"):
    return f"---\ninclusion: {inclusion}\nname: {name}\ndescription: How to {name}.\n---\n# {name}\n\n{text}\n".encode()


def sources(version="1.0.0", text="Warm the pot.", **more):
    own = {
        "power.yaml": SOURCE.format(version=version).encode(),
        "about.md": b"Good tea.\n",
        "steering/brew.md": steering(text),
    }
    return own | {name.replace("__", "/"): content for name, content in more.items()}


def built(version="1.0.0", text="Warm the pot.", **more):
    """All files of a power, sources and what is made of them."""
    own = sources(version, text, **more)
    made = render(own)
    assert made.flaws == (), made.flaws
    return own | dict(made.files)


def entries(files):
    return [entry(path, content) for path, content in files.items()]


def below(folder, files):
    return {f"{folder}/{path}": content for path, content in files.items()}


def put(folder: Path, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def ssh_key(folder: Path, name="key") -> tuple[Path, str]:
    """A new key's private file and its public text."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path, path.with_suffix(".pub").read_text().strip()
