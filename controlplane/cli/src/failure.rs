//! Owns every way in which a command can fail, with its exit code and its remedy.
//! Refuses to print anything that was not written for people.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use api::{ErrorBody, ErrorCode, ErrorDetail, Finding};

use crate::args::Output;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody answers at the socket.
    #[error("cannot connect to the control plane at {}: {source}", socket.display())]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection was lost, or the answer took too long.
    #[error("the control plane did not answer {what}: {why}")]
    NoAnswer {
        /// The request.
        what: String,
        /// What happened.
        why: String,
    },
    /// The answer was not what the API says.
    #[error("the control plane answered {what} in a way that this program does not know: {why}")]
    Unreadable {
        /// The request.
        what: String,
        /// What is strange about it.
        why: String,
    },
    /// The control plane refused.
    #[error("{}", .0.message)]
    Refused(ErrorDetail),
    /// The command line makes no sense, which only its values tell.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to write instead.
        remedy: String,
    },
    /// There is no such thing.
    #[error("{message}")]
    NotFound {
        /// What is not there.
        message: String,
        /// Where to look.
        remedy: String,
    },
    /// The change is stored and cannot come into force.
    #[error("version {version} is stored and cannot come into force: {reason}")]
    NotActive {
        /// Version of the change.
        version: u64,
        /// Why not.
        reason: String,
        /// What is wrong with the plan.
        findings: Vec<Finding>,
    },
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {source}", path.display())]
    File {
        /// Read or write.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} does not describe a {noun}: {why}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What it should describe.
        noun: &'static str,
        /// What is wrong, with the line.
        why: String,
    },
    /// The output takes no more.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// The user pressed Ctrl-C, which is how a command that runs for ever ends.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// A refusal of the command line.
    pub fn usage(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), remedy: remedy.into() }
    }

    /// Says what went wrong, and gives the exit code.
    pub fn report(&self, output: Output, err: &mut dyn Write) -> ExitCode {
        if !self.is_silent() {
            // What standard error does not take has nowhere else to go.
            let _ = match output {
                Output::Json => self.report_json(err),
                Output::Table | Output::Csv => self.report_text(err),
            };
        }
        ExitCode::from(self.code())
    }

    /// Whether the control plane is gone, which one that is restarted is not for long.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::NoAnswer { .. } => true,
            Self::Refused(detail) => detail.code == ErrorCode::Unavailable,
            _ => false,
        }
    }

    /// The reader of the output has seen enough, or the user has.
    fn is_silent(&self) -> bool {
        match self {
            Self::Interrupted => true,
            Self::Output(error) => error.kind() == ErrorKind::BrokenPipe,
            _ => false,
        }
    }

    fn code(&self) -> u8 {
        match self {
            _ if self.is_silent() => 0,
            Self::Usage { .. } => 2,
            Self::Connect { .. } => 3,
            Self::NotFound { .. } => 5,
            Self::NotActive { .. } | Self::Content { .. } => 6,
            Self::Refused(detail) => match detail.code {
                ErrorCode::NotFound => 5,
                ErrorCode::BadRequest | ErrorCode::Conflict | ErrorCode::Invalid => 6,
                ErrorCode::ConfirmationRequired
                | ErrorCode::Unavailable
                | ErrorCode::Internal
                | ErrorCode::Unknown => 1,
            },
            _ => 1,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Connect { source, .. } => Some(match source.kind() {
                ErrorKind::PermissionDenied => {
                    "run this as root, or as the user that runs tandem-controlplane".to_owned()
                }
                _ => "start tandem-controlplane, or name its socket with --socket".to_owned(),
            }),
            Self::NoAnswer { .. } => {
                Some("see with `tandem status` whether it happened, then try again".to_owned())
            }
            Self::Unreadable { .. } => {
                Some("use the tandem that was installed with the control plane".to_owned())
            }
            Self::Refused(detail) => detail.remedy.clone(),
            Self::Usage { remedy, .. } | Self::NotFound { remedy, .. } => Some(remedy.clone()),
            Self::NotActive { .. } => {
                Some("mend it with another change; calls go on with the version before".to_owned())
            }
            Self::Content { .. } => {
                Some("`tandem NOUN show NAME --output json` prints one to start from".to_owned())
            }
            Self::File { .. } | Self::Output(_) | Self::Interrupted => None,
        }
    }

    fn findings(&self) -> &[Finding] {
        match self {
            Self::Refused(detail) => &detail.details,
            Self::NotActive { findings, .. } => findings,
            _ => &[],
        }
    }

    fn report_text(&self, err: &mut dyn Write) -> io::Result<()> {
        writeln!(err, "tandem: {self}")?;
        for finding in self.findings() {
            writeln!(err, "  {}", sentence(finding))?;
        }
        if let Some(remedy) = self.remedy() {
            writeln!(err, "  remedy: {remedy}")?;
        }
        Ok(())
    }

    fn report_json(&self, err: &mut dyn Write) -> io::Result<()> {
        let code = match self {
            Self::Refused(detail) => detail.code,
            Self::Usage { .. } | Self::Content { .. } => ErrorCode::BadRequest,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::NotActive { .. } => ErrorCode::Invalid,
            Self::Connect { .. } | Self::NoAnswer { .. } => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        };
        let error = ErrorDetail {
            code,
            message: self.to_string(),
            remedy: self.remedy(),
            details: self.findings().to_vec(),
        };
        serde_json::to_writer(&mut *err, &ErrorBody { error })?;
        writeln!(err)
    }
}

/// A finding in one line.
pub fn sentence(finding: &Finding) -> String {
    let line = finding.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let remedy = finding.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("{line}{}{remedy}", finding.message)
}
