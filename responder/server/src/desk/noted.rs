//! What a note says, by what stands in its post.

use serde_json::Value;
use telegram::note::Note;

use super::{enclosed, lack};

/// The note; nothing for one of another build.
pub(super) fn of(payload: &Value) -> Option<Note> {
    let text = |key: &str| payload[key].as_str().unwrap_or_default().to_owned();
    let by = Some(text("by")).filter(|it| !it.is_empty());
    Some(match payload["what"].as_str().unwrap_or_default() {
        "taken" => Note::Taken { by: text("by") },
        "returned" => Note::Returned { by },
        "resolved" => Note::Resolved { by: text("by") },
        "cancelled" => Note::Cancelled,
        "skipped" => Note::Skipped { by: text("by") },
        "more" => {
            let lacks: Vec<_> = text("text").lines().filter_map(lack::of_line).collect();
            Note::More { summary: lack::sentence(&lacks) }
        }
        what @ ("undelivered" | "partly") => match enclosed::trouble(&text("error")) {
            Some(why) => Note::FileUnsent { why, with_words: what == "partly" },
            None => Note::Undelivered { why: lack::unsent(&text("error")) },
        },
        "unsure" => Note::Unsure { why: lack::unsent(&text("error")) },
        "delivered" => Note::Delivered,
        _ => return None,
    })
}
