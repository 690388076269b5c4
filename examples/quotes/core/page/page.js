// Fills the page with what the parts of the application say. All of it is set as text, never as HTML.

const DAYS = 30;

async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}

function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(content);
  return made;
}

function rowHeader(text) {
  const header = element("th", text);
  header.scope = "row";
  return header;
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

const money = (value) => value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = (value) => `${value > 0 ? "+" : ""}${value.toFixed(1)} %`;

function trend(good) {
  if (good.trend === "steady") return "→ steady";
  return `${good.trend === "rising" ? "↗" : "↘"} ${good.trend} ${good.per_day.toFixed(2)} %`;
}

function chart(good) {
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const range = good.high - good.low || 1;
  const points = good.prices.map((price, day) =>
    `${((day * 96) / Math.max(1, good.prices.length - 1) + 2).toFixed(1)},${(22 - (20 * (price - good.low)) / range).toFixed(1)}`);
  const picture = make("svg", {
    viewBox: "0 0 100 24", preserveAspectRatio: "none", role: "img",
    "aria-label": `${good.name}: from ${money(good.prices[0])} to ${money(good.last)}`,
  });
  picture.append(make("polyline", { points: points.join(" "), "vector-effect": "non-scaling-stroke" }));
  return picture;
}

function showCalls(nanoseconds) {
  for (const [call, taken] of Object.entries(nanoseconds)) {
    const cell = document.querySelector(`[data-call="${call}"]`);
    if (cell) cell.textContent = taken.toLocaleString("en");
  }
}

async function showPrices() {
  const status = document.getElementById("prices-status");
  try {
    const answer = await ask(`/api/quotes?days=${DAYS}`);
    document.querySelector("#prices tbody").replaceChildren(...answer.goods.map((good) => row(
      rowHeader(good.name),
      element("td", good.unit, "short"),
      element("td", money(good.last), "number"),
      element("td", percent(good.change), "number"),
      element("td", `${money(good.low)} – ${money(good.high)}`, "number"),
      element("td", money(good.mean), "number"),
      element("td", `${good.deviation.toFixed(1)} %`, "number"),
      element("td", trend(good), "short"),
      element("td", chart(good)))));
    showCalls(answer.nanoseconds);
    status.textContent = `${answer.goods.length} goods from ${answer.source}`;
  } catch (error) {
    status.textContent = `No prices: ${error.message}`;
  }
}

function outcome(name, { allowed, said }) {
  const made = element(name, element("b", allowed ? "✓ allowed" : "✗ refused"), allowed ? "yes" : "no");
  made.append(said);
  return made;
}

async function showRights() {
  const kinds = { network: "the network", file: "a file", variable: "a variable" };
  const rows = (await ask("/api/rights")).map((right) => {
    const header = rowHeader(`${kinds[right.kind]}: `);
    header.append(element("code", right.target));
    return row(header, ...["core", "network", "data"].map((part) => outcome("td", right[part])));
  });
  document.querySelector("#rights tbody").replaceChildren(...rows);
}

async function reach() {
  const place = document.getElementById("reached");
  place.textContent = "Python tries…";
  try {
    const { target, data } = await ask("/api/reach", { method: "POST" });
    place.className = data.allowed ? "yes" : "no";
    place.textContent = data.allowed
      ? `${target}: ${data.said}. Somebody granted it the network.`
      : `Python tried ${target} and got: ${data.said}. `
        + "Favo refused, and its log in the terminal names the grant that would allow it.";
  } catch (error) {
    place.className = "no";
    place.textContent = error.message;
  }
}

function onPress(id, action) {
  const button = document.getElementById(id);
  // Not `disabled`, which would take the keyboard's place away.
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    await action();
    button.ariaDisabled = "false";
  });
}

onPress("refresh", showPrices);
onPress("reach", reach);
await showPrices();
await ask("/api/calls").then(showCalls).catch(() => {});
await showRights().catch(() => {});
