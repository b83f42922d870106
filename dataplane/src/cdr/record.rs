//! Owns a call detail record: what the events of one call say together.
//! Knows nothing of files, names or columns.

use std::net::{Ipv4Addr, SocketAddrV4};

use hugepages::layout::cdr::{
    AttemptFlags, EndBody, EventHead, LateBody, NO_ID, NO_TIME, Outcome, Release, SetupView,
};

use crate::keeper::utc::UtcMicros;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdr {
    /// Id of the call in the appliance.
    pub call: u64,
    /// Keyed hash that joins an end without call record.
    pub identity: u64,
    /// Worker that handled the set-up.
    pub worker: u16,
    /// When the INVITE came.
    pub received: UtcMicros,
    /// First 18x, µs after `received`.
    pub progress_us: Option<u32>,
    /// Final response upstream, µs after `received`.
    pub final_us: u32,
    /// Stable id of the originator.
    pub originator: Option<u32>,
    /// Id of the destination.
    pub destination: Option<u32>,
    /// Id of the plan.
    pub plan: Option<u32>,
    /// Id of the rule.
    pub rule: Option<u32>,
    /// Image that the decision was made with.
    pub image_version: u64,
    /// Where the INVITE came from.
    pub source: SocketAddrV4,
    /// Listener that it came in by.
    pub ingress: u16,
    /// Where the last attempt went, if one did.
    pub egress: Option<SocketAddrV4>,
    /// Listener that it went out by.
    pub egress_listener: u16,
    /// Final code sent upstream.
    pub status: u16,
    /// Q.850 cause of the set-up.
    pub cause: u8,
    /// Outcome; `None` for a code of a later version.
    pub outcome: Option<Outcome>,
    /// Who ended the set-up.
    pub release: Option<Release>,
    /// Whether a 2xx went upstream.
    pub answered: bool,
    /// The attempts in their order.
    pub attempts: Vec<Attempt>,
    /// Call-ID.
    pub call_id: String,
    /// Caller's tag.
    pub from_tag: String,
    /// Callee's tag.
    pub to_tag: String,
    /// Caller as received.
    pub caller: String,
    /// Callee as received.
    pub callee: String,
    /// P-Asserted-Identity as received.
    pub p_asserted: String,
    /// How an answered call ended.
    pub ending: Option<Ending>,
    /// 2xx that came after their attempt had been given up.
    pub late: Vec<Late>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Stable id of the trunk.
    pub trunk: u32,
    /// Its gateway.
    pub gateway: SocketAddrV4,
    /// Final code, 0 if none.
    pub status: u16,
    /// Q.850 cause, 0 if none.
    pub cause: u8,
    /// Slot of the plan.
    pub slot: u8,
    /// Place in the order of trying.
    pub ordinal: u8,
    /// INVITE sent, µs after the call was received.
    pub start_us: u32,
    /// First 18x, µs after the call was received.
    pub progress_us: Option<u32>,
    /// End, µs after the call was received.
    pub end_us: Option<u32>,
    /// What else happened.
    pub flags: AttemptFlags,
}

/// How an answered call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub at: UtcMicros,
    /// Time since the answer.
    pub duration_us: u64,
    /// Final code of the BYE, 0 if none came.
    pub status: u16,
    /// Who ended it.
    pub release: Option<Release>,
    /// Q.850 cause.
    pub cause: u8,
    /// The end was known by its cookie only.
    pub orphan: bool,
}

/// A 2xx that came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Stable id of the trunk.
    pub trunk: u32,
    /// The code.
    pub status: u16,
    /// µs after the call was received.
    pub after_us: Option<u32>,
}

impl Cdr {
    /// The record of a set-up.
    pub(super) fn of_setup(head: &EventHead, setup: &SetupView<'_>, answered: bool) -> Cdr {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let egress = socket(setup.egress_ip.get(), setup.egress_port.get());
        Cdr {
            call: head.call.get(),
            identity: head.identity.get(),
            worker: head.worker.get(),
            received: UtcMicros(setup.received_utc_us.get()),
            progress_us: setup.progress_us(),
            final_us: setup.final_us.get(),
            originator: id(setup.originator.get()),
            destination: id(setup.destination.get()),
            plan: id(setup.plan.get()),
            rule: id(setup.rule.get()),
            image_version: setup.image_version.get(),
            source: socket(setup.source_ip.get(), setup.source_port.get()),
            ingress: setup.ingress.get(),
            egress: (!egress.ip().is_unspecified()).then_some(egress),
            egress_listener: setup.egress.get(),
            status: setup.status.get(),
            cause: setup.cause,
            outcome: setup.outcome(),
            release: setup.release(),
            answered,
            attempts: setup.attempts().iter().map(Attempt::of).collect(),
            call_id: text(setup.call_id()),
            from_tag: text(setup.from_tag()),
            to_tag: text(setup.to_tag()),
            caller: text(setup.caller()),
            callee: text(setup.callee()),
            p_asserted: text(setup.p_asserted()),
            ending: None,
            late: Vec::new(),
        }
    }

    /// When the 2xx went upstream.
    pub fn answered_at(&self) -> Option<UtcMicros> {
        self.answered.then(|| UtcMicros(self.received.0 + u64::from(self.final_us)))
    }

    /// Post-dial delay: to the first 18x, or to the answer of a call that was answered without one.
    pub fn pdd_us(&self) -> Option<u32> {
        self.progress_us.or(self.answered.then_some(self.final_us))
    }

    /// Whether the call stands as far as the journal tells.
    pub fn standing(&self) -> bool {
        self.answered && self.ending.is_none()
    }

    /// The word for how it ended.
    pub fn outcome_text(&self) -> &'static str {
        self.outcome.map_or("unknown", Outcome::text)
    }

    /// Who released the call, at its end if it had one.
    pub fn released_by(&self) -> &'static str {
        let release = self.ending.map_or(self.release, |ending| ending.release);
        release.map_or("unknown", Release::text)
    }

    pub(super) fn end(&mut self, head: &EventHead, body: &EndBody, orphan: bool) {
        let at = UtcMicros(head.at_utc_us.get());
        let told = body.duration_us.get();
        let since_answer = self.answered_at().map_or(0, |answer| at.0.saturating_sub(answer.0));
        self.ending = Some(Ending {
            at,
            duration_us: if told == 0 { since_answer } else { told },
            status: body.status.get(),
            release: body.release(),
            cause: body.cause,
            orphan,
        });
    }

    pub(super) fn late_answer(&mut self, body: &LateBody) {
        let after = body.after_us.get();
        self.late.push(Late {
            trunk: body.trunk.get(),
            status: body.status.get(),
            after_us: (after != NO_TIME).then_some(after),
        });
    }
}

impl Attempt {
    fn of(record: &hugepages::layout::cdr::AttemptRecord) -> Attempt {
        Attempt {
            trunk: record.trunk.get(),
            gateway: socket(record.gateway_ip.get(), record.gateway_port.get()),
            status: record.status.get(),
            cause: record.cause,
            slot: record.slot,
            ordinal: record.ordinal,
            start_us: record.start_us.get(),
            progress_us: record.progress(),
            end_us: record.end(),
            flags: AttemptFlags(record.flags),
        }
    }

    /// The words of the flags that are set.
    pub fn flag_texts(&self) -> Vec<&'static str> {
        let set = AttemptFlags::TEXTS.iter().filter(|(flag, _)| self.flags.has(*flag));
        set.map(|(_, text)| *text).collect()
    }

    /// The code, or what happened instead of one.
    pub fn result_text(&self) -> String {
        let local = self.flags.has(AttemptFlags::LOCAL_STATUS);
        if self.status != 0 && !local {
            return self.status.to_string();
        }
        let told = [
            (AttemptFlags::UNREACHABLE, "unreachable"),
            (AttemptFlags::NO_RESPONSE, "no response"),
            (AttemptFlags::NO_PROGRESS, "no progress"),
            (AttemptFlags::CANCELLED, "cancelled"),
        ];
        let found = told.iter().find(|(flag, _)| self.flags.has(*flag));
        match found {
            Some((_, text)) => (*text).to_owned(),
            None if self.status != 0 => self.status.to_string(),
            None => "-".to_owned(),
        }
    }
}

fn id(number: u32) -> Option<u32> {
    (number != NO_ID).then_some(number)
}

fn socket(ip: u32, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from(ip), port)
}
