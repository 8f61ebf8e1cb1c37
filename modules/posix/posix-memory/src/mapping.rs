//! All that is mapped.

use crate::flags::{
    ANY_PROTECTION, MADV_DONTNEED, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED, MS_ASYNC,
    MS_INVALIDATE, MS_SYNC, PAGE, PROT_EXEC, PROT_WRITE,
};
use crate::region::{Content, Region};
use crate::{Result, pages};
use alloc::collections::BTreeMap;
use core::ffi::c_int;
use core::ops::Range;
use oscomp_c_abi::numbers::{EACCES, EFAULT, EINVAL, ENOMEM, ENOTSUP, EOVERFLOW};
use oscomp_interfaces::{HeldFile, OpenFiles};

/// What is mapped, by where it begins.
pub struct Mappings {
    regions: BTreeMap<usize, Region>,
}

/// Whole pages: the addresses from `start` on.
fn range(start: usize, length: usize) -> Result<Range<usize>> {
    if !start.is_multiple_of(PAGE) {
        return Err(EINVAL);
    }
    let end = pages(length).and_then(|length| start.checked_add(length)).ok_or(ENOMEM)?;
    Ok(start..end)
}

/// What of a region is in a range, by the numbers of its bytes.
fn part(region: &Region, range: &Range<usize>) -> Range<usize> {
    let (start, end) = (range.start.max(region.start()), range.end.min(region.end()));
    start - region.start()..end - region.start()
}

impl Mappings {
    pub const fn new() -> Self {
        Self { regions: BTreeMap::new() }
    }

    /// The regions that are in a range, also in part.
    fn within(&mut self, range: &Range<usize>) -> impl Iterator<Item = &mut Region> {
        let start = range.start;
        let below = self.regions.range(..range.end).rev().take_while(|(_, region)| region.end() > start);
        let first = below.last().map_or(range.end, |(first, _)| *first);
        self.regions.range_mut(first..range.end).map(|(_, region)| region)
    }

    /// Verifies that all pages of a range are mapped.
    fn verify(&mut self, range: &Range<usize>) -> Result<()> {
        let mut at = range.start;
        for region in self.within(range) {
            if region.start() > at || !region.has(part(region, range)) {
                return Err(ENOMEM);
            }
            at = region.end();
        }
        if at < range.end { Err(ENOMEM) } else { Ok(()) }
    }

    pub fn map(
        &mut self,
        files: impl OpenFiles,
        length: usize,
        protection: c_int,
        flags: c_int,
        descriptor: c_int,
        offset: i64,
    ) -> Result<*mut u8> {
        let offset = u64::try_from(offset).map_err(|_| EINVAL)?;
        let is_shared = match flags & (MAP_SHARED | MAP_PRIVATE) {
            MAP_SHARED => true,
            MAP_PRIVATE => false,
            _ => return Err(EINVAL),
        };
        if length == 0 || !offset.is_multiple_of(PAGE as u64) {
            return Err(EINVAL);
        }
        if flags & MAP_FIXED != 0 || protection & PROT_EXEC != 0 {
            return Err(ENOTSUP);
        }
        let length = pages(length).ok_or(ENOMEM)?;
        if flags & MAP_ANONYMOUS != 0 {
            return Ok(self.insert(Region::new(length, Content::Anonymous)?));
        }
        offset.checked_add(length as u64).filter(|end| *end <= i64::MAX as u64).ok_or(EOVERFLOW)?;
        let file = files.hold(descriptor)?;
        let is_changed = is_shared && protection & PROT_WRITE != 0;
        let region = if !file.readable || is_changed && !file.writable {
            Err(EACCES)
        } else {
            copy(files, file, offset, length, is_shared)
        };
        if region.is_err() || !is_shared {
            files.release(file);
        }
        Ok(self.insert(region?))
    }

    fn insert(&mut self, region: Region) -> *mut u8 {
        let place = region.place();
        self.regions.insert(region.start(), region);
        place
    }

    /// # Safety
    /// Nobody uses the pages any more.
    pub unsafe fn unmap(&mut self, files: impl OpenFiles, start: usize, length: usize) -> Result<()> {
        if length == 0 {
            return Err(EINVAL);
        }
        let range = range(start, length).map_err(|_| EINVAL)?;
        for region in self.within(&range) {
            let part = part(region, &range);
            // There is nobody who could be told that it failed.
            // SAFETY: the caller's.
            let _ = unsafe { region.write_back(files, part.clone()) };
            region.remove(part)?;
        }
        for (_, region) in self.regions.extract_if(..range.end, |_, region| region.is_gone()) {
            if let Content::Shared(file, _) = region.content {
                files.release(file);
            }
        }
        Ok(())
    }

    /// # Safety
    /// Nobody uses the pages meanwhile, nor afterwards those that are no more.
    pub unsafe fn resize(
        &mut self,
        files: impl OpenFiles,
        place: *mut u8,
        length: usize,
        new: usize,
        may_move: bool,
    ) -> Result<*mut u8> {
        if length == 0 || new == 0 {
            return Err(EINVAL);
        }
        let old = range(place.addr(), length).map_err(|_| EINVAL)?;
        let new = pages(new).ok_or(ENOMEM)?;
        let region = self.within(&old).next().ok_or(EFAULT)?;
        if region.start() > old.start || region.end() < old.end || !region.has(part(region, &old)) {
            return Err(EFAULT);
        }
        if new < old.len() {
            // SAFETY: the caller's.
            unsafe { self.unmap(files, old.start + new, old.len() - new)? };
            return Ok(place);
        }
        if new == old.len() {
            return Ok(place);
        }
        if !may_move {
            return Err(ENOMEM);
        }
        let part = part(region, &old);
        let longer = match region.content {
            Content::Shared(file, offset) => {
                if part.len() < region.length() {
                    return Err(EINVAL);
                }
                // SAFETY: the caller's.
                unsafe { region.write_back(files, part)? };
                let longer = copy(files, file, offset, new, true)?;
                // The file goes on with the new region.
                let start = region.start();
                self.regions.remove(&start);
                return Ok(self.insert(longer));
            }
            content => {
                let mut longer = Region::new(new, content)?;
                // SAFETY: nobody uses the one, by the contract, nor knows the other.
                unsafe { longer.bytes(0..part.len()).copy_from_slice(region.bytes(part)) };
                longer
            }
        };
        // SAFETY: the caller's.
        unsafe { self.unmap(files, old.start, old.len())? };
        Ok(self.insert(longer))
    }

    /// # Safety
    /// Nobody changes the pages meanwhile, nor uses them with `MS_INVALIDATE`.
    pub unsafe fn sync(
        &mut self,
        files: impl OpenFiles,
        start: usize,
        length: usize,
        flags: c_int,
    ) -> Result<()> {
        let is_both = flags & MS_ASYNC != 0 && flags & MS_SYNC != 0;
        if is_both || flags & !(MS_ASYNC | MS_SYNC | MS_INVALIDATE) != 0 {
            return Err(EINVAL);
        }
        let range = range(start, length)?;
        self.verify(&range)?;
        for region in self.within(&range) {
            let Content::Shared(file, offset) = region.content else { continue };
            let part = part(region, &range);
            // SAFETY: the caller's.
            unsafe { region.write_back(files, part.clone())? };
            if flags & MS_SYNC != 0 {
                files.sync(file)?;
            }
            if flags & MS_INVALIDATE != 0 {
                // SAFETY: the caller's.
                unsafe { region.load(files, file, offset, part)? };
            }
        }
        Ok(())
    }

    pub fn protect(&mut self, start: usize, length: usize, protection: c_int) -> Result<()> {
        let range = range(start, length)?;
        if protection & !ANY_PROTECTION != 0 {
            return Err(EINVAL);
        }
        if protection & PROT_EXEC != 0 {
            return Err(ENOTSUP);
        }
        self.verify(&range)?;
        let is_refused =
            |region: &mut Region| matches!(region.content, Content::Shared(file, _) if !file.writable);
        if protection & PROT_WRITE != 0 && self.within(&range).any(is_refused) { Err(EACCES) } else { Ok(()) }
    }

    pub fn take_advice(&mut self, start: usize, length: usize, advice: c_int) -> Result<()> {
        let range = range(start, length)?;
        if !(0..=MADV_DONTNEED).contains(&advice) {
            return Err(EINVAL);
        }
        self.verify(&range)
    }

    /// # Safety
    /// Nobody uses the pages meanwhile, with `MADV_DONTNEED`.
    pub unsafe fn advise(&mut self, start: usize, length: usize, advice: c_int) -> Result<()> {
        self.take_advice(start, length, advice)?;
        if advice != MADV_DONTNEED {
            return Ok(());
        }
        let range = range(start, length)?;
        // A private copy would have to be read again, from a file that nobody holds.
        if self.within(&range).any(|region| region.content == Content::Private) {
            return Err(EINVAL);
        }
        for region in self.within(&range).filter(|region| region.content == Content::Anonymous) {
            let part = part(region, &range);
            // SAFETY: the caller's.
            unsafe { region.bytes(part).fill(0) };
        }
        Ok(())
    }

    /// Writes all that changed to the files.
    pub fn write_all(&mut self, files: impl OpenFiles) {
        for region in self.regions.values_mut() {
            let all = 0..region.length();
            // There is nobody who could be told that it failed.
            // SAFETY: the program is at its end.
            let _ = unsafe { region.write_back(files, all) };
        }
    }
}

/// A copy of what a file has.
fn copy(
    files: impl OpenFiles,
    file: HeldFile,
    offset: u64,
    length: usize,
    is_shared: bool,
) -> Result<Region> {
    let content = if is_shared { Content::Shared(file, offset) } else { Content::Private };
    let mut region = Region::new(length, content)?;
    // SAFETY: nobody knows the region yet.
    unsafe {
        region.load(files, file, offset, 0..length)?;
        if is_shared && file.writable {
            region.remember()?;
        }
    }
    Ok(region)
}
