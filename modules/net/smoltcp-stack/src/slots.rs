//! Things by numbers that are not soon used again.

use alloc::vec::Vec;

/// Up to 65535 things.
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u16>,
    limit: usize,
}

struct Slot<T> {
    generation: u16,
    thing: Option<T>,
}

impl<T> Slots<T> {
    /// None, and never more than `limit`.
    pub fn new(limit: u16) -> Self {
        Self { slots: Vec::new(), free: Vec::new(), limit: limit.into() }
    }

    /// Whether there is room for another one.
    pub fn has_room(&self) -> bool {
        !self.free.is_empty() || self.slots.len() < self.limit
    }

    /// The number under which the thing now is; there has to be room.
    pub fn add(&mut self, thing: T) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, thing: None });
            (self.slots.len() - 1) as u16
        });
        let slot = &mut self.slots[usize::from(index)];
        slot.thing = Some(thing);
        number(index, slot.generation)
    }

    fn slot(&mut self, number: u32) -> Option<&mut Slot<T>> {
        let slot = self.slots.get_mut(usize::from(number as u16))?;
        (slot.generation == (number >> 16) as u16).then_some(slot)
    }

    /// The thing of that number.
    pub fn get(&mut self, number: u32) -> Option<&mut T> {
        self.slot(number)?.thing.as_mut()
    }

    /// Takes the thing of that number out.
    pub fn remove(&mut self, number: u32) -> Option<T> {
        let slot = self.slot(number)?;
        let thing = slot.thing.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(number as u16);
        Some(thing)
    }

    /// All of them, from that index on and around.
    pub fn around(&self, first: usize) -> impl Iterator<Item = (u32, &T)> {
        let (before, from) = self.slots.split_at(first.min(self.slots.len()));
        let from = from.iter().zip(first..);
        from.chain(before.iter().zip(0..)).filter_map(|(slot, index)| {
            let thing = slot.thing.as_ref()?;
            Some((number(index as u16, slot.generation), thing))
        })
    }
}

fn number(index: u16, generation: u16) -> u32 {
    u32::from(index) | u32::from(generation) << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_number_is_nobodys() {
        let mut slots = Slots::new(2);
        let [one, two] = [slots.add('a'), slots.add('b')];
        assert!(!slots.has_room());
        assert_eq!(slots.remove(one), Some('a'));
        let three = slots.add('c');
        assert_ne!(one, three);
        assert_eq!(slots.get(one), None);
        assert_eq!(slots.remove(one), None);
        assert_eq!(slots.get(two).copied(), Some('b'));
        assert_eq!(slots.get(three).copied(), Some('c'));
        assert!(slots.around(1).map(|(number, _)| number).eq([two, three]));
        assert!(slots.around(9).map(|(number, _)| number).eq([three, two]));
    }
}
