//! `explain`: the long form of a diagnostic code, or every code in a line.

use compiler::explain;

use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;

pub(super) fn run(code: Option<&str>, output: &Output) -> Outcome {
    let lang = output.lang();
    let Some(code) = code else {
        let all = explain::all();
        let width = all.iter().map(|(code, _)| code.len()).max().unwrap_or(0);
        output.data(|out| {
            all.iter().try_for_each(|(code, text)| writeln!(out, "{code:width$}  {}", text.summary(lang)))
        })?;
        return Ok(Exit::Fine);
    };
    let text = explain::explain(code).ok_or_else(|| Stop::Usage(unknown(code, output)))?;
    output.data(|out| writeln!(out, "{}", text.in_lang(lang)))?;
    Ok(Exit::Fine)
}

fn unknown(code: &str, output: &Output) -> String {
    let lang = output.lang();
    let message = lang.pick(format!("there is no diagnostic `{code}`"), format!("нет замечания `{code}`"));
    let way = match explain::closest(code) {
        Some(near) => lang.pick(format!("did you mean `{near}`?"), format!("может быть, `{near}`?")),
        None => lang
            .pick("`tenantry explain` lists all", "все коды покажет команда `tenantry explain`")
            .to_owned(),
    };
    format!("{message}; {way}")
}
