//! Where the nodes and edges of a graph are drawn.
//!
//! Layers by longest path, so that every edge points downwards; the order within a layer by barycentres
//! and swaps of neighbours, keeping the order with the fewest crossings; the places within a layer by
//! least squares, given that order. Nothing is random: a plan has one picture.

use super::{EdgeKind, Graph};

/// Width of one character of the drawing's font, in the drawing's units.
pub const CHARACTER: f64 = 7.25;
/// Height of the part of a node that names it.
pub const HEAD: f64 = 44.0;
/// Height of the row of requirements.
pub const FOOT: f64 = 34.0;

const PADDING: f64 = 12.0;
const NODE_GAP: f64 = 26.0;
const LINE_GAP: f64 = 14.0;
const LAYER_GAP: f64 = 64.0;
const MARGIN: f64 = 24.0;
const SWEEPS: usize = 24;

/// Where everything is. The origin is the top left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
    /// The nodes, as in the graph.
    pub nodes: Vec<Placed>,
    /// The points that each edge passes, from the node that requires to the one that provides.
    pub edges: Vec<Vec<(f64, f64)>>,
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The compartments for its requirements, from left to right.
    pub ports: Vec<Port>,
}

/// A compartment of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Index of the edge.
    pub edge: usize,
    /// Left edge of the compartment.
    pub x: f64,
    /// Width of the compartment.
    pub width: f64,
}

/// A node or the bend of an edge in a layer that it passes.
struct Item {
    width: f64,
    x: f64,
    /// Items in the layer above and below, with the offset of the line from the item's centre there.
    up: Vec<usize>,
    down: Vec<usize>,
    bend: bool,
}

/// Places a graph.
pub fn layout(graph: &Graph) -> Layout {
    let layer_of = layers(graph);
    let depth = layer_of.iter().max().map_or(0, |last| last + 1);
    let widths: Vec<f64> = (0..graph.nodes.len()).map(|node| node_width(graph, node)).collect();
    let mut items: Vec<Item> = widths
        .iter()
        .map(|width| Item { width: *width, x: 0.0, up: Vec::new(), down: Vec::new(), bend: false })
        .collect();
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (node, layer) in layer_of.iter().enumerate() {
        layers[*layer].push(node);
    }
    // The chain of items of each edge, from the upper end to the lower one.
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for edge in &graph.edges {
        let (upper, lower) = if layer_of[edge.from] <= layer_of[edge.to] {
            (edge.from, edge.to)
        } else {
            (edge.to, edge.from)
        };
        let mut chain = vec![upper];
        for layer in &mut layers[layer_of[upper] + 1..layer_of[lower].max(layer_of[upper] + 1)] {
            layer.push(items.len());
            chain.push(items.len());
            items.push(Item { width: 2.0, x: 0.0, up: Vec::new(), down: Vec::new(), bend: true });
        }
        if lower != upper {
            chain.push(lower);
        }
        for pair in chain.windows(2) {
            items[pair[0]].down.push(pair[1]);
            items[pair[1]].up.push(pair[0]);
        }
        chains.push(chain);
    }
    order(&items, &mut layers);
    place(&mut items, &layers);
    finish(graph, &layer_of, &items, &layers, &chains)
}

fn node_width(graph: &Graph, node: usize) -> f64 {
    let title = graph.nodes[node].name.chars().count().max(graph.nodes[node].module.chars().count());
    let ports: f64 = graph
        .edges
        .iter()
        .filter(|edge| edge.from == node)
        .map(|edge| port_width(&edge.requirement, &edge.interface))
        .sum();
    (title as f64 * CHARACTER + 2.0 * PADDING).max(ports).max(72.0).ceil()
}

fn port_width(requirement: &str, interface: &str) -> f64 {
    // The text of a port is smaller than that of a title.
    let longest = requirement.chars().count().max(interface.chars().count());
    (longest as f64 * CHARACTER * 0.86 + PADDING).ceil()
}

/// The layer of each node, from the top: one more than that of whoever requires it, counted from the
/// bottom so that nodes are near what they require. Edges that would close a cycle are left out.
fn layers(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    let rank = |kind: EdgeKind| match kind {
        EdgeKind::Start => 0,
        EdgeKind::Ambient => 1,
        EdgeKind::Call => 2,
    };
    let mut edges: Vec<_> = graph.edges.iter().filter(|edge| edge.from != edge.to).collect();
    edges.sort_by_key(|edge| rank(edge.kind));
    for edge in edges {
        if !reaches(&below, edge.to, edge.from) {
            below[edge.from].push(edge.to);
        }
    }
    let mut heights = vec![None; count];
    for node in 0..count {
        height(&below, node, &mut heights);
    }
    let top = heights.iter().flatten().max().copied().unwrap_or(0);
    heights.into_iter().map(|height| top - height.unwrap_or(0)).collect()
}

fn reaches(below: &[Vec<usize>], from: usize, to: usize) -> bool {
    let (mut seen, mut pending) = (vec![false; below.len()], vec![from]);
    while let Some(node) = pending.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut seen[node], true) {
            pending.extend(&below[node]);
        }
    }
    false
}

fn height(below: &[Vec<usize>], node: usize, heights: &mut [Option<usize>]) -> usize {
    if let Some(height) = heights[node] {
        return height;
    }
    // Without cycles this ends.
    let height = below[node].iter().map(|next| self::height(below, *next, heights) + 1).max().unwrap_or(0);
    heights[node] = Some(height);
    height
}

/// Orders each layer for few crossings.
fn order(items: &[Item], layers: &mut [Vec<usize>]) {
    let mut best = layers.to_vec();
    let mut least = crossings(items, layers);
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let mut position = positions(items.len(), layers);
        let sequence: Vec<usize> = if down {
            (1..layers.len()).collect()
        } else {
            (0..layers.len().saturating_sub(1)).rev().collect()
        };
        for index in sequence {
            let mut keyed: Vec<(f64, usize)> = layers[index]
                .iter()
                .map(|item| {
                    let near = if down { &items[*item].up } else { &items[*item].down };
                    (mean(near.iter().map(|other| position[*other])).unwrap_or(position[*item]), *item)
                })
                .collect();
            keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (place, (_, item)) in keyed.iter().enumerate() {
                layers[index][place] = *item;
                position[*item] = place as f64;
            }
        }
        swap_neighbours(items, layers);
        let count = crossings(items, layers);
        if count < least {
            least = count;
            best = layers.to_vec();
        }
    }
    layers.clone_from_slice(&best);
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

/// The place of each item in its layer.
fn positions(count: usize, layers: &[Vec<usize>]) -> Vec<f64> {
    let mut position = vec![0.0; count];
    for layer in layers {
        for (place, item) in layer.iter().enumerate() {
            position[*item] = place as f64;
        }
    }
    position
}

/// Swaps neighbours as long as that takes crossings away.
fn swap_neighbours(items: &[Item], layers: &mut [Vec<usize>]) {
    let mut position = positions(items.len(), layers);
    for _ in 0..8 {
        let mut better = false;
        for layer in layers.iter_mut() {
            for place in 1..layer.len() {
                let (left, right) = (layer[place - 1], layer[place]);
                let now = between(items, &position, left, right);
                if between(items, &position, right, left) < now {
                    layer.swap(place - 1, place);
                    position[left] = place as f64;
                    position[right] = (place - 1) as f64;
                    better = true;
                }
            }
        }
        if !better {
            break;
        }
    }
}

/// Crossings of the edges of `left` with those of `right`, if they stand in this order.
fn between(items: &[Item], position: &[f64], left: usize, right: usize) -> usize {
    let count = |left: &[usize], right: &[usize]| {
        left.iter()
            .map(|one| right.iter().filter(|other| position[**other] < position[*one]).count())
            .sum::<usize>()
    };
    count(&items[left].up, &items[right].up) + count(&items[left].down, &items[right].down)
}

fn crossings(items: &[Item], layers: &[Vec<usize>]) -> usize {
    let position = positions(items.len(), layers);
    let mut total = 0;
    for layer in layers {
        for (index, left) in layer.iter().enumerate() {
            for right in &layer[index + 1..] {
                for one in &items[*left].down {
                    total +=
                        items[*right].down.iter().filter(|other| position[**other] < position[*one]).count();
                }
            }
        }
    }
    total
}

/// Gives each item the place that is nearest to its neighbours.
fn place(items: &mut [Item], layers: &[Vec<usize>]) {
    for layer in layers {
        let mut x = 0.0;
        for item in layer {
            items[*item].x = x + items[*item].width / 2.0;
            x += items[*item].width + NODE_GAP;
        }
    }
    for sweep in 0..4 * SWEEPS {
        // From one end to the other and back; the last ones look both ways.
        let down = sweep % 2 == 0;
        let both = sweep >= 3 * SWEEPS;
        let sequence: Vec<usize> =
            if down { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for index in sequence {
            let wanted: Vec<(f64, f64)> = layers[index]
                .iter()
                .map(|item| {
                    let this = &items[*item];
                    let (up, down_items) = (this.up.as_slice(), this.down.as_slice());
                    let near: Vec<usize> = match (both, down) {
                        (true, _) => up.iter().chain(down_items).copied().collect(),
                        (false, true) => up.to_vec(),
                        (false, false) => down_items.to_vec(),
                    };
                    let x = mean(near.iter().map(|other| items[*other].x)).unwrap_or(this.x);
                    // Straight lines matter more than centred nodes.
                    let weight = if this.bend { 4.0 } else { 1.0 };
                    (x, weight)
                })
                .collect();
            separate(items, &layers[index], &wanted);
        }
    }
}

/// Places a layer as near as possible to where its items want to be: least squares under the order and
/// the distances, by pooling neighbours that get in each other's way.
fn separate(items: &mut [Item], layer: &[usize], wanted: &[(f64, f64)]) {
    // Subtracting the distances from the left leaves the condition that places do not decrease.
    let mut offsets = Vec::with_capacity(layer.len());
    let mut offset = 0.0;
    for (index, item) in layer.iter().enumerate() {
        if index > 0 {
            let (left, right) = (&items[layer[index - 1]], &items[*item]);
            let gap = if left.bend || right.bend { LINE_GAP } else { NODE_GAP };
            offset += f64::midpoint(left.width, right.width) + gap;
        }
        offsets.push(offset);
    }
    // Pools: weighted sum, weight, number of items.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((x, weight), offset) in wanted.iter().zip(&offsets) {
        pools.push(((x - offset) * weight, *weight, 1));
        while let [.., left, right] = pools.as_slice()
            && left.0 / left.1 > right.0 / right.1
        {
            let merged = (left.0 + right.0, left.1 + right.1, left.2 + right.2);
            pools.pop();
            pools.pop();
            pools.push(merged);
        }
    }
    let mut index = 0;
    for (sum, weight, count) in pools {
        for _ in 0..count {
            items[layer[index]].x = sum / weight + offsets[index];
            index += 1;
        }
    }
}

fn finish(
    graph: &Graph,
    layer_of: &[usize],
    items: &[Item],
    layers: &[Vec<usize>],
    chains: &[Vec<usize>],
) -> Layout {
    let left = items.iter().map(|item| item.x - item.width / 2.0).fold(f64::INFINITY, f64::min).min(f64::MAX);
    let has_ports = |node: usize| graph.edges.iter().any(|edge| edge.from == node);
    let node_height = |node: usize| HEAD + if has_ports(node) { FOOT } else { 0.0 };
    let mut tops = Vec::with_capacity(layers.len());
    let mut bottom = MARGIN;
    for layer in layers {
        tops.push(bottom);
        let height = layer
            .iter()
            .filter(|item| **item < graph.nodes.len())
            .map(|node| node_height(*node))
            .fold(HEAD, f64::max);
        // Where many lines change places they need room to do so.
        let lines = layer.iter().map(|item| items[*item].down.len()).sum::<usize>();
        bottom += height + LAYER_GAP + (lines as f64 * 2.0).min(120.0);
    }
    let x = |item: usize| items[item].x - left + MARGIN;
    let mut nodes: Vec<Placed> = (0..graph.nodes.len())
        .map(|node| {
            let width = items[node].width;
            let (x, y) = (x(node) - width / 2.0, tops[layer_of[node]]);
            Placed { x, y, width, height: node_height(node), ports: Vec::new() }
        })
        .collect();
    for (node, placed) in nodes.iter_mut().enumerate() {
        let mut edges: Vec<usize> =
            (0..graph.edges.len()).filter(|edge| graph.edges[*edge].from == node).collect();
        let next = |edge: usize| {
            let chain = &chains[edge];
            if chain[0] == node { chain.get(1) } else { chain.get(chain.len().wrapping_sub(2)) }
                .map_or(0.0, |item| x(*item))
        };
        edges.sort_by(|one, other| next(*one).total_cmp(&next(*other)));
        let width = |edge: usize| port_width(&graph.edges[edge].requirement, &graph.edges[edge].interface);
        let taken: f64 = edges.iter().map(|edge| width(*edge)).sum();
        let spare = (placed.width - taken) / edges.len().max(1) as f64;
        let mut x = placed.x;
        for edge in edges {
            let width = width(edge) + spare;
            placed.ports.push(Port { edge, x, width });
            x += width;
        }
    }
    let edges = (0..graph.edges.len())
        .map(|edge| route(graph, edge, &nodes, &chains[edge], layer_of, &tops, &x))
        .collect();
    let width = nodes.iter().map(|node| node.x + node.width).fold(0.0, f64::max);
    let bends = items.iter().skip(nodes.len()).map(|item| item.x - left + MARGIN).fold(0.0, f64::max);
    let height = nodes.iter().map(|node| node.y + node.height).fold(0.0, f64::max);
    let mut layout = Layout { width: width.max(bends) + MARGIN, height: height + MARGIN, nodes, edges };
    spread_arrows(graph, &mut layout);
    layout
}

fn route(
    graph: &Graph,
    edge: usize,
    nodes: &[Placed],
    chain: &[usize],
    layer_of: &[usize],
    tops: &[f64],
    x: &impl Fn(usize) -> f64,
) -> Vec<(f64, f64)> {
    let (from, to) = (graph.edges[edge].from, graph.edges[edge].to);
    let port = nodes[from].ports.iter().find(|port| port.edge == edge);
    let start = port.map_or(nodes[from].x, |port| port.x + port.width / 2.0);
    let upwards = layer_of[from] > layer_of[to];
    let begin = (start, if upwards { nodes[from].y } else { nodes[from].y + nodes[from].height });
    let end = if upwards {
        (nodes[to].x + nodes[to].width / 2.0, nodes[to].y + nodes[to].height)
    } else {
        (nodes[to].x + nodes[to].width / 2.0, nodes[to].y)
    };
    let upper_layer = layer_of[from].min(layer_of[to]);
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (step, item) in chain.iter().enumerate() {
        if *item >= graph.nodes.len() {
            let top = tops[upper_layer + step];
            points.push((x(*item), top));
            points.push((x(*item), top + HEAD + FOOT));
        }
    }
    if upwards {
        points.reverse();
    }
    points.insert(0, begin);
    points.push(end);
    points
}

/// Lets the edges that end at the top of a node end side by side, in the order in which they come.
fn spread_arrows(graph: &Graph, layout: &mut Layout) {
    for (node, placed) in layout.nodes.iter().enumerate() {
        let mut arrivals: Vec<usize> = (0..graph.edges.len())
            .filter(|edge| {
                let end = layout.edges[*edge].last();
                graph.edges[*edge].to == node && end.is_some_and(|end| (end.1 - placed.y).abs() < 0.5)
            })
            .collect();
        let origin = |edge: &usize| layout.edges[*edge].iter().rev().nth(1).map_or(0.0, |point| point.0);
        arrivals.sort_by(|one, other| origin(one).total_cmp(&origin(other)));
        let step = (placed.width - 2.0 * PADDING) / (arrivals.len() + 1) as f64;
        for (place, edge) in arrivals.iter().enumerate() {
            if let Some(end) = layout.edges[*edge].last_mut() {
                end.0 = placed.x + PADDING + step * (place + 1) as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn placed(count: usize) -> (Graph, Layout) {
        let graph = Graph::of(&sample::large(count));
        let layout = layout(&graph);
        (graph, layout)
    }

    #[test]
    fn nodes_do_not_overlap_and_lie_inside() {
        for count in [0, 1, 5, 40] {
            let (_, layout) = placed(count);
            for (index, one) in layout.nodes.iter().enumerate() {
                assert!(one.x >= 0.0 && one.x + one.width <= layout.width, "{count}: {one:?}");
                assert!(one.y >= 0.0 && one.y + one.height <= layout.height, "{count}: {one:?}");
                for other in &layout.nodes[index + 1..] {
                    let apart = one.x + one.width <= other.x
                        || other.x + other.width <= one.x
                        || one.y + one.height <= other.y
                        || other.y + other.height <= one.y;
                    assert!(apart, "{count}: {one:?} overlaps {other:?}");
                }
            }
        }
    }

    #[test]
    fn start_edges_point_downwards_and_cycles_are_allowed() {
        let (graph, layout) = placed(40);
        let mut upwards = 0;
        for edge in &graph.edges {
            let (from, to) = (&layout.nodes[edge.from], &layout.nodes[edge.to]);
            if edge.kind == EdgeKind::Call {
                upwards += usize::from(from.y > to.y);
            } else {
                assert!(from.y + from.height < to.y, "{}", edge.requirement);
            }
        }
        // The one that closes a cycle.
        assert_eq!(upwards, 1);
    }

    #[test]
    fn a_plan_has_one_picture() {
        assert_eq!(placed(40), placed(40));
    }

    #[test]
    fn edges_begin_in_their_compartment_and_end_at_their_node() {
        let (graph, layout) = placed(20);
        for (index, edge) in graph.edges.iter().enumerate() {
            let points = &layout.edges[index];
            let port = layout.nodes[edge.from].ports.iter().find(|port| port.edge == index).unwrap();
            assert!((port.x..=port.x + port.width).contains(&points[0].0));
            let (to, end) = (&layout.nodes[edge.to], points.last().unwrap());
            assert!((to.x..=to.x + to.width).contains(&end.0), "{edge:?}");
        }
    }

    #[test]
    fn ordering_takes_crossings_away() {
        // Two chains written crosswise need no crossing.
        let item = |up: &[usize], down: &[usize]| Item {
            width: 10.0,
            x: 0.0,
            up: up.to_vec(),
            down: down.to_vec(),
            bend: false,
        };
        let items = [item(&[], &[3]), item(&[], &[2]), item(&[1], &[]), item(&[0], &[])];
        let mut layers = vec![vec![0, 1], vec![2, 3]];
        assert_eq!(crossings(&items, &layers), 1);
        order(&items, &mut layers);
        assert_eq!(crossings(&items, &layers), 0);
    }
}
