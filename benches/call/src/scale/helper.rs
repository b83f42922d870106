//! Owns the second core: it waits, asleep, for a worker to drain, and gives it back.
//! Refuses to know which router a worker is of.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use dpdk::Eal;
use dpdk::lcore::{self, LcoreHandle};

use super::phase::{Core, Phase, Stint};
use crate::fault::Fault;
use crate::router::OTHER;

struct Order {
    core: Box<Core>,
    phase: Arc<Phase>,
    number: usize,
}

/// The second core.
pub struct Helper {
    orders: Sender<Order>,
    done: Receiver<(Box<Core>, Stint)>,
    handle: LcoreHandle<()>,
}

impl Helper {
    /// Starts its thread.
    ///
    /// # Errors
    /// The lcore takes no work.
    pub fn launch(eal: &Eal) -> Result<Helper, Fault> {
        let (orders, inbox) = channel::<Order>();
        let (outbox, done) = channel();
        let handle = lcore::launch(eal, OTHER, move || {
            for Order { mut core, phase, number } in inbox {
                let stint = phase.drain(&mut core, number);
                if outbox.send((core, stint)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Helper { orders, done, handle })
    }

    /// Lets worker `number` of a phase drain on this core.
    ///
    /// # Errors
    /// The thread is gone.
    pub fn begin(&self, core: Box<Core>, phase: &Arc<Phase>, number: usize) -> Result<(), Fault> {
        let order = Order { core, phase: Arc::clone(phase), number };
        self.orders.send(order).map_err(|_| Fault::HelperGone)
    }

    /// Waits, asleep, until it is done.
    ///
    /// # Errors
    /// The thread is gone.
    pub fn wait(&self) -> Result<(Box<Core>, Stint), Fault> {
        self.done.recv().map_err(|_| Fault::HelperGone)
    }

    /// Ends its thread.
    ///
    /// # Errors
    /// It panicked.
    pub fn end(self) -> Result<(), Fault> {
        drop(self.orders);
        Ok(self.handle.join()?)
    }
}
