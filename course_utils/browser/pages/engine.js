// What a page carries: names and weights, as text in the page. The network runs in WebAssembly where the browser can.

import { runNetwork } from "../engine/network.js";
import { startSimd } from "../engine/simd.js";
import { bytesOf, readWeights } from "../engine/weights.js";

export const textOf = (id) => document.getElementById(id)?.textContent ?? "";

/** @typedef {(pixels: Float32Array, side: number) => Float32Array} Run the network, on a square of pixels */

/**
 * @typedef {object} Engine
 * @property {{network: object[], head: object[], weights?: "published" | "practice", classes: string[], looks: 1 | 2,
 *   card?: any, known?: any}} about what the page carries
 * @property {import("../engine/network.js").Layer[]} network
 * @property {import("../engine/head.js").Dense[]} head
 * @property {Run} run
 * @property {boolean} fast whether it runs in WebAssembly
 */

/**
 * Get a network ready.
 * @param {import("../engine/network.js").Layer[]} network
 * @returns {Promise<{run: Run, fast: boolean}>}
 */
export async function startNetwork(network) {
  try {
    return { run: await startSimd(network, bytesOf(textOf("simd"))), fast: true };
  } catch {
    return { run: (pixels, side) => runNetwork(network, pixels, side), fast: false };
  }
}

/**
 * Read what the page carries, and get the network ready.
 * @returns {Promise<Engine>}
 */
export async function startEngine() {
  const about = JSON.parse(textOf("about"));
  const layers = /** @type {any[]} */ (readWeights([...about.network, ...about.head], bytesOf(textOf("weights"))));
  const [network, head] = [layers.slice(0, about.network.length), layers.slice(about.network.length)];
  return { about, network, head, ...(await startNetwork(network)) };
}
