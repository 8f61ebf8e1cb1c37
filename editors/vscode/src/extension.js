// What VS Code starts: the language server, and commands for the system in the editor.
"use strict";

const vscode = require("vscode");
const { Server } = require("./server");
const { showGraph } = require("./graph");
const { Tasks } = require("./tasks");

exports.activate = async function activate(context) {
  const tasks = new Tasks();
  const server = new Server(context, {
    "oscomp.build": (uri, platform) => tasks.execute("build", vscode.Uri.parse(uri), platform),
    "oscomp.run": (uri, platform) => tasks.execute("run", vscode.Uri.parse(uri), platform),
    "oscomp.graph": (uri) => showGraph(vscode.Uri.parse(uri)),
    "oscomp.stop": () => tasks.stop(),
  });
  const command = (name, action) => context.subscriptions.push(vscode.commands.registerCommand(name, action));
  const forSystem = (name, action) =>
    command(name, async (uri) => {
      const system = uri instanceof vscode.Uri ? uri : vscode.window.activeTextEditor?.document.uri;
      if (!system || system.scheme !== "file" || !system.path.endsWith(".kdl")) {
        vscode.window.showErrorMessage("Open a system first: its system.kdl is what is built and run.");
        return;
      }
      // What is built is what is on the disk.
      await vscode.workspace.textDocuments.find((document) => document.uri.toString() === system.toString())?.save();
      await action(system);
    });

  forSystem("oscomp.buildSystem", (system) => tasks.execute("build", system));
  forSystem("oscomp.runSystem", async (system) => {
    const platform = await choosePlatform(server, system);
    if (platform) await tasks.execute("run", system, platform);
  });
  forSystem("oscomp.showGraph", showGraph);
  command("oscomp.stopImages", () => tasks.stop());
  command("oscomp.restartServer", () => server.restart());
  // The lens above what a Rust source declares. The server speaks the protocol's types, the editor its own.
  command("oscomp.showReferences", (uri, position, locations) => {
    const converter = server.client.protocol2CodeConverter;
    return vscode.commands.executeCommand(
      "editor.action.showReferences",
      vscode.Uri.parse(uri),
      converter.asPosition(position),
      locations.map((location) => converter.asLocation(location)),
    );
  });
  context.subscriptions.push(vscode.tasks.registerTaskProvider("oscomp", tasks));
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("oscomp.path") || event.affectsConfiguration("oscomp.catalog")) server.restart();
    }),
  );
  context.subscriptions.push({ dispose: () => server.stop() });
  await server.start();
  return server;
};

// The platform to run on, which the user chooses if the system has several.
async function choosePlatform(server, system) {
  const platforms = await server.platforms(system);
  if (platforms.length === 0) {
    vscode.window.showErrorMessage("This system names no platform: add one, such as `platform \"qemu-microvm\"`.");
  }
  return platforms.length > 1
    ? vscode.window.showQuickPick(platforms, { placeHolder: "The platform to run on" })
    : platforms[0];
}
