use schema::QuietHours;

use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("quiet-hours", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(client) = &scene.bundle.client else { return };
    let Some(QuietHours::Between(span)) = &client.typed.settings.quiet_hours else { return };
    let (from, to) = (&span.from, &span.to);
    // `9:00` and `09:00` are one time.
    if from.trim_start_matches('0') != to.trim_start_matches('0') {
        return;
    }
    let message = say!(
        "the quiet hours end when they begin, at {to}",
        "тихие часы кончаются, когда начинаются: в {to}"
    );
    let help = say!(
        "write another time, or `quiet_hours: off` if reminders may come at any hour",
        "укажите другое время или `quiet_hours: off`, если напоминать можно в любой час",
    );
    let begins = say!("they begin here", "здесь начинаются");
    findings.push(
        Diagnostic::warning(RULE.code, client.place("/settings/quiet_hours/to"), message)
            .with_label(client.place("/settings/quiet_hours/from"), begins)
            .with_help(help),
    );
}
