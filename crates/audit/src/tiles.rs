//! The tiles of a tree (C2SP tlog-tiles): runs of 256 hashes, level above level. No I/O: a sink takes each tile.

use tlog_tiles::{EMPTY_HASH, HASH_SIZE, Hash};

use crate::tree::Frontier;

/// Hashes of a full tile, entries of a full bundle of entries.
pub(crate) const WIDTH: usize = 256;

/// What a resource of the log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Entries themselves, each behind its length.
    Entries,
    /// Hashes of subtrees of 256 to the power of this.
    Hashes(u32),
}

/// A tile: its place and how full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: Level,
    pub(crate) number: u64,
    pub(crate) width: usize,
}

impl Place {
    /// Its path below the log's folder.
    pub(crate) fn path(&self) -> String {
        let level = match self.level {
            Level::Entries => "entries".to_owned(),
            Level::Hashes(level) => level.to_string(),
        };
        let mut number = format!("{:03}", self.number % 1000);
        let mut rest = self.number / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let part = if self.width == WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{level}/{number}{part}")
    }
}

/// The tile of a level that is being filled.
#[derive(Debug, Default)]
struct Open {
    number: u64,
    bytes: Vec<u8>,
    /// The tree over its hashes.
    tree: Frontier,
}

/// Takes leaves and hands full tiles to the sink, and at the end the partial ones.
#[derive(Debug, Default)]
pub(crate) struct Tiles {
    entries: Vec<u8>,
    size: u64,
    open: Vec<Open>,
}

impl Tiles {
    /// Adds the next leaf and its hash.
    pub(crate) fn push<E>(
        &mut self,
        leaf: &[u8],
        hash: Hash,
        sink: &mut impl FnMut(Place, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // The header has short parts only: a leaf of more than 64 KiB cannot be made.
        self.entries.extend_from_slice(&u16::try_from(leaf.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.entries.extend_from_slice(leaf);
        self.size += 1;
        if self.size.is_multiple_of(WIDTH as u64) {
            sink(Place { level: Level::Entries, number: self.size / WIDTH as u64 - 1, width: WIDTH }, &self.entries)?;
            self.entries.clear();
        }
        self.hash(0, hash, sink)
    }

    fn hash<E>(
        &mut self,
        level: usize,
        hash: Hash,
        sink: &mut impl FnMut(Place, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.open.len() == level {
            self.open.push(Open::default());
        }
        let Open { number, bytes, tree } = &mut self.open[level];
        bytes.extend_from_slice(&hash.0);
        tree.push(hash);
        if tree.size() < WIDTH as u64 {
            return Ok(());
        }
        sink(Place { level: hashes(level), number: *number, width: WIDTH }, bytes)?;
        let root = std::mem::take(tree).root();
        bytes.clear();
        *number += 1;
        self.hash(level + 1, root, sink)
    }

    /// Hands out the partial tiles.
    pub(crate) fn finish<E>(&mut self, sink: &mut impl FnMut(Place, &[u8]) -> Result<(), E>) -> Result<(), E> {
        let rest = usize::try_from(self.size % WIDTH as u64).unwrap_or_default();
        if rest > 0 {
            sink(Place { level: Level::Entries, number: self.size / WIDTH as u64, width: rest }, &self.entries)?;
        }
        for (level, Open { number, bytes, .. }) in self.open.iter().enumerate() {
            if !bytes.is_empty() {
                sink(Place { level: hashes(level), number: *number, width: bytes.len() / HASH_SIZE }, bytes)?;
            }
        }
        Ok(())
    }

    /// The root over all leaves so far.
    pub(crate) fn root(&self) -> Hash {
        self.open.iter().fold(None, |right, it| it.tree.root_over(right)).unwrap_or(EMPTY_HASH)
    }

    /// Leaves so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

fn hashes(level: usize) -> Level {
    Level::Hashes(u32::try_from(level).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |level, number, width| Place { level, number, width }.path();
        assert_eq!(path(Level::Hashes(0), 1_234_067, WIDTH), "tile/0/x001/x234/067");
        assert_eq!(path(Level::Hashes(2), 0, 1), "tile/2/000.p/1");
        assert_eq!(path(Level::Entries, 273, 112), "tile/entries/273.p/112");
        assert_eq!(path(Level::Entries, 1000, WIDTH), "tile/entries/x001/000");
    }

    /// The example of the specification: 70,000 leaves, and 256.
    #[test]
    fn a_tree_has_the_tiles_that_the_specification_counts() {
        for (size, wanted) in [
            (70_000, vec![(0, 273, 112), (1, 1, 17), (2, 0, 1)]),
            (256, vec![(0, 1, 0), (1, 0, 1)]),
            (1, vec![(0, 0, 1)]),
            (0, vec![]),
        ] {
            let (mut full, mut part) = (vec![0_u64; 3], vec![0_usize; 3]);
            let mut sink = |place: Place, bytes: &[u8]| -> Result<(), ()> {
                if let Level::Hashes(level) = place.level {
                    assert_eq!(bytes.len(), place.width * HASH_SIZE);
                    match place.width {
                        WIDTH => full[level as usize] += 1,
                        width => part[level as usize] = width,
                    }
                }
                Ok(())
            };
            let mut tiles = Tiles::default();
            for _ in 0..size {
                tiles.push(b"leaf", leaf_hash(b"leaf"), &mut sink).expect("taken");
            }
            tiles.finish(&mut sink).expect("taken");
            for (level, full_wanted, part_wanted) in wanted {
                assert_eq!((full[level], part[level]), (full_wanted, part_wanted), "{size} leaves, level {level}");
            }
        }
    }

    /// The library's own reader finds every hash of the tree in our tiles.
    #[test]
    fn another_reader_reads_the_tiles() {
        use std::collections::HashMap;
        use tlog_tiles::{Tile, TileHashReader, TileReader, check_record, prove_record};

        struct Folder(HashMap<String, Vec<u8>>);
        impl TileReader for Folder {
            fn height(&self) -> u8 {
                8
            }
            fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
                let path = |it: &Tile| it.path().replacen("tile/8/", "tile/", 1);
                Ok(tiles.iter().map(|it| self.0.get(&path(it)).expect("a tile").clone()).collect())
            }
            fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
        }

        let (mut folder, mut tiles, mut tree) = (HashMap::new(), Tiles::default(), crate::tree::Frontier::default());
        let mut sink = |place: Place, bytes: &[u8]| -> Result<(), ()> {
            folder.insert(place.path(), bytes.to_vec());
            Ok(())
        };
        let leaf = |index: u64| index.to_be_bytes();
        let size = 66_000;
        for index in 0..size {
            tiles.push(&leaf(index), leaf_hash(&leaf(index)), &mut sink).expect("taken");
            tree.push(leaf_hash(&leaf(index)));
            if index % 251 == 0 {
                assert_eq!(tiles.root(), tree.root(), "{} leaves", tiles.size());
            }
        }
        tiles.finish(&mut sink).expect("taken");
        let folder = Folder(folder);
        let reader = TileHashReader::new(size, tree.root(), &folder);
        for index in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
            let proof = prove_record(size, index, &reader).expect("a proof");
            check_record(&proof, size, tree.root(), index, leaf_hash(&leaf(index))).expect("it holds");
        }
    }
}
