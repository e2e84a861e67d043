//! pynetdicom sends every file that ships inside pydicom, and asks for storage commitment.

use std::process::Command;

use crate::server::{Server, python};

const TABLE: &str = include_str!("pydicom-files.txt");

fn script(server: &Server, what: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/peer.py");
    let out = Command::new(python()).args([path, what, &server.port.to_string()]).output().expect("Python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

#[test]
fn every_file_of_pydicom_is_kept_byte_for_byte_or_refused_with_a_reason() {
    // TR-25, SY-60
    let server = Server::open();
    let said = script(&server, "store");
    let (table, digests): (Vec<&str>, Vec<&str>) = said.lines().partition(|it| !it.starts_with("digest "));
    let table = table.join("\n");
    assert!(table == TABLE.trim_end(), "tests/peers/pydicom-files.txt differs; what was seen:\n{table}");
    let kept: Vec<String> = server.ward.given(|tx, _| {
        tx.rows("SELECT uid, blob_id FROM instance", &[])?
            .iter()
            .map(|row| {
                let (uid, digest): (String, [u8; 32]) = (row.get("uid")?, row.get("blob_id")?);
                Ok(format!("digest {uid} {}", digest.iter().map(|it| format!("{it:02x}")).collect::<String>()))
            })
            .collect()
    });
    for kept in &kept {
        assert!(digests.contains(&kept.as_str()), "{kept} is not what was sent");
    }
    assert!(kept.len() > 100, "{} are kept", kept.len());
}

#[test]
fn storage_commitment_tells_what_is_kept_and_what_is_not() {
    // TR-20
    let server = Server::open();
    assert_eq!(script(&server, "commit").trim(), "kept 1 failed 1");
}
