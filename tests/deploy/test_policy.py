import json
from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from kiro_worker.deploy.layers import Bootstrap, deploy_needs
from kiro_worker.deploy.need import Cause, Layer, Need
from kiro_worker.deploy.policy import MOST, documents, shortened, size_of, statements
from kiro_worker.deploy.policyfiles import write_policies

CAUSE = (Cause("s", "p", "create"),)


def need(action, resource, passed_to=""):
    return Need(layer=Layer.EXECUTION, action=action, resource=resource, causes=CAUSE, passed_to=passed_to)


def listed(value):
    return value if isinstance(value, list) else [value]


def allows(parts, one):
    """Whether documents allow a need, as IAM would judge."""
    for part in parts:
        for statement in part["Statement"]:
            condition = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", "")
            if (
                one.action in listed(statement["Action"])
                and any(fnmatchcase(one.resource, each) for each in listed(statement["Resource"]))
                and condition in {"", one.passed_to}
            ):
                return True
    return False


services = st.sampled_from(["s3", "kms", "dynamodb", "cloudwatch"])
names = st.text("abcdef-", min_size=1, max_size=30)
needs = st.builds(
    lambda service, call, name, handed: need(f"{service}:{call}", f"arn:aws:{service}:r:1:thing/{name}", handed),
    services, st.sampled_from(["Get", "Put", "Delete", "List"]), names, st.sampled_from(["", "lambda.amazonaws.com"]),
)  # fmt: skip


@given(st.lists(needs, max_size=200))
def test_documents_allow_all_that_is_needed_within_the_limit(wanted):
    parts = documents(wanted)
    assert all(allows(parts, one) for one in wanted)
    assert all(size_of(part["Statement"]) <= MOST for part in parts)


@given(st.lists(needs, min_size=1, max_size=50))
def test_documents_allow_no_call_that_is_not_needed(wanted):
    allowed = {action for part in documents(wanted) for each in part["Statement"] for action in listed(each["Action"])}
    assert allowed == {one.action for one in wanted}


def test_one_statement_that_is_too_large_is_cut():
    parts = documents(need(f"s3:Do{number}", f"arn:aws:s3:::{number:0>60}") for number in range(300))
    assert len(parts) > 1
    assert all(size_of(part["Statement"]) <= MOST for part in parts)
    many = [need("s3:Get", f"arn:aws:s3:::{number}{'x' * 60}") for number in range(200)]
    parts = documents(many)
    assert all(allows(parts, one) for one in many)
    assert all(size_of(part["Statement"]) <= MOST for part in parts)


def test_calls_on_the_same_resources_share_a_statement():
    assert statements([need("s3:Put", "arn:aws:s3:::a"), need("s3:Get", "arn:aws:s3:::a"), need("kms:Get", "*")]) == (
        {"Effect": "Allow", "Action": "kms:Get", "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:Get", "s3:Put"], "Resource": "arn:aws:s3:::a"},
    )


def test_a_role_may_be_handed_only_to_the_service_that_needs_it():
    (statement,) = statements([need("iam:PassRole", "arn:aws:iam::1:role/r", "lambda.amazonaws.com")])
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_many_alarms_are_told_by_the_beginning_of_their_names_and_few_by_their_names():
    alarms = [f"arn:aws:cloudwatch:r:1:alarm:kiro-worker-test-{each}" for each in "abcd"]
    assert shortened(alarms) == ("arn:aws:cloudwatch:r:1:alarm:kiro-worker-test-*",)
    assert shortened(alarms[:3]) == tuple(alarms[:3])
    # A beginning that says next to nothing would allow what is others'.
    strangers = [f"arn:aws:cloudwatch:r:1:alarm:{each}-x" for each in "abcd"]
    assert shortened(strangers) == tuple(strangers)
    different = ["arn:aws:s3:::kiro-worker-test-a", "arn:aws:s3:::kiro-worker-test-a/*"]
    assert shortened(different) == tuple(different)


def test_a_name_that_another_covers_is_left_out():
    assert shortened(["arn:aws:iam::1:role/x-*", "arn:aws:iam::1:role/x-1"]) == ("arn:aws:iam::1:role/x-*",)


def test_everybody_who_acts_has_files_of_their_own(tmp_path, assembly, here):
    wanted = [one for stack in assembly.stacks for one in deploy_needs(stack, here, Bootstrap("/v", 6))]
    written = {path.name: json.loads(path.read_text()) for path in write_policies(tmp_path / "policies", wanted)}
    assert set(written) == {"caller.json", "publishing-role.json", "deploy-role.json", "execution-role.json"}
    for one in wanted:
        assert allows([written[f"{one.layer.value.replace(' ', '-')}.json"]], one)
        assert not allows([], one)


def test_no_statement_allows_everything(assembly, here):
    wanted = [one for stack in assembly.stacks for one in deploy_needs(stack, here, Bootstrap("/v", 6))]
    for document in documents(wanted):
        for statement in document["Statement"]:
            assert not any("*" in action for action in listed(statement["Action"]))
            if statement["Resource"] == "*":
                # These take no resource, whoever asks.
                assert set(listed(statement["Action"])) <= {
                    "kms:CreateKey", "kms:ListAliases",
                }  # fmt: skip
