//! One stream: a buffer in front of a descriptor.

use crate::mode::Access;
use alloc::vec::Vec;
use core::ffi::c_int;
use oscomp_c_abi::numbers::{EBADF, EIO, ENOBUFS, EOVERFLOW, ESPIPE};
use oscomp_interfaces::{Descriptors, Whence};

/// Bytes that can be given back beyond those that were read. ISO C asks for one.
const GIVEN_BACK: usize = 8;

/// When what is written is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// When the buffer is full.
    Full,
    /// Also at the end of a line.
    Line,
    /// At once.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    /// `start..end` of the buffer was read from the descriptor and not taken yet.
    Reading,
    /// `..end` of the buffer was not written to the descriptor yet.
    Writing,
}

/// A stream, or room for one.
pub struct Stream {
    /// None while it is closed.
    descriptor: Option<c_int>,
    access: Access,
    /// None until it is used or told.
    buffering: Option<Buffering>,
    /// Bytes of the buffer, once it is needed.
    size: usize,
    usual_size: usize,
    memory: Vec<u8>,
    /// The buffer of who has none.
    single: [u8; 1],
    activity: Activity,
    start: usize,
    end: usize,
    given_back: [u8; GIVEN_BACK],
    given_back_count: usize,
    is_at_end: bool,
    has_failed: bool,
}

impl Stream {
    /// A closed one.
    pub const fn new(size: usize) -> Self {
        Self {
            descriptor: None,
            access: Access::NONE,
            buffering: None,
            size,
            usual_size: size,
            memory: Vec::new(),
            single: [0],
            activity: Activity::Reading,
            start: 0,
            end: 0,
            given_back: [0; _],
            given_back_count: 0,
            is_at_end: false,
            has_failed: false,
        }
    }

    pub const fn is_open(&self) -> bool {
        self.descriptor.is_some()
    }

    /// # Errors
    /// `EBADF` if it is closed.
    pub fn descriptor(&self) -> Result<c_int, c_int> {
        self.descriptor.ok_or(EBADF)
    }

    pub fn open(&mut self, descriptor: c_int, access: Access) {
        *self = Self { descriptor: Some(descriptor), access, ..Self::new(self.usual_size) };
    }

    /// Closes the descriptor, whatever else fails.
    pub fn close(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        let descriptor = self.descriptor()?;
        let flushed = self.flush(files);
        *self = Self::new(self.usual_size);
        let closed = files.close(descriptor);
        flushed.and(closed)
    }

    pub const fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    pub const fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub const fn clear(&mut self) {
        self.is_at_end = false;
        self.has_failed = false;
    }

    pub fn is_unbuffered(&self) -> bool {
        self.buffering == Some(Buffering::None)
    }

    pub fn is_in_lines(&self) -> bool {
        self.buffering == Some(Buffering::Line)
    }

    /// Sets when to hand on and how large the buffer is, the usual size if 0. The buffer is empty.
    pub fn set_buffering(&mut self, buffering: Buffering, size: usize) {
        self.buffering = Some(buffering);
        self.size = if size == 0 { self.usual_size } else { size };
        self.memory = Vec::new();
        (self.start, self.end) = (0, 0);
    }

    /// Empties the buffer and sets it anew.
    ///
    /// # Errors
    /// Those of flushing; `ENOBUFS` where bytes that were read would be lost.
    pub fn change_buffering(
        &mut self,
        files: impl Descriptors,
        buffering: Buffering,
        size: usize,
    ) -> Result<(), c_int> {
        self.descriptor()?;
        self.flush(files)?;
        if self.unread() > 0 {
            return Err(ENOBUFS);
        }
        self.set_buffering(buffering, size);
        Ok(())
    }

    /// Finds out what was not told, and gets the buffer.
    fn prepare(&mut self, files: impl Descriptors) -> Result<(c_int, Buffering), c_int> {
        let descriptor = self.descriptor()?;
        let buffering = self.buffering.unwrap_or_else(|| match files.is_terminal(descriptor) {
            Ok(true) => Buffering::Line,
            _ => Buffering::Full,
        });
        let is_missing = buffering != Buffering::None && self.memory.is_empty();
        let buffering = if is_missing && self.memory.try_reserve_exact(self.size).is_err() {
            Buffering::None
        } else {
            if is_missing {
                self.memory.resize(self.size, 0);
            }
            buffering
        };
        self.buffering = Some(buffering);
        Ok((descriptor, buffering))
    }

    fn buffer(&mut self) -> &mut [u8] {
        if self.memory.is_empty() { &mut self.single } else { &mut self.memory }
    }

    /// Bytes that lie between the reader and the descriptor's position.
    const fn unread(&self) -> usize {
        match self.activity {
            Activity::Reading => self.end - self.start + self.given_back_count,
            Activity::Writing => 0,
        }
    }

    const fn forget(&mut self) {
        (self.start, self.end, self.given_back_count) = (0, 0, 0);
    }

    /// Whether the next byte has to be waited for, perhaps by a person.
    pub fn may_wait(&mut self, files: impl Descriptors) -> bool {
        self.access.reads
            && self.unread() == 0
            && !self.is_at_end
            && self.prepare(files).is_ok_and(|(_, buffering)| buffering != Buffering::Full)
    }

    fn noting<T>(&mut self, result: Result<T, c_int>) -> Result<T, c_int> {
        self.has_failed |= result.is_err();
        result
    }

    fn begin_reading(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        if !self.access.reads {
            return Err(EBADF);
        }
        self.flush_output(files)?;
        self.activity = Activity::Reading;
        Ok(())
    }

    fn begin_writing(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        if !self.access.writes {
            return Err(EBADF);
        }
        if self.activity == Activity::Reading {
            self.give_up_unread(files)?;
            self.forget();
            self.activity = Activity::Writing;
        }
        Ok(())
    }

    /// Moves the descriptor back to where the reader is. Stays as it is where there are no positions.
    fn give_up_unread(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        let unread = self.unread();
        if unread == 0 {
            return Ok(());
        }
        match files.seek(self.descriptor()?, -(unread as i64), Whence::Current) {
            Ok(_) => {
                self.forget();
                Ok(())
            }
            Err(ESPIPE) => Ok(()),
            Err(number) => Err(number),
        }
    }

    /// Takes the next byte; none at the end.
    pub fn get(&mut self, files: impl Descriptors) -> Result<Option<u8>, c_int> {
        let mut byte = [0];
        let (count, result) = self.read(files, &mut byte);
        result.map(|()| (count > 0).then_some(byte[0]))
    }

    /// Takes as many bytes as there is room for, fewer only at the end and after an error; how many.
    pub fn read(&mut self, files: impl Descriptors, into: &mut [u8]) -> (usize, Result<(), c_int>) {
        let mut count = 0;
        let result = self.read_counting(files, into, &mut count);
        (count, self.noting(result))
    }

    fn read_counting(
        &mut self,
        files: impl Descriptors,
        into: &mut [u8],
        count: &mut usize,
    ) -> Result<(), c_int> {
        self.begin_reading(files)?;
        let (descriptor, _) = self.prepare(files)?;
        while *count < into.len() {
            let room = &mut into[*count..];
            if self.given_back_count > 0 {
                self.given_back_count -= 1;
                room[0] = self.given_back[self.given_back_count];
                *count += 1;
            } else if self.start < self.end {
                let now = room.len().min(self.end - self.start);
                let start = self.start;
                room[..now].copy_from_slice(&self.buffer()[start..start + now]);
                self.start += now;
                *count += now;
            } else if self.is_at_end {
                break;
            } else if room.len() >= self.buffer().len() {
                // As much as the buffer or more: not by way of it.
                let now = files.read(descriptor, room)?;
                self.is_at_end = now == 0;
                *count += now;
            } else {
                let now = files.read(descriptor, self.buffer())?;
                self.is_at_end = now == 0;
                if now > 0 {
                    (self.start, self.end) = (0, now);
                }
            }
        }
        Ok(())
    }

    /// Takes bytes up to the end of a line or as many as there is room for; how many.
    pub fn read_line(&mut self, files: impl Descriptors, into: &mut [u8]) -> Result<usize, c_int> {
        let mut count = 0;
        for place in into {
            let Some(byte) = self.get(files)? else { break };
            *place = byte;
            count += 1;
            if byte == b'\n' {
                break;
            }
        }
        Ok(count)
    }

    /// Gives a byte back, which is the next one then; whether there was room.
    pub fn give_back(&mut self, files: impl Descriptors, byte: u8) -> Result<bool, c_int> {
        self.descriptor()?;
        self.begin_reading(files)?;
        let start = self.start;
        if self.given_back_count == 0 && start > 0 && self.buffer()[start - 1] == byte {
            self.start -= 1;
        } else if let Some(place) = self.given_back.get_mut(self.given_back_count) {
            *place = byte;
            self.given_back_count += 1;
        } else {
            return Ok(false);
        }
        self.is_at_end = false;
        Ok(true)
    }

    /// Writes bytes; how many were taken, all of them unless there is an error.
    pub fn write(&mut self, files: impl Descriptors, from: &[u8]) -> (usize, Result<(), c_int>) {
        let mut count = 0;
        let result = self.write_counting(files, from, &mut count);
        (count, self.noting(result))
    }

    fn write_counting(
        &mut self,
        files: impl Descriptors,
        from: &[u8],
        count: &mut usize,
    ) -> Result<(), c_int> {
        self.begin_writing(files)?;
        let (descriptor, buffering) = self.prepare(files)?;
        let lines = match buffering {
            Buffering::None => return send(files, descriptor, from, count),
            Buffering::Line => from.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1),
            Buffering::Full => 0,
        };
        let (lines, rest) = from.split_at(lines);
        if !lines.is_empty() {
            self.append(files, descriptor, lines, count)?;
            self.flush_output(files)?;
        }
        self.append(files, descriptor, rest, count)
    }

    fn append(
        &mut self,
        files: impl Descriptors,
        descriptor: c_int,
        from: &[u8],
        count: &mut usize,
    ) -> Result<(), c_int> {
        if from.len() > self.memory.len() - self.end {
            self.flush_output(files)?;
        }
        if from.len() >= self.memory.len() {
            return send(files, descriptor, from, count);
        }
        self.memory[self.end..self.end + from.len()].copy_from_slice(from);
        self.end += from.len();
        *count += from.len();
        Ok(())
    }

    /// Writes what lies in the buffer. What cannot be written is lost, so that the stream can be closed.
    pub fn flush_output(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        if self.activity != Activity::Writing || self.end == 0 {
            return Ok(());
        }
        let descriptor = self.descriptor()?;
        let end = core::mem::take(&mut self.end);
        let result = send(files, descriptor, &self.memory[..end], &mut 0);
        self.noting(result)
    }

    /// Has the descriptor be where the stream is: writes what was written, and goes back to what was not read.
    pub fn flush(&mut self, files: impl Descriptors) -> Result<(), c_int> {
        match self.activity {
            Activity::Writing => self.flush_output(files),
            Activity::Reading => self.give_up_unread(files),
        }
    }

    pub fn seek(&mut self, files: impl Descriptors, offset: i64, whence: Whence) -> Result<(), c_int> {
        let descriptor = self.descriptor()?;
        self.flush_output(files)?;
        let offset = match whence {
            Whence::Current => offset.checked_sub(self.unread() as i64).ok_or(EOVERFLOW)?,
            Whence::Start | Whence::End => offset,
        };
        files.seek(descriptor, offset, whence)?;
        self.forget();
        self.is_at_end = false;
        Ok(())
    }

    pub fn position(&mut self, files: impl Descriptors) -> Result<i64, c_int> {
        let descriptor = self.descriptor()?;
        // What is appended goes to the end, wherever the position is before.
        self.flush_output(files)?;
        let behind = files.seek(descriptor, 0, Whence::Current)?;
        i64::try_from(behind.saturating_sub(self.unread() as u64)).map_err(|_| EOVERFLOW)
    }
}

/// Writes all bytes, however few are taken at a time.
pub fn send(files: impl Descriptors, descriptor: c_int, from: &[u8], count: &mut usize) -> Result<(), c_int> {
    let mut left = from;
    while !left.is_empty() {
        let now = files.write(descriptor, left)?;
        if now == 0 {
            return Err(EIO);
        }
        *count += now;
        left = &left[now..];
    }
    Ok(())
}
