//! The test pattern, drawn here as SVG: what the whole-image test of AAPM TG18-QC and of JESRA X-0093 asks for – eighteen
//! steps of grey with a faint patch in each, 5 % in black and 95 % in white, ramps, fine lines in the middle and the corners,
//! fading letters, a frame and a grid. It is no copy of their files.

use std::fmt::Write;

/// Side of the drawing, in its own units: one is a pixel of a screen with 1,024 lines.
const SIDE: u32 = 1_024;
/// Steps of grey.
const STEPS: u32 = 18;
/// Grey of the background.
const GROUND: u32 = 128;
/// By how much a faint patch differs from its step, of 255.
const FAINT: u32 = 4;

/// The drawing.
#[must_use]
pub(super) fn svg() -> String {
    let mut out = Drawing::default();
    out.rect([0, 0, SIDE, SIDE], GROUND);
    grid(&mut out);
    steps(&mut out);
    extremes(&mut out);
    ramps(&mut out);
    for (x, y) in [(24, 24), (920, 24), (24, 920), (920, 920), (472, 640)] {
        lines(&mut out, x, y);
    }
    letters(&mut out);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" width=\"{SIDE}\" height=\"{SIDE}\" \
         shape-rendering=\"crispEdges\">{}</svg>",
        out.0
    )
}

/// The grey of step `number`, from black to white.
#[must_use]
const fn grey(number: u32) -> u32 {
    number * 255 / (STEPS - 1)
}

#[derive(Default)]
struct Drawing(String);

impl Drawing {
    fn rect(&mut self, [x, y, width, height]: [u32; 4], grey: u32) {
        let _ = write!(
            self.0,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"rgb({grey},{grey},{grey})\"/>"
        );
    }
}

/// A frame and crossing lines: straight, square and whole to the edges where the picture is not bent or cut.
fn grid(out: &mut Drawing) {
    const EVERY: u32 = 128;
    for at in (0..=SIDE).step_by(EVERY as usize) {
        let at = at.min(SIDE - 1);
        out.rect([at, 0, 1, SIDE], 192);
        out.rect([0, at, SIDE, 1], 192);
    }
    for edge in [[0, 0, SIDE, 3], [0, SIDE - 3, SIDE, 3], [0, 0, 3, SIDE], [SIDE - 3, 0, 3, SIDE]] {
        out.rect(edge, 255);
    }
}

/// The steps in two rows, dark to bright and back; in each a lighter and a darker patch that is only just seen.
fn steps(out: &mut Drawing) {
    const EDGE: u32 = 92;
    let half = STEPS / 2;
    for number in 0..STEPS {
        let (row, place) = (number / half, number % half);
        let place = if row == 0 { place } else { half - 1 - place };
        let (x, y) = (98 + place * EDGE, 300 + row * 112);
        let grey = grey(number);
        out.rect([x, y, EDGE, 96], grey);
        out.rect([x + 10, y + 10, 20, 20], (grey + FAINT).min(255));
        out.rect([x + EDGE - 30, y + 66, 20, 20], grey.saturating_sub(FAINT));
    }
}

/// 5 % in black, 95 % in white.
fn extremes(out: &mut Drawing) {
    for (x, outer, inner) in [(320, 0, 13), (584, 255, 242)] {
        out.rect([x, 140, 120, 120], outer);
        out.rect([x + 40, 180, 40, 40], inner);
    }
}

/// All greys one beside the other: bands and jumps show where a card or a cable has fewer.
fn ramps(out: &mut Drawing) {
    for level in 0..256 {
        out.rect([128 + level * 3, 540, 3, 40], level);
        out.rect([128 + level * 3, 584, 3, 24], 255 - level);
    }
}

/// Lines of one and of two pixels, both ways.
fn lines(out: &mut Drawing, x: u32, y: u32) {
    const EDGE: u32 = 40;
    for (column, width) in [(0, 1), (1, 2)] {
        for (row, upright) in [(0, true), (1, false)] {
            let (left, top) = (x + column * EDGE, y + row * EDGE);
            out.rect([left, top, EDGE - 4, EDGE - 4], 0);
            for at in (0..EDGE - 4).step_by(2 * width as usize) {
                let line = if upright { [left + at, top, width, EDGE - 4] } else { [left, top + at, EDGE - 4, width] };
                out.rect(line, 255);
            }
        }
    }
}

/// Letters that fade into black, grey and white: how far they are read is written down.
fn letters(out: &mut Drawing) {
    const TEXT: &str = "QUALITY CONTROL";
    for (row, ground) in [0_u32, 128, 255].into_iter().enumerate() {
        let y = 760 + u32::try_from(row).unwrap_or_default() * 52;
        out.rect([192, y, 640, 44], ground);
        for (place, letter) in TEXT.chars().enumerate() {
            let place = u32::try_from(place).unwrap_or_default();
            // From fourteen steps down to none: the last letter cannot be read on any screen.
            let fade = 14 - place;
            let grey = if ground > 128 { ground - fade } else { ground + fade };
            let x = 210 + place * 41;
            let _ = write!(
                out.0,
                "<text x=\"{x}\" y=\"{}\" font-family=\"sans-serif\" font-size=\"32\" fill=\"rgb({grey},{grey},{grey})\">{letter}</text>",
                y + 34
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_has_all_that_is_looked_for() {
        // TR-13
        let drawn = svg();
        for number in 0..STEPS {
            let grey = grey(number);
            assert!(drawn.contains(&format!("height=\"96\" fill=\"rgb({grey},{grey},{grey})\"")), "step {number}");
        }
        assert_eq!((grey(0), grey(STEPS - 1)), (0, 255));
        for faint in [13, 242] {
            let patch = format!("width=\"40\" height=\"40\" fill=\"rgb({faint},{faint},{faint})\"");
            assert_eq!(drawn.matches(&patch).count(), 1, "{faint}");
        }
        assert_eq!(drawn.matches("<text ").count(), 45);
        assert!(drawn.starts_with("<svg xmlns") && drawn.ends_with("</svg>"));
        assert!(!drawn.contains("script") && !drawn.contains("href"));
    }

    #[test]
    fn nothing_is_drawn_beyond_the_edge() {
        for rect in svg().split("<rect ").skip(1) {
            let number = |name: &str| -> u32 {
                let from = rect.split(&format!("{name}=\"")).nth(1).expect("a place");
                from.split('"').next().and_then(|it| it.parse().ok()).expect("a number")
            };
            assert!(number("x") + number(" width") <= SIDE, "{rect}");
            assert!(number("y") + number(" height") <= SIDE, "{rect}");
        }
    }
}
