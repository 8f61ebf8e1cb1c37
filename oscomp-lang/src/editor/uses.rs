//! Who uses what a Rust source declares.

use super::{Location, View};
use crate::source::SourcePath;
use std::collections::BTreeMap;
use std::ops::Range;

/// Something that a Rust source declares, with the places of a system that use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where it is declared.
    pub declared: Location,
    /// What uses it, in words: "3 instances".
    pub title: String,
    /// The places in the system.
    pub places: Vec<Location>,
}

impl View<'_, '_> {
    /// What the system uses of a Rust source: its module, the fields of that, its interfaces.
    #[must_use]
    pub fn uses(&self, file: &SourcePath) -> Vec<Use> {
        let mut uses: Vec<Use> = Vec::new();
        let here = |spans: &[Range<usize>]| -> Vec<Location> {
            spans.iter().map(|span| Location::new(self.file(), span)).collect()
        };
        let modules = (0..self.instances().len()).filter_map(|number| self.module(number));
        if let Some(module) = modules.clone().find(|module| module.file == *file) {
            let instances = self.of_folder(&module.folder);
            let places: Vec<Range<usize>> =
                instances.map(|number| self.instances()[number].name.span.clone()).collect();
            uses.push(Use {
                declared: Location::new(file, &module.ident_span),
                title: counted(places.len(), "instance"),
                places: here(&places),
            });
            let options = module.options.iter().map(|option| (&option.signature.name, &option.span));
            let requirements =
                module.requirements().map(|requirement| (&requirement.name, &requirement.span));
            for (name, span) in options.chain(requirements) {
                let places = self.field_places(module, name);
                if !places.is_empty() {
                    uses.push(Use {
                        declared: Location::new(file, span),
                        title: format!("set {}", times(places.len())),
                        places: here(&places),
                    });
                }
            }
        }
        // Interfaces that are declared there: the instances that provide them.
        let mut provided: BTreeMap<(usize, usize), Vec<Range<usize>>> = BTreeMap::new();
        for (number, node) in self.instances().iter().enumerate() {
            for (id, _) in self.module(number).iter().flat_map(|module| &module.provides) {
                let interface = self.scope.catalog.interface(*id);
                if interface.file == *file {
                    let span = (interface.span.start, interface.span.end);
                    provided.entry(span).or_default().push(node.name.span.clone());
                }
            }
        }
        uses.extend(provided.into_iter().map(|((start, end), places)| Use {
            declared: Location::new(file, &(start..end)),
            title: format!("provided by {}", counted(places.len(), "instance")),
            places: here(&places),
        }));
        uses
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
