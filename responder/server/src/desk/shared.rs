//! Files of customers in their topic: as they are where Telegram takes them, else in words, with the
//! reason.

use runtime::MessageRow;
use telegram::card::{self, Missing};
use telegram::client::{Content, Sent, Target, Upload};
use telegram::update::FileKind;
use telegram::{CallError, Client};

use crate::engine::Engine;
use crate::media::{self, Shown, Unseen};
use crate::tenant::Tenant;
use crate::wire::file::File;

/// Telegram takes photos from bots up to this size, and other files.
const MOST_PHOTO: usize = 10 * 1024 * 1024;
const MOST_FILE: usize = 50 * 1024 * 1024;

/// Puts the file of a customer's message before people. `talk`: the conversation, and whether a person has
/// it; `of` names the customer where others are spoken of too.
///
/// # Errors
/// The failure of the call; what concerns the file alone is none, the topic tells of it.
pub(super) async fn share(
    (engine, tenant): (&Engine, &Tenant),
    client: &Client,
    target: Target,
    talk: (&str, bool),
    (of, row): (Option<&str>, &MessageRow),
) -> Result<Sent, CallError> {
    // Each is in memory as a whole; who finds no place comes back.
    let _place = media::place(&engine.ears).await.ok_or(CallError::Unavailable)?;
    let missing = match media::shown(engine, tenant, talk, row).await {
        Ok(shown) if shown.content.len() > MOST_FILE => Missing::TooLarge,
        Ok(shown) => match upload(client, target, &shown, (of, &row.text)).await {
            Err(CallError::TooBig) => Missing::TooLarge,
            Err(CallError::Refused(_)) => Missing::Refused,
            done => return done,
        },
        Err(unseen) => missing(unseen),
    };
    let html = card::forwarded_missing(of, &kind_word(row), &row.text, missing);
    client.send_text(target, &html, &Vec::new()).await
}

/// Sends it; what Telegram does not take for a picture or a recording, it takes as a file.
async fn upload(
    client: &Client,
    target: Target,
    shown: &Shown,
    (of, text): (Option<&str>, &str),
) -> Result<Sent, CallError> {
    let kind = kind(shown);
    let content = || Content::Bytes {
        bytes: shown.content.clone(),
        name: name(&shown.file, &shown.extension),
        mime: mime(&shown.extension).to_owned(),
    };
    let upload = |kind| Upload { kind, content: content(), caption: Some(card::forwarded_caption(of, text)) };
    match client.send_file(target, upload(kind), &Vec::new()).await {
        Err(CallError::Refused(_)) if kind != FileKind::Document => {
            client.send_file(target, upload(FileKind::Document), &Vec::new()).await
        }
        done => done,
    }
}

fn missing(unseen: Unseen) -> Missing {
    match unseen {
        Unseen::Kind => Missing::Kind,
        Unseen::TooLarge => Missing::TooLarge,
        Unseen::TooMany => Missing::TooMany,
        Unseen::Unavailable => Missing::Unavailable,
    }
}

/// How it is named where it cannot be shown.
fn kind_word(row: &MessageRow) -> String {
    let spoken = row.file.as_deref().is_some_and(File::is_spoken);
    if spoken { FileKind::Voice.code().to_owned() } else { row.media.clone().unwrap_or_default() }
}

/// How Telegram shows a file, by what it is and what it holds.
fn kind(shown: &Shown) -> FileKind {
    use crate::wire::file::FileKind::{Audio, Photo, Video};
    let File { kind, voice, .. } = &shown.file;
    match (kind, shown.extension.as_str()) {
        (Photo, "jpg" | "png" | "webp") if shown.content.len() <= MOST_PHOTO => FileKind::Photo,
        (Audio, "ogg" | "mp3" | "m4a") if *voice => FileKind::Voice,
        (Audio, "mp3" | "m4a") => FileKind::Audio,
        (Video, "mp4") => FileKind::Video,
        _ => FileKind::Document,
    }
}

/// The announced name with the end that the content has.
fn name(file: &File, extension: &str) -> String {
    let announced = file.name.as_deref().unwrap_or(file.kind.code());
    let stem = announced.rsplit_once('.').map_or(announced, |(stem, _)| stem);
    format!("{stem}.{extension}")
}

/// The media type behind an extension that files are kept under.
fn mime(extension: &str) -> &'static str {
    match extension {
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "avif" => "image/avif",
        "ogg" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "aac" => "audio/aac",
        "amr" => "audio/amr",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "3gp" => "video/3gpp",
        "webm" => "video/webm",
        "avi" => "video/x-msvideo",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(kind: &str, voice: bool, extension: &str, size: usize) -> FileKind {
        let kind = crate::wire::file::FileKind::of(kind);
        let file = File { kind, voice, ..File::default() };
        let content = Bytes::from(vec![0; size]);
        super::kind(&Shown { content, extension: extension.to_owned(), file })
    }

    #[test]
    fn telegram_gets_what_it_can_show() {
        assert_eq!(of("photo", false, "jpg", 9), FileKind::Photo);
        assert_eq!(of("photo", false, "heic", 9), FileKind::Document);
        assert_eq!(of("photo", false, "jpg", MOST_PHOTO + 1), FileKind::Document);
        assert_eq!(of("audio", true, "ogg", 9), FileKind::Voice);
        assert_eq!(of("audio", false, "ogg", 9), FileKind::Document);
        assert_eq!(of("audio", false, "mp3", 9), FileKind::Audio);
        assert_eq!(of("audio", true, "amr", 9), FileKind::Document);
        assert_eq!(of("document", false, "pdf", 9), FileKind::Document);
        assert_eq!(of("video", false, "mp4", 9), FileKind::Video);
        assert_eq!(of("video", false, "mov", 9), FileKind::Document);
    }

    #[test]
    fn a_name_has_the_end_of_its_content() {
        let named = |name: Option<&str>| File { name: name.map(str::to_owned), ..File::default() };
        assert_eq!(name(&named(Some("прайс.exe")), "pdf"), "прайс.pdf");
        assert_eq!(name(&named(None), "jpg"), "unknown.jpg");
    }
}
