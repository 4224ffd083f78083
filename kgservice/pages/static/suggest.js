// Suggestions under a search field: the combobox pattern of the ARIA Authoring Practices, with a list that only helps.
// The field works without: Enter sends its form. A field with data-fill keeps the id of what was chosen in that input.
(() => {
  "use strict";
  const WAIT = 160; // milliseconds of rest before something is asked
  let count = 0;

  function attach(input) {
    const told = input.dataset;
    const fill = told.fill ? document.getElementById(told.fill) : null;
    const list = document.createElement("ul");
    const status = document.createElement("span");
    const anchor = document.createElement("span");
    list.id = `suggestions-${++count}`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", told.label);
    list.hidden = true;
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    anchor.className = "suggest-anchor";
    input.replaceWith(anchor);
    anchor.append(input, list, status);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    let hits = [];
    let active = -1;
    let timer = 0;
    let asking = null;
    let composing = false;

    function close() {
      clearTimeout(timer);
      if (asking) asking.abort();
      hits = [];
      show();
    }

    function show() {
      active = -1;
      list.replaceChildren(...hits.map(option));
      list.hidden = hits.length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
      input.removeAttribute("aria-activedescendant");
      status.textContent = hits.length ? told.found.replace("%n", hits.length) : "";
    }

    function label(hit) {
      return hit.label[told.language] || hit.label.zh;
    }

    function option(hit, place) {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const name = document.createElement("span");
      name.textContent = label(hit);
      item.append(name);
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = input.getAttribute(`data-type-${hit.type}`) || "";
      item.append(kind);
      if (hit.matched.name !== label(hit)) {
        const matched = document.createElement("small");
        matched.textContent = hit.matched.name;
        item.append(matched);
      }
      // The field keeps the focus: a list that is pressed must not take it and close.
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => choose(place));
      return item;
    }

    function mark(place) {
      active = place;
      [...list.children].forEach((item, number) => {
        item.setAttribute("aria-selected", String(number === active));
        if (number === active) item.scrollIntoView({ block: "nearest" });
      });
      if (active < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", list.children[active].id);
    }

    function choose(place) {
      const hit = hits[place];
      if (fill) {
        input.value = label(hit);
        fill.value = `${hit.id} ${input.value.trim()}`; // it counts for this text only
        close();
      } else {
        location.assign(told.doc + hit.id + told.query);
      }
    }

    async function ask() {
      const text = input.value.trim();
      if (asking) asking.abort();
      if (!text || text.length > 200) {
        hits = [];
        show();
        return;
      }
      const mine = (asking = new AbortController());
      try {
        const answer = await fetch(`${told.suggest}&q=${encodeURIComponent(text)}`, { signal: mine.signal });
        const found = answer.ok ? (await answer.json()).hits : [];
        if (mine.signal.aborted || document.activeElement !== input) return;
        hits = found;
        show();
      } catch (error) {
        if (error.name !== "AbortError") close(); // no suggestions, and the form still works
      }
    }

    function later() {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    }

    // While an input method composes, the field holds letters that nobody means to look for.
    input.addEventListener("compositionstart", () => { composing = true; });
    input.addEventListener("compositionend", () => { composing = false; later(); });
    input.addEventListener("input", (event) => {
      if (fill) fill.value = "";
      if (!composing && !event.isComposing) later();
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || composing || event.keyCode === 229) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!hits.length) {
          if (event.key === "ArrowDown") ask();
          return;
        }
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const places = hits.length + 1; // the field itself is one of them
        mark(((active + 1 + step + places) % places) - 1);
      } else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
  }

  document.querySelectorAll("input[data-suggest]").forEach(attach);
})();
