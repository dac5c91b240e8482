use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("media-host-private", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    for (at, entry) in client.typed.settings.media.allowed_hosts.iter().flatten().enumerate() {
        let (message, help) = match reach(host(entry.trim())) {
            Reach::Elsewhere => continue,
            Reach::Inside => (
                say!(
                    "`{entry}` leads into your own network: customers could have files fetched from there",
                    "адрес `{entry}` ведёт во внутреннюю сеть: любой клиент сможет запросить файл оттуда",
                ),
                say!(
                    "name the host where the gateway keeps files, such as `app.chatflow.kz`; this one is for trials on one machine",
                    "укажите хост, на котором шлюз хранит файлы, например `app.chatflow.kz`; такой адрес годится только для проб на одной машине",
                ),
            ),
            Reach::Never => (
                say!(
                    "nothing is ever downloaded from `{entry}`: such addresses are nobody's, or a cloud keeps its keys there",
                    "с адреса `{entry}` ничего не скачивается: такие адреса ничьи, или облако хранит там свои ключи",
                ),
                say!(
                    "remove it, or name the host where the gateway keeps files",
                    "уберите его или укажите хост, на котором шлюз хранит файлы",
                ),
            ),
        };
        let place = client.place(&format!("/settings/media/allowed_hosts/{at}"));
        findings.push(Diagnostic::warning(RULE.code, place, message).with_help(help));
    }
}

/// Where an entry leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// A name, or an address on the public internet.
    Elsewhere,
    /// This machine, or a network behind it.
    Inside,
    /// An address that the responder never connects to, whatever the list says.
    Never,
}

/// The host of `host`, `host:port`, `[address]` or `[address]:port`.
fn host(entry: &str) -> &str {
    if let Some((address, _)) = entry.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return address;
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => entry,
    }
}

fn reach(host: &str) -> Reach {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Reach::Inside;
    }
    match name.parse() {
        Ok(IpAddr::V4(it)) => of_v4(it),
        Ok(IpAddr::V6(it)) => it.to_ipv4_mapped().map_or_else(|| of_v6(it), of_v4),
        Err(_) => Reach::Elsewhere,
    }
}

fn of_v4(address: Ipv4Addr) -> Reach {
    let [a, b, ..] = address.octets();
    // Between carriers and their customers; one cloud keeps its keys in the midst of it.
    let shared = a == 100 && (64..128).contains(&b);
    if a == 0 || address.is_link_local() {
        Reach::Never
    } else if address.is_private() || address.is_loopback() || shared {
        Reach::Inside
    } else {
        Reach::Elsewhere
    }
}

fn of_v6(address: Ipv6Addr) -> Reach {
    if address.is_unspecified() || address.is_unicast_link_local() {
        Reach::Never
    } else if address.is_loopback() || address.is_unique_local() {
        Reach::Inside
    } else {
        Reach::Elsewhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{Kiosk, told};

    #[test]
    fn addresses_of_our_own_network_are_found() {
        for (entry, wanted) in [
            ("localhost", Reach::Inside),
            ("LOCALHOST:8443", Reach::Inside),
            ("files.localhost", Reach::Inside),
            ("127.0.0.1", Reach::Inside),
            ("10.1.2.3:9000", Reach::Inside),
            ("172.16.0.1", Reach::Inside),
            ("192.168.1.10", Reach::Inside),
            ("100.64.0.1", Reach::Inside),
            ("[::1]:9000", Reach::Inside),
            ("fd12::1", Reach::Inside),
            ("[::ffff:10.0.0.1]", Reach::Inside),
            ("169.254.169.254", Reach::Never),
            ("0.0.0.0", Reach::Never),
            ("[fe80::1]", Reach::Never),
            ("::", Reach::Never),
            ("app.chatflow.kz", Reach::Elsewhere),
            ("files.example:8443", Reach::Elsewhere),
            ("localhost.example", Reach::Elsewhere),
            ("10.example", Reach::Elsewhere),
            ("172.32.0.1", Reach::Elsewhere),
            ("1.1.1.1", Reach::Elsewhere),
            ("[2606:4700::1111]:443", Reach::Elsewhere),
        ] {
            assert_eq!(reach(host(entry)), wanted, "{entry}");
        }
    }

    #[test]
    fn each_entry_is_pointed_at() {
        let client = "slug: kiosk\nname: Киоск\nsettings:\n  media:\n    allowed_hosts: [files.example, 10.0.0.8, '[fe80::1]']\n";
        assert_eq!(told(RULE, &Kiosk::new().file("client.yaml", client)), ["10.0.0.8", "'[fe80::1]'"]);
        assert_eq!(told(RULE, &Kiosk::new()), Vec::<String>::new());
    }
}
