//! Halved colours made full: smooth where the Independent JPEG Group's library is smooth, repeated elsewhere.

/// One component's samples and how much of its plane is picture.
pub(super) struct Plane {
    pub(super) samples: Vec<u16>,
    pub(super) stride: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Plane {
    fn row(&self, row: usize) -> &[u16] {
        let from = row.min(self.rows - 1) * self.stride;
        &self.samples[from..from + self.columns]
    }
}

/// Row `row` of the full picture, `columns` wide, from a plane `across` and `down` times smaller.
pub(super) fn row(plane: &Plane, across: usize, down: usize, row: usize, columns: usize, out: &mut Vec<u16>) {
    out.clear();
    let near = plane.row(row / down);
    match (across, down) {
        (1, 1) => out.extend_from_slice(near),
        (2, 1) if plane.columns > 2 => wide(near, out),
        (2, 2) if plane.columns > 2 => {
            let far = if row.is_multiple_of(2) { (row / 2).saturating_sub(1) } else { row / 2 + 1 };
            wide_and_high(near, plane.row(far), out);
        }
        _ => out.extend(near.iter().flat_map(|it| std::iter::repeat_n(*it, across))),
    }
    out.resize(columns, 0);
}

/// Three parts of the nearer sample, one of the farther; rounding alternates so that it does not drift.
fn wide(line: &[u16], out: &mut Vec<u16>) {
    let last = line.len() - 1;
    for (at, value) in line.iter().enumerate() {
        let three = u32::from(*value) * 3;
        let left = if at == 0 { u32::from(*value) } else { (three + u32::from(line[at - 1]) + 1) >> 2 };
        let right = if at == last { u32::from(*value) } else { (three + u32::from(line[at + 1]) + 2) >> 2 };
        out.extend([left as u16, right as u16]);
    }
}

fn wide_and_high(near: &[u16], far: &[u16], out: &mut Vec<u16>) {
    let sum = |at: usize| u32::from(near[at]) * 3 + u32::from(far[at]);
    let last = near.len() - 1;
    for at in 0..near.len() {
        let this = sum(at);
        let left = if at == 0 { (this * 4 + 8) >> 4 } else { (this * 3 + sum(at - 1) + 8) >> 4 };
        let right = if at == last { (this * 4 + 7) >> 4 } else { (this * 3 + sum(at + 1) + 7) >> 4 };
        out.extend([left as u16, right as u16]);
    }
}
