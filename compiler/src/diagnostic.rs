//! What is wrong with a bundle, where, and how to mend it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize};

use crate::explain;
use crate::said::{Said, say};
use crate::source::{FileId, Place};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// No release can be made, or the bot would be wrong.
    Error,
    /// Probably not what the author meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word: `error`, `warning`, `note`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A second place that belongs to a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there.
    pub message: Said,
}

/// A replacement of a byte range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Bytes to replace; empty to insert.
    pub place: Place,
    /// The new text.
    pub text: String,
}

/// A repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as an imperative.
    pub title: Said,
    /// It keeps the author's meaning, so `--fix` may apply it unasked.
    pub safe: bool,
    /// Its edits; they do not overlap.
    pub edits: Vec<Edit>,
}

/// Kebab-case words that name a kind of finding.
pub type Code = &'static str;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What kind it is; `tenantry explain <code>` tells more.
    #[serde(deserialize_with = "known_code")]
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence without a full stop.
    pub message: Said,
    /// The file.
    pub file: FileId,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is at the place itself, where the message does not say it.
    pub mark: Option<Said>,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<Said>,
    /// A repair a machine can make.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    fn new(severity: Severity, code: &'static str, place: Place, message: Said) -> Self {
        let Place { file, span } = place;
        Self { code, severity, message, file, span, mark: None, labels: Vec::new(), help: None, fix: None }
    }

    /// A finding that makes a release impossible or the bot wrong.
    #[must_use]
    pub fn error(code: &'static str, place: Place, message: Said) -> Self {
        Self::new(Severity::Error, code, place, message)
    }

    /// A finding that is probably not meant.
    #[must_use]
    pub fn warning(code: &'static str, place: Place, message: Said) -> Self {
        Self::new(Severity::Warning, code, place, message)
    }

    /// A finding worth knowing.
    #[must_use]
    pub fn note(code: &'static str, place: Place, message: Said) -> Self {
        Self::new(Severity::Note, code, place, message)
    }

    /// Says what is at the place itself.
    #[must_use]
    pub fn with_mark(mut self, mark: Said) -> Self {
        self.mark = Some(mark);
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn with_label(mut self, place: Place, message: Said) -> Self {
        self.labels.push(Label { place, message });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: Said) -> Self {
        self.help = Some(help);
        self
    }

    /// Says that it is the last one told of many in its file.
    #[must_use]
    pub(crate) fn and_more(self) -> Self {
        self.with_help(say!(
            "this file has more mistakes: mend those above first, the next check tells the others",
            "в этом файле есть ещё ошибки: исправьте сначала эти, остальные покажет следующая проверка",
        ))
    }

    /// Adds a repair.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Every file it names.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut FileId> {
        let labels = self.labels.iter_mut().map(|it| &mut it.place.file);
        let edits = self.fix.iter_mut().flat_map(|it| it.edits.iter_mut().map(|it| &mut it.place.file));
        std::iter::once(&mut self.file).chain(labels).chain(edits)
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(self.file, self.span.clone())
    }
}

/// Every code of this build. Made once: remembered findings of a whole tree ask for theirs.
static CODES: LazyLock<HashSet<Code>> =
    LazyLock::new(|| explain::all().into_iter().map(|(code, _)| code).collect());

/// A code is one of those this build explains.
fn known_code<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
    let code = String::deserialize(from)?;
    let known = CODES.get(code.as_str()).copied();
    known.ok_or_else(|| serde::de::Error::custom("an unknown code"))
}
