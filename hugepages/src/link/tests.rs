//! Claims about the link, with honest and with hostile peers.

use core::mem::MaybeUninit;
use std::collections::VecDeque;
use std::fs;
use std::io::{IoSlice, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use rustix::io::{FdFlags, fcntl_getfd};
use rustix::net::{self, SendAncillaryBuffer, SendAncillaryMessage, SendFlags};

use super::stream::{may_talk, new_socket};
use super::*;
use crate::testing::Scratch;

struct Rig {
    path: PathBuf,
    listener: LinkListener,
    _scratch: Scratch,
}

fn rig() -> Rig {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path()).unwrap();
    let path = scratch.path().join("link.sock");
    let listener = LinkListener::bind(&path).unwrap();
    Rig { path, listener, _scratch: scratch }
}

impl Rig {
    /// The two ends of a connection: who knocked, who opened.
    fn pair(&self) -> (LinkStream, LinkStream) {
        let near = LinkStream::connect(&self.path).unwrap();
        (near, self.listener.accept().unwrap().unwrap())
    }

    /// A peer that speaks past [`LinkStream::send`].
    fn hostile(&self) -> (OwnedFd, LinkStream) {
        let socket = new_socket().unwrap();
        net::connect(&socket, &net::SocketAddrUnix::new(&self.path).unwrap()).unwrap();
        (socket, self.listener.accept().unwrap().unwrap())
    }
}

/// Sends whatever it is told to.
fn send_raw(socket: &OwnedFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
    let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
    let mut ancillary = SendAncillaryBuffer::new(&mut room);
    if !fds.is_empty() {
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(fds)));
    }
    let data = [IoSlice::new(bytes)];
    net::sendmsg(socket, &data, &mut ancillary, SendFlags::NOSIGNAL).unwrap();
}

/// A pipe: its reading end meets the end of the file once no copy of the other end is open.
struct Canary {
    reader: fs::File,
    writer: OwnedFd,
}

fn canary() -> Canary {
    let flags = rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK;
    let (reader, writer) = rustix::pipe::pipe_with(flags).unwrap();
    Canary { reader: reader.into(), writer }
}

impl Canary {
    #[track_caller]
    fn require_closed(mut self) {
        drop(self.writer);
        assert_eq!(self.reader.read(&mut [0; 1]).unwrap(), 0, "a copy is still open");
    }
}

#[test]
fn messages_keep_their_bounds_and_their_order() {
    let rig = rig();
    let (near, far) = rig.pair();
    let mut buffer = vec![0; MAX_MESSAGE];
    assert!(far.receive(&mut buffer).unwrap().is_none());
    let long = vec![7; MAX_MESSAGE];
    for bytes in [&b"first"[..], &long, b"3"] {
        assert_eq!(near.send(bytes, &[]).unwrap(), Sent::Yes);
    }
    for bytes in [&b"first"[..], &long, b"3"] {
        let received = far.receive(&mut buffer).unwrap().unwrap();
        assert_eq!((&buffer[..received.len], received.fds.len()), (bytes, 0));
    }
    assert!(far.receive(&mut buffer).unwrap().is_none());
    assert_eq!(far.send(b"answer", &[]).unwrap(), Sent::Yes);
    assert_eq!(near.receive(&mut buffer).unwrap().unwrap().len, 6);
}

#[test]
fn descriptors_travel_in_order_and_close_on_exec() {
    let rig = rig();
    let (near, far) = rig.pair();
    let canaries: Vec<Canary> = (0..MAX_FDS).map(|_| canary()).collect();
    let fds: Vec<_> = canaries.iter().map(|canary| canary.writer.as_fd()).collect();
    assert_eq!(near.send(b"x", &fds).unwrap(), Sent::Yes);
    let received = far.receive(&mut [0; 8]).unwrap().unwrap();
    assert_eq!(received.fds.len(), MAX_FDS);
    for (at, (fd, canary)) in received.fds.iter().zip(&canaries).enumerate() {
        assert!(fcntl_getfd(fd).unwrap().contains(FdFlags::CLOEXEC));
        rustix::io::write(fd, &[at as u8]).unwrap();
        let mut byte = [0];
        (&canary.reader).read_exact(&mut byte).unwrap();
        assert_eq!(usize::from(byte[0]), at);
    }
    drop(received);
    canaries.into_iter().for_each(Canary::require_closed);
}

#[test]
fn sockets_close_on_exec_and_never_block() {
    let rig = rig();
    let (near, far) = rig.pair();
    assert!(rig.listener.accept().unwrap().is_none());
    for fd in [near.as_fd(), far.as_fd(), rig.listener.as_fd()] {
        assert!(fcntl_getfd(fd).unwrap().contains(FdFlags::CLOEXEC));
        let flags = rustix::fs::fcntl_getfl(fd).unwrap();
        assert!(flags.contains(rustix::fs::OFlags::NONBLOCK));
    }
}

#[test]
fn full_link_says_so_and_goes_on_when_it_was_read() {
    let rig = rig();
    let (near, far) = rig.pair();
    let message = vec![1; 10_000];
    let mut sent = 0;
    while near.send(&message, &[]).unwrap() == Sent::Yes {
        sent += 1;
    }
    assert!((1..100_000).contains(&sent));
    let mut buffer = vec![0; MAX_MESSAGE];
    for _ in 0..sent {
        assert_eq!(far.receive(&mut buffer).unwrap().unwrap().len, 10_000);
    }
    assert!(far.receive(&mut buffer).unwrap().is_none());
    assert_eq!(near.send(&message, &[]).unwrap(), Sent::Yes);
}

#[test]
fn closed_peer_is_told_after_its_last_message() {
    let rig = rig();
    let (near, far) = rig.pair();
    near.send(b"last", &[]).unwrap();
    drop(near);
    let mut buffer = [0; 8];
    assert_eq!(far.receive(&mut buffer).unwrap().unwrap().len, 4);
    assert!(matches!(far.receive(&mut buffer), Err(LinkError::Closed)));
    assert!(matches!(far.send(b"x", &[]), Err(LinkError::Closed)));
}

#[test]
fn peer_that_closes_with_unread_messages_is_closed_too() {
    let rig = rig();
    let (near, far) = rig.pair();
    near.send(b"never read", &[]).unwrap();
    drop(far);
    assert!(matches!(near.receive(&mut [0; 8]), Err(LinkError::Closed)));
}

#[test]
fn messages_that_cannot_be_received_are_not_sent() {
    let rig = rig();
    let (near, far) = rig.pair();
    let long = vec![0; MAX_MESSAGE + 1];
    assert!(matches!(near.send(&long, &[]), Err(LinkError::Size { len: 65_537 })));
    assert!(matches!(near.send(b"", &[]), Err(LinkError::Size { len: 0 })));
    let canary = canary();
    let fds = [canary.writer.as_fd(); MAX_FDS + 1];
    assert!(matches!(near.send(b"x", &fds), Err(LinkError::TooManyToSend { count: 17 })));
    assert!(far.receive(&mut [0; 8]).unwrap().is_none());
    canary.require_closed();
}

#[test]
fn too_long_a_message_is_refused_with_its_descriptors() {
    let rig = rig();
    let (hostile, far) = rig.hostile();
    let canary = canary();
    send_raw(&hostile, &vec![1; MAX_MESSAGE + 1], &[canary.writer.as_fd()]);
    send_raw(&hostile, b"next", &[]);
    let mut buffer = vec![0; MAX_MESSAGE];
    let refused = far.receive(&mut buffer);
    assert!(matches!(refused, Err(LinkError::TooLong { room: MAX_MESSAGE })));
    canary.require_closed();
    assert_eq!(far.receive(&mut buffer).unwrap().unwrap().len, 4);
}

#[test]
fn too_many_descriptors_are_refused_and_closed() {
    let rig = rig();
    let (hostile, far) = rig.hostile();
    for count in [17, 18, 19, 100, 253] {
        let canary = canary();
        send_raw(&hostile, b"x", &vec![canary.writer.as_fd(); count]);
        assert!(matches!(far.receive(&mut [0; 8]), Err(LinkError::TooManyFds)), "{count}");
        canary.require_closed();
    }
    send_raw(&hostile, b"next", &[]);
    assert_eq!(far.receive(&mut [0; 8]).unwrap().unwrap().len, 4);
}

#[test]
fn unread_descriptors_are_closed_with_the_link() {
    let rig = rig();
    let (near, far) = rig.pair();
    let canary = canary();
    near.send(b"x", &[canary.writer.as_fd()]).unwrap();
    drop(far);
    canary.require_closed();
}

#[test]
fn an_empty_message_ends_the_link() {
    let rig = rig();
    let (hostile, far) = rig.hostile();
    let canary = canary();
    send_raw(&hostile, b"", &[canary.writer.as_fd()]);
    assert!(matches!(far.receive(&mut [0; 8]), Err(LinkError::Closed)));
    canary.require_closed();
}

#[test]
fn socket_is_for_owner_and_group_and_goes_with_its_listener() {
    let rig = rig();
    let mode = fs::metadata(&rig.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    assert_eq!(rig.listener.path(), rig.path);
    let path = rig.path.clone();
    drop(rig.listener);
    assert!(!path.exists());
    let error = LinkStream::connect(&path).unwrap_err();
    assert!(matches!(error, LinkError::NobodyThere { .. }), "{error}");
}

#[test]
fn stale_socket_is_replaced_and_a_successor_keeps_its_name() {
    let rig = rig();
    // A second name keeps the file of a listener that is gone, as a crash does.
    let stale = rig.path.with_extension("stale");
    fs::hard_link(&rig.path, &stale).unwrap();
    let Rig { listener, .. } = &rig;
    let aside = rig.path.with_extension("aside");
    fs::rename(&rig.path, &aside).unwrap();
    let successor = LinkListener::bind(&rig.path).unwrap();
    assert_eq!(listener.path(), rig.path);
    let path = rig.path.clone();
    let Rig { listener, _scratch, .. } = rig;
    drop(listener);
    assert!(path.exists(), "it is the successor's");
    drop(successor);
    // Nobody listens behind this one any more.
    assert!(matches!(LinkStream::connect(&stale), Err(LinkError::NobodyThere { .. })));
    let listener = LinkListener::bind(&stale).unwrap();
    LinkStream::connect(&stale).unwrap();
    assert!(listener.accept().unwrap().is_some());
}

#[test]
fn socket_in_use_is_left_alone() {
    let rig = rig();
    let error = LinkListener::bind(&rig.path).unwrap_err();
    assert!(matches!(error, LinkError::InUse { .. }), "{error}");
    LinkStream::connect(&rig.path).unwrap();
}

#[test]
fn names_that_are_something_else_are_left_alone() {
    let rig = rig();
    let file = rig.path.with_extension("file");
    fs::write(&file, "precious").unwrap();
    assert!(matches!(LinkListener::bind(&file), Err(LinkError::NotASocket { .. })));
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    assert!(matches!(LinkStream::connect(&file), Err(LinkError::NobodyThere { .. })));
    let long = rig.path.with_extension("x".repeat(200));
    let error = LinkListener::bind(&long).unwrap_err();
    assert!(matches!(error, LinkError::Listen { .. }), "{error}");
    let stream = rig.path.with_extension("stream");
    let _other = std::os::unix::net::UnixListener::bind(&stream).unwrap();
    assert!(matches!(LinkListener::bind(&stream), Err(LinkError::InUse { .. })));
    assert!(matches!(LinkStream::connect(&stream), Err(LinkError::Connect { .. })));
}

#[test]
fn only_the_same_user_and_root_may_talk() {
    for (peer, ours, expect) in
        [(0, 0, true), (65_534, 65_534, true), (0, 65_534, true), (65_534, 0, false), (1, 2, false)]
    {
        assert_eq!(may_talk(peer, ours), expect, "{peer} with {ours}");
    }
}

/// Messages between two ends: what one sends the other gets, as from a queue.
#[derive(Clone, Debug)]
enum Step {
    Send(Vec<u8>, usize),
    Receive,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let send = (vec(any::<u8>(), 1..100), 0..=MAX_FDS).prop_map(|(b, n)| Step::Send(b, n));
    vec(prop_oneof![send, Just(Step::Receive)], 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn delivers_as_a_queue_does(steps in steps()) {
        let rig = rig();
        let (near, far) = rig.pair();
        let canary = canary();
        let mut twin = VecDeque::new();
        let mut buffer = [0; 100];
        for step in steps {
            match step {
                Step::Send(bytes, count) => {
                    let fds = vec![canary.writer.as_fd(); count];
                    if near.send(&bytes, &fds).unwrap() == Sent::Yes {
                        twin.push_back((bytes, count));
                    }
                }
                Step::Receive => {
                    let got = far.receive(&mut buffer).unwrap();
                    let got = got.map(|it| (buffer[..it.len].to_vec(), it.fds.len()));
                    prop_assert_eq!(got, twin.pop_front());
                }
            }
        }
        drop((near, far));
        canary.require_closed();
    }
}
