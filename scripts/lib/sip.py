"""Owns captures of SIP: reading them, and cutting a message into lines without changing a byte.

Independent of the router's own parser on purpose: it is what the router is compared with.
"""

import re
import socket
import struct
from dataclasses import dataclass

ETHERNET, IPV4, UDP = 14, 0x0800, 17
COMPACT = {
    b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id", b"m": b"contact",
    b"c": b"content-type", b"l": b"content-length", b"k": b"supported", b"s": b"subject",
}


@dataclass
class Packet:
    """One captured datagram."""

    at: float
    source: str
    target: str
    payload: bytes


def packets(path):
    """Every UDP datagram of a classic capture file over Ethernet, in order."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"\xd4\xc3\xb2\xa1":
        raise SystemExit(f"{path}: no capture file of this machine's byte order")
    at = 24
    while at + 16 <= len(data):
        seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + kept]
        at += 16 + kept
        if kept == length and struct.unpack_from("!H", frame, 12)[0] == IPV4:
            ip = frame[ETHERNET:]
            header, total = (ip[0] & 15) * 4, struct.unpack_from("!H", ip, 2)[0]
            if ip[9] == UDP:
                yield Packet(
                    seconds + micros / 1e6,
                    socket.inet_ntoa(ip[12:16]),
                    socket.inet_ntoa(ip[16:20]),
                    ip[header + 8 : total],
                )


class Message:
    """A SIP message: start line, header lines with their line ends, body; all bytes as received."""

    def __init__(self, payload):
        head, _, self.body = payload.partition(b"\r\n\r\n")
        lines = re.split(rb"\r\n(?![ \t])", head)
        self.start, self.lines = lines[0], lines[1:]

    @staticmethod
    def name(line):
        """The name of a header line in lower case and long form."""
        name = line.split(b":", 1)[0].strip().lower()
        return COMPACT.get(name, name)

    @staticmethod
    def value(line):
        return line.split(b":", 1)[1].strip()

    def all(self, name):
        """The lines of that header in order."""
        return [line for line in self.lines if self.name(line) == name]

    def first(self, name):
        lines = self.all(name)
        return self.value(lines[0]) if lines else b""

    @property
    def request(self):
        return not self.start.startswith(b"SIP/2.0 ")

    @property
    def status(self):
        return 0 if self.request else int(self.start.split()[1])

    @property
    def cseq(self):
        number, method = self.first(b"cseq").split()
        return int(number), method

    @property
    def method(self):
        """Of the request itself, or of the request that a response answers."""
        return self.start.split()[0] if self.request else self.cseq[1]

    @property
    def call_id(self):
        return self.first(b"call-id").decode()

    @property
    def branch(self):
        found = re.search(rb";\s*branch\s*=\s*([^;,\s]+)", self.first(b"via"), re.IGNORECASE)
        return found.group(1) if found else b""


def messages(path):
    """(Packet, Message) of every datagram that is SIP."""
    for packet in packets(path):
        if b"SIP/2.0" in packet.payload.split(b"\r\n", 1)[0]:
            yield packet, Message(packet.payload)
