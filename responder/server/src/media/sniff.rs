//! What a file really is, by its first bytes: the announced type is only a word. A table of our own
//! rather than a crate, because few kinds are taken, and an MP4 with a voice in it is sound here.

use crate::wire::file::FileKind;

/// Bytes looked at for names inside of an archive.
const INSIDE: usize = 64 * 1024;

/// First bytes of pictures, and the extension they are kept under.
const PICTURES: [(&[u8], &str); 4] =
    [(b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif")];
/// First bytes of sound.
const SOUNDS: [(&[u8], &str); 6] = [
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"#!AMR", "amr"),
    (b"fLaC", "flac"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"caff", "caf"),
];
/// Brands of ISO media files that are pictures.
const STILL: [&[u8]; 6] = [b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"];
/// What an office document of the archive kind holds.
const OFFICE: [(&[u8], &str); 6] = [
    (b"word/document.xml", "docx"),
    (b"xl/workbook.", "xlsx"),
    (b"ppt/presentation.xml", "pptx"),
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
];

/// The extension to keep a file under, or nothing if the content is not of its kind. `name`: as
/// announced, heeded only among extensions that the content allows.
pub(super) fn sniff(kind: FileKind, name: Option<&str>, content: &[u8]) -> Option<&'static str> {
    match kind {
        FileKind::Photo => picture(content),
        FileKind::Audio => sound(content),
        // Pictures, videos and recordings are sent as documents to keep their quality.
        FileKind::Document => document(name, content)
            .or_else(|| picture(content))
            .or_else(|| video(content).and(named(name, &["mp4", "mov", "3gp", "webm", "avi"])))
            .or_else(|| sound(content)),
        FileKind::Video => video(content),
        FileKind::Unknown => None,
    }
}

fn picture(content: &[u8]) -> Option<&'static str> {
    let by_start = PICTURES.iter().find(|(start, _)| content.starts_with(start)).map(|(_, it)| *it);
    by_start.or_else(|| is_riff(content, b"WEBP").then_some("webp")).or_else(|| {
        let brand = brand(content)?;
        STILL.contains(&brand).then_some(if brand == b"avif" { "avif" } else { "heic" })
    })
}

fn sound(content: &[u8]) -> Option<&'static str> {
    let by_start = SOUNDS.iter().find(|(start, _)| content.starts_with(start)).map(|(_, it)| *it);
    let by_brand = || brand(content).filter(|it| !STILL.contains(it)).map(|_| "m4a");
    by_start.or(is_riff(content, b"WAVE").then_some("wav")).or_else(by_brand).or(match content {
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => Some("aac"),
        [0xff, 0xfa | 0xfb | 0xf2 | 0xf3 | 0xe2 | 0xe3, ..] => Some("mp3"),
        _ => None,
    })
}

fn video(content: &[u8]) -> Option<&'static str> {
    let by_brand = || match brand(content)? {
        b"qt  " => Some("mov"),
        it if it.starts_with(b"3g") => Some("3gp"),
        it => (!STILL.contains(&it) && !it.starts_with(b"M4A") && !it.starts_with(b"M4B")).then_some("mp4"),
    };
    let webm = content.starts_with(b"\x1a\x45\xdf\xa3").then_some("webm");
    webm.or_else(by_brand).or(is_riff(content, b"AVI ").then_some("avi"))
}

fn document(name: Option<&str>, content: &[u8]) -> Option<&'static str> {
    if content.starts_with(b"%PDF-") {
        Some("pdf")
    } else if content.starts_with(b"PK\x03\x04") {
        office(content)
    } else if content.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        Some(named(name, &["doc", "xls", "ppt"]).unwrap_or("doc"))
    } else if content.starts_with(b"{\\rtf") {
        Some("rtf")
    } else if is_text(content) {
        named(name, &["txt", "csv", "vcf"])
    } else {
        None
    }
}

/// An archive is a document only if it is one of an office; names stand at its beginning and its end.
fn office(content: &[u8]) -> Option<&'static str> {
    let head = &content[..content.len().min(INSIDE)];
    let tail = &content[content.len().saturating_sub(INSIDE)..];
    let holds = |it: &[u8]| [head, tail].iter().any(|part| part.windows(it.len()).any(|at| at == it));
    OFFICE.iter().find(|(inside, _)| holds(inside)).map(|(_, it)| *it)
}

/// Plain text that no browser or shell would run.
fn is_text(content: &[u8]) -> bool {
    let start = content.trim_ascii_start();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let is_control = |it: &u8| *it < 0x20 && !matches!(it, b'\t' | b'\n' | b'\r');
    !start.is_empty()
        && !start.starts_with(b"<")
        && !start.starts_with(b"#!")
        && !content.iter().any(is_control)
}

/// The announced extension, if it is one of these.
fn named(name: Option<&str>, extensions: &[&'static str]) -> Option<&'static str> {
    let (_, given) = name?.rsplit_once('.')?;
    extensions.iter().find(|it| it.eq_ignore_ascii_case(given)).copied()
}

fn is_riff(content: &[u8], form: &[u8]) -> bool {
    content.starts_with(b"RIFF") && content.get(8..12) == Some(form)
}

/// The major brand of an ISO media file.
fn brand(content: &[u8]) -> Option<&[u8]> {
    (content.get(4..8) == Some(b"ftyp")).then(|| content.get(8..12)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_what_their_bytes_say() {
        use FileKind::{Audio, Document, Photo, Unknown, Video};
        let docx =
            [b"PK\x03\x04 [Content_Types].xml".as_slice(), &[0; 200_000], b"word/document.xml"].concat();
        let zip = [b"PK\x03\x04 setup.exe".as_slice(), &[0; 100]].concat();
        let rows: [(FileKind, &str, &[u8], Option<&str>); 45] = [
            (Photo, "", b"\xff\xd8\xff\xe0..", Some("jpg")),
            (Photo, "", b"\x89PNG\r\n\x1a\n..", Some("png")),
            (Photo, "", b"RIFF....WEBPVP8", Some("webp")),
            (Photo, "", b"\0\0\0\x18ftypheic", Some("heic")),
            (Photo, "x.jpg", b"<svg xmlns=", None),
            (Photo, "x.jpg", b"<!DOCTYPE html>", None),
            (Photo, "x.jpg", b"%PDF-1.7", None),
            (Photo, "x.jpg", b"\0\0\0\x18ftypisom", None),
            (Photo, "x.jpg", b"", None),
            (Audio, "", b"OggS\0\x02", Some("ogg")),
            (Audio, "", b"ID3\x04", Some("mp3")),
            (Audio, "", b"\xff\xfb\x90", Some("mp3")),
            (Audio, "", b"\xff\xf1\x50", Some("aac")),
            (Audio, "", b"#!AMR\n", Some("amr")),
            (Audio, "", b"RIFF....WAVEfmt ", Some("wav")),
            (Audio, "", b"\0\0\0\x18ftypM4A ", Some("m4a")),
            (Audio, "", b"\0\0\0\x18ftypmp42", Some("m4a")),
            (Audio, "", b"\0\0\0\x18ftypheic", None),
            (Audio, "x.ogg", b"MZ\x90\0", None),
            (Audio, "x.ogg", b"OK", None),
            (Document, "", b"%PDF-1.7", Some("pdf")),
            (Document, "", &docx, Some("docx")),
            (Document, "x.docx", &zip, None),
            (Document, "прайс.XLS", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Some("xls")),
            (Document, "x.exe", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Some("doc")),
            (Document, "x.csv", "a;б\r\n".as_bytes(), Some("csv")),
            (Document, "x.txt", b"\xef\xbb\xbf <html>", None),
            (Document, "x.txt", b"#!/bin/sh", None),
            (Document, "x.html", b"text", None),
            (Document, "x.txt", b"a\0b", None),
            (Document, "x.pdf", b"\x7fELF", None),
            (Document, "", b"\xff\xd8\xff\xe0", Some("jpg")),
            (Document, "x.MP4", b"\0\0\0\x18ftypisom", Some("mp4")),
            (Document, "x.mp4", b"ID3\x04", Some("mp3")),
            (Video, "", b"\0\0\0\x18ftypisom", Some("mp4")),
            (Video, "", b"\0\0\0\x18ftypmp42", Some("mp4")),
            (Video, "x.mp4", b"\0\0\0\x14ftypqt  ", Some("mov")),
            (Video, "", b"\0\0\0\x18ftyp3gp4", Some("3gp")),
            (Video, "", b"\x1a\x45\xdf\xa3..", Some("webm")),
            (Video, "", b"RIFF....AVI LIST", Some("avi")),
            (Video, "x.mp4", b"\0\0\0\x18ftypheic", None),
            (Video, "x.mp4", b"\0\0\0\x18ftypM4A ", None),
            (Video, "x.mp4", b"MZ\x90\0", None),
            (Video, "x.mp4", b"\xff\xd8\xff\xe0", None),
            (Unknown, "", b"\xff\xd8\xff\xe0", None),
        ];
        for (kind, name, content, expected) in rows {
            let shown = &content[..content.len().min(20)];
            assert_eq!(sniff(kind, Some(name), content), expected, "{kind:?} {name} {shown:?}");
        }
    }
}
