//! The Merkle tree of RFC 6962 as a log grows it: only the hashes of its complete subtrees are kept.

use crypto::digest::sha256;
use kernel::{Error, Result};
use tlog_tiles::{EMPTY_HASH, HASH_SIZE, Hash};

/// The hash of a leaf. (The library's own function gives the same at half the speed where the processor has no
/// instruction for it.)
pub(crate) fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(sha256(&[&[0], leaf].concat()))
}

/// The hash over two subtrees.
pub(crate) fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut both = [1; 1 + 2 * HASH_SIZE];
    both[1..=HASH_SIZE].copy_from_slice(&left.0);
    both[1 + HASH_SIZE..].copy_from_slice(&right.0);
    Hash(sha256(&both))
}

/// Size of a tree and the hashes of its complete subtrees, the largest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier as it was stored.
    ///
    /// # Errors
    /// `Internal` when there are not as many hashes as a tree of `size` has.
    pub(crate) fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self> {
        let (hashes, rest) = bytes.as_chunks::<HASH_SIZE>();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(Error::internal(format!("frontier of {} bytes for a tree of {size}", bytes.len())));
        }
        Ok(Self { size, peaks: hashes.iter().map(|it| Hash(*it)).collect() })
    }

    /// As it is stored.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|it| it.0).collect()
    }

    /// Leaves so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf hash on the right.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.push_subtree(leaf, 0);
    }

    /// Adds the leaves of `right` behind these. The size here is a multiple of a power of two that `right` does not exceed:
    /// so its complete subtrees are complete ones of the whole.
    pub(crate) fn join(&mut self, right: &Self) {
        let heights = (0..u64::BITS).rev().filter(|height| right.size >> height & 1 == 1);
        for (height, peak) in heights.zip(&right.peaks) {
            self.push_subtree(*peak, height);
        }
    }

    /// Adds a complete subtree of `2^height` leaves on the right.
    fn push_subtree(&mut self, subtree: Hash, height: u32) {
        debug_assert_eq!(self.size % (1 << height), 0, "a subtree begins at a multiple of its size");
        let mut hash = subtree;
        // Each low one bit of the size, from this height on, is a complete subtree that the new one completes to the next
        // larger one.
        for _ in 0..(self.size >> height).trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1 << height;
    }

    /// The root.
    pub(crate) fn root(&self) -> Hash {
        self.root_over(None).unwrap_or(EMPTY_HASH)
    }

    /// The root when `right` is the tree over what comes after these leaves.
    pub(crate) fn root_over(&self, right: Option<Hash>) -> Option<Hash> {
        let join = |right: Option<Hash>, left: &Hash| Some(right.map_or(*left, |right| node_hash(*left, right)));
        self.peaks.iter().rev().fold(right, join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use sha2::Sha256;
    use tlog_tiles::record_hash;

    fn hex(hash: Hash) -> String {
        hash.0.iter().map(|it| format!("{it:02x}")).collect()
    }

    /// The eight leaves that Certificate Transparency's implementations test each other with.
    #[test]
    fn the_published_roots_come_out() {
        let leaves: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Frontier::default();
        assert_eq!(hex(tree.root()), roots[0]);
        for (leaf, root) in leaves.iter().zip(&roots[1..]) {
            assert_eq!(leaf_hash(leaf), record_hash(leaf));
            tree.push(leaf_hash(leaf));
            assert_eq!(hex(tree.root()), *root, "{} leaves", tree.size());
        }
    }

    #[test]
    fn another_implementation_grows_the_same_tree() {
        let (mut ours, mut theirs) = (Frontier::default(), MemoryBackedTree::<Sha256, Vec<u8>>::new());
        for number in 0..600_u32 {
            let leaf = number.to_le_bytes().repeat(number as usize % 5).clone();
            ours.push(leaf_hash(&leaf));
            theirs.push(leaf);
            assert_eq!(ours.root().0.as_slice(), theirs.root().as_bytes().as_slice(), "{} leaves", ours.size());
            assert_eq!(Frontier::from_bytes(ours.size(), &ours.to_bytes()).expect("reads back"), ours);
        }
    }

    #[test]
    fn pages_join_to_the_tree_of_their_leaves() {
        const PAGE: u64 = 8;
        let leaves: Vec<Hash> = (0..100_u32).map(|it| leaf_hash(&it.to_le_bytes())).collect();
        let grown = |leaves: &[Hash]| {
            let mut tree = Frontier::default();
            leaves.iter().for_each(|it| tree.push(*it));
            tree
        };
        for size in 0..leaves.len() {
            let mut joined = Frontier::default();
            leaves[..size].chunks(PAGE as usize).for_each(|page| joined.join(&grown(page)));
            assert_eq!(joined, grown(&leaves[..size]), "{size} leaves");
        }
    }

    #[test]
    fn a_frontier_of_another_size_is_refused() {
        for (size, bytes) in [(0, 32), (1, 0), (1, 31), (1, 64), (3, 32), (4, 64)] {
            assert!(Frontier::from_bytes(size, &vec![0; bytes]).is_err(), "{size} with {bytes} bytes");
        }
    }
}
