"""Judges who sent what again when packets were lost, from captures on both sides of the router.

Each capture is of the router's own wire, behind what is lost on the way to it and before what is lost
on the way from it: a packet in it has reached the router, or has been sent by it.
"""

import argparse
from collections import defaultdict

import sip

# RFC 3261 timer A and E with T1 = 500 ms: the first retransmission, less what a busy machine takes.
FIRST_RETRANSMISSION = 0.45


def main():
    arguments = parse()
    near = side(arguments.upstream, arguments.upstream_router)
    far = {}
    for path, router in zip(arguments.downstream, arguments.downstream_router):
        for call_id, call in side(path, router).items():
            if call_id in far:
                fail(f"{call_id} was sent to two carriers")
            far[call_id] = call
    again = confirmed = 0
    for call_id, up in near.items():
        down = far.get(call_id)
        if down is None:
            fail(f"{call_id} reached no carrier")
        branches = {message.branch for _, message in down.sent(b"INVITE")}
        if len(branches) != 1:
            fail(f"{call_id} was routed {len(branches)} times")
        for method in (b"INVITE", b"BYE"):
            again += check_own_schedule(call_id, method, down)
        confirmed += check_relayed(call_id, up, down)
    print(f"{len(near)} calls, each routed once")
    print(f"{again} requests that the router sent again, each without an answer for its timer")
    print(f"{confirmed} answers and ACKs relayed, as many as came")
    if again == 0:
        fail("the router sent nothing again: no loss was felt")


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--upstream-router", required=True)
    parser.add_argument("--downstream", action="append", required=True)
    parser.add_argument("--downstream-router", action="append", required=True)
    return parser.parse_args()


class Call:
    """One call's messages on one wire: (time, message), as sent by the router and as received."""

    def __init__(self):
        self.out, self.into = [], []

    def sent(self, method):
        return [(at, m) for at, m in self.out if m.request and m.method == method]

    def received(self, method):
        return [(at, m) for at, m in self.into if m.request and m.method == method]

    def responses(self, items, method, low=100, high=699):
        return [
            (at, m) for at, m in items
            if not m.request and m.method == method and low <= m.status <= high
        ]


def side(path, router):
    calls = defaultdict(Call)
    for packet, message in sip.messages(path):
        call = calls[message.call_id]
        (call.out if packet.source == router else call.into).append((packet.at, message))
    return calls


def check_own_schedule(call_id, method, down):
    """The router sends a request again because no answer came, never because its caller did."""
    sent = down.sent(method)
    for (first, _), (second, _) in zip(sent, sent[1:]):
        name = method.decode()
        if second - first < FIRST_RETRANSMISSION:
            fail(f"{call_id}: {name} sent again after {1000 * (second - first):.0f} ms")
        answered = [at for at, _ in down.responses(down.into, method) if at < second - 0.02]
        if answered:
            fail(f"{call_id}: {name} sent again {1000 * (second - answered[0]):.0f} ms after an answer")
    return len(sent) - 1


def check_relayed(call_id, up, down):
    """A 2xx and its ACK are the ends' own to repeat: the router adds none and swallows none."""
    came = len(down.responses(down.into, b"INVITE", 200, 299))
    went = len(up.responses(up.out, b"INVITE", 200, 299))
    if came != went:
        fail(f"{call_id}: {came} times 200 came, {went} went on")
    acks, relayed = len(up.received(b"ACK")), len(down.sent(b"ACK"))
    if acks != relayed:
        fail(f"{call_id}: {acks} ACKs came, {relayed} went on")
    return came + acks


def fail(sentence):
    print(sentence)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
