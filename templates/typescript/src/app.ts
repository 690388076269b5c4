// Greets by name: `/you` is answered with "Hello, you!".

addEventListener("fetch", (event) => {
  // The web's types know of this event in service workers alone.
  const fetch = event as FetchEvent;
  fetch.respondWith(answer(fetch.request));
});

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const name = decodeURIComponent(pathname.slice(1)) || "world";
  return new Response(`Hello, ${name}!\n`, {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
