"""Stack worker: the build project that runs happen in, its role, its log group and its reports."""

from collections.abc import Mapping

from aws_cdk import Annotations
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_logs as logs
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from kiro_worker_infra import build_role
from kiro_worker_infra.buildspec import BUNDLE, BUNDLE_DIGEST, VERSION, buildspec_of
from kiro_worker_infra.environment import OWN_IMAGES, Build, Environment
from kiro_worker_infra.nag import accept
from kiro_worker_infra.part import Part
from kiro_worker_infra.variables import of_builds
from kiro_worker_infra.wheel import Package

_NO_AGENT = (
    "Builds of {environment} will find no agent: the image is CodeBuild's own, and nothing installs one. Set "
    "build.agent_download, build.agent_install or build.image in infra/kiro_worker_infra/environments.py; "
    "docs/deployment/prerequisites.md says how."
)


class Worker(Part):
    """Needs core."""

    def __init__(self, scope: Construct, settings: Environment, package: Package) -> None:
        super().__init__(scope, "worker", settings, description="Kiro Worker: the build project that runs happen in")
        self._log_group = logs.CfnLogGroup(
            self,
            "Logs",
            log_group_name=self.names.build_logs,
            retention_in_days=settings.keep.logs,
            kms_key_id=self.key_arn,
        )
        self.guard(self._log_group)
        self._reports()
        if _lacks_an_agent(settings.build):
            Annotations.of(self).add_warning_v2("kiro-worker:no-agent", _NO_AGENT.format(environment=settings.name))
        asset = Asset(self, "Package", path=str(package.file))
        self._role = build_role.of(self, asset)
        self._project(package, asset)

    def _reports(self) -> None:
        """Made here and not by the first build, whose role may not make report groups."""
        for logical, name, kind in (
            ("Tests", self.names.tests, "TEST"),
            ("Coverage", self.names.coverage, "CODE_COVERAGE"),
        ):
            group = codebuild.CfnReportGroup(
                self,
                logical,
                name=name,
                type=kind,
                delete_reports=not self.settings.protected,
                export_config=codebuild.CfnReportGroup.ReportExportConfigProperty(export_config_type="NO_EXPORT"),
            )
            self.guard(group)

    def _project(self, package: Package, asset: Asset) -> None:
        build, kinds = self.settings.build, codebuild.CfnProject
        project = kinds(
            self,
            "Project",
            name=self.names.project,
            description="Carries out one run of Kiro Worker; started by the poller",
            service_role=self._role.role_arn,
            encryption_key=self.key_arn,
            # Neither has the project a source nor is its buildspec read from one.
            source=kinds.SourceProperty(type="NO_SOURCE", build_spec=buildspec_of(build)),
            artifacts=kinds.ArtifactsProperty(type="NO_ARTIFACTS"),
            # On the build host, where the next build may find it: nothing of it can be written from anywhere else.
            cache=kinds.ProjectCacheProperty(type="LOCAL", modes=["LOCAL_CUSTOM_CACHE"]),
            environment=kinds.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type=build.compute,
                image=build.image,
                image_pull_credentials_type="CODEBUILD" if build.image.startswith(OWN_IMAGES) else "SERVICE_ROLE",
                privileged_mode=False,
                environment_variables=_listed(
                    {
                        **of_builds(self),
                        BUNDLE: f"s3://{asset.s3_bucket_name}/{asset.s3_object_key}",
                        BUNDLE_DIGEST: package.digest,
                        VERSION: package.version,
                    }
                ),
            ),
            logs_config=kinds.LogsConfigProperty(
                cloud_watch_logs=kinds.CloudWatchLogsConfigProperty(status="ENABLED", group_name=self.names.build_logs),
                s3_logs=kinds.S3LogsConfigProperty(status="DISABLED"),
            ),
            timeout_in_minutes=build.minutes,
            queued_timeout_in_minutes=build.queued_minutes,
            # The second line of defence; the first is the lease.
            concurrent_build_limit=build.concurrent,
            # Whether a run is tried again is the dispatcher's to say, who knows why it ended.
            auto_retry_limit=0,
            badge_enabled=False,
            visibility="PRIVATE",
        )
        project.add_resource_dependency(self._log_group)
        if not build.image.startswith(OWN_IMAGES):
            accept(
                project,
                "AwsSolutions-CB5",
                "An image of the operator's own, which brings the agent along; only the environments file can name it.",
            )


def _listed(variables: Mapping[str, str]) -> list[codebuild.CfnProject.EnvironmentVariableProperty]:
    kind = codebuild.CfnProject.EnvironmentVariableProperty
    return [kind(name=name, value=value, type="PLAINTEXT") for name, value in sorted(variables.items())]


def _lacks_an_agent(build: Build) -> bool:
    return build.image.startswith(OWN_IMAGES) and build.agent_download is None and not build.agent_install
