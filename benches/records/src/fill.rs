//! Owns the journal that is read: calls as a carrier's router tells them. Knows nothing of databases.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use hugepages::journal::Place;
use hugepages::journal::segment::{self, Header, Positions};
use hugepages::layout::cdr::{
    Attempt, AttemptFlags, END_LEN, Encoder, End, Head, Outcome, Release, Setup, Texts, setup_len,
};

use crate::arguments::Sizes;
use crate::fault::Fault;

/// Bytes of a segment, as the data plane cuts them.
const SEGMENT_BYTES: u64 = 64 << 20;

/// Calls per second of the router's clock.
const RATE: u64 = 20_000;

/// Trunks, originators, destinations: as many as have names.
pub const NAMED: u32 = 200;

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// Behind the last event.
    pub end: Place,
    /// Events.
    pub events: u64,
    /// Bytes of all segments.
    pub bytes: u64,
}

/// Writes a journal of these calls into `dir`, which ends now.
///
/// # Errors
/// The disk refuses it.
pub fn fill(dir: &Path, sizes: &Sizes, now_utc_us: u64) -> Result<Filled, Fault> {
    let fault = |source| Fault::Write { what: dir.display().to_string(), source };
    let mut journal = Journal::create(dir, now_utc_us).map_err(fault)?;
    let Sizes { answered, unanswered, standing } = *sizes;
    let began = now_utc_us.saturating_sub((answered + standing) * 1_000_000 / RATE);
    let mut dice = Dice(4711);
    let mut failed = 0;
    for turn in 0..answered + standing {
        let at = began + turn * 1_000_000 / RATE;
        if turn < answered {
            journal.push(&set_up(&mut dice, turn, at, true)?).map_err(fault)?;
            while failed * answered < turn * unanswered {
                failed += 1;
                journal.push(&set_up(&mut dice, answered + failed, at, false)?).map_err(fault)?;
            }
        }
        if let Some(call) = turn.checked_sub(standing) {
            let duration_us = standing * 1_000_000 / RATE;
            journal.push(&end(call, at, duration_us)?).map_err(fault)?;
        }
    }
    while failed < unanswered {
        failed += 1;
        let event = set_up(&mut dice, answered + failed, now_utc_us, false)?;
        journal.push(&event).map_err(fault)?;
    }
    journal.finish().map_err(fault)
}

struct Journal<'d> {
    dir: &'d Path,
    file: BufWriter<File>,
    place: Place,
    created_utc_us: u64,
    filled: (u64, u64),
}

impl Journal<'_> {
    fn create(dir: &Path, created_utc_us: u64) -> io::Result<Journal<'_>> {
        fs::create_dir_all(dir)?;
        let (file, place) = make(dir, 1, created_utc_us)?;
        Ok(Journal { dir, file, place, created_utc_us, filled: (0, 0) })
    }

    fn push(&mut self, event: &[u8]) -> io::Result<()> {
        if self.place.offset >= SEGMENT_BYTES {
            self.file.flush()?;
            let next = self.place.segment + 1;
            (self.file, self.place) = make(self.dir, next, self.created_utc_us + next)?;
        }
        let mut frame = Vec::new();
        segment::push_frame(&mut frame, event);
        self.file.write_all(&frame)?;
        self.place.offset += frame.len() as u64;
        self.filled = (self.filled.0 + 1, self.filled.1 + frame.len() as u64);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Filled> {
        self.file.flush()?;
        self.file.get_ref().sync_data()?;
        Ok(Filled { end: self.place, events: self.filled.0, bytes: self.filled.1 })
    }
}

fn make(dir: &Path, number: u64, created_utc_us: u64) -> io::Result<(BufWriter<File>, Place)> {
    let header = Header { number, created_utc_us, positions: Positions::new() }.to_bytes();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(segment::path(dir, number))?);
    file.write_all(&header)?;
    Ok((file, Place { segment: number, offset: header.len() as u64 }))
}

/// A cheap sequence of numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.roll() >> 32) as u32 % limit
    }
}

fn head(call: u64, at_utc_us: u64) -> Head {
    Head {
        worker: (call % 4) as u16,
        call: call + 1,
        position: call,
        at_utc_us,
        identity: call.wrapping_mul(0x9e37_79b9_7f4a_7c15),
    }
}

/// One call in five has tried another trunk first.
fn set_up(dice: &mut Dice, call: u64, at: u64, answered: bool) -> Result<Vec<u8>, Fault> {
    let last = Attempt {
        trunk: dice.below(NAMED),
        gateway_ip: 0x0a00_0000 + dice.below(1 << 16),
        gateway_port: 5060,
        status: if answered { 200 } else { 486 },
        start_us: 300,
        progress_us: 1_800_000,
        end_us: 6_000_000,
        cause: if answered { 16 } else { 17 },
        slot: 1,
        flags: AttemptFlags(0),
        ..Attempt::default()
    };
    let first = Attempt { status: 503, cause: 34, end_us: 90_000, ..last };
    let second = Attempt { ordinal: 1, trunk: dice.below(NAMED), start_us: 90_100, ..last };
    let attempts = if dice.below(5) == 0 { vec![first, second] } else { vec![last] };
    let call_id =
        format!("{:016x}{:016x}@10.0.{}.{}", dice.roll(), dice.roll(), call % 9, call % 251);
    let (from_tag, to_tag) =
        (format!("{:010x}", dice.roll() >> 24), format!("{:010x}", dice.roll() >> 24));
    let caller = format!("+4416{:08}", dice.below(100_000_000));
    let callee = format!("+3933{:08}", dice.below(100_000_000));
    let setup = Setup {
        received_utc_us: at.saturating_sub(6_000_000),
        progress_us: 1_800_000,
        final_us: 6_000_000,
        originator: dice.below(NAMED),
        destination: dice.below(NAMED),
        plan: dice.below(4),
        rule: dice.below(NAMED),
        image_version: 5,
        source_ip: 0x0a01_0000 + dice.below(1 << 16),
        source_port: 5060,
        egress_ip: 0x0a00_0008,
        egress_port: 5060,
        status: last.status,
        cause: last.cause,
        outcome: if answered { Outcome::Answered } else { Outcome::Rejected },
        release: if answered { Release::Unknown } else { Release::Callee },
        attempts: &attempts,
        texts: Texts {
            call_id: call_id.as_bytes(),
            from_tag: from_tag.as_bytes(),
            to_tag: to_tag.as_bytes(),
            caller: caller.as_bytes(),
            callee: callee.as_bytes(),
            p_asserted: b"",
        },
        ..Setup::default()
    };
    let head = head(call, at);
    encoded(setup_len(&setup), |bytes| match answered {
        true => Encoder::new(bytes).start(&head, &setup),
        false => Encoder::new(bytes).unanswered(&head, &setup),
    })
}

fn end(call: u64, at: u64, duration_us: u64) -> Result<Vec<u8>, Fault> {
    let end =
        End { duration_us, status: 200, release: Release::Caller, cause: 16, ..End::default() };
    encoded(END_LEN, |bytes| Encoder::new(bytes).end(&head(call, at), &end))
}

fn encoded<E: std::fmt::Debug>(
    length: usize,
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![0; length];
    write(&mut bytes).map_err(|error| Fault::Encode(format!("{error:?}")))?;
    Ok(bytes)
}
