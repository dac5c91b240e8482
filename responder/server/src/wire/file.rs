//! The file of a message: where it is and what it is said to be. Nothing of it is believed yet.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{Fields, Place, truthy, word};

/// Characters of an address, a name and a type that are kept; longer ones are not meant seriously.
const LONGEST_URL: usize = 4_096;
const LONGEST_NAME: usize = 200;
const LONGEST_MIME: usize = 100;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileKind {
    Photo,
    Audio,
    Document,
    Video,
    #[default]
    #[serde(other)]
    Unknown,
}

impl FileKind {
    /// The kind of a stored word.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "photo" => Self::Photo,
            "audio" => Self::Audio,
            "document" => Self::Document,
            "video" => Self::Video,
            _ => Self::Unknown,
        }
    }

    /// The stored word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Video => "video",
            Self::Unknown => "unknown",
        }
    }
}

/// A file as a gateway announced it; stored as JSON beside its message. Prints without the address
/// and the content.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct File {
    /// What kind of file.
    pub(crate) kind: FileKind,
    /// Where it is to be downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// Its MIME type, as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mime: Option<String>,
    /// Its name, as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Its size, as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
    /// How long it plays, as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u32>,
    /// Spoken into the phone, rather than a piece of music or a recording passed on.
    pub(crate) voice: bool,
    /// Its content, where that came with the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base64: Option<String>,
    /// Where it is kept, relative to the data folder. Ours; no gateway says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<String>,
}

impl fmt::Debug for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("File").field("kind", &self.kind).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl File {
    /// The stored form.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and a flag always serialise")
    }

    /// The file behind a stored form; one that cannot be read is a file of `kind` without an address.
    pub(crate) fn of_json(json: &str, kind: FileKind) -> Self {
        serde_json::from_str(json).unwrap_or_else(|_| Self { kind, ..Self::default() })
    }

    /// Whether this stored form is one of a voice note.
    pub(crate) fn is_spoken(json: &str) -> bool {
        Self::of_json(json, FileKind::Unknown).voice
    }

    /// How large it is said to be: the announced size, or that of the content that came along.
    pub(crate) fn announced(&self) -> Option<u64> {
        let carried = self.base64.as_ref().map(|it| it.len() as u64 / 4 * 3);
        self.bytes.max(carried)
    }

    /// The content that came along.
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        let text: String = self.base64.as_ref()?.split_whitespace().collect();
        let text = text.trim_end_matches('=');
        let tolerant = GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));
        tolerant.decode(text).ok().filter(|it| !it.is_empty())
    }
}

/// What `fields` tell of a file of this kind; `spoken`: the message itself says that it is a voice note.
pub(super) fn read(
    fields: &Fields<'_>,
    media: Option<&Map<String, Value>>,
    kind: FileKind,
    spoken: bool,
) -> File {
    let found = |names: &[&str]| names.iter().find_map(|name| word(media?.get(*name)?));
    let bare = || fields.all(Place::Plain, &["mediaData", "media_data", "media"]).find_map(word);
    let beside = || fields.word(&[(Place::Plain, &["mediaUrl", "media_url", "fileUrl", "file_url"])]);
    let url = found(&["url", "link", "downloadUrl", "download_url", "mediaUrl", "fileUrl", "file_url"]);
    let url = url.or_else(bare).or_else(beside);
    let base64 = found(&["base64", "data", "body"]);
    // `data:audio/ogg;base64,…` may stand in either place.
    let (inline, url) = match url {
        Some(it) if it.starts_with("data:") => (Some(it), None),
        it => (None, it),
    };
    let content = base64.or(inline);
    let mime = found(&["mimetype", "mimeType", "mime_type", "mime"])
        .or_else(|| content.as_deref().and_then(announced_mime))
        .or_else(|| found(&["type"]).filter(|it| it.contains('/')));
    let number = |names: &[&str]| found(names)?.parse::<f64>().ok().filter(|it| it.is_finite() && *it >= 0.0);
    let ptt = media.and_then(|it| it.get("ptt"));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite, not negative, saturates"
    )]
    File {
        kind,
        url: url.filter(|it| it.len() <= LONGEST_URL),
        mime: mime.filter(|it| it.len() <= LONGEST_MIME),
        name: found(&["fileName", "filename", "file_name", "name"])
            .map(|it| it.chars().take(LONGEST_NAME).collect()),
        bytes: number(&["size", "fileSize", "file_size", "filesize", "fileLength"]).map(|it| it as u64),
        seconds: number(&["seconds", "duration", "duration_seconds", "length"]).map(|it| it as u32),
        // Gateways that say nothing of it pass on what WhatsApp's customers send: voice notes.
        voice: kind == FileKind::Audio && (spoken || ptt.is_none_or(truthy)),
        base64: content.map(|it| it.split_once(";base64,").map(|(_, it)| it.to_owned()).unwrap_or(it)),
        kept: None,
    }
}

/// `audio/ogg` of `data:audio/ogg; codecs=opus;base64,…`.
fn announced_mime(content: &str) -> Option<String> {
    let (head, _) = content.strip_prefix("data:")?.split_once(',')?;
    head.split(';').next().filter(|it| it.contains('/')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{File, FileKind};
    use crate::wire::chatflow::{Reading, read};

    fn file(payload: Value) -> Option<File> {
        let mut payload = payload;
        payload["jid"] = json!("77000000001");
        match read(payload.as_object().unwrap()) {
            Ok(Reading::Message(message)) => message.file,
            other => panic!("{other:?}"),
        }
    }

    fn told(payload: Value) -> Value {
        serde_json::from_str(&file(payload).unwrap().to_json()).unwrap()
    }

    #[test]
    fn files_are_read_under_the_names_gateways_use() {
        let url = "https://media.example/1";
        let rows = [
            (
                json!({"messageType": "audio", "mediaData": {"type": "audio", "mimetype": "audio/ogg; codecs=opus",
                    "url": url, "ptt": true, "seconds": 7, "size": 12_345}}),
                json!({"kind": "audio", "url": url, "mime": "audio/ogg; codecs=opus", "bytes": 12_345,
                    "seconds": 7, "voice": true}),
            ),
            (
                json!({"messageType": "audio", "mediaData": {"url": url, "ptt": "false", "duration": "61.4"}}),
                json!({"kind": "audio", "url": url, "seconds": 61, "voice": false}),
            ),
            (json!({"messageType": "ptt"}), json!({"kind": "audio", "voice": true})),
            (
                json!({"messageType": "ptt", "mediaData": {"url": url, "ptt": 0}}),
                json!({"kind": "audio", "url": url, "voice": true}),
            ),
            (
                json!({"messageType": "image", "mediaData": url}),
                json!({"kind": "photo", "url": url, "voice": false}),
            ),
            (
                json!({"body": {"messageType": "image", "mediaUrl": url}}),
                json!({"kind": "photo", "url": url, "voice": false}),
            ),
            (
                json!({"messageType": "document", "mediaData": {"filename": "прайс.pdf", "fileSize": "900", "link": url,
                    "type": "application/pdf"}}),
                json!({"kind": "document", "url": url, "name": "прайс.pdf", "bytes": 900,
                    "mime": "application/pdf", "voice": false}),
            ),
            (
                json!({"messageType": "image", "mediaData": {"base64": "data:image/png;base64,iVBORw0KGgo="}}),
                json!({"kind": "photo", "mime": "image/png", "base64": "iVBORw0KGgo=", "voice": false}),
            ),
            (
                json!({"messageType": "image", "mediaData": {"url": "data:image/png;base64,iVBORw0KGgo="}}),
                json!({"kind": "photo", "mime": "image/png", "base64": "iVBORw0KGgo=", "voice": false}),
            ),
            (
                json!({"messageType": "image", "mediaData": {"url": "x".repeat(5_000), "size": -1, "seconds": "NaN"}}),
                json!({"kind": "photo", "voice": false}),
            ),
            (
                json!({"messageType": "video", "mediaData": {"url": url}}),
                json!({"kind": "video", "url": url, "voice": false}),
            ),
            (json!({"messageType": "location"}), json!({"kind": "unknown", "voice": false})),
        ];
        for (payload, expected) in rows {
            assert_eq!(told(payload.clone()), expected, "{payload}");
        }
        assert_eq!(file(json!({"message": "привет", "mediaData": null})), None);
    }

    #[test]
    fn content_that_came_along_is_decoded() {
        let of = |base64: &str| File { base64: Some(base64.to_owned()), ..File::default() };
        assert_eq!(of("iVBORw0KGgo=").content().unwrap(), b"\x89PNG\r\n\x1a\n");
        assert_eq!(of("iVBO\nRw0K Ggo").content().unwrap(), b"\x89PNG\r\n\x1a\n");
        assert_eq!(of("not base64!").content(), None);
        assert_eq!(of("").content(), None);
        assert_eq!(of("iVBORw0KGgo=").announced(), Some(9));
        assert_eq!(File { bytes: Some(100), ..of("iVBORw0KGgo=") }.announced(), Some(100));
    }

    #[test]
    fn stored_forms_are_read_back_and_do_not_print() {
        let file = File {
            kind: FileKind::Audio,
            url: Some("https://media.example/canary".to_owned()),
            base64: Some("canary".to_owned()),
            name: Some("canary".to_owned()),
            voice: true,
            ..File::default()
        };
        assert_eq!(File::of_json(&file.to_json(), FileKind::Photo), file);
        assert!(!format!("{file:?}").contains("canary"));
        for damaged in ["", "{", r#"{"bytes": "many"}"#] {
            assert_eq!(File::of_json(damaged, FileKind::Photo).kind, FileKind::Photo, "{damaged}");
        }
        assert_eq!(File::of_json(r#"{"kind": "sticker"}"#, FileKind::Photo).kind, FileKind::Unknown);
    }
}
