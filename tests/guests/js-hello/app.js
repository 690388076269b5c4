// Answers every request with a greeting.

addEventListener("fetch", (event) => {
  const headers = new Headers({ "content-type": "text/plain" });
  const favo = event.request.headers.get("x-favo");
  if (favo !== null) headers.set("x-favo", favo);
  event.respondWith(new Response("Hello from JavaScript\n", { headers }));
});
