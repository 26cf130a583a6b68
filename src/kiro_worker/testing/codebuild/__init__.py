"""CodeBuild on this machine: a loopback endpoint that really carries builds out, beside the emulator of the rest."""

from kiro_worker.testing.codebuild.server import CodeBuildServer

__all__ = ["CodeBuildServer"]
