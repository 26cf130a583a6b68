"""What the CDK's command line runs: the stacks of the environment that its context names."""

import sys
from pathlib import Path

from aws_cdk import App

sys.path.insert(0, str(Path(__file__).parent))

from kiro_worker_infra.app import judged, stacks_of
from kiro_worker_infra.environment import SettingWrong
from kiro_worker_infra.environments import EnvironmentUnknown, environment_of


def main() -> int:
    """Synthesize."""
    app = judged(App())
    try:
        stacks_of(app, environment_of(app.node.try_get_context("environment")))
    except (EnvironmentUnknown, SettingWrong) as wrong:
        sys.stderr.write(f"error: {wrong}\n")
        return 2
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
