// Writes the page that classifies, as Python's `write_page` does: the blank page that this one carries, filled in.

import { tellKnown } from "../engine/classifierfile.js";
import { roundHalfToEven } from "../engine/parting.js";
import { bytesOf } from "../engine/weights.js";
import { WORDS } from "../parts/words.js";
import { textOf } from "./engine.js";

const FEW_NUMBERS = 100000; // of a kernel; larger ones are written in 16 bits
const LARGEST_SHORT = 32767;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

// The scale of each output, and its weights as whole numbers.
function squeeze(kernel, outputs) {
  const scale = new Float32Array(outputs);
  kernel.forEach((weight, place) => (scale[place % outputs] = Math.max(scale[place % outputs], Math.abs(weight))));
  scale.forEach((most, output) => (scale[output] = most / LARGEST_SHORT));
  const whole = Int16Array.from(kernel, (weight, place) =>
    roundHalfToEven(Math.fround(weight / (scale[place % outputs] || 1))),
  );
  return { scale, whole };
}

// What a layer's numbers are, and the numbers: bias, scale, kernel.
function packLayer({ kernel, bias, outputs }) {
  const count = kernel.length;
  if (count <= FEW_NUMBERS) return { kind: { count, type: "float32" }, numbers: [bias, kernel] };
  const { scale, whole } = squeeze(kernel, outputs);
  return { kind: { count, type: "int16" }, numbers: [bias, scale, whole] };
}

// Base64 of arrays, one after the other.
async function textFrom(arrays) {
  const bytes = new Uint8Array(await new Blob(arrays).arrayBuffer());
  let letters = "";
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(letters);
}

/**
 * Write the page.
 * @param {import("../engine/classifierfile.js").ClassifierParts & {card: string}} classifier
 * @returns {Promise<Blob>}
 */
export async function writePage({ classes, looks, network, head, card, known }) {
  const packed = [...network, ...head].map(packLayer);
  const layers = network.map(({ name, kind, stride, inputs, outputs }, place) => ({
    ...{ name, kind, stride, inputs, outputs },
    ...packed[place].kind,
  }));
  const dense = head.map(({ inputs, outputs, activation }, place) => ({
    ...{ inputs, outputs, activation },
    ...packed[network.length + place].kind,
  }));
  const told = { classes, looks, card, network: layers, head: dense, known: known ? tellKnown(known, classes) : null };
  const about = JSON.stringify(told).replaceAll("<", "\\u003c");
  const weights = await textFrom(packed.flatMap(({ numbers }) => numbers));
  const title = WORDS.studio.keep.question(classes).replace(/[&<>"']/g, (letter) => ESCAPES[letter]);
  const packedPage = new Blob([bytesOf(textOf("page"))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const blank = await new Response(packedPage).text();
  const put = (html, id, text) =>
    html.replace(new RegExp(`(<script type="text/plain" id="${id}">)[^<]*`), (_, tag) => tag + text);
  const named = blank.replace(/(<(?:title|h1)>)/g, (_, tag) => tag + title);
  const filled = put(put(named, "about", about), "weights", weights);
  return new Blob([put(filled, "examples", known ? await textFrom([known.examples]) : "")], { type: "text/html" });
}
