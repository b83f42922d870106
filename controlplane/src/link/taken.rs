//! Owns what one data plane is told of how far its journal is kept elsewhere: once, and then at most once a second.
//! Refuses to know who keeps it.

use std::time::Duration;

use hugepages::journal::Place;
use tokio::task::JoinSet;

use super::Attach;
use crate::publish::Peer;

/// Between two messages.
const PAUSE: Duration = Duration::from_secs(1);

/// What is told on one connection.
pub(super) struct Taken {
    told: Option<Place>,
    /// The question for the next place; never more than one.
    asked: JoinSet<Place>,
}

impl Taken {
    /// Nobody is there to be told.
    pub(super) fn nobody() -> Taken {
        Taken { told: None, asked: JoinSet::new() }
    }

    /// A data plane that was told nothing yet.
    pub(super) fn begin(attach: &dyn Attach, peer: &Peer) -> Taken {
        let mut asked = JoinSet::new();
        asked.spawn(attach.taken(peer, None));
        Taken { told: None, asked }
    }

    /// The next place to tell; for ever while there is none.
    pub(super) async fn next(&mut self) -> Place {
        match self.asked.join_next().await {
            Some(Ok(place)) => place,
            _ => std::future::pending().await,
        }
    }

    /// This is told. False when it is less than was told before, which cannot be taken back: the data plane may have
    /// removed what lies between.
    pub(super) fn tell(&mut self, attach: &dyn Attach, peer: &Peer, place: Place) -> bool {
        if self.told.is_some_and(|told| told > place) {
            return false;
        }
        self.told = Some(place);
        let next = attach.taken(peer, self.told);
        self.asked.spawn(async move {
            tokio::time::sleep(PAUSE).await;
            next.await
        });
        true
    }
}
