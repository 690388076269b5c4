// Greets by name: `/you` is answered with "Hello, you!".

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname } = new URL(request.url);
  const name = decodeURIComponent(pathname.slice(1)) || "world";
  return new Response(`Hello, ${name}!\n`, {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
