//! Follows the rims of missing surface.

use crate::Surface;
use crate::surface::{length, minus};

/// A rim, edge by edge in the direction of its triangles.
pub(crate) struct Rim {
    pub(crate) chain: Vec<(u32, u32)>,
    pub(crate) length: f64,
    pub(crate) middle: [f64; 3],
}

/// The rims along `border`, the longest first.
pub(crate) fn trace(surface: &Surface, border: &[(u32, u32)]) -> Vec<Rim> {
    // Which border edges begin and end at a point: each edge twice, ordered by point.
    let mut begin: Vec<(u32, u32)> = border.iter().enumerate().map(|(edge, (from, _))| (*from, edge as u32)).collect();
    begin.sort_unstable();
    let mut used = vec![false; border.len()];
    // How far the edges of each point are used up already: otherwise a point with many costs the square of them.
    let mut next: Vec<u32> = (0..begin.len() as u32).collect();
    let mut rims = Vec::new();
    for first in 0..border.len() {
        if used[first] {
            continue;
        }
        let mut chain = Vec::new();
        let mut edge = first;
        loop {
            used[edge] = true;
            chain.push(border[edge]);
            let here = border[edge].1;
            if here == border[first].0 {
                break;
            }
            // Where a rim crosses itself or triangles face different ways, it may have no next edge; then it ends there.
            let group = begin.partition_point(|it| it.0 < here);
            let Some(cursor) = next.get(group).copied() else { break };
            let mut cursor = cursor.max(group as u32) as usize;
            while begin.get(cursor).is_some_and(|it| it.0 == here && used[it.1 as usize]) {
                cursor += 1;
            }
            next[group] = cursor as u32;
            match begin.get(cursor) {
                Some((point, it)) if *point == here => edge = *it as usize,
                _ => break,
            }
        }
        let point = |it: u32| surface.points[it as usize].map(f64::from);
        let long = chain.iter().map(|(from, to)| length(minus(point(*to), point(*from)))).sum();
        let mut middle = [0.0; 3];
        for (from, _) in &chain {
            let at = point(*from);
            middle = [0, 1, 2].map(|it| middle[it] + at[it] / chain.len() as f64);
        }
        rims.push(Rim { chain, length: long, middle });
    }
    rims.sort_by(|a, b| b.length.total_cmp(&a.length));
    rims
}
