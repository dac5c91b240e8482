//! Exit codes: 0 fine, 1 findings, 2 usage, 3 the outside failed; a panic of ours is 101.

use std::io;
use std::process::ExitCode;

use runtime::StoreError;

use crate::output::Output;

/// How a verb ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Fine,
    /// Errors in bundles, failed tests, something refused.
    Findings,
    /// `plan --detailed-exitcode` found changes.
    Changes,
}

/// Why a verb stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line asks for something that cannot be.
    Usage(String),
    /// What was asked about is not as it should be.
    Finding(String),
    /// A file, the store or the network failed.
    Outside(anyhow::Error),
    /// Nobody reads our output any more.
    Unheard,
}

/// What a verb comes to.
pub(crate) type Outcome = Result<Exit, Stop>;

impl Stop {
    /// Settings that cannot be used, all at once.
    pub(crate) fn settings(problems: &[String]) -> Self {
        match problems {
            [one] => Self::Usage(one.clone()),
            several => {
                Self::Usage(format!("{} settings are wrong\n  {}", several.len(), several.join("\n  ")))
            }
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unheard,
            _ => Self::Outside(error.into()),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing(_) | StoreError::Moved { .. } => Self::Finding(error.to_string()),
            other => Self::Outside(other.into()),
        }
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

/// Says what stopped the verb, if anything did, and picks the code.
pub(crate) fn code(outcome: Outcome, output: &Output) -> ExitCode {
    let (code, message) = match outcome {
        Ok(Exit::Fine) | Err(Stop::Unheard) => (0, None),
        Ok(Exit::Findings) => (1, None),
        Ok(Exit::Changes) => (2, None),
        Err(Stop::Finding(message)) => (1, Some(message)),
        Err(Stop::Usage(message)) => (2, Some(message)),
        Err(Stop::Outside(error)) => (3, Some(format!("{error:#}"))),
    };
    if let Some(message) = message {
        output.error(&message);
    }
    ExitCode::from(code)
}
