use crate::{CProcess, Options};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;
use oscomp_abi::Config;
use oscomp_interfaces::{Console, Errno};
use oscomp_macros::exports;

/// C's `optarg`, `optind`, `opterr` and `optopt`, and how far the argument has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct OptionState {
    /// The argument of the last option.
    pub optarg: *mut c_char,
    /// Which argument is next; 0 begins anew.
    pub optind: c_int,
    /// Whether mistakes are reported.
    pub opterr: c_int,
    /// The option that was a mistake.
    pub optopt: c_int,
    /// Where the next option is in an argument with several; 0 at a new argument.
    position: usize,
}

/// C's `struct option`: an option with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct LongOption {
    /// Its name, without the dashes; null behind the last option.
    pub name: *const c_char,
    /// Whether it has an argument: 0 no, 1 yes, 2 perhaps.
    pub has_arg: c_int,
    /// Where the value is stored; null if it is returned.
    pub flag: *mut c_int,
    /// The value.
    pub val: c_int,
}

/// The one state, which C's variables are.
pub struct State(UnsafeCell<OptionState>);

// SAFETY: a program that calls `getopt` in several threads at once has a data race by POSIX.1-2024; it is not ours.
unsafe impl Sync for State {}
// SAFETY: what it points to is the program's.
unsafe impl Send for State {}

impl State {
    pub const fn new() -> Self {
        Self(UnsafeCell::new(OptionState {
            optarg: null_mut(),
            optind: 1,
            opterr: 1,
            optopt: 0,
            position: 0,
        }))
    }
}

/// What comes back of an option.
const NO_MORE: c_int = -1;
const MISTAKE: c_int = b'?' as c_int;
const MISSING: c_int = b':' as c_int;

/// Which options there are, and what is done where there is none.
struct Known<'a> {
    /// The letters, each with a colon behind it if it has an argument, two if perhaps.
    letters: &'a [u8],
    long: *const LongOption,
    long_index: *mut c_int,
    /// `+`: the first argument that is no option ends them. `-`: such an argument is one, of the number 1.
    order: Option<u8>,
    /// Whether what is missing is told from other mistakes, and nothing reported.
    is_quiet: bool,
}

impl<'a> Known<'a> {
    const fn new(spec: &'a [u8], long: *const LongOption, long_index: *mut c_int) -> Self {
        let (order, rest) = match spec {
            [order @ (b'+' | b'-'), rest @ ..] => (Some(*order), rest),
            _ => (None, spec),
        };
        let (is_quiet, letters) = match rest {
            [b':', letters @ ..] => (true, letters),
            _ => (false, rest),
        };
        Self { letters, long, long_index, order, is_quiet }
    }

    /// Whether a letter is an option, and how many colons are behind it.
    fn colons(&self, letter: u8) -> Option<usize> {
        let at = self.letters.iter().position(|&known| known == letter && known != b':')?;
        Some(self.letters[at + 1..].iter().take(2).take_while(|&&byte| byte == b':').count())
    }
}

/// The arguments of a program, in an order that may change.
struct Arguments {
    count: c_int,
    first: *mut *mut c_char,
}

impl Arguments {
    /// The argument of that number; none behind the last.
    fn at<'a>(&self, index: c_int) -> Option<(*mut c_char, &'a [u8])> {
        if index >= self.count {
            return None;
        }
        // SAFETY: by the contract of `getopt` there are so many arguments, each a string or null.
        unsafe {
            let argument = *self.first.offset(index as isize);
            (!argument.is_null()).then(|| (argument, CStr::from_ptr(argument).to_bytes()))
        }
    }

    /// Moves the arguments from `middle` on, up to `end`, before those from `first` on.
    fn rotate(&self, first: c_int, middle: c_int, end: c_int) {
        // SAFETY: `0 <= first <= middle <= end <= count`, which is above 0, and by the contract of `getopt` their order may change.
        let arguments = unsafe {
            core::slice::from_raw_parts_mut(self.first.offset(first as isize), (end - first) as usize)
        };
        arguments.rotate_left((middle - first) as usize);
    }
}

#[exports]
impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Where `optarg`, `optind`, `opterr` and `optopt` are.
    pub fn __getopt_state(&self) -> *mut OptionState {
        self.state.0.get()
    }

    /// The next option among the arguments (POSIX.1-2024); -1 behind the last. Arguments that are none are moved behind
    /// those that are, as in the GNU C library, unless `spec` begins with a plus sign.
    ///
    /// `?`, and a report unless `opterr` is 0, for a mistake; where `spec` begins with a colon there is no report, and
    /// `:` says that an argument is missing.
    ///
    /// # Safety
    /// There are `count` arguments, each a string or null, whose order may change; `spec` is a string.
    pub unsafe fn getopt(&self, count: c_int, arguments: *const *mut c_char, spec: *const c_char) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.getopt_long(count, arguments, spec, core::ptr::null(), null_mut()) }
    }

    /// As `getopt`, with options that have names too, behind two dashes: each its value, or 0 if that is stored; and its
    /// number at `index`, unless that is null. A name may be cut short where there is one that it can be.
    ///
    /// # Safety
    /// That of `getopt`; `long` is null or an array of options, with one of a null name behind the last; `index` is null
    /// or can be written.
    pub unsafe fn getopt_long(
        &self,
        count: c_int,
        arguments: *const *mut c_char,
        spec: *const c_char,
        long: *const LongOption,
        index: *mut c_int,
    ) -> c_int {
        // SAFETY: by the contract, and that of the state.
        let (state, spec) = unsafe { (&mut *self.state.0.get(), CStr::from_ptr(spec).to_bytes()) };
        let known = Known::new(spec, long, index);
        let arguments = Arguments { count, first: arguments.cast_mut() };
        state.optarg = null_mut();
        if state.optind <= 0 {
            (state.optind, state.position) = (1, 0);
        }
        let skipped = state.optind;
        if known.order.is_none() {
            let mut at = skipped;
            loop {
                match arguments.at(at) {
                    Some((_, [b'-', _, ..])) => break,
                    Some(_) => at += 1,
                    None => return NO_MORE,
                }
            }
            state.optind = at;
        }
        let begun = state.optind;
        let option = self.next(state, &arguments, &known);
        let taken = state.optind - begun;
        if taken > 0 && begun > skipped {
            arguments.rotate(skipped, begun, begun + taken);
        }
        state.optind = skipped + taken;
        option
    }
}

impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// The option at `optind`.
    fn next(&self, state: &mut OptionState, arguments: &Arguments, known: &Known<'_>) -> c_int {
        let Some((argument, text)) = arguments.at(state.optind) else {
            return NO_MORE;
        };
        if state.position == 0 || state.position >= text.len() {
            match text {
                b"--" => {
                    state.optind += 1;
                    return NO_MORE;
                }
                [b'-', b'-', name @ ..] if !known.long.is_null() => {
                    state.optind += 1;
                    return self.next_long(state, arguments, known, argument, name);
                }
                [b'-', _, ..] => state.position = 1,
                _ if known.order == Some(b'-') => {
                    state.optarg = argument;
                    state.optind += 1;
                    return 1;
                }
                _ => return NO_MORE,
            }
        }
        let letter = text[state.position];
        state.position += 1;
        let rest = state.position;
        if rest == text.len() {
            (state.optind, state.position) = (state.optind + 1, 0);
        }
        let has_rest = state.position > 0;
        let Some(colons) = known.colons(letter) else {
            state.optopt = letter.into();
            self.report(state, arguments, known, &[b"invalid option -- '", &[letter], b"'"]);
            return MISTAKE;
        };
        if colons > 0 && has_rest {
            // SAFETY: the argument goes on there.
            state.optarg = unsafe { argument.add(rest) };
            (state.optind, state.position) = (state.optind + 1, 0);
        } else if colons == 1 {
            let Some((argument, _)) = arguments.at(state.optind) else {
                state.optopt = letter.into();
                self.report(state, arguments, known, &[b"option requires an argument -- '", &[letter], b"'"]);
                return if known.is_quiet { MISSING } else { MISTAKE };
            };
            state.optarg = argument;
            state.optind += 1;
        }
        letter.into()
    }

    /// The option of a name, whose argument was the last that was taken.
    fn next_long(
        &self,
        state: &mut OptionState,
        arguments: &Arguments,
        known: &Known<'_>,
        argument: *mut c_char,
        text: &[u8],
    ) -> c_int {
        let end = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
        let name = &text[..end];
        let (index, option) = match find(known.long, name) {
            Found::One(index, option) => (index, option),
            other => {
                state.optopt = 0;
                if let Found::Many = other {
                    self.report(state, arguments, known, &[b"option '--", text, b"' is ambiguous"]);
                } else {
                    self.report(state, arguments, known, &[b"unrecognized option '--", name, b"'"]);
                }
                return MISTAKE;
            }
        };
        // SAFETY: `find` gives names that are strings.
        let full = unsafe { CStr::from_ptr(option.name) }.to_bytes();
        if end < text.len() {
            if option.has_arg == 0 {
                state.optopt = option.val;
                self.report(state, arguments, known, &[b"option '--", full, b"' doesn't allow an argument"]);
                return MISTAKE;
            }
            // SAFETY: two dashes, the name and the equals sign are before.
            state.optarg = unsafe { argument.add(2 + end + 1) };
        } else if option.has_arg == 1 {
            let Some((argument, _)) = arguments.at(state.optind) else {
                state.optopt = option.val;
                self.report(state, arguments, known, &[b"option '--", full, b"' requires an argument"]);
                return if known.is_quiet { MISSING } else { MISTAKE };
            };
            state.optarg = argument;
            state.optind += 1;
        }
        // SAFETY: by the contract of `getopt_long`, and of the option.
        unsafe {
            if !known.long_index.is_null() {
                known.long_index.write(index);
            }
            if option.flag.is_null() {
                option.val
            } else {
                option.flag.write(option.val);
                0
            }
        }
    }

    /// Reports a mistake as the program's.
    fn report(&self, state: &OptionState, arguments: &Arguments, known: &Known<'_>, text: &[&[u8]]) {
        if state.opterr == 0 || known.is_quiet {
            return;
        }
        self.reports.write(arguments.at(0).map_or(b"", |(_, name)| name));
        self.reports.write(b": ");
        for part in text {
            self.reports.write(part);
        }
        self.reports.write(b"\n");
    }
}

/// What a name may stand for.
enum Found {
    Nothing,
    One(c_int, LongOption),
    Many,
}

/// The option of that name, or the one that begins with it. Several that do the same are as good as one.
fn find(options: *const LongOption, name: &[u8]) -> Found {
    let mut found = Found::Nothing;
    for index in 0.. {
        // SAFETY: by the contract of `getopt_long` there is an option as long as none had a null name.
        let option = unsafe { *options.offset(index as isize) };
        if option.name.is_null() {
            break;
        }
        // SAFETY: by the contract of `getopt_long`.
        let full = unsafe { CStr::from_ptr(option.name) }.to_bytes();
        if full == name {
            return Found::One(index, option);
        }
        if full.starts_with(name) {
            found = match found {
                Found::Nothing => Found::One(index, option),
                Found::One(first, other)
                    if (other.has_arg, other.flag, other.val)
                        == (option.has_arg, option.flag, option.val) =>
                {
                    Found::One(first, other)
                }
                _ => Found::Many,
            };
        }
    }
    found
}
