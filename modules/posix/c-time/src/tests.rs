extern crate std;

use super::*;
use core::ffi::{CStr, c_long};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU64, Ordering};
use oscomp_c_abi::numbers::{EINVAL, EOPNOTSUPP, EOVERFLOW, ERANGE};
use oscomp_c_abi::{TimeSpec, TimeVal};
use oscomp_c_errno::CErrno;
use oscomp_interfaces::errno;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::boxed::Box;
use std::ffi::CString;
use std::string::{String, ToString};
use std::sync::Once;

unsafe extern "C" {
    fn tzset();
    fn asctime(broken: *const libc::tm) -> *mut c_char;
    fn asctime_r(broken: *const libc::tm, place: *mut c_char) -> *mut c_char;
}

type Number = &'static CErrno;

/// A clock that goes on by a microsecond each time that it is looked at.
#[derive(Clone, Copy)]
struct Ticking(&'static AtomicU64);

impl Clock for Ticking {
    fn now(self) -> Duration {
        Duration::from_micros(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Sleep for Ticking {
    fn sleep(self, time: Duration) {
        // Two naps: who sleeps has to look at the clock.
        self.0.fetch_add(time.as_micros().div_ceil(2) as u64, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy)]
struct At<const EPOCH: u64>;

impl<const EPOCH: u64> Config<Options> for At<EPOCH> {
    const OPTIONS: Options = Options { epoch: EPOCH };
}

fn start<const EPOCH: u64>() -> CTime<Ticking, Ticking, Number, At<EPOCH>> {
    static ZONE: Once = Once::new();
    ZONE.call_once(|| {
        // SAFETY: nobody else has looked at the environment or at a time zone yet.
        unsafe {
            std::env::set_var("TZ", "UTC");
            tzset();
        }
    });
    let clock = Ticking(Box::leak(Box::new(AtomicU64::new(0))));
    let errno: Number = Box::leak(Box::new(CErrno::start().unwrap()));
    CTime::start(clock, clock, errno).unwrap()
}

/// What a call left in `errno`, which is 0 again afterwards.
fn error(time: &CTime<Ticking, Ticking, Number, impl Config<Options>>) -> c_int {
    let number = errno(time.numbers);
    time.numbers.cell().store(0, Ordering::Relaxed);
    number
}

/// The same for the host.
fn host_error() -> c_int {
    // SAFETY: it is this thread's.
    let number = unsafe { &mut *libc::__errno_location() };
    core::mem::take(number)
}

/// The fields, but for the zone's name.
fn fields(broken: &Broken) -> [c_long; 10] {
    let Broken {
        tm_sec,
        tm_min,
        tm_hour,
        tm_mday,
        tm_mon,
        tm_year,
        tm_wday,
        tm_yday,
        tm_isdst,
        tm_gmtoff,
        ..
    } = *broken;
    let [second, minute, hour, day, month, year, weekday, day_of_year, saving] =
        [tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst].map(c_long::from);
    [second, minute, hour, day, month, year, weekday, day_of_year, saving, tm_gmtoff]
}

/// The greatest and the least moment whose years fit.
const LAST: i64 = 67_768_036_191_676_799;
const FIRST: i64 = -67_768_040_609_740_800;

fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        FIRST..=LAST,
        -70_000_000_000..300_000_000_000_i64,
        LAST - 1_000_000..LAST + 1_000_000,
        FIRST - 1_000_000..FIRST + 1_000_000,
    ]
}

fn any_fields() -> impl Strategy<Value = Broken> {
    let field = || prop_oneof![3 => -100..100_i32, 1 => any::<i32>()];
    let year = prop_oneof![-2000..8100_i32, any::<i32>(), i32::MAX - 5..=i32::MAX, i32::MIN..i32::MIN + 5];
    (field(), field(), field(), field(), field(), year, field(), field()).prop_map(
        |(tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday)| Broken {
            tm_sec,
            tm_min,
            tm_hour,
            tm_mday,
            tm_mon,
            tm_year,
            tm_wday,
            tm_yday,
            ..Broken::ZERO
        },
    )
}

/// Conversions that the host has too, and text between them.
fn format() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => (select(&["", "0", "_", "-"][..]), select(&["", "1", "3", "7", "12"][..]),
            select("aAbBdDehHIjmMnpRrsStTuUVwWxXyYgGcZ%".chars().collect::<std::vec::Vec<_>>()))
            .prop_map(|(flag, width, letter)| std::format!("%{flag}{width}{letter}")),
        1 => select(&["%Ec", "%Ex", "%EX", "%Ey", "%EY", "%Od", "%Oe", "%OH", "%OI", "%Om", "%OM", "%OS", "%Ou",
            "%OU", "%OV", "%Ow", "%OW", "%Oy", "%z", "%Q", "%Ed", "%%", " ", "day ",][..])
            .prop_map(ToString::to_string),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn moments_are_broken_down_as_the_host_does(seconds in moment()) {
        let time = start::<0>();
        let mut ours = Broken::ZERO;
        let mut hosts = Broken::ZERO;
        host_error();
        // SAFETY: the places are locals, and the host's fields are laid out the same.
        let (result, host) = unsafe {(
            time.gmtime_r(&raw const seconds, &raw mut ours),
            libc::gmtime_r(&raw const seconds, (&raw mut hosts).cast()),
        )};
        prop_assert_eq!(result.is_null(), host.is_null());
        prop_assert_eq!(error(&time), host_error());
        if host.is_null() {
            prop_assert_eq!(ours, Broken::ZERO);
        } else {
            prop_assert_eq!(fields(&ours), fields(&hosts));
            // SAFETY: the fields are locals.
            prop_assert_eq!(unsafe { time.mktime(&raw mut ours) }, seconds);
        }
    }

    #[test]
    fn fields_are_counted_as_the_host_does(broken in any_fields()) {
        let time = start::<0>();
        for is_local in [false, true] {
            let (mut ours, mut hosts) = (broken, broken);
            host_error();
            // SAFETY: the places are locals, and the host's fields are laid out the same.
            let (result, host) = unsafe {
                if is_local {
                    (time.mktime(&raw mut ours), libc::mktime((&raw mut hosts).cast()))
                } else {
                    (time.timegm(&raw mut ours), libc::timegm((&raw mut hosts).cast()))
                }
            };
            let number = error(&time);
            if host == -1 && result != -1 {
                // The host does without the seconds at first, and gives up where the year is too large without them.
                prop_assert!([FIRST, LAST].iter().any(|edge| edge.abs_diff(result) < 1 << 32));
                continue;
            }
            prop_assert_eq!((result, fields(&ours)), (host, fields(&hosts)));
            if result == -1 && number != 0 {
                prop_assert_eq!(number, host_error());
                prop_assert_eq!(ours, broken);
            }
        }
    }

    #[test]
    fn moments_are_formatted_as_the_host_does(
        // The host's year is 32 bits wide.
        seconds in moment().prop_map(|seconds| seconds.clamp(FIRST, LAST - 1900 * 366 * 86_400)),
        format in format(),
        room in prop_oneof![Just(400), 0..40_usize],
    ) {
        let time = start::<0>();
        let mut broken = Broken::ZERO;
        let format = CString::new(format).unwrap();
        let (mut ours, mut hosts) = ([0x55_u8; 400], [0x55_u8; 400]);
        // SAFETY: the places are locals, and the host's fields are laid out the same.
        let (length, host) = unsafe {
            time.gmtime_r(&raw const seconds, &raw mut broken);
            let broken = &raw const broken;
            (
                time.strftime(ours.as_mut_ptr().cast(), room, format.as_ptr(), broken),
                libc::strftime(hosts.as_mut_ptr().cast(), room, format.as_ptr(), broken.cast()),
            )
        };
        prop_assert_eq!(length, host);
        prop_assert_eq!(&ours[room..], &hosts[room..]);
        if length > 0 {
            prop_assert_eq!(CStr::from_bytes_until_nul(&ours).unwrap(), CStr::from_bytes_until_nul(&hosts).unwrap());
            prop_assert_eq!(error(&time), 0);
        } else {
            prop_assert!(error(&time) == ERANGE || (ours[0] == 0 && room > 0));
        }
    }

    #[test]
    fn moments_are_texts_as_the_host_has_them(broken in any_fields()) {
        let time = start::<0>();
        let (mut ours, mut hosts) = ([0; 27], [0; 27]);
        host_error();
        let host_fields: *const libc::tm = (&raw const broken).cast();
        // SAFETY: the places are locals with as much room as is asked for, the host's fields are laid out the same,
        // and results are used before the next call.
        unsafe {
            let result = time.asctime_r(&raw const broken, ours.as_mut_ptr());
            let host = asctime_r(host_fields, hosts.as_mut_ptr());
            prop_assert_eq!(result.is_null(), host.is_null());
            prop_assert_eq!(error(&time), host_error());
            if !host.is_null() {
                prop_assert_eq!(ours, hosts);
            }
            let result = time.asctime(&raw const broken);
            let place = &HOST;
            let _alone = place.lock();
            let host = asctime(host_fields);
            prop_assert_eq!(result.is_null(), host.is_null());
            prop_assert_eq!(error(&time), host_error());
            if !host.is_null() {
                prop_assert_eq!(CStr::from_ptr(result), CStr::from_ptr(host));
            }
        }
    }

    #[test]
    fn differences_are_the_hosts(end in any::<i64>(), start_of_it in any::<i64>()) {
        // SAFETY: it has no contract.
        prop_assert_eq!(start::<0>().difftime(end, start_of_it), unsafe { libc::difftime(end, start_of_it) });
    }
}

/// Who has the host's place for texts.
static HOST: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// A date by a format.
fn formatted(format: &CStr, year: i32) -> String {
    let broken =
        Broken { tm_year: year - 1900, tm_mon: 2, tm_mday: 5, tm_wday: 2, tm_yday: 63, ..Broken::ZERO };
    let mut place = [0_u8; 64];
    // SAFETY: the place is a local.
    let length =
        unsafe { start::<0>().strftime(place.as_mut_ptr().cast(), 64, format.as_ptr(), &raw const broken) };
    String::from_utf8(place[..length].to_vec()).unwrap()
}

#[test]
fn years_are_as_posix_has_them() {
    for (format, year, expected) in [
        (c"%F", 2024, "2024-03-05"),
        (c"%F", 99, "0099-03-05"),
        (c"%F", 12345, "+12345-03-05"),
        (c"%F", -5, "-005-03-05"),
        (c"%+12F", 2024, "+02024-03-05"),
        (c"%012F", 2024, "002024-03-05"),
        (c"%+10F", 2024, "2024-03-05"),
        (c"%+4Y", 17, "0017"),
        (c"%+4Y", 10000, "+10000"),
        (c"%+5Y", 81, "+0081"),
        (c"%05Y", 81, "00081"),
        (c"%Y", 81, "81"),
        (c"%+6G", 2024, "+02024"),
        (c"%C", 2024, "20"),
        (c"%C", 99, "00"),
        (c"%+C", 12345, "+123"),
        (c"%+3C", 270, "+02"),
        (c"%C%y", -123, "-277"),
        (c"%+d %+5e", 2024, "05 00005"),
        (c"%5%%-n%10Z", 2024, "    %\n       UTC"),
    ] {
        assert_eq!(formatted(format, year), expected, "{format:?} of {year}");
    }
}

#[test]
fn clocks_go_by_the_images() {
    let time = start::<1_700_000_000>();
    let mut spec = TimeSpec { tv_sec: 0, tv_nsec: -1 };
    let mut value = TimeVal { tv_sec: 0, tv_usec: -1 };
    let mut seconds = 0;
    time.time.0.store(2_345_678, Ordering::Relaxed);
    // SAFETY: the places are locals.
    unsafe {
        assert_eq!(time.time(&raw mut seconds), 1_700_000_002);
        assert_eq!((seconds, time.time(null_mut())), (1_700_000_002, 1_700_000_002));
        assert_eq!(time.gettimeofday(&raw mut value, null_mut()), 0);
        assert_eq!(value, TimeVal { tv_sec: 1_700_000_002, tv_usec: 345_680 });
        assert_eq!(time.clock_gettime(0, &raw mut spec), 0);
        assert_eq!(spec, TimeSpec { tv_sec: 1_700_000_002, tv_nsec: 345_681_000 });
        assert_eq!(time.clock_gettime(1, &raw mut spec), 0);
        assert_eq!(spec, TimeSpec { tv_sec: 2, tv_nsec: 345_682_000 });
        assert_eq!(time.clock(), 2_345_683);
        assert_eq!(time.timespec_get(&raw mut spec, 1), 1);
        assert_eq!(spec.tv_sec, 1_700_000_002);
        assert_eq!(time.timespec_get(&raw mut spec, 2), 0);
        assert_eq!((time.clock_getres(1, &raw mut spec), time.clock_getres(1, null_mut())), (0, 0));
        assert_eq!(spec, TimeSpec { tv_sec: 0, tv_nsec: 1_000_000 });
        assert_eq!(error(&time), 0);
        for clock in [-1, 8, i32::MAX] {
            assert_eq!(time.clock_gettime(clock, &raw mut spec), -1);
            assert_eq!(error(&time), EINVAL);
            assert_eq!(time.clock_getres(clock, &raw mut spec), -1);
            assert_eq!(error(&time), EINVAL);
        }
        let mut times = Times { tms_utime: 0, tms_stime: 1, tms_cutime: 1, tms_cstime: 1 };
        assert_eq!(time.times(&raw mut times), 234);
        assert_eq!(times, Times { tms_utime: 234, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 });
        let mut usage = Usage { ru_utime: value, ru_stime: value, uncounted: [1; 14] };
        assert_eq!(time.getrusage(0, &raw mut usage), 0);
        assert_eq!(usage.ru_utime.tv_sec, 2);
        assert_eq!((usage.ru_stime, usage.uncounted), (TimeVal { tv_sec: 0, tv_usec: 0 }, [0; 14]));
        assert_eq!((time.getrusage(7, &raw mut usage), error(&time)), (-1, EINVAL));
    }
}

#[test]
fn sleepers_wait_as_long_as_they_say() {
    let time = start::<1000>();
    let waited = |act: &dyn Fn() -> c_int, expected| {
        let before = time.time.0.load(Ordering::Relaxed);
        let result = act();
        (result, (time.time.0.load(Ordering::Relaxed) - before).abs_diff(expected) < 5)
    };
    let half = TimeSpec { tv_sec: 0, tv_nsec: 500_000 };
    // SAFETY: the times are locals.
    unsafe {
        assert_eq!(waited(&|| time.nanosleep(&raw const half, null_mut()), 500), (0, true));
        assert_eq!(waited(&|| time.usleep(3000), 3000), (0, true));
        assert_eq!(waited(&|| time.sleep(1).cast_signed(), 1_000_000), (0, true));
        assert_eq!(waited(&|| time.clock_nanosleep(1, 0, &raw const half, null_mut()), 500), (0, true));
        let now = Duration::from_micros(time.time.0.load(Ordering::Relaxed));
        let soon = TimeSpec::new(now + Duration::from_micros(700));
        assert_eq!(waited(&|| time.clock_nanosleep(1, 1, &raw const soon, null_mut()), 700), (0, true));
        assert_eq!(waited(&|| time.clock_nanosleep(1, 1, &raw const soon, null_mut()), 0), (0, true));
        let now = Duration::from_micros(time.time.0.load(Ordering::Relaxed));
        let later = TimeSpec::new(now + Duration::from_micros(900) + Duration::from_secs(1000));
        assert_eq!(waited(&|| time.clock_nanosleep(0, 1, &raw const later, null_mut()), 900), (0, true));
        for bad in [
            TimeSpec { tv_sec: -1, tv_nsec: 0 },
            TimeSpec { tv_sec: 0, tv_nsec: -1 },
            TimeSpec { tv_sec: 0, tv_nsec: 1_000_000_000 },
        ] {
            assert_eq!(time.nanosleep(&raw const bad, null_mut()), -1);
            assert_eq!(error(&time), EINVAL);
            assert_eq!(time.clock_nanosleep(1, 0, &raw const bad, null_mut()), EINVAL);
        }
        assert_eq!(time.clock_nanosleep(9, 0, &raw const half, null_mut()), EINVAL);
        assert_eq!(time.clock_nanosleep(2, 0, &raw const half, null_mut()), EOPNOTSUPP);
    }
    assert_eq!(error(&time), 0);
}

#[test]
fn places_of_its_own_are_used_again() {
    let time = start::<0>();
    let (first, second) = (0, 86_400);
    // SAFETY: the results are used before the next call.
    unsafe {
        let broken = time.gmtime(&raw const first);
        assert_eq!((*broken).tm_mday, 1);
        assert_eq!(CStr::from_ptr((*broken).tm_zone), c"UTC");
        assert_eq!((time.localtime(&raw const second), (*broken).tm_mday), (broken, 2));
        assert_eq!(CStr::from_ptr(time.ctime(&raw const first)), c"Thu Jan  1 00:00:00 1970\n");
        let mut place = [1; 26];
        assert_eq!(time.ctime_r(&raw const second, place.as_mut_ptr()), place.as_mut_ptr());
        assert_eq!(CStr::from_ptr(place.as_ptr()), c"Fri Jan  2 00:00:00 1970\n");
        let never = i64::MAX;
        assert!(time.gmtime(&raw const never).is_null() && error(&time) == EOVERFLOW);
        assert!(time.ctime(&raw const never).is_null() && error(&time) == EOVERFLOW);
        assert!(time.ctime_r(&raw const never, place.as_mut_ptr()).is_null() && error(&time) == EOVERFLOW);
    }
}
