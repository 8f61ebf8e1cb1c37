// What is in the package: all that the manifest names, and nothing that belongs to making it.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { files } = require("./unpack");

const { OSCOMP, VSIX } = process.env;
const packed = files(VSIX);
const manifest = JSON.parse(packed.get("extension/package.json"));

test("the package has what it needs and nothing else", () => {
  assert.deepEqual([...packed.keys()].sort(), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE-APACHE",
    "extension/LICENSE-MIT",
    "extension/dist/extension.js",
    "extension/language-configuration.json",
    "extension/package.json",
    "extension/readme.md",
    "extension/syntaxes/kdl.tmLanguage.json",
  ]);
  const named = [manifest.main, manifest.contributes.languages[0].configuration, manifest.contributes.grammars[0].path];
  for (const file of named) assert.ok(packed.has(path.posix.join("extension", file)), file);
  const source = packed.get("extension/dist/extension.js").toString();
  // All in one file: what is asked for by name is Node's own, or VS Code.
  const asked = [...source.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1]);
  const builtin = require("node:module").builtinModules;
  for (const name of asked) assert.ok(name === "vscode" || builtin.includes(name.replace(/^node:/, "")), name);
});

test("the commands of the menus are declared, and registered in the source", () => {
  const declared = manifest.contributes.commands.map((command) => command.command);
  const { menus } = manifest.contributes;
  for (const entry of Object.values(menus).flat()) assert.ok(declared.includes(entry.command), entry.command);
  const source = packed.get("extension/dist/extension.js").toString();
  for (const command of declared) assert.ok(source.includes(`"${command}"`), command);
  const run = menus["editor/title"].find((entry) => entry.command === "oscomp.runSystem");
  assert.equal(run.when, "resourceFilename == system.kdl");
  assert.match(run.group, /^navigation/);
});

test("a report becomes problems", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "oscomp-"));
  fs.writeFileSync(path.join(folder, "system.kdl"), 'system "a" {\n    platform "hosted"\n    app "nobody"\n    modul "talc"\n}\n');
  let report = "";
  try {
    execFileSync(OSCOMP, ["check"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    report = error.stdout + error.stderr;
  }
  fs.rmSync(folder, { recursive: true });
  const problems = matches("oscomp", report);
  assert.deepEqual(
    problems.map(({ code, file, line, column }) => [code, path.basename(file), line, column]).sort(),
    [
      ["E0203", "system.kdl", "4", "5"],
      ["E0208", "system.kdl", "3", "9"],
    ],
    report,
  );
  assert.match(problems.find((problem) => problem.line === "4").message, /`modul`/);
});

test("what rustc says becomes problems", () => {
  const report = "error[E0308]: mismatched types\n  --> src/lib.rs:12:5\n   |\nwarning: unused variable: `a`\n --> /x/src/a.rs:1:2\n";
  assert.deepEqual(matches("oscomp-rustc", report), [
    { severity: "error", code: "E0308", message: "mismatched types", file: "src/lib.rs", line: "12", column: "5" },
    { severity: "warning", code: undefined, message: "unused variable: `a`", file: "/x/src/a.rs", line: "1", column: "2" },
  ]);
});

// What VS Code finds by the patterns of a matcher: each of them in one line, one line after the other.
function matches(name, text) {
  const { patterns } = manifest.contributes.problemPatterns.find((pattern) => pattern.name === name);
  const lines = text.split(/\r?\n/);
  const found = [];
  for (let start = 0; start + patterns.length <= lines.length; start += 1) {
    const all = patterns.map((pattern, index) => new RegExp(pattern.regexp).exec(lines[start + index]));
    if (all.some((match) => !match)) continue;
    const problem = {};
    patterns.forEach(({ regexp, ...groups }, index) => {
      for (const [what, group] of Object.entries(groups)) problem[what] = all[index][group];
    });
    found.push(problem);
  }
  return found;
}
