// <haruka-copy label done failed>: a button that copies the text beside it.

export class Copy extends HTMLElement {
  connectedCallback(): void {
    const text = this.querySelector('code');
    if (!text || this.querySelector('button')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = this.getAttribute('label');
    const said = document.createElement('span');
    said.setAttribute('role', 'status');
    button.addEventListener('click', async () => {
      let word = this.getAttribute('done');
      try {
        await navigator.clipboard.writeText(text.textContent ?? '');
      } catch {
        // Refused or too old: select it, so that one keystroke or a long press does it.
        getSelection()?.selectAllChildren(text);
        word = this.getAttribute('failed');
      }
      said.textContent = word;
    });
    this.append(button, said);
  }
}
