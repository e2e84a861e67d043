//! What is made: the islands, the release binary; and the demonstration.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use xtask::tree;

use crate::run::{Done, Step, banner, target};

/// `npm ci` in `folder`, when its lock file has changed since the last time.
pub(crate) fn packages(folder: &str) -> Done {
    let lock =
        tree::read(&format!("{folder}/package-lock.json")).ok_or(format!("{folder} has no package-lock.json"))?;
    let there = tree::root().join(folder).join("node_modules").is_dir();
    stamped(&format!("npm-{folder}"), &lock, there, || {
        banner(&format!("npm ci in {folder}"));
        Step::new("npm").args(["ci", "--no-audit", "--no-fund"]).at(folder).done()
    })
}

/// Builds the islands into `islands/dist`, when anything in `islands` has changed.
pub(crate) fn islands() -> Done {
    packages("islands")?;
    let sources: String =
        tree::files("islands", &[""]).into_iter().map(|it| format!("{}\n{}\n", it.path, it.text)).collect();
    let there = tree::root().join("islands/dist").is_dir();
    stamped("islands", &sources, there, || {
        banner("islands");
        Step::new("npm").args(["run", "build"]).at("islands").done()
    })
}

/// Runs `make` unless its outcome is `there` and was made from the same `sources`.
fn stamped(name: &str, sources: &str, there: bool, make: impl FnOnce() -> Done) -> Done {
    let mut hasher = DefaultHasher::new();
    // The outcome lies in the work tree, the stamp may lie in a target folder that several trees share.
    (tree::root(), sources).hash(&mut hasher);
    let now = format!("{:016x}", hasher.finish());
    let folder = target().join("xtask");
    let file = folder.join(format!("{name}.stamp"));
    if there && std::fs::read_to_string(&file).is_ok_and(|it| it == now) {
        return Ok(());
    }
    make()?;
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, now))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// The release binary.
pub(crate) fn release() -> Done {
    islands()?;
    banner("haruka");
    Step::new("cargo").args(["build", "--release", "-p", "app"]).done()?;
    println!("built {}", target().join("release/haruka").display());
    Ok(())
}

/// The demonstration, until it is interrupted.
pub(crate) fn demo(args: &[String]) -> Done {
    release()?;
    Step::new(target().join("release/haruka")).args(["serve", "--demo"]).args(args).become_it()
}

/// The measurements of `bench/`.
pub(crate) fn bench(args: &[String]) -> Done {
    release()?;
    let binary = target().join("release/haruka");
    Step::new("node").args(["bench/run.mjs"]).args(args).env("HARUKA_BIN", binary).become_it()
}
