//! The protocol: see the README.

use crate::store::Store;

/// Bytes in front of the key of a request, and of the value in an answer.
pub const HEADER: usize = 4;

/// How an answer begins.
mod status {
    pub const DONE: u8 = b'+';
    pub const ABSENT: u8 = b'-';
    pub const FULL: u8 = b'!';
    pub const MALFORMED: u8 = b'?';
}

/// Answers the request of `length` bytes at the beginning of `room`, there. The bytes of the answer; none if it is no
/// request at all, so that two servers never answer each other.
pub fn answer(store: &mut Store, room: &mut [u8], length: usize) -> Option<usize> {
    let ([operation, key, ..], rest) = room.get_mut(..length)?.split_first_chunk_mut::<HEADER>()?;
    let (operation, key) = (*operation, usize::from(*key));
    if !matches!(operation, b'G' | b'S' | b'D') {
        return None;
    }
    let (status, value) = match rest.split_at_checked(key) {
        Some((key, value)) if !key.is_empty() => match operation {
            b'S' if store.set(key, value) => (status::DONE, None),
            b'S' => (status::FULL, None),
            _ if !value.is_empty() => (status::MALFORMED, None),
            b'G' => match store.get(key) {
                Some(value) => (status::DONE, Some(value)),
                None => (status::ABSENT, None),
            },
            _ if store.remove(key) => (status::DONE, None),
            _ => (status::ABSENT, None),
        },
        _ => (status::MALFORMED, None),
    };
    room[..2].copy_from_slice(&[status, operation]);
    let value = value.unwrap_or_default();
    // Values are no longer than what a request has room for behind its header.
    room.get_mut(HEADER..HEADER + value.len())?.copy_from_slice(value);
    Some(HEADER + value.len())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::{any, prop, prop_oneof, proptest};
    use proptest::strategy::Strategy;
    use std::collections::HashMap;
    use std::vec;
    use std::vec::Vec;

    fn request(operation: u8, number: [u8; 2], key: &[u8], value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![operation, key.len() as u8, number[0], number[1]];
        bytes.extend(key);
        bytes.extend(value);
        bytes
    }

    fn answered(store: &mut Store, request: &[u8]) -> Option<Vec<u8>> {
        let mut room = vec![0xa5; 1472];
        room[..request.len()].copy_from_slice(request);
        let length = answer(store, &mut room, request.len())?;
        room.truncate(length);
        Some(room)
    }

    #[test]
    fn what_is_set_is_got_until_it_is_deleted() {
        let mut store = Store::new(2, 16, 0).unwrap();
        let mut asked = |operation, key: &[u8], value: &[u8]| {
            answered(&mut store, &request(operation, [7, 9], key, value)).unwrap()
        };
        assert_eq!(asked(b'G', b"one", b""), [b'-', b'G', 7, 9]);
        assert_eq!(asked(b'S', b"one", b"first"), [b'+', b'S', 7, 9]);
        assert_eq!(asked(b'G', b"one", b""), [b'+', b'G', 7, 9, b'f', b'i', b'r', b's', b't']);
        assert_eq!(asked(b'S', b"one", b""), [b'+', b'S', 7, 9]);
        assert_eq!(asked(b'G', b"one", b""), [b'+', b'G', 7, 9], "an empty value is one too");
        assert_eq!(asked(b'S', b"two", &[1; 13]), [b'+', b'S', 7, 9]);
        assert_eq!(asked(b'S', b"two", &[2; 14]), [b'!', b'S', 7, 9], "too long");
        assert_eq!(asked(b'G', b"two", b"")[4..], [1; 13], "nothing has changed");
        assert_eq!(asked(b'S', b"three", b""), [b'!', b'S', 7, 9], "one too many");
        assert_eq!(asked(b'D', b"one", b""), [b'+', b'D', 7, 9]);
        assert_eq!(asked(b'D', b"one", b""), [b'-', b'D', 7, 9]);
        assert_eq!(asked(b'S', b"three", b""), [b'+', b'S', 7, 9]);
        for (operation, key, value) in [(b'G', &b"a"[..], &b"b"[..]), (b'D', b"a", b"b"), (b'S', b"", b"x")] {
            assert_eq!(asked(operation, key, value), [b'?', operation, 7, 9]);
        }
    }

    #[test]
    fn what_is_no_request_is_not_answered() {
        let mut store = Store::new(2, 16, 0).unwrap();
        for bytes in [&b""[..], b"G", b"G\x01\x00", b"+G\x00\x01", b"?\x01\x00\x01x", b"get a\r\n"] {
            assert_eq!(answered(&mut store, bytes), None);
        }
        assert_eq!(answered(&mut store, b"G\x05\x00\x01abcd"), Some(b"?G\x00\x01".to_vec()), "cut short");
    }

    proptest! {
        #[test]
        fn as_a_map_would_answer(
            requests in prop::collection::vec(
                (prop_oneof![any::<u8>(), (0..3_usize).prop_map(|which| b"GSD"[which])],
                 prop::collection::vec(0..3_u8, 0..4), prop::collection::vec(any::<u8>(), 0..14), any::<[u8; 2]>()),
                0..300,
            ),
            seed: u64,
        ) {
            const KEYS: usize = 20;
            let mut store = Store::new(KEYS as u32, 14, seed).unwrap();
            let mut model = HashMap::new();
            for (operation, key, value, number) in requests {
                let value = if operation == b'S' { value } else { Vec::new() };
                let answer = answered(&mut store, &request(operation, number, &key, &value));
                let expected = match operation {
                    b'G' | b'S' | b'D' if key.is_empty() => Some((b'?', None)),
                    b'G' => Some(model.get(&key).map_or((b'-', None), |value: &Vec<u8>| (b'+', Some(value.clone())))),
                    b'D' => Some((if model.remove(&key).is_some() { b'+' } else { b'-' }, None)),
                    b'S' if key.len() + value.len() > 14 || (model.len() == KEYS && !model.contains_key(&key)) => {
                        Some((b'!', None))
                    }
                    b'S' => {
                        model.insert(key, value);
                        Some((b'+', None))
                    }
                    _ => None,
                };
                let expected = expected.map(|(status, value)| {
                    let mut answer = vec![status, operation, number[0], number[1]];
                    answer.extend(value.unwrap_or_default());
                    answer
                });
                assert_eq!(answer, expected);
                assert_eq!(store.len(), model.len());
            }
        }

        #[test]
        fn datagrams_of_any_sort_do_no_harm(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..100),
            operation in 0..3_usize,
        ) {
            let mut store = Store::new(8, 16, 1).unwrap();
            for mut datagram in datagrams {
                if let Some(first) = datagram.first_mut().filter(|first| **first < 128) {
                    *first = b"GSD"[operation];
                }
                let answer = answered(&mut store, &datagram);
                assert!(answer.is_none_or(|answer| answer.len() >= HEADER && answer.len() <= HEADER + 16));
                assert!(store.len() <= 8);
            }
        }
    }
}
