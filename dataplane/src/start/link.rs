//! Owns the link to the control plane at start: the desks of the workers, the table of active calls, the last image.
//! Refuses to know what goes over the link.

use std::sync::Arc;

use hugepages::commands::CommandReceiver;
use hugepages::counters::CountersReader;
use hugepages::instance::InstanceDir;
use hugepages::journal::Place;
use hugepages::memory::PageKind;
use hugepages::tally::{self, Tally};
use routing::Image;

use super::{StartError, crew, worker};
use crate::config::{Config, HugePages};
use crate::keeper::Keeper;
use crate::keeper::control::{Control, ControlParts, Issuer, issue_channel};
use crate::keeper::last_image::{self, Saver};
use crate::keeper::log::Log;
use crate::worker::Desk;

/// Lines of the table of active calls: trunks and originators that one run may come to know.
const TALLY_SLOTS: usize = 1 << 16;

/// What the link has made for keeper and workers.
pub(super) struct Link {
    issuers: Vec<Issuer>,
    tally: Arc<Tally>,
    boot: Place,
}

/// Makes both sides' ends, the workers' in their order. The journal ends at `boot`.
///
/// # Errors
/// The segment that cannot be made.
pub(super) fn make(
    instance: &InstanceDir,
    config: &Config,
    (segment, offset): (u64, u64),
) -> Result<(Link, Vec<Desk>), StartError> {
    let tally = Arc::new(Tally::create(instance, tally::SEGMENT, TALLY_SLOTS)?);
    let (mut issuers, mut desks) = (Vec::new(), Vec::new());
    for number in crew::numbers(config) {
        let (issuer, intake) = issue_channel()?;
        issuers.push(issuer);
        desks.push(Desk::new(intake, CommandReceiver::create(instance, number)?));
    }
    Ok((Link { issuers, tally, boot: Place { segment, offset } }, desks))
}

/// The last image, if there is a good one.
///
/// Read when all tables have their memory: an image is content with what huge pages are left.
pub(super) fn last_image(config: &Config, log: &Log) -> Option<Image> {
    let pages = match config.memory.huge_pages {
        HugePages::Off => PageKind::Small,
        HugePages::Auto | HugePages::Require => PageKind::Huge,
    };
    match last_image::read(&config.image_dir(), pages) {
        Ok(Some(image)) => {
            log.info("last_image_read").number("as_of", image.version()).emit();
            return Some(image);
        }
        Ok(None) => {}
        Err(error) => log.error("last_image_refused").text("why", error).emit(),
    }
    let line = log.warn("no_image").text("meanwhile", "requests get 503");
    let remedy = "start the control plane and give it a plan";
    line.text("remedy", remedy).text("link", config.link.display()).emit();
    None
}

impl Link {
    /// The table of active calls.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    /// Attaches the link to the keeper; `image` goes to the workers before anything else.
    ///
    /// # Errors
    /// The counters of a worker cannot be read.
    pub(super) fn attach(
        self,
        keeper: &mut Keeper,
        config: &Config,
        image: Option<Image>,
        tsc_hz: u64,
    ) -> Result<(), StartError> {
        let (mut gauges, mut pressures) = (Vec::new(), Vec::new());
        for number in crew::numbers(config) {
            gauges.push(CountersReader::open(&config.instance, &format!("worker-{number}"))?);
            pressures.extend(keeper.pressure(usize::from(number)));
        }
        let [process, _] = worker::random_words();
        let parts = ControlParts {
            socket: config.link.clone(),
            member: u16::from(config.member),
            process,
            boot: self.boot,
            instance_dir: config.instance.clone(),
            journal_dir: config.journal_dir(),
            issuers: self.issuers,
            tally: self.tally,
            saver: Saver::new(&config.image_dir(), tsc_hz),
            tsc_hz,
        };
        let mut control = Control::new(parts, pressures, gauges);
        if let Some(image) = image {
            control.begin_with(image, dpdk::tsc::now());
        }
        keeper.attach(control);
        Ok(())
    }
}
