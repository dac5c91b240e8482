//! Downloading what a customer's message points at: from allowed hosts, at addresses looked up once
//! and held to, without redirects or proxies, within a size and a time.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::TRANSFER_ENCODING;
use reqwest::{Response, StatusCode};
use thiserror::Error;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::address::{self, Allowed, Host};
use crate::adapters;
use crate::ports::Resolver;

#[cfg(test)]
mod tests;

/// A download takes no longer, from the look-up to the last byte.
const LONGEST: Duration = Duration::from_secs(10);

/// Why nothing was downloaded; never holds the address, which may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FetchError {
    /// It is no http(s) address, or one spelled to deceive.
    #[error("the address is not acceptable")]
    Address,
    /// The tenant does not allow its host.
    #[error("the host is not on the list")]
    Host,
    /// Its host leads somewhere that is not public.
    #[error("the host leads to an address that is not public")]
    NotPublic,
    /// Its host has no address.
    #[error("the host cannot be resolved")]
    Unresolved,
    /// It took too long.
    #[error("the download timed out")]
    Timeout,
    /// The connection failed.
    #[error("the connection failed")]
    Connection,
    /// The host answered something else than 200.
    #[error("the host answered HTTP {0}")]
    Status(u16),
    /// It is larger than allowed.
    #[error("the file is too large")]
    TooLarge,
    /// The body ended early.
    #[error("the file was cut off")]
    CutOff,
}

impl FetchError {
    /// A word for metrics.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Host => "host",
            Self::NotPublic => "not_public",
            Self::Unresolved => "unresolved",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::CutOff => "cut_off",
        }
    }
}

/// What is to be downloaded.
pub(super) struct Wanted<'a> {
    /// Where it is.
    pub(super) url: &'a str,
    /// Hosts it may be at.
    pub(super) hosts: &'a [String],
    /// Bytes it may have.
    pub(super) most: u64,
    /// Bytes it is announced with.
    pub(super) announced: Option<u64>,
}

/// Downloads within `deadline`, at most ten seconds.
pub(super) async fn fetch(
    resolver: &dyn Resolver,
    wanted: &Wanted<'_>,
    deadline: Duration,
) -> Result<Vec<u8>, FetchError> {
    let allowed = address::allowed(wanted.url, wanted.hosts)?;
    let deadline = deadline.min(LONGEST);
    let call = async {
        let at = addresses(resolver, &allowed).await?;
        download(&allowed, &at, wanted, deadline).await
    };
    // Whatever the libraries below would log of the address stays unsaid.
    let call = call.with_subscriber(Dispatch::none());
    tokio::time::timeout(deadline, call).await.unwrap_or(Err(FetchError::Timeout))
}

/// Looks the host up, once. One address that is not public condemns all: a resolver that mixes them
/// is not to be trusted with the next answer.
async fn addresses(resolver: &dyn Resolver, allowed: &Allowed) -> Result<Vec<SocketAddr>, FetchError> {
    let found = match &allowed.host {
        Host::Literal(address) => vec![SocketAddr::new(*address, allowed.port)],
        Host::Named(name) => {
            let found = resolver.resolve(name, allowed.port).await.map_err(|_| FetchError::Unresolved)?;
            found.into_iter().map(|it| SocketAddr::new(it.ip(), allowed.port)).collect()
        }
    };
    if found.is_empty() {
        Err(FetchError::Unresolved)
    } else if found.iter().all(|it| allowed.host.may_be_at(it.ip())) {
        Ok(found)
    } else {
        Err(FetchError::NotPublic)
    }
}

async fn download(
    allowed: &Allowed,
    at: &[SocketAddr],
    wanted: &Wanted<'_>,
    deadline: Duration,
) -> Result<Vec<u8>, FetchError> {
    let name = allowed.url.host_str().unwrap_or_default();
    // Used for one request: the addresses belong to it.
    let client = adapters::client(allowed.url.as_str(), deadline)
        .no_proxy()
        .referer(false)
        .pool_max_idle_per_host(0)
        .resolve_to_addrs(name, at)
        .build()
        .map_err(|_| FetchError::Connection)?;
    let response =
        client.get(allowed.url.clone()).send().await.map_err(|it| failed(&it, FetchError::Connection))?;
    if !response.remote_addr().is_some_and(|it| at.contains(&it)) {
        return Err(FetchError::NotPublic);
    }
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    body(response, wanted).await
}

/// Reads a body to its end, never more than is allowed.
async fn body(mut response: Response, wanted: &Wanted<'_>) -> Result<Vec<u8>, FetchError> {
    let length = response.content_length();
    if length.is_some_and(|it| it > wanted.most) {
        return Err(FetchError::TooLarge);
    }
    // A body that ends with the connection looks whole wherever it is cut.
    let ends_itself = length.is_some() || response.headers().contains_key(TRANSFER_ENCODING);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|it| failed(&it, FetchError::CutOff))? {
        if (body.len() + chunk.len()) as u64 > wanted.most {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let whole = ends_itself || wanted.announced.is_none_or(|it| it <= body.len() as u64);
    if whole && !body.is_empty() { Ok(body) } else { Err(FetchError::CutOff) }
}

fn failed(error: &reqwest::Error, otherwise: FetchError) -> FetchError {
    if error.is_timeout() { FetchError::Timeout } else { otherwise }
}
