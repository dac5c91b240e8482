//! People at the desk: what they see in Telegram, and what becomes of what they do there.

mod office;
mod school;

mod alarms;
mod doors;
mod failing;
mod files;
mod learned;
mod lessons;
mod phone;
mod replies;
mod roles;
mod shared;
mod talk;
mod waiting;
