//! A tenant's settings; units stand in the names or in the docs.

use serde::{Deserialize, Serialize};

/// How the branch of a conversation is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchMode {
    /// By the number written to, never asked.
    ByInstance,
    /// Always asked.
    AskUser,
    /// By the number, asked where that does not tell.
    Hybrid,
}

/// Which requests a manager sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerScope {
    /// Those of the own branch.
    Branch,
    /// All.
    Global,
}

/// What happens at 100 % of the plan's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLimit {
    /// Only the owner is told.
    Notify,
    /// No model is asked any more.
    FactsOnly,
    /// Silence.
    Pause,
}

/// What may be used across tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSharing {
    /// Nothing.
    Off,
    /// Counts only.
    Aggregate,
}

/// Local times between which managers are not reminded; may cross midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`.
    pub to: String,
}

/// How long a burst stays open, in milliseconds; 0 = off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurstWindow {
    /// After a complete question.
    pub short: u64,
    /// After a greeting or a fragment.
    pub long: u64,
}

/// Limits of what customers may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Megabytes of a photo.
    pub photo_mb: u32,
    /// Megabytes of a voice note.
    pub audio_mb: u32,
    /// Megabytes of a document.
    pub document_mb: u32,
    /// Hosts media may be downloaded from.
    pub allowed_hosts: Vec<String>,
    /// Files per customer in ten minutes.
    pub per_10_minutes: u32,
    /// Files per customer and day.
    pub per_day: u32,
}

/// All settings, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Default Telegram group.
    pub telegram_chat_id: Option<String>,
    /// `@username`s or numeric ids of the owners.
    pub owner_telegram_id: Vec<String>,
    /// Minutes until the first reminder.
    pub reminder_timeout_1: u32,
    /// Minutes until the second.
    pub reminder_timeout_2: u32,
    /// Whether managers are reminded at all.
    pub enable_reminders: bool,
    /// Whether the second reminder tags the owner.
    pub enable_owner_escalation: bool,
    /// Minutes of the first mute.
    pub mute_duration_first_minutes: u32,
    /// Hours of the second mute.
    pub mute_duration_second_hours: u32,
    /// How the branch is found.
    pub branch_resolution_mode: BranchMode,
    /// Which requests a manager sees.
    pub manager_scope: ManagerScope,
    /// Whether a chosen branch is remembered for the next time.
    pub remember_branch_preference: bool,
    /// Whether a price needs a branch where prices differ.
    pub require_branch_for_pricing: bool,
    /// Roles whose answers need no approval.
    pub auto_approve_roles: Vec<String>,
    /// When managers are not reminded.
    pub quiet_hours: Option<QuietHours>,
    /// Minutes until the waiting customer hears something; 0 = never.
    pub customer_reminder_minutes: u32,
    /// Minutes until an untouched request returns to the bot; 0 = never.
    pub auto_return_minutes: u32,
    /// Burst windows.
    pub burst_window_ms: BurstWindow,
    /// An older unsent reply is handed over instead, minutes.
    pub max_reply_age_minutes: u32,
    /// At 100 % of the plan.
    pub on_limit: OnLimit,
    /// Months until conversations are erased.
    pub retention_months: u32,
    /// What may be used across tenants.
    pub data_sharing: DataSharing,
    /// Media limits.
    pub media: Media,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            telegram_chat_id: None,
            owner_telegram_id: Vec::new(),
            reminder_timeout_1: 30,
            reminder_timeout_2: 60,
            enable_reminders: true,
            enable_owner_escalation: true,
            mute_duration_first_minutes: 30,
            mute_duration_second_hours: 24,
            branch_resolution_mode: BranchMode::Hybrid,
            manager_scope: ManagerScope::Branch,
            remember_branch_preference: true,
            require_branch_for_pricing: true,
            auto_approve_roles: vec!["owner".to_owned()],
            quiet_hours: Some(QuietHours { from: "22:00".to_owned(), to: "08:00".to_owned() }),
            customer_reminder_minutes: 120,
            auto_return_minutes: 120,
            burst_window_ms: BurstWindow { short: 700, long: 2500 },
            max_reply_age_minutes: 60,
            on_limit: OnLimit::Notify,
            retention_months: 6,
            data_sharing: DataSharing::Off,
            media: Media {
                photo_mb: 8,
                audio_mb: 8,
                document_mb: 10,
                allowed_hosts: vec!["app.chatflow.kz".to_owned()],
                per_10_minutes: 5,
                per_day: 20,
            },
        }
    }
}
