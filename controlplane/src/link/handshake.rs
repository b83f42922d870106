//! Owns the first message of whoever knocks, and why he is turned away for it.
//! Knows nothing of who is connected already.

use std::time::Duration;

use hugepages::layout::cdr;
use hugepages::layout::link::{Hello, MAX_MESSAGE, ToControl, ToData};
use hugepages::link::LinkError;
use routing::image::layout::FORMAT;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::socket::{Listener, Stream};
use crate::publish::Peer;

/// How long somebody may stay silent.
const HELLO_WITHIN: Duration = Duration::from_secs(2);

/// Most who may be silent at a time; others wait at the door.
const MOST_SILENT: usize = 16;

/// Most workers of a data plane: far more than a machine has cores.
const MOST_WORKERS: u16 = 1024;

/// Somebody who has said a Hello that fits.
pub(super) struct Guest {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
}

/// Takes connections and brings in those who say Hello.
pub(super) async fn run(listener: Listener, guests: mpsc::Sender<Guest>) {
    let mut silent = JoinSet::new();
    loop {
        while silent.len() >= MOST_SILENT {
            silent.join_next().await;
        }
        match listener.accept().await {
            Ok(stream) => {
                silent.spawn(hear(stream, guests.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "link");
                // Out of descriptors, most likely: the door stays open, but is not hammered at.
                if !matches!(error, LinkError::Stranger { .. }) {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        while silent.try_join_next().is_some() {}
    }
}

async fn hear(stream: Stream, guests: mpsc::Sender<Guest>) {
    let mut buffer = vec![0; MAX_MESSAGE];
    let heard = tokio::time::timeout(HELLO_WITHIN, stream.receive(&mut buffer)).await;
    let why = match heard {
        Err(_) => "it said no Hello within two seconds".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Ok(Ok(received)) => {
            let bytes = buffer.get(..received.len).unwrap_or_default();
            match ToControl::decode(bytes) {
                Err(error) => error.to_string(),
                Ok(ToControl::Hello(hello)) => match fits(&hello) {
                    Ok(()) => {
                        let guest = Guest { stream, peer: Peer::from(&hello) };
                        drop(guests.send(guest).await);
                        return;
                    }
                    Err(why) => why,
                },
                Ok(_) => "its first message is no Hello".to_owned(),
            }
        }
    };
    turn_away(&stream, &why).await;
}

/// Tells why, if the other side still hears it, and logs it.
pub(super) async fn turn_away(stream: &Stream, why: &str) {
    tracing::warn!(why, "a data plane was turned away");
    let mut bytes = Vec::new();
    if (ToData::Refuse { why }).encode(&mut bytes).is_ok() {
        let told = stream.send_whenever(&bytes, &[]);
        drop(tokio::time::timeout(HELLO_WITHIN, told).await);
    }
}

fn fits(hello: &Hello<'_>) -> Result<(), String> {
    let (lowest, highest) = hello.image_formats;
    if !(lowest..=highest).contains(&FORMAT) {
        return Err(format!(
            "it reads image formats {lowest} to {highest}, and this control plane writes {FORMAT}; \
             upgrade the control plane first, then the data plane"
        ));
    }
    if hello.event_layout != cdr::VERSION {
        let (theirs, ours) = (hello.event_layout, cdr::VERSION);
        return Err(format!(
            "it writes call events of version {theirs}, and this control plane reads {ours}; \
             upgrade the control plane first, then the data plane"
        ));
    }
    if !(1..=MOST_WORKERS).contains(&hello.workers) {
        let workers = hello.workers;
        return Err(format!("it says that it has {workers} workers, not 1 to {MOST_WORKERS}"));
    }
    for (what, dir) in [("instance", hello.instance_dir), ("journal", hello.journal_dir)] {
        if !dir.starts_with('/') {
            return Err(format!("its {what} directory {dir:?} is not an absolute path"));
        }
    }
    Ok(())
}
