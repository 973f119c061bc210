// Where the page came with a service worker, it goes on without a network. Opened from disk, it needs none.

export function keepOffline() {
  const meant = document.querySelector("link[rel=manifest]");
  if (!meant || !location.protocol.startsWith("http") || !navigator.serviceWorker) return;
  navigator.serviceWorker.register("service-worker.js").catch(() => {}); // it works all the same, with a network
}
