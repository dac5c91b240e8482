//! What a sum in a document is the price of.

use crate::check::amount::{Amount, amounts};
use crate::check::markdown::{self, Line};
use crate::check::stems::{is_function, stems};

/// Stems that speak of prices in general, Russian and Kazakh.
const NEUTRAL: [&str; 42] = [
    "цен",
    "стоимост",
    "сто",
    "стоит",
    "стоят",
    "обойдет",
    "всег",
    "тольк",
    "лиш",
    "прайс",
    "расценк",
    "сейчас",
    "тепер",
    "сегодн",
    "сколько",
    "скольк",
    "почем",
    "услуг",
    "руб",
    "₸",
    "тенг",
    "теңг",
    "тг",
    "kzt",
    "дела",
    "выполня",
    "предлага",
    "бер",
    "цена",
    "баға",
    "бағас",
    "құн",
    "тұр",
    "тұрады",
    "қанш",
    "қызмет",
    "будет",
    "ваш",
    "наш",
    "сам",
    "начина",
    "как",
];

/// Stems after which a sum is not the price of what is named, or no longer is.
const OTHERWISE: [&str; 26] = [
    "скидк",
    "акц",
    "предоплат",
    "доплат",
    "депозит",
    "залог",
    "сертификат",
    "экономьт",
    "эконом",
    "раньш",
    "ран",
    "стар",
    "прежн",
    "был",
    "вмест",
    "бесплатн",
    "дополнительн",
    "надбавк",
    "выгод",
    "минус",
    "плюс",
    "жеңілдік",
    "бұрын",
    "ескі",
    "алдын",
    "штраф",
];

/// A longer title is none, bytes.
const TITLE: usize = 300;

/// A sum with the words that may say what it is the price of.
#[derive(Debug)]
pub(super) struct Claim<'t> {
    pub(super) amount: Amount,
    /// Before it on its line, after it, and the title above; those that say something.
    subjects: Vec<&'t str>,
}

impl<'t> Claim<'t> {
    /// From the nearest to the farthest.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.subjects.iter().copied()
    }
}

/// Whether a stem says nothing about which thing is meant.
pub(super) fn is_neutral(stem: &str) -> bool {
    NEUTRAL.contains(&stem) || is_function(stem)
}

/// The sums of a document that may be prices of something.
pub(super) fn claims(text: &str) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    let mut title = "";
    // The column of a table whose heading names the money.
    let mut table: Option<Option<usize>> = None;
    for line in markdown::lines(text) {
        if let Some(it) = line.title() {
            title = it.get(..it.floor_char_boundary(TITLE)).unwrap_or_default();
        }
        if !line.text.trim_start().starts_with('|') {
            table = None;
            in_line(line, title, &mut claims);
        } else if let Some(column) = table {
            in_row(line, column, &mut claims);
        } else {
            table = Some(cells(line.text).position(|(_, cell)| names_money(cell)));
        }
    }
    claims
}

/// Cells of a row with their places in it.
fn cells(row: &str) -> impl Iterator<Item = (usize, &str)> {
    row.split('|').scan(0, |at, cell| {
        let start = *at;
        *at += cell.len() + 1;
        Some((start, cell))
    })
}

fn names_money(cell: &str) -> bool {
    // Read like a sum without its number.
    cell.split([',', ' ', '(', ')']).any(|it| !amounts(&format!("1 {it}")).is_empty())
}

/// A row is about what its first cell says.
fn in_row<'t>(line: Line<'t>, column: Option<usize>, claims: &mut Vec<Claim<'t>>) {
    let Some((_, subject)) = cells(line.text).find(|(_, it)| says(it)) else { return };
    for (index, (start, cell)) in cells(line.text).enumerate() {
        let mut found = amounts(cell);
        if found.is_empty() && column == Some(index) && is_bare(cell) {
            // The heading says in what money.
            let end = cell.trim_end().len();
            found = amounts(&format!("{}₸", &cell[..end]));
            found.iter_mut().for_each(|it| it.span.end = it.span.end.min(end));
        }
        for mut amount in found.into_iter().filter(|it| it.tenge) {
            if !is_otherwise(subject, cell, "") {
                amount.span = line.start + start + amount.span.start..line.start + start + amount.span.end;
                claims.push(Claim { amount, subjects: vec![subject] });
            }
        }
    }
}

fn is_bare(cell: &str) -> bool {
    let digits = cell.trim().trim_start_matches("от ").trim_start_matches("до ");
    digits.starts_with(|it: char| it.is_ascii_digit()) && !digits.contains(char::is_alphabetic)
}

fn in_line<'t>(line: Line<'t>, title: &'t str, claims: &mut Vec<Claim<'t>>) {
    // Most lines have no digits at all.
    if !line.text.bytes().any(|it| it.is_ascii_digit()) {
        return;
    }
    let found = amounts(line.text);
    let mut from = 0;
    for (index, amount) in found.iter().enumerate() {
        let until = found.get(index + 1).map_or(line.text.len(), |it| it.span.start);
        let before = clause(&line.text[from..amount.span.start]);
        let after = line.text[amount.span.end..until]
            .split(['.', ';', ',', '!', '?', '|'])
            .next()
            .unwrap_or_default();
        from = amount.span.end;
        if !amount.tenge || is_otherwise(before, after, title) {
            continue;
        }
        // A sum with words of its own before it is about those; only a bare one looks further.
        let subjects = match (says(before), says(after)) {
            (true, _) => narrowed(before),
            (false, true) => vec![after],
            (false, false) => vec![title],
        };
        let mut amount = amount.clone();
        amount.span = line.start + amount.span.start..line.start + amount.span.end;
        claims.push(Claim { amount, subjects });
    }
}

/// The last sentence of what stands before a sum.
fn clause(before: &str) -> &str {
    let ends = |(at, mark): &(usize, &str)| before[at + mark.len()..].starts_with([' ', '*', '_']);
    let mut marks = before.match_indices(['.', '!', '?', ';']).filter(ends);
    marks.next_back().map_or(before, |(at, mark)| &before[at + mark.len()..])
}

/// The words before a sum, and, after a colon, those behind it.
fn narrowed(before: &str) -> Vec<&str> {
    match before.rsplit_once(':') {
        Some((_, rest)) if says(rest) => vec![rest],
        _ => vec![before],
    }
}

fn says(words: &str) -> bool {
    stems(words).iter().any(|it| !is_neutral(it) && !it.bytes().all(|it| it.is_ascii_digit()))
}

fn is_otherwise(before: &str, after: &str, title: &str) -> bool {
    if before.trim_end().ends_with(['+', '−', '-']) && !before.trim_end().ends_with("--") {
        // A list's dash is followed by the name, a price's dash by the price: «ключ - 500 ₸».
        let sign = before.trim_end().ends_with(['+', '−']) || !says(before);
        if sign && !before.trim().is_empty() && before.trim() != "-" {
            return true;
        }
    }
    [before, after, title].into_iter().any(|it| stems(it).iter().any(|it| OTHERWISE.contains(&it.as_str())))
}
