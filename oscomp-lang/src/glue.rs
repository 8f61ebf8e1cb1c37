//! A plan as Rust: one zero-sized tag per instance, static dispatch, a straight-line start.
//!
//! The glue of an instance named `nic` is the tag `instances::nic` and the slot `instances::NIC`. The tag implements, for
//! each interface that the instance provides, the interface's `…Binding`, which names the concrete
//! type behind it; everything else follows by rustc's own rules.

use crate::plan::{
    AmbientBinding, Configuration, DeviceRegisters, ExportedFunction, Instance, InterfacePath, Line,
    Parameter, Plan, Setting, archive_file,
};
use crate::signature::{ExportCall, OptionType, fingerprint, snake_case};
use crate::value::Value;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// Expands a plan into the items of an image's crate root.
#[must_use]
pub fn expand(plan: &Plan) -> TokenStream {
    let parts = parts(plan);
    let instances = parts.iter().map(|(_, items)| items);
    let exports = plan
        .instances
        .iter()
        .flat_map(|instance| instance.exports.iter().map(move |function| export(instance, function)));
    let installs = plan.ambient.iter().map(install);
    let start = start(plan, &plan.ambient);
    let (platform, windows) = (crate_ident(&plan.platform_package()), windows(plan));
    let instance = plan.platform_instance().map(|instance| outside(&tag(&instance.name)));
    quote! {
        mod instances {
            #(#instances)*
        }
        #(#exports)*
        #(#installs)*
        #start
        ::#platform::entry!(oscomp_run, #instance, [#(#windows),*]);
    }
}

/// A function of an instance as a symbol that C programs link against. What no program calls the linker leaves out.
fn export(instance: &Instance, function: &ExportedFunction) -> TokenStream {
    let name = &function.name;
    let (method, symbol) = (identifier(name), format_ident!("c_{name}"));
    let state = state(instance, |name| outside(&tag(name)));
    let slot = outside(&slot(&instance.name));
    let instance_name = &instance.name;
    let number = Literal::u64_unsuffixed(fingerprint(name));
    let types = quote!(<#state as ::oscomp_abi::Export<#number>>);
    let names: Vec<Ident> = (0..function.parameters).map(|index| format_ident!("p{index}")).collect();
    let parameters = names.iter().enumerate().map(|(index, name)| {
        let ty = format_ident!("P{index}");
        quote!(#name: #types::#ty)
    });
    let target =
        if instance.guarded { quote!(#slot.get(#instance_name)) } else { quote!(#slot.get_started()) };
    let call = quote! {
        #[allow(unused_unsafe, clippy::missing_safety_doc)]
        unsafe extern "C" fn #symbol(#(#parameters),*) -> #types::Output {
            // SAFETY: the contract is that of the C function. Instances with C code start after all that have
            // functions for it.
            unsafe { #target.#method(#(#names),*) }
        }
    };
    match function.call {
        ExportCall::Method => quote! {
            #[unsafe(export_name = #name)]
            #call
        },
        ExportCall::Variadic => {
            let entry = format_ident!("c_entry_{name}");
            let fixed = Literal::usize_unsuffixed(function.parameters - 1);
            quote! {
                #call
                #[unsafe(export_name = #name)]
                #[unsafe(naked)]
                unsafe extern "C" fn #entry() {
                    ::oscomp_abi::variadic!(#symbol, #fixed)
                }
            }
        }
        ExportCall::Jump => quote! {
            #[unsafe(export_name = #name)]
            #[unsafe(naked)]
            unsafe extern "C" fn #symbol() {
                ::oscomp_abi::jump!(<#state>::#method)
            }
        },
    }
}

/// Where the registers are that instances reach as memory, so that the platform can map them.
fn windows(plan: &Plan) -> impl Iterator<Item = TokenStream> {
    let claimed = plan.platform.devices.iter().filter(|device| plan.claims(&device.name));
    claimed.flat_map(|device| device.registers.windows()).map(|(base, length)| {
        let (base, length) = (Literal::u64_unsuffixed(base), Literal::u64_unsuffixed(length));
        quote!((#base, #length))
    })
}

/// The parts of the glue that belong to one instance, by its name, in start order.
#[must_use]
pub fn parts(plan: &Plan) -> Vec<(String, TokenStream)> {
    plan.instances.iter().map(|instance| (instance.name.clone(), expand_instance(plan, instance))).collect()
}

/// The part of the glue that rustc can check without making an image of it: no language items, no
/// entry, so that many systems fit into one crate. `module` names the Rust module it goes into.
#[must_use]
pub fn expand_for_check(plan: &Plan, module: &str) -> TokenStream {
    let module = format_ident!("{module}");
    let instances = plan.instances.iter().map(|instance| expand_instance(plan, instance));
    let bounds = plan.ambient.iter().map(|binding| {
        let (path, tag) = (interface(&binding.interface), outside(&tag(&binding.instance)));
        quote! { const _: fn(#tag) = { fn bound<T: #path>(_: T) {} bound::<#tag> }; }
    });
    let start = start(plan, &[]);
    quote! {
        pub mod #module {
            mod instances {
                #(#instances)*
            }
            #(#bounds)*
            #start
        }
    }
}

/// The name of a package as Rust sees its library.
#[must_use]
pub fn crate_ident(package: &str) -> Ident {
    identifier(&package.replace('-', "_"))
}

/// The tag of an instance: its name with underscores.
#[must_use]
pub fn tag(instance: &str) -> Ident {
    identifier(&instance.replace('-', "_"))
}

/// A tag or a slot as the rest of the glue knows it.
///
/// Instances have a module of their own: a tag is a unit struct, so wherever it is in scope its name is
/// a constant, and a pattern in some macro's code that means to bind a variable of that name would not.
fn outside(ident: &Ident) -> TokenStream {
    quote!(instances::#ident)
}

fn slot(instance: &str) -> Ident {
    identifier(&instance.replace('-', "_").to_ascii_uppercase())
}

fn identifier(name: &str) -> Ident {
    // A keyword since edition 2024, which syn takes for a plain name.
    if name == "gen" {
        return Ident::new_raw(name, Span::call_site());
    }
    syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()))
}

fn interface(path: &InterfacePath) -> TokenStream {
    let (root, modules, ident) = (
        crate_ident(&path.package),
        path.modules.iter().map(|name| identifier(name)),
        identifier(&path.ident),
    );
    quote!(::#root::#(#modules::)*#ident)
}

fn binding_trait(path: &InterfacePath) -> TokenStream {
    let mut path = path.clone();
    path.ident = format!("{}Binding", path.ident);
    interface(&path)
}

fn expand_instance(plan: &Plan, instance: &Instance) -> TokenStream {
    let (name, tag, slot) = (&instance.name, tag(&instance.name), slot(&instance.name));
    let state = state(instance, self::tag);
    let doc = format!("Instance `{name}` of module `{}`.", instance.module);
    let options = instance.parameters.iter().find_map(|parameter| match parameter {
        Parameter::Options { ident } => Some(expand_options(plan, instance, ident)),
        Parameter::Binding { .. } => None,
    });
    let target = if instance.guarded {
        quote!(#slot.get(#name))
    } else {
        quote! {
            // SAFETY: nothing receives this tag before `oscomp_run` has started the instance.
            unsafe { #slot.get_started() }
        }
    };
    let ambient = plan.ambient.iter().any(|binding| binding.instance == *name).then(|| {
        quote! {
            impl ::oscomp_abi::AmbientTag for #tag {
                const TAG: Self = Self;
            }
        }
    });
    let bindings = instance.provides.iter().map(|provided| {
        let binding = binding_trait(provided);
        quote! {
            impl #binding for #tag {
                type Target = &'static #state;
                #[inline(always)]
                fn target(self) -> Self::Target {
                    #target
                }
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub struct #tag;
        pub(super) static #slot: ::oscomp_abi::Slot<#state> = ::oscomp_abi::Slot::new();
        #options
        #ambient
        #(#bindings)*
    }
}

/// The concrete type of an instance's state, with the tags as `tag` names them.
fn state<T: ToTokens>(instance: &Instance, tag: impl Fn(&str) -> T) -> TokenStream {
    let (root, ident) = (crate_ident(&instance.package), identifier(&instance.ident));
    let parameters = instance.parameters.iter().map(|parameter| match parameter {
        Parameter::Options { .. } => tag(&instance.name),
        Parameter::Binding { instance, .. } => tag(instance),
    });
    if instance.parameters.is_empty() {
        quote!(::#root::#ident)
    } else {
        quote!(::#root::#ident<#(#parameters),*>)
    }
}

fn expand_options(plan: &Plan, instance: &Instance, ident: &str) -> TokenStream {
    let (root, ident, tag) = (crate_ident(&instance.package), identifier(ident), tag(&instance.name));
    let fields = instance.options.iter().map(|setting| {
        let (field, value) = (identifier(&setting.ident), expand_setting(plan, &root, setting));
        quote!(#field: #value)
    });
    quote! {
        impl ::oscomp_abi::Config<::#root::#ident> for #tag {
            const OPTIONS: ::#root::#ident = ::#root::#ident { #(#fields),* }.checked();
        }
    }
}

fn expand_setting(plan: &Plan, root: &Ident, setting: &Setting) -> TokenStream {
    expand_value(plan, root, &setting.ty, &setting.value)
}

fn expand_value(plan: &Plan, root: &Ident, ty: &OptionType, value: &Value) -> TokenStream {
    match (ty, value) {
        (OptionType::Optional(_), Value::None) => quote!(::core::option::Option::None),
        (OptionType::Optional(inner), value) => {
            let value = expand_value(plan, root, inner, value);
            quote!(::core::option::Option::Some(#value))
        }
        (OptionType::List(inner), Value::List(values)) => {
            let values = values.iter().map(|value| expand_value(plan, root, inner, value));
            quote!(&[#(#values),*])
        }
        (OptionType::Choice(choice), Value::Variant(variant)) => {
            let (choice, variant) = (identifier(choice), identifier(variant));
            quote!(::#root::#choice::#variant)
        }
        (OptionType::Integer(_), Value::Integer(number)) => {
            let number: TokenStream = number.to_string().parse().unwrap_or_default();
            quote!(#number)
        }
        (_, Value::Bool(value)) => quote!(#value),
        (_, Value::String(value)) => quote!(#value),
        (_, Value::Bytes(value)) => {
            let value = Literal::u64_unsuffixed(*value);
            quote!(::oscomp_abi::Bytes(#value))
        }
        (_, Value::Duration(value)) => {
            let (seconds, nanoseconds) = (value.as_secs(), value.subsec_nanos());
            quote!(::core::time::Duration::new(#seconds, #nanoseconds))
        }
        (_, Value::Ipv4Addr(address)) => ipv4(*address),
        (_, Value::Ipv4Cidr { address, prefix }) => {
            let address = ipv4(*address);
            quote!(::oscomp_abi::Ipv4Cidr { address: #address, prefix: #prefix })
        }
        (_, Value::Ipv6Cidr { address, prefix }) => {
            let bits = Literal::u128_unsuffixed(address.to_bits());
            quote!(::oscomp_abi::Ipv6Cidr { address: ::core::net::Ipv6Addr::from_bits(#bits), prefix: #prefix })
        }
        (_, Value::MacAddress(bytes)) => quote!(::oscomp_abi::MacAddress([#(#bytes),*])),
        (_, Value::File(path)) => {
            let path = format!("/project/{path}");
            quote!(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), #path)))
        }
        (_, Value::Archive { path, packed }) => {
            let path = if *packed { format!("/project/{path}") } else { format!("/{}", archive_file(path)) };
            quote!(::oscomp_abi::Archive(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), #path))))
        }
        (_, Value::CSource(_)) => quote!(::oscomp_abi::CSource),
        (_, Value::CInclude(_)) => quote!(::oscomp_abi::CInclude),
        (_, Value::CDefine(_)) => quote!(::oscomp_abi::CDefine),
        (_, Value::CHot(_)) => quote!(::oscomp_abi::CHot),
        (_, Value::Device(name)) => device(plan, name),
        // The checker pairs types and values; what it did not pair rustc refuses here.
        (ty, value) => {
            let message = format!("oscomp: {value:?} is not {}", ty.describe());
            quote!(compile_error!(#message))
        }
    }
}

fn ipv4(address: std::net::Ipv4Addr) -> TokenStream {
    let [a, b, c, d] = address.octets();
    quote!(::core::net::Ipv4Addr::new(#a, #b, #c, #d))
}

fn device(plan: &Plan, name: &str) -> TokenStream {
    let Some(device) = plan.platform.device(name) else {
        let message = format!("oscomp: platform `{}` has no device `{name}`", plan.platform.name);
        return quote!(compile_error!(#message));
    };
    let registers = match device.registers {
        DeviceRegisters::None => quote!(None),
        DeviceRegisters::Port { base, length } => quote!(Port { base: #base, length: #length }),
        DeviceRegisters::Memory { base, length } => {
            let (base, length) = (Literal::u64_unsuffixed(base), Literal::u64_unsuffixed(length));
            quote!(Memory { base: #base, length: #length })
        }
        DeviceRegisters::Pci { configuration, base, length } => {
            let configuration = match configuration {
                Configuration::Memory(address) => {
                    let address = Literal::u64_unsuffixed(address);
                    quote!(Memory(#address))
                }
                Configuration::Ports(function) => quote!(Ports(#function)),
            };
            let [base, length] = [base, length].map(Literal::u64_unsuffixed);
            quote!(Pci {
                configuration: ::oscomp_abi::Configuration::#configuration,
                base: #base,
                length: #length
            })
        }
    };
    let line = match device.line {
        None => quote!(None),
        Some(Line::Level(number)) => quote!(Some(::oscomp_abi::Line::Level(#number))),
        Some(Line::Edge(number)) => quote!(Some(::oscomp_abi::Line::Edge(#number))),
        Some(Line::Message(number)) => quote!(Some(::oscomp_abi::Line::Message(#number))),
    };
    quote!(::oscomp_abi::Device {
        name: #name,
        registers: ::oscomp_abi::Registers::#registers,
        line: ::core::option::Option::#line
    })
}

/// The macro that makes an instance the provider of an ambient interface.
fn install_macro(binding: &AmbientBinding) -> TokenStream {
    let root = crate_ident(&binding.interface.package);
    let install = format_ident!("install_{}", snake_case(&binding.interface.ident));
    quote!(::#root::#install!)
}

fn install(binding: &AmbientBinding) -> TokenStream {
    let install = install_macro(binding);
    let (tag, slot) = (outside(&tag(&binding.instance)), outside(&slot(&binding.instance)));
    let module = {
        let (root, modules) = (
            crate_ident(&binding.interface.package),
            binding.interface.modules.iter().map(|name| identifier(name)),
        );
        quote!(::#root #(::#modules)*)
    };
    quote!(#install { item #tag, #slot.is_live(), #module })
}

/// The function that runs the system, with the installation of these ambient interfaces.
fn start(plan: &Plan, ambient: &[AmbientBinding]) -> TokenStream {
    let starts = plan.instances.iter().map(|instance| {
        let state = state(instance, |name| outside(&tag(name)));
        let (name, module, slot) = (&instance.name, &instance.module, outside(&slot(&instance.name)));
        let tags = instance.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Binding { instance, .. } => Some(outside(&tag(instance))),
            Parameter::Options { .. } => None,
        });
        let installs = ambient.iter().filter(|binding| binding.instance == instance.name).map(|binding| {
            let (install, tag) = (install_macro(binding), outside(&tag(&binding.instance)));
            quote!(#install { start #tag })
        });
        quote! {
            match <#state>::start(#(#tags),*) {
                // SAFETY: `oscomp_run` is entered once, and nothing else runs yet.
                ::core::result::Result::Ok(state) => unsafe { #slot.start(state) },
                ::core::result::Result::Err(error) => oscomp_failed(#name, #module, error),
            }
            #(#installs)*
        }
    });
    let stops = plan.instances.iter().rev().filter(|instance| instance.stop).map(|instance| {
        let slot = outside(&slot(&instance.name));
        quote! {
            // SAFETY: every instance has started.
            unsafe { #slot.get_started() }.stop();
        }
    });
    let app = outside(&tag(&plan.app));
    quote! {
        #[cold]
        fn oscomp_failed(instance: &str, module: &str, error: ::oscomp_abi::StartError) -> ! {
            panic!(
                "instance `{}` (module `{}`) did not start: {error}",
                ::oscomp_abi::Plain(instance),
                ::oscomp_abi::Plain(module)
            )
        }

        /// The application. A function of its own, so that those who measure find where it begins.
        #[inline(never)]
        fn oscomp_app() -> ::oscomp_interfaces::app::Status {
            ::oscomp_interfaces::app::App::run(#app)
        }

        /// Starts every instance, runs the application, stops the instances and powers off.
        pub fn oscomp_run() -> ! {
            #(#starts)*
            let status = oscomp_app();
            #(#stops)*
            ::oscomp_interfaces::power::PowerOff::power_off(::oscomp_interfaces::power::SystemPowerOff, status.0)
        }
    }
}

impl Plan {
    /// The instance that is the platform itself.
    #[must_use]
    pub fn platform_instance(&self) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.source == self.platform.source)
    }

    /// The package of the platform's crate.
    #[must_use]
    pub fn platform_package(&self) -> String {
        self.platform_instance()
            .map_or_else(|| self.platform.name.clone(), |instance| instance.package.clone())
    }

    /// Whether an instance claims the device of that name.
    #[must_use]
    pub fn claims(&self, device: &str) -> bool {
        self.resources.iter().any(|resource| resource.space == "device" && resource.value == device)
    }
}
