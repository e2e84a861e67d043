//! Joins points that lie at exactly the same place: formats repeat a point for each triangle or each seam of a texture.

/// For each point its number among the different ones, and for each different one the first point that is it.
///
/// Only equal numbers are joined: points that are merely near each other are a crack, and a crack is to be seen.
pub(crate) fn weld(points: &[[f32; 3]]) -> (Vec<u32>, Vec<u32>) {
    const FREE: u32 = u32::MAX;
    let slots = (points.len() * 2).next_power_of_two().max(16);
    let mut table = vec![FREE; slots];
    let mut number = Vec::with_capacity(points.len());
    let mut firsts: Vec<u32> = Vec::new();
    for (place, point) in points.iter().enumerate() {
        let key = bits(*point);
        let mut slot = hash(key) as usize & (slots - 1);
        let found = loop {
            match table[slot] {
                FREE => {
                    table[slot] = firsts.len() as u32;
                    firsts.push(place as u32);
                    break table[slot];
                }
                held if bits(points[firsts[held as usize] as usize]) == key => break held,
                _ => slot = (slot + 1) & (slots - 1),
            }
        };
        number.push(found);
    }
    (number, firsts)
}

/// The bits of a point; minus nought is nought.
fn bits(point: [f32; 3]) -> [u32; 3] {
    point.map(|it| if it == 0.0 { 0 } else { it.to_bits() })
}

fn hash([a, b, c]: [u32; 3]) -> u64 {
    let mut mixed = (u64::from(a) << 32 | u64::from(b)) ^ 0x9E37_79B9_7F4A_7C15;
    for part in [u64::from(c), 0] {
        mixed = (mixed ^ part).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 29;
        mixed = mixed.wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 32;
    }
    mixed
}
