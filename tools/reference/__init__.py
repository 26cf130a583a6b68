"""The pages of docs/reference that are made from the code, one module each."""

MADE = "Made from the code by `make docs-write`; a test holds it to that."
