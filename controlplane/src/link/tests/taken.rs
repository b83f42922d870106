//! Claims about what a data plane is told of its journal.

use std::time::Instant;

use tokio::sync::watch;

use super::*;

/// Tells the places that a test sends it.
struct Told(watch::Sender<Option<Place>>);

impl Attach for Told {
    fn attached(&self, _: &Peer) {}

    fn open_calls(&self, _: &Peer) -> BoxFuture<'static, Vec<OpenCall>> {
        std::future::pending().boxed()
    }

    fn taken(&self, _: &Peer, told: Option<Place>) -> BoxFuture<'static, Place> {
        let mut places = self.0.subscribe();
        let wanted = move |place: &Option<Place>| place.is_some() && *place != told;
        async move { places.wait_for(wanted).await.unwrap().unwrap() }.boxed()
    }
}

fn place(segment: u64) -> Place {
    Place { segment, offset: 40 }
}

async fn hears_of(fake: &mut Fake, segment: u64) {
    let said = fake.hear().await;
    assert!(matches!(said, Said::JournalTaken(at) if at == place(segment)), "{said:?}");
}

#[test]
fn a_data_plane_is_told_once_and_then_at_most_once_a_second() {
    block_on(async {
        let scratch = Scratch::new("link");
        let socket = socket_in(scratch.path());
        let told = Arc::new(Told(watch::Sender::new(None)));
        let _link = Link::start(&socket, Arc::clone(&told) as Arc<dyn Attach>).unwrap();
        let mut fake = Fake::welcome(&socket, hello(DIR)).await;
        assert!(fake.hears_nothing().await, "nothing is known yet");
        told.0.send_replace(Some(place(3)));
        hears_of(&mut fake, 3).await;
        let begun = Instant::now();
        for segment in 4..9 {
            told.0.send_replace(Some(place(segment)));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        hears_of(&mut fake, 8).await;
        assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
        // The next connection hears it at once.
        drop(fake);
        let mut fake = loop {
            let mut fake = Fake::connect(&socket);
            fake.say(&ToControl::Hello(hello(DIR)));
            if matches!(fake.hear().await, Said::Welcome) {
                break fake;
            }
        };
        hears_of(&mut fake, 8).await;
    });
}

#[test]
fn a_database_that_was_put_back_ends_the_connection_and_the_next_one_hears_the_truth() {
    block_on(async {
        let scratch = Scratch::new("link");
        let socket = socket_in(scratch.path());
        let told = Arc::new(Told(watch::Sender::new(Some(place(9)))));
        let link = Link::start(&socket, Arc::clone(&told) as Arc<dyn Attach>).unwrap();
        let mut fake = Fake::welcome(&socket, hello(DIR)).await;
        hears_of(&mut fake, 9).await;
        told.0.send_replace(Some(place(4)));
        assert!(matches!(fake.hear().await, Said::Closed));
        let fault = link.handle().state().fault.unwrap();
        assert!(fault.contains("has less of its journal than it had"), "{fault}");
        let mut fake = Fake::welcome(&socket, hello(DIR)).await;
        hears_of(&mut fake, 4).await;
    });
}
