use crate::{Broken, CTime, Options};
use core::ffi::c_char;
use core::ptr::null_mut;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EOVERFLOW;
use oscomp_interfaces::{Clock, Errno, Sleep, set_errno};
use oscomp_macros::exports;

/// The bytes of the longest text of `asctime`, whatever the fields are, and its end.
pub const LENGTH: usize = 72;
/// What the place that is handed to `asctime_r` has room for (POSIX.1-2008).
const ROOM: usize = 26;

pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A name by its number, or its first three letters; none if there is none.
pub fn name(names: &[&'static str], number: i32, is_short: bool) -> Option<&'static str> {
    let name = *names.get(usize::try_from(number).ok()?)?;
    Some(if is_short { &name[..3] } else { name })
}

/// Text on its way to a place with room for so many bytes. What does not fit is counted only.
pub struct Text {
    place: *mut c_char,
    room: usize,
    length: usize,
}

impl Text {
    /// No text yet.
    ///
    /// # Safety
    /// So many bytes can be written at `place` while this is used.
    pub const unsafe fn at(place: *mut c_char, room: usize) -> Self {
        Self { place, room, length: 0 }
    }

    /// Text that is only counted.
    pub const fn counted() -> Self {
        Self { place: null_mut(), room: 0, length: 0 }
    }

    /// How many bytes it has, those that did not fit included.
    pub const fn length(&self) -> usize {
        self.length
    }

    pub fn push(&mut self, byte: u8) {
        if self.length < self.room {
            // SAFETY: by the contract of `at`.
            unsafe { self.place.add(self.length).cast::<u8>().write(byte) };
        }
        self.length = self.length.saturating_add(1);
    }

    pub fn push_text(&mut self, text: &[u8]) {
        for &byte in text {
            self.push(byte);
        }
    }

    pub fn push_many(&mut self, byte: u8, count: usize) {
        let shown = count.min(self.room.saturating_sub(self.length));
        for _ in 0..shown {
            self.push(byte);
        }
        self.length = self.length.saturating_add(count - shown);
    }

    /// A number, with `pad` in front of it up to a width: zeros behind the sign, or spaces before it.
    pub fn push_number(&mut self, value: i64, pad: u8, width: usize, has_plus: bool) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        let mut rest = value.unsigned_abs();
        while rest > 0 || first == digits.len() {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let sign = match value {
            ..0 => Some(b'-'),
            _ => has_plus.then_some(b'+'),
        };
        let padding = width.saturating_sub(digits.len() - first + usize::from(sign.is_some()));
        if pad != b'0' {
            self.push_many(pad, padding);
        }
        if let Some(sign) = sign {
            self.push(sign);
        }
        if pad == b'0' {
            self.push_many(pad, padding);
        }
        self.push_text(&digits[first..]);
    }

    /// The text of `asctime`, without its end.
    fn push_moment(&mut self, broken: &Broken) {
        self.push_text(name(&WEEKDAYS, broken.tm_wday, true).unwrap_or("???").as_bytes());
        self.push(b' ');
        self.push_text(name(&MONTHS, broken.tm_mon, true).unwrap_or("???").as_bytes());
        self.push_number(broken.tm_mday.into(), b' ', 3, false);
        for (separator, field) in [(b' ', broken.tm_hour), (b':', broken.tm_min), (b':', broken.tm_sec)] {
            self.push(separator);
            // The digits are two at the least, without the sign.
            self.push_number(field.into(), b'0', if field < 0 { 3 } else { 2 }, false);
        }
        self.push(b' ');
        self.push_number(i64::from(broken.tm_year) + 1900, b' ', 0, false);
        self.push(b'\n');
    }
}

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// A moment as a text such as `Sun Sep 16 01:03:52 1973` and a line's end, at `place`, which is the result (Issue 7
    /// of POSIX). Null, with `EOVERFLOW`, if it is longer than 26 bytes.
    ///
    /// # Safety
    /// `broken` can be read, and 26 bytes written at `place`.
    pub unsafe fn asctime_r(&self, broken: *const Broken, place: *mut c_char) -> *mut c_char {
        // SAFETY: by the contract.
        unsafe { self.moment(&*broken, place, ROOM) }
    }

    /// As `asctime_r`, at a place that the next such call writes to again; a longer text too. Null, with `EOVERFLOW`,
    /// if the year is more than an `int` (ISO C, 7.29.3.1).
    ///
    /// # Safety
    /// `broken` can be read, and nobody else uses the place meanwhile.
    pub unsafe fn asctime(&self, broken: *const Broken) -> *mut c_char {
        // SAFETY: by the contract.
        unsafe { self.moment(&*broken, self.results.text.get().cast(), LENGTH) }
    }

    /// As `asctime_r`, of a moment in seconds since 1970.
    ///
    /// # Safety
    /// `time` can be read, and 26 bytes written at `place`.
    pub unsafe fn ctime_r(&self, time: *const i64, place: *mut c_char) -> *mut c_char {
        let mut broken = Broken::ZERO;
        // SAFETY: by the contract.
        unsafe {
            if self.gmtime_r(time, &raw mut broken).is_null() {
                return null_mut();
            }
            self.asctime_r(&raw const broken, place)
        }
    }

    /// As `asctime`, of a moment in seconds since 1970 (ISO C, 7.29.3.2).
    ///
    /// # Safety
    /// `time` can be read, and nobody else uses the place meanwhile.
    pub unsafe fn ctime(&self, time: *const i64) -> *mut c_char {
        // SAFETY: by the contract.
        unsafe {
            let broken = self.gmtime(time);
            if broken.is_null() { null_mut() } else { self.asctime(broken) }
        }
    }
}

impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// A moment as a text.
    ///
    /// # Safety
    /// `room` bytes can be written at `place`.
    unsafe fn moment(&self, broken: &Broken, place: *mut c_char, room: usize) -> *mut c_char {
        let mut counted = Text::counted();
        counted.push_moment(broken);
        if counted.length() >= room || broken.tm_year.checked_add(1900).is_none() {
            set_errno(self.numbers, EOVERFLOW);
            return null_mut();
        }
        // SAFETY: by the contract.
        let mut text = unsafe { Text::at(place, room) };
        text.push_moment(broken);
        text.push(0);
        place
    }
}
