/** The button that switches between light and dark; what was chosen is remembered where the browser lets it. */

const root = document.documentElement;
const wantsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark(): boolean {
  const { theme } = root.dataset;
  return theme === undefined ? wantsDark.matches : theme === "dark";
}

function choose(theme: "light" | "dark"): void {
  root.dataset["theme"] = theme;
  try {
    localStorage.setItem("mctp-lpc-theme", theme);
  } catch {
    // Private windows and files opened from disk may refuse; the choice then holds for this page.
  }
}

const button = document.querySelector<HTMLButtonElement>("button.theme");
button?.addEventListener("click", () => {
  choose(isDark() ? "light" : "dark");
});

export {};
