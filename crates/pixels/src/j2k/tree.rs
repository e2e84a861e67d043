//! Tag trees (T.800 B.10.2): numbers of a field of blocks, told bit by bit from the coarse to the fine.

use super::packets::{BitReader, BitWriter};
use crate::Fault;

#[derive(Debug, Clone, Copy)]
struct Node {
    parent: Option<u32>,
    value: u32,
    low: u32,
    known: bool,
}

/// One tree. Reading starts with values that are not known; writing sets them first.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

const UNKNOWN: u32 = u32::MAX;

impl Tree {
    pub(super) fn new(across: u32, down: u32) -> Self {
        let mut nodes = Vec::new();
        let (mut wide, mut high) = (across, down);
        loop {
            let above = nodes.len() as u32 + wide * high;
            let top = wide * high <= 1;
            for at in 0..wide * high {
                let parent = (!top).then(|| above + at / wide / 2 * wide.div_ceil(2) + at % wide / 2);
                nodes.push(Node { parent, value: UNKNOWN, low: 0, known: false });
            }
            if top {
                return Self { nodes };
            }
            (wide, high) = (wide.div_ceil(2), high.div_ceil(2));
        }
    }

    /// Sets a leaf before writing; nodes above hold the least of theirs.
    pub(super) fn set(&mut self, leaf: usize, value: u32) {
        let mut at = Some(leaf as u32);
        while let Some(place) = at {
            let node = &mut self.nodes[place as usize];
            node.value = node.value.min(value);
            at = node.parent;
        }
    }

    /// From the root to the leaf. Trees of 2^30 leaves would have 16 storeys.
    fn path(&self, leaf: usize) -> ([u32; 32], usize) {
        let (mut path, mut depth) = ([0; 32], 0);
        let mut at = Some(leaf as u32);
        while let Some(node) = at {
            path[31 - depth] = node;
            depth += 1;
            at = self.nodes[node as usize].parent;
        }
        (path, depth)
    }

    /// Whether the leaf's value lies below `threshold`.
    pub(super) fn read(&mut self, leaf: usize, threshold: u32, bits: &mut BitReader<'_>) -> Result<bool, Fault> {
        let (path, depth) = self.path(leaf);
        let mut low = 0;
        for at in &path[32 - depth..] {
            let node = &mut self.nodes[*at as usize];
            node.low = node.low.max(low);
            while node.low < threshold && node.low < node.value {
                if bits.bit()? {
                    node.value = node.low;
                } else {
                    node.low += 1;
                }
            }
            low = node.low;
        }
        Ok(self.nodes[leaf].value < threshold)
    }

    /// Tells whether the leaf's value lies below `threshold`, as far as it was not told before.
    pub(super) fn write(&mut self, leaf: usize, threshold: u32, bits: &mut BitWriter) {
        let (path, depth) = self.path(leaf);
        let mut low = 0;
        for at in &path[32 - depth..] {
            let node = &mut self.nodes[*at as usize];
            node.low = node.low.max(low);
            while node.low < threshold {
                if node.low >= node.value {
                    if !node.known {
                        bits.bit(true);
                        node.known = true;
                    }
                    break;
                }
                bits.bit(false);
                node.low += 1;
            }
            low = node.low;
        }
    }
}
