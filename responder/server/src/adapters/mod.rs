//! The outside, spoken to in its own words.

pub(crate) mod chatflow;
pub(crate) mod host;
mod illness;
pub(crate) mod openai;
mod steady;
pub(crate) mod transcriber;

use std::sync::Once;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};

/// A connection must stand after this.
const CONNECT: Duration = Duration::from_secs(5);

/// A client for one outside service. It follows no redirects, because requests carry tokens, and
/// speaks to this machine directly whatever proxy the environment names.
pub(crate) fn client(base: &str, deadline: Duration) -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when the process has chosen one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(deadline)
        .redirect(Policy::none())
        .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")));
    if is_loopback(base) { builder.no_proxy() } else { builder }
}

fn is_loopback(base: &str) -> bool {
    let Ok(url) = Url::parse(base) else { return false };
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn this_machine_is_told_from_others() {
        for base in ["http://127.0.0.1:8080/api", "http://localhost:1", "http://[::1]:9/v1"] {
            assert!(is_loopback(base), "{base}");
        }
        for base in ["https://app.chatflow.kz/api/v1", "http://10.0.0.1", "nonsense"] {
            assert!(!is_loopback(base), "{base}");
        }
    }
}
