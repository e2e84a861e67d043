//! Sets that grow together, to tell what hangs together.

pub(crate) struct Sets {
    above: Vec<u32>,
}

impl Sets {
    /// Each one alone.
    pub(crate) fn new(count: usize) -> Self {
        Self { above: (0..count as u32).collect() }
    }

    /// The one that stands for its set.
    pub(crate) fn root(&mut self, mut it: u32) -> u32 {
        while self.above[it as usize] != it {
            let above = self.above[it as usize];
            self.above[it as usize] = self.above[above as usize];
            it = self.above[it as usize];
        }
        it
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        // The smaller number stands for both: paths stay short enough by halving, and the answer does not hang on order.
        let (low, high) = (a.min(b), a.max(b));
        self.above[high as usize] = low;
    }
}
