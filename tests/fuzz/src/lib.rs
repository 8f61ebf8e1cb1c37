//! Targets for fuzzing: whole servers and stacks over a network in memory, file systems over disks and servers in memory, and
//! the checker over a catalog in memory.
//!
//! Each takes any bytes, and panics where something is wrong. `./run TARGET` has libFuzzer look for such bytes, guided
//! by what they reach.
#![forbid(unsafe_code)]

mod disks;
mod frames;
mod link;
mod servers;
mod shares;
mod systems;

/// What takes bytes that may be any.
pub type Target = fn(&[u8]);

/// The targets, by name.
pub const TARGETS: [(&str, Target); 10] = [
    ("system", systems::system),
    ("httpd", servers::httpd),
    ("kv", servers::kv),
    ("smoltcp", frames::smoltcp),
    ("udp-only", frames::udp_only),
    ("mount-fat", disks::fat),
    ("mount-ext4", disks::ext4),
    ("mount-cpio", disks::cpio),
    ("mount-9p", shares::ninep),
    ("mount-cow", disks::cow),
];

/// Bytes in pieces: each begins with its length, in two bytes.
fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (piece, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        bytes = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance.
    fn noise(seed: u64) -> impl Iterator<Item = u64> {
        let mut state = seed;
        std::iter::from_fn(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some(state >> 33)
        })
    }

    #[test]
    fn pieces_are_as_long_as_they_say_or_as_there_is() {
        let all: Vec<_> = pieces(&[1, 0, 7, 0, 0, 9, 0, 1, 2, 3]).collect();
        assert_eq!(all, [&[7][..], &[], &[1, 2, 3]]);
    }

    #[test]
    fn every_target_takes_noise_and_what_is_almost_right() {
        let samples = [
            (0, b"system \"a\" { platform \"p\"; app \"b\" { c \"d\" } }".as_slice()),
            (1, b"GET /index.html HTTP/1.1\r\nHost: a\r\nRange: bytes=0-3\r\n\r\n"),
            (2, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"),
            (3, &frames::REQUEST),
            (4, &frames::REQUEST),
            (5, &[0x16, 0, 0, 2, 1]),
            (6, &[1, 0x60, 4, 0, 1]),
            (7, &[0x36, 0, 0, 8, b'0']),
            (8, &[0, 2, 3, 7, 0, 4, 0xff, 0xff, 0xff, 0xff]),
            (9, &[0, 0x10, 0, 2, 1, 7]),
        ];
        for (target, sample) in samples {
            for seed in 0..40 {
                let mut noise = noise(seed);
                let mut one = sample.to_vec();
                for _ in 0..seed % 4 {
                    let place = noise.next().unwrap() as usize % one.len();
                    one[place] = noise.next().unwrap() as u8;
                }
                let mut bytes = (one.len() as u16).to_le_bytes().to_vec();
                bytes.extend(one);
                bytes.extend(noise.take(64).map(|number| number as u8));
                (TARGETS[target].1)(if target == 0 { &bytes[2..] } else { &bytes });
            }
        }
    }
}
