//! What client and server tell each other that they can do.

use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions, CompletionOptions,
    DocumentSymbolOptions, ExecuteCommandOptions, FoldingRangeProviderCapability, HoverProviderCapability,
    ImplementationProviderCapability, InitializeParams, OneOf, PositionEncodingKind, RenameOptions,
    SaveOptions, SemanticTokenModifier, SemanticTokenType, SemanticTokensFullOptions, SemanticTokensLegend,
    SemanticTokensOptions, ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TypeDefinitionProviderCapability, WorkDoneProgressOptions,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};
use oscomp_lang::editor::TokenKind;
use serde_json::Value;
use std::path::PathBuf;

use super::commands::COMMANDS;
use super::position::Encoding;
use super::uri;

/// What matters of a client.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What columns count.
    pub encoding: Encoding,
    /// Whether completions may be snippets.
    pub snippets: bool,
    /// Whether edits may name the version of a document.
    pub versioned_edits: bool,
    /// Whether it can be told at run time what files to watch.
    pub watches: bool,
    /// Whether it can show a document when asked to.
    pub shows: bool,
    /// Whether it takes outlines as trees.
    pub outlines: bool,
    /// Whether it wants to be asked for its inlay hints anew.
    pub refreshes_hints: bool,
    /// Whether it wants to be asked for its code lenses anew.
    pub refreshes_lenses: bool,
    /// The folders that are open in it.
    pub folders: Vec<PathBuf>,
}

impl Client {
    /// Reads what a client says when it begins; what cannot be read it does not have.
    pub fn read(parameters: &Value) -> Self {
        let flag = |path: &str| parameters.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let offered = parameters.pointer("/capabilities/general/positionEncodings").and_then(Value::as_array);
        let offers = |name: &str| offered.is_some_and(|list| list.iter().any(|offer| offer == name));
        let encoding = if offers("utf-8") { Encoding::Utf8 } else { Encoding::Utf16 };
        let typed: Option<InitializeParams> = serde_json::from_value(parameters.clone()).ok();
        let folders = typed.as_ref().and_then(|typed| typed.workspace_folders.clone()).unwrap_or_default();
        let mut folders: Vec<PathBuf> = folders.iter().filter_map(|folder| uri::path(&folder.uri)).collect();
        if folders.is_empty()
            && let Some(root) = parameters.get("rootUri").and_then(Value::as_str)
        {
            folders.extend(root.parse().ok().and_then(|root| uri::path(&root)));
        }
        Self {
            encoding,
            snippets: flag("/capabilities/textDocument/completion/completionItem/snippetSupport"),
            versioned_edits: flag("/capabilities/workspace/workspaceEdit/documentChanges"),
            watches: flag("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            shows: flag("/capabilities/window/showDocument/support"),
            outlines: flag("/capabilities/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            refreshes_hints: flag("/capabilities/workspace/inlayHint/refreshSupport"),
            refreshes_lenses: flag("/capabilities/workspace/codeLens/refreshSupport"),
            folders,
        }
    }
}

/// What the server can do for that client.
pub fn server(client: &Client) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match client.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(SaveOptions { include_text: Some(false) }.into()),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec!["\"".to_owned(), " ".to_owned(), "=".to_owned(), "/".to_owned()]),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        implementation_provider: Some(ImplementationProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Right(DocumentSymbolOptions {
            label: Some("oscomp".to_owned()),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR_REWRITE,
                CodeActionKind::REFACTOR_EXTRACT,
                CodeActionKind::SOURCE_FIX_ALL,
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        inlay_hint_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: SemanticTokensLegend {
                    token_types: TokenKind::ALL.into_iter().map(token_type).collect(),
                    token_modifiers: Vec::<SemanticTokenModifier>::new(),
                },
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            }
            .into(),
        ),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: COMMANDS.iter().map(|command| (*command).to_owned()).collect(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// The protocol's name for what a word is.
const fn token_type(kind: TokenKind) -> SemanticTokenType {
    match kind {
        TokenKind::Keyword => SemanticTokenType::KEYWORD,
        TokenKind::Platform => SemanticTokenType::CLASS,
        TokenKind::Module => SemanticTokenType::TYPE,
        TokenKind::Instance => SemanticTokenType::VARIABLE,
        TokenKind::Option => SemanticTokenType::PROPERTY,
        TokenKind::Requirement => SemanticTokenType::PARAMETER,
        TokenKind::Choice => SemanticTokenType::ENUM_MEMBER,
        TokenKind::String => SemanticTokenType::STRING,
        TokenKind::Number => SemanticTokenType::NUMBER,
        TokenKind::Comment => SemanticTokenType::COMMENT,
    }
}
