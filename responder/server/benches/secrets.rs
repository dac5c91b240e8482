//! Whether time tells how much of a webhook's secret was right, or which tenants exist: refused calls
//! through the whole stack above the sockets, in pairs, by lot, and Welch's t-test over each pair.
//! Wanted: means within a microsecond, and p > 0.01 for the secret. Where the first line, which compares
//! a call with itself, has a small p, the machine was too busy to say anything.
//!
//! `cargo bench --profile dev -p tenantry -p server --bench secrets`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures and may stop")]

#[path = "../tests/server/shop.rs"]
mod shop;

use std::sync::Arc;
use std::time::Instant;

use index::EdgeIndex;
use runtime::{Publication, ReleaseStore, SqliteReleases, SqliteState, StateStore};
use server::{Config, Responder, SystemClock};
use tempfile::TempDir;
use tower_service::Service as _;
use warp::http::{Request, StatusCode};

/// Calls of each kind, about.
const TRIES: usize = 100_000;
/// A scheduler interrupts some calls for milliseconds; the slowest twentieth of each pair is left out.
const KEPT: f64 = 0.95;

/// A call that is refused.
#[derive(Clone)]
struct Refused {
    path: &'static str,
    secret: String,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = TempDir::new().unwrap();
        let releases = SqliteReleases::open(dir.path()).unwrap();
        publish(&releases);
        let state = Arc::new(SqliteState::open(dir.path()).unwrap());
        let mut config = Config::new(dir.path(), Arc::new(|_: &str| Some(shop::secret("wheel"))));
        config.chatflow_api_url = "http://127.0.0.1:9/api/v1".to_owned();
        let index = Arc::new(EdgeIndex::temporary(index::Layout::default()).unwrap());
        let state = state as Arc<dyn StateStore>;
        let releases = Arc::new(releases);
        let responder = Responder::over(config, releases, state, Arc::new(SystemClock), index).await.unwrap();
        let service = warp::service(responder.routes());

        let right = shop::secret("wheel");
        let differs_at = |at: usize| Refused {
            path: "/webhook/wheel",
            secret: right.char_indices().map(|(n, it)| if n == at { '#' } else { it }).collect(),
        };
        let (first, last) = (differs_at(0), differs_at(right.len() - 1));
        let stranger = Refused { path: "/webhook/whale", ..first.clone() };
        println!("{:<34} {:>9} {:>9} {:>9} {:>7}", "", "mean ns", "mean ns", "differ ns", "p");
        for (name, pair) in [
            ("first byte wrong, the same again", [&first, &first]),
            ("first byte wrong, last byte wrong", [&first, &last]),
            ("a tenant, no such tenant", [&first, &stranger]),
        ] {
            let mut times = [Vec::with_capacity(TRIES), Vec::with_capacity(TRIES)];
            for nth in 0..TRIES * 2 {
                // By lot: whatever drifts, or comes round every so many calls, comes to both.
                let which = lot(nth as u64);
                let mut service = service.clone();
                let request = Request::post(pair[which].path)
                    .header("x-webhook-secret", &pair[which].secret)
                    .body(reqwest::Body::from("{}"))
                    .unwrap();
                let began = Instant::now();
                let response = service.call(request).await.unwrap();
                times[which].push(began.elapsed().as_nanos() as f64);
                assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            }
            let [a, b] = cropped(times);
            let p = welch(&a, &b);
            let (mean_a, mean_b) = (mean(&a), mean(&b));
            println!("{name:<34} {mean_a:>9.0} {mean_b:>9.0} {:>9.1} {p:>7.3}", (mean_a - mean_b).abs());
        }
        responder.shutdown().await;
    });
}

fn publish(releases: &SqliteReleases) {
    let bytes = format::encode(&shop::shop("wheel"));
    let publication = Publication {
        slug: "wheel".to_owned(),
        release_id: format::release_id(&bytes),
        bytes,
        standing: shop::standing(),
        base: None,
        vectors: Vec::new(),
        commit: None,
        author: None,
        actor: None,
        at: "2026-01-15T12:00:00Z".to_owned(),
    };
    releases.publish(&publication).unwrap();
}

/// 0 or 1, as if drawn (SplitMix64).
fn lot(nth: u64) -> usize {
    let mut mixed = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::from((mixed ^ (mixed >> 31)) & 1 == 1)
}

/// Both without what took longer than nearly all of them together.
fn cropped(times: [Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let longest = all[(all.len() as f64 * KEPT) as usize];
    times.map(|it| it.into_iter().filter(|it| *it <= longest).collect())
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

/// How likely means differ as much by chance, both ways. With so many tries Student's distribution is
/// the normal one.
fn welch(a: &[f64], b: &[f64]) -> f64 {
    let spread = |it: &[f64]| {
        let mean = mean(it);
        let count = it.len() as f64;
        it.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0) / count
    };
    let t = (mean(a) - mean(b)).abs() / (spread(a) + spread(b)).sqrt();
    // The tail of the normal distribution, by Abramowitz and Stegun 26.2.17.
    let k = 1.0 / (1.0 + 0.231_641_9 * t);
    let series = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_53];
    let tail = series.iter().fold(0.0, |sum, it| (sum + it) * k);
    2.0 * tail * (-t * t / 2.0).exp() / std::f64::consts::TAU.sqrt()
}
