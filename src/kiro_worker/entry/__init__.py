"""What AWS Lambda calls: `poll.handler`, `delegate.handler`, `notify.handler`; no logic, as in the verbs of `cli`."""
