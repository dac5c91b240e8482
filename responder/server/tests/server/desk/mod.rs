//! People at the desk: what they see in Telegram, and what becomes of what they do there.

mod office;
mod school;
mod wire;

mod alarms;
mod crowd;
mod doors;
mod failing;
mod files;
mod forged;
mod learned;
mod lessons;
mod phone;
mod redelivered;
mod replies;
mod roles;
mod shared;
mod talk;
mod waiting;
