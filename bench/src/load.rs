//! Load on one server: by wrk, by redis-benchmark, and by datagrams.

use crate::datagrams::{self, Datagram};
use crate::probe::Question;
use crate::problem::Problem;
use crate::tools;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

/// Connections that wrk and redis-benchmark keep.
pub const CONNECTIONS: &str = "30";

/// What was answered, and in what time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Answers.
    pub requests: f64,
    /// The time.
    pub seconds: f64,
}

impl Sample {
    /// Answers per second.
    pub fn rate(self) -> f64 {
        self.requests / self.seconds
    }
}

/// A kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// The page, on connections that are kept.
    Http,
    /// One command of Redis, so many of which are sent before an answer is waited for.
    Redis(&'static str, u32),
    /// Datagrams.
    Datagrams(Datagram),
}

impl Load {
    /// How the server is asked for its first answer.
    pub fn question(self) -> Question {
        match self {
            Self::Http => Question::Http,
            Self::Redis(..) => Question::Redis,
            Self::Datagrams(Datagram::Echo) => Question::Echo,
            Self::Datagrams(Datagram::Get | Datagram::Set) => Question::Key,
        }
    }

    /// Puts the load on a server for about so long; `rate` is what it answers in a second, about.
    pub fn run(self, address: Ipv4Addr, port: u16, seconds: u32, rate: f64) -> Result<Sample, Problem> {
        match self {
            Self::Http => {
                let mut wrk = Command::new("wrk");
                wrk.args(["-t1", "-c", CONNECTIONS, "-d", &seconds.to_string()]);
                let said = tools::text(wrk.arg(format!("http://{address}:{port}/")))?;
                wrk_said(&said).ok_or_else(|| Problem(format!("wrk said:\n{said}")))
            }
            Self::Redis(command, pipeline) => {
                // It knows no time, only a count.
                let count = (rate * f64::from(seconds)).clamp(1000.0, 50_000_000.0) as u64;
                let mut redis = Command::new("timeout");
                redis.arg((seconds * 20 + 10).to_string()).args(["redis-benchmark", "--csv", "-h"]);
                redis.arg(address.to_string()).args(["-p", &port.to_string(), "-c", CONNECTIONS]);
                redis.args(["-n", &count.to_string(), "-P", &pipeline.to_string(), "-t"]);
                let said = tools::text(redis.arg(command.to_lowercase()))?;
                let rate = redis_benchmark_said(&said, command)
                    .ok_or_else(|| Problem(format!("redis-benchmark said:\n{said}")))?;
                Ok(Sample { requests: count as f64, seconds: count as f64 / rate })
            }
            Self::Datagrams(what) => {
                let time = Duration::from_secs(seconds.into());
                datagrams::run(what, address, port, time)
                    .map_err(|error| Problem(format!("{what:?}: {error}")))
            }
        }
    }
}

/// Of what wrk says, unless some requests failed: `90210 requests in 3.00s, 63.12MB read`.
fn wrk_said(said: &str) -> Option<Sample> {
    let mut sample = None;
    for line in said.lines().map(str::trim) {
        if line.starts_with("Non-2xx") || line.starts_with("Socket errors") {
            return None;
        }
        if let Some((requests, rest)) = line.split_once(" requests in ") {
            let (time, _) = rest.split_once(',')?;
            sample = Some(Sample { requests: requests.trim().parse().ok()?, seconds: seconds(time)? });
        }
    }
    sample.filter(|sample| sample.requests > 0.0 && sample.seconds > 0.0)
}

/// `450.00ms`, `3.00s`, `1.00m`.
fn seconds(text: &str) -> Option<f64> {
    let units = [("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0)];
    units.iter().find_map(|(unit, factor)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * factor))
}

/// The rate of that command, of what `redis-benchmark --csv` says: `"GET","20123.45","1.2",...`.
fn redis_benchmark_said(said: &str, command: &str) -> Option<f64> {
    said.lines().find_map(|line| {
        let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
        let rate = fields.next().filter(|name| *name == command).and(fields.next())?;
        rate.parse().ok().filter(|rate| *rate > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRK: &str = "Running 4s test @ http://10.55.1.2/\n  1 threads and 30 connections\n  Thread Stats   Avg      \
                       Stdev     Max   +/- Stdev\n    Latency   536.43us  128.32us   3.01ms   74.35%\n    Req/Sec    \
                       54.62k     6.53k   67.75k    65.00%\n  217293 requests in 4.00s, 153.35MB read\n\
                       Requests/sec:  54307.12\nTransfer/sec:     38.33MB\n";

    #[test]
    fn what_wrk_says_is_read() {
        assert_eq!(wrk_said(WRK), Some(Sample { requests: 217_293.0, seconds: 4.0 }));
        let minute = WRK.replace("4.00s", "1.50m");
        assert_eq!(wrk_said(&minute).map(|sample| sample.seconds), Some(90.0));
        assert_eq!(seconds("450.00ms"), Some(0.45));
    }

    #[test]
    fn failed_requests_are_no_figure() {
        assert_eq!(wrk_said(&format!("{WRK}  Non-2xx or 3xx responses: 3\n")), None);
        let errors = format!("  Socket errors: connect 0, read 2, write 0, timeout 0\n{WRK}");
        assert_eq!(wrk_said(&errors), None);
        assert_eq!(wrk_said("unable to connect to 10.55.1.2:http No route to host\n"), None);
        assert_eq!(wrk_said(&WRK.replace("217293", "0")), None);
    }

    #[test]
    fn what_redis_benchmark_says_is_read() {
        let said = "\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\"\n\"SET\",\"11248.59\",\"2.598\",\"0.312\"\n\
                    \"GET\",\"20123.45\",\"1.4\",\"0.2\"\n";
        assert_eq!(redis_benchmark_said(said, "SET"), Some(11_248.59));
        assert_eq!(redis_benchmark_said(said, "GET"), Some(20_123.45));
        assert_eq!(redis_benchmark_said(said, "INCR"), None);
        assert_eq!(redis_benchmark_said("Could not connect to Redis\n", "GET"), None);
    }
}
