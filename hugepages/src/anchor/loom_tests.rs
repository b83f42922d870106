//! Claims about the anchor under every interleaving that loom explores.

use loom::thread;

use super::{TickRate, channel};

#[test]
fn loom_reader_sees_whole_lines_in_order() {
    loom::model(|| {
        let rate = TickRate::from_hz(2_000_000_000).unwrap();
        let (mut publisher, anchor) = channel(1, 10_000_000, rate);
        let writer = thread::spawn(move || {
            for n in 2..4 {
                publisher.publish(n, n * 10_000_000);
            }
        });
        let mut reader = anchor.reader();
        let mut last = 0;
        for _ in 0..2 {
            let value = reader.read(0);
            assert_eq!(value.utc_us, value.tsc * 10_000_000, "one line, not two halves");
            assert!(value.tsc >= last, "lines come in order");
            last = value.tsc;
        }
        writer.join().unwrap();
        assert_eq!(reader.read(0).tsc, 3, "the last line is seen once its writer is done");
    });
}
