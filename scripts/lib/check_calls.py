"""Joins what the caller saw, what each carrier saw and what the router recorded, by Call-ID.

Prints what it counted; the first thing that is wrong is the last line, and the exit code is 1.
"""

import argparse
from collections import Counter, defaultdict

import records

# The chi-squared value that chance exceeds once in a thousand runs, by degrees of freedom.
CHI_SQUARED_AT_001 = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47}


def main():
    arguments = parse()
    caller = read_caller(arguments.caller)
    carriers = {}
    for text in arguments.carrier:
        name, path = text.split("=", 1)
        carriers[name] = read_carrier(path)
    calls = records.load(arguments.records)
    check_caller(caller, arguments.refused)
    # What is refused because it could not be recorded has no record.
    caller = {call_id: finals for call_id, finals in caller.items() if finals[0][2] != arguments.refused}
    check_join(caller, calls)
    check_trunks(calls, carriers, arguments.lossy)
    if arguments.attempts:
        check_attempts(calls, arguments.attempts)
    if arguments.shares:
        check_shares(calls, arguments.shares)
    if arguments.workers:
        check_workers(calls, arguments.workers)
    if arguments.once:
        check_once(caller, carriers)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--caller", required=True)
    parser.add_argument("--records", required=True)
    parser.add_argument("--carrier", action="append", default=[], metavar="NAME=LOG")
    parser.add_argument("--attempts", help="what each routed call tried: `cirrus:no_response atlas:200`")
    parser.add_argument("--shares", help="of first attempts in percent: `atlas=60,borealis=40`")
    parser.add_argument("--workers", type=int, help="the calls are spread evenly over so many workers")
    parser.add_argument("--refused", type=int, help="a final status that any call may have got instead, without a record")
    parser.add_argument("--once", action="store_true", help="no call may reach two carriers")
    parser.add_argument("--lossy", action="store_true", help="an ACK may have been lost")
    return parser.parse_args()


def read_caller(path):
    """Call-ID -> [(called, expected, got)]."""
    seen = defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            parts = line.split()
            if len(parts) == 4 and parts[2].isdigit():
                seen[parts[0]].append((parts[1], int(parts[2]), int(parts[3])))
    return seen


def read_carrier(path):
    """Word of the log -> how often for each Call-ID."""
    seen = defaultdict(Counter)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, _, call_id = line.strip().partition(" ")
            seen[word][call_id] += 1
    return seen


def check_caller(caller, refused):
    if not caller:
        fail("the caller made no call")
    for call_id, finals in caller.items():
        if len(finals) > 1:
            fail(f"{call_id} had {len(finals)} final responses at the caller")
        called, expected, got = finals[0]
        if got not in (expected, refused):
            fail(f"{call_id} to {called} ended with {got}, expected {expected}")
    answered = sum(finals[0][2] == 200 for finals in caller.values())
    print(f"{len(caller)} calls, {answered} answered")


def check_join(caller, calls):
    """Each call has exactly one record, which says what the caller saw."""
    by_id = Counter(call.call_id for call in calls)
    missing = [call_id for call_id in caller if call_id not in by_id]
    if missing:
        fail(f"{len(missing)} calls without a record, the first is {missing[0]}")
    double = [call_id for call_id, count in by_id.items() if count > 1]
    if double:
        fail(f"{len(double)} calls with two records, the first is {double[0]}")
    strange = [call_id for call_id in by_id if call_id not in caller]
    if strange:
        fail(f"{len(strange)} records of calls that no one made, the first is {strange[0]}")
    for call in calls:
        got = caller[call.call_id][0][2]
        if call.status != got:
            fail(f"{call.call_id}: the record says {call.status}, the caller got {got}")
        if call.answered != (got == 200):
            fail(f"{call.call_id}: the record says {call.outcome}, the caller got {got}")
        if call.answered and not call.ended:
            fail(f"{call.call_id}: the record has no end")
    print(f"{len(calls)} records, each of one call, none missing, none double")


def check_trunks(calls, carriers, lossy):
    """The trunk that a record names last is the carrier that held the call and was told BYE."""
    held = {}
    for name, seen in carriers.items():
        for call_id in seen["BYE"]:
            if call_id in held:
                fail(f"{call_id} was held by {held[call_id]} and by {name}")
            held[call_id] = name
            if not lossy and call_id not in seen["ACK"]:
                fail(f"{call_id}: {name} got a BYE, but never an ACK")
    for call in calls:
        if not call.answered or not carriers:
            continue
        trunk, carrier = call.attempts[-1].trunk, held.get(call.call_id)
        if trunk != carrier:
            fail(f"{call.call_id}: the record says {trunk}, it was held by {carrier}")
    for name, count in sorted(Counter(held.values()).items()):
        print(f"{name} held {count}")


def check_attempts(calls, expected):
    wanted = [item.split(":") for item in expected.split()]
    for call in calls:
        same = len(call.attempts) == len(wanted) and all(
            attempt.trunk == trunk and attempt.matches(end)
            for attempt, (trunk, end) in zip(call.attempts, wanted)
        )
        if call.attempts and not same:
            tried = " ".join(f"{a.trunk}:{a.status}:{'+'.join(a.flags)}" for a in call.attempts)
            fail(f"{call.call_id}: tried {tried}, expected {expected}")
    print(f"every record shows the attempts {expected}")


def check_shares(calls, text):
    """The shares of first attempts are what chance gives for the weights."""
    weights = {name: float(weight) for name, weight in (i.split("=") for i in text.split(","))}
    first = Counter(call.attempts[0].trunk for call in calls if call.attempts)
    if set(first) - set(weights):
        fail(f"first attempts at {sorted(set(first) - set(weights))}, which has no weight")
    check_chance(first, weights, "first attempts")


def check_workers(calls, count):
    """Every worker had its share of the calls."""
    had = Counter(f"worker {call.worker}" for call in calls)
    weights = {f"worker {number}": 1.0 for number in range(count)}
    if set(had) - set(weights):
        fail(f"calls of {sorted(set(had) - set(weights))}, which does not run")
    check_chance(had, weights, "calls")


def check_chance(counts, weights, what):
    """The counts are what chance gives for the weights."""
    total, weight_sum = sum(counts.values()), sum(weights.values())
    squared = 0.0
    for name, weight in weights.items():
        expected = total * weight / weight_sum
        squared += (counts[name] - expected) ** 2 / expected
        print(f"{name}: {counts[name]} {what}, {100 * counts[name] / total:.2f} %, weight {weight:g}")
    bound = CHI_SQUARED_AT_001[len(weights) - 1]
    print(f"chi-squared {squared:.2f}, bound {bound} (p = 0.001)")
    if squared > bound:
        fail(f"the shares of {what} are not those of the weights: {squared:.2f} exceeds {bound}")


def check_once(caller, carriers):
    reached = Counter()
    for seen in carriers.values():
        reached.update(seen["INVITE"].keys())
    twice = [call_id for call_id, count in reached.items() if count > 1]
    if twice:
        fail(f"{len(twice)} calls reached two carriers, the first is {twice[0]}")
    print(f"{len(reached)} of {len(caller)} calls reached a carrier, none two")


def fail(sentence):
    print(sentence)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
