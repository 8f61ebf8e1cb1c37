//! Files and a terminal in memory.

use super::std::collections::{BTreeMap, VecDeque};
use super::std::string::String;
use super::std::sync::Mutex;
use super::std::vec;
use super::std::vec::Vec;
use core::ffi::c_int;
use core::mem;
use core::sync::atomic::AtomicI32;
use oscomp_c_abi::numbers::{EBADF, EEXIST, EINVAL, EIO, ENOENT, ENOSPC, ESPIPE};
use oscomp_interfaces::{Descriptors, Errno, ErrorNumber, Whence};

#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    number: AtomicI32,
}

struct State {
    paths: BTreeMap<Vec<u8>, usize>,
    contents: Vec<Vec<u8>>,
    open: Vec<Option<Open>>,
    /// What a person types, a line or more at a time.
    typed: VecDeque<Vec<u8>>,
    /// What happened at the terminal: reads of 0, writes of the others.
    events: Vec<(c_int, String)>,
    is_terminal: bool,
    limit: usize,
    fails_reads: bool,
    /// Reads and writes that do only a part.
    parts: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Open {
    Terminal,
    File { content: usize, position: u64, flags: c_int },
}

impl Default for State {
    fn default() -> Self {
        Self {
            paths: BTreeMap::new(),
            contents: Vec::new(),
            open: vec![Some(Open::Terminal); 3],
            typed: VecDeque::new(),
            events: Vec::new(),
            is_terminal: true,
            limit: usize::MAX,
            fails_reads: false,
            parts: Vec::new(),
        }
    }
}

impl State {
    fn descriptor(&mut self, descriptor: c_int) -> Result<&mut Option<Open>, ErrorNumber> {
        let index = usize::try_from(descriptor).map_err(|_| EBADF)?;
        self.open.get_mut(index).filter(|open| open.is_some()).ok_or(EBADF)
    }

    /// How much of so much is done.
    fn part(&mut self, of: usize) -> usize {
        let part = self.parts.pop().unwrap_or(of);
        of.min(part.max(1))
    }
}

impl World {
    pub fn writes(&self) -> Vec<(c_int, String)> {
        mem::take(&mut self.state.lock().unwrap().events)
    }

    /// Nobody is at the other end.
    pub fn make_files(&self) {
        self.state.lock().unwrap().is_terminal = false;
    }

    pub fn types(&self, lines: &[&str]) {
        self.state.lock().unwrap().typed.extend(lines.iter().map(|line| line.as_bytes().to_vec()));
    }

    pub fn create(&self, path: &[u8], content: &[u8]) {
        let mut state = self.state.lock().unwrap();
        state.contents.push(content.to_vec());
        let index = state.contents.len() - 1;
        state.paths.insert(path.to_vec(), index);
    }

    pub fn content(&self, path: &[u8]) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        state.contents[state.paths[path]].clone()
    }

    pub fn exists(&self, path: &[u8]) -> bool {
        self.state.lock().unwrap().paths.contains_key(path)
    }

    /// Files have at most so many bytes.
    pub fn limit(&self, bytes: usize) {
        self.state.lock().unwrap().limit = bytes;
    }

    pub fn fail_reads(&self) {
        self.state.lock().unwrap().fails_reads = true;
    }

    /// The next reads and writes do no more than these, the last first.
    pub fn do_parts(&self, parts: &[usize]) {
        self.state.lock().unwrap().parts = parts.to_vec();
    }

    pub fn open_descriptors(&self) -> usize {
        self.state.lock().unwrap().open.iter().flatten().count()
    }

    pub fn position(&self, descriptor: c_int) -> u64 {
        match self.state.lock().unwrap().descriptor(descriptor) {
            Ok(Some(Open::File { position, .. })) => *position,
            _ => panic!("no position"),
        }
    }
}

impl Errno for &'static World {
    fn cell(self) -> &'static AtomicI32 {
        &self.number
    }
}

impl Descriptors for &'static World {
    fn open(self, path: &[u8], flags: i32, mode: u32) -> Result<i32, ErrorNumber> {
        assert_eq!(mode, 0o666);
        let mut state = self.state.lock().unwrap();
        let found = state.paths.get(path).copied();
        let content = match found {
            Some(_) if flags & libc::O_EXCL != 0 => return Err(EEXIST),
            Some(content) => content,
            None if flags & libc::O_CREAT == 0 => return Err(ENOENT),
            None => {
                state.contents.push(Vec::new());
                let content = state.contents.len() - 1;
                state.paths.insert(path.to_vec(), content);
                content
            }
        };
        if flags & libc::O_TRUNC != 0 {
            state.contents[content].clear();
        }
        let free = state.open.iter().position(Option::is_none).unwrap_or(state.open.len());
        if free == state.open.len() {
            state.open.push(None);
        }
        state.open[free] = Some(Open::File { content, position: 0, flags });
        Ok(c_int::try_from(free).unwrap())
    }

    fn close(self, descriptor: i32) -> Result<(), ErrorNumber> {
        *self.state.lock().unwrap().descriptor(descriptor)? = None;
        Ok(())
    }

    fn read(self, descriptor: i32, into: &mut [u8]) -> Result<usize, ErrorNumber> {
        let state = &mut *self.state.lock().unwrap();
        if state.fails_reads {
            return Err(EIO);
        }
        let room = state.part(into.len());
        match state.descriptor(descriptor)? {
            Some(Open::File { content, position, flags }) if *flags & libc::O_ACCMODE != libc::O_WRONLY => {
                let content = *content;
                let from = usize::try_from(*position).unwrap().min(state.contents[content].len());
                let count = room.min(state.contents[content].len() - from);
                into[..count].copy_from_slice(&state.contents[content][from..from + count]);
                let Some(Open::File { position, .. }) = state.descriptor(descriptor)? else { unreachable!() };
                *position += count as u64;
                Ok(count)
            }
            Some(Open::Terminal) => {
                let Some(mut line) = state.typed.pop_front() else { return Ok(0) };
                let count = line.len().min(into.len());
                into[..count].copy_from_slice(&line[..count]);
                state.events.push((descriptor, String::from_utf8(line[..count].to_vec()).unwrap()));
                if line.len() > count {
                    state.typed.push_front(line.split_off(count));
                }
                Ok(count)
            }
            _ => Err(EBADF),
        }
    }

    fn write(self, descriptor: i32, from: &[u8]) -> Result<usize, ErrorNumber> {
        let state = &mut *self.state.lock().unwrap();
        let count = state.part(from.len());
        let limit = state.limit;
        match state.descriptor(descriptor)?.unwrap() {
            Open::File { content, position, flags } if flags & libc::O_ACCMODE != libc::O_RDONLY => {
                let bytes = &mut state.contents[content];
                let at = if flags & libc::O_APPEND == 0 {
                    usize::try_from(position).unwrap()
                } else {
                    bytes.len()
                };
                let count = count.min(limit.saturating_sub(at));
                if count == 0 {
                    return Err(ENOSPC);
                }
                bytes.resize(bytes.len().max(at + count), 0);
                bytes[at..at + count].copy_from_slice(&from[..count]);
                let position = (at + count) as u64;
                *state.descriptor(descriptor)? = Some(Open::File { content, position, flags });
                Ok(count)
            }
            Open::Terminal => {
                state.events.push((descriptor, String::from_utf8(from.to_vec()).unwrap()));
                Ok(from.len())
            }
            Open::File { .. } => Err(EBADF),
        }
    }

    fn seek(self, descriptor: i32, offset: i64, whence: Whence) -> Result<u64, ErrorNumber> {
        let state = &mut *self.state.lock().unwrap();
        let Open::File { content, position, flags } = state.descriptor(descriptor)?.unwrap() else {
            return Err(ESPIPE);
        };
        let base = match whence {
            Whence::Start => 0,
            Whence::Current => position,
            Whence::End => state.contents[content].len() as u64,
        };
        let position = base.checked_add_signed(offset).ok_or(EINVAL)?;
        *state.descriptor(descriptor)? = Some(Open::File { content, position, flags });
        Ok(position)
    }

    fn is_terminal(self, descriptor: i32) -> Result<bool, ErrorNumber> {
        let state = &mut *self.state.lock().unwrap();
        let is_terminal = state.is_terminal;
        state.descriptor(descriptor).map(|open| matches!(open, Some(Open::Terminal)) && is_terminal)
    }

    fn remove(self, path: &[u8]) -> Result<(), ErrorNumber> {
        self.state.lock().unwrap().paths.remove(path).map(drop).ok_or(ENOENT)
    }

    fn rename(self, from: &[u8], to: &[u8]) -> Result<(), ErrorNumber> {
        let mut state = self.state.lock().unwrap();
        let content = state.paths.remove(from).ok_or(ENOENT)?;
        state.paths.insert(to.to_vec(), content);
        Ok(())
    }
}
