//! A tenant's prompt, filled in for one turn. Only what the tenant's people wrote is a template:
//! passages and customers' words that follow it are never read as one.

use format::{Lang, Release};
use minijinja::{Environment, UndefinedBehavior, context};

/// Instructions a template may take: a loop without end must not hold a turn.
const FUEL: u64 = 100_000;

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
    environment.set_fuel(Some(FUEL));
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

#[cfg(test)]
mod tests {
    use super::*;
    use format::{Client, Facts, Pack, Prompt, Settings, Status, Text};

    fn release(text: &str) -> Release {
        let client = Client {
            slug: "wheel".to_owned(),
            id: uuid::Uuid::nil(),
            name: Text::plain("Спица"),
            status: Status::Active,
            plan: "starter".to_owned(),
            company: None,
            languages: vec![Lang::Ru],
            timezone: "Asia/Almaty".to_owned(),
            instance_id: None,
            secrets: std::collections::BTreeMap::new(),
            settings: Settings::default(),
        };
        let prompt = Prompt {
            name: "system".to_owned(),
            model: "m".to_owned(),
            temperature: 0.0,
            is_active: true,
            text: text.to_owned(),
        };
        Release {
            format: format::FORMAT,
            client,
            branches: Vec::new(),
            agents: Vec::new(),
            prompts: vec![prompt],
            facts: Facts::default(),
            branch_facts: std::collections::BTreeMap::new(),
            pack: Pack::default(),
            passages: Vec::new(),
            sources: std::collections::BTreeMap::new(),
        }
    }

    fn filled(text: &str, rest: &str) -> Result<String, String> {
        let release = release(text);
        let values = Values {
            release: &release,
            lang: Lang::Ru,
            branch: None,
            contact_name: None,
            contact_phone: Some("7700"),
            now: "2026-01-15 12:00",
        };
        fill(&format!("{text}{rest}"), &values).map_err(|it| it.kind().to_string())
    }

    #[test]
    fn only_the_prompt_is_a_template() {
        let told = filled("За {{client.name}}, {{contact.phone}}.\n", "\n{{ client.name }} {% bad").unwrap();
        assert_eq!(told, "За Спица, 7700.\n\n{{ client.name }} {% bad");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(filled("{{ client.owner }}", "").is_err());
        assert!(filled("{% if %}", "").is_err());
    }

    #[test]
    fn a_loop_without_end_is_given_up() {
        let nested = "{% for a in range(1000) %}{% for b in range(1000) %}{{ a }}{% endfor %}{% endfor %}";
        assert!(filled(nested, "").is_err());
    }
}
