//! A claimed burst as a turn for `decide`.

use decide::{Media, Message, Turn};
use runtime::Claim;

use crate::media::Heard;
use crate::tenant::Tenant;
use crate::wire::file::FileKind;

/// The burst of `claim`, merged, with what became of its files.
pub(crate) fn of(tenant: &Tenant, claim: &Claim, heard: &[Heard]) -> Turn {
    let messages = claim.burst.iter().map(|it| {
        let heard = heard.iter().find(|file| file.id == it.id);
        Message {
            text: heard.map_or_else(|| it.text.clone(), |file| file.words(&it.text)),
            media: it.media.as_deref().map(media),
            fate: heard.and_then(|file| file.fate),
        }
    });
    let numbers = tenant.numbers();
    let instance_id = if claim.instance_id.is_empty() {
        numbers.only()
    } else {
        Some(numbers.as_written(&claim.instance_id))
    };
    Turn { messages: messages.collect(), instance_id, phone: phone(&claim.jid), sender: claim.sender.clone() }
}

fn media(kind: &str) -> Media {
    match FileKind::of(kind) {
        FileKind::Photo => Media::Photo,
        FileKind::Audio => Media::Audio,
        FileKind::Document => Media::Document,
        FileKind::Video => Media::Video,
        FileKind::Unknown => Media::Unknown,
    }
}

/// The phone in a jid, digits only; other kinds of jid hold none.
pub(crate) fn phone(jid: &str) -> Option<String> {
    let (user, server) = jid.split_once('@')?;
    let user = user.split(':').next().unwrap_or(user);
    let is_phone = matches!(server, "s.whatsapp.net" | "c.us") && user.bytes().all(|it| it.is_ascii_digit());
    (is_phone && !user.is_empty()).then(|| user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn only_phone_jids_hold_a_phone() {
        assert_eq!(phone("77000000001@s.whatsapp.net").as_deref(), Some("77000000001"));
        assert_eq!(phone("77000000001:12@s.whatsapp.net").as_deref(), Some("77000000001"));
        assert_eq!(phone("123456789012345@lid"), None);
        assert_eq!(phone("nonsense"), None);
    }
}
