//! Services that carry files out of a device, by the names of the programs that do.

/// What a program's name begins with, in small letters, and the service behind it.
const SERVICES: [(&str, &str); 25] = [
    ("amazon drive", "Amazon Drive"),
    ("amazon photos", "Amazon Photos"),
    ("backblaze", "Backblaze"),
    ("box drive", "Box"),
    ("box sync", "Box"),
    ("box.app", "Box"),
    ("creative cloud", "Adobe Creative Cloud"),
    ("adobe creative cloud", "Adobe Creative Cloud"),
    ("dropbox", "Dropbox"),
    ("nautilus-dropbox", "Dropbox"),
    ("firestorage", "firestorage"),
    ("google drive", "Google Drive"),
    ("google-drive-ocamlfuse", "Google Drive"),
    ("googledrive", "Google Drive"),
    ("icloud", "iCloud"),
    ("insync", "Insync"),
    ("mega", "MEGA"),
    ("nextcloud", "Nextcloud"),
    ("owncloud", "ownCloud"),
    ("onedrive", "OneDrive"),
    ("microsoft onedrive", "OneDrive"),
    ("pcloud", "pCloud"),
    ("rclone", "rclone"),
    ("seafile", "Seafile"),
    ("syncthing", "Syncthing"),
];

/// The services whose programs are among these.
pub(crate) fn services<'a>(programs: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = programs.filter_map(service).map(ToOwned::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

fn service(program: &str) -> Option<&'static str> {
    let name = program.to_lowercase();
    // `mega` alone would be a megabyte tool as well.
    let fits = |it: &&(&str, &str)| match it.0 {
        "mega" => name == "megasync" || name.starts_with("mega "),
        start => name.starts_with(start),
    };
    SERVICES.iter().find(fits).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_files_away_is_named() {
        let all =
            ["Dropbox 210.4", "nextcloud-desktop", "megatools", "MEGAsync", "bash", "Microsoft OneDrive", "onedrive"];
        assert_eq!(services(all.into_iter()), ["Dropbox", "MEGA", "Nextcloud", "OneDrive"]);
    }
}
