"""RSpec: its JSON report, and SimpleCov's result set."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: specs beside an RSpec configuration or gem."""
    gems = base.text("Gemfile") + base.text("Gemfile.lock")
    if not base.matching("spec/*_spec.rb") or not (".rspec" in base.paths or "rspec" in gems):
        return None
    bundled = "Gemfile" in base.paths
    program = "bundle" if bundled else "rspec"
    cure = "Install Bundler." if bundled else "Install RSpec."
    needs = [Need(tool=program, program=program, wanted_for="running the tests", cure=cure)]
    if asked.coverage:
        cure = "Add simplecov to the Gemfile and start it at the top of spec/spec_helper.rb."
        needs.append(Need(tool="simplecov", wanted_for="measuring coverage", cure=cure, known="simplecov" in gems))
    report = ("--format", "progress", "--format", "json", "--out", "{scratch}/rspec.json")
    return Detected(
        runner="rspec",
        because=".rspec is there" if ".rspec" in base.paths else "the Gemfile names rspec",
        commands=((*(("bundle", "exec") if bundled else ()), "rspec", *report),),
        junit=("{scratch}/rspec.json",),
        coverage=("coverage/.resultset.json",) if asked.coverage else (),
        needs=tuple(needs),
        coverage_cure="Start SimpleCov before the code is loaded, at the top of spec/spec_helper.rb.",
    )
