//! Owns the transaction state machines of RFC 3261 §17 with RFC 6026 and RFC 4320, as tables.
//! Hot. Knows nothing of messages: an event goes in, an action and the next state come out.
//!
//! Each machine is a constant table state × event → (action, next state), filled from the list beside it. A
//! pair that the list does not name keeps its state and does nothing. Tests walk every cell, and
//! `docs/state-machines.md` is generated from the same tables.

/// One cell: what to do, and the state that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<S, A> {
    /// What the owner of the transaction does.
    pub action: A,
    /// The state afterwards.
    pub next: S,
}

macro_rules! machine {
    (
        $(#[$doc:meta])*
        mod $name:ident {
            states { $($(#[$state_doc:meta])* $state:ident,)+ }
            events { $($(#[$event_doc:meta])* $event:ident,)+ }
            actions { $($(#[$action_doc:meta])* $action:ident,)+ }
            steps { $($from:ident + $on:ident => $act:ident, $to:ident;)+ }
        }
    ) => {
        $(#[$doc])*
        pub mod $name {
            use super::Step;

            /// States, in the RFC's words.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, zerocopy::FromZeros)]
            #[repr(u8)]
            pub enum State { $($(#[$state_doc])* $state,)+ }

            /// What can happen to the transaction.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            #[repr(u8)]
            pub enum Event { $($(#[$event_doc])* $event,)+ }

            /// What its owner has to do.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            #[repr(u8)]
            pub enum Action { $($(#[$action_doc])* $action,)+ }

            /// All states, in table order.
            pub const STATES: &[State] = &[$(State::$state,)+];
            /// All events, in table order.
            pub const EVENTS: &[Event] = &[$(Event::$event,)+];

            const WIDTH: usize = EVENTS.len();
            #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
            const TABLE: [Step<State, Action>; STATES.len() * WIDTH] = {
                let mut table = [Step { action: Action::Ignore, next: STATES[0] }; STATES.len() * WIDTH];
                let mut at = 0;
                while at < table.len() {
                    table[at].next = STATES[at / WIDTH];
                    at += 1;
                }
                $( table[State::$from as usize * WIDTH + Event::$on as usize] =
                    Step { action: Action::$act, next: State::$to }; )+
                table
            };

            /// What `event` means in `state`.
            #[inline]
            pub fn step(state: State, event: Event) -> Step<State, Action> {
                match TABLE.get(state as usize * WIDTH + event as usize) {
                    Some(step) => *step,
                    None => Step { action: Action::Ignore, next: state },
                }
            }
        }
    };
}

machine! {
    /// INVITE server transaction: RFC 3261 §17.2.1, with Accepted of RFC 6026 §7.1.
    mod invite_server {
        states {
            /// The request is being served.
            Proceeding,
            /// A 2xx went upstream: retransmitted INVITEs are absorbed, further 2xx pass.
            Accepted,
            /// A final other than 2xx went upstream and waits for its ACK.
            Completed,
            /// The ACK came; further ACKs are absorbed.
            Confirmed,
            /// Over.
            Terminated,
        }
        events {
            /// The INVITE came again.
            Invite,
            /// An ACK with the INVITE's branch.
            Ack,
            /// A provisional response to send.
            Provisional,
            /// A 2xx to send.
            Success,
            /// A 300 to 699 to send.
            Failure,
            /// Retransmit interval of the final response.
            TimerG,
            /// No ACK came.
            TimerH,
            /// ACK retransmissions are over.
            TimerI,
            /// INVITE and 2xx retransmissions are over.
            TimerL,
            /// The router failed while it served the request.
            Abandoned,
        }
        actions {
            /// Nothing to do.
            Ignore,
            /// Pass the response on to the transport.
            Send,
            /// Send the last response again.
            Resend,
            /// Give the ACK to the core: it belongs to a 2xx.
            PassAck,
            /// Forget the stored response; linger.
            Confirm,
            /// The transaction is over.
            Release,
        }
        steps {
            // RFC 3261 §17.2.1: "If a retransmission of the request is received while in the Proceeding state,
            // the most recent provisional response that was received from the TU MUST be passed to the transport".
            Proceeding + Invite => Resend, Proceeding;
            Proceeding + Provisional => Send, Proceeding;
            Proceeding + Success => Send, Accepted;
            Proceeding + Failure => Send, Completed;
            Proceeding + Abandoned => Release, Terminated;
            // RFC 6026 §7.1: "any retransmissions of the INVITE received … MUST NOT be passed".
            Accepted + Success => Send, Accepted;
            Accepted + Ack => PassAck, Accepted;
            Accepted + TimerL => Release, Terminated;
            Accepted + Abandoned => Release, Terminated;
            // RFC 3261 §17.2.1: "Furthermore, while in the Completed state, if a request retransmission is
            // received, the server SHOULD pass the response to the transport for retransmission".
            Completed + Invite => Resend, Completed;
            Completed + TimerG => Resend, Completed;
            Completed + Ack => Confirm, Confirmed;
            Completed + TimerH => Release, Terminated;
            Completed + Abandoned => Release, Terminated;
            Confirmed + TimerI => Release, Terminated;
            Confirmed + Abandoned => Release, Terminated;
        }
    }
}

machine! {
    /// INVITE client transaction: RFC 3261 §17.1.1, with Accepted of RFC 6026 §7.2.
    mod invite_client {
        states {
            /// Sent, nothing heard.
            Calling,
            /// A provisional response came.
            Proceeding,
            /// A final other than 2xx came and was acknowledged.
            Completed,
            /// A 2xx came.
            Accepted,
            /// Over.
            Terminated,
        }
        events {
            /// Retransmit interval of the INVITE.
            TimerA,
            /// No response at all.
            TimerB,
            /// Retransmissions of the final are over.
            TimerD,
            /// Retransmissions of the 2xx are over.
            TimerM,
            /// A provisional response.
            Provisional,
            /// A 2xx.
            Success,
            /// A 300 to 699.
            Failure,
            /// It could not be sent.
            TransportError,
            /// No final came in 64 × T1 after the CANCEL.
            CancelTimeout,
        }
        actions {
            /// Nothing to do.
            Ignore,
            /// Send the INVITE again.
            Resend,
            /// Give the response to the core.
            Pass,
            /// Acknowledge, and give the response to the core.
            AckAndPass,
            /// Acknowledge again.
            Ack,
            /// Tell the core that nobody answered.
            TimedOut,
            /// Tell the core that it could not be sent.
            Unreachable,
            /// The transaction is over.
            Release,
        }
        steps {
            Calling + TimerA => Resend, Calling;
            Calling + TimerB => TimedOut, Terminated;
            Calling + Provisional => Pass, Proceeding;
            Calling + Success => Pass, Accepted;
            Calling + Failure => AckAndPass, Completed;
            Calling + TransportError => Unreachable, Terminated;
            Proceeding + Provisional => Pass, Proceeding;
            Proceeding + Success => Pass, Accepted;
            Proceeding + Failure => AckAndPass, Completed;
            // RFC 3261 §9.1: "the client SHOULD then consider the original transaction cancelled and SHOULD destroy
            // the client transaction handling the original request".
            Proceeding + CancelTimeout => TimedOut, Terminated;
            // RFC 3261 §17.1.1.2: "Any retransmissions of the final response that are received while in the
            // Completed state MUST cause the ACK to be re-passed to the transport layer".
            Completed + Failure => Ack, Completed;
            Completed + TransportError => Unreachable, Terminated;
            Completed + TimerD => Release, Terminated;
            // RFC 6026 §7.2: 2xx of the same or other branches are passed up until Timer M fires.
            Accepted + Success => Pass, Accepted;
            Accepted + TimerM => Release, Terminated;
        }
    }
}

machine! {
    /// Non-INVITE server transaction: RFC 3261 §17.2.2 with RFC 4320.
    mod other_server {
        states {
            /// The request is being served; nothing was sent.
            Trying,
            /// A provisional response went upstream.
            Proceeding,
            /// A final went upstream; retransmitted requests get it again.
            Completed,
            /// Over.
            Terminated,
        }
        events {
            /// The request came again.
            Request,
            /// A provisional response to send.
            Provisional,
            /// A final response to send.
            Final,
            /// Request retransmissions are over.
            TimerJ,
            /// Downstream never answered: RFC 4320 §4.2 forbids a 408.
            Abandoned,
        }
        actions {
            /// Nothing to do.
            Ignore,
            /// Pass the response on to the transport.
            Send,
            /// Send the last response again.
            Resend,
            /// The transaction is over.
            Release,
        }
        steps {
            Trying + Provisional => Send, Proceeding;
            Trying + Final => Send, Completed;
            Trying + Abandoned => Release, Terminated;
            Proceeding + Request => Resend, Proceeding;
            Proceeding + Provisional => Send, Proceeding;
            Proceeding + Final => Send, Completed;
            Proceeding + Abandoned => Release, Terminated;
            Completed + Request => Resend, Completed;
            Completed + TimerJ => Release, Terminated;
            Completed + Abandoned => Release, Terminated;
        }
    }
}

machine! {
    /// Non-INVITE client transaction: RFC 3261 §17.1.2.
    mod other_client {
        states {
            /// Sent, nothing heard.
            Trying,
            /// A provisional response came.
            Proceeding,
            /// A final came.
            Completed,
            /// Over.
            Terminated,
        }
        events {
            /// Retransmit interval.
            TimerE,
            /// No final came.
            TimerF,
            /// Response retransmissions are over.
            TimerK,
            /// A provisional response.
            Provisional,
            /// A final response.
            Final,
            /// It could not be sent.
            TransportError,
        }
        actions {
            /// Nothing to do.
            Ignore,
            /// Send the request again.
            Resend,
            /// Give the response to the core.
            Pass,
            /// Tell the core that nobody answered.
            TimedOut,
            /// The transaction is over.
            Release,
        }
        steps {
            Trying + TimerE => Resend, Trying;
            Trying + TimerF => TimedOut, Terminated;
            Trying + Provisional => Pass, Proceeding;
            Trying + Final => Pass, Completed;
            Trying + TransportError => TimedOut, Terminated;
            Proceeding + TimerE => Resend, Proceeding;
            Proceeding + TimerF => TimedOut, Terminated;
            Proceeding + Provisional => Pass, Proceeding;
            Proceeding + Final => Pass, Completed;
            Proceeding + TransportError => TimedOut, Terminated;
            Completed + TimerK => Release, Terminated;
        }
    }
}

#[cfg(test)]
mod tests;
