// Reads one case of a golden values file from its documentation alone (golden/README.md) and checks
// that the sigmoid focal loss, computed here in double precision, is the golden value.
//
//     node read_values.js FILE CASE_ID
//
// Exit status: 0 the loss agrees, 1 it does not, 2 the file is not as documented. No packages.
"use strict";

const fs = require("node:fs");

class FormatError extends Error {}

// The value of a hexadecimal float such as -0x1.8p+1; every factor is a power of two, so no step
// rounds until the last one, and that one only for numbers beyond 53 bits, which do not occur.
function number(text) {
  if (text === "inf" || text === "-inf") return text === "inf" ? Infinity : -Infinity;
  const found = /^(-?)0x([01])(?:\.([0-9a-f]+))?p([+-]\d+)$/.exec(text);
  if (!found) throw new FormatError(`expected a hexadecimal float, found ${text}`);
  const [, sign, whole, digits = "", exponent] = found;
  let value = parseInt(whole + digits, 16);
  let power = Number(exponent) - 4 * digits.length;
  for (; power < -1000; power += 1000) value *= 2 ** -1000;
  value *= 2 ** power;
  return sign ? -value : value;
}

// A scalar or a list on one line: JSON reads both, and null.
function inline(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(`expected quoted text, a list or null, found ${text}`);
  }
}

// The block of lines from `start` on that are indented by at least `indent`, as nested objects,
// and the number of the line after it.
function block(lines, start, indent) {
  const value = {};
  let at = start;
  while (at < lines.length) {
    const line = lines[at].replace(/^( *)- /, "$1  ");
    const found = /^( *)("[^"]*"|[A-Za-z_]\w*):(?: (.*))?$/.exec(line);
    if (!found) throw new FormatError(`line ${at + 1}: expected a field, found ${lines[at]}`);
    if (found[1].length < indent || (at > start && lines[at].startsWith(" ".repeat(indent - 2) + "- "))) break;
    const key = found[2].startsWith('"') ? JSON.parse(found[2]) : found[2];
    at += 1;
    if (found[3] === "|-") {
      const first = at;
      while (at < lines.length && lines[at].startsWith(" ".repeat(indent + 2))) at += 1;
      value[key] = lines.slice(first, at).join("\n").split(/[ \n]+/).slice(1);
    } else if (found[3] !== undefined) {
      value[key] = inline(found[3]);
    } else {
      [value[key], at] = block(lines, at, indent + 2);
    }
  }
  return [value, at];
}

function readCase(path, id) {
  const text = fs.readFileSync(path, "utf8");
  const lines = text.split("\n").slice(0, -1);
  if (lines[0] !== 'format: "1"') throw new FormatError(`expected format "1", found ${lines[0]}`);
  const start = lines.indexOf(`- id: ${JSON.stringify(id)}`);
  if (start < 0) throw new FormatError(`no such case: ${id}`);
  return block(lines, start, 2)[0];
}

const softplus = (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

function sigmoidFocalLoss(x, y, alpha, gamma) {
  const positive = alpha * Math.exp(-gamma * softplus(x)) * softplus(-x);
  const negative = (1 - alpha) * Math.exp(-gamma * softplus(-x)) * softplus(x);
  return y * positive + (1 - y) * negative;
}

function main(path, id) {
  const { inputs, parameters, expected } = readCase(path, id);
  if (parameters.reduction !== "sum") throw new FormatError("expected the reduction sum");
  const logits = inputs.logits.values.map(number);
  const labels = inputs.labels.values.map(number);
  const alpha = number(parameters.alpha);
  const gamma = number(parameters.gamma);
  const columns = expected.loss.columns.split(" ");
  const row = Object.fromEntries(columns.map((name, i) => [name, expected.loss.values[i]]));
  const golden = number(row.float64);

  let loss = 0;
  logits.forEach((x, i) => (loss += sigmoidFocalLoss(x, labels[i], alpha, gamma)));
  loss /= number(parameters.normalizer.values[0]);
  console.log(`${id}\n  golden   ${golden} (${row.decimal})\n  computed ${loss}`);
  if (Math.abs(Number(row.decimal) - golden) > 1e-15 * golden) {
    throw new FormatError("the decimal and the float64 differ");
  }
  return Math.abs(loss - golden) <= 1e-14 * golden ? 0 : 1;
}

try {
  process.exitCode = main(process.argv[2], process.argv[3]);
} catch (error) {
  if (!(error instanceof FormatError)) throw error;
  console.error(`read_values: ${error.message}`);
  process.exitCode = 2;
}
