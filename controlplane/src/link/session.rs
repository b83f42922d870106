//! Owns the task that talks with the data plane: images one at a time, switches, open calls.
//! Knows nothing of sockets and of the content of extents.

use std::collections::BTreeMap;
use std::sync::Arc;

use hugepages::journal::Place;
use hugepages::layout::link::{
    ExtentOffer, ImageOffer, MAX_OPEN_CALLS, OpenCall, OpenCalls, ToControl, ToData,
};
use hugepages::publish::{ExtentId, Ledger, PublishError};
use routing::image::layout::FORMAT;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Attach;
use super::connection::{Connection, EndReason};
use super::handshake::{self, Guest};
use super::taken::Taken;
use crate::publish::{Ask, Extent, LinkState, Peer, Refusal, Switched, TellError};

/// Talks with one data plane after the other until nobody has a handle any more.
pub(super) async fn run(
    attach: Arc<dyn Attach>,
    mut asked: mpsc::Receiver<Ask>,
    mut guests: mpsc::Receiver<Guest>,
    state: watch::Sender<LinkState>,
) {
    let mut session = Session::new(attach, state);
    loop {
        let next = tokio::select! {
            ask = asked.recv() => match ask {
                Some(ask) => session.ask(ask),
                None => return,
            },
            Some(guest) = guests.recv() => session.admit(guest).await,
            // Every outcome is taken: a count that was given up must not hide the one behind it.
            Some(counted) = session.counting.join_next() => match counted {
                Ok((process, calls)) => session.restore(process, &calls),
                Err(_) => Ok(()),
            },
            place = session.taken.next() => session.tell_taken(place),
            heard = turn(&mut session.connection) => match heard {
                Ok(len) => session.hear(len),
                Err(reason) => Err(reason),
            },
        };
        if let Err(reason) = next {
            session.end(&reason);
        }
        session.show();
    }
}

/// Waits for ever while nobody is connected.
async fn turn(connection: &mut Option<Connection>) -> Result<usize, EndReason> {
    match connection {
        Some(connection) => connection.turn().await,
        None => std::future::pending().await,
    }
}

struct Session {
    attach: Arc<dyn Attach>,
    state: watch::Sender<LinkState>,
    /// What is shown next.
    shown: LinkState,
    connection: Option<Connection>,
    ledger: Ledger,
    /// The image that waits for an answer.
    in_flight: Option<u64>,
    /// Every extent that the ledger needs.
    extents: BTreeMap<ExtentId, Arc<Extent>>,
    /// Counts of open calls in the making, each with the run that they are for.
    counting: JoinSet<(u64, Vec<OpenCall>)>,
    taken: Taken,
}

impl Session {
    fn new(attach: Arc<dyn Attach>, state: watch::Sender<LinkState>) -> Session {
        Session {
            attach,
            state,
            shown: LinkState::default(),
            connection: None,
            ledger: Ledger::new(),
            in_flight: None,
            extents: BTreeMap::new(),
            counting: JoinSet::new(),
            taken: Taken::nobody(),
        }
    }

    fn ask(&mut self, ask: Ask) -> Result<(), EndReason> {
        match ask {
            Ask::Publish { as_of, extents, done } => {
                let published = self.publish(as_of, extents);
                // Who asked may have gone; the image is published all the same.
                let _ = done.send(published);
                self.offer()
            }
            Ask::Switch { command, done } => {
                let switched = match &mut self.connection {
                    Some(connection) => Ok(connection.switch(command)),
                    None => Err(TellError::NotConnected),
                };
                if switched == Ok(Switched::WithImage) {
                    tracing::warn!(?command, "a switch waits for the image that says the same");
                }
                let _ = done.send(switched);
                Ok(())
            }
            Ask::Mode { drain, done } => {
                let message = if drain { ToData::Drain } else { ToData::Resume };
                let told = match &mut self.connection {
                    Some(connection) => connection.send(&message, Vec::new()).map(Ok),
                    None => Ok(Err(TellError::NotConnected)),
                };
                let (answer, result) = match told {
                    Ok(answer) => (answer, Ok(())),
                    Err(reason) => (Err(TellError::NotConnected), Err(reason)),
                };
                let _ = done.send(answer);
                result
            }
        }
    }

    fn publish(&mut self, as_of: u64, extents: Vec<Arc<Extent>>) -> Result<(), PublishError> {
        let freed = self.ledger.publish(as_of, extents.iter().map(|extent| extent.id).collect())?;
        self.free(freed);
        self.extents.extend(extents.into_iter().map(|extent| (extent.id, extent)));
        Ok(())
    }

    /// Sends the newest image, if it has to be and none is in flight.
    fn offer(&mut self) -> Result<(), EndReason> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        // Before the first answer of a connection what the peer had before counts: the same image need
        // not come again, and is not offered until there is a newer one.
        let has = match self.ledger.acknowledged_as_of() {
            None => Some(connection.peer.image_as_of).filter(|as_of| *as_of != 0),
            some => some,
        };
        if self.ledger.in_flight() > 0 || self.ledger.newest_as_of() == has {
            return Ok(());
        }
        let Some(offer) = self.ledger.offer() else { return Ok(()) };
        let (mut records, mut carried) = (Vec::new(), Vec::new());
        for (id, travels) in offer.extents {
            let Some(extent) = self.extents.get(&id) else {
                unreachable!("an extent that the ledger names is kept");
            };
            let (len, checksum) = (extent.sealed.len() as u64, extent.checksum);
            records.push(if travels {
                carried.push(Arc::clone(extent));
                ExtentOffer::carried_here(id.0, len, checksum)
            } else {
                ExtentOffer::held_by_receiver(id.0, len, checksum)
            });
        }
        self.in_flight = Some(offer.as_of);
        let image = ImageOffer { as_of: offer.as_of, extents: &records };
        connection.send(&ToData::Image(image), carried)
    }

    /// Takes in who has said Hello, if nobody else is alive.
    async fn admit(&mut self, guest: Guest) -> Result<(), EndReason> {
        let Guest { stream, peer } = guest;
        if let Some(current) = &self.connection {
            // Two processes cannot hold one instance directory: there the one before is dead, however
            // its socket looks.
            if current.peer.instance_dir != peer.instance_dir
                || current.peer.process == peer.process
            {
                let Peer { member, pid, .. } = &current.peer;
                let why = format!(
                    "the data plane of member {member} (process {pid}) is connected; \
                     stop it, or run this one with a control plane of its own"
                );
                tokio::spawn(async move { handshake::turn_away(&stream, &why).await });
                return Ok(());
            }
            self.end(&EndReason::Replaced);
        }
        tracing::info!(
            member = peer.member,
            pid = peer.pid,
            image = peer.image_as_of,
            "a data plane is connected"
        );
        self.attach.attached(&peer);
        if !peer.calls_restored {
            let (process, calls) = (peer.process, self.attach.open_calls(&peer));
            self.counting.spawn(async move { (process, calls.await) });
        }
        self.taken = Taken::begin(&*self.attach, &peer);
        let connection = self.connection.insert(Connection::new(stream, peer));
        self.shown.fault = None;
        connection.send(&ToData::Welcome { image_format: FORMAT }, Vec::new())?;
        self.offer()
    }

    /// Tells the open calls, if the run that they are for is still there.
    fn restore(&mut self, process: u64, calls: &[OpenCall]) -> Result<(), EndReason> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        if connection.peer.process != process {
            return Ok(());
        }
        let mut parts = calls.chunks(MAX_OPEN_CALLS).peekable();
        if parts.peek().is_none() {
            return connection
                .send(&ToData::OpenCalls(OpenCalls { last: true, calls: &[] }), Vec::new());
        }
        while let Some(calls) = parts.next() {
            let last = parts.peek().is_none();
            connection.send(&ToData::OpenCalls(OpenCalls { last, calls }), Vec::new())?;
        }
        Ok(())
    }

    /// Tells what of the journal may go.
    fn tell_taken(&mut self, place: Place) -> Result<(), EndReason> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        if !self.taken.tell(&*self.attach, &connection.peer, place) {
            return Err(EndReason::TakenBack);
        }
        let Place { segment, offset } = place;
        connection.send(&ToData::JournalTaken { segment, offset }, Vec::new())
    }

    fn hear(&mut self, len: usize) -> Result<(), EndReason> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let freed = match ToControl::decode(connection.message(len))? {
            ToControl::Hello(_) => return Err(EndReason::SecondHello),
            ToControl::Adopted { as_of } => {
                let freed = self.ledger.acknowledge(as_of)?;
                self.shown.refused = None;
                freed
            }
            ToControl::Refused { as_of, why } => {
                let why = why.to_owned();
                let freed = self.ledger.refuse(as_of)?;
                tracing::error!(as_of, why, "the data plane refused an image");
                self.shown.refused = Some(Refusal { as_of, why });
                freed
            }
            ToControl::CallsRestored => {
                connection.peer.calls_restored = true;
                Vec::new()
            }
            ToControl::Mode { draining, standing_calls } => {
                connection.peer.draining = draining;
                connection.peer.standing_calls = Some(standing_calls);
                Vec::new()
            }
        };
        self.free(freed);
        self.offer()
    }

    /// The connection is over.
    fn end(&mut self, reason: &EndReason) {
        let Some(connection) = self.connection.take() else { return };
        tracing::warn!(%reason, pid = connection.peer.pid, "the data plane is gone");
        drop(connection.into_stream());
        self.counting.abort_all();
        self.taken = Taken::nobody();
        self.shown.fault = Some(reason.to_string());
        let freed = self.ledger.disconnect();
        self.free(freed);
    }

    fn free(&mut self, ids: Vec<ExtentId>) {
        for id in ids {
            self.extents.remove(&id);
        }
    }

    /// Makes the state visible, if it is another one.
    fn show(&mut self) {
        if self.ledger.in_flight() == 0 {
            self.in_flight = None;
        }
        let peer = self.connection.as_ref().map(|connection| connection.peer.clone());
        let had = peer.as_ref().map(|peer| peer.image_as_of).filter(|as_of| *as_of != 0);
        let next = LinkState {
            published: self.ledger.newest_as_of(),
            active: self.ledger.acknowledged_as_of().or(had),
            in_flight: self.in_flight,
            peer,
            extents: self.extents.len(),
            extent_bytes: self.extents.values().map(|extent| extent.sealed.len() as u64).sum(),
            ..self.shown.clone()
        };
        self.state.send_if_modified(|state| {
            let changed = *state != next;
            if changed {
                *state = next;
            }
            changed
        });
    }
}
