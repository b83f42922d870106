//! Owns the way of an image to one worker and of the one before back: two channels of one place each.
//! Hot in the worker's half, which allocates nothing and gives no memory back.
//! Refuses to know what an image says.

use std::sync::Arc;

use dpdk::channel::{BadCapacity, Receiver, Sender, channel};
use routing::{Image, TechniqueState};

use crate::proxy::Issue;

/// The keeper's half.
pub struct Issuer {
    to: Sender<Issue>,
    back: Receiver<Issue>,
}

/// The worker's half.
pub struct Intake {
    from: Receiver<Issue>,
    back: Sender<Issue>,
}

/// Both halves.
///
/// # Errors
/// Never: one is a power of two.
#[cold]
pub fn issue_channel() -> Result<(Issuer, Intake), BadCapacity> {
    let (to, from) = channel(1)?;
    let (back_in, back) = channel(1)?;
    Ok((Issuer { to, back }, Intake { from, back: back_in }))
}

impl Issuer {
    /// Sends an image to worker `core`; false when the one before has not come back.
    #[cold]
    pub fn issue(&mut self, image: &Arc<Image>, core: u32) -> bool {
        // The worker goes on with its own randomness: the seed is never drawn from.
        let techniques = TechniqueState::for_image(image, core, 0);
        let sent = self.to.push(Issue { image: Some(Arc::clone(image)), techniques }).is_ok();
        self.to.publish();
        sent
    }

    /// Takes what the worker had before and gives its memory back; true when it came.
    #[cold]
    pub fn take_back(&mut self) -> bool {
        let came = self.back.pop().is_some();
        self.back.release();
        came
    }
}

impl Intake {
    /// An image that has come.
    #[inline]
    pub fn take(&mut self) -> Option<Issue> {
        let issue = self.from.pop()?;
        self.from.release();
        Some(issue)
    }

    /// Gives the one before back.
    #[inline]
    pub fn give_back(&mut self, issue: Issue) {
        match self.back.push(issue) {
            Ok(()) => self.back.publish(),
            // The keeper sends nothing before it has taken this one: there is a place. Should there be none, memory
            // is lost until the process ends, which costs less than giving it back here.
            Err(issue) => core::mem::forget(issue),
        }
    }
}
