//! Prints what is met in a DICOM file, one line each: `cargo run -p imaging --example dump -- FILE…`.

use std::io::Read;

use imaging::dataset::{Event, File};

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        println!("file {path}");
        let (mut input, mut scanner) = (std::fs::File::open(&path)?, File::default());
        let mut piece = vec![0; 16 * 1024];
        let mut depth = 0;
        let mut tell = |event: Event<'_>| match event {
            Event::Value { tag, vr, bytes } => println!("{depth} {tag:?} {vr:?} {}", bytes.len()),
            Event::Bulk { tag, vr, length, .. } => println!("{depth} {tag:?} {vr:?} {length}"),
            Event::Sequence(tag, vr) => {
                println!("{depth} {tag:?} {vr:?} [");
                depth += 1;
            }
            Event::SequenceEnd => depth -= 1,
            Event::Begin(_) | Event::Item | Event::ItemEnd => (),
        };
        let done = loop {
            match input.read(&mut piece)? {
                0 => break scanner.finish(&mut tell),
                count => {
                    if let Err(fault) = scanner.feed(&piece[..count], &mut tell) {
                        break Err(fault);
                    }
                }
            }
        };
        match done {
            Ok(()) => println!("whole"),
            Err(fault) => println!("broken {:?} at {}", fault.what, fault.offset),
        }
    }
    Ok(())
}
