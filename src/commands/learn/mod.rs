//! `learn`: what people taught, decided, taken back, and written into the bundle.

mod decide;
mod draft;
mod export;
mod list;

use lessons::Personal;
use runtime::{LessonRow, StateStore};

use crate::cli::Format;
use crate::cli::learn::Learn;
use crate::exit::{Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

/// An id is never shown shorter than this.
const SHORTEST: usize = 8;

pub(super) fn run(what: &Learn, place: &Place, format: Format, output: &Output) -> Outcome {
    match what {
        Learn::List(args) => list::run(args, place, format, output),
        Learn::Approve(args) => decide::approve(args, place, format, output),
        Learn::Reject(args) => decide::reject(args, place, format, output),
        Learn::Revoke(args) => decide::revoke(args, place, format, output),
        Learn::Export(args) => export::run(args, place, format, output),
    }
}

/// The lessons of a tenant.
struct Queue {
    slug: String,
    rows: Vec<LessonRow>,
    /// So many characters tell its ids apart.
    width: usize,
}

impl Queue {
    /// Reads them; a tenant that has none and is not published is a finding.
    fn read(state: Option<&dyn StateStore>, slug: &str, place: &Place) -> Result<Self, Stop> {
        let rows = match state {
            Some(state) => state.lessons(slug, None)?,
            None => Vec::new(),
        };
        if rows.is_empty() && !place.shelf()?.live()?.contains_key(slug) {
            return Err(Stop::Finding(format!("`{slug}` is not published and has no lessons")));
        }
        let width = width(&rows);
        Ok(Self { slug: slug.to_owned(), rows, width })
    }

    /// As much of an id as is unmistakable.
    fn short<'i>(&self, id: &'i str) -> &'i str {
        id.get(..self.width).unwrap_or(id)
    }

    /// The lesson whose id begins like this.
    fn one(&self, start: &str) -> Result<&LessonRow, Stop> {
        let start = start.trim().to_lowercase();
        let found: Vec<&LessonRow> = self.rows.iter().filter(|it| it.id.starts_with(&start)).collect();
        let list = format!("see `tenantry learn list {}`", self.slug);
        match found.as_slice() {
            _ if start.is_empty() => Err(Stop::Usage(format!("ID: an empty one names nothing; {list}"))),
            [one] => Ok(one),
            [] => Err(Stop::Finding(format!("`{}` has no lesson `{start}`; {list}", self.slug))),
            several => {
                let ids: Vec<&str> = several.iter().map(|it| self.short(&it.id)).collect();
                Err(Stop::Usage(format!("ID: `{start}` begins several lessons: {}", ids.join(", "))))
            }
        }
    }
}

/// The least number of characters, from [`SHORTEST`] on, by which all ids differ.
fn width(rows: &[LessonRow]) -> usize {
    let mut ids: Vec<&str> = rows.iter().map(|it| it.id.as_str()).collect();
    ids.sort_unstable();
    let common = |pair: &[&str]| pair[0].bytes().zip(pair[1].bytes()).take_while(|(a, b)| a == b).count();
    ids.windows(2).map(|pair| common(pair) + 1).max().unwrap_or_default().max(SHORTEST)
}

/// Words on one line of a terminal, whatever stands in them.
fn plain(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// What was found that is nobody's business.
fn personal<'p>(found: impl IntoIterator<Item = &'p Personal>) -> String {
    let word = |it: &Personal| match it {
        Personal::Phone => "a phone number",
        Personal::Email => "an e-mail address",
        Personal::Number => "a card, an account or another long number",
        Personal::Participant => "the name of somebody who took part",
        Personal::Name => "what looks like somebody's name",
        Personal::Address => "somebody's address",
        Personal::Handle => "a handle",
        Personal::Link => "a link to somebody",
    };
    found.into_iter().map(word).collect::<Vec<_>>().join(" and ")
}
