//! What is wrong with a device, and what mends it, in words.

use kernel::{Date, Lang, Words, time};

use super::{Answer, Check, ToMend, policy};
use crate::ClauseId;

const fn mend(clause: &'static str, check: Check, reason: Words, mend: Words) -> ToMend {
    ToMend { clause: ClauseId::new(clause), check, reason, mend }
}

/// Nobody has told anything, or not for `days` days.
pub(super) fn not_heard(days: Option<i64>) -> ToMend {
    let reason = match days {
        None => {
            Words::new("この端末の状態を、まだ誰も確認していません。", "Nobody has said yet how this device stands.")
        }
        Some(days) => Words::made(
            format!("この端末の状態が{days}日間確認できていません。"),
            format!("Nothing was heard of this device for {days} days."),
        ),
    };
    let how = Words::new(
        "端末でHarukaエージェントを動かすか、管理者が端末を見て台帳に記録してください。",
        "Run the agent on it, or let a manager look at it and enter what is so.",
    );
    mend("DL-12", Check::Heard, reason, how)
}

/// The facility has no rules for such devices.
pub(super) fn no_rules() -> ToMend {
    mend(
        "DL-13",
        Check::Rules,
        Words::new(
            "貸し出す端末と個人の端末の運用管理規程が登録されていません。",
            "No rules for lent and personal devices are on file.",
        ),
        Words::new(
            "管理者が規程を定め、端末の台帳のページで登録してください。",
            "A manager writes them, and names them on the page of devices.",
        ),
    )
}

/// A personal device whose settings nobody but its owner can change.
pub(super) fn not_managed() -> ToMend {
    mend(
        "DL-13",
        Check::Managed,
        Words::new(
            "個人の端末ですが、管理者が設定を変えられることの記録がありません。",
            "It is somebody's own, and nothing says that the manager can change its settings.",
        ),
        Words::new(
            "管理者が設定を変えられるようにして、その方法を台帳に書いてください。できないときは、施設の端末を使ってください。",
            "Make it so and write down how, or use a device of the facility.",
        ),
    )
}

/// A system that the policy does not know.
pub(super) fn unlisted() -> ToMend {
    mend(
        "DL-12",
        Check::System,
        Words::new(
            "このOSは一覧になく、サポートされているかどうかがわかりません。",
            "This system is not on the list: nobody knows whether it is kept up.",
        ),
        Words::new("一覧にあるOSの端末を使ってください。", "Please use a device with a system of the list."),
    )
}

/// A system that gets no updates any more.
pub(super) fn unsupported(name: &str, until: Date) -> ToMend {
    let (ja, en) = (time::show_day(until, Lang::Ja), time::show_day(until, Lang::En));
    mend(
        "DL-12",
        Check::System,
        Words::made(
            format!("{name}のサポートは{ja}で終わっています。"),
            format!("{name} has had no security updates since {en}."),
        ),
        Words::new(
            "サポートされているOSに更新するか、別の端末を使ってください。",
            "Bring it to a newer version, or use another device.",
        ),
    )
}

/// An answer that is no, or not known.
pub(super) fn of(check: Check, answer: Answer) -> ToMend {
    let (no, mended) = match check {
        Check::Updates => (
            Words::made(
                format!("OSの更新が{}日を超えて適用されていません。", policy().updates_days),
                format!("Updates wait for more than {} days.", policy().updates_days),
            ),
            Words::new("更新を適用して、再起動してください。", "Install them and start the device again."),
        ),
        Check::Security => (
            Words::new(
                "セキュリティ対策ソフトが動いていないか、古くなっています。",
                "Security software does not run, or is out of date.",
            ),
            Words::new("有効にして、定義ファイルを更新してください。", "Turn it on and bring it up to date."),
        ),
        Check::Encryption => (
            Words::new("ディスクが暗号化されていません。", "The disk is not encrypted."),
            Words::new(
                "BitLocker、FileVault、LUKSなどで暗号化してください。",
                "Encrypt it with BitLocker, FileVault, LUKS or the like.",
            ),
        ),
        Check::Lock => (
            Words::new("画面が自動でロックされません。", "The screen does not lock by itself."),
            Words::new(
                "数分で画面がロックされ、パスワードなどを求めるように設定してください。",
                "Let it lock after some minutes, and ask for a password.",
            ),
        ),
        Check::Bluetooth => (
            Words::new("Bluetoothが動いています。", "Bluetooth is on."),
            Words::new("使わないときは切ってください。", "Turn it off."),
        ),
        Check::AdHoc => (
            Words::new(
                "端末どうしの無線（アドホック）が動いています。",
                "Wireless connections from device to device are on.",
            ),
            Words::new("アドホックモードを切ってください。", "Turn the ad-hoc mode off."),
        ),
        Check::System | Check::Heard | Check::Rules | Check::Managed => (
            Words::new("確認できていません。", "Not known."),
            Words::new("管理者に相談してください。", "Please talk to a manager."),
        ),
    };
    if answer == Answer::No {
        return mend("DL-12", check, no, mended);
    }
    let (ja, en) = (check.words().ja, check.words().en);
    mend(
        "DL-12",
        check,
        Words::made(format!("「{ja}」を確認できていません。"), format!("Not known: {en}.")),
        Words::new(
            "エージェントで確認できない項目は、管理者が端末を見て台帳に記録してください。",
            "What the agent cannot see, a manager looks at and enters by hand.",
        ),
    )
}
