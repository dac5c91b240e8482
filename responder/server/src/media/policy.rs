//! Which files are taken: pure, by what is announced and how many came.

use format::Media as Limits;

use crate::wire::file::{File, FileKind};

/// Bytes of a megabyte, as people count them.
pub(super) const MEGABYTE: u64 = 1024 * 1024;
/// No tenant's limit goes above this.
const MOST_BYTES: u64 = 25 * MEGABYTE;
/// Nor does a video that people see: Telegram takes no larger files from bots.
const MOST_VIDEO: u64 = 50 * MEGABYTE;

/// Who a file is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taker {
    /// The bot, which sees no videos.
    Bot,
    /// People.
    People,
}

/// How many files a conversation has brought; those of the burst being answered are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) in_ten_minutes: u32,
    pub(crate) in_a_day: u32,
}

impl Counts {
    /// The counts as they stood when a file came that `later` files of the same burst followed.
    pub(crate) fn before(self, later: u32) -> Self {
        Self {
            in_ten_minutes: self.in_ten_minutes.saturating_sub(later),
            in_a_day: self.in_a_day.saturating_sub(later),
        }
    }

    /// The counts as they weigh where a person has the conversation, who waits for files.
    pub(crate) fn for_a_person(self) -> Self {
        let weighs = |count: u32| count.div_ceil(FOR_A_PERSON);
        Self { in_ten_minutes: weighs(self.in_ten_minutes), in_a_day: weighs(self.in_a_day) }
    }
}

/// A person is given so many times as many files as the bot: the disk under them has an end.
const FOR_A_PERSON: u32 = 10;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody takes files of this kind.
    Kind,
    /// It is announced as larger than this kind may be.
    TooLarge,
    /// Too many came before it.
    TooMany,
}

/// The bytes a file may have, or why it is not taken. `counts` include the file itself; counts of nothing
/// hold nobody back.
pub(crate) fn judge(file: &File, limits: &Limits, counts: Counts, taker: Taker) -> Result<u64, Refusal> {
    let own = |megabytes: u32| (u64::from(megabytes) * MEGABYTE).min(MOST_BYTES);
    let most = match file.kind {
        FileKind::Photo => own(limits.photo_mb),
        FileKind::Audio => own(limits.audio_mb),
        FileKind::Document => own(limits.document_mb),
        FileKind::Video if taker == Taker::People => MOST_VIDEO,
        FileKind::Video | FileKind::Unknown => return Err(Refusal::Kind),
    };
    if counts.in_ten_minutes > limits.per_10_minutes || counts.in_a_day > limits.per_day {
        return Err(Refusal::TooMany);
    }
    if most == 0 {
        return Err(Refusal::Kind);
    }
    match file.announced() {
        Some(bytes) if bytes > most => Err(Refusal::TooLarge),
        _ => Ok(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            photo_mb: 8,
            audio_mb: 0,
            document_mb: 100,
            per_10_minutes: 5,
            per_day: 20,
            ..format::Settings::default().media
        }
    }

    fn file(kind: FileKind, bytes: impl Into<Option<u64>>) -> File {
        File { kind, bytes: bytes.into(), ..File::default() }
    }

    #[test]
    fn kinds_sizes_and_counts() {
        use FileKind::{Audio, Document, Photo, Unknown, Video};
        use Refusal::{Kind, TooLarge, TooMany};
        let mb = MEGABYTE;
        let rows = [
            (file(Photo, None), (1, 1), Ok(8 * mb)),
            (file(Photo, 8 * mb), (1, 1), Ok(8 * mb)),
            (file(Photo, 8 * mb + 1), (1, 1), Err(TooLarge)),
            (file(Photo, u64::MAX), (1, 1), Err(TooLarge)),
            (file(Photo, None), (5, 20), Ok(8 * mb)),
            (file(Photo, None), (6, 6), Err(TooMany)),
            (file(Photo, None), (1, 21), Err(TooMany)),
            (file(Photo, 9 * mb), (6, 21), Err(TooMany)),
            (file(Document, 25 * mb), (1, 1), Ok(25 * mb)),
            (file(Document, 25 * mb + 1), (1, 1), Err(TooLarge)),
            // A limit of nothing is a kind that is not taken.
            (file(Audio, None), (1, 1), Err(Kind)),
            (file(Video, 1), (1, 1), Err(Kind)),
            (file(Video, 1), (9, 99), Err(Kind)),
            (file(Unknown, None), (1, 1), Err(Kind)),
        ];
        for (file, (in_ten_minutes, in_a_day), expected) in rows {
            let counts = Counts { in_ten_minutes, in_a_day };
            assert_eq!(judge(&file, &limits(), counts, Taker::Bot), expected, "{file:?} {counts:?}");
        }
    }

    #[test]
    fn people_see_videos_and_no_other_kind_more() {
        use FileKind::{Audio, Photo, Unknown, Video};
        let rows = [
            (file(Video, None), Ok(50 * MEGABYTE)),
            (file(Video, 50 * MEGABYTE), Ok(50 * MEGABYTE)),
            (file(Video, 50 * MEGABYTE + 1), Err(Refusal::TooLarge)),
            (file(Photo, 8 * MEGABYTE + 1), Err(Refusal::TooLarge)),
            (file(Audio, None), Err(Refusal::Kind)),
            (file(Unknown, None), Err(Refusal::Kind)),
        ];
        for (file, expected) in rows {
            assert_eq!(judge(&file, &limits(), Counts::default(), Taker::People), expected, "{file:?}");
        }
        for (in_ten_minutes, in_a_day, expected) in
            [(50, 200, Ok(50 * MEGABYTE)), (51, 51, Err(Refusal::TooMany)), (1, 201, Err(Refusal::TooMany))]
        {
            let counts = Counts { in_ten_minutes, in_a_day }.for_a_person();
            assert_eq!(judge(&file(Video, None), &limits(), counts, Taker::People), expected, "{counts:?}");
        }
        let many = Counts { in_ten_minutes: 6, in_a_day: 6 };
        assert_eq!(judge(&file(Video, None), &limits(), many, Taker::People), Err(Refusal::TooMany));
    }

    #[test]
    fn what_came_inside_a_message_has_a_size_too() {
        let content = File { base64: Some("A".repeat(12 * 1024 * 1024)), ..file(FileKind::Photo, 1) };
        assert_eq!(judge(&content, &limits(), Counts::default(), Taker::Bot), Err(Refusal::TooLarge));
    }

    #[test]
    fn the_files_of_one_burst_are_counted_in_their_order() {
        let counts = Counts { in_ten_minutes: 6, in_a_day: 6 };
        let taken: Vec<bool> = [2, 1, 0]
            .map(|later| {
                judge(&file(FileKind::Photo, None), &limits(), counts.before(later), Taker::Bot).is_ok()
            })
            .into();
        assert_eq!(taken, [true, true, false]);
        assert_eq!(Counts::default().before(3), Counts::default());
    }
}
