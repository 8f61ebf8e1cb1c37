//! The interfaces that the modules of oscomp provide and require: one file each, written as a
//! specification.
//!
//! A *wired* interface has any number of instances; a module receives the one that its requirement
//! is bound to. An *ambient* interface has exactly one instance in an image, reachable without
//! passing it around.
//!
//! Where the ecosystem has a vocabulary (`core::alloc`, `log`, `rand_core`, `embedded-io`), an
//! interface speaks it or has an adapter to it beside it.
#![no_std]
#![deny(unsafe_code)]

pub mod app;
pub mod backtrace;
pub mod blocks;
pub mod clock;
pub mod console;
pub mod cycles;
pub mod descriptors;
pub mod entropy;
pub mod errno;
pub mod ethernet;
pub mod executor;
pub mod file_system;
pub mod files;
pub mod firmware;
pub mod heap;
pub mod host;
pub mod interrupts;
pub mod log;
pub mod memory;
pub mod names;
pub mod net;
pub mod nine_p;
pub mod open_files;
pub mod panic;
pub mod power;
pub mod program;
pub mod sleeping;
pub mod sql;
pub mod stacks;
pub mod tcp;
pub mod threads;
pub mod udp;
pub mod wall_clock;

pub use app::{App, Status};
pub use backtrace::{Backtrace, Frame};
pub use blocks::{
    BlockDevice, BlockError, Geometry, Request, Transfer, discard_blocks, flush_blocks, read_blocks,
    write_blocks,
};
pub use clock::Clock;
pub use console::{Console, Text};
pub use cycles::CycleCounter;
pub use descriptors::{Descriptors, ErrorNumber, Whence};
pub use entropy::{Entropy, Random};
pub use errno::{Errno, errno, or_errno, set_errno};
pub use ethernet::{Ethernet, Offloads};
pub use executor::{Executor, Timers, TooManyTasks, sleep, sleep_until, yield_now};
pub use file_system::{
    FileKind, FileSystem, FsError, Metadata, NAME_LIMIT, OpenFile, OpenHow, PATH_LIMIT, Space, verify_path,
};
pub use files::{File, Files};
pub use firmware::FirmwareTree;
pub use heap::{Heap, HeapUsage};
pub use host::{Direction, HostEvents};
pub use interrupts::{
    Alarm, CpuInterrupts, Idle, InterruptHandler, Interrupts, Message, Upcall, Upcalls, masked,
};
pub use log::Log;
pub use memory::{Memory, place};
pub use names::{NameQuery, Names, resolve};
pub use net::NetError;
pub use nine_p::{NinePError, NinePTransport};
pub use open_files::{HeldFile, OpenFiles};
pub use panic::PanicHandler;
pub use power::{PowerOff, SystemPowerOff};
pub use program::{Main, ProgramExit};
pub use sleeping::Sleep;
pub use sql::{Sql, SqlError, SqlEvent, SqlValue};
pub use stacks::{GuardPage, Page, RunningStack, Stacks, ThreadStacks};
pub use tcp::{TcpConnection, TcpListener, TcpPort, TcpStack, TcpStream};
pub use threads::{NewThread, Priority, SpawnError, Thread, Threads, TimeSlices};
pub use udp::{UdpAnswers, UdpPort, UdpSocket, UdpStack};
pub use wall_clock::WallClock;

#[doc(hidden)]
pub use ::log as log_crate;
