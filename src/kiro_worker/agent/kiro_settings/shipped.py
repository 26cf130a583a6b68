"""What a headless Kiro may do where the repository says nothing.

Tests, builds and looking around; an agent that may run the tests may run anything that it writes into one, so this
keeps a confused agent from harm and an honest one at work, and isolation has to hold a hostile one.
"""

_READING = (
    "pwd", "ls", "cat", "head", "tail", "wc", "grep", "rg", "diff", "cmp", "tree", "file", "stat", "which", "echo",
    "true", "cd", "mkdir", "touch", "git status", "git diff", "git log", "git show", "git ls-files", "git blame",
    "git rev-parse",
)  # fmt: skip
_TESTING = (
    "pytest", "python -m pytest", "python3 -m pytest", "python -m unittest", "python3 -m unittest", "uv run pytest",
    "poetry run pytest", "tox", "nox", "ruff", "mypy", "npm test", "npm run test", "npm run build", "npm run lint",
    "yarn test", "yarn build", "yarn lint", "pnpm test", "pnpm build", "pnpm lint", "bun test", "deno test",
    "node --test", "npx vitest", "npx jest", "npx tsc", "npx eslint", "npx prettier", "go test", "go build", "go vet",
    "gofmt",
    "cargo test", "cargo build", "cargo check", "cargo clippy", "cargo fmt", "mvn test", "./mvnw test", "gradle test",
    "./gradlew test", "dotnet test", "dotnet build", "make test", "make check", "make build", "make lint", "ctest",
    "bundle exec rspec", "bundle exec rake test", "rake test", "phpunit", "vendor/bin/phpunit", "composer test",
    "mix test", "swift test", "swift build",
)  # fmt: skip

TRUSTED_COMMANDS = (*_READING, *_TESTING)

DENIED_COMMANDS = (
    "git push", "git commit", "git remote", "git config", "git submodule", "sudo", "su", "ssh", "scp", "curl | sh",
    "curl | bash", "wget | sh", "wget | bash", "npm publish", "twine upload", "cargo publish", "docker", "kubectl",
    "kiro-cli", "kiro-worker", "aws", "gh",
)  # fmt: skip
