//! WhatsApp numbers that tenants claim: each belongs to one.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::draft::Found;
use crate::bundle::Bundle;
use crate::check::duplicate_instance;
use crate::load::Reader;
use crate::source::{Place, SourceMap};

/// A number as one of a tenant's files claims it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    /// The number as written.
    number: String,
    /// The file, as shown to the user.
    path: PathBuf,
    /// Bytes of the number in it.
    span: Range<usize>,
}

impl Claim {
    /// What a bundle claims, each number once.
    pub(super) fn all(bundle: &Bundle, sources: &SourceMap) -> Vec<Self> {
        let mut claims: Vec<Self> = Vec::new();
        for (number, place) in duplicate_instance::instances(bundle) {
            if claims.iter().all(|it| it.number != number) {
                let path = sources.file(place.file).path().to_owned();
                claims.push(Self { number: number.to_owned(), path, span: place.span });
            }
        }
        claims
    }

    /// The claim as written by another run, which may have called the tree by another path.
    pub(super) fn below(mut self, root: &std::path::Path) -> Self {
        if let Some(name) = self.path.file_name() {
            self.path = root.join(name);
        }
        self
    }

    /// Where it stands. Its file is read again: most claims are never asked.
    fn place(&self, sources: &mut SourceMap) -> Place {
        if let Some(file) = sources.find(&self.path) {
            return Place::new(file, self.span.clone());
        }
        let mut reader = Reader { sources: std::mem::take(sources), diagnostics: Vec::new() };
        let boundary = self.path.parent().unwrap_or(&self.path).to_owned();
        let place = match reader.read_file(&self.path, &boundary) {
            Some(loaded) if !loaded.broken => Place::new(loaded.file, self.span.clone()),
            _ => reader.stand_in(&self.path),
        };
        *sources = reader.sources;
        place
    }
}

/// Who claimed each number first.
pub(super) struct Numbers(HashMap<String, (String, Claim)>);

impl Numbers {
    /// The claims of tenants that are not looked at themselves.
    pub(super) fn of<'c>(others: impl Iterator<Item = (&'c str, &'c [Claim])>) -> Self {
        let mut numbers = Self(HashMap::new());
        for (tenant, claims) in others {
            for claim in claims {
                let owner = || (tenant.to_owned(), claim.clone());
                numbers.0.entry(claim.number.clone()).or_insert_with(owner);
            }
        }
        numbers
    }

    /// Adds a tenant's claims; a number that is taken is a finding of that tenant.
    pub(super) fn claim(&mut self, found: &mut Found) {
        for claim in &found.claims {
            match self.0.get(&claim.number) {
                Some((tenant, first)) => {
                    let (here, there) = (claim.place(&mut found.sources), first.place(&mut found.sources));
                    found.diagnostics.push(duplicate_instance::taken(&claim.number, tenant, here, there));
                }
                None => drop(self.0.insert(claim.number.clone(), (found.slug.clone(), claim.clone()))),
            }
        }
    }
}
