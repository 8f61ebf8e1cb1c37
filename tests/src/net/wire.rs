//! The wire between a test and an image: frames as datagrams, as QEMU's socket device has them.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// The longest frame.
const LIMIT: usize = 1514;

/// How badly a wire behaves: of a hundred frames in each direction so many are lost, so many come
/// twice, so many come after those behind them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trouble {
    /// Frames of a hundred that are lost.
    pub lost: u32,
    /// Frames of a hundred that come twice.
    pub doubled: u32,
    /// Frames of a hundred that come after the next one.
    pub late: u32,
}

/// The test's end of a wire.
pub struct Wire {
    socket: UdpSocket,
    /// The image's end.
    image: SocketAddr,
    trouble: Trouble,
    random: u32,
    arrived: VecDeque<Vec<u8>>,
    /// What waits to be overtaken, in each direction.
    late: [Option<Vec<u8>>; 2],
    /// Frames for other addresses than the test's own, which are for forgers.
    forgers: Vec<Vec<u8>>,
    host: Ipv4Addr,
}

/// A direction of a wire.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Wire {
    /// A wire whose other end nobody has yet.
    ///
    /// # Errors
    /// When this machine has no port for it.
    pub fn new(seed: u32) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // QEMU wants to know both ports before it is there.
        let image = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self {
            socket,
            image,
            trouble: Trouble::default(),
            random: seed,
            arrived: VecDeque::new(),
            late: [None, None],
            forgers: Vec::new(),
            host: super::HOST,
        })
    }

    /// The backend of QEMU's network device that is the other end.
    ///
    /// # Errors
    /// When the socket is gone.
    pub fn backend(&self) -> io::Result<String> {
        Ok(format!("socket,udp={},localaddr={}", self.socket.local_addr()?, self.image))
    }

    /// How it behaves from now on.
    pub fn set_trouble(&mut self, trouble: Trouble) {
        self.trouble = trouble;
    }

    /// A number below `limit` that a seed makes.
    pub fn random(&mut self, limit: u32) -> u32 {
        // Numerical Recipes' generator; its high bits are the better ones.
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 8) % limit.max(1)
    }

    /// Sends a frame past all trouble.
    pub fn forge(&mut self, frame: &[u8]) {
        // A frame that does not get through is one that is lost, as on each wire.
        let _ = self.socket.send_to(frame, self.image);
    }

    /// What has come for forgers since this was asked.
    pub fn take_forgers(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.forgers)
    }

    /// Waits for frames, for so long at the most. A frame that waits to be overtaken comes when none does.
    pub fn wait(&mut self, time: Duration) {
        let mut buffer = [0; 65_536];
        let _ = self.socket.set_nonblocking(false);
        let _ = self.socket.set_read_timeout(Some(time));
        let mut any = false;
        while let Ok(length) = self.socket.recv(&mut buffer) {
            any = true;
            self.arrive(buffer[..length].to_vec());
            let _ = self.socket.set_nonblocking(true);
        }
        if !any {
            for way in [Way::In, Way::Out] {
                if let Some(frame) = self.late[way as usize].take() {
                    self.pass(way, frame);
                }
            }
        }
    }

    fn arrive(&mut self, frame: Vec<u8>) {
        // Forgers see what is sent to them as it is.
        let ipv4 = frame.get(12..14) == Some(&[0x08, 0x00]);
        if ipv4 && frame.get(30..34).is_some_and(|to| to != self.host.octets() && to != [0xff; 4]) {
            self.forgers.push(frame);
            return;
        }
        self.disturb(Way::In, frame);
    }

    fn disturb(&mut self, way: Way, frame: Vec<u8>) {
        let Trouble { lost, doubled, late } = self.trouble;
        if self.random(100) < lost {
            return;
        }
        if self.random(100) < doubled {
            self.pass(way, frame.clone());
        }
        if self.random(100) < late
            && let before @ None = &mut self.late[way as usize]
        {
            *before = Some(frame);
            return;
        }
        self.pass(way, frame);
        if let Some(frame) = self.late[way as usize].take() {
            self.pass(way, frame);
        }
    }

    fn pass(&mut self, way: Way, frame: Vec<u8>) {
        match way {
            Way::In => self.arrived.push_back(frame),
            Way::Out => self.forge(&frame),
        }
    }
}

impl Device for Wire {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Leaving<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Arrived, Leaving<'_>)> {
        Some((Arrived(self.arrived.pop_front()?), Leaving(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LIMIT;
        capabilities
    }
}

/// A frame of the image's.
pub struct Arrived(Vec<u8>);

impl RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, handle: F) -> R {
        handle(&self.0)
    }
}

/// A frame of the test's.
pub struct Leaving<'w>(&'w mut Wire);

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut frame = vec![0; length];
        let result = fill(&mut frame);
        self.0.disturb(Way::Out, frame);
        result
    }
}
