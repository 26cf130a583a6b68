"""PHPUnit: its JUnit and Clover reports."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: a PHPUnit configuration at the root."""
    settings = base.first("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
    if not settings:
        return None
    program = "vendor/bin/phpunit" if "composer.json" in base.paths else "phpunit"
    cure = "Add phpunit/phpunit to require-dev in composer.json."
    clover = ("--coverage-clover", "{scratch}/clover.xml") if asked.coverage else ()
    return Detected(
        runner="phpunit",
        because=f"{settings} is there",
        commands=((program, "--log-junit", "{scratch}/junit.xml", *clover),),
        junit=("{scratch}/junit.xml",),
        coverage=("{scratch}/clover.xml",) if asked.coverage else (),
        needs=(
            Need(tool="php", program="php", wanted_for="running the tests", cure="Install PHP."),
            Need(tool="PHPUnit", program=program, wanted_for="running the tests", cure=cure),
        ),
        environment={"XDEBUG_MODE": "coverage"} if asked.coverage else {},
        coverage_cure="PHPUnit measures with the extension pcov or Xdebug; install one.",
    )
