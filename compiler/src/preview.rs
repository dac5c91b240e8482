//! A compilation against a store: the plan, and what customers would hear differently.

use std::collections::BTreeMap;
use std::sync::Arc;

use runtime::StoreError;
use thiserror::Error;

use crate::apply::ENCODER;
use crate::compile::{Case, Compilation, Compiled};
use crate::plan::{Desired, Plan, Question, changed_answers, plan};
use crate::published::{Shelf, read};

/// Why there is no preview.
#[derive(Debug, Error)]
pub enum PreviewError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A throw-away index could not be made.
    #[error("answers cannot be compared: {0}")]
    Index(String),
}

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
    let broken = compilation.tenants.iter().filter(|it| it.compiled.is_none());
    let broken: Vec<String> = broken.map(|it| it.slug.clone()).collect();
    let published = read(shelf, &desired, ENCODER)?;
    Ok(plan(&published, &desired, &broken, ENCODER))
}

/// As [`planned`], and asks the questions of each changed tenant's own tests of both releases.
///
/// # Errors
/// Those of the store and of the throw-away index.
pub fn heard(compilation: &Compilation, shelf: &dyn Shelf) -> Result<Plan, PreviewError> {
    let mut plan = planned(compilation, shelf)?;
    let compiled =
        compilation.tenants.iter().filter_map(|it| Some((it.slug.as_str(), it.compiled.as_ref()?)));
    let compiled: BTreeMap<&str, &Compiled> = compiled.collect();
    for tenant in &mut plan.tenants {
        let (Some(base), Some(new)) = (&tenant.base, compiled.get(tenant.slug.as_str())) else { continue };
        let questions: Vec<Question> = new.cases.iter().filter_map(question).collect();
        if *base == tenant.release_id || questions.is_empty() {
            continue;
        }
        let stored = shelf.release(&tenant.slug, base)?;
        let Some(old) = stored.and_then(|it| format::decode(&it.bytes).ok()) else { continue };
        let (old, new) = (Arc::new(old), Arc::new(new.release.clone()));
        tenant.answers = changed_answers(&old, &new, &questions).map_err(PreviewError::Index)?;
    }
    Ok(plan)
}

fn question(case: &Case) -> Option<Question> {
    let text = case.case.user.as_ref()?.0.clone();
    Some(Question { case: case.case.id.0.clone(), text })
}
