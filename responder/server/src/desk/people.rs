//! Who somebody in Telegram is, by the bundle: by the numeric id first, because names can be given to
//! somebody else.

use format::{Agent, Head, ManagerScope, Role, Standing};
use runtime::{Binding, Bound, Person};
use telegram::update;

use crate::engine::Engine;
use crate::tenant::Tenant;

/// Who wrote or pressed, with the role that the bundle gives where the branch's requests are concerned;
/// none for people it does not know, nor for those of another branch unless `manager_scope` is `global`.
pub(super) async fn person(
    engine: &Engine,
    tenant: &Tenant,
    branch: Option<&str>,
    from: &update::Person,
) -> Person {
    let known = known(engine, tenant, branch, from).await;
    let shown = from.signature.as_deref().filter(|_| from.is_anonymous()).unwrap_or(&from.name);
    let name = known.as_ref().and_then(|it| it.name.clone()).unwrap_or_else(|| shown.to_owned());
    let is_global = tenant.settings().manager_scope == ManagerScope::Global;
    let role = known.filter(|it| is_global || it.works_at(branch)).map(|it| it.role.code().to_owned());
    Person { telegram_id: from.id, username: from.username.clone(), name, role }
}

/// Somebody whom the bundle names.
struct Known {
    role: Role,
    name: Option<String>,
    /// Slug of the only branch he works for.
    branch: Option<String>,
}

impl Known {
    fn of(agent: &Agent) -> Self {
        Self { role: agent.role, name: Some(agent.name.clone()), branch: agent.branch.clone() }
    }

    fn owner() -> Self {
        Self { role: Role::Owner, name: None, branch: None }
    }

    fn works_at(&self, branch: Option<&str>) -> bool {
        works_at(self.branch.as_deref(), branch)
    }
}

/// A request whose branch is not known is everybody's.
fn works_at(own: Option<&str>, branch: Option<&str>) -> bool {
    own.is_none_or(|own| branch.is_none_or(|it| it == own))
}

/// Of the entries of one person, who may work for several branches, the one that holds at this branch;
/// else the first.
fn entry<'t>(entries: impl Iterator<Item = &'t Agent>, branch: Option<&str>) -> Option<&'t Agent> {
    let entries: Vec<&Agent> = entries.collect();
    let here = entries.iter().find(|it| works_at(it.branch.as_deref(), branch));
    here.or(entries.first()).copied()
}

/// By the bundle.
async fn known(
    engine: &Engine,
    tenant: &Tenant,
    branch: Option<&str>,
    from: &update::Person,
) -> Option<Known> {
    if from.is_anonymous() {
        return None;
    }
    if let Some(agent) = entry(agents(tenant).filter(|it| id_of(it) == Some(from.id)), branch) {
        return Some(Known::of(agent));
    }
    if owners(tenant).any(|it| it.trim().parse() == Ok(from.id)) {
        return Some(Known::owner());
    }
    let username = from.username.as_deref()?.to_lowercase();
    let named = agents(tenant).filter(|it| username_of(it).as_deref() == Some(username.as_str()));
    let agent = entry(named, branch);
    let is_owner = owners(tenant).any(|it| it.trim().trim_start_matches('@').to_lowercase() == username);
    let found = match agent {
        Some(agent) => Known::of(agent),
        None => is_owner.then(Known::owner)?,
    };
    bind(engine, tenant, &username, from.id).await.then_some(found)
}

/// Whether the name may stand for this account: the first one it was seen with.
async fn bind(engine: &Engine, tenant: &Tenant, username: &str, id: i64) -> bool {
    let (slug, name, now_ms) = (tenant.slug().to_owned(), username.to_owned(), engine.now_ms());
    match engine.with_state(move |state| state.bind(&slug, &name, id, now_ms)).await {
        Ok(Bound::First | Bound::Same) => true,
        Ok(Bound::Changed { .. }) => {
            let key = format!("account_changed:{}:{username}:{id}", tenant.slug());
            engine.tell_owner_of(tenant.slug(), ("account_changed", username), key).await;
            false
        }
        Err(error) => {
            engine.store_failed("bind", &error);
            false
        }
    }
}

/// The client's people, and those of its company, who see all its clients.
pub(crate) fn people_of<'t>(head: &'t Head, standing: &'t Standing) -> impl Iterator<Item = &'t Agent> {
    head.agents.iter().chain(standing.company.iter().flat_map(|it| &it.agents))
}

fn agents(tenant: &Tenant) -> impl Iterator<Item = &Agent> {
    people_of(tenant.head(), tenant.standing())
}

/// Owners' WhatsApp numbers, digits alone.
pub(super) fn owners_phones(tenant: &Tenant) -> Vec<String> {
    let owners = agents(tenant).filter(|it| it.role == Role::Owner);
    owners.filter_map(|it| it.phone.clone()).collect()
}

/// The WhatsApp number of the owner with this account, digits alone.
pub(super) fn phone_of(tenant: &Tenant, bindings: &[Binding], account: i64) -> Option<String> {
    let owners = agents(tenant).filter(|it| it.role == Role::Owner);
    let mut own = owners.filter(|it| telegram_id(it, bindings) == Some(account));
    own.find_map(|it| it.phone.clone())
}

fn owners(tenant: &Tenant) -> impl Iterator<Item = &str> {
    tenant.settings().owner_telegram_id.iter().map(String::as_str)
}

fn id_of(agent: &Agent) -> Option<i64> {
    agent.telegram.as_deref()?.trim().parse().ok()
}

/// The account of somebody the bundle names, where it is known.
pub(super) fn telegram_id(agent: &Agent, bindings: &[Binding]) -> Option<i64> {
    let bound = || {
        let name = username_of(agent)?;
        bindings.iter().find(|it| it.username == name).map(|it| it.telegram_id)
    };
    id_of(agent).or_else(bound)
}

fn username_of(agent: &Agent) -> Option<String> {
    let name = agent.telegram.as_deref()?.trim();
    name.parse::<i64>().is_err().then(|| name.trim_start_matches('@').to_lowercase())
}

/// The owners that bundle and company name: how Telegram calls them, and their names where they have
/// one. Each once.
pub(crate) fn owners_of<'t>(head: &'t Head, standing: &'t Standing) -> Vec<(&'t str, &'t str)> {
    let named = people_of(head, standing).filter(|it| it.role == Role::Owner);
    let named = named.filter_map(|it| Some((it.telegram.as_deref()?, it.name.as_str())));
    let mut all: Vec<(&str, &str)> = named.collect();
    for owner in &head.client.settings.owner_telegram_id {
        if !all.iter().any(|(it, _)| same(it, owner)) {
            all.push((owner, ""));
        }
    }
    all
}

/// The owners, to be called by name: those with the numeric id that they were seen with.
pub(super) fn mentions(tenant: &Tenant, bindings: &[Binding]) -> Vec<telegram::note::Mention> {
    let mention = |(handle, name): (&str, &str)| {
        let bare = handle.trim().trim_start_matches('@').to_lowercase();
        let bound = bindings.iter().find(|it| it.username == bare).map(|it| it.telegram_id);
        let id: Option<i64> = handle.trim().parse().ok().or(bound);
        let username = handle.trim().parse::<i64>().is_err().then(|| bare.clone());
        telegram::note::Mention { telegram_id: id, username, name: name.to_owned() }
    };
    owners_of(tenant.head(), tenant.standing()).into_iter().map(mention).collect()
}

fn same(one: &str, other: &str) -> bool {
    one.trim().trim_start_matches('@').eq_ignore_ascii_case(other.trim().trim_start_matches('@'))
}
