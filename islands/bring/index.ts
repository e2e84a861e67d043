// `<haruka-bring>`: takes the images of a folder or a CD, file by file, and says what became of each (TR-22).
//
// Attributes: `lang`; `post`, an address of our own that takes one DICOM file as the body and answers with JSON
// (`{outcome, ja, en}`); `csrf`, the form token. Events: `haruka-brought` when all files have their outcome.
import '../lib/base.css';
import './bring.css';
import { Bring } from './bring';

export class HarukaBring extends HTMLElement {
  private bring: Bring | undefined;

  connectedCallback(): void {
    this.bring = new Bring(this);
  }

  disconnectedCallback(): void {
    this.bring?.close();
    this.bring = undefined;
    this.replaceChildren();
  }
}

if (!customElements.get('haruka-bring')) customElements.define('haruka-bring', HarukaBring);
