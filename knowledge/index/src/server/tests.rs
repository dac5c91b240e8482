//! Tests of the server engine: against the stand-in always, against a real server where there is one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use format::{Passage, PassageKind, SHARED_TAG};
use secrecy::SecretString;
use tonic::Code;

use super::convert::{CLIENT_SLUG, KNOWLEDGE_TAG};
use super::standin::StandIn;
use super::{ServerAddress, ServerIndex};
use crate::contract::{self, ask, point};
use crate::sample::{passage, release};
use crate::{Catalogue, IndexError, Layout, TenantScope, VectorIndex as _, Vectors, dense_to_bytes};

fn open(server: &StandIn) -> ServerIndex {
    ServerIndex::open(&server.address(None), Layout::default()).unwrap()
}

#[test]
fn the_client_keeps_the_contract() {
    let server = StandIn::start();
    contract::holds(&open(&server));
    let index = ServerIndex::open(&server.address(None), contract::embedded()).unwrap();
    contract::fuses(&index);
}

#[test]
fn a_sweep_leaves_lessons_in_use_alone() {
    let server = StandIn::start();
    let layout = contract::embedded();
    let index = ServerIndex::open(&server.address(None), layout.clone()).unwrap();
    let own = passage(SHARED_TAG, "Доставка", "Везём по городу.", 0);
    let learned = |text: &str| Passage {
        kind: PassageKind::Learned,
        doc: "learned".to_owned(),
        ..passage(SHARED_TAG, "Печёте ли вы без муки?", text, 0)
    };
    let (used, embedded, revoked) = (learned("Да, по средам."), learned("Да."), learned("Нет."));
    let vectors = Vectors {
        dense: BTreeMap::from([(embedded.text_digest(), dense_to_bytes(&[1.0, 0.0, 0.0]))]),
        ..Vectors::default()
    };
    // As responders write them.
    let whole = |slug: &str| {
        let all = vec![own.clone(), used.clone(), embedded.clone(), revoked.clone()];
        let release = release(slug, all);
        let catalogue = Catalogue::of(&release, &vectors, &layout);
        assert_eq!(catalogue.add_missing(&index, &release, &vectors).unwrap(), 4);
        catalogue
    };
    let (all, others) = (whole("bakery"), whole("bakery_two"));
    // As `apply` and `gc` sweep, who know of no embeddings of lessons.
    let kept = release("bakery", vec![own]);
    let lessons = [used, embedded];
    let both = [
        Catalogue::beside(&kept.client, &layout, &lessons),
        Catalogue::of(&kept, &Vectors::default(), &layout),
    ];
    assert_eq!(Catalogue::sweep_all(&index, &both).unwrap(), 1, "the one that was taken back");
    assert_eq!(all.missing(&index).unwrap(), 1);
    assert_eq!(Catalogue::sweep_all(&index, &both).unwrap(), 0);
    assert_eq!(both[1].sweep(&index).unwrap(), 2, "without lessons they are nobody's");
    assert_eq!(others.missing(&index).unwrap(), 0, "another tenant's");
}

#[test]
fn looking_makes_no_collection() {
    let server = StandIn::start();
    let look = || ServerIndex::open_made(&server.address(None), Layout::default(), Duration::from_secs(5));
    assert!(look().unwrap().is_none());
    assert!(server.state().store.collections.is_empty());
    let scope = TenantScope::whole("bakery");
    open(&server).upsert(&scope, vec![point("bakery", "shared", "ржаной хлеб")]).unwrap();
    assert_eq!(look().unwrap().unwrap().count(&scope).unwrap(), 1);
}

/// Runs where `QDRANT_URL` names a server (and `QDRANT_API_KEY` its key), as in the workflow.
#[test]
fn a_real_server_keeps_the_contract() {
    let Some(url) = std::env::var("QDRANT_URL").ok().filter(|it| !it.is_empty()) else {
        // Said where the reader of a log looks for it; the stand-in exercises the client anyway.
        let word = "QDRANT_URL is not set: the contract ran against the stand-in alone";
        writeln!(std::io::stderr(), "{word}").unwrap();
        return;
    };
    let key = std::env::var("QDRANT_API_KEY").ok().filter(|it| !it.is_empty()).map(SecretString::from);
    let address = ServerAddress::new(&url, key).unwrap();
    contract::holds(&ServerIndex::open(&address, Layout::default()).unwrap());
    contract::fuses(&ServerIndex::open(&address, contract::embedded()).unwrap());
}

#[test]
fn a_server_that_forgets_a_filter_breaks_the_contract() {
    for forgets in [CLIENT_SLUG, KNOWLEDGE_TAG, "id"] {
        let server = StandIn::start();
        server.state().forgets = Some(forgets);
        let index = open(&server);
        let outcome = catch_unwind(AssertUnwindSafe(|| contract::holds(&index)));
        assert!(outcome.is_err(), "nobody noticed that the filter of {forgets} was gone");
    }
}

#[test]
fn the_collection_is_made_once_and_indexed_by_tenant() {
    let server = StandIn::start();
    let lexical = open(&server);
    drop(open(&server));
    let dense = ServerIndex::open(&server.address(None), Layout::dense("some/model", 3)).unwrap();
    assert_ne!(lexical.collection(), dense.collection(), "a new model is filled beside the old one");
    assert_eq!(dense.left_behind().unwrap(), [lexical.collection()]);
    let state = server.state();
    assert_eq!(state.store.collections.len(), 2);
    for collection in state.store.collections.values() {
        let indexed: Vec<_> =
            collection.indexed.iter().map(|(key, tenant)| (key.as_str(), *tenant)).collect();
        assert_eq!(indexed, [(CLIENT_SLUG, true), (KNOWLEDGE_TAG, false)]);
    }
}

#[test]
fn a_collection_of_another_shape_is_refused() {
    let server = StandIn::start();
    let layout = Layout::dense("some/model", 3);
    drop(ServerIndex::open(&server.address(None), layout.clone()).unwrap());
    let shape = server.state().store.collections.values().next().unwrap().made.clone();
    for (name, spoil) in [("vectors_config", 0), ("sparse_vectors_config", 1)] {
        let mut made = shape.clone();
        if spoil == 0 {
            made.vectors_config = None
        } else {
            made.sparse_vectors_config = None
        }
        server.state().store.collections.values_mut().next().unwrap().made = made;
        let refused = ServerIndex::open(&server.address(None), layout.clone());
        assert!(matches!(refused, Err(IndexError::Collection { .. })), "{name}: {refused:?}");
    }
}

#[test]
fn old_servers_and_wrong_keys_are_refused_with_a_word() {
    let server = StandIn::start();
    server.state().version = "1.10.1".to_owned();
    let error = ServerIndex::open(&server.address(None), Layout::default()).unwrap_err();
    assert!(matches!(error, IndexError::TooOld { .. }), "{error}");
    assert!(error.to_string().contains("1.10.1") && error.to_string().contains("1.11"), "{error}");

    server.state().version = "1.11.0".to_owned();
    server.state().key = Some("right");
    for key in [None, Some("wrong")] {
        let error = ServerIndex::open(&server.address(key), Layout::default()).unwrap_err();
        assert!(matches!(error, IndexError::Unauthorized { .. }), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
    ServerIndex::open(&server.address(Some("right")), Layout::default()).unwrap();
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let server = StandIn::start();
    let index = open(&server);
    let (scope, one) = (TenantScope::whole("bakery"), point("bakery", format::SHARED_TAG, "хлеб"));
    server.state().failures = vec![Code::Unavailable, Code::ResourceExhausted];
    index.upsert(&scope, vec![one.clone()]).unwrap();
    server.state().failures = vec![Code::Unavailable];
    assert_eq!(ask(&index, &scope, "хлеб", &BTreeSet::from([one.id]), 1), [one.id]);

    let calls = server.state().calls;
    server.state().failures = vec![Code::InvalidArgument];
    assert!(matches!(index.count(&scope), Err(IndexError::Engine(_))));
    assert_eq!(server.state().calls, calls + 1, "what cannot work is not tried again");
}

#[test]
fn a_server_that_was_restarted_is_found_again() {
    let server = StandIn::start();
    let index = open(&server);
    let (scope, one) = (TenantScope::whole("bakery"), point("bakery", format::SHARED_TAG, "хлеб"));
    index.upsert(&scope, vec![one.clone()]).unwrap();
    let server = server.restart();
    assert_eq!(ask(&index, &scope, "хлеб", &BTreeSet::from([one.id]), 1), [one.id]);
    drop(server);
    let error = index.count(&scope).unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
}

#[test]
fn nobody_there_is_said_so() {
    // Bound and given back: nobody listens there now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = ServerAddress::new(&format!("http://127.0.0.1:{port}"), None).unwrap();
    let error = ServerIndex::open(&address, Layout::default()).unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[test]
fn a_server_that_hangs_is_opened_all_the_same_and_prepared_when_it_answers() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = ServerAddress::new(&format!("http://{}", silent.local_addr().unwrap()), None).unwrap();
    let began = std::time::Instant::now();
    let index = ServerIndex::open_within(&address, Layout::default(), Duration::from_millis(300)).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "after {:?}", began.elapsed());

    let server = StandIn::start_on(silent);
    let (scope, one) = (TenantScope::whole("bakery"), point("bakery", format::SHARED_TAG, "хлеб"));
    index.upsert(&scope, vec![one.clone()]).unwrap();
    assert_eq!(ask(&index, &scope, "хлеб", &BTreeSet::from([one.id]), 1), [one.id]);
    let indexed = server.state().store.collections[index.collection()].indexed.len();
    assert_eq!(indexed, 2, "made as usual");
}

#[test]
fn what_will_not_pass_is_refused_at_once() {
    let server = StandIn::start();
    server.state().version = "1.2.0".to_owned();
    let open = || ServerIndex::open_within(&server.address(None), Layout::default(), Duration::from_secs(5));
    assert!(matches!(open(), Err(IndexError::TooOld { .. })));
    server.state().key = Some("key");
    assert!(matches!(open(), Err(IndexError::Unauthorized { .. })));
}
