//! Tree to store: compile, tell what is wrong, publish what is not.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use compiler::apply::{self, Applied, Outcome as Fate, Outside};
use compiler::compile::{self, Compilation, Options};
use compiler::diagnostic::Severity;
use compiler::provenance::Provenance;
use compiler::said::Lang;
use compiler::{preview, render};
use playground::bench::{Bench, Findings, Sample};
use server::Snapshot;

use super::scope::TreeReleases;
use super::secrets::Invented;
use super::{bench, samples};
use crate::commands::now;
use crate::exit::Stop;
use crate::output::Output;

/// Publishes a tree again and again.
pub(super) struct Publisher {
    tree: PathBuf,
    releases: Arc<TreeReleases>,
    secrets: Arc<Invented>,
    output: Output,
    latest: Compiled,
}

/// What the last compile came to.
#[derive(Default)]
pub(super) struct Compiled {
    /// Counts compiles.
    pub(super) revision: u64,
    /// Unix milliseconds.
    pub(super) at_ms: u64,
    /// Tenants of the tree.
    pub(super) tenants: Vec<Seen>,
    /// What is wrong.
    pub(super) findings: Option<Findings>,
}

/// A tenant of the tree.
pub(super) struct Seen {
    pub(super) slug: String,
    /// Its bundle has errors.
    pub(super) is_broken: bool,
    /// Things to ask it.
    pub(super) samples: Vec<Sample>,
}

impl Publisher {
    pub(super) fn new(
        tree: &Path,
        releases: Arc<TreeReleases>,
        secrets: Arc<Invented>,
        output: Output,
    ) -> Self {
        Self { tree: tree.to_owned(), releases, secrets, output, latest: Compiled::default() }
    }

    /// Compiles the tree and publishes every tenant without errors. What is wrong with bundles is
    /// printed and kept for the page.
    ///
    /// # Errors
    /// Those of the store; what was published before stays.
    pub(super) fn publish(&mut self) -> Result<(), Stop> {
        let started = Instant::now();
        let compilation = compile::compile(&self.tree, &Options::default());
        for compiled in compilation.tenants.iter().filter_map(|it| it.compiled.as_ref()) {
            self.secrets.learn(&compiled.release.client);
        }
        let told = self.latest.findings.take();
        self.keep(&compilation)?;
        // What was on the screen already is not repeated with every save.
        if self.latest.findings.is_some() && self.latest.findings != told {
            // Nobody reading the terminal is no reason not to publish.
            drop(self.show(&compilation));
        }
        self.releases.narrow(compilation.tenants.iter().map(|it| it.slug.clone()).collect::<BTreeSet<_>>());
        let plan = preview::planned(&compilation, self.releases.as_ref())?;
        // Which commit something comes from matters to those who publish, not to those who try out.
        let (store, nothing) = (self.releases.as_ref(), Outside::default());
        let applied = apply::apply(&plan, store, &nothing, (&Provenance::default(), &now()), &mut |_| {});
        let took = started.elapsed().as_millis();
        let good = self.latest.tenants.iter().filter(|it| !it.is_broken).count();
        let all = self.latest.tenants.len();
        self.output.talk(&format!("compiled {good} of {all} tenants in {took} ms"));
        self.report(&applied);
        Ok(())
    }

    /// Says what went wrong outside of bundles.
    pub(super) fn complain(&self, stop: &Stop) {
        match stop {
            Stop::Usage(message) | Stop::Finding(message) => self.output.error(message),
            Stop::Outside(error) => self.output.error(&format!("{error:#}")),
            Stop::Unheard => {}
        }
    }

    /// What the page shows, given what is served.
    pub(super) fn bench(&self, served: &Snapshot) -> Bench {
        for tenant in served.tenants.values() {
            self.secrets.learn(&tenant.head().client);
        }
        bench::of(&self.latest, served, &self.secrets)
    }

    fn keep(&mut self, compilation: &Compilation) -> Result<(), Stop> {
        let mut seen: Vec<Seen> = Vec::new();
        for tenant in &compilation.tenants {
            let old = self.latest.tenants.iter().find(|it| it.slug == tenant.slug);
            let samples = match (&tenant.compiled, old) {
                (Some(compiled), _) => samples::of(&compiled.cases),
                (None, old) => old.map(|it| it.samples.clone()).unwrap_or_default(),
            };
            seen.push(Seen { slug: tenant.slug.clone(), is_broken: tenant.compiled.is_none(), samples });
        }
        self.latest = Compiled {
            revision: self.latest.revision + 1,
            at_ms: jiff::Timestamp::now().as_millisecond().unsigned_abs(),
            tenants: seen,
            findings: findings(compilation, self.output.lang())?,
        };
        Ok(())
    }

    fn show(&self, compilation: &Compilation) -> std::io::Result<()> {
        let mut err = std::io::stderr().lock();
        writeln!(err)?;
        render::human(compilation, self.output.lang(), self.output.color_talk(), &mut err)
    }

    fn report(&self, applied: &[Applied]) {
        for Applied { slug, outcome } in applied {
            match outcome {
                Fate::Live { to, .. } => self.output.talk(&format!("{slug}: release {to} is live")),
                Fate::Failed(error) => self.output.error(&format!("`{slug}` was not published: {error}")),
                Fate::Untouched | Fate::Embedded { .. } => {}
            }
        }
    }
}

fn findings(compilation: &Compilation, lang: Lang) -> Result<Option<Findings>, Stop> {
    let (errors, warnings) = (compilation.count(Severity::Error), compilation.count(Severity::Warning));
    if errors + warnings == 0 {
        return Ok(None);
    }
    let mut text = Vec::new();
    render::human(compilation, lang, false, &mut text)?;
    Ok(Some(Findings { errors, warnings, text: String::from_utf8_lossy(&text).trim().to_owned() }))
}
