import pytest

from kiro_worker.deploy.denied import Denial, denials

WHO = "arn:aws:sts::1:assumed-role/cdk-cfn-exec/AWSCloudFormation"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            f"User: {WHO} is not authorized to perform: codebuild:CreateProject on resource: arn:aws:codebuild:eu-west-1:1:project/p because no identity-based policy allows the codebuild:CreateProject action (Service: AWSCodeBuild; Status Code: 400; Error Code: AccessDeniedException)",
            Denial(WHO, "codebuild:CreateProject", "arn:aws:codebuild:eu-west-1:1:project/p"),
        ),
        (
            'Resource handler returned message: "User: arn:aws:iam::1:user/a is not authorized to perform: kms:TagResource because no identity-based policy allows the kms:TagResource action"',
            Denial("arn:aws:iam::1:user/a", "kms:TagResource", ""),
        ),
        (
            'is not authorized to perform: iam:PassRole on resource: "arn:aws:iam::1:role/r"',
            Denial("", "iam:PassRole", "arn:aws:iam::1:role/r"),
        ),
        ("User: a is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k.", Denial("a", "s3:PutObject", "arn:aws:s3:::b/k")),
        ("API: s3:PutBucketPolicy Access Denied", Denial("", "s3:PutBucketPolicy", "")),
        (
            "current credentials could not be used to assume 'arn:aws:iam::1:role/cdk-deploy', but are for the right account.",
            Denial("", "sts:AssumeRole", "arn:aws:iam::1:role/cdk-deploy"),
        ),
    ],
)  # fmt: skip
def test_a_denial_is_read_as_who_what_and_on_what(said, found):
    assert denials(f"before {said} after") == (found,)


def test_the_same_denial_is_told_once_and_nothing_is_made_up():
    said = "User: a is not authorized to perform: s3:Get on resource: arn:aws:s3:::b "
    assert len(denials(said * 5)) == 1
    assert denials("The bucket is not empty") == ()
