// The random numbers of Python and of NumPy: the same seed holds back the same pictures, in a page and in Python.

const WORD_SIZE = 2 ** 32;

/**
 * The 32-bit words of a seed, the lowest first.
 * @param {number} seed a whole number, 0 or more
 * @returns {number[]}
 */
function wordsOf(seed) {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`got the seed ${seed}; expected 0, 1, 2, …`);
  return seed < WORD_SIZE ? [seed] : [seed % WORD_SIZE, Math.floor(seed / WORD_SIZE)];
}

/** Python's `random.Random(seed)`: the Mersenne Twister (Matsumoto and Nishimura, 1998). */
export class PythonRandom {
  /** @param {number} seed */
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.place = 624;
    this.mix(wordsOf(seed));
  }

  /**
   * Fills the state from the words of the seed (`init_by_array` in the authors' program).
   * @param {number[]} words
   */
  mix(words) {
    const { state } = this;
    const stir = (/** @type {number} */ i) => state[i - 1] ^ (state[i - 1] >>> 30);
    state[0] = 19650218;
    for (let i = 1; i < 624; i += 1) state[i] = Math.imul(1812433253, stir(i)) + i;
    let i = 1;
    const next = () => {
      i += 1;
      if (i < 624) return;
      state[0] = state[623];
      i = 1;
    };
    for (let k = 0; k < 624; k += 1) {
      const j = k % words.length;
      state[i] = (state[i] ^ Math.imul(stir(i), 1664525)) + words[j] + j;
      next();
    }
    for (let k = 0; k < 623; k += 1) {
      state[i] = (state[i] ^ Math.imul(stir(i), 1566083941)) - i;
      next();
    }
    state[0] = 0x80000000;
  }

  /** Makes the next 624 words of the state. */
  twist() {
    const { state } = this;
    for (let i = 0; i < 624; i += 1) {
      const both = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      state[i] = state[(i + 397) % 624] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }

  /** A whole number of 32 bits. */
  uint32() {
    if (this.place === 624) this.twist();
    let y = this.state[this.place];
    this.place += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /**
   * A whole number from 0 to `count - 1`: as many bits as it takes, drawn again when they are too many.
   * @param {number} count
   */
  below(count) {
    const bits = 32 - Math.clz32(count);
    for (;;) {
      const drawn = this.uint32() >>> (32 - bits);
      if (drawn < count) return drawn;
    }
  }

  /**
   * Shuffles a list in place.
   * @template T
   * @param {T[]} list
   */
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }
}

/**
 * Eight words that follow from a seed, all of whose bits are well mixed (NumPy's `SeedSequence`).
 * @param {number} seed
 */
function mixSeed(seed) {
  const words = wordsOf(seed);
  let constant = 0x43b0d7e5;
  const hash = (/** @type {number} */ value) => {
    const before = constant;
    constant = Math.imul(constant, 0x931e8875);
    const mixed = Math.imul(value ^ before, constant);
    return mixed ^ (mixed >>> 16);
  };
  const mix = (/** @type {number} */ one, /** @type {number} */ other) => {
    const mixed = Math.imul(0xca01f9dd, one) - Math.imul(0x4973f715, other);
    return mixed ^ (mixed >>> 16);
  };
  const pool = [0, 1, 2, 3].map((place) => hash(words[place] ?? 0));
  for (let from = 0; from < 4; from += 1)
    for (let to = 0; to < 4; to += 1) if (to !== from) pool[to] = mix(pool[to], hash(pool[from]));
  constant = 0x8b51f9dd;
  return [...pool, ...pool].map((word) => {
    const before = constant;
    constant = Math.imul(constant, 0x58f38ded);
    const mixed = Math.imul(word ^ before, constant);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  });
}

/**
 * A number of 128 bits in eight parts of 16, the lowest first.
 * @param {bigint} value
 */
const inParts = (value) =>
  Float64Array.from({ length: 8 }, (_, place) => Number((value >> BigInt(16 * place)) & 0xffffn));

const MULTIPLIER = inParts(0x2360ed051fc65da44385df649fccf645n);

/** NumPy's `default_rng(seed)`: PCG64 (O'Neill, 2014). */
export class NumpyRandom {
  /** @param {number} seed */
  constructor(seed) {
    const [b, a, d, c, f, e, h, g] = mixSeed(seed).map(BigInt);
    const join = (/** @type {bigint[]} */ ...words) => words.reduce((value, word) => (value << 32n) | word, 0n);
    this.increment = inParts(((join(e, f, g, h) << 1n) | 1n) & ((1n << 128n) - 1n));
    const start = join(a, b, c, d);
    this.state = inParts((start + ((join(e, f, g, h) << 1n) | 1n)) & ((1n << 128n) - 1n));
    this.step();
    this.high = 0; // halves of the 64 bits drawn last
    this.low = 0;
    this.kept = false; // whether the high half is still to be given
  }

  /** Goes on: state = state × multiplier + increment, by long multiplication; no sum exceeds 2^36. */
  step() {
    const { state, increment } = this;
    const next = new Float64Array(8);
    let carry = 0;
    for (let place = 0; place < 8; place += 1) {
      let sum = carry + increment[place];
      for (let k = 0; k <= place; k += 1) sum += state[k] * MULTIPLIER[place - k];
      carry = Math.floor(sum / 65536);
      next[place] = sum - carry * 65536;
    }
    this.state = next;
  }

  /** Draws 64 bits, as two halves: both halves of the state joined by XOR, and turned by its highest bits. */
  draw() {
    this.step();
    const s = this.state;
    let low = (s[0] ^ s[4]) | ((s[1] ^ s[5]) << 16);
    let high = (s[2] ^ s[6]) | ((s[3] ^ s[7]) << 16);
    const turn = s[7] >>> 10;
    if (turn & 32) [low, high] = [high, low];
    const by = turn & 31;
    if (by) [low, high] = [(low >>> by) | (high << (32 - by)), (high >>> by) | (low << (32 - by))];
    return [low >>> 0, high >>> 0];
  }

  /** A whole number of 32 bits: the low half of 64, then the high one. */
  uint32() {
    this.kept = !this.kept;
    if (!this.kept) return this.high;
    [this.low, this.high] = this.draw();
    return this.low;
  }

  /** A number from 0 to 1, below 1: `random()`. */
  random() {
    const [low, high] = this.draw();
    return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  }

  /** The same in single precision, of 24 bits. */
  random32() {
    return (this.uint32() >>> 8) / 2 ** 24;
  }

  /**
   * A whole number from 0 to `count - 1`: `integers(count)` (Lemire, 2019).
   * @param {number} count at most 2^21
   */
  integers(count) {
    if (!(count >= 1 && count <= 2 ** 21)) throw new RangeError(`got ${count}; expected 1 to ${2 ** 21}`);
    if (count === 1) return 0;
    const threshold = (WORD_SIZE - count) % count;
    for (;;) {
      const product = this.uint32() * count; // below 2^53, so that it is exact
      if (product % WORD_SIZE >= threshold) return Math.floor(product / WORD_SIZE);
    }
  }

  /**
   * The numbers below `list`, or the entries of a list, in a new order: `permutation(list)`.
   * @param {number | ArrayLike<number>} list
   * @returns {number[]}
   */
  permutation(list) {
    const order = typeof list === "number" ? [...Array(list).keys()] : Array.from(list);
    for (let i = order.length - 1; i > 0; i -= 1) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1; // as many bits as it takes, drawn again when they are too many
      let j = i + 1;
      while (j > i) j = (this.uint32() & mask) >>> 0;
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /** A number of the standard normal distribution: `standard_normal()`. */
  normal() {
    for (;;) {
      const [low, high] = this.draw();
      const [layer, size] = [low & 255, (high & 0x1fffffff) * 2 ** 23 + (low >>> 9)];
      const x = size * LAYERS.width[layer] * 2 ** -52 * (low & 256 ? -1 : 1);
      if (size < LAYERS.inside[layer] * 2 ** 52) return x;
      if (layer === 0) return this.tail((low >>> 17) & 1 ? -1 : 1, () => this.random());
      const { height } = LAYERS;
      if ((height[layer - 1] - height[layer]) * this.random() + height[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** The same in single precision: `standard_normal(dtype="float32")`, with other bits. */
  normal32() {
    const { fround } = Math;
    for (;;) {
      const drawn = this.uint32();
      const [layer, size] = [drawn & 255, drawn >>> 9];
      const x = fround(size * fround(LAYERS.width[layer] / 2 ** 23)) * (drawn & 256 ? -1 : 1);
      if (size < Math.round(LAYERS.inside[layer] * 2 ** 23)) return x;
      if (layer === 0) return fround(this.tail((size >>> 8) & 1 ? -1 : 1, () => this.random32(), fround));
      const [below, above] = [fround(LAYERS.height[layer]), fround(LAYERS.height[layer - 1])];
      if (fround(fround(fround(above - below) * this.random32()) + below) < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /**
   * A number beyond the last layer (Marsaglia, 1964).
   * @param {number} sign
   * @param {() => number} random
   * @param {(value: number) => number} round to the precision of each step
   */
  tail(sign, random, round = (value) => value) {
    for (;;) {
      const beyond = round(round(-round(Math.log1p(-random()))) * round(1 / ZIGGURAT_END));
      const y = round(-Math.log1p(-random()));
      if (round(y + y) > round(beyond * beyond)) return sign * (round(ZIGGURAT_END) + beyond);
    }
  }
}

const ZIGGURAT_END = 3.6541528853610088; // where the lowest of 256 layers ends, and the tail begins
const LAYER_AREA = 0.004928673233974655; // of each layer
const LAYERS = cutLayers();

/**
 * The ziggurat (Marsaglia and Tsang, 2000): the bell curve cut into layers of one area. `width` is how wide each is,
 * `inside` the share of it that lies wholly below the curve, and `height` the height of the curve at its end.
 */
function cutLayers() {
  const [width, inside, height] = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
  const curve = (/** @type {number} */ x) => Math.exp(-0.5 * x * x);
  width[0] = LAYER_AREA / curve(ZIGGURAT_END);
  inside[0] = ZIGGURAT_END / width[0];
  height[0] = 1;
  width[255] = ZIGGURAT_END;
  height[255] = curve(ZIGGURAT_END);
  for (let layer = 254; layer > 0; layer -= 1) {
    const outer = width[layer + 1];
    width[layer] = Math.sqrt(-2 * Math.log(LAYER_AREA / outer + curve(outer)));
    inside[layer + 1] = width[layer] / outer;
    height[layer] = curve(width[layer]);
  }
  return { width, inside, height };
}
