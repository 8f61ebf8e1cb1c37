//! Each function against the host's, with the number of its error and where it stopped.

use crate::CNumbers;
use crate::arithmetic::Division;
use core::ffi::{c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong, c_void};
use core::fmt::Debug;
use core::ptr;
use oscomp_c_errno::CErrno;
use oscomp_interfaces::{errno, set_errno};
use proptest::prelude::*;
use std::boxed::Box;
use std::ffi::CString;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

mod host {
    use super::*;
    unsafe extern "C" {
        pub fn strtol(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long;
        pub fn strtoll(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_longlong;
        pub fn strtoimax(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long;
        pub fn strtoul(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong;
        pub fn strtoull(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulonglong;
        pub fn strtoumax(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong;
        pub fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
        pub fn strtof(text: *const c_char, end: *mut *mut c_char) -> f32;
        pub fn atoi(text: *const c_char) -> c_int;
        pub fn atol(text: *const c_char) -> c_long;
        pub fn atoll(text: *const c_char) -> c_longlong;
        pub fn atof(text: *const c_char) -> f64;
        pub fn div(dividend: c_int, divisor: c_int) -> Division<c_int>;
        pub fn drand48() -> f64;
        pub fn erand48(state: *mut [u16; 3]) -> f64;
        pub fn lrand48() -> c_long;
        pub fn nrand48(state: *mut [u16; 3]) -> c_long;
        pub fn mrand48() -> c_long;
        pub fn jrand48(state: *mut [u16; 3]) -> c_long;
        pub fn srand48(seed: c_long);
        pub fn seed48(state: *mut [u16; 3]) -> *mut u16;
        pub fn lcong48(parameters: *mut [u16; 7]);
        pub fn lldiv(dividend: c_longlong, divisor: c_longlong) -> Division<c_longlong>;
    }
}

type Number = &'static CErrno;

fn module() -> CNumbers<Number> {
    let errno: Number = Box::leak(Box::new(CErrno::start().unwrap()));
    CNumbers::start(errno).unwrap()
}

/// What a function does with a text: its result, how far it came, and the number of its error, before which that was 99.
fn ours<T>(
    text: &CString,
    read: impl FnOnce(&CNumbers<Number>, *const c_char, *mut *mut c_char) -> T,
) -> (T, Option<usize>, c_int) {
    let (module, mut end) = (module(), ptr::null_mut());
    set_errno(module.numbers, 99);
    let result = read(&module, text.as_ptr(), &raw mut end);
    (result, (!end.is_null()).then(|| end.addr() - text.as_ptr().addr()), errno(module.numbers))
}

fn theirs<T>(
    text: &CString,
    read: impl FnOnce(*const c_char, *mut *mut c_char) -> T,
) -> (T, Option<usize>, c_int) {
    let mut end = ptr::null_mut();
    // SAFETY: it is this thread's.
    let number = unsafe { &mut *libc::__errno_location() };
    *number = 99;
    let result = read(text.as_ptr(), &raw mut end);
    (result, (!end.is_null()).then(|| end.addr() - text.as_ptr().addr()), *number)
}

fn same<T: PartialEq + Debug>(text: &CString, one: T, other: T) -> Result<(), TestCaseError> {
    let shown: String = text.to_string_lossy().chars().take(100).collect();
    prop_assert_eq!(one, other, "of {:?}, {} bytes", shown, text.as_bytes().len());
    Ok(())
}

fn floats_agree(text: &str) -> Result<(), TestCaseError> {
    let text = CString::new(text).unwrap();
    // SAFETY: it is a string, and the end can be written.
    unsafe {
        same(
            &text,
            ours(&text, |module, text, end| module.strtod(text, end).to_bits()),
            theirs(&text, |text, end| host::strtod(text, end).to_bits()),
        )?;
        same(
            &text,
            ours(&text, |module, text, end| module.strtof(text, end).to_bits()),
            theirs(&text, |text, end| host::strtof(text, end).to_bits()),
        )?;
        same(
            &text,
            ours(&text, |module, text, _| module.atof(text).to_bits()),
            theirs(&text, |text, _| host::atof(text).to_bits()),
        )
    }
}

fn integers_agree(text: &str, base: c_int) -> Result<(), TestCaseError> {
    let text = CString::new(text).unwrap();
    macro_rules! each {
        ($($name:ident)*) => {$(
            // SAFETY: it is a string, and the end can be written.
            unsafe {
                same(
                    &text,
                    ours(&text, |module, text, end| module.$name(text, end, base)),
                    theirs(&text, |text, end| host::$name(text, end, base)),
                )?;
            }
        )*};
    }
    each!(strtol strtoll strtoimax strtoul strtoull strtoumax);
    macro_rules! each_simple {
        ($($name:ident)*) => {$(
            // SAFETY: it is a string.
            unsafe {
                same(
                    &text,
                    ours(&text, |module, text, _| module.$name(text)),
                    theirs(&text, |text, _| host::$name(text)),
                )?;
            }
        )*};
    }
    each_simple!(atoi atol atoll);
    Ok(())
}

/// All decimal digits of a number, or of what is halfway to the next one.
fn exact(number: f64, is_halfway: bool) -> String {
    let digits = format!("{number:.1074}");
    let next = f64::from_bits(number.to_bits() + 1);
    if !is_halfway || next.is_infinite() {
        return digits;
    }
    // The sum of both, halved digit by digit.
    let mut carry = 0;
    let next = format!("{next:.1074}");
    let width = digits.len().max(next.len());
    let mut sum: Vec<u8> = Vec::new();
    for (one, other) in format!("{digits:0>width$}").bytes().zip(format!("{next:0>width$}").bytes()).rev() {
        if one == b'.' {
            sum.push(one);
            continue;
        }
        carry += one - b'0' + other - b'0';
        sum.push(b'0' + carry % 10);
        carry /= 10;
    }
    sum.push(b'0' + carry);
    let mut remainder = 0;
    let mut half: String = sum
        .iter()
        .rev()
        .map(|digit| {
            if *digit == b'.' {
                return '.';
            }
            let value = remainder * 10 + digit - b'0';
            remainder = value % 2;
            char::from(b'0' + value / 2)
        })
        .collect();
    if remainder == 1 {
        half.push('5');
    }
    half
}

/// Whether what is below the highest bits, as many as a format has, is just the next bit. With numbers too small for all
/// these bits, glibc 2.36 forgets that bit (`round_and_return` in `strtod_l.c`): it takes them for exact, or rounds twice.
fn is_half(bits: u128, precision: u32) -> bool {
    let below = bits.checked_ilog2().map_or(0, |top| (top + 1).saturating_sub(precision));
    below > 0 && bits & ((1 << below) - 1) == 1 << (below - 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn integers_from_any_text_agree(text in "[ \t\n]{0,2}[-+]{0,2}(0x|0X|0)?[0-9a-zA-Z]{0,22}[ .g]?", base in -1..38) {
        integers_agree(&text, base)?;
        integers_agree(&text, 0)?;
        integers_agree(&text, 10)?;
    }

    #[test]
    fn integers_near_the_limits_agree(near in -3..=3_i128, limit in prop::sample::select(vec![
        i128::from(i64::MIN), i128::from(i64::MAX), i128::from(u64::MAX), -i128::from(u64::MAX), 0,
        i128::from(i32::MAX), i128::from(i32::MIN),
    ])) {
        integers_agree(&(limit + near).to_string(), 10)?;
        let number = limit + near;
        let sign = if number < 0 { "-" } else { "" };
        integers_agree(&format!("{sign}{:#x}", number.unsigned_abs()), 0)?;
        integers_agree(&format!("{sign}0{:o}", number.unsigned_abs()), 0)?;
    }

    #[test]
    fn floats_from_any_text_agree(
        text in "[ \n]?[-+]?([0-9]{0,25}[.]?[0-9]{0,25}([eE][-+]?[0-9]{0,3})?|[iInN][nNaA][fFnN][a-zA-Z()0-9_]{0,8})[.ex]?"
    ) {
        floats_agree(&text)?;
    }

    #[test]
    fn hexadecimal_floats_agree(text in "[-+]?0[xX][0-9a-fA-F]{0,20}[.]?[0-9a-f]{0,20}([pP][-+]?[0-9]{0,4})?[p.]?") {
        floats_agree(&text)?;
    }

    #[test]
    fn small_hexadecimal_floats_agree(
        mantissa in prop_oneof![any::<u64>(), (0..64_u32, -2..=2_i64).prop_map(|(shift, near)| (1_u64 << shift).wrapping_add_signed(near))],
        more in "[.]?0{0,5}[01]?", exponent in prop_oneof![-1150..-1000_i32, -220..-100_i32, 900..1030_i32, 60..140_i32],
    ) {
        let digits = more.trim_start_matches('.');
        let bits = u128::from_str_radix(&format!("{mantissa:x}{digits}"), 16).unwrap();
        if exponent > 0 || [24, 53].into_iter().all(|precision| !is_half(bits, precision)) {
            floats_agree(&format!("0x{mantissa:x}{more}p{exponent}"))?;
        }
    }

    #[test]
    fn written_floats_come_back(bits: u64, digits in 0..20_usize) {
        let number = f64::from_bits(bits);
        floats_agree(&format!("{number:e}"))?;
        floats_agree(&format!("{number:.digits$e}"))?;
        let text = CString::new(format!("{number:e}")).unwrap();
        if !number.is_nan() {
            // SAFETY: it is a string.
            let read = unsafe { module().strtod(text.as_ptr(), ptr::null_mut()) };
            prop_assert_eq!(read.to_bits(), bits);
        }
        let single = f32::from_bits(bits as u32);
        floats_agree(&format!("{single:e}"))?;
    }
}

proptest! {
    /// Numbers with all their digits, and those halfway between two, where the last digit decides.
    #[test]
    fn floats_to_the_last_digit_agree(
        bits in prop_oneof![
            0..1_u64 << 53,
            (0..1_u64 << 53).prop_map(|bits| bits >> 30),
            (0..6_u64).prop_map(|bits| (1 << 52) - 3 + bits),
            any::<u64>().prop_map(|bits| bits & (u64::MAX >> 1)).prop_filter("finite", |bits| f64::from_bits(*bits).is_finite()),
            any::<u32>().prop_map(|bits| f64::from(f32::from_bits(bits >> 9)).to_bits()),
        ],
        is_halfway: bool,
        change in -1..=1_i8,
    ) {
        let mut text = exact(f64::from_bits(bits), is_halfway);
        match change {
            0 => {}
            1 => text.push('1'),
            _ => {
                // One less in the last digit that is not zero.
                if let Some(last) = text.rfind(|digit| matches!(digit, '1'..='9')) {
                    let less = char::from(text.as_bytes()[last] - 1);
                    text.replace_range(last.., &format!("{less}9"));
                }
            }
        }
        floats_agree(&text)?;
        let scaled = text.replace('.', "") + "e-1075";
        floats_agree(&scaled)?;
    }

    #[test]
    fn divisions_agree(dividend: i64, divisor: i64, small in -5..5_i64) {
        let module = module();
        for (dividend, divisor) in [(dividend, divisor), (dividend, small), (small, divisor)] {
            let (one, other) = (dividend as c_int, divisor as c_int);
            // SAFETY: the divisor is not zero, and the quotient is in range.
            unsafe {
                if divisor != 0 && (dividend, divisor) != (i64::MIN, -1) {
                    prop_assert_eq!(module.lldiv(dividend, divisor), host::lldiv(dividend, divisor));
                    prop_assert_eq!(module.ldiv(dividend, divisor), module.imaxdiv(dividend, divisor));
                    prop_assert_eq!(module.ldiv(dividend, divisor), host::lldiv(dividend, divisor));
                }
                if other != 0 && (one, other) != (c_int::MIN, -1) {
                    prop_assert_eq!(module.div(one, other), host::div(one, other));
                }
            }
            prop_assert_eq!(module.abs(one), one.wrapping_abs());
            for result in [module.labs(dividend), module.llabs(dividend), module.imaxabs(dividend)] {
                prop_assert_eq!(result, dividend.wrapping_abs());
            }
        }
    }

    #[test]
    fn elements_of_any_size_are_sorted(
        keys in prop_oneof![prop::collection::vec(0..300_u16, 0..400), prop::collection::vec(0..4_u16, 0..400)],
        size in prop::sample::select(vec![2_usize, 3, 4, 7, 8, 16, 33]),
    ) {
        // Behind its key an element has its first place, as far as there is room.
        let element = |(place, key): (usize, &u16)| {
            let mut element = [&key.to_ne_bytes()[..], &place.to_ne_bytes(), &[7; 23]].concat();
            element.truncate(size);
            element
        };
        let mut elements: Vec<Vec<u8>> = keys.iter().enumerate().map(element).collect();
        let mut array = elements.concat();
        let (mut calls, start) = (0_u32, array.as_mut_ptr().cast::<c_void>());
        // SAFETY: so many elements are there, and the function reads their keys.
        unsafe { module().qsort_r(start, keys.len(), size, Some(by_key_counted), (&raw mut calls).cast()) };
        prop_assert!(array.chunks(size).is_sorted_by_key(key_of));
        let mut sorted: Vec<Vec<u8>> = array.chunks(size).map(<[u8]>::to_vec).collect();
        elements.sort();
        sorted.sort();
        prop_assert_eq!(elements, sorted, "all are there");
        prop_assert!(calls <= most_calls(keys.len()));

        for key in 0..300_u16 {
            // SAFETY: the same, sorted.
            let found = unsafe {
                module().bsearch((&raw const key).cast(), array.as_ptr().cast(), keys.len(), size, Some(by_key))
            };
            prop_assert_eq!(!found.is_null(), keys.contains(&key));
            if !found.is_null() {
                // SAFETY: it is an element.
                prop_assert_eq!(unsafe { found.cast::<u16>().read_unaligned() }, key);
                prop_assert_eq!((found.addr() - array.as_ptr().addr()) % size, 0);
            }
        }
    }

    /// Whatever the function says, all elements stay.
    #[test]
    fn a_function_that_contradicts_itself_loses_nothing(count in 0..300_usize, seed: u32) {
        let mut array: Vec<u32> = (0..count as u32).collect();
        let mut seed = seed;
        // SAFETY: so many elements are there, and the function does not look at them.
        unsafe {
            module().qsort_r(array.as_mut_ptr().cast(), count, 4, Some(by_chance), (&raw mut seed).cast());
        }
        array.sort_unstable();
        prop_assert!(array.into_iter().eq(0..count as u32));
    }
}

fn key_of(element: &[u8]) -> u16 {
    u16::from_ne_bytes([element[0], element[1]])
}

unsafe extern "C" fn by_key(one: *const c_void, other: *const c_void) -> c_int {
    // SAFETY: both have a key.
    let (one, other) = unsafe { (one.cast::<u16>().read_unaligned(), other.cast::<u16>().read_unaligned()) };
    c_int::from(one) - c_int::from(other)
}

unsafe extern "C" fn by_key_counted(one: *const c_void, other: *const c_void, calls: *mut c_void) -> c_int {
    // SAFETY: the context is a count, and both have a key.
    unsafe {
        *calls.cast::<u32>() += 1;
        by_key(one, other)
    }
}

unsafe extern "C" fn by_chance(_: *const c_void, _: *const c_void, seed: *mut c_void) -> c_int {
    // SAFETY: the context is a seed.
    let seed = unsafe { &mut *seed.cast::<u32>() };
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*seed >> 30) as c_int - 1
}

/// How often two elements are compared at the most: 2 log n divisions, three times the half of a heap's 2 log n.
fn most_calls(count: usize) -> u32 {
    let count = count.max(2) as u32;
    6 * count * (count.ilog2() + 1) + 20 * count
}

/// The opponent that McIlroy describes ("A killer adversary for quicksort", 1999): it decides what an element is when it
/// has to, so that every pivot is a bad one.
struct Opponent {
    values: Vec<usize>,
    solid: usize,
    candidate: usize,
    calls: u32,
}

unsafe extern "C" fn against(one: *const c_void, other: *const c_void, opponent: *mut c_void) -> c_int {
    // SAFETY: the context is an opponent, and elements are indices.
    let (opponent, one, other) =
        unsafe { (&mut *opponent.cast::<Opponent>(), *one.cast::<usize>(), *other.cast::<usize>()) };
    opponent.calls += 1;
    let gas = opponent.values.len();
    if opponent.values[one] == gas && opponent.values[other] == gas {
        let frozen = if one == opponent.candidate { one } else { other };
        opponent.values[frozen] = opponent.solid;
        opponent.solid += 1;
    }
    if opponent.values[one] == gas {
        opponent.candidate = one;
    } else if opponent.values[other] == gas {
        opponent.candidate = other;
    }
    opponent.values[one].cmp(&opponent.values[other]) as c_int
}

#[test]
fn sorting_is_fast_against_an_opponent() {
    for count in [100, 1000, 20_000] {
        let mut opponent = Opponent { values: vec![count; count], solid: 0, candidate: 0, calls: 0 };
        let mut array: Vec<usize> = (0..count).collect();
        // SAFETY: so many elements are there.
        unsafe {
            module().qsort_r(array.as_mut_ptr().cast(), count, 8, Some(against), (&raw mut opponent).cast());
        }
        assert!(array.is_sorted_by_key(|index| opponent.values[*index]));
        assert!(opponent.calls <= most_calls(count), "{} calls for {count}", opponent.calls);
    }
}

#[test]
fn special_texts_agree() {
    for text in [
        "",
        " ",
        "-",
        "+",
        ".",
        "e5",
        "-.e1",
        "0x",
        "0x.",
        "0xp1",
        "0x.p1",
        "0x1p",
        "0x1p+",
        "0x1p-x",
        "1e",
        "1e+",
        "1e-",
        "1.e2",
        ".5",
        "5.",
        "inf",
        "-Infinity",
        "infinit",
        "INFINITYx",
        "nan",
        "-nan",
        "nan()",
        "nan(12)",
        "nan(0x7)x",
        "nan(a_b)",
        "nan(12",
        "nan(1-)",
        "nan(99999999999999999999999)",
        "+nan(5)",
        "0e999999999999999999999",
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "0x0p99999999999999999999",
        "0x1p99999999999999999999",
        "0x1p-99999999999999999999",
        "-0",
        "-0x0p0",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "2.2250738585072012e-308",
        "4.9e-324",
        "2.5e-324",
        "2.4e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1.401298464324817e-45",
        "3.4028235677973366e38",
        "3.4028235677973365e38",
        "0x1.fffffffffffff8p1023",
        "0x1.fffffffffffff7p1023",
        "0x0.fffffffffffffcp-1022",
        "0x0.fffffffffffffbp-1022",
        "0x.8p-1074",
        "0x.80001p-1074",
        "\u{b}\u{c}\r7",
    ] {
        floats_agree(text).unwrap();
        integers_agree(text, 0).unwrap();
    }
    let zeros = "0".repeat(5000);
    for text in [
        format!("0.{zeros}1e5001"),
        format!("1{zeros}e-5000"),
        format!("{zeros}1.{zeros}1"),
        format!("0x{zeros}.{zeros}1p20004"),
        format!("0x1{zeros}p-20000"),
        format!("0.{zeros}1e4678"),
        format!("0.{zeros}1e4700"),
    ] {
        floats_agree(&text).unwrap();
    }
}

fn read_double(module: &CNumbers<Number>, text: *const c_char, end: *mut *mut c_char) -> f64 {
    // SAFETY: tests hand over a string, and what can be written.
    unsafe { module.strtod(text, end) }
}

/// Just beyond halfway, by the bit that glibc forgets.
#[test]
fn small_hexadecimal_numbers_are_rounded_once() {
    let text = CString::new("0x1.00000000000018p-1023").unwrap();
    let (result, _, number) = ours(&text, |module, text, end| read_double(module, text, end).to_bits());
    assert_eq!((result, number), ((1 << 51) + 1, libc::ERANGE), "2^51 + 3/4");
    let text = CString::new("0x1.00000000000008p-1023").unwrap();
    let (result, _, number) = ours(&text, |module, text, end| read_double(module, text, end).to_bits());
    assert_eq!((result, number), (1 << 51, libc::ERANGE), "2^51 + 1/4");
}

#[test]
fn random_numbers_depend_on_their_seed() {
    let module = module();
    let next = || -> Vec<c_int> { (0..1000).map(|_| module.rand()).collect() };
    let first = next();
    module.srand(2);
    let other = next();
    module.srand(1);
    assert_eq!(next(), first, "they begin as with 1");
    module.srandom(2);
    assert_eq!(
        other.iter().map(|number| c_long::from(*number)).collect::<Vec<_>>(),
        (0..1000).map(|_| module.random()).collect::<Vec<_>>()
    );
    assert_ne!(first, other);

    let (mut one, mut same) = (5, 5);
    // SAFETY: these are seeds.
    let by_seed: Vec<c_int> = (0..1000).map(|_| unsafe { module.rand_r(&raw mut one) }).collect();
    // SAFETY: the same.
    assert!(by_seed.iter().all(|number| unsafe { module.rand_r(&raw mut same) } == *number));
    for numbers in [first, other, by_seed] {
        assert!(numbers.iter().all(|number| *number >= 0));
        for bit in 0..31 {
            let ones = numbers.iter().filter(|number| *number >> bit & 1 == 1).count();
            assert!((400..600).contains(&ones), "bit {bit} was set {ones} times in 1000");
        }
    }
}

proptest! {
    // The host's are those of the whole process: only this test has them.
    #[test]
    fn numbers_of_48_bits_are_the_same_everywhere(
        seed: c_long, state: [u16; 3], parameters: [u16; 7], count in 1..20_usize,
    ) {
        let module = module();
        let (mut ours, mut theirs) = (state, state);
        let agree = |ours: &mut [u16; 3], theirs: &mut [u16; 3]| -> Result<(), TestCaseError> {
            for _ in 0..count {
                // SAFETY: the states are the caller's locals.
                unsafe {
                    prop_assert_eq!(module.drand48(), host::drand48());
                    prop_assert_eq!(module.lrand48(), host::lrand48());
                    prop_assert_eq!(module.mrand48(), host::mrand48());
                    prop_assert_eq!(module.erand48(ours), host::erand48(theirs));
                    prop_assert_eq!(module.nrand48(ours), host::nrand48(theirs));
                    prop_assert_eq!(module.jrand48(ours), host::jrand48(theirs));
                }
                prop_assert_eq!(&*ours, &*theirs);
            }
            Ok(())
        };
        // SAFETY: what is handed over are locals; the results of `seed48` are three parts.
        unsafe {
            module.srand48(seed);
            host::srand48(seed);
            agree(&mut ours, &mut theirs)?;
            let (mut one, mut other) = (state, state);
            let former = [module.seed48(&mut one), host::seed48(&mut other)].map(|at| at.cast::<[u16; 3]>().read());
            prop_assert_eq!(former[0], former[1]);
            agree(&mut ours, &mut theirs)?;
            let (mut one, mut other) = (parameters, parameters);
            module.lcong48(&mut one);
            host::lcong48(&mut other);
            agree(&mut ours, &mut theirs)?;
        }
    }
}
