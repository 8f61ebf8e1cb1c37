//! Where the blocks of a file are: extents ("Extent Tree" in the kernel's documentation of ext4), or a map of blocks
//! ("Direct/Indirect Block Addressing").

use crate::blocks::Blocks;
use crate::bytes::{joined, u16_at, u32_at};
use crate::checksum::checksum;
use crate::inode::Inode;
use crate::superblock::Superblock;
use oscomp_interfaces::{BlockDevice, FsError};

/// Blocks of a file one after the other, which are so on the disk too.
#[derive(Clone, Copy)]
pub struct Run {
    /// The first on the disk; none if they are nowhere, and zeroes.
    pub first: Option<u64>,
    /// How many: one or more.
    pub count: u64,
}

/// Blocks that a file can have.
const MOST: u64 = 1 << 32;

/// Where a block of a file is, and those behind it.
pub fn find<Disk: BlockDevice>(
    blocks: &mut Blocks<Disk>,
    superblock: &Superblock,
    inode: &Inode,
    number: u64,
) -> Result<Run, FsError> {
    let run = if inode.has_extents() {
        extents(blocks, superblock, inode, number)?
    } else {
        table(blocks, superblock, inode, number)?
    };
    match run.first {
        Some(first) if !is_within(superblock, first, run.count) => Err(FsError::Corrupt),
        _ => Ok(run),
    }
}

/// Whether there are such blocks. The first is never one of a file.
fn is_within(superblock: &Superblock, first: u64, count: u64) -> bool {
    first > 0 && first < superblock.blocks && count <= superblock.blocks - first
}

const HEADER: usize = 12;
const ENTRY: usize = 12;
/// More than that the length of an extent is that of one whose blocks were never written.
const WRITTEN: u16 = 0x8000;
const DEEPEST: u16 = 5;

fn extents<Disk: BlockDevice>(
    blocks: &mut Blocks<Disk>,
    superblock: &Superblock,
    inode: &Inode,
    number: u64,
) -> Result<Run, FsError> {
    let (mut step, mut end) = node(&inode.map, number, MOST)?;
    let mut depth = u16_at(&inode.map, 6);
    if depth > DEEPEST {
        return Err(FsError::Corrupt);
    }
    loop {
        let child = match step {
            Step::Found(run) => return Ok(run),
            Step::Below(child) => child,
        };
        if !is_within(superblock, child, 1) {
            return Err(FsError::Corrupt);
        }
        let bytes = blocks.block(child)?;
        // So it comes to an end.
        depth = depth.checked_sub(1).filter(|depth| *depth == u16_at(bytes, 6)).ok_or(FsError::Corrupt)?;
        if let Some(seed) = inode.seed {
            let tail = HEADER + ENTRY * usize::from(u16_at(bytes, 4));
            let sum = checksum(seed, bytes.get(..tail).ok_or(FsError::Corrupt)?);
            if sum != u32_at(bytes, tail) {
                return Err(FsError::Corrupt);
            }
        }
        (step, end) = node(bytes, number, end)?;
    }
}

/// What a node of the tree says.
enum Step {
    Found(Run),
    /// The block of another node says it.
    Below(u64),
}

/// What a node says of a block; and before which block that ends at the latest, which was known before of the node.
fn node(bytes: &[u8], number: u64, end: u64) -> Result<(Step, u64), FsError> {
    let (count, is_leaf) = (usize::from(u16_at(bytes, 2)), u16_at(bytes, 6) == 0);
    if u16_at(bytes, 0) != 0xf30a {
        return Err(FsError::Corrupt);
    }
    let entries = bytes.get(HEADER..HEADER + ENTRY * count).ok_or(FsError::Corrupt)?;
    let (entries, _) = entries.as_chunks::<ENTRY>();
    let behind = entries.partition_point(|entry| u64::from(u32_at(entry, 0)) <= number);
    let end = entries.get(behind).map_or(end, |next| end.min(u64::from(u32_at(next, 0))));
    let hole = Run {
        first: None,
        count: end.checked_sub(number).filter(|count| *count > 0).ok_or(FsError::Corrupt)?,
    };
    let Some(entry) = behind.checked_sub(1).and_then(|index| entries.get(index)) else {
        return Ok((Step::Found(hole), end));
    };
    if !is_leaf {
        return Ok((Step::Below(joined(u32::from(u16_at(entry, 8)), u32_at(entry, 4))), end));
    }
    let length = u16_at(entry, 4);
    let (length, is_written) = if length > WRITTEN { (length - WRITTEN, false) } else { (length, true) };
    let skipped = number - u64::from(u32_at(entry, 0));
    let Some(left) = u64::from(length).checked_sub(skipped).filter(|left| *left > 0) else {
        return Ok((Step::Found(hole), end));
    };
    let first = joined(u32::from(u16_at(entry, 6)), u32_at(entry, 8));
    let run = Run { first: is_written.then_some(first + skipped), count: left.min(hole.count) };
    Ok((Step::Found(run), end))
}

/// Blocks whose places are in the inode.
const DIRECT: u64 = 12;

fn table<Disk: BlockDevice>(
    blocks: &mut Blocks<Disk>,
    superblock: &Superblock,
    inode: &Inode,
    number: u64,
) -> Result<Run, FsError> {
    if number < DIRECT {
        return Ok(entries(&inode.map[..DIRECT as usize * 4], number as usize));
    }
    let fan_out = superblock.block as u64 / 4;
    // What one place stands for, and which of them it is.
    let (mut span, mut rest) = (fan_out, number - DIRECT);
    let mut slot = DIRECT;
    while rest >= span {
        rest -= span;
        span *= fan_out;
        slot += 1;
        if slot == DIRECT + 3 {
            return Err(FsError::Corrupt);
        }
    }
    let mut table = u64::from(u32_at(&inode.map, slot as usize * 4));
    loop {
        if table == 0 {
            return Ok(Run { first: None, count: span - rest });
        }
        if !is_within(superblock, table, 1) {
            return Err(FsError::Corrupt);
        }
        let bytes = blocks.block(table)?;
        span /= fan_out;
        let index = (rest / span) as usize;
        if span == 1 {
            return Ok(entries(bytes, index));
        }
        table = u64::from(u32_at(bytes, index * 4));
        rest %= span;
    }
}

/// The run of blocks that begins at a place of a table.
fn entries(table: &[u8], index: usize) -> Run {
    let (table, _) = table.as_chunks::<4>();
    let mut rest = table[index..].iter().map(|entry| u64::from(u32::from_le_bytes(*entry)));
    let first = rest.next().unwrap_or(0);
    let step = u64::from(first != 0);
    let more = rest.zip(1..).take_while(|(entry, behind)| *entry == first + step * behind).count();
    Run { first: (first != 0).then_some(first), count: more as u64 + 1 }
}
