import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.config import Sources
from kiro_worker.config.key import keys
from kiro_worker.config.load import load

WORKER = ".kiro/worker.yaml"


def worker(**gates):
    lines = "".join(f"  {name}: {str(value).lower()}\n" for name, value in gates.items())
    return {WORKER: f"gates:\n{lines}".encode()}


def test_what_guards_is_read_from_the_base_branch():
    loaded = load(Sources(base=worker(test_command="make test"), branch=worker(test_command="true")))
    assert loaded.config.gates.test_command == "make test"
    assert loaded.settings["gates.test_command"].origin == ".kiro/worker.yaml:2:3 (base branch)"
    (warning,) = loaded.warnings
    assert warning == (
        ".kiro/worker.yaml:2:3 sets gates.test_command to 'true'; a setting that guards is not taken from the branch that "
        "is worked on. It counts once it is on the base branch."
    )


def test_what_does_not_guard_is_read_from_the_branch():
    loaded = load(Sources(base=worker(repair_rounds=5), branch=worker(repair_rounds=1)))
    assert loaded.config.gates.repair_rounds == 1
    assert loaded.warnings == ()
    assert load(Sources(base=worker(repair_rounds=5), branch={})).config.gates.repair_rounds == 2


def test_a_branch_that_says_the_same_is_no_reason_for_a_warning():
    same = worker(coverage_threshold=90, test_command="make test")
    assert load(Sources(base=same, branch=dict(same))).warnings == ()
    assert load(Sources(base={}, branch=worker(coverage_threshold=80))).warnings == ()


def test_without_a_base_no_file_of_the_repository_can_set_what_guards():
    loaded = load(Sources(branch=worker(coverage_threshold=1)))
    assert loaded.config.gates.coverage_threshold == 80.0
    assert loaded.warnings[0].endswith("The base branch is not known yet.")


def test_a_setting_of_the_branch_cannot_write_to_the_terminal():
    loaded = load(Sources(base={}, branch={WORKER: b'agent: {name: "a\\e[2J\\u202e"}\n'}))
    assert loaded.warnings
    assert all(warning.isprintable() for warning in loaded.warnings)


@pytest.mark.parametrize(
    ("flag", "base", "value"),
    [("70", 90, 90.0), ("95", 90, 95.0), ("90", 90, 90.0), ("50", None, 50.0), (None, 60, 60.0)],
)
def test_the_stricter_threshold_of_operator_and_base_holds(flag, base, value):
    files = worker(coverage_threshold=base) if base is not None else {}
    loaded = load(Sources(flags={"gates.coverage_threshold": flag}, base=files, branch=files))
    assert loaded.config.gates.coverage_threshold == value
    assert bool(loaded.warnings) == (flag == "70")


def test_an_ignored_operator_is_told_what_holds_and_why():
    files = worker(coverage_threshold=90)
    loaded = load(Sources(variables={"COVERAGE_THRESHOLD": "70"}, base=files, branch=files))
    (warning,) = loaded.warnings
    assert warning == (
        "environment COVERAGE_THRESHOLD sets gates.coverage_threshold to '70'; the stricter '90' of "
        ".kiro/worker.yaml:2:3 (base branch) holds."
    )


def test_the_strictest_of_all_operators_holds():
    loaded = load(
        Sources(
            flags={"gates.coverage_threshold": "10"},
            variables={"KIRO_WORKER_GATES_COVERAGE_THRESHOLD": "60"},
            user=b"gates: {coverage_threshold: 85}",
        )
    )
    assert loaded.config.gates.coverage_threshold == 85.0


def test_on_the_base_branch_an_environment_may_be_more_lenient_than_the_rest():
    files = worker(coverage_threshold=90) | {".kiro/environments/test.yaml": b"gates: {coverage_threshold: 60}\n"}
    loaded = load(Sources(flags={"environment": "test"}, base=files, branch=files))
    assert loaded.config.gates.coverage_threshold == 60.0
    branch = {**files, ".kiro/environments/test.yaml": b"gates: {coverage_threshold: 0}\n"}
    assert (
        load(Sources(flags={"environment": "test"}, base=files, branch=branch)).config.gates.coverage_threshold == 60.0
    )


def test_coverage_is_switched_off_on_the_base_branch_only():
    off = worker(coverage="off")
    assert load(Sources(base=off, branch=off)).config.gates.coverage == "off"
    assert load(Sources(base=off, branch={})).config.gates.coverage == "off"
    assert load(Sources(base={}, branch=off)).config.gates.coverage == "required"
    assert load(Sources(flags={"gates.coverage": "required"}, base=off)).config.gates.coverage == "required"
    loaded = load(Sources(flags={"gates.coverage": "off"}, base={}))
    assert loaded.config.gates.coverage == "required"
    assert loaded.warnings == (
        "flag --gates-coverage sets gates.coverage to 'off'; 'required' holds, since only the base branch can say otherwise.",
    )


def test_tests_after_each_task_cannot_be_switched_off_by_a_flag():
    on = worker(each_task="true")
    assert load(Sources(flags={"gates.each_task": "false"}, base=on)).config.gates.each_task is True
    assert load(Sources(flags={"gates.each_task": "true"}, base={})).config.gates.each_task is True


@pytest.mark.parametrize(
    "name",
    [
        "agent.name", "agent.args", "agent.mode", "agent.variables", "agent.files", "branch.base", "environment", "remote",
        "forge.api_url", "forge.kind", "forge.repository", "forge.token_variable", "gates.coverage", "gates.test_command",
        "lease.store", "lease.address_variable",
    ],
)  # fmt: skip
def test_what_could_be_turned_against_the_worker_guards(name):
    assert keys()[name].guards


VARIABLE_NAMES = ("COVERAGE_THRESHOLD", "TEST_COMMAND", "REPAIR_ROUNDS")


def spec(**variables):
    lines = "".join(f"    {name}: '{value}'\n" for name, value in variables.items())
    return {"buildspec.yml": f"env:\n  variables:\n{lines}".encode()}


def test_a_variable_that_the_buildspec_declares_keeps_its_rank_inside_codebuild():
    files = spec(REPAIR_ROUNDS=7) | worker(repair_rounds=5)
    given = {"variables": {"REPAIR_ROUNDS": "7"}, "branch": files, "base": files}
    assert load(Sources(**given, in_codebuild=True)).config.gates.repair_rounds == 5
    assert load(Sources(**given)).config.gates.repair_rounds == 7
    weak = {**given, "branch": spec(REPAIR_ROUNDS=7)}
    loaded = load(Sources(**weak, in_codebuild=True))
    assert loaded.settings["gates.repair_rounds"].origin == "environment REPAIR_ROUNDS (declared in buildspec.yml)"


def test_a_variable_that_is_not_declared_is_environment_inside_codebuild_too():
    files = worker(repair_rounds=5)
    given = {"variables": {"REPAIR_ROUNDS": "7"}, "branch": files, "base": files, "in_codebuild": True}
    assert load(Sources(**given)).config.gates.repair_rounds == 7


def test_the_branchs_buildspec_cannot_loosen_a_guard_through_the_environment():
    given = {"variables": {"COVERAGE_THRESHOLD": "0", "TEST_COMMAND": "true"}, "in_codebuild": True}
    files = {"base": spec(COVERAGE_THRESHOLD=80), "branch": spec(COVERAGE_THRESHOLD=0, TEST_COMMAND="true")}
    loaded = load(Sources(**given, **files))
    assert loaded.config.gates.coverage_threshold == 80.0
    assert loaded.config.gates.test_command == ""
    assert len(loaded.warnings) == 2


def test_a_build_may_replace_what_the_buildspec_declares():
    files = {"base": spec(COVERAGE_THRESHOLD=80), "branch": spec(COVERAGE_THRESHOLD=80)}
    loaded = load(Sources(variables={"COVERAGE_THRESHOLD": "95"}, in_codebuild=True, **files))
    assert loaded.config.gates.coverage_threshold == 95.0
    loaded = load(Sources(variables={"COVERAGE_THRESHOLD": "10"}, in_codebuild=True, **files))
    assert loaded.config.gates.coverage_threshold == 80.0


def test_a_value_from_a_store_that_only_the_branch_names_does_not_guard():
    branch = {"buildspec.yml": b"env:\n  parameter-store:\n    TEST_COMMAND: /mine\n"}
    given = {"variables": {"TEST_COMMAND": "true"}, "in_codebuild": True, "branch": branch}
    assert load(Sources(**given, base={})).config.gates.test_command == ""
    assert load(Sources(**given, base=branch)).config.gates.test_command == "true"


thresholds = st.none() | st.integers(0, 100)
coverage = st.sampled_from([None, "required", "off"])
switch = st.sampled_from([None, "true", "false"])


def files_of(threshold, required, each):
    chosen = {"coverage_threshold": threshold, "coverage": required, "each_task": each}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    by_variable = {} if threshold is None else spec(COVERAGE_THRESHOLD=threshold)
    return (worker(**chosen) if chosen else {}), by_variable


@given(st.tuples(thresholds, coverage, switch), st.tuples(thresholds, coverage, switch), st.booleans(), thresholds)
def test_no_branch_ever_loosens_what_the_base_demands(of_base, of_branch, through_buildspec, from_environment):
    base, branch = (files_of(*values)[through_buildspec] for values in (of_base, of_branch))
    variables = {} if from_environment is None else {"COVERAGE_THRESHOLD": str(from_environment)}
    for in_codebuild in (False, True):
        alone = load(Sources(base=base, branch=base, variables=variables, in_codebuild=in_codebuild)).config
        joined = load(Sources(base=base, branch=branch, variables=variables, in_codebuild=in_codebuild)).config
        if not through_buildspec:
            assert joined.gates == alone.gates
        demanded = load(Sources(base=base, branch=base)).config
        if of_base[0] is not None:
            assert joined.gates.coverage_threshold >= demanded.gates.coverage_threshold
        assert (joined.gates.coverage == "off") <= (demanded.gates.coverage == "off")
        assert joined.gates.each_task >= demanded.gates.each_task
