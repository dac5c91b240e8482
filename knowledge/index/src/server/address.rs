//! Where a Qdrant server is.

use std::fmt;

use reqwest::Url;
use secrecy::SecretString;

use crate::IndexError;

/// Qdrant's port for gRPC.
const GRPC: u16 = 6334;
/// Qdrant's port for REST, which is the one that people copy.
const REST: u16 = 6333;

/// The address of a Qdrant server and the key it wants. Prints without the key.
#[derive(Debug, Clone)]
pub struct ServerAddress {
    url: Url,
    key: Option<SecretString>,
}

impl ServerAddress {
    /// Reads `http://host`, `https://host:6334` and the like. Without a port, and with that of REST
    /// (6333), Qdrant's port for gRPC (6334) is meant.
    ///
    /// # Errors
    /// [`IndexError::Address`] with what is wrong; the address itself is not repeated where it may
    /// hold a password.
    pub fn new(url: &str, key: Option<SecretString>) -> Result<Self, IndexError> {
        let refused = |why: &str| Err(IndexError::Address(why.to_owned()));
        let Ok(mut url) = Url::parse(url.trim()) else {
            return refused("the address is none; it looks like http://localhost:6334");
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return refused("the address must begin with http:// or https:// and name a host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the address must not hold a name or password; the key goes to QDRANT_API_KEY");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refused("the address must end after the port; gRPC has no path");
        }
        if url.port().is_none_or(|it| it == REST) && url.set_port(Some(GRPC)).is_err() {
            return refused("the address cannot have a port");
        }
        Ok(Self { url, key })
    }

    /// As gRPC wants it.
    pub(super) fn uri(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The key, if there is one.
    pub(super) fn key(&self) -> Option<&SecretString> {
        self.key.as_ref()
    }

    /// Whether a key would travel in the open over a network.
    #[must_use]
    pub fn shows_its_key(&self) -> bool {
        let local = match self.url.host_str() {
            Some("localhost" | "[::1]") => true,
            Some(host) => host.starts_with("127."),
            None => false,
        };
        self.key.is_some() && self.url.scheme() == "http" && !local
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

#[cfg(test)]
mod tests {
    use super::ServerAddress;

    #[test]
    fn addresses_are_read_as_meant() {
        for (given, meant) in [
            ("http://localhost", "http://localhost:6334"),
            ("http://localhost:6333/", "http://localhost:6334"),
            (" https://it.example:443 ", "https://it.example:6334"),
            ("https://it.example:7000", "https://it.example:7000"),
            ("http://[::1]:6334", "http://[::1]:6334"),
        ] {
            assert_eq!(ServerAddress::new(given, None).unwrap().to_string(), meant, "{given}");
        }
        for bad in [
            "",
            "localhost:6334",
            "ftp://a",
            "http://",
            "http://a:6334/b",
            "http://a?b",
            "http://me:secret@a",
        ] {
            let error = ServerAddress::new(bad, None).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_key_is_not_printed_and_its_way_is_known() {
        let at = |url: &str| ServerAddress::new(url, Some("hidden".into())).unwrap();
        assert!(!format!("{:?} {}", at("http://qdrant"), at("http://qdrant")).contains("hidden"));
        assert!(at("http://qdrant").shows_its_key());
        for safe in ["https://qdrant", "http://localhost", "http://127.0.0.1:6334", "http://[::1]"] {
            assert!(!at(safe).shows_its_key(), "{safe}");
        }
    }
}
