//! References resolved, secrets compared; values never leave this page readable.

use std::path::Path;
use std::sync::LazyLock;

use format::Reference;
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use crate::ports::SecretLookup;

/// A webhook secret shorter than this is refused.
pub(crate) const SHORTEST_WEBHOOK_SECRET: usize = 32;
/// A secret's file longer than this is not a secret.
const LONGEST_FILE: u64 = 64 * 1024;

/// Hashes are compared instead of secrets, so that length does not matter; the key is this
/// process's own, so that they are worth nothing elsewhere.
static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut key = [0; 32];
    key[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    key[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    key
});

type Hash = [u8; 32];

fn hash(secret: &[u8]) -> Hash {
    *blake3::keyed_hash(&KEY, secret).as_bytes()
}

/// Whether two hashes are the same, in the same time whatever they are; the only comparison of what
/// callers present.
fn same(given: &Hash, key: &Hash) -> Choice {
    #[cfg(test)]
    tests::COMPARED.with(|it| it.set(it.get() + 1));
    given.ct_eq(key)
}

/// The value behind a reference, trimmed; `None` when there is none. Files are read relative to
/// `data`.
pub(crate) fn resolve(reference: &Reference, lookup: &dyn SecretLookup, data: &Path) -> Option<SecretString> {
    let value = match reference {
        Reference::Literal(value) => SecretString::from(value.as_str()),
        Reference::Env(name) => lookup.env(name)?,
        Reference::File(path) => {
            let path = data.join(path);
            if std::fs::metadata(&path).ok()?.len() > LONGEST_FILE {
                return None;
            }
            SecretString::from(std::fs::read_to_string(path).ok()?)
        }
    };
    let trimmed = value.expose_secret().trim();
    (!trimmed.is_empty()).then(|| SecretString::from(trimmed))
}

/// The secrets a tenant's webhook accepts: the current and, while rotating, the next.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WebhookKeys {
    current: Hash,
    next: Hash,
}

impl WebhookKeys {
    /// Keys for these secrets. Without a next one its place is taken by a hash nobody has.
    pub(crate) fn new(current: &SecretString, next: Option<&SecretString>) -> Self {
        let next = next.map_or(Self::dummy().next, |it| hash(it.expose_secret().as_bytes()));
        Self { current: hash(current.expose_secret().as_bytes()), next }
    }

    /// Keys no secret opens.
    pub(crate) fn dummy() -> &'static Self {
        static DUMMY: LazyLock<WebhookKeys> = LazyLock::new(|| {
            let nobodys = || hash(uuid::Uuid::new_v4().as_bytes());
            WebhookKeys { current: nobodys(), next: nobodys() }
        });
        &DUMMY
    }

    /// Whether one of the presented readings is one of the keys; always makes every comparison.
    pub(crate) fn accept(&self, presented: &Presented) -> bool {
        let mut accepted = Choice::from(0);
        for given in [&presented.first, &presented.second] {
            accepted |= same(given, &self.current) | same(given, &self.next);
        }
        accepted.into()
    }
}

/// What a caller presented, hashed at once.
pub(crate) struct Presented {
    first: Hash,
    second: Hash,
}

impl Presented {
    /// A secret, or nothing, which opens no tenant: secrets are never empty.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let first = hash(secret);
        Self { first, second: first }
    }

    /// A secret from a query, where `+` may stand for itself or for a space.
    pub(crate) fn either(plus_as_space: &[u8], plus_as_plus: &[u8]) -> Self {
        Self { first: hash(plus_as_space), second: hash(plus_as_plus) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Comparisons made on this thread.
        pub(super) static COMPARED: Cell<u32> = const { Cell::new(0) };
    }

    const CURRENT: &str = "current-0123456789-0123456789-0123456789";
    const NEXT: &str = "next-0123456789-0123456789-0123456789";

    /// Whether it is accepted, and how many comparisons that took.
    fn accept(keys: &WebhookKeys, presented: &Presented) -> (bool, u32) {
        COMPARED.set(0);
        (keys.accept(presented), COMPARED.get())
    }

    #[test]
    fn every_answer_takes_the_same_comparisons() {
        let (current, next) = (SecretString::from(CURRENT), SecretString::from(NEXT));
        let (alone, rotating) = (WebhookKeys::new(&current, None), WebhookKeys::new(&current, Some(&next)));
        let all = [&alone, &rotating, WebhookKeys::dummy()];
        let wrong: Vec<String> = (0..CURRENT.len())
            .map(|at| CURRENT.char_indices().map(|(n, it)| if n == at { '#' } else { it }).collect())
            .chain([String::new(), CURRENT[1..].to_owned(), format!("{CURRENT}!"), CURRENT.repeat(1_000)])
            .collect();
        for secret in wrong.iter().map(String::as_bytes) {
            for keys in all {
                assert_eq!(accept(keys, &Presented::new(secret)), (false, 4));
                assert_eq!(accept(keys, &Presented::either(secret, b"")), (false, 4));
            }
        }
        let opens = |secret: &str| all.map(|it| accept(it, &Presented::new(secret.as_bytes())));
        assert_eq!(opens(CURRENT), [(true, 4), (true, 4), (false, 4)]);
        assert_eq!(opens(NEXT), [(false, 4), (true, 4), (false, 4)]);
        let second = Presented::either(b"another", CURRENT.as_bytes());
        assert_eq!(accept(&alone, &second), (true, 4));
    }
}
