//! The report, from a counter and a heap that count for themselves.

use alloc_bench::AllocBench;
use core::sync::atomic::{AtomicU64, Ordering};
use oscomp_heap_conformance::FullHeap;
use oscomp_interfaces::{App, Console, CycleCounter, HeapUsage, Status};
use std::sync::Mutex;

struct Fake {
    paper: Mutex<String>,
    cycles: AtomicU64,
}

impl Console for &'static Fake {
    fn write(self, bytes: &[u8]) {
        self.paper.lock().unwrap().push_str(core::str::from_utf8(bytes).unwrap());
    }

    fn read(self, _buffer: &mut [u8]) -> usize {
        0
    }
}

impl CycleCounter for &'static Fake {
    fn cycles(self) -> u64 {
        self.cycles.fetch_add(40_512_000, Ordering::Relaxed)
    }
}

#[test]
fn the_report_names_the_heap_and_each_phase() {
    static FAKE: Fake = Fake { paper: Mutex::new(String::new()), cycles: AtomicU64::new(0) };
    let heap = FullHeap(HeapUsage { total: 3 << 20, used: 0, peak: 2048 });
    let app = AllocBench::start(&FAKE, &FAKE, heap).unwrap();
    assert_eq!(app.run(), Status::SUCCESS);
    let report = FAKE.paper.lock().unwrap();
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "heap: full, 3072 KiB");
    assert_eq!(lines[2], "churn                  40512              1000");
    assert_eq!(lines.last(), Some(&"peak: 2 KiB, left behind: 0 bytes"));
    assert_eq!(lines.len(), 8);
}
