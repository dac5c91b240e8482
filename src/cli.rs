//! The command line: verbs, flags and what `--help` says about them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

pub(crate) use outside::{Doctor, Outside};

pub(crate) mod learn;
mod outside;

/// Tenants as folders in git: check, test, plan and apply them, and answer WhatsApp from them.
///
/// Exit codes: 0 fine, 1 findings (errors in bundles, failed tests), 2 usage, 3 the outside failed.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags of `stats`.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The tenant
    pub(crate) slug: String,
    /// Requests of so many days back
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) days: u32,
}

/// Flags of `handovers`.
#[derive(Debug, Args)]
pub(crate) struct Handovers {
    /// The tenant; all of them when left out
    pub(crate) slug: Option<String>,
    /// Close this request as not needed: the bot has the talk again
    #[arg(long = "return", value_name = "ID", conflicts_with = "resolve")]
    pub(crate) give_back: Option<String>,
    /// Close this request as done: the bot has the talk again
    #[arg(long, value_name = "ID")]
    pub(crate) resolve: Option<String>,
}

/// Flags of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the runtime store and everything else that is kept
    #[arg(long, global = true, env = "TENANTRY_DATA", value_name = "DIR", default_value = "var")]
    pub(crate) data: PathBuf,
    /// Release store: postgres://USER:PASSWORD@HOST/DATABASE?sslmode=…; the SQLite files in the data folder when left out
    #[arg(long, global = true, env = "TENANTRY_STORE", value_name = "URL", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Qdrant server, http://HOST:6334 (gRPC); the embedded engine when left out
    #[arg(long, global = true, env = "QDRANT_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) qdrant: Option<String>,
    /// Key of the Qdrant server
    #[arg(long, global = true, env = "QDRANT_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) qdrant_api_key: Option<SecretString>,
    /// How data is printed; not every verb knows every format
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// Language of findings; that of the locale when left out
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A language of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a pull request.
    Markdown,
    /// Workflow annotations.
    Github,
    /// Static-analysis results.
    Sarif,
    /// Test results.
    Junit,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Validate bundles, offline
    Check(Check),
    /// Explain a diagnostic code
    Explain {
        /// The code, as `check` prints it in brackets [default: list all]
        code: Option<String>,
    },
    /// Run the conversation tests of bundles, offline
    Test(Test),
    /// Show what apply would do
    Plan(Plan),
    /// Publish bundles into the runtime store
    Apply(Apply),
    /// List the published releases of a tenant
    History(History),
    /// Make an earlier release live again
    Rollback {
        /// The tenant
        slug: String,
        /// The release or the beginning of its id; the one before the live one when left out
        #[arg(long, value_name = "RELEASE")]
        to: Option<String>,
    },
    /// Remove releases and vectors that nothing names any more
    Gc(Gc),
    /// Talk to a bundle in the terminal, offline
    Chat(Chat),
    /// Ask what retrieval finds in a bundle, offline
    Search(Search),
    /// Show why a message was answered as it was
    Why {
        /// Id of the message: the gateway's, or the store's
        id: String,
    },
    /// List requests that wait for a person, or that one works on; give a talk back to the bot
    ///
    /// A talk that somebody has, in Telegram or on the phone, is the bot's again once its request is
    /// returned or resolved. An ID may be cut short as long as it is unmistakable.
    Handovers(Handovers),
    /// Count the messages of each month
    Usage {
        /// The tenant; all of them when left out
        slug: Option<String>,
    },
    /// Tell how people answer: requests, times to take, to answer, to resolve
    Stats(Stats),
    /// Decide what the bot learns from people's answers, and take it into the bundle
    #[command(subcommand)]
    Learn(learn::Learn),
    /// Erase a customer everywhere; prints a signed receipt
    Forget(Forget),
    /// End a tenant and erase what is kept of it but its usage totals; prints a signed receipt
    Offboard(Offboard),
    /// Check whether the receipt of an erasure is genuine
    Receipt(Receipt),
    /// Serve what is published: webhook in, answers out
    ///
    /// With --store postgres://… releases and conversations are in that database, and any number of
    /// responders may serve from it at once. Without, run one responder for each data folder.
    Serve(Box<Serve>),
    /// Check the outside of what is published: secrets, gateway, Telegram, search, models
    ///
    /// Takes the settings of `serve`, asks and changes nothing: no message is sent, no model is paid.
    Doctor(Box<Doctor>),
    /// Compile, serve and try out bundles on a local page, offline
    Dev(Dev),
    /// Write the JSON Schemas of bundle files
    Schema {
        /// Folder to write to
        #[arg(default_value = "schema/json")]
        dir: PathBuf,
    },
}

/// Which tenants of a tree are looked at.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Only this tenant
    #[arg(long, value_name = "SLUG")]
    pub(crate) only: Option<String>,
    /// Only tenants that changed since this git revision, and those whose packs did
    #[arg(long, value_name = "REV", conflicts_with = "only")]
    pub(crate) since: Option<String>,
    /// Compile every tenant anew instead of remembering those that did not change
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Folder to remember unchanged tenants in; `tenantry` in the user's cache folder when left out
    #[arg(long, env = "TENANTRY_CACHE", value_name = "DIR", conflicts_with = "no_cache")]
    pub(crate) cache: Option<PathBuf>,
}

/// Flags of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A tree of tenants or one bundle
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
    /// The code, after `check explain`
    #[arg(hide = true)]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Apply the fixes that keep the author's meaning
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix, also those that may change it
    #[arg(long, requires = "fix")]
    pub(crate) unsafe_fixes: bool,
    /// Exit with 1 for warnings too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Flags of `test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// A tree of tenants or one bundle
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
    /// Only this tier; tests without one are `core`
    #[arg(long, value_name = "TIER")]
    pub(crate) tier: Option<String>,
    /// Only the test with this id
    #[arg(long, value_name = "ID")]
    pub(crate) case: Option<String>,
    /// Tests of this file instead of the bundle's own
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// List every fact that no test speaks, not only the first ones
    #[arg(long)]
    pub(crate) coverage: bool,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// A tree of tenants or one bundle
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Save the plan, for `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
}

/// Flags of `apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// A tree of tenants, one bundle, or a plan saved with `plan --out`
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Go forward again where a release was rolled back
    #[arg(long)]
    pub(crate) forward: bool,
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
}

/// Where texts are embedded; without a model search goes by words alone.
#[derive(Debug, Args)]
pub(crate) struct Embeddings {
    /// Base of an OpenAI-compatible embeddings API
    #[arg(long, env = "EMBEDDINGS_BASE_URL", value_name = "URL", default_value = server::OPENAI_BASE_URL)]
    pub(crate) embeddings_base_url: String,
    /// Model for embeddings; without one search goes by words alone
    #[arg(long, env = "EMBEDDINGS_MODEL", value_name = "MODEL")]
    pub(crate) embeddings_model: Option<String>,
    /// Key of the embeddings API, if it wants one
    #[arg(long, env = "EMBEDDINGS_API_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) embeddings_api_key: Option<SecretString>,
}

/// Flags of `forget`.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The customer: a phone number or a jid
    pub(crate) user: String,
    /// Only with this tenant
    #[arg(long, value_name = "SLUG")]
    pub(crate) only: Option<String>,
    /// Where `serve` archives conversations
    #[arg(long, env = "ARCHIVE_DIR", value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// Base of Telegram's Bot API: the customer's topics are deleted there
    #[arg(long, env = "TELEGRAM_API_URL", value_name = "URL", default_value = server::TELEGRAM_API_URL)]
    pub(crate) telegram_api_url: String,
}

/// Flags of `offboard`.
#[derive(Debug, Args)]
pub(crate) struct Offboard {
    /// The tenant
    pub(crate) slug: String,
    /// Do not ask on a terminal
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where `serve` archives conversations
    #[arg(long, env = "ARCHIVE_DIR", value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// Base of Telegram's Bot API: customers' topics are deleted there
    #[arg(long, env = "TELEGRAM_API_URL", value_name = "URL", default_value = server::TELEGRAM_API_URL)]
    pub(crate) telegram_api_url: String,
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
}

/// Flags of `receipt`.
#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// The receipt
    pub(crate) file: PathBuf,
    /// The public key to check against [default: that of the data folder]
    #[arg(long, value_name = "HEX")]
    pub(crate) key: Option<String>,
}

/// Flags of `gc`.
#[derive(Debug, Args)]
pub(crate) struct Gc {
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
}

/// Flags of `history`.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The tenant
    pub(crate) slug: String,
    /// Show what changed from release to release, and the commits of the file behind it
    pub(crate) topic: Option<Topic>,
    /// The tree whose git history is asked
    #[arg(long, value_name = "PATH", default_value = "tenants")]
    pub(crate) tree: PathBuf,
    /// How many releases, and how many versions of a file, at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) limit: u16,
}

/// A part of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    /// What customers are told.
    Facts,
    /// What the model is told.
    Prompt,
    /// Client, branches and people.
    Settings,
    /// Intents, policies, templates.
    Pack,
    /// Documents.
    Knowledge,
}

/// Flags of `chat`.
#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// A tenant of `tenants`, or a bundle's folder
    pub(crate) target: String,
    /// One JSON line (or bare text) in for each message, one JSON line out for each turn
    #[arg(long)]
    pub(crate) json: bool,
}

/// Flags of `search`.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// A tenant of `tenants`, or a bundle's folder
    pub(crate) target: String,
    /// The question; with --json questions are read from stdin
    pub(crate) question: Option<String>,
    /// Search the passages of this branch too
    #[arg(long, value_name = "SLUG")]
    pub(crate) branch: Option<String>,
    /// How many passages at most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// One JSON line in for each question, one JSON line out
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) embeddings: Embeddings,
}

/// Flags of `serve`: every variable of the environment it reads. Values are read by the verb, so that
/// it can name all that is wrong at once.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    #[command(flatten)]
    pub(crate) outside: Outside,
    /// Whether the gateway delivers a repeated msg_id only once
    #[arg(long, env = "CHATFLOW_IDEMPOTENT", value_name = "BOOL", default_value = "true")]
    pub(crate) chatflow_idempotent: String,
    /// How many messages one number may send in a minute; absent: as many as the gateway takes
    #[arg(long, env = "CHATFLOW_PER_MINUTE", value_name = "N")]
    pub(crate) chatflow_per_minute: Option<String>,
    /// Where conversations are written before they are erased by age; replicas share it
    #[arg(long, env = "ARCHIVE_DIR", value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    /// What is logged, as a tracing filter
    #[arg(long, env = "TENANTRY_LOG", value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,
}

/// Flags of `dev`.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// A tree of tenants or one bundle
    #[arg(default_value = "tenants")]
    pub(crate) path: PathBuf,
    /// Address of the page
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: std::net::SocketAddr,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
}
