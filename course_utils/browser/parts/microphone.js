// A microphone: what is heard for some seconds, as numbers. The browser decodes and resamples it.

import { WORDS } from "./words.js";

const AS_IT_SOUNDS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(WORDS.microphone.insecure);
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: AS_IT_SOUNDS });
  } catch (error) {
    throw new Error(WORDS.microphone[error.name] ?? WORDS.microphone.other(error.message), { cause: error });
  }
}

// What a stream brings until `ended` is aborted, it ends, or the seconds are over: in the form that the browser likes.
function hear(stream, seconds, begun, ended) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    const recorder = new MediaRecorder(stream);
    const stop = () => recorder.state !== "inactive" && recorder.stop();
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => resolve(new Blob(pieces)));
    recorder.addEventListener("error", () => reject(new Error(WORDS.microphone.lost)));
    recorder.addEventListener("start", () => setTimeout(stop, 1000 * seconds));
    recorder.addEventListener("start", begun);
    ended.addEventListener("abort", stop);
    recorder.start();
  });
}

// Records for so many seconds, or until the signal `ended` comes; the samples, `rate` a second. `begun` is called when
// one may speak. Whatever happens, the microphone is given back.
export async function recordSound(seconds, rate, begun, ended) {
  const stream = await openMicrophone();
  try {
    if (ended.aborted) throw new Error(WORDS.microphone.stopped);
    const whole = await (await hear(stream, seconds, begun, ended)).arrayBuffer();
    const empty = () => Promise.reject(new Error(WORDS.microphone.lost));
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(whole).catch(empty);
    return sound.getChannelData(0).slice();
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
