//! Colours of a plan.

use anstyle::{AnsiColor, Style};

/// Colours, or none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tint {
    pub(crate) add: Style,
    pub(crate) remove: Style,
    pub(crate) change: Style,
    pub(crate) danger: Style,
    pub(crate) faint: Style,
    pub(crate) strong: Style,
}

impl Tint {
    /// No colours.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// ANSI colours.
    #[must_use]
    pub fn ansi() -> Self {
        let fore = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        Self {
            add: fore(AnsiColor::Green),
            remove: fore(AnsiColor::Red),
            change: fore(AnsiColor::Yellow),
            danger: fore(AnsiColor::Red).bold(),
            faint: Style::new().dimmed(),
            strong: Style::new().bold(),
        }
    }
}
