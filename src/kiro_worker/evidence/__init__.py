"""What backs each criterion of a spec: its tasks, commits, tests and covered lines, and whether that still holds."""
