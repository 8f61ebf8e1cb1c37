//! The options of sockets (POSIX.1-2024, section 2.10.16). Those that tell the network what to do are kept and have no
//! effect: the stacks do as they were composed.

use crate::Result;
use crate::flags::{
    IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPV6_V6ONLY, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET,
};
use alloc::vec::Vec;
use core::ffi::c_int;
use core::time::Duration;
use oscomp_c_abi::TimeVal;
use oscomp_c_abi::numbers::{EDOM, EINVAL, ENOPROTOOPT};

/// Levels and names of options that are integers, and what they are at first, as on Linux.
const INTEGERS: &[(c_int, c_int, c_int)] = &[
    (SOL_SOCKET, 1, 0),       // SO_DEBUG
    (SOL_SOCKET, 2, 0),       // SO_REUSEADDR
    (SOL_SOCKET, 5, 0),       // SO_DONTROUTE
    (SOL_SOCKET, 6, 0),       // SO_BROADCAST
    (SOL_SOCKET, 7, 16_384),  // SO_SNDBUF
    (SOL_SOCKET, 8, 131_072), // SO_RCVBUF
    (SOL_SOCKET, 9, 0),       // SO_KEEPALIVE
    (SOL_SOCKET, 10, 0),      // SO_OOBINLINE
    (SOL_SOCKET, 12, 0),      // SO_PRIORITY
    (SOL_SOCKET, 15, 0),      // SO_REUSEPORT
    (SOL_SOCKET, 18, 1),      // SO_RCVLOWAT
    (SOL_SOCKET, 19, 1),      // SO_SNDLOWAT
    (IPPROTO_TCP, 1, 0),      // TCP_NODELAY
    (IPPROTO_TCP, 2, 536),    // TCP_MAXSEG
    (IPPROTO_TCP, 3, 0),      // TCP_CORK
    (IPPROTO_TCP, 4, 7200),   // TCP_KEEPIDLE
    (IPPROTO_TCP, 5, 75),     // TCP_KEEPINTVL
    (IPPROTO_TCP, 6, 9),      // TCP_KEEPCNT
    (IPPROTO_TCP, 7, 6),      // TCP_SYNCNT
    (IPPROTO_TCP, 8, 60),     // TCP_LINGER2
    (IPPROTO_TCP, 9, 0),      // TCP_DEFER_ACCEPT
    (IPPROTO_TCP, 12, 1),     // TCP_QUICKACK
    (IPPROTO_TCP, 18, 0),     // TCP_USER_TIMEOUT
    (IPPROTO_IP, 1, 0),       // IP_TOS
    (IPPROTO_IP, 2, 64),      // IP_TTL
    (IPPROTO_IP, 10, 1),      // IP_MTU_DISCOVER
    (IPPROTO_IP, 11, 0),      // IP_RECVERR
    (IPPROTO_IP, 15, 0),      // IP_FREEBIND
    (IPPROTO_IPV6, 16, 64),   // IPV6_UNICAST_HOPS
    (IPPROTO_IPV6, IPV6_V6ONLY, 0),
    (IPPROTO_IPV6, 67, 0), // IPV6_TCLASS
];

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Integer(c_int),
    /// `struct linger`: whether closing waits, and how many seconds.
    Linger(c_int, c_int),
    /// A duration.
    Time(TimeVal),
}

/// What somebody has set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    integers: Vec<(c_int, c_int, c_int)>,
    /// How long closing waits for what was written; with no time at all the connection is reset.
    pub linger: Option<Duration>,
    /// How long a call waits that receives.
    pub receive: Option<Duration>,
    /// How long a call waits that sends.
    pub send: Option<Duration>,
}

impl Settings {
    /// The value of an option.
    ///
    /// # Errors
    /// `ENOPROTOOPT` if there is none of that name.
    pub fn get(&self, level: c_int, name: c_int) -> Result<Value> {
        if level == SOL_SOCKET {
            match name {
                SO_LINGER => {
                    let seconds = self.linger.unwrap_or_default().as_secs() as c_int;
                    return Ok(Value::Linger(c_int::from(self.linger.is_some()), seconds));
                }
                SO_RCVTIMEO => return Ok(Value::Time(TimeVal::new(self.receive.unwrap_or_default()))),
                SO_SNDTIMEO => return Ok(Value::Time(TimeVal::new(self.send.unwrap_or_default()))),
                _ => {}
            }
        }
        let is_it = |option: &&(c_int, c_int, c_int)| option.0 == level && option.1 == name;
        let known = self.integers.iter().find(is_it).or_else(|| INTEGERS.iter().find(is_it));
        known.map(|&(_, _, value)| Value::Integer(value)).ok_or(ENOPROTOOPT)
    }

    /// An option that is an integer.
    pub fn integer(&self, level: c_int, name: c_int) -> c_int {
        match self.get(level, name) {
            Ok(Value::Integer(value)) => value,
            _ => 0,
        }
    }

    /// Sets an option.
    ///
    /// # Errors
    /// `ENOPROTOOPT` if there is none of that name, `EINVAL` if it has another type, `EDOM` if it is no time.
    pub fn set(&mut self, level: c_int, name: c_int, value: Value) -> Result<()> {
        match (self.get(level, name)?, value) {
            (Value::Linger(..), Value::Linger(waits, seconds)) => {
                let seconds = u64::try_from(seconds).unwrap_or(0);
                self.linger = (waits != 0).then(|| Duration::from_secs(seconds));
            }
            (Value::Time(_), Value::Time(time)) => {
                if !(0..1_000_000).contains(&time.tv_usec) {
                    return Err(EDOM);
                }
                let microseconds = Duration::from_micros(time.tv_usec.cast_unsigned());
                // A time before now is no time at all, and none is for ever.
                let time = u64::try_from(time.tv_sec)
                    .map_or(Duration::from_nanos(1), |seconds| Duration::from_secs(seconds) + microseconds);
                let place = if name == SO_RCVTIMEO { &mut self.receive } else { &mut self.send };
                *place = (!time.is_zero()).then_some(time);
            }
            (Value::Integer(_), Value::Integer(value)) => {
                match self.integers.iter_mut().find(|option| option.0 == level && option.1 == name) {
                    Some(option) => option.2 = value,
                    None => self.integers.push((level, name, value)),
                }
            }
            _ => return Err(EINVAL),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_kept() {
        let mut settings = Settings::default();
        assert_eq!(settings.get(SOL_SOCKET, 2), Ok(Value::Integer(0)));
        assert_eq!(settings.set(SOL_SOCKET, 2, Value::Integer(1)), Ok(()));
        assert_eq!(settings.set(SOL_SOCKET, 2, Value::Integer(5)), Ok(()));
        assert_eq!(settings.get(SOL_SOCKET, 2), Ok(Value::Integer(5)));
        assert_eq!(settings.get(IPPROTO_TCP, 99), Err(ENOPROTOOPT));
        assert_eq!(settings.set(SOL_SOCKET, SO_LINGER, Value::Integer(1)), Err(EINVAL));
        assert_eq!(settings.set(SOL_SOCKET, SO_LINGER, Value::Linger(1, 0)), Ok(()));
        assert_eq!(settings.linger, Some(Duration::ZERO));
        let time = TimeVal { tv_sec: 1, tv_usec: 500_000 };
        assert_eq!(settings.set(SOL_SOCKET, SO_RCVTIMEO, Value::Time(time)), Ok(()));
        assert_eq!(settings.receive, Some(Duration::from_millis(1500)));
        assert_eq!(settings.get(SOL_SOCKET, SO_RCVTIMEO), Ok(Value::Time(time)));
        let none = TimeVal { tv_sec: 0, tv_usec: 0 };
        assert_eq!(settings.set(SOL_SOCKET, SO_RCVTIMEO, Value::Time(none)), Ok(()));
        assert_eq!(settings.receive, None);
        let wrong = TimeVal { tv_sec: 0, tv_usec: 1_000_000 };
        assert_eq!(settings.set(SOL_SOCKET, SO_SNDTIMEO, Value::Time(wrong)), Err(EDOM));
    }
}
