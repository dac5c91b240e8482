//! What can go wrong with calls, and with which.

use std::time::Duration;

/// How a call ends instead of well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429, to come back after so many seconds.
    Flood {
        /// Seconds.
        retry_after: u64,
    },
    /// An error of the Bot API, in its own words.
    Refuse {
        /// 400, 403, …
        code: u16,
        /// `Bad Request: message thread not found`, …
        description: String,
    },
    /// The page of a server in front of the Bot API: nothing was done.
    Status {
        /// 500, 502, 504, …
        code: u16,
    },
    /// Done, but late.
    Slow(Duration),
    /// Done, and the connection breaks instead of an answer.
    LoseAnswer,
    /// Not done, and never answered.
    Hang,
}

/// A fault, which calls meet it, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// This method, or every one; `file` is the download of a file.
    pub method: Option<String>,
    /// This chat, or every one.
    pub chat_id: Option<i64>,
    /// What happens.
    pub fault: Fault,
    /// So many calls, or all until [`super::Telegram::heal`].
    pub times: Option<u32>,
}

impl Rule {
    /// The next `times` calls of `method`.
    #[must_use]
    pub fn of(method: &str, fault: Fault, times: u32) -> Self {
        Self { method: Some(method.to_owned()), chat_id: None, fault, times: Some(times) }
    }

    /// Every call.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self { method: None, chat_id: None, fault, times: None }
    }

    fn meets(&self, method: &str, chat_id: Option<i64>) -> bool {
        self.method.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(method))
            && self.chat_id.is_none_or(|it| chat_id == Some(it))
            && self.times != Some(0)
    }
}

/// The fault that this call meets, if any: the first rule that fits, used up by one.
pub(super) fn next(rules: &mut Vec<Rule>, method: &str, chat_id: Option<i64>) -> Option<Fault> {
    let rule = rules.iter_mut().find(|it| it.meets(method, chat_id))?;
    if let Some(times) = &mut rule.times {
        *times -= 1;
    }
    let fault = rule.fault.clone();
    rules.retain(|it| it.times != Some(0));
    Some(fault)
}
