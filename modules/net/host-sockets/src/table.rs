//! Sockets by number.

use alloc::vec::Vec;

/// What is in use, each under a number that is used again when it is free.
pub struct Table<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Table<T> {
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    pub fn add(&mut self, value: T) -> u32 {
        match self.free.pop() {
            Some(number) => {
                self.places[number as usize] = Some(value);
                number
            }
            None => {
                self.places.push(Some(value));
                self.places.len() as u32 - 1
            }
        }
    }

    pub fn get(&mut self, number: u32) -> Option<&mut T> {
        self.places.get_mut(number as usize)?.as_mut()
    }

    pub fn remove(&mut self, number: u32) -> Option<T> {
        let value = self.places.get_mut(number as usize)?.take()?;
        self.free.push(number);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let mut table = Table::new();
        assert_eq!([table.add('a'), table.add('b')], [0, 1]);
        assert_eq!(table.remove(0), Some('a'));
        assert_eq!((table.remove(0), table.get(0)), (None, None));
        assert_eq!(table.add('c'), 0);
        assert_eq!(table.get(1), Some(&mut 'b'));
    }
}
