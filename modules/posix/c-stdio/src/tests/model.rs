//! A stream against what it stands for: bytes, a position, and bytes that were given back.

use super::start;
use super::std::ffi::CString;
use super::std::string::String;
use super::std::vec;
use super::std::vec::Vec;
use core::ffi::{CStr, c_int};
use core::ptr;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Write(Vec<u8>),
    Print(String),
    Read(usize),
    Get,
    Line(usize),
    GiveBack(u8),
    Seek(i64, c_int),
    Position,
    Flush,
    Buffer(c_int, usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 1..40);
    prop_oneof![
        3 => bytes.prop_map(Step::Write),
        1 => "[a-z\n]{0,25}".prop_map(Step::Print),
        3 => (1..40_usize).prop_map(Step::Read),
        3 => Just(Step::Get),
        2 => (2..30_usize).prop_map(Step::Line),
        2 => any::<u8>().prop_map(Step::GiveBack),
        2 => (-30..60_i64, 0..3_i32).prop_map(|(offset, whence)| Step::Seek(offset, whence)),
        2 => Just(Step::Position),
        1 => Just(Step::Flush),
        1 => (0..3_i32, 0..40_usize).prop_map(|(mode, size)| Step::Buffer(mode, size)),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    content: Vec<u8>,
    /// Of the next byte of the content.
    at: usize,
    given_back: Vec<u8>,
    is_at_end: bool,
    appends: bool,
}

impl Model {
    fn get(&mut self) -> Option<u8> {
        if let Some(byte) = self.given_back.pop() {
            return Some(byte);
        }
        // The end stays the end.
        let byte = self.content.get(self.at).filter(|_| !self.is_at_end).copied();
        self.at += usize::from(byte.is_some());
        self.is_at_end |= byte.is_none();
        byte
    }

    fn read(&mut self, most: usize) -> Vec<u8> {
        core::iter::from_fn(|| self.get()).take(most).collect()
    }

    fn line(&mut self, most: usize) -> Vec<u8> {
        let mut line = vec![];
        while line.len() < most
            && line.last() != Some(&b'\n')
            && let Some(byte) = self.get()
        {
            line.push(byte);
        }
        line
    }

    /// Bytes that were given back are as if they had not been read.
    fn settle(&mut self) {
        self.at -= self.given_back.len();
        self.given_back.clear();
    }

    fn write(&mut self, bytes: &[u8]) {
        self.settle();
        if self.appends {
            self.at = self.content.len();
        }
        let end = self.at + bytes.len();
        self.content.resize(self.content.len().max(end), 0);
        self.content[self.at..end].copy_from_slice(bytes);
        self.at = end;
    }

    fn position(&self) -> usize {
        self.at - self.given_back.len()
    }

    fn seek(&mut self, offset: i64, whence: c_int) -> bool {
        let base = [0, self.position(), self.content.len()][usize::try_from(whence).unwrap()];
        let Some(to) = base.checked_add_signed(isize::try_from(offset).unwrap()) else { return false };
        *self = Self { at: to, given_back: vec![], is_at_end: false, ..core::mem::take(self) };
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_stream_is_its_file(
        steps in prop::collection::vec(step(), 1..40),
        parts in prop::collection::vec(0..30_usize, 0..60),
        appends: bool,
    ) {
        let (world, stdio) = start();
        world.do_parts(&parts);
        let mut file = stdio.opened(c"f", if appends { c"a+" } else { c"w+" });
        let mut model = Model { appends, ..Model::default() };
        for step in steps {
            // SAFETY: `file` is a stream, and arrays are as large as is said.
            unsafe {
                match &step {
                    Step::Write(bytes) => {
                        prop_assert_eq!(stdio.put(file, bytes), bytes.len());
                        model.write(bytes);
                    }
                    Step::Print(text) => {
                        let text = CString::new(text.as_str()).unwrap();
                        let mut list = super::List::new(&[text.as_ptr() as u64]);
                        let length = text.as_bytes().len();
                        let printed = stdio.fprintf(file, c"<%s>".as_ptr(), list.list());
                        prop_assert_eq!(usize::try_from(printed).unwrap(), length + 2);
                        model.write(&[b"<", text.as_bytes(), b">"].concat());
                    }
                    Step::Read(most) => {
                        prop_assert_eq!(stdio.take(file, *most), model.read(*most));
                    }
                    Step::Get => {
                        prop_assert_eq!(stdio.fgetc(file), model.get().map_or(-1, c_int::from));
                    }
                    Step::Line(size) => {
                        let mut line = vec![0x55_u8; *size];
                        let length = c_int::try_from(*size).unwrap();
                        let is_null = stdio.fgets(line.as_mut_ptr().cast(), length, file).is_null();
                        let expected = model.line(size - 1);
                        prop_assert_eq!(is_null, expected.is_empty());
                        if !is_null {
                            prop_assert_eq!(&line[..expected.len()], &expected);
                            prop_assert_eq!(line[expected.len()], 0);
                        }
                    }
                    Step::GiveBack(byte) => {
                        if model.given_back.len() < model.at.min(8) {
                            prop_assert_eq!(stdio.ungetc(c_int::from(*byte), file), c_int::from(*byte));
                            model.given_back.push(*byte);
                            model.is_at_end = false;
                        }
                    }
                    Step::Seek(offset, whence) => {
                        let is_there = stdio.fseek(file, *offset, *whence) == 0;
                        prop_assert_eq!(is_there, model.seek(*offset, *whence));
                    }
                    Step::Position => {
                        prop_assert_eq!(usize::try_from(stdio.ftell(file)).unwrap(), model.position());
                    }
                    Step::Flush => {
                        prop_assert_eq!(stdio.fflush(file), 0);
                        model.settle();
                        prop_assert_eq!(&world.content(b"f"), &model.content);
                    }
                    Step::Buffer(mode, size) => {
                        prop_assert_eq!(stdio.setvbuf(file, ptr::null_mut(), *mode, *size), 0);
                        model.settle();
                    }
                    Step::Reopen => {
                        let mode: &CStr = if appends { c"a+" } else { c"r+" };
                        prop_assert_eq!(stdio.fclose(file), 0);
                        prop_assert_eq!(&world.content(b"f"), &model.content);
                        file = stdio.opened(c"f", mode);
                        model = Model { content: model.content, appends, ..Model::default() };
                    }
                }
                prop_assert_eq!(stdio.feof(file) != 0, model.is_at_end, "{:?}", step);
                prop_assert_eq!(stdio.ferror(file), 0);
            }
        }
        // SAFETY: `file` is a stream.
        prop_assert_eq!(unsafe { stdio.fclose(file) }, 0);
        prop_assert_eq!(world.content(b"f"), model.content);
    }
}
