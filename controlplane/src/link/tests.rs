//! Claims about the link: what a data plane is told, and what becomes of one that breaks the rules.

mod fake;
mod taken;

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hugepages::commands::{CommandReceiver, RING_BYTES};
use hugepages::instance::InstanceDir;
use hugepages::journal::Place;
use hugepages::layout::command::Command;
use hugepages::layout::link::{Hello, MAX_OPEN_CALLS, OpenCall, ToControl};
use hugepages::tally::TallyKey;

use super::{Attach, Link};
use crate::publish::{Handle, LinkState, Peer, PublishError, PublishImage, Switched, TellError};
use crate::records::testing::Scratch;
use fake::{Fake, Said, hello, socket_in};

/// Knows this many open calls.
struct Calls(u32);

impl Attach for Calls {
    fn attached(&self, _: &Peer) {}

    fn open_calls(&self, _: &Peer) -> BoxFuture<'static, Vec<OpenCall>> {
        let calls = (0..self.0).map(|id| OpenCall::new(TallyKey::trunk(id), i64::from(id) + 1));
        std::future::ready(calls.collect()).boxed()
    }

    fn taken(&self, _: &Peer, _: Option<Place>) -> BoxFuture<'static, Place> {
        std::future::pending().boxed()
    }
}

struct Bench {
    scratch: Scratch,
    socket: PathBuf,
    link: Link,
}

impl Bench {
    fn new() -> Bench {
        Bench::knowing(0)
    }

    fn knowing(calls: u32) -> Bench {
        let scratch = Scratch::new("link");
        let socket = socket_in(scratch.path());
        let link = Link::start(&socket, Arc::new(Calls(calls))).unwrap();
        Bench { scratch, socket, link }
    }

    fn handle(&self) -> Handle {
        self.link.handle()
    }

    fn dir(&self) -> &Path {
        self.scratch.path()
    }

    async fn publish(&self, as_of: u64, contents: &[u8]) {
        self.handle().publish(image(as_of, contents)).await.unwrap();
    }

    /// Waits for a state.
    async fn until(&self, is: impl Fn(&LinkState) -> bool) -> LinkState {
        let mut states = self.handle().states();
        let state = tokio::time::timeout(Duration::from_secs(5), states.wait_for(is)).await;
        state.unwrap_or_else(|_| panic!("{:?}", self.handle().state())).unwrap().clone()
    }
}

/// An image of one extent for each byte, filled with it.
fn image(as_of: u64, contents: &[u8]) -> PublishImage {
    let extent = |byte: &u8| (Bytes::from(vec![*byte; 5_000]), u64::from(*byte));
    PublishImage { as_of, extents: contents.iter().map(extent).collect() }
}

fn block_on(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

const DIR: &str = "/nowhere";

#[test]
fn an_image_goes_out_whole_and_then_only_what_is_new_in_it() {
    block_on(async {
        let bench = Bench::new();
        bench.publish(7, &[1, 2, 3]).await;
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        let (as_of, first) = fake.image().await;
        let contents: Vec<_> = first.iter().map(|(_, bytes)| bytes.clone().unwrap()).collect();
        assert_eq!((as_of, contents), (7, vec![vec![1; 5_000], vec![2; 5_000], vec![3; 5_000]]));
        assert!(!bench.handle().wait_active(7, Duration::from_millis(20)).await);
        assert_eq!(bench.handle().state().in_flight, Some(7));
        fake.say(&ToControl::Adopted { as_of });
        assert!(bench.handle().wait_active(7, Duration::from_secs(5)).await);

        bench.publish(8, &[4, 2, 3]).await;
        let (as_of, second) = fake.image().await;
        let carried: Vec<_> = second.iter().map(|(_, bytes)| bytes.is_some()).collect();
        assert_eq!((as_of, carried), (8, vec![true, false, false]));
        assert_eq!((second[1].0, second[2].0), (first[1].0, first[2].0));
        assert_eq!(bench.handle().state().extents, 4, "the one in force is kept");
        fake.say(&ToControl::Adopted { as_of });
        bench.until(|state| state.active == Some(8)).await;
        assert_eq!(bench.handle().state().extents, 3, "what nothing names is freed");
    });
}

#[test]
fn a_peer_that_has_the_newest_image_is_sent_none_until_there_is_a_newer_one() {
    block_on(async {
        let bench = Bench::new();
        bench.publish(7, &[1]).await;
        let has = Hello { image_as_of: 7, ..hello(DIR) };
        let mut fake = Fake::welcome(&bench.socket, has).await;
        assert!(bench.handle().wait_active(7, Duration::from_secs(5)).await);
        assert!(fake.hears_nothing().await);
        bench.publish(8, &[1]).await;
        let (as_of, extents) = fake.image().await;
        assert_eq!(as_of, 8);
        assert!(extents[0].1.is_some(), "what an earlier connection brought is not counted on");
    });
}

#[test]
fn the_newest_image_replaces_those_that_wait() {
    block_on(async {
        let bench = Bench::new();
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        for as_of in 1..=5 {
            bench.publish(as_of, &[as_of as u8]).await;
        }
        fake.adopts(1).await;
        fake.adopts(5).await;
        let state = bench.until(|state| state.active == Some(5)).await;
        assert_eq!((state.extents, state.extent_bytes, state.in_flight), (1, 5_000, None));
        let older = bench.handle().publish(image(5, &[9])).await;
        assert!(matches!(older, Err(PublishError::NotNewer(_))), "{older:?}");
    });
}

#[test]
fn a_refused_image_is_told_and_not_sent_again() {
    block_on(async {
        let bench = Bench::new();
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        bench.publish(1, &[1]).await;
        fake.adopts(1).await;
        bench.publish(2, &[2]).await;
        assert_eq!(fake.image().await.0, 2);
        fake.say(&ToControl::Refused { as_of: 2, why: "section 3 is cut" });
        let state = bench.until(|state| state.refused.is_some()).await;
        assert_eq!(state.refused.unwrap().why, "section 3 is cut");
        assert_eq!((state.active, state.published), (Some(1), Some(2)));
        assert!(fake.hears_nothing().await);
        bench.publish(3, &[3]).await;
        fake.adopts(3).await;
        bench.until(|state| state.active == Some(3) && state.refused.is_none()).await;
    });
}

#[test]
fn what_does_not_fit_is_turned_away_with_the_reason() {
    let cases: [(Hello<'_>, &str); 4] = [
        (Hello { image_formats: (7, 9), ..hello(DIR) }, "reads image formats 7 to 9"),
        (Hello { event_layout: 9, ..hello(DIR) }, "call events of version 9"),
        (Hello { workers: 0, ..hello(DIR) }, "0 workers"),
        (hello("there"), "not an absolute path"),
    ];
    block_on(async {
        let bench = Bench::new();
        for (hello, reason) in cases {
            let mut fake = Fake::connect(&bench.socket);
            fake.say(&ToControl::Hello(hello));
            let Said::Refuse(why) = fake.hear().await else { panic!("{reason}") };
            assert!(why.contains(reason), "{why}");
            assert!(matches!(fake.hear().await, Said::Closed), "{reason}");
        }
        let mut fake = Fake::connect(&bench.socket);
        fake.say(&ToControl::CallsRestored);
        let Said::Refuse(why) = fake.hear().await else { panic!("no Hello") };
        assert!(why.contains("no Hello"), "{why}");
        assert_eq!(bench.handle().state().peer, None);
    });
}

#[test]
fn one_data_plane_is_connected_at_a_time() {
    block_on(async {
        let bench = Bench::new();
        let first = Fake::welcome(&bench.socket, hello("/one")).await;
        let mut second = Fake::connect(&bench.socket);
        second.say(&ToControl::Hello(Hello { process: 2, ..hello("/two") }));
        let Said::Refuse(why) = second.hear().await else { panic!("one is enough") };
        assert!(why.contains("member 3") && why.contains("is connected"), "{why}");

        // The same instance directory again: the one before must be dead, whatever its socket says.
        let again = Hello { process: 2, ..hello("/one") };
        let _third = Fake::welcome(&bench.socket, again).await;
        bench.until(|state| state.peer.as_ref().is_some_and(|peer| peer.process == 2)).await;

        drop((first, _third));
        bench.until(|state| state.peer.is_none()).await;
        Fake::welcome(&bench.socket, Hello { process: 3, ..hello("/two") }).await;
    });
}

#[test]
fn a_peer_that_breaks_the_rules_is_closed_and_the_next_one_is_served() {
    type Deed = fn(&Fake);
    let cases: [(&str, Deed); 4] = [
        ("12 bytes that are no message", |fake| fake.say_bytes(&[0xff; 12], &[])),
        ("waits for no answer", |fake| fake.say(&ToControl::Adopted { as_of: 99 })),
        ("Hello twice", |fake| fake.say(&ToControl::Hello(hello(DIR)))),
        ("descriptors", |fake| {
            let mut bytes = Vec::new();
            ToControl::CallsRestored.encode(&mut bytes).unwrap();
            fake.say_bytes(&bytes, &[std::io::stdin().as_fd()]);
        }),
    ];
    block_on(async {
        let bench = Bench::new();
        bench.publish(1, &[1, 2]).await;
        for (what, deed) in cases {
            let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
            assert_eq!(fake.image().await.0, 1, "{what}");
            deed(&fake);
            assert!(matches!(fake.hear().await, Said::Closed), "{what}");
            let state = bench.until(|state| state.peer.is_none()).await;
            assert!(state.fault.is_some(), "{what}");
            assert_eq!((state.active, state.extents), (None, 2), "{what}");
        }
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        fake.adopts(1).await;
        bench.until(|state| state.active == Some(1)).await;
    });
}

#[test]
fn switches_reach_every_worker_and_wait_for_an_image_when_a_ring_is_full() {
    block_on(async {
        let bench = Bench::new();
        let dir = InstanceDir::lock(&bench.dir().join("instance")).unwrap();
        let mut workers: Vec<_> =
            (0..2).map(|worker| CommandReceiver::create(&dir, worker).unwrap()).collect();
        let handle = bench.handle();
        let command = Command::TrunkSwitch { as_of: 4, trunk: 11, enabled: false };
        assert_eq!(handle.switch(command).await, Err(TellError::NotConnected));
        let path = bench.dir().join("instance");
        let _fake = Fake::welcome(&bench.socket, hello(path.to_str().unwrap())).await;
        assert_eq!(handle.switch(command).await, Ok(Switched::Told));
        for worker in &mut workers {
            assert_eq!(worker.receive().unwrap().unwrap(), command);
            assert!(worker.receive().is_none());
        }
        let mut told = 0;
        while handle.switch(command).await.unwrap() == Switched::Told {
            told += 1;
            assert!(told < RING_BYTES, "a ring ends");
            workers[1].receive().unwrap().unwrap();
        }
        assert!(told > 2_000, "{told}");
        assert!(workers[1].receive().is_some(), "the worker with room is told all the same");
    });
}

#[test]
fn open_calls_are_told_once_in_parts_to_a_peer_that_does_not_know_them() {
    block_on(async {
        let count = MAX_OPEN_CALLS as u32 + 7;
        let bench = Bench::knowing(count);
        let asks = Hello { calls_restored: false, ..hello(DIR) };
        let mut fake = Fake::welcome(&bench.socket, asks).await;
        let (mut told, mut parts) = (Vec::new(), 0);
        loop {
            let Said::OpenCalls { last, calls } = fake.hear().await else { panic!("open calls") };
            told.extend(calls.iter().map(|call| (call.key().unwrap(), call.count())));
            parts += 1;
            if last {
                break;
            }
        }
        assert_eq!((parts, told.len()), (2, count as usize));
        assert_eq!(told[5], (TallyKey::trunk(5), 6));
        fake.say(&ToControl::CallsRestored);
        bench.until(|state| state.peer.as_ref().is_some_and(|peer| peer.calls_restored)).await;
        drop(fake);
        bench.until(|state| state.peer.is_none()).await;
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        assert!(fake.hears_nothing().await, "one that knows them is told nothing");
    });
}

/// Counts for the first run for ever, and for later ones when told.
struct Slow(tokio::sync::Semaphore, std::sync::atomic::AtomicBool);

impl Attach for Arc<Slow> {
    fn attached(&self, _: &Peer) {}

    fn open_calls(&self, peer: &Peer) -> BoxFuture<'static, Vec<OpenCall>> {
        if peer.process == 1 {
            return std::future::pending().boxed();
        }
        let slow = Arc::clone(self);
        async move {
            slow.1.store(true, std::sync::atomic::Ordering::Relaxed);
            slow.0.acquire().await.unwrap().forget();
            Vec::new()
        }
        .boxed()
    }

    fn taken(&self, _: &Peer, _: Option<Place>) -> BoxFuture<'static, Place> {
        std::future::pending().boxed()
    }
}

#[test]
fn open_calls_are_told_although_the_count_for_the_run_before_was_given_up() {
    block_on(async {
        let scratch = Scratch::new("link");
        let socket = socket_in(scratch.path());
        let slow = Arc::new(Slow(tokio::sync::Semaphore::new(0), false.into()));
        let _link = Link::start(&socket, Arc::new(Arc::clone(&slow))).unwrap();
        let asks = Hello { calls_restored: false, ..hello(DIR) };
        let _first = Fake::welcome(&socket, Hello { process: 1, ..asks }).await;
        let mut second = Fake::welcome(&socket, Hello { process: 2, ..asks }).await;
        while !slow.1.load(std::sync::atomic::Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        // By now the link waits, and nothing but the count wakes it.
        assert!(second.hears_nothing().await);
        slow.0.add_permits(1);
        assert!(matches!(second.hear().await, Said::OpenCalls { last: true, .. }));
    });
}

#[test]
fn drain_and_resume_are_passed_on_and_their_answer_is_seen() {
    block_on(async {
        let bench = Bench::new();
        assert_eq!(bench.handle().drain().await, Err(TellError::NotConnected));
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        bench.handle().drain().await.unwrap();
        assert!(matches!(fake.hear().await, Said::Drain));
        fake.say(&ToControl::Mode { draining: true, standing_calls: 12 });
        let peer = |state: &LinkState| state.peer.clone();
        let state = bench.until(|state| peer(state).is_some_and(|peer| peer.draining)).await;
        assert_eq!(state.peer.unwrap().standing_calls, Some(12));
        bench.handle().resume().await.unwrap();
        assert!(matches!(fake.hear().await, Said::Resume));
    });
}

#[test]
fn descriptors_and_extents_stay_few_over_many_images() {
    block_on(async {
        let bench = Bench::new();
        let mut fake = Fake::welcome(&bench.socket, hello(DIR)).await;
        let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let mut after_first = 0;
        for as_of in 1..=600_u64 {
            bench.publish(as_of, &[(as_of % 251) as u8, 252, 253]).await;
            fake.adopts(as_of).await;
            assert!(bench.handle().wait_active(as_of, Duration::from_secs(5)).await);
            if as_of == 10 {
                after_first = descriptors();
            }
        }
        assert_eq!(bench.handle().state().extents, 3);
        let now = descriptors();
        assert!(now <= after_first + 2, "{after_first} descriptors became {now}");
    });
}

#[test]
fn too_many_extents_are_refused() {
    block_on(async {
        let bench = Bench::new();
        let contents: Vec<u8> = (1..=17).collect();
        let refused = bench.handle().publish(image(1, &contents)).await.unwrap_err();
        assert!(refused.to_string().contains("17 extents"), "{refused}");
    });
}
