// The packaged extension with the server, and with `vscode.js` in the place of VS Code.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { fake } = require("./vscode");
const { unpack } = require("./unpack");

const { OSCOMP, VSIX } = process.env;
const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "oscomp-")));
const code = fake({ "oscomp.path": path.join(folder, "nothing"), "oscomp.trace.server": "off" }, folder);
const { seen } = code;
const context = { subscriptions: [], extensionPath: folder, asAbsolutePath: (file) => path.join(folder, file) };
const systems = path.resolve(__dirname, "../../../systems");
const file = path.join(folder, "files/system.kdl");
let document;

// Waits for what comes by itself, not for ever.
async function until(what, condition) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`${what}: ${JSON.stringify([...seen.diagnostics])} ${seen.messages}`);
}

const found = () => (seen.diagnostics.get(document.uri.toString()) ?? []).map(({ code, range }) => [code, range.start.line, range.start.character]);

before(async () => {
  for (const system of ["files", "httpd"]) fs.cpSync(path.join(systems, system), path.join(folder, system), { recursive: true });
  // The server's module is the project's own, so that its source is edited beside the systems.
  fs.cpSync(path.resolve(systems, "../modules/apps/httpd"), path.join(folder, "httpd"), { recursive: true });
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('app "httpd"', 'app "httpd" path="../httpd"'));
  unpack(VSIX, folder);
  const extension = require(path.join(folder, "extension/dist/extension.js"));
  document = await code.open(file, "kdl", fs.readFileSync(file, "utf8"));
  await extension.activate(context);
});

after(async () => {
  for (const subscription of context.subscriptions) await subscription.dispose();
  fs.rmSync(folder, { recursive: true });
});

test("that oscomp is missing is said, with what to do", async () => {
  const message = await until("a message", () => seen.messages[0]);
  assert.match(message, /There is no `.*nothing`, which the setting oscomp\.path names\./);
  assert.match(message, /cargo install --path compiler/);
  // No server, and all the commands are there all the same.
  for (const name of ["buildSystem", "runSystem", "showGraph", "stopImages", "restartServer", "showReferences"]) {
    assert.ok(seen.commands.has(`oscomp.${name}`), name);
  }
  seen.messages.length = 0;
  await code.set("oscomp.path", OSCOMP);
  await until("a server", () => seen.commands.has("oscomp.graph"));
  assert.deepEqual(seen.messages, []);
});

test("mistakes are shown and go away", async () => {
  const text = document.text;
  await code.change(document, text.replace("port 8080", "prot 8080"));
  await until("a mistake", () => found().length > 0);
  assert.deepEqual(found(), [["E0206", 9, 8]]);
  await code.change(document, text);
  await until("no mistake", () => found().length === 0);
});

test("what can be written is offered, with what follows of it", async () => {
  const { provider, triggers } = seen.providers.get("completion");
  assert.ok(triggers.includes('"'), triggers);
  const text = document.text;
  const offered = async (line) => {
    const lines = text.split("\n");
    lines.splice(17, 0, line);
    await code.change(document, lines.join("\n"));
    const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
    const position = new code.api.Position(17, line.length);
    const answer = await provider.provideCompletionItems(document, position, token, { triggerKind: 0 });
    await code.change(document, text);
    return answer.items ?? answer;
  };
  const [first] = await offered('    module "cpi');
  assert.equal(first.label, "cpio");
  assert.equal(first.range.start.character, 12);
  const as = (await offered('    module "cpio" ')).find((item) => item.label === "as");
  assert.equal(as.insertText.value, 'as="$1"$0');
  assert.equal(as.command.command, "editor.action.triggerSuggest");
});

test("the lenses and the button build, run and draw", async () => {
  const { provider } = seen.providers.get("lens");
  const lenses = await provider.provideCodeLenses(document, { isCancellationRequested: false, onCancellationRequested() {} });
  const run = lenses.find((lens) => lens.command.command === "oscomp.run");
  await code.api.commands.executeCommand(run.command.command, ...run.command.arguments);
  await until("a task", () => seen.tasks.length === 1);
  const build = lenses.find((lens) => lens.command.command === "oscomp.build" && lens.command.arguments.length === 1);
  await code.api.commands.executeCommand(build.command.command, ...build.command.arguments);
  // The button asks for the platform; the last one is chosen here.
  await code.api.commands.executeCommand("oscomp.runSystem", document.uri);
  await until("tasks", () => seen.tasks.length === 3);
  const [one, all, button] = seen.tasks.map((task) => task.execution.args);
  assert.deepEqual(one, ["run", "--system", file, "--platform", "qemu-microvm"]);
  assert.deepEqual(all, ["build", "--system", file]);
  assert.deepEqual(button, ["run", "--system", file, "--platform", "hosted"]);
  assert.equal(seen.tasks[0].execution.process, OSCOMP);
  assert.equal(seen.tasks[0].execution.options.cwd, path.dirname(file));
  await code.api.commands.executeCommand("oscomp.showGraph", document.uri);
  assert.match(seen.panels[0].webview.html, /^<!doctype html>[^]*preload/);
  assert.deepEqual(seen.messages, []);
});

test("who uses a module is shown as references", async () => {
  const source = path.join(folder, "httpd/src/lib.rs");
  const rust = await code.open(source, "rust", fs.readFileSync(source, "utf8"));
  const { provider } = seen.providers.get("lens");
  const lenses = await provider.provideCodeLenses(rust, { isCancellationRequested: false, onCancellationRequested() {} });
  const lens = lenses.find((lens) => lens.command.title.includes("2 systems"));
  assert.equal(lens.command.command, "oscomp.showReferences");
  await code.api.commands.executeCommand(lens.command.command, ...lens.command.arguments);
  const [name, uri, , locations] = seen.executed.at(-1);
  assert.equal(name, "editor.action.showReferences");
  assert.equal(uri.fsPath, source);
  assert.ok(locations.some((location) => location.uri.fsPath === file && location.range.start.line === 8), JSON.stringify(locations));
});

test("the server is started anew", async () => {
  seen.diagnostics.clear();
  await code.api.commands.executeCommand("oscomp.restartServer");
  const text = document.text;
  await code.change(document, text.replace("port 8080", "port 8080 9090"));
  await until("a mistake", () => found().length > 0);
  await code.change(document, text);
  assert.deepEqual(seen.messages, []);
});
