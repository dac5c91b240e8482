//! What was found of each tenant last time, so that only what changed is compiled again.
//!
//! An entry holds as long as everything it rests on is the same: this build, the texts of the packs
//! the tenant uses, companies and tariffs, and the tenant's own files. Files are recognised by
//! [`Stamp`], and where a stamp differs or cannot be trusted, by the digest of their text. Losing the
//! memory costs time, nothing else, so whatever goes wrong with it is silent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use format::Standing;
use serde::{Deserialize, Serialize};

use super::draft::Found;
use super::numbers::Claim;
use super::stamp::{self, Stamp};
use super::{Known, Need};
use crate::bundle::Shared;
use crate::diagnostic::Diagnostic;
use crate::load::{self, KNOWLEDGE, Reader, Root, TESTS};
use crate::source::{FileId, SourceMap};

/// Trees that are remembered besides the one at hand.
const TREES: usize = 30;

/// What is remembered of one tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    /// When its files were read, nanoseconds since 1970.
    read_ns: i128,
    /// Files and folders by their path inside the bundle.
    stamps: BTreeMap<String, Option<Stamp>>,
    /// Digests of its texts by their path inside the bundle.
    digests: BTreeMap<String, String>,
    /// Digests of the packs it uses.
    packs: BTreeMap<String, String>,
    /// Digest of companies and tariffs.
    tariffs: String,
    /// Its findings; their file ids are places in `files`.
    findings: Vec<Diagnostic>,
    files: Vec<Written>,
    claims: Vec<Claim>,
    release_id: Option<String>,
    standing: Option<Standing>,
}

/// A file that a finding points at.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Written {
    /// The bundle's folder itself.
    Folder,
    /// A file of the bundle, by its path inside.
    Own(String),
    /// A shared file, by its path below what tenants share.
    Shared(PathBuf),
}

/// The file as it lies on disk.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// The build that wrote it.
    build: String,
    tenants: BTreeMap<String, Entry>,
}

/// The memory of one tree.
pub(super) struct Memory {
    file: PathBuf,
    build: String,
    before: BTreeMap<String, Entry>,
    packs: BTreeMap<String, String>,
    tariffs: String,
    /// Tenants whose stamps were renewed though nothing else changed.
    renewed: Mutex<BTreeMap<String, Entry>>,
}

impl Memory {
    /// What `folder` remembers of the tree at `path`; nothing where it cannot be read or is another
    /// build's.
    pub(super) fn open(folder: &Path, path: &Path, sources: &SourceMap, shared: &Shared) -> Self {
        let tree = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = &blake3::hash(tree.as_os_str().as_encoded_bytes()).to_hex()[..16];
        let file = folder.join(format!("compile-{name}.json"));
        let build = build().unwrap_or_default();
        let stored = fs::read(&file).ok().and_then(|it| serde_json::from_slice::<Stored>(&it).ok());
        let before = stored.filter(|it| it.build == build && !build.is_empty()).map(|it| it.tenants);
        let digest = |file: FileId| digest(sources, file);
        let packs = shared.packs.iter().map(|(name, it)| (name.clone(), digest(it.file))).collect();
        let tariff_files =
            [shared.companies.as_ref().map(|it| it.file), shared.plans.as_ref().map(|it| it.file)];
        let tariffs = tariff_files.map(|it| it.map(digest).unwrap_or_default()).join(" ");
        let broken = shared.broken.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        Self {
            file,
            build,
            before: before.unwrap_or_default(),
            packs,
            tariffs: format!("{tariffs} {broken}"),
            renewed: Mutex::default(),
        }
    }

    /// What is remembered of a bundle, if it still holds and is enough.
    pub(super) fn recall(&self, root: &Root, sources: &SourceMap, need: &Need) -> Option<Found> {
        let entry = self.before.get(&root.name)?;
        let known = entry.known();
        if known.as_ref().is_some_and(|it| need.is_for(&root.name, it)) {
            return None;
        }
        let same_packs = entry.packs.iter().all(|(name, digest)| self.packs.get(name) == Some(digest));
        if !same_packs || entry.tariffs != self.tariffs {
            return None;
        }
        if !entry.is_untouched(root) {
            self.renew(entry, root, sources)?;
        }
        let mut reader = Reader { sources: sources.clone(), diagnostics: Vec::new() };
        // A plan shows errors alone; the files of other findings need not be read for it.
        let all = !matches!(need, Need::Changed(_)) || known.is_none();
        let diagnostics = if all { entry.findings(root, &mut reader)? } else { Vec::new() };
        Some(Found {
            slug: root.name.clone(),
            root: root.path.clone(),
            sources: reader.sources,
            diagnostics,
            known,
            compiled: None,
            claims: entry.claims.iter().map(|it| it.clone().below(&root.path)).collect(),
            uses: entry.packs.keys().cloned().collect(),
            because: Vec::new(),
            readable: true,
            entry: None,
        })
    }

    /// Reads the texts again; where they are the same, their new stamps are remembered.
    fn renew(&self, entry: &Entry, root: &Root, sources: &SourceMap) -> Option<()> {
        let read_ns = stamp::now_ns();
        let (reader, _) = load::bundle(root, sources);
        if !reader.diagnostics.is_empty() || digests(root, &reader.sources, sources.len()) != entry.digests {
            return None;
        }
        let stamps = stamps(root, entry.digests.keys());
        let entry = Entry { read_ns, stamps, ..entry.clone() };
        self.renewed.lock().expect("no holder panics").insert(root.name.clone(), entry);
        Some(())
    }

    /// The numbers a tenant claims, if it is still as remembered.
    pub(super) fn claims(&self, root: &Root) -> Option<Vec<Claim>> {
        let entry = self.before.get(&root.name).filter(|it| it.is_untouched(root))?;
        Some(entry.claims.iter().map(|it| it.clone().below(&root.path)).collect())
    }

    /// Finds out about a bundle and notes what is worth remembering.
    pub(super) fn watch(&self, root: &Root, shared_files: usize, find: impl FnOnce() -> Found) -> Found {
        let read_ns = stamp::now_ns();
        let mut found = find();
        if !found.readable || found.uses.iter().any(|it| !self.packs.contains_key(it)) {
            return found;
        }
        let digests = digests(root, &found.sources, shared_files);
        let (findings, files) = written(&found, root, shared_files);
        found.entry = Some(Entry {
            read_ns,
            stamps: stamps(root, digests.keys()),
            digests,
            packs: found.uses.iter().map(|it| (it.clone(), self.packs[it].clone())).collect(),
            tariffs: self.tariffs.clone(),
            findings,
            files,
            claims: found.claims.clone(),
            release_id: found.known.as_ref().map(|it| it.release_id.clone()),
            standing: found.known.as_ref().map(|it| it.standing.clone()),
        });
        found
    }

    /// Writes what was learnt; tenants that are gone are forgotten.
    pub(super) fn keep<'n>(self, learnt: Vec<(String, Entry)>, there: impl Iterator<Item = &'n str>) {
        let renewed = self.renewed.into_inner().expect("no holder panics");
        let there: BTreeSet<&str> = there.collect();
        let gone = self.before.keys().any(|it| !there.contains(it.as_str()));
        if self.build.is_empty() || (learnt.is_empty() && renewed.is_empty() && !gone) {
            return;
        }
        let mut tenants = self.before;
        tenants.retain(|it, _| there.contains(it.as_str()));
        tenants.extend(renewed);
        tenants.extend(learnt);
        // Without it the next run takes longer; there is nothing to tell anybody.
        drop(write(&self.file, &Stored { build: self.build, tenants }));
    }
}

impl Entry {
    fn known(&self) -> Option<Known> {
        let (release_id, standing) = (self.release_id.clone()?, self.standing.clone()?);
        Some(Known { release_id, standing })
    }

    fn is_untouched(&self, root: &Root) -> bool {
        self.stamps.iter().all(|(name, stamp)| {
            Stamp::of(&root.path.join(name)) == *stamp && stamp.is_none_or(|it| it.is_settled(self.read_ns))
        })
    }

    /// The findings with the files they point at, read again.
    fn findings(&self, root: &Root, reader: &mut Reader) -> Option<Vec<Diagnostic>> {
        let mut ids = Vec::with_capacity(self.files.len());
        for written in &self.files {
            ids.push(match written {
                Written::Folder => reader.stand_in(&root.path).file,
                Written::Own(name) => {
                    reader.read_file(&root.path.join(name), &root.boundary).filter(|it| !it.broken)?.file
                }
                Written::Shared(path) => {
                    let below = root.boundary.join(path);
                    reader.sources.find(&below).or_else(|| reader.sources.find(path))?
                }
            });
        }
        let mut findings = self.findings.clone();
        for finding in &mut findings {
            for id in finding.files_mut() {
                *id = *ids.get(id.index())?;
            }
        }
        Some(findings)
    }
}

/// Findings as they are written: their file ids are places in the list of files.
fn written(found: &Found, root: &Root, shared_files: usize) -> (Vec<Diagnostic>, Vec<Written>) {
    let mut files: Vec<(FileId, Written)> = Vec::new();
    let mut findings = found.diagnostics.clone();
    for finding in &mut findings {
        for id in finding.files_mut() {
            let index = files.iter().position(|(it, _)| it == id).unwrap_or_else(|| {
                let path = found.sources.file(*id).path();
                let written = match path.strip_prefix(&root.path) {
                    Ok(inside) if inside.as_os_str().is_empty() => Written::Folder,
                    Ok(inside) if !id.is_below(shared_files) => Written::Own(slashed(inside)),
                    _ => Written::Shared(path.strip_prefix(&root.boundary).unwrap_or(path).to_owned()),
                };
                files.push((*id, written));
                files.len() - 1
            });
            *id = FileId::at(index);
        }
    }
    (findings, files.into_iter().map(|(_, written)| written).collect())
}

/// Digests of a bundle's own texts by their path inside it.
fn digests(root: &Root, sources: &SourceMap, shared_files: usize) -> BTreeMap<String, String> {
    let own = sources.iter().filter(|(id, _)| !id.is_below(shared_files));
    own.filter_map(|(id, file)| {
        let name = file.path().strip_prefix(&root.path).ok().filter(|it| !it.as_os_str().is_empty())?;
        Some((slashed(name), digest(sources, id)))
    })
    .collect()
}

fn digest(sources: &SourceMap, file: FileId) -> String {
    let file = sources.file(file);
    let hash = blake3::hash(file.text().as_bytes());
    format!("{}{}", &hash.to_hex()[..32], if file.has_bom() { "+bom" } else { "" })
}

/// Stamps of a bundle's files and of every folder that could get another one.
fn stamps<'n>(root: &Root, files: impl Iterator<Item = &'n String>) -> BTreeMap<String, Option<Stamp>> {
    let knowledge = fs::read_dir(root.path.join(KNOWLEDGE)).into_iter().flatten().flatten();
    let subfolders = knowledge
        .filter(|it| it.path().is_dir())
        .map(|it| format!("{KNOWLEDGE}/{}", it.file_name().to_string_lossy()));
    let folders = ["", TESTS, KNOWLEDGE].map(str::to_owned).into_iter().chain(subfolders);
    let names = folders.chain(files.cloned());
    names.map(|name| (name.clone(), Stamp::of(&root.path.join(&name)))).collect()
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// What tells this build from another: rules may have changed between two of one version.
fn build() -> Option<String> {
    let stamp = Stamp::of(&std::env::current_exe().ok()?)?;
    Some(format!("{} {stamp:?}", env!("CARGO_PKG_VERSION")))
}

/// Writes beside the file and renames, so that another run reads the old or the new.
fn write(file: &Path, stored: &Stored) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    sweep(folder);
    let beside = file.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&beside, serde_json::to_vec(stored)?)?;
    fs::rename(&beside, file)
}

/// Forgets trees that were not compiled for longest, where there are many: temporary checkouts come
/// and go.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut found: Vec<_> = entries
        .flatten()
        .filter(|it| it.file_name().to_string_lossy().starts_with("compile-"))
        .filter_map(|it| Some((it.metadata().ok()?.modified().ok()?, it.path())))
        .collect();
    found.sort();
    let most = found.len().saturating_sub(TREES);
    for (_, path) in found.into_iter().take(most) {
        // Another run may have been faster.
        drop(fs::remove_file(path));
    }
}
