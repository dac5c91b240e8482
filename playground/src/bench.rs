//! What the page shows, as plain data: filled by `dev`, which knows the compiler and the store.

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

/// The state of the workbench after the last compile.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bench {
    /// 1 for the first compile, then rising.
    pub revision: u64,
    /// When it was compiled, Unix milliseconds.
    pub compiled_at_ms: u64,
    /// Everything that is served, or would be if it compiled, by slug.
    pub tenants: Vec<Tenant>,
    /// What the compiler found; absent when nothing.
    pub findings: Option<Findings>,
}

/// A tenant on the workbench.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tenant {
    /// Its slug.
    pub slug: String,
    /// The brand's name, or the slug where nothing has compiled yet.
    pub name: String,
    /// `active`, `suspended` or `deleted`.
    pub status: String,
    /// ISO 639-1 codes, the default one first.
    pub languages: Vec<String>,
    /// WhatsApp numbers a customer can write to; empty = one nameless number.
    pub numbers: Vec<Number>,
    /// Things to ask.
    pub samples: Vec<Sample>,
    /// The live release; absent when none was ever published.
    pub release_id: Option<String>,
    /// Its bundle has errors, so the live release is older than the files.
    pub is_broken: bool,
    /// What keeps the responder from serving it in full, in its words, such as
    /// `webhook_secret_missing`.
    pub problems: Vec<String>,
    /// Where its people sit in Telegram; absent without a bot.
    pub desk: Option<Desk>,
}

/// A tenant's place in Telegram.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Desk {
    /// Numeric id of its bot.
    pub bot: i64,
    /// Groups in which its requests are shown.
    pub groups: Vec<Group>,
    /// People who answer there.
    pub people: Vec<Person>,
}

/// A group in Telegram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its id, which is negative.
    pub chat_id: i64,
    /// What it is called.
    pub title: String,
}

/// Somebody who writes in Telegram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// Numeric id.
    pub id: i64,
    /// The name others see.
    pub name: String,
    /// `owner`, `admin`, `branch_head`, `manager`, `support`; absent for somebody the bundle does not
    /// name.
    pub role: Option<String>,
}

/// A WhatsApp number of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Number {
    /// ChatFlow's id of it.
    pub instance_id: String,
    /// The branch or brand it belongs to.
    pub name: String,
}

/// Something to ask.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sample {
    /// `ru` or `kk`.
    pub lang: String,
    /// The question.
    pub text: String,
}

/// What the compiler found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Findings {
    /// Number of errors.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// As on the terminal, without colours.
    pub text: String,
}

/// A message of a conversation as the responder stored it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The row's id; for replies also the gateway's `msg_id`.
    pub id: String,
    /// `user`, `assistant`, `manager` or `system`.
    pub role: String,
    /// Its text.
    pub text: String,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Why it was decided, as the responder wrote it.
    pub trace: Option<Value>,
}

/// A request that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// The customer.
    pub jid: String,
    /// Branch slug.
    pub branch: Option<String>,
    /// Reason code.
    pub reason: String,
    /// What the person is told.
    pub summary: String,
    /// `pending` or `active`.
    pub status: String,
    /// Unix milliseconds.
    pub at_ms: i64,
}

/// The responder's store could not be read.
#[derive(Debug, Error)]
#[error("conversations cannot be read: {0}")]
pub struct LedgerError(pub String);

/// The door to what the responder remembers. Calls may block.
pub trait Ledger: Send + Sync {
    /// Messages of a customer's conversation, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn conversation(&self, slug: &str, jid: &str) -> Result<Vec<Line>, LedgerError>;
    /// Open requests of a tenant, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn requests(&self, slug: &str) -> Result<Vec<Request>, LedgerError>;
}
