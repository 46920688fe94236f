// The sigmoid and the softmax in JavaScript, judged by focalspec over its protocol:
//   focalspec run --command "node examples/javascript/activations.mjs"
import { createInterface } from "node:readline";

const OFFERED = { sigmoid: [], softmax: ["axis"] };

function sigmoid(logits) {
  const data = logits.data.map((x) =>
    x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)),
  );
  return { ...logits, data };
}

function softmax(logits, axis) {
  const { shape, data } = logits;
  const at = axis < 0 ? axis + shape.length : axis;
  if (!(at in shape)) throw new RangeError(`axis: expected one of ${shape.length} axes, found ${axis}`);
  const classes = shape[at];
  const stride = shape.slice(at + 1).reduce((product, size) => product * size, 1);
  const result = new Array(data.length);
  for (let start = 0; start < data.length; start += classes * stride) {
    for (let offset = start; offset < start + stride; offset += 1) {
      const places = Array.from({ length: classes }, (_, k) => offset + k * stride);
      const largest = places.reduce((top, place) => Math.max(top, data[place]), -Infinity);
      const weights = places.map((place) => Math.exp(data[place] - largest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      places.forEach((place, k) => {
        result[place] = weights[k] / total;
      });
    }
  }
  return { ...logits, data: result };
}

// ---- the protocol ----

const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN };

// Exact: the digits are an integer below 2**53, scaled by a power of two in two exact steps.
function readNumber(text) {
  if (text in SPECIAL) return SPECIAL[text];
  const [, sign, whole, fraction = "", exponent] = /^(-?)0x(\d)(?:\.([0-9a-f]+))?p([+-]\d+)$/.exec(text);
  const power = Number(exponent) - 4 * fraction.length;
  const half = Math.trunc(power / 2);
  const size = parseInt(whole + fraction, 16) * 2 ** half * 2 ** (power - half);
  return sign ? -size : size;
}

// JavaScript prints the shortest decimal that reads back as the same number, but has no sign of zero.
function writeNumber(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  return Object.is(number, -0) ? "-0" : String(number);
}

function run({ id, formula, inputs, parameters, needs }) {
  const missing = needs.filter((name) => !OFFERED[formula].includes(name));
  if (missing.length) return { type: "unsupported", id, reason: `no parameter ${missing}` };
  const logits = { ...inputs.logits, data: inputs.logits.data.map(readNumber) };
  const value = formula === "sigmoid" ? sigmoid(logits) : softmax(logits, parameters.axis);
  return { type: "result", id, outputs: { value: { ...value, data: value.data.map(writeNumber) } } };
}

function start() {
  return {
    type: "started",
    protocol: 1,
    name: "activations",
    version: "1.0",
    language: "JavaScript",
    formulas: OFFERED,
    dtypes: ["float64"],
    environment: { node: process.version },
  };
}

function answer(request) {
  if (request.type === "start") return start();
  try {
    return run(request);
  } catch (error) {
    return { type: "error", id: request.id, kind: error.name, message: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.type === "stop") break;
  process.stdout.write(`${JSON.stringify(answer(request))}\n`);
}
