// The graph of a system beside its text: the page that `oscomp graph` makes.
"use strict";

const { execFile } = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");
const { find, options } = require("./find");

exports.showGraph = async (system) => {
  const command = await find();
  if (!command) return;
  const words = ["graph", "--system", system.fsPath, "--format", "html", ...options()];
  const { error, page, complaint } = await new Promise((resolve) =>
    execFile(
      command,
      words,
      { cwd: path.dirname(system.fsPath), maxBuffer: 64 << 20, timeout: 120_000 },
      (error, page, complaint) => resolve({ error, page, complaint }),
    ),
  );
  if (error) {
    const last = complaint.trim().split("\n").pop() || error.message;
    vscode.window.showErrorMessage(`The graph cannot be drawn: ${last}`);
    return;
  }
  const name = path.basename(path.dirname(system.fsPath));
  const panel = vscode.window.createWebviewPanel("oscomp.graph", `Graph of ${name}`, vscode.ViewColumn.Beside, {
    enableScripts: true,
    retainContextWhenHidden: true,
    localResourceRoots: [],
  });
  panel.webview.html = page;
};
