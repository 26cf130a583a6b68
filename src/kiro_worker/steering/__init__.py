"""Steering files: a repository's standards, as the agent is given them."""

from kiro_worker.steering.reader import Inclusion, SteeringFile, always, read_steering_file

__all__ = ["Inclusion", "SteeringFile", "always", "read_steering_file"]
