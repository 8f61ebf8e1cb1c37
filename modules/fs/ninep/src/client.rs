//! One method for each request (`v9fs` of Linux; "9P2000.L" of diod), and what is verified of every reply.

use crate::message::{BEFORE_DATA, Fields, HEADER, Qid, Request, kind, refused};
use alloc::string::String;
use alloc::vec;
use core::time::Duration;
use oscomp_interfaces::{FileKind, FsError, NAME_LIMIT, NinePTransport, PATH_LIMIT};

/// The number by which the server knows what is shared; it is never given up.
pub const ROOT: u32 = 0;
/// No number, no user, no group.
const NONE: u32 = u32::MAX;
const NO_TAG: u16 = u16::MAX;
const VERSION: &str = "9P2000.L";

/// Bytes of the longest message that is offered to the server, and of the longest that it has to take at the least.
const MOST: u32 = 512 << 10;
const LEAST: u32 = 4096;
/// Bytes of a message that are not data, at the most.
const AROUND_DATA: usize = 24;
/// Parts of a path in one request.
const PARTS: usize = 16;
/// Bytes of the longest reply that has no data and no text.
const REPLY: usize = 256;

/// How something is opened.
pub mod flag {
    pub const READ: u32 = 0;
    pub const READ_AND_WRITE: u32 = 2;
    pub const CREATE: u32 = 0o100;
    pub const EXCLUSIVE: u32 = 0o200;
    pub const TRUNCATE: u32 = 0o1000;
    pub const DIRECTORY: u32 = 0o200_000;
}

/// What new files and directories permit.
const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;

/// What is known of a file.
#[derive(Clone, Copy)]
pub struct Attributes {
    pub qid: Qid,
    /// None of what is neither a file nor a directory.
    pub kind: Option<FileKind>,
    pub length: u64,
    pub modified: Option<Duration>,
}

/// How far a request went along a path.
pub struct Walked {
    /// Parts that it had.
    pub asked: usize,
    /// Parts that are there.
    pub done: usize,
    /// What the last of these is, if there is one.
    pub qid: Option<Qid>,
}

/// What the server says of a file system: bytes of a block, blocks, and those that are left.
pub struct Blocks {
    pub bytes: u64,
    pub total: u64,
    pub free: u64,
}

/// The server, as who asks it.
pub struct Client<Way> {
    way: Way,
    /// Bytes of the longest message.
    limit: usize,
    tag: u16,
}

impl<Way: NinePTransport> Client<Way> {
    pub fn new(way: Way) -> Self {
        Self { way, limit: LEAST as usize, tag: NO_TAG }
    }

    /// Sends a request with data behind it. How many bytes the reply has; it is to this request, and of its kind. The
    /// first part of `reply` has room for the reason that nothing was done.
    fn send(&mut self, request: &mut Request, data: &[u8], reply: [&mut [u8]; 2]) -> Result<usize, FsError> {
        let (kind, tag, changes) = (request.kind() + 1, self.tag, request.changes);
        // Another one each time, so that an old reply is not taken for a new one.
        self.tag = tag.wrapping_add(1) % NO_TAG;
        let [head, rest] = reply;
        let room = head.len() + rest.len();
        let length = self.way.exchange([request.finish(tag, data.len()), data], [&mut *head, rest]);
        let length = length.ok().filter(|length| *length <= room).ok_or(FsError::Failed)?;
        let mut fields = Fields(&head[..length.min(head.len())]);
        let has_length = fields.u32()? as usize == length;
        let replied = fields.u8()?;
        if !has_length || fields.u16()? != tag {
            return Err(FsError::Failed);
        }
        if replied == kind::LERROR + 1 {
            let number = fields.u32()?;
            fields.end()?;
            return Err(refused(number, changes));
        }
        if replied == kind { Ok(length) } else { Err(FsError::Failed) }
    }

    /// Sends a request; what its reply has behind the header.
    fn ask<'r>(&mut self, request: &mut Request, reply: &'r mut [u8]) -> Result<Fields<'r>, FsError> {
        let length = self.send(request, &[], [&mut *reply, &mut []])?;
        Ok(Fields(&reply[HEADER..length]))
    }

    /// Sends a request whose reply says nothing.
    fn tell(&mut self, request: &mut Request) -> Result<(), FsError> {
        self.ask(request, &mut [0; REPLY])?.end()
    }

    /// Sends a request whose reply is data; how many bytes.
    fn fetch(&mut self, request: &mut Request, into: &mut [u8]) -> Result<usize, FsError> {
        let mut head = [0; BEFORE_DATA];
        let length = self.send(request, &[], [&mut head, into])?;
        let count = Fields(&head[HEADER..]).u32()? as usize;
        if length.checked_sub(BEFORE_DATA) == Some(count) { Ok(count) } else { Err(FsError::Failed) }
    }

    /// Bytes of data that one message can have.
    fn piece(&self, length: usize) -> usize {
        length.min(self.limit - AROUND_DATA)
    }

    /// Agrees with the server on how to speak; none if it speaks otherwise.
    pub fn version(&mut self) -> Result<Option<()>, FsError> {
        self.tag = NO_TAG;
        let mut reply = [0; REPLY];
        let mut request = Request::look(kind::VERSION);
        let mut fields = self.ask(request.u32(MOST).text(VERSION), &mut reply)?;
        let limit = fields.u32()?;
        let version = fields.bytes()?;
        fields.end()?;
        self.limit = limit as usize;
        Ok((version == VERSION.as_bytes() && (LEAST..=MOST).contains(&limit)).then_some(()))
    }

    /// Has [`ROOT`] be what is shared.
    pub fn attach(&mut self) -> Result<Qid, FsError> {
        let mut reply = [0; REPLY];
        let mut request = Request::look(kind::ATTACH);
        let mut fields = self.ask(request.u32(ROOT).u32(NONE).text("").text("").u32(NONE), &mut reply)?;
        let qid = fields.qid()?;
        fields.end()?;
        Ok(qid)
    }

    /// Goes along the parts from `from` on, as many as one request has room for. If all of them are there, `to` is
    /// what the last one is; without parts it is what `from` is.
    pub fn walk(&mut self, from: u32, to: u32, parts: &[&str]) -> Result<Walked, FsError> {
        let mut request = Request::look(kind::WALK);
        request.u32(from).u32(to).u16(0);
        let mut asked = 0;
        for part in parts.iter().take(PARTS).take_while(|part| part.len() <= NAME_LIMIT) {
            if !request.has_room(part) {
                break;
            }
            request.text(part);
            asked += 1;
        }
        request.set_u16(HEADER + 8, asked as u16);
        let mut reply = [0; REPLY];
        let mut fields = self.ask(&mut request, &mut reply)?;
        let done = usize::from(fields.u16()?);
        let mut qid = None;
        for _ in 0..done.min(asked) {
            qid = Some(fields.qid()?);
        }
        fields.end()?;
        // That the first is not there is an error; more cannot be there.
        if done > asked || (done == 0 && asked > 0) {
            return Err(FsError::Failed);
        }
        Ok(Walked { asked, done, qid })
    }

    /// Gives a number up.
    pub fn clunk(&mut self, fid: u32) -> Result<(), FsError> {
        self.tell(Request::look(kind::CLUNK).u32(fid))
    }

    /// Opens what a number is.
    pub fn open(&mut self, fid: u32, flags: u32) -> Result<(), FsError> {
        let mut request = Request::new(kind::LOPEN, flags & flag::READ_AND_WRITE != 0);
        self.opened(request.u32(fid).u32(flags)).map(drop)
    }

    /// Makes a file in the directory that a number is, and opens it; the number is that of the file then.
    pub fn create(&mut self, fid: u32, name: &str, flags: u32) -> Result<Qid, FsError> {
        let mut request = Request::change(kind::LCREATE);
        self.opened(request.u32(fid).text(name).u32(flags).u32(FILE_MODE).u32(NONE))
    }

    fn opened(&mut self, request: &mut Request) -> Result<Qid, FsError> {
        let mut reply = [0; REPLY];
        let mut fields = self.ask(request, &mut reply)?;
        let qid = fields.qid()?;
        // How many bytes are written as a whole: nobody relies on it.
        fields.u32()?;
        fields.end()?;
        Ok(qid)
    }

    /// Reads once; how many bytes, none where the file ends.
    pub fn read(&mut self, fid: u32, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let length = self.piece(into.len());
        let mut request = Request::look(kind::READ);
        self.fetch(request.u32(fid).u64(at).u32(length as u32), &mut into[..length])
    }

    /// Writes once; how many bytes.
    pub fn write(&mut self, fid: u32, at: u64, from: &[u8]) -> Result<usize, FsError> {
        let length = self.piece(from.len());
        let mut request = Request::change(kind::WRITE);
        request.u32(fid).u64(at).u32(length as u32);
        let mut reply = [0; REPLY];
        let came = self.send(&mut request, &from[..length], [&mut reply, &mut []])?;
        let mut fields = Fields(&reply[HEADER..came]);
        let count = fields.u32()? as usize;
        fields.end()?;
        if count <= length { Ok(count) } else { Err(FsError::Failed) }
    }

    /// What is known of what a number is.
    pub fn attributes(&mut self, fid: u32) -> Result<Attributes, FsError> {
        /// Its mode and its length, and when it was changed.
        const NEEDED: u64 = 0x0001 | 0x0200;
        const MODIFIED: u64 = 0x0040;
        let mut reply = [0; REPLY];
        let mut request = Request::look(kind::GETATTR);
        let mut fields = self.ask(request.u32(fid).u64(NEEDED | MODIFIED), &mut reply)?;
        let valid = fields.u64()?;
        let qid = fields.qid()?;
        let mode = fields.u32()?;
        // Its owners, its names, and which device it is.
        let (_, _, _, _) = (fields.u32()?, fields.u32()?, fields.u64()?, fields.u64()?);
        let length = fields.u64()?;
        // Its blocks, and when it was read last.
        let (_, _, _, _) = (fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?);
        let (seconds, nanoseconds) = (fields.u64()?, fields.u64()?);
        // When it was made and changed otherwise, and its versions.
        for _ in 0..6 {
            fields.u64()?;
        }
        fields.end()?;
        if valid & NEEDED != NEEDED {
            return Err(FsError::Failed);
        }
        let kind = match mode & 0o170_000 {
            0o040_000 => Some(FileKind::Directory),
            0o100_000 => Some(FileKind::File),
            _ => None,
        };
        // Before 1970 it is a negative number.
        let is_known = valid & MODIFIED != 0;
        let is_time = is_known && i64::try_from(seconds).is_ok() && nanoseconds < 1_000_000_000;
        let modified = is_time.then(|| Duration::new(seconds, nanoseconds as u32));
        Ok(Attributes { qid, kind, length, modified })
    }

    /// Makes a file so long.
    pub fn resize(&mut self, fid: u32, length: u64) -> Result<(), FsError> {
        const SIZE: u32 = 0x0008;
        let mut request = Request::change(kind::SETATTR);
        request.u32(fid).u32(SIZE).u32(0).u32(NONE).u32(NONE).u64(length);
        self.tell(request.u64(0).u64(0).u64(0).u64(0))
    }

    /// Has what was written be there after the power fails.
    pub fn sync(&mut self, fid: u32) -> Result<(), FsError> {
        self.tell(Request::look(kind::FSYNC).u32(fid).u32(0))
    }

    /// Makes a directory in one.
    pub fn create_directory(&mut self, fid: u32, name: &str) -> Result<(), FsError> {
        let mut reply = [0; REPLY];
        let mut request = Request::change(kind::MKDIR);
        let mut fields = self.ask(request.u32(fid).text(name).u32(DIRECTORY_MODE).u32(NONE), &mut reply)?;
        fields.qid()?;
        fields.end()
    }

    /// Removes what has a name in a directory: a directory, or something else.
    pub fn remove(&mut self, fid: u32, name: &str, is_directory: bool) -> Result<(), FsError> {
        let flags = if is_directory { 0x200 } else { 0 };
        self.tell(Request::change(kind::UNLINKAT).u32(fid).text(name).u32(flags))
    }

    /// Renames what has a name in a directory.
    pub fn rename(&mut self, from: (u32, &str), to: (u32, &str)) -> Result<(), FsError> {
        self.tell(Request::change(kind::RENAMEAT).u32(from.0).text(from.1).u32(to.0).text(to.1))
    }

    /// Where a symbolic link leads to.
    pub fn target(&mut self, fid: u32) -> Result<String, FsError> {
        let mut reply = vec![0; HEADER + 2 + PATH_LIMIT];
        let mut fields = self.ask(Request::look(kind::READLINK).u32(fid), &mut reply)?;
        let target = fields.bytes()?;
        fields.end()?;
        str::from_utf8(target).map(String::from).map_err(|_| FsError::NotFound)
    }

    /// Reads entries of an open directory, behind the one that `at` stands for; how many bytes, none at the end.
    pub fn entries(&mut self, fid: u32, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let length = self.piece(into.len());
        let mut request = Request::look(kind::READDIR);
        self.fetch(request.u32(fid).u64(at).u32(length as u32), &mut into[..length])
    }

    /// How much there is.
    pub fn blocks(&mut self) -> Result<Blocks, FsError> {
        let mut reply = [0; REPLY];
        let mut fields = self.ask(Request::look(kind::STATFS).u32(ROOT), &mut reply)?;
        // Which file system it is.
        fields.u32()?;
        let (bytes, total) = (fields.u32()?, fields.u64()?);
        // Of those that are free some may be the superuser's.
        let (_, free) = (fields.u64()?, fields.u64()?);
        // Its files, and its name.
        let (_, _, _, _) = (fields.u64()?, fields.u64()?, fields.u64()?, fields.u32()?);
        fields.end()?;
        Ok(Blocks { bytes: bytes.into(), total, free })
    }
}
