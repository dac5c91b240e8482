//! What every verb has in common: help, refusals, pipes, and the verbs that only read the store.

use std::net::TcpListener;
use std::process::Stdio;

use crate::bundle::Tree;
use crate::tool::{command, run};

#[test]
fn usage_mistakes_exit_with_two() {
    let tree = Tree::empty();
    for args in [&["unknown"][..], &["check", "--nope"], &["rollback"], &["plan", "--format", "yaml"], &[]] {
        run(tree.path(), args).exits(2);
    }
    run(tree.path(), &["--help"]).exits(0);
    run(tree.path(), &["--version"]).exits(0);
}

#[test]
fn stores_and_engines_that_are_none_are_refused() {
    let tree = Tree::of_two();
    for url in ["mysql://user:hush@localhost/db", "postgres://user:hu?sh@localhost/db", "user:hush@localhost"]
    {
        let store = run(tree.path(), &["apply", "--store", url]).exits(2);
        assert!(store.err.contains("--store") && store.err.contains("postgres://USER"), "{}", store.err);
        assert!(!store.err.contains("hush") && !store.err.contains("sh@"), "{}", store.err);
    }
    for url in ["localhost:6334", "http://me:hush@localhost", "http://localhost:6334/path"] {
        let qdrant = run(tree.path(), &["apply", "--qdrant", url]).exits(2);
        assert!(qdrant.err.contains("--qdrant") && !qdrant.err.contains("hush"), "{}", qdrant.err);
    }
    let by_environment =
        command(tree.path()).args(["apply"]).env("TENANTRY_STORE", "redis://x/y").output().unwrap();
    assert_eq!(by_environment.status.code(), Some(2));
    assert!(!tree.path().join("var").exists());
    // Verbs that need neither are not stopped by the environment.
    let check = command(tree.path()).args(["check"]).env("QDRANT_URL", "nonsense").output().unwrap();
    assert_eq!(check.status.code(), Some(0));
}

#[test]
fn a_server_that_is_not_there_is_told_without_its_password() {
    let tree = Tree::of_two();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("postgres://keeper:hush@{free}/shop");
    for verb in
        [&["plan"][..], &["apply"], &["history", "spoke"], &["rollback", "spoke"], &["gc"], &["serve"]]
    {
        let told = run(tree.path(), &[verb, &["--store", &url]].concat()).exits(3);
        assert!(told.err.contains(&free.to_string()) && !told.err.contains("hush"), "{verb:?}: {}", told.err);
    }
}

#[test]
fn a_reader_that_leaves_is_no_bug() {
    let tree = Tree::of_two();
    for args in [&["check", "--format", "json"][..], &["plan"], &["schema"], &["--help"]] {
        let mut child =
            command(tree.path()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.code().is_some_and(|it| it != 101), "{args:?}: {ended:?}");
        assert!(!String::from_utf8_lossy(&ended.stderr).contains("panicked"), "{args:?}: {ended:?}");
    }
}

#[test]
fn colours_are_asked_for() {
    let tree = Tree::of_two();
    assert!(!run(tree.path(), &["plan"]).exits(0).out.contains('\u{1b}'), "stdout is no terminal");
    assert!(run(tree.path(), &["plan", "--color", "always"]).exits(0).out.contains('\u{1b}'));
}

#[test]
fn an_empty_store_has_nothing_to_tell() {
    let tree = Tree::empty();
    assert_eq!(
        run(tree.path(), &["handovers", "--format", "json"]).exits(0).json()["handovers"],
        serde_json::json!([])
    );
    assert_eq!(
        run(tree.path(), &["usage", "--format", "json"]).exits(0).json()["usage"],
        serde_json::json!([])
    );
    run(tree.path(), &["why", "nothing"]).exits(1);
    run(tree.path(), &["learn", "list", "spoke"]).exits(1);
    run(tree.path(), &["learn", "approve", "spoke", "1"]).exits(1);
    run(tree.path(), &["history", "spoke"]).exits(1);
    run(tree.path(), &["rollback", "spoke"]).exits(1);
    assert!(!tree.path().join("var").exists(), "reading makes no files");
}

#[test]
fn schemas_are_written() {
    let tree = Tree::empty();
    let written = run(tree.path(), &["schema", "out"]).exits(0);
    assert!(written.out.lines().count() >= 8, "{}", written.out);
    for path in written.out.lines() {
        let text = std::fs::read(tree.path().join(path)).unwrap();
        let schema: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert!(schema["$schema"].is_string(), "{path}");
    }
}

#[test]
fn serve_lists_its_environment() {
    let tree = Tree::empty();
    let secret = "a-very-secret-token";
    let help = command(tree.path()).args(["serve", "--help"]).env("CHATFLOW_TOKEN", secret).output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    for name in [
        "CHATFLOW_API_URL",
        "CHATFLOW_TOKEN",
        "CHATFLOW_IDEMPOTENT",
        "CHATFLOW_PER_MINUTE",
        "TELEGRAM_API_URL",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "TRANSCRIPTION_MODEL",
        "EMBEDDINGS_BASE_URL",
        "EMBEDDINGS_MODEL",
        "EMBEDDINGS_API_KEY",
        "QDRANT_URL",
        "QDRANT_API_KEY",
        "TENANTRY_STORE",
        "TENANTRY_DATA",
        "PUBLIC_BASE_URL",
        "ARCHIVE_DIR",
        "TENANTRY_LOG",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(text.contains("127.0.0.1:8080") && !text.contains(secret), "{text}");
}
