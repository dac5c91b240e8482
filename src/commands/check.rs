//! `check`: offline, deterministic validation.

use compiler::compile::{self, Compilation, Need};
use compiler::diagnostic::Severity;
use compiler::said::Lang;
use compiler::{fix, render};

use crate::cli::{self, Format};
use crate::exit::{Exit, Outcome, Stop};
use crate::output::Output;
use crate::target;

pub(super) const FORMATS: &[Format] = &[Format::Human, Format::Json, Format::Github, Format::Sarif];

pub(super) fn run(args: &cli::Check, format: Format, output: &Output) -> Outcome {
    match (args.path.to_str(), &args.code) {
        // A folder of this name is checked like any other.
        (Some("explain"), code) if code.is_some() || !args.path.exists() => {
            return super::explain::run(code.as_deref(), output);
        }
        (_, Some(code)) => {
            return Err(Stop::Usage(format!("unexpected argument `{code}`: check takes one PATH")));
        }
        _ => {}
    }
    let options = target::options(&args.path, &args.which, Need::Findings)?;
    let mut compilation = compile::compile(&args.path, &options);
    if args.fix {
        let reach = if args.unsafe_fixes { fix::Reach::Unsafe } else { fix::Reach::Safe };
        let fixed = fix::apply(&compilation, reach).map_err(|it| Stop::Outside(it.into()))?;
        output.talk(&told(fixed, output.lang()));
        if fixed.fixes > 0 {
            compilation = compile::compile(&args.path, &options);
        }
    }
    show(&compilation, format, output)?;
    let warned = args.deny_warnings && compilation.count(Severity::Warning) > 0;
    Ok(if compilation.has_errors() || warned { Exit::Findings } else { Exit::Fine })
}

/// What `--fix` did.
fn told(fix::Fixed { fixes, files }: fix::Fixed, lang: Lang) -> String {
    let s = if files == 1 { "" } else { "s" };
    lang.pick(format!("{fixes} fixed in {files} file{s}"), format!("исправлено: {fixes}, файлов: {files}"))
}

fn show(compilation: &Compilation, format: Format, output: &Output) -> std::io::Result<()> {
    let lang = output.lang();
    match format {
        Format::Json => output.data(|out| render::json(compilation, lang, out)),
        Format::Github => output.data(|out| render::github(compilation, lang, out)),
        Format::Sarif => output.data(|out| render::sarif(compilation, lang, out)),
        _ => output.data(|out| render::human(compilation, lang, output.color(), out)),
    }
}
