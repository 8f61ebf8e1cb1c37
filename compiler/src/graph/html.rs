//! A graph as a page: the drawing, and what is known of each instance.

use super::layout::layout;
use super::{Edge, Graph, Node, NodeKind, svg};
use crate::listing::environment;
use crate::page::{self, Page, escape, markdown};
use crate::size::{Bytes, Last};
use crate::why::{Answer, FieldAnswer, InstanceAnswer, why};
use oscomp_lang::catalog::ModuleEntry;
use oscomp_lang::plan::Plan;
use oscomp_lang::source::SourcePath;
use oscomp_lang::value::format_bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a page shows of one platform.
pub struct Shown<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// What is known of its modules, by their folders.
    pub modules: &'p BTreeMap<SourcePath, ModuleEntry>,
    /// The image that was built last.
    pub last: Option<Last>,
}

/// What the script knows of a platform.
#[derive(Serialize)]
struct PlatformData {
    name: String,
    machine: String,
    width: f64,
    height: f64,
    image: Option<ImageData>,
    nodes: Vec<NodeData>,
    edges: Vec<Edge>,
}

#[derive(Serialize)]
struct ImageData {
    bytes: Bytes,
    same_plan: bool,
}

#[derive(Serialize)]
struct NodeData {
    #[serde(flatten)]
    node: Node,
    /// None for the image as a whole.
    about: Option<InstanceAnswer>,
    /// Its module's doc comment, as markup.
    doc: String,
    bytes: Option<Bytes>,
    /// What the sources say of its fields, by their names.
    fields: BTreeMap<String, FieldData>,
    /// What the image as a whole is bound to.
    ambient: Vec<FieldAnswer>,
}

#[derive(Default, Serialize)]
struct FieldData {
    doc: String,
    takes: Option<String>,
    range: Option<String>,
    unit: Option<String>,
    default: Option<String>,
}

/// The page of a system.
pub fn page(system: &str, shown: &[Shown<'_>]) -> String {
    let mut drawings = String::new();
    let mut data = Vec::new();
    let mut choices = String::new();
    for (index, shown) in shown.iter().enumerate() {
        let graph = Graph::of(shown.plan);
        let layout = layout(&graph);
        let name = escape(&graph.platform);
        let hidden = if index > 0 { " hidden" } else { "" };
        let _ = writeln!(
            drawings,
            "<svg class=\"drawing\" role=\"group\" aria-label=\"instances on {name}\"{hidden}>\n\
             <g class=\"world\">\n<g class=\"edges\">\n{}</g>\n<g class=\"nodes\">\n{}</g>\n</g>\n</svg>",
            svg::edges(&graph, &layout),
            svg::nodes(&graph, &layout)
        );
        let _ = write!(choices, "<option value=\"{index}\">{name}</option>");
        data.push(platform(shown, graph, layout.width, layout.height));
    }
    let choice = if shown.len() > 1 {
        format!("<label>platform <select id=\"platform\">{choices}</select></label>\n")
    } else {
        format!(
            "<span class=\"quiet\">on {}</span>\n",
            shown.first().map_or_else(String::new, |one| escape(&one.plan.platform.name))
        )
    };
    let body = format!(
        "<header class=\"bar\">\n<h1>{}</h1>\n{choice}\
         <input type=\"search\" id=\"search\" placeholder=\"Search instances\" aria-label=\"Search instances\">\n\
         <span id=\"count\" class=\"quiet small\" role=\"status\"></span>\n\
         <span class=\"rest\"><button type=\"button\" id=\"farther\" aria-label=\"smaller\">−</button> \
         <button type=\"button\" id=\"nearer\" aria-label=\"larger\">+</button> \
         <button type=\"button\" id=\"fit\">Fit</button></span>\n</header>\n\
         <main>\n<div id=\"canvas\" tabindex=\"0\" role=\"application\" aria-label=\"graph of the instances\">\n\
         <svg width=\"0\" height=\"0\" aria-hidden=\"true\" class=\"arrows\">{}</svg>\n{drawings}\
         <div id=\"key\" class=\"small quiet\" aria-hidden=\"true\">{}</div>\n</div>\n\
         <aside id=\"details\" aria-label=\"details\" aria-live=\"polite\"></aside>\n</main>\n",
        escape(system),
        svg::arrows(),
        key()
    );
    let style = format!("{}{}", svg::style(), include_str!("page/graph.css"));
    Page {
        title: format!("{system}: graph"),
        style: &style,
        body,
        data: page::data(&data),
        script: include_str!("page/graph.js"),
    }
    .html()
}

/// What the kinds of lines mean.
fn key() -> String {
    [("start", "starts first"), ("call", "when called"), ("ambient", "for all")]
        .map(|(class, text)| {
            format!("<svg viewBox=\"0 0 36 12\"><path class=\"{class}\" d=\"M1 6h34\"/></svg>{text}")
        })
        .concat()
}

fn platform(shown: &Shown<'_>, graph: Graph, width: f64, height: f64) -> PlatformData {
    let Shown { plan, last, .. } = shown;
    let Graph { platform, nodes, edges, .. } = graph;
    let environment = environment(plan.platform.environment);
    PlatformData {
        name: platform,
        machine: format!("{}, {environment}, {} of memory", plan.platform.arch, format_bytes(plan.memory)),
        width: width.ceil(),
        height: height.ceil(),
        image: last.as_ref().map(|last| ImageData { bytes: last.sizes.total, same_plan: last.same_plan }),
        nodes: nodes.into_iter().map(|node| node_data(shown, node)).collect(),
        edges,
    }
}

fn node_data(shown: &Shown<'_>, node: Node) -> NodeData {
    let plan = shown.plan;
    if node.kind == NodeKind::Image {
        let ambient = plan.ambient.iter().filter_map(|binding| match why(plan, &binding.interface.ident) {
            Ok(Answer::Ambient(answer)) => Some(answer),
            _ => None,
        });
        let ambient = ambient.collect();
        return NodeData {
            node,
            about: None,
            doc: String::new(),
            bytes: None,
            fields: BTreeMap::new(),
            ambient,
        };
    }
    let about = match why(plan, &node.name) {
        Ok(Answer::Instance(answer)) => Some(answer),
        _ => None,
    };
    let module = plan.instance(&node.name).and_then(|instance| shown.modules.get(&instance.source));
    let shares = shown.last.iter().flat_map(|last| &last.sizes.instances);
    let bytes = shares.into_iter().find(|share| share.name == node.name).map(|share| share.bytes);
    let mut fields = BTreeMap::new();
    for requirement in module.into_iter().flat_map(|module| &module.requirements) {
        fields.insert(
            requirement.name.clone(),
            FieldData { doc: markup(&requirement.doc), ..FieldData::default() },
        );
    }
    for option in module.into_iter().flat_map(|module| &module.options) {
        let data = FieldData {
            doc: markup(&option.doc),
            takes: Some(option.takes.clone()),
            range: option.range.clone(),
            unit: option.unit.clone(),
            default: option.default.clone(),
        };
        fields.insert(option.name.clone(), data);
    }
    let doc = module.map_or_else(String::new, |module| markup(&module.doc));
    NodeData { node, about, doc, bytes, fields, ambient: Vec::new() }
}

fn markup(doc: &str) -> String {
    markdown::html(doc, &|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn names_and_comments_of_modules_are_text() {
        let mut plan = sample::hello();
        plan.system = "<img src=x onerror=alert(1)>".into();
        plan.platform.name = "</script><script>alert(2)</script>".into();
        plan.instances[1].name = "</title><b>\"'".into();
        let modules = BTreeMap::new();
        let page = page(&plan.system, &[Shown { plan: &plan, modules: &modules, last: None }]);
        for markup in ["<img src", "</script><script>alert", "<b>\"'"] {
            assert!(!page.contains(markup), "{markup}");
        }
        // One for the data, one for the script, and nothing else.
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script>").count(), 2);
    }

    #[test]
    fn a_page_has_every_platform_and_fetches_nothing() {
        let (small, large) = (sample::hello(), sample::large(60));
        let modules = BTreeMap::new();
        let shown = [&small, &large].map(|plan| Shown { plan, modules: &modules, last: None });
        let page = page("web", &shown);
        assert_eq!(page.matches("<svg class=\"drawing\"").count(), 2);
        for address in ["src=", "href=", "@import", "url(http", "fetch("] {
            assert!(!page.contains(address), "{address}");
        }
    }
}
