/* Serves the shell from the phone, whatever the network does. VERSION and FILES are written before this by the server.
   Nothing about people or records passes through here: the API is never cached. */
const CACHE = `reprise-field-${VERSION}`;

self.addEventListener("install", (event) => {
  // All or nothing: a shell that is half new would not start.
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith("reprise-field-") && name !== CACHE)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  const name = address.pathname;
  if (!FILES.includes(name)) return;
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(name)) ?? fetch(event.request)));
});
