//! Ambient interfaces: exactly one provider each.

use super::{Ambient, Origin, World};
use crate::catalog::InterfaceId;
use crate::diagnostic::Diagnostic;
use crate::plan::Reason;
use crate::suggest::listing;
use crate::syntax::insertion;
use std::collections::BTreeMap;
use std::ops::Range;

impl World<'_, '_> {
    /// Reports every ambient interface that two instances of the file provide.
    pub(super) fn refuse_two_of_one(&mut self) {
        let contested: BTreeMap<InterfaceId, Vec<usize>> = self
            .providers
            .iter()
            .filter(|(interface, _)| self.scope.catalog.interface(**interface).ambient.is_some())
            .map(|(interface, providers)| (*interface, self.of_file(providers)))
            .filter(|(_, providers)| providers.len() > 1)
            .collect();
        for (interface, providers) in contested {
            let interface = self.scope.catalog.interface(interface);
            let names: Vec<&str> =
                providers.iter().map(|provider| self.instances[*provider].name.as_str()).collect();
            let mut diagnostic = Diagnostic::error(
                "E0306",
                format!(
                    "{} all provide `{}`, of which an image has exactly one",
                    listing(names),
                    interface.path.ident
                )
                .replacen(" all ", if providers.len() == 2 { " both " } else { " all " }, 1),
            );
            for (number, provider) in providers.iter().rev().enumerate() {
                let spot = &self.instances[*provider].spot;
                let text = if number == 0 { "provides it too" } else { "provides it" };
                diagnostic = diagnostic.at(&spot.file, &spot.span, text);
            }
            self.diagnostics.push(
                diagnostic
                    .at(&interface.file, &interface.span, "an ambient interface")
                    .help("delete all but one of them, or limit each to a platform with `on=\"…\"`"),
            );
        }
    }

    fn of_file(&self, instances: &[usize]) -> Vec<usize> {
        instances
            .iter()
            .copied()
            .filter(|index| matches!(self.instances[*index].origin, Origin::File(_)))
            .collect()
    }

    /// Binds an ambient interface that the image needs, by reason of `user` or in any case.
    pub(super) fn bind_ambient(&mut self, interface: InterfaceId, user: Option<(usize, Range<usize>)>) {
        if self.ambient.contains_key(&interface) || self.scope.catalog.interface(interface).ambient.is_none()
        {
            return;
        }
        let providers = self.providers.get(&interface).cloned().unwrap_or_default();
        // Where the file has two, the first stands for both: they are reported.
        if let Some(provider) = self.of_file(&providers).first() {
            let spot = &self.instances[*provider].spot;
            let reason = Reason::Written(self.scope.catalog.files.place(&spot.file, spot.span.start));
            self.ambient.insert(interface, Ambient { target: *provider, reason });
            return;
        }
        if let Some(default) = self.default_of.get(&interface).copied() {
            let target = self.add_default(default);
            if let Some(module) = self.module(target)
                && matches!(self.instances[target].origin, Origin::File(_))
                && !module.provides(interface)
            {
                self.takes_place(target, default, &module);
                self.incomplete = true;
            }
            let reason = Reason::PlatformDefault(
                self.scope.catalog.files.place(&self.facts.file, self.facts.defaults[default].head.start),
            );
            self.ambient.insert(interface, Ambient { target, reason });
            return;
        }
        if let Some(provider) = providers.first() {
            self.ambient.insert(interface, Ambient { target: *provider, reason: Reason::Platform });
            return;
        }
        self.incomplete = true;
        if !self.system.lost {
            self.missing(interface, user);
        }
    }

    fn missing(&mut self, id: InterfaceId, user: Option<(usize, Range<usize>)>) {
        let interface = self.scope.catalog.interface(id);
        let name = &interface.path.ident;
        let mut diagnostic = match user {
            Some((user, span)) => {
                let user = &self.instances[user];
                let diagnostic = Diagnostic::error(
                    "E0307",
                    format!("nothing provides `{name}`, which `{}` uses", user.name),
                )
                .at(&user.spot.file, &user.spot.span, format!("uses `{name}`"));
                match &user.module {
                    Some(module) => diagnostic.at(&module.file, &span, "declared here"),
                    None => diagnostic,
                }
            }
            None => Diagnostic::error("E0307", format!("nothing provides `{name}`, which every image needs"))
                .at(&self.scope.file, &self.system.head, "has no provider of it"),
        };
        let modules = self.scope.catalog.candidates(|module| self.fits(module) && module.provides(id));
        for candidate in modules.iter().take(4) {
            let line = self.line_for(candidate);
            let (at, text) = insertion(&self.scope.text, &self.system.node, &line);
            diagnostic = diagnostic.fix(format!("add `{line}`"), &self.scope.file, &at, text);
        }
        let help = match modules.as_slice() {
            [] => format!("no module of the catalog provides `{name}` on `{}`", self.platform()),
            [first] => format!("add the line `{}`", self.line_for(first)),
            [first, ..] => format!(
                "add a line such as `{}`; modules that provide it: {}",
                self.line_for(first),
                listing(modules.iter().map(String::as_str))
            ),
        };
        self.diagnostics.push(diagnostic.help(help));
    }
}
