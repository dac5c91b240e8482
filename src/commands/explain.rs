//! `explain`: the long form of a diagnostic code.

use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;

pub(super) fn run(code: &str, output: &Output) -> Outcome {
    let text = compiler::explain::explain(code).ok_or_else(|| {
        Stop::Usage(format!("there is no diagnostic `{code}`; check prints codes in brackets"))
    })?;
    output.data(|out| writeln!(out, "{}", text.trim_end()))?;
    Ok(Exit::Fine)
}
