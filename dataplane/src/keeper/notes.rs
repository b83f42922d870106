//! Owns the way of notes into the log, with a limit for each kind. Knows nothing of what is done
//! about them.

use std::net::Ipv4Addr;

use hugepages::counters::Counters;
use hugepages::ring::Consumer;

use super::log::{Line, Log};
use super::note::{Note, NoteKind};
use super::statistics::Statistic;

/// Notes that one turn takes from one ring.
const NOTES_A_TURN: usize = 256;

/// Lines of one kind within a second; a flood of packets must not become a flood of lines.
const LINES_A_SECOND: u32 = 5;

/// The rings of notes and what has been said lately.
#[derive(Debug)]
pub(super) struct Notes {
    rings: Vec<Consumer>,
    tsc_hz: u64,
    second_ends: u64,
    kinds: [Lately; NoteKind::ALL.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Lately {
    lines: u32,
    suppressed: u64,
}

impl Notes {
    pub(super) fn new(rings: Vec<Consumer>, tsc_hz: u64) -> Notes {
        Notes { rings, tsc_hz, second_ends: 0, kinds: Default::default() }
    }

    /// Logs what is there; true when there was something.
    pub(super) fn turn(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        if now >= self.second_ends {
            self.second_ends = now.saturating_add(self.tsc_hz);
            self.say_suppressed(log);
        }
        let mut any = false;
        for ring in &mut self.rings {
            for _ in 0..NOTES_A_TURN {
                let Some(record) = ring.peek() else { break };
                let note = Note::from_bytes(record);
                ring.release();
                any = true;
                let Some(note) = note else { continue };
                let Some(lately) = slot(&mut self.kinds, note.kind) else { continue };
                if lately.lines >= LINES_A_SECOND {
                    lately.suppressed += 1;
                    counters.add(Statistic::NotesSuppressed.id(), 1);
                    continue;
                }
                lately.lines += 1;
                counters.add(Statistic::NotesLogged.id(), 1);
                write(log, note);
            }
        }
        any
    }

    fn say_suppressed(&mut self, log: &Log) {
        for (kind, lately) in NoteKind::ALL.iter().zip(&mut self.kinds) {
            if lately.suppressed > 0 {
                let line = log.line(kind.level(), kind.event());
                line.number("more_of_these", lately.suppressed).emit();
            }
            *lately = Lately::default();
        }
    }
}

fn slot(kinds: &mut [Lately], kind: NoteKind) -> Option<&mut Lately> {
    let position = NoteKind::ALL.iter().position(|known| *known == kind)?;
    kinds.get_mut(position)
}

fn write(log: &Log, note: Note) {
    let line = log.line(note.kind.level(), note.kind.event());
    let mut line = line.number("worker", note.worker);
    for (key, value) in note.kind.keys().into_iter().zip([note.first, note.second]) {
        line = field(line, key, value);
    }
    line.emit();
}

fn field<'l>(line: Line<'l>, key: &'static str, value: u64) -> Line<'l> {
    if key.is_empty() {
        return line;
    }
    match u32::try_from(value) {
        Ok(ip) if key.ends_with("_ip") => line.text(key, Ipv4Addr::from(ip)),
        _ => line.number(key, value),
    }
}
