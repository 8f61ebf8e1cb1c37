// Builds and runs as tasks: in a terminal, with what is wrong among the problems.
"use strict";

const path = require("node:path");
const vscode = require("vscode");
const { find, options } = require("./find");

// Systems of a workspace that are offered as tasks.
const MOST = 50;

exports.Tasks = class Tasks {
  async provideTasks() {
    const systems = await vscode.workspace.findFiles("**/system.kdl", "**/{target,node_modules}/**", MOST);
    const command = systems.length > 0 ? await find() : undefined;
    if (!command) return [];
    return systems.flatMap((system) => {
      const folder = vscode.workspace.getWorkspaceFolder(system);
      const shown = vscode.workspace.asRelativePath(system, false);
      return ["check", "build"].map((verb) =>
        this.task(command, { type: "oscomp", command: verb, system: shown }, folder, system.fsPath),
      );
    });
  }

  async resolveTask(task) {
    const folder = typeof task.scope === "object" ? task.scope : vscode.workspace.workspaceFolders?.[0];
    const command = await find();
    if (!command || !folder) return undefined;
    const system = path.resolve(folder.uri.fsPath, task.definition.system || "system.kdl");
    return this.task(command, task.definition, folder, system);
  }

  task(command, definition, folder, system) {
    const { command: verb, platform } = definition;
    const words = [verb, "--system", system, ...(platform ? ["--platform", platform] : []), ...options()];
    // What a report names is named from where the command runs.
    const cwd = system.endsWith(".kdl") ? path.dirname(system) : system;
    const title = [verb, definition.system ?? path.basename(cwd), platform && `on ${platform}`];
    const task = new vscode.Task(
      definition,
      folder ?? vscode.TaskScope.Workspace,
      title.filter(Boolean).join(" "),
      "oscomp",
      new vscode.ProcessExecution(command, words, { cwd }),
      ["$oscomp", "$oscomp-rustc"],
    );
    if (verb === "build") task.group = vscode.TaskGroup.Build;
    task.presentationOptions = { panel: vscode.TaskPanelKind.Dedicated, clear: true };
    return task;
  }

  async execute(verb, system, platform) {
    const command = await find();
    if (!command) return;
    const folder = vscode.workspace.getWorkspaceFolder(system);
    const shown = vscode.workspace.asRelativePath(system, false);
    const definition = { type: "oscomp", command: verb, system: shown, ...(platform && { platform }) };
    await vscode.tasks.executeTask(this.task(command, definition, folder, system.fsPath));
  }

  stop() {
    for (const execution of vscode.tasks.taskExecutions) {
      if (execution.task.definition.type === "oscomp") execution.terminate();
    }
  }
};
