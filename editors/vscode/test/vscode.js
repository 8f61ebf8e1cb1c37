// As much of VS Code's interface as the extension and its client of the protocol use, without VS Code: documents
// come in by `open` and `change`, and what the extension shows, registers or runs is kept to be looked at.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL, fileURLToPath } = require("node:url");

class Emitter {
  listeners = new Set();
  event = (listener, self) => {
    const bound = self ? listener.bind(self) : listener;
    this.listeners.add(bound);
    return { dispose: () => this.listeners.delete(bound) };
  };
  dispose = () => this.listeners.clear();
  fire = (value) => Promise.all([...this.listeners].map((listener) => listener(value)));
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(start, end, endLine, endCharacter) {
    this.start = start instanceof Position ? start : new Position(start, end);
    this.end = start instanceof Position ? end : new Position(endLine, endCharacter);
  }
}
class Uri {
  constructor(href) {
    this.href = href;
    const url = new URL(href);
    this.scheme = url.protocol.slice(0, -1);
    this.path = decodeURIComponent(url.pathname);
  }
  static parse = (text) => new Uri(text);
  static file = (file) => new Uri(pathToFileURL(file).href);
  get fsPath() {
    return fileURLToPath(this.href);
  }
  toString() {
    return this.href;
  }
}
class CompletionItem {
  constructor(label) {
    this.label = label;
  }
}
class SnippetString {
  constructor(value) {
    this.value = value;
  }
}
class Location {
  constructor(uri, range) {
    Object.assign(this, { uri, range });
  }
}
class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}
class CodeActionKind {
  static Empty = new CodeActionKind("");
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}
for (const kind of ["QuickFix", "Refactor", "Source"]) CodeActionKind[kind] = new CodeActionKind(kind.toLowerCase());
for (const kind of ["Extract", "Inline", "Rewrite", "Move"]) CodeActionKind[`Refactor${kind}`] = new CodeActionKind(`refactor.${kind.toLowerCase()}`);
CodeActionKind.SourceFixAll = new CodeActionKind("source.fixAll");
CodeActionKind.SourceOrganizeImports = new CodeActionKind("source.organizeImports");
CodeActionKind.Notebook = new CodeActionKind("notebook");
class Task {
  constructor(definition, scope, name, source, execution, matchers) {
    Object.assign(this, { definition, scope, name, source, execution, matchers });
  }
}
class ProcessExecution {
  constructor(process, args, options) {
    Object.assign(this, { process, args, options });
  }
}

// A class that only has to be there, or an enumeration whose values are their names.
const anything = (name) =>
  new Proxy(class {}, {
    get: (target, member) => (member in target || typeof member === "symbol" ? target[member] : `${name}.${member}`),
  });
// A part of the interface: what is not given registers, creates or tells nothing.
const part = (known) =>
  new Proxy(known, {
    get(target, member) {
      if (member in target || typeof member === "symbol") return target[member];
      if (/^on(Did|Will)/.test(member)) return () => ({ dispose() {} });
      if (/^(register|create)/.test(member)) return () => part({ dispose() {} });
      return undefined;
    },
  });

exports.fake = (settings, folder) => {
  const seen = { diagnostics: new Map(), providers: new Map(), messages: [], commands: new Map(), executed: [], tasks: [], panels: [] };
  const events = { opened: new Emitter(), changed: new Emitter(), closed: new Emitter(), settings: new Emitter() };
  const documents = [];
  const root = { uri: Uri.file(folder), name: path.basename(folder), index: 0 };

  const languages = part({
    match: (selectors, document) =>
      [selectors].flat().some((one) => one.language === document.languageId && (one.scheme ?? "file") === document.uri.scheme) ? 10 : 0,
    createDiagnosticCollection: () => ({
      set: (uri, list) => seen.diagnostics.set(uri.toString(), list ?? []),
      delete: (uri) => seen.diagnostics.delete(uri.toString()),
      clear: () => seen.diagnostics.clear(),
      dispose: () => seen.diagnostics.clear(),
    }),
    registerCompletionItemProvider: (_selector, provider, ...triggers) => {
      seen.providers.set("completion", { provider, triggers });
      return { dispose: () => seen.providers.delete("completion") };
    },
    registerCodeLensProvider: (_selector, provider) => {
      seen.providers.set("lens", { provider });
      return { dispose: () => seen.providers.delete("lens") };
    },
  });
  const workspace = part({
    textDocuments: documents,
    workspaceFolders: [root],
    isTrusted: true,
    onDidOpenTextDocument: events.opened.event,
    onDidChangeTextDocument: events.changed.event,
    onDidCloseTextDocument: events.closed.event,
    onDidChangeConfiguration: events.settings.event,
    getConfiguration: (section) => ({
      get: (name, otherwise) => settings[section ? `${section}.${name}` : name] ?? otherwise,
      inspect: () => undefined,
      has: () => false,
    }),
    getWorkspaceFolder: (uri) => (uri.fsPath.startsWith(folder) ? root : undefined),
    asRelativePath: (uri) => path.relative(folder, uri.fsPath),
    findFiles: async () => documents.map((document) => document.uri),
    fs: {},
  });
  const window = part({
    visibleTextEditors: [],
    tabGroups: part({ all: [] }),
    state: { focused: true },
    createOutputChannel: () => part({ append() {}, appendLine() {}, show() {}, dispose() {}, info() {}, warn() {}, error() {}, debug() {}, trace() {} }),
    showErrorMessage: async (message) => void seen.messages.push(message),
    showInformationMessage: async (message) => void seen.messages.push(message),
    showWarningMessage: async (message) => void seen.messages.push(message),
    showQuickPick: async (list) => list.at(-1),
    createWebviewPanel: (_type, title) => {
      const panel = { title, webview: { html: "" } };
      seen.panels.push(panel);
      return panel;
    },
  });
  const commands = part({
    registerCommand: (name, action) => {
      if (seen.commands.has(name)) throw new Error(`command '${name}' already exists`);
      seen.commands.set(name, action);
      return { dispose: () => seen.commands.delete(name) };
    },
    executeCommand: async (name, ...parameters) =>
      seen.commands.has(name) ? seen.commands.get(name)(...parameters) : void seen.executed.push([name, ...parameters]),
  });
  const tasks = part({ taskExecutions: [], executeTask: async (task) => void seen.tasks.push(task) });

  const known = {
    CodeActionKind, CompletionItem, Diagnostic, Location, Position, ProcessExecution, Range, SnippetString, Task, Uri, commands, languages, tasks, window, workspace,
    EventEmitter: Emitter,
    CancellationTokenSource: class {
      token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
      cancel() {}
      dispose() {}
    },
    Disposable: class {
      static from = (...all) => ({ dispose: () => all.forEach((one) => one.dispose()) });
      constructor(dispose) {
        this.dispose = dispose;
      }
    },
    env: part({ language: "en", appName: "a test", machineId: "" }),
    extensions: part({ all: [], getExtension: () => undefined }),
    version: "1.100.0",
  };
  const api = new Proxy(known, {
    get: (target, name) => (name in target || typeof name === "symbol" ? target[name] : (target[name] = /^[A-Z]/.test(name) ? anything(name) : part({}))),
  });
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? api : load(name, ...rest));

  const document = (file, languageId, text) => ({
    uri: Uri.file(file), fileName: file, languageId, version: 1, isClosed: false, isDirty: false, text,
    getText() {
      return this.text;
    },
    save: async () => true,
  });
  return {
    api, seen,
    open(file, languageId, text) {
      const opened = document(file, languageId, text);
      documents.push(opened);
      window.activeTextEditor = { document: opened };
      return events.opened.fire(opened).then(() => opened);
    },
    change(document, text) {
      document.version += 1;
      // The whole text: the lines are not counted here.
      const range = new Range(0, 0, document.text.split("\n").length, 0);
      document.text = text;
      return events.changed.fire({ document, contentChanges: [{ range, rangeLength: 0, text }], reason: undefined });
    },
    set(name, value) {
      settings[name] = value;
      return events.settings.fire({ affectsConfiguration: (section) => name === section || name.startsWith(`${section}.`) });
    },
  };
};
