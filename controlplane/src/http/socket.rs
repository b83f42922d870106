//! Owns the unix socket of the API: binding it, and who is at its other end; refuses to know the routes.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::{UnixListener, unix};
use tokio::sync::watch;

use super::door::Door;
use crate::store::Author;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody answers there.
    #[error("{0}: another control plane answers there; stop it first")]
    Taken(PathBuf),
    /// It cannot be made.
    #[error("{path}: {source}")]
    Bind {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Binds `path` for its owner and group. A socket that nobody serves any more is replaced.
///
/// # Errors
/// [`BindError`].
pub fn bind(path: &Path) -> Result<UnixListener, BindError> {
    let failed = |source| BindError::Bind { path: path.to_owned(), source };
    match BlockingStream::connect(path) {
        Ok(_) => return Err(BindError::Taken(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(failed)?;
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o660)).map_err(failed)?;
    Ok(listener)
}

/// Serves until `stop` says so, and lets requests under way end.
///
/// # Errors
/// That of the socket.
pub async fn serve(
    listener: UnixListener,
    routes: Router,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let service = routes.into_make_service_with_connect_info::<Peer>();
    let stopped = async move {
        stop.wait_for(|stop| *stop).await.ok();
    };
    axum::serve(Door::new(listener), service).with_graceful_shutdown(stopped).await
}

/// The process at the other end, as the kernel says it.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    uid: Option<u32>,
    pid: Option<i32>,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let credentials: Option<unix::UCred> = stream.io().credentials().ok();
        let uid = credentials.as_ref().map(unix::UCred::uid);
        Self { uid, pid: credentials.and_then(|who| who.pid()) }
    }
}

impl Peer {
    /// As the audit log names it.
    #[must_use]
    pub fn author(&self) -> Author {
        let name = match self.uid {
            Some(uid) => {
                let user = nix::unistd::User::from_uid(uid.into()).ok().flatten();
                let name = user.map_or_else(|| "?".to_owned(), |user| user.name);
                format!("{name} (uid {uid})")
            }
            None => "unknown".to_owned(),
        };
        let origin = match self.pid {
            Some(pid) => format!("api socket, pid {pid}"),
            None => "api socket".to_owned(),
        };
        Author { name, origin }
    }
}
