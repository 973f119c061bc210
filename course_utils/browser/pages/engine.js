// What a page carries: names and weights, as text in the page. The network runs in WebAssembly where the browser can.

import { runNetwork } from "../engine/network.js";
import { startSimd } from "../engine/simd.js";
import { bytesOf, readWeights } from "../engine/weights.js";

const textOf = (id) => /** @type {HTMLElement} */ (document.getElementById(id)).textContent;

/**
 * Read what the page carries, and get the network ready.
 * @returns {Promise<{about: object, network: object[], head: object[], run: Function, fast: boolean}>}
 */
export async function startEngine() {
  const about = JSON.parse(textOf("about"));
  const layers = readWeights([...about.network, ...about.head], bytesOf(textOf("weights")));
  const [network, head] = [layers.slice(0, about.network.length), layers.slice(about.network.length)];
  try {
    return { about, network, head, run: await startSimd(network, bytesOf(textOf("simd"))), fast: true };
  } catch {
    return { about, network, head, run: (pixels, side) => runNetwork(network, pixels, side), fast: false };
  }
}
