use crate::text::{MONTHS, Text, WEEKDAYS, name};
use crate::{Broken, CTime, Options, calendar};
use core::ffi::{CStr, c_char};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::ERANGE;
use oscomp_interfaces::{Clock, Errno, Sleep, set_errno};
use oscomp_macros::exports;

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// A moment as `format` asks for it, in the C locale, at `place`: how many bytes, without the end. 0, with
    /// `ERANGE`, if there is no room for `room` bytes with the end; what is at `place` then is nothing of use.
    ///
    /// The conversions are those of POSIX.1-2024, and the flags `-` and `_` of the GNU C library, which take the padding
    /// away or make it spaces. What is no conversion stays as it is.
    ///
    /// # Safety
    /// `room` bytes can be written at `place`, `format` is a string, and `broken` can be read; its zone is null or a
    /// string if the format asks for it.
    pub unsafe fn strftime(
        &self,
        place: *mut c_char,
        room: usize,
        format: *const c_char,
        broken: *const Broken,
    ) -> usize {
        // SAFETY: by the contract.
        let (mut text, format, broken) =
            unsafe { (Text::at(place, room), CStr::from_ptr(format).to_bytes(), &*broken) };
        expand(&mut text, format, broken);
        let length = text.length();
        text.push(0);
        if length < room {
            length
        } else {
            set_errno(self.numbers, ERANGE);
            0
        }
    }
}

/// What stands between the percent sign and the letter of a conversion.
#[derive(Clone, Copy)]
struct Conversion {
    /// One of `0`, `+`, `-` and `_`.
    flag: Option<u8>,
    width: Option<usize>,
    /// `E` or `O`, which make no difference in the C locale.
    modifier: Option<u8>,
    letter: u8,
}

impl Conversion {
    /// The conversion that begins behind a percent sign, and what follows it; none if it has no letter.
    fn read(mut format: &[u8]) -> Option<(Self, &[u8])> {
        let mut conversion = Self { flag: None, width: None, modifier: None, letter: 0 };
        while let Some((&flag @ (b'0' | b'+' | b'-' | b'_'), rest)) = format.split_first() {
            (conversion.flag, format) = (Some(flag), rest);
        }
        while let Some((&digit @ b'0'..=b'9', rest)) = format.split_first() {
            let width = conversion.width.unwrap_or(0).saturating_mul(10);
            (conversion.width, format) = (Some(width.saturating_add((digit - b'0').into())), rest);
        }
        if let Some((&modifier @ (b'E' | b'O'), rest)) = format.split_first() {
            (conversion.modifier, format) = (Some(modifier), rest);
        }
        let (&letter, rest) = format.split_first()?;
        Some((Self { letter, ..conversion }, rest))
    }

    /// Whether the letter may stand behind the modifier.
    fn is_valid(self) -> bool {
        match self.modifier {
            Some(b'E') => b"cCxXyY".contains(&self.letter),
            Some(_) => b"bBdehHImMSuUVwWy".contains(&self.letter),
            None => true,
        }
    }

    /// A number, which has so many digits at the least, with `pad` in front.
    fn number(self, text: &mut Text, value: i64, digits: usize, pad: u8) {
        let width = self.width.unwrap_or(0);
        match self.flag {
            Some(b'-') => text.push_number(value, b' ', width, false),
            Some(b'_') => text.push_number(value, b' ', width.max(digits), false),
            Some(_) => text.push_number(value, b'0', width.max(digits), false),
            None => text.push_number(value, pad, width.max(digits), false),
        }
    }

    /// A year, or a century: `most` is the greatest that usually occurs. The flag `+` puts a sign before what is
    /// greater, or wider.
    fn year(self, text: &mut Text, value: i64, digits: usize, most: i64) {
        if self.flag == Some(b'+') {
            let width = self.width.unwrap_or(0);
            let usual = if most > 99 { 4 } else { 2 };
            text.push_number(value, b'0', width.max(usual), value > most || width > usual);
        } else {
            self.number(text, value, digits, b'0');
        }
    }

    /// A text with spaces, or zeros, in front.
    fn text(self, text: &mut Text, value: &[u8]) {
        self.pad(text, value.len());
        text.push_text(value);
    }

    /// What another format makes, with spaces, or zeros, in front.
    fn composed(self, text: &mut Text, format: &[u8], broken: &Broken) {
        if self.width.is_some() {
            let mut counted = Text::counted();
            expand(&mut counted, format, broken);
            self.pad(text, counted.length());
        }
        expand(text, format, broken);
    }

    fn pad(self, text: &mut Text, length: usize) {
        let pad = if matches!(self.flag, Some(b'0' | b'+')) { b'0' } else { b' ' };
        text.push_many(pad, self.width.unwrap_or(0).saturating_sub(length));
    }

    /// A date of ISO 8601: the year has the flag, and all of the width but that of the month and the day.
    fn date(self, text: &mut Text, broken: &Broken) {
        let year = if self.flag.is_none() && self.width.is_none() {
            Self { flag: Some(b'+'), width: Some(4), ..self }
        } else {
            Self { width: self.width.map(|width| width.saturating_sub(6)), ..self }
        };
        year.year(text, i64::from(broken.tm_year) + 1900, 0, 9999);
        expand(text, b"-%m-%d", broken);
    }

    /// Writes what it stands for; false if it is no conversion.
    fn expand(self, text: &mut Text, broken: &Broken) -> bool {
        if !self.is_valid() {
            return false;
        }
        let [year, month, day, hour, weekday, day_of_year] =
            [broken.tm_year, broken.tm_mon, broken.tm_mday, broken.tm_hour, broken.tm_wday, broken.tm_yday]
                .map(i64::from);
        let year = year + 1900;
        let (month_name, day_name) = (
            |is_short| name(&MONTHS, broken.tm_mon, is_short),
            |is_short| name(&WEEKDAYS, broken.tm_wday, is_short),
        );
        match self.letter {
            b'a' => self.text(text, day_name(true).unwrap_or("?").as_bytes()),
            b'A' => self.text(text, day_name(false).unwrap_or("?").as_bytes()),
            b'b' | b'h' => self.text(text, month_name(true).unwrap_or("?").as_bytes()),
            b'B' => self.text(text, month_name(false).unwrap_or("?").as_bytes()),
            b'c' => self.composed(text, b"%a %b %e %H:%M:%S %Y", broken),
            b'C' => self.year(text, year.div_euclid(100), 2, 99),
            b'd' => self.number(text, day, 2, b'0'),
            b'D' | b'x' => self.composed(text, b"%m/%d/%y", broken),
            b'e' => self.number(text, day, 2, b' '),
            b'F' => self.date(text, broken),
            b'g' => self.number(text, week_of_year(year, weekday, day_of_year).0.rem_euclid(100), 2, b'0'),
            b'G' => self.year(text, week_of_year(year, weekday, day_of_year).0, 0, 9999),
            b'H' => self.number(text, hour, 2, b'0'),
            b'I' => self.number(text, (hour + 11).rem_euclid(12) + 1, 2, b'0'),
            b'j' => self.number(text, day_of_year + 1, 3, b'0'),
            b'm' => self.number(text, month + 1, 2, b'0'),
            b'M' => self.number(text, broken.tm_min.into(), 2, b'0'),
            b'n' => self.text(text, b"\n"),
            b'p' => self.text(text, if hour < 12 { b"AM" } else { b"PM" }),
            b'r' => self.composed(text, b"%I:%M:%S %p", broken),
            b'R' => self.composed(text, b"%H:%M", broken),
            b's' => self.number(text, calendar::count(broken), 1, b' '),
            b'S' => self.number(text, broken.tm_sec.into(), 2, b'0'),
            b't' => self.text(text, b"\t"),
            b'T' | b'X' => self.composed(text, b"%H:%M:%S", broken),
            b'u' => self.number(text, (weekday + 6).rem_euclid(7) + 1, 1, b'0'),
            b'U' => self.number(text, (day_of_year + 7 - weekday) / 7, 2, b'0'),
            b'V' => self.number(text, week_of_year(year, weekday, day_of_year).1, 2, b'0'),
            b'w' => self.number(text, weekday, 1, b'0'),
            b'W' => self.number(text, (day_of_year + 7 - (weekday + 6).rem_euclid(7)) / 7, 2, b'0'),
            b'y' => self.number(text, year.rem_euclid(100), 2, b'0'),
            b'Y' => self.year(text, year, 0, 9999),
            b'z' => self.offset(text, broken),
            b'Z' => self.text(text, zone(broken)),
            b'%' => self.text(text, b"%"),
            _ => return false,
        }
        true
    }

    /// How far the time is before UTC, in hours and minutes; nothing where that is not known.
    fn offset(self, text: &mut Text, broken: &Broken) {
        if broken.tm_isdst < 0 {
            return;
        }
        self.pad(text, 5);
        text.push(if broken.tm_gmtoff < 0 { b'-' } else { b'+' });
        let minutes = (broken.tm_gmtoff / 60).unsigned_abs();
        text.push_number((minutes / 60 * 100 + minutes % 60).cast_signed(), b'0', 4, false);
    }
}

/// Writes all of a format.
fn expand(text: &mut Text, mut format: &[u8], broken: &Broken) {
    while let Some((&byte, rest)) = format.split_first() {
        let follows = if byte == b'%' { Conversion::read(rest) } else { None };
        format = match follows {
            Some((conversion, rest)) if conversion.expand(text, broken) => rest,
            _ => {
                text.push(byte);
                rest
            }
        };
    }
}

/// The year and the week of ISO 8601 that a day is in: weeks begin on Monday, and the first has the year's first
/// Thursday.
fn week_of_year(year: i64, weekday: i64, day_of_year: i64) -> (i64, i64) {
    let days = |year| if calendar::is_leap(year) { 366 } else { 365 };
    let thursday = day_of_year + 3 - (weekday + 6).rem_euclid(7);
    let (year, thursday) = if thursday < 0 {
        (year - 1, thursday + days(year - 1))
    } else if thursday >= days(year) {
        (year + 1, thursday - days(year))
    } else {
        (year, thursday)
    };
    (year, thursday / 7 + 1)
}

/// The abbreviation of the time zone.
fn zone(broken: &Broken) -> &[u8] {
    if broken.tm_zone.is_null() {
        b"UTC"
    } else {
        // SAFETY: by the contract of `strftime`.
        unsafe { CStr::from_ptr(broken.tm_zone) }.to_bytes()
    }
}
