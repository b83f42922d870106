//! Owns the data plane as the rest of the daemon sees it; refuses to know the link's messages.

use std::time::Duration;

use bytes::Bytes;
use hugepages::layout::command::Command;
use hugepages::tally::TallyKey;
use routing::image::{Built, Extent};

use super::look;
use crate::calls;
use crate::http::{Active, Dataplane};
use crate::model::{Kind, Switch};
use crate::publish::{Handle, LinkState, PublishImage};
use crate::records::Records;
use crate::sync::Outlet;

/// Longest wait for the data plane to say that it drains.
const DRAIN_WITHIN: Duration = Duration::from_secs(3);

/// The way to the data plane and to its records.
#[derive(Debug, Clone)]
pub struct Plane {
    handle: Handle,
    records: Records,
}

impl Plane {
    /// Over the link and the reading of its journal.
    pub fn new(handle: Handle, records: Records) -> Self {
        Self { handle, records }
    }
}

/// An extent whose memory is shared instead of copied.
struct Shared(Extent);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl Outlet for Plane {
    async fn publish(&self, version: u64, built: Built) -> Result<(), String> {
        let bytes = |extent: &Extent| Bytes::from_owner(Shared(extent.clone()));
        let extents = built.extents().iter().map(bytes).zip(built.checksums().iter().copied());
        let image = PublishImage { as_of: version, extents: extents.collect() };
        self.handle.publish(image).await.map_err(|error| error.to_string())
    }

    async fn switch(&self, switch: Switch) {
        let Switch { version: as_of, id, enabled, .. } = switch;
        let command = match switch.kind {
            Kind::Trunk => Command::TrunkSwitch { as_of, trunk: id, enabled },
            Kind::Originator => Command::OriginatorSwitch { as_of, originator: id, enabled },
            _ => return,
        };
        match self.handle.switch(command).await {
            Ok(told) => tracing::info!(?switch, ?told, "switched"),
            Err(error) => tracing::info!(?switch, %error, "switched with the next image"),
        }
    }

    async fn wait_active(&self, version: u64, within: Duration) -> bool {
        self.handle.wait_active(version, within).await
    }
}

impl Dataplane for Plane {
    fn status(&self) -> api::DataplaneStatus {
        let state = self.handle.state();
        let LinkState { peer, active, refused, fault, .. } = state;
        let refused =
            refused.map(|refusal| format!("image {} was refused: {}", refusal.as_of, refusal.why));
        api::DataplaneStatus {
            connected: peer.is_some(),
            pid: peer.as_ref().map(|peer| peer.pid),
            workers: peer.as_ref().map_or(0, |peer| peer.workers),
            image: active.filter(|_| peer.is_some()),
            draining: peer.as_ref().is_some_and(|peer| peer.draining),
            standing_calls: peer.as_ref().and_then(|peer| peer.standing_calls).unwrap_or_default(),
            per_worker: Vec::new(),
            error: match &peer {
                Some(_) => refused,
                None => refused.or(fault),
            },
        }
    }

    async fn workers(&self) -> Vec<api::WorkerStatus> {
        let Some(peer) = self.handle.state().peer else { return Vec::new() };
        tokio::task::spawn_blocking(move || look::workers(&peer)).await.unwrap_or_default()
    }

    async fn journal(&self) -> api::JournalStatus {
        let (records, peer) = (self.records.clone(), self.handle.state().peer);
        let look = move || look::journal(&records, peer.as_ref());
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }

    fn taken(&self) -> Option<api::JournalPlace> {
        self.records.progress().ingested.map(look::place)
    }

    async fn active_calls(&self) -> Active {
        let Some(peer) = self.handle.state().peer else { return Active::default() };
        let counted = tokio::task::spawn_blocking(move || calls::active(&peer.instance_dir)).await;
        let mut active = Active::default();
        for (key, count) in counted.ok().and_then(Result::ok).unwrap_or_default() {
            let Ok(count) = u64::try_from(count) else { continue };
            match key {
                TallyKey::Trunk(id) => active.trunks.push((id, count)),
                TallyKey::Originator(id) => active.originators.push((id, count)),
            }
        }
        active
    }

    async fn drain(&self, draining: bool) -> Result<api::DrainReport, String> {
        let told = if draining { self.handle.drain().await } else { self.handle.resume().await };
        told.map_err(|error| error.to_string())?;
        let mut states = self.handle.states();
        let followed = states
            .wait_for(|state| state.peer.as_ref().is_none_or(|peer| peer.draining == draining));
        let state = tokio::time::timeout(DRAIN_WITHIN, followed).await;
        let state = state.map_err(|_| "it was told and does not answer".to_owned())?;
        let state = state.map_err(|_| "the link has ended".to_owned())?;
        let peer = state.peer.as_ref().ok_or("it went away")?;
        Ok(api::DrainReport {
            draining: peer.draining,
            standing_calls: peer.standing_calls.unwrap_or_default(),
        })
    }
}
