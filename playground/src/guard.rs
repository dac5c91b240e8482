//! Who may talk to a development server: programs on this machine, and pages of its own.
//!
//! Another site open in the same browser can send requests to loopback addresses. Its name in
//! `Host` gives away a rebound domain, its `Origin` or `Sec-Fetch-Site` a foreign page.

use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, StatusCode};
use warp::path::FullPath;
use warp::reject::{Reject, Rejection};
use warp::reply::{Reply, Response};
use warp::{Filter, http};

/// A request from somewhere else.
#[derive(Debug)]
struct Foreign;

impl Reject for Foreign {}

/// Lets only requests of this machine and of this server's own pages through to `routes`.
#[must_use]
pub fn loopback_only(routes: BoxedFilter<(Response,)>) -> BoxedFilter<(Response,)> {
    let check = warp::header::headers_cloned()
        .and(warp::path::full())
        .and_then(|headers: HeaderMap, path: FullPath| async move {
            if is_own(&headers, path.as_str()) { Ok(()) } else { Err(warp::reject::custom(Foreign)) }
        })
        .untuple_one();
    check.and(routes).recover(refuse).unify().boxed()
}

async fn refuse(rejection: Rejection) -> Result<Response, Rejection> {
    if rejection.find::<Foreign>().is_none() {
        return Err(rejection);
    }
    let body = "only pages of this server may do this\n";
    Ok(warp::reply::with_status(body, StatusCode::FORBIDDEN).into_response())
}

fn is_own(headers: &HeaderMap, path: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or("?"));
    let Some(host) = text("host") else { return false };
    let origin_is_own = text("origin").is_none_or(|it| it.strip_prefix("http://") == Some(host));
    let site_is_own = text("sec-fetch-site").is_none_or(|it| matches!(it, "same-origin" | "none"));
    // Following a link to the page from anywhere is fine: the other site sees nothing of it.
    let is_page = matches!(path, "/" | "/play" | "/play/");
    let is_followed = is_page && text("sec-fetch-dest") == Some("document");
    is_loopback(host) && origin_is_own && (site_is_own || is_followed)
}

fn is_loopback(host: &str) -> bool {
    host.parse::<http::uri::Authority>()
        .is_ok_and(|it| matches!(it.host(), "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_own(&headers, "/play/")
    }

    #[test]
    fn lets_this_machine_in() {
        assert!(judge(&[("host", "127.0.0.1:8080")]));
        assert!(judge(&[("host", "[::1]:8080")]));
        assert!(judge(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(judge(&[("host", "localhost"), ("sec-fetch-site", "none")]));
        let followed = [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")];
        assert!(judge(&[&[("host", "localhost")][..], &followed].concat()));
    }

    #[test]
    fn keeps_other_sites_out() {
        assert!(!judge(&[]));
        assert!(!judge(&[("host", "evil.example:8080")]));
        assert!(!judge(&[("host", "127.0.0.1.evil.example")]));
        assert!(!judge(&[("host", "localhost:8080"), ("origin", "https://evil.example")]));
        assert!(!judge(&[("host", "localhost:8080"), ("origin", "http://localhost:3000")]));
        assert!(!judge(&[("host", "localhost:8080"), ("origin", "null")]));
        assert!(!judge(&[("host", "localhost:8080"), ("sec-fetch-site", "cross-site")]));
        assert!(!judge(&[("host", "localhost:8080"), ("sec-fetch-site", "same-site")]));
        let mut followed = HeaderMap::new();
        for (name, value) in
            [("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "document")]
        {
            followed.insert(name, value.parse().unwrap());
        }
        assert!(is_own(&followed, "/play/"));
        assert!(!is_own(&followed, "/play/events"));
    }
}
