//! Owns a data plane without packets: it says and hears what the test wants.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hugepages::extent::MappedExtent;
use hugepages::journal::Place;
use hugepages::layout::cdr;
use hugepages::layout::link::{ExtentOffer, Hello, MAX_MESSAGE, OpenCall, ToControl, ToData};
use hugepages::link::{LinkError, LinkStream, Sent};
use routing::image::layout::FORMAT;

/// What the control plane said.
#[derive(Debug)]
pub(super) enum Said {
    Welcome,
    Refuse(String),
    Image { as_of: u64, extents: Vec<ExtentOffer>, fds: Vec<OwnedFd> },
    OpenCalls { last: bool, calls: Vec<OpenCall> },
    Drain,
    Resume,
    JournalTaken(Place),
    Closed,
}

pub(super) struct Fake {
    stream: LinkStream,
    buffer: Vec<u8>,
}

/// A Hello that fits.
pub(super) fn hello(dir: &str) -> Hello<'_> {
    Hello {
        member: 3,
        workers: 2,
        image_formats: (FORMAT, FORMAT),
        event_layout: cdr::VERSION,
        process: 1,
        pid: std::process::id(),
        image_as_of: 0,
        calls_restored: true,
        boot_segment: 1,
        boot_offset: 40,
        draining: false,
        instance_dir: dir,
        journal_dir: "/nowhere",
    }
}

impl Fake {
    pub(super) fn connect(socket: &Path) -> Fake {
        Fake { stream: LinkStream::connect(socket).unwrap(), buffer: vec![0; MAX_MESSAGE] }
    }

    /// Connects and is welcome.
    pub(super) async fn welcome(socket: &Path, hello: Hello<'_>) -> Fake {
        let mut fake = Fake::connect(socket);
        fake.say(&ToControl::Hello(hello));
        let said = fake.hear().await;
        assert!(matches!(said, Said::Welcome), "{said:?}");
        fake
    }

    pub(super) fn say(&self, message: &ToControl<'_>) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        self.say_bytes(&bytes, &[]);
    }

    pub(super) fn say_bytes(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
        assert_eq!(self.stream.send(bytes, fds).unwrap(), Sent::Yes);
    }

    pub(super) async fn hear(&mut self) -> Said {
        for _ in 0..5_000 {
            match self.stream.receive(&mut self.buffer) {
                Ok(None) => tokio::time::sleep(Duration::from_millis(1)).await,
                Ok(Some(received)) => {
                    let bytes = &self.buffer[..received.len];
                    return said(bytes, received.fds.into_iter().collect());
                }
                Err(LinkError::Closed) => return Said::Closed,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the control plane says nothing");
    }

    /// Whether there is nothing to hear for a while.
    pub(super) async fn hears_nothing(&mut self) -> bool {
        tokio::time::sleep(Duration::from_millis(50)).await;
        matches!(self.stream.receive(&mut self.buffer), Ok(None))
    }

    /// The next message, which has to be an image, with the content of what travelled.
    pub(super) async fn image(&mut self) -> (u64, Vec<(u64, Option<Vec<u8>>)>) {
        let Said::Image { as_of, extents, fds } = self.hear().await else { panic!("an image") };
        let mut fds = fds.into_iter();
        let extents = extents.iter().map(|offer| {
            let content = offer.carried().then(|| {
                let mapped = MappedExtent::open(fds.next().unwrap(), offer.len()).unwrap();
                mapped.as_ref().to_vec()
            });
            (offer.id(), content)
        });
        let extents = extents.collect();
        assert!(fds.next().is_none(), "one descriptor for each carried extent");
        (as_of, extents)
    }

    pub(super) async fn adopts(&mut self, expect: u64) {
        let (as_of, _) = self.image().await;
        assert_eq!(as_of, expect);
        self.say(&ToControl::Adopted { as_of });
    }
}

fn said(bytes: &[u8], fds: Vec<OwnedFd>) -> Said {
    match ToData::decode(bytes).unwrap() {
        ToData::Welcome { .. } => Said::Welcome,
        ToData::Refuse { why } => Said::Refuse(why.to_owned()),
        ToData::Image(offer) => {
            Said::Image { as_of: offer.as_of, extents: offer.extents.to_vec(), fds }
        }
        ToData::OpenCalls(calls) => {
            Said::OpenCalls { last: calls.last, calls: calls.calls.to_vec() }
        }
        ToData::Drain => Said::Drain,
        ToData::Resume => Said::Resume,
        ToData::JournalTaken { segment, offset } => Said::JournalTaken(Place { segment, offset }),
    }
}

/// The socket of a test.
pub(super) fn socket_in(dir: &Path) -> PathBuf {
    dir.join("link.sock")
}
