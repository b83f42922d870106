//! The two sides of the tests: a link with two workers that do nothing but adopt, and a control plane.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc;

use hugepages::counters::CounterId;
use hugepages::extent::{ExtentWriter, SealedExtent};
use hugepages::instance::InstanceDir;
use hugepages::layout::link::{ExtentOffer, ImageOffer, OpenCall, OpenCalls, ToData};
use hugepages::link::{LinkListener, Sent};
use hugepages::memory::PageKind;
use hugepages::tally::TallyKey;
use routing::image::{Extent, build, layout};
use routing::{TechniqueState, plan_text};

use super::super::super::log::{Format, Level};
use super::super::super::statistics;
use super::super::*;
use crate::keeper::testing::Scratch;
use crate::proxy::Issue;

/// Ticks a second.
const HZ: u64 = 1_000_000;

/// A worker that holds an image.
pub struct FakeWorker {
    pub image: Option<Arc<Image>>,
    techniques: TechniqueState,
    intake: Intake,
}

impl FakeWorker {
    fn attend(&mut self) {
        if let Some(mut issue) = self.intake.take() {
            self.techniques.adopt(&mut issue.techniques);
            std::mem::swap(&mut self.image, &mut issue.image);
            self.intake.give_back(Issue { image: issue.image, techniques: issue.techniques });
        }
    }
}

pub struct Rig {
    pub control: Control,
    pub workers: Vec<FakeWorker>,
    /// A worker that does not come to its desk.
    pub idle_worker: Option<usize>,
    pub pressures: Vec<Pressure>,
    pub tally: Arc<Tally>,
    pub counters: Counters,
    gauges: Vec<Counters>,
    pub log: Log,
    lines: mpsc::Receiver<String>,
    listener: Option<LinkListener>,
    now: u64,
    _instance: InstanceDir,
    scratch: Scratch,
}

struct Lines(mpsc::Sender<String>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let line = String::from_utf8_lossy(bytes).into_owned();
        self.0.send(line).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Rig {
    pub fn without_plane() -> Rig {
        let scratch = Scratch::new();
        let instance_dir = scratch.path().join("instance");
        let instance = InstanceDir::lock(&instance_dir).unwrap();
        let image_dir = scratch.path().join("image");
        std::fs::create_dir(&image_dir).unwrap();
        let tally = Arc::new(Tally::create(&instance, "active", 64).unwrap());
        let (mut issuers, mut workers, mut gauges) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..2 {
            let (issuer, intake) = issue_channel().unwrap();
            issuers.push(issuer);
            let techniques = TechniqueState::new(0, number, 1);
            workers.push(FakeWorker { image: None, techniques, intake });
            let name = format!("worker-{number}");
            gauges.push(Counters::create(&instance, &name, &["polls", "calls_standing"]).unwrap());
        }
        let readers = [0, 1].map(|number| {
            CountersReader::open(&instance_dir, &format!("worker-{number}")).unwrap()
        });
        let pressures = vec![Pressure::default(), Pressure::default()];
        let parts = ControlParts {
            socket: scratch.path().join("link.sock"),
            member: 4,
            process: 77,
            boot: Place { segment: 3, offset: 99 },
            journal_dir: scratch.path().join("journal"),
            issuers,
            tally: Arc::clone(&tally),
            saver: Saver::new(&image_dir, HZ / 100),
            tsc_hz: HZ,
            instance_dir,
        };
        let control = Control::new(parts, pressures.clone(), readers.into());
        let (sender, lines) = mpsc::channel();
        Rig {
            control,
            workers,
            idle_worker: None,
            pressures,
            tally,
            counters: Counters::create(&instance, "keeper", statistics::NAMES).unwrap(),
            gauges,
            log: Log::to_sink(Level::Debug, Format::Text, Box::new(Lines(sender))),
            lines,
            listener: None,
            now: 0,
            _instance: instance,
            scratch,
        }
    }

    /// A link that a control plane has welcomed.
    pub fn connected() -> (Rig, Plane) {
        let mut rig = Rig::without_plane();
        let mut plane = rig.plane();
        assert_eq!(plane.heard(&mut rig).len(), 1);
        plane.welcome(&mut rig);
        (rig, plane)
    }

    /// One turn of the link.
    pub fn turn(&mut self) -> bool {
        self.control.turn(self.now, &self.log, &mut self.counters)
    }

    /// Lets the keeper and the workers turn for so long.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms * HZ / 1_000;
        while self.now < end {
            self.now += HZ / 1_000;
            // Images are checked on a thread of their own, which the simulated clock waits for.
            while self.turn() || self.control.opening.is_some() {
                std::thread::yield_now();
            }
            for (number, worker) in self.workers.iter_mut().enumerate() {
                if self.idle_worker != Some(number) {
                    worker.attend();
                }
            }
        }
    }

    pub fn listen(&mut self) {
        if self.listener.is_none() {
            let path = self.scratch.path().join("link.sock");
            self.listener = Some(LinkListener::bind(&path).unwrap());
        }
    }

    pub fn accept(&mut self) -> Option<Plane> {
        let stream = self.listener.as_ref()?.accept().unwrap()?;
        Some(Plane { stream })
    }

    /// The control plane's end of the next connection.
    pub fn plane(&mut self) -> Plane {
        self.plane_after(600)
    }

    pub fn plane_after(&mut self, ms: u64) -> Plane {
        self.listen();
        self.pass(ms);
        self.accept().expect("it knocked")
    }

    pub fn said(&self) -> String {
        self.lines.try_iter().collect()
    }

    pub fn count(&self, statistic: Statistic) -> u64 {
        self.counters.get(statistic.id())
    }

    pub fn image_as_of(&self, worker: usize) -> u64 {
        self.workers[worker].image.as_ref().map_or(0, |image| image.version())
    }

    pub fn image_dir(&self) -> PathBuf {
        self.scratch.path().join("image")
    }

    /// Sets the standing calls of a worker.
    pub fn standing(&mut self, worker: usize, calls: u64) {
        self.gauges[worker].set(CounterId(1), calls);
    }
}

/// Extents of a small image of this version.
pub fn image_extents(version: u64) -> Vec<Extent> {
    let text = format!(
        "version = {version}\n[[destination]]\nname = \"d\"\nprefixes = [\"39\"]\n\
         [[trunk]]\nname = \"a\"\ngateways = [\"192.0.2.1\"]\n[[plan]]\nname = \"p\"\n\
         [[plan.rule]]\ndestinations = [\"d\"]\n\
         slot = [{{ technique = \"round_robin\", trunks = [\"a\"] }}]\n\
         [[originator]]\nname = \"o\"\naddresses = [\"0.0.0.0/0\"]\nplan = \"p\"\n"
    );
    build(&plan_text::parse(&text).unwrap()).unwrap().extents().to_vec()
}

/// An extent as it is offered; its bytes are sealed and sent when it is carried.
#[derive(Clone)]
pub struct Offered {
    pub id: u64,
    pub len: u64,
    pub checksum: u64,
    pub bytes: Option<Vec<u8>>,
}

/// What is said of an image and sent with it.
#[derive(Clone)]
pub struct Offer {
    pub as_of: u64,
    pub extents: Vec<Offered>,
}

/// A good offer of all extents: ids of their own for each version.
pub fn offer_of(as_of: u64, extents: &[Extent]) -> Offer {
    let offered = (0..).zip(extents).map(|(number, extent)| Offered {
        id: as_of * 100 + number,
        len: extent.bytes().len() as u64,
        checksum: extent.checksum(),
        bytes: Some(extent.bytes().to_vec()),
    });
    Offer { as_of, extents: offered.collect() }
}

pub struct Plane {
    stream: LinkStream,
}

impl Plane {
    pub fn say(&mut self, message: &ToData<'_>, fds: &[BorrowedFd<'_>]) {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        self.say_bytes(&bytes, fds);
    }

    pub fn say_bytes(&mut self, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
        assert_eq!(self.stream.send(bytes, fds).unwrap(), Sent::Yes);
    }

    /// False when the data plane has hung up.
    pub fn try_say(&mut self, bytes: &[u8]) -> bool {
        self.stream.send(bytes, &[]).is_ok()
    }

    pub fn welcome(&mut self, rig: &mut Rig) {
        self.say(&ToData::Welcome { image_format: layout::FORMAT }, &[]);
        rig.pass(5);
    }

    pub fn offer(&mut self, offer: &Offer) {
        self.offer_named("test-extent", offer);
    }

    pub fn offer_named(&mut self, name: &str, offer: &Offer) {
        let sealed: Vec<SealedExtent> = offer
            .extents
            .iter()
            .filter_map(|extent| Some(seal(name, extent.bytes.as_ref()?)))
            .collect();
        let fds: Vec<BorrowedFd<'_>> = sealed.iter().map(SealedExtent::fd).collect();
        self.offer_with(offer, &fds);
    }

    pub fn offer_with(&mut self, offer: &Offer, fds: &[BorrowedFd<'_>]) {
        let extents: Vec<ExtentOffer> = offer
            .extents
            .iter()
            .map(|extent| match extent.bytes {
                Some(_) => ExtentOffer::carried_here(extent.id, extent.len, extent.checksum),
                None => ExtentOffer::held_by_receiver(extent.id, extent.len, extent.checksum),
            })
            .collect();
        let offer = ImageOffer { as_of: offer.as_of, extents: &extents };
        self.say(&ToData::Image(offer), fds);
    }

    pub fn open_calls(&mut self, last: bool, calls: &[(TallyKey, i64)]) {
        let calls: Vec<OpenCall> =
            calls.iter().map(|(key, count)| OpenCall::new(*key, *count)).collect();
        self.say(&ToData::OpenCalls(OpenCalls { last, calls: &calls }), &[]);
    }

    /// What the data plane says within the next 20 ms.
    pub fn heard(&mut self, rig: &mut Rig) -> Vec<String> {
        let (mut heard, mut buffer) = (Vec::new(), vec![0; 65_536]);
        for _ in 0..20 {
            rig.pass(1);
            while let Some(received) = self.stream.receive(&mut buffer).unwrap() {
                let message = ToControl::decode(&buffer[..received.len]).unwrap();
                heard.push(format!("{message:?}"));
            }
        }
        heard
    }

    /// Asserts that the data plane hangs up.
    pub fn is_closed(&mut self, rig: &mut Rig) {
        rig.pass(20);
        let mut buffer = vec![0; 65_536];
        loop {
            match self.stream.receive(&mut buffer) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the connection stands"),
                Err(error) => return assert!(matches!(error, LinkError::Closed), "{error}"),
            }
        }
    }
}

/// Sealed memory with these bytes.
pub fn seal(name: &str, bytes: &[u8]) -> SealedExtent {
    let mut writer = ExtentWriter::create(name, bytes.len(), PageKind::Small).unwrap();
    writer.bytes_mut().copy_from_slice(bytes);
    writer.seal().unwrap()
}

/// A file that is no memory.
pub fn plain_file() -> std::fs::File {
    std::fs::File::open("/proc/self/exe").unwrap()
}

pub fn fd(file: &std::fs::File) -> BorrowedFd<'_> {
    file.as_fd()
}
