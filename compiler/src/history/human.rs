//! A tenant's past for a terminal.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{Entry, History};
use crate::plan::{Tint, write_change, write_diff, write_prompt};

/// Writes the past for a person; `now` is what the ages are counted from.
///
/// # Errors
/// Those of `out`.
pub fn human(history: &History, now: Timestamp, tint: Tint, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 6]> = history.releases.iter().map(|it| row(it, now)).collect();
    let widths = widths(&rows);
    for (it, row) in history.releases.iter().zip(&rows) {
        let style = if it.live { tint.strong } else { tint.faint };
        writeln!(out, "{style}{}{style:#}", line(row, &widths))?;
        // Git tells the same in the words of its commits.
        if history.revisions.is_empty() {
            for change in it.changes.iter().flatten() {
                write_change(change, tint, out)?;
            }
            for change in &it.prompts {
                write_prompt(change, tint, out)?;
            }
        }
    }
    if history.revisions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nin git:")?;
    let rows: Vec<[String; 6]> = history
        .revisions
        .iter()
        .map(|it| {
            let live = if it.live { "live" } else { "" };
            let (ago, date) = (ago(&it.date, now), absolute(&it.date));
            [it.commit.clone(), ago, date, it.author.clone(), live.to_owned(), it.subject.clone()]
        })
        .collect();
    let widths = self::widths(&rows);
    for (it, row) in history.revisions.iter().zip(&rows) {
        let strong = tint.strong;
        writeln!(out, "{strong}{}{strong:#}", line(row, &widths))?;
        write_diff(&it.diff, tint, out)?;
    }
    if history.shallow {
        let faint = tint.faint;
        writeln!(
            out,
            "{faint}this clone is shallow: older versions, and what the oldest one here changed, only a full \
             clone tells{faint:#}"
        )?;
    }
    Ok(())
}

fn row(it: &Entry, now: Timestamp) -> [String; 6] {
    let mark = match (it.live, it.rolled_back) {
        (true, _) => "live",
        (false, true) => "rolled back",
        (false, false) => "",
    };
    let commit = it.commit.as_deref().map(|it| {
        let id = it.split('+').next().unwrap_or(it);
        id.get(..12).unwrap_or(id).to_owned()
    });
    let dirty = if it.dirty { "+dirty" } else { "" };
    let told = [it.author.as_deref(), it.subject.as_deref()].into_iter().flatten();
    [
        it.release_id.clone(),
        ago(&it.published_at, now),
        absolute(&it.published_at),
        mark.to_owned(),
        format!("{}{dirty}", commit.unwrap_or_default()),
        told.collect::<Vec<_>>().join("   "),
    ]
}

fn widths(rows: &[[String; 6]]) -> [usize; 6] {
    let mut widths = [0; 6];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn line(row: &[String; 6], widths: &[usize; 6]) -> String {
    let cells = row.iter().zip(widths).filter(|(_, width)| **width > 0);
    let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
    cells.join("   ").trim_end().to_owned()
}

/// `2026-01-15 07:00 UTC`.
fn absolute(moment: &str) -> String {
    match moment.parse::<Timestamp>() {
        Ok(it) => it.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => moment.to_owned(),
    }
}

/// `3 days ago`, in the largest unit that fits.
fn ago(moment: &str, now: Timestamp) -> String {
    let Ok(then) = moment.parse::<Timestamp>() else { return String::new() };
    let seconds = now.as_second().saturating_sub(then.as_second());
    let units = [("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600), ("minute", 60)];
    let fits = units.into_iter().find(|(_, length)| seconds >= *length);
    match fits.map(|(unit, length)| (unit, seconds / length)) {
        Some((unit, 1)) => format!("1 {unit} ago"),
        Some((unit, count)) => format!("{count} {unit}s ago"),
        None => "just now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        let now: Timestamp = "2025-03-01T12:00:00Z".parse().unwrap();
        for (then, told) in [
            ("2025-03-01T11:59:30Z", "just now"),
            ("2025-03-01T11:58:59Z", "1 minute ago"),
            ("2025-02-27T12:00:00+05:00", "2 days ago"),
            ("2023-03-01T12:00:00Z", "2 years ago"),
            ("soon", ""),
        ] {
            assert_eq!(ago(then, now), told, "{then}");
        }
        assert_eq!(absolute("2025-03-01T12:00:00+05:00"), "2025-03-01 07:00 UTC");
    }
}
