//! Owns one connection to the control plane: its messages in their order, and what it has been told.
//! Refuses to know what becomes of what it hears.

use std::collections::VecDeque;
use std::fmt;

use hugepages::journal::Place;
use hugepages::layout::cdr;
use hugepages::layout::link::{DecodeLinkError, Hello, MAX_MESSAGE, ToControl, ToData};
use hugepages::link::{LinkError, LinkStream, Received, Sent};
use hugepages::publish::Holdings;
use routing::image::layout;

use super::ControlParts;
use super::adopt::{Opening, Summed};
use super::restore::{self, Counts};

/// Answers that may wait for a control plane that does not read.
const MAX_WAITING: usize = 256;

/// One connection.
pub(super) struct Session {
    stream: LinkStream,
    buffer: Box<[u8]>,
    /// Messages that wait for room in the socket.
    waiting: VecDeque<Vec<u8>>,
    holdings: Holdings<Summed>,
    welcome: bool,
    open_calls: Counts,
}

/// What a message asks for.
pub(super) enum Heard {
    Welcome,
    /// An image, which is being checked; [`Session::opened`] has to follow.
    Image(Opening),
    /// All of the open calls.
    OpenCalls(Counts),
    Drain,
    Resume,
    /// Before this place the journal is in the database.
    JournalTaken(Place),
}

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The socket says so.
    Link(LinkError),
    /// The control plane does not want us, and says why.
    TurnedAway(String),
    /// The control plane broke the rules.
    Broken(String),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Link(error) => error.fmt(f),
            Ended::TurnedAway(why) | Ended::Broken(why) => why.fmt(f),
        }
    }
}

impl From<LinkError> for Ended {
    fn from(error: LinkError) -> Ended {
        Ended::Link(error)
    }
}

impl From<DecodeLinkError> for Ended {
    fn from(error: DecodeLinkError) -> Ended {
        Ended::Broken(error.to_string())
    }
}

/// Where the data plane stands when a connection begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub image_as_of: u64,
    pub calls_restored: bool,
    pub draining: bool,
}

/// The first message of a connection.
pub(super) fn hello(parts: &ControlParts, standing: Standing) -> Vec<u8> {
    let (instance_dir, journal_dir) =
        (parts.instance_dir.to_string_lossy(), parts.journal_dir.to_string_lossy());
    let hello = Hello {
        member: parts.member,
        workers: u16::try_from(parts.issuers.len()).unwrap_or(u16::MAX),
        image_formats: (layout::FORMAT, layout::FORMAT),
        event_layout: cdr::VERSION,
        process: parts.process,
        pid: std::process::id(),
        image_as_of: standing.image_as_of,
        calls_restored: standing.calls_restored,
        boot_segment: parts.boot.segment,
        boot_offset: parts.boot.offset,
        draining: standing.draining,
        instance_dir: &instance_dir,
        journal_dir: &journal_dir,
    };
    encoded(&ToControl::Hello(hello))
}

/// A message's bytes; none for one with a part that is too long, which the kernel's limit on paths excludes.
fn encoded(message: &ToControl<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _empty = message.encode(&mut bytes);
    bytes
}

impl Session {
    /// A connection whose first message is on its way.
    pub fn new(stream: LinkStream, hello: &[u8]) -> Session {
        Session {
            stream,
            buffer: vec![0; MAX_MESSAGE].into(),
            waiting: VecDeque::from([hello.to_vec()]),
            holdings: Holdings::new(),
            welcome: false,
            open_calls: Counts::new(),
        }
    }

    /// Whether the control plane has answered our first message.
    pub fn is_welcome(&self) -> bool {
        self.welcome
    }

    /// Sends a message when there is room.
    pub fn say(&mut self, message: &ToControl<'_>) {
        self.waiting.push_back(encoded(message));
    }

    /// An image has been checked.
    pub fn opened(&mut self, holdings: Holdings<Summed>) {
        self.holdings = holdings;
    }

    /// The image that is being adopted is in force.
    pub fn adopted(&mut self) {
        if let Some(as_of) = self.holdings.adopt() {
            self.say(&ToControl::Adopted { as_of });
        }
    }

    /// An image is not taken.
    pub fn refuse(&mut self, as_of: u64, why: &str) {
        self.holdings.refuse();
        self.say(&ToControl::Refused { as_of, why });
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// The connection is over.
    pub fn flush(&mut self) -> Result<(), Ended> {
        while let Some(message) = self.waiting.front() {
            match self.stream.send(message, &[])? {
                Sent::Yes => drop(self.waiting.pop_front()),
                Sent::Full if self.waiting.len() > MAX_WAITING => {
                    return Err(Ended::Broken("it does not read its answers".to_owned()));
                }
                Sent::Full => break,
            }
        }
        Ok(())
    }

    /// Sends what waits and takes one message.
    ///
    /// # Errors
    /// The connection is over, or has to be.
    pub fn exchange(&mut self) -> Result<Option<Heard>, Ended> {
        self.flush()?;
        let Some(received) = self.stream.receive(&mut self.buffer)? else { return Ok(None) };
        self.take(received)
    }

    fn take(&mut self, received: Received) -> Result<Option<Heard>, Ended> {
        let Received { len, fds } = received;
        let message = ToData::decode(self.buffer.get(..len).unwrap_or_default())?;
        if fds.len() != message.fds() {
            let (came, due) = (fds.len(), message.fds());
            return Err(broken(format!("a message came with {came} descriptors, not {due}")));
        }
        match (message, self.welcome) {
            (ToData::Refuse { why }, false) => Err(Ended::TurnedAway(why.to_owned())),
            (ToData::Welcome { image_format }, false) => {
                if image_format != layout::FORMAT {
                    let ours = layout::FORMAT;
                    return Err(broken(format!(
                        "it writes images of format {image_format}, and this release reads {ours}"
                    )));
                }
                self.welcome = true;
                Ok(Some(Heard::Welcome))
            }
            (_, false) => Err(broken("its first message is no welcome".to_owned())),
            (ToData::Welcome { .. } | ToData::Refuse { .. }, true) => {
                Err(broken("it welcomed us twice".to_owned()))
            }
            (ToData::Image(offer), true) => {
                let holdings = std::mem::take(&mut self.holdings);
                let opening = Opening::begin(offer.as_of, offer.extents.to_vec(), fds, holdings);
                let opening =
                    opening.map_err(|error| broken(format!("no thread for its image: {error}")));
                Ok(Some(Heard::Image(opening?)))
            }
            (ToData::OpenCalls(calls), true) => {
                if !restore::gather(&mut self.open_calls, calls.calls) {
                    return Err(broken("it told more open calls than can be".to_owned()));
                }
                let all = calls.last.then(|| std::mem::take(&mut self.open_calls));
                Ok(all.map(Heard::OpenCalls))
            }
            (ToData::Drain, true) => Ok(Some(Heard::Drain)),
            (ToData::Resume, true) => Ok(Some(Heard::Resume)),
            (ToData::JournalTaken { segment, offset }, true) => {
                Ok(Some(Heard::JournalTaken(Place { segment, offset })))
            }
        }
    }
}

fn broken(why: String) -> Ended {
    Ended::Broken(why)
}
