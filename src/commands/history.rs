//! `history`: the releases of a tenant.

use compiler::history;
use compiler::plan::Tint;

use crate::cli::{self, Format, Topic};
use crate::exit::{Exit, Outcome};
use crate::output::Output;
use crate::place::Place;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json];

pub(super) fn run(args: &cli::History, place: &Place, format: Format, output: &Output) -> Outcome {
    let topic = args.topic.map(|it| match it {
        Topic::Facts => history::Topic::Facts,
        Topic::Prompt => history::Topic::Prompt,
        Topic::Settings => history::Topic::Settings,
        Topic::Pack => history::Topic::Pack,
        Topic::Knowledge => history::Topic::Knowledge,
    });
    let history =
        history::read(place.published()?.as_ref(), &args.slug, topic, &args.tree, args.limit.into())?;
    let tint = if output.color() { Tint::ansi() } else { Tint::plain() };
    match format {
        Format::Json => output.json(&history)?,
        _ => output.data(|out| history::human(&history, jiff::Timestamp::now(), tint, out))?,
    }
    Ok(Exit::Fine)
}
