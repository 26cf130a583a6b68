"""The .NET command line: its TRX report, and Cobertura from coverlet's collector."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: a project that refers to the test SDK."""
    projects = base.named("*.csproj", "*.fsproj")
    texts = {path: base.text(path) for path in projects}
    shared = "".join(base.text(path) for path in base.named("Directory.Build.props", "Directory.Packages.props"))
    tested = [path for path, text in texts.items() if "Microsoft.NET.Test.Sdk" in text or "Test" in path]
    if not tested:
        return None
    needs = [Need(tool="dotnet", program="dotnet", wanted_for="running the tests", cure="Install the .NET SDK.")]
    if asked.coverage:
        known = "coverlet.collector" in "".join(texts.values()) + shared
        cure = "Add the package coverlet.collector to the test project."
        needs.append(Need(tool="coverlet.collector", wanted_for="measuring coverage", cure=cure, known=known))
    collect = ("--collect", "XPlat Code Coverage") if asked.coverage else ()
    return Detected(
        runner="dotnet",
        because=f"{tested[0]} is a test project",
        commands=(("dotnet", "test", "--logger", "trx", "--results-directory", "{scratch}/results", *collect),),
        junit=("{scratch}/results/**/*.trx",),
        coverage=("{scratch}/results/**/coverage.cobertura.xml",) if asked.coverage else (),
        needs=tuple(needs),
        environment={"DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1", "MSBUILDDISABLENODEREUSE": "1"},
    )
