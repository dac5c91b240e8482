//! Personal data out of what is learned: what stays may be told to every customer.

mod address;
mod links;
mod names;
mod numbers;
mod own;

use std::collections::BTreeSet;
use std::ops::Range;

use format::Release;

use self::own::Own;
use crate::filler::says_nothing;

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A card, an account, an IIN or another long number.
    Number,
    /// The name of the customer or of who answered.
    Participant,
    /// What looks like the name of somebody else.
    Name,
    /// An address with a flat.
    Address,
    /// A handle: `@name`.
    Handle,
    /// A link that leads to a person or carries a token.
    Link,
}

/// A place in a text with personal data.
type Found = (Range<usize>, Personal);

/// A text without personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// What is left.
    pub text: String,
    /// What was taken out.
    pub removed: BTreeSet<Personal>,
}

impl std::fmt::Debug for Cleaned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleaned").field("removed", &self.removed).finish_non_exhaustive()
    }
}

impl Cleaned {
    /// Whether nothing is left that could teach.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        says_nothing(&self.text)
    }
}

/// Knows what is the business's own and who took part.
#[derive(Clone)]
pub struct Cleaner {
    own: Own,
    /// Normalised words of the names of those who took part.
    names: Vec<String>,
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleaner").finish_non_exhaustive()
    }
}

impl Cleaner {
    /// For this release: its own phones, addresses, links and words stay. `names` are those of the
    /// customer and of the people who answered, as their profiles have them.
    #[must_use]
    pub fn new<'n>(release: &Release, names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { own: Own::of(release), names: names.into_iter().flat_map(names::known).collect() }
    }

    /// Takes personal data out. Prices, times and dates stay. What is clean stays as it is; cleaning
    /// twice changes nothing more.
    #[must_use]
    pub fn clean(&self, text: &str) -> Cleaned {
        let mut text = text.trim().to_owned();
        let mut removed = BTreeSet::new();
        // What stood on both sides of a gap may be personal together. Every round makes the text shorter.
        loop {
            let mut found = self.find(&text);
            if found.is_empty() {
                return Cleaned { text, removed };
            }
            found.sort_by_key(|it| (it.0.start, std::cmp::Reverse(it.0.end)));
            removed.extend(found.iter().map(|it| it.1));
            text = without(&text, &found);
        }
    }

    fn find(&self, text: &str) -> Vec<Found> {
        let mut found = links::find(text, &self.own);
        found.extend(numbers::find(text, &self.own));
        found.extend(names::find(text, &self.names, &self.own));
        found.extend(address::find(text, &self.own));
        found.retain(|it| !it.0.is_empty());
        found
    }
}

/// The text without these places, and without the spaces and signs that they leave alone.
fn without(text: &str, found: &[Found]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, _) in found {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            let opens = |it: char| matches!(it, ' ' | '\u{a0}' | '(' | '«' | '"' | ',' | ':' | '№');
            let kept = out.trim_end_matches(opens).len();
            out.truncate(kept);
            let rest = &text[range.end..];
            let closes = |it: char| matches!(it, ' ' | '\u{a0}' | ')' | '»' | '"');
            let tail = rest.trim_start_matches(closes);
            let begins_line = out.is_empty() || out.ends_with('\n');
            let tail =
                if begins_line { tail.trim_start_matches([',', '!', '.', ' ', '-', '—']) } else { tail };
            if !begins_line && tail.starts_with(|it: char| it.is_alphanumeric()) {
                out.push(' ');
            }
            at = text.len() - tail.len();
        } else {
            at = at.max(range.end);
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out.trim().to_owned()
}
