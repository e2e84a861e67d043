// `<haruka-mesh>`: the scans and designs of one laboratory case, together in space (DL-23).
//
// Attributes: `src`, the address of the list of parts, levels and notes (`document.ts` says what it holds); `note-href`, where a
// new note goes as a form (`file`, `x`, `y`, `z`, `dx`, `dy`, `dz`, `text`); `csrf`, the form token; `note`, the
// id of a note that is looked at first; `lang`. It fetches only `src` and the levels named there, which are made for looking: no
// original comes here. It keeps nothing in the browser, and forgets everything when it leaves the page.
import '../lib/dark.css';
import './mesh.css';
import { Viewer } from './viewer';

export class HarukaMesh extends HTMLElement {
  private viewer: Viewer | undefined;

  connectedCallback(): void {
    this.viewer = new Viewer(this);
  }

  disconnectedCallback(): void {
    this.viewer?.close();
    this.viewer = undefined;
    this.replaceChildren();
  }
}

if (!customElements.get('haruka-mesh')) customElements.define('haruka-mesh', HarukaMesh);
