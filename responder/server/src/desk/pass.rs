//! The right to fetch one file of a person's: the gateway has it for an hour, nobody can make one or
//! guess one, and nothing is stored of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::Bot;

/// How long a pass holds, seconds.
const LIFE_S: i64 = 3_600;
/// Bytes of what is signed: bot, row, end.
const BODY: usize = 32;
/// Bytes of a signature.
const SEAL: usize = 32;
/// Characters of both in an address.
const LENGTH: usize = ((BODY + SEAL) * 4).div_ceil(3);

/// What a pass says, before anybody has checked who made it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    /// The bot that can fetch the file.
    pub(super) bot_id: i64,
    /// The outbox row that the file goes with.
    pub(super) row: Uuid,
    /// When it ends, Unix seconds.
    until_s: i64,
    seal: [u8; SEAL],
}

impl Pass {
    /// A pass for the file of this row, as it stands in an address.
    pub(super) fn issue(bot: &Bot, row: Uuid, now_ms: i64) -> String {
        let body = body(bot.id, row, now_ms / 1000 + LIFE_S);
        let mut pass = body.to_vec();
        pass.extend_from_slice(&seal(bot, &body));
        URL_SAFE_NO_PAD.encode(pass)
    }

    /// Reads what stands in an address; nothing is believed yet.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let bytes: [u8; BODY + SEAL] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (bot_id, rest) = bytes.split_first_chunk::<8>()?;
        let (row, rest) = rest.split_first_chunk::<16>()?;
        let (until_s, rest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            bot_id: i64::from_be_bytes(*bot_id),
            row: Uuid::from_bytes(*row),
            until_s: i64::from_be_bytes(*until_s),
            seal: rest.try_into().ok()?,
        })
    }

    /// Whether this bot has made it and it still holds; in constant time.
    pub(super) fn holds(&self, bot: &Bot, now_ms: i64) -> bool {
        let expected = seal(bot, &body(self.bot_id, self.row, self.until_s));
        bool::from(expected.ct_eq(&self.seal)) && now_ms / 1000 < self.until_s
    }
}

fn body(bot_id: i64, row: Uuid, until_s: i64) -> [u8; BODY] {
    let mut body = [0; BODY];
    body[..8].copy_from_slice(&bot_id.to_be_bytes());
    body[8..24].copy_from_slice(row.as_bytes());
    body[24..].copy_from_slice(&until_s.to_be_bytes());
    body
}

fn seal(bot: &Bot, body: &[u8; BODY]) -> [u8; SEAL] {
    *blake3::keyed_hash(&bot.pass_key(), body).as_bytes()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn bot(token: &str) -> Bot {
        Bot::of(SecretString::from(token)).unwrap()
    }

    #[test]
    fn a_pass_is_for_one_row_of_one_bot_and_one_hour() {
        let (mine, other) = (bot("42:AAmine"), bot("42:AAother"));
        let row = Uuid::from_u128(7);
        let text = Pass::issue(&mine, row, NOW);
        assert!(text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)), "{text}");
        let pass = Pass::read(&text).unwrap();
        assert_eq!((pass.bot_id, pass.row), (42, row));
        assert!(pass.holds(&mine, NOW) && pass.holds(&mine, NOW + 3_599_999));
        assert!(!pass.holds(&mine, NOW + 3_600_000), "it ends");
        assert!(!pass.holds(&other, NOW), "another token");
        assert!(!pass.holds(&Bot::nobody(), NOW));
        assert!(!Pass { row: Uuid::from_u128(8), ..pass }.holds(&mine, NOW), "another row");
        assert!(!Pass { until_s: pass.until_s + 1, ..pass }.holds(&mine, NOW), "a later end");
        assert!(!Pass { bot_id: 43, ..pass }.holds(&mine, NOW), "another bot");
    }

    #[test]
    fn every_changed_byte_is_seen() {
        let mine = bot("42:AAmine");
        let text = Pass::issue(&mine, Uuid::from_u128(7), NOW);
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(!Pass::read(&forged).is_some_and(|it| it.holds(&mine, NOW)), "{at}");
        }
        for odd in ["", "A", &text[1..], &format!("{text}A"), &"A".repeat(100_000), "../../etc", "ә"] {
            assert!(!Pass::read(odd).is_some_and(|it| it.holds(&mine, NOW)), "{}", odd.len());
        }
    }
}
