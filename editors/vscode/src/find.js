// Where `oscomp` is, and how it is called.
"use strict";

const { execFile } = require("node:child_process");
const { homedir } = require("node:os");
const path = require("node:path");
const vscode = require("vscode");

const setting = (name) => vscode.workspace.getConfiguration("oscomp").get(name) || "";

// The options that all calls have.
exports.options = () => {
  const catalog = setting("catalog");
  if (!catalog) return [];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  return ["--catalog", path.resolve(folder, catalog)];
};

// The command: as it is set, or where Cargo installs it, since a desktop's PATH often lacks that folder.
// None if there is none, of which the user has been told.
exports.find = async (retry) => {
  const wanted = setting("path") || "oscomp";
  const candidates = wanted === "oscomp" ? [wanted, path.join(homedir(), ".cargo", "bin", "oscomp")] : [wanted];
  let reason = "";
  for (const candidate of candidates) {
    const error = await new Promise((resolve) =>
      execFile(candidate, ["lsp", "--help"], { timeout: 30_000 }, (error) => resolve(error)),
    );
    if (!error) return candidate;
    if (!reason || error.code !== "ENOENT") reason = explain(candidate, error);
  }
  complain(`${reason} Install it with \`cargo install --path compiler\` in a checkout of oscomp, or say in the setting oscomp.path where it is.`, retry);
  return undefined;
};

function explain(candidate, error) {
  if (error.code === "ENOENT") {
    return candidate.includes(path.sep)
      ? `There is no \`${candidate}\`, which the setting oscomp.path names.`
      : `\`${candidate}\` is not on the PATH of VS Code.`;
  }
  if (error.code === "EACCES") return `\`${candidate}\` cannot be executed.`;
  return `\`${candidate} lsp\` does not work: it may be too old, or another program.`;
}

// Not awaited: the message stays until somebody answers.
function complain(message, retry) {
  vscode.window.showErrorMessage(message, "Open Settings", "Try Again").then((answer) => {
    if (answer === "Open Settings") vscode.commands.executeCommand("workbench.action.openSettings", "oscomp.path");
    if (answer === "Try Again") retry?.();
  });
}
