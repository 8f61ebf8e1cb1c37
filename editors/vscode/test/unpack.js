// Reads a package as VS Code does: a zip file.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

// The files of a zip file by their names.
exports.files = (archive) => {
  const bytes = fs.readFileSync(archive);
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  const found = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + size);
    found.set(bytes.toString("utf8", at + 46, at + 46 + name), method === 0 ? data : zlib.inflateRawSync(data));
    at += 46 + name + extra + comment;
  }
  return found;
};

exports.unpack = (archive, folder) => {
  for (const [name, data] of exports.files(archive)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, data);
  }
};
