//! Pages that nothing may touch, and the report of who did.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use oscomp_abi::Hex;
use oscomp_interfaces::{GuardPage, Page};
use oscomp_machine::running;

/// Bytes of the stack that the report is made on: the one that is too small has no room.
const REPORT: usize = 64 << 10;

/// Takes away all access to a page.
pub fn guard(page: &'static mut Page) -> Result<GuardPage, &'static mut Page> {
    static REPORTS: AtomicBool = AtomicBool::new(false);
    if !REPORTS.swap(true, Ordering::Relaxed) {
        report();
    }
    if protect(page, libc::PROT_NONE) { Ok(GuardPage::new(page)) } else { Err(page) }
}

/// Gives access to a page back.
pub fn release(guard: GuardPage) -> &'static mut Page {
    let page = guard.into_page();
    assert!(protect(page, libc::PROT_READ | libc::PROT_WRITE), "the host keeps a page");
    page
}

fn protect(page: &mut Page, access: c_int) -> bool {
    let address = ptr::from_mut(page).cast::<c_void>();
    // SAFETY: a page of the system's memory; nothing touches it while access is taken away.
    unsafe { libc::mprotect(address, Page::SIZE, access) == 0 }
}

/// Has accesses to a guard reported, by the name of the thread.
fn report() {
    static mut STACK: [MaybeUninit<u8>; REPORT] = [MaybeUninit::uninit(); REPORT];
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_fault;
    // SAFETY: the stack is used for this alone, and this is called once. Zero is a valid value of both structures.
    unsafe {
        let stack = libc::stack_t { ss_sp: (&raw mut STACK).cast(), ss_flags: 0, ss_size: REPORT };
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // Without a report an overflow still ends the process.
        let _ = libc::sigaltstack(&raw const stack, ptr::null_mut());
        let _ = libc::sigaction(libc::SIGSEGV, &raw const action, ptr::null_mut());
    }
}

extern "C" fn on_fault(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // SAFETY: the host calls this with the description of a fault, which has an address.
    let address = unsafe { (*info).si_addr() }.addr();
    if let Some(thread) = running::overflowed(address) {
        panic!("stack overflow of thread `{thread}`: access to {}", Hex(address as u64));
    }
    // As without this: the access is tried again, and ends the process.
    // SAFETY: restores what was there.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}
