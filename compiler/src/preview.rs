//! A compilation against a store: the plan, and what customers would hear differently.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use format::Release;
use runtime::{LiveRow, StoreError};

use crate::apply::ENCODER;
use crate::compile::{Compilation, Compiled, Known, Need};
use crate::plan::{Desired, Heard, Plan, Published, TenantPlan, changed_answers, plan, rehearsed};
use crate::published::{Shelf, read};

impl<'a> From<&'a Compiled> for Desired<'a> {
    fn from(it: &'a Compiled) -> Self {
        Self { release: &it.release, bytes: &it.bytes, release_id: &it.release_id, standing: &it.standing }
    }
}

/// Plans a compilation against what is published.
///
/// # Errors
/// Those of the store.
pub fn planned(compilation: &Compilation, shelf: &dyn Shelf) -> Result<Plan, StoreError> {
    let compiled = compilation.tenants.iter().filter_map(|it| it.compiled.as_ref());
    let desired: Vec<Desired<'_>> = compiled.map(Desired::from).collect();
    let broken = compilation.tenants.iter().filter(|it| it.known.is_none());
    let broken: Vec<String> = broken.map(|it| it.slug.clone()).collect();
    let mut published = read(shelf, &desired, ENCODER)?;
    // A tenant that was not looked at is none of this plan's business.
    published.tenants.retain(|slug, _| !compilation.passed.contains(slug));
    let settled = settled(compilation, &published)?;
    // A renamed folder leaves its old tenant live, with the same numbers.
    let known: BTreeSet<&str> = compilation.tenants.iter().map(|it| it.slug.as_str()).collect();
    for (slug, orphan) in published.tenants.iter_mut().filter(|(slug, _)| !known.contains(slug.as_str())) {
        let stored = shelf.release(slug, &orphan.release_id)?;
        orphan.release = stored.and_then(|it| format::decode(&it.bytes).ok());
    }
    Ok(plan(&published, &desired, &settled, &broken, ENCODER))
}

/// Which releases a plan needs: those that differ from what is live.
///
/// # Errors
/// Those of the store.
pub fn need(shelf: &dyn Shelf) -> Result<Need, StoreError> {
    let known = |row: LiveRow| Known { release_id: row.release_id, standing: row.standing };
    Ok(Need::Changed(shelf.live()?.into_iter().map(|(slug, row)| (slug, known(row))).collect()))
}

/// Tenants that are live as the tree has them, and so were not compiled.
fn settled(compilation: &Compilation, published: &Published) -> Result<Vec<String>, StoreError> {
    let mut settled = Vec::new();
    for tenant in compilation.tenants.iter().filter(|it| it.compiled.is_none()) {
        let Some(known) = &tenant.known else { continue };
        let live = published.tenants.get(&tenant.slug);
        if live.is_none_or(|it| it.release_id != known.release_id) {
            // Somebody published between the two looks at the store.
            return Err(StoreError::Moved {
                slug: tenant.slug.clone(),
                planned: known.release_id.clone(),
                found: live.map_or_else(|| "none".to_owned(), |it| it.release_id.clone()),
            });
        }
        settled.push(tenant.slug.clone());
    }
    Ok(settled)
}

/// As [`planned`], and runs each changed tenant's own tests, and asks both releases what customers
/// ask. What goes wrong with one tenant is noted beside it.
///
/// # Errors
/// Those of the store.
pub fn heard(compilation: &Compilation, shelf: &dyn Shelf) -> Result<Plan, StoreError> {
    let mut plan = planned(compilation, shelf)?;
    let compiled =
        compilation.tenants.iter().filter_map(|it| Some((it.slug.as_str(), it.compiled.as_ref()?)));
    let compiled: BTreeMap<&str, &Compiled> = compiled.collect();
    let roots: BTreeMap<&str, &Path> =
        compilation.tenants.iter().map(|it| (it.slug.as_str(), it.root.as_path())).collect();
    for tenant in plan.tenants.iter_mut().filter(|it| it.writes()) {
        if let Some(root) = roots.get(tenant.slug.as_str()) {
            places::locate(&mut tenant.settings, root);
        }
        let Some(new) = compiled.get(tenant.slug.as_str()) else { continue };
        // Plan and company are no part of what is answered.
        if tenant.base.as_ref() == Some(&tenant.release_id) {
            continue;
        }
        let heard = hear(tenant, new, shelf);
        tenant.hear(heard);
    }
    plan.add_up();
    Ok(plan)
}

fn hear(tenant: &TenantPlan, new: &Compiled, shelf: &dyn Shelf) -> Result<Heard, String> {
    let release = Arc::new(new.release.clone());
    let old = match &tenant.base {
        Some(base) => live(shelf, &tenant.slug, base)?,
        None => None,
    };
    match old {
        Some(old) => changed_answers(&Arc::new(old), &release, &new.cases, tenant),
        None => rehearsed(&release, &new.cases),
    }
}

/// The live release; `None` when this build cannot read it.
fn live(shelf: &dyn Shelf, slug: &str, id: &str) -> Result<Option<Release>, String> {
    let stored = shelf.release(slug, id).map_err(|error| error.to_string())?;
    Ok(stored.and_then(|it| format::decode(&it.bytes).ok()))
}
