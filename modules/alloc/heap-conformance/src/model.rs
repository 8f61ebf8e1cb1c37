use core::alloc::Layout;
use oscomp_interfaces::Heap;
use proptest::prelude::*;

/// One thing that a caller does.
#[derive(Clone, Debug)]
pub enum Step {
    Allocate { size: usize, align: u32 },
    Resize { which: usize, size: usize },
    Free { which: usize },
}

/// Sequences of steps; sizes are mostly small, as programs' are.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = || prop_oneof![6 => 1..200_usize, 2 => 200..3000_usize, 1 => 3000..40_000_usize];
    let step = prop_oneof![
        4 => (size(), 0..13_u32).prop_map(|(size, align)| Step::Allocate { size, align: align.saturating_sub(4) }),
        1 => (size(), 8..13_u32).prop_map(|(size, align)| Step::Allocate { size, align }),
        2 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize { which, size }),
        3 => any::<usize>().prop_map(|which| Step::Free { which }),
    ];
    prop::collection::vec(step, 1..300)
}

struct Block {
    address: *mut u8,
    layout: Layout,
    /// What its contents are made of.
    seed: u8,
}

impl Block {
    fn byte(&self, index: usize) -> u8 {
        self.seed.wrapping_add((index % 251) as u8)
    }

    fn write(&self) {
        for index in 0..self.layout.size() {
            // SAFETY: the heap says that the block is as long as its layout.
            unsafe { self.address.add(index).write(self.byte(index)) };
        }
    }

    fn verify(&self, length: usize) -> Result<(), TestCaseError> {
        for index in 0..length {
            // SAFETY: within the block, which `write` has filled.
            let found = unsafe { self.address.add(index).read() };
            prop_assert_eq!(found, self.byte(index), "byte {} of {:?}", index, self.layout);
        }
        Ok(())
    }
}

/// The blocks that are out, beside the heap that they came from.
pub struct Model<H> {
    heap: H,
    blocks: Vec<Block>,
    next: u8,
    peak: usize,
}

impl<H: Heap> Model<H> {
    pub fn new(heap: H) -> Self {
        Self { heap, blocks: Vec::new(), next: 0, peak: 0 }
    }

    pub fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Allocate { size, align } => {
                let layout = Layout::from_size_align(size, 1 << align).expect("small enough");
                // SAFETY: the size is not zero.
                let address = unsafe { self.heap.allocate(layout) };
                if !address.is_null() {
                    self.add(address, layout)?;
                }
            }
            Step::Resize { which, size } => {
                let Some(block) = self.remove(which) else { return Ok(()) };
                block.verify(block.layout.size())?;
                // SAFETY: from this heap for this layout; the size is small and not zero.
                let address = unsafe { self.heap.reallocate(block.address, block.layout, size) };
                if address.is_null() {
                    block.verify(block.layout.size())?;
                    self.blocks.push(block);
                } else {
                    let kept = block.layout.size().min(size);
                    let layout = Layout::from_size_align(size, block.layout.align()).expect("small enough");
                    Block { address, layout, ..block }.verify(kept)?;
                    self.add(address, layout)?;
                }
            }
            Step::Free { which } => {
                let Some(block) = self.remove(which) else { return Ok(()) };
                block.verify(block.layout.size())?;
                // SAFETY: from this heap for this layout, and out of the model.
                unsafe { self.heap.deallocate(block.address, block.layout) };
            }
        }
        self.figures()
    }

    /// Everything is given back, contents intact to the last.
    pub fn finish(mut self) -> Result<(), TestCaseError> {
        while let Some(block) = self.blocks.pop() {
            block.verify(block.layout.size())?;
            // SAFETY: from this heap for this layout, and out of the model.
            unsafe { self.heap.deallocate(block.address, block.layout) };
        }
        self.figures()?;
        prop_assert_eq!(self.heap.usage().used, 0);
        Ok(())
    }

    fn remove(&mut self, which: usize) -> Option<Block> {
        let count = self.blocks.len();
        (count != 0).then(|| self.blocks.swap_remove(which % count))
    }

    fn add(&mut self, address: *mut u8, layout: Layout) -> Result<(), TestCaseError> {
        prop_assert_eq!(address.align_offset(layout.align()), 0, "{:?} at {:p}", layout, address);
        let start = address.addr();
        for other in &self.blocks {
            let from = other.address.addr();
            prop_assert!(
                start + layout.size() <= from || from + other.layout.size() <= start,
                "{:?} at {:p} overlaps {:?} at {:p}",
                layout,
                address,
                other.layout,
                other.address
            );
        }
        self.next = self.next.wrapping_add(37);
        let block = Block { address, layout, seed: self.next };
        block.write();
        self.blocks.push(block);
        Ok(())
    }

    fn figures(&mut self) -> Result<(), TestCaseError> {
        let usage = self.heap.usage();
        let used: usize = self.blocks.iter().map(|block| block.layout.size()).sum();
        self.peak = self.peak.max(used);
        prop_assert_eq!(usage.used, used);
        prop_assert!(self.peak <= usage.peak && usage.peak <= usage.total, "{:?}", usage);
        Ok(())
    }
}
