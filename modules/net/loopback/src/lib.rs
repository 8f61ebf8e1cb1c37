//! A network device without a network: it receives what it sends. A stack over it reaches the system itself.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::task::{Context, Poll, Waker};
use oscomp_abi::{Config, MacAddress, StartError};
use oscomp_interfaces::{Ethernet, Heap, Offloads};
use oscomp_macros::{Options, module};
use spin::Mutex;

/// The longest frame.
const FRAME: usize = 1514;

/// A device that receives what it sends.
#[module(provides(Ethernet), ambient(Heap))]
pub struct Loopback<Settings: Config<Options>> {
    wire: Mutex<Wire>,
    settings: PhantomData<Settings>,
}

/// How much is on its way.
#[derive(Options)]
pub struct Options {
    /// Frames that were sent and have not been received, at the most; each takes 1514 bytes of the heap from the
    /// start.
    #[option(default = 64, range = 2..=4096)]
    pub frames: u16,
}

/// A frame: room, and how long it is.
type Frame = (Box<[u8]>, usize);

struct Wire {
    frames: VecDeque<Frame>,
    /// Room for frames that there are not.
    free: Vec<Box<[u8]>>,
    waker: Option<Waker>,
}

impl Wire {
    fn new(count: usize) -> Self {
        let free = (0..count).map(|_| vec![0; FRAME].into()).collect();
        Self { frames: VecDeque::with_capacity(count), free, waker: None }
    }

    /// Queues a frame, which is there at once.
    fn queue(&mut self, frame: Frame) {
        self.frames.push_back(frame);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl<Settings: Config<Options>> Loopback<Settings> {
    /// Takes room for the frames.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { wire: Mutex::new(Wire::new(Settings::OPTIONS.frames.into())), settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Ethernet for &Loopback<Settings> {
    fn mac(self) -> MacAddress {
        // One that is given by whoever runs the network; here there is nobody else.
        MacAddress([2, 0, 0, 0, 0, 1])
    }

    fn frame_limit(self) -> usize {
        FRAME
    }

    fn offloads(self) -> Offloads {
        // Nothing can go wrong on the way.
        Offloads { received: true, transmitted: true }
    }

    fn can_receive(self) -> bool {
        !self.wire.lock().frames.is_empty()
    }

    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        // Out of the queue, so that others can be sent meanwhile.
        let (mut room, length) = self.wire.lock().frames.pop_front()?;
        let result = handle(&mut room[..length]);
        self.wire.lock().free.push(room);
        Some(result)
    }

    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let mut count = 0;
        while count < most {
            let Some((mut room, length)) = self.wire.lock().frames.pop_front() else { break };
            let answered = answer(&mut room, length);
            let mut wire = self.wire.lock();
            match answered {
                Some(length) => wire.queue((room, length)),
                None => wire.free.push(room),
            }
            count += 1;
        }
        count
    }

    fn can_transmit(self) -> bool {
        !self.wire.lock().free.is_empty()
    }

    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        assert!(length <= FRAME, "a frame is too long");
        let mut room = self.wire.lock().free.pop()?;
        let result = fill(&mut room[..length]);
        self.wire.lock().queue((room, length));
        Some(result)
    }

    fn flush(self) {}

    fn poll_receive(self, context: &mut Context<'_>) -> Poll<()> {
        let mut wire = self.wire.lock();
        // With no room left there are frames to be received.
        if !wire.frames.is_empty() {
            return Poll::Ready(());
        }
        wire.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use alloc::sync::Arc;
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::task::Wake;

    #[derive(Clone, Copy)]
    struct Two;

    impl Config<Options> for Two {
        const OPTIONS: Options = Options { frames: 2 };
    }

    struct Bell(AtomicBool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn send(device: &Loopback<Two>, bytes: &[u8]) -> bool {
        device.transmit(bytes.len(), |room| room.copy_from_slice(bytes)).is_some()
    }

    #[test]
    fn what_is_sent_is_received_in_that_order() {
        let device = &Loopback::<Two>::start().unwrap();
        for _ in 0..10 {
            assert!(send(device, b"one") && send(device, b"second"));
            assert!(!device.can_transmit() && !send(device, b"third"));
            let first = device.receive(|bytes| {
                assert!(!device.can_transmit(), "its room is not free yet");
                bytes.to_vec()
            });
            assert_eq!(first, Some(b"one".to_vec()));
            assert!(device.can_transmit());
            assert_eq!(device.receive(|bytes| bytes.to_vec()), Some(b"second".to_vec()));
            assert_eq!(device.receive(|_| ()), None);
        }
    }

    #[test]
    fn an_answer_is_received_too() {
        let device = &Loopback::<Two>::start().unwrap();
        assert!(send(device, b"ping") && send(device, b"no"));
        let answered = device.answer(5, |room, length| {
            assert_eq!(room.len(), FRAME);
            room[length] = b'!';
            (&room[..length] == b"ping").then_some(length + 1)
        });
        assert_eq!(answered, 3, "its own answer is handed out as well");
        assert!(!device.can_receive() && device.can_transmit());
    }

    #[test]
    fn who_waits_is_woken() {
        let device = &Loopback::<Two>::start().unwrap();
        let bell = Arc::new(Bell(AtomicBool::new(false)));
        let waker = Waker::from(bell.clone());
        assert!(device.poll_receive(&mut Context::from_waker(&waker)).is_pending());
        assert!(send(device, b"x") && bell.0.load(Ordering::Relaxed));
        assert!(device.poll_receive(&mut Context::from_waker(&waker)).is_ready());
    }
}
