"""Owns the shape of the call records as `tandem-dataplane cdr --output json` prints them.

The other checks ask a Call and never look into a record themselves.
"""

import json
from dataclasses import dataclass, field


@dataclass
class Attempt:
    """One trunk that was tried."""

    trunk: str
    # Of the trunk's own answer; 0 when it gave none.
    status: int
    flags: list

    def matches(self, wanted):
        """`wanted`: a status, or the words of flags of which one must be set, as in `a|b`."""
        if wanted.isdigit():
            return self.status == int(wanted)
        return any(flag in self.flags for flag in wanted.split("|"))


@dataclass
class Call:
    """One call record."""

    call_id: str
    outcome: str
    status: int
    # The worker that had the call.
    worker: int
    attempts: list = field(default_factory=list)
    ended: bool = False

    @property
    def answered(self):
        return self.outcome == "answered"


def load(path):
    """Every call record of the file, one JSON object a line, in file order."""
    calls = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise SystemExit(f"{path}:{number}: no JSON object: {error}") from None
            if "outcome" in record:
                calls.append(_call(record))
    return calls


def _call(record):
    attempts = [
        Attempt(
            item["trunk"],
            0 if "local_status" in item["flags"] else item["status"],
            item["flags"],
        )
        for item in record["attempts"]
    ]
    return Call(
        call_id=record["call_id"],
        outcome=record["outcome"],
        status=record["status"],
        worker=record["worker"],
        attempts=attempts,
        ended=record["duration_us"] is not None,
    )
