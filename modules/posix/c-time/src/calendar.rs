//! The Gregorian calendar, for as long as seconds can be counted.

use crate::Broken;
use core::ffi::c_int;

const DAY: i64 = 86_400;
/// Days of 400 years, after which the calendar repeats itself.
const ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// The days of a year before each month, March first: so February's end is the year's.
const BEFORE: [i64; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/// Whether a year has a 29th of February.
pub const fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// The moment so many seconds after 1970-01-01 00:00:00 UTC, in fields; none if its year is too large for one.
pub fn break_down(seconds: i64) -> Option<Broken> {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let from_march = days + EPOCH;
    let (era, day) = (from_march.div_euclid(ERA), from_march.rem_euclid(ERA));
    // Each fourth year is a day longer, each hundredth is not, and the last of the era is.
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = BEFORE.iter().rposition(|&before| before <= day_of_year)?;
    let is_next = month >= 10;
    let year = era * 400 + year + i64::from(is_next);
    let since_january = if is_next { day_of_year - 306 } else { day_of_year + 59 + i64::from(is_leap(year)) };
    Some(Broken {
        tm_sec: (second % 60) as c_int,
        tm_min: (second / 60 % 60) as c_int,
        tm_hour: (second / 3600) as c_int,
        tm_mday: (day_of_year - BEFORE[month] + 1) as c_int,
        tm_mon: ((month + 2) % 12) as c_int,
        tm_year: c_int::try_from(year - 1900).ok()?,
        tm_wday: (days + 4).rem_euclid(7) as c_int,
        tm_yday: since_january as c_int,
        tm_isdst: 0,
        tm_gmtoff: 0,
        tm_zone: c"UTC".as_ptr(),
    })
}

/// The seconds from 1970-01-01 00:00:00 UTC to a moment in fields, each of which may be of any size. What fields of
/// 32 bits can say does not exceed 64.
pub fn count(broken: &Broken) -> i64 {
    let [year, month, day, hour, minute, second] =
        [broken.tm_year, broken.tm_mon, broken.tm_mday, broken.tm_hour, broken.tm_min, broken.tm_sec]
            .map(i64::from);
    // The year begins in March.
    let months = month - 2;
    let year = year + 1900 + months.div_euclid(12);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let days = era * ERA
        + 365 * year
        + year / 4
        + -(year / 100)
        + BEFORE[months.rem_euclid(12) as usize]
        + (day - 1)
        - EPOCH;
    days * DAY + hour * 3600 + minute * 60 + second
}
