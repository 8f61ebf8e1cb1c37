//! The items of a Rust source that signatures are read from; everything else is skipped unparsed.

use super::outline::signatures_only;
use crate::source::SourcePath;
use proc_macro2::{Delimiter, LexError, Span, TokenStream, TokenTree};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use syn::parse::{Parse, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, ItemEnum, ItemImpl, ItemStruct, ItemTrait, ItemUse, UseTree};

/// One source file.
pub(crate) struct RustFile {
    pub file: SourcePath,
    pub text: Arc<str>,
    /// What `use` items bring in: the name, and the path from a crate's name.
    pub uses: HashMap<String, Vec<String>>,
    /// The paths of `use path::*`.
    pub globs: Vec<Vec<String>>,
    /// The modules that it declares.
    pub modules: HashSet<String>,
    /// Traits with `#[interface]`: the attribute's arguments and the item.
    pub interfaces: HashMap<String, (TokenStream, ItemTrait)>,
    /// Names of the other traits.
    pub traits: HashMap<String, Range<usize>>,
    /// Structs with `#[module]`: the attribute's arguments and the item.
    pub module_structs: Vec<(TokenStream, ItemStruct)>,
    pub options: HashMap<String, ItemStruct>,
    pub choices: HashMap<String, ItemEnum>,
    /// What `#[exports]` stands on.
    pub exports: Vec<ItemImpl>,
    /// Where `extern crate alloc` or a `use alloc::…` stands.
    pub alloc: Option<Range<usize>>,
    /// What is wrong with it as Rust.
    pub mistakes: Vec<(Range<usize>, String)>,
}

/// The bytes of the file that a span covers.
pub(crate) fn bytes(span: Span) -> Range<usize> {
    span.byte_range()
}

/// Each of the mistakes that are combined in one error.
pub(crate) fn each(error: syn::Error) -> impl Iterator<Item = (Range<usize>, String)> {
    error.into_iter().map(|error| (bytes(error.span()), error.to_string()))
}

impl RustFile {
    /// Reads a file. What is not Rust is in `mistakes`.
    pub fn read(file: SourcePath, text: Arc<str>) -> Self {
        let mut read = Self {
            file,
            uses: HashMap::new(),
            globs: Vec::new(),
            modules: HashSet::new(),
            interfaces: HashMap::new(),
            traits: HashMap::new(),
            module_structs: Vec::new(),
            options: HashMap::new(),
            choices: HashMap::new(),
            exports: Vec::new(),
            alloc: None,
            mistakes: Vec::new(),
            text: text.clone(),
        };
        let parsed = signatures_only(&text).parse::<TokenStream>();
        // Where the quick look was misled, the whole text has the say.
        match parsed.or_else(|_| text.parse::<TokenStream>()) {
            Ok(tokens) => read.items(tokens),
            Err(error) => {
                let error: LexError = error;
                let span = bytes(error.span());
                read.mistakes
                    .push((span, "this is not Rust: a bracket or a literal is not closed".to_owned()));
            }
        }
        read
    }

    fn items(&mut self, tokens: TokenStream) {
        let mut attributes = Vec::new();
        let mut item: Vec<TokenTree> = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            if item.is_empty() {
                match &token {
                    TokenTree::Punct(punct) if punct.as_char() == '#' => {
                        let inner =
                            matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '!');
                        if inner {
                            tokens.next();
                        }
                        if let Some(TokenTree::Group(group)) = tokens.peek()
                            && group.delimiter() == Delimiter::Bracket
                        {
                            if !inner {
                                attributes.push((token.clone(), group.clone()));
                            }
                            tokens.next();
                        }
                        continue;
                    }
                    TokenTree::Punct(punct) if punct.as_char() == ';' => continue,
                    _ => {}
                }
            }
            let ends = match &token {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !to_semicolon(&item),
                _ => false,
            };
            item.push(token);
            if ends {
                self.item(std::mem::take(&mut attributes), std::mem::take(&mut item));
            }
        }
    }

    fn item(&mut self, attributes: Vec<(TokenTree, proc_macro2::Group)>, item: Vec<TokenTree>) {
        let keyword = keyword(&item);
        let attribute = |name: &str| attributes.iter().any(|(_, group)| is_attribute(group, name));
        let derives = |name: &str| {
            attributes
                .iter()
                .any(|(_, group)| is_attribute(group, "derive") && mentions(group.stream(), name))
        };
        let wanted = match keyword.as_deref() {
            Some("use") => !attribute("cfg"),
            Some("mod") => {
                self.declare_module(&item);
                false
            }
            Some("extern") => {
                let names: Vec<String> = item.iter().take(4).map(ToString::to_string).collect();
                if !attribute("cfg")
                    && names
                        .windows(3)
                        .any(|names| names[0] == "extern" && names[1] == "crate" && names[2] == "alloc")
                {
                    self.alloc = self.alloc.take().or_else(|| span_of(&item));
                }
                false
            }
            Some("struct") => attribute("module") || derives("Options"),
            Some("enum") => derives("Choice"),
            Some("impl") => attribute("exports"),
            Some("trait") => {
                let name = item
                    .iter()
                    .skip_while(|token| !matches!(token, TokenTree::Ident(ident) if ident == "trait"))
                    .nth(1);
                if let Some(TokenTree::Ident(name)) = name {
                    self.traits.insert(name.to_string(), bytes(name.span()));
                }
                attribute("interface")
            }
            _ => false,
        };
        if !wanted {
            return;
        }
        let tokens: TokenStream = attributes
            .iter()
            .flat_map(|(hash, group)| [hash.clone(), TokenTree::Group(group.clone())])
            .chain(item.iter().cloned())
            .collect();
        match keyword.as_deref() {
            Some("use") => {
                if let Some(item) = self.parse::<ItemUse>(tokens) {
                    if let UseTree::Path(path) = &item.tree
                        && path.ident == "alloc"
                    {
                        self.alloc.get_or_insert_with(|| bytes(item.tree.span()));
                    }
                    self.use_tree(&item.tree, &mut Vec::new());
                }
            }
            Some("struct") => {
                if let Some(item) = self.parse::<ItemStruct>(tokens) {
                    match arguments(&item.attrs, "module") {
                        Some(arguments) => self.module_structs.push((arguments, item)),
                        None => {
                            self.options.insert(item.ident.to_string(), item);
                        }
                    }
                }
            }
            Some("impl") => {
                if let Some(item) = self.parse::<ItemImpl>(tokens) {
                    self.exports.push(item);
                }
            }
            Some("enum") => {
                if let Some(item) = self.parse::<ItemEnum>(tokens) {
                    self.choices.insert(item.ident.to_string(), item);
                }
            }
            _ => {
                if let Some(item) = self.parse::<ItemTrait>(tokens)
                    && let Some(arguments) = arguments(&item.attrs, "interface")
                {
                    self.interfaces.insert(item.ident.to_string(), (arguments, item));
                }
            }
        }
    }

    fn parse<T: Parse>(&mut self, tokens: TokenStream) -> Option<T> {
        match T::parse.parse2(tokens) {
            Ok(item) => Some(item),
            Err(error) => {
                self.mistakes.extend(each(error));
                None
            }
        }
    }

    fn declare_module(&mut self, item: &[TokenTree]) {
        let mut tokens =
            item.iter().skip_while(|token| !matches!(token, TokenTree::Ident(ident) if ident == "mod"));
        tokens.next();
        if let (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(_))) = (tokens.next(), tokens.next()) {
            self.modules.insert(name.to_string());
        }
    }

    fn use_tree(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(segment) => {
                path.push(segment.ident.to_string());
                self.use_tree(&segment.tree, path);
                path.pop();
            }
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = path.last() {
                    self.uses.insert(last.clone(), path.clone());
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                path.push(name.clone());
                self.uses.insert(name, path.clone());
                path.pop();
            }
            UseTree::Rename(rename) => {
                let original = rename.ident.to_string();
                if original != "self" {
                    path.push(original.clone());
                }
                self.uses.insert(rename.rename.to_string(), path.clone());
                if original != "self" {
                    path.pop();
                }
            }
            UseTree::Glob(_) => self.globs.push(path.clone()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, path);
                }
            }
        }
    }
}

/// The tokens between the parentheses of an attribute; none if the item has no such attribute.
fn arguments(attributes: &[Attribute], name: &str) -> Option<TokenStream> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.path().segments.last().is_some_and(|segment| segment.ident == name))?;
    Some(match &attribute.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    })
}

/// The keyword that says what kind of item it is.
fn keyword(item: &[TokenTree]) -> Option<String> {
    item.iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            let ident = ident.to_string();
            match ident.as_str() {
                "pub" | "unsafe" | "default" | "auto" | "crate" => None,
                _ => Some(Some(ident)),
            }
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => None,
        _ => Some(None),
    })?
}

/// Whether an item of this kind ends at a semicolon alone, whatever braces are in it.
fn to_semicolon(item: &[TokenTree]) -> bool {
    match keyword(item).as_deref() {
        Some("use" | "static" | "type" | "let") => true,
        // `const fn` ends at its body.
        Some("const") => !item.iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == "fn")),
        _ => false,
    }
}

/// Whether the last segment of an attribute's path is `name`.
fn is_attribute(group: &proc_macro2::Group, name: &str) -> bool {
    let mut last = None;
    for token in group.stream() {
        match token {
            TokenTree::Ident(ident) => last = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    last.is_some_and(|last| last == name)
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

fn span_of(tokens: &[TokenTree]) -> Option<Range<usize>> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    Some(bytes(first.span()).start..bytes(last.span()).end)
}
