"""When a person is asked about a change, and what kinds of change there are."""

from kiro_worker.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One entry of `require_approval` or `require_human_approval`.

    Attributes:
        where: the `file:line:column` of the entry.
        files: patterns of paths.
        change_types: names of kinds of change.
        files_over, lines_changed_over, lines_added_over: numbers above which a person is asked.
        complexity_over: per cent by which the changed code may grow more complex.
    """

    where: str = ""
    files: tuple[str, ...] = ()
    change_types: tuple[str, ...] = ()
    files_over: int | None = None
    lines_changed_over: int | None = None
    lines_added_over: int | None = None
    complexity_over: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeType:
    """A kind of change, by the names of files or by what changed lines hold.

    Attributes:
        paths: patterns; any of them is enough.
        content: regular expressions looked for in added and removed lines.
    """

    name: str
    paths: tuple[str, ...] = ()
    content: tuple[str, ...] = ()


SHIPPED: tuple[ChangeType, ...] = (
    ChangeType(
        name="database_schema",
        paths=(
            "**/migrations/**", "**/migration/**", "**/migrate/**", "**/alembic/**", "**/flyway/**", "**/liquibase/**",
            "*.sql", "schema.prisma", "**/schema.rb", "**/structure.sql", "*.dbml", "**/db/schema/**",
        ),
        content=(
            r"(?i)\b(?:create|alter|drop|truncate)\s+(?:unique\s+)?(?:table|index|view|schema|database|column|type)\b",
            r"\bop\.(?:create_table|drop_table|add_column|drop_column|alter_column)\b",
        ),
    ),
    ChangeType(
        name="security_config",
        paths=(
            "**/*security*.{yml,yaml,json,toml,xml,conf,ini,properties}", "**/*policy*.{json,yml,yaml,rego,cedar}",
            "**/iam/**", "**/*.rego", "**/.htaccess", "**/nginx*.conf", "**/cors*", "**/csp*", "SECURITY.md",
            "**/*{auth,oauth,jwt}*.{yml,yaml,json,toml,ini,conf}", "*.pem", "*.crt", "*.cer", "*.jks", "*.p12",
        ),
        content=(
            r"(?i)\b(?:verify|ssl_verify|check_hostname|rejectUnauthorized|strictSSL)\s*[=:]\s*(?:false|none|0)\b",
            r"InsecureSkipVerify|CERT_NONE|_create_unverified_context|csrf_exempt|@PermitAll|permitAll\(",
            r"(?i)access-control-allow-origin['\"]?\s*[:,]\s*['\"]?\*",
        ),
    ),
    ChangeType(
        name="ci_cd_pipeline",
        paths=(
            ".github/**", ".gitlab/**", ".gitlab-ci.yml", ".circleci/**", ".buildkite/**", ".drone.yml", ".travis.yml",
            "Jenkinsfile*", "azure-pipelines*.yml", "bitbucket-pipelines.yml", "cloudbuild*.y*ml", "buildspec*.y*ml",
            "appspec.y*ml", ".tekton/**", ".pre-commit-config.yaml", "codefresh.yml", "Dockerfile*",
            "docker-compose*.y*ml",
        ),
    ),
    ChangeType(
        name="environment_variables",
        paths=(
            "**/.env", "**/.env.*", "*.env", "**/.envrc",
            "**/env.{yml,yaml,json,ts,js}", "**/environment*.{yml,yaml}",
        ),
        content=(
            r"\bos\.environ\b|\bos\.getenv\b|\bprocess\.env\b|\bSystem\.getenv\b|\bstd::env::|\bgetenv\(|\bENV\[",
            r"\bEnvironment\.GetEnvironmentVariable\b|\bos\.(?:Getenv|LookupEnv|Setenv)\b|\bimport\.meta\.env\b",
        ),
    ),
)  # fmt: skip
