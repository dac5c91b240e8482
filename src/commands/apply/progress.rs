//! How far an apply has come, on a terminal.

use std::cell::Cell;
use std::fmt::Write;

use compiler::apply::{Outcome, Step};
use compiler::plan::Plan;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::output::Output;

/// Passages embedded with rate and time left, and tenants done; invisible where nobody watches.
pub(super) struct Bar {
    passages: ProgressBar,
    done: Cell<usize>,
    tokens: Cell<u64>,
    tenants: usize,
}

impl Bar {
    /// A bar for everything that the plan publishes.
    pub(super) fn of(plan: &Plan, output: &Output) -> Self {
        let publishes = plan.tenants.iter().filter(|it| it.writes());
        let (tenants, passages) = publishes.fold((0_usize, 0_usize), |(tenants, passages), it| {
            (tenants + 1, passages + it.passages.embed.len())
        });
        let texts = plan.embedding.as_ref().map_or(0, |it| it.total().texts);
        let passages = passages + texts;
        let bar = match output.is_watched() {
            // A tenant without new passages is a step too, or the bar would stand still.
            true => ProgressBar::new((tenants + passages) as u64),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{bar:30} {msg}, {rate}, {eta} left")
            .expect("the template is well formed");
        // Its own `per_sec` tells ten thousandths of a passage.
        bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            // A bar that cannot be written is no reason to stop.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        }));
        let bar = Self { passages: bar, done: Cell::new(0), tokens: Cell::new(0), tenants };
        bar.tell(0);
        bar
    }

    /// Takes a step.
    pub(super) fn heed(&self, step: &Step<'_>) {
        match step {
            Step::Encoded(passages) => self.passages.inc(*passages as u64),
            Step::Embedded { texts, tokens } => {
                self.passages.inc(*texts as u64);
                self.tokens.set(self.tokens.get() + tokens);
            }
            Step::Tenant(it) if matches!(it.outcome, Outcome::Untouched) => {}
            Step::Tenant(_) => {
                self.passages.inc(1);
                self.done.set(self.done.get() + 1);
                self.tell(self.done.get());
            }
        }
    }

    /// Tokens that the embedder counted.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens.get()
    }

    fn tell(&self, done: usize) {
        self.passages.set_message(format!("{done} of {} tenants", self.tenants));
    }

    /// Clears the line: what follows says how it ended.
    pub(super) fn finish(&self) {
        self.passages.finish_and_clear();
    }
}
