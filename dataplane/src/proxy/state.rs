//! Owns everything that a worker's SIP core writes, reserved at start.
//! Hot. Knows nothing of what the records mean.

use hugepages::memory::{MapError, PageKind};
use hugepages::ring::Producer;
use parser::Index;
use routing::TechniqueState;

use super::active::Active;
use super::env::Timers;
use crate::dialog::call::Call;
use crate::dialog::standing::Standing;
use crate::txn::keytable::KeyTable;
use crate::txn::linger::Linger;
use crate::txn::pool::{NONE, Pool};
use crate::txn::record::{Branch, Exchange, Setup, Txn};
use crate::txn::slab::{SlabCapacity, Slabs};
use crate::txn::wheel::Wheel;

/// How much of everything a worker has room for.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Transactions, lingering ones included.
    pub transactions: u32,
    /// INVITE transactions that are alive.
    pub setups: u32,
    /// Non-INVITE transactions that are alive.
    pub exchanges: u32,
    /// Standing calls and calls in set-up.
    pub calls: u32,
    /// Retained texts by size class.
    pub texts: SlabCapacity,
}

impl Capacity {
    /// Bytes that a worker's tables take, by name, for `--show-memory`.
    pub fn bytes(&self) -> [(&'static str, u64); 6] {
        let of = |count: u32, size: usize| u64::from(count) * size as u64;
        let [a, b, c, d] = self.texts.0;
        let [size_a, size_b, size_c, size_d] = crate::txn::slab::CLASS_BYTES;
        let cell = |count: u32| u64::from(count.max(8) * 2).next_power_of_two() * 16;
        [
            (
                "transactions",
                of(self.transactions, Pool::<Txn>::CELL_BYTES + 32)
                    + cell(self.transactions)
                    + cell(self.transactions / 2),
            ),
            ("setups", of(self.setups, Pool::<Setup>::CELL_BYTES)),
            ("branches", of(self.setups * 2, Pool::<Branch>::CELL_BYTES)),
            ("exchanges", of(self.exchanges, Pool::<Exchange>::CELL_BYTES)),
            ("calls", of(self.calls, Pool::<Call>::CELL_BYTES) + cell(self.calls * 2)),
            ("retained texts", of(a, size_a) + of(b, size_b) + of(c, size_c) + of(d, size_d)),
        ]
    }
}

/// The tables of a worker.
pub struct State {
    /// Transactions.
    pub txns: Pool<Txn>,
    /// Server key → transaction.
    pub keys: KeyTable,
    /// Live INVITE transactions.
    pub setups: Pool<Setup>,
    /// Their branches.
    pub branches: Pool<Branch>,
    /// Live non-INVITE transactions.
    pub exchanges: Pool<Exchange>,
    /// Standing calls.
    pub calls: Pool<Call>,
    /// Call-ID and tag → standing call.
    pub dialogs: KeyTable,
    /// Retained texts.
    pub slabs: Slabs,
    /// Deadlines of set-ups and exchanges.
    pub wheel: Wheel,
    /// Transactions that wait 64 × T1 (timers J and L).
    pub linger: Linger,
    /// Transactions that wait T4 (Timer I).
    pub confirmed: Linger,
    /// Standing calls in the order of their answers.
    pub standing: Standing,
    /// Identity of a dialog → the lingering BYE that ended it, so that another BYE of the same dialog is told from
    /// one of a dialog that an earlier run of the process set up.
    pub ended: KeyTable,
    /// The transaction that is being handled, for [`crate::proxy::Engine::abandon_current`].
    pub current: u32,
    /// Cursors and randomness of the routing techniques.
    pub technique: TechniqueState,
    /// Standing calls by trunk and originator.
    pub active: Active,
    /// CDR events to the keeper.
    pub events: Producer,
    /// Index for retained messages, which are parsed while a received one is held.
    pub retained: Index,
    /// Randomness for gateways of equal priority.
    pub random: u64,
    /// The last CDR id given.
    pub last_call_id: u64,
    /// Events that could not be told because the ring was full.
    pub events_lost: u64,
}

impl State {
    /// Reserves everything.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(
        capacity: Capacity,
        timers: &Timers,
        pages: PageKind,
        technique: TechniqueState,
        events: Producer,
        now_ms: u64,
        seed: u64,
    ) -> Result<Self, MapError> {
        let timed = capacity.setups + capacity.exchanges;
        Ok(State {
            txns: Pool::new(capacity.transactions, pages)?,
            keys: KeyTable::new(capacity.transactions, pages)?,
            setups: Pool::new(capacity.setups, pages)?,
            branches: Pool::new(capacity.setups * 2, pages)?,
            exchanges: Pool::new(capacity.exchanges, pages)?,
            calls: Pool::new(capacity.calls, pages)?,
            dialogs: KeyTable::new(capacity.calls * 2, pages)?,
            slabs: Slabs::new(capacity.texts, pages)?,
            // Four entries a record: one armed, and those that it left behind in the last seconds.
            wheel: Wheel::new(timed * 4, now_ms, pages)?,
            linger: Linger::new(capacity.transactions, timers.give_up_ms, pages)?,
            confirmed: Linger::new(capacity.transactions, u64::from(timers.t4_ms), pages)?,
            standing: Standing::new(),
            // A share of the lingering transactions; one that does not fit costs nothing but a stray event.
            ended: KeyTable::new(capacity.transactions / 2, pages)?,
            current: NONE,
            technique,
            active: Active::default(),
            events,
            retained: Index::new(),
            random: seed | 1,
            last_call_id: 0,
            events_lost: 0,
        })
    }

    /// A pseudo-random number below `bound` (xorshift64*, Vigna 2016); 0 when `bound` is 0.
    #[inline]
    pub fn random_below(&mut self, bound: u32) -> u32 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let high = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((high * u64::from(bound)) >> 32) as u32
    }
}
