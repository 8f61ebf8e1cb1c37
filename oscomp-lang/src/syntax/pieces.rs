//! A text parsed node by node, so that a keystroke costs no more than the node that it is in.
//!
//! The result is that of parsing the text as a whole, which is what happens where its nodes do not come apart
//! cleanly. Of a text with mistakes it is as good, if not always the same.

use super::salvage::{DEPTH, Part, nodes as nodes_of};
use super::scan::{Scanner, Token, guard};
use super::{Mistake, Node, convert, mistake, whole};
use kdl::KdlDocument;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Nodes that are kept, of which a system has dozens.
const KEPT: usize = 4096;

/// Bytes of a node that is parsed at once, child by child only if it is broken.
const AT_ONCE: usize = 512;

/// What nodes have been parsed, by their text.
pub(crate) struct Pieces {
    known: HashMap<Box<str>, Option<Rc<Piece>>>,
    at_once: usize,
}

impl Default for Pieces {
    fn default() -> Self {
        Self { known: HashMap::new(), at_once: AT_ONCE }
    }
}

/// What a text is by itself; places are relative to it.
struct Piece {
    nodes: Vec<Node>,
    mistakes: Vec<Mistake>,
}

/// What has been found out about a text while its nodes were put together.
#[derive(Default)]
struct Found {
    mistakes: Vec<Mistake>,
    /// Nodes that are KDL by themselves, in order; none lies in another.
    sound: Vec<Range<usize>>,
    /// Whether a node is no KDL, and left out.
    broken: bool,
    /// Whether a brace is not closed.
    open: bool,
}

impl Pieces {
    /// Parses a file. With mistakes the tree is what could be made out nevertheless.
    pub fn parse(&mut self, text: &str) -> (Vec<Node>, Vec<Mistake>) {
        let mistakes = guard(text);
        if !mistakes.is_empty() {
            return (Vec::new(), mistakes);
        }
        if self.known.len() > KEPT {
            self.known.clear();
        }
        self.assemble(text).unwrap_or_else(|| whole(text, &mut |part| self.piece(part).is_some()))
    }

    /// None if the text does not come apart cleanly.
    fn assemble(&mut self, text: &str) -> Option<(Vec<Node>, Vec<Mistake>)> {
        // A byte order mark belongs to the text and to none of its nodes.
        if text.starts_with('\u{feff}') || !comes_apart(text) {
            return None;
        }
        let mut found = Found::default();
        let nodes = self.nodes(text, &(0..text.len()), 0, &mut found);
        let mistakes =
            if found.broken || found.open { mistakes(text, &found.sound)? } else { found.mistakes };
        Some((nodes, mistakes))
    }

    /// The nodes in a part of a text, without those that are broken.
    fn nodes(&mut self, text: &str, within: &Range<usize>, depth: usize, found: &mut Found) -> Vec<Node> {
        let mut nodes = Vec::new();
        for part in nodes_of(text, within) {
            let children = outer(text, &part).filter(|_| depth < DEPTH);
            let small = depth > 0 && part.span.len() <= self.at_once;
            if (children.is_none() || small)
                && let Some(piece) = self.piece(&text[part.span.clone()])
            {
                nodes.extend(found.place(&piece, part.span.start));
                found.sound.push(part.span);
                continue;
            }
            let head = children.and_then(|children| {
                let head = self.piece(&format!("{}}}", &text[part.span.start..children.start]))?;
                (head.nodes.len() == 1).then_some((head, children))
            });
            let Some((head, children)) = head else {
                found.broken = true;
                continue;
            };
            for mut node in found.place(&head, part.span.start) {
                node.span.end = if part.closed {
                    children.end + 1
                } else {
                    found.open = true;
                    part.span.start + text[part.span.clone()].trim_end().len()
                };
                node.children = Some(self.nodes(text, &children, depth + 1, found));
                nodes.push(node);
            }
        }
        nodes
    }

    /// What a text is by itself, if it is KDL.
    fn piece(&mut self, text: &str) -> Option<Rc<Piece>> {
        if let Some(piece) = self.known.get(text) {
            return piece.clone();
        }
        let piece = KdlDocument::parse_v2(text).ok().map(|document| {
            let mut mistakes = Vec::new();
            let nodes = convert(text, &document, &mut mistakes);
            Rc::new(Piece { nodes, mistakes })
        });
        self.known.insert(text.into(), piece.clone());
        piece
    }
}

impl Found {
    /// The nodes of a piece where they stand in the text; notes its mistakes.
    fn place(&mut self, piece: &Piece, start: usize) -> Vec<Node> {
        self.mistakes.extend(piece.mistakes.iter().map(|mistake| moved(mistake, start)));
        piece.nodes.iter().map(|node| shifted(node, start)).collect()
    }
}

/// The mistakes of what is left of a text without its sound nodes; None if it has none.
fn mistakes(text: &str, sound: &[Range<usize>]) -> Option<Vec<Mistake>> {
    let rest = Rest::new(text, sound);
    let mut error = KdlDocument::parse_v2(&rest.text).err()?;
    for diagnostic in &mut error.diagnostics {
        let span = rest.original(super::range(&rest.text, diagnostic.span));
        diagnostic.span = (span.start, span.len()).into();
    }
    Some(mistake::translate(text, &error))
}

/// A text without the nodes that are sound.
struct Rest {
    text: String,
    /// Where each part of it begins, in it and in the whole.
    parts: Vec<(usize, usize)>,
}

impl Rest {
    fn new(text: &str, sound: &[Range<usize>]) -> Self {
        let mut rest = Self { text: String::new(), parts: Vec::new() };
        let mut from = 0;
        for span in sound {
            rest.keep(text, from..span.start);
            // What it ended by ends nothing any more.
            let behind = text[span.end..].trim_start_matches([' ', '\t']);
            from = if behind.starts_with(';') { text.len() - behind.len() + 1 } else { span.end };
        }
        rest.keep(text, from..text.len());
        rest
    }

    fn keep(&mut self, text: &str, part: Range<usize>) {
        self.parts.push((self.text.len(), part.start));
        self.text.push_str(&text[part]);
    }

    /// Where a place is in the whole.
    fn original(&self, span: Range<usize>) -> Range<usize> {
        let place = |at: usize, last: usize| {
            let index = self.parts.partition_point(|(start, _)| *start <= last).saturating_sub(1);
            let (start, original) = self.parts[index];
            original + (at - start)
        };
        // The end belongs to the part that has the byte before it.
        let end = if span.is_empty() { span.end } else { span.end - 1 };
        let start = place(span.start, span.start);
        start..place(span.end, end).max(start)
    }
}

/// What stands between the braces of a node that is worth to be parsed child by child.
fn outer(text: &str, part: &Part) -> Option<Range<usize>> {
    let children = part.children.clone()?;
    let plain = !text[part.span.start..children.start].contains("/-");
    let last = children.end + usize::from(part.closed);
    (plain && last == part.span.end).then_some(children)
}

/// Whether no brace closes what is not open, and every semicolon ends something.
fn comes_apart(text: &str) -> bool {
    let (mut depth, mut begun) = (0_usize, false);
    for (token, span) in Scanner::new(text) {
        match token {
            Token::Open => {
                depth += 1;
                begun = false;
            }
            Token::Close => {
                let Some(outer) = depth.checked_sub(1) else { return false };
                depth = outer;
                begun = true;
            }
            Token::Semicolon if !begun => return false,
            Token::Semicolon | Token::Newline => begun = false,
            Token::Word => begun = true,
            // Where a line is continued, a node can begin or end that the tokens do not show.
            Token::Space if text[span].starts_with('\\') => return false,
            Token::Space => {}
            // What it comments out can be on the next line.
            Token::Slashdash => return false,
        }
    }
    true
}

fn shifted(node: &Node, by: usize) -> Node {
    let mut node = node.clone();
    change(&mut node, &|span| *span = span.start + by..span.end + by);
    node
}

/// Changes all places of a node.
fn change(node: &mut Node, forward: &impl Fn(&mut Range<usize>)) {
    forward(&mut node.name.span);
    forward(&mut node.span);
    node.arguments.iter_mut().for_each(|argument| forward(&mut argument.span));
    for property in &mut node.properties {
        forward(&mut property.name.span);
        forward(&mut property.value.span);
    }
    node.children.iter_mut().flatten().for_each(|child| change(child, forward));
}

fn moved(mistake: &Mistake, by: usize) -> Mistake {
    Mistake { span: mistake.span.start + by..mistake.span.end + by, ..mistake.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SYSTEM: &str = r##"// A system with something of everything.
system "web" {
    platform "pc" { memory "16MiB"; stack "128KiB" }
    (odd)platform "host"
    app "hello" { output "t"; greeting "a\tb" on="pc"; names "x" #"y"# """
        z
        """ }
    module "tee" as="t" { first "console" /* one */; second "u" }
    module "uart" as="u" on="pc" { device "com2"; baud 9600; crlf #true } // two

    module "bump" as="heap" { size "2MiB" }
    build { optimize "size" }
    // three
}
"##;

    /// What is sound is what it is as a whole; of what is not, both say so.
    fn same(text: &str) {
        for at_once in [0, AT_ONCE] {
            same_in(text, &mut Pieces { at_once, ..Pieces::default() });
        }
    }

    fn same_in(text: &str, pieces: &mut Pieces) {
        let expected = if guard(text).is_empty() {
            whole(text, &mut |part| KdlDocument::parse_v2(part).is_ok())
        } else {
            (Vec::new(), guard(text))
        };
        // The second time everything is known.
        for _ in 0..2 {
            let found = pieces.parse(text);
            if expected.1.iter().all(|mistake| mistake.code == "E0220") {
                assert_eq!(found, expected, "{text:?}");
            }
            let codes = |mistakes: &[Mistake]| mistakes.iter().any(|mistake| mistake.code != "E0220");
            assert_eq!(codes(&found.1), codes(&expected.1), "{text:?}");
            assert!(found.1.iter().all(|mistake| text.get(mistake.span.clone()).is_some()), "{text:?}");
            let within = |node: &Node| text.get(node.span.clone()).is_some();
            assert!(found.0.iter().all(within), "{text:?}");
        }
    }

    #[test]
    fn a_system_is_what_it_is_as_a_whole() {
        same(SYSTEM);
        assert!(Pieces::default().assemble(SYSTEM).is_some());
        let broken = SYSTEM.replace("first \"console\"", "first \"console");
        same(&broken);
        for at in 0..SYSTEM.len() {
            same(&[&SYSTEM[..at], &SYSTEM[at + 1..]].concat());
            same(&SYSTEM[..at]);
            same(&[&SYSTEM[..at], " {", &SYSTEM[at..]].concat());
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "{", "}", "\"", "\"\"\"", "#", "/-", "/*", "*/", "//", "\\", "\n", "\r\n", ";", " ", "=", "(",
            ")", "app ", "system ", "as=", "true", "#null", "r\"", "\u{feff}", "0x", "1e9", "é", "-", "x",
        ]);
        prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC{0,6}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 4_000 }))]

        #[test]
        fn any_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
            same(&pieces.concat());
        }

        #[test]
        fn a_system_with_pieces_cut_out_and_put_in(
            edits in prop::collection::vec((0..SYSTEM.len(), 0..12usize, piece()), 1..4),
        ) {
            let mut text = SYSTEM.to_owned();
            for (at, length, piece) in edits {
                let start = text.floor_char_boundary(at.min(text.len()));
                let end = text.ceil_char_boundary((start + length).min(text.len()));
                text.replace_range(start..end, &piece);
            }
            same(&text);
        }
    }
}
