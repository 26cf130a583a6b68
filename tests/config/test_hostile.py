import string

from hypothesis import given, settings
from hypothesis import strategies as st

from kiro_worker.config import Sources, check, repository_paths
from kiro_worker.config.key import keys, variables
from kiro_worker.config.load import load

SYNTAX = st.text(st.sampled_from(string.printable + "{}[]:,&*!|>'\"%@`#-? \n\t\x85\u2028\ufeff"), max_size=120)
KNOWN = sorted({name.rpartition(".")[2] for name in keys()} | {name.partition(".")[0] for name in keys()})
PARTS = st.sampled_from(
    [*KNOWN, "<<", "security", "env", "variables", "phases", "build", "commands", *sorted(variables())[:20]]
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), SYNTAX, st.sampled_from(["off", "80", "2h", "*a", "&a x"])
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PARTS | SYNTAX, inner, max_size=4),
    max_leaves=12,
)


def yaml_of(value):
    """A value as one line of YAML; strings are put there as they are, to break things."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {yaml_of(child)}" for key, child in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(yaml_of, value)) + "]"
        case None:
            return "~"
        case _:
            return str(value)


CONTENT = st.one_of(
    st.binary(max_size=200),
    SYNTAX.map(str.encode),
    VALUES.map(yaml_of).map(lambda text: text.encode("utf-8", "replace")),
)
FILES = st.dictionaries(st.sampled_from(repository_paths()), st.none() | CONTENT, max_size=4)
VARIABLES = st.dictionaries(
    st.sampled_from([*sorted(variables()), "KIRO_WORKER_GATES_X", "PATH"]), st.text(max_size=30), max_size=4
)
FLAGS = st.dictionaries(
    st.sampled_from(sorted(keys())) | st.text(max_size=8), st.none() | st.text(max_size=30) | VALUES, max_size=4
)


SOURCES = st.builds(
    Sources,
    flags=FLAGS,
    variables=VARIABLES,
    user=st.none() | CONTENT,
    branch=FILES,
    base=st.none() | FILES,
    in_codebuild=st.booleans(),
)


@settings(max_examples=300)
@given(SOURCES)
def test_whatever_is_given_ends_in_settings_or_in_named_faults(sources):
    found = check(sources)
    assert all(flaw.where and flaw.what and str(flaw).count("\n") == 0 for flaw in found.flaws)
    if found.is_good:
        assert set(load(sources).settings) == set(keys())


GOOD = {
    "gates.coverage_threshold": st.integers(0, 100).map(str),
    "gates.coverage": st.sampled_from(["required", "off"]),
    "gates.each_task": st.sampled_from(["true", "false"]),
    "gates.test_command": st.sampled_from(["make test", "true"]),
    "agent.name": st.sampled_from(["kiro", "evil"]),
    "forge.api_url": st.sampled_from(["https://a.example", "https://b.example"]),
    "lease.store": st.sampled_from(["memory", "gitref", "postgres"]),
    "branch.base": st.sampled_from(["main", "mine"]),
}
CHOSEN = st.fixed_dictionaries({}, optional=GOOD)


def worker_file(chosen):
    lines = "".join(
        f"{section}:\n  {field}: {chosen[name]}\n"
        for name in chosen
        for section, field in [name.split(".")]
        if section != "gates"
    )
    gates = "".join(f"  {name.split('.')[1]}: {value}\n" for name, value in chosen.items() if name.startswith("gates."))
    return (lines + (f"gates:\n{gates}" if gates else "")).encode()


def spec_file(chosen):
    named = {keys()[name].variable or keys()[name].long_variable: value for name, value in chosen.items()}
    return (
        "env:\n  variables:\n    X: y\n" + "".join(f"    {name}: '{value}'\n" for name, value in named.items())
    ).encode()


def files_of(worker, environment, buildspec):
    return {
        ".kiro/worker.yaml": worker_file(worker),
        ".kiro/environments/test.yaml": worker_file(environment),
        "buildspec.yml": spec_file(buildspec),
    }


REPOSITORY = st.builds(files_of, CHOSEN, CHOSEN, CHOSEN)


@settings(max_examples=200)
@given(REPOSITORY, REPOSITORY, CHOSEN, st.sampled_from([{}, {"environment": "test"}]))
def test_a_branch_never_changes_what_guards(base, branch, by_operator, flags):
    given_variables = {keys()[name].long_variable: value for name, value in by_operator.items()}
    same = {"base": base, "variables": given_variables, "flags": flags}
    alone, joined = (load(Sources(**same, branch=files)) for files in (base, branch))
    for name, key in keys().items():
        if key.guards:
            assert joined.settings[name] == alone.settings[name]
