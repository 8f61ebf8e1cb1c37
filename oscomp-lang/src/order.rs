//! The order in which instances start.

use crate::diagnostic::Diagnostic;
use crate::resolve::{Origin, Spot, World};
use crate::signature::Edge;
use std::collections::{HashMap, HashSet, VecDeque};

/// One start edge: `from` needs `to` to be live.
struct Dependency {
    to: usize,
    /// The requirement, or the ambient interface.
    what: String,
    /// Where it is written, or declared.
    spot: Spot,
    ambient: bool,
}

/// The used instances in start order; fewer of them where a cycle is reported.
///
/// Each comes after what it depends on. Otherwise: the platform, then the panic handler, then what takes a
/// part of the memory (a heap may take all that is left), then the providers of ambient interfaces, then the instances of the file in its order, the defaults by name and
/// the app last.
pub(crate) fn order(world: &World<'_, '_>, used: &[bool], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut graph: Vec<Vec<Dependency>> = (0..world.instances.len())
        .map(|index| if used[index] { dependencies(world, index) } else { Vec::new() })
        .collect();
    functions_for_c(world, used, &mut graph);
    let order = visit(&graph, &roots(world, used));
    for members in cycles(&graph) {
        diagnostics.push(report(world, &graph, &members));
    }
    order
}

/// An instance with C code starts after all that have functions for it, since it may call any of them.
fn functions_for_c(world: &World<'_, '_>, used: &[bool], graph: &mut [Vec<Dependency>]) {
    let module = |index: usize| world.instances[index].module.as_ref().filter(|_| used[index]);
    let exporters: Vec<usize> = (0..graph.len())
        .filter(|index| module(*index).is_some_and(|module| !module.exports.is_empty()))
        .collect();
    for (index, dependencies) in graph.iter_mut().enumerate() {
        if !module(index).is_some_and(|module| module.takes_c_sources()) {
            continue;
        }
        for exporter in exporters.iter().copied().filter(|exporter| *exporter != index) {
            let instance = &world.instances[index];
            dependencies.push(Dependency {
                to: exporter,
                what: "functions for C".to_owned(),
                spot: instance.spot.clone(),
                ambient: true,
            });
        }
    }
}

fn dependencies(world: &World<'_, '_>, index: usize) -> Vec<Dependency> {
    let instance = &world.instances[index];
    let Some(module) = &instance.module else { return Vec::new() };
    let mut dependencies = Vec::new();
    for (requirement, binding) in module.requirements().zip(&instance.bindings) {
        if let Some(binding) = binding
            && binding.edge == Edge::Start
        {
            dependencies.push(Dependency {
                to: binding.target,
                what: requirement.name.clone(),
                spot: binding.spot.clone(),
                ambient: false,
            });
        }
    }
    for (interface, span) in &module.ambient {
        if let Some(ambient) = world.ambient.get(interface)
            && ambient.target != index
        {
            dependencies.push(Dependency {
                to: ambient.target,
                what: world.scope.catalog.interface(*interface).path.ident.clone(),
                spot: Spot { file: module.file.clone(), span: span.clone() },
                ambient: true,
            });
        }
    }
    dependencies
}

fn roots(world: &World<'_, '_>, used: &[bool]) -> Vec<usize> {
    let app =
        world.system.app.and_then(|app| world.by_name.get(&world.system.instances[app].name.value)).copied();
    let handler = world.scope.catalog.known_interface("PanicHandler");
    let handler = handler.and_then(|interface| world.ambient.get(&interface)).map(|ambient| ambient.target);
    let ambient = world.ambient.values().map(|ambient| ambient.target);
    let mut defaults: Vec<usize> = (0..world.instances.len())
        .filter(|index| matches!(world.instances[*index].origin, Origin::Default(_)))
        .collect();
    defaults.sort_by(|one, two| world.instances[*one].name.cmp(&world.instances[*two].name));
    let written = (0..world.instances.len())
        .filter(|index| matches!(world.instances[*index].origin, Origin::File(_)) && Some(*index) != app);
    let (memory, heap) =
        (world.scope.catalog.known_interface("Memory"), world.scope.catalog.known_interface("Heap"));
    let takers = (0..world.instances.len()).filter(|index| {
        let Some(module) = &world.instances[*index].module else { return false };
        let takes = module
            .requirements()
            .any(|requirement| requirement.interfaces.iter().any(|(id, _)| Some(*id) == memory));
        takes && Some(*index) != app && !heap.is_some_and(|heap| module.provides(heap))
    });
    let roots = std::iter::once(0)
        .chain(handler)
        .chain(takers)
        .chain(ambient)
        .chain(written)
        .chain(defaults)
        .chain(app);
    roots.filter(|index| used[*index]).collect()
}

/// Depth first, each instance behind what it depends on; without recursion, since chains can be long.
fn visit(graph: &[Vec<Dependency>], roots: &[usize]) -> Vec<usize> {
    let mut order = Vec::with_capacity(graph.len());
    let mut seen = vec![false; graph.len()];
    for root in roots {
        let mut stack = vec![(*root, 0)];
        if std::mem::replace(&mut seen[*root], true) {
            continue;
        }
        while let Some((index, next)) = stack.last_mut() {
            match graph[*index].get(*next) {
                Some(dependency) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[dependency.to], true) {
                        stack.push((dependency.to, 0));
                    }
                }
                None => {
                    order.push(*index);
                    stack.pop();
                }
            }
        }
    }
    order
}

/// The strongly connected parts of more than one instance, by Tarjan's algorithm without recursion.
fn cycles(graph: &[Vec<Dependency>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let (mut index, mut low) = (vec![UNSEEN; graph.len()], vec![0; graph.len()]);
    let (mut on_stack, mut stack, mut counter) = (vec![false; graph.len()], Vec::new(), 0);
    let mut cycles = Vec::new();
    for root in 0..graph.len() {
        if index[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, next)) = work.last().copied() {
            if next == 0 {
                index[node] = counter;
                low[node] = counter;
                counter += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(dependency) = graph[node].get(next) {
                if let Some(top) = work.last_mut() {
                    top.1 += 1;
                }
                if index[dependency.to] == UNSEEN {
                    work.push((dependency.to, 0));
                } else if on_stack[dependency.to] {
                    low[node] = low[node].min(index[dependency.to]);
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == index[node] {
                let mut members = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    members.push(member);
                    if member == node {
                        break;
                    }
                }
                if members.len() > 1 {
                    members.sort_unstable();
                    cycles.push(members);
                }
            }
        }
    }
    cycles.sort();
    cycles
}

/// A shortest way from the first member back to itself.
fn shortest<'g>(graph: &'g [Vec<Dependency>], members: &[usize]) -> Vec<(usize, &'g Dependency)> {
    let Some(start) = members.first().copied() else { return Vec::new() };
    let within: HashSet<usize> = members.iter().copied().collect();
    let mut came: HashMap<usize, (usize, &Dependency)> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for dependency in graph[node].iter().filter(|dependency| within.contains(&dependency.to)) {
            if came.contains_key(&dependency.to) {
                continue;
            }
            came.insert(dependency.to, (node, dependency));
            if dependency.to == start {
                let mut way = Vec::new();
                let mut at = start;
                while let Some((from, dependency)) = came.get(&at) {
                    way.push((*from, *dependency));
                    at = *from;
                    if at == start {
                        break;
                    }
                }
                way.reverse();
                return way;
            }
            queue.push_back(dependency.to);
        }
    }
    Vec::new()
}

fn report(world: &World<'_, '_>, graph: &[Vec<Dependency>], members: &[usize]) -> Diagnostic {
    let name = |index: usize| world.instances[index].name.as_str();
    let way = shortest(graph, members);
    let chain: Vec<&str> =
        way.iter().map(|(from, _)| name(*from)).chain(way.first().map(|(from, _)| name(*from))).collect();
    let mut diagnostic = Diagnostic::error(
        "E0501",
        format!(
            "{} wait for each other to start: {}",
            crate::suggest::listing(members.iter().map(|member| name(*member))),
            chain.join(" → ")
        ),
    );
    for (from, dependency) in &way {
        let text = if dependency.ambient {
            format!("`{}` uses `{}`, which `{}` provides", name(*from), dependency.what, name(dependency.to))
        } else {
            format!(
                "`{}` needs `{}` as `{}` before it starts",
                name(*from),
                name(dependency.to),
                dependency.what
            )
        };
        diagnostic = diagnostic.at(&dependency.spot.file, &dependency.spot.span, text);
    }
    let wired: Vec<String> = way
        .iter()
        .filter(|(_, dependency)| !dependency.ambient)
        .map(|(from, dependency)| {
            format!("`{}` of module `{}`", dependency.what, world.instances[*from].module_name)
        })
        .collect();
    // The places in the file come first: that is where a person looks.
    diagnostic.labels.sort_by_key(|label| label.file != world.scope.file);
    if diagnostic.labels.first().is_none_or(|label| label.file != world.scope.file)
        && let Some(first) =
            members.iter().find(|member| matches!(world.instances[**member].origin, Origin::File(_)))
    {
        let spot = &world.instances[*first].spot;
        diagnostic.labels.insert(
            0,
            crate::diagnostic::Label {
                file: spot.file.clone(),
                span: spot.span.clone(),
                text: "part of the cycle".to_owned(),
            },
        );
    }
    let help = if wired.is_empty() {
        "bind one of the ambient interfaces to another module".to_owned()
    } else {
        format!(
            "bind one of them to another instance; or, if a module calls it only after both have started, mark the requirement `#[call]` in its source: {}",
            wired.join(", ")
        )
    };
    diagnostic.help(help)
}
