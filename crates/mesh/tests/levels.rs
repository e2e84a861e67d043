//! DL-22, DL-23: levels of detail: what a viewer unpacks is the surface, thinner each time, and near to it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use mesh::{COLOURS, Head, Level, Shape, TARGETS, levels, limits};
use support::{Solid, surface};

/// A level as a viewer has it: places in mm, colours, triangles.
fn unpacked(level: &Level) -> Shape {
    let head = Head::of(&level.bytes).unwrap();
    let (vertices, indices) = level.bytes[44..].split_at(head.vertex_bytes as usize);
    let coloured = head.flags & COLOURS != 0;
    let count = head.vertices as usize;
    let mut colours = Vec::new();
    let points: Vec<[u16; 4]> = if coloured {
        let all: Vec<[u16; 6]> = meshopt::decode_vertex_buffer(vertices, count).unwrap();
        for [.., red_green, blue_opacity] in &all {
            let ([red, green], [blue, opacity]) = (red_green.to_ne_bytes(), blue_opacity.to_ne_bytes());
            colours.push([red, green, blue, opacity]);
        }
        all.iter().map(|[x, y, z, w, ..]| [*x, *y, *z, *w]).collect()
    } else {
        meshopt::decode_vertex_buffer(vertices, count).unwrap()
    };
    let indices: Vec<u32> = meshopt::decode_index_buffer(indices, head.indices as usize).unwrap();
    assert!(indices.iter().all(|it| *it < head.vertices));
    assert!(points.iter().all(|it| it[3] == 0));
    let positions =
        points.iter().map(|it| [0, 1, 2].map(|axis| head.least[axis] + f32::from(it[axis]) * head.step)).collect();
    let triangles = indices.as_chunks::<3>().0.to_vec();
    Shape { positions, triangles, colours: coloured.then_some(colours) }
}

#[test]
fn a_fine_surface_gets_thinner_step_by_step() {
    let sheet = Solid::sheet(340);
    let (measured, shape) = surface(&sheet.ply(false, false), "sheet.ply");
    assert_eq!(measured.triangles, 231_200);
    let all = levels(&shape);
    assert_eq!(all.len(), 1 + TARGETS.len());
    assert_eq!(all[0].triangles, 231_200);
    let wave = |it: f32| (it / 3.0).sin() * 2.0;
    for (level, most) in all.iter().zip([231_200].into_iter().chain(TARGETS)) {
        assert!(level.triangles as usize <= most && level.triangles as usize > most * 9 / 10, "{}", level.triangles);
        let it = unpacked(level);
        assert_eq!(it.triangles.len(), level.triangles as usize);
        let far = it.triangles.iter().map(|triangle| {
            let corners = triangle.map(|at| it.positions[at as usize]);
            let [x, y, z] = [0, 1, 2].map(|axis| corners.iter().map(|it| it[axis]).sum::<f32>() / 3.0);
            (wave(x) + wave(y) - z).abs()
        });
        let far = far.fold(0.0, f32::max);
        // In the middle of its triangles the sheet itself lies beside the wave, slivers at its rim more so.
        assert!(
            far <= level.error_mm * 2.0 + 0.035,
            "{} triangles: {far} mm, {} mm told",
            level.triangles,
            level.error_mm
        );
    }
    for pair in all.windows(2) {
        assert!(pair[1].error_mm >= pair[0].error_mm && pair[1].bytes.len() < pair[0].bytes.len());
    }
    assert!(all[0].error_mm < 0.003, "the grid of 170 mm: {}", all[0].error_mm);
}

#[test]
fn a_small_surface_has_its_whole_level_only() {
    let (_, shape) = surface(&Solid::cube(10.0).ply(false, true), "cube.ply");
    let all = levels(&shape);
    assert_eq!(all.len(), 1);
    let it = unpacked(&all[0]);
    assert_eq!((it.positions.len(), it.triangles.len()), (8, 12));
    for corner in &it.positions {
        assert!(corner.iter().all(|it| it.abs() < 1e-3 || (it - 10.0).abs() < 1e-3), "{corner:?}");
    }
    assert!(it.colours.unwrap().iter().all(|it| *it == [200, 100, 50, 255]));
}

#[test]
fn what_cannot_be_drawn_has_no_levels() {
    assert!(levels(&Shape::default()).is_empty());
    let wide = |edge: f32| surface(&Solid::cube(edge).stl(""), "x.stl").1;
    assert!(levels(&wide(f32::MAX)).is_empty());
    let mut wider = wide(10.0);
    wider.positions.iter_mut().flatten().for_each(|it| *it *= 0.101 * limits::EXTENT_MM_MAX as f32);
    assert!(levels(&wider).is_empty());
    assert_eq!(levels(&wide(1e-42)).len(), 1, "so small that its step is nothing");
}

#[test]
fn a_head_is_believed_only_where_it_fits() {
    let (_, shape) = surface(&Solid::cube(10.0).stl(""), "cube.stl");
    let whole = levels(&shape).remove(0).bytes;
    assert!(Head::of(&whole).is_some());
    assert!(Head::of(&whole[..whole.len() - 1]).is_none());
    assert!(Head::of(&whole[..20]).is_none());
    assert!(Head::of(b"").is_none());
    let mut other = whole.clone();
    other[3] = b'2';
    assert!(Head::of(&other).is_none());
}
