//! What a sync costs.

use super::*;

/// Requests to write, bytes written, and flushes, of something that is done so often.
fn cost(disk: Disk<'_>, rounds: usize, mut act: impl FnMut(usize)) -> (f64, f64, f64) {
    {
        let mut state = disk.state();
        (state.writes, state.written, state.flushes) = (0, 0, 0);
    }
    (0..rounds).for_each(&mut act);
    let state = disk.state();
    let each = |count: usize| count as f64 / rounds as f64;
    (each(state.writes), each(state.written), each(state.flushes))
}

#[test]
fn changing_a_page_of_a_large_file_is_a_few_blocks_and_one_flush() {
    let disk = &FakeDisk::new(512, 32 << 20);
    let mut volume = mount(disk, 64).unwrap();
    let file = volume.open("database", OpenHow::CREATE).unwrap();
    let pages = 4096;
    for page in 0..pages {
        assert_eq!(volume.write(file, page * 4096, &[1; 4096]), Ok(4096));
    }
    volume.sync(file).unwrap();
    let (writes, bytes, flushes) = cost(disk, 200, |round| {
        let page = (round as u64 * 7919) % pages;
        assert_eq!(volume.write(file, page * 4096, &[2; 4096]), Ok(4096));
        volume.sync(file).unwrap();
    });
    std::println!("16 MiB file, a page and a sync: {writes} writes, {bytes} bytes, {flushes} flushes");
    // The page, two nodes above it, the inodes, the superblock.
    assert!(writes <= 5.0 && bytes <= 4.0 * 4096.0 + 512.0 && flushes == 1.0);
    let (writes, bytes, flushes) = cost(disk, 50, |round| {
        let journal = volume.open("journal", OpenHow::CREATE).unwrap();
        volume.write(journal, 0, &[3; 512]).unwrap();
        for page in 0..3 {
            volume.write(journal, 512 + page * 4104, &[0; 4]).unwrap();
            volume.write(journal, 516 + page * 4104, &[4; 4096]).unwrap();
            volume.write(journal, 4612 + page * 4104, &[0; 4]).unwrap();
        }
        volume.sync(journal).unwrap();
        for page in 0..3 {
            let page = (round as u64 * 7919 + page * 1001) % pages;
            volume.write(file, page * 4096, &[5; 4096]).unwrap();
        }
        volume.sync(file).unwrap();
        volume.close(journal);
        volume.remove("journal").unwrap();
        volume.sync_all().unwrap();
    });
    std::println!("transaction of 3 pages: {writes} writes, {bytes} bytes, {flushes} flushes");
    assert!(flushes == 3.0 && writes < 32.0);
}

#[test]
fn what_is_read_in_order_is_read_at_once() {
    let disk = &FakeDisk::new(512, 4 << 20);
    let mut volume = mount(disk, 64).unwrap();
    let file = volume.open("large", OpenHow::CREATE).unwrap();
    let content: Vec<u8> = (0..1_000_003).map(|index: u32| (index >> 3) as u8).collect();
    assert_eq!(volume.write(file, 0, &content), Ok(content.len()));
    // Some of it is in memory only, some is a hole.
    volume.resize(file, 1_500_000).unwrap();
    volume.write(file, 40_000, &[1; 5000]).unwrap();
    let mut bytes = vec![7; 1_600_000];
    assert_eq!(volume.read(file, 0, &mut bytes), Ok(1_500_000));
    assert!(bytes[..40_000] == content[..40_000] && bytes[40_000..45_000] == [1; 5000]);
    assert!(bytes[45_000..1_000_003] == content[45_000..]);
    assert!(bytes[1_000_003..1_500_000].iter().all(|byte| *byte == 0));
    volume.sync_all().unwrap();
    let mut volume = mount(disk, 64).unwrap();
    let file = volume.open("large", OpenHow::READ).unwrap();
    let calls = disk.state().calls;
    assert_eq!(volume.read(file, 0, &mut bytes), Ok(1_500_000));
    // 366 blocks, 32 at a time, and one node or two.
    assert!(disk.state().calls - calls <= 16);
}

#[test]
fn memory_is_what_was_asked_for() {
    let disk = &FakeDisk::new(512, 8 << 20);
    let mut volume = mount(disk, 16).unwrap();
    for name in 0..30 {
        let file = volume.open(&std::format!("{name}"), OpenHow::CREATE).unwrap();
        volume.write(file, 0, &vec![name; 200_000]).unwrap();
        volume.close(file);
        assert!(volume.cached() <= 24, "{}", volume.cached());
    }
    volume.sync_all().unwrap();
    assert!(volume.cached() <= 24, "{}", volume.cached());
}
