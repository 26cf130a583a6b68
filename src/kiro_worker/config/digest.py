"""One hash of all settings, for the receipt: two runs with the same one were told the same."""

import hashlib
import json
from dataclasses import asdict

from kiro_worker.config.settings import Config


def settings_digest(config: Config) -> str:
    """SHA-256, in hex, over the settings as JSON with sorted keys; times are seconds as Python writes them."""
    text = json.dumps(asdict(config), sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
