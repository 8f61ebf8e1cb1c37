//! Keys and values in memory that is taken once: an entry of a fixed size for each, and a table that leads there.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use foldhash::fast::FixedState;

/// What stands in front of the bytes of an entry: the lengths of key and value.
const LENGTHS: usize = 3;

/// A fixed count of entries.
pub struct Store {
    /// Where keys are, by their hashes: the upper half of a hash and the number of the entry, from 1; 0 if free.
    /// Entries follow the place of their hash without gaps. A power of two, at most half of it used.
    table: Vec<u64>,
    /// The entries, each of `stride` bytes.
    entries: Vec<u8>,
    stride: usize,
    /// The entries that are free, and how many were never used.
    free: Vec<u32>,
    fresh: u32,
    count: u32,
    seed: FixedState,
}

impl Store {
    /// Room for so many keys, each with its value in so many bytes. None if the heap has not enough.
    pub fn new(count: u32, bytes: usize, seed: u64) -> Option<Self> {
        let (length, stride) = ((count as usize * 2).next_power_of_two(), bytes + LENGTHS);
        let (mut table, mut entries, mut free) = (Vec::new(), Vec::new(), Vec::new());
        table.try_reserve_exact(length).ok()?;
        table.resize(length, 0);
        entries.try_reserve_exact(stride.checked_mul(count as usize)?).ok()?;
        entries.resize(stride * count as usize, 0);
        free.try_reserve_exact(count as usize).ok()?;
        let seed = FixedState::with_seed(seed);
        Some(Self { table, entries, stride, free, fresh: 0, count, seed })
    }

    /// How many keys there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.fresh as usize - self.free.len()
    }

    fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(key);
        hasher.finish()
    }

    /// The key and the value of an entry.
    fn entry(&self, number: u64) -> (&[u8], &[u8]) {
        let bytes = &self.entries[(number as u32 as usize - 1) * self.stride..][..self.stride];
        let (key, value) = (usize::from(bytes[0]), usize::from(u16::from_le_bytes([bytes[1], bytes[2]])));
        bytes[LENGTHS..][..key + value].split_at(key)
    }

    /// The place of a key in the table, or the free one where it would be.
    fn find(&self, key: &[u8], hash: u64) -> Result<usize, usize> {
        let mask = self.table.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let found = self.table[place];
            if found == 0 {
                return Err(place);
            }
            if found >> 32 == hash >> 32 && self.entry(found).0 == key {
                return Ok(place);
            }
            place = (place + 1) & mask;
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let place = self.find(key, self.hash(key)).ok()?;
        Some(self.entry(self.table[place]).1)
    }

    /// Gives a key, of at most 255 bytes, a value. False, and nothing changes, if there is no room.
    pub fn set(&mut self, key: &[u8], value: &[u8]) -> bool {
        if key.len() + value.len() > self.stride - LENGTHS {
            return false;
        }
        let hash = self.hash(key);
        let number = match self.find(key, hash) {
            Ok(place) => self.table[place] as u32,
            Err(place) => {
                let number = match self.free.pop() {
                    Some(number) => number,
                    None if self.fresh < self.count => {
                        self.fresh += 1;
                        self.fresh
                    }
                    None => return false,
                };
                self.table[place] = hash >> 32 << 32 | u64::from(number);
                number
            }
        };
        let entry = &mut self.entries[(number as usize - 1) * self.stride..][..self.stride];
        entry[0] = key.len() as u8;
        entry[1..LENGTHS].copy_from_slice(&(value.len() as u16).to_le_bytes());
        let (keys, rest) = entry[LENGTHS..].split_at_mut(key.len());
        keys.copy_from_slice(key);
        rest[..value.len()].copy_from_slice(value);
        true
    }

    /// Removes a key. False if it is not there.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let Ok(mut hole) = self.find(key, self.hash(key)) else { return false };
        self.free.push(self.table[hole] as u32);
        // What follows moves up to where it is found, or as near to it as may be.
        let mask = self.table.len() - 1;
        let mut place = hole;
        loop {
            place = (place + 1) & mask;
            let found = self.table[place];
            if found == 0 {
                break;
            }
            let wanted = self.hash(self.entry(found).0) as usize & mask;
            if place.wrapping_sub(wanted) & mask >= place.wrapping_sub(hole) & mask {
                self.table[hole] = found;
                hole = place;
            }
        }
        self.table[hole] = 0;
        true
    }
}
