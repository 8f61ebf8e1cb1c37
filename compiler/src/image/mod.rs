//! From the linked file to the image: nothing in it that the machine does not load.
//!
//! Pure: bytes in, bytes out; the same bytes for the same bytes.

mod elf;
mod linked;
mod names;
mod pack;
mod red_zone;
#[cfg(test)]
pub mod sample;

use elf::EM_X86_64;
use linked::Linked;
use oscomp_lang::signature::Environment;
use std::fmt;

/// What became of a linked file.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// The file to run.
    pub bytes: Vec<u8>,
    /// Bytes of it that are loaded: text, constants, initialised data, function names.
    pub loaded: u64,
    /// The first address behind what does not start as zeroes.
    pub initialised: u64,
    /// The first address that it takes once it is loaded.
    pub start: u64,
    /// Bytes of memory that it takes from there, with everything that starts as zeroes.
    pub memory: u64,
    /// How many function names it carries.
    pub names: usize,
    /// Functions that keep data below the stack pointer. Harmless where every exception has a stack of
    /// its own, as on the x86-64 platforms, and worth knowing everywhere else.
    pub red_zone: Vec<String>,
}

impl Image {
    /// The image as a loader that does not read ELF wants it.
    ///
    /// # Errors
    /// When it is not an image that [`finish`] has made.
    pub fn flat(&self) -> Result<Vec<u8>, ImageError> {
        Ok(pack::flat(&Linked::read(&self.bytes)?, self.initialised))
    }
}

/// Why a linked file cannot become an image.
#[derive(Debug, PartialEq, Eq)]
pub enum ImageError {
    /// The file is not what the linker should have written.
    Malformed(String),
    /// A bare-metal image that no loader would recognise.
    NoEntryNote,
}

impl fmt::Display for ImageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(problem) => {
                write!(out, "the linked file is not a 64-bit ELF executable: {problem}")
            }
            Self::NoEntryNote => {
                out.write_str("the linked file has no PVH entry: the platform's `entry!` is missing")
            }
        }
    }
}

impl std::error::Error for ImageError {}

impl From<object::Error> for ImageError {
    fn from(error: object::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// Makes the image of what the linker wrote, unstripped.
///
/// A program of the host stays as it is: its loader wants what the host's linker made.
///
/// # Errors
/// When the file is not an executable, or a bare-metal one without an entry.
pub fn finish(file: &[u8], environment: Environment) -> Result<Image, ImageError> {
    let linked = Linked::read(file)?;
    match environment {
        Environment::Hosted => Ok(Image {
            bytes: file.to_vec(),
            loaded: linked.loaded(),
            initialised: linked.initialised(),
            start: linked.start(),
            memory: linked.memory(),
            names: 0,
            red_zone: Vec::new(),
        }),
        Environment::BareMetal => {
            // Elsewhere the loader goes by the entry of the file.
            if linked.machine == EM_X86_64 && !linked.has_entry_note() {
                return Err(ImageError::NoEntryNote);
            }
            let red_zone = red_zone::scan(&linked);
            let table = linked.names_header.map(|header| (header, names::table(&linked)));
            let names = table.as_ref().map_or(0, |(_, table)| table.count);
            let packed = pack::pack(&linked, table.map(|(header, table)| (header, table.bytes)));
            Ok(Image {
                bytes: packed.bytes,
                loaded: packed.loaded,
                initialised: linked.initialised(),
                start: linked.start(),
                memory: packed.memory,
                names,
                red_zone,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample::Sample;

    #[test]
    fn an_image_is_made_without_symbols_and_sections() {
        let file = Sample::default().file();
        let image = finish(&file, Environment::BareMetal).unwrap();
        assert!(image.bytes.len() < file.len());
        let again = Linked::read(&image.bytes).unwrap();
        assert!(again.functions.is_empty());
        assert!(again.has_entry_note());
        assert_eq!(image, finish(&file, Environment::BareMetal).unwrap());
    }

    #[test]
    fn a_file_without_an_entry_is_refused() {
        let file = Sample { note: false, ..Sample::default() }.file();
        assert_eq!(finish(&file, Environment::BareMetal), Err(ImageError::NoEntryNote));
        assert!(finish(&file, Environment::Hosted).is_ok());
    }

    #[test]
    fn what_is_not_an_executable_is_refused() {
        let file = Sample::default().file();
        for bytes in [&b"#!/bin/sh\n"[..], &[], &file[..40]] {
            assert!(matches!(finish(bytes, Environment::BareMetal), Err(ImageError::Malformed(_))));
        }
    }

    #[test]
    fn a_program_of_the_host_stays_as_it_is() {
        let file = Sample::default().file();
        assert_eq!(finish(&file, Environment::Hosted).unwrap().bytes, file);
    }
}
