//! `stats`: how people answer: requests, times to take, to answer, to resolve.

use std::collections::BTreeMap;

use figures::{Event, Hours, Kind, Period, Span, fold};
use format::{DayHours, Release};
use jiff::{Timestamp, ToSpan};
use runtime::DeskEvent;
use serde_json::json;

use crate::cli::{Format, Stats};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

/// Weekdays as facts name them, in the order of figures.
const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) fn run(args: &Stats, place: &Place, format: Format, output: &Output) -> Outcome {
    let release = super::live(&args.slug, place)?;
    let now = Timestamp::now();
    let zone = jiff::tz::TimeZone::get(&release.client.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let from = now.to_zoned(zone).checked_sub(i64::from(args.days).days());
    let from = from.map_or(Timestamp::UNIX_EPOCH, |it| it.timestamp());
    let period = Period { from_ms: from.as_millisecond(), to_ms: now.as_millisecond() };
    let events = match place.conversations()? {
        Some(state) => state.figures(&args.slug, period.from_ms, period.to_ms)?,
        None => Vec::new(),
    };
    let events: Vec<Event> = events.into_iter().filter_map(event).collect();
    let hours = Working::of(&release);
    let figures = fold(&events, period, |branch| hours.of_branch(branch));
    if format == Format::Json {
        output.json(&json!({ "client": args.slug, "days": args.days, "figures": figures }))?;
        return Ok(Exit::Fine);
    }
    output.data(|out| write!(out, "{}", figures.table()))?;
    Ok(Exit::Fine)
}

/// An event as figures take it; kinds of a newer build are left out.
fn event(it: DeskEvent) -> Option<Event> {
    let kind = Kind::parse(&it.kind)?;
    let DeskEvent { at_ms, branch, handover_id, role, detail, .. } = it;
    Some(Event { at_ms, branch, handover_id, kind, role, detail })
}

/// Working hours of the client and of branches whose facts differ.
struct Working {
    client: Option<Hours>,
    branches: BTreeMap<String, Option<Hours>>,
}

impl Working {
    fn of(release: &Release) -> Self {
        let zone = &release.client.timezone;
        let read = |facts: &format::Facts| facts.hours.as_ref().and_then(|it| hours(zone, it));
        let branches = release.branch_facts.iter().map(|(slug, facts)| (slug.clone(), read(facts)));
        Self { client: read(&release.facts), branches: branches.collect() }
    }

    fn of_branch(&self, branch: Option<&str>) -> Option<&Hours> {
        let own = branch.and_then(|slug| self.branches.get(slug));
        own.unwrap_or(&self.client).as_ref()
    }
}

/// Hours as figures take them; none where the facts give no times.
fn hours(zone: &str, hours: &format::Hours) -> Option<Hours> {
    let week = WEEK.map(|day| spans(hours.week.get(day).unwrap_or(&hours.usual)));
    if week.iter().all(Vec::is_empty) {
        return None;
    }
    let dates = hours.dates.iter().map(|(date, it)| (date.clone(), spans(it))).collect();
    Hours::new(zone, week, &dates).ok()
}

fn spans(day: &DayHours) -> Vec<Span> {
    match day {
        DayHours::Open { open, close } => Span::parse(open, close).into_iter().collect(),
        DayHours::Closed => Vec::new(),
    }
}
