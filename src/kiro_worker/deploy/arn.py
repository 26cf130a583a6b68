"""What each resource of a template will be called, and its Amazon Resource Names: as policies name it. Pure."""

from collections.abc import Callable, Mapping

from kiro_worker.deploy.template import Place, Resource, Template, resolved

# Property that holds the name; types that are missing here are named by CloudFormation.
_NAME: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::CodeBuild::Project": "Name",
    "AWS::CodeBuild::ReportGroup": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
# Property that says which resource it belongs to: what is done, is done to that one.
_OWNER: Mapping[str, str] = {
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::EventInvokeConfig": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
    "AWS::Lambda::Version": "FunctionName",
    "AWS::Logs::MetricFilter": "LogGroupName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
    "AWS::IAM::Policy": "Roles",
}
_OWNER_SHAPE: Mapping[str, str] = {
    "AWS::IAM::Policy": "AWS::IAM::Role",
    "AWS::Lambda::Alias": "AWS::Lambda::Function",
    "AWS::Lambda::EventInvokeConfig": "AWS::Lambda::Function",
    "AWS::Lambda::Permission": "AWS::Lambda::Function",
    "AWS::Lambda::Url": "AWS::Lambda::Function",
    "AWS::Lambda::Version": "AWS::Lambda::Function",
    "AWS::Logs::MetricFilter": "AWS::Logs::LogGroup",
    "AWS::S3::BucketPolicy": "AWS::S3::Bucket",
    "AWS::SNS::Subscription": "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy": "AWS::SNS::Topic",
    "AWS::SQS::QueuePolicy": "AWS::SQS::Queue",
    "AWS::SecretsManager::ResourcePolicy": "AWS::SecretsManager::Secret",
}
# Versions and aliases are resources of their own too, behind their function's name.
_QUALIFIED = frozenset({"AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Version"})
# `{0}` is the name. Each is `arn:partition:` and this; region and account are put in.
_SHAPE: Mapping[str, tuple[str, ...]] = {
    "AWS::CloudWatch::Alarm": ("cloudwatch:{region}:{account}:alarm:{0}",),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch:{region}:{account}:alarm:{0}",),
    "AWS::CloudWatch::Dashboard": ("cloudwatch::{account}:dashboard/{0}",),
    "AWS::CodeBuild::Project": ("codebuild:{region}:{account}:project/{0}",),
    "AWS::CodeBuild::ReportGroup": ("codebuild:{region}:{account}:report-group/{0}",),
    "AWS::DynamoDB::Table": ("dynamodb:{region}:{account}:table/{0}",),
    "AWS::ECR::Repository": ("ecr:{region}:{account}:repository/{0}",),
    "AWS::Events::Rule": ("events:{region}:{account}:rule/{0}",),
    "AWS::IAM::ManagedPolicy": ("iam::{account}:policy/{0}",),
    "AWS::IAM::Role": ("iam::{account}:role/{0}",),
    # Both are asked about: which key an alias leads to is part of the right to make it.
    "AWS::KMS::Alias": ("kms:{region}:{account}:{0}", "kms:{region}:{account}:key/*"),
    "AWS::KMS::Key": ("kms:{region}:{account}:key/*",),
    "AWS::Lambda::EventSourceMapping": ("lambda:{region}:{account}:event-source-mapping:*",),
    "AWS::Lambda::Function": ("lambda:{region}:{account}:function:{0}",),
    "AWS::Lambda::LayerVersion": ("lambda:{region}:{account}:layer:{0}",),
    "AWS::Logs::LogGroup": ("logs:{region}:{account}:log-group:{0}:*", "logs:{region}:{account}:log-group:{0}"),
    "AWS::S3::Bucket": ("s3:::{0}",),
    "AWS::SES::ConfigurationSet": ("ses:{region}:{account}:configuration-set/{0}",),
    "AWS::SES::EmailIdentity": ("ses:{region}:{account}:identity/{0}",),
    "AWS::SNS::Topic": ("sns:{region}:{account}:{0}",),
    "AWS::SQS::Queue": ("sqs:{region}:{account}:{0}",),
    "AWS::SSM::Parameter": ("ssm:{region}:{account}:parameter/{0}",),
    "AWS::Scheduler::Schedule": ("scheduler:{region}:{account}:schedule/*/{0}",),
    # Six signs of chance are put behind each secret's name.
    "AWS::SecretsManager::Secret": ("secretsmanager:{region}:{account}:secret:{0}-??????",),
}
# Of API Gateway the paths are the resources, below an id that only it knows.
_API_GATEWAY: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway": ("apigateway:{region}::/restapis", "apigateway:{region}::/restapis/*"),
    "AWS::ApiGatewayV2": ("apigateway:{region}::/apis", "apigateway:{region}::/apis/*"),
}
# Its tags are paths of their own.
_API_GATEWAY_TAGS = ("apigateway:{region}::/tags/*",)
_API_GATEWAY_OWN: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::Account": ("apigateway:{region}::/account",),
    "AWS::ApiGateway::UsagePlan": ("apigateway:{region}::/usageplans", "apigateway:{region}::/usageplans/*"),
}


def name_of(resource: Resource, template: Template, place: Place) -> str:
    """What a resource will be called; one that CloudFormation names begins with its stack's name."""
    given = _NAME.get(resource.kind)
    if given and resource.has(given):
        return resolved(resource.properties[given], template, place)
    return _generated(resource, template)


def _generated(resource: Resource, template: Template) -> str:
    # Buckets may hold no capitals, so CloudFormation takes them away; other names keep the stack's spelling.
    made = f"{template.stack}-*"
    return made.lower() if resource.kind == "AWS::S3::Bucket" else made


def arns_of(resource: Resource, template: Template, place: Place) -> tuple[str, ...]:
    """How policies name a resource, or the one that it belongs to; nothing where no policy can."""
    if resource.kind in _OWNER:
        return _owners(resource, template, place)
    family = "::".join(resource.kind.split("::")[:2])
    shapes = _SHAPE.get(resource.kind) or _API_GATEWAY_OWN.get(resource.kind) or _API_GATEWAY.get(family, ())
    if family in _API_GATEWAY and resource.has("Tags"):
        shapes += _API_GATEWAY_TAGS
    fill = _filler(place)
    name = name_of(resource, template, place)
    return tuple(fill(shape, name.removeprefix("/") if ":parameter/" in shape else name) for shape in shapes)


def _filler(place: Place) -> Callable[[str, str], str]:
    def fill(shape: str, name: str) -> str:
        return f"arn:{place.partition}:" + shape.format(name, region=place.region, account=place.account)

    return fill


def _owners(resource: Resource, template: Template, place: Place) -> tuple[str, ...]:
    given = resource.properties.get(_OWNER[resource.kind], ())
    fill = _filler(place)
    shapes = _SHAPE[_OWNER_SHAPE[resource.kind]]
    found: list[str] = []
    for each in given if isinstance(given, list) else [given]:
        text = resolved(each, template, place)
        found += [text] if text.startswith("arn:") else [fill(shape, _last(text)) for shape in shapes]
    if resource.kind in _QUALIFIED:
        found += [f"{each}:*" for each in found]
    return tuple(dict.fromkeys(found))


def _last(text: str) -> str:
    # A queue is named by its address.
    return text.rpartition("/")[2] if text.startswith("https://") else text
