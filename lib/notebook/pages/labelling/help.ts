/** The keys of a page in a dialog, opened and closed by "?" and closed by Escape. */
export class Help {
  private readonly dialog = document.createElement("dialog");

  constructor(title: string, keys: readonly (readonly [keys: string, what: string])[]) {
    const heading = document.createElement("h2");
    heading.textContent = title;
    const list = document.createElement("dl");
    for (const [key, what] of keys) {
      const term = document.createElement("dt");
      for (const part of key.split(" ")) {
        const made = document.createElement("kbd");
        made.textContent = part;
        term.append(made);
      }
      const text = document.createElement("dd");
      text.textContent = what;
      list.append(term, text);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.onclick = () => this.dialog.close();
    this.dialog.id = "help";
    this.dialog.append(heading, list, close);
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close();
    };
    document.body.append(this.dialog);
  }

  get open(): boolean {
    return this.dialog.open;
  }

  toggle(): void {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }
}
