//! Points at which a test may have the process killed, as a power cut would: without unwinding,
//! without a destructor. They exist in builds with debug assertions only.

/// Dies here when `TENANTRY_CRASH_AT` names this point: `NAME` or `NAME:N` for the `N`th passing.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: LazyLock<Option<(String, u32)>> = LazyLock::new(|| {
        let wanted = std::env::var("TENANTRY_CRASH_AT").ok()?;
        let (name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((name.to_owned(), nth.parse().unwrap_or(1)))
    });
    static PASSED: AtomicU32 = AtomicU32::new(0);
    if let Some((wanted, nth)) = &*WANTED
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
    {
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}

/// Nothing, in builds that are meant to last.
#[cfg(not(debug_assertions))]
pub fn point(_: &'static str) {}
