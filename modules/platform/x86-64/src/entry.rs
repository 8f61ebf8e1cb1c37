//! What an image begins with. It is a macro because it can only be linked into an image: its 32-bit
//! addresses and its C symbols would break or shadow those of a test program.

/// Makes the crate an image: the entry point, which ends in `$run`, and the C symbols.
///
/// `$stack` is the size of the main stack in bytes, whole pages; `$windows` an array of the bases and
/// lengths of the registers that are reached as memory. For the `entry!` of a platform.
///
/// With `multiboot = $multiboot` an image for which that is true can be loaded by the multiboot protocol too.
#[macro_export]
macro_rules! entry {
    ($run:path, $stack:expr, $windows:expr) => {
        $crate::entry!($run, $stack, $windows, multiboot = false);
    };
    ($run:path, $stack:expr, $windows:expr, multiboot = $multiboot:expr) => {
        mod oscomp_entry {
            use super::*;

            const STACK: usize = $stack;
            type Ground = $crate::Ground<STACK>;

            static GROUND: Ground = Ground::new();

            // Xen, public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY (18) is the entry point in 32-bit
            // protected mode without paging, where `ebx` is the address of the boot information.
            ::core::arch::global_asm!(
                ".pushsection .note.Xen, \"a\", @note",
                ".balign 4",
                ".long 4, 4, 18",
                ".asciz \"Xen\"",
                ".long oscomp_entry",
                ".popsection",
                "",
                // Multiboot Specification 0.6.96, 3.1: whole pages, and a map of memory.
                ".if {multiboot}",
                ".pushsection .oscomp.multiboot, \"ax\", @progbits",
                ".balign 4",
                ".long 0x1badb002, 3, -(0x1badb002 + 3)",
                ".popsection",
                ".endif",
                "",
                ".pushsection .text.oscomp_entry, \"ax\", @progbits",
                ".code32",
                ".globl oscomp_entry",
                "oscomp_entry:",
                "cld",
                ".if {multiboot}",
                "cmp eax, 0x2badb002",
                "jne 5f",
                // Its information (3.3) as PVH would have it: addresses, sizes and kinds are alike.
                "mov edi, offset {info}",
                "mov dword ptr [edi], {magic}",
                "mov dword ptr [edi + 4], 1",
                "add edi, 56",
                "xor ecx, ecx",
                "mov esi, [ebx + 48]",
                "mov edx, [ebx + 44]",
                "add edx, esi",
                "4:",
                "cmp esi, edx",
                "jae 6f",
                "cmp ecx, {entries}",
                "jae 6f",
                "inc ecx",
                "mov eax, [esi]",
                "lea ebp, [esi + eax + 4]",
                "add esi, 4",
                "movsd",
                "movsd",
                "movsd",
                "movsd",
                "movsd",
                "add edi, 4",
                "mov esi, ebp",
                "jmp 4b",
                "6:",
                "mov edi, offset {info}",
                "mov [edi + 48], ecx",
                "jmp 7f",
                "5:",
                ".endif",
                "cmp dword ptr [ebx], {magic}",
                "jne 9f",
                // The boot information, and of the memory map as much as there is room for.
                "mov edi, offset {info}",
                "mov esi, ebx",
                "mov ecx, 14",
                "rep movsd",
                "mov esi, [ebx + 40]",
                "mov ecx, [ebx + 48]",
                "cmp ecx, {entries}",
                "jbe 2f",
                "mov ecx, {entries}",
                "2:",
                "imul ecx, ecx, 6",
                "rep movsd",
                "7:",
                // Tables that map the image as it is, by pages of 2 MiB.
                "mov edi, offset {ground}",
                "lea eax, [edi + {pointers} + 3]",
                "mov [edi], eax",
                "lea eax, [edi + {stack_end} + 3]",
                "mov [edi + {pointers}], eax",
                "mov cr3, edi",
                "lea esp, [edi + {stack_end}]",
                "mov edi, esp",
                "mov eax, 0x83",
                "2:",
                "mov [edi], eax",
                "add edi, 8",
                "add eax, 0x200000",
                "cmp eax, offset oscomp_end + {margin}",
                "jb 2b",
                // PAE, OSFXSR, OSXMMEXCPT.
                "mov eax, 0x620",
                "mov cr4, eax",
                // EFER: LME, NXE.
                "mov ecx, 0xc0000080",
                "mov eax, 0x900",
                "xor edx, edx",
                "wrmsr",
                // PG, WP, NE, ET, MP, PE: no emulation of the FPU, write protection for us too.
                "mov eax, 0x80010033",
                "mov cr0, eax",
                "lgdt [oscomp_descriptors_pointer]",
                "push 8",
                "mov eax, offset oscomp_entry_64",
                "push eax",
                "retf",
                "9:",
                "hlt",
                "jmp 9b",
                ".code64",
                "oscomp_entry_64:",
                // Segments do not matter in 64-bit mode, but what they hold comes back on a return.
                "xor eax, eax",
                "mov ds, eax",
                "mov es, eax",
                "mov fs, eax",
                "mov gs, eax",
                "mov ss, eax",
                "mov esp, esp",
                // The outermost frame.
                "xor ebp, ebp",
                "fninit",
                "push 0x1f80",
                "ldmxcsr [rsp]",
                "pop rax",
                "call {enter}",
                "",
                // One call for each vector, five bytes each.
                "oscomp_stubs:",
                ".rept 32",
                "call 4f",
                ".endr",
                "4:",
                "push rax",
                "push rbx",
                "push rcx",
                "push rdx",
                "push rsi",
                "push rdi",
                "push rbp",
                "push r8",
                "push r9",
                "push r10",
                "push r11",
                "push r12",
                "push r13",
                "push r14",
                "push r15",
                "push 0",
                "push rbp",
                "mov rbp, rsp",
                "mov rdi, rsp",
                "cld",
                "and rsp, -16",
                "call {fault}",
                ".popsection",
                "",
                // Null, 64-bit code, and the task state segment, filled in later.
                ".pushsection .data.oscomp_descriptors, \"aw\", @progbits",
                ".balign 8",
                "oscomp_descriptors:",
                ".quad 0, 0x00209b0000000000, 0, 0",
                "oscomp_descriptors_pointer:",
                ".word 31",
                ".quad oscomp_descriptors",
                ".popsection",
                "",
                // A table, because addresses of symbols that the compiler knows are never equal to it.
                ".pushsection .rodata.oscomp_layout, \"a\", @progbits",
                ".balign 4",
                "oscomp_layout:",
                ".long oscomp_text, oscomp_rodata, oscomp_data, oscomp_end",
                ".long oscomp_symbols, oscomp_symbols_end",
                ".long oscomp_stubs, oscomp_descriptors",
                ".popsection",
                multiboot = const ($multiboot) as u8,
                magic = const $crate::boot::MAGIC,
                entries = const $crate::boot::ENTRIES,
                margin = const $crate::boot::MARGIN,
                pointers = const Ground::POINTERS,
                stack_end = const Ground::STACK_END,
                info = sym $crate::BOOT_INFO,
                ground = sym GROUND,
                enter = sym enter,
                fault = sym fault,
            );

            unsafe extern "C" {
                static oscomp_layout: $crate::boot::Layout;
            }

            /// The first Rust code that runs.
            extern "C" fn enter() -> ! {
                // SAFETY: the entry code calls this once, on the ground's main stack, with its tables
                // in use; the layout is the linker script's and the entry code's.
                unsafe { $crate::boot::boot(&oscomp_layout, &GROUND.places(), &$windows, $run) }
            }

            /// Reached by every exception.
            extern "C" fn fault(trap: *mut $crate::Trap) -> ! {
                // SAFETY: the common stub made the trap, and the layout is constant.
                unsafe { $crate::fault(trap, &oscomp_layout) }
            }

            // SAFETY, for each of the C functions: the name is C's, and so is the contract.

            #[unsafe(no_mangle)]
            unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
                // SAFETY: the same contract.
                unsafe { $crate::copy::copy(to, from, count) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
                // SAFETY: the same contract.
                unsafe { $crate::copy::copy_overlapping(to, from, count) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
                // SAFETY: the same contract; C takes the byte as an int and uses its low 8 bits.
                unsafe { $crate::copy::fill(to, byte as u8, count) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
                // SAFETY: the same contract.
                unsafe { $crate::copy::compare(left, right, count) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
                // SAFETY: the same contract, of which C asks less here.
                unsafe { $crate::copy::compare(left, right, count) }
            }

            /// What the prebuilt libraries name in their unwinding tables, which are not in the image.
            #[unsafe(no_mangle)]
            extern "C" fn rust_eh_personality() {}

            /// Likewise: nothing unwinds.
            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C" fn _Unwind_Resume() -> ! {
                $crate::power::off($crate::boot::NO_UNWINDING)
            }
        }
    };
}
