//! What a call of the Bot API carries: query, JSON, a form, or a form with files.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

/// A file in a form.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) bytes: Bytes,
    pub(super) name: String,
    pub(super) mime: String,
}

/// The parameters of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Args {
    fields: BTreeMap<String, Value>,
    pub(super) files: BTreeMap<String, Part>,
}

impl Args {
    /// Reads a call. `None` when the body is not what its type says.
    pub(super) fn read(query: &str, content_type: &str, body: &Bytes) -> Option<Self> {
        let mut args = Self::default();
        args.pairs(query.as_bytes());
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        match kind {
            "application/json" => {
                let Value::Object(fields) = serde_json::from_slice(body).ok()? else { return None };
                args.fields.extend(fields);
            }
            "application/x-www-form-urlencoded" => args.pairs(body),
            "multipart/form-data" => args.parts(boundary(content_type)?, body)?,
            _ if body.is_empty() => {}
            _ => return None,
        }
        Some(args)
    }

    fn pairs(&mut self, text: &[u8]) {
        let pairs = form_urlencoded::parse(text);
        self.fields.extend(pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))));
    }

    fn parts(&mut self, boundary: &str, body: &Bytes) -> Option<()> {
        let marks = positions(body, format!("--{boundary}").as_bytes());
        let length = boundary.len() + 2;
        if marks.is_empty() || !body[*marks.last()? + length..].starts_with(b"--") {
            return None;
        }
        for pair in marks.windows(2) {
            // Behind the mark a line end, before the next one another.
            let part = body.slice(pair[0] + length + 2..pair[1].checked_sub(2)?);
            let end = *positions(&part, b"\r\n\r\n").first()?;
            let head = std::str::from_utf8(&part[..end]).ok()?;
            let content = part.slice(end + 4..);
            let name = header(head, "name")?;
            match header(head, "filename") {
                None => {
                    let text = String::from_utf8(content.to_vec()).ok()?;
                    self.fields.insert(name, Value::String(text));
                }
                Some(file) => {
                    let typed = head.lines().find_map(|it| it.split_once(':'));
                    let mime = head
                        .lines()
                        .filter_map(|it| it.split_once(':'))
                        .find(|(key, _)| key.eq_ignore_ascii_case("content-type"))
                        .map_or("application/octet-stream", |(_, value)| value.trim());
                    typed?;
                    self.files.insert(name, Part { bytes: content, name: file, mime: mime.to_owned() });
                }
            }
        }
        Some(())
    }

    /// Text, also of a number.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.fields.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A whole number, also as text.
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        match self.fields.get(key)? {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_i64(),
        }
    }

    /// The id of a message or a topic.
    pub(super) fn id(&self, key: &str) -> Option<i32> {
        self.number(key).and_then(|it| i32::try_from(it).ok())
    }

    /// A switch, also as text.
    pub(super) fn is(&self, key: &str) -> bool {
        matches!(self.text(key).as_deref(), Some("true" | "True" | "1"))
    }

    /// JSON, also as text.
    pub(super) fn json(&self, key: &str) -> Option<Value> {
        match self.fields.get(key)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }

    /// It was given at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|it| !it.is_null())
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let value = content_type.split(';').find_map(|it| it.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|it| !it.is_empty())
}

/// `key="value"` of the disposition.
fn header(head: &str, key: &str) -> Option<String> {
    let line = head.lines().find(|it| it.to_ascii_lowercase().starts_with("content-disposition"))?;
    let value = line.split(';').find_map(|it| it.trim().strip_prefix(&format!("{key}=\"")))?;
    Some(value.strip_suffix('"')?.replace("%22", "\""))
}

fn positions(text: &[u8], word: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].windows(word.len()).position(|it| it == word) {
        found.push(at + next);
        at += next + word.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_call_is_read() {
        let json = Bytes::from_static(br#"{"chat_id": -5, "text": "a", "reply_markup": {"x": 1}}"#);
        let form = Bytes::from_static(b"chat_id=-5&text=a&reply_markup=%7B%22x%22%3A1%7D");
        let parts = "--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n-5\r\n\
            --B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\na\r\n\
            --B\r\nContent-Disposition: form-data; name=\"reply_markup\"\r\n\r\n{\"x\":1}\r\n\
            --B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"x y.png\"\r\n\
            Content-Type: image/png\r\n\r\n\0\r\n\x01--\r\n--B--\r\n";
        for (kind, body) in [
            ("application/json", json),
            ("application/x-www-form-urlencoded", form),
            ("multipart/form-data; boundary=B", Bytes::from_static(parts.as_bytes())),
        ] {
            let args = Args::read("", kind, &body).unwrap();
            assert_eq!(
                (args.number("chat_id"), args.text("text")),
                (Some(-5), Some("a".to_owned())),
                "{kind}"
            );
            assert_eq!(args.json("reply_markup").unwrap()["x"], 1, "{kind}");
            if let Some(file) = args.files.get("photo") {
                assert_eq!((file.name.as_str(), file.mime.as_str()), ("x y.png", "image/png"));
                assert_eq!(&file.bytes[..], b"\0\r\n\x01--");
            }
        }
        assert!(Args::read("chat_id=1", "", &Bytes::new()).unwrap().has("chat_id"));
        assert!(Args::read("", "application/json", &Bytes::from_static(b"[")).is_none());
        assert!(Args::read("", "multipart/form-data; boundary=B", &Bytes::from_static(b"--B")).is_none());
    }
}
