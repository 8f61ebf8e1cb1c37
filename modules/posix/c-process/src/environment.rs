use crate::{CProcess, Options};
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EINVAL, ENOMEM};
use oscomp_interfaces::{Console, Errno};
use oscomp_macros::exports;

/// The variables of a program.
pub struct Environment {
    variables: Vec<Variable>,
    /// The same as C wants to see them: the texts, and null behind them.
    list: Vec<*mut c_char>,
}

/// One variable: `NAME=value`.
struct Variable {
    text: *mut c_char,
    /// The bytes of the text, with its end, if it is ours; 0 if it is the program's.
    length: usize,
}

// SAFETY: the texts are reached under the lock of the environment only; what the program does with those that it has
// seen is its affair (POSIX.1-2024, `getenv`).
unsafe impl Send for Environment {}

impl Variable {
    /// A copy; none without memory.
    fn new(name: &[u8], value: &[u8]) -> Option<Self> {
        let mut text = Vec::new();
        text.try_reserve_exact(name.len() + value.len() + 2).ok()?;
        for part in [name, b"=", value, b"\0"] {
            text.extend_from_slice(part);
        }
        let text = text.into_boxed_slice();
        let length = text.len();
        Some(Self { text: alloc::boxed::Box::into_raw(text).cast(), length })
    }

    /// The value, if the variable has that name.
    fn value(&self, name: &[u8]) -> Option<*mut c_char> {
        // SAFETY: the text is a string, ours or by the contract of `putenv`.
        let text = unsafe { CStr::from_ptr(self.text) }.to_bytes();
        let rest = text.strip_prefix(name)?;
        // SAFETY: the text goes on behind the name.
        rest.starts_with(b"=").then(|| unsafe { self.text.add(name.len() + 1) })
    }
}

impl Drop for Variable {
    fn drop(&mut self) {
        if self.length > 0 {
            let text = core::ptr::slice_from_raw_parts_mut(self.text.cast::<u8>(), self.length);
            // SAFETY: `new` has made this of a box, and nobody else frees it.
            drop(unsafe { alloc::boxed::Box::from_raw(text) });
        }
    }
}

impl Environment {
    /// Those variables. None if one has no name.
    pub fn new(variables: &[&str]) -> Option<Self> {
        let mut environment = Self { variables: Vec::new(), list: Vec::new() };
        environment.list.push(null_mut());
        for variable in variables {
            let (name, value) = variable.split_once('=')?;
            if name.is_empty() || value.contains('\0') || name.contains('\0') {
                return None;
            }
            environment.set(name.as_bytes(), Variable::new(name.as_bytes(), value.as_bytes())?)?;
        }
        Some(environment)
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        self.variables.iter().position(|variable| variable.value(name).is_some())
    }

    fn get(&self, name: &[u8]) -> Option<*mut c_char> {
        self.variables.iter().find_map(|variable| variable.value(name))
    }

    /// Sets a variable. None, and nothing changes, without memory.
    fn set(&mut self, name: &[u8], variable: Variable) -> Option<()> {
        match self.find(name) {
            Some(index) => {
                self.list[index] = variable.text;
                self.variables[index] = variable;
            }
            None => {
                self.variables.try_reserve(1).ok()?;
                self.list.try_reserve(1).ok()?;
                self.list.insert(self.variables.len(), variable.text);
                self.variables.push(variable);
            }
        }
        Some(())
    }

    fn remove(&mut self, name: &[u8]) {
        while let Some(index) = self.find(name) {
            self.list.remove(index);
            self.variables.remove(index);
        }
    }
}

/// The bytes of a name; none if it is no name: null, empty or with an equals sign.
///
/// # Safety
/// `name` is null or a string, which stays.
unsafe fn verified<'n>(name: *const c_char) -> Option<&'n [u8]> {
    if name.is_null() {
        return None;
    }
    // SAFETY: by the contract.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    (!name.is_empty() && !name.contains(&b'=')).then_some(name)
}

#[exports]
impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// The value of a variable, until that is changed; null if there is none of that name (ISO C, 7.24.4.6).
    ///
    /// # Safety
    /// `name` is a string.
    pub unsafe fn getenv(&self, name: *const c_char) -> *mut c_char {
        // SAFETY: by the contract.
        let name = unsafe { verified(name) };
        name.and_then(|name| self.environment.lock().get(name)).unwrap_or(null_mut())
    }

    /// As `getenv`: no program here has privileges that its environment could abuse (POSIX.1-2024).
    ///
    /// # Safety
    /// That of `getenv`.
    pub unsafe fn secure_getenv(&self, name: *const c_char) -> *mut c_char {
        // SAFETY: by the contract.
        unsafe { self.getenv(name) }
    }

    /// Sets a variable, or leaves one that is set unless it may be overwritten (POSIX.1-2024). 0; -1, with `EINVAL` for
    /// what is no name, `ENOMEM` without memory.
    ///
    /// # Safety
    /// `name` is null or a string, and `value` a string.
    pub unsafe fn setenv(&self, name: *const c_char, value: *const c_char, overwrite: c_int) -> c_int {
        // SAFETY: by the contract.
        let Some(name) = (unsafe { verified(name) }) else {
            return self.failed(EINVAL);
        };
        // SAFETY: by the contract.
        let value = unsafe { CStr::from_ptr(value) }.to_bytes();
        let mut environment = self.environment.lock();
        if overwrite == 0 && environment.find(name).is_some() {
            return 0;
        }
        match Variable::new(name, value).and_then(|variable| environment.set(name, variable)) {
            Some(()) => 0,
            None => self.failed(ENOMEM),
        }
    }

    /// Removes a variable, if there is one (POSIX.1-2024). 0; -1, with `EINVAL`, for what is no name.
    ///
    /// # Safety
    /// `name` is null or a string.
    pub unsafe fn unsetenv(&self, name: *const c_char) -> c_int {
        // SAFETY: by the contract.
        match unsafe { verified(name) } {
            Some(name) => {
                self.environment.lock().remove(name);
                0
            }
            None => self.failed(EINVAL),
        }
    }

    /// Makes a string `NAME=value` a variable: the string itself, not a copy (POSIX.1-2024). One without the sign
    /// removes the variable, as in the GNU C library. 0; -1, with `ENOMEM`, without memory.
    ///
    /// # Safety
    /// `text` is a string, which stays while it is part of the environment.
    pub unsafe fn putenv(&self, text: *mut c_char) -> c_int {
        // SAFETY: by the contract.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
        let Some(end) = bytes.iter().position(|&byte| byte == b'=') else {
            // SAFETY: by the contract.
            return unsafe { self.unsetenv(text) };
        };
        match self.environment.lock().set(&bytes[..end], Variable { text, length: 0 }) {
            Some(()) => 0,
            None => self.failed(ENOMEM),
        }
    }

    /// Removes all variables. 0.
    pub fn clearenv(&self) -> c_int {
        let mut environment = self.environment.lock();
        environment.variables.clear();
        environment.list.clear();
        environment.list.push(null_mut());
        0
    }

    /// All variables, and null behind them, until one is changed: what C reads as `environ`.
    pub fn __environ(&self) -> *mut *mut c_char {
        self.environment.lock().list.as_mut_ptr()
    }
}
