//! All that is done with one file: the report, and the levels if it has a shape. What a child process runs.

use crate::levels::{self, Level};
use crate::report::{FindingKind, Verdict, Weight};
use crate::{Fault, FaultKind, Finding, Format, Limits, Place, Report, check, exocad, personal, read};

/// What was made of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// What it is and what is wrong with it.
    pub report: Report,
    /// Levels of detail, the smallest first; none of a file without a shape.
    pub levels: Vec<Level>,
}

/// Reads and checks a file.
#[must_use]
pub fn report(name: &str, bytes: &[u8], limits: &Limits) -> Report {
    work(name, bytes, limits, &[]).report
}

/// Reads and checks a file, and makes levels with about `triangles` triangles each ([`levels::TRIANGLES`]).
#[must_use]
pub fn work(name: &str, bytes: &[u8], limits: &Limits, triangles: &[usize]) -> Work {
    let format = Format::of(name, bytes);
    let mut report = Report {
        format,
        bytes: bytes.len() as u64,
        verdict: Verdict::Unread,
        fault: None,
        shape: None,
        companion: None,
        findings: Vec::new(),
        personal: Vec::new(),
        materials: Vec::new(),
    };
    let mut levels = Vec::new();
    if let Err(fault) = looked_over(name, bytes, limits, triangles, &mut report, &mut levels) {
        report.fault = Some(fault);
        // What the file says beside its shape was not read then; its name is known all the same.
        if report.personal.is_empty() {
            report.personal = personal::find(name, &[]);
        }
    }
    note(&mut report, FindingKind::Misnamed, u64::from(format.is_misnamed(name) && format != Format::Unknown));
    let count = report.personal.len() as u64;
    let places: Vec<_> = report.personal.iter().map(|it| it.place.clone()).take(limits.places).collect();
    if count > 0 {
        report.findings.push(Finding { kind: FindingKind::Personal, count, places });
    }
    // Each kind in the order of its weight; those of one weight stay in the order of the check.
    report.findings.sort_by_key(|it| match it.kind.weight() {
        Weight::Broken => 0,
        Weight::Look => 1,
        Weight::Note => 2,
    });
    report.verdict = verdict(&report);
    Work { report, levels }
}

fn looked_over(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    triangles: &[usize],
    report: &mut Report,
    levels: &mut Vec<Level>,
) -> Result<(), Fault> {
    match report.format {
        Format::ConstructionInfo | Format::DentalProject => {
            let (companion, mut found) = exocad::read(bytes, limits)?;
            found.splice(0..0, personal::find(name, &[]));
            note(report, FindingKind::NamesOutside, u64::from(companion.outside));
            report.personal = found;
            report.companion = Some(companion);
            Ok(())
        }
        // An empty or strange file is a fault; what is known and kept as it is, is none.
        format if !format.is_mesh() && format != Format::Unknown => {
            report.personal = personal::find(name, &[]);
            Ok(())
        }
        _ => {
            let reading = read(name, bytes, limits)?;
            report.personal = personal::find(name, &reading.texts);
            report.materials.clone_from(&reading.materials);
            let clean = check::clean(&reading.surface, limits);
            if clean.surface.triangles.is_empty() {
                return Err(Fault::new(FaultKind::NoTriangles, Place::default()));
            }
            let thinned = (!triangles.is_empty()).then(|| clean.surface.clone());
            let (shape, findings) = check::check(&reading, clean, limits);
            drop(reading);
            if let Some(surface) = thinned {
                *levels = levels::levels(&surface, shape.unit.unit.mm(), triangles);
            }
            report.shape = Some(shape);
            report.findings = findings;
            Ok(())
        }
    }
}

fn note(report: &mut Report, kind: FindingKind, count: u64) {
    if count > 0 {
        report.findings.push(Finding { kind, count, places: Vec::new() });
    }
}

fn verdict(report: &Report) -> Verdict {
    let heaviest = |weight: Weight| report.findings.iter().any(|it| it.kind.weight() == weight);
    if report.fault.is_some() || heaviest(Weight::Broken) {
        Verdict::Broken
    } else if heaviest(Weight::Look) {
        Verdict::Look
    } else if report.shape.is_none() && report.companion.is_none() {
        Verdict::Unread
    } else {
        Verdict::Good
    }
}
