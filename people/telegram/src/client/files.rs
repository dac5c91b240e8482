//! Files, both ways.

use std::fmt;

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use teloxide_core::payloads::{SendAudio, SendDocument, SendPhoto, SendVideo, SendVoice};
use teloxide_core::requests::Payload;
use teloxide_core::types::{ChatId, FileId, InputFile, ParseMode, ReplyMarkup};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

use super::calls::{markup, reply, thread};
use super::transport::read;
use super::{CallError, Client, Sent, Target};
use crate::buttons::Keyboard;
use crate::update::FileKind;

/// Longest file name that is passed on, bytes.
const LONGEST_NAME: usize = 120;

/// A file to send.
#[derive(Debug, Clone)]
pub struct Upload {
    /// How Telegram shows it.
    pub kind: FileKind,
    /// What it is.
    pub content: Content,
    /// HTML under it, at most [`crate::html::LONGEST_CAPTION`] units.
    pub caption: Option<String>,
}

/// Where the bytes of a file are.
#[derive(Clone)]
pub enum Content {
    /// Here.
    Bytes {
        /// The file.
        bytes: Bytes,
        /// Its name.
        name: String,
        /// Its media type.
        mime: String,
    },
    /// At Telegram, seen by this bot before.
    Id(String),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { bytes, .. } => write!(f, "Bytes({})", bytes.len()),
            Self::Id(_) => f.write_str("Id"),
        }
    }
}

/// The payload of a method that sends a file; they differ in the name of one field.
macro_rules! payload {
    ($method:ident, $field:literal, $to:expr, $caption:expr, $buttons:expr) => {{
        // Its id stands for the file when that lies at Telegram; bytes take the place of the field.
        let mut payload = $method::new(ChatId($to.chat_id), InputFile::file_id(FileId(String::new())));
        payload.message_thread_id = $to.thread_id.map(thread);
        payload.reply_parameters = $to.reply_to.map(reply);
        payload.caption = $caption;
        payload.parse_mode = Some(ParseMode::Html);
        payload.reply_markup = (!$buttons.is_empty()).then(|| ReplyMarkup::InlineKeyboard(markup($buttons)));
        ($method::NAME, $field, serde_json::to_value(&payload))
    }};
}

impl Client {
    /// Sends a file.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::TooBig`] above Telegram's 50 MB (10 MB for photos).
    pub async fn send_file(&self, to: Target, file: Upload, buttons: &Keyboard) -> Result<Sent, CallError> {
        let caption = file.caption;
        let (method, field, payload) = match file.kind {
            FileKind::Photo => payload!(SendPhoto, "photo", to, caption, buttons),
            FileKind::Voice => payload!(SendVoice, "voice", to, caption, buttons),
            FileKind::Audio => payload!(SendAudio, "audio", to, caption, buttons),
            FileKind::Document => payload!(SendDocument, "document", to, caption, buttons),
            FileKind::Video => payload!(SendVideo, "video", to, caption, buttons),
        };
        let refused = |what: &str| CallError::Refused(what.to_owned());
        let Ok(Value::Object(fields)) = payload else { return Err(refused("the call cannot be written")) };
        let mut form = Form::new();
        for (name, value) in fields.into_iter().filter(|(name, _)| name != field) {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            form = form.text(name, text);
        }
        form = match file.content {
            Content::Id(id) => form.text(field, id),
            Content::Bytes { bytes, name, mime } => {
                let (length, name) = (bytes.len() as u64, file_name(&name));
                let part = || Part::stream_with_length(bytes.clone(), length).file_name(name.clone());
                // A customer's program announces the type; one that is none costs no file.
                form.part(field, part().mime_str(&mime).unwrap_or_else(|_| part()))
            }
        };
        self.call_form(method, form, self.deadline * 3).await
    }

    /// The bytes of a file at `path` ([`super::FilePlace::path`]), at most `most` of them.
    ///
    /// # Errors
    /// [`CallError::TooBig`] when there are more; [`CallError::MessageGone`] when the path has expired.
    pub async fn download(&self, path: &str, most: usize) -> Result<Vec<u8>, CallError> {
        // As for calls: the address holds the token.
        self.fetch(path, most).with_subscriber(Dispatch::none()).await
    }

    async fn fetch(&self, path: &str, most: usize) -> Result<Vec<u8>, CallError> {
        read(self.asked_for(path, most as u64).await?, most).await
    }

    /// As [`Client::download`], piece by piece.
    ///
    /// # Errors
    /// As for [`Client::download`].
    pub async fn open(&self, path: &str, most: u64) -> Result<Download, CallError> {
        let response = self.asked_for(path, most).with_subscriber(Dispatch::none()).await?;
        Ok(Download { length: response.content_length(), response, left: most })
    }

    /// A file that begins to arrive.
    async fn asked_for(&self, path: &str, most: u64) -> Result<Response, CallError> {
        // A path leads down from the bot's own folder, nowhere else.
        if path.split('/').any(|it| matches!(it, "" | "." | "..")) {
            return Err(CallError::Refused("the path of the file leads elsewhere".to_owned()));
        }
        let request = self.http.get(self.url(Some("file"), path)).timeout(self.deadline * 3);
        let response = request.send().await.map_err(|it| CallError::of_transport(&it))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(CallError::MessageGone),
            other => {
                return Err(CallError::of_refusal(
                    i64::from(other.as_u16()),
                    "the file is refused",
                    None,
                    None,
                ));
            }
        }
        if response.content_length().is_some_and(|it| it > most) {
            return Err(CallError::TooBig);
        }
        Ok(response)
    }
}

/// A file on its way from Telegram; all of it must have come within three deadlines.
pub struct Download {
    length: Option<u64>,
    response: Response,
    left: u64,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The response prints its address, which holds the token.
        f.debug_struct("Download").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Download {
    /// Bytes, where Telegram says how many come.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`CallError::TooBig`] when more comes than was asked for; else what became of the connection.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, CallError> {
        let piece = self.response.chunk().with_subscriber(Dispatch::none()).await;
        let Some(piece) = piece.map_err(|it| CallError::of_transport(&it))? else { return Ok(None) };
        self.left = self.left.checked_sub(piece.len() as u64).ok_or(CallError::TooBig)?;
        Ok(Some(piece))
    }
}

/// A name without what ends a header or leads into a folder; never empty.
fn file_name(name: &str) -> String {
    let name: String =
        name.chars().map(|it| if it.is_control() || "\"\\/:".contains(it) { '_' } else { it }).collect();
    let name = name[..name.floor_char_boundary(LONGEST_NAME)].trim().trim_start_matches('.');
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_lead_nowhere() {
        assert_eq!(file_name("прайс.pdf"), "прайс.pdf");
        assert_eq!(file_name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(file_name("a\r\n\"b\""), "a___b_");
        assert_eq!(file_name("..."), "file");
        assert!(file_name(&"я".repeat(500)).len() <= 120);
    }
}
