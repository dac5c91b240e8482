//! A plan in a file: written once, read back only if it is what was written.

use serde::Deserialize;
use thiserror::Error;

use super::{BUILD, PLAN_FORMAT, Plan};

/// Why a file is no plan to carry out.
#[derive(Debug, Error)]
pub enum PlanError {
    /// It is something else.
    #[error("not a saved plan: {0}")]
    NoPlan(#[from] serde_json::Error),
    /// Another build made it.
    #[error(
        "this plan was made by tenantry {build} (plan format {format}), and this is tenantry {BUILD} \
         (plan format {PLAN_FORMAT}): plan again with this build"
    )]
    OtherBuild {
        /// Version of that build.
        build: String,
        /// Its format.
        format: u32,
    },
    /// It was printed for reading.
    #[error("it carries no release of `{0}`: save plans with `plan --out`, `--format json` is for reading")]
    NoRelease(String),
    /// A release in it is not the one that was planned.
    #[error("the release of `{0}` in it differs from its id: it was changed after it was saved")]
    OtherRelease(String),
    /// Something else in it is not what was planned.
    #[error("what it does differs from its id {0}: it was changed after it was saved")]
    Changed(String),
}

impl Plan {
    /// `p-` and twelve hex digits of blake3 over what is published, on which base, with which plan
    /// and company.
    pub(super) fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        add(&self.format.to_string());
        add(&self.encoder);
        for it in self.tenants.iter().filter(|it| it.writes()) {
            let standing = it.payload.as_ref().map(|it| &it.standing);
            let standing = serde_json::to_string(&standing).expect("a standing has string keys");
            for part in [&it.slug, it.base.as_ref().unwrap_or(&String::new()), &it.release_id, &standing] {
                add(part);
            }
        }
        if let Some(embedding) = &self.embedding {
            add(&embedding.model);
            embedding.tenants.keys().for_each(|slug| add(slug));
        }
        format!("p-{}", &hasher.finalize().to_hex()[..12])
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// [`PlanError`] says why it is not one that this build may carry out.
    pub fn read(json: &[u8]) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
            #[serde(default)]
            build: Option<String>,
        }
        let Head { format, build } = serde_json::from_slice(json)?;
        if format != PLAN_FORMAT || build.as_deref() != Some(BUILD) {
            let build = build.unwrap_or_else(|| "of an earlier version".to_owned());
            return Err(PlanError::OtherBuild { build, format });
        }
        let plan: Self = serde_json::from_slice(json)?;
        for tenant in plan.tenants.iter().filter(|it| it.writes()) {
            match &tenant.payload {
                None => return Err(PlanError::NoRelease(tenant.slug.clone())),
                Some(payload) if format::release_id(payload.release.as_bytes()) != tenant.release_id => {
                    return Err(PlanError::OtherRelease(tenant.slug.clone()));
                }
                Some(_) => {}
            }
        }
        if plan.digest() != plan.id {
            return Err(PlanError::Changed(plan.id));
        }
        Ok(plan)
    }
}
