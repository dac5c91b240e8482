//! A pretend WhatsApp gateway and model, and the page that drives them.
