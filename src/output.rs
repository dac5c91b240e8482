//! Data to stdout, talk to stderr, colours where they are wanted.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use compiler::said::Lang;
use serde::Serialize;

use crate::cli::{ColorChoice, Global, Language};

/// Where a verb's words go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    quiet: bool,
    color: ColorChoice,
    lang: Lang,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self { quiet: global.quiet, color: global.color, lang: lang(global.lang) }
    }

    /// The language of findings.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether data on stdout is coloured.
    pub(crate) fn color(&self) -> bool {
        self.colored(io::stdout().is_terminal())
    }

    /// Whether talk on stderr is coloured.
    pub(crate) fn color_talk(&self) -> bool {
        self.colored(io::stderr().is_terminal())
    }

    /// Whether somebody watches stderr.
    pub(crate) fn is_watched(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    fn colored(&self, terminal: bool) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            // https://no-color.org: any value that is not empty.
            ColorChoice::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
        }
    }

    /// Writes data through `render`, buffered, and flushes it.
    pub(crate) fn data(&self, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        render(&mut out)?;
        out.flush()
    }

    /// Writes data as indented JSON and a line break.
    pub(crate) fn json(&self, value: &impl Serialize) -> io::Result<()> {
        self.data(|out| {
            serde_json::to_writer_pretty(&mut *out, value)?;
            writeln!(out)
        })
    }

    /// Writes data as one line of JSON.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> io::Result<()> {
        self.data(|out| {
            serde_json::to_writer(&mut *out, value)?;
            writeln!(out)
        })
    }

    /// Talks, unless asked to be quiet. Nobody listening is no failure.
    pub(crate) fn talk(&self, message: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{message}");
        }
    }

    /// Says what went wrong, quiet or not.
    pub(crate) fn error(&self, message: &str) {
        let red = match self.color_talk() {
            true => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            false => Style::new(),
        };
        let _ = writeln!(io::stderr(), "{red}error{red:#}: {message}");
    }
}

/// The language asked for, or that of the locale: the first of these variables that is set counts.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html>
fn lang(asked: Option<Language>) -> Lang {
    match asked {
        Some(Language::En) => Lang::En,
        Some(Language::Ru) => Lang::Ru,
        None => {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .filter_map(|it| std::env::var(it).ok())
                .find(|it| !it.is_empty());
            locale.map_or(Lang::En, |it| Lang::of_locale(&it))
        }
    }
}
