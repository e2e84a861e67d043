// `<haruka-call>`: one call in one element. Told everything by its attributes, fetches only `GET /signal`, cleans up after itself.
//
// Attributes: `ticket` (required), `lang`, `src` (default `/signal`), `phone` (the clinic's number, shown when nothing else
// helps), `kind` (`conference`: between colleagues, without chat and mouth camera), `forced-relay`, `signer` (the facility's public key, SPKI in base64), `ice` (relays to be tried in the waiting room, JSON). Children with `slot="identity"`, `waiting`,
// `no-answer`, `after` are shown in their places. Events: see docs/protocols.md.
import '../lib/base.css';
import './call.css';
import type { Pointing } from '../lib/wire';
import { Call } from './call';

export class HarukaCall extends HTMLElement {
  private call: Call | undefined;
  /** What the page wrote inside, to be given back when the element is moved. */
  private inside: ChildNode[] | undefined;

  connectedCallback(): void {
    this.inside ??= Array.from(this.childNodes);
    this.call = new Call(this);
  }

  /** Shows to the colleagues in this call where one points; false while nobody can be told. */
  point(pointing: Pointing): boolean {
    return this.call?.point(pointing) ?? false;
  }

  disconnectedCallback(): void {
    this.call?.close();
    this.call = undefined;
    if (this.inside) this.replaceChildren(...this.inside);
  }
}

if (!customElements.get('haruka-call')) customElements.define('haruka-call', HarukaCall);
