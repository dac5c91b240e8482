//! A tenant's prompt, filled in for one turn. Only what the tenant's people wrote is a template:
//! passages and customers' words that follow it are never read as one.

use format::{Lang, Release};
use minijinja::{Environment, UndefinedBehavior, context};

/// What a prompt may name.
pub(crate) struct Values<'a> {
    pub(crate) release: &'a Release,
    pub(crate) lang: Lang,
    pub(crate) branch: Option<&'a str>,
    pub(crate) contact_name: Option<&'a str>,
    pub(crate) contact_phone: Option<&'a str>,
    /// Local date and time, `YYYY-MM-DD HH:MM`.
    pub(crate) now: &'a str,
}

/// Fills in the part of `system` that is one of the release's prompts; the rest stays verbatim.
///
/// # Errors
/// The template does not compile or names what is not known; the text says which, never a value.
pub(crate) fn fill(system: &str, values: &Values<'_>) -> Result<String, minijinja::Error> {
    let prompts = values.release.prompts.iter().map(|it| it.text.trim_end());
    let Some(template) = prompts.filter(|it| system.starts_with(*it)).max_by_key(|it| it.len()) else {
        return Ok(system.to_owned());
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let Values { release, lang, branch, contact_name, contact_phone, now } = values;
    let branch = branch.and_then(|slug| release.branch(slug));
    let client = &release.client;
    let filled = environment.render_str(
        template,
        context! {
            client => context! { name => client.name.get(*lang), slug => client.slug.as_str() },
            branch => context! {
                name => branch.map_or("", |it| it.name.get(*lang)),
                slug => branch.map_or("", |it| it.slug.as_str()),
                phone => branch.and_then(|it| it.phone.as_deref()).unwrap_or(""),
            },
            contact => context! { name => contact_name.unwrap_or(""), phone => contact_phone.unwrap_or("") },
            role => "customer",
            lang => lang.code(),
            now => *now,
        },
    )?;
    Ok(filled + &system[template.len()..])
}

/// The version of the prompt that `system` begins with, empty when it is none of the release's.
pub(crate) fn version(system: &str, release: &Release) -> String {
    let prompts = release.prompts.iter().map(|it| it.text.trim_end());
    let template = prompts.filter(|it| system.starts_with(*it)).max_by_key(|it| it.len());
    template.map(|it| blake3::hash(it.as_bytes()).to_hex()[..16].to_owned()).unwrap_or_default()
}
