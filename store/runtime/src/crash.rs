//! Points at which a test may have the process killed, as a power cut would: without unwinding,
//! without a destructor; or stopped until it is told to go on. They exist in builds with debug
//! assertions only.

/// Dies here when `TENANTRY_CRASH_AT` names this point: `NAME` or `NAME:N` for the `N`th passing; freezes
/// likewise for `TENANTRY_FREEZE_AT`.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: LazyLock<Option<(String, u32, &str)>> = LazyLock::new(|| {
        let by = [("TENANTRY_CRASH_AT", "-9"), ("TENANTRY_FREEZE_AT", "-STOP")];
        let (wanted, signal) =
            by.iter().find_map(|(name, signal)| Some((std::env::var(name).ok()?, *signal)))?;
        let (name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((name.to_owned(), nth.parse().unwrap_or(1), signal))
    });
    static PASSED: AtomicU32 = AtomicU32::new(0);
    if let Some((wanted, nth, signal)) = &*WANTED
        && wanted == name
        && let passing = PASSED.fetch_add(1, Ordering::SeqCst) + 1
        // Whoever comes by while the signal is on its way gets no further than the one that was meant.
        && (passing == *nth || passing > *nth && *signal == "-9")
    {
        let _ = std::process::Command::new("kill").args([*signal, &std::process::id().to_string()]).status();
        if *signal == "-9" {
            std::process::abort();
        }
        // One thread of all takes the signal and stops the others: this one must not go on before that.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Nothing, in builds that are meant to last.
#[cfg(not(debug_assertions))]
pub fn point(_: &'static str) {}
