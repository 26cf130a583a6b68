"""What the CDK's command line runs: the stacks of the environment that its context names."""

import os
import sys
import tempfile
from pathlib import Path

from aws_cdk import App

sys.path.insert(0, str(Path(__file__).parent))

from kiro_worker_infra.app import Packages, judged, stacks_of
from kiro_worker_infra.bundle import BundleUnfit, build_bundle, installed_libraries
from kiro_worker_infra.emulator import is_emulated, leave_out_unknown, say
from kiro_worker_infra.environment import SettingWrong
from kiro_worker_infra.environments import EnvironmentUnknown, environment_of
from kiro_worker_infra.wheel import WheelUnfit, build_package


def main() -> int:
    """Synthesize."""
    app = judged(App())
    try:
        with tempfile.TemporaryDirectory() as place:
            settings = environment_of(app.node.try_get_context("environment"))
            # An emulator runs functions with this very Python, and has no library of its own for them.
            libraries = installed_libraries() if is_emulated(os.environ) else None
            packages = Packages(
                worker=build_package(Path(place, "worker.zip")),
                functions=build_bundle(Path(place, "functions.zip"), libraries=libraries),
            )
            stacks_of(app, settings, packages)
    except (BundleUnfit, EnvironmentUnknown, SettingWrong, WheelUnfit) as wrong:
        sys.stderr.write(f"error: {wrong}\n")
        return 2
    if is_emulated(os.environ):
        say(leave_out_unknown(app))
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
