//! A full disk, a real one: a small file system in memory that fills up and is cleared again.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use kernel::limits;

use crate::browser::{Browser, Form};
use crate::server::{Place, Server};

/// Bytes of the small file system: the reserve, and room for a data folder.
const SIZE_BYTES: u64 = limits::DISK_RESERVE_BYTES + 64 * 1024 * 1024;

/// A mount of its own over a data folder.
pub(crate) struct Disk(PathBuf);

/// Runs `program` as it stands, or by `sudo` where this user may not: the suite needs one of both anyway.
fn as_root(program: &str, args: &[&str]) -> bool {
    let run = |command: &mut Command| command.args(args).output().is_ok_and(|it| it.status.success());
    run(&mut Command::new(program)) || run(Command::new("sudo").args(["-n", program]))
}

impl Disk {
    pub(crate) fn mount(place: &Place) -> Self {
        let at = place.data();
        fs::create_dir_all(&at).unwrap();
        let owner = fs::metadata(&at).unwrap();
        let options = format!("size={SIZE_BYTES},mode=0700,uid={},gid={}", owner.uid(), owner.gid());
        let mounted = as_root("mount", &["-t", "tmpfs", "-o", &options, "tmpfs", &at.to_string_lossy()]);
        assert!(mounted, "a disk that can be filled takes the right to mount: run the suite as root or with sudo");
        Self(at)
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it until about so many bytes are left.
    pub(crate) fn leave(&self, left_bytes: u64) {
        let _ = fs::remove_file(self.ballast());
        let out = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.0).output().unwrap();
        let free: u64 = String::from_utf8_lossy(&out.stdout).lines().nth(1).unwrap().trim().parse().unwrap();
        let mut file = fs::File::create(self.ballast()).unwrap();
        let block = vec![0; 64 * 1024];
        let mut written = 0;
        // The last blocks may find no room: then it is as full as can be.
        while written + 64 * 1024 <= free.saturating_sub(left_bytes) && file.write_all(&block).is_ok() {
            written += 64 * 1024;
        }
    }

    pub(crate) fn clear(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        as_root("umount", &["-l", &self.0.to_string_lossy()]);
    }
}

#[test]
fn a_full_disk_is_for_reading_and_nothing_typed_is_lost() {
    let place = Place::empty("disk");
    let disk = Disk::mount(&place);
    let server = Server::start(&place);
    let mut clerk = Browser::new(server.http);
    clerk.sign_in("suzuki").unwrap();
    let form = Form::of_patient(&clerk.page("/patients/new").unwrap(), "嵐");

    disk.leave(limits::DISK_RESERVE_BYTES / 2);
    // Patients' data are read, and each look is on record.
    assert!(
        clerk
            .page("/patients?q=たなか".replace("たなか", &web::answer::query_value("たなか")).as_str())
            .unwrap()
            .contains("田中")
    );
    assert!(clerk.page("/day").unwrap().contains("いまは見るだけになっています"));
    let refused = clerk.send(&form.request()).unwrap();
    let page = refused.text();
    assert_eq!(refused.status, 503, "{page}");
    for said in ["保存する場所がいっぱい", "まだ保存されていません", "嵐", "もう一度送る"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(clerk.page("/healthz").unwrap().contains("reading only"));
    assert_eq!(clerk.get("/readyz").unwrap().status, 503);
    // Whoever comes only now may still come in and read.
    let mut dentist = Browser::new(server.http);
    dentist.sign_in("sato").unwrap();
    assert!(dentist.page("/day").unwrap().contains("いまは見るだけになっています"));

    disk.leave(0);
    let full = clerk.send(&form.request()).unwrap();
    assert_eq!(full.status, 503);
    assert!(full.text().contains("嵐"), "what was typed is still there");
    assert!(clerk.page("/healthz").unwrap().contains("full"));
    server.kill();
    let said = Server::try_start(&place).err().expect("it does not start on a full disk");
    assert!(said.contains("the disk is full; make room for at least 8 MB"), "{said}");

    // There is room again: it goes on by itself, and the same form is sent from the page that kept it.
    disk.clear();
    let server = Server::start(&place);
    clerk.at = server.http;
    disk.leave(limits::DISK_RESERVE_BYTES / 2);
    assert_eq!(clerk.send(&form.request()).unwrap().status, 503);
    disk.clear();
    let kept = Form::on(&page, "/patients");
    assert_eq!(kept.key(), form.key(), "sent twice it acts once");
    let first = clerk.send(&kept.request()).unwrap();
    let second = clerk.send(&kept.request()).unwrap();
    assert_eq!((first.status, first.location.is_some()), (303, true), "{}", first.text());
    assert_eq!(first.location, second.location);
    assert!(clerk.page("/readyz").unwrap().contains("\"ready\":true"));
    server.stop();
    place.verify();
}
