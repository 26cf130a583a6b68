"""Profiles that a person added on this machine, beside those that come with the product.

They lie with the operator's own settings and never in a repository: a profile says what an agent is handed.
"""

from pathlib import Path

from kiro_worker.agent.profile import Profile, ProfileUnreadable, parse_profile


def own_profile(folder: Path, name: str) -> Profile | None:
    """The profile of this name or alias; None where nobody added one. It comes before a shipped one of the same name.

    Args:
        folder: holds one `*.toml` file for each; it need not be there.
        name: what the settings call the agent.

    Raises:
        ProfileUnreadable: a file that mentions the name does not describe an agent.
    """
    for file in sorted(folder.glob("*.toml")):
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileUnreadable(str(file), str(error)) from error
        # Another agent's file may be half written.
        if name in text:
            profile = parse_profile(text, source=str(file))
            if name == profile.name or name in profile.aliases:
                return profile
    return None
