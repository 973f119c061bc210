// What a page carries: names and weights, as text in the page. The network runs in WebAssembly where the browser can.

import { runNetwork } from "../engine/network.js";
import { startSimd } from "../engine/simd.js";
import { bytesOf, readWeights } from "../engine/weights.js";

export const textOf = (id) => document.getElementById(id).textContent;

/**
 * Get a network ready.
 * @param {import("../engine/network.js").Layer[]} network
 * @returns {Promise<{run: (pixels: Float32Array, side: number) => Float32Array, fast: boolean}>}
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
 * @returns {Promise<{about: object, network: object[], head: object[], run: Function, fast: boolean}>}
 */
export async function startEngine() {
  const about = JSON.parse(textOf("about"));
  const layers = readWeights([...about.network, ...about.head], bytesOf(textOf("weights")));
  const [network, head] = [layers.slice(0, about.network.length), layers.slice(about.network.length)];
  return { about, network, head, ...(await startNetwork(network)) };
}
