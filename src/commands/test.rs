//! `test`: the conversation tests of bundles.

use std::path::Path;
use std::sync::Arc;

use compiler::cases;
use compiler::compile::{self, Case, Options};
use compiler::suite::{self, Coverage, Filter, Report};

use super::outside;
use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::target;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json, Format::Junit];

pub(super) fn run(args: &cli::Test, format: Format, output: &Output) -> Outcome {
    let compilation = compile::compile(&args.path, &Options::default());
    target::show_errors(&compilation, output)?;
    let own = args.cases.as_deref().map(|file| read(file, output)).transpose()?;
    let filter = Filter { tier: args.tier.clone(), case: args.case.clone() };
    let (mut reports, mut coverage) = (Vec::new(), Vec::new());
    for tenant in &compilation.tenants {
        let Some(compiled) = &tenant.compiled else { continue };
        let cases = own.as_deref().unwrap_or(&compiled.cases);
        let release = Arc::new(compiled.release.clone());
        let played = suite::run(&release, cases, &filter).map_err(outside)?;
        if !played.is_empty() {
            coverage.push(Coverage::of(&release, &played));
        }
        reports.extend(played.into_iter().map(|it| it.report));
    }
    let broken = compilation.tenants.iter().filter(|it| it.compiled.is_none()).count();
    if let Some(id) = args.case.as_ref().filter(|_| reports.is_empty() && broken == 0) {
        return Err(Stop::Usage(format!("--case: there is no test `{id}`")));
    }
    let report = Report::new(reports, broken, coverage);
    match format {
        Format::Json => output.json(&report)?,
        Format::Junit => output.data(|out| suite::junit(&report, out))?,
        _ => output.data(|out| suite::human(&report, output.color(), args.coverage, out))?,
    }
    Ok(if report.is_green() && !compilation.has_errors() { Exit::Fine } else { Exit::Findings })
}

fn read(file: &Path, output: &Output) -> Result<Vec<Case>, Stop> {
    cases::read(file).map_err(|problems| match target::show_errors(&problems, output) {
        Ok(()) => Stop::Finding(format!("--cases: `{}` cannot be used", file.display())),
        Err(stop) => stop,
    })
}
