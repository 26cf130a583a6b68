import pytest

from kiro_worker.testing.codebuild import CodeBuildServer
from testing.codebuild.builds import NAME, TOOLS, client_of, project


@pytest.fixture
def serve(tmp_path):
    """Starts servers of one project; at the end nothing went wrong in them, and no answer was off the model."""
    running = []

    def start(buildspec, *, emulator=None, server=None, **more):
        told = {"tools": TOOLS, "minute": 60, **(server or {})}
        projects = {NAME: project(buildspec, **more)} if buildspec else {}
        made = CodeBuildServer(tmp_path / f"builds-{len(running)}", emulator, projects=projects, **told)
        running.append(made.__enter__())
        return made, client_of(made.url)

    yield start
    for each in running:
        each.stop()
        assert each.violations == []
        assert each.service.faults == []
        assert each.service.undelivered == []
