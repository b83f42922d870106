"""Compares what one side sent to the router with what the other side got from it, byte by byte.

Owned by the router, and therefore allowed to differ: its own Via on top of a request, the stamp in the
caller's top Via (received, rport), Record-Route lines of its own, its own Route, Max-Forwards less one,
the Request-URI. Everything else, order included, must be identical. The first fault is the last line.
"""

import argparse
import re
from collections import defaultdict

import sip


def main():
    arguments = parse()
    upstream = read(arguments.upstream, arguments.upstream_router)
    downstream = read(arguments.downstream, arguments.downstream_router)
    # An ACK of a failure and 100 Trying are of one hop: the router makes its own.
    compared = 0
    for key, sent in upstream["sent"].items():
        if one_hop(sent):
            continue
        got = downstream["got"].get(key)
        if got is None:
            fail(f"{describe(sent)} of {sent.call_id} never reached the carrier")
        compare_request(sent, got, arguments.downstream_router)
        compared += 1
    for key, sent in downstream["sent"].items():
        if one_hop(sent):
            continue
        got = upstream["got"].get(key)
        if got is None:
            fail(f"{describe(sent)} of {sent.call_id} never reached the caller")
        compare_response(sent, got)
        compared += 1
    check_branches(downstream["all"], arguments.downstream_router)
    if not compared:
        fail("nothing was captured")
    print(f"{compared} relayed messages are byte-identical but for what is the router's own")


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True, help="capture at the caller")
    parser.add_argument("--upstream-router", required=True, help="the router's address there")
    parser.add_argument("--downstream", required=True, help="capture at the carrier")
    parser.add_argument("--downstream-router", required=True, help="the router's address there")
    return parser.parse_args()


def read(path, router):
    """First copy of each message by direction, and all that the router sent."""
    seen = {"sent": {}, "got": {}, "all": []}
    confirmed = set()
    for packet, message in sip.messages(path):
        from_router = packet.source == router
        # The ACK of a 2xx is end to end, that of a failure is of one hop.
        if message.status // 100 == 2 and message.method == b"INVITE":
            confirmed.add((message.call_id, message.cseq[0]))
        message.end_to_end = (message.call_id, message.cseq[0]) in confirmed
        key = (message.call_id, message.cseq, message.request, message.status, message.method)
        seen["got" if from_router else "sent"].setdefault(key, message)
        if from_router:
            seen["all"].append(message)
    return seen


def one_hop(message):
    if message.request:
        return message.method == b"CANCEL" or (message.method == b"ACK" and not message.end_to_end)
    return message.status == 100 or message.method == b"CANCEL"


def compare_request(sent, got, router):
    where = f"{describe(sent)} of {sent.call_id}"
    ours = got.all(b"via")[0]
    rest = drop(got.lines, b"via", 1)
    via = sip.Message.value(ours)
    if not re.match(rb"SIP/2\.0/UDP " + re.escape(router.encode()) + rb"(:5060)?\s*;", via):
        fail(f"{where}: the router's Via does not name the address it sent from: {show(ours)}")
    if not got.branch.startswith(b"z9hG4bK"):
        fail(f"{where}: the branch has no magic cookie: {show(ours)}")

    own_routes = len(got.all(b"record-route")) - len(sent.all(b"record-route"))
    dialog = b"tag=" in sent.first(b"to")
    makes_dialog = sent.method == b"INVITE" and not dialog
    if makes_dialog and own_routes not in (1, 2):
        fail(f"{where}: {own_routes} Record-Route lines were added")
    for line in got.all(b"record-route")[:own_routes]:
        if not re.search(rb";lr\b", line):
            fail(f"{where}: Record-Route without lr: {show(line)}")
    rest = drop(rest, b"record-route", max(own_routes, 0))
    if dialog and got.all(b"route"):
        fail(f"{where}: a Route was left: {show(got.all(b'route')[0])}")
    before = sent.lines if makes_dialog else drop(sent.lines, b"route", len(sent.all(b"route")))
    if not sent.all(b"max-forwards"):
        rest = drop(rest, b"max-forwards", 1)

    if len(before) != len(rest):
        fail(f"{where}: {len(before)} header lines became {len(rest)}")
    stamped = False
    for old, new in zip(before, rest):
        name = sip.Message.name(old)
        if name == b"via" and not stamped:
            stamped = True
            old, new = unstamp(old), unstamp(new)
        elif name == b"max-forwards":
            value = int(sip.Message.value(old))
            expected = old.replace(str(value).encode(), str(value - 1).encode())
            if new != expected:
                fail(f"{where}: {show(old)} became {show(new)}")
            continue
        if old != new:
            fail(f"{where}: {show(old)} became {show(new)}")
    if sent.body != got.body:
        fail(f"{where}: the body changed")
    if user(sent.start) != user(got.start) or sent.method != got.method:
        fail(f"{where}: {show(sent.start)} became {show(got.start)}")


def compare_response(sent, got):
    where = f"{describe(sent)} of {sent.call_id}"
    before = without_top_via(sent.lines)
    if sent.start != got.start:
        fail(f"{where}: {show(sent.start)} became {show(got.start)}")
    for old, new in zip(before, got.lines):
        if old != new:
            fail(f"{where}: {show(old)} became {show(new)}")
    if len(before) != len(got.lines):
        fail(f"{where}: {len(before)} header lines became {len(got.lines)}")
    if sent.body != got.body:
        fail(f"{where}: the body changed")


def without_top_via(lines):
    """Without the first Via value; its line goes when it held no other."""
    kept = list(lines)
    top = next(i for i, line in enumerate(kept) if sip.Message.name(line) == b"via")
    name, _, values = kept[top].partition(b":")
    # No Via of these calls has a comma inside a quoted string.
    first, comma, others = values.partition(b",")
    if comma:
        blanks = first[: len(first) - len(first.lstrip())]
        kept[top] = name + b":" + blanks + others.lstrip()
    else:
        del kept[top]
    return kept


def check_branches(sent, router):
    """RFC 3261 §8.1.1.7, §9.1 and §17.1.1.3: which requests share a branch, and which must not."""
    by_request = defaultdict(set)
    owner = {}
    for message in sent:
        if not message.request:
            continue
        number, method = message.cseq
        by_request[(message.call_id, number, method)].add(message.branch)
        if method == b"CANCEL" or (method == b"ACK" and not message.end_to_end):
            invite = by_request[(message.call_id, number, b"INVITE")]
            if message.branch not in invite:
                fail(f"{describe(message)} of {message.call_id}: its branch is not the INVITE's")
            continue
        transaction = (message.call_id, number, method)
        if owner.setdefault(message.branch, transaction) != transaction:
            fail(f"{describe(message)} of {message.call_id}: another request had its branch")
    print(f"{len(owner)} branches at {router}, each of one transaction")


def drop(lines, name, count):
    """Without the first `count` lines of that header."""
    kept = []
    for line in lines:
        if count > 0 and sip.Message.name(line) == name:
            count -= 1
        else:
            kept.append(line)
    return kept


def unstamp(via):
    """A Via line without what the next hop writes into its first value."""
    via = re.sub(rb";\s*received\s*=\s*[^;,\s]+", b"", via, count=1)
    return re.sub(rb";\s*rport(\s*=\s*[0-9]+)?(?![^;,\s])", b"", via, count=1)


def user(start):
    found = re.match(rb"\S+ \w+:([^@;?\s]*)@", start)
    return found.group(1) if found else start


def describe(message):
    return message.start.decode("latin-1") if not message.request else message.method.decode()


def show(line):
    return repr(line.decode("latin-1"))


def fail(sentence):
    print(sentence)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
