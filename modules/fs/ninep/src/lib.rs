//! Files of another machine, by 9P2000.L (<https://github.com/chaos/diod/blob/master/protocol.md>): the host's, which
//! virtual machines reach by `virtio-9p`.
//!
//! Nothing that the server may change is kept: each call asks it, so what the host changes is seen at once. A reply
//! that is none, or not to what was asked, is `Failed`. The messages are written here: crates that have them are for
//! servers, or need an operating system.
//!
//! - **Paths** may lead through symbolic links, which are what they lead to; one that leads out of what is shared, or
//!   to an absolute path, leads nowhere. Where directories are listed, links to files are files, and links to
//!   directories are left out, so that whoever goes through all of them comes to an end. `remove` and `rename` take the
//!   link itself. What is neither a file nor a directory, or has a name that is no UTF-8, is not there.
//! - **Permissions** are the server's: what it does not permit is `ReadOnly` where something would be changed, and
//!   `Failed` elsewhere. Files are made with mode 644 and directories with 755, in its own name.
//! - **Open files** that were removed or replaced are there for who has them open. Of them QEMU's server does not know
//!   everything before version 10. How long they are is found out by reading them if need be, and then nothing is known
//!   of when they were changed; they cannot be made shorter (`Unsupported`).
//! - **`sync`** has the host sync the file, and each directory in which this file system has changed something.
//! - **The host** may do something at the same time. Each request to it is carried out whole, but a call may need
//!   several: one that finds, between two of them, another file where one was, has an error or does it to that one.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod client;
mod listing;
mod lookup;
mod message;
mod volume;

use client::Client;
use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    FileKind, FileSystem, FsError, Heap, Metadata, NinePTransport, OpenFile, OpenHow, Space,
};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use volume::Volume;

/// Files that a server shares.
#[module(provides(FileSystem), ambient(Heap))]
pub struct Ninep<
    /// The way to the server.
    Server: NinePTransport,
    Settings: Config<Options>,
> {
    volume: Mutex<Volume<Server>>,
    settings: PhantomData<Settings>,
}

/// How it is used.
#[derive(Options)]
pub struct Options {
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
}

impl<Server: NinePTransport, Settings: Config<Options>> Ninep<Server, Settings> {
    /// Begins a session with the server.
    ///
    /// # Errors
    /// When it does not reply, or not in 9P2000.L, or does not share anything.
    pub fn start(server: Server) -> Result<Self, StartError> {
        let mut client = Client::new(server);
        let silent = |_| StartError::new("the server of files does not reply as it has to");
        let version = client.version().map_err(silent)?;
        version.ok_or(StartError::new("the server of files does not speak 9P2000.L"))?;
        let root = client.attach().map_err(|_| StartError::new("the server of files shares nothing"))?;
        if !root.is_directory() {
            return Err(StartError::new("what the server of files shares is no folder"));
        }
        let volume = Volume::new(client, root, usize::from(Settings::OPTIONS.open));
        Ok(Self { volume: Mutex::new(volume), settings: PhantomData })
    }

    fn volume(&self) -> MutexGuard<'_, Volume<Server>> {
        self.volume.lock()
    }
}

impl<Server: NinePTransport, Settings: Config<Options>> FileSystem for &Ninep<Server, Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        self.volume().open(path, how)
    }

    fn close(self, file: OpenFile) {
        self.volume().close(file);
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        self.volume().read(file, at, into)
    }

    fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        self.volume().write(file, at, from)
    }

    fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError> {
        self.volume().resize(file, length)
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        self.volume().sync(file)
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        self.volume().stat(file)
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        self.volume().metadata(path)
    }

    fn create_directory(self, path: &str) -> Result<(), FsError> {
        self.volume().create_directory(path)
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        self.volume().remove(path)
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        self.volume().rename(from, to)
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        self.volume().entries(path, tell)
    }

    fn space(self) -> Result<Space, FsError> {
        self.volume().space()
    }
}

#[cfg(test)]
mod tests;
