//! Who has which address on the link: what ARP has found out.

/// How many neighbours are known at one time.
const COUNT: usize = 64;
/// How many places one can have.
const WINDOW: usize = 4;
/// How long what was heard is believed, in seconds.
const LIFE: u32 = 120;
/// After how many seconds it is asked for again, while it is still believed.
const DOUBT: u32 = 60;

#[derive(Clone, Copy, Debug, Default)]
struct Neighbour {
    /// 0 if there is none.
    address: u32,
    mac: [u8; 6],
    /// When it was heard of, and asked for, in seconds.
    heard: u32,
    asked: u32,
}

/// The neighbours that are known.
#[derive(Debug)]
pub struct Neighbours([Neighbour; COUNT]);

/// What is known of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub mac: [u8; 6],
    /// Whether it is time to ask whether that is still so.
    pub ask: bool,
}

impl Neighbours {
    /// Nobody.
    pub const fn new() -> Self {
        Self([Neighbour { address: 0, mac: [0; 6], heard: 0, asked: 0 }; COUNT])
    }

    #[inline]
    fn places(address: u32) -> impl Iterator<Item = usize> {
        let first = (address ^ address >> 8) as usize;
        (0..WINDOW).map(move |step| (first + step) % COUNT)
    }

    /// What is known of that address. Who is told to ask is not told again for a second.
    #[inline]
    pub fn find(&mut self, address: u32, now: u32) -> Option<Known> {
        let place = Self::places(address).find(|place| self.0[*place].address == address)?;
        let neighbour = &mut self.0[place];
        let age = now.wrapping_sub(neighbour.heard);
        if age > DOUBT {
            if age > LIFE {
                neighbour.address = 0;
                return None;
            }
            let ask = now != neighbour.asked;
            neighbour.asked = now;
            return Some(Known { mac: neighbour.mac, ask });
        }
        Some(Known { mac: neighbour.mac, ask: false })
    }

    /// Notes who has an address; what was heard of longest ago makes way.
    pub fn learn(&mut self, address: u32, mac: [u8; 6], now: u32) {
        let known = Self::places(address).find(|place| self.0[*place].address == address);
        let place = known.or_else(|| {
            Self::places(address).max_by_key(|place| match self.0[*place] {
                Neighbour { address: 0, .. } => u32::MAX,
                Neighbour { heard, .. } => now.wrapping_sub(heard),
            })
        });
        if let Some(place) = place {
            self.0[place] = Neighbour { address, mac, heard: now, asked: now };
        }
    }

    /// Whether that address is known.
    pub fn has(&self, address: u32) -> bool {
        Self::places(address).any(|place| self.0[place].address == address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_doubted_and_forgotten() {
        let mut neighbours = Neighbours::new();
        assert_eq!(neighbours.find(5, 100), None);
        neighbours.learn(5, [1; 6], 100);
        assert_eq!(neighbours.find(5, 160), Some(Known { mac: [1; 6], ask: false }));
        assert_eq!(neighbours.find(5, 161), Some(Known { mac: [1; 6], ask: true }));
        assert_eq!(neighbours.find(5, 161), Some(Known { mac: [1; 6], ask: false }), "once a second");
        assert_eq!(neighbours.find(5, 162), Some(Known { mac: [1; 6], ask: true }));
        neighbours.learn(5, [2; 6], 163);
        assert_eq!(neighbours.find(5, 164), Some(Known { mac: [2; 6], ask: false }));
        assert_eq!(neighbours.find(5, 284), None);
        assert!(!neighbours.has(5));
    }

    #[test]
    fn the_oldest_makes_way() {
        let mut neighbours = Neighbours::new();
        let same_places = |number: u32| 7 + number * 0x1000_0000;
        for number in (0..4).rev() {
            neighbours.learn(same_places(number), [number as u8; 6], 10 - number);
        }
        assert!((0..4).all(|number| neighbours.has(same_places(number))));
        neighbours.learn(same_places(4), [9; 6], 11);
        let kept = (0..4).filter(|number| neighbours.has(same_places(*number))).count();
        assert!(kept == 3 && !neighbours.has(same_places(3)));
    }
}
