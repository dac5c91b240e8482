//! Where the server is, and what may be said of it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long one address may take to accept a connection, unless the URL says otherwise.
const CONNECT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unacknowledged, unless the URL says otherwise.
const UNHEARD: Duration = Duration::from_secs(15);

/// The address of a PostgreSQL database. `Display` and `Debug` show host, port and database; never
/// user or password.
///
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…` with the parameters of libpq. `sslmode`
/// is `disable`, `prefer` (TLS where the server has it), `require` (TLS, whoever the server is) or
/// `verify-full` (TLS, and the certificate must be valid for the host). Left out it is `prefer`; where
/// the server is this machine, conversations are then kept without TLS if the server allows it: nobody
/// listens on the way, and encrypting costs both ends a tenth of their time.
/// `sslrootcert=FILE` names the certificates to trust instead of the system's, and means
/// `verify-full`.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) config: Config,
    pub(super) trust: Trust,
    /// Nobody asked for TLS, and there is no way to listen on.
    pub(super) is_private: bool,
    /// What the URL says of the time to connect.
    pub(super) connect_timeout: Option<Duration>,
}

/// Which servers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// All: the connection is encrypted, nothing more.
    Anyone,
    /// Those the system's certificate authorities vouch for.
    System,
    /// Those the authorities in this file vouch for.
    File(PathBuf),
}

/// Why an address cannot be used. Quotes nothing of it: a badly written one may hold its password
/// anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error(
        "not an address of PostgreSQL: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with signs such as @ / ? # in the password as %40 %2F %3F %23"
    )]
    Unreadable,
    /// No host.
    #[error("the address of PostgreSQL names no host")]
    NoHost,
    /// An `sslmode` of libpq that would promise more than is kept.
    #[error("sslmode is disable, prefer, require or verify-full")]
    SslMode,
    /// TLS over a unix socket.
    #[error("there is no TLS over a unix socket: leave sslmode out")]
    SocketTls,
}

impl PostgresUrl {
    /// The schemes that name PostgreSQL.
    pub const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

    /// Reads an address.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        if !scheme.is_some_and(|it| Self::SCHEMES.contains(&it)) {
            return Err(UrlError::Unreadable);
        }
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root) = (None, None);
        let mut trust = Trust::Anyone;
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|it| !it.is_empty()) {
            // A question mark in the password would hide the parameters, `sslmode` among them.
            if !is_parameter(parameter) {
                return Err(UrlError::Unreadable);
            }
            match parameter.split_once('=') {
                Some(("sslmode", "disable")) => mode = Some(SslMode::Disable),
                Some(("sslmode", "prefer")) => mode = Some(SslMode::Prefer),
                Some(("sslmode", "require")) => mode = Some(SslMode::Require),
                Some(("sslmode", "verify-full")) => (mode, trust) = (Some(SslMode::Require), Trust::System),
                Some(("sslmode", _)) => return Err(UrlError::SslMode),
                Some(("sslrootcert", file)) => root = Some(PathBuf::from(unescaped(file))),
                _ => others.push(parameter),
            }
        }
        if let Some(file) = root {
            (mode, trust) = (Some(SslMode::Require), Trust::File(file));
        }
        let plain = match others.is_empty() {
            true => address.to_owned(),
            false => format!("{address}?{}", others.join("&")),
        };
        let mut config: Config = plain.parse().map_err(|_| UrlError::Unreadable)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(UrlError::NoHost);
        }
        let is_socket = config.get_hosts().iter().any(|it| !matches!(it, Host::Tcp(_)));
        if is_socket && mode == Some(SslMode::Require) {
            return Err(UrlError::SocketTls);
        }
        let is_private = mode.is_none() && is_this_machine(&config);
        config.ssl_mode(mode.unwrap_or(SslMode::Prefer));
        let connect_timeout = config.get_connect_timeout().copied();
        config.connect_timeout(connect_timeout.unwrap_or(CONNECT));
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNHEARD);
        }
        if config.get_application_name().is_none() {
            config.application_name("tenantry");
        }
        Ok(Self { config, trust, is_private, connect_timeout })
    }
}

/// Whether every host of it is a loopback address.
fn is_this_machine(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    // An address goes before the name it stands beside.
    match config.get_hostaddrs() {
        [] => config.get_hosts().iter().all(is_here),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

/// `name=value`, and not the end of a password with a question mark in it.
fn is_parameter(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') && !value.contains(['@', '?'])
    })
}

/// `%2F` and the like, read.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.as_bytes());
        match after.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL at ")?;
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let addresses = self.config.get_hostaddrs().iter().map(ToString::to_string);
        let hosts: Vec<String> = match self.config.get_hosts().is_empty() {
            true => addresses.collect(),
            false => hosts.collect(),
        };
        for (nth, host) in hosts.iter().enumerate() {
            let port = ports.get(nth).or(ports.first()).copied().unwrap_or(5432);
            write!(f, "{}{host}:{port}", if nth > 0 { "," } else { "" })?;
        }
        match self.config.get_dbname() {
            Some(name) => write!(f, "/{name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> (SslMode, Trust) {
        let url = PostgresUrl::parse(url).unwrap();
        (url.config.get_ssl_mode(), url.trust)
    }

    #[test]
    fn nothing_shows_the_password() {
        let url =
            PostgresUrl::parse("postgres://keeper:hu%40sh@db.example:6432/shop?connect_timeout=3").unwrap();
        assert_eq!(url.to_string(), "PostgreSQL at db.example:6432/shop");
        assert_eq!(format!("{url:?}"), "PostgresUrl(PostgreSQL at db.example:6432/shop)");
        assert_eq!(url.config.get_password(), Some(&b"hu@sh"[..]));
        assert_eq!(url.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        let badly_written = [
            "postgres://keeper:hu?sh@db/shop?sslmode=require",
            "postgres://keeper:hu?a=sh@db/shop?sslmode=require",
            "postgres://keeper:hush@db:port/shop",
            "postgres://keeper:hush@db/shop?no_such=1",
            "mysql://keeper:hush@db/shop",
            "keeper:hush@db",
        ];
        for url in badly_written {
            let error = PostgresUrl::parse(url).unwrap_err();
            assert_eq!(error, UrlError::Unreadable, "{url}");
            assert!(!error.to_string().contains("sh@") && !error.to_string().contains("hush"), "{error}");
        }
    }

    #[test]
    fn every_host_is_shown() {
        let shown = |url| PostgresUrl::parse(url).unwrap().to_string();
        assert_eq!(shown("postgresql://one,two:7777/shop"), "PostgreSQL at one:5432,two:7777/shop");
        assert_eq!(shown("postgres:///shop?host=/run/pg"), "PostgreSQL at /run/pg:5432/shop");
        assert_eq!(PostgresUrl::parse("postgres:///shop").unwrap_err(), UrlError::NoHost);
    }

    #[test]
    fn modes_of_tls_are_told_apart() {
        assert_eq!(mode("postgres://db/shop"), (SslMode::Prefer, Trust::Anyone));
        assert_eq!(mode("postgres://db/shop?sslmode=disable"), (SslMode::Disable, Trust::Anyone));
        assert_eq!(mode("postgres://db/shop?sslmode=require"), (SslMode::Require, Trust::Anyone));
        assert_eq!(mode("postgres://db/shop?sslmode=verify-full"), (SslMode::Require, Trust::System));
        assert_eq!(
            mode("postgres://db/shop?sslrootcert=%2Fetc%2Fca.pem&sslmode=require"),
            (SslMode::Require, Trust::File(PathBuf::from("/etc/ca.pem")))
        );
        let weak = PostgresUrl::parse("postgres://db/shop?sslmode=verify-ca");
        assert_eq!(weak.unwrap_err(), UrlError::SslMode);
        let socket = PostgresUrl::parse("postgres:///shop?host=/run/pg&sslmode=require");
        assert_eq!(socket.unwrap_err(), UrlError::SocketTls);
    }

    #[test]
    fn only_this_machine_is_private_and_only_unless_tls_is_asked_for() {
        let is_private = |rest: &str| PostgresUrl::parse(&format!("postgres://{rest}")).unwrap().is_private;
        for here in ["localhost/shop", "127.0.0.1/shop", "127.1.2.3:7777/shop", "localhost,127.0.0.1/shop"] {
            assert!(is_private(here), "{here}");
        }
        let far = [
            "localhost,db/shop",
            "10.0.0.1/shop",
            "localhost.example/shop",
            "localhost/shop?hostaddr=10.0.0.1",
            "localhost/shop?sslmode=prefer",
            "localhost/shop?sslmode=require",
        ];
        for far in far {
            assert!(!is_private(far), "{far}");
        }
    }
}
