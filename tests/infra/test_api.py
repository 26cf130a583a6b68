"""Stack api: who may ask."""

from infra.assembly import shown


def test_no_route_is_open_to_everybody(assembly):
    routes = assembly.stack("api").of("AWS::ApiGatewayV2::Route")
    assert {each["RouteKey"] for each in routes.values()} == {"POST /api/delegate/personal", "GET /api/delegate/{id}"}
    assert {each["AuthorizationType"] for each in routes.values()} == {"AWS_IAM"}


def test_requests_are_limited_and_written_down_without_what_they_say(assembly):
    stage = assembly.stack("api").one("AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 5
    assert "body" not in stage["AccessLogSettings"]["Format"].lower()


def test_rows_that_nobody_needs_any_more_go_and_nothing_hangs_on_it(assembly):
    table = assembly.stack("api").one("AWS::DynamoDB::Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_what_callbacks_are_signed_with_is_made_by_amazon_and_shown_to_nobody(assembly):
    secret = assembly.stack("api").one("AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"]["PasswordLength"] >= 64
    assert not any("CallbackKey" in shown(each["Value"]) for each in assembly.stack("api").template["Outputs"].values())


def test_whoever_asked_is_told_of_each_of_the_five_ends_by_hosts_that_the_operator_names(assembly):
    rule = assembly.stack("api").one("AWS::Events::Rule")
    assert set(rule["EventPattern"]["detail"]["build-status"]) == {
        "SUCCEEDED",
        "FAILED",
        "FAULT",
        "STOPPED",
        "TIMED_OUT",
    }
    (function,) = (
        each
        for each in assembly.stack("api").of("AWS::Lambda::Function").values()
        if "delegate" in each["FunctionName"]
    )
    assert "CALLBACK_HOSTS" in function["Environment"]["Variables"]
