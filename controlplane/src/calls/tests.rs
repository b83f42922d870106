//! Claims about counts of calls in progress.

use hugepages::instance::InstanceDir;
use hugepages::tally::Tally;

use super::*;
use crate::records::testing::{Dice, Journal, Postgres, Scratch, Twin, traffic};

#[test]
fn calls_are_counted_as_they_stood_at_any_place() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("calls"));
        let (mut journal, mut twin) = (Journal::create(scratch.path(), 1), Twin::default());
        let (mut dice, mut next_call, mut standing) = (Dice(7), 0, Vec::new());
        let mut places = vec![journal.place()];
        for at in 10..400 {
            let told = traffic(&mut dice, &mut next_call, &mut standing);
            let place = journal.append([&told.bytes(at)])[0];
            twin.take(told, at, place);
            places.push(place);
        }
        let database = postgres.database();
        let records = Records::start(database.clone(), 120);
        let source = Source { member: 3, journal: journal.dir().to_owned() };
        records.follow(source.clone());
        records.reached(&source, journal.place()).await;
        let connection = database.wait().await;
        for place in places.into_iter().step_by(23) {
            let calls = open_at(&connection, 3, place).await.unwrap();
            let expect = twin.open_at(place);
            let counted: Vec<_> =
                calls.iter().map(|call| (call.key().unwrap(), call.count())).collect();
            let all = [(TallyKey::originator(1), expect), (TallyKey::trunk(8), expect)];
            assert_eq!(counted, if expect == 0 { &all[..0] } else { &all[..] }, "{place:?}");
        }
    });
}

#[test]
fn active_calls_are_read_from_the_segment_of_the_data_plane() {
    let scratch = Scratch::new("tally");
    assert!(active(scratch.path()).is_err());
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let tally = Tally::create(&dir, SEGMENT, 64).unwrap();
    for (key, delta) in
        [(TallyKey::trunk(9), 2), (TallyKey::originator(4), 5), (TallyKey::trunk(9), -2)]
    {
        tally.add(key, delta).unwrap();
    }
    assert_eq!(active(scratch.path()).unwrap(), [(TallyKey::originator(4), 5)]);
}
