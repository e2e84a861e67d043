//! Where a gap is mended.

use kernel::Words;
use people::access::{Act, Class, may};
use web::Asked;

/// The page on which the clause is mended, and what its button says; none where nobody can mend it on a page of ours, or
/// where whoever asks may not open that page.
pub(crate) fn mend(asked: &Asked, clause: &str) -> Option<(&'static str, Words)> {
    let class = |to: &str| match to {
        "/day" | "/in-person" => Class::Identity,
        "/log" => Class::Log,
        _ => Class::Administration,
    };
    place(clause).filter(|(to, _)| may(asked, Act::View, class(to)))
}

fn place(clause: &str) -> Option<(&'static str, Words)> {
    let facility = Words::new("医療機関の設定へ", "To the facility's settings");
    let staff = Words::new("職員の登録へ", "To the staff");
    let day = Words::new("予約の一覧へ", "To the day");
    Some(match clause {
        "CS-101" | "OV-201" | "OV-243" | "OV-115" | "OV-206" | "OV-260" => ("/settings/facility", facility),
        "OV-241" => ("/settings/operator", Words::new("事業者の説明へ", "To the operator's explanation")),
        "OV-142" | "OV-143" | "OV-301" | "CS-126" | "OV-242" | "DL-15" => ("/settings/staff", staff),
        "OV-102" | "OV-101" | "OV-104" | "OV-240" | "OV-250" | "OV-306" => {
            ("/settings/consent-text", Words::new("説明と同意の文章へ", "To the consent text"))
        }
        "CS-155" | "OV-247" => {
            ("/settings/operator", Words::new("運用の担当者の連絡先へ", "To whoever runs the server"))
        }
        "CS-121" => ("/settings/unused", Words::new("使われていないアカウントへ", "To the unused accounts")),
        "SY-05" => ("/settings/questionnaires", Words::new("問診の設定へ", "To the questionnaires")),
        "OV-111" => ("/day", day),
        "OV-264" => ("/settings/symptoms", Words::new("症状の一覧へ", "To the list of symptoms")),
        "OV-202" => ("/in-person", Words::new("対面の受診先を決める", "Decide where to go in person")),
        "SY-06" => ("/settings/slots", Words::new("予約枠の設定へ", "To the slots")),
        "CS-122" | "CS-163" | "DL-43" => ("/log", Words::new("利用の記録へ", "To the log")),
        "DL-41" => ("/safety/readiness", Words::new("安全の備えへ", "To the safety papers")),
        "DL-42" => ("/safety/incidents", Words::new("緊急の連絡へ", "To the reported dangers")),
        "OV-302" => ("/quality", Words::new("診療の質へ", "To the quality figures")),
        "OV-103" | "OV-110" | "OV-112" | "OV-130" | "OV-131" | "OV-140" | "OV-141" | "OV-161" | "OV-166" | "OV-303"
        | "OV-304" => ("/day", day),
        _ => return None,
    })
}
