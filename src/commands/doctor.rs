//! `doctor`: whether everything outside is as tenants need it.

use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use compiler::said::Lang;
use serde_json::json;
use server::doctor::{Finding, NotPublished, Outcome as Found, Stores, Words, examine};
use server::{Clock as _, SystemClock};

use super::serve::{config, install_tls};
use crate::cli::{Doctor, Format, Global};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(args: &Doctor, global: &Global, format: Format, output: &Output) -> Outcome {
    let place = Place::read(global);
    let config = config(&args.outside, global, place.as_ref().ok());
    let mut problems = config.problems();
    let place = match place {
        Ok(place) if problems.is_empty() => place,
        place => {
            problems.extend(place.err().unwrap_or_default());
            return Err(Stop::settings(&problems));
        }
    };
    install_tls();
    let stores = Stores {
        releases: place.made().map(|it| it.map(Arc::from)),
        state: place.conversations().map(|it| it.map(Arc::from)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let examined = runtime.block_on(examine(config, stores, args.slug.as_deref(), SystemClock.now_ms()));
    // What did not answer in time is not waited for.
    runtime.shutdown_background();
    let findings = examined.map_err(|NotPublished| {
        let slug = args.slug.as_deref().unwrap_or_default();
        Stop::Finding(format!("`{slug}` is not published"))
    })?;
    match format {
        Format::Json => {
            output.json(&findings.iter().map(|it| as_json(it, output.lang())).collect::<Vec<_>>())?
        }
        _ => output.data(|out| render(&findings, output, out))?,
    }
    let failed = findings.iter().any(|it| it.outcome == Found::Failed);
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

fn as_json(it: &Finding, lang: Lang) -> serde_json::Value {
    let mut line = json!({
        "tenant": it.tenant,
        "check": it.check,
        "outcome": it.outcome.word(),
        "detail": said(&it.detail, lang),
    });
    if let Some(remedy) = &it.remedy {
        line["remedy"] = said(remedy, lang).into();
    }
    line
}

/// Tenant by tenant, what all of them share first.
fn render(findings: &[Finding], output: &Output, out: &mut dyn Write) -> io::Result<()> {
    let lang = output.lang();
    for group in findings.chunk_by(|a, b| a.tenant == b.tenant) {
        let tenant = group.first().and_then(|it| it.tenant.as_deref());
        writeln!(out, "{}", tenant.unwrap_or(lang.pick("all tenants", "все бренды")))?;
        for it in group {
            let (mark, style) = mark(it.outcome, output.color());
            writeln!(out, "  {style}{mark}{style:#} {}: {}", it.check, said(&it.detail, lang))?;
            if let Some(remedy) = &it.remedy {
                writeln!(out, "      → {}", said(remedy, lang))?;
            }
        }
        writeln!(out)?;
    }
    let count = |outcome| findings.iter().filter(|it| it.outcome == outcome).count();
    let (fine, failed, skipped) = (count(Found::Ok), count(Found::Failed), count(Found::Skipped));
    match lang {
        Lang::En => writeln!(out, "{fine} fine, {failed} wrong, {skipped} not checked"),
        Lang::Ru => writeln!(out, "в порядке: {fine}, исправить: {failed}, не проверено: {skipped}"),
    }
}

fn mark(outcome: Found, colored: bool) -> (&'static str, Style) {
    let (mark, color) = match outcome {
        Found::Ok => ("✓", AnsiColor::Green),
        Found::Failed => ("✗", AnsiColor::Red),
        Found::Skipped => ("–", AnsiColor::BrightBlack),
    };
    let style = if colored { Style::new().fg_color(Some(color.into())) } else { Style::new() };
    (mark, style)
}

fn said(words: &Words, lang: Lang) -> &str {
    lang.pick(&words.en, &words.ru)
}
