"""Small files of each format as trimesh, another maker's program, writes them: `python meshes.py FOLDER`.

A tooth-like body of 1,280 triangles: binary STL (one that begins with "solid", as some programs write it), text STL, coloured
PLY, OBJ that names a material, 3MF.
"""

import sys
from pathlib import Path

import numpy
import trimesh

folder = Path(sys.argv[1])
tooth = trimesh.creation.icosphere(subdivisions=3, radius=5)
tooth.vertices[:, 2] *= 1.4
tooth.vertices += 0.4 * numpy.sin(tooth.vertices * 2.0)

binary = bytearray(tooth.export(file_type="stl"))
binary[:80] = b"solid exported by a program that writes this in binary".ljust(80, b" ")
(folder / "antagonist.stl").write_bytes(binary)
(folder / "gum.stl").write_text(tooth.export(file_type="stl_ascii"), encoding="ascii")
coloured = tooth.copy()
coloured.visual.vertex_colors = numpy.tile(numpy.array([[220, 180, 140, 255]], dtype=numpy.uint8), (len(tooth.vertices), 1))
(folder / "scan.ply").write_bytes(coloured.export(file_type="ply"))
(folder / "bite.obj").write_text("mtllib bite.mtl\n" + tooth.export(file_type="obj"), encoding="utf-8")
(folder / "crown.3mf").write_bytes(tooth.export(file_type="3mf"))
