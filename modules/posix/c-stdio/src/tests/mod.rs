extern crate std;

mod list;
mod model;
mod world;

use super::*;
use core::ffi::c_void;
use list::List;
use oscomp_c_abi::numbers::{EBADF, EEXIST, EINVAL, EMFILE, ENOENT, ENOSPC, ESPIPE};
use oscomp_interfaces::{errno, set_errno};
use std::boxed::Box;
use std::string::String;
use std::vec;
use std::vec::Vec;
use world::World;

#[derive(Clone, Copy)]
struct Small;

impl Config<Options> for Small {
    const OPTIONS: Options = Options { buffer: Bytes(16), streams: 2 };
}

type Stdio = CStdio<&'static World, &'static World, Small>;

fn start() -> (&'static World, &'static Stdio) {
    let world: &'static World = Box::leak(Box::default());
    (world, Box::leak(Box::new(CStdio::start(world, world).unwrap())))
}

impl Stdio {
    fn opened(&self, path: &CStr, mode: &CStr) -> *mut File {
        // SAFETY: both are strings.
        unsafe { self.fopen(path.as_ptr(), mode.as_ptr()) }
    }

    fn put(&self, file: *mut File, text: &[u8]) -> usize {
        // SAFETY: `file` is a stream in all these tests.
        unsafe { self.fwrite(text.as_ptr().cast(), 1, text.len(), file) }
    }

    fn take(&self, file: *mut File, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; most];
        // SAFETY: `file` is a stream in all these tests.
        let count = unsafe { self.fread(bytes.as_mut_ptr().cast(), 1, most, file) };
        bytes.truncate(count);
        bytes
    }

    fn line(&self, file: *mut File, size: usize) -> Option<String> {
        let mut bytes = vec![0x55_u8; size];
        // SAFETY: `file` is a stream in all these tests, and the array has that size.
        let line = unsafe { self.fgets(bytes.as_mut_ptr().cast(), c_int::try_from(size).unwrap(), file) };
        (!line.is_null()).then(|| CStr::from_bytes_until_nul(&bytes).unwrap().to_str().unwrap().into())
    }
}

#[test]
fn a_terminal_gets_lines_and_errors_at_once() {
    let (world, stdio) = start();
    let [out, err] = [1, 2].map(|descriptor| stdio.__stdio_stream(descriptor));
    // SAFETY: the arguments are those of the formats.
    unsafe {
        assert_eq!(stdio.printf(c"%d and ".as_ptr(), List::new(&[7]).list()), 6);
        assert_eq!(world.writes(), []);
        let text = c"two\nthr";
        assert_eq!(stdio.printf(c"%s".as_ptr(), List::new(&[text.as_ptr() as u64]).list()), 7);
        assert_eq!(world.writes(), [(1, "7 and two\n".into())]);
        assert_eq!(stdio.fprintf(err, c"%d%%%x".as_ptr(), List::new(&[10, 255]).list()), 5);
        assert_eq!(world.writes(), [(2, "10%ff".into())]);
        assert_eq!(stdio.fputs(c"ee".as_ptr(), out), 0);
        assert_eq!(stdio.puts(c"".as_ptr()), 0);
        assert_eq!(world.writes().concat(), "three\n");
        assert_eq!(stdio.putchar(0x141), 0x41);
    }
    stdio.stop();
    assert_eq!(world.writes(), [(1, "A".into())]);
    assert!(stdio.__stdio_stream(3).is_null() && stdio.__stdio_stream(-1).is_null());
}

trait Concat {
    fn concat(self) -> String;
}

impl Concat for Vec<(c_int, String)> {
    fn concat(self) -> String {
        self.into_iter().map(|(_, text)| text).collect()
    }
}

#[test]
fn what_is_no_terminal_gets_full_buffers() {
    let (world, stdio) = start();
    world.make_files();
    // SAFETY: the arguments are those of the formats.
    unsafe {
        assert_eq!(stdio.printf(c"line\n%9d".as_ptr(), List::new(&[5]).list()), 14);
        assert_eq!(world.writes(), []);
        assert_eq!(stdio.printf(c"%9d".as_ptr(), List::new(&[6]).list()), 9);
        assert_eq!(world.writes(), [(1, "line\n        5".into())]);
        assert_eq!(stdio.fflush(ptr::null_mut()), 0);
        assert_eq!(world.writes(), [(1, "        6".into())]);
        assert_eq!(
            stdio.printf(c"%s".as_ptr(), List::new(&[c"longer than the buffer".as_ptr() as u64]).list()),
            22
        );
    }
    assert_eq!(world.writes(), [(1, "longer than the buffer".into())]);
}

#[test]
fn a_question_is_seen_before_the_answer_is_waited_for() {
    let (world, stdio) = start();
    let input = stdio.__stdio_stream(0);
    world.types(&["Ada\nmore\n", "41 x"]);
    // SAFETY: the arguments are those of the formats.
    unsafe {
        stdio.printf(c"name? ".as_ptr(), List::new(&[]).list());
        assert_eq!(stdio.line(input, 20).as_deref(), Some("Ada\n"));
        assert_eq!(world.writes(), [(1, "name? ".into()), (0, "Ada\nmore\n".into())]);
        stdio.printf(c"age? ".as_ptr(), List::new(&[]).list());
        assert_eq!(stdio.line(input, 4).as_deref(), Some("mor"));
        assert_eq!(world.writes(), [], "nothing had to be waited for");
        assert_eq!(stdio.getchar(), i32::from(b'e'));
        let mut age = 0_i32;
        assert_eq!(stdio.scanf(c"%d".as_ptr(), List::new(&[(&raw mut age) as u64]).list()), 1);
        assert_eq!((age, stdio.getchar(), stdio.getchar()), (41, i32::from(b' '), i32::from(b'x')));
        assert_eq!((stdio.getchar(), stdio.feof(input)), (EOF, 1));
        assert_eq!(stdio.scanf(c"%d".as_ptr(), List::new(&[(&raw mut age) as u64]).list()), EOF);
        world.types(&["late"]);
        assert_eq!(stdio.getchar(), EOF, "the end stays");
        stdio.clearerr(input);
        assert_eq!(stdio.getchar(), i32::from(b'l'));
        assert_eq!((stdio.fseek(input, 0, 0), errno(world)), (-1, ESPIPE));
        assert_eq!((stdio.fflush(input), stdio.getchar()), (0, i32::from(b'a')));
    }
}

#[test]
fn modes_are_those_of_iso_c() {
    let (world, stdio) = start();
    let fails = |path, mode| {
        assert!(stdio.opened(path, mode).is_null());
        errno(world)
    };
    assert_eq!(fails(c"a", c"r"), ENOENT);
    assert_eq!(fails(c"a", c"r+"), ENOENT);
    assert_eq!(fails(c"a", c""), EINVAL);
    assert_eq!(fails(c"a", c"+r"), EINVAL);
    let file = stdio.opened(c"a", c"w");
    assert_eq!(stdio.put(file, b"first"), 5);
    assert_eq!((stdio.take(file, 1), errno(world)), (vec![], EBADF));
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!((stdio.ferror(file), stdio.ftell(file), stdio.fclose(file)), (1, 5, 0));
    }
    assert_eq!(fails(c"a", c"wx"), EEXIST);
    let file = stdio.opened(c"a", c"ab");
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!(stdio.ftell(file), 5);
        stdio.rewind(file);
        assert_eq!(stdio.put(file, b" more"), 5);
        assert_eq!((stdio.ftell(file), stdio.fclose(file)), (10, 0));
    }
    let file = stdio.opened(c"a", c"rb+");
    assert_eq!(stdio.take(file, 100), b"first more");
    assert_eq!(stdio.put(file, b"!"), 1);
    let second = stdio.opened(c"a", c"r");
    assert_eq!((stdio.put(second, b"?"), errno(world)), (0, EBADF));
    assert_eq!(fails(c"b", c"w"), EMFILE);
    assert!(!world.exists(b"b"));
    // SAFETY: both are streams.
    unsafe {
        assert_eq!((stdio.fclose(second), stdio.fclose(file)), (0, 0));
        assert_eq!(world.content(b"a"), b"first more!");
        assert_eq!(stdio.fclose(stdio.opened(c"a", c"w+")), 0);
    }
    assert_eq!(world.content(b"a"), b"");
    assert_eq!(world.open_descriptors(), 3);
}

#[test]
fn an_error_is_told_and_the_file_is_closed_all_the_same() {
    let (world, stdio) = start();
    let file = stdio.opened(c"a", c"w");
    world.limit(20);
    assert_eq!(stdio.put(file, &[b'x'; 10]), 10);
    assert_eq!(stdio.put(file, &[b'y'; 10]), 10);
    assert_eq!((stdio.put(file, &[b'z'; 10]), errno(world)), (10, 0));
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!((stdio.ferror(file), stdio.fflush(file), errno(world)), (0, EOF, ENOSPC));
        assert_eq!(stdio.ferror(file), 1);
        stdio.clearerr(file);
        assert_eq!((stdio.ferror(file), stdio.fflush(file)), (0, 0));
        assert_eq!(stdio.fputc(1, file), 1);
        assert_eq!(stdio.fclose(file), EOF);
    }
    assert_eq!(world.open_descriptors(), 3);
    assert_eq!(world.content(b"a").len(), 20);
    let file = stdio.opened(c"a", c"w");
    // SAFETY: `file` is a stream, and the arguments are those of the format.
    unsafe {
        assert_eq!(stdio.setvbuf(file, ptr::null_mut(), 2, 0), 0);
        world.limit(3);
        assert_eq!(
            (stdio.fprintf(file, c"%d".as_ptr(), List::new(&[12345]).list()), errno(world)),
            (-1, ENOSPC)
        );
        assert_eq!((stdio.put(file, b"12"), stdio.ferror(file), stdio.fclose(file)), (0, 1, 0));
    }
    assert_eq!(world.content(b"a"), b"123");
}

#[test]
fn bytes_can_be_given_back() {
    let (world, stdio) = start();
    world.create(b"a", b"abc");
    let file = stdio.opened(c"a", c"r");
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!(stdio.ungetc(EOF, file), EOF);
        assert_eq!(stdio.take(file, 10), b"abc");
        assert_eq!(stdio.feof(file), 1);
        assert_eq!((stdio.ungetc(i32::from(b'c'), file), stdio.feof(file), stdio.ftell(file)), (99, 0, 2));
        for byte in 0..8 {
            assert_eq!(stdio.ungetc(byte, file), byte);
        }
        assert_eq!(stdio.ungetc(8, file), EOF);
        assert_eq!(stdio.take(file, 20), [7, 6, 5, 4, 3, 2, 1, 0, b'c']);
        assert_eq!((stdio.ungetc(0x1ff, file), stdio.fgetc(file)), (0xff, 0xff));
        assert_eq!(stdio.ungetc(1, file), 1);
        assert_eq!((stdio.fseek(file, -1, 1), stdio.getc(file)), (0, i32::from(b'b')));
        let write_only = stdio.opened(c"b", c"w");
        assert_eq!((stdio.ungetc(1, write_only), errno(world)), (EOF, EBADF));
    }
}

#[test]
fn positions_come_back() {
    let (world, stdio) = start();
    world.create(b"a", b"0123456789abcdefghijklmnopqrstuvwxyz");
    let file = stdio.opened(c"a", c"r+");
    let mut position = position::Position { at: 0, state: 0 };
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!(stdio.take(file, 3), b"012");
        assert_eq!((stdio.fgetpos(file, &raw mut position), stdio.ftello(file)), (0, 3));
        assert_eq!(stdio.take(file, 30).len(), 30);
        assert_eq!(stdio.fsetpos(file, &raw const position), 0);
        assert_eq!(stdio.take(file, 2), b"34");
        assert_eq!((stdio.fseek(file, -3, 2), stdio.take(file, 9)), (0, b"xyz".to_vec()));
        assert_eq!((stdio.fseeko(file, -1, 0), errno(world)), (-1, EINVAL));
        assert_eq!((stdio.fseek(file, 0, 9), errno(world)), (-1, EINVAL));
        assert_eq!(stdio.feof(file), 1);
        stdio.rewind(file);
        assert_eq!((stdio.feof(file), stdio.fgetc(file), stdio.put(file, b"-")), (0, i32::from(b'0'), 1));
        assert_eq!((stdio.fgetc(file), stdio.fflush(file)), (i32::from(b'2'), 0));
        assert_eq!(world.position(stdio.fileno(file)), 3, "as POSIX has it for who shares the descriptor");
        assert_eq!(stdio.fclose(file), 0);
    }
    assert_eq!(&world.content(b"a")[..4], b"0-23");
}

#[test]
fn a_stream_can_be_made_of_a_descriptor_and_change_its_file() {
    let (world, stdio) = start();
    let out = stdio.__stdio_stream(1);
    // SAFETY: what are streams are streams, and what are strings are strings.
    unsafe {
        assert!(stdio.fdopen(9, c"w".as_ptr()).is_null());
        assert_eq!(errno(world), EBADF);
        assert!(stdio.fdopen(1, c"q".as_ptr()).is_null());
        assert_eq!(errno(world), EINVAL);
        let file = stdio.fdopen(2, c"w".as_ptr());
        assert_eq!(
            (stdio.fileno(file), stdio.put(file, b"x\n"), world.writes()),
            (2, 2, vec![(2, "x\n".into())])
        );
        stdio.printf(c"before".as_ptr(), List::new(&[]).list());
        assert_eq!(stdio.freopen(c"log".as_ptr(), c"w".as_ptr(), out), out);
        assert_eq!(world.writes(), [(1, "before".into())]);
        assert_eq!(stdio.fileno(out), 1, "the lowest free descriptor");
        stdio.printf(c"behind\n".as_ptr(), List::new(&[]).list());
        assert_eq!(stdio.fflush(out), 0);
        assert_eq!(world.content(b"log"), b"behind\n");
        assert!(stdio.freopen(c"none".as_ptr(), c"r".as_ptr(), out).is_null());
        assert_eq!((errno(world), stdio.fileno(out), stdio.puts(c"x".as_ptr())), (ENOENT, -1, EOF));
        assert_eq!(errno(world), EBADF);
        assert!(stdio.freopen(ptr::null(), c"r".as_ptr(), file).is_null());
        assert_eq!(stdio.fclose(stdio.__stdio_stream(0)), 0);
        assert_eq!(stdio.fclose(stdio.__stdio_stream(0)), EOF);
        assert_eq!((stdio.getchar(), errno(world)), (EOF, EBADF));
        // Who opens a file does not get what `stdin` stands for.
        let files = [stdio.opened(c"log", c"r"), stdio.opened(c"log", c"r")];
        assert!(!files.contains(&stdio.__stdio_stream(0)) && !files.contains(&ptr::null_mut()));
        assert!(stdio.opened(c"log", c"r").is_null());
    }
}

#[test]
fn buffers_can_be_set() {
    let (world, stdio) = start();
    let file = stdio.opened(c"a", c"w+");
    let mut array = [0; 64];
    // SAFETY: `file` is a stream.
    unsafe {
        assert_eq!((stdio.setvbuf(file, ptr::null_mut(), 3, 0), errno(world)), (-1, EINVAL));
        assert_eq!(stdio.setvbuf(file, array.as_mut_ptr(), 1, 64), 0);
        stdio.fputs(c"one\ntwo".as_ptr(), file);
        assert_eq!(world.content(b"a"), b"one\n");
        stdio.setbuf(file, ptr::null_mut());
        assert_eq!(world.content(b"a"), b"one\ntwo");
        stdio.fputc(i32::from(b'!'), file);
        assert_eq!(world.content(b"a"), b"one\ntwo!");
        stdio.setbuf(file, array.as_mut_ptr());
        assert_eq!(stdio.put(file, &[b'.'; 1000]), 1000);
        assert_eq!(world.content(b"a").len(), 8);
        assert_eq!((stdio.fclose(file), world.content(b"a").len()), (0, 1008));
    }
}

#[test]
fn arrays_have_whole_members() {
    let (world, stdio) = start();
    world.create(b"a", b"0123456789");
    let file = stdio.opened(c"a", c"r+");
    let mut array = [0_u8; 16];
    // SAFETY: `file` is a stream, and the array has as many bytes.
    unsafe {
        let at = array.as_mut_ptr().cast::<c_void>();
        assert_eq!(stdio.fread(at, 0, 5, file), 0);
        assert_eq!(stdio.fread(at, 5, 0, file), 0);
        assert_eq!(stdio.fread(at, usize::MAX, 2, file), 0);
        assert_eq!((stdio.fread(at, 4, 4, file), stdio.feof(file), errno(world)), (2, 1, 0));
        assert_eq!(&array[..10], b"0123456789");
        assert_eq!((stdio.fwrite(at, 4, 0, file), stdio.fwrite(at, 3, 2, file)), (0, 2));
        assert_eq!(stdio.fclose(file), 0);
    }
    assert_eq!(world.content(b"a"), b"0123456789012345");
}

#[test]
fn lines_fit_their_arrays() {
    let (world, stdio) = start();
    world.create(b"a", b"abcdef\n\nlast");
    let file = stdio.opened(c"a", c"r");
    for (size, line) in [(0, None), (1, Some("")), (4, Some("abc")), (20, Some("def\n")), (2, Some("\n"))] {
        assert_eq!(stdio.line(file, size).as_deref(), line);
    }
    assert_eq!(stdio.line(file, 50).as_deref(), Some("last"));
    assert_eq!(stdio.line(file, 50), None);
    world.fail_reads();
    // SAFETY: `file` is a stream.
    unsafe { stdio.rewind(file) };
    assert_eq!(stdio.line(file, 50), None);
    // SAFETY: `file` is a stream.
    assert_eq!(unsafe { (stdio.ferror(file), stdio.feof(file)) }, (1, 0));
}

#[test]
fn formats_reach_arrays_and_descriptors() {
    let (world, stdio) = start();
    let mut array = [b'#'; 12];
    let half = 0.5_f64.to_bits();
    // SAFETY: the arguments are those of the formats, and the array has room.
    unsafe {
        let at = array.as_mut_ptr().cast::<c_char>();
        let text = |array: &[u8]| {
            String::from_utf8_lossy(array.split(|byte| *byte == 0).next().unwrap()).into_owned()
        };
        assert_eq!(stdio.sprintf(at, c"%g-%d".as_ptr(), List::new(&[half, 3]).list()), 5);
        assert_eq!(text(&array), "0.5-3");
        assert_eq!(stdio.snprintf(at, 4, c"%d".as_ptr(), List::new(&[123_456]).list()), 6);
        assert_eq!((text(&array), array[4]), ("123".into(), b'3'));
        assert_eq!(stdio.snprintf(ptr::null_mut(), 0, c"%d".as_ptr(), List::new(&[123_456]).list()), 6);
        assert_eq!(
            (stdio.snprintf(at, 4, c"%!".as_ptr(), List::new(&[]).list()), errno(world)),
            (-1, EINVAL)
        );
        let long = c"a text that does not fit in one piece of those that are gathered: ";
        let arguments = [long.as_ptr() as u64; 5];
        assert_eq!(stdio.dprintf(2, c"%s%s%s%s%s".as_ptr(), List::new(&arguments).list()), 330);
        let writes = world.writes();
        assert_eq!((writes.len(), writes.concat().len()), (2, 330));
        assert_eq!((stdio.dprintf(7, c"x".as_ptr(), List::new(&[]).list()), errno(world)), (-1, EBADF));
        let (mut number, mut double) = (0_i32, 0_f64);
        let mut list = List::new(&[(&raw mut number) as u64, (&raw mut double) as u64]);
        assert_eq!(stdio.sscanf(c"12 -2.5e1".as_ptr(), c"%d %lf".as_ptr(), list.list()), 2);
        assert_eq!((number, double), (12, -25.0));
    }
}

#[test]
fn scanning_a_stream_leaves_what_does_not_belong_to_it() {
    let (world, stdio) = start();
    world.create(b"a", b"12345678901234567890123,word 7\n");
    let file = stdio.opened(c"a", c"r");
    let (mut first, mut second, mut word) = (0_u64, 0_u64, [0_u8; 8]);
    // SAFETY: the arguments are those of the formats.
    unsafe {
        let mut list = List::new(&[(&raw mut first) as u64, (&raw mut second) as u64]);
        assert_eq!(stdio.fscanf(file, c"%18lu%lu".as_ptr(), list.list()), 2);
        assert_eq!((first, second, stdio.ftell(file)), (123_456_789_012_345_678, 90123, 23));
        let mut list = List::new(&[word.as_mut_ptr() as u64]);
        assert_eq!(stdio.fscanf(file, c",%7[a-z]".as_ptr(), list.list()), 1);
        assert_eq!((&word, stdio.ftell(file)), (b"word\0\0\0\0", 28));
        assert_eq!(stdio.take(file, 9), b" 7\n");
    }
}

#[test]
fn an_error_has_a_text() {
    let (world, stdio) = start();
    for (number, text, expected) in [
        (ENOENT, c"open", "open: No such file or directory\n"),
        (ENOENT, c"", "No such file or directory\n"),
        (4711, c"x", "x: Unknown error 4711\n"),
    ] {
        set_errno(world, number);
        // SAFETY: it is a string.
        unsafe { stdio.perror(text.as_ptr()) };
        assert_eq!((world.writes(), errno(world)), (vec![(2, expected.into())], number));
    }
    set_errno(world, EINVAL);
    // SAFETY: null is allowed.
    unsafe { stdio.perror(ptr::null()) };
    assert_eq!(world.writes().concat(), "Invalid argument\n");
}

#[test]
fn files_are_removed_and_renamed() {
    let (world, stdio) = start();
    world.create(b"a", b"x");
    // SAFETY: these are strings.
    unsafe {
        assert_eq!(stdio.rename(c"a".as_ptr(), c"b".as_ptr()), 0);
        assert_eq!((stdio.rename(c"a".as_ptr(), c"b".as_ptr()), errno(world)), (-1, ENOENT));
        assert_eq!((world.content(b"b"), stdio.remove(c"b".as_ptr())), (b"x".to_vec(), 0));
        assert_eq!((stdio.remove(c"b".as_ptr()), errno(world)), (-1, ENOENT));
    }
}

#[test]
fn flushing_all_waits_for_no_input() {
    let (world, stdio) = start();
    // SAFETY: it is a stream.
    let _waits = unsafe { lock(stdio.__stdio_stream(0)) };
    // SAFETY: the arguments are those of the format.
    unsafe { stdio.printf(c"x".as_ptr(), List::new(&[]).list()) };
    // SAFETY: null is allowed.
    assert_eq!(unsafe { stdio.fflush(ptr::null_mut()) }, 0);
    stdio.stop();
    assert_eq!(world.writes().concat(), "x");
}
