//! Everything that an interface may have, called through a binding and through the ambient type.
use oscomp_macros::interface;
use std::future::Future;

#[interface]
pub trait Everything {
    type Item;
    fn nothing(self);
    fn borrows<'a>(self, text: &'a str, _other: &str) -> &'a str;
    fn generic<T: Clone>(self, item: T) -> (T, T);
    fn visits(self, visit: impl FnMut(u8));
    fn item(self) -> Self::Item;
    fn later(self) -> impl Future<Output = u8>;
    unsafe fn dangerous(self, pointer: *const u8) -> u8;
}

#[derive(Clone, Copy)]
struct Provider;

impl Everything for &Provider {
    type Item = u64;
    fn nothing(self) {}
    fn borrows<'a>(self, text: &'a str, _other: &str) -> &'a str {
        text
    }
    fn generic<T: Clone>(self, item: T) -> (T, T) {
        (item.clone(), item)
    }
    fn visits(self, mut visit: impl FnMut(u8)) {
        visit(1);
        visit(2);
    }
    fn item(self) -> u64 {
        7
    }
    fn later(self) -> impl Future<Output = u8> {
        async { 5 }
    }
    unsafe fn dangerous(self, pointer: *const u8) -> u8 {
        unsafe { *pointer }
    }
}

static PROVIDER: Provider = Provider;

#[derive(Clone, Copy)]
struct Tag;

impl EverythingBinding for Tag {
    type Target = &'static Provider;
    fn target(self) -> Self::Target {
        &PROVIDER
    }
}

pub mod status {
    #[oscomp_macros::interface(ambient)]
    pub trait Board {
        fn show<'a>(self, text: &'a str, other: &str) -> &'a str;
        fn count(self) -> usize;
        unsafe fn raw(self, value: u8) -> u8;
    }
}
use status::{Board, BoardBinding, SystemBoard};

impl Board for &Provider {
    fn show<'a>(self, text: &'a str, _other: &str) -> &'a str {
        &text[1..]
    }
    fn count(self) -> usize {
        3
    }
    unsafe fn raw(self, value: u8) -> u8 {
        value + 1
    }
}

impl BoardBinding for Tag {
    type Target = &'static Provider;
    fn target(self) -> Self::Target {
        &PROVIDER
    }
}

impl oscomp_abi::AmbientTag for Tag {
    const TAG: Self = Self;
}

install_board!(item Tag, true, crate::status);

fn main() {
    install_board!(start Tag);
    Tag.nothing();
    assert_eq!(Tag.borrows("text", "other"), "text");
    assert_eq!(Tag.generic(3), (3, 3));
    let mut sum = 0;
    Tag.visits(|item| sum += item);
    assert_eq!(sum, 3);
    assert_eq!(Tag.item(), 7);
    let _ = Tag.later();
    assert_eq!(unsafe { Tag.dangerous(&9) }, 9);
    assert_eq!(SystemBoard.show("text", "other"), "ext");
    assert_eq!(SystemBoard.count(), 3);
    assert_eq!(unsafe { SystemBoard.raw(1) }, 2);
}
