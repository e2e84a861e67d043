//! Turns a [`Document`] into what the template reads: clean words, widths, labels in the document's language.

use kernel::{Error, Lang, Result, time};
use papers::{Block, Document, SignLine, ToothMark};
use serde_json::{Value, json};

use crate::text::{GETA, PrintedAs, Printer, Unprinted};
use crate::{limits, too_large, world};

/// A cell of up to this many characters stays whole at the end of a page; a longer one may go on overleaf.
const KEEP_CHARS: usize = 300;
/// And so many lines of its own.
const KEEP_LINES: usize = 12;
/// How much of a title the header of later pages repeats, in characters.
const RUNNING_CHARS: usize = 28;

/// The template's data and what could not be printed as written.
pub(crate) struct Prepared {
    pub(crate) json: Vec<u8>,
    pub(crate) unprinted: Vec<Unprinted>,
}

/// The widths of the template's places. A safe bit less than the truth, since bold letters are wider than plain ones.
#[derive(Clone, Copy)]
struct Room {
    base_pt: f64,
    small_pt: f64,
    title_pt: f64,
}

impl Room {
    /// A4 less two margins of 20 mm.
    const LINE_PT: f64 = 481.9;

    fn of(document: &Document) -> Self {
        if document.large_type {
            Self { base_pt: 14.0, small_pt: 12.0, title_pt: 22.0 }
        } else {
            Self { base_pt: 10.5, small_pt: 8.5, title_pt: 18.0 }
        }
    }

    /// Letters of `size_pt` that fit into `share` of the line, less an indent of `less_em` letters.
    fn em(size_pt: f64, share: f64, less_em: f64) -> f64 {
        0.92 * (Self::LINE_PT * share / size_pt - less_em)
    }

    fn line(self) -> f64 {
        Self::em(self.base_pt, 1.0, 0.0)
    }

    fn heading(self) -> f64 {
        Self::em(self.base_pt * 1.15, 1.0, 0.0)
    }

    fn item(self) -> f64 {
        Self::em(self.base_pt, 1.0, 2.0)
    }

    fn small(self) -> f64 {
        Self::em(self.small_pt, 1.0, 3.0)
    }

    fn label(self) -> f64 {
        Self::em(self.base_pt, 0.25, 0.0)
    }

    fn value(self) -> f64 {
        Self::em(self.base_pt, 0.75, 1.0)
    }
}

pub(crate) fn prepare(document: &Document) -> Result<Prepared> {
    measure(document)?;
    let lang = document.lang;
    let room = Room::of(document);
    let mut printer = Printer::new(&world::shared().faces);
    let title = printer.line(document.title.in_lang(lang));
    let facility = printer.line(&document.facility);
    let number = printer.line(&document.number);
    let made_at = time::show(document.made_at, lang);
    let mut data = json!({
        "lang": lang.tag(),
        "large": document.large_type,
        "title": title,
        "title_lines": printer.lines(&title, Room::em(room.title_pt, 1.0, 0.0)),
        "running": shortened(&title),
        "facility": facility,
        "facility_lines": printer.lines(&facility, room.heading()),
        "facility_running": shortened(&facility),
        "address": printer.lines(&document.address, room.small()),
        "contact": printer.lines(&document.contact, room.small()),
        "number": number,
        "number_lines": printer.lines(&number, room.small() / 2.0),
        "number_running": shortened(&number),
        "version": lang.t(format!("第{}版", document.version), format!("version {}", document.version)),
        "made_at": lang.t(format!("{made_at} 作成"), format!("made {made_at} JST")),
        "labels": {
            "number": lang.t("文書番号", "Document"),
            "sign": lang.t("署名・確認", "Signatures"),
            "nothing": lang.t("記載なし", "Nothing recorded"),
            "date": lang.t("　　　　年　　　月　　　日", "Date:"),
            "right": lang.t("右", "R"),
            "left": lang.t("左", "L"),
        },
    });
    let blocks = document.blocks.iter().map(|it| block(&mut printer, room, it)).collect::<Result<Vec<_>>>()?;
    data["blocks"] = Value::Array(blocks.into_iter().flatten().collect());
    data["sign"] = document.sign.iter().map(|it| sign_line(&mut printer, room, it, lang)).collect();
    let unprinted = printer.into_unprinted();
    data["remarks"] = remarks(&unprinted, lang).into();
    let json = serde_json::to_vec(&data).map_err(|fault| Error::internal(format!("document data: {fault}")))?;
    Ok(Prepared { json, unprinted })
}

fn block(printer: &mut Printer, room: Room, block: &Block) -> Result<Option<Value>> {
    Ok(match block {
        Block::Heading(text) => lines_block(printer, "heading", text, room.heading()),
        Block::Text(text) => lines_block(printer, "text", text, room.line()),
        Block::Note(text) => lines_block(printer, "note", text, room.small()),
        Block::Facts(facts) => {
            let rows = facts.iter().map(|(label, value)| {
                json!({
                    "label": printer.lines(label, room.label()),
                    "value": printer.lines(value, room.value()),
                    "keep": is_short([label, value]),
                })
            });
            Some(json!({ "kind": "facts", "rows": rows.collect::<Vec<_>>() }))
        }
        Block::List(items) => {
            let rows = items.iter().map(|it| printer.lines(it, room.item()));
            Some(json!({ "kind": "list", "rows": rows.collect::<Vec<_>>() }))
        }
        Block::Checks(checks) => {
            let rows = checks.iter().map(|it| {
                let note = it.note.as_ref().filter(|note| !note.trim().is_empty());
                json!({
                    "done": it.done,
                    "text": printer.lines(&it.text, room.item()),
                    "note": note.map(|note| printer.lines(note, room.small())),
                    "keep": is_short([Some(&it.text), note].into_iter().flatten()),
                })
            });
            Some(json!({ "kind": "checks", "rows": rows.collect::<Vec<_>>() }))
        }
        Block::Table { head, rows } => Some(table(printer, room, head, rows)?),
        Block::Teeth(marks) => Some(teeth(printer, room, marks)),
    })
}

fn lines_block(printer: &mut Printer, kind: &str, text: &str, room_em: f64) -> Option<Value> {
    let lines = printer.lines(text, room_em);
    let blank = lines.iter().all(|it| it.trim().is_empty());
    (!blank).then(|| json!({ "kind": kind, "lines": lines }))
}

/// Whether a row stays on one page: what is kept whole must surely fit on one, or its end would leave the paper.
fn is_short<'a>(texts: impl IntoIterator<Item = &'a String>) -> bool {
    let (mut chars, mut lines) = (0, 0);
    for text in texts {
        chars += text.chars().count();
        lines += text.lines().count();
    }
    chars <= KEEP_CHARS && lines <= KEEP_LINES
}

fn table(printer: &mut Printer, room: Room, head: &[String], rows: &[Vec<String>]) -> Result<Value> {
    if let Some(row) = rows.iter().find(|it| it.len() != head.len()) {
        return Err(Error::internal(format!("a table's row of {} cells under {} heads", row.len(), head.len())));
    }
    // Cells are set a little smaller than text and have a space of 0.35 em at both sides.
    const INSETS_EM: f64 = 0.7;
    let line_em = Room::LINE_PT / (room.base_pt * 0.95);
    let widths = column_widths(printer, head, rows, line_em, INSETS_EM);
    let rooms: Vec<f64> = widths.iter().map(|it| 0.92 * (it - INSETS_EM)).collect();
    let mut cells = |row: &[String]| -> Value {
        row.iter().zip(&rooms).map(|(cell, room_em)| Value::from(printer.lines(cell, *room_em))).collect()
    };
    let head_cells = cells(head);
    let body: Vec<_> = rows
        .iter()
        .map(|row| {
            // A narrow column makes a short text long.
            let keep = row.iter().zip(&rooms).all(|(cell, room_em)| cell.chars().count() as f64 / room_em <= 12.0);
            json!({ "cells": cells(row), "keep": keep && is_short(row) })
        })
        .collect();
    Ok(json!({ "kind": "table", "widths": widths, "head": head_cells, "rows": body }))
}

/// Shares `line_em` out: who needs less than an equal share gets what he needs, the others divide the rest by need.
fn column_widths(printer: &Printer, head: &[String], rows: &[Vec<String>], line_em: f64, insets_em: f64) -> Vec<f64> {
    // Beyond this a long cell wants lines, not width.
    const NEED_EM_MAX: f64 = 40.0;
    const BOLD: f64 = 1.1;
    let width = |text: &String| text.lines().map(|line| printer.width_em(line)).fold(1.0, f64::max);
    let needs: Vec<f64> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|it| width(it) * 1.03);
            let widest = cells.chain(head.get(column).map(|it| width(it) * BOLD)).fold(1.0, f64::max);
            widest.min(NEED_EM_MAX) + insets_em
        })
        .collect();
    let mut widths = needs.clone();
    let mut open: Vec<usize> = (0..needs.len()).collect();
    let mut left_em = line_em;
    // Every round settles at least one column, or ends.
    while !open.is_empty() {
        let share = left_em / open.len() as f64;
        let (settled, rest): (Vec<_>, Vec<_>) = open.iter().partition(|it| needs[**it] <= share);
        if settled.is_empty() || rest.is_empty() {
            let whole: f64 = open.iter().map(|it| needs[*it]).sum();
            open.iter().for_each(|it| widths[*it] = left_em * needs[*it] / whole);
            break;
        }
        left_em -= settled.iter().map(|it| needs[*it]).sum::<f64>();
        open = rest;
    }
    widths
}

fn teeth(printer: &mut Printer, room: Room, marks: &[ToothMark]) -> Value {
    // A box of the chart is 28 points wide, and so is about the column beside the list.
    const MARK_EM: f64 = 2.4;
    let with_milk_teeth = marks.iter().any(|it| it.tooth.is_deciduous());
    let rows: Vec<_> = marks
        .iter()
        .map(|it| {
            json!({
                "tooth": it.tooth.fdi().to_string(),
                "mark": printer.lines(&it.mark, MARK_EM),
                "words": printer.lines(&it.words, room.item() - 5.0),
            })
        })
        .collect();
    // Each jaw from the patient's right to the left, as one looks at the patient.
    let jaw = |right: u8, left: u8, last: u8| -> Vec<String> {
        let right = (1..=last).rev().map(|it| right * 10 + it);
        right.chain((1..=last).map(|it| left * 10 + it)).map(|it| it.to_string()).collect()
    };
    let milk = [jaw(5, 6, 5), jaw(8, 7, 5)];
    json!({ "kind": "teeth", "rows": rows, "jaws": [jaw(1, 2, 8), jaw(4, 3, 8)], "milk": with_milk_teeth.then_some(milk) })
}

fn sign_line(printer: &mut Printer, room: Room, line: &SignLine, lang: Lang) -> Value {
    json!({
        "label": printer.lines(&line.label, room.label()),
        "name": printer.lines(&line.name, Room::em(room.base_pt * 1.1, 0.34, 2.0)),
        "at": line.at.map(|at| time::show(at, lang)),
        "how": printer.lines(&line.how, Room::em(room.small_pt, 0.40, 0.0)),
    })
}

/// The document's own words on what it could not print, so that the paper alone does not mislead.
fn remarks(unprinted: &[Unprinted], lang: Lang) -> Vec<String> {
    let told = |printed: PrintedAs| -> Vec<String> {
        let all: Vec<&Unprinted> = unprinted.iter().filter(|it| it.printed == printed).collect();
        let mut named: Vec<String> = all
            .iter()
            .take(limits::UNPRINTED_NAMED_MAX)
            .map(|it| {
                let base = it.written.chars().next().filter(|_| printed == PrintedAs::PlainForm);
                let base = base.map(String::from).unwrap_or_default();
                lang.t(
                    format!("{base} {}（{}か所）", it.code_points(), it.count),
                    format!("{base} {} ({}×)", it.code_points(), it.count),
                )
            })
            .collect();
        let rest = all.len().saturating_sub(limits::UNPRINTED_NAMED_MAX);
        if rest > 0 {
            named.push(lang.t(format!("ほか{rest}種類"), format!("and {rest} more")));
        }
        named.iter().map(|it| it.trim().to_owned()).collect()
    };
    let marked = told(PrintedAs::Mark);
    let plain = told(PrintedAs::PlainForm);
    let mut out = Vec::new();
    if !marked.is_empty() {
        out.push(lang.t(
            format!("次の文字は書体にないため「{GETA}」で印字しました：{}", marked.join("、")),
            format!("Our fonts lack these characters; they are printed as {GETA}: {}", marked.join(", ")),
        ));
    }
    if !plain.is_empty() {
        out.push(lang.t(
            format!("次の異体字は書体にないため標準の字形で印字しました：{}", plain.join("、")),
            format!("Our fonts lack these variant forms; the plain form is printed: {}", plain.join(", ")),
        ));
    }
    out
}

fn shortened(line: &str) -> String {
    let short: String = line.chars().take(RUNNING_CHARS).collect();
    if short.len() < line.len() { short + "…" } else { short }
}

/// Refuses before any work what is larger than [`limits`].
fn measure(document: &Document) -> Result<()> {
    let at_most = |what: &str, count: usize, max: usize| {
        if count > max { Err(too_large(format!("{what}: {count} of at most {max}"))) } else { Ok(()) }
    };
    at_most("blocks", document.blocks.len(), limits::BLOCKS_MAX)?;
    at_most("signature lines", document.sign.len(), limits::SIGN_LINES_MAX)?;
    for line in [&document.facility, &document.address, &document.contact, &document.number] {
        at_most("characters of a line", line.chars().count(), limits::LINE_CHARS_MAX)?;
    }
    at_most("characters of the title", document.title.in_lang(document.lang).chars().count(), limits::LINE_CHARS_MAX)?;
    let (mut rows, mut chars) = (0, 0);
    let mut count = |text: &str| chars += text.chars().count();
    for block in &document.blocks {
        match block {
            Block::Heading(text) | Block::Text(text) | Block::Note(text) => count(text),
            Block::Facts(facts) => {
                rows += facts.len();
                facts.iter().for_each(|(label, value)| [label, value].into_iter().for_each(|it| count(it)));
            }
            Block::List(items) => {
                rows += items.len();
                items.iter().for_each(|it| count(it));
            }
            Block::Checks(checks) => {
                rows += checks.len();
                checks
                    .iter()
                    .for_each(|it| [Some(&it.text), it.note.as_ref()].into_iter().flatten().for_each(|it| count(it)));
            }
            Block::Table { head, rows: body } => {
                at_most("columns", head.len(), limits::COLUMNS_MAX)?;
                rows += body.len();
                body.iter().chain([head]).flatten().for_each(|it| count(it));
            }
            Block::Teeth(marks) => {
                rows += marks.len();
                marks.iter().for_each(|it| [&it.mark, &it.words].into_iter().for_each(|it| count(it)));
            }
        }
    }
    document.sign.iter().for_each(|it| [&it.label, &it.name, &it.how].into_iter().for_each(|it| count(it)));
    at_most("rows", rows, limits::ROWS_MAX)?;
    at_most("characters", chars, limits::CHARS_MAX)
}
