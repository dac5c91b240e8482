//! Settings with every default filled in.

use format::{BranchMode, BurstWindow, DataSharing, ManagerScope, Media, OnLimit, Settings};
use schema::{BranchResolution, ClientSettings, LimitAction, QuietHours, Scope, Sharing};

use super::client::role_names;

/// What the author wrote, over the defaults.
pub(super) fn settings(given: &ClientSettings) -> Settings {
    let usual = Settings::default();
    Settings {
        telegram_chat_id: given.telegram_chat_id.as_ref().map(|it| it.0.clone()),
        owner_telegram_id: given
            .owner_telegram_id
            .iter()
            .flat_map(|it| &it.0)
            .map(|it| it.0.clone())
            .collect(),
        reminder_timeout_1: given.reminder_timeout_1.unwrap_or(usual.reminder_timeout_1),
        reminder_timeout_2: given.reminder_timeout_2.unwrap_or(usual.reminder_timeout_2),
        enable_reminders: given.enable_reminders.unwrap_or(usual.enable_reminders),
        enable_owner_escalation: given.enable_owner_escalation.unwrap_or(usual.enable_owner_escalation),
        mute_duration_first_minutes: given
            .mute_duration_first_minutes
            .unwrap_or(usual.mute_duration_first_minutes),
        mute_duration_second_hours: given
            .mute_duration_second_hours
            .unwrap_or(usual.mute_duration_second_hours),
        branch_resolution_mode: given
            .branch_resolution_mode
            .map_or(usual.branch_resolution_mode, branch_mode),
        manager_scope: given.manager_scope.map_or(usual.manager_scope, |it| match it {
            Scope::Branch => ManagerScope::Branch,
            Scope::Global => ManagerScope::Global,
        }),
        remember_branch_preference: given
            .remember_branch_preference
            .unwrap_or(usual.remember_branch_preference),
        require_branch_for_pricing: given
            .require_branch_for_pricing
            .unwrap_or(usual.require_branch_for_pricing),
        auto_approve_roles: given.auto_approve_roles.as_deref().map_or(usual.auto_approve_roles, role_names),
        quiet_hours: match &given.quiet_hours {
            None => usual.quiet_hours,
            Some(QuietHours::Off) => None,
            Some(QuietHours::Between(span)) => {
                Some(format::QuietHours { from: span.from.clone(), to: span.to.clone() })
            }
        },
        customer_reminder_minutes: given.customer_reminder_minutes.unwrap_or(usual.customer_reminder_minutes),
        auto_return_minutes: given.auto_return_minutes.unwrap_or(usual.auto_return_minutes),
        burst_window_ms: BurstWindow {
            short: given.burst_window_ms.short.unwrap_or(usual.burst_window_ms.short),
            long: given.burst_window_ms.long.unwrap_or(usual.burst_window_ms.long),
        },
        max_reply_age_minutes: given.max_reply_age_minutes.unwrap_or(usual.max_reply_age_minutes),
        on_limit: given.on_limit.map_or(usual.on_limit, |it| match it {
            LimitAction::Notify => OnLimit::Notify,
            LimitAction::FactsOnly => OnLimit::FactsOnly,
            LimitAction::Pause => OnLimit::Pause,
        }),
        retention_months: given.retention_months.unwrap_or(usual.retention_months),
        data_sharing: given.data_sharing.map_or(usual.data_sharing, |it| match it {
            Sharing::Off => DataSharing::Off,
            Sharing::Aggregate => DataSharing::Aggregate,
        }),
        media: media(&given.media, usual.media),
    }
}

fn branch_mode(mode: BranchResolution) -> BranchMode {
    match mode {
        BranchResolution::ByInstance => BranchMode::ByInstance,
        BranchResolution::AskUser => BranchMode::AskUser,
        BranchResolution::Hybrid => BranchMode::Hybrid,
    }
}

fn media(given: &schema::MediaLimits, usual: Media) -> Media {
    Media {
        photo_mb: given.photo_mb.unwrap_or(usual.photo_mb),
        audio_mb: given.audio_mb.unwrap_or(usual.audio_mb),
        document_mb: given.document_mb.unwrap_or(usual.document_mb),
        allowed_hosts: given.allowed_hosts.clone().unwrap_or(usual.allowed_hosts),
        per_10_minutes: given.per_10_minutes.unwrap_or(usual.per_10_minutes),
        per_day: given.per_day.unwrap_or(usual.per_day),
    }
}
