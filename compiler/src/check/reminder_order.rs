use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("reminder-order", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    let settings = &client.typed.settings;
    let defaults = format::Settings::default();
    let first = settings.reminder_timeout_1.unwrap_or(defaults.reminder_timeout_1);
    let second = settings.reminder_timeout_2.unwrap_or(defaults.reminder_timeout_2);
    if second > first || settings.enable_reminders == Some(false) {
        return;
    }
    // Where only the first is written, the second is its default and the first is what to change.
    let written =
        if settings.reminder_timeout_2.is_some() { "reminder_timeout_2" } else { "reminder_timeout_1" };
    let place = client.place(&format!("/settings/{written}"));
    let message = say!(
        "the second reminder ({second} min) is not later than the first ({first} min)",
        "второе напоминание ({second} мин) не позже первого ({first} мин)",
    );
    let help = say!(
        "make reminder_timeout_2 greater than reminder_timeout_1",
        "сделайте reminder_timeout_2 больше, чем reminder_timeout_1",
    );
    findings.push(Diagnostic::error(RULE.code, place, message).with_help(help));
}
