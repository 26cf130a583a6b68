"""Maven, Gradle and sbt: their own JUnit reports, and coverage from the plug-in that the build names."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def maven(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: `mvn test`, and JaCoCo's report when the build has JaCoCo."""
    if "pom.xml" not in base.paths:
        return None
    program = "./mvnw" if "mvnw" in base.paths else "mvn"
    needs = [Need(tool=program, program=program, wanted_for="running the tests", cure="Install Maven.")]
    if asked.coverage:
        cure = "Add jacoco-maven-plugin with its prepare-agent goal to pom.xml."
        needs.append(_plugin("jacoco-maven-plugin", cure, known="jacoco" in base.text("pom.xml")))
    return Detected(
        runner="maven",
        because="pom.xml is there",
        commands=((program, "-B", "-ntp", "test", *(("jacoco:report",) if asked.coverage else ())),),
        junit=("**/target/surefire-reports/TEST-*.xml",),
        coverage=("**/target/site/jacoco*/jacoco.xml",) if asked.coverage else (),
        needs=tuple(needs),
        coverage_cure="Bind jacoco-maven-plugin's prepare-agent goal; see the output for what it says.",
    )


def gradle(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: the `test` task, and the report task of Kover or JaCoCo."""
    script = base.first("build.gradle.kts", "build.gradle") or base.first("settings.gradle.kts", "settings.gradle")
    if not script:
        return None
    program = "./gradlew" if "gradlew" in base.paths else "gradle"
    text = "".join(base.text(path) for path in ("build.gradle", "build.gradle.kts"))
    task, where = (
        ("koverXmlReport", "**/build/reports/kover/report.xml")
        if "kover" in text
        else ("jacocoTestReport", "**/build/reports/jacoco/**/*.xml")
    )
    needs = [Need(tool=program, program=program, wanted_for="running the tests", cure="Install Gradle or its wrapper.")]
    if asked.coverage:
        cure = "Apply the `jacoco` plug-in and turn its XML report on (reports.xml.required = true)."
        needs.append(_plugin("the jacoco or kover plug-in", cure, known="jacoco" in text or "kover" in text))
    return Detected(
        runner="gradle",
        because=f"{script} is there",
        # The report task must not be skipped because a test failed, and neither may come from a cache.
        commands=((program, "--no-daemon", "--console=plain", "--no-build-cache", "--continue", "test",
                   *((task,) if asked.coverage else ())),),
        junit=("**/build/test-results/**/TEST-*.xml",),
        coverage=(where,) if asked.coverage else (),
        needs=tuple(needs),
        coverage_cure="Turn the XML report on: tasks.jacocoTestReport { reports { xml.required = true } }.",
    )  # fmt: skip


def sbt(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: `sbt test`, and scoverage's Cobertura report."""
    if "build.sbt" not in base.paths:
        return None
    needs = [Need(tool="sbt", program="sbt", wanted_for="running the tests", cure="Install sbt.")]
    if asked.coverage:
        cure = "Add sbt-scoverage to project/plugins.sbt."
        needs.append(_plugin("sbt-scoverage", cure, known="scoverage" in base.text("project/plugins.sbt")))
    tasks = ("coverage", "test", "coverageReport") if asked.coverage else ("test",)
    return Detected(
        runner="sbt",
        because="build.sbt is there",
        commands=(("sbt", "-batch", "-Dsbt.color=false", *tasks),),
        junit=("**/target/test-reports/*.xml",),
        coverage=("**/target/scala-*/coverage-report/cobertura.xml",) if asked.coverage else (),
        needs=tuple(needs),
    )


def _plugin(tool: str, cure: str, *, known: bool) -> Need:
    return Need(tool=tool, wanted_for="measuring coverage", cure=cure, known=known)
