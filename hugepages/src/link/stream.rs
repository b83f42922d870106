//! Owns one connection of the link.
//! Knows nothing of who listens where.

use core::mem::MaybeUninit;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use arrayvec::ArrayVec;
use rustix::io::Errno;
use rustix::net::{
    self, AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

use crate::layout::link::{MAX_FDS, MAX_MESSAGE};

use super::LinkError;

/// Room for the descriptors of one message.
const ANCILLARY: usize = rustix::cmsg_space!(ScmRights(MAX_FDS));

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The peer will get it whole.
    Yes,
    /// There is no room: try again when the socket can be written.
    Full,
}

/// A message that came.
#[derive(Debug)]
pub struct Received {
    /// Its bytes at the start of the buffer.
    pub len: usize,
    /// Its descriptors, in the order of the sender; closed when they are dropped.
    pub fds: ArrayVec<OwnedFd, MAX_FDS>,
}

/// One connection. Nothing blocks.
#[derive(Debug)]
pub struct LinkStream {
    socket: OwnedFd,
}

impl LinkStream {
    /// Connects to the listener at `path`.
    ///
    /// # Errors
    ///
    /// [`LinkError::NobodyThere`] while nobody listens; [`LinkError::Stranger`] if somebody else does.
    pub fn connect(path: &Path) -> Result<LinkStream, LinkError> {
        let refused = |errno| LinkError::Connect { path: path.to_owned(), errno };
        let socket = new_socket().map_err(refused)?;
        let address = SocketAddrUnix::new(path).map_err(refused)?;
        match net::connect(&socket, &address) {
            Ok(()) => LinkStream::of_peer(socket),
            Err(errno @ (Errno::NOENT | Errno::CONNREFUSED)) => {
                Err(LinkError::NobodyThere { path: path.to_owned(), errno })
            }
            Err(errno) => Err(refused(errno)),
        }
    }

    /// Takes a connected socket once its peer is known to be one of ours.
    pub(super) fn of_peer(socket: OwnedFd) -> Result<LinkStream, LinkError> {
        let peer = net::sockopt::socket_peercred(&socket)
            .map_err(|errno| LinkError::Unknown { doing: "ask for the peer", errno })?;
        let (uid, ours) = (peer.uid.as_raw(), rustix::process::geteuid().as_raw());
        if !may_talk(uid, ours) {
            let pid = peer.pid.as_raw_nonzero().get();
            return Err(LinkError::Stranger { uid, pid, ours });
        }
        Ok(LinkStream { socket })
    }

    /// Sends one message with its descriptors, which stay open here.
    ///
    /// # Errors
    ///
    /// [`LinkError::Closed`] when the peer is gone; [`LinkError::Size`], [`LinkError::TooManyToSend`].
    pub fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> Result<Sent, LinkError> {
        if !(1..=MAX_MESSAGE).contains(&bytes.len()) {
            return Err(LinkError::Size { len: bytes.len() });
        }
        let too_many = LinkError::TooManyToSend { count: fds.len() };
        if fds.len() > MAX_FDS {
            return Err(too_many);
        }
        let mut room = [MaybeUninit::uninit(); ANCILLARY];
        let mut ancillary = SendAncillaryBuffer::new(&mut room);
        if !fds.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(too_many);
        }
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        let data = [IoSlice::new(bytes)];
        match retry(|| net::sendmsg(&self.socket, &data, &mut ancillary, flags)) {
            Ok(_) => Ok(Sent::Yes),
            Err(Errno::AGAIN) => Ok(Sent::Full),
            Err(Errno::PIPE | Errno::CONNRESET | Errno::NOTCONN) => Err(LinkError::Closed),
            Err(errno) => Err(LinkError::Unknown { doing: "send", errno }),
        }
    }

    /// Takes the next message; `None` while there is none. A buffer of [`MAX_MESSAGE`] bytes is enough
    /// for every message that [`LinkStream::send`] makes.
    ///
    /// # Errors
    ///
    /// [`LinkError::Closed`] when the peer is gone and nothing is left; [`LinkError::TooLong`] and
    /// [`LinkError::TooManyFds`] for a message that was refused. None of them leaves a descriptor open.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<Option<Received>, LinkError> {
        let room = buffer.len();
        let mut space = [MaybeUninit::uninit(); ANCILLARY];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        let mut data = [IoSliceMut::new(buffer)];
        let got = match retry(|| net::recvmsg(&self.socket, &mut data, &mut ancillary, flags)) {
            Ok(got) => got,
            Err(Errno::AGAIN) => return Ok(None),
            Err(Errno::CONNRESET | Errno::NOTCONN) => return Err(LinkError::Closed),
            Err(errno) => return Err(LinkError::Unknown { doing: "receive", errno }),
        };
        // All are taken out before anything is refused, so that each has an owner who closes it.
        let mut fds = ArrayVec::new();
        let mut whole = !got.flags.contains(ReturnFlags::CTRUNC);
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(more) = message {
                for fd in more {
                    whole &= fds.try_push(fd).is_ok();
                }
            }
        }
        if !whole {
            return Err(LinkError::TooManyFds);
        }
        if got.flags.contains(ReturnFlags::TRUNC) {
            return Err(LinkError::TooLong { room });
        }
        if got.bytes == 0 {
            return Err(LinkError::Closed);
        }
        Ok(Some(Received { len: got.bytes, fds }))
    }
}

impl AsFd for LinkStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A socket as all of the link are: closed on exec, never blocking.
pub(super) fn new_socket() -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

/// Whether a process of user `peer` may talk with one of user `ours`.
pub(super) const fn may_talk(peer: u32, ours: u32) -> bool {
    peer == ours || peer == 0
}

/// Calls again what a signal broke off.
pub(super) fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
