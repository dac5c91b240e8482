//! Colours of the human form.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::diagnostic::Severity;

/// Paints, or leaves everything as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    /// Whether the reader sees colours.
    pub(super) color: bool,
}

impl Paint {
    /// A text in a style.
    pub(super) fn with(self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    /// Arrows, bars and line numbers.
    pub(super) fn frame(self, text: impl Display) -> String {
        self.with(frame(), text)
    }
}

/// The style of a severity: its word, and the marks under what is wrong.
pub(super) fn severity(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::BrightRed,
        Severity::Warning => AnsiColor::BrightYellow,
        Severity::Note => AnsiColor::BrightCyan,
    };
    Style::new().bold().fg_color(Some(color.into()))
}

/// The style of the frame, and of marks under other places.
pub(super) fn frame() -> Style {
    Style::new().bold().fg_color(Some(AnsiColor::BrightBlue.into()))
}

/// The style of a line as it would be after a repair.
pub(super) fn repaired() -> Style {
    Style::new().fg_color(Some(AnsiColor::Green.into()))
}

/// The style of a line that a repair removes.
pub(super) fn removed() -> Style {
    Style::new().fg_color(Some(AnsiColor::Red.into()))
}
