//! `<slug|PATH>`: one tenant, compiled.

use std::path::{Path, PathBuf};

use compiler::compile::{self, Compilation, Compiled, Need, Options};
use compiler::since;

use crate::cli::{Format, Which};
use crate::exit::Stop;
use crate::output::Output;

/// The folder that slugs are looked up in.
const TREE: &str = "tenants";

/// Compiles the one tenant that `target` names. Its errors are shown, its warnings are `check`'s.
pub(crate) fn tenant(target: &str, output: &Output) -> Result<Compiled, Stop> {
    let path = folder(target)?;
    let compilation = compile::compile(&path, &Options::default());
    let slugs: Vec<&str> = compilation.tenants.iter().map(|it| it.slug.as_str()).collect();
    if slugs.len() > 1 {
        let slugs = slugs.join(", ");
        return Err(Stop::Usage(format!(
            "`{target}` holds several tenants ({slugs}): name the folder of one"
        )));
    }
    show_errors(&compilation, output)?;
    let only = compilation.tenants.into_iter().next().and_then(|it| it.compiled);
    only.ok_or_else(|| Stop::Finding(format!("`{target}` does not compile")))
}

/// What the flags ask of a compilation.
pub(crate) fn options(path: &Path, which: &Which, need: Need) -> Result<Options, Stop> {
    let since = which.since.as_deref().map(|revision| {
        let changes = since::changes(path, revision);
        changes.map_err(|why| Stop::Usage(format!("--since {revision}: {why}")))
    });
    Ok(Options {
        only: which.only.clone(),
        since: since.transpose()?,
        need,
        memory: if which.no_cache { None } else { which.cache.clone().or_else(user_cache) },
    })
}

/// Where a user's caches lie: <https://specifications.freedesktop.org/basedir-spec/latest/>.
fn user_cache() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let caches = named("XDG_CACHE_HOME").filter(|it| it.is_absolute());
    Some(caches.or_else(|| Some(named("HOME")?.join(".cache")))?.join("tenantry"))
}

fn folder(target: &str) -> Result<PathBuf, Stop> {
    let looks_like_slug = !target.is_empty() && !target.contains(['/', '\\', '.']);
    let in_tree = Path::new(TREE).join(target);
    if looks_like_slug && in_tree.is_dir() {
        return Ok(in_tree);
    }
    let path = PathBuf::from(target);
    match path.is_dir() {
        true => Ok(path),
        false => Err(Stop::Usage(format!("`{target}` is neither a tenant of `{TREE}` nor a folder"))),
    }
}

/// Shows what is wrong, on stderr: the verb's own data goes to stdout.
pub(crate) fn show_errors(compilation: &Compilation, output: &Output) -> Result<(), Stop> {
    if compilation.has_errors() {
        let mut out = std::io::stderr().lock();
        compiler::render::human(compilation, output.lang(), output.color_talk(), &mut out)?;
    }
    Ok(())
}

/// The format a verb prints in, if it knows the one asked for.
pub(crate) fn format(asked: Option<Format>, known: &[Format]) -> Result<Format, Stop> {
    let format = asked.unwrap_or(Format::Human);
    if known.contains(&format) {
        return Ok(format);
    }
    let name = |it: &Format| format!("{it:?}").to_lowercase();
    let known: Vec<String> = known.iter().map(name).collect();
    Err(Stop::Usage(format!(
        "--format {} is not for this verb; it knows {}",
        name(&format),
        known.join(", ")
    )))
}
