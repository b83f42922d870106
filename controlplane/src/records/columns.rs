//! Owns the row of a record: which columns there are, in which order, and what stands in them.
//! Knows nothing of transactions, nor of how rows travel.

use std::net::{Ipv4Addr, SocketAddrV4};

use bytes::{BufMut, BytesMut};
use hugepages::journal::Place;
use hugepages::layout::cdr::{AttemptFlags, AttemptRecord, NO_ID, NO_TIME, Outcome, Release};
use serde::Serialize;

use super::copy::Rows;
use super::fold::{Late, Record};
use super::names::{Kind, Names};

/// Columns of `cdr_records` and `cdr_open` as [`record`] writes them.
pub const RECORD: &[&str] = &[
    "member",
    "id",
    "end_place",
    "worker",
    "call",
    "identity",
    "received",
    "progress_us",
    "setup_us",
    "answered",
    "ended",
    "duration_us",
    "originator_id",
    "originator",
    "destination_id",
    "destination",
    "plan_id",
    "plan",
    "rule_id",
    "rule",
    "image_version",
    "trunk_id",
    "trunk",
    "source_ip",
    "source_port",
    "ingress",
    "egress_ip",
    "egress_port",
    "egress",
    "outcome",
    "status",
    "cause",
    "release",
    "ending",
    "end_status",
    "end_cause",
    "call_id",
    "from_tag",
    "to_tag",
    "caller",
    "callee",
    "p_asserted",
    "attempts",
];

/// Columns of `cdr_late` as [`late`] writes them.
pub const LATE: &[&str] = &[
    "member", "id", "call", "identity", "at", "trunk_id", "trunk", "gateway", "status", "after_us",
    "ordinal",
];

/// Bytes of a caller or callee that a record has. No number is longer; what somebody makes up may be.
const LONGEST_NUMBER: usize = 512;

/// A place as one number: ascends with it. Segments are far shorter than 4 GiB.
pub fn number(place: Place) -> i64 {
    (place.segment << 32 | (place.offset & 0xffff_ffff)).cast_signed()
}

/// The place of a number.
pub fn place(number: i64) -> Place {
    let number = number.cast_unsigned();
    Place { segment: number >> 32, offset: number & 0xffff_ffff }
}

/// Writes the row of a record.
pub fn record(rows: &mut Rows, member: u16, record: &Record<'_>, names: &Names) {
    let Record { head, setup, answered, place, ending } = record;
    let ended = ending.map(|ending| ending.place).or((!answered).then_some(*place));
    rows.begin();
    rows.int4(i32::from(member));
    rows.int8(number(*place));
    rows.int8_or_null(ended.map(number));
    rows.int4(i32::from(head.worker.get()));
    rows.int8(head.call.get().cast_signed());
    rows.int8(head.identity.get().cast_signed());
    rows.time(setup.received_utc_us.get());
    rows.int8_or_null(time(setup.progress_us.get()));
    rows.int8(i64::from(setup.final_us.get()));
    rows.time_or_null(record.answered_at());
    rows.time_or_null(ending.map(|ending| ending.at_utc_us));
    rows.int8_or_null(record.duration_us().map(|us| i64::try_from(us).unwrap_or(i64::MAX)));
    named(rows, names, Kind::Originator, setup.originator.get());
    named(rows, names, Kind::Destination, setup.destination.get());
    named(rows, names, Kind::Plan, setup.plan.get());
    named(rows, names, Kind::Rule, setup.rule.get());
    rows.int8(setup.image_version.get().cast_signed());
    let last = setup.attempts().last().map_or(NO_ID, |attempt| attempt.trunk.get());
    named(rows, names, Kind::Trunk, last);
    let source = socket(setup.source_ip.get(), setup.source_port.get());
    rows.address(&source);
    rows.int4(i32::from(source.port()));
    rows.int4(i32::from(setup.ingress.get()));
    let egress = socket(setup.egress_ip.get(), setup.egress_port.get());
    if egress.ip().is_unspecified() {
        for _ in 0..3 {
            rows.null();
        }
    } else {
        rows.address(&egress);
        rows.int4(i32::from(egress.port()));
        rows.int4(i32::from(setup.egress.get()));
    }
    rows.text(setup.outcome().map_or("unknown", Outcome::text));
    rows.int4(i32::from(setup.status.get()));
    rows.int4(i32::from(setup.cause));
    rows.text(release(ending.map_or(setup.release(), |ending| ending.release)));
    rows.text_or_null(ending.map(|ending| if ending.orphan { "orphan" } else { "end" }));
    rows.int4_or_null(ending.map(|ending| i32::from(ending.status)));
    rows.int4_or_null(ending.map(|ending| i32::from(ending.cause)));
    rows.foreign_text(setup.call_id());
    rows.foreign_text(setup.from_tag());
    rows.foreign_text(setup.to_tag());
    rows.foreign_text(clipped(setup.caller()));
    rows.foreign_text(clipped(setup.callee()));
    match setup.p_asserted() {
        [] => rows.null(),
        text => rows.foreign_text(text),
    }
    rows.jsonb(|out| attempts(out, setup.attempts(), names));
}

/// Writes the row of a late answer.
pub fn late(rows: &mut Rows, member: u16, late: &Late<'_>, names: &Names) {
    let Late { head, body, place } = late;
    rows.begin();
    rows.int4(i32::from(member));
    rows.int8(number(*place));
    rows.int8(head.call.get().cast_signed());
    rows.int8(head.identity.get().cast_signed());
    rows.time(head.at_utc_us.get());
    named(rows, names, Kind::Trunk, body.trunk.get());
    rows.text(&socket(body.gateway_ip.get(), body.gateway_port.get()).to_string());
    rows.int4(i32::from(body.status.get()));
    rows.int8_or_null(time(body.after_us.get()));
    rows.int4(i32::from(body.ordinal));
}

/// The word for who ended a call.
pub fn release(release: Option<Release>) -> &'static str {
    release.map_or("unknown", Release::text)
}

#[derive(Serialize)]
struct Attempt<'n> {
    ordinal: u8,
    slot: u8,
    trunk_id: u32,
    trunk: Option<&'n str>,
    gateway: SocketAddrV4,
    status: u16,
    cause: u8,
    start_us: u32,
    progress_us: Option<i64>,
    end_us: Option<i64>,
    flags: Flags,
}

struct Flags(AttemptFlags);

impl Serialize for Flags {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = AttemptFlags::TEXTS.iter().filter(|(flag, _)| self.0.has(*flag));
        serializer.collect_seq(set.map(|(_, text)| text))
    }
}

fn attempts(out: &mut BytesMut, records: &[AttemptRecord], names: &Names) {
    let attempt = |record: &AttemptRecord| Attempt {
        ordinal: record.ordinal,
        slot: record.slot,
        trunk_id: record.trunk.get(),
        trunk: names.get(Kind::Trunk, record.trunk.get()),
        gateway: socket(record.gateway_ip.get(), record.gateway_port.get()),
        status: record.status.get(),
        cause: record.cause,
        start_us: record.start_us.get(),
        progress_us: time(record.progress_us.get()),
        end_us: time(record.end_us.get()),
        flags: Flags(AttemptFlags(record.flags)),
    };
    out.put_u8(b'[');
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        // Numbers, addresses and names always are JSON, and memory takes all bytes.
        drop(serde_json::to_writer((&mut *out).writer(), &attempt(record)));
    }
    out.put_u8(b']');
}

fn named(rows: &mut Rows, names: &Names, kind: Kind, id: u32) {
    if id == NO_ID {
        rows.null();
        rows.null();
    } else {
        rows.int8(i64::from(id));
        rows.text_or_null(names.get(kind, id));
    }
}

/// What is looked for by its beginning, in a length that an index takes.
fn clipped(number: &[u8]) -> &[u8] {
    number.get(..LONGEST_NUMBER).unwrap_or(number)
}

fn time(us: u32) -> Option<i64> {
    (us != NO_TIME).then_some(i64::from(us))
}

fn socket(ip: u32, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from(ip), port)
}
