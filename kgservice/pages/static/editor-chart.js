// A bar chart of an answer that has names in one column and numbers in another.

const MOST = 40;
const FEWEST = 2;
const SVG = "http://www.w3.org/2000/svg";

/** The columns that a chart can be made of: {names, numbers}, both lists of places; null where none fits. */
export function chartable(result, numeric) {
  if (result.kind !== "table" || result.rows.length < FEWEST) return null;
  const places = result.columns.map((_, column) => column);
  const numbers = places.filter(numeric);
  const names = places.filter((column) => !numeric(column) && result.rows.some((row) => row[column] !== undefined));
  return numbers.length && names.length ? { names, numbers } : null;
}

/** The element with the chart, and the choice of its columns where there are several. `text(term)`: what a term is called. */
export function makeChart(result, { names, numbers }, { text, words, fill, element }) {
  const whole = element("figure", { className: "chart" });
  const pick = element("div", { className: "chart-pick" });
  const drawing = document.createElement("div");
  const caption = document.createElement("figcaption");
  const chosen = { name: names[0], number: numbers[0] };
  if (names.length > 1) pick.append(choose(words.label, names, "name"));
  if (numbers.length > 1) pick.append(choose(words.value, numbers, "number"));
  whole.append(...(pick.childElementCount ? [pick] : []), drawing, caption);

  function choose(label, places, member) {
    const select = document.createElement("select");
    for (const place of places) select.append(element("option", { value: String(place), textContent: result.columns[place] }));
    select.addEventListener("change", () => {
      chosen[member] = Number(select.value);
      draw();
    });
    const labelled = element("label", { textContent: `${label} ` });
    labelled.append(select);
    return labelled;
  }

  function draw() {
    const bars = result.rows
      .filter((row) => row[chosen.number] !== undefined && row[chosen.name] !== undefined)
      .slice(0, MOST)
      .map((row) => ({ name: text(row[chosen.name]), shown: row[chosen.number].value, value: Number(row[chosen.number].value) }))
      .filter((bar) => Number.isFinite(bar.value));
    const title = fill(words.chart_of, { value: result.columns[chosen.number], label: result.columns[chosen.name] });
    caption.textContent = result.rows.length > MOST ? `${title} · ${fill(words.chart_cut, { rows: MOST })}` : title;
    drawing.replaceChildren(makeBars(bars, title, width));
  }

  // Drawn at the width that there is, so that letters keep their size; again when that changes.
  let width = 0;
  new ResizeObserver(() => {
    if (drawing.clientWidth === width || !drawing.clientWidth) return;
    width = drawing.clientWidth;
    draw();
  }).observe(drawing);
  return whole;
}

function makeBars(bars, title, width) {
  const wide = width > 520;
  const row = wide ? 28 : 44;
  const left = wide ? Math.min(260, width * 0.36) : 0;
  const right = 64;
  const low = Math.min(0, ...bars.map((bar) => bar.value));
  const high = Math.max(0, ...bars.map((bar) => bar.value));
  const scale = (width - left - right) / (high - low || 1);
  const zero = left - low * scale;
  const height = bars.length * row + 4;
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${bars.map((bar) => `${bar.name} ${bar.shown}`).join("; ")}` });
  bars.forEach((bar, place) => {
    const top = place * row + (wide ? 4 : 20);
    const length = Math.abs(bar.value) * scale;
    const thick = wide ? 20 : 16;
    svg.append(
      wide
        ? write(cut(bar.name, left - 12), { x: left - 8, y: top + 15, "text-anchor": "end", "font-size": 13 }, bar.name)
        : write(cut(bar.name, width), { x: 0, y: top - 5, "font-size": 13 }, bar.name),
      make("rect", { x: bar.value < 0 ? zero - length : zero, y: top, width: Math.max(length, 1), height: thick, rx: 2, class: bar.value < 0 ? "below" : "above" }),
      write(bar.shown, { x: zero + (bar.value < 0 ? 0 : length) + 6, y: top + thick - 4, "font-size": 13, class: "figure" }),
    );
  });
  svg.append(make("line", { x1: zero, x2: zero, y1: 0, y2: height }));
  return svg;
}

function make(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function write(text, attributes, whole = text) {
  const made = make("text", attributes);
  made.textContent = text;
  if (whole !== text) made.append(Object.assign(make("title", {}), { textContent: whole }));
  return made;
}

/** A text that fits in so many pixels: a Chinese sign takes about 13 of them, a Latin one 7. */
function cut(text, width) {
  let taken = 0;
  let kept = "";
  for (const sign of text) {
    taken += sign.codePointAt(0) > 0x2e80 ? 13.2 : 7;
    if (taken > width - 10) return `${kept}…`;
    kept += sign;
  }
  return text;
}
