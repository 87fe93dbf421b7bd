// Offers names while one is typed behind an @ in a public text: arrows choose, Enter or Tab takes, Escape closes.

const behindAt = /(?:^|[^\w@])@(\w{0,15})$/;

class Names {
  constructor(area, number) {
    this.area = area;
    this.list = Object.assign(document.createElement("ul"), { className: "names", id: `names-${number}`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "People");
    this.said = Object.assign(document.createElement("p"), { className: "unseen" });
    this.said.setAttribute("role", "status");
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-haspopup", "listbox");
    area.after(this.list, this.said);
    area.addEventListener("input", () => this.look());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => this.close());
  }

  typed() {
    const { selectionStart, selectionEnd, value } = this.area;
    return selectionStart === selectionEnd ? behindAt.exec(value.slice(0, selectionStart))?.[1] : undefined;
  }

  async look() {
    const typed = this.typed();
    if (typed === undefined) return this.close();
    const response = await fetch(`/_site/names?typed=${typed}`).catch(() => undefined);
    if (!response?.ok || this.typed() !== typed) return;
    this.offer(await response.json());
  }

  offer(people) {
    if (!people.length || document.activeElement !== this.area) return this.close();
    this.list.replaceChildren(...people.map((person, at) => this.option(person, at)));
    this.list.hidden = false;
    this.area.setAttribute("aria-controls", this.list.id);
    this.choose(0);
    this.said.textContent = `${people.length} ${people.length === 1 ? "person" : "people"}: arrow keys choose, Enter takes`;
  }

  option(person, at) {
    const item = Object.assign(document.createElement("li"), { id: `${this.list.id}-${at}` });
    item.setAttribute("role", "option");
    item.dataset.username = person.username;
    const name = Object.assign(document.createElement("bdi"), { textContent: person.name });
    item.append(name, Object.assign(document.createElement("span"), { textContent: ` @${person.username}`, className: "quiet" }));
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the text keeps the focus
      this.take(item);
    });
    return item;
  }

  choose(at) {
    const items = [...this.list.children];
    this.at = (at + items.length) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === this.at)));
    this.area.setAttribute("aria-activedescendant", items[this.at].id);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) this.choose(this.at + steps[event.key]);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.take(this.list.children[this.at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  take(item) {
    const end = this.area.selectionStart;
    this.area.setRangeText(`${item.dataset.username} `, end - (this.typed() ?? "").length, end, "end");
    this.close();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.said.textContent = "";
    this.area.removeAttribute("aria-activedescendant");
    this.area.removeAttribute("aria-controls");
  }
}

document.querySelectorAll("textarea[data-public]").forEach((area, number) => new Names(area, number));
