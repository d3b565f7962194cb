/** The side bar: it shows where the reader is, and on a narrow screen it comes and goes by its button. */

const menu = document.querySelector<HTMLButtonElement>("button.menu");
const contents = document.querySelector<HTMLElement>("#contents");
const links = [...document.querySelectorAll<HTMLAnchorElement>("#contents a")];
const listed = links.filter((link) => link.closest(".captions-list") === null);
const byId = new Map(listed.map((link) => [decodeURIComponent(link.hash.slice(1)), link]));

function setOpen(open: boolean): void {
  document.body.classList.toggle("contents-open", open);
  menu?.setAttribute("aria-expanded", String(open));
}

menu?.addEventListener("click", () => {
  setOpen(!document.body.classList.contains("contents-open"));
});
contents?.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("a") !== null) setOpen(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("contents-open")) {
    setOpen(false);
    menu?.focus();
  }
});

/* ---- Where the reader is: the last listed heading above the upper third of the window ---- */

const headings = [...byId.keys()].flatMap((id) => document.getElementById(id) ?? []);
let current: HTMLAnchorElement | undefined;

function mark(): void {
  const line = innerHeight / 3;
  const heading = headings.findLast((candidate) => candidate.getBoundingClientRect().top < line);
  const link = heading === undefined ? undefined : byId.get(heading.id);
  if (link === current) return;
  current?.removeAttribute("aria-current");
  document.querySelectorAll("#contents li.here").forEach((item) => {
    item.classList.remove("here");
  });
  current = link;
  if (link === undefined || contents === null) return;
  link.setAttribute("aria-current", "location");
  for (let item = link.closest("li"); item !== null; item = item.parentElement?.closest("li") ?? null) {
    item.classList.add("here");
  }
  const { top, bottom } = link.getBoundingClientRect();
  const frame = contents.getBoundingClientRect();
  if (top < frame.top || bottom > frame.bottom) contents.scrollTop += top - frame.top - frame.height / 3;
}

let isAsked = false;
document.addEventListener(
  "scroll",
  () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      mark();
    });
  },
  { passive: true },
);
document.body.classList.add("scripted");
mark();

/* ---- What is wider than its column can be scrolled by the keyboard, too ---- */

function setScrollable(): void {
  for (const box of document.querySelectorAll<HTMLElement>("div.table, div.drawing, pre")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("resize", setScrollable);
setScrollable();

export {};
