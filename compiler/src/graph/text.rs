//! A graph in words, and in the languages of programs that draw.

use super::{EdgeKind, Graph, NodeKind};
use std::fmt::Write;

/// The bindings as a tree from the app down; what has been shown before is not unfolded again.
pub fn tree(graph: &Graph) -> Vec<String> {
    let mut lines = vec![format!("{} on {}", graph.system, graph.platform)];
    let mut shown = vec![false; graph.nodes.len()];
    let app = graph.nodes.iter().position(|node| node.kind == NodeKind::App);
    let image = graph.nodes.iter().position(|node| node.kind == NodeKind::Image);
    for root in app.into_iter().chain(image) {
        lines.push(named(graph, root));
        branch(graph, root, "", &mut shown, &mut lines);
    }
    // Whatever nothing leads to, from the one that starts last.
    for root in (0..graph.nodes.len()).rev() {
        if !shown[root] {
            lines.push(named(graph, root));
            branch(graph, root, "", &mut shown, &mut lines);
        }
    }
    lines
}

fn named(graph: &Graph, node: usize) -> String {
    let node = &graph.nodes[node];
    if node.module.is_empty() || node.module == node.name {
        node.name.clone()
    } else {
        format!("{} ({})", node.name, node.module)
    }
}

fn branch(graph: &Graph, node: usize, indent: &str, shown: &mut [bool], lines: &mut Vec<String>) {
    shown[node] = true;
    let edges: Vec<_> = graph.edges.iter().filter(|edge| edge.from == node).collect();
    for (index, edge) in edges.iter().enumerate() {
        let last = index + 1 == edges.len();
        let (fork, next) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let call = if edge.kind == EdgeKind::Call { " (call)" } else { "" };
        let again = shown[edge.to] && graph.edges.iter().any(|other| other.from == edge.to);
        let more = if again { " …" } else { "" };
        lines.push(format!("{indent}{fork}{}{call} → {}{more}", edge.label(), named(graph, edge.to)));
        if !shown[edge.to] {
            branch(graph, edge.to, &format!("{indent}{next}"), shown, lines);
        }
    }
}

/// The language of Graphviz.
pub fn dot(graph: &Graph) -> String {
    let title = quoted(&format!("{} on {}", graph.system, graph.platform));
    let mut out = format!(
        "digraph {title} {{\n  label={title};\n  node [shape=box, style=rounded, fontname=monospace];\n  \
         edge [fontname=monospace, fontsize=10];\n"
    );
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = if node.module.is_empty() {
            node.name.clone()
        } else {
            format!("{}\\n{}", node.name, node.module)
        };
        let style = match node.kind {
            NodeKind::App => ", penwidth=2",
            NodeKind::Image => ", style=dotted",
            NodeKind::Platform | NodeKind::Module => "",
        };
        let _ = writeln!(out, "  n{index} [label={}{style}];", quoted(&label));
    }
    for edge in &graph.edges {
        let style = match edge.kind {
            EdgeKind::Start => "",
            EdgeKind::Call => ", style=dashed",
            EdgeKind::Ambient => ", penwidth=0.4",
        };
        let _ = writeln!(out, "  n{} -> n{} [label={}{style}];", edge.from, edge.to, quoted(&edge.label()));
    }
    out.push_str("}\n");
    out
}

/// Backslashes stay: `\n` is a line break in a label.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// The language of Mermaid.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TD\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let name = html(&node.name);
        let label = if node.module.is_empty() {
            name
        } else {
            format!("{name}<br/><small>{}</small>", html(&node.module))
        };
        let (open, close) = match node.kind {
            NodeKind::App => ("([", "])"),
            NodeKind::Platform => ("[[", "]]"),
            NodeKind::Module => ("[", "]"),
            NodeKind::Image => ("(", ")"),
        };
        let _ = writeln!(out, "  n{index}{open}\"{label}\"{close}");
    }
    for edge in &graph.edges {
        let arrow = if edge.kind == EdgeKind::Call { "-.->" } else { "-->" };
        let _ = writeln!(out, "  n{} {arrow}|\"{}\"| n{}", edge.from, html(&edge.label()), edge.to);
    }
    for (index, _) in graph.edges.iter().enumerate().filter(|(_, edge)| edge.kind == EdgeKind::Ambient) {
        let _ = writeln!(out, "  linkStyle {index} stroke-width:0.5px");
    }
    out
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "#quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_tree_begins_with_the_app() {
        let lines = tree(&Graph::of(&sample::hello()));
        assert_eq!(
            lines,
            [
                "hello on qemu-microvm",
                "hello",
                "└─ output: Console → console (uart-16550)",
                "every instance",
                "├─ PanicHandler → panic (panic-message)",
                "│  └─ output: Console → console (uart-16550)",
                "└─ PowerOff → platform (qemu-microvm)",
            ]
        );
    }

    #[test]
    fn dot_and_mermaid_have_every_edge() {
        let graph = Graph::of(&sample::large(5));
        assert_eq!(dot(&graph).matches(" -> ").count(), graph.edges.len());
        assert!(dot(&graph).contains("style=dashed"));
        let mermaid = mermaid(&graph);
        assert_eq!(mermaid.matches(" -->|").count() + mermaid.matches(" -.->|").count(), graph.edges.len());
    }
}
