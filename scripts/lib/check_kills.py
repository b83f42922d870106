"""Joins what the caller saw, what each carrier saw and what the database holds, when the router was killed meanwhile.

Prints what it counted; the first thing that is wrong is the last line, and the exit code is 1.
"""

import argparse
from collections import Counter

import check_calls
import records


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--caller", required=True)
    parser.add_argument("--records", required=True)
    parser.add_argument("--carrier", action="append", default=[], metavar="NAME=LOG")
    arguments = parser.parse_args()
    caller = check_calls.read_caller(arguments.caller)
    carriers = dict(text.split("=", 1) for text in arguments.carrier)
    carriers = {name: check_calls.read_carrier(path) for name, path in carriers.items()}
    check(caller, carriers, records.load(arguments.records))


def check(caller, carriers, calls):
    answered = {call_id for call_id, finals in caller.items() if any(got == 200 for *_, got in finals)}
    told = Counter(call.call_id for call in calls if call.answered)
    missing = [call_id for call_id in answered if not told[call_id]]
    if missing:
        check_calls.fail(f"{len(missing)} answered calls without a record, the first is {missing[0]}")
    double = [call_id for call_id in answered if told[call_id] > 1]
    if double:
        check_calls.fail(f"{len(double)} answered calls with two records, the first is {double[0]}")
    standing = [call.call_id for call in calls if call.answered and not call.ended]
    cut = [call_id for call_id in standing if call_id not in answered]
    standing = [call_id for call_id in standing if call_id in answered]
    if standing:
        check_calls.fail(f"{len(standing)} answered calls without an end, the first is {standing[0]}")
    offered = sum((seen["INVITE"] for seen in carriers.values()), Counter())
    for name, seen in carriers.items():
        left = [call_id for call_id in seen["ACK"] if not seen["BYE"][call_id] and call_id not in answered]
        if left:
            check_calls.fail(f"{name} still holds {len(left)} calls that were cut, the first is {left[0]}")
        for call_id in answered:
            if seen["BYE"][call_id] and not seen["ACK"][call_id]:
                check_calls.fail(f"{call_id}: {name} got a BYE, but never an ACK")
    lost = set(offered) - answered
    late = {call_id for seen in carriers.values() for call_id in seen["BYE"]} - answered
    if not late:
        check_calls.fail("no cut set-up was answered late, so that none had to be ended")
    print(f"{len(answered)} calls were answered, each has one record with its end")
    print(f"{len(lost)} set-ups were cut, {len(told.keys() - answered)} of them with a record of an answer")
    print(f"{len(late)} of them were answered late: the router acknowledged and ended each")
    print(f"{len(cut)} records of cut set-ups have no end")


if __name__ == "__main__":
    main()
