"""The policy that holds where a repository says nothing."""

from kiro_worker.policy.decision import Answer
from kiro_worker.policy.rule import Rule

_ASKED = {
    "path.ci": (
        ".github/**", ".gitlab/**", ".gitlab-ci.yml", ".circleci/**", ".buildkite/**", ".drone.yml", ".travis.yml",
        "appveyor.yml", ".appveyor.yml", "Jenkinsfile*", "azure-pipelines*.yml", "bitbucket-pipelines.yml",
        "cloudbuild*.y*ml", ".woodpecker/**", ".woodpecker.yml", ".teamcity/**", ".semaphore/**", "buildspec*.y*ml",
        ".codebuild/**", "codefresh.yml", ".tekton/**", ".cirrus.yml", "CODEOWNERS", ".mergify.yml", "renovate.json*",
    ),
    "path.kiro": (".kiro/**",),
    "path.hooks": (
        ".husky/**", ".githooks/**", "lefthook*.y*ml", ".lefthook*.y*ml", ".pre-commit-config.yaml",
        ".pre-commit-hooks.yaml", ".gitattributes", ".gitmodules", ".gitconfig", ".vscode/**", ".idea/**",
        "*.code-workspace", ".devcontainer/**", ".envrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs",
        ".pypirc",
        "pip.conf", ".cargo/config*", "sitecustomize.py", "usercustomize.py", "*.pth", ".mcp.json", "mcp.json",
        ".claude/**", ".cursor/**", ".gemini/**", ".qwen/**", ".codex/**", "AGENTS.md", "CLAUDE.md", "GEMINI.md",
        ".opencode/**", "opencode.json*", ".vibe/**", ".fast-agent/**", "fast-agent*.yaml", "fastagent*.yaml",
        "QWEN.md", ".agents/**", ".cursorrules", ".windsurf/**", ".clinerules/**", ".continue/**", ".aider.conf.yml",
        ".goosehints",
    ),
    "path.lock-file": (
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "uv.lock",
        "poetry.lock", "Pipfile.lock", "pdm.lock", "Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock", "mix.lock",
        "pubspec.lock", "packages.lock.json", "flake.lock", ".terraform.lock.hcl", "gradle.lockfile", "deno.lock",
        "conda-lock.yml", "pixi.lock",
    ),
}  # fmt: skip
_SENSITIVE = (
    "**/.env", "**/.env.local", "**/.env.production", "**/.env.*.local", "**/.netrc", "**/.git-credentials",
    "**/.ssh/**",
    "**/.aws/**", "**/id_rsa", "**/id_ed25519", "**/.kube/config", "**/.docker/config.json",
)  # fmt: skip
# The agent's own ticks are put back by the worker and count as no change.
_FREE = (".kiro/specs/*/tasks.md",)

#: Every shipped rule that a repository can switch off by its name, with what it is about.
SWITCHES = {
    "path.ci": "files of continuous integration are asked about",
    "path.kiro": "files below `.kiro` are asked about",
    "path.hooks": "hooks, settings of editors and package managers, and what agents obey are asked about",
    "path.lock-file": "lock files are asked about",
    "path.sensitive": "files that hold secrets are not touched",
    "command.system": "programs that act on the machine are not started",
    "command.publishes": "nothing is published, deployed or signed in to",
    "command.remote-shell": "no shell or pipe to another machine is opened",
    "variable.acts": "variables that change which programs run are not set",
    "git.setting": "git is not told to obey other settings or folders",
    "git.commit": "`git commit` is the worker's",
    "git.config": "`git config` is the worker's",
    "git.fetch": "`git fetch` is the worker's",
    "git.merge": "`git merge` is the worker's",
    "git.rebase": "`git rebase` is the worker's",
    "git.submodule": "`git submodule` is the worker's",
}


def path_rules() -> tuple[Rule, ...]:
    """Files that are asked about when they are written, and files that are left alone."""
    asked = tuple(
        Rule(Answer.ASK, "shipped", pattern, writes_only=True, name=name)
        for name, patterns in _ASKED.items()
        for pattern in patterns
    )
    return (*asked, *(Rule(Answer.DENY, "shipped", pattern, name="path.sensitive") for pattern in _SENSITIVE))


def free_paths() -> tuple[Rule, ...]:
    """Exceptions from what is shipped."""
    return tuple(Rule(Answer.ALLOW, "shipped", pattern, name="path.tick") for pattern in _FREE)
