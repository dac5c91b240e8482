//! The calls of the Bot API that a desk needs.
//!
//! Every call has a deadline and an error that says what to do next ([`CallError`]). Errors and
//! `Debug` hold neither the token nor an address, because Telegram's addresses hold the token.

mod answers;
mod calls;
mod error;
mod files;
mod transport;

use std::fmt;
use std::sync::Once;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

pub use answers::{Account, Chat, FilePlace, Hook, Sent, Topic};
pub use calls::IsAlert;
pub use error::CallError;
pub use files::{Content, Download, Upload};

/// Where Telegram is.
pub const API_URL: &str = "https://api.telegram.org";

/// A connection must stand after this.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection that did nothing for this long is not used again.
const IDLE: Duration = Duration::from_secs(15);

/// How to reach Telegram.
#[derive(Clone)]
pub struct Settings {
    /// `https://api.telegram.org`, a server of one's own, or a stand-in.
    pub api_url: String,
    /// The bot's token, `<id>:<secret>`.
    pub token: SecretString,
    /// One call may take this long; files get three times as much, and `getUpdates` its own timeout more.
    pub deadline: Duration,
}

/// The client cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The address is none.
    #[error("the address of the Bot API is not an http address")]
    Url,
    /// The token is not of the form `<id>:<secret>`.
    #[error("the token of the bot is not of the form <number>:<secret>")]
    Token,
    /// TLS cannot be set up.
    #[error("no HTTP client can be made")]
    Http,
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The chat; a person's numeric id for a private one.
    pub chat_id: i64,
    /// The topic; `None` in private chats and in groups without topics.
    pub thread_id: Option<i32>,
    /// The message to reply to; it is sent without a reply when that one is gone.
    pub reply_to: Option<i32>,
}

impl Target {
    /// A topic of a group.
    #[must_use]
    pub fn topic(chat_id: i64, thread_id: i32) -> Self {
        Self { chat_id, thread_id: Some(thread_id), reply_to: None }
    }

    /// A chat that has no topics.
    #[must_use]
    pub fn chat(chat_id: i64) -> Self {
        Self { chat_id, thread_id: None, reply_to: None }
    }

    /// The same, as a reply.
    #[must_use]
    pub fn replying_to(self, message_id: i32) -> Self {
        Self { reply_to: Some(message_id), ..self }
    }
}

/// One bot of Telegram; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: SecretString,
    bot_id: i64,
    deadline: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("bot_id", &self.bot_id).finish_non_exhaustive()
    }
}

/// The numeric id of the bot a token belongs to; `None` when it is no token.
#[must_use]
pub fn bot_id(token: &SecretString) -> Option<i64> {
    let (id, secret) = token.expose_secret().split_once(':')?;
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    let is_secret = !secret.is_empty() && secret.bytes().all(plain);
    id.parse().ok().filter(|it| *it > 0 && is_secret && id.bytes().all(|it| it.is_ascii_digit()))
}

impl Client {
    /// A client of one bot. Nothing is called yet.
    ///
    /// # Errors
    /// [`SettingsError`] for what cannot be an address or a token.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let base = Url::parse(settings.api_url.trim_end_matches('/')).map_err(|_| SettingsError::Url)?;
        if !matches!(base.scheme(), "http" | "https") || base.cannot_be_a_base() {
            return Err(SettingsError::Url);
        }
        let bot_id = bot_id(&settings.token).ok_or(SettingsError::Token)?;
        let http = http(&base).map_err(|_| SettingsError::Http)?;
        Ok(Self { http, base, token: settings.token, bot_id, deadline: settings.deadline })
    }

    /// The numeric id of the bot, which is the first half of its token.
    #[must_use]
    pub fn bot_id(&self) -> i64 {
        self.bot_id
    }

    /// `<base>/<prefix>bot<token>/<rest>`; never to be shown.
    fn url(&self, prefix: Option<&str>, rest: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(prefix);
            path.push(&format!("bot{}", self.token.expose_secret()));
            path.extend(rest.split('/'));
        }
        url
    }
}

/// No redirects, because addresses hold the token; no proxy to this machine, whatever the environment
/// names.
fn http(base: &Url) -> Result<reqwest::Client, reqwest::Error> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when the process has chosen one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        // Telegram closes idle connections: one found dead leaves the outcome of a call unknown.
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")));
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
    if is_here { builder.no_proxy().build() } else { builder.build() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api_url: &str, token: &str) -> Settings {
        Settings { api_url: api_url.to_owned(), token: token.into(), deadline: Duration::from_secs(1) }
    }

    #[test]
    fn addresses_and_tokens_are_checked() {
        let made = Client::new(settings("http://127.0.0.1:1/x/", "42:AA_b-c")).unwrap();
        assert_eq!(made.bot_id(), 42);
        assert_eq!(made.url(None, "getMe").as_str(), "http://127.0.0.1:1/x/bot42:AA_b-c/getMe");
        let file = made.url(Some("file"), "photos/file 1.jpg");
        assert_eq!(file.as_str(), "http://127.0.0.1:1/x/file/bot42:AA_b-c/photos/file%201.jpg");
        for token in ["", ":", "42", "42:", "x:AA", "-42:AA", "42:A/A", "42:A A", "+42:AA"] {
            assert_eq!(Client::new(settings(API_URL, token)).unwrap_err(), SettingsError::Token, "{token}");
        }
        for url in ["", "api.telegram.org", "ftp://x", "mailto:x"] {
            assert_eq!(Client::new(settings(url, "42:AA")).unwrap_err(), SettingsError::Url, "{url}");
        }
    }

    #[test]
    fn a_client_prints_no_token() {
        let made = Client::new(settings(API_URL, "42:SECRET")).unwrap();
        assert_eq!(format!("{made:?}"), "Client { bot_id: 42, .. }");
    }
}
