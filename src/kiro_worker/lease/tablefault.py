"""What becomes of asking a DynamoDB table for leases when it does not answer as it should.

Who may not ask, or has no credentials, is told so as for every service of AWS: `aws.denied` names the action and the
table, `aws.sign-in` what to do.
"""

from kiro_worker.aws import AwsFault, AwsThrottled, AwsUnreachable
from kiro_worker.error import Fault, WorkerError


class LeaseTableMissing(WorkerError):
    """There is no such table."""

    code = "lease.table-missing"
    fault = Fault.CONFIG

    def __init__(self, *, table: str) -> None:
        self.table = table
        super().__init__(
            f"There is no table {table} of leases in this account and region.",
            kept="No lease was taken.",
            next_step="Deploy the stack that makes it, or set lease.table to the name that it has; AWS_REGION says "
            "where it is looked for.",
        )


class LeaseTableRefused(WorkerError):
    """The table is there, and does not keep leases."""

    code = "lease.table-refused"
    fault = Fault.CONFIG

    def __init__(self, *, table: str, words: str) -> None:
        self.table, self.words = table, words
        super().__init__(
            f"The table {table} does not keep leases: {words}",
            kept="No lease was taken.",
            next_step="It needs one key, `key`, a text; docs/explanation/leases.md shows it. Nothing else may write "
            "to it.",
        )


class LeaseTableUnavailable(WorkerError):
    """The table cannot be asked just now."""

    code = "lease.table-unavailable"
    fault = Fault.INTERNAL

    def __init__(self, *, table: str, reason: str) -> None:
        self.table, self.reason = table, reason
        super().__init__(
            f"The table {table} of leases cannot be asked: {reason}.",
            kept="Leases are as they were; one that is held ends by itself.",
            next_step="Look whether DynamoDB can be reached from here and takes so many calls, then run again.",
        )


def table_fault(table: str, fault: AwsFault) -> WorkerError:
    """What a fault of AWS means for leases; one that says all there is to say is left as it is."""
    if isinstance(fault, AwsThrottled | AwsUnreachable):
        return LeaseTableUnavailable(table=table, reason=fault.message.rstrip("."))
    if fault.said == "ResourceNotFoundException":
        return LeaseTableMissing(table=table)
    if fault.said == "ValidationException":
        return LeaseTableRefused(table=table, words=fault.message)
    return fault
