//! The keys and their values.

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use hashbrown::{HashMap, HashSet, HashTable};

/// A key's moment that never comes. Moments are milliseconds since the image started.
pub const NEVER: u64 = u64::MAX;

/// Hashes that nobody outside can foresee.
pub type Hashing = SeedableRandomState;
/// A value that has fields.
pub type Fields = HashMap<Box<[u8]>, Vec<u8>, Hashing>;
/// A value that is a set.
pub type Members = HashSet<Box<[u8]>, Hashing>;

/// What is stored under a key.
#[derive(Debug)]
pub enum Value {
    /// Bytes.
    Text(Vec<u8>),
    /// Elements in order.
    List(VecDeque<Box<[u8]>>),
    /// Values by field.
    Hash(Fields),
    /// Different elements.
    Set(Members),
}

/// A key with its value.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: Box<[u8]>,
    /// What is stored.
    pub value: Value,
    /// When it goes.
    expires: u64,
}

/// All keys. Each has a place of its own for as long as it is there, by whose number it is found again.
pub struct Store {
    /// The numbers of the places, by the hashes of the keys.
    index: HashTable<u32>,
    places: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// The keys that go, in that order.
    going: BTreeSet<(u64, u32)>,
    hashing: Hashing,
    /// Bytes that all of it takes, about.
    used: usize,
    expired: u64,
}

/// Bytes that a key takes besides its own and its value's: its place, its number, what a heap adds to a block.
const KEY: usize = size_of::<Option<Entry>>() + 24;
/// Bytes that an element of a value takes besides its own.
const ELEMENT: usize = 32;

/// Bytes that an element of a value takes.
pub fn element(bytes: &[u8]) -> usize {
    ELEMENT + bytes.len()
}

impl Value {
    /// Its type, as `TYPE` says it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
        }
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.iter().map(|bytes| element(bytes)).sum(),
            Self::Hash(fields) => fields.iter().map(|(name, value)| element(name) + element(value)).sum(),
            Self::Set(members) => members.iter().map(|bytes| element(bytes)).sum(),
        }
    }
}

impl Store {
    /// Without a key. `seed` decides the hashes.
    pub fn new(seed: [u64; 2]) -> Self {
        // One store lives as long as the image.
        let shared = Box::leak(Box::new(SharedSeed::from_u64(seed[0])));
        Self {
            index: HashTable::new(),
            places: Vec::new(),
            free: Vec::new(),
            going: BTreeSet::new(),
            hashing: SeedableRandomState::with_seed(seed[1], shared),
            used: 0,
            expired: 0,
        }
    }

    /// How values hash what is in them.
    pub fn hashing(&self) -> Hashing {
        self.hashing.clone()
    }

    fn hash(&self, key: &[u8]) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        hasher.write(key);
        hasher.finish()
    }

    /// The place of a key that is there `now`.
    pub fn find(&mut self, key: &[u8], now: u64) -> Option<u32> {
        let hash = self.hash(key);
        let places = &self.places;
        let place = *self.index.find(hash, |place| is_at(places, *place, key))?;
        if self.entry(place).expires <= now {
            self.expired += 1;
            self.remove(place);
            return None;
        }
        Some(place)
    }

    /// What is at a place that was found.
    pub fn entry(&self, place: u32) -> &Entry {
        self.places[place as usize].as_ref().expect("a place that was found")
    }

    /// What is stored at a place that was found. Whoever changes how much it is says so by
    /// [`grow`](Self::grow) and [`shrink`](Self::shrink).
    pub fn value(&mut self, place: u32) -> &mut Value {
        &mut self.places[place as usize].as_mut().expect("a place that was found").value
    }

    /// Adds a key that is not there, for ever; where it is.
    pub fn add(&mut self, key: &[u8], value: Value) -> u32 {
        self.used += KEY + key.len() + value.size();
        let entry = Entry { key: key.into(), value, expires: NEVER };
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(entry);
                place
            }
            None => {
                self.places.push(Some(entry));
                // More keys than there are numbers would take hundreds of GiB.
                u32::try_from(self.places.len() - 1).expect("a place for each key")
            }
        };
        let (hash, places, hashing) = (self.hash(key), &self.places, &self.hashing);
        let rehash = |place: &u32| {
            let mut hasher = hashing.build_hasher();
            hasher.write(places[*place as usize].as_ref().map_or(&[], |entry| &entry.key));
            hasher.finish()
        };
        // A key that is there has been found before.
        self.index.insert_unique(hash, place, rehash);
        place
    }

    /// Removes the key at a place that was found.
    pub fn remove(&mut self, place: u32) {
        let Some(entry) = self.places[place as usize].take() else { return };
        let hash = self.hash(&entry.key);
        if let Ok(found) = self.index.find_entry(hash, |other| *other == place) {
            found.remove();
        }
        if entry.expires != NEVER {
            self.going.remove(&(entry.expires, place));
        }
        self.used -= KEY + entry.key.len() + entry.value.size();
        self.free.push(place);
        if self.len() == 0 {
            self.clear();
        }
    }

    /// Stores a text under a key, whatever was there, as long as the key is not said to go.
    pub fn set_text(&mut self, found: Option<u32>, key: &[u8], text: &[u8]) -> u32 {
        let Some(place) = found else { return self.add(key, Value::Text(text.to_vec())) };
        let entry = self.places[place as usize].as_mut().expect("a place that was found");
        let before = entry.value.size();
        match &mut entry.value {
            // The room is used again, unless most of it would stay empty.
            Value::Text(old) if text.len() <= old.capacity() && text.len() >= old.capacity() / 2 => {
                old.clear();
                old.extend_from_slice(text);
            }
            value => *value = Value::Text(text.to_vec()),
        }
        self.used = self.used - before + text.len();
        place
    }

    /// When the key at a place that was found goes.
    pub fn expires(&self, place: u32) -> u64 {
        self.entry(place).expires
    }

    /// Has the key at a place that was found go at that time.
    pub fn expire(&mut self, place: u32, at: u64) {
        let entry = self.places[place as usize].as_mut().expect("a place that was found");
        let before = core::mem::replace(&mut entry.expires, at);
        if before != at {
            if before != NEVER {
                self.going.remove(&(before, place));
            }
            if at != NEVER {
                self.going.insert((at, place));
            }
        }
    }

    /// Removes keys whose time has come, at most so many; when the next one's comes.
    pub fn sweep(&mut self, now: u64, most: usize) -> Option<u64> {
        for _ in 0..most {
            let (at, place) = *self.going.first()?;
            if at > now {
                return Some(at);
            }
            self.expired += 1;
            self.remove(place);
        }
        self.going.first().map(|(at, _)| *at)
    }

    /// Counts bytes that a value has more.
    pub fn grow(&mut self, bytes: usize) {
        self.used += bytes;
    }

    /// Counts bytes that a value has less.
    pub fn shrink(&mut self, bytes: usize) {
        self.used -= bytes;
    }

    /// Bytes that all of it takes, about.
    pub fn used(&self) -> usize {
        self.used
    }

    /// How many keys have gone because their time had come.
    pub fn expired(&self) -> u64 {
        self.expired
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// How many of them go.
    pub fn going(&self) -> usize {
        self.going.len()
    }

    /// How many places there are; keys are in some of those with lower numbers.
    pub fn places(&self) -> u32 {
        self.places.len() as u32
    }

    /// What is at any place, if its time has not come.
    pub fn at(&self, place: u32, now: u64) -> Option<&Entry> {
        self.places.get(place as usize)?.as_ref().filter(|entry| entry.expires > now)
    }

    /// Removes all keys, and gives the memory back.
    pub fn clear(&mut self) {
        self.index = HashTable::new();
        (self.places, self.free) = (Vec::new(), Vec::new());
        self.going.clear();
        self.used = 0;
    }
}

fn is_at(places: &[Option<Entry>], place: u32, key: &[u8]) -> bool {
    places[place as usize].as_ref().is_some_and(|entry| *entry.key == *key)
}
