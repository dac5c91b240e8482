//! The query of a webhook's address, decoded by hand because a secret in it may hold a bare `+`.

use crate::secrets::Presented;

/// Names and values, percent-decoded, `+` as it stands.
#[derive(Default)]
pub(crate) struct Query {
    pairs: Vec<(String, Vec<u8>)>,
}

/// More pairs than this are not looked at.
const MOST_PAIRS: usize = 64;

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|it| !it.is_empty()).take(MOST_PAIRS).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (String::from_utf8_lossy(&decode(name)).into_owned(), decode(value))
        });
        Self { pairs: pairs.collect() }
    }

    /// The first non-empty value of the first of `names` that has one.
    fn first(&self, names: &[&str]) -> Option<&[u8]> {
        let value = |name: &&str| self.pairs.iter().find(|(it, value)| it == name && !value.is_empty());
        names.iter().find_map(value).map(|(_, value)| value.as_slice())
    }

    /// The number the operator put into the address.
    pub(crate) fn instance(&self) -> Option<String> {
        let value = self.first(&["instanceId", "instance_id", "instance"])?;
        let text = String::from_utf8_lossy(value).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// `webhook_secret`, in both readings of `+`; several that differ are none.
    pub(crate) fn secret(&self) -> Option<Presented> {
        let value = self.first(&["webhook_secret"])?;
        let mut all = self.pairs.iter().filter(|(name, value)| name == "webhook_secret" && !value.is_empty());
        if all.any(|(_, it)| it != value) {
            return Some(Presented::new(b""));
        }
        let spaced: Vec<u8> = value.iter().map(|it| if *it == b'+' { b' ' } else { *it }).collect();
        Some(Presented::either(spaced.trim_ascii(), value.trim_ascii()))
    }
}

/// Percent-decoding; what is not an escape stays as it is.
fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = escape
            .and_then(|it| std::str::from_utf8(it).ok())
            .filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let query = Query::parse("webhook_secret=a%2Bb&instanceId=%D0%B0-1&x&=&instance=z");
        assert_eq!(query.instance().as_deref(), Some("а-1"));
        assert_eq!(decode("100%"), b"100%");
        assert_eq!(decode("%zz%4"), b"%zz%4");
        assert_eq!(decode("%41%42"), b"AB");
        assert!(query.secret().is_some());
        assert!(Query::parse("webhook_secret=").secret().is_none());
    }
}
