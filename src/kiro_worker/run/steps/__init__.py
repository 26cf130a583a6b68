"""What the shell does for each step of a run; the rules of what comes next are in `run.machine`."""
