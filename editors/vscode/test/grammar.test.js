// The colours, by the library that VS Code colours with.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const root = path.resolve(__dirname, "../../..");
const file = path.resolve(__dirname, "../syntaxes/kdl.tmLanguage.json");
const wasm = path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm");
const onigLib = oniguruma.loadWASM(fs.readFileSync(wasm)).then(() => ({
  createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
  createOnigString: (text) => new oniguruma.OnigString(text),
}));
const registry = new Registry({ onigLib, loadGrammar: async () => parseRawGrammar(fs.readFileSync(file, "utf8"), file) });

// The tokens of a text: what is written, and its innermost scope.
async function tokens(text) {
  const grammar = await registry.loadGrammar("source.kdl");
  let state = INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens
      .map((token) => ({ text: line.slice(token.startIndex, token.endIndex), scopes: token.scopes }))
      .filter((token) => token.text.trim() !== "");
  });
}

async function scope(text, word) {
  const found = (await tokens(text)).find((token) => token.text.trim() === word);
  assert.ok(found, `${word} in ${text}`);
  return found.scopes.at(-1).replace(/\.kdl$/, "");
}

test("every word of the examples has a colour", async () => {
  const folders = ["systems", "modules/platform"].flatMap((folder) =>
    fs.readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name)),
  );
  const names = folders
    .flatMap((folder) => ["system.kdl", "platform.kdl"].map((name) => path.join(folder, name)))
    .filter((name) => fs.existsSync(name));
  assert.ok(names.length > 15, `${names.length}`);
  for (const name of names) {
    const text = fs.readFileSync(name, "utf8");
    const found = await tokens(text);
    for (const token of found) assert.ok(token.scopes.length > 1, `${name}: ${JSON.stringify(token)}`);
    // Strings are whole, and no line is left within one.
    const inString = found.filter((token) => token.scopes.some((scope) => scope.startsWith("string.quoted")));
    assert.equal(inString.map((token) => token.text).join("").split('"').length % 2, 1, name);
    for (const token of found) assert.ok(!token.scopes.some((scope) => scope.startsWith("invalid")), `${name}: ${token.text}`);
    const first = /^(system|platform) "/m.exec(text);
    assert.equal(await scope(text.slice(first.index), first[1]), "entity.name.tag");
  }
});

test("words have the colours of what they are", async () => {
  const text = 'app "web" path="../web" { port 8080; read-only #true; ratio -1.5e3 } // end';
  for (const [word, wanted] of [
    ["app", "entity.name.tag"],
    ["web", "string.quoted.double"],
    ["path", "entity.other.attribute-name"],
    ["port", "entity.name.tag"],
    ["8080", "constant.numeric"],
    ["read-only", "entity.name.tag"],
    ["#true", "constant.language"],
    ["ratio", "entity.name.tag"],
    ["-1.5e3", "constant.numeric"],
    ["end", "comment.line.double-slash"],
  ]) {
    assert.equal(await scope(text, word), wanted, word);
  }
});

test("comments, slashdashes and strings end where they end", async () => {
  assert.equal(await scope("/* a /* b */ c */\nnode", "node"), "entity.name.tag");
  assert.equal(await scope("/* a /* b */ c */ node", "c"), "comment.block");
  assert.equal(await scope('/-module "x"', "module"), "entity.name.tag");
  assert.equal(await scope('a "b\\" // c" // d', "d"), "comment.line.double-slash");
  assert.equal(await scope('a "b\\" // c" // d', "// c"), "string.quoted.double");
  assert.equal(await scope('a #"b " c"# d', 'b " c'), "string.quoted.other.raw");
  assert.equal(await scope('a #"b " c"# d', "d"), "string.unquoted");
  assert.equal(await scope('a """\n  b " c\n  """\nd', "d"), "entity.name.tag");
  assert.equal(await scope('a "not closed\nb', "b"), "entity.name.tag");
  assert.equal(await scope('define "A" \\\n    "B" \\ // more\n    c\nnext', "c"), "string.unquoted");
  assert.equal(await scope('define "A" \\\n    "B"\nnext', "next"), "entity.name.tag");
  assert.equal(await scope("(u8)a (f64)2", "f64"), "support.type");
});
