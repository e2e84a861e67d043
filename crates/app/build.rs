//! Lists the built islands as assets. They are made by `make build`; without them there is nothing to serve.

use std::fmt::Write;
use std::path::Path;

fn main() {
    // Asked when it runs: a script compiled in one working copy may run for another that shares its target folder's past.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let dist = Path::new(&here).join("../../islands/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let mut list = String::from("/// The built islands.\npub(crate) const ASSETS: &[Asset] = &[\n");
    let mut files: Vec<_> = match std::fs::read_dir(&dist) {
        Ok(entries) => entries.flatten().map(|it| it.path()).filter(|it| it.is_file()).collect(),
        Err(error) => panic!("{}: {error}. Build the islands first: `make build`", dist.display()),
    };
    files.sort();
    for file in files {
        let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let kind = match file.extension().and_then(|it| it.to_str()) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("woff2") => "font/woff2",
            Some("svg") => "image/svg+xml",
            Some("txt") => "text/plain; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => continue,
        };
        let path = file.display();
        let packed = file.with_file_name(format!("{name}.gz"));
        let packed =
            if packed.is_file() { format!("Some(include_bytes!(r\"{}\"))", packed.display()) } else { "None".into() };
        let _ = writeln!(
            list,
            "    Asset {{ name: {name:?}, kind: {kind:?}, bytes: include_bytes!(r\"{path}\"), packed: {packed} }},"
        );
    }
    list.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").map(|it| Path::new(&it).join("assets.rs"));
    if let Some(out) = out {
        std::fs::write(out, list).unwrap_or_else(|error| panic!("cannot write the list of assets: {error}"));
    }
}
