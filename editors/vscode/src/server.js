// The language server, started and ended with the window.
"use strict";

const vscode = require("vscode");
const { LanguageClient, RevealOutputChannelOn, State } = require("vscode-languageclient/node");
const { find, options } = require("./find");

exports.Server = class Server {
  // `commands` are what is done here instead of in the server: builds and runs are for terminals.
  constructor(context, commands) {
    this.context = context;
    this.commands = commands;
    this.client = undefined;
    // Starts and ends one after the other, however fast they are asked for.
    this.last = Promise.resolve();
  }

  start() {
    return this.then(() => this.begin());
  }

  stop() {
    return this.then(() => this.end());
  }

  restart() {
    return this.then(async () => {
      await this.end();
      await this.begin();
    });
  }

  then(action) {
    this.last = this.last.then(action, action);
    return this.last;
  }

  async begin() {
    const command = await find(() => this.restart());
    if (!command) return;
    const serverOptions = { command, args: ["lsp", ...options()] };
    const clientOptions = {
      documentSelector: [
        { scheme: "file", language: "kdl" },
        { scheme: "file", language: "rust" },
      ],
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        provideCompletionItem: async (document, position, context, token, next) => {
          const found = await next(document, position, context, token);
          for (const item of found?.items ?? found ?? []) {
            // Between the quotes that have just been written there is something to choose from again.
            if (item.insertText instanceof vscode.SnippetString && item.insertText.value.includes('"$1"')) {
              item.command = { title: "Complete", command: "editor.action.triggerSuggest" };
            }
          }
          return found;
        },
        executeCommand: (command, parameters, next) => {
          const own = this.commands[command];
          return own ? own(...parameters) : next(command, parameters);
        },
      },
    };
    this.client = new LanguageClient("oscomp", "oscomp", serverOptions, clientOptions);
    // That it failed the client has told the user itself; the commands stay.
    await this.client.start().catch(() => {});
  }

  async end() {
    const client = this.client;
    this.client = undefined;
    if (client?.state === State.Running) await client.dispose();
  }

  // The platforms that a system can be run on, by the server's lenses: it has read the text as it is.
  async platforms(system) {
    if (this.client?.state !== State.Running) return [];
    const textDocument = this.client.code2ProtocolConverter.asTextDocumentIdentifier({ uri: system });
    const lenses = (await this.client.sendRequest("textDocument/codeLens", { textDocument })) ?? [];
    return lenses.filter((lens) => lens.command?.command === "oscomp.run").map((lens) => lens.command.arguments[1]);
  }
};
