extern crate std;

use super::*;
use crate::testing::{Argument, Feed};
use crate::{Text, double_from_extended, double_from_quad};
use proptest::prelude::*;
use std::ffi::CString;
use std::format;
use std::string::String;
use std::vec::Vec;

/// What three directives and a `%n` behind them can write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(16))]
struct Targets([[u8; 64]; 4]);

impl Targets {
    const fn new() -> Self {
        Self([[0xaa; 64]; 4])
    }

    fn at(&mut self, index: usize) -> *mut u8 {
        self.0[index].as_mut_ptr()
    }

    fn value<const N: usize>(&self, index: usize) -> [u8; N] {
        self.0[index][..N].try_into().unwrap()
    }
}

fn ours(text: &CStr, format: &CStr) -> (c_int, Targets) {
    let mut targets = Targets::new();
    let arguments: Vec<_> = (0..4).map(|index| Argument::Pointer(targets.at(index))).collect();
    // SAFETY: each target has room for what a format of these tests can ask for.
    let result = unsafe { scan(&mut Text::new(text.to_bytes()), format, &mut Feed::new(&arguments)) };
    (result, targets)
}

fn hosts(text: &CStr, format: &CStr) -> (c_int, Targets) {
    let mut targets = Targets::new();
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| targets.at(index));
    // SAFETY: each target has room for what a format of these tests can ask for.
    let result = unsafe { libc::sscanf(text.as_ptr(), format.as_ptr(), a, b, c, d) };
    (result, targets)
}

fn same(text: &str, format: &str) -> Result<(), TestCaseError> {
    let (text, format) = (CString::new(text).unwrap(), CString::new(format).unwrap());
    let (result, targets) = ours(&text, &format);
    let (expected, stored) = hosts(&text, &format);
    prop_assert_eq!(result, expected, "{:?} {:?}", text, format);
    prop_assert!(
        targets == stored,
        "{:?} {:?}\n ours {:x?}\nhosts {:x?}",
        text,
        format,
        targets.0.map(|target| u128::from_le_bytes(target[..16].try_into().unwrap())),
        stored.0.map(|target| u128::from_le_bytes(target[..16].try_into().unwrap()))
    );
    Ok(())
}

/// GNU's C library rounds some subnormal numbers in hexadecimal the wrong way: 0x4000a2cp-153 as a `float`, which is
/// 0x4000a2.cp-149, it brings to 0x4000a2p-149.
fn is_wrong_on_the_host(text: &str, conversion: &str) -> bool {
    let (_, targets) = ours(&CString::new(text).unwrap(), &CString::new(format!("%{conversion}")).unwrap());
    let is_small = if conversion.starts_with('l') {
        f64::from_le_bytes(targets.value(0)).abs() <= f64::MIN_POSITIVE
    } else {
        f32::from_le_bytes(targets.value(0)).abs() <= f32::MIN_POSITIVE
    };
    is_small && text.contains(['x', 'X'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn integers_are_read_as_by_the_host(
        text in "[ \n]?[-+]?[0-9]{1,24}[ ,a-w]{0,2}[-+]?[0-9 +-]{0,6}",
        directives in prop::collection::vec(("\\*?", "(0|[1-9]|1[0-9])?", "(hh|h|l|ll|j|z|t|)[diuox]"), 1..4),
        separator in "[ ,]?",
    ) {
        let directives = directives.iter().map(|(kept, width, conversion)| format!("%{kept}{width}{conversion}"));
        same(&text, &format!("{}%n", directives.collect::<Vec<_>>().join(&separator)))?;
    }

    #[test]
    fn integers_in_hexadecimal_are_read_as_by_the_host(
        text in "[-+]?(0[xX])?[0-9a-fA-F]{1,18}[ g]?",
        conversion in "l{0,2}[ixXp]",
    ) {
        // `p` of another length is not for C.
        let conversion = if conversion.ends_with('p') { "p" } else { &*conversion };
        same(&text, &format!("%{conversion}%n"))?;
    }

    #[test]
    fn doubles_are_read_as_by_the_host(
        text in prop_oneof![
            "[-+]?[0-9]{0,25}\\.?[0-9]{0,25}",
            "[-+]?[0-9]{1,20}\\.?[0-9]{0,20}[eE][-+]?[0-9]{1,3}",
            "[-+]?0[xX][0-9a-f]{1,18}\\.?[0-9a-f]{0,6}",
            "[-+]?0[xX][0-9a-f]{1,18}\\.?[0-9a-f]{0,6}[pP][-+]?[0-9]{1,4}",
            "[-+]?(INF|infinity|nan|NaN|Inf)",
            any::<u64>().prop_map(|bits| {
                let value = f64::from_bits(bits);
                if value.is_nan() { String::from("1") } else { format!("{value:e}") }
            }),
            any::<u32>().prop_map(|bits| {
                let value = f32::from_bits(bits);
                if value.is_nan() { String::from("1") } else { format!("{value}") }
            }),
        ],
        behind in "[ ,;]?",
        conversion in "l?[fFeEgGaA]",
    ) {
        prop_assume!(!is_wrong_on_the_host(&text, &conversion));
        same(&format!("{text}{behind}"), &format!("%{conversion}%n"))?;
    }

    /// The hardware rounds a `double` that is the number itself.
    #[test]
    fn hexadecimals_are_rounded_as_by_the_hardware(significand in 0..1_u64 << 53, power in 60..200_i32) {
        let text = CString::new(format!("0x{significand:x}p-{power}")).unwrap();
        let (result, targets) = ours(&text, c"%f%n");
        prop_assert_eq!(result, 1);
        let expected = (significand as f64 * 2_f64.powi(-power)) as f32;
        prop_assert_eq!(f32::from_le_bytes(targets.value(0)), expected, "{:?}", text);
    }

    #[test]
    fn doubles_of_a_width_are_read_as_by_the_host(
        text in "[-+]?[1-9]{0,4}\\.?[0-9]{0,4}[ .+-]?[0-9.]{0,4}",
        width in 1..9_usize,
    ) {
        same(&text, &format!("%{width}lf%{width}f%n"))?;
        same(&text, &format!("%*{width}lf%{width}f%n"))?;
    }

    #[test]
    fn strings_are_read_as_by_the_host(
        text in "[ a-c\n]{0,12}[]^a-e -]{0,12}",
        directives in prop::collection::vec(prop_oneof![
            "%[1-9]?s",
            "%\\*?[1-9]?s",
            Just(String::from("%c")),
            "%[1-9]?\\[\\^?\\]?[a-c -]{1,3}\\]",
            "%\\*?\\[\\^?\\]?(a-c|\\^b|c-a|b-|-b|a-bc-d)\\]",
            "[abc ]",
            Just(String::from("%%")),
        ], 1..4),
    ) {
        // GNU's library is content with fewer bytes than `%5c` asks for.
        same(&text, &format!("{}%n", directives.concat()))?;
    }
}

proptest! {
    /// Around the middle between two neighbours the last digit decides, however far behind it stands.
    #[test]
    fn every_digit_counts(
        significand in 1_u128 << 52..1 << 53,
        power in 0..30_u32,
        zeros in 0..900_usize,
        behind in "[0-9]{0,3}",
    ) {
        let middle = (2 * significand + 1) * 5_u128.pow(power);
        same(&format!("{middle}.{}{behind}e-{power}", "0".repeat(zeros)), "%lf%n")?;
        let below = middle - 1;
        same(&format!("{below}.{}{behind}e-{power}", "9".repeat(zeros)), "%lf%n")?;
        let float = (2 * (significand >> 29) + 1) << (power / 2);
        same(&format!("{float}.{}{behind}", "0".repeat(zeros)), "%f%n")?;
    }
}

#[test]
fn the_middle_between_two_doubles_goes_to_the_even_one_and_above_it_up() {
    // 2^53 + 1, as long as it takes.
    let zeros = "0".repeat(2000);
    for (text, expected) in [
        (format!("9007199254740993.{zeros}"), 9_007_199_254_740_992.0),
        (format!("9007199254740993.{zeros}1"), 9_007_199_254_740_994.0),
        (format!("9007199254740992.{}", "9".repeat(2000)), 9_007_199_254_740_992.0),
        (format!("{zeros}1{zeros}e-2000"), 1.0),
        (format!("0.{zeros}25e2001"), 2.5),
        (format!("1e{zeros}2"), 100.0),
        (String::from("1e99999999999999999999"), f64::INFINITY),
        (String::from("1e-99999999999999999999"), 0.0),
        (format!("0x{zeros}1{zeros}p-8000"), 1.0),
        (format!("0x1.00000000000008{zeros}1"), 1.0 + f64::EPSILON),
        (format!("0x1.00000000000008{zeros}"), 1.0),
        (format!("0x.{zeros}8p8001"), 1.0),
        (String::from("0x1p-1074"), 5e-324),
        (String::from("0x1p-1075"), 0.0),
        (String::from("0x1.1p-1075"), 5e-324),
        (String::from("0x8000000000000cp-1078"), f64::from_bits(1 << 51 | 1)),
        (String::from("0x80000000000008p-1078"), f64::from_bits(1 << 51)),
        (String::from("0xfffffffffffff8p-1078"), f64::MIN_POSITIVE),
        (String::from("0x1p99999999999999999999"), f64::INFINITY),
        (String::from("0x1.fffffffffffff8p1023"), f64::INFINITY),
        (String::from("0x0p99999999999999999999"), 0.0),
    ] {
        let text = CString::new(text).unwrap();
        let (result, targets) = ours(&text, c"%lf");
        assert_eq!((result, f64::from_le_bytes(targets.value(0))), (1, expected), "{text:?}");
    }
}

#[test]
fn a_float_is_rounded_once() {
    // Above the middle between 1 and the next float by less than a double tells.
    let text = c"1.00000005960464477539062500000000001 0x1.0000010000000000000001";
    let (result, targets) = ours(text, c"%f%f");
    assert_eq!(result, 2);
    for index in [0, 1] {
        assert_eq!(f32::from_le_bytes(targets.value(index)), 1.0 + f32::EPSILON);
    }
}

#[test]
fn a_long_double_has_the_format_of_the_architecture() {
    let (result, targets) = ours(c"-0.1 inf", c"%Lf%Lg");
    assert_eq!(result, 2);
    let decode = if cfg!(target_arch = "x86_64") { double_from_extended } else { double_from_quad };
    assert_eq!((decode(targets.value(0)), decode(targets.value(1))), (-0.1, f64::INFINITY));
}

#[test]
fn what_is_only_the_beginning_of_a_number_is_none() {
    // As ISO C has it: the item is `100e`, which is no number. GNU's library takes some of these.
    for (text, format, expected) in [
        (c"100ergs", c"%lf%n", 0),
        (c"1e+", c"%lf%n", 0),
        (c"0x", c"%lf%n", 0),
        (c"0x.", c"%lf%n", 0),
        (c"0x1p", c"%lf%n", 0),
        (c"infin", c"%lf%n", 0),
        (c"in", c"%lf%n", 0),
        (c"nan(a", c"%lf%n", 0),
        (c".", c"%lf%n", 0),
        (c".e1", c"%lf%n", 0),
        (c"0xg", c"%i%n", 0),
        (c"0x1", c"%2x%n", 0),
        (c"-", c"%d%n", 0),
        (c"abc", c"%5c", 0),
        (c"1 0x", c"%d%x", 1),
        (c"", c"%d", EOF),
        (c" ", c"%c%c", 1),
        (c"1", c"%d%d", 1),
        (c"", c"%n", 0),
        (c"", c"x", EOF),
        (c"a", c"%ls", 0),
        (c"1", c"%y", 0),
        (c"1", c"%", 0),
        (c"a", c"%[a", 0),
        (c"a", c"%[", 0),
        (c"a", c"%[^", 0),
        (c"(ni)", c"%p", 0),
    ] {
        assert_eq!(ours(text, format).0, expected, "{text:?} {format:?}");
    }
}

#[test]
fn not_a_number_may_carry_characters() {
    let (result, targets) = ours(c"-nan(x_1)7", c"%lf%d");
    assert_eq!((result, i32::from_le_bytes(targets.value(1))), (2, 7));
    let value = f64::from_le_bytes(targets.value(0));
    assert!(value.is_nan() && value.is_sign_negative());
}

#[test]
fn a_pointer_is_read_as_it_is_written() {
    let (result, targets) = ours(c"(nil) 0xdeadbeef0", c"%p%p");
    let values: [usize; 2] = [0, 1].map(|index| usize::from_le_bytes(targets.value(index)));
    assert_eq!((result, values), (2, [0, 0xdead_beef0]));
}

#[test]
fn at_most_one_byte_is_given_back() {
    struct Once(Vec<u8>, usize, bool);

    impl Source for Once {
        fn next(&mut self) -> Option<u8> {
            let byte = self.0.get(self.1).copied();
            self.1 += usize::from(byte.is_some());
            self.2 = false;
            byte
        }

        fn back(&mut self, byte: u8) {
            assert!(!self.2, "a second one");
            self.1 -= 1;
            self.2 = true;
            assert_eq!(self.0[self.1], byte);
        }
    }

    for (text, left) in [("0xg", 2), ("12ab", 2), ("1e+x", 3), ("infix", 4), ("-x", 1), ("nan(1-", 5)] {
        let mut source = Once(text.as_bytes().to_vec(), 0, false);
        let mut target = Targets::new();
        let mut feed = Feed::new(&[Argument::Pointer(target.at(0))]);
        let format = if text.starts_with("0x") { c"%i" } else { c"%lf" };
        // SAFETY: the target has room for a number.
        unsafe { scan(&mut source, format, &mut feed) };
        assert_eq!(source.1, left, "{text}");
    }
}
