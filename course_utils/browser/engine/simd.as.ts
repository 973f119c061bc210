// The three kinds of layers of network.js in WebAssembly, four channels at a time (AssemblyScript; simd.wasm is built of
// it by `npm run build`). x, y, kernel and bias are addresses in memory; every number takes four bytes.

const ZERO = f32x4.splat(0);
const SIX = f32x4.splat(6);

// @ts-ignore: decorators are AssemblyScript's own
@inline
function limit(sums: v128): v128 {
  return f32x4.min(f32x4.max(sums, ZERO), SIX);
}

// @ts-ignore
@inline
function add(sums: v128, value: v128, weights: v128): v128 {
  return f32x4.add(sums, f32x4.mul(value, weights));
}

// The first layer: each output channel sums all input channels of 3 x 3 pixels. Its stride is 2.
export function conv(x: usize, y: usize, kernel: usize, bias: usize, side: i32, inputs: i32, outputs: i32): void {
  const after = side >> 1;
  for (let row = 0; row < after; row++) {
    for (let column = 0; column < after; column++) {
      const high = min(3, side - row * 2);
      const wide = min(3, side - column * 2);
      for (let o = 0; o < outputs; o += 4) {
        let sums = v128.load(bias + (o << 2));
        for (let dy = 0; dy < high; dy++) {
          for (let dx = 0; dx < wide; dx++) {
            const from = x + ((((row * 2 + dy) * side + column * 2 + dx) * inputs) << 2);
            const at = kernel + ((((dy * 3 + dx) * inputs) * outputs + o) << 2);
            for (let i = 0; i < inputs; i++) {
              sums = add(sums, v128.load32_splat(from + (i << 2)), v128.load(at + ((i * outputs) << 2)));
            }
          }
        }
        v128.store(y + (((row * after + column) * outputs + o) << 2), limit(sums));
      }
    }
  }
}

// Each output channel sums its own input channel of 3 x 3 pixels.
export function depthwise(x: usize, y: usize, kernel: usize, bias: usize, side: i32, channels: i32, stride: i32): void {
  const after = side / stride;
  const before = stride == 1 ? 1 : 0;
  for (let row = 0; row < after; row++) {
    const r = row * stride - before;
    const top = max(0, -r);
    const bottom = min(3, side - r);
    for (let column = 0; column < after; column++) {
      const c = column * stride - before;
      const left = max(0, -c);
      const right = min(3, side - c);
      for (let o = 0; o < channels; o += 4) {
        let sums = v128.load(bias + (o << 2));
        for (let dy = top; dy < bottom; dy++) {
          for (let dx = left; dx < right; dx++) {
            const value = v128.load(x + ((((r + dy) * side + c + dx) * channels + o) << 2));
            sums = add(sums, value, v128.load(kernel + (((dy * 3 + dx) * channels + o) << 2)));
          }
        }
        v128.store(y + (((row * after + column) * channels + o) << 2), limit(sums));
      }
    }
  }
}

// Each output channel sums all input channels of its pixel: 4 pixels and 8 outputs at a time, so that what is read once is
// used several times. x must be readable, and y writable, for 3 pixels past their end: 7 x 7 is odd.
export function pointwise(x: usize, y: usize, kernel: usize, bias: usize, pixels: i32, inputs: i32, outputs: i32): void {
  const step = inputs << 2;
  const out = outputs << 2;
  for (let pixel = 0; pixel < pixels; pixel += 4) {
    const x0 = x + pixel * step;
    const x1 = x0 + step;
    const x2 = x1 + step;
    const x3 = x2 + step;
    for (let o = 0; o < outputs; o += 8) {
      const b0 = v128.load(bias + (o << 2));
      const b1 = v128.load(bias + (o << 2), 16);
      let a0 = b0, a1 = b1, c0 = b0, c1 = b1, d0 = b0, d1 = b1, e0 = b0, e1 = b1;
      let at = kernel + (o << 2);
      for (let i = 0; i < step; i += 4) {
        const w0 = v128.load(at);
        const w1 = v128.load(at, 16);
        at += out;
        let value = v128.load32_splat(x0 + i);
        a0 = add(a0, value, w0);
        a1 = add(a1, value, w1);
        value = v128.load32_splat(x1 + i);
        c0 = add(c0, value, w0);
        c1 = add(c1, value, w1);
        value = v128.load32_splat(x2 + i);
        d0 = add(d0, value, w0);
        d1 = add(d1, value, w1);
        value = v128.load32_splat(x3 + i);
        e0 = add(e0, value, w0);
        e1 = add(e1, value, w1);
      }
      const to = y + pixel * out + (o << 2);
      v128.store(to, limit(a0));
      v128.store(to, limit(a1), 16);
      v128.store(to + out, limit(c0));
      v128.store(to + out, limit(c1), 16);
      v128.store(to + 2 * out, limit(d0));
      v128.store(to + 2 * out, limit(d1), 16);
      v128.store(to + 3 * out, limit(e0));
      v128.store(to + 3 * out, limit(e1), 16);
    }
  }
}
