//! Approved lessons → files of the bundle, ready for review.

mod cases;
mod document;
mod markdown;

pub use cases::{case_id, cases};
pub use document::{document, document_path};

use format::Role;

/// A lesson that goes into the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Its id; its case and its section are found by it again.
    pub id: String,
    /// The question, cleaned.
    pub question: String,
    /// The answer, cleaned.
    pub answer: String,
    /// Slug of the branch it holds at.
    pub branch: Option<String>,
    /// Who answered, by role; `None` where nobody remembers.
    pub role: Option<Role>,
    /// When it was answered, milliseconds since 1970.
    pub at_ms: i64,
    /// The request it comes from.
    pub request_id: String,
}

impl Approved {
    /// What it was learned from, for a comment: who by role, when, and the request. No names.
    fn evidence(&self) -> String {
        let plain = |it: &str| {
            it.chars()
                .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'))
                .collect::<String>()
        };
        let role = self.role.map_or("somebody", format::Role::code);
        format!("{role}, {}, request {}", date(self.at_ms), plain(&self.request_id).replace("--", "-"))
    }

    /// Its id as it may stand in a file.
    fn key(&self) -> String {
        let key: String = self
            .id
            .chars()
            .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' })
            .collect();
        let key: Vec<&str> = key.split('-').filter(|it| !it.is_empty()).collect();
        key.join("-")
    }
}

/// `YYYY-MM-DD` in UTC.
fn date(ms: i64) -> String {
    // Days since 1 March of the year 0, in eras of 400 years.
    let days = ms.div_euclid(86_400_000) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_of_the_calendar() {
        for (ms, expected) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_772_323_199_999, "2026-02-28"),
            (1_772_323_200_000, "2026-03-01"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(date(ms), expected);
        }
    }
}
