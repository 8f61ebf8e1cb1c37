//! The macros of oscomp.
//!
//! - [`macro@interface`] on a trait makes it an interface.
//! - [`macro@module`] on a struct makes it a module.
//! - [`macro@exports`] on an `impl` makes its functions ones that C programs link against.
//! - [`macro@Options`] and [`macro@Choice`] describe what a person can set in `system.kdl`.
//! - [`system!`] expands a plan into the glue of an image.
//!
//! What an attribute accepts is read by `oscomp_lang::signature`, which the checker uses too. The
//! original item is always emitted, so that an editor keeps working on a file with a mistake in it.
#![forbid(unsafe_code)]

mod exports;
mod interface;
mod module;
mod options;
mod system;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::ItemEnum;
use syn::parse::Parse;

/// Makes a trait an interface, which modules provide and require.
///
/// ```text
/// /// Monotonic time since the platform started.
/// #[interface]
/// pub trait Clock {
///     /// Time since start; never goes back.
///     fn now(self) -> Duration;
/// }
/// ```
///
/// `#[interface(ambient)]` makes it ambient: an image has exactly one provider, which anybody reaches
/// through the type `System…` that stands beside the trait. `#[interface(ambient(by_hand))]` is for
/// what the language itself or another crate makes ambient; a macro `install_…` beside the trait
/// then does what is needed.
///
/// # Grammar
/// The trait is `pub`, at the root of its crate or in a public module `src/NAME.rs`, without generic
/// parameters, supertraits, constants or default bodies. Each method takes `self` by value, which is
/// the tag of an instance or a reference to its state. Associated types are allowed, and generic
/// methods too, but not where the interface is ambient.
///
/// The macro adds the supertraits `Copy`, `Send` and `Sync`, and the trait `…Binding` by which the glue ties a tag to
/// the instance behind it.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, "a trait: `#[interface]` makes it an interface", |item| {
        interface::expand(arguments.into(), item)
    })
}

/// Makes a struct a module, of which systems have instances.
///
/// ```text
/// /// Random bytes from a seed.
/// #[module(provides(Entropy))]
/// pub struct ChaCha<
///     /// Where the seed comes from.
///     Source: Entropy,
///     Settings: Config<Options>,
/// > { .. }
///
/// impl<Source: Entropy, Settings: Config<Options>> ChaCha<Source, Settings> {
///     pub fn start(source: Source) -> Result<Self, StartError> { .. }
/// }
///
/// impl<Source: Entropy, Settings: Config<Options>> Entropy for &ChaCha<Source, Settings> { .. }
/// ```
///
/// # Grammar
/// A crate has one module, at its root. Each type parameter is a requirement, bounded by the
/// interfaces that it needs and named in `system.kdl` as the parameter in kebab case; or the options,
/// bounded by `Config<Options>`. A requirement marked `#[call]` has to be live only when the module
/// calls it, not before it starts, so that it can be part of a cycle.
///
/// The struct has an associated function `start`, which takes the requirements in source order and
/// returns `Result<Self, StartError>`, and implements each interface that it provides for `&Self`.
///
/// | argument | meaning |
/// |---|---|
/// | `provides(Console, …)` | the interfaces that an instance provides |
/// | `ambient(Heap, …)` | the ambient interfaces that the module uses |
/// | `arch("x86_64", …)` | the only architectures it can serve |
/// | `environment = "bare-metal"` | the only environment, else `"hosted"` |
/// | `memory = "64KiB"` | what an instance needs at the least, besides what its options ask for |
/// | `stop` | it has a method `stop(&self)`, called before the machine powers off |
/// | `exports` | C programs can link against functions of it: see [`macro@exports`] |
/// | `headers = "include"` | the folder of its headers for C, in that of its crate |
#[proc_macro_attribute]
pub fn module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, "a struct: `#[module]` makes it a module", |item| module::expand(arguments.into(), item))
}

/// Makes the public methods of a module functions that C programs link against, by their names.
///
/// ```text
/// #[exports]
/// impl<Files: FileSystem> Posix<Files> {
///     /// Closes a descriptor (POSIX.1-2024).
///     pub fn close(&self, descriptor: c_int) -> c_int { .. }
///
///     /// Formats to the standard output.
///     ///
///     /// # Safety
///     /// The arguments are those that the format asks for.
///     #[variadic]
///     pub unsafe fn printf(&self, format: *const c_char, arguments: VaList) -> c_int { .. }
/// }
/// ```
///
/// # Grammar
/// The `impl` is one of the struct with `#[module(exports)]`, at the root of the crate or in a file `src/NAME.rs`
/// that the root declares as a module. Each of its public functions is one for C; private ones are not. A function
/// has at most six parameters, of types that C has, and no generic ones. With `&self` it is called for the instance;
/// an image has one instance that has a function of a name. Marked `#[variadic]` its last parameter stands for the
/// arguments behind the others, as a `va_list` is handed to a function; those before it are integers or pointers.
/// What it computes of an `f64` or `f32` parameter, or to return one, is done between the call and the return, as seen by who
/// reads floating-point exceptions, also where it is inlined.
/// Without `&self` it is `extern "C"`, and C's callers come to it directly, as `setjmp` needs it.
#[proc_macro_attribute]
pub fn exports(_: TokenStream, item: TokenStream) -> TokenStream {
    on_item(item, "an `impl` of a module: `#[exports]` makes its methods functions for C", exports::expand)
}

/// Makes the fields of a struct the options of a module.
///
/// ```text
/// #[derive(Options)]
/// #[options(require(least <= most, "the least is not above the most"))]
/// pub struct Options {
///     /// Sockets that can be open at once.
///     #[option(default = 64, range = 1..=4096)]
///     pub sockets: u16,
/// }
/// ```
///
/// | `#[option(…)]` | meaning |
/// |---|---|
/// | `default = LITERAL` | the value when nobody sets it, as it would stand in `system.kdl`; `[LITERAL, …]` for a list |
/// | `range = A..=B` | the least and the greatest value |
/// | `unit = "sockets"` | what one of it is, for documentation |
/// | `exclusive = "SPACE"` | no two instances may have the same value |
/// | `listens = "tcp"` | the `u16` is a port on which the instance listens, or each of a list, by `tcp` or `udp`: no other one may, and what runs the image makes it reachable |
/// | `memory` | the instance takes that many bytes of the machine's memory |
/// | `device = "KIND"` | the value is a device of the platform, of that kind |
///
/// The struct gets a constant function `checked`, by which the glue has rustc verify ranges and
/// conditions once more.
#[proc_macro_derive(Options, attributes(option, options))]
pub fn options(item: TokenStream) -> TokenStream {
    on_derive(item, "a struct, whose fields become options", |item| options::expand(&item))
}

/// Makes the variants of an enum the values of an option, by their names in kebab case.
#[proc_macro_derive(Choice)]
pub fn choice(item: TokenStream) -> TokenStream {
    on_derive(item, "an enum, whose variants become the values of an option", |item: ItemEnum| {
        match oscomp_lang::signature::ChoiceSignature::read(&item) {
            Ok(_) => TokenStream2::new(),
            Err(error) => error.into_compile_error(),
        }
    })
}

/// Expands a plan, given as a string literal of JSON, into the glue of an image.
#[proc_macro]
pub fn system(plan: TokenStream) -> TokenStream {
    system::expand(plan.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// Expands an attribute on an item of one kind; an item of another kind stays, with an error beside it.
fn on_item<T: Parse>(item: TokenStream, kind: &str, expand: impl FnOnce(T) -> TokenStream2) -> TokenStream {
    let original = item.clone();
    match syn::parse(item) {
        Ok(item) => expand(item).into(),
        Err(error) => {
            let mut tokens = original;
            tokens.extend(TokenStream::from(wrong_kind(&error, kind)));
            tokens
        }
    }
}

/// The same for a derive, which never emits the item.
fn on_derive<T: Parse>(item: TokenStream, kind: &str, expand: impl FnOnce(T) -> TokenStream2) -> TokenStream {
    match syn::parse(item) {
        Ok(item) => expand(item).into(),
        Err(error) => wrong_kind(&error, kind).into(),
    }
}

fn wrong_kind(error: &syn::Error, kind: &str) -> TokenStream2 {
    syn::Error::new(error.span(), format!("expected {kind}")).into_compile_error()
}
