/** Search in the page: clauses, requirements and steps, found by all the words that were typed. */

export interface SearchEntry {
  readonly id: string;
  /** "clause", "requirement", "step", "figure" or "table", as it is shown. */
  readonly kind: string;
  /** "7.2 Packet buffers", "LPC-BUF-4", "H1.3" */
  readonly name: string;
  /** Its whole text. */
  readonly text: string;
}

const MOST_SHOWN = 12;

/**
 * The entries that have every word of the query, best first: one of that very name, then names that begin with it,
 * names that have its words, texts that have them. Within a rank requirements come first, figures and tables last, each
 * in the order of the page.
 */
export function rank(entries: readonly SearchEntry[], query: string): readonly SearchEntry[] {
  const wanted = query.trim().toLowerCase().replace(/\s+/g, " ");
  const words = wanted.split(" ").filter((word) => word !== "");
  if (words.length === 0) return [];
  const scored = entries.flatMap((entry) => {
    const score = scoreOf(entry, wanted, words);
    return score === undefined ? [] : [{ entry, score: score * KINDS.length + KINDS.indexOf(entry.kind) }];
  });
  return scored.sort((one, other) => one.score - other.score).map(({ entry }) => entry);
}

const KINDS: readonly string[] = ["requirement", "clause", "step", "figure", "table"];

function scoreOf({ name, text }: SearchEntry, wanted: string, words: readonly string[]): number | undefined {
  const title = name.toLowerCase();
  const [number = ""] = title.split(" ");
  if (title === wanted || number === wanted) return 0;
  if (title.startsWith(wanted)) return 1;
  if (words.every((word) => beginsWord(title, word))) return 2;
  if (words.every((word) => title.includes(word))) return 3;
  const all = `${title} ${text.toLowerCase()}`;
  if (all.includes(wanted)) return 4;
  return words.every((word) => all.includes(word)) ? 5 : undefined;
}

function beginsWord(text: string, word: string): boolean {
  return text.startsWith(word) || text.includes(` ${word}`) || text.includes(`-${word}`);
}

/** A piece of the text round what was found, or its beginning. */
export function excerpt(text: string, query: string, length = 110): string {
  const wanted = query.trim().toLowerCase().replace(/\s+/g, " ");
  const lower = text.toLowerCase();
  // The words as they were typed, else the first of them that is there.
  const places = [wanted, ...wanted.split(" ")].map((word) => lower.indexOf(word));
  const first = Math.max(0, places.find((place) => place >= 0) ?? 0);
  const start = first < length / 2 ? 0 : text.lastIndexOf(" ", first - length / 3) + 1;
  const end = start + length >= text.length ? text.length : text.lastIndexOf(" ", start + length);
  return `${start > 0 ? "… " : ""}${text.slice(start, Math.max(end, first))}${end < text.length ? " …" : ""}`;
}

/* ---- In the page ---- */

function readEntries(): readonly SearchEntry[] {
  const shown = (element: Element | null | undefined): string =>
    (element?.textContent ?? "").replace(/\s+/g, " ").trim();
  const entries: SearchEntry[] = [];
  const pick =
    "main h2[id], main h3[id], main h4[id], main li.requirement, main tr.step, main figure, main div.table[id]";
  for (const element of document.querySelectorAll<HTMLElement>(pick)) {
    const { id } = element;
    if (element.matches("li.requirement")) {
      const marks = shown(element.querySelector(".marks"));
      entries.push({ id, kind: "requirement", name: id, text: shown(element).slice(marks.length).trim() });
    } else if (element.matches("tr.step")) {
      const [, ...cells] = [...element.children].map(shown);
      entries.push({ id, kind: "step", name: id, text: cells.filter((cell) => cell !== "").join("; ") });
    } else if (element.matches("div.table")) {
      entries.push({ id, kind: "table", name: shown(element.querySelector("caption")), text: "" });
    } else if (element.matches("figure")) {
      const caption = shown(element.querySelector("figcaption"));
      entries.push({ id, kind: "figure", name: caption, text: shown(element.querySelector("desc")) });
    } else {
      entries.push({ id, kind: "clause", name: shown(element).replace(/ ?#$/, ""), text: textBelow(element, shown) });
    }
  }
  return entries;
}

/** The paragraphs from a heading to the next; what is found by itself is not found here as well. */
function textBelow(heading: Element, shown: (element: Element) => string): string {
  const parts: string[] = [];
  for (let next = heading.nextElementSibling; next !== null && !/^H\d$/.test(next.tagName);) {
    if (!next.matches("figure") && next.querySelector("li.requirement, tr.step") === null) parts.push(shown(next));
    next = next.nextElementSibling;
  }
  return parts.join(" ");
}

function startSearch(input: HTMLInputElement, list: HTMLElement): void {
  let entries: readonly SearchEntry[] | undefined;
  let chosen = -1;

  const close = (): void => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const show = (): void => {
    entries ??= readEntries();
    const found = rank(entries, input.value).slice(0, MOST_SHOWN);
    list.replaceChildren(...found.map((entry, index) => itemOf(entry, index, input.value)));
    if (found.length === 0 && input.value.trim() !== "") {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "nothing found";
      list.append(none);
    }
    chosen = -1;
    list.hidden = list.childElementCount === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (index: number): void => {
    const items = [...list.querySelectorAll<HTMLElement>("[role=option]")];
    if (items.length === 0) return;
    chosen = (index + items.length) % items.length;
    for (const [at, item] of items.entries()) item.setAttribute("aria-selected", String(at === chosen));
    const item = items[chosen];
    item?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", item?.id ?? "");
  };

  const go = (item: HTMLElement | null | undefined): void => {
    const target = item?.dataset["target"];
    if (target === undefined) return;
    close();
    input.blur();
    location.hash = `#${target}`;
  };

  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", (event) => {
    switch (event.key) {
      case "ArrowDown":
        choose(chosen + 1);
        break;
      case "ArrowUp":
        choose(chosen < 0 ? -1 : chosen - 1);
        break;
      case "Enter":
        go(list.querySelectorAll<HTMLElement>("[role=option]")[Math.max(0, chosen)]);
        break;
      case "Escape":
        input.value = "";
        close();
        input.blur();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  // Before the field loses its focus, and the list goes with it.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    if (event.target instanceof Element) go(event.target.closest<HTMLElement>("[role=option]"));
  });
  input.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}

function itemOf({ id, kind, name, text }: SearchEntry, index: number, query: string): HTMLElement {
  const item = document.createElement("li");
  item.id = `result-${String(index)}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset["target"] = id;
  const add = (className: string, content: string): void => {
    const part = document.createElement("span");
    part.className = className;
    part.textContent = content;
    item.append(part);
  };
  add("name", name);
  add("kind", kind);
  add("excerpt", excerpt(text, query));
  return item;
}

if (typeof document !== "undefined") {
  const input = document.querySelector<HTMLInputElement>("#search");
  const list = document.querySelector<HTMLElement>("#results");
  if (input !== null && list !== null) startSearch(input, list);
}
