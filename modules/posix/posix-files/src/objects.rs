//! Descriptors of what other modules open: sockets, pipes and the like.

use crate::flags::{O_CLOEXEC, O_NONBLOCK};
use crate::table::{Description, Kind};
use crate::{Input, Options, PosixFiles, Result};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;
use oscomp_abi::Config;
use oscomp_c_abi::Part;
use oscomp_c_abi::buffers::{each, source, target};
use oscomp_c_abi::numbers::{EMSGSIZE, ENOTTY};
use oscomp_interfaces::{Console, Errno, FileSystem};
use oscomp_objects::{DescriptorTable, OpenObject, Opened};

/// The most bytes that a message can have: those of a datagram of IP.
const MESSAGE: usize = 65_535;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>> DescriptorTable
    for &PosixFiles<Files, Output, Numbers, Settings>
{
    fn insert(self, object: Arc<dyn OpenObject>, flags: i32) -> Result<i32> {
        let mut state = self.state();
        let table = &mut state.table;
        let description = Description::new(Kind::Object(object), flags & !O_CLOEXEC);
        let inserted = match table.lowest(0) {
            Err(number) => Err((number, description)),
            Ok(descriptor) => table.insert(descriptor, description).map(|()| descriptor as c_int),
        };
        match inserted {
            Ok(descriptor) => {
                table.set_closed_by_exec(descriptor, flags & O_CLOEXEC != 0)?;
                Ok(descriptor)
            }
            Err((number, description)) => {
                drop(state);
                self.close_description(Some(description));
                Err(number)
            }
        }
    }

    fn close(self, descriptor: i32) -> Result<()> {
        self.closed(descriptor)
    }

    fn find(self, descriptor: i32) -> Result<Opened> {
        let mut state = self.state();
        let description = state.table.get(descriptor)?;
        match &description.kind {
            Kind::File(_) | Kind::Directory(..) => Ok(Opened::File),
            Kind::Object(object) => Ok(Opened::Object { object: object.clone(), flags: description.flags }),
            Kind::Console => {
                let mut byte = [0];
                if Settings::OPTIONS.input == Input::Console
                    && state.ahead.is_none()
                    && self.output.read(&mut byte) > 0
                {
                    state.ahead = Some(byte[0]);
                }
                let has_input = Settings::OPTIONS.input == Input::Nothing || state.ahead.is_some();
                Ok(Opened::Console { has_input })
            }
        }
    }
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Says whether calls for a descriptor wait.
    pub(crate) fn set_waits(&self, descriptor: c_int, waits: bool) -> Result<()> {
        let mut state = self.state();
        let description = state.table.get_mut(descriptor)?;
        description.flags = description.flags & !O_NONBLOCK | if waits { 0 } else { O_NONBLOCK };
        Ok(())
    }

    /// How many bytes can be read without waiting.
    pub(crate) fn available(&self, descriptor: c_int) -> Result<usize> {
        match self.find(descriptor)? {
            Opened::Object { object, .. } => object.available(),
            Opened::File | Opened::Console { .. } => Err(ENOTTY),
        }
    }
}

/// Reads into one part after the other, waiting for the first byte alone.
///
/// # Safety
/// Each part has room for its bytes, which nobody else uses.
pub unsafe fn read_parts(object: &dyn OpenObject, parts: &[Part], waits: bool) -> Result<usize> {
    if object.keeps_boundaries() {
        let mut message = vec![0; total(parts).min(MESSAGE)];
        let count = object.read(&mut message, waits)?;
        let mut rest = &message[..count];
        return each(parts, |part| {
            // SAFETY: by the contract.
            let into = unsafe { target(part.base, part.length) }?;
            let (now, later) = rest.split_at(rest.len().min(into.len()));
            into[..now.len()].copy_from_slice(now);
            rest = later;
            Ok(now.len())
        });
    }
    let mut waits = waits;
    each(parts, |part| {
        // SAFETY: by the contract.
        let count = object.read(unsafe { target(part.base, part.length) }?, waits);
        waits = false;
        count
    })
}

/// Writes one part after the other; as one message where there are messages.
///
/// # Safety
/// Each part has its bytes.
pub unsafe fn write_parts(object: &dyn OpenObject, parts: &[Part], waits: bool) -> Result<usize> {
    // SAFETY: by the contract.
    let bytes = |part: &Part| unsafe { source(part.base, part.length) };
    if !object.keeps_boundaries() {
        return each(parts, |part| object.write(bytes(part)?, waits));
    }
    let length = total(parts);
    if length > MESSAGE {
        return Err(EMSGSIZE);
    }
    let mut message = Vec::with_capacity(length);
    for part in parts {
        message.extend_from_slice(bytes(part)?);
    }
    object.write(&message, waits)
}

/// The bytes of all parts.
fn total(parts: &[Part]) -> usize {
    parts.iter().fold(0, |sum, part| part.length.saturating_add(sum))
}
