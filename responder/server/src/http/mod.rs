//! The HTTP doors.

mod serve;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

pub use serve::serve;

/// Routes that can be served or combined with others by `or`.
pub type Routes = BoxedFilter<(Response,)>;

pub(crate) fn routes() -> Routes {
    warp::path!("healthz").map(|| warp::reply::json(&serde_json::json!({"ok": true})).into_response()).boxed()
}
