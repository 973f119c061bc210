// What benchmarks/browser.py runs in Chromium: the course's engine and its peers, each used as its own guide says.
// All look at the same squares, which are in memory already, and learn from the same features.
/* global fetch, performance, tf, window */

const SHAPE = [1, 224, 224, 3];
const COURSE = "/course";
const PACKAGES = "/node_modules";

const fetched = async (name) => (await fetch(`/given/${name}`)).arrayBuffer();
const fetchedNumbers = async (name) => new Float32Array(await fetched(name));

// Squares of each picture: its middle at 224, for one look, and the whole at 288, for two.
async function readSquares() {
  const bytes = new Uint8Array(await fetched("squares.bin"));
  const [small, large] = [224, 288].map((side) => side ** 2 * 3);
  return Array.from({ length: bytes.length / (small + large) }, (_, picture) => {
    const from = picture * (small + large);
    return { middle: bytes.slice(from, from + small), whole: bytes.slice(from + small, from + small + large) };
  });
}

// Colors as numbers: from -1 on. In a loop, which is faster than Float32Array.from.
function scaled(bytes, half) {
  const pixels = new Float32Array(bytes.length);
  for (let place = 0; place < bytes.length; place += 1) pixels[place] = bytes[place] / half - 1;
  return pixels;
}

// looking -------------------------------------------------------------------------------------------------------------

async function chooseBackend(name) {
  if (name === "wasm") tf.wasm.setWasmPaths(`${PACKAGES}/@tensorflow/tfjs-backend-wasm/dist/`);
  await tf.setBackend(name);
  await tf.ready();
}

async function startTfjs(backend) {
  await chooseBackend(backend);
  const model = await tf.loadLayersModel("/models/article-tm/model.json");
  return async ({ middle }) => {
    const answer = tf.tidy(() => model.predict(tf.tensor(scaled(middle, 127), SHAPE))); // its first layer expects 127
    const probabilities = await answer.data();
    answer.dispose();
    return probabilities;
  };
}

async function startLiteRt() {
  const { Tensor, loadAndCompile, loadLiteRt } = await import("@litertjs/core");
  await loadLiteRt(`${PACKAGES}/@litertjs/core/wasm/`);
  const model = await loadAndCompile("/models/article.tflite", { accelerator: "wasm" });
  return async ({ middle }) => {
    const given = new Tensor(scaled(middle, 127.5), SHAPE);
    const [answer] = await model.run(given);
    const probabilities = Float32Array.from(await answer.data());
    for (const tensor of [given, answer]) tensor.delete();
    return probabilities;
  };
}

async function startOnnx() {
  const ort = await import(`${PACKAGES}/onnxruntime-web/dist/ort.wasm.min.mjs`);
  const session = await ort.InferenceSession.create("/models/article.onnx", { executionProviders: ["wasm"] });
  return async ({ middle }) => {
    const given = new ort.Tensor("float32", scaled(middle, 127.5), SHAPE);
    const answers = await session.run({ [session.inputNames[0]]: given });
    return answers[session.outputNames[0]].data;
  };
}

// In a page that `save_page` wrote, with the weights that the page carries.
async function startCourse() {
  const modules = ["pages/engine", "engine/head", "engine/looks"].map((name) => import(`${COURSE}/${name}.js`));
  const [{ startEngine }, { runHead }, { look }] = await Promise.all(modules);
  const { about, head, run, fast } = await startEngine();
  if (fast !== Boolean(window.WebAssembly)) throw new Error("this is not the engine that was meant");
  return ({ middle, whole }) => runHead(head, look({ middle, whole: about.looks === 2 ? whole : null }, run));
}

const STARTS = { tfjs: startTfjs, litert: startLiteRt, onnx: startOnnx, course: startCourse };

// Starts, gives the first answer, and says when: in milliseconds since the page was asked for.
export async function begin(name, backend) {
  const squares = readSquares();
  const answer = await STARTS[name](backend);
  await answer((await squares)[0]);
  return { answer, first: performance.now() };
}

// How long one answer after another takes, in milliseconds, and what is said of each picture.
export async function measure(answer, count, warmUp = 10) {
  const [squares, milliseconds, said] = [await readSquares(), [], []];
  for (let turn = 0; turn < warmUp + count; turn += 1) {
    const begun = performance.now();
    await answer(squares[0]);
    if (turn >= warmUp) milliseconds.push(performance.now() - begun);
  }
  for (const one of squares) said.push([...(await answer(one))]);
  return { milliseconds, said };
}

// learning ------------------------------------------------------------------------------------------------------------

const LEARN = {
  // The article's head, in the course's engine; in pieces, as a page does it.
  async article({ features, labels, asked, classCount, epochs }) {
    const [{ predictArticle, startArticleHead, trainArticleHead }, { inPieces }] = await Promise.all(
      ["article", "pieces"].map((name) => import(`${COURSE}/engine/${name}.js`)),
    );
    return async () => {
      const work = trainArticleHead(startArticleHead(classCount), { features, labels }, { epochs });
      const { head } = await inPieces(work);
      return () => predictArticle(head, asked);
    };
  },

  // The linear head, with the search for C.
  async linear({ features, labels, asked, classCount }) {
    const [{ fitLinearHead, predictLinear }, { inPieces }] = await Promise.all(
      ["linear", "pieces"].map((name) => import(`${COURSE}/engine/${name}.js`)),
    );
    return async () => {
      const head = await inPieces(fitLinearHead(features, labels, classCount));
      return () => predictLinear(head, asked);
    };
  },

  // The article's head in tfjs. It draws weights, too, but goes on from the same as the others.
  async tfjs({ features, labels, asked, classCount, epochs, backend }) {
    await chooseBackend(backend);
    const size = features.length / labels.length;
    const [hidden, last] = await Promise.all(["hidden.bin", "last.bin"].map(fetchedNumbers));
    const dense = (settings) => tf.layers.dense({ kernelInitializer: "varianceScaling", ...settings });
    return async () => {
      const layers = [
        dense({ inputShape: [size], units: 100, activation: "relu" }),
        dense({ units: classCount, activation: "softmax", useBias: false }),
      ];
      const model = tf.sequential({ layers });
      model.setWeights([tf.tensor(hidden, [size, 100]), tf.zeros([100]), tf.tensor(last, [100, classCount])]);
      model.compile({ optimizer: tf.train.adam(1e-4), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      const rows = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), classCount), "float32");
      await model.fit(tf.tensor(features, [labels.length, size]), rows, { epochs, batchSize: 32 });
      return () => model.predict(tf.tensor(asked, [asked.length / size, size])).dataSync();
    };
  },
};

// Learns once, and says how many seconds it took, and what is said then of the pictures that were held back.
export async function learn(name, { labels, classCount, epochs, backend }) {
  const looks = name === "linear" ? 2 : 1;
  const files = [`features-${looks}.bin`, `asked-${looks}.bin`];
  const [features, asked] = await Promise.all(files.map(fetchedNumbers));
  const train = await LEARN[name]({ features, asked, labels, classCount, epochs, backend });
  const begun = performance.now();
  const predict = await train();
  return { seconds: (performance.now() - begun) / 1000, said: [...predict()] };
}
