//! Written messages and files beside the call: for what, and when.

use kernel::{Words, clause};

use crate::mend::Mend;
use crate::verdict::{Findings, NotMet};

/// What stands above every chat box.
#[must_use]
pub const fn notice() -> Words {
    clause!("OV-162", "OV-246");
    Words::new(
        "チャットは診察ではありません。決めた範囲の連絡だけに使い、リンクやファイルは頼まれたときだけ送ってください。急ぐときは電話してください。",
        "The chat is not an examination. Use it only for what was agreed; send links or files only when asked. Call us if it is urgent.",
    )
}

/// The facts of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageFacts {
    /// A call between the two is running.
    pub in_call: bool,
    /// What the chat is for was agreed beforehand.
    pub scope_agreed: bool,
    /// The staff has closed the chat.
    pub closed: bool,
}

/// Whether a message may be written. In a call the doctor is there to steer; outside, only within an agreed scope.
///
/// # Errors
/// Each clause not met; never empty.
pub fn may_write(facts: MessageFacts) -> Result<(), Vec<NotMet>> {
    clause!("OV-162");
    let mut found = Findings::default();
    found.need(
        facts.in_call || facts.scope_agreed,
        NotMet::new(
            "OV-162",
            Words::new("チャットで何を伝え合うかが、まだ決まっていません。", "What the chat is for is not agreed yet."),
            Mend::AgreeChatScope,
        ),
    );
    found.need(
        !facts.closed,
        NotMet::new(
            "OV-162",
            Words::new("このチャットは医療機関が閉じています。", "The facility has closed this chat."),
            Mend::AgreeChatScope,
        ),
    );
    found.verdict().map(drop)
}

/// Whether the patient may send a file: only one that the doctor asked for and that has not come yet.
///
/// # Errors
/// The clause not met.
pub fn may_send_file(asked_for: bool) -> Result<(), Vec<NotMet>> {
    clause!("OV-247");
    let mut found = Findings::default();
    found.need(
        asked_for,
        NotMet::new(
            "OV-247",
            Words::new(
                "ファイルは、担当医から頼まれたときだけ送れます。",
                "A file can be sent only when the doctor has asked for it.",
            ),
            Mend::AskForFile,
        ),
    );
    found.verdict().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_message_may_be_written() {
        // OV-162: (in call, scope agreed, closed) → may
        let cases = [
            (true, false, false, true),
            (false, true, false, true),
            (false, false, false, false),
            (true, true, true, false),
            (false, true, true, false),
        ];
        for (in_call, scope_agreed, closed, expected) in cases {
            assert_eq!(may_write(MessageFacts { in_call, scope_agreed, closed }).is_ok(), expected);
        }
    }

    #[test]
    fn files_come_only_when_asked_for() {
        // OV-247
        assert!(may_send_file(true).is_ok());
        assert_eq!(may_send_file(false).expect_err("refused")[0].clause.as_str(), "OV-247");
    }

    #[test]
    fn the_box_says_what_it_is_not() {
        // OV-246
        assert!(notice().ja.contains("診察ではありません") && notice().en.contains("not an examination"));
    }
}
