//! The receipt of an erasure: what went, by tenant and table, signed (Ed25519) with a key that never
//! leaves the data folder. It names no customer: the subject is a keyed hash that only the holder of
//! the key can make again.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use runtime::Erased;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The key's file, in the folder of receipts.
const KEY: &str = "signing-key.pk8";

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A customer.
    Forget,
    /// A tenant.
    Offboard,
}

/// Rows that went, and rows in which something was still found, by table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Rows erased.
    pub erased: Erased,
    /// Rows in which the canary search still found something; empty when the erasure is complete.
    pub remaining: Erased,
    /// Rows that stay for a time and lead to nobody: ids of the gateway, by which a message that is
    /// delivered again is recognised.
    #[serde(default, skip_serializing_if = "Erased::is_empty")]
    pub kept: Erased,
}

/// How what is kept is counted among what went.
const KEPT: &str = "kept.";

/// What an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What was erased.
    pub kind: Kind,
    /// Whom it was about: the tenant's slug, or a customer's keyed hash.
    pub subject: String,
    /// By tenant.
    pub tenants: BTreeMap<String, Part>,
    /// Whether nothing is left.
    pub complete: bool,
    #[serde(skip)]
    tallies: Vec<String>,
}

impl Receipt {
    pub(super) fn new(kind: Kind, subject: String) -> Self {
        Self { kind, subject, tenants: BTreeMap::new(), complete: true, tallies: Vec::new() }
    }

    pub(super) fn add(&mut self, slug: String, erased: Erased, remaining: Erased, tally: String) {
        self.complete &= remaining.is_empty();
        let (mut gone, mut kept) = (Erased::new(), Erased::new());
        for (item, rows) in erased {
            match item.strip_prefix(KEPT) {
                Some(item) => kept.insert(item.to_owned(), rows),
                None => gone.insert(item, rows),
            };
        }
        self.tenants.insert(slug, Part { erased: gone, remaining, kept });
        self.tallies.push(tally);
    }

    pub(super) fn tallies(&self) -> impl Iterator<Item = &str> {
        self.tallies.iter().map(String::as_str)
    }

    /// Rows and files that went, in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tenants.values().flat_map(|it| it.erased.values()).sum()
    }
}

/// A receipt as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// What it says.
    pub receipt: Receipt,
    /// When it was made, RFC 3339 in UTC.
    pub at: String,
    /// The public key, hexadecimal.
    pub key: String,
    /// Ed25519 over the JSON of `{"receipt": …, "at": …}` without spaces, hexadecimal.
    pub signature: String,
}

/// Why a receipt cannot be signed or is not to be believed.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// The key's file cannot be read or made.
    #[error("signing key: {0}")]
    Key(String),
    /// The signature does not belong to what is said, or to this key.
    #[error("the signature does not fit: the receipt was changed, or another key signed it")]
    Forged,
}

/// The key that signs.
pub struct Signer {
    pair: Ed25519KeyPair,
    secret: [u8; 32],
}

impl Signer {
    /// The key in `folder`; made where there is none, readable by its owner only.
    ///
    /// # Errors
    /// [`ReceiptError::Key`].
    pub fn open(folder: &Path) -> Result<Self, ReceiptError> {
        let path = folder.join(KEY);
        let failed = |it: io::Error| ReceiptError::Key(it.to_string());
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
                    .map_err(|_| ReceiptError::Key("the system gives no random numbers".to_owned()))?;
                std::fs::create_dir_all(folder).and_then(|()| keep(&path, made.as_ref())).map_err(failed)?;
                made.as_ref().to_vec()
            }
            other => other.map_err(failed)?,
        };
        let pair = Ed25519KeyPair::from_pkcs8(&bytes)
            .map_err(|_| ReceiptError::Key(format!("{} holds none", path.display())))?;
        Ok(Self { pair, secret: blake3::derive_key("tenantry 2026 subjects of receipts", &bytes) })
    }

    /// What stands for a customer in a receipt.
    #[must_use]
    pub fn blind(&self, who: &str) -> String {
        let digits: String = who.chars().filter(char::is_ascii_digit).collect();
        let name = if digits.is_empty() { who } else { &digits };
        blake3::keyed_hash(&self.secret, name.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, receipt: Receipt, at: &str) -> Signed {
        let signature = hex(self.pair.sign(&said(&receipt, at)).as_ref());
        let key = hex(self.pair.public_key().as_ref());
        Signed { receipt, at: at.to_owned(), key, signature }
    }

    /// The public key, hexadecimal.
    #[must_use]
    pub fn public(&self) -> String {
        hex(self.pair.public_key().as_ref())
    }
}

/// Checks a receipt against a public key.
///
/// # Errors
/// [`ReceiptError::Forged`].
pub fn verify(signed: &Signed, public: &str) -> Result<(), ReceiptError> {
    let (key, signature) = (bytes(public), bytes(&signed.signature));
    let (Some(key), Some(signature)) = (key, signature) else { return Err(ReceiptError::Forged) };
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(&said(&signed.receipt, &signed.at), &signature).map_err(|_| ReceiptError::Forged)
}

/// The bytes that are signed.
fn said(receipt: &Receipt, at: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Said<'a> {
        receipt: &'a Receipt,
        at: &'a str,
    }
    serde_json::to_vec(&Said { receipt, at }).expect("string keys and whole numbers always serialise")
}

fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(folder: &Path) -> (Signer, Signed) {
        let signer = Signer::open(folder).unwrap();
        let mut receipt = Receipt::new(Kind::Forget, signer.blind("+7 701 000-00-01"));
        receipt.add(
            "wheel".to_owned(),
            Erased::from([("users".to_owned(), 1), ("kept.seen".to_owned(), 2)]),
            Erased::new(),
            String::new(),
        );
        let signed = signer.sign(receipt, "2026-01-15T12:00:00Z");
        (signer, signed)
    }

    #[test]
    fn a_receipt_is_believed_as_it_was_signed_and_not_otherwise() {
        let dir = tempfile::tempdir().unwrap();
        let (signer, signed) = signed(dir.path());
        let read: Signed = serde_json::from_str(&serde_json::to_string(&signed).unwrap()).unwrap();
        verify(&read, &Signer::open(dir.path()).unwrap().public()).unwrap();
        let mut changed = read.clone();
        changed.receipt.complete = false;
        assert!(matches!(verify(&changed, &signer.public()), Err(ReceiptError::Forged)));
        let other = tempfile::tempdir().unwrap();
        let stranger = Signer::open(other.path()).unwrap().public();
        assert!(matches!(verify(&read, &stranger), Err(ReceiptError::Forged)));
        assert!(verify(&read, "no key").is_err());
    }

    #[test]
    fn a_customer_is_told_by_a_hash_that_is_the_same_for_every_way_to_write_the_number() {
        let dir = tempfile::tempdir().unwrap();
        let (signer, signed) = signed(dir.path());
        assert_eq!(signer.blind("77010000001@s.whatsapp.net"), signed.receipt.subject);
        assert!(!serde_json::to_string(&signed).unwrap().contains("7010000001"));
        let other = tempfile::tempdir().unwrap();
        assert_ne!(Signer::open(other.path()).unwrap().blind("77010000001"), signed.receipt.subject);
    }
}
