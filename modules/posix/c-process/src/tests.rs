extern crate std;

use super::*;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::ffi::{CStr, c_char};
use core::sync::atomic::Ordering;
use oscomp_abi::AmbientTag;
use oscomp_c_abi::numbers::{EINVAL, ENAMETOOLONG, ENOSYS};
use oscomp_interfaces::errno;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[derive(Clone, Copy)]
struct Numbers;

impl Errno for Numbers {
    fn cell(self) -> &'static AtomicI32 {
        std::thread_local!(static CELL: &'static AtomicI32 = Box::leak(Box::default()));
        CELL.with(|cell| *cell)
    }
}

/// A console that keeps what is written.
#[derive(Clone, Copy)]
struct Paper(&'static Mutex<Vec<u8>>);

impl Console for Paper {
    fn write(self, bytes: &[u8]) {
        self.0.lock().extend_from_slice(bytes);
    }

    fn read(self, _: &mut [u8]) -> usize {
        0
    }
}

#[derive(Clone, Copy)]
struct Set;

impl Config<Options> for Set {
    const OPTIONS: Options =
        Options { environment: &["HOME=/home", "EMPTY=", "EQUALS=a=b"], host_name: "printer" };
}

type Process = CProcess<Numbers, Paper, Set>;

/// What the process ends, which hands its status to the test.
#[derive(Clone, Copy)]
struct Machine;

impl AmbientTag for Machine {
    const TAG: Self = Self;
}

impl PowerOff for Machine {
    fn power_off(self, status: u8) -> ! {
        resume_unwind(Box::new(status))
    }
}

oscomp_interfaces::install_power_off!(item Machine, true, oscomp_interfaces::power);

fn start() -> &'static Process {
    let paper = Paper(Box::leak(Box::default()));
    Box::leak(Box::new(Process::start(Numbers, paper).unwrap()))
}

fn written(process: &Process) -> String {
    String::from_utf8(core::mem::take(&mut *process.reports.0.lock())).unwrap()
}

/// What a call left in `errno`, which is 0 again afterwards.
fn error() -> c_int {
    let number = errno(Numbers);
    Numbers.cell().store(0, Ordering::Relaxed);
    number
}

/// The status that the machine ends with.
fn ends(act: impl FnOnce()) -> u8 {
    *catch_unwind(AssertUnwindSafe(act)).unwrap_err().downcast().unwrap()
}

std::thread_local! {
    /// The process of the test, for functions that C would call.
    static PROCESS: Cell<Option<&'static Process>> = const { Cell::new(None) };
    static CALLS: RefCell<Vec<c_int>> = const { RefCell::new(Vec::new()) };
}

fn process() -> &'static Process {
    PROCESS.get().unwrap()
}

fn call(number: c_int) {
    CALLS.with_borrow_mut(|calls| calls.push(number));
}

fn calls() -> Vec<c_int> {
    CALLS.take()
}

fn run(process: &'static Process, main: oscomp_interfaces::Main) -> c_int {
    PROCESS.set(Some(process));
    process.run(main, 7, null_mut())
}

extern "C" fn first() {
    call(1);
}

extern "C" fn second() {
    call(2);
    process().atexit(third);
}

extern "C" fn third() {
    call(3);
}

extern "C" fn ending() {
    call(4);
    process().exit(44);
}

extern "C" fn returning(count: c_int, _: *mut *mut c_char) -> c_int {
    process().atexit(first);
    process().atexit(second);
    count
}

/// Ends the program from far below, with other values in all registers.
fn sink(depth: c_int, x: f64) -> f64 {
    if depth == 0 {
        process().exit(0x1_2345);
    }
    let below = sink(depth - 1, core::hint::black_box(x * 1.5));
    below + core::hint::black_box(x)
}

extern "C" fn exiting(_: c_int, _: *mut *mut c_char) -> c_int {
    process().atexit(first);
    process().at_quick_exit(third);
    sink(20, 1.0) as c_int
}

extern "C" fn exiting_twice(_: c_int, _: *mut *mut c_char) -> c_int {
    process().atexit(first);
    process().atexit(ending);
    3
}

extern "C" fn exiting_at_once(_: c_int, _: *mut *mut c_char) -> c_int {
    process().atexit(first);
    process()._Exit(9)
}

extern "C" fn exiting_quickly(_: c_int, _: *mut *mut c_char) -> c_int {
    process().atexit(first);
    process().at_quick_exit(third);
    process().quick_exit(-1)
}

#[test]
fn a_program_ends_by_returning_or_anywhere() {
    for (main, status, called) in [
        (returning as oscomp_interfaces::Main, 7, &[2, 3, 1][..]),
        (exiting, 0x45, &[1]),
        (exiting_twice, 44, &[4, 1]),
        (exiting_at_once, 9, &[]),
        (exiting_quickly, 255, &[3]),
    ] {
        let process = start();
        let kept: [f64; 8] = core::array::from_fn(|index| core::hint::black_box(index as f64 + 0.5));
        let numbers: [u64; 8] = core::array::from_fn(|index| core::hint::black_box(index as u64 * 77));
        assert_eq!(run(process, main), status);
        assert_eq!(calls(), called);
        assert_eq!(kept, core::array::from_fn(|index| index as f64 + 0.5));
        assert_eq!(numbers, core::array::from_fn(|index| index as u64 * 77));
        // It has ended, so there is nothing to return to.
        assert_eq!(ends(|| process._exit(5)), 5);
    }
}

extern "C" fn with_a_thread(_: c_int, _: *mut *mut c_char) -> c_int {
    let process = process();
    let status = std::thread::spawn(move || ends(|| process.exit(77))).join().unwrap();
    status.into()
}

#[test]
fn another_thread_ends_the_machine() {
    assert_eq!(run(start(), with_a_thread), 77);
    assert_eq!(ends(|| start().exit(3)), 3);
}

extern "C" fn handler(signal: c_int) {
    call(signal);
    // Blocked until this returns.
    if CALLS.with_borrow(|calls| calls.iter().filter(|&&call| call == signal).count() < 2) {
        process().raise(signal);
        call(-signal);
    }
}

unsafe extern "C" fn informed(signal: c_int, information: *mut c_int, context: *mut c_void) {
    // SAFETY: the signal's information begins with its number.
    call(unsafe { *information } * 1000 + signal + c_int::from(!context.is_null()));
}

fn function(handler: extern "C" fn(c_int)) -> *mut c_void {
    handler as *mut c_void
}

#[test]
fn handlers_are_called_once_at_a_time() {
    let process = start();
    PROCESS.set(Some(process));
    assert!(process.signal(2, function(handler)).is_null());
    assert_eq!(process.raise(2), 0);
    assert_eq!(calls(), [2, -2, 2]);
    assert_eq!(process.signal(2, core::ptr::without_provenance_mut(1)), function(handler));
    assert_eq!((process.raise(2), calls()), (0, Vec::new()));

    let mut old = SignalAction::DEFAULT;
    let action = SignalAction {
        handler: informed as *mut c_void,
        flags: 4 | 0x8000_0000_u32.cast_signed(),
        ..SignalAction::DEFAULT
    };
    // SAFETY: the actions are locals.
    unsafe {
        assert_eq!(process.sigaction(2, &raw const action, &raw mut old), 0);
        assert_eq!(old.handler.addr(), 1);
        assert_eq!((process.raise(2), calls()), (0, alloc::vec![2002]));
        assert_eq!(process.sigaction(2, core::ptr::null(), &raw mut old), 0);
        assert!(old.handler.is_null());
        assert_eq!(process.sigaction(9, core::ptr::null(), &raw mut old), 0);
        assert_eq!(error(), 0);
        for signal in [0, 65, -1, 9, 19] {
            assert_eq!(process.sigaction(signal, &raw const action, null_mut()), -1);
            assert_eq!(error(), EINVAL);
            assert_eq!(process.signal(signal, null_mut()).addr(), usize::MAX);
            assert_eq!(error(), EINVAL);
        }
    }
    assert_eq!((process.raise(0), error(), process.raise(65), error()), (-1, EINVAL, -1, EINVAL));
}

#[test]
fn blocked_signals_wait() {
    let process = start();
    PROCESS.set(Some(process));
    process.signal(10, function(handler));
    process.signal(12, function(handler));
    let (mut set, mut old) = (SignalSet([7; 16]), SignalSet([0; 16]));
    // SAFETY: the sets are locals.
    unsafe {
        assert_eq!(process.sigemptyset(&raw mut set), 0);
        assert_eq!((process.sigaddset(&raw mut set, 10), process.sigaddset(&raw mut set, 12)), (0, 0));
        assert_eq!(process.sigprocmask(0, &raw const set, &raw mut old), 0);
        assert_eq!(old, SignalSet([0; 16]));
        assert_eq!((process.raise(10), process.raise(12), process.raise(12)), (0, 0, 0));
        assert_eq!(calls(), []);
        assert_eq!(process.sigpending(&raw mut old), 0);
        assert_eq!(old, set);
        assert_eq!(process.sigdelset(&raw mut set, 10), 0);
        assert_eq!(
            (process.sigismember(&raw const set, 10), process.sigismember(&raw const set, 12)),
            (0, 1)
        );
        assert_eq!(process.sigprocmask(2, &raw const set, null_mut()), 0);
        assert_eq!(calls(), [10, -10, 10]);
        assert_eq!(process.sigprocmask(1, &raw const set, null_mut()), 0);
        assert_eq!(calls(), [12, -12, 12]);
        assert_eq!(process.sigfillset(&raw mut set), 0);
        assert_eq!(process.sigprocmask(0, &raw const set, null_mut()), 0);
        assert_eq!(process.sigprocmask(7, core::ptr::null(), &raw mut old), 0);
        // Two signals cannot be blocked.
        assert_eq!(old.0[0], !(1 << 8 | 1 << 18));
        assert_eq!((process.sigprocmask(7, &raw const set, null_mut()), error()), (-1, EINVAL));
        assert_eq!((process.sigaddset(&raw mut set, 65), error()), (-1, EINVAL));
        assert_eq!((process.sigdelset(&raw mut set, 0), error()), (-1, EINVAL));
        assert_eq!((process.sigismember(&raw const set, -1), error()), (-1, EINVAL));
    }
}

extern "C" fn once(signal: c_int) {
    call(signal);
}

#[test]
fn signals_without_a_handler_end_the_program() {
    for (signal, status) in [(2, 130), (6, 134), (9, 137), (11, 139), (15, 143), (64, 192)] {
        assert_eq!(ends(|| _ = start().raise(signal)), status);
    }
    for signal in [17, 18, 19, 20, 23, 28] {
        assert_eq!(start().raise(signal), 0);
    }
    extern "C" fn terminated(_: c_int, _: *mut *mut c_char) -> c_int {
        process().raise(15)
    }
    assert_eq!(run(start(), terminated), 143);
}

#[test]
fn aborting_is_the_last_thing() {
    let process = start();
    PROCESS.set(Some(process));
    process.signal(6, function(once));
    let mut all = SignalSet([0; 16]);
    // SAFETY: the set is a local, and the texts are constants.
    unsafe {
        process.sigfillset(&raw mut all);
        process.sigprocmask(2, &raw const all, null_mut());
        assert_eq!(ends(|| process.abort()), 134);
        assert_eq!(calls(), [6]);
        let (condition, file, name) = (c"x > 0".as_ptr(), c"a.c".as_ptr(), c"main".as_ptr());
        assert_eq!(ends(|| process.__assert_fail(condition, file, 12, name)), 134);
    }
    assert_eq!(written(process), "a.c:12: main: Assertion `x > 0' failed.\n");
    assert_eq!((process.system(core::ptr::null()), error()), (0, 0));
    assert_eq!((process.system(c"ls".as_ptr()), error()), (-1, ENOSYS));
}

fn value(process: &Process, name: &CStr) -> Option<CString> {
    // SAFETY: the name is a string, and the value is copied at once.
    unsafe {
        let value = process.getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value).to_owned())
    }
}

#[derive(Clone, Debug)]
enum Change {
    Set(CString, CString, bool),
    Put(CString),
    Unset(CString),
    Clear,
}

fn changes() -> impl Strategy<Value = Change> {
    let name = || select(&[c"A", c"B", c"AB", c"HOME", c"x", c"", c"A=", c"=B"][..]).prop_map(CStr::to_owned);
    let text = || {
        select(&[c"", c"1", c"two", c"a=b", c"A=7", c"AB=", c"HOME=/", c"x", c"B"][..])
            .prop_map(CStr::to_owned)
    };
    prop_oneof![
        6 => (name(), text(), any::<bool>()).prop_map(|(name, value, over)| Change::Set(name, value, over)),
        3 => text().prop_map(Change::Put),
        3 => name().prop_map(Change::Unset),
        1 => Just(Change::Clear),
    ]
}

proptest! {
    #[test]
    fn variables_are_what_was_set_last(changes in vec(changes(), 0..40)) {
        let process = start();
        let mut model: BTreeMap<Vec<u8>, Vec<u8>> = [("HOME", "/home"), ("EMPTY", ""), ("EQUALS", "a=b")]
            .map(|(name, value)| (name.into(), value.into())).into();
        for change in changes {
            // SAFETY: the strings are strings, and those that are put are leaked.
            let result = unsafe {
                match &change {
                    Change::Set(name, value, over) => process.setenv(name.as_ptr(), value.as_ptr(), (*over).into()),
                    Change::Put(text) => process.putenv(text.clone().into_raw()),
                    Change::Unset(name) => process.unsetenv(name.as_ptr()),
                    Change::Clear => process.clearenv(),
                }
            };
            let is_name = |name: &[u8]| !name.is_empty() && !name.contains(&b'=');
            let expected = match change {
                Change::Set(name, _, _) | Change::Unset(name) if !is_name(name.to_bytes()) => EINVAL,
                Change::Put(text) if text.is_empty() => EINVAL,
                Change::Set(name, value, over) => {
                    let entry = model.entry(name.into_bytes()).or_insert_with(|| value.to_bytes().to_vec());
                    if over {
                        *entry = value.into_bytes();
                    }
                    0
                }
                Change::Put(text) => {
                    match text.to_str().unwrap().split_once('=') {
                        Some((name, value)) => model.insert(name.into(), value.into()),
                        None => model.remove(text.to_bytes()),
                    };
                    0
                }
                Change::Unset(name) => {
                    model.remove(name.to_bytes());
                    0
                }
                Change::Clear => {
                    model.clear();
                    0
                }
            };
            prop_assert_eq!((result, error()), (if expected == 0 { 0 } else { -1 }, expected));
            let mut seen = BTreeMap::new();
            let mut at = process.__environ();
            // SAFETY: the list has null behind the last, and the texts are strings.
            unsafe {
                while !(*at).is_null() {
                    let text = CStr::from_ptr(*at).to_str().unwrap();
                    let (name, text) = text.split_once('=').unwrap();
                    let found = value(process, &CString::new(name).unwrap()).unwrap();
                    prop_assert_eq!(found.to_bytes(), text.as_bytes());
                    prop_assert_eq!(seen.insert(name.into(), text.into()), None);
                    at = at.add(1);
                }
            }
            prop_assert_eq!(&seen, &model);
        }
    }
}

#[test]
fn the_environment_begins_as_it_is_set() {
    let process = start();
    assert_eq!(value(process, c"HOME").as_deref(), Some(c"/home"));
    assert_eq!(value(process, c"EMPTY").as_deref(), Some(c""));
    assert_eq!(value(process, c"EQUALS").as_deref(), Some(c"a=b"));
    assert_eq!((value(process, c"HOM"), value(process, c""), value(process, c"HOME=")), (None, None, None));
    // SAFETY: the strings are strings, and the one that is put stays.
    unsafe {
        assert!(!process.secure_getenv(c"HOME".as_ptr()).is_null());
        assert_eq!((process.setenv(core::ptr::null(), c"".as_ptr(), 1), error()), (-1, EINVAL));
        assert_eq!((process.unsetenv(core::ptr::null()), error()), (-1, EINVAL));
        // What is put is the string itself.
        let text = CString::new("HOME=abc").unwrap().into_raw();
        assert_eq!(process.putenv(text), 0);
        *text.add(5) = c"x".as_ptr().read();
        assert_eq!(value(process, c"HOME").as_deref(), Some(c"xbc"));
        // A variable can be set to its own value.
        assert_eq!(process.setenv(c"EQUALS".as_ptr(), process.getenv(c"EQUALS".as_ptr()), 1), 0);
        assert_eq!(value(process, c"EQUALS").as_deref(), Some(c"a=b"));
    }
    for bad in [&["NAME"][..], &["=value"], &["A=1", ""], &["A=\0"]] {
        assert!(Environment::new(bad).is_none());
    }
}

#[test]
fn the_machine_has_names() {
    let process = start();
    let mut names = MachineName {
        sysname: [1; 65],
        nodename: [1; 65],
        release: [1; 65],
        version: [1; 65],
        machine: [1; 65],
        domainname: [1; 65],
    };
    let mut place = [b'#'; 10];
    // SAFETY: the places are locals.
    unsafe {
        assert_eq!(process.uname(&raw mut names), 0);
        assert_eq!(CStr::from_bytes_until_nul(&names.nodename), Ok(c"printer"));
        assert_eq!(CStr::from_bytes_until_nul(&names.machine).unwrap().to_str(), Ok(std::env::consts::ARCH));
        assert_eq!(process.gethostname(place.as_mut_ptr().cast(), 8), 0);
        assert_eq!(&place, b"printer\0##");
        place = [b'#'; 10];
        assert_eq!((process.gethostname(place.as_mut_ptr().cast(), 7), error()), (-1, ENAMETOOLONG));
        assert_eq!(&place, b"printer###");
        assert_eq!((process.gethostname(place.as_mut_ptr().cast(), 0), error()), (-1, ENAMETOOLONG));
    }
}

mod host {
    use super::{LongOption, Mutex, c_char, c_int};

    unsafe extern "C" {
        pub static mut optarg: *mut c_char;
        pub static mut optind: c_int;
        pub static mut opterr: c_int;
        pub static mut optopt: c_int;
        pub fn getopt_long(
            count: c_int,
            arguments: *const *mut c_char,
            spec: *const c_char,
            long: *const LongOption,
            index: *mut c_int,
        ) -> c_int;
        pub fn getopt(count: c_int, arguments: *const *mut c_char, spec: *const c_char) -> c_int;
    }

    /// Who has the host's variables.
    pub static LOCK: Mutex<()> = Mutex::new(());
}

/// What a call said: its result, the argument, the mistake where it is one, the index and the flag.
type Said = (c_int, Option<CString>, c_int, c_int, c_int);

fn long_options(flag: &mut c_int) -> [LongOption; 8] {
    let option =
        |name: &'static CStr, has_arg, flag, val| LongOption { name: name.as_ptr(), has_arg, flag, val };
    [
        option(c"alpha", 0, null_mut(), 1000),
        option(c"alpine", 2, null_mut(), 1001),
        option(c"beta", 1, null_mut(), 1002),
        option(c"be", 0, flag, 1003),
        option(c"verbose", 2, flag, 1004),
        option(c"same-one", 1, null_mut(), 1005),
        option(c"same-two", 1, null_mut(), 1005),
        LongOption { name: core::ptr::null(), has_arg: 0, flag: null_mut(), val: 0 },
    ]
}

fn copied(text: *mut c_char) -> Option<CString> {
    // SAFETY: options' arguments are null or strings.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn options_are_those_that_the_host_finds(
        arguments in vec(select(&[
            c"-a", c"-b", c"-bval", c"-abc", c"-c", c"-cx", c"-ac", c"x", c"y", c"zz", c"-", c"--", c"-z", c"-az", c"",
            c"--alpha", c"--alp", c"--alpi=3", c"--alpine", c"--beta", c"--beta=7", c"--bet", c"--be", c"--b", c"--be=1",
            c"--verbose=1", c"--ver", c"--nothing", c"--nothing=5", c"--same=2", c"--same", c"--alpha=", c"--beta=",
        ][..]), 0..9),
        spec in select(&[c"ab:c::", c"+ab:c::", c"-ab:c::", c":ab:c::", c"+:ab:c::", c"-:ab:", c""][..]),
        has_long in any::<bool>(),
    ) {
        let process = start();
        let owned: Vec<CString> =
            core::iter::once(c"program").chain(arguments).map(CStr::to_owned).collect();
        let mut ours: Vec<*mut c_char> = owned.iter().map(|text| text.as_ptr().cast_mut()).collect();
        let count = ours.len() as c_int;
        ours.push(null_mut());
        let mut hosts = ours.clone();
        let (mut our_flag, mut host_flag) = (0, 0);
        let (our_long, host_long) = (long_options(&mut our_flag), long_options(&mut host_flag));
        let _alone = host::LOCK.lock();
        // SAFETY: the arguments are strings with null behind them, the flags and indices locals, and nobody else uses
        // the host's variables meanwhile.
        unsafe {
            let state = process.__getopt_state();
            (*state).optind = 0;
            host::optind = 0;
            host::opterr = 0;
            for _ in 0..100 {
                let (mut our_index, mut host_index) = (-5, -5);
                let (result, host) = if has_long {
                    (
                        process.getopt_long(count, ours.as_mut_ptr(), spec.as_ptr(), our_long.as_ptr(), &raw mut our_index),
                        host::getopt_long(count, hosts.as_mut_ptr(), spec.as_ptr(), host_long.as_ptr(), &raw mut host_index),
                    )
                } else {
                    (
                        process.getopt(count, ours.as_mut_ptr(), spec.as_ptr()),
                        host::getopt(count, hosts.as_mut_ptr(), spec.as_ptr()),
                    )
                };
                let is_mistake = |result| result == c_int::from(b'?') || result == c_int::from(b':');
                let mistake = |result, option| if is_mistake(result) { option } else { 0 };
                let ours: Said = (
                    result, copied((*state).optarg), mistake(result, (*state).optopt), our_index, our_flag,
                );
                let hosts: Said = (
                    host, copied(host::optarg), mistake(host, host::optopt), host_index, host_flag,
                );
                prop_assert_eq!(ours, hosts);
                if result == -1 {
                    break;
                }
            }
            prop_assert_eq!((*state).optind, host::optind);
            prop_assert_eq!(ours, hosts);
        }
    }
}

#[test]
fn mistakes_are_reported() {
    let process = start();
    let mut flag = 0;
    let long = long_options(&mut flag);
    for (argument, spec, report) in [
        (c"-z", c"ab:", "program: invalid option -- 'z'\n"),
        (c"-b", c"ab:", "program: option requires an argument -- 'b'\n"),
        (c"--none=1", c"", "program: unrecognized option '--none'\n"),
        (c"--al=1", c"", "program: option '--al=1' is ambiguous\n"),
        (c"--beta", c"", "program: option '--beta' requires an argument\n"),
        (c"--alph=1", c"", "program: option '--alpha' doesn't allow an argument\n"),
        (c"-z", c":ab:", ""),
    ] {
        let arguments = [c"program".as_ptr().cast_mut(), argument.as_ptr().cast_mut(), null_mut()];
        // SAFETY: the arguments are strings with null behind them, and their order does not change.
        unsafe {
            (*process.__getopt_state()).optind = 0;
            let option = process.getopt_long(2, arguments.as_ptr(), spec.as_ptr(), long.as_ptr(), null_mut());
            assert_eq!(option, c_int::from(b'?'));
            assert_eq!(written(process), report);
            (*process.__getopt_state()).optind = 0;
            (*process.__getopt_state()).opterr = 0;
            process.getopt_long(2, arguments.as_ptr(), spec.as_ptr(), long.as_ptr(), null_mut());
            assert_eq!(written(process), "");
            (*process.__getopt_state()).opterr = 1;
        }
    }
}
