//! The instances of a plan and what binds them, as a graph.
//!
//! [`Graph`] is what is drawn; [`layout`] places it, [`svg`] draws what is placed, [`html`] is a page
//! around that; [`text`] has the forms that other programs draw.

pub mod html;
pub mod layout;
pub mod svg;
pub mod text;

use oscomp_lang::plan::{InterfacePath, Parameter, Plan};
use oscomp_lang::signature::Edge as When;
use serde::Serialize;

/// What is drawn of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The system's name.
    pub system: String,
    /// The platform's name.
    pub platform: String,
    /// The instances in start order, and last, if anything is ambient, the image as a whole.
    pub nodes: Vec<Node>,
    /// The bindings; each ends at a node before it in start order unless it is a call edge.
    pub edges: Vec<Edge>,
}

/// An instance, or the image as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// The instance's name.
    pub name: String,
    /// Its module; empty for the image.
    pub module: String,
    /// What it is.
    pub kind: NodeKind,
    /// The interfaces that it provides.
    pub provides: Vec<String>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// The application.
    App,
    /// The platform's own instance.
    Platform,
    /// Any other instance.
    Module,
    /// The image as a whole, which ambient interfaces are bound for.
    Image,
}

/// A binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Index of the node that requires.
    pub from: usize,
    /// Index of the node that provides.
    pub to: usize,
    /// The requirement; for an ambient interface its name.
    pub requirement: String,
    /// The interfaces, joined by ` + `; empty for an ambient interface.
    pub interface: String,
    /// What kind of binding it is.
    pub kind: EdgeKind,
}

/// What kind of binding an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// The provider starts first.
    Start,
    /// The provider need not have started.
    Call,
    /// For the whole image.
    Ambient,
}

impl Graph {
    /// The graph of a plan.
    pub fn of(plan: &Plan) -> Self {
        let index = |name: &str| plan.instances.iter().position(|instance| instance.name == name);
        let mut nodes: Vec<Node> = plan
            .instances
            .iter()
            .map(|instance| Node {
                name: instance.name.clone(),
                module: instance.module.clone(),
                kind: if instance.name == plan.app {
                    NodeKind::App
                } else if instance.source == plan.platform.source {
                    NodeKind::Platform
                } else {
                    NodeKind::Module
                },
                provides: instance.provides.iter().map(|interface| interface.ident.clone()).collect(),
            })
            .collect();
        let mut edges = Vec::new();
        for (from, instance) in plan.instances.iter().enumerate() {
            for parameter in &instance.parameters {
                let Parameter::Binding { requirement, instance, interfaces, edge, .. } = parameter else {
                    continue;
                };
                let Some(to) = index(instance) else { continue };
                let kind = match edge {
                    When::Start => EdgeKind::Start,
                    When::Call => EdgeKind::Call,
                };
                let interface = joined(interfaces);
                edges.push(Edge { from, to, requirement: requirement.clone(), interface, kind });
            }
        }
        if !plan.ambient.is_empty() {
            let from = nodes.len();
            nodes.push(Node {
                name: "every instance".to_owned(),
                module: String::new(),
                kind: NodeKind::Image,
                provides: Vec::new(),
            });
            edges.extend(plan.ambient.iter().filter_map(|binding| {
                let to = index(&binding.instance)?;
                let requirement = binding.interface.ident.clone();
                Some(Edge { from, to, requirement, interface: String::new(), kind: EdgeKind::Ambient })
            }));
        }
        Self { system: plan.system.clone(), platform: plan.platform.name.clone(), nodes, edges }
    }
}

fn joined(interfaces: &[InterfacePath]) -> String {
    interfaces.iter().map(|interface| interface.ident.as_str()).collect::<Vec<_>>().join(" + ")
}

impl Edge {
    /// The requirement and its interface in one line.
    pub fn label(&self) -> String {
        if self.interface.is_empty() {
            self.requirement.clone()
        } else {
            format!("{}: {}", self.requirement, self.interface)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn bindings_and_ambient_interfaces_are_edges() {
        let graph = Graph::of(&sample::hello());
        let edges: Vec<String> = graph
            .edges
            .iter()
            .map(|edge| {
                format!("{} -{}-> {}", graph.nodes[edge.from].name, edge.label(), graph.nodes[edge.to].name)
            })
            .collect();
        assert_eq!(
            edges,
            [
                "panic -output: Console-> console",
                "hello -output: Console-> console",
                "every instance -PanicHandler-> panic",
                "every instance -PowerOff-> platform",
            ]
        );
        assert_eq!(graph.nodes[0].kind, NodeKind::Platform);
        assert_eq!(graph.nodes[3].kind, NodeKind::App);
    }
}
