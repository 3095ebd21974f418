/** Finding a service by a few letters, with or without marks; as many at a time as the screen shows whole. */

/** @param {string} text */
function fold(text) {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "");
  return plain.toLowerCase().replaceAll("đ", "d").trim();
}

export class ServiceSearch {
  /** @param {HTMLElement} screen the screen with the search field and the services */
  constructor(screen) {
    this.screen = screen;
    this.choices = [...screen.querySelectorAll("[data-words]")];
    this.most = this.choices.filter((choice) => !choice.hidden).length;
    this.group = this.choices[0].querySelector("input").name;
    this.nothing = screen.querySelector("[data-nothing]");
    this.further = screen.querySelector("[data-further]");
    this.further.addEventListener("click", () => this.goFurther());
    const field = screen.querySelector("[data-search]");
    field.addEventListener("input", () => this.search(field.value));
    new ResizeObserver(() => this.fit()).observe(screen);
    this.search(field.value);
  }

  /** The services with all these words, the frequent ones first where nothing is asked. */
  search(text) {
    const words = fold(text).split(/\s+/).filter(Boolean);
    this.found = this.choices.filter((choice) => words.every((word) => choice.dataset.words.includes(word)));
    this.nothing.hidden = this.found.length > 0;
    this.from = 0;
    this.fit();
  }

  /** The next ones; after the last the first again. */
  goFurther() {
    this.from = this.from + this.shown < this.found.length ? this.from + this.shown : 0;
    this.fit();
  }

  /** None is cut at the edge: what does not fit whole waits for its turn. */
  fit() {
    this.show(Math.min(this.most, this.found.length - this.from));
    while (this.shown > 1 && this.screen.scrollHeight > this.screen.clientHeight + 1) this.show(this.shown - 1);
  }

  show(count) {
    this.shown = count;
    const shown = new Set(this.found.slice(this.from, this.from + count));
    for (const choice of this.choices) {
      const input = choice.querySelector("input");
      choice.hidden = !shown.has(choice) && !input.checked;
      // Chromium's tab key keeps stopping at the control of a group it was on before, even when that is hidden
      input.name = choice.hidden ? "" : this.group;
    }
    const all = this.found.length;
    this.further.hidden = count === all;
    this.further.querySelector("[data-place]").textContent = `${this.from + 1}–${this.from + count}/${all}`;
  }
}
