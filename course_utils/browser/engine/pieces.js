// Long work in pieces, so that the page can be used meanwhile. Such work is a generator: it yields where it may pause.

const AT_A_TIME = 12; // milliseconds: shorter than a page takes to draw itself anew

/**
 * Lets the page do what waits. A timer would do, but browsers slow the timers of a page that nobody sees.
 * @returns {Promise<void>}
 */
export function breathe() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Does a generator's work to its end, and returns what it returns. `say` is given each thing that it yields, as
 * `{ done, total }`, but for nothing. Once `signal` is aborted, its reason is thrown.
 * @template Result, Progress
 * @param {Generator<Progress | undefined, Result>} work
 * @param {(progress: Progress) => void} [say]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Result>}
 */
export async function inPieces(work, say = () => {}, signal = undefined) {
  let begun = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (step.value !== undefined) say(step.value);
    if (performance.now() - begun < AT_A_TIME) continue;
    await breathe();
    signal?.throwIfAborted();
    begun = performance.now();
  }
}

/**
 * Does a generator's work at once, as in a worker or a test.
 * @template Result
 * @param {Generator<unknown, Result>} work
 * @returns {Result}
 */
export function atOnce(work) {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
