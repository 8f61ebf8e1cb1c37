//! A network device whose other side is the fuzzer.

use core::task::{Context, Poll, Waker};
use oscomp_abi::MacAddress;
use oscomp_interfaces::{Ethernet, Offloads};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The address of the device.
pub const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

#[derive(Default)]
struct State {
    arrived: VecDeque<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    waker: Option<Waker>,
}

/// The device.
#[derive(Clone, Copy)]
pub struct Link(&'static Mutex<State>);

impl Link {
    /// A device that has seen nothing. It lives as long as the process.
    pub fn new() -> Self {
        Self(Box::leak(Box::default()))
    }

    fn state(self) -> MutexGuard<'static, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a frame arrive.
    pub fn inject(self, frame: Vec<u8>) {
        let mut state = self.state();
        state.arrived.push_back(frame);
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// What was sent since the last time.
    pub fn sent(self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.state().sent)
    }
}

impl Ethernet for Link {
    fn mac(self) -> MacAddress {
        MacAddress(MAC)
    }

    fn frame_limit(self) -> usize {
        1514
    }

    fn offloads(self) -> Offloads {
        Offloads::default()
    }

    fn can_receive(self) -> bool {
        !self.state().arrived.is_empty()
    }

    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut frame = self.state().arrived.pop_front()?;
        Some(handle(&mut frame))
    }

    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let mut count = 0;
        while count < most {
            let Some(mut frame) = self.state().arrived.pop_front() else { break };
            let length = frame.len();
            frame.resize(1514, 0xa5);
            if let Some(length) = answer(&mut frame, length) {
                frame.truncate(length);
                self.state().sent.push(frame);
            }
            count += 1;
        }
        count
    }

    fn can_transmit(self) -> bool {
        true
    }

    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut frame = vec![0xa5; length];
        let result = fill(&mut frame);
        self.state().sent.push(frame);
        Some(result)
    }

    fn flush(self) {}

    fn poll_receive(self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.arrived.is_empty() {
            state.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}
