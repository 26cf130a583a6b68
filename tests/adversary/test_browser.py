"""The page of a run whose agent stored scripts in it, in a real browser."""

import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def rendered(page: Path, profile: Path) -> str:
    """The page's DOM, after all that it would run was run."""
    words = (
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--virtual-time-budget=500", f"--user-data-dir={profile}", "--dump-dom",
        page.as_uri(),
    )  # fmt: skip
    over = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert "</html>" in over.stdout, over.stderr[-1000:]
    return over.stdout


@pytest.mark.skipif(BROWSER is None, reason="no browser can be found here")
def test_nothing_that_the_agent_stored_runs_in_a_browser(went, tmp_path):
    seen = went("readers", "none")
    page = tmp_path / "run.html"
    page.write_bytes((seen.run_folder / "run.html").read_bytes())
    assert "document.title=" in page.read_text(), "the agent's words are on the page, or this shows nothing"
    dom = rendered(page, tmp_path / "profile")
    assert "<title>NEEDS_INPUT" in dom
    assert not [evil for evil in ("<script", "<svg", "<iframe", "<img", 'javascript:alert(1)">') if evil in dom]
    # What is not escaped does run here.
    control = tmp_path / "control.html"
    control.write_text("<!doctype html><title>fine</title><p><script>document.title='owned'</script>")
    assert "<title>owned" in rendered(control, tmp_path / "profile")
