//! What every heap has to pass: random use against a model, exhaustion, requests that nobody can grant.
//!
//! A heap's tests hand [`verify`] a function that starts an instance on a [`Machine`].

mod full;
mod machine;
mod model;

pub use full::FullHeap;
pub use machine::Machine;

use core::alloc::Layout;
use model::{Model, steps};
use oscomp_interfaces::Heap;
use proptest::test_runner::{Config, TestRunner};

/// The memory of the machine that each test's heap gets all of, in bytes.
pub const MEMORY: usize = 128 << 10;

/// Verifies all properties; panics with the first that does not hold.
///
/// `start` starts an instance that takes all of a machine's memory.
pub fn verify<H: Heap>(start: impl Fn(Machine) -> H) {
    random_use(&start);
    exhaustion(start(Machine::new(MEMORY)));
    impossible_requests(start(Machine::new(MEMORY)));
}

/// Contents and alignment are kept, blocks never overlap, the figures are right, whatever callers do.
fn random_use<H: Heap>(start: &impl Fn(Machine) -> H) {
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |steps| {
        let mut model = Model::new(start(Machine::new(MEMORY)));
        for step in steps {
            model.take(step)?;
        }
        model.finish()
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// A full heap refuses, and once everything has come back it gives as much as before.
fn exhaustion(heap: impl Heap) {
    let total = heap.usage().total;
    assert!(total > MEMORY / 2, "{total} of {MEMORY} bytes");
    for layout in [layout(64, 8), layout(1000, 16), layout(5000, 1)] {
        let first = fill(heap, layout);
        assert!(first * layout.size() > total / 3, "{first} blocks of {layout:?} in {total} bytes");
        for _ in 0..3 {
            let again = fill(heap, layout);
            assert!(again * 10 >= first * 9, "{first} blocks of {layout:?}, then only {again}");
        }
    }
    assert!(heap.usage().peak > total / 3);
}

/// Allocates until the heap refuses, frees in an order of its own, and says how many blocks there were.
fn fill(heap: impl Heap, layout: Layout) -> usize {
    let mut blocks = Vec::new();
    loop {
        // SAFETY: the size is not zero.
        let block = unsafe { heap.allocate(layout) };
        if block.is_null() {
            break;
        }
        // SAFETY: the block is as long as its layout.
        unsafe { block.write_bytes(0xa5, layout.size()) };
        blocks.push(block);
    }
    // SAFETY: the size is not zero.
    assert!(unsafe { heap.allocate(layout) }.is_null(), "a full heap stays full");
    let count = blocks.len();
    assert_eq!(heap.usage().used, count * layout.size());
    // Every third block first, so that holes have to grow together.
    for turn in 0..3 {
        for block in blocks.iter().skip(turn).step_by(3) {
            // SAFETY: from this heap for this layout, and each block has one turn.
            unsafe { heap.deallocate(*block, layout) };
        }
    }
    assert_eq!(heap.usage().used, 0);
    count
}

/// What cannot be granted is refused with null, and nothing is lost by asking.
fn impossible_requests(heap: impl Heap) {
    let small = layout(48, 8);
    // SAFETY: the size is not zero.
    let block = unsafe { heap.allocate(small) };
    assert!(!block.is_null());
    // SAFETY: the block is as long as its layout.
    unsafe { block.write_bytes(0x5a, small.size()) };
    let most = isize::MAX as usize;
    for (size, align) in [(most, 1), (most - 4095, 4096), (1, 1 << 62), (MEMORY + 1, 8), (1 << 40, 1 << 40)] {
        let request = layout(size, align);
        // SAFETY: the size is not zero.
        assert!(unsafe { heap.allocate(request) }.is_null(), "{request:?}");
    }
    for size in [most - 7, MEMORY + 1, 1 << 40] {
        // SAFETY: the block is of this heap and this layout; the size does not overflow when rounded.
        assert!(unsafe { heap.reallocate(block, small, size) }.is_null(), "{size}");
    }
    // SAFETY: still the same block, which nobody has taken back.
    let kept = unsafe { core::slice::from_raw_parts(block, small.size()) };
    assert!(kept.iter().all(|byte| *byte == 0x5a));
    assert_eq!(heap.usage().used, small.size());
    // SAFETY: of this heap and this layout, and not used afterwards.
    unsafe { heap.deallocate(block, small) };
    assert_eq!(heap.usage().used, 0);
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a layout of the tests")
}
