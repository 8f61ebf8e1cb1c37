//! With a server in memory.

extern crate std;

mod files;
mod host;
mod replies;

use super::*;
use alloc::boxed::Box;
use oscomp_fake_9p::{Knows, Manner, Server, Tree, Wire};

#[derive(Clone, Copy)]
struct Settings;

impl Config<Options> for Settings {
    const OPTIONS: Options = Options { open: 8 };
}

type System = &'static Ninep<&'static Wire, Settings>;

/// Bytes that the server has room for.
const ROOM: u64 = 64 << 10;

fn wire(manner: Manner) -> &'static Wire {
    Box::leak(Box::new(Wire::new(Server::new(manner, Tree::new(ROOM)))))
}

fn mount(wire: &'static Wire) -> Result<System, StartError> {
    Ninep::start(wire).map(|system| Box::leak(Box::new(system)) as &'static _)
}

/// Servers of all kinds.
fn manners() -> [Manner; 4] {
    [
        Manner::GOOD,
        // Messages are as short as can be, and what moves in one is not even that long.
        Manner { message: 4096, piece: 333, ..Manner::GOOD },
        Manner { knows: Knows::Paths, types: false, ..Manner::GOOD },
        Manner { knows: Knows::OpenFiles, ..Manner::GOOD },
    ]
}
