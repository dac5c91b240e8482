//! `apply` killed at any moment: every tenant has the old release or the new one, whole, and the
//! next apply finishes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Enough that an apply takes a while, few enough that the test does not.
const TENANTS: usize = 12;
/// Kills at different moments.
const ROUNDS: u32 = 6;

fn bundle(folder: &Path, slug: &str, price: u32) {
    fs::create_dir_all(folder.join("knowledge")).unwrap();
    let client = format!(
        "slug: {slug}\nname: Мастерская {slug}\nlanguages: [ru]\ntimezone: Asia/Almaty\ninstance_id: {slug}-1\n\
         secrets:\n  webhook_secret: env:{}_SECRET\n",
        slug.to_uppercase()
    );
    let truth = format!(
        "client_pack:\n  services_catalog:\n    services:\n      - {{name: Замена цепи, price_items: [Замена цепи]}}\n  \
         price_list:\n    - category: Ремонт\n      items: [{{name: Замена цепи, price: {price}}}]\n"
    );
    let sections =
        (0..30).map(|it| format!("## Раздел {it}\n\nВ мастерской {slug} правило {it} версии {price}.\n\n"));
    let files = [
        ("client.yaml", client),
        ("branches.yaml", "branches:\n  - {slug: main, name: главная}\n".to_owned()),
        ("prompt.yaml", "prompts:\n  - {name: system, text: Отвечай коротко.}\n".to_owned()),
        ("SALON_TRUTH.yaml", truth),
        ("knowledge/rules.md", format!("# Правила\n\n{}", sections.collect::<String>())),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn slug(nth: usize) -> String {
    format!("shop_{nth:02}")
}

fn write_tree(folder: &Path, price: u32) {
    for nth in 0..TENANTS {
        bundle(&folder.join("tenants").join(slug(nth)), &slug(nth), price);
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).env("TENANTRY_CACHE", folder.join("cache"));
    for name in ["TENANTRY_DATA", "TENANTRY_STORE", "QDRANT_URL"] {
        command.env_remove(name);
    }
    command
}

#[track_caller]
fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    let out = command(folder, args).args(["--format", "json"]).output().unwrap();
    let (data, talk) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{args:?}: {data}{talk}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Live release of each tenant, and each one is stored whole: decodable, all its vectors there.
fn live(folder: &Path) -> BTreeMap<String, String> {
    let store = rusqlite::Connection::open(folder.join("var/releases.sqlite")).unwrap();
    let mut rows = store
        .prepare("SELECT live.slug, live.release_id, bytes FROM live JOIN releases USING (slug, release_id)")
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let mut found = BTreeMap::new();
    for row in rows {
        let (slug, id, bytes): (String, String, Vec<u8>) = row.unwrap();
        assert_eq!(format::release_id(&bytes), id, "the release of {slug} is whole");
        let release = format::decode(&bytes).unwrap();
        for passage in &release.passages {
            let has = "SELECT count(*) FROM vectors WHERE digest = ?1";
            let count: i64 = store.query_row(has, [&passage.digest], |row| row.get(0)).unwrap();
            assert_eq!(count, 1, "a passage of {slug} has its vector");
        }
        found.insert(slug, id);
    }
    found
}

#[test]
fn a_killed_apply_leaves_old_or_new_and_the_next_one_finishes() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_tree(path, 1000);
    let started = Instant::now();
    json(path, &["apply"]);
    let whole = started.elapsed();
    let mut before = live(path);
    assert_eq!(before.len(), TENANTS);
    for round in 0..ROUNDS {
        write_tree(path, 2000 + round);
        let mut child =
            command(path, &["apply"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + whole * (round + 1) / ROUNDS;
        while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It may have ended already; then there is nothing to kill.
        drop(child.kill());
        child.wait().unwrap();
        let killed = live(path);
        json(path, &["apply"]);
        let new = live(path);
        for (slug, id) in killed {
            assert!(id == before[&slug] || id == new[&slug], "{slug} is neither old nor new");
        }
        assert!(new.iter().all(|(slug, id)| *id != before[slug]), "the next apply finishes");
        before = new;
        let again = json(path, &["apply"]);
        let again = again["tenants"].as_array().unwrap();
        assert!(again.iter().all(|it| it["outcome"] == "untouched"), "the one after that writes nothing");
    }
}
