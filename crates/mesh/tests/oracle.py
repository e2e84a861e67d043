"""Measures of trimesh, another maker's program: the oracle of trimesh.rs.

It measures every file in the folder `ours`, and writes shapes of its own in every format beside them, which it then
reads back. Each line of `index` holds, with `|` between: file, triangles, vertices, area, volume, whether it is closed,
whether its triangles agree, parts.
"""

import sys
from pathlib import Path

import networkx
import numpy
import trimesh

folder = Path(sys.argv[1])
theirs = folder / "theirs"
theirs.mkdir()

cut = trimesh.creation.icosphere(subdivisions=3, radius=12)
cut.update_faces(cut.triangles_center[:, 2] < 4)
cut.remove_unreferenced_vertices()
inverted = trimesh.creation.box(extents=(8, 9, 10))
inverted.invert()
coloured = trimesh.creation.icosphere(subdivisions=2, radius=7)
coloured.visual.vertex_colors = numpy.full((len(coloured.vertices), 4), (200, 100, 50, 255), dtype=numpy.uint8)
shapes = {
    "sphere": trimesh.creation.icosphere(subdivisions=4, radius=10),
    "box": trimesh.creation.box(extents=(10, 20, 30)),
    "ring": trimesh.creation.annulus(r_min=8, r_max=10, height=5),
    "torus": trimesh.creation.torus(major_radius=20, minor_radius=4),
    "capsule": trimesh.creation.capsule(height=15, radius=4),
    "cut": cut,
    "inverted": inverted,
    "coloured": coloured,
    "two": trimesh.util.concatenate(
        [trimesh.creation.box(extents=(5, 5, 5)), trimesh.creation.icosphere(radius=3).apply_translation((20, 0, 0))]
    ),
}
for name, shape in shapes.items():
    for ending, kind, options in [
        ("stl", "stl", {}),
        ("text.stl", "stl_ascii", {}),
        ("ply", "ply", {}),
        ("text.ply", "ply", {"encoding": "ascii"}),
        ("obj", "obj", {}),
        ("3mf", "3mf", {}),
    ]:
        shape.export(theirs / f"{name}.{ending}", file_type=kind, **options)

lines = []
for path in sorted([*folder.glob("ours/*"), *theirs.glob("*")]):
    if path.suffix == ".mtl":
        continue
    it = trimesh.load_mesh(path)
    it.merge_vertices(merge_tex=True, merge_norm=True)
    parts = networkx.number_connected_components(networkx.from_edgelist(it.edges_unique))
    measures = [len(it.faces), len(it.vertices), it.area, it.volume, it.is_watertight, it.is_winding_consistent, parts]
    lines.append("|".join(str(part) for part in [path.relative_to(folder), *measures]))
(folder / "index").write_text("\n".join(lines))
