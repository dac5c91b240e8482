//! A small tenant in memory for the tests of rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Rule, Scene};
use crate::bundle::{self, Bundle, Shared, SharedTexts};
use crate::load::{Folder, Loaded};
use crate::source::{Place, SourceFile, SourceMap};

/// The tenant `kiosk`, which sells nothing unless told so.
#[derive(Debug, Clone)]
pub(super) struct Kiosk(BTreeMap<String, String>);

impl Kiosk {
    pub(super) fn new() -> Self {
        let files =
            [("client.yaml", "slug: kiosk\nname: Киоск\n"), ("SALON_TRUTH.yaml", "client_pack: {}\n")];
        Self(files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
    }

    /// Replaces or adds a file.
    pub(super) fn file(mut self, name: &str, text: &str) -> Self {
        self.0.insert(name.to_owned(), text.to_owned());
        self
    }

    /// What stands under `client_pack`.
    pub(super) fn truth(self, facts: &str) -> Self {
        self.file("SALON_TRUTH.yaml", &format!("client_pack:\n{facts}"))
    }

    pub(super) fn document(self, path: &str, text: &str) -> Self {
        self.file(path, text)
    }

    /// Runs a rule over it; `look` sees the scene and what was found.
    pub(super) fn run<T>(
        &self,
        rule: Rule,
        look: impl FnOnce(&SourceMap, Vec<crate::diagnostic::Diagnostic>) -> T,
    ) -> T {
        let mut sources = SourceMap::default();
        let texts = SharedTexts { companies: None, plans: None, packs: BTreeMap::new() };
        let shared = Shared::read(&mut sources, &texts, &mut Vec::new());
        let mut files = BTreeMap::new();
        for (name, text) in &self.0 {
            let file = sources.add(SourceFile::new(PathBuf::from(name), text.clone()));
            files.insert(name.clone(), Loaded { file, broken: false });
        }
        let place = Place::new(files["client.yaml"].file, 0..0);
        let folder = Folder { name: "kiosk".to_owned(), root: PathBuf::new(), files, place };
        let bundle = Bundle::read(&sources, &folder, Vec::new());
        assert_eq!(bundle.diagnostics, [], "the sample has the right shape");
        let lowered = bundle::lower(&sources, &bundle, &shared).expect("the sample can be lowered");
        let scene = Scene {
            sources: &sources,
            bundle: &bundle,
            shared: &shared,
            standing: lowered.as_ref().map(|it| &it.standing),
            release: lowered.as_ref().map(|it| &it.release),
        };
        let mut findings = Vec::new();
        (rule.run)(&scene, &mut findings);
        look(&sources, findings)
    }
}

/// The texts a rule points at.
pub(super) fn told(rule: Rule, kiosk: &Kiosk) -> Vec<String> {
    kiosk.run(rule, |sources, findings| {
        findings.into_iter().map(|it| sources.text(it.file)[it.span].to_owned()).collect()
    })
}
