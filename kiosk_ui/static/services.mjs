/** Finding a service by a few letters, with or without marks. */

/** @param {string} text */
export function fold(text) {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "");
  return plain.toLowerCase().replaceAll("đ", "d").trim();
}

export class ServiceSearch {
  /** @param {HTMLElement} screen the screen with the search field and the services */
  constructor(screen) {
    this.choices = [...screen.querySelectorAll("[data-words]")];
    this.frequent = this.choices.filter((choice) => !choice.hidden).length;
    this.group = this.choices[0].querySelector("input").name;
    this.nothing = screen.querySelector("[data-nothing]");
    const field = screen.querySelector("[data-search]");
    field.addEventListener("input", () => this.search(field.value));
    this.search(field.value);
  }

  /** Show the services with all these words, the frequent ones where nothing is asked. */
  search(text) {
    const words = fold(text).split(/\s+/).filter(Boolean);
    const found = this.choices.filter((choice) => words.every((word) => choice.dataset.words.includes(word)));
    const shown = new Set(found.slice(0, this.frequent));
    for (const choice of this.choices) {
      const input = choice.querySelector("input");
      choice.hidden = !shown.has(choice) && !input.checked;
      // Chromium's tab key keeps stopping at the control of a group it was on before, even when that is hidden
      input.name = choice.hidden ? "" : this.group;
    }
    this.nothing.hidden = found.length > 0;
  }
}
