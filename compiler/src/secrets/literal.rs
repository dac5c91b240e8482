//! What looks like a secret wherever it stands: by the form its issuer gives it, or by chance that
//! nobody writes by hand.

use std::ops::Range;

/// A long random text is one from this length on, characters.
const RANDOM: usize = 32;
/// Behind a key that sounds secret a shorter one will do.
const RANDOM_BEHIND_KEY: usize = 16;

/// No secret of one line is looked at further, bytes.
const LONGEST: usize = 300;

/// Beginnings that issuers give their secrets, and how many characters must follow at least.
const ISSUED: [(&str, usize); 21] = [
    ("sk-", 18),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 20),
    ("glpat-", 18),
    ("npm_", 30),
    ("hf_", 30),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xoxs-", 20),
    ("AIza", 35),
    ("AKIA", 16),
    ("ASIA", 16),
    ("ya29.", 30),
    ("dckr_pat_", 20),
];

/// Bytes that look like secrets, in order, without overlaps.
pub(crate) fn literals(text: &str) -> Vec<Range<usize>> {
    let keys = private_keys(text);
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_token(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_token(bytes[at]) {
            at += 1;
        }
        // Shorter than the shortest of them.
        if at - start >= RANDOM_BEHIND_KEY && !keys.iter().any(|it| it.contains(&start)) {
            found.extend(in_run(text, start..at));
        }
    }
    found.extend(keys);
    found.sort_by_key(|it| it.start);
    found
}

/// Bytes a secret may consist of.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'+' | b'/' | b'=' | b'~')
}

fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("-----BEGIN ") {
        let head = text[start..].lines().next().unwrap_or_default();
        if !head.contains("PRIVATE KEY") || found.last().is_some_and(|it: &Range<usize>| it.contains(&start))
        {
            continue;
        }
        let end = text[start..].find("-----END ").map_or(text.len(), |at| {
            let end = start + at;
            text[end..].find('\n').map_or(text.len(), |it| end + it)
        });
        found.push(start..end);
    }
    found
}

/// The secret in a run of token bytes.
fn in_run(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let written = &text[run.clone()];
    let inside = issued(written).or_else(|| telegram(written)).or_else(|| jwt(written));
    if let Some(inside) = inside {
        return Some(run.start + inside.start..run.start + inside.end);
    }
    random(text, run)
}

fn issued(written: &str) -> Option<Range<usize>> {
    for (prefix, rest) in ISSUED {
        for (at, _) in written.match_indices(prefix) {
            // `risk-…` is no `sk-…`.
            if written[..at].ends_with(|it: char| it.is_ascii_alphanumeric()) {
                continue;
            }
            let body = &written[at + prefix.len()..];
            let body = &body[..body.len().min(LONGEST)];
            let end = body.find(|it: char| !it.is_ascii_alphanumeric() && it != '_' && it != '-');
            let body = &body[..end.unwrap_or(body.len())];
            let mixed =
                body.bytes().any(|it| it.is_ascii_digit()) && body.bytes().any(|it| it.is_ascii_alphabetic());
            // Placeholders (`sk-your-key-goes-here-2`) are words with hyphens between them.
            if body.len() >= rest && mixed && (prefix != "sk-" || !reads_as_words(body)) {
                return Some(at..at + prefix.len() + body.len());
            }
        }
    }
    None
}

/// Words with hyphens between, none longer than a word.
fn reads_as_words(body: &str) -> bool {
    body.split(['-', '_']).all(|it| it.len() < 14 && changes(it) <= 1)
}

/// `digits:letters`, as BotFather gives them.
fn telegram(written: &str) -> Option<Range<usize>> {
    for (colon, _) in written.match_indices(':') {
        let digits = written[..colon].bytes().rev().take(20).take_while(u8::is_ascii_digit).count();
        let is_rest = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        let rest = written[colon + 1..].bytes().take(60).take_while(|it| is_rest(it)).count();
        if (6..=12).contains(&digits) && (30..=50).contains(&rest) {
            return Some(colon - digits..colon + 1 + rest);
        }
    }
    None
}

fn jwt(written: &str) -> Option<Range<usize>> {
    let start = written.find("eyJ")?;
    let token = &written[start..];
    let parts: Vec<&str> = token.split('.').collect();
    let long = parts.len() >= 2 && parts[..2].iter().all(|it| it.len() >= 10 && !it.contains([':', '/']));
    let end = token.find([':', '/']).unwrap_or(token.len());
    long.then_some(start..start + end)
}

fn random(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let (written, line) = (&text[run.clone()], line_start(text, run.start));
    let before = text[line..run.start].to_ascii_lowercase();
    let key = before.trim_end().trim_end_matches(['"', '\'']).trim_end();
    let name = key.trim_end_matches([':', '=']).trim_end();
    // Public, and random by nature.
    if name.ends_with("instance_id") || name.ends_with("instanceid") {
        return None;
    }
    let is_key = name.len() < key.len();
    let mut least = if is_key && sounds_secret(name) { RANDOM_BEHIND_KEY } else { RANDOM };
    let mut from = 0;
    if written.contains("://") || before.ends_with("://") {
        // An address says nothing by itself; its parameters may.
        let parameter = ["token=", "key=", "secret=", "password=", "signature="];
        from = parameter.iter().filter_map(|it| Some(written.find(it)? + it.len())).min()?;
        least = RANDOM_BEHIND_KEY;
    } else if let Some(at) = written.find([':', '=']).filter(|at| at + 1 < written.len())
        && sounds_secret(&written[..at].to_ascii_lowercase())
    {
        from = at + 1;
        least = RANDOM_BEHIND_KEY;
    }
    if written[from..].starts_with("env:") || written[from..].starts_with("file:") {
        return None;
    }
    let is_end = |it: char| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '-' | '+' | '/' | '=');
    let mut start = from;
    for part in written[from..].split_inclusive(is_end) {
        let token = part.trim_end_matches(is_end);
        if token.len() >= least && is_random(token) {
            return Some(run.start + start..run.start + start + token.len());
        }
        start += part.len();
    }
    None
}

/// Where the line begins, or where looking back ends.
fn line_start(text: &str, at: usize) -> usize {
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST));
    text[from..at].rfind('\n').map_or(from, |it| from + it + 1)
}

fn sounds_secret(name: &str) -> bool {
    let word = name.rsplit(|it: char| it.is_whitespace() || matches!(it, '{' | ',' | '#')).next();
    let words = ["secret", "token", "password", "passwd", "api_key", "api-key", "apikey", "private_key"];
    word.is_some_and(|it| words.iter().any(|secret| it.contains(secret)))
}

/// Whether chance made a text: no words, no dates, no UUID.
fn is_random(token: &str) -> bool {
    let count = |fits: fn(&u8) -> bool| token.bytes().filter(fits).count();
    let digits = count(u8::is_ascii_digit);
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let letters = upper + lower;
    let distinct = {
        let mut bytes: Vec<u8> = token.bytes().collect();
        bytes.sort_unstable();
        bytes.dedup();
        bytes.len()
    };
    if is_uuid(token) || distinct < 8 {
        return false;
    }
    let changes = changes(token);
    if upper > 0 && lower > 0 {
        digits >= 2 && changes * 5 >= letters * 2
    } else {
        digits >= 4 && letters >= 4 && changes * 4 >= token.len()
    }
}

/// How often a character is of another kind (digit, upper, lower) than the one before it.
fn changes(token: &str) -> usize {
    let kind = |it: u8| match it {
        b'0'..=b'9' => 1,
        b'A'..=b'Z' => 2,
        b'a'..=b'z' => 3,
        _ => 0,
    };
    token
        .as_bytes()
        .windows(2)
        .filter(|it| kind(it[0]) * kind(it[1]) > 0 && kind(it[0]) != kind(it[1]))
        .count()
}

fn is_uuid(token: &str) -> bool {
    let parts: Vec<usize> = token.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && token.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<&str> {
        literals(text).into_iter().map(|it| &text[it]).collect()
    }

    // Put together here, so that no scanner of repositories takes them for real.
    fn made(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn what_issuers_give_is_known() {
        let secrets = [
            made(&["7123456789", ":", "AAF4kd9Lw_zQx1vB7nM3pR5tY8uI0oP2aSd"]),
            made(&["sk-", "proj-Zx81kQpLw93mVbTr7YcNdE2s"]),
            made(&["ghp", "_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"]),
            made(&["AKIA", "Q3EGRIJ7XMPL5WVT"]),
            made(&[
                "eyJhbGciOiJIUzI1NiJ9",
                ".eyJzdWIiOiIxMjM0NTY3ODkwIn0",
                ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
            ]),
            made(&["AIza", "SyD3fGh7JkLmN0pQrStUvWxYz12345678Ab"]),
        ];
        for secret in &secrets {
            for text in [secret.clone(), format!("# ключ: {secret} (старый)"), format!("a: \"{secret}\"\n")]
            {
                assert_eq!(told(&text), [secret.as_str()], "{text}");
            }
        }
        let url = format!("https://api.telegram.org/bot{}/getMe", secrets[0]);
        assert_eq!(told(&url), [secrets[0].as_str()]);
        let pem =
            made(&["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIB\nabc\n-----END RSA ", "PRIVATE KEY-----"]);
        assert_eq!(told(&format!("x: |\n{pem}\ny: 1\n")), [pem.as_str()]);
    }

    #[test]
    fn what_chance_made_is_known() {
        for secret in [
            "q7Zp2LxV9tBn4KdW8sRf3YhJ6mGc1TaE",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "k3j9x0q8w7e6r5t4y3u2i1o0p9a8s7d6",
            "dGhpcyBpcyBhIHNlY3JldCBrZXkgMTIzNDU2Nzg5MA==",
        ] {
            assert_eq!(told(&format!("note: {secret}\n")), [secret]);
        }
        assert_eq!(told("api_token: aB3dE5fG7hI9jK1l\n"), ["aB3dE5fG7hI9jK1l"]);
        assert_eq!(told("# token=aB3dE5fG7hI9jK1l"), ["aB3dE5fG7hI9jK1l"]);
        assert_eq!(told("https://a.kz/x?token=aB3dE5fG7hI9jK1l&b=1"), ["aB3dE5fG7hI9jK1l"]);
    }

    #[test]
    fn what_people_write_is_left_alone() {
        for text in [
            "id: 3f0c1b1e-8f1a-4c57-9d6e-2a1b7c9d0e4f",
            "webhook_secret: env:SALON_ELITA_WEBHOOK_SECRET_2024",
            "telegram_bot_token: file:/run/secrets/telegram_bot_token_1",
            "https://2gis.kz/almaty/geo/70000001000000000/aBcD3fGh1JkLmN0pQrStUvWx",
            "https://maps.app.goo.gl/q7Zp2LxV9tBn4KdW8sRf3YhJ6mGc1TaE",
            "instance_id: eyJ1aWQiOiJBYjFDZDJFZjNHaDRJajVLbDZNbjdPcDhRcjkiLCJjIjoxfQ==",
            "image: https://a.kz/price-2024-01-15-salon-2025-02-16.png",
            "salon_beauty_almaty_main_branch_2024_price_list_v2",
            "SalonBeautyAlmatyMainBranchOffice2024PriceList",
            "phone: \"+7 777 123 45 67\"",
            "digest: 9f86d081884c7d659a2f",
            "====================================================",
            "risk-management-approach-for-2024-and-2025",
            "sk-your-key-goes-here-2",
            "Непромокаемыйводостойкийпрепарат1234567890",
            "0123456789012345678901234567890123456789",
            "tenants: https://api.telegram.org/file/bot",
            "дата 2025-01-15T12:00:00+05:00/2025-01-16T12:00:00+05:00",
        ] {
            assert_eq!(told(text), Vec::<&str>::new(), "{text}");
        }
    }
}
