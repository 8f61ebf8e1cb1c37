extern crate std;

use super::*;
use crate::Memory;
use crate::testing::{Argument, Feed};
use oscomp_c_abi::numbers::{EILSEQ, EOVERFLOW};
use proptest::prelude::*;
use std::ffi::CString;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// What a format and arguments become, into an array of `size` bytes, and the result.
fn ours(format: &CStr, arguments: &[Argument], size: usize) -> (Vec<u8>, Result<c_int, c_int>) {
    let mut array = vec![0xaa; size];
    let mut feed = Feed::new(arguments);
    // SAFETY: the array has so many bytes.
    let mut memory = unsafe { Memory::new(array.as_mut_ptr(), size) };
    // SAFETY: the test gives the arguments of the format.
    let result = unsafe { print(&mut memory, format, &mut feed) };
    memory.finish();
    assert!(feed.is_empty() || result.is_err(), "{format:?} {arguments:?}");
    (array, result)
}

/// The same by the host's `snprintf`.
fn hosts(format: &CStr, arguments: &[Argument], size: usize) -> (Vec<u8>, c_int) {
    use Argument::{Double as D, Integer as I, Pointer as P};
    let mut array = vec![0xaa; size];
    macro_rules! call {
        // SAFETY: the array has so many bytes, and the arguments are those of the format.
        ($($argument:expr),*) => { unsafe {
            libc::snprintf(array.as_mut_ptr().cast(), size, format.as_ptr(), $(*$argument),*)
        } };
    }
    let result = match arguments {
        [] => call!(),
        [I(a)] => call!(a),
        [D(a)] => call!(a),
        [P(a)] => call!(a),
        [I(a), I(b)] => call!(a, b),
        [I(a), D(b)] => call!(a, b),
        [I(a), P(b)] => call!(a, b),
        [D(a), D(b)] => call!(a, b),
        [P(a), I(b)] => call!(a, b),
        [I(a), I(b), I(c)] => call!(a, b, c),
        [I(a), I(b), D(c)] => call!(a, b, c),
        [I(a), I(b), P(c)] => call!(a, b, c),
        [P(a), D(b), I(c)] => call!(a, b, c),
        [I(a), D(b), P(c), I(d)] => call!(a, b, c, d),
        other => panic!("no call for {other:?}"),
    };
    (array, result)
}

fn same(format: &str, arguments: &[Argument], size: usize) -> Result<(), TestCaseError> {
    let format = CString::new(format).unwrap();
    let (expected, length) = hosts(&format, arguments, size);
    let (text, result) = ours(&format, arguments, size);
    let shown =
        |text: &[u8]| String::from_utf8_lossy(text.split(|byte| *byte == 0).next().unwrap()).into_owned();
    prop_assert_eq!(result.unwrap_or(-1), length, "{:?} {:?}", format, arguments);
    prop_assert!(
        text == expected,
        "{:?} {:?}\n ours {:?}\nhosts {:?}",
        format,
        arguments,
        shown(&text),
        shown(&expected)
    );
    Ok(())
}

/// Flags, width and precision, and the arguments that they take.
fn modifiers(most: usize) -> impl Strategy<Value = (String, Vec<Argument>)> {
    let width = prop_oneof![
        3 => Just((String::new(), None)),
        3 => (1..40_usize).prop_map(|width| (format!("{width}"), None)),
        1 => (-40..40_i32).prop_map(|width| (String::from("*"), Some(width))),
    ];
    let precision = prop_oneof![
        3 => Just((String::new(), None)),
        1 => Just((String::from("."), None)),
        4 => (0..20_usize).prop_map(|precision| (format!(".{precision}"), None)),
        1 => (0..=most).prop_map(|precision| (format!(".{precision}"), None)),
        1 => (-3..30_i32).prop_map(|precision| (String::from(".*"), Some(precision))),
    ];
    ("[-+ #0']{0,3}", width, precision).prop_map(|(flags, width, precision)| {
        let argument = |count: i32| Argument::Integer(u64::from(count.cast_unsigned()));
        let arguments = [width.1, precision.1].into_iter().flatten().map(argument).collect();
        (format!("{flags}{}{}", width.0, precision.0), arguments)
    })
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<u64>().prop_map(f64::from_bits),
        // Subnormal, or nearly.
        1 => (any::<u64>(), 10..64_u32, any::<bool>()).prop_map(|(bits, shift, is_negative)| {
            f64::from_bits(bits >> shift).copysign(if is_negative { -1.0 } else { 1.0 })
        }),
        // Few decimals.
        4 => (any::<i32>(), 0..12_i32).prop_map(|(digits, power)| f64::from(digits) / 10_f64.powi(power)),
        2 => (-2000..2000_i32, -20..20_i32).prop_map(|(digits, power)| f64::from(digits) * 10_f64.powi(power)),
        // Ties.
        4 => (-4000..4000_i32, 0..12_i32).prop_map(|(half, power)| f64::from(half) / 2_f64.powi(power)),
        // All nines and their neighbours.
        1 => (1..17_i32, -20..20_i32).prop_map(|(digits, power)| (10_f64.powi(digits) - 1.0) * 10_f64.powi(power)),
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, -1.0, 10.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, f64::INFINITY,
            f64::NEG_INFINITY, f64::NAN, -f64::NAN, 0.1, 1e15, 1e16, 1e17, 1e22, 1e23, 123456.0, 1234567.0, 999999.5,
        ]),
    ]
}

/// GNU's C library leaves out the zeros of `%#g` where rounding makes the number the first that needs an exponent:
/// `1.e+06` of 999999.99999, for which ISO C has `1.00000e+06`.
fn is_wrong_on_the_host(format: &str, value: f64) -> bool {
    if !format.contains('#') || !format.contains(['g', 'G']) || !value.is_normal() {
        return false;
    }
    let exponent =
        |text: &str| text.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok()).unwrap();
    let before = exponent(&format!("{value:e}"));
    let Ok(decimals) = usize::try_from(before) else { return false };
    exponent(&format!("{value:.decimals$e}")) > before
}

fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (any::<u64>(), 0..64_u32).prop_map(|(value, shift)| value >> shift),
        (-300..300_i64).prop_map(i64::cast_unsigned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    #[test]
    fn a_double_is_written_as_by_the_host(
        (modifiers, mut arguments) in modifiers(400),
        conversion in "(l)?[fFeEgGaA]",
        value in double(),
    ) {
        arguments.push(Argument::Double(value));
        let format = format!("<%{modifiers}{conversion}>");
        prop_assume!(!is_wrong_on_the_host(&format, value));
        same(&format, &arguments, 1500)?;
    }

    #[test]
    fn an_integer_is_written_as_by_the_host(
        (modifiers, mut arguments) in modifiers(100),
        conversion in "(hh|h|l|ll|j|z|t|)[diuoxX]",
        value in integer(),
    ) {
        arguments.push(Argument::Integer(value));
        same(&format!("%{modifiers}{conversion}"), &arguments, 300)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn a_string_is_written_as_by_the_host(
        flag in "(-)?",
        (modifiers, mut arguments) in modifiers(60),
        value in "[a-z%é]{0,30}",
        size in 0..80_usize,
    ) {
        let modifiers = modifiers.trim_start_matches(['-', '+', ' ', '#', '0', '\'']);
        let value = CString::new(value).unwrap();
        arguments.push(Argument::Pointer(value.as_ptr().cast_mut().cast()));
        same(&format!("a%{flag}{modifiers}sb"), &arguments, size)?;
    }

    #[test]
    fn what_does_not_fit_is_left_out(
        size in 0..40_usize,
        number in integer(),
        value in double(),
        text in "[ -~]{0,12}",
    ) {
        let text = CString::new(text).unwrap();
        let pointer = Argument::Pointer(text.as_ptr().cast_mut().cast());
        let arguments = [Argument::Integer(number), Argument::Double(value), pointer, Argument::Integer(65)];
        same("%ld, %g: %s%% %c.", &arguments, size)?;
        same("%2$.*3$f|%1$5s|%3$d", &[pointer, Argument::Double(value), Argument::Integer(number % 30)], size)?;
        same("%1$s %2$d %1$s %2$x", &[pointer, Argument::Integer(number)], size)?;
    }

    #[test]
    fn a_pointer_is_written_as_by_the_host(
        flags in "[-0]{0,2}",
        width in 0..30_usize,
        value in prop_oneof![Just(0), any::<usize>()],
    ) {
        let width = if width == 0 { String::new() } else { format!("{width}") };
        let pointer = core::ptr::without_provenance_mut(value);
        same(&format!("%{flags}{width}p"), &[Argument::Pointer(pointer)], 40)?;
    }
}

#[test]
fn digits_are_exact_to_the_last_and_zeros_follow() {
    for value in [5e-324, f64::MIN_POSITIVE, f64::MAX, 0.1, 1.0 / 3.0, 1e300, 0.0, 2.5e-300] {
        for precision in [0, 1, 100, 766, 767, 768, 1073, 1074, 1075, 1100, 4000] {
            for conversion in ["f", "e", "g", "#g", "a"] {
                let (flag, letter) = conversion.split_at(conversion.len() - 1);
                let format = format!("%{flag}.{precision}{letter}");
                same(&format, &[Argument::Double(value)], 6000).unwrap();
                same(&format!("%0{flag}5000.{precision}{letter}"), &[Argument::Double(value)], 6000).unwrap();
            }
        }
    }
}

#[test]
fn null_strings_and_null_pointers_have_names() {
    for format in ["%s", "%3s", "%10s", "%-10s|", "%.5s", "%.6s", "%p", "%10p", "%-10p|"] {
        same(format, &[Argument::Pointer(core::ptr::null_mut())], 30).unwrap();
    }
}

#[test]
fn the_count_up_to_now_is_stored_in_the_width_asked_for() {
    let mut count = u64::MAX;
    let at = Argument::Pointer((&raw mut count).cast());
    for (format, expected) in [
        (c"%5d%hhnx", 0xffff_ffff_ffff_ff05),
        (c"%5d%hnx", 0xffff_ffff_ffff_0005),
        (c"%5d%nx", 0xffff_ffff_0000_0005),
        (c"%5d%lnx", 5),
        (c"%5d%jnx", 5),
    ] {
        count = u64::MAX;
        let (text, result) = ours(format, &[Argument::Integer(7), at], 10);
        assert_eq!((&text[..7], result), (&b"    7x\0"[..], Ok(6)));
        assert_eq!(count, expected, "{format:?}");
    }
}

#[test]
fn wide_characters_are_written_in_utf_8_and_never_in_part() {
    let text: Vec<u32> = "aé€𐍈\0".chars().map(u32::from).collect();
    let at = Argument::Pointer(text.as_ptr().cast_mut().cast());
    for (format, expected) in [
        (c"%ls", "aé€𐍈"),
        (c"%.2ls|", "a|"),
        (c"%.3ls|", "aé|"),
        (c"%5.5ls|", "  aé|"),
        (c"%-8.6ls|", "aé€  |"),
        (c"%.9ls|", "aé€|"),
    ] {
        let (written, result) = ours(format, &[at], 30);
        assert_eq!(result, Ok(c_int::try_from(expected.len()).unwrap()), "{format:?}");
        assert_eq!(&written[..expected.len()], expected.as_bytes());
    }
    let (written, result) = ours(c"%3lc", &[Argument::Integer(0xe9)], 30);
    assert_eq!((&written[..3], result), (" é".as_bytes(), Ok(3)));
    assert_eq!(ours(c"%lc", &[Argument::Integer(0xd800)], 30).1, Err(EILSEQ));
}

#[test]
fn a_format_that_says_nothing_is_an_error() {
    for format in [c"%", c"%5", c"%y", c"%1$d %1$s", c"%2$d", c"%0$d", c"%33$d", c"a%-"] {
        let arguments = [Argument::Integer(1), Argument::Integer(2)];
        assert_eq!(ours(format, &arguments, 10).1, Err(EINVAL), "{format:?}");
    }
}

#[test]
fn more_than_an_int_counts_is_an_error() {
    struct Nowhere;

    impl Sink for Nowhere {
        fn write(&mut self, _: &[u8]) -> Result<(), c_int> {
            Ok(())
        }
    }

    let count = |format: &CStr, arguments: &[Argument]| {
        // SAFETY: the test gives the arguments of the format.
        unsafe { print(&mut Nowhere, format, &mut Feed::new(arguments)) }
    };
    let (one, least) = (Argument::Integer(1), Argument::Integer(0x8000_0000));
    assert_eq!(count(c"%2147483648d", &[one]), Err(EOVERFLOW));
    assert_eq!(count(c"%99999999999999999999d", &[one]), Err(EOVERFLOW));
    assert_eq!(count(c"%.2147483648d", &[one]), Err(EOVERFLOW));
    assert_eq!(count(c"%*d", &[least, one]), Err(EOVERFLOW));
    assert_eq!(count(c"x%2147483647d", &[one]), Err(EOVERFLOW));
    assert_eq!(count(c"x%.2147483647f", &[Argument::Double(1.0)]), Err(EOVERFLOW));
    assert_eq!(count(c"%.*d", &[least, one]), Ok(1));
}

#[test]
fn an_error_of_the_sink_ends_it() {
    struct Full(usize);

    impl Sink for Full {
        fn write(&mut self, bytes: &[u8]) -> Result<(), c_int> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(28)?;
            Ok(())
        }
    }

    // SAFETY: the test gives the arguments of the format.
    let result = unsafe { print(&mut Full(4), c"%3d%3d", &mut Feed::new(&[Argument::Integer(1); 2])) };
    assert_eq!(result, Err(28));
}
