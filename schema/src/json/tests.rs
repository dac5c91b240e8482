use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/json"))
}

#[test]
fn written_schemas_are_fresh() {
    for (name, schema) in all() {
        let written = fs::read_to_string(folder().join(name)).unwrap_or_default();
        // Compared as text: the files are read by editors and reviewed by people.
        assert!(written == text(&schema), "schema/json/{name} is stale: run `cargo run -- schema`");
    }
    let mut names: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it.ends_with(".json"))
        .collect();
    names.sort();
    let mut known: Vec<_> = FileKind::ALL.iter().map(|it| it.schema_file().to_owned()).collect();
    known.sort();
    assert_eq!(names, known);
}

/// Calls `visit` with every schema of a mapping that names its keys.
fn mappings(schema: &Value, path: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object) {
                visit(path, schema);
            }
            for (key, value) in map {
                mappings(value, &format!("{path}/{key}"), visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| mappings(it, path, visit)),
        _ => {}
    }
}

#[test]
fn every_key_is_explained() {
    for (name, schema) in all() {
        mappings(schema.as_value(), name, &mut |path, mapping| {
            for (key, property) in mapping["properties"].as_object().unwrap() {
                let explained = property.get("description").is_some() || property.get("$ref").is_some();
                assert!(explained, "{path}: {key}");
            }
        });
    }
}

#[test]
fn mistakes_are_found_where_they_are() {
    for (name, schema) in all() {
        let schema = text(&schema);
        for vague in ["\"anyOf\"", "\"oneOf\"", "\"x-twin", "\"default\"", "\"uint"] {
            assert!(!schema.contains(vague), "{name} says {vague}");
        }
        mappings(&serde_json::from_str(&schema).unwrap(), name, &mut |path, mapping| {
            let open = path.ends_with("/Expected") || path.contains("/expected");
            assert!(open || mapping["additionalProperties"] == false, "{path} takes unknown keys");
        });
    }
}

#[test]
fn texts_have_kazakh_siblings_and_links_have_none() {
    let keys = |kind: FileKind, pointer: &str| -> Vec<String> {
        let schema = of(kind).to_value();
        schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    let address = keys(FileKind::Truth, "/$defs/AddressFacts/properties");
    assert!(
        ["full", "full_kk", "landmarks", "landmarks_kk"].iter().all(|it| address.iter().any(|key| key == it))
    );
    let client = keys(FileKind::Client, "/properties");
    assert!(client.contains(&"name_kk".to_owned()));
    assert!(
        !client.iter().any(|it| it == "slug_kk" || it == "plan_kk" || it == "timezone_kk" || it == "id_kk")
    );
    let branch = keys(FileKind::Branches, "/$defs/BranchEntry/properties");
    assert!(["name_kk", "aliases_kk"].iter().all(|it| branch.iter().any(|key| key == it)));
    assert!(!branch.iter().any(|it| it == "instance_id_kk" || it == "telegram_chat_id_kk"));
}

#[test]
fn words_of_a_choice_stand_in_one_list() {
    let client = of(FileKind::Client).to_value();
    let settings = client.pointer("/$defs/ClientSettings/properties").unwrap();
    assert_eq!(settings["data_sharing"]["enum"], json!(["off", "aggregate", null]));
    assert_eq!(settings["data_sharing"]["type"], json!(["string", "null"]));
}
