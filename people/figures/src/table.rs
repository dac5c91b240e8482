//! Figures for a terminal.

use std::fmt::Write as _;

use crate::{Figures, Group, Spread, Times};

/// Columns of a row, the name first.
const COLUMNS: usize = 8;
/// What stands where there is no figure.
const NOTHING: &str = "-";

impl Figures {
    /// A table of all groups: counts, then median and 90th percentile of each duration, by the clock
    /// and, where hours are known, in working time. Ends with a line break.
    #[must_use]
    pub fn table(&self) -> String {
        if self.all.requests == 0 {
            return "no requests in this period\n".to_owned();
        }
        let mut out = String::new();
        let mut rows = vec![heads("time by the clock")];
        rows.extend(self.groups().map(|(name, group)| row(name, group, |it| it.clock)));
        write_rows(&mut out, &rows);
        if self.has_hours {
            let mut rows = vec![heads("time at work")];
            rows.extend(self.groups().map(|(name, group)| row(name, group, |it| it.working)));
            out.push('\n');
            write_rows(&mut out, &rows);
        }
        out.push_str("\ntimes: half within / nine in ten within\n");
        out
    }

    fn groups(&self) -> impl Iterator<Item = (String, &Group)> {
        let all = std::iter::once(("all".to_owned(), &self.all));
        let kinds = [("branch", &self.branches), ("role", &self.roles), ("reason", &self.reasons)];
        let named = kinds.into_iter().flat_map(|(kind, groups)| {
            groups.iter().map(move |(name, group)| (format!("{kind} {name}"), group))
        });
        all.chain(named)
    }
}

fn heads(name: &str) -> [String; COLUMNS] {
    [name, "requests", "answered", "unanswered", "waiting", "to take", "first answer", "resolution"]
        .map(str::to_owned)
}

fn row(name: String, group: &Group, which: impl Fn(&Times) -> Option<Spread>) -> [String; COLUMNS] {
    let time = |times: &Times| {
        which(times).map_or_else(
            || NOTHING.to_owned(),
            |it| format!("{} / {}", duration(it.median_ms), duration(it.p90_ms)),
        )
    };
    [
        name,
        group.requests.to_string(),
        group.answered.to_string(),
        group.unanswered.to_string(),
        group.waiting.to_string(),
        time(&group.to_take),
        time(&group.first_response),
        time(&group.resolution),
    ]
}

/// Names to the left, figures to the right, three spaces between.
fn write_rows(out: &mut String, rows: &[[String; COLUMNS]]) {
    let width = |column: usize| rows.iter().map(|it| it[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    for row in rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(widths).skip(1) {
            // Writing to a text cannot fail.
            let _ = write!(line, "   {cell:>width$}");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// In words: the two largest units that matter.
fn duration(ms: i64) -> String {
    let seconds = (ms + 500) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (1.., ..) => format!("{days} d {} h", hours % 24),
        (_, 1.., _) => format!("{hours} h {:02} min", minutes % 60),
        (_, _, 1..) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_in_words() {
        for (ms, expected) in [
            (0, "0 s"),
            (44_600, "45 s"),
            (60_000, "1 min"),
            (3_599_000, "59 min"),
            (3_900_000, "1 h 05 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }
}
