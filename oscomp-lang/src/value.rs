//! Values of options: how a literal becomes one, for `system.kdl`, `platform.kdl` and the defaults in
//! Rust sources alike.

use crate::signature::kebab_case;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// A value as it is written: the common part of KDL's and Rust's literals.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `#true`, `true`.
    Bool(bool),
    /// `64`.
    Integer(i128),
    /// `0.5`: no option takes one, but a report has to name it.
    Float(f64),
    /// `"8MiB"`.
    String(String),
    /// `#null`.
    Null,
}

impl Literal {
    /// As it is written in KDL.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Bool(value) => format!("#{value}"),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::String(text) => format!("{text:?}"),
            Self::Null => "#null".to_owned(),
        }
    }

    /// What kind of literal it is, for a report: `a number`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a decimal number",
            Self::String(_) => "a string",
            Self::Null => "null",
        }
    }
}

/// The value of an option, typed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "value")]
pub enum Value {
    /// An optional option that nobody set.
    None,
    /// `bool`.
    Bool(bool),
    /// Any of Rust's integers.
    Integer(i128),
    /// `&'static str`.
    String(String),
    /// `Bytes`.
    Bytes(u64),
    /// `Duration`.
    Duration(Duration),
    /// `Ipv4Addr`.
    Ipv4Addr(Ipv4Addr),
    /// `Ipv4Cidr`.
    Ipv4Cidr {
        /// The address, host part included.
        address: Ipv4Addr,
        /// Length of the network prefix in bits.
        prefix: u8,
    },
    /// `Ipv6Cidr`.
    Ipv6Cidr {
        /// The address, host part included.
        address: Ipv6Addr,
        /// Length of the network prefix in bits.
        prefix: u8,
    },
    /// `MacAddress`.
    MacAddress([u8; 6]),
    /// A variant of a choice, by its Rust name.
    Variant(String),
    /// The contents of a file; the path is relative to the folder of `system.kdl`.
    File(String),
    /// The files of a folder, relative to the folder of `system.kdl`.
    Archive {
        /// The path of the folder, or of an archive.
        path: String,
        /// Whether it is an archive already.
        packed: bool,
    },
    /// A source file in C.
    CSource(CPath),
    /// A folder of headers.
    CInclude(CPath),
    /// A macro of C's preprocessor: `NAME` or `NAME=VALUE`.
    CDefine(String),
    /// The name of a function in C that is compiled for speed.
    CHot(String),
    /// A device of the platform, by name.
    Device(String),
    /// A list of any of the others.
    List(Vec<Value>),
}

/// Where a source in C, or a folder of headers, is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CPath {
    /// Relative to the folder of `system.kdl`.
    Project(String),
    /// In a package of Cargo's registry.
    Package {
        /// The package.
        name: String,
        /// Its version, all of it.
        version: String,
        /// Relative to the folder of the package.
        path: String,
    },
}

impl CPath {
    /// Reads `crate:NAME@VERSION/PATH`; another text is a path of the project.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("crate:") else { return Ok(Self::Project(text.to_owned())) };
        let expected = || {
            "expected a package with its whole version and a path in it, such as \"crate:libsqlite3-sys@0.40.0/sqlite3/sqlite3.c\"".to_owned()
        };
        let (package, path) = rest.split_once('/').ok_or_else(expected)?;
        let (name, version) = package.split_once('@').ok_or_else(expected)?;
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        // Build metadata (`+…`) is part of it, too.
        let is_version = version.split('.').count() >= 3
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'));
        let is_path = path.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !(is_name && is_version && is_path) || path.contains('\\') {
            return Err(expected());
        }
        let path = path.trim_end_matches('/').to_owned();
        Ok(Self::Package { name: name.to_owned(), version: version.to_owned(), path })
    }
}

impl fmt::Display for CPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(path) => out.write_str(path),
            Self::Package { name, version, path } => write!(out, "crate:{name}@{version}/{path}"),
        }
    }
}

/// Parses a macro of C's preprocessor: a name, or a name, `=` and a value.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_define(text: &str) -> Result<Value, String> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    if !text.contains(['\0', '\n']) && is_c_identifier(name) {
        Ok(Value::CDefine(text.to_owned()))
    } else {
        Err("expected a macro, such as \"NDEBUG\" or \"LIMIT=16\"".to_owned())
    }
}

/// Parses the name of a function in C.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_c_function(text: &str) -> Result<Value, String> {
    if is_c_identifier(text) {
        Ok(Value::CHot(text.to_owned()))
    } else {
        Err("expected the name of a function in C, such as \"main\"".to_owned())
    }
}

/// ISO C, section 6.4.2.1, without what implementations may add.
fn is_c_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Value {
    /// The number behind a value, for ranges and conditions: bytes, nanoseconds, the integer itself, 0 or 1.
    #[must_use]
    pub fn number(&self) -> Option<i128> {
        match self {
            Self::Bool(value) => Some(i128::from(*value)),
            Self::Integer(value) => Some(*value),
            Self::Bytes(value) => Some(i128::from(*value)),
            Self::Duration(value) => i128::try_from(value.as_nanos()).ok(),
            _ => None,
        }
    }
}

/// As it would be written in `system.kdl`; several values side by side.
impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => out.write_str("#null"),
            Self::Bool(value) => write!(out, "#{value}"),
            Self::Integer(value) => write!(out, "{value}"),
            Self::String(text)
            | Self::File(text)
            | Self::Device(text)
            | Self::CDefine(text)
            | Self::CHot(text) => write!(out, "{text:?}"),
            Self::CSource(path) | Self::CInclude(path) => write!(out, "{:?}", path.to_string()),
            Self::Archive { path, packed } => {
                let slash = if *packed { "" } else { "/" };
                write!(out, "{:?}", format!("{path}{slash}"))
            }
            Self::Variant(name) => write!(out, "{:?}", kebab_case(name)),
            Self::Bytes(bytes) => write!(out, "\"{}\"", format_bytes(*bytes)),
            Self::Duration(duration) => write!(out, "\"{}\"", format_duration(*duration)),
            Self::Ipv4Addr(address) => write!(out, "\"{address}\""),
            Self::Ipv4Cidr { address, prefix } => write!(out, "\"{address}/{prefix}\""),
            Self::Ipv6Cidr { address, prefix } => write!(out, "\"{address}/{prefix}\""),
            Self::MacAddress([a, b, c, d, e, f]) => {
                write!(out, "\"{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\"")
            }
            Self::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    write!(out, "{space}{value}")?;
                }
                Ok(())
            }
        }
    }
}

/// A size in its largest whole unit: `8MiB`.
#[must_use]
pub fn format_bytes(bytes: u64) -> String {
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes != 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    format!("{bytes}B")
}

/// A duration in its largest whole unit: `10ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    for (length, unit) in [
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ] {
        if nanoseconds != 0 && nanoseconds.is_multiple_of(length) {
            return format!("{}{unit}", nanoseconds / length);
        }
    }
    format!("{nanoseconds}ns")
}

/// Parses a size: a whole number and `B`, `KiB`, `MiB`, `GiB` or `TiB`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split_unit(text);
    let shift = match unit {
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        "kB" | "KB" | "K" | "k" => return Err(ambiguous(number, "KiB")),
        "MB" | "M" => return Err(ambiguous(number, "MiB")),
        "GB" | "G" => return Err(ambiguous(number, "GiB")),
        _ => return Err("expected a size with its unit, such as \"64KiB\" or \"8MiB\"".to_owned()),
    };
    let number: u64 = digits(number).ok_or("expected a whole number before the unit, such as \"8MiB\"")?;
    number.checked_mul(1 << shift).ok_or_else(|| "expected a size of less than 16EiB".to_owned())
}

fn ambiguous(number: &str, unit: &str) -> String {
    format!("expected a binary unit: \"{number}{unit}\"")
}

/// Parses a duration: a whole number and `ns`, `us`, `ms`, `s`, `min` or `h`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text);
    let nanoseconds: u64 = match unit {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err("expected a duration with its unit, such as \"10ms\" or \"2s\"".to_owned()),
    };
    let number: u64 = digits(number).ok_or("expected a whole number before the unit, such as \"10ms\"")?;
    number
        .checked_mul(nanoseconds)
        .map(Duration::from_nanos)
        .ok_or_else(|| "expected a duration of less than 584 years".to_owned())
}

/// Parses an address with a prefix length, `10.0.2.15/24`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_ipv4_cidr(text: &str) -> Result<Value, String> {
    let expected = || "expected an address with its prefix length, such as \"10.0.2.15/24\"".to_owned();
    let (address, prefix) = text.split_once('/').ok_or_else(expected)?;
    let address = address.parse().map_err(|_| expected())?;
    let prefix: u8 = digits(prefix).ok_or_else(expected)?;
    if prefix > 32 {
        return Err("expected a prefix length from 0 to 32".to_owned());
    }
    Ok(Value::Ipv4Cidr { address, prefix })
}

/// Parses an address of version 6 with a prefix length, `fd00::15/64`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_ipv6_cidr(text: &str) -> Result<Value, String> {
    let expected = || "expected an IPv6 address with its prefix length, such as \"fd00::15/64\"".to_owned();
    let (address, prefix) = text.split_once('/').ok_or_else(expected)?;
    let address = address.parse().map_err(|_| expected())?;
    let prefix: u8 = digits(prefix).ok_or_else(expected)?;
    if prefix > 128 {
        return Err("expected a prefix length from 0 to 128".to_owned());
    }
    Ok(Value::Ipv6Cidr { address, prefix })
}

/// Parses an EUI-48 address, `52:54:00:12:34:56`.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_mac_address(text: &str) -> Result<[u8; 6], String> {
    let expected = || "expected six hexadecimal bytes, such as \"52:54:00:12:34:56\"".to_owned();
    let mut address = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut address {
        let part = parts.next().filter(|part| part.len() == 2).ok_or_else(expected)?;
        if !part.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(expected());
        }
        *byte = u8::from_str_radix(part, 16).map_err(|_| expected())?;
    }
    if parts.next().is_some() { Err(expected()) } else { Ok(address) }
}

fn split_unit(text: &str) -> (&str, &str) {
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '_').unwrap_or(text.len());
    (&text[..end], text[end..].trim_start_matches(' '))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_bytes("8MiB"), Ok(8 << 20));
        assert_eq!(parse_bytes("1_024 B"), Ok(1024));
        assert!(parse_bytes("8MB").unwrap_err().contains("8MiB"));
        for wrong in ["", "MiB", "8", "-8MiB", "8.5MiB", "99999999999TiB", "8mib", "8 M iB"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("10ms"), Ok(Duration::from_millis(10)));
        assert_eq!(parse_duration("2min"), Ok(Duration::from_secs(120)));
        for wrong in ["", "10", "ms", "10m", "1.5s", "99999999999999999h"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        for text in ["0B", "1023B", "1KiB", "1536KiB", "3GiB", "18446744073709551615B"] {
            assert_eq!(format_bytes(parse_bytes(text).unwrap()), text);
        }
        for text in ["0ns", "1500us", "10ms", "90s", "2min", "3h"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        let list = Value::List(vec![Value::Variant("TcpOnly".into()), Value::String("a\"b".into())]);
        assert_eq!(list.to_string(), r#""tcp-only" "a\"b""#);
        assert_eq!(Value::MacAddress([0x52, 0x54, 0, 0x12, 0x34, 1]).to_string(), "\"52:54:00:12:34:01\"");
    }

    #[test]
    fn addresses() {
        assert_eq!(
            parse_ipv4_cidr("10.0.2.15/24"),
            Ok(Value::Ipv4Cidr { address: Ipv4Addr::new(10, 0, 2, 15), prefix: 24 })
        );
        for wrong in ["10.0.2.15", "10.0.2/24", "10.0.2.15/33", "10.0.2.15/", "10.0.2.15/+4"] {
            assert!(parse_ipv4_cidr(wrong).is_err(), "{wrong}");
        }
        let address = parse_ipv6_cidr("fd00::15/64").unwrap();
        assert_eq!(
            address,
            Value::Ipv6Cidr { address: Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x15), prefix: 64 }
        );
        assert_eq!(address.to_string(), "\"fd00::15/64\"");
        for wrong in ["fd00::15", "10.0.2.15/24", "fd00::15/129", "fd00::15/", "fd00:15/64"] {
            assert!(parse_ipv6_cidr(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_mac_address("52:54:00:12:34:56"), Ok([0x52, 0x54, 0, 0x12, 0x34, 0x56]));
        for wrong in ["", "52:54:00:12:34", "52:54:00:12:34:56:78", "52:54:0:12:34:56", "zz:54:00:12:34:56"] {
            assert!(parse_mac_address(wrong).is_err(), "{wrong}");
        }
    }
}
