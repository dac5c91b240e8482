//! Which addresses are downloaded from. A customer chooses the address, so nothing that a name, a
//! spelling or a resolver makes of it may lead into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use super::fetch::FetchError;

/// The name that stands for this machine.
const THIS_MACHINE: &str = "localhost";

/// An address whose host the tenant allows. It does not print: it may be signed.
pub(super) struct Allowed {
    pub(super) url: Url,
    pub(super) host: Host,
    pub(super) port: u16,
}

/// Whom an allowed address names.
pub(super) enum Host {
    /// A name, to be resolved.
    Named(String),
    /// An IP address that the tenant's list names itself.
    Literal(IpAddr),
}

impl Host {
    /// Whether this address of it may be connected to.
    pub(super) fn may_be_at(&self, address: IpAddr) -> bool {
        match self {
            Self::Literal(_) => !is_never_reached(address),
            Self::Named(name) if name == THIS_MACHINE => plain(address).is_loopback(),
            Self::Named(_) => is_public(address),
        }
    }
}

/// Reads an address; its host must stand in `hosts`, spelled as browsers spell it.
pub(super) fn allowed(text: &str, hosts: &[String]) -> Result<Allowed, FetchError> {
    // Parsers drop the one and read the other as a slash: what they agree on is asked for.
    if text.contains(|it: char| it.is_control() || it == '\\') {
        return Err(FetchError::Address);
    }
    let url = Url::parse(text).map_err(|_| FetchError::Address)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Address);
    }
    let written = authority(text, url.scheme()).ok_or(FetchError::Address)?;
    let host = url.host_str().ok_or(FetchError::Address)?;
    let (spelled, _) = split_port(written);
    // Nothing before the host, not even an empty name, and no other spelling of a number or a name.
    if !spelled.eq_ignore_ascii_case(host) {
        return Err(FetchError::Address);
    }
    let port = url.port_or_known_default().ok_or(FetchError::Address)?;
    let listed = hosts.iter().any(|entry| {
        let (name, entry_port) = split_port(entry.trim());
        let port_fits = match entry_port {
            Some(it) => it.parse() == Ok(port),
            None => url.port().is_none(),
        };
        port_fits && is_named(name, host)
    });
    if !listed {
        return Err(FetchError::Host);
    }
    let host = match host.trim_matches(['[', ']']).parse() {
        Ok(address) => Host::Literal(address),
        Err(_) => Host::Named(host.to_owned()),
    };
    if matches!(&host, Host::Literal(it) if !host.may_be_at(*it)) {
        return Err(FetchError::NotPublic);
    }
    Ok(Allowed { url, host, port })
}

/// `host:port` of `scheme://host:port/…`, as written.
fn authority<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (before, after) = text.split_once("://")?;
    let authority = after.split(['/', '?', '#']).next()?;
    (before.eq_ignore_ascii_case(scheme) && !authority.is_empty()).then_some(authority)
}

/// A host and the port written behind it; an IPv6 address stands in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && (!host.contains(':') || host.ends_with(']')) => {
            (host, Some(port))
        }
        _ => (authority, None),
    }
}

/// Whether an entry of the list is this host. Names in other alphabets are compared as they are
/// asked for; everything else must be written as it is.
fn is_named(entry: &str, host: &str) -> bool {
    if entry.is_ascii() {
        return entry.eq_ignore_ascii_case(host);
    }
    Url::parse(&format!("http://{entry}")).is_ok_and(|it| it.host_str() == Some(host))
}

/// The IPv4 address that an IPv6 one stands for, or the address itself.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let [a, b, c, d, e, f, high, low] = v6.segments();
    let embedded = match [a, b, c, d, e, f] {
        // ::a.b.c.d, ::ffff:a.b.c.d, ::ffff:0:a.b.c.d and 64:ff9b::a.b.c.d
        [0, 0, 0, 0, 0, 0 | 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => true,
        _ => false,
    };
    if !embedded || v6 == Ipv6Addr::LOCALHOST || v6 == Ipv6Addr::UNSPECIFIED {
        return address;
    }
    let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// Addresses that no list opens: nobody's, everybody's, and where clouds keep their secrets.
fn is_never_reached(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(it) => {
            let octets = it.octets();
            octets[0] == 0
                || it.is_link_local()
                || it.is_multicast()
                || it.is_broadcast()
                || octets == [100, 100, 100, 200]
                || octets == [192, 0, 0, 192]
        }
        IpAddr::V6(it) => {
            it.is_unspecified()
                || it.is_unicast_link_local()
                || it.is_multicast()
                || it.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
}

/// Whether an address is reached over the public internet: what IANA calls globally reachable.
fn is_public(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(it) => {
            let [a, b, c, _] = it.octets();
            !matches!(
                (a, b, c),
                (0 | 10 | 127 | 224.., _, _)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 88, 99)
                    | (192, 168, _)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
            )
        }
        IpAddr::V6(it) => {
            let [a, b, ..] = it.segments();
            let special = match a {
                // Protocol assignments with Teredo, and documentation.
                0x2001 => b < 0x0200 || b == 0x0db8,
                // 6to4 carries any IPv4 address inside, documentation.
                0x2002 => true,
                0x3fff => b < 0x1000,
                _ => false,
            };
            (0x2000..0x4000).contains(&a) && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses<const N: usize>(texts: [&str; N]) -> [IpAddr; N] {
        texts.map(|it| it.parse().unwrap_or_else(|_| panic!("{it}")))
    }

    #[test]
    fn public_addresses_are_told_from_others() {
        for it in addresses([
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "169.253.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ]) {
            assert!(is_public(it), "{it}");
        }
        for it in addresses([
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ]) {
            assert!(!is_public(it), "{it}");
        }
    }

    #[test]
    fn some_addresses_no_list_opens() {
        for it in addresses([
            "0.0.0.0",
            "169.254.169.254",
            "169.254.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "192.0.0.192",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
        ]) {
            assert!(is_never_reached(it), "{it}");
        }
        for it in addresses(["127.0.0.1", "10.0.0.1", "::1", "8.8.8.8", "::ffff:127.0.0.1"]) {
            assert!(!is_never_reached(it), "{it}");
        }
    }

    #[test]
    fn a_list_says_hosts_and_ports() {
        let listed = |url: &str, entry: &str| allowed(url, &[entry.to_owned()]).is_ok();
        for (url, entry) in [
            ("https://files.example/a?b=c#d", "files.example"),
            ("HTTPS://FILES.example/a", "Files.Example"),
            ("https://files.example:443/a", "files.example"),
            ("http://files.example:80/a", " files.example "),
            ("http://files.example:8080/a", "files.example:8080"),
            ("https://files.example/a", "files.example:443"),
            ("http://127.0.0.1:9000/a", "127.0.0.1:9000"),
            ("http://[::1]:9000/a", "[::1]:9000"),
            ("http://[2606:4700::1111]/a", "[2606:4700::1111]"),
            ("http://localhost:1/a", "localhost:1"),
            ("https://xn--80akhbyknj4f.example/a", "испытание.example"),
            ("https://files.example/картинка 1.jpg", "files.example"),
        ] {
            assert!(listed(url, entry), "{url} {entry}");
        }
        for (url, entry) in [
            ("https://files.example:8443/a", "files.example"),
            ("https://files.example:80/a", "files.example"),
            ("https://files.example/a", "files.example:8443"),
            ("https://sub.files.example/a", "files.example"),
            ("https://files.example/a", "*.example"),
            ("https://files.example/a", "example"),
            ("https://files.example/a", ""),
            ("http://127.0.0.1/a", "2130706433"),
            ("http://2130706433/a", "127.0.0.1"),
            ("http://[::1]/a", "::1:80"),
            ("http://169.254.169.254/a", "169.254.169.254"),
            ("http://[::ffff:a9fe:a9fe]/a", "[::ffff:a9fe:a9fe]"),
        ] {
            assert!(!listed(url, entry), "{url} {entry}");
        }
    }
}
