//! Owns the writing of journals for tests, in the format of the data plane.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use hugepages::journal::Place;
use hugepages::journal::segment::{self, Header};
use hugepages::layout::cdr::{
    Attempt, AttemptFlags, END_LEN, Encoder, End, Head, LATE_LEN, Late, Outcome, Release, Setup,
    Texts, setup_len,
};

pub(crate) struct Journal {
    dir: PathBuf,
    number: u64,
    offset: u64,
    file: File,
    /// Bytes after which the next segment begins.
    pub(crate) rotate_at: u64,
    created: u64,
}

impl Journal {
    pub(crate) fn create(dir: &Path, created: u64) -> Journal {
        fs::create_dir_all(dir).unwrap();
        let (file, offset) = make(dir, 1, created);
        Journal { dir: dir.to_owned(), number: 1, offset, file, rotate_at: u64::MAX, created }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn place(&self) -> Place {
        Place { segment: self.number, offset: self.offset }
    }

    pub(crate) fn rotate(&mut self) {
        self.number += 1;
        (self.file, self.offset) = make(&self.dir, self.number, self.created + self.number);
    }

    /// Appends events at once and says behind which place each of them ends.
    pub(crate) fn append<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e Vec<u8>>,
    ) -> Vec<Place> {
        if self.offset >= self.rotate_at {
            self.rotate();
        }
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for event in events {
            segment::push_frame(&mut bytes, event);
            places.push(Place { segment: self.number, offset: self.offset + bytes.len() as u64 });
        }
        self.raw(&bytes);
        places
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.file.write_all_at(bytes, self.offset).unwrap();
        self.offset += bytes.len() as u64;
    }
}

fn make(dir: &Path, number: u64, created_utc_us: u64) -> (File, u64) {
    let header = Header { number, created_utc_us, positions: segment::Positions::new() }.to_bytes();
    let aside = dir.join("aside");
    let file = File::create(&aside).unwrap();
    file.write_all_at(&header, 0).unwrap();
    fs::rename(aside, segment::path(dir, number)).unwrap();
    (file, header.len() as u64)
}

/// 2099-12-31T23:59:50Z: calls of a test are received on two days, neither of which gets too old while the
/// test runs, whenever that is.
pub(crate) const T0: u64 = 4_102_444_790_000_000;

/// A time so long ago.
pub(crate) fn hours_ago(hours: u64) -> u64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
    now - hours * 3_600_000_000
}

/// What a test says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Start { call: u64, identity: u64 },
    Unanswered { call: u64, identity: u64 },
    End { call: u64, duration_us: u64 },
    OrphanEnd { identity: u64 },
    Late { call: u64 },
}

impl Told {
    /// The event, written `at` seconds after [`T0`].
    pub(crate) fn bytes(self, at: u64) -> Vec<u8> {
        self.bytes_from(T0, at)
    }

    /// The event, written `at` seconds after `began`.
    pub(crate) fn bytes_from(self, began: u64, at: u64) -> Vec<u8> {
        let head = |call, identity| Head {
            worker: 1,
            call,
            position: at,
            at_utc_us: began + at * 1_000_000,
            identity,
        };
        let end = |duration_us, release| End {
            duration_us,
            status: 200,
            release,
            cause: 16,
            ..End::default()
        };
        match self {
            Told::Start { call, identity } => set_up(&head(call, identity), true),
            Told::Unanswered { call, identity } => set_up(&head(call, identity), false),
            Told::End { call, duration_us } => written(END_LEN, |slot| {
                Encoder::new(slot).end(&head(call, 0), &end(duration_us, Release::Caller))
            }),
            Told::OrphanEnd { identity } => written(END_LEN, |slot| {
                Encoder::new(slot).orphan_end(&head(0, identity), &end(0, Release::Callee))
            }),
            Told::Late { call } => {
                let late = Late {
                    trunk: 7,
                    gateway_ip: 1,
                    gateway_port: 5060,
                    status: 200,
                    after_us: 9,
                    ordinal: 0,
                };
                written(LATE_LEN, |slot| Encoder::new(slot).late_answer(&head(call, 0), &late))
            }
        }
    }
}

/// An unanswered call, all of whose texts are this one.
pub(crate) fn unanswered_with(text: &[u8]) -> Vec<u8> {
    let head = Head { worker: 1, call: 1, position: 1, at_utc_us: T0, identity: 1 };
    let texts = Texts {
        call_id: text,
        from_tag: text,
        to_tag: text,
        caller: text,
        callee: text,
        p_asserted: text,
    };
    set_up_with(&head, false, texts)
}

fn set_up(head: &Head, answered: bool) -> Vec<u8> {
    let call_id = format!("{}@host", head.call);
    let callee = format!("+3933312{:05}", head.call % 100_000);
    let texts = Texts {
        call_id: call_id.as_bytes(),
        from_tag: b"f",
        to_tag: b"t",
        caller: b"+441632960123",
        callee: callee.as_bytes(),
        p_asserted: b"",
    };
    set_up_with(head, answered, texts)
}

fn set_up_with(head: &Head, answered: bool, texts: Texts<'_>) -> Vec<u8> {
    let failed = Attempt {
        trunk: 7,
        gateway_ip: 0x0a00_0007,
        gateway_port: 5060,
        status: 503,
        start_us: 100,
        end_us: 900,
        cause: 34,
        slot: 1,
        flags: AttemptFlags::NO_PROGRESS.with(AttemptFlags::CANCELLED),
        ..Attempt::default()
    };
    let last = Attempt {
        trunk: 8,
        ordinal: 1,
        status: if answered { 200 } else { 486 },
        progress_us: 2_000,
        flags: AttemptFlags(0),
        ..failed
    };
    let setup = Setup {
        received_utc_us: head.at_utc_us - 500_000,
        progress_us: 2_000,
        final_us: 500_000,
        originator: 1,
        destination: 2,
        plan: 3,
        rule: 4,
        image_version: 5,
        source_ip: 0x0a01_0203,
        source_port: 5060,
        egress_ip: 0x0a00_0008,
        egress_port: 5070,
        status: last.status,
        cause: 16,
        outcome: if answered { Outcome::Answered } else { Outcome::Rejected },
        release: if answered { Release::Unknown } else { Release::Callee },
        attempts: &[failed, last],
        texts,
        ..Setup::default()
    };
    written(setup_len(&setup), |slot| match answered {
        true => Encoder::new(slot).start(head, &setup),
        false => Encoder::new(slot).unanswered(head, &setup),
    })
}

fn written<E: std::fmt::Debug>(
    length: usize,
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Vec<u8> {
    let mut bytes = vec![0; length];
    assert_eq!(write(&mut bytes).unwrap(), length);
    bytes
}
