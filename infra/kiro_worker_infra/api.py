"""Stack api, which nothing else needs: an HTTP API that work is asked for through, for pages and programs."""

import json
from collections.abc import Sequence

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from kiro_worker_infra import grant
from kiro_worker_infra.alarms.alarm import alarms_of
from kiro_worker_infra.alarms.make import MetricAlarms
from kiro_worker_infra.bundle import Bundle
from kiro_worker_infra.environment import Environment
from kiro_worker_infra.function import Function
from kiro_worker_infra.nag import accept
from kiro_worker_infra.part import Part
from kiro_worker_infra.poller import ENDED
from kiro_worker_infra.variables import of_delegate, sign_in

ROUTES = ("POST /api/delegate/personal", "GET /api/delegate/{id}")
"""What may be asked: for work, and what became of it."""

_SECONDS = 29
"""One less than an HTTP API waits for its function."""

_ITEMS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
# Nothing of what is asked for or answered: it may be anybody's text.
_ACCESS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "address": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "error": "$context.error.messageString",
    "integrationError": "$context.integrationErrorMessage",
}


class Api(Part):
    """Needs core and poller."""

    def __init__(self, scope: Construct, settings: Environment, bundle: Bundle) -> None:
        super().__init__(scope, "api", settings, description="Kiro Worker: an HTTP API that work is asked for through")
        assert settings.api is not None, "the stack is made where the environment has an API"
        self._chosen = settings.api
        self._items()
        self._callback_key()
        self._function = Function(
            self,
            "Delegate",
            name=self.names.delegate,
            handler="kiro_worker.entry.delegate.handler",
            bundle=Asset(self, "Bundle", path=str(bundle.file)),
            description="Takes work that is asked for, and says what became of it",
            variables=of_delegate(self, settings.api),
            statements=self._allowed(),
            seconds=_SECONDS,
        )
        self._ended()
        self._api()

    def _allowed(self) -> Sequence[iam.PolicyStatement]:
        names = self.names
        return [
            *grant.use_table(self, names.delegations, _ITEMS),
            *grant.read_secrets(self, sign_in(self), names.callback_key),
            grant.allow("ReadBoard", ("ssm:GetParameter",), (self.parameter_arn(names.project_config),)),
            grant.allow("WakePoller", ("lambda:InvokeFunction",), (self.function_arn(names.poller),)),
        ]

    def _items(self) -> None:
        kinds = dynamodb.CfnTable
        table = kinds(
            self,
            "Delegations",
            table_name=self.names.delegations,
            key_schema=[kinds.KeySchemaProperty(attribute_name="id", key_type="HASH")],
            attribute_definitions=[kinds.AttributeDefinitionProperty(attribute_name="id", attribute_type="S")],
            billing_mode="PAY_PER_REQUEST",
            sse_specification=kinds.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=self.key_arn
            ),
            point_in_time_recovery_specification=kinds.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=True
            ),
            # Clean-up only: nothing is decided by whether a row is there still.
            time_to_live_specification=kinds.TimeToLiveSpecificationProperty(attribute_name="expires", enabled=True),
            deletion_protection_enabled=self.settings.protected,
        )
        self.guard(table)

    def _callback_key(self) -> None:
        # Made here and never shown: whoever is called back is given it by who operates this.
        secret = secretsmanager.CfnSecret(
            self,
            "CallbackKey",
            name=self.names.callback_key,
            description="What completion callbacks are signed with",
            kms_key_id=self.key_arn,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=64, exclude_punctuation=True
            ),
        )
        self.guard(secret)
        accept(
            secret,
            "AwsSolutions-SMG4",
            "Those who check the signature hold the same key: it is replaced on both sides at once, by people. "
            "docs/deployment/DEPLOYMENT.md says how.",
        )

    def _ended(self) -> None:
        """Whoever asked is told of each build that ended.

        The rule is patient until the function has taken an event; a callback that fails then is Lambda's to try again:
        twice more, within minutes.
        """
        kinds = events.CfnRule
        rule = kinds(
            self,
            "BuildEnded",
            name=f"{self.names.delegate}-build-ended",
            description="Tells the function behind the API of each build that ended",
            state="ENABLED",
            event_pattern={
                "source": ["aws.codebuild"],
                "detail-type": ["CodeBuild Build State Change"],
                "detail": {"project-name": [self.names.project], "build-status": list(ENDED)},
            },
            targets=[
                kinds.TargetProperty(
                    id="delegate",
                    arn=self._function.arn,
                    retry_policy=kinds.RetryPolicyProperty(
                        maximum_event_age_in_seconds=3600, maximum_retry_attempts=10
                    ),
                )
            ],
        )
        self._function.may_be_called("ByBuildEnded", service="events.amazonaws.com", source=rule.attr_arn)

    def _api(self) -> None:
        kinds, chosen = apigateway.CfnApi, self._chosen
        api = kinds(
            self,
            "Api",
            name=self.names.api,
            description="Asks Kiro Worker for work",
            protocol_type="HTTP",
            cors_configuration=kinds.CorsProperty(
                allow_origins=list(chosen.origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type"],
                max_age=600,
            )
            if chosen.origins
            else None,
        )
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=api.ref,
            integration_type="AWS_PROXY",
            integration_uri=self._function.arn,
            payload_format_version="2.0",
        )
        self._routes(api, integration)
        self._stage(api)
        self._function.may_be_called(
            "ByApi", service="apigateway.amazonaws.com", source=self.arn("execute-api", f"{api.ref}/*/*/api/delegate/*")
        )
        if self.settings.monitored:
            MetricAlarms(
                self,
                alarms_of(self.settings, self.names, "api"),
                self.names,
                topic=self.arn("sns", self.names.alarms),
                known={"api": api.ref},
            )
        CfnOutput(self, "Address", value=f"https://{api.ref}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}")

    def _routes(self, api: apigateway.CfnApi, integration: apigateway.CfnIntegration) -> None:
        chosen = self._chosen
        authorizer = None
        if chosen.issuer:
            authorizer = apigateway.CfnAuthorizer(
                self,
                "Authorizer",
                api_id=api.ref,
                name=self.names.api,
                authorizer_type="JWT",
                identity_source=["$request.header.Authorization"],
                jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(
                    issuer=chosen.issuer, audience=list(chosen.audience)
                ),
            )
        for number, route in enumerate(ROUTES, 1):
            apigateway.CfnRoute(
                self,
                f"Route{number}",
                api_id=api.ref,
                route_key=route,
                target=f"integrations/{integration.ref}",
                authorization_type="JWT" if authorizer else "AWS_IAM",
                authorizer_id=authorizer.ref if authorizer else None,
            )

    def _stage(self, api: apigateway.CfnApi) -> None:
        group = logs.CfnLogGroup(
            self,
            "AccessLogs",
            log_group_name=self.names.api_logs,
            retention_in_days=self.settings.keep.logs,
            kms_key_id=self.key_arn,
        )
        self.guard(group)
        kinds, rate = apigateway.CfnStage, self._chosen.requests_per_second
        stage = kinds(
            self,
            "Stage",
            api_id=api.ref,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=kinds.AccessLogSettingsProperty(
                destination_arn=self.log_group_arn(self.names.api_logs), format=json.dumps(_ACCESS)
            ),
            default_route_settings=kinds.RouteSettingsProperty(
                throttling_rate_limit=rate, throttling_burst_limit=2 * rate
            ),
        )
        stage.add_resource_dependency(group)
