//! Acts of the log in the words of the clinic: a noun and a verb each. What is not in the tables is shown as it is written.

use kernel::Words;

/// Nouns with their words, in the order of the search form.
pub(super) static NOUNS: [(&str, Words); 69] = [
    ("patient", Words::new("患者の情報", "Patient")),
    ("booking", Words::new("予約", "Booking")),
    ("questionnaire", Words::new("問診", "Questionnaire")),
    ("symptom", Words::new("症状の判断", "Judgement of symptoms")),
    ("symptoms", Words::new("症状の一覧", "List of symptoms")),
    ("first_visit", Words::new("初診の判断", "First-visit decision")),
    ("in_person", Words::new("対面の受診先", "Place for care in person")),
    ("language", Words::new("手紙の言葉", "Language of letters")),
    ("front", Words::new("予約ページ", "Booking page")),
    ("consent", Words::new("説明と同意", "Consent")),
    ("storage", Words::new("画像などの保存", "Keeping pictures")),
    ("plan", Words::new("診療計画", "Treatment plan")),
    ("device_test", Words::new("機器の確認", "Device test")),
    ("arrival", Words::new("受付", "Check-in")),
    ("paper", Words::new("書類・写真", "Papers")),
    ("image", Words::new("装置からの画像", "Image from a device")),
    ("study", Words::new("検査の画像", "Study")),
    ("doctor", Words::new("担当医の身分証", "Doctor's identity card")),
    ("call", Words::new("通話", "Call")),
    ("identity", Words::new("本人確認", "Identity check")),
    ("feasibility", Words::new("可否の判断", "Feasibility")),
    ("third", Words::new("同席者", "Further person")),
    ("visit", Words::new("診察", "Visit")),
    ("chart", Words::new("診療録", "Chart")),
    ("policy", Words::new("これからの方針", "Further policy")),
    ("referral", Words::new("紹介状", "Referral letter")),
    ("feedback", Words::new("患者の感想", "Feedback")),
    ("quality", Words::new("診療の質", "Quality figures")),
    ("guardian", Words::new("保護者", "Guardian")),
    ("invitation", Words::new("招待", "Invitation")),
    ("entry", Words::new("患者のログイン", "Patient's sign-in")),
    ("sign_in", Words::new("職員のログイン", "Staff sign-in")),
    ("session", Words::new("ログイン中の端末", "Session")),
    ("password", Words::new("パスワード", "Password")),
    ("token", Words::new("機械のためのトークン", "Token of a machine")),
    ("second_factor", Words::new("二要素目", "Second factor")),
    ("recovery_code", Words::new("回復コード", "Recovery codes")),
    ("account", Words::new("アカウント", "Account")),
    ("patient_account", Words::new("患者のアカウント", "Patient's account")),
    ("person", Words::new("職員", "Staff")),
    ("duty", Words::new("職種・役割", "Duty")),
    ("licence", Words::new("免許", "Licence")),
    ("training", Words::new("研修", "Training")),
    ("facility", Words::new("施設", "Facility")),
    ("slot", Words::new("予約枠", "Slots")),
    ("access", Words::new("権限の表", "Access policy")),
    ("compliance", Words::new("指針の点検", "Compliance")),
    ("log", Words::new("利用の記録", "Log")),
    ("clock", Words::new("サーバーの時計", "Server's clock")),
    ("letter", Words::new("メール", "Letters")),
    ("terminal", Words::new("端末", "Terminal")),
    ("incident", Words::new("緊急の連絡", "Reported danger")),
    ("lab", Words::new("技工", "Laboratory work")),
    ("reading", Words::new("読影", "Reading")),
    ("report", Words::new("読影の報告書", "Report of a reading")),
    ("urgent", Words::new("緊急の所見", "Urgent finding")),
    ("mark", Words::new("画像への書き込み", "Marks on images")),
    ("conference", Words::new("画像を見ながらの相談", "Conference over images")),
    ("reader", Words::new("読影の資格", "Qualification to read")),
    ("monitor", Words::new("読影モニター", "Monitor")),
    ("measures", Words::new("画像の安全対策", "Safety of images")),
    ("image_faults", Words::new("保存した画像の照合", "Check of kept images")),
    ("station", Words::new("撮影装置", "Device that sends images")),
    ("dicomweb", Words::new("プログラムからの画像の利用", "Images for programs")),
    ("agreement", Words::new("ほかの施設との取り決め", "Agreement with a facility")),
    ("signing_key", Words::new("署名の鍵", "Signing key")),
    ("readiness", Words::new("安全の備え", "Safety papers")),
    ("drill", Words::new("訓練", "Exercise")),
    ("device", Words::new("端末の台帳", "Devices")),
];

static VERBS: [(&str, Words); 146] = [
    ("view", Words::new("見た", "viewed")),
    ("list", Words::new("一覧を見た", "listed")),
    ("retry", Words::new("もう一度送った", "sent again")),
    ("set_back", Words::new("戻された", "was set back")),
    ("find", Words::new("検索した", "searched")),
    ("metadata", Words::new("付属情報を見た", "viewed the metadata")),
    ("receive", Words::new("受け取った", "received")),
    ("search", Words::new("検索した", "searched")),
    ("day", Words::new("一日の一覧を見た", "viewed the day")),
    ("print", Words::new("印刷した", "printed")),
    ("export", Words::new("持ち出した", "exported")),
    ("summary", Words::new("まとめを見た", "viewed the summary")),
    ("save", Words::new("下書きを保存した", "saved a draft")),
    ("save_draft", Words::new("下書きを保存した", "saved a draft")),
    ("finalise", Words::new("確定した", "finalised")),
    ("complete", Words::new("完了した", "completed")),
    ("break_off", Words::new("中断した", "broke off")),
    ("write", Words::new("書いた", "wrote")),
    ("tell", Words::new("伝えた", "told")),
    ("give", Words::new("出した", "gave")),
    ("withdraw", Words::new("取り消した", "withdrew")),
    ("read", Words::new("読んだ", "read")),
    ("agree", Words::new("同意した", "agreed")),
    ("choose", Words::new("選んだ", "chose")),
    ("answer", Words::new("答えた", "answered")),
    ("book", Words::new("入れた", "booked")),
    ("change", Words::new("変えた", "changed")),
    ("cancel", Words::new("取り消した", "cancelled")),
    ("absent", Words::new("来られなかったと記録した", "noted as absent")),
    ("wait", Words::new("空きを待つことにした", "joined the waiting list")),
    ("start", Words::new("始めた", "started")),
    ("end", Words::new("終えた", "ended")),
    ("join", Words::new("入った", "joined")),
    ("leave", Words::new("出た", "left")),
    ("event", Words::new("中の出来事", "event")),
    ("say", Words::new("チャットに書いた", "wrote in the chat")),
    ("read_chat", Words::new("チャットを読んだ", "read the chat")),
    ("attempt", Words::new("呼び出しを試みた", "tried to reach")),
    ("judge", Words::new("判断した", "judged")),
    ("decide", Words::new("判断した", "decided")),
    ("check", Words::new("確かめた", "checked")),
    ("confirm", Words::new("確認を記録した", "confirmed")),
    ("show", Words::new("示した", "showed")),
    ("name", Words::new("名前を挙げた", "named")),
    ("admit", Words::new("入室を許した", "admitted")),
    ("enter", Words::new("入ろうとした", "tried to enter")),
    ("use", Words::new("使おうとした", "tried to use")),
    ("remove", Words::new("外した", "removed")),
    ("set", Words::new("設定した", "set")),
    ("add", Words::new("加えた", "added")),
    ("make", Words::new("作った", "made")),
    ("create", Words::new("登録した", "created")),
    ("register", Words::new("登録した", "registered")),
    ("record", Words::new("記録した", "recorded")),
    ("keep", Words::new("記録した", "kept")),
    ("state", Words::new("申告した", "stated")),
    ("send", Words::new("送った", "sent")),
    ("ask", Words::new("頼んだ", "asked for")),
    ("card", Words::new("見た", "viewed")),
    ("close", Words::new("閉じた", "closed")),
    ("unlock", Words::new("解除した", "unlocked")),
    ("move", Words::new("施設を切り替えた", "moved to another facility")),
    ("renew", Words::new("作り直した", "renewed")),
    ("reset", Words::new("やり直しにした", "reset")),
    ("done", Words::new("完了した", "done")),
    ("code", Words::new("コードを入れた", "entered the code")),
    ("prove_code", Words::new("コードを確かめた", "proved the code")),
    ("prove", Words::new("確かめた", "proved")),
    ("birth_date", Words::new("生年月日を確かめた", "checked the birth date")),
    ("password", Words::new("パスワードを入れた", "entered the password")),
    ("second", Words::new("二要素目を確かめた", "second factor")),
    ("refused", Words::new("ウイルス検査で受け取らなかった", "kept out by the virus scanner")),
    ("link", Words::new("リンクを見た", "viewed the link")),
    ("form", Words::new("書式を見た", "viewed the form")),
    ("publish", Words::new("公開した", "published")),
    ("write_text", Words::new("文章を書いた", "wrote the text")),
    ("view_text", Words::new("文章を見た", "viewed the text")),
    ("write_template", Words::new("ひな型を書いた", "wrote the template")),
    ("view_template", Words::new("ひな型を見た", "viewed the template")),
    ("hand_over", Words::new("引き継いだ", "handed over")),
    ("postpone_explanation", Words::new("説明を後にした", "postponed the explanation")),
    ("choose_storage", Words::new("保存の希望を選んだ", "chose what is kept")),
    ("name_safety_officer", Words::new("安全管理責任者を決めた", "named the safety officer")),
    ("record_notification", Words::new("届出を記録した", "recorded the notification")),
    ("acknowledge_operator", Words::new("事業者の説明を確認した", "acknowledged the operator's explanation")),
    ("verify", Words::new("検証した", "verified")),
    ("shred", Words::new("個人の情報を消した", "shredded private parts")),
    ("demo", Words::new("見本を作った", "made the demonstration")),
    ("invite", Words::new("招待した", "invited")),
    ("open", Words::new("開いた", "opened")),
    ("delete", Words::new("消した", "deleted")),
    ("sign", Words::new("署名した", "signed")),
    ("report", Words::new("知らせた", "reported")),
    ("take", Words::new("引き受けた", "took over")),
    ("note", Words::new("対応を記録した", "noted what was done")),
    ("cut", Words::new("すぐに終わらせた", "cut at once")),
    ("lose", Words::new("紛失・異常の知らせで止めた", "stopped as lost or unsafe")),
    ("leak", Words::new("知られたおそれを知らせた", "reported as known to others")),
    ("offer", Words::new("申し入れた", "offered")),
    ("write_contacts", Words::new("連絡先を書いた", "wrote the contacts")),
    ("worklist", Words::new("撮影の予定を渡した", "handed the worklist")),
    ("look", Words::new("見た", "looked at")),
    ("remind", Words::new("催促を送った", "sent a reminder")),
    ("follow", Words::new("経過を記録した", "followed up")),
    ("inform", Words::new("説明を記録した", "noted that somebody was told")),
    ("bring", Words::new("取り込んだ", "brought in")),
    ("deliver", Words::new("届けた", "delivered")),
    ("redeliver", Words::new("もう一度届けた", "delivered again")),
    ("end_place", Words::new("作業場所をやめた", "gave up a place")),
    ("file_notification", Words::new("届出を記録した", "filed the notification")),
    ("order", Words::new("指示書を出した", "ordered")),
    ("prepare", Words::new("用意した", "prepared")),
    ("record_training", Words::new("研修を記録した", "recorded a training")),
    ("register_place", Words::new("作業場所を登録した", "registered a place")),
    ("view_remote", Words::new("リモートワークの記録を見た", "viewed the remote work")),
    ("photo", Words::new("写真を登録した", "set the photograph")),
    ("scope", Words::new("範囲を決めた", "set the scope")),
    ("answer_for", Words::new("代わりに答えた", "answered for another")),
    ("assign", Words::new("割り当てた", "assigned")),
    ("compare", Words::new("見比べた", "compared")),
    ("figures", Words::new("集計を見た", "viewed the figures")),
    ("send_again", Words::new("もう一度送った", "sent again")),
    ("call", Words::new("つながるか確かめた", "called")),
    ("commit", Words::new("保管を引き受けた", "committed to keep")),
    ("report_commitment", Words::new("保管の結果を伝えた", "reported the commitment")),
    ("match", Words::new("患者と結び付けた", "matched with the patient")),
    ("belonging", Words::new("誰の画像かを見た", "viewed whose it is")),
    ("copies", Words::new("写しの一覧を見た", "viewed the copies")),
    ("copy", Words::new("写しを作った", "made a copy")),
    ("copy_nobody", Words::new("名前のない写しを作った", "made a copy without names")),
    ("allow", Words::new("登録した", "allowed")),
    ("mark", Words::new("印を付けた", "marked")),
    ("make_code", Words::new("登録コードを作った", "made a code to enrol")),
    ("see", Words::new("状態を受け取った", "saw its state")),
    ("set_rule", Words::new("決まりを変えた", "set the rule")),
    ("download", Words::new("ダウンロードした", "downloaded")),
    ("files", Words::new("ファイルの一覧を見た", "viewed the files")),
    ("bundle", Words::new("ファイルをまとめた", "bundled files")),
    ("file_rights", Words::new("ファイルを使える人を決めた", "said who uses files")),
    ("discard", Words::new("まとめていないファイルを削除した", "discarded a file")),
    ("download_refused", Words::new("ファイルの取り出しを断られた", "was refused a download")),
    ("exports", Words::new("持ち出しの台帳を見た", "viewed the ledger of exports")),
    ("export_rule", Words::new("ファイルの保存先を決めた", "decided where files are kept")),
    ("export_ask", Words::new("可搬媒体への持ち出しを申請した", "asked for a removable medium")),
    ("export_decide", Words::new("可搬媒体への持ち出しを判断した", "decided about a removable medium")),
    ("export_end", Words::new("外のファイルを消したと記録した", "noted the end of an export")),
];

/// Acts whose noun or verb means something else there.
static WHOLE: [(&str, Words); 6] = [
    (
        "lab.released",
        Words::new(
            "技工：加工機が、受け取れるデータの一覧を見た",
            "Laboratory work: a machine asked what is released for it",
        ),
    ),
    ("duty.look", Words::new("読影のあとの対応：見た", "Duties on a reading: looked at")),
    ("duty.remind", Words::new("読影のあとの対応：催促を送った", "Duties on a reading: sent a reminder")),
    ("duty.follow", Words::new("読影のあとの対応：経過を記録した", "Duties on a reading: followed up")),
    (
        "duty.inform",
        Words::new("読影のあとの対応：説明を記録した", "Duties on a reading: noted that somebody was told"),
    ),
    ("reading.second", Words::new("読影：別の読影医の意見を求めた", "Reading: asked for a second opinion")),
];

/// The act in plain words.
#[must_use]
pub fn act_words(act: &str) -> Words {
    if let Some((_, words)) = WHOLE.iter().find(|it| it.0 == act) {
        return words.clone();
    }
    let (noun, verb) = act.split_once('.').unwrap_or((act, ""));
    let found = |table: &'static [(&str, Words)], key: &str| table.iter().find(|it| it.0 == key).map(|it| &it.1);
    match (found(&NOUNS, noun), found(&VERBS, verb)) {
        (Some(noun), Some(verb)) => {
            Words::made(format!("{}：{}", noun.ja, verb.ja), format!("{}: {}", noun.en, verb.en))
        }
        (Some(noun), None) => Words::made(format!("{}：{verb}", noun.ja), format!("{}: {verb}", noun.en)),
        _ => Words::made(act.to_owned(), act.to_owned()),
    }
}

/// The class of information in plain words; empty for none.
#[must_use]
pub fn class_words(class: &str) -> Words {
    let found = people::access::Class::from_key(class);
    found.map_or(Words::new("", ""), people::access::Class::words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DL-43: whoever searches the log reads words, whatever room the entry is from: orders and steps of laboratory work,
    /// sign-ins, acts of devices.
    #[test]
    fn every_act_of_the_program_has_words() {
        let mut silent = Vec::new();
        let mut found = 0;
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()) {
                let is = |name: &str| entry.file_name().is_some_and(|it| it == name);
                if entry.is_dir() && !is("tests") && !is("migrations") && !is("data") {
                    folders.push(entry);
                } else if entry.extension().is_some_and(|it| it == "rs") {
                    let text = std::fs::read_to_string(&entry).expect("a file");
                    for act in written(&text) {
                        found += 1;
                        let (words, verb) = (act_words(act).ja.to_string(), act.split_once('.').map_or("", |it| it.1));
                        if words == act || words.split_once('：').is_some_and(|it| it.1 == verb) {
                            silent.push(act.to_owned());
                        }
                    }
                }
            }
        }
        silent.sort();
        silent.dedup();
        assert!(found > 200, "the acts are looked for where they are written: {found}");
        assert!(silent.is_empty(), "say in NOUNS, VERBS or WHOLE what these are: {silent:?}");
    }

    /// The acts that a file writes into the log, outside of its tests.
    fn written(text: &str) -> Vec<&str> {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let starts = ["Access::new(", "Entry::done("];
        starts
            .iter()
            .flat_map(|start| product.split(start).skip(1))
            .filter_map(|rest| rest.trim_start().strip_prefix('"'))
            .filter_map(|rest| rest.split('"').next())
            .collect()
    }

    #[test]
    fn an_act_reads_like_a_sentence() {
        let cases = [
            ("chart.finalise", "診療録：確定した", "Chart: finalised"),
            ("booking.day", "予約：一日の一覧を見た", "Booking: viewed the day"),
            ("chart.fold", "診療録：fold", "Chart: fold"),
            ("unknown.act", "unknown.act", "unknown.act"),
        ];
        for (act, ja, en) in cases {
            let words = act_words(act);
            assert_eq!((words.ja.as_ref(), words.en.as_ref()), (ja, en));
        }
    }
}
