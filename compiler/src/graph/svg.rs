//! A graph as SVG, readable on a light and on a dark background.

use super::layout::{FOOT, HEAD, Layout, Placed, layout};
use super::{EdgeKind, Graph, Node, NodeKind};
use crate::page::escape;
use std::fmt::Write;

/// The colours of a drawing. Written out for each background: not every program that shows SVG knows
/// variables in CSS.
struct Palette {
    paper: &'static str,
    ink: &'static str,
    soft: &'static str,
    fill: &'static str,
    rule: &'static str,
    line: &'static str,
    app: [&'static str; 2],
    platform: [&'static str; 2],
    call: &'static str,
    thin: &'static str,
}

const LIGHT: Palette = Palette {
    paper: "#ffffff",
    ink: "#1b1f24",
    soft: "#57606a",
    fill: "#f6f8fa",
    rule: "#b6bec8",
    line: "#57606a",
    app: ["#dbeafe", "#2563eb"],
    platform: ["#dcfce7", "#16a34a"],
    call: "#b45309",
    thin: "#8b949e",
};

const DARK: Palette = Palette {
    paper: "#0d1117",
    ink: "#e6edf3",
    soft: "#9198a1",
    fill: "#161b22",
    rule: "#3d444d",
    line: "#9198a1",
    app: ["#12264d", "#60a5fa"],
    platform: ["#0f2e1b", "#4ade80"],
    call: "#f59e0b",
    thin: "#6e7681",
};

const SHAPES: &str = "\
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:12px;\
text-anchor:middle}.name{font-weight:600}.port{font-size:10px}path{fill:none;stroke-width:1.3}\
path.call{stroke-dasharray:5 4}path.ambient{stroke-width:.7}path.rule{stroke-width:1}\
.image .box{stroke-dasharray:2 3}marker path{stroke:none}";

impl Palette {
    fn style(&self) -> String {
        let Self { paper, ink, soft, fill, rule, line, app, platform, call, thin } = self;
        format!(
            ".paper{{fill:{paper}}}text{{fill:{ink}}}text.soft{{fill:{soft}}}path{{stroke:{line}}}\
             path.call{{stroke:{call}}}path.ambient{{stroke:{thin}}}path.rule{{stroke:{rule}}}\
             .box{{fill:{fill};stroke:{rule}}}.app .box{{fill:{};stroke:{}}}\
             .platform .box{{fill:{};stroke:{}}}.image .box{{fill:{paper};stroke:{thin}}}\
             marker path{{fill:{line}}}marker.call path{{fill:{call}}}marker.ambient path{{fill:{thin}}}",
            app[0], app[1], platform[0], platform[1]
        )
    }
}

/// Draws a graph.
pub fn draw(graph: &Graph) -> String {
    let layout = layout(graph);
    let (width, height) = (layout.width.ceil(), layout.height.ceil());
    let title = escape(&format!("{} on {}", graph.system, graph.platform));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{title}</title>\n<style>\n{}</style>\n{}\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}{}</svg>\n",
        style(),
        arrows(),
        edges(graph, &layout),
        nodes(graph, &layout)
    )
}

/// The style of a drawing.
pub fn style() -> String {
    format!("{SHAPES}\n{}\n@media (prefers-color-scheme:dark){{{}}}\n", LIGHT.style(), DARK.style())
}

/// The heads of its arrows.
pub fn arrows() -> String {
    let mut out = String::from("<defs>\n");
    for kind in ["start", "call", "ambient"] {
        let _ = writeln!(
            out,
            "<marker id=\"{kind}\" class=\"{kind}\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"7\" \
             markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 .5 8 4 0 7.5z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}

/// The edges, one element for each, in the order of the graph.
pub fn edges(graph: &Graph, layout: &Layout) -> String {
    let mut out = String::new();
    for (edge, points) in graph.edges.iter().zip(&layout.edges) {
        let class = class_of(edge.kind);
        let tip = escape(&format!(
            "{}.{} → {}",
            graph.nodes[edge.from].name,
            edge.label(),
            graph.nodes[edge.to].name
        ));
        let _ = writeln!(
            out,
            "<path class=\"{class}\" marker-end=\"url(#{class})\" d=\"{}\"><title>{tip}</title></path>",
            curve(points)
        );
    }
    out
}

/// The nodes, one element for each, in the order of the graph.
pub fn nodes(graph: &Graph, layout: &Layout) -> String {
    let mut out = String::new();
    for (node, placed) in graph.nodes.iter().zip(&layout.nodes) {
        draw_node(&mut out, graph, node, placed);
    }
    out
}

const fn class_of(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Start => "start",
        EdgeKind::Call => "call",
        EdgeKind::Ambient => "ambient",
    }
}

fn draw_node(out: &mut String, graph: &Graph, node: &Node, placed: &Placed) {
    let class = match node.kind {
        NodeKind::App => "app",
        NodeKind::Platform => "platform",
        NodeKind::Module => "module",
        NodeKind::Image => "image",
    };
    let Placed { x, y, width, height, ports } = placed;
    let (x, y, middle) = (round(*x), round(*y), round(x + width / 2.0));
    let _ = write!(out, "<g class=\"{class}\">");
    if !node.provides.is_empty() {
        let provides = escape(&node.provides.join(", "));
        let _ = write!(out, "<title>{} provides {provides}</title>", escape(&node.name));
    }
    let _ = write!(
        out,
        "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
    );
    if node.module.is_empty() {
        text(out, "soft", middle, y + 27.0, &node.name);
    } else {
        text(out, "name", middle, y + 19.0, &node.name);
        text(out, "soft", middle, y + 35.0, &node.module);
    }
    for (index, port) in ports.iter().enumerate() {
        let edge = &graph.edges[port.edge];
        let (left, top, middle) = (round(port.x), y + HEAD, round(port.x + port.width / 2.0));
        if index == 0 {
            let _ = write!(out, "<path class=\"rule\" d=\"M{x} {top}h{width}\"/>");
        } else {
            let _ = write!(out, "<path class=\"rule\" d=\"M{left} {top}v{FOOT}\"/>");
        }
        if edge.interface.is_empty() {
            text(out, "port", middle, top + 21.0, &edge.requirement);
        } else {
            text(out, "port", middle, top + 14.0, &edge.requirement);
            text(out, "port soft", middle, top + 27.0, &edge.interface);
        }
    }
    out.push_str("</g>\n");
}

fn text(out: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escape(text));
}

/// Vertical at each point, so that lines leave and enter boxes at right angles.
fn curve(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let (x, y) = (round(*x), round(*y));
        if index == 0 {
            let _ = write!(path, "M{x} {y}");
            continue;
        }
        let (from_x, from_y) = (round(points[index - 1].0), round(points[index - 1].1));
        if (from_x - x).abs() < 0.5 {
            let _ = write!(path, "L{x} {y}");
        } else {
            let bend = round((y - from_y) / 2.0);
            let _ = write!(path, "C{from_x} {} {x} {} {x} {y}", round(from_y + bend), round(y - bend));
        }
    }
    path
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_instance_and_requirement_is_named() {
        let graph = Graph::of(&sample::large(5));
        let drawing = draw(&graph);
        for node in &graph.nodes {
            assert!(drawing.contains(&format!(">{}</text>", node.name)), "{}", node.name);
        }
        assert_eq!(drawing.matches("marker-end").count(), graph.edges.len());
        assert!(drawing.contains("prefers-color-scheme:dark"));
    }
}
