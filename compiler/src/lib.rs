//! Bundle to release: load, parse, check, lower, plan, apply.
