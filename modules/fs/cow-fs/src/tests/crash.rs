//! The power fails at any time.

use super::*;
use proptest::prelude::*;

/// What somebody does.
#[derive(Clone, Debug)]
enum Step {
    Write {
        path: &'static str,
        at: u64,
        length: usize,
        seed: u8,
    },
    Resize {
        path: &'static str,
        length: u64,
    },
    Remove {
        path: &'static str,
    },
    Rename {
        from: &'static str,
        to: &'static str,
    },
    Directory {
        path: &'static str,
    },
    /// Leaves a file open, and closes another one if there are many.
    Hold {
        path: &'static str,
    },
    Sync,
}

const PATHS: [&str; 8] = ["database", "database-journal", "d/a", "d/b", "d", "e", "e/a", "d/e"];

fn step(most: usize) -> impl Strategy<Value = Step> {
    let path = || prop::sample::select(&PATHS[..]);
    let place = 0..8 * most as u64;
    prop_oneof![
        6 => (path(), place.clone(), 1..most, any::<u8>())
            .prop_map(|(path, at, length, seed)| Step::Write { path, at, length, seed }),
        4 => (path(), 0..8_u64, any::<u8>())
            .prop_map(|(path, page, seed)| Step::Write { path, at: page * 4096, length: 4096, seed }),
        2 => (path(), place).prop_map(|(path, length)| Step::Resize { path, length }),
        3 => path().prop_map(|path| Step::Remove { path }),
        2 => (path(), path()).prop_map(|(from, to)| Step::Rename { from, to }),
        2 => prop::sample::select(&PATHS[4..]).prop_map(|path| Step::Directory { path }),
        1 => path().prop_map(|path| Step::Hold { path }),
        4 => Just(Step::Sync),
    ]
}

/// A file system, and what has to be in it.
struct Model<'d> {
    volume: Volume<Disk<'d>>,
    disk: Disk<'d>,
    held: Vec<OpenFile>,
    now: Tree,
    synced: Tree,
}

impl<'d> Model<'d> {
    /// What the disk has is what is synced.
    fn new(disk: Disk<'d>, cache: usize) -> Self {
        let mut volume = mount(disk, cache).unwrap();
        let now = tree(&mut volume).unwrap();
        Self { volume, disk, held: Vec::new(), synced: now.clone(), now }
    }

    /// Does it; whether the power is there. What is not possible is not done.
    fn take(&mut self, step: &Step) -> bool {
        let done = self.attempt(step);
        let is_on = !self.disk.state().is_off;
        if let (Err(FsError::Failed | FsError::Corrupt), true) = (done, is_on) {
            panic!("{step:?}: {done:?}");
        }
        is_on
    }

    fn attempt(&mut self, step: &Step) -> Result<(), FsError> {
        let Self { volume, now, .. } = self;
        match *step {
            Step::Write { path, at, length, seed } => {
                let file = volume.open(path, OpenHow::CREATE)?;
                let content = now.entry(path.into()).or_default().get_or_insert_default();
                let bytes: Vec<u8> = (0..length).map(|index| (index >> 3) as u8 ^ seed).collect();
                let written = volume.write(file, at, &bytes);
                volume.close(file);
                let end = at as usize + written?;
                resize(content, content.len().max(end));
                content[at as usize..end].copy_from_slice(&bytes[..end - at as usize]);
            }
            Step::Resize { path, length } => {
                let file = volume.open(path, OpenHow { write: true, ..OpenHow::READ })?;
                let resized = volume.resize(file, length);
                volume.close(file);
                resized?;
                if let Some(Some(content)) = now.get_mut(path) {
                    resize(content, length as usize);
                }
            }
            Step::Remove { path } => {
                volume.remove(path)?;
                now.remove(path);
            }
            Step::Rename { from, to } => {
                volume.rename(from, to)?;
                if from != to {
                    let inside = std::format!("{from}/");
                    let is_moved = |path: &str| path == from || path.starts_with(&inside);
                    let (moved, mut rest): (Tree, Tree) =
                        now.clone().into_iter().partition(|(path, _)| is_moved(path));
                    for (path, content) in moved {
                        rest.insert(std::format!("{to}{}", &path[from.len()..]), content);
                    }
                    *now = rest;
                }
            }
            Step::Directory { path } => {
                volume.create_directory(path)?;
                now.insert(path.into(), None);
            }
            Step::Hold { path } => {
                if self.held.len() > 4 {
                    volume.close(self.held.remove(0));
                }
                self.held.push(volume.open(path, OpenHow::READ)?);
            }
            Step::Sync => {
                volume.sync_all()?;
                self.synced = now.clone();
            }
        }
        Ok(())
    }
}

/// As `Vec::resize`, which takes long without optimisation.
fn resize(content: &mut Vec<u8>, length: usize) {
    let mut resized = vec![0; length];
    let kept = content.len().min(length);
    resized[..kept].copy_from_slice(&content[..kept]);
    *content = resized;
}

fn without_content(tree: &Tree) -> Vec<(&String, Option<usize>)> {
    tree.iter().map(|(path, content)| (path, content.as_ref().map(Vec::len))).collect()
}

proptest! {
    // Of each the power fails three times.
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_synced_is_there_and_nothing_in_between(
        rounds in prop::collection::vec(
            (prop::collection::vec(step(6000), 1..30), 1..500_usize, any::<u64>()), 3),
        cache in prop::sample::select(vec![16, 64]),
        block in prop::sample::select(vec![512, 4096]),
    ) {
        let disk = &FakeDisk::new(block, 3 << 20);
        let before = mount(disk, cache).unwrap().space();
        for (steps, blocks, seed) in rounds {
            let mut model = Model::new(disk, cache);
            disk.power_fails_after(blocks * 512 / block, seed);
            for step in &steps {
                if !model.take(step) {
                    break;
                }
            }
            disk.restart();
            let mounted = mount(disk, cache);
            prop_assert!(mounted.is_ok(), "{:?}", mounted.err());
            let found = tree(&mut mounted.unwrap());
            prop_assert!(found.is_ok(), "{found:?}");
            let found = found.unwrap();
            // A sync that the power interrupted may have done its work.
            prop_assert!(
                found == model.synced || found == model.now,
                "{:?} is neither {:?} nor {:?}",
                without_content(&found), without_content(&model.synced), without_content(&model.now)
            );
        }
        let mut volume = mount(disk, cache).unwrap();
        clear(&mut volume).unwrap();
        prop_assert_eq!(volume.space(), before);
    }

    #[test]
    fn what_was_synced_is_there_when_space_is_short(
        rounds in prop::collection::vec(
            (prop::collection::vec(step(30_000), 1..40), 1..2000_usize, any::<u64>()), 2),
        cache in prop::sample::select(vec![16, 64]),
    ) {
        let disk = &FakeDisk::new(512, 600 << 10);
        let before = mount(disk, cache).unwrap().space();
        for (steps, blocks, seed) in rounds {
            let mut model = Model::new(disk, cache);
            disk.power_fails_after(blocks, seed);
            let mut changed = Vec::new();
            for step in &steps {
                match *step {
                    Step::Write { path, .. } | Step::Resize { path, .. } => changed.push(path),
                    Step::Remove { path } | Step::Directory { path } => changed.push(path),
                    Step::Rename { from, to } => changed.extend([from, to]),
                    Step::Hold { .. } => {}
                    Step::Sync => {}
                }
                if !model.take(step) {
                    break;
                }
                if matches!(step, Step::Sync) {
                    changed.clear();
                }
            }
            disk.restart();
            let mounted = mount(disk, cache);
            prop_assert!(mounted.is_ok(), "{:?}", mounted.err());
            let found = tree(&mut mounted.unwrap());
            prop_assert!(found.is_ok(), "{found:?}");
            let found = found.unwrap();
            let is_changed = |path: &&String| {
                changed.iter().any(|changed| *path == changed || path.starts_with(&std::format!("{changed}/")))
            };
            for path in found.keys().chain(model.synced.keys()).filter(|path| !is_changed(path)) {
                prop_assert!(found.get(path) == model.synced.get(path), "{path} is another one");
            }
        }
        let mut volume = mount(disk, cache).unwrap();
        clear(&mut volume).unwrap();
        prop_assert_eq!(volume.space(), before);
    }

    #[test]
    fn a_disk_is_formatted_again_when_the_power_failed_meanwhile(blocks in 1..12_usize, seed in any::<u64>()) {
        let disk = &FakeDisk::new(512, 600 << 10);
        disk.power_fails_after(blocks, seed);
        let _ = mount(disk, 16);
        disk.restart();
        // A block that is unreadable or garbage afterwards could be of anything else.
        let begun = disk.bytes()[4096..4096 + 8].to_vec();
        if begun == [0; 8] || begun == *b"oscompFS" {
            match mount(disk, 16) {
                Ok(mut volume) => prop_assert_eq!(tree(&mut volume), Ok(Tree::new())),
                Err(error) => prop_assert_eq!(error, MountError::Failed),
            }
        }
    }
}
