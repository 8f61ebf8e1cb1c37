//! Answers to the client's requests.

use super::position::Lines;
use super::server::{Server, System};
use super::{commands, convert, diagnostics, uri, users};
use lsp_server::{ErrorCode, Request, ResponseError};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeLens, CodeLensParams, Command,
    CompletionItem, CompletionItemKind, CompletionParams, CompletionTextEdit, DocumentFormattingParams,
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, DocumentSymbol, DocumentSymbolParams,
    Documentation, ExecuteCommandParams, FoldingRange, FoldingRangeKind, FoldingRangeParams,
    GotoDefinitionParams, HoverContents, HoverParams, InlayHint, InlayHintKind, InlayHintLabel,
    InlayHintLabelPart, InlayHintParams, InlayHintTooltip, InsertTextFormat, MarkupContent, MarkupKind,
    Position, PrepareRenameResponse, ReferenceParams, RenameParams, SemanticToken, SemanticTokens,
    SemanticTokensParams, SemanticTokensRangeParams, SymbolInformation, SymbolKind, TextDocumentIdentifier,
    TextDocumentPositionParams, TextEdit, Uri,
};
use oscomp_lang::diagnostic::Edit;
use oscomp_lang::edit::remedies;
use oscomp_lang::editor::{
    ActionKind, Completion, CompletionKind, Hint, Location, Symbol, SymbolKind as Outline, Token, TokenKind,
    View,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// An answer; none where it is sent later.
pub type Answer = Option<Result<Value, ResponseError>>;

/// Answers a request.
pub fn answer(server: &mut Server<'_>, request: &Request) -> Answer {
    Some(match request.method.as_str() {
        "textDocument/hover" => read(request).map(|asked: HoverParams| {
            at(server, &asked.text_document_position_params, |place| {
                let hover = place.view(|view| view.hover(place.offset))??;
                Some(lsp_types::Hover {
                    contents: HoverContents::Markup(markdown(hover.text)),
                    range: Some(place.lines().range(hover.location.range())),
                })
            })
        }),
        "textDocument/completion" => read(request).map(|asked: CompletionParams| {
            let snippets = server.client.snippets;
            at(server, &asked.text_document_position, |place| {
                let found = place.system.workspace.complete(&place.system.file, place.offset);
                let lines = place.lines();
                let item = |(rank, item)| completion(&lines, rank, item, snippets);
                Some(found.into_iter().enumerate().map(item).collect::<Vec<_>>())
            })
        }),
        "textDocument/definition" => goto(server, request, |view, offset| view.definitions(offset)),
        "textDocument/typeDefinition" => goto(server, request, |view, offset| view.type_definitions(offset)),
        "textDocument/implementation" => goto(server, request, |view, offset| view.implementations(offset)),
        "textDocument/references" => match read::<ReferenceParams>(request) {
            Ok(asked) => {
                let (asked, declaration) = (asked.text_document_position, asked.context.include_declaration);
                if server.system_of(&asked.text_document.uri).is_none() {
                    return users::references(server, request, &asked);
                }
                Ok(at(server, &asked, |place| {
                    place.locations(place.view(|view| view.references(place.offset, declaration))?)
                }))
            }
            Err(error) => Err(error),
        },
        "textDocument/documentHighlight" => read(request).map(|asked: DocumentHighlightParams| {
            at(server, &asked.text_document_position_params, |place| {
                let lines = place.lines();
                let places = place.view(|view| view.references(place.offset, true))?;
                let highlight = |location: &Location| DocumentHighlight {
                    range: lines.range(location.range()),
                    kind: Some(DocumentHighlightKind::TEXT),
                };
                Some(places.iter().map(highlight).collect::<Vec<_>>())
            })
        }),
        "textDocument/prepareRename" => read(request).map(|asked: TextDocumentPositionParams| {
            at(server, &asked, |place| {
                let (location, placeholder) = place.view(|view| view.renamable(place.offset))??;
                let range = place.lines().range(location.range());
                Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder })
            })
        }),
        "textDocument/rename" => read(request).and_then(|asked: RenameParams| rename(server, &asked)),
        "textDocument/documentSymbol" => read(request).map(|asked: DocumentSymbolParams| {
            let outlines = server.client.outlines;
            let uri = asked.text_document.uri.clone();
            whole(server, &asked.text_document, |place| {
                let symbols = place.view(|view| view.symbols())?;
                let lines = place.lines();
                Some(if outlines {
                    value(symbols.iter().map(|symbol| outline(&lines, symbol)).collect::<Vec<_>>())
                } else {
                    let mut flat = Vec::new();
                    symbols.iter().for_each(|symbol| flatten(&uri, &lines, symbol, None, &mut flat));
                    value(flat)
                })
            })
        }),
        "textDocument/foldingRange" => read(request).map(|asked: FoldingRangeParams| {
            whole(server, &asked.text_document, |place| {
                let lines = place.lines();
                let fold = |fold: oscomp_lang::editor::Fold| {
                    let range = convert::range(&lines, &fold.span);
                    // The line of a closing brace stays in sight.
                    let last = range.end.line.saturating_sub(u32::from(!fold.comment));
                    FoldingRange {
                        start_line: range.start.line,
                        end_line: last.max(range.start.line),
                        kind: fold.comment.then_some(FoldingRangeKind::Comment),
                        ..FoldingRange::default()
                    }
                };
                Some(place.view(|view| view.folds())?.into_iter().map(fold).collect::<Vec<_>>())
            })
        }),
        "textDocument/semanticTokens/full" => read(request).map(|asked: SemanticTokensParams| {
            whole(server, &asked.text_document, |place| {
                Some(tokens(&place.lines(), &place.view(|view| view.tokens())?))
            })
        }),
        "textDocument/semanticTokens/range" => read(request).map(|asked: SemanticTokensRangeParams| {
            whole(server, &asked.text_document, |place| {
                let lines = place.lines();
                let part = lines.span(asked.range);
                let mut found = place.view(|view| view.tokens())?;
                found.retain(|token| token.span.start < part.end && part.start < token.span.end);
                Some(tokens(&lines, &found))
            })
        }),
        "textDocument/formatting" => {
            read(request).and_then(|asked: DocumentFormattingParams| format(server, &asked))
        }
        "textDocument/inlayHint" => read(request).map(|asked: InlayHintParams| {
            whole(server, &asked.text_document, |place| {
                let lines = place.lines();
                let part = lines.span(asked.range);
                let mut hints = place.view(|view| view.hints())?;
                hints.retain(|hint| (part.start..=part.end).contains(&hint.offset));
                Some(hints.into_iter().map(|hint| inlay(place, &lines, hint)).collect::<Vec<_>>())
            })
        }),
        "textDocument/codeAction" => read(request).map(|asked: CodeActionParams| {
            let wanted = asked.context.only.clone();
            whole(server, &asked.text_document, |place| Some(actions(place, &asked, wanted.as_deref())))
        }),
        "textDocument/codeLens" => match read::<CodeLensParams>(request) {
            Ok(asked) => {
                if server.system_of(&asked.text_document.uri).is_none() {
                    return users::lenses(server, request, &asked.text_document);
                }
                Ok(whole(server, &asked.text_document, |place| Some(lenses(place))))
            }
            Err(error) => Err(error),
        },
        "workspace/executeCommand" => {
            read(request).and_then(|asked: ExecuteCommandParams| commands::execute(server, &asked))
        }
        method => Err(ResponseError {
            code: ErrorCode::MethodNotFound as i32,
            message: format!("there is no `{method}`"),
            data: None,
        }),
    })
}

/// A system with its text, and a place in it.
struct Place<'s, 'c> {
    server: &'s Server<'c>,
    system: &'s System,
    text: Arc<str>,
    offset: usize,
}

impl Place<'_, '_> {
    fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text, self.server.client.encoding)
    }

    fn view<T>(&self, answer: impl FnOnce(&View<'_, '_>) -> T) -> Option<T> {
        self.system.workspace.look(&self.system.file, answer)
    }

    fn locations(&self, places: Vec<Location>) -> Option<Vec<lsp_types::Location>> {
        let encoding = self.server.client.encoding;
        Some(places.iter().filter_map(|place| convert::location(self.system, encoding, place)).collect())
    }
}

fn read<P: DeserializeOwned>(request: &Request) -> Result<P, ResponseError> {
    serde_json::from_value(request.params.clone()).map_err(|error| refusal(&error.to_string()))
}

/// That a request cannot be answered as it is.
pub fn refusal(message: &str) -> ResponseError {
    ResponseError { code: ErrorCode::InvalidParams as i32, message: message.to_owned(), data: None }
}

pub fn value(answer: impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or(Value::Null)
}

/// Answers of a whole document; null if it is no system.
fn whole<T: Serialize>(
    server: &Server<'_>,
    document: &TextDocumentIdentifier,
    answer: impl FnOnce(&Place<'_, '_>) -> Option<T>,
) -> Value {
    let position = Position::default();
    at(server, &TextDocumentPositionParams { text_document: document.clone(), position }, answer)
}

/// Answers of a place; null if it is in no system.
fn at<T: Serialize>(
    server: &Server<'_>,
    position: &TextDocumentPositionParams,
    answer: impl FnOnce(&Place<'_, '_>) -> Option<T>,
) -> Value {
    let Some((_, system)) = server.system_of(&position.text_document.uri) else { return Value::Null };
    let text = convert::text(system, &system.file);
    let offset = Lines::new(&text, server.client.encoding).offset(position.position);
    value(answer(&Place { server, system, text, offset }))
}

fn goto(
    server: &Server<'_>,
    request: &Request,
    find: impl FnOnce(&View<'_, '_>, usize) -> Vec<Location>,
) -> Result<Value, ResponseError> {
    read(request).map(|asked: GotoDefinitionParams| {
        at(server, &asked.text_document_position_params, |place| {
            place.locations(place.view(|view| find(view, place.offset))?)
        })
    })
}

const fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn completion(lines: &Lines<'_>, rank: usize, item: Completion, snippets: bool) -> CompletionItem {
    let kind = match item.kind {
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        CompletionKind::Platform => CompletionItemKind::CLASS,
        CompletionKind::Module => CompletionItemKind::MODULE,
        CompletionKind::Instance => CompletionItemKind::VARIABLE,
        CompletionKind::Option => CompletionItemKind::PROPERTY,
        CompletionKind::Requirement => CompletionItemKind::INTERFACE,
        CompletionKind::Choice => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Value => CompletionItemKind::VALUE,
        CompletionKind::Device => CompletionItemKind::CONSTANT,
        CompletionKind::File => CompletionItemKind::FILE,
        CompletionKind::Folder => CompletionItemKind::FOLDER,
    };
    let snippet = item.snippet.filter(|_| snippets);
    let format = snippet.as_ref().map(|_| InsertTextFormat::SNIPPET);
    let range = convert::range(lines, &item.span);
    let new_text = snippet.unwrap_or(item.insert);
    CompletionItem {
        label: item.label,
        kind: Some(kind),
        detail: (!item.detail.is_empty()).then_some(item.detail),
        documentation: (!item.text.is_empty()).then(|| Documentation::MarkupContent(markdown(item.text))),
        sort_text: Some(format!("{rank:04}")),
        insert_text_format: format,
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
        ..CompletionItem::default()
    }
}

fn rename(server: &Server<'_>, asked: &RenameParams) -> Result<Value, ResponseError> {
    let mut refused = None;
    let answer = at(server, &asked.text_document_position, |place| {
        match place.view(|view| view.rename(place.offset, &asked.new_name))? {
            Ok(fix) => convert::workspace_edit(place.server, place.system, &fix.edits),
            Err(reason) => {
                refused = Some(ResponseError {
                    code: ErrorCode::RequestFailed as i32,
                    message: reason,
                    data: None,
                });
                None
            }
        }
    });
    refused.map_or(Ok(answer), Err)
}

fn format(server: &Server<'_>, asked: &DocumentFormattingParams) -> Result<Value, ResponseError> {
    let mut refused = None;
    let answer = whole(server, &asked.text_document, |place| {
        match oscomp_lang::format::format(&place.system.file, &place.text) {
            Ok(formatted) => Some(minimal(&place.lines(), &place.text, &formatted)),
            Err(mistakes) => {
                let first = mistakes.first().map_or("it has mistakes", |mistake| mistake.message.as_str());
                refused = Some(ResponseError {
                    code: ErrorCode::RequestFailed as i32,
                    message: format!("it cannot be formatted: {first}"),
                    data: None,
                });
                None
            }
        }
    });
    refused.map_or(Ok(answer), Err)
}

/// One edit that turns a text into another, no larger than it has to be, so that the cursor stays where it is.
fn minimal(lines: &Lines<'_>, before: &str, after: &str) -> Vec<TextEdit> {
    if before == after {
        return Vec::new();
    }
    let same = before.bytes().zip(after.bytes()).take_while(|(one, two)| one == two).count();
    let start = before.floor_char_boundary(same).min(after.floor_char_boundary(same));
    let most = before.len().min(after.len()) - start;
    let tail = before.bytes().rev().zip(after.bytes().rev()).take_while(|(one, two)| one == two).count();
    let mut tail = tail.min(most);
    while !before.is_char_boundary(before.len() - tail) || !after.is_char_boundary(after.len() - tail) {
        tail -= 1;
    }
    let range = lines.range(start..before.len() - tail);
    vec![TextEdit { range, new_text: after[start..after.len() - tail].to_owned() }]
}

const fn symbol_kind(kind: Outline) -> SymbolKind {
    match kind {
        Outline::System => SymbolKind::PACKAGE,
        Outline::Platform => SymbolKind::CLASS,
        Outline::App => SymbolKind::MODULE,
        Outline::Module => SymbolKind::OBJECT,
        Outline::Build => SymbolKind::NAMESPACE,
        Outline::Field => SymbolKind::PROPERTY,
    }
}

// The field `deprecated` is itself deprecated, and there is no other way to make one.
#[allow(deprecated)]
fn outline(lines: &Lines<'_>, symbol: &Symbol) -> DocumentSymbol {
    DocumentSymbol {
        name: symbol.name.clone(),
        detail: (!symbol.detail.is_empty()).then(|| symbol.detail.clone()),
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: convert::range(lines, &symbol.span),
        selection_range: convert::range(lines, &symbol.name_span),
        children: Some(symbol.children.iter().map(|child| outline(lines, child)).collect()),
    }
}

#[allow(deprecated)]
fn flatten(
    uri: &Uri,
    lines: &Lines<'_>,
    symbol: &Symbol,
    container: Option<&str>,
    flat: &mut Vec<SymbolInformation>,
) {
    flat.push(SymbolInformation {
        name: symbol.name.clone(),
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        location: lsp_types::Location { uri: uri.clone(), range: convert::range(lines, &symbol.span) },
        container_name: container.map(str::to_owned),
    });
    for child in &symbol.children {
        flatten(uri, lines, child, Some(&symbol.name), flat);
    }
}

/// Tokens as the protocol has them: each relative to the one before, none longer than its line.
fn tokens(lines: &Lines<'_>, tokens: &[Token]) -> SemanticTokens {
    let mut data = Vec::new();
    let mut last = Position::default();
    for token in tokens {
        let number = TokenKind::ALL.iter().position(|kind| *kind == token.kind).unwrap_or(0);
        for part in lines.split(token.span.start..token.span.end) {
            let start = lines.position(part.start);
            let delta_line = start.line - last.line;
            let delta_start =
                if delta_line == 0 { start.character - last.character } else { start.character };
            data.push(SemanticToken {
                delta_line,
                delta_start,
                length: lines.length(part),
                token_type: u32::try_from(number).unwrap_or(0),
                token_modifiers_bitset: 0,
            });
            last = start;
        }
    }
    SemanticTokens { result_id: None, data }
}

fn inlay(place: &Place<'_, '_>, lines: &Lines<'_>, hint: Hint) -> InlayHint {
    let encoding = place.server.client.encoding;
    let target = hint.target.and_then(|target| convert::location(place.system, encoding, &target));
    InlayHint {
        position: lines.position(hint.offset),
        label: InlayHintLabel::LabelParts(vec![InlayHintLabelPart {
            value: hint.label,
            location: target,
            ..InlayHintLabelPart::default()
        }]),
        kind: Some(InlayHintKind::PARAMETER),
        text_edits: None,
        tooltip: Some(InlayHintTooltip::MarkupContent(markdown(hint.text))),
        padding_left: Some(true),
        padding_right: Some(false),
        data: None,
    }
}

fn actions(
    place: &Place<'_, '_>,
    asked: &CodeActionParams,
    wanted: Option<&[CodeActionKind]>,
) -> Vec<CodeActionOrCommand> {
    let (server, system) = (place.server, place.system);
    let encoding = server.client.encoding;
    let report = system.workspace.check(&system.file);
    let part = place.lines().span(asked.range);
    let is_wanted = |kind: &CodeActionKind| {
        wanted.is_none_or(|wanted| {
            // A kind stands for those below it.
            wanted.iter().any(|only| {
                let (only, kind) = (only.as_str(), kind.as_str());
                kind.strip_prefix(only)
                    .is_some_and(|rest| only.is_empty() || rest.is_empty() || rest.starts_with('.'))
            })
        })
    };
    let offered = place.view(|view| view.actions(&report, part)).unwrap_or_default();
    let all: Vec<Edit> =
        remedies(&report, &system.file).into_iter().flat_map(|(_, fix)| fix.edits.clone()).collect();
    let mut actions = Vec::new();
    for action in offered {
        let kind = match action.kind {
            ActionKind::Mend | ActionKind::Complete => CodeActionKind::QUICKFIX,
            ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
            ActionKind::Choose => CodeActionKind::REFACTOR_REWRITE,
        };
        let mended = action.mends.and_then(|number| {
            let diagnostic = &report.diagnostics[number];
            let own = diagnostic.labels.iter().find(|label| label.file == system.file)?;
            Some(vec![diagnostics::convert(system, diagnostic, own, encoding)])
        });
        if is_wanted(&kind) {
            actions.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: action.fix.title,
                kind: Some(kind),
                diagnostics: mended,
                edit: convert::workspace_edit(server, system, &action.fix.edits),
                is_preferred: action.preferred.then_some(true),
                ..CodeAction::default()
            }));
        }
    }
    if !all.is_empty() && is_wanted(&CodeActionKind::SOURCE_FIX_ALL) {
        actions.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: "mend everything that can be mended in one way only".to_owned(),
            kind: Some(CodeActionKind::SOURCE_FIX_ALL),
            edit: convert::workspace_edit(server, system, &all),
            ..CodeAction::default()
        }));
    }
    actions
}

fn lenses(place: &Place<'_, '_>) -> Vec<CodeLens> {
    let lines = place.lines();
    let path: Option<PathBuf> = place.system.project.located(&place.system.file);
    let Some(path) = path.as_deref().and_then(uri::of) else { return Vec::new() };
    let mut lenses = Vec::new();
    for (span, platform) in place.view(|view| view.images()).unwrap_or_default() {
        let commands: &[(&str, &str)] = match platform {
            None => &[("build", commands::BUILD), ("graph", commands::GRAPH)],
            Some(_) => &[("run", commands::RUN), ("build", commands::BUILD)],
        };
        for (title, command) in commands {
            let arguments = std::iter::once(path.as_str().into()).chain(platform.clone().map(Value::String));
            lenses.push(CodeLens {
                range: convert::range(&lines, &span),
                command: Some(Command {
                    title: (*title).to_owned(),
                    command: (*command).to_owned(),
                    arguments: Some(arguments.collect()),
                }),
                data: None,
            });
        }
    }
    lenses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsp::position::Encoding;

    #[test]
    fn a_change_is_no_larger_than_it_has_to_be() {
        let change = |before: &str, after: &str| {
            let lines = Lines::new(before, Encoding::Utf8);
            let edits = minimal(&lines, before, after);
            let mut text = before.to_owned();
            for edit in &edits {
                text.replace_range(lines.span(edit.range), &edit.new_text);
            }
            assert_eq!(text, after);
            edits.first().map(|edit| edit.new_text.clone())
        };
        assert_eq!(change("a b", "a b"), None);
        assert_eq!(change("a  b", "a b").as_deref(), Some(""));
        assert_eq!(change("aé", "aè").as_deref(), Some("è"));
        assert_eq!(change("aa", "aaa").as_deref(), Some("a"));
    }
}
