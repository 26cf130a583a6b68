"""Why an agent's session cannot be recorded."""

from kiro_worker.error import Fault, WorkerError


class NotRecordable(WorkerError):
    """The agent does not speak the Agent Client Protocol, and a cassette holds nothing else."""

    code = "record.not-recordable"
    fault = Fault.CONFIG

    def __init__(self, *, agent: str, protocol: str) -> None:
        super().__init__(
            f"{agent} is spoken to as {protocol}, and only sessions of the Agent Client Protocol are recorded.",
            next_step='Name its ACP command: kiro-worker record FILE --agent "PROGRAM acp" --protocol acp',
        )
