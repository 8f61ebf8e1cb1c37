//! Arrays sorted and searched.

use crate::CNumbers;
use core::ptr;
use oscomp_c_abi::{c_int, c_void};
use oscomp_interfaces::Errno;
use oscomp_macros::exports;

/// C's function that orders two elements.
type Compare = Option<unsafe extern "C" fn(*const c_void, *const c_void) -> c_int>;
/// The same with what the caller wants it to have.
type CompareWith = Option<unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int>;

/// So many elements are sorted by insertion.
const FEW: usize = 12;

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// Sorts an array in place, in time n · log n whatever is in it. Equal elements may change their order. With a
    /// function that contradicts itself the order is any one.
    ///
    /// # Safety
    /// There are `count` elements of `size` bytes, which can be written; `compare` can be called with any two of them,
    /// and does not change them.
    pub unsafe fn qsort(&self, elements: *mut c_void, count: usize, size: usize, compare: Compare) {
        let Some(compare) = compare else { return };
        // SAFETY: as promised.
        unsafe { sort(elements, count, size, |one, other| compare(one, other)) }
    }

    /// The same with a function that is also handed `context`, as GNU's C library and POSIX have it.
    ///
    /// # Safety
    /// There are `count` elements of `size` bytes, which can be written; `compare` can be called with any two of them and
    /// the context, and does not change them.
    pub unsafe fn qsort_r(
        &self,
        elements: *mut c_void,
        count: usize,
        size: usize,
        compare: CompareWith,
        context: *mut c_void,
    ) {
        let Some(compare) = compare else { return };
        // SAFETY: as promised.
        unsafe { sort(elements, count, size, |one, other| compare(one, other, context)) }
    }

    /// An element of a sorted array that equals the key; null if there is none.
    ///
    /// # Safety
    /// There are `count` elements of `size` bytes; `compare` can be called with the key and any of them, and does not
    /// change them.
    pub unsafe fn bsearch(
        &self,
        key: *const c_void,
        elements: *const c_void,
        count: usize,
        size: usize,
        compare: Compare,
    ) -> *mut c_void {
        let Some(compare) = compare else { return ptr::null_mut() };
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            let element = elements.wrapping_byte_add(middle * size);
            // SAFETY: as promised.
            match unsafe { compare(key, element) } {
                ..0 => high = middle,
                0 => return element.cast_mut(),
                1.. => low = middle + 1,
            }
        }
        ptr::null_mut()
    }
}

/// # Safety
/// There are `count` elements of `size` bytes, which can be written; the function can be called with any two of them,
/// and does not change them.
unsafe fn sort(
    elements: *mut c_void,
    count: usize,
    size: usize,
    order: impl Fn(*const c_void, *const c_void) -> c_int,
) {
    if size > 0 && count > 1 {
        let array = Array { elements, size, order };
        // SAFETY: as promised.
        unsafe { array.sort(0, count, 2 * count.ilog2()) }
    }
}

/// Elements of a size that only C knows, all of which can be written.
struct Array<Order> {
    elements: *mut c_void,
    size: usize,
    order: Order,
}

impl<Order: Fn(*const c_void, *const c_void) -> c_int> Array<Order> {
    const fn at(&self, index: usize) -> *mut c_void {
        self.elements.wrapping_byte_add(index * self.size)
    }

    fn is_less(&self, one: usize, other: usize) -> bool {
        (self.order)(self.at(one), self.at(other)) < 0
    }

    /// # Safety
    /// There are such elements.
    unsafe fn swap(&self, one: usize, other: usize) {
        if one != other {
            // SAFETY: these are two, and do not overlap.
            unsafe { ptr::swap_nonoverlapping(self.at(one).cast::<u8>(), self.at(other).cast(), self.size) }
        }
    }

    /// Sorts from `low` to below `high` (Musser: "Introspective sorting and selection algorithms", 1997). After as many
    /// divisions as `limit` it sorts by a heap: then they were bad ones.
    ///
    /// # Safety
    /// There are such elements.
    unsafe fn sort(&self, mut low: usize, mut high: usize, mut limit: u32) {
        while high - low > FEW {
            // SAFETY: all are between the two.
            unsafe {
                let Some(rest) = limit.checked_sub(1) else { return self.sort_by_heap(low, high) };
                limit = rest;
                let pivot = self.divide(low, high);
                // The smaller part first, so that few are waiting for the other one.
                if pivot - low < high - pivot {
                    self.sort(low, pivot, limit);
                    low = pivot + 1;
                } else {
                    self.sort(pivot + 1, high, limit);
                    high = pivot;
                }
            }
        }
        for end in low + 1..high {
            let mut at = end;
            while at > low && self.is_less(at, at - 1) {
                // SAFETY: both are between the two.
                unsafe { self.swap(at, at - 1) };
                at -= 1;
            }
        }
    }

    /// Moves an element to where none before is greater and none behind is less; returns that place.
    ///
    /// # Safety
    /// There are such elements, three at the least.
    unsafe fn divide(&self, low: usize, high: usize) -> usize {
        let median = self.median(low, low + (high - low) / 2, high - 1);
        // SAFETY: all are between the two.
        unsafe {
            self.swap(low, median);
            let (mut left, mut right) = (low, high);
            loop {
                left += 1;
                while left < high && self.is_less(left, low) {
                    left += 1;
                }
                right -= 1;
                while right > low && self.is_less(low, right) {
                    right -= 1;
                }
                if left >= right {
                    self.swap(low, right);
                    return right;
                }
                self.swap(left, right);
            }
        }
    }

    /// Which of three is between the others.
    fn median(&self, one: usize, two: usize, three: usize) -> usize {
        let (low, high) = if self.is_less(two, one) { (two, one) } else { (one, two) };
        if self.is_less(three, low) {
            low
        } else if self.is_less(high, three) {
            high
        } else {
            three
        }
    }

    /// # Safety
    /// There are such elements.
    unsafe fn sort_by_heap(&self, low: usize, high: usize) {
        let count = high - low;
        for root in (0..count / 2).rev() {
            // SAFETY: all are below the count.
            unsafe { self.sift(low, root, count) };
        }
        for end in (1..count).rev() {
            // SAFETY: the same.
            unsafe {
                self.swap(low, low + end);
                self.sift(low, 0, end);
            }
        }
    }

    /// Lets an element down to where both below it are not greater.
    ///
    /// # Safety
    /// There are `count` elements from `low` on.
    unsafe fn sift(&self, low: usize, mut root: usize, count: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= count {
                return;
            }
            if child + 1 < count && self.is_less(low + child, low + child + 1) {
                child += 1;
            }
            if !self.is_less(low + root, low + child) {
                return;
            }
            // SAFETY: both are below the count.
            unsafe { self.swap(low + root, low + child) };
            root = child;
        }
    }
}
