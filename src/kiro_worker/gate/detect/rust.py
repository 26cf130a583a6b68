"""Rust: `cargo test`, through cargo-llvm-cov where coverage is asked for."""

from kiro_worker.gate.base import BaseFiles
from kiro_worker.gate.detect.model import Asked, Detected, Need


def detect(base: BaseFiles, asked: Asked) -> Detected | None:
    """See `detect`: a Cargo package or workspace at the root."""
    if "Cargo.toml" not in base.paths:
        return None
    cargo = Need(tool="cargo", program="cargo", wanted_for="running the tests", cure="Install Rust.")
    whole = ("--workspace",) if "[workspace]" in base.text("Cargo.toml") else ()
    if not asked.coverage:
        return Detected(
            runner="cargo", because="Cargo.toml is there", commands=(("cargo", "test", *whole),), needs=(cargo,)
        )
    measuring = Need(
        tool="cargo-llvm-cov",
        program="cargo-llvm-cov",
        wanted_for="measuring coverage",
        cure="Run: cargo install cargo-llvm-cov (and: rustup component add llvm-tools-preview).",
    )
    return Detected(
        runner="cargo",
        because="Cargo.toml is there",
        commands=(("cargo", "llvm-cov", *whole, "--lcov", "--output-path", "{scratch}/lcov.info"),),
        coverage=("{scratch}/lcov.info",),
        needs=(cargo, measuring),
        coverage_cure="See the output: cargo-llvm-cov writes no report when a test fails.",
    )
