//! JSON Schemas (draft 2020-12) of the files, for editors and for finding every mistake of a file at once.

mod transform;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use crate::{
    BranchesFile, ClientFile, CompaniesFile, EvalFile, FileKind, PackFile, PlansFile, PromptFile, TruthFile,
};

/// The schema of a kind of file.
#[must_use]
pub fn of(kind: FileKind) -> Schema {
    match kind {
        FileKind::Companies => generate::<CompaniesFile>("companies.yaml"),
        FileKind::Plans => generate::<PlansFile>("plans.yaml"),
        FileKind::Pack => generate::<PackFile>("_packs/*.yaml"),
        FileKind::Client => generate::<ClientFile>("client.yaml"),
        FileKind::Branches => generate::<BranchesFile>("branches.yaml"),
        FileKind::Prompt => generate::<PromptFile>("prompt.yaml"),
        FileKind::Truth => generate::<TruthFile>("SALON_TRUTH.yaml"),
        FileKind::Eval => generate::<EvalFile>("EVAL.yaml"),
    }
}

/// Every schema with its file name in `schema/json/`.
#[must_use]
pub fn all() -> Vec<(&'static str, Schema)> {
    FileKind::ALL.into_iter().map(|kind| (kind.schema_file(), of(kind))).collect()
}

/// The text of a schema's file: indented, keys in one order whatever else is built beside.
#[must_use]
pub fn text(schema: &Schema) -> String {
    let sorted = sort(schema.as_value());
    let mut text = serde_json::to_string_pretty(&sorted).expect("plain data always serialises");
    text.push('\n');
    text
}

/// Writes every schema into `dir`, which is made if needed, and returns their paths.
///
/// # Errors
/// When the folder or a file cannot be written.
pub fn write_all(dir: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(dir)?;
    all()
        .into_iter()
        .map(|(name, schema)| {
            let path = dir.join(name);
            fs::write(&path, text(&schema))?;
            Ok(path)
        })
        .collect()
}

fn generate<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    transform::apply(&mut schema);
    schema.insert("title".to_owned(), title.into());
    schema
}

fn sort(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(
                entries.into_iter().map(|(key, value)| (key.clone(), sort(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sort).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
