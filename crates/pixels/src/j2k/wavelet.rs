//! The wavelets (T.800 annex F): 5/3 in whole numbers, there and back; 9/7 back.
//!
//! A component's plane holds its bands side by side; each level turns the four bands of a corner into one picture.
//! Samples at even places of the grid are the low ones.

use super::header::Rect;

const ALPHA: f32 = -1.586_134_3;
const BETA: f32 = -0.052_980_12;
const GAMMA: f32 = 0.882_911_1;
const DELTA: f32 = 0.443_506_85;
const K: f32 = 1.230_174_1;

/// One kind of wavelet, undone on whole rows that alternate, or on the two halves of one row.
pub(super) trait Wavelet: Copy + Default {
    /// `count` rows of `width` samples; `odd` is whether they begin with a high one.
    fn undo_rows(rows: &mut [Self], width: usize, count: usize, odd: bool);
    /// The low and the high samples of one row.
    fn undo_halves(low: &mut [Self], high: &mut [Self], odd: bool);
}

/// Changes every second row from `start` by the rows above and below it, mirrored at the edges.
fn lift_rows<T: Copy>(rows: &mut [T], width: usize, count: usize, start: usize, change: impl Fn(&mut T, T, T)) {
    for at in (start..count).step_by(2) {
        let (before, rest) = rows.split_at_mut(at * width);
        let (row, after) = rest.split_at_mut(width);
        let up = if at > 0 { &before[(at - 1) * width..] } else { &after[..width] };
        let down = if at + 1 < count { &after[..width] } else { up };
        for ((it, up), down) in row.iter_mut().zip(up).zip(down) {
            change(it, *up, *down);
        }
    }
}

/// Changes each sample of one half by its two neighbours in the other; `first` is whether it stands before them.
fn lift_half<T: Copy>(half: &mut [T], other: &[T], first: bool, change: impl Fn(&mut T, T, T)) {
    let (Some(begin), Some(end)) = (other.first(), other.last()) else { return };
    let pairs = other.iter().zip(&other[1..]);
    if first {
        let Some((it, rest)) = half.split_first_mut() else { return };
        change(it, *begin, *begin);
        rest.iter_mut().zip(pairs).for_each(|(it, (left, right))| change(it, *left, *right));
        if half.len() > other.len() {
            change(&mut half[other.len()], *end, *end);
        }
    } else {
        half.iter_mut().zip(pairs).for_each(|(it, (left, right))| change(it, *left, *right));
        if half.len() == other.len() {
            change(&mut half[other.len() - 1], *end, *end);
        }
    }
}

// Wrapping: only a broken stream leaves the range.
fn low_back(it: &mut i32, one: i32, two: i32) {
    *it = it.wrapping_sub(one.wrapping_add(two).wrapping_add(2) >> 2);
}

fn high_back(it: &mut i32, one: i32, two: i32) {
    *it = it.wrapping_add(one.wrapping_add(two) >> 1);
}

impl Wavelet for i32 {
    fn undo_rows(rows: &mut [Self], width: usize, count: usize, odd: bool) {
        if count == 1 {
            if odd {
                rows[..width].iter_mut().for_each(|it| *it >>= 1);
            }
            return;
        }
        let low = usize::from(odd);
        lift_rows(rows, width, count, low, low_back);
        lift_rows(rows, width, count, 1 - low, high_back);
    }

    fn undo_halves(low: &mut [Self], high: &mut [Self], odd: bool) {
        if low.is_empty() {
            high.iter_mut().for_each(|it| *it >>= 1);
        }
        lift_half(low, high, !odd, low_back);
        lift_half(high, low, odd, high_back);
    }
}

impl Wavelet for f32 {
    fn undo_rows(rows: &mut [Self], width: usize, count: usize, odd: bool) {
        if count == 1 {
            if odd {
                rows[..width].iter_mut().for_each(|it| *it /= 2.0);
            }
            return;
        }
        let low = usize::from(odd);
        for (at, row) in rows.chunks_exact_mut(width).take(count).enumerate() {
            let scale = if at % 2 == low { K } else { 1.0 / K };
            row.iter_mut().for_each(|it| *it *= scale);
        }
        for (start, factor) in [(low, DELTA), (1 - low, GAMMA), (low, BETA), (1 - low, ALPHA)] {
            lift_rows(rows, width, count, start, |it, one, two| *it -= factor * (one + two));
        }
    }

    fn undo_halves(low: &mut [Self], high: &mut [Self], odd: bool) {
        if low.is_empty() {
            high.iter_mut().for_each(|it| *it /= 2.0);
        }
        if low.is_empty() || high.is_empty() {
            return;
        }
        low.iter_mut().for_each(|it| *it *= K);
        high.iter_mut().for_each(|it| *it *= 1.0 / K);
        lift_half(low, high, !odd, |it, one, two| *it -= DELTA * (one + two));
        lift_half(high, low, odd, |it, one, two| *it -= GAMMA * (one + two));
        lift_half(low, high, !odd, |it, one, two| *it -= BETA * (one + two));
        lift_half(high, low, odd, |it, one, two| *it -= ALPHA * (one + two));
    }
}

/// How many low samples a line of `count` has, and where the first stands.
fn lows(count: usize, odd: bool) -> (usize, usize) {
    if odd { (count / 2, 1) } else { (count.div_ceil(2), 0) }
}

/// Where row `row` of the bands goes in the picture.
fn place(row: usize, (low, first): (usize, usize)) -> usize {
    if row < low { first + 2 * row } else { 1 - first + 2 * (row - low) }
}

/// Puts a plane's bands together, smallest first, into the whole picture.
pub(super) fn join<T: Wavelet>(plane: &mut [T], resolutions: &[Rect]) {
    let Some(whole) = resolutions.last() else { return };
    let pitch = whole.width() as usize;
    let mut picture = vec![T::default(); plane.len()];
    for rect in &resolutions[1..] {
        let (width, height) = (rect.width() as usize, rect.height() as usize);
        if width == 0 || height == 0 {
            continue;
        }
        let (odd_x, odd_y) = (rect.x0 % 2 == 1, rect.y0 % 2 == 1);
        let ((low_x, first_x), low_y) = (lows(width, odd_x), lows(height, odd_y));
        for row in 0..height {
            let (low, high) = plane[row * pitch..row * pitch + width].split_at_mut(low_x);
            T::undo_halves(low, high, odd_x);
            let to = place(row, low_y) * width;
            let line = &mut picture[to..to + width];
            line.iter_mut().skip(first_x).step_by(2).zip(low).for_each(|(to, from)| *to = *from);
            line.iter_mut().skip(1 - first_x).step_by(2).zip(high).for_each(|(to, from)| *to = *from);
        }
        T::undo_rows(&mut picture[..width * height], width, height, odd_y);
        for (from, to) in picture.chunks_exact(width).take(height).zip(plane.chunks_exact_mut(pitch)) {
            to[..width].copy_from_slice(from);
        }
    }
}

/// Takes a picture apart into bands of the 5/3 wavelet, largest first: the way back of [`join`].
pub(super) fn part(plane: &mut [i32], resolutions: &[Rect]) {
    let Some(whole) = resolutions.last() else { return };
    let pitch = whole.width() as usize;
    let mut picture = vec![0; plane.len()];
    for rect in resolutions[1..].iter().rev() {
        let (width, height) = (rect.width() as usize, rect.height() as usize);
        if width == 0 || height == 0 {
            continue;
        }
        let (odd_x, odd_y) = (rect.x0 % 2 == 1, rect.y0 % 2 == 1);
        let ((low_x, first_x), low_y) = (lows(width, odd_x), lows(height, odd_y));
        for (from, to) in plane.chunks_exact(pitch).take(height).zip(picture.chunks_exact_mut(width)) {
            to.copy_from_slice(&from[..width]);
        }
        if height > 1 {
            let first = usize::from(odd_y);
            lift_rows(&mut picture, width, height, 1 - first, |it, one, two| *it -= (one + two) >> 1);
            lift_rows(&mut picture, width, height, first, |it, one, two| *it += (one + two + 2) >> 2);
        } else if odd_y {
            picture[..width].iter_mut().for_each(|it| *it *= 2);
        }
        for row in 0..height {
            let from = place(row, low_y) * width;
            let line = &picture[from..from + width];
            let (low, high) = plane[row * pitch..row * pitch + width].split_at_mut(low_x);
            low.iter_mut().zip(line.iter().skip(first_x).step_by(2)).for_each(|(to, from)| *to = *from);
            high.iter_mut().zip(line.iter().skip(1 - first_x).step_by(2)).for_each(|(to, from)| *to = *from);
            if low.is_empty() {
                high.iter_mut().for_each(|it| *it *= 2);
            }
            lift_half(high, low, odd_x, |it, one, two| *it -= (one + two) >> 1);
            lift_half(low, high, !odd_x, |it, one, two| *it += (one + two + 2) >> 2);
        }
    }
}
